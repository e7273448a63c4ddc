//! What a connector may ask for.

use super::server::{Server, json};
use super::{Bench, CANARY, api, asking, get, pair, send, till};
use crate::contract::{Auth, Failure, Method, Oauth2, Request};
use crate::egress::{Answer, limits};

/// The request is refused by a read and by a write alike, and nothing reaches the server.
fn refused(request: &Request, expected: &str) {
    let server = Server::start([json("{}")]);
    let bench = Bench::new();
    let connected = bench.connect(api(&format!("{}/v1", server.url)));
    match connected.read(request) {
        Err(Failure::Misconfigured(reason)) => {
            assert!(reason.contains(expected), "{reason}");
            assert!(reason.contains("connection `till`"), "{reason}");
        }
        other => panic!("{request:?}: {other:?}"),
    }
    let write = Request { method: Method::Post, ..request.clone() };
    let answer = send(&connected, &write);
    assert!(
        matches!(&answer, Answer::Refused { reason } if reason.contains(expected)),
        "{answer:?}"
    );
    assert_eq!(server.seen().len(), 0, "{request:?}");
    assert_eq!(bench.egress.counts().lines.iter().map(|line| line.tally.requests).sum::<u64>(), 0);
}

#[test]
fn paths_stay_below_the_base() {
    for path in [
        "..",
        "../v2",
        "orders/..",
        "orders/../../v2",
        "./orders",
        "orders/.",
        "%2e%2e/v2",
        "%2E%2E/v2",
        ".%2e/v2",
        "%2e",
        "%252e%252e/v2",
        "%25252e%25252e/v2",
        "..%2fv2",
        "orders%2f..%2fv2",
        "..%5cv2",
        "orders/..;x/v2",
        "%2e%2e;/v2",
        "/../v2",
        "orders/%2e%2e%2f%2e%2e",
    ] {
        refused(&get(path), "`.` or `..`");
    }
    for path in
        ["//evil.example/x", "///x", "orders//1", "https://evil.example", "http://evil.example/"]
    {
        refused(&get(path), "`//`");
    }
    for path in [
        "\\\\evil.example",
        "orders\\..\\x",
        "a@evil.example",
        "a b",
        "a\tb",
        "a\nb",
        "\u{0}",
        "caf\u{e9}",
        "<x>",
    ] {
        refused(&get(path), "percent-encoded");
    }
    for path in ["orders?limit=1", "orders#x", "?x", "#"] {
        refused(&get(path), "a query or a fragment");
    }
    for path in ["orders%", "orders%2", "orders%zz"] {
        refused(&get(path), "two hexadecimal digits");
    }
    for path in ["%00", "orders%0d%0aHost:evil", "%7f", "%250a"] {
        refused(&get(path), "control character");
    }
    refused(&get("%252525252541"), "many times over");
    refused(&get(&"a".repeat(limits::PATH_BYTES_MAX + 1)), "too long");
}

#[test]
fn paths_are_joined_to_the_base() {
    for (base, path, expected) in [
        ("", "orders", "/orders"),
        ("", "", "/"),
        ("/api/v3/1003", "orders", "/api/v3/1003/orders"),
        ("/api/v3/1003", "/orders", "/api/v3/1003/orders"),
        ("/api/v3/1003/", "orders/7/", "/api/v3/1003/orders/7/"),
        ("/api/v3/1003", "", "/api/v3/1003"),
        ("/v1", "customers/mina%40example.org", "/v1/customers/mina%40example.org"),
        ("/v1", "items:search", "/v1/items:search"),
        ("/v1", "a%20b/%C3%A9/~x_y-z.1/...", "/v1/a%20b/%C3%A9/~x_y-z.1/..."),
    ] {
        let server = Server::start([json("{}")]);
        let bench = Bench::new();
        bench.connect(api(&format!("{}{base}", server.url))).read(&get(path)).expect("read");
        let line = server.seen()[0].lines().next().map(str::to_owned);
        assert_eq!(line, Some(format!("GET {expected} HTTP/1.1")), "{base} {path}");
    }
}

#[test]
fn queries_are_encoded() {
    let server = Server::start([json("{}")]);
    let request =
        Request { query: vec![pair("q", "a b&c=d#é+"), pair("q", "2")], ..get("orders") };
    Bench::new().connect(api(&server.url)).read(&request).expect("read");
    assert!(
        server.seen()[0].starts_with("GET /orders?q=a+b%26c%3Dd%23%C3%A9%2B&q=2 HTTP/1.1"),
        "{:?}",
        server.seen()
    );
    let long = "x".repeat(limits::QUERY_BYTES_MAX);
    refused(&Request { query: vec![pair("q", &long)], ..get("orders") }, "above the bound");
}

#[test]
fn headers_of_the_host_are_not_a_connectors() {
    for name in [
        "Host",
        "Authorization",
        "authorization",
        "Cookie",
        "Connection",
        "Content-Length",
        "Transfer-Encoding",
        "TE",
        "Trailer",
        "Upgrade",
        "Keep-Alive",
        "Proxy-Authorization",
        "Proxy-Connection",
        "Expect",
        "Range",
        "Accept-Encoding",
        "User-Agent",
        "X-HTTP-Method-Override",
        "X-Method-Override",
        "X-Forwarded-Host",
        "Forwarded",
    ] {
        refused(&Request { headers: vec![pair(name, "x")], ..get("orders") }, "the host's to set");
    }
    for name in ["", "a b", "a:b", "a\r\nHost", "é"] {
        refused(
            &Request { headers: vec![pair(name, "x")], ..get("orders") },
            "no name for a header",
        );
    }
    for value in ["a\r\nHost: evil", "a\nb", "\u{0}", "\u{7f}"] {
        refused(
            &Request { headers: vec![pair("X-A", value)], ..get("orders") },
            "no header may hold",
        );
    }
    let many = vec![pair("X-A", "1"); limits::HEADERS_MAX + 1];
    refused(&Request { headers: many, ..get("orders") }, "are allowed");
    let long = vec![pair("X-A", &"x".repeat(limits::HEADER_BYTES_MAX))];
    refused(&Request { headers: long, ..get("orders") }, "are allowed");
}

#[test]
fn other_bounds() {
    let large =
        Request { body: Some(vec![b'x'; limits::REQUEST_BODY_BYTES_MAX + 1]), ..get("orders") };
    refused(&large, "above the bound");
    refused(&Request { keep: vec!["a..b".to_owned()], ..get("orders") }, "empty part");
    refused(&Request { endpoint: "other".to_owned(), ..get("orders") }, "only `api`");
}

#[test]
fn only_reads_read() {
    let server = Server::start([json("{}")]);
    let bench = Bench::new();
    let mut endpoint = api(&server.url);
    endpoint.reads_by_post = vec!["/search".to_owned()];
    let connected = bench.connect(endpoint);
    for method in [Method::Put, Method::Patch, Method::Delete] {
        let failure = connected.read(&asking(method, "search")).expect_err("no read");
        assert!(
            matches!(&failure, Failure::Misconfigured(reason) if reason.contains("GET or QUERY")),
            "{failure:?}"
        );
    }
    for path in ["orders", "search/", "search/x", "Search", "%73earch", ""] {
        let failure = connected.read(&asking(Method::Post, path)).expect_err("not granted");
        let expected = format!("`api = {{ reads_by_post = [\"{path}\"] }}`");
        assert!(
            matches!(&failure, Failure::Misconfigured(reason) if reason.contains(&expected)),
            "{failure:?}"
        );
    }
    let body = Request { body: Some(b"x".to_vec()), ..get("orders") };
    assert!(matches!(connected.read(&body), Err(Failure::Misconfigured(_))));
    assert!(matches!(send(&connected, &get("orders")), Answer::Refused { .. }));
    assert_eq!(server.seen().len(), 0);

    for request in [get("orders"), asking(Method::Query, "orders"), asking(Method::Post, "search")]
    {
        connected.read(&request).expect("a read");
    }
    for method in [Method::Post, Method::Put, Method::Patch, Method::Delete] {
        let body = Some(b"{\"a\":1}".to_vec());
        let write = Request { body, ..asking(method, "sales") };
        assert!(matches!(send(&connected, &write), Answer::Answered(_)));
    }
    let methods: Vec<_> =
        server.seen().iter().filter_map(|seen| seen.split(' ').next().map(str::to_owned)).collect();
    assert_eq!(methods, ["GET", "QUERY", "POST", "POST", "PUT", "PATCH", "DELETE"]);
    let write = &server.seen()[4];
    assert!(
        write.contains("content-type: application/json\r\n")
            && write.contains("accept: application/json\r\n")
            && write.ends_with("\r\n\r\n{\"a\":1}"),
        "{write}"
    );
}

#[test]
fn each_kind_of_credential() {
    let key = Auth::Header("X-Api-Key".to_owned());
    let encoded = "canary%2Fsecret%2Bof+the+till%3D";
    for (auth, expected) in [
        (Auth::Bearer, format!("authorization: Bearer {CANARY}\r\n")),
        (Auth::Basic, "authorization: Basic Y2FuYXJ5L3NlY3JldCtvZiB0aGUgdGlsbD0=\r\n".to_owned()),
        (key, format!("x-api-key: {CANARY}\r\n")),
        (Auth::Query("key".to_owned()), format!("GET /orders?limit=1&key={encoded} HTTP/1.1\r\n")),
    ] {
        let server = Server::start([json("{}")]);
        let mut endpoint = api(&server.url);
        endpoint.auth = auth;
        let bench = Bench::new();
        let connected = bench.connect(endpoint);
        connected
            .read(&Request { query: vec![pair("limit", "1")], ..get("orders") })
            .expect("read");
        assert!(server.seen()[0].contains(&expected), "{:?}", server.seen());

        let own = Request {
            query: vec![pair("key", "mine")],
            headers: vec![pair("x-api-key", "mine")],
            ..get("orders")
        };
        let sent = connected.read(&own).is_ok();
        assert_eq!(
            sent,
            expected.starts_with("authorization"),
            "a connector stands in for its credential"
        );
    }
    let server = Server::start([json("{}")]);
    let mut endpoint = api(&server.url);
    endpoint.auth = Auth::None;
    Bench::new().connect(endpoint).read(&get("orders")).expect("read");
    assert!(!server.seen()[0].contains("canary"));
}

#[test]
fn credentials_that_cannot_be() {
    let secret = |text: &str| Some(secrecy::SecretString::from(text));
    let oauth2 = Oauth2 {
        authorize_url: String::new(),
        token_url: String::new(),
        scopes: vec![],
        rotates_refresh_token: false,
    };
    for (auth, secret, expected) in [
        (Auth::Bearer, None, "hint: add `secret = { env"),
        (Auth::Bearer, secret("canary\n"), "line break"),
        (Auth::Header("Host".to_owned()), secret("canary"), "which it cannot be"),
        (Auth::Header("a b".to_owned()), secret("canary"), "which it cannot be"),
        (Auth::Header("Cookie".to_owned()), secret("canary"), "which it cannot be"),
        (Auth::Oauth2(oauth2), secret("canary"), "OAuth 2, which this version"),
    ] {
        let server = Server::start([json("{}")]);
        let mut endpoint = api(&server.url);
        endpoint.auth = auth;
        let connected = Bench::new().egress.connect(&till(endpoint), secret.as_ref());
        let failure = connected.read(&get("orders")).expect_err("no credential");
        let Failure::Misconfigured(reason) = &failure else { panic!("{failure:?}") };
        assert!(reason.contains(expected) && !reason.contains("canary"), "{reason}");
        assert!(matches!(send(&connected, &asking(Method::Post, "sales")), Answer::Refused { .. }));
        assert_eq!(server.seen().len(), 0);
    }
}
