//! Where a connection may lead, in every spelling of an address.

use std::net::IpAddr;

use super::server::{Server, json};
use super::{Bench, api, asking, get, send};
use crate::contract::{Failure, Method};
use crate::egress::dial::Reach;
use crate::egress::{Answer, EgressOptions};
use crate::pipeline::GrantedEndpoint;

/// Names as a hostile or careless zone may answer them.
const NAMES: &[(&str, &[&str])] = &[
    ("localhost", &["127.0.0.1", "::1"]),
    ("localhost.", &["127.0.0.1"]),
    ("shop.localhost", &["127.0.0.1"]),
    ("inside.acme.example", &["10.1.2.3"]),
    ("metadata.acme.example", &["169.254.169.254"]),
    ("six.acme.example", &["fd00::1"]),
    ("mapped.acme.example", &["::ffff:192.168.1.1"]),
    ("all.acme.example", &["10.0.0.1", "127.0.0.1", "::1", "fe80::1"]),
    ("mixed.acme.example", &["8.8.8.8", "127.0.0.1"]),
    ("open.acme.example", &["8.8.8.8"]),
    ("xn--bcher-kva.example", &["192.168.0.9"]),
];

/// Hosts that are not the open internet.
const NOT_PUBLIC: &[&str] = &[
    // This host, in the spellings that URL parsers and operating systems take for it.
    "127.0.0.1",
    "127.0.0.2",
    "127.255.255.254",
    "127.1",
    "127.0.1",
    "2130706433",
    "017700000001",
    "0x7f000001",
    "0x7F.1",
    "0x7f.0x0.0x0.0x1",
    "0177.0.0.1",
    "0177.0.0x0.1",
    "127.0.0.1.",
    "%3127.0.0.1",
    "127%2e0%2e0%2e1",
    "１２７.０.０.１",
    "127。0。0。1",
    "0",
    "0.0.0.0",
    "0x0",
    "00",
    "0.0.0.1",
    "0.255.255.255",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::]",
    "[0000::0001]",
    // Private networks.
    "10.0.0.1",
    "10.255.255.255",
    "167772161",
    "0xa.1",
    "012.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "192.168.257",
    "3232235521",
    "0xc0a80001",
    "[fc00::1]",
    "[fd12:3456::1]",
    "[fec0::1]",
    // Link-local, and the metadata of clouds.
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "169.254.43518",
    "169.254.0.1",
    "[fe80::1]",
    "[febf::1]",
    "[fd00:ec2::254]",
    "168.63.129.16",
    "100.100.100.200",
    // A carrier's inside, benchmarks, documentation, protocols, multicast, reserved.
    "100.64.0.1",
    "100.127.255.255",
    "198.18.0.1",
    "198.19.255.255",
    "192.0.2.1",
    "198.51.100.7",
    "203.0.113.7",
    "192.0.0.1",
    "192.0.0.192",
    "192.88.99.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "4294967295",
    "[ff02::1]",
    "[2001:db8::1]",
    "[3fff::1]",
    "[100::1]",
    "[5f00::1]",
    "[4000::1]",
    // IPv4 inside IPv6: mapped, compatible, translated, NAT64, 6to4, Teredo.
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:10.0.0.1]",
    "[::ffff:a9fe:a9fe]",
    "[::ffff:0:127.0.0.1]",
    "[::127.0.0.1]",
    "[::8.8.8.8]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::a00:1]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::1]",
    "[64:ff9b:1:ffff::8.8.8.8]",
    "[2002:7f00:1::1]",
    "[2002:a00:1::]",
    "[2002:808:808::1]",
    "[2001:0:7f00:1::]",
    "[2001::1]",
    "[2001:10::1]",
    "[2001:20::1]",
    // Names.
    "localhost",
    "LOCALHOST",
    "localhost.",
    "shop.localhost",
    "inside.acme.example",
    "metadata.acme.example",
    "six.acme.example",
    "mapped.acme.example",
    "all.acme.example",
    "bücher.example",
];

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

#[test]
fn nothing_but_the_open_internet_is_dialled() {
    assert!(NOT_PUBLIC.len() >= 60);
    let bench = Bench::with_names(EgressOptions::default(), NAMES);
    for host in NOT_PUBLIC {
        for url in [format!("https://{host}"), format!("https://{host}:8443/v1")] {
            let connected = bench.connect(open_only(&url));
            match connected.read(&get("orders")) {
                Err(Failure::Misconfigured(reason)) => {
                    assert!(reason.contains("nothing was sent\nhint: "), "{url}: {reason}");
                    assert!(reason.contains("`[connections.till.endpoints]`"), "{url}: {reason}");
                    assert!(reason.contains("`api = { url = \""), "{url}: {reason}");
                }
                other => panic!("{url}: {other:?}"),
            }
            let answer = send(&connected, &asking(Method::Post, "sales"));
            assert!(matches!(answer, Answer::Refused { .. }), "{url}: {answer:?}");
        }
    }
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
