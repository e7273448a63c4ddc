//! The secret is nowhere but in the request.

use std::fmt::Write as _;

use super::server::{Reply, Server, answer, json, written};
use super::{Bench, CANARY, api, asking, get, pair, send};
use crate::contract::{Auth, Method, Request};
use crate::egress::scrub::Scrubber;

/// The forms in which it may be seen.
const FORMS: &[&str] = &[
    "canary/secret",
    "canary\\/secret",
    "canary%2Fsecret",
    "canary%2fsecret",
    "Y2FuYXJ5L3NlY3JldCtvZiB0aGUgdGlsbD0",
];

fn check_clean(shown: &str) {
    for form in FORMS {
        assert!(!shown.contains(form), "{shown}");
    }
}

const ENCODED: &str = "canary%2Fsecret";

/// Answers and faults whose messages could hold the request's URL or headers.
fn replies() -> Vec<Reply> {
    let echo = format!("{{\"url\":\"/orders?key={}&a=b\",\"auth\":\"Bearer {CANARY}\"}}", ENCODED);
    let rest = "%2Bof+the+till%3D";
    vec![
        json("{\"a\":1}"),
        json(&echo.replace(ENCODED, &format!("{}{rest}", ENCODED))),
        answer(
            302,
            &[&format!("Location: https://acme.example/orders/?key={}{rest}", ENCODED)],
            "",
        ),
        answer(
            400,
            &[&format!("X-Request: Authorization: Bearer {CANARY}")],
            &format!("bad token {CANARY}"),
        ),
        answer(400, &[], "Basic Y2FuYXJ5L3NlY3JldCtvZiB0aGUgdGlsbD0="),
        answer(400, &[], "canary%2Fsecret%2Bof%20the%20till%3D canary%2fsecret%2bof+the+till%3d"),
        answer(400, &[], "{\"auth\":\"canary\\/secret+of the till=\"}"),
        answer(401, &[], CANARY),
        answer(403, &[], CANARY),
        answer(429, &["Retry-After: 1"], CANARY),
        answer(500, &[], CANARY),
        Reply::CloseAfterRequest,
        Reply::ResetBeforeRequest,
        Reply::Close(b"nonsense\r\n".to_vec()),
        Reply::Close(written(200, &["Content-Type: application/json"], CANARY.as_bytes())),
    ]
}

#[test]
fn the_secret_is_in_no_answer_and_no_message() {
    let kinds = [
        Auth::Bearer,
        Auth::Basic,
        Auth::Header("X-Key".to_owned()),
        Auth::Query("key".to_owned()),
    ];
    for reply in replies() {
        for auth in &kinds {
            let server = Server::start([reply.clone()]);
            let bench = Bench::new();
            let mut endpoint = api(&server.url);
            endpoint.auth = auth.clone();
            let connected = bench.connect(endpoint);
            let mut shown = String::new();
            for path in ["orders", "../x"] {
                let request = Request { query: vec![pair("a", "b")], ..get(path) };
                write!(shown, "{:?}", connected.read(&request)).expect("writes");
            }
            let write = Request { query: vec![pair("a", "b")], ..asking(Method::Post, "sales") };
            write!(shown, "{:?}", send(&connected, &write)).expect("writes");
            write!(shown, "{:?}", bench.egress.counts()).expect("writes");
            check_clean(&shown);
            check_clean(&bytes_as_text(&connected, &get("orders")));
            let seen = server.seen();
            let came = seen.iter().any(|seen| FORMS.iter().any(|form| seen.contains(form)));
            assert!(
                came || matches!(reply, Reply::ResetBeforeRequest),
                "the canary must be alive: {seen:?}"
            );
        }
    }
}

/// The body as text, for `Debug` shows it as numbers.
fn bytes_as_text(connected: &crate::egress::Connected, request: &Request) -> String {
    connected
        .read(request)
        .map_or_else(|_| String::new(), |answer| String::from_utf8_lossy(&answer.body).into_owned())
}

#[test]
fn a_host_that_is_not_reached_tells_no_query() {
    for url in ["http://127.0.0.1:1", "http://nowhere.acme.example", "https://10.0.0.1.nowhere"] {
        let bench = Bench::new();
        let mut endpoint = api(url);
        endpoint.auth = Auth::Query("key".to_owned());
        let connected = bench.connect(endpoint);
        let request =
            Request { query: vec![pair("email", "mina@acme.example")], ..get("customers") };
        let shown = format!("{:?} {:?}", connected.read(&request), bench.egress.counts());
        check_clean(&shown);
        assert!(!shown.contains("mina"), "{shown}");
        assert!(shown.contains("GET `/customers` of endpoint `api`"), "{shown}");
    }
}

#[test]
fn scrubbing_finds_all_and_leaves_the_rest() {
    let scrub =
        |secret: &str, text: &str| Scrubber::new(Some(&secret.into())).text(text.to_owned());
    assert_eq!(
        scrub("abcabcabd", "abcabcabcabd abcabcabdabcabcabd!"),
        "abc[secret] [secret][secret]!"
    );
    assert_eq!(scrub("abcabcabd", ""), "");
    assert_eq!(
        scrub("till:open-sesame", "the word open-sesame of till"),
        "the word [secret] of till"
    );
    assert_eq!(
        scrub("12345", "a short one 12345 would be found everywhere"),
        "a short one 12345 would be found everywhere"
    );
    assert_eq!(Scrubber::default().bytes(vec![0xff, 0]), [0xff, 0]);
}
