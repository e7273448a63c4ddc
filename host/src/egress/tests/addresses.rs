//! Where a connection may lead: each spelling in `spellings` is tried.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use reqwest::Url;

use super::server::{Server, json};
use super::spellings::{NAMES, NO_URL, NOT_PUBLIC};
use super::{Bench, api, asking, get, send};
use crate::contract::{Failure, Method};
use crate::egress::dial::Reach;
use crate::egress::{Answer, EgressOptions};
use crate::pipeline::GrantedEndpoint;

/// Hosts that are.
const PUBLIC: &[&str] = &[
    "8.8.8.8",
    "1.1.1.1",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.1",
    "169.253.255.255",
    "169.255.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.1",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "[2606:4700::1111]",
    "[2001:200::1]",
    "[2001:4860:4860::8888]",
    "[2a00::1]",
    "[3ffe::1]",
    "[::ffff:8.8.8.8]",
    "[64:ff9b::8.8.8.8]",
];

fn open_only(base_url: &str) -> GrantedEndpoint {
    GrantedEndpoint { allow_private: false, ..api(base_url) }
}

fn all_forbidden() -> Vec<&'static str> {
    NOT_PUBLIC.iter().flat_map(|(_, spellings)| spellings.iter().copied()).collect()
}

/// What a URL's host is to the parser: an address, or a name.
fn address_of(host: &str) -> Option<IpAddr> {
    let url = Url::parse(&format!("https://{host}")).expect(host);
    url.host_str().expect(host).trim_matches(['[', ']']).parse().ok()
}

#[test]
fn there_are_two_hundred_spellings_of_where_nothing_may_lead_and_no_two_are_the_same() {
    let mut all = all_forbidden();
    all.extend(NO_URL);
    let distinct: BTreeSet<&str> = all.iter().copied().collect();
    assert_eq!(distinct.len(), all.len());
    assert!(all.len() >= 200, "{}", all.len());
    assert!(all_forbidden().len() >= 150, "{}", all_forbidden().len());
}

/// All of these are URLs, and none is refused for its form: what is refused is the address that would be dialled.
#[test]
fn nothing_but_the_open_internet_is_dialled() {
    // Something listens on loopback, at the port that all of them name: it must never see a request.
    let server = Server::start([json("{}")]);
    let port = server.url.rsplit(':').next().expect("a port").to_owned();
    let bench = Bench::with_names(EgressOptions::default(), NAMES);
    for host in all_forbidden() {
        // A slip in the table must not have a test dial the world.
        let is_public =
            address_of(host).is_some_and(|address| Reach::Public.check(address).is_ok());
        assert!(!is_public, "{host}");
        for url in [format!("https://{host}"), format!("https://{host}:{port}/v1")] {
            let connected = bench.connect(open_only(&url));
            match connected.read(&get("orders")) {
                Err(Failure::Misconfigured(reason)) => {
                    assert!(reason.contains("its address "), "{url:?}: {reason}");
                    assert!(reason.contains("nothing was sent\nhint: "), "{url:?}: {reason}");
                    assert!(reason.contains("`[connections.till.endpoints]`"), "{url:?}: {reason}");
                    assert!(reason.contains("`api = { url = \""), "{url:?}: {reason}");
                }
                other => panic!("{url:?}: {other:?}"),
            }
            let answer = send(&connected, &asking(Method::Post, "sales"));
            assert!(matches!(answer, Answer::Refused { .. }), "{url:?}: {answer:?}");
        }
    }
    assert_eq!(server.seen().len(), 0);
}

/// An address in a URL is told before a name would be looked up. Here each is what a name leads to, so that it is the
/// resolver behind the connection that has to refuse it.
#[test]
fn no_name_leads_to_where_no_address_may() {
    let addresses: BTreeSet<IpAddr> = all_forbidden().into_iter().filter_map(address_of).collect();
    assert!(addresses.len() >= 80, "{}", addresses.len());
    let names: BTreeMap<String, String> = (0..)
        .zip(&addresses)
        .map(|(number, address)| (format!("n{number}.acme.example"), address.to_string()))
        .collect();
    let found: Vec<[&str; 1]> = names.values().map(|address| [address.as_str()]).collect();
    let table: Vec<(&str, &[&str])> =
        names.keys().map(String::as_str).zip(found.iter().map(<[&str; 1]>::as_slice)).collect();
    let bench = Bench::with_names(EgressOptions::default(), &table);
    for (name, address) in &names {
        let connected = bench.connect(open_only(&format!("https://{name}")));
        match connected.read(&get("orders")) {
            Err(Failure::Misconfigured(reason)) => {
                let told = format!("`{name}` is not dialled: its address {address} is ");
                assert!(reason.contains(&told), "{reason}");
            }
            other => panic!("{name} {address}: {other:?}"),
        }
    }
}

/// What is no URL to our parser, though it is one to others, is refused as none.
#[test]
fn what_is_no_url_is_refused_as_none() {
    let server = Server::start([json("{}")]);
    let port = server.url.rsplit(':').next().expect("a port").to_owned();
    let bench = Bench::with_names(EgressOptions::default(), NAMES);
    for host in NO_URL {
        let url = format!("https://{}", host.replace("PORT", &port));
        match bench.connect(open_only(&url)).read(&get("orders")) {
            Err(Failure::Misconfigured(reason)) => {
                let told = [
                    "its address is not a URL",
                    "has a user's name in it",
                    "a query or a fragment",
                ];
                assert!(told.iter().any(|told| reason.contains(told)), "{url:?}: {reason}");
            }
            other => panic!("{url:?}: {other:?}"),
        }
    }
    assert_eq!(server.seen().len(), 0);
}

#[test]
fn a_name_is_checked_at_each_connection_and_not_before() {
    // Loopback is refused although something listens there: the server must never see a request.
    let server = Server::start([json("{}")]);
    let port = server.url.rsplit(':').next().expect("a port").to_owned();
    let bench = Bench::with_names(EgressOptions::default(), NAMES);
    for host in ["localhost", "all.acme.example", "127.1"] {
        let connected = bench.connect(open_only(&format!("https://{host}:{port}")));
        assert!(matches!(connected.read(&get("orders")), Err(Failure::Misconfigured(_))), "{host}");
    }
    assert_eq!(server.seen().len(), 0);
}

#[test]
fn the_open_internet_is_open() {
    for host in PUBLIC {
        let address: IpAddr =
            host.trim_start_matches('[').trim_end_matches(']').parse().expect("an address");
        assert_eq!(Reach::Public.check(address), Ok(()), "{host}");
        assert!(Reach::Private.check(address).is_err(), "{host}");
        assert_eq!(Reach::Any.check(address), Ok(()), "{host}");
    }
}

#[test]
fn a_granted_private_endpoint_is_reached_by_name_and_by_address() {
    let server = Server::start([json("{}")]);
    let port = server.url.rsplit(':').next().expect("a port").to_owned();
    let names: &[(&str, &[&str])] =
        &[("till.acme.example", &["127.0.0.1"]), ("both.acme.example", &["8.8.8.8", "127.0.0.1"])];
    let bench = Bench::with_names(EgressOptions::default(), names);
    for host in ["127.0.0.1", "127.1", "0x7f000001", "till.acme.example", "both.acme.example"] {
        let connected = bench.connect(api(&format!("http://{host}:{port}")));
        assert!(connected.read(&get("orders")).is_ok(), "{host}");
    }
    assert_eq!(server.seen().len(), 5);
}

#[test]
fn plain_http_does_not_leave_for_the_open_internet() {
    let bench = Bench::with_names(EgressOptions::default(), NAMES);
    for host in ["8.8.8.8", "open.acme.example", "[::ffff:8.8.8.8]"] {
        let failure =
            bench.connect(api(&format!("http://{host}"))).read(&get("orders")).expect_err(host);
        assert!(
            matches!(&failure, Failure::Misconfigured(reason) if reason.contains("plain HTTP")),
            "{failure:?}"
        );
    }
    let failure = bench
        .connect(open_only("http://open.acme.example"))
        .read(&get("orders"))
        .expect_err("plain HTTP");
    assert!(
        matches!(&failure, Failure::Misconfigured(reason) if reason.contains("plain HTTP")),
        "{failure:?}"
    );
}

#[test]
fn one_endpoints_grant_is_not_anothers() {
    let server = Server::start([json("{}")]);
    let bench = Bench::new();
    let granted = api(&server.url);
    let other =
        GrantedEndpoint { name: "other".to_owned(), allow_private: false, ..granted.clone() };
    let mut connection = super::till(granted);
    connection.endpoints.push(other);
    let connected =
        bench.egress.connect(&connection, Some(&secrecy::SecretString::from(super::CANARY)));
    // The first leaves an open connection to the very address behind, which the second must not use.
    connected.read(&get("orders")).expect("granted");
    let mut request = get("orders");
    request.endpoint = "other".to_owned();
    assert!(matches!(connected.read(&request), Err(Failure::Misconfigured(_))));
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn urls_that_are_no_base() {
    for url in [
        "",
        "till",
        "/v1",
        "ftp://8.8.8.8",
        "file:///etc/passwd",
        "data:,x",
        "https://",
        "https://user@8.8.8.8",
        "https://canary-user:canary-word@8.8.8.8",
        "https://8.8.8.8?x=1",
        "https://8.8.8.8#x",
        "https://[::1",
        "https://a b",
        "https://256.256.256.256",
        "https://1.2.3.4.5.6.0x",
    ] {
        let failure = Bench::new().connect(api(url)).read(&get("orders")).expect_err(url);
        let Failure::Misconfigured(reason) = failure else { panic!("{url}: {failure:?}") };
        assert!(!reason.contains("canary-"), "{reason}");
    }
}

#[test]
fn with_a_proxy_the_names_of_endpoints_are_checked_all_the_same() {
    use reqwest::dns::Resolve as _;
    let options = EgressOptions { proxy_from_environment: true, ..EgressOptions::default() };
    let names: &[(&str, &[&str])] =
        &[("inside.acme.example", &["10.1.2.3"]), ("proxy.example", &["10.0.0.3"])];
    let clients = crate::egress::dial::Clients::new(options, super::lookup(names));
    clients.add_host("inside.acme.example");
    let resolver = clients.resolver(Reach::Public);
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let resolve = |name: &str| runtime.block_on(resolver.resolve(name.parse().expect("a name")));
    assert!(resolve("inside.acme.example").is_err());
    assert!(resolve("INSIDE.acme.example").is_err());
    assert_eq!(resolve("proxy.example").ok().map(Iterator::count), Some(1));
}
