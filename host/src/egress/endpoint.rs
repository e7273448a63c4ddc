//! An endpoint as a connection may use it: its address checked, its credential at hand.

use std::net::IpAddr;
use std::sync::Arc;

use reqwest::Url;
use secrecy::SecretString;

use super::budget::Allowance;
use super::counts::Meter;
use super::credential::Credential;
use super::dial::Reach;
use super::gate::Gate;
use crate::contract::RateLimit;
use crate::pipeline::GrantedEndpoint;

/// One endpoint of one connection.
pub(super) struct Endpoint {
    pub name: String,
    pub base: Url,
    pub reach: Reach,
    pub credential: Credential,
    /// Without slashes in front.
    pub reads_by_post: Vec<String>,
    pub limit_header: Option<String>,
    pub remaining_header: Option<String>,
    pub gate: Arc<Gate>,
    pub meter: Arc<Meter>,
}

impl Endpoint {
    /// # Errors
    /// Why nothing may be sent to this endpoint, with the line that would allow it where there is one.
    pub(super) fn open(
        connection: &str,
        granted: &GrantedEndpoint,
        secret: Option<&SecretString>,
        shared: (Arc<Gate>, Arc<Meter>),
    ) -> Result<Self, String> {
        let name = &granted.name;
        let of = |what: String| format!("connection `{connection}`, endpoint `{name}`: {what}");
        let base = base_url(connection, granted).map_err(of)?;
        let credential = Credential::new(&granted.auth, secret).map_err(of)?;
        let (gate, meter) = shared;
        let rate_limit = granted.rate_limit.as_ref();
        gate.declare(rate_limit.map(allowance));
        Ok(Self {
            name: name.clone(),
            reach: Reach::of(granted, base.scheme()),
            base,
            credential,
            reads_by_post: granted
                .reads_by_post
                .iter()
                .map(|path| path.trim_start_matches('/').to_owned())
                .collect(),
            limit_header: rate_limit
                .and_then(|limit| limit.limit_header.as_deref())
                .map(str::to_ascii_lowercase),
            remaining_header: rate_limit
                .and_then(|limit| limit.remaining_header.as_deref())
                .map(str::to_ascii_lowercase),
            gate,
            meter,
        })
    }
}

/// The line that allows an endpoint an address of a private network.
pub(super) fn allow_private_hint(connection: &str, endpoint: &str, url: &str) -> String {
    format!(
        "\nhint: if this is meant, write under `[connections.{connection}.endpoints]`: \
         `{endpoint} = {{ url = \"{url}\", allow_private = true }}`"
    )
}

fn base_url(connection: &str, granted: &GrantedEndpoint) -> Result<Url, String> {
    // What does not read as a plain URL is not shown: it may hold a name and a password.
    let Ok(url) = Url::parse(&granted.base_url) else {
        return Err("its address is not a URL".to_owned());
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(
            "its URL has a user's name in it\nhint: give the secret as the connection's `secret`"
                .to_owned(),
        );
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("its URL has a query or a fragment".to_owned());
    }
    let Some(host) = url.host_str().filter(|_| matches!(url.scheme(), "http" | "https")) else {
        return Err("its URL is neither `https://` nor `http://`".to_owned());
    };
    let hint = || allow_private_hint(connection, &granted.name, &granted.base_url);
    if url.scheme() == "http" && !granted.allow_private {
        return Err(format!(
            "its URL is plain HTTP, which shows the secret to anyone on the way{}",
            hint()
        ));
    }
    // The URL parser has brought every spelling of an address into one: octal, hexadecimal, one single number.
    let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    if let Ok(address) = literal
        && let Err(refused) = Reach::of(granted, url.scheme()).check(address)
    {
        return Err(format!(
            "{refused}; nothing was sent{}",
            if granted.allow_private { String::new() } else { hint() }
        ));
    }
    Ok(url)
}

fn allowance(limit: &RateLimit) -> Allowance {
    Allowance { requests: limit.requests, window_ms: limit.window_ms }
}
