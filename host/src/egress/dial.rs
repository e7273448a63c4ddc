//! The connections out: HTTP clients, and the check of every address that is really dialled.
//!
//! The check sits in the resolver, behind which nothing looks a name up again: a name that answers with one address
//! for the check and another for the connection does not get past it. An address that stands in the URL itself is
//! never resolved, and is checked when the endpoint is opened.

use std::collections::BTreeSet;
use std::error::Error;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, redirect, retry};

use super::{EgressOptions, address, limits};
use crate::pipeline::GrantedEndpoint;

/// Which addresses an endpoint may lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Without `allow_private`: the open internet, by HTTPS.
    Public,
    /// With `allow_private`, by HTTPS: any address.
    Any,
    /// With `allow_private`, by plain HTTP: a private network only, for in the open anyone could read the secret.
    Private,
}

/// An address that an endpoint's reach does not cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum AddressRefused {
    #[error("its address {0} is {1}")]
    NotPublic(IpAddr, &'static str),
    #[error("its address {0} is on the open internet, where plain HTTP shows the secret to anyone")]
    InTheOpen(IpAddr),
}

/// Looks up a host name. The system's own way, unless a test brings another.
pub(super) type Lookup = Arc<dyn Fn(String) -> LookupFuture + Send + Sync>;
pub(super) type LookupFuture = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// The system's resolver, which keeps to the machine's own settings.
pub(super) fn system_lookup() -> Lookup {
    Arc::new(|host| {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    })
}

/// One client for each reach, made when it is first needed: connections are never shared between two of them.
pub(super) struct Clients {
    options: EgressOptions,
    lookup: Lookup,
    hosts: Arc<RwLock<BTreeSet<String>>>,
    made: [OnceLock<Result<Client, String>>; 3],
}

pub(super) struct CheckingResolver {
    reach: Reach,
    lookup: Lookup,
    /// With a proxy from the environment: the hosts of all endpoints. Any other name is the proxy's own.
    hosts_if_proxied: Option<Arc<RwLock<BTreeSet<String>>>>,
}

impl Reach {
    pub(super) fn of(endpoint: &GrantedEndpoint, scheme: &str) -> Self {
        match (endpoint.allow_private, scheme) {
            (false, _) => Self::Public,
            (true, "http") => Self::Private,
            (true, _) => Self::Any,
        }
    }

    pub(super) fn check(self, address: IpAddr) -> Result<(), AddressRefused> {
        match (self, address::not_public(address)) {
            (Self::Any, _) | (Self::Public, None) | (Self::Private, Some(_)) => Ok(()),
            (Self::Public, Some(why)) => Err(AddressRefused::NotPublic(address, why)),
            (Self::Private, None) => Err(AddressRefused::InTheOpen(address)),
        }
    }
}

impl Clients {
    pub(super) fn new(options: EgressOptions, lookup: Lookup) -> Self {
        Self { options, lookup, hosts: Arc::default(), made: [const { OnceLock::new() }; 3] }
    }

    /// Tells that an endpoint has this host, before the first request to it.
    pub(super) fn add_host(&self, host: &str) {
        self.hosts
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(host.to_ascii_lowercase());
    }

    /// The client of a reach.
    ///
    /// # Errors
    /// The machine's certificates can't be read.
    pub(super) fn client(&self, reach: Reach) -> Result<Client, String> {
        let made = self.made[reach as usize]
            .get_or_init(|| self.make(reach).map_err(|error| deepest(&error)));
        made.clone()
    }

    pub(super) fn resolver(&self, reach: Reach) -> CheckingResolver {
        CheckingResolver {
            reach,
            lookup: Arc::clone(&self.lookup),
            hosts_if_proxied: self.options.proxy_from_environment.then(|| Arc::clone(&self.hosts)),
        }
    }

    #[allow(clippy::disallowed_methods, reason = "the one place that builds a client")]
    fn make(&self, reach: Reach) -> reqwest::Result<Client> {
        let builder = Client::builder()
            .dns_resolver(self.resolver(reach))
            .https_only(reach == Reach::Public)
            .redirect(redirect::Policy::none())
            // A request that the client library repeats on its own would be counted by the vendor and not by us.
            .retry(retry::never())
            .referer(false)
            .user_agent(&self.options.user_agent)
            .connect_timeout(self.options.connect_timeout)
            .read_timeout(self.options.silence_timeout)
            .pool_idle_timeout(limits::IDLE_CONNECTION_MAX)
            .http2_max_header_list_size(limits::ANSWER_HEADER_BYTES_MAX);
        if self.options.proxy_from_environment {
            return builder.build();
        }
        let builder = builder.no_proxy();
        // Plain HTTP needs none of the machine's certificates, which take longer to read than anything else here.
        if reach == Reach::Private { builder.tls_certs_only([]).build() } else { builder.build() }
    }
}

impl Resolve for CheckingResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_ascii_lowercase();
        let looked_up = (self.lookup)(host.clone());
        let is_proxy = self.hosts_if_proxied.as_ref().is_some_and(|hosts| {
            !hosts.read().unwrap_or_else(PoisonError::into_inner).contains(&host)
        });
        let reach = if is_proxy { Reach::Any } else { self.reach };
        Box::pin(async move {
            let allowed = allowed(looked_up.await?, reach)?;
            Ok(Box::new(allowed.into_iter().map(|address| SocketAddr::new(address, 0))) as Addrs)
        })
    }
}

/// The addresses that may be dialled; refused if there are some and none may.
fn allowed(found: Vec<IpAddr>, reach: Reach) -> Result<Vec<IpAddr>, Box<dyn Error + Send + Sync>> {
    let mut refused = None;
    let mut allowed = Vec::new();
    for address in found {
        match reach.check(address) {
            Ok(()) => allowed.push(address),
            Err(refusal) => refused = Some(refusal),
        }
    }
    match refused {
        Some(refusal) if allowed.is_empty() => Err(refusal.into()),
        None if allowed.is_empty() => {
            Err(io::Error::new(io::ErrorKind::NotFound, "the name has no address").into())
        }
        _ => Ok(allowed),
    }
}

/// The refusal of an address somewhere within an error.
pub(super) fn refusal_within(error: &reqwest::Error) -> Option<AddressRefused> {
    chain(error).find_map(|error| error.downcast_ref::<AddressRefused>().copied())
}

/// The innermost cause of an error, in its own words. The outer layers of the client library name the URL, which may
/// hold a secret.
pub(super) fn deepest(error: &reqwest::Error) -> String {
    chain(error).last().map_or_else(|| "an unknown fault".to_owned(), ToString::to_string)
}

fn chain<'a>(error: &'a reqwest::Error) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(error.source(), |error| (*error).source())
}
