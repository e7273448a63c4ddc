//! Everything that can go wrong on the way, for a read and for a write.

use std::net::TcpListener;
use std::time::Duration;

use super::server::{Reply, Server, answer, json, written};
use super::{Bench, api, asking, get, send};
use crate::contract::{Failure, Method};
use crate::egress::{Answer, EgressOptions, Purpose, limits};

/// Time-outs so short that a server which never answers is given up at once.
fn impatient() -> EgressOptions {
    EgressOptions {
        silence_timeout: Duration::from_millis(150),
        exchange_timeout: Duration::from_millis(300),
        ..EgressOptions::default()
    }
}

fn json_head(rest: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{rest}").into_bytes()
}

/// Faults after which a read is made again, and a write is unknown.
fn doubtful() -> Vec<(&'static str, Reply)> {
    vec![
        ("reset before the request is read", Reply::ResetBeforeRequest),
        ("closed after the request", Reply::CloseAfterRequest),
        ("500", answer(500, &[], "oops")),
        ("502", answer(502, &[], "<html>")),
        ("503", answer(503, &["Retry-After: 3"], "")),
        ("599", answer(599, &[], "")),
        ("half of the head", Reply::Close(b"HTTP/1.1 200 OK\r\nContent-Ty".to_vec())),
        ("no HTTP at all", Reply::Close(b"SSH-2.0-x\r\n\r\n".to_vec())),
        (
            "half a body by its length",
            Reply::Close(json_head("Content-Length: 50\r\n\r\n{\"a\":1}")),
        ),
        (
            "half a body in chunks",
            Reply::Close(json_head("Transfer-Encoding: chunked\r\n\r\n7\r\n{\"a\":1}\r\n")),
        ),
        (
            "half a body without a length",
            Reply::Close(json_head("Connection: close\r\n\r\n{\"a\":1,\"b\":[1,")),
        ),
        ("no body and no length", Reply::Close(json_head("Connection: close\r\n\r\n"))),
        (
            "two lengths",
            Reply::Close(json_head("Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}")),
        ),
        ("JSON that is none", json("{\"a\":01}")),
        ("a page of HTML that says it is JSON", json("<html></html>")),
        ("silence", Reply::Stall(vec![])),
        ("silence after half a body", Reply::Stall(json_head("Content-Length: 50\r\n\r\n{\"a\":"))),
    ]
}

#[test]
fn a_read_is_made_again_after_a_fault() {
    for (what, fault) in doubtful() {
        let bench = Bench::with(impatient());
        let server = Server::start([fault, json("{\"a\":1}")]);
        let read = bench.connect(api(&server.url)).read(&get("orders"));
        assert_eq!(read.expect(what).body, b"{\"a\":1}", "{what}");
        assert_eq!(server.seen().len(), 2, "{what}");
        assert!(bench.paused_ms() >= 375, "{what}: without a pause");
    }
}

#[test]
fn a_read_is_given_up_after_its_attempts() {
    for (what, fault) in doubtful() {
        let bench = Bench::with(impatient());
        let server = Server::start([fault]);
        let failure = bench.connect(api(&server.url)).read(&get("orders")).expect_err(what);
        let is_malformed = what.contains("JSON")
            || what.contains("no length")
            || what.contains("without a length");
        match failure {
            Failure::Unexpected(reason) if is_malformed => {
                assert!(reason.contains("not whole or not JSON"), "{reason}")
            }
            Failure::RetryAfter(ms) if !is_malformed => assert!(ms >= 3_000, "{what}: {ms}"),
            other => panic!("{what}: {other:?}"),
        }
        assert_eq!(server.seen().len(), limits::READ_ATTEMPTS_MAX as usize, "{what}");
        let counts = bench.egress.counts();
        assert!(
            counts.lines[0].tally.latest_fault.as_deref().expect(what).contains("GET `/orders`"),
            "{what}"
        );
    }
}

#[test]
fn a_write_is_sent_once_and_unknown_after_a_fault() {
    for (what, fault) in doubtful() {
        let bench = Bench::with(impatient());
        let server = Server::start([fault]);
        let answer = send(&bench.connect(api(&server.url)), &asking(Method::Post, "sales"));
        assert!(matches!(answer, Answer::Unknown { .. }), "{what}: {answer:?}");
        assert_eq!(server.seen().len(), 1, "{what}");
        assert_eq!(bench.egress.counts().requests(Purpose::Write), 1, "{what}");
    }
}

#[test]
fn a_write_that_never_left_was_not_taken() {
    let nobody_listens = {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback is there");
        format!("http://{}", listener.local_addr().expect("bound"))
    };
    let names: &[(&str, &[&str])] = &[("empty.acme.example", &[])];
    let bench = Bench::with_names(EgressOptions::default(), names);
    for url in [nobody_listens.as_str(), "http://nowhere.acme.example", "http://empty.acme.example"]
    {
        let connected = bench.connect(api(url));
        let answer = send(&connected, &asking(Method::Post, "sales"));
        assert!(
            matches!(answer, Answer::NotTaken { retry_after_ms: 5_000, .. }),
            "{url}: {answer:?}"
        );
        assert_eq!(
            connected.read(&get("orders")),
            Err(Failure::RetryAfter(limits::GIVEN_UP_RETRY_MS)),
            "{url}"
        );
    }
}

#[test]
fn an_untrusted_certificate_stops_a_request_before_it_leaves() {
    // Loopback speaks no TLS at all, which fails in the same place: before a byte of the request is sent.
    let server = Server::start([Reply::Close(written(200, &[], b""))]);
    let bench = Bench::new();
    let connected = bench.connect(api(&server.url.replace("http://", "https://")));
    let answer = send(&connected, &asking(Method::Post, "sales"));
    assert!(matches!(answer, Answer::NotTaken { .. }), "{answer:?}");
}

#[test]
fn a_401_is_told_apart() {
    let server = Server::start([answer(401, &[], "{}")]);
    let bench = Bench::new();
    let connected = bench.connect(api(&server.url));
    let failure = connected.read(&get("orders")).expect_err("401");
    assert!(
        matches!(&failure, Failure::Unauthorized(reason) if reason.contains("hint: ")),
        "{failure:?}"
    );
    let answer = send(&connected, &asking(Method::Put, "sales/1"));
    assert!(matches!(answer, Answer::Unauthorized { .. }), "{answer:?}");
    assert_eq!(server.seen().len(), 2);
}

#[test]
fn other_answers_are_the_connectors_to_judge() {
    for status in [200, 201, 204, 301, 302, 304, 400, 403, 404, 409, 410, 422] {
        let server = Server::start([answer(status, &["Location: /elsewhere"], "")]);
        let bench = Bench::new();
        let connected = bench.connect(api(&server.url));
        assert_eq!(connected.read(&get("orders")).expect("a response").status, status);
        let answer = send(&connected, &asking(Method::Post, "sales"));
        assert!(
            matches!(&answer, Answer::Answered(response) if response.status == status),
            "{answer:?}"
        );
        assert_eq!(server.seen().len(), 2, "{status}: nothing is followed or repeated");
    }
}

#[test]
fn a_429_stops_the_read_for_as_long_as_it_says() {
    let date =
        &["Date: Wed, 15 Jul 2026 09:00:00 GMT", "Retry-After: Wed, 15 Jul 2026 09:00:20 GMT"][..];
    for (headers, pause_ms) in [(&["Retry-After: 7"][..], 7_000), (date, 21_000), (&[], 30_000)] {
        let server = Server::start([answer(429, headers, ""), json("{}")]);
        let bench = Bench::new();
        assert_eq!(bench.connect(api(&server.url)).read(&get("orders")).expect("read").status, 200);
        assert_eq!(bench.paused_ms(), pause_ms, "{headers:?}");
        let tally = bench.egress.counts().lines[0].tally.clone();
        assert_eq!((tally.requests, tally.answers_429, tally.waits), (2, 1, 1));
        assert_eq!(i64::try_from(tally.waited_ms), Ok(pause_ms));
    }
}

#[test]
fn a_429_for_ever_is_given_up() {
    let server = Server::start([answer(429, &["Retry-After: 7"], "")]);
    let bench = Bench::new();
    assert_eq!(
        bench.connect(api(&server.url)).read(&get("orders")),
        Err(Failure::RetryAfter(7_000))
    );
    assert_eq!(server.seen().len(), limits::READ_ATTEMPTS_MAX as usize);
}

#[test]
fn a_429_on_a_write_had_no_effect_and_stops_the_whole_account() {
    let server = Server::start([answer(429, &["Retry-After: 7"], ""), json("{}")]);
    let bench = Bench::new();
    let answer = send(&bench.connect(api(&server.url)), &asking(Method::Post, "sales"));
    assert!(matches!(answer, Answer::NotTaken { retry_after_ms: 7_000, .. }), "{answer:?}");
    assert_eq!(bench.paused_ms(), 0);
    let another = bench.connect(api(&server.url));
    assert_eq!(another.read(&get("orders")).expect("read").status, 200);
    assert_eq!(bench.paused_ms(), 7_000, "another connection of the account waits as well");
}

#[test]
fn a_503_that_says_when_is_believed() {
    let server = Server::start([answer(503, &["Retry-After: 9"], ""), json("{}")]);
    let bench = Bench::new();
    assert!(bench.connect(api(&server.url)).read(&get("orders")).is_ok());
    assert_eq!(bench.paused_ms(), 9_000);
}

#[test]
fn a_write_waits_a_little_only_and_is_not_sent_if_it_is_dropped() {
    let mut endpoint = api("");
    endpoint.rate_limit = Some(super::rate(1, 60_000));
    let server = Server::start([json("{}")]);
    endpoint.base_url.clone_from(&server.url);
    let bench =
        Bench::with(EgressOptions { write_wait_max: Duration::ZERO, ..EgressOptions::default() });
    let connected = bench.connect(endpoint);
    assert!(matches!(send(&connected, &asking(Method::Post, "sales")), Answer::Answered(_)));
    let refused = send(&connected, &asking(Method::Post, "sales"));
    assert!(
        matches!(&refused, Answer::NotTaken { retry_after_ms, .. } if *retry_after_ms > 60_000),
        "{refused:?}"
    );
    drop(connected.send(&asking(Method::Post, "sales")));
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn reads_can_be_made_from_within_an_asynchronous_task() {
    let server = Server::start([json("{}")]);
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    // It blocks the task, which callers are told not to do; what counts is that nothing panics, at the end neither.
    runtime.block_on(async {
        let bench = Bench::new();
        assert!(bench.connect(api(&server.url)).read(&get("orders")).is_ok());
    });
}

#[test]
fn a_sealed_way_out_reads_and_writes_nothing() {
    let server = Server::start([json("{}")]);
    let bench = Bench::with(EgressOptions { is_sealed: true, ..EgressOptions::default() });
    let connected = bench.connect(api(&server.url));
    let answer = send(&connected, &asking(Method::Post, "sales"));
    assert!(
        matches!(&answer, Answer::Refused { reason } if reason.contains("writes nothing")),
        "{answer:?}"
    );
    assert!(connected.read(&get("orders")).is_ok());
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn an_answer_that_takes_too_long_in_all_is_lost_as_well() {
    let server = Server::start([Reply::Stall(json_head("Content-Length: 50\r\n\r\n{"))]);
    let options =
        EgressOptions { exchange_timeout: Duration::from_millis(150), ..EgressOptions::default() };
    let answer =
        send(&Bench::with(options).connect(api(&server.url)), &asking(Method::Post, "sales"));
    assert!(
        matches!(&answer, Answer::Unknown { reason } if reason.contains("150 ms")),
        "{answer:?}"
    );
}
