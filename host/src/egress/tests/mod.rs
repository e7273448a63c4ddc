//! Egress against a loopback server that keeps to the script, and its parts against what they promise.

mod addresses;
mod answers;
mod budgets;
mod faults;
mod rules;
mod secrets;
mod server;
mod spellings;

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use secrecy::SecretString;

use super::dial::Lookup;
use super::pace::Pace;
use super::{Connected, Egress, EgressOptions};
use crate::contract::{Auth, Method, Pair, RateLimit, Request};
use crate::pipeline::{Connection, ConnectorRef, GrantedEndpoint};
use crate::time::{Clock, Instant};

/// Wed, 15 Jul 2026 12:00:00 GMT.
const NOON: Instant = 1_784_116_800_000;
const CANARY: &str = "canary/secret+of the till=";

/// A clock that only a pause moves.
#[derive(Debug)]
struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> Instant {
        self.0.load(Ordering::SeqCst)
    }
}

/// Egress whose pauses take no time, with its clock.
struct Bench {
    egress: Egress,
    clock: Arc<TestClock>,
}

impl Bench {
    fn new() -> Self {
        Self::with(EgressOptions::default())
    }

    fn with(options: EgressOptions) -> Self {
        Self::with_names(options, &[])
    }

    /// With these names and nothing else to be looked up.
    fn with_names(options: EgressOptions, names: &[(&str, &[&str])]) -> Self {
        let clock = Arc::new(TestClock(AtomicI64::new(NOON)));
        let moved = Arc::clone(&clock);
        let pause = Arc::new(move |length: Duration| {
            let length_ms = i64::try_from(length.as_millis()).expect("a pause of this age");
            moved.0.fetch_add(length_ms, Ordering::SeqCst);
            Box::pin(tokio::task::yield_now()) as _
        });
        let pace = Pace::with_pause(Arc::clone(&clock) as Arc<dyn Clock>, pause);
        let egress = Egress::with(options, pace, lookup(names)).expect("egress starts");
        Self { egress, clock }
    }

    fn connect(&self, endpoint: GrantedEndpoint) -> Connected {
        self.egress.connect(&till(endpoint), Some(&SecretString::from(CANARY)))
    }

    /// Time that was spent in pauses.
    fn paused_ms(&self) -> i64 {
        self.clock.now() - NOON
    }
}

fn lookup(names: &[(&str, &[&str])]) -> Lookup {
    let names: Vec<(String, Vec<IpAddr>)> = names
        .iter()
        .map(|(name, found)| {
            let found = found.iter().map(|address| address.parse().expect("an address"));
            ((*name).to_owned(), found.collect())
        })
        .collect();
    Arc::new(move |host| {
        let found = names.iter().find(|(name, _)| *name == host).map(|(_, found)| found.clone());
        Box::pin(async move { found.ok_or_else(|| std::io::Error::other("no such name")) })
    })
}

fn till(endpoint: GrantedEndpoint) -> Connection {
    Connection {
        name: "till".to_owned(),
        connector: ConnectorRef { name: "acme".to_owned(), path: PathBuf::new() },
        options: "{}".to_owned(),
        account: "acme:1".to_owned(),
        secret: None,
        endpoints: vec![endpoint],
    }
}

fn api(base_url: &str) -> GrantedEndpoint {
    GrantedEndpoint {
        name: "api".to_owned(),
        base_url: base_url.to_owned(),
        auth: Auth::Bearer,
        rate_limit: None,
        reads_by_post: vec![],
        allow_private: true,
    }
}

fn rate(requests: u32, window_ms: u64) -> RateLimit {
    RateLimit {
        name: "all".to_owned(),
        requests,
        window_ms,
        limit_header: Some("X-Limit".to_owned()),
        remaining_header: Some("X-Remaining".to_owned()),
    }
}

fn get(path: &str) -> Request {
    asking(Method::Get, path)
}

fn asking(method: Method, path: &str) -> Request {
    Request {
        endpoint: "api".to_owned(),
        method,
        path: path.to_owned(),
        query: vec![],
        headers: vec![],
        body: None,
        keep: vec![],
    }
}

fn pair(name: &str, value: &str) -> Pair {
    Pair { name: name.to_owned(), value: value.to_owned() }
}

/// Waits for a write from a thread of the test's own.
fn send(connected: &Connected, request: &Request) -> super::Answer {
    connected.block_on(connected.send(request)).expect("egress is there")
}
