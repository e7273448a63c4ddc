//! A connector's request, checked against what its endpoint grants.

use reqwest::header::HeaderMap;
use reqwest::{Method, Url};

use super::counts::Purpose;
use super::endpoint::Endpoint;
use super::json::Keep;
use super::{headers, limits, path};
use crate::contract;

/// A request that may leave, still without credential.
pub(super) struct Outgoing {
    pub method: Method,
    pub url: Url,
    pub headers: HeaderMap,
    pub body: Option<Vec<u8>>,
    pub keep: Keep,
    pub purpose: Purpose,
    /// For people: connection, endpoint, method and path. The query may hold what nobody should read, and is left out.
    pub label: String,
}

/// A request as it is asked for.
pub(super) struct Asked<'a> {
    pub connection: &'a str,
    pub request: &'a contract::Request,
    pub purpose: Purpose,
}

impl Outgoing {
    /// # Errors
    /// Why the host does not send it. Nothing of it has left.
    pub(super) fn new(asked: &Asked<'_>, endpoint: &Endpoint) -> Result<Self, String> {
        let label = asked.label();
        let request = asked.request;
        let checked = Self::check(asked, endpoint).map_err(|what| format!("{label}: {what}"))?;
        let (url, headers, keep) = checked;
        Ok(Self {
            method: method(request.method),
            url,
            headers,
            body: request.body.clone(),
            keep,
            purpose: asked.purpose,
            label,
        })
    }

    fn check(asked: &Asked<'_>, endpoint: &Endpoint) -> Result<(Url, HeaderMap, Keep), String> {
        let request = asked.request;
        path::check(&request.path).map_err(|what| format!("the path {what}"))?;
        asked.check_method(endpoint)?;
        check_body(request)?;
        let url = url(request, endpoint)?;
        let headers = headers::outgoing(request, &endpoint.credential)?;
        Ok((url, headers, Keep::compile(&request.keep)?))
    }
}

impl Asked<'_> {
    /// The request's name in messages. A path that is not in order is shown escaped and shortened.
    pub(super) fn label(&self) -> String {
        let Self { connection, request, .. } = self;
        let path: String = request.path.trim_start_matches('/').chars().take(200).collect();
        let path = path.split(['?', '#']).next().unwrap_or_default().escape_default();
        format!(
            "connection `{connection}`: {} `/{path}` of endpoint `{}`",
            method(request.method),
            request.endpoint
        )
    }

    /// A read must be one. What a write does is its own business: it was stored before.
    fn check_method(&self, endpoint: &Endpoint) -> Result<(), String> {
        let is_read = match self.request.method {
            contract::Method::Get | contract::Method::Query => true,
            contract::Method::Post => {
                let path = self.request.path.trim_start_matches('/');
                endpoint.reads_by_post.iter().any(|granted| granted == path)
            }
            contract::Method::Put | contract::Method::Patch | contract::Method::Delete => false,
        };
        match (self.purpose, self.request.method) {
            (Purpose::Write, contract::Method::Get | contract::Method::Query) => {
                Err("a write cannot be made by this method".to_owned())
            }
            (Purpose::Read, contract::Method::Post) if !is_read => Err(format!(
                "the file does not grant reading by POST at this path; nothing was sent\n\
                 hint: if it only reads, write under `[connections.{}.endpoints]`: \
                 `{} = {{ reads_by_post = [\"{}\"] }}`",
                self.connection, endpoint.name, self.request.path
            )),
            (Purpose::Read, _) if !is_read => {
                Err("reading is done by GET or QUERY; nothing was sent".to_owned())
            }
            _ => Ok(()),
        }
    }
}

fn check_body(request: &contract::Request) -> Result<(), String> {
    let bytes = request.body.as_ref().map_or(0, Vec::len);
    if bytes > limits::REQUEST_BODY_BYTES_MAX {
        let max = limits::REQUEST_BODY_BYTES_MAX;
        return Err(format!(
            "its body of {bytes} bytes is above the bound of {max}; nothing was sent"
        ));
    }
    if bytes > 0 && request.method == contract::Method::Get {
        return Err("a GET has no body; nothing was sent".to_owned());
    }
    Ok(())
}

/// The endpoint's base URL with the path and query of the request.
fn url(request: &contract::Request, endpoint: &Endpoint) -> Result<Url, String> {
    let bytes: usize = request.query.iter().map(|pair| pair.name.len() + pair.value.len()).sum();
    if bytes > limits::QUERY_BYTES_MAX {
        return Err(format!(
            "its query of {bytes} bytes is above the bound of {}",
            limits::QUERY_BYTES_MAX
        ));
    }
    let mut url = endpoint.base.clone();
    let base_path = endpoint.base.path().trim_end_matches('/');
    let below = request.path.trim_start_matches('/');
    let path = if below.is_empty() { base_path.to_owned() } else { format!("{base_path}/{below}") };
    url.set_path(&path);
    // The parser must not have read the path in a way of its own.
    if !below.is_empty() && url.path() != path {
        return Err("the path is not in its plain form".to_owned());
    }
    for pair in &request.query {
        if endpoint.credential.is_query(&pair.name) {
            return Err(format!(
                "the query parameter `{}` is the host's to set, not a connector's",
                pair.name
            ));
        }
        url.query_pairs_mut().append_pair(&pair.name, &pair.value);
    }
    Ok(url)
}

fn method(method: contract::Method) -> Method {
    match method {
        contract::Method::Get => Method::GET,
        contract::Method::Query => Method::QUERY,
        contract::Method::Post => Method::POST,
        contract::Method::Put => Method::PUT,
        contract::Method::Patch => Method::PATCH,
        contract::Method::Delete => Method::DELETE,
    }
}
