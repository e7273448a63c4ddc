//! What of an answer reaches a connector.

use super::server::{Reply, Server, answer, json, written};
use super::{Bench, NOON, api, asking, get, pair, send};
use crate::contract::{Failure, Method, Request, Response};
use crate::egress::limits::ANSWERS_TOGETHER_BYTES_MAX;
use crate::egress::{Answer, EgressOptions, Purpose};

/// `{"a":1,"b":[1,2,3]}`, packed.
const PACKED: &[u8] = include_bytes!("packed.json.gz");
/// 200 000 zeros, packed into about 200 bytes.
const BOMB: &[u8] = include_bytes!("bomb.gz");

fn read(reply: Reply, keep: &[&str]) -> Result<Response, Failure> {
    let server = Server::start([reply]);
    let keep = keep.iter().map(|path| (*path).to_owned()).collect();
    Bench::new().connect(api(&server.url)).read(&Request { keep, ..get("orders") })
}

fn body(reply: Reply, keep: &[&str]) -> String {
    String::from_utf8(read(reply, keep).expect("an answer").body).expect("UTF-8")
}

const WHOLE: &str = r#"{ "a": 1.50, "b": "x" }"#;

#[test]
fn only_what_is_kept_comes() {
    assert_eq!(body(json(WHOLE), &["a"]), r#"{ "a": 1.50}"#);
    assert_eq!(body(json(WHOLE), &[]), WHOLE);
    assert_eq!(
        body(answer(201, &["content-type: application/vnd.acme+json"], WHOLE), &["a"]),
        r#"{ "a": 1.50}"#
    );
    assert_eq!(body(answer(200, &[], WHOLE), &["a"]), r#"{ "a": 1.50}"#, "no type is given");
    assert_eq!(body(answer(200, &["Content-Type: text/plain"], WHOLE), &["a"]), WHOLE);
    assert_eq!(body(answer(404, &["Content-Type: application/json"], WHOLE), &["a"]), WHOLE);
    assert_eq!(body(answer(302, &["Content-Type: application/json"], "{half"), &["a"]), "{half");
    assert_eq!(body(json(""), &["a"]), "", "a length of 0 was told");
}

/// Pattern 27: a clock that is ahead would pass over what comes in the meantime.
#[test]
fn a_clock_that_is_far_from_the_vendors_is_told_and_nothing_is_read() {
    let dated = |headers: &[&str]| read(answer(200, headers, WHOLE), &[]);
    for fine in [
        &["Date: Wed, 15 Jul 2026 11:55:00 GMT"][..],
        &["Date: Wed, 15 Jul 2026 12:05:00 GMT"],
        &["Date: Wed, 15 Jul 2026 11:00:00 GMT", "Age: 3500"],
        &["Date: yesterday"],
        &[],
    ] {
        assert_eq!(dated(fine).expect("an answer").status, 200, "{fine:?}");
    }
    let late = dated(&["Date: Wed, 15 Jul 2026 11:54:59 GMT"]).expect_err("refused");
    let Failure::Misconfigured(reason) = late else { panic!("{late:?}") };
    assert!(
        reason.contains("this machine's clock is 301 s ahead of that of `127.0.0.1`"),
        "{reason}"
    );
    let early = dated(&["Date: Thu, 16 Jul 2026 12:00:00 GMT"]).expect_err("refused");
    let Failure::Misconfigured(reason) = early else { panic!("{early:?}") };
    assert!(reason.contains("clock is 86400 s behind that of `127.0.0.1`"), "{reason}");
    // The answer to a write tells what became of it.
    let server = Server::start([answer(201, &["Date: Wed, 15 Jul 2026 09:00:00 GMT"], "")]);
    let bench = Bench::new();
    let write = asking(Method::Post, "sales");
    assert!(matches!(send(&bench.connect(api(&server.url)), &write), Answer::Answered(_)));
}

#[test]
fn what_is_kept_of_a_write_too() {
    let server = Server::start([json(WHOLE)]);
    let write = Request { keep: vec!["b".to_owned()], ..asking(Method::Post, "sales") };
    let bench = Bench::new();
    let Answer::Answered(response) = send(&bench.connect(api(&server.url)), &write) else {
        panic!("no answer")
    };
    assert_eq!(response.body, br#"{ "b": "x" }"#);
    let counts = bench.egress.counts();
    let tally = &counts.lines[0].tally;
    assert_eq!(counts.lines[0].purpose, Purpose::Write);
    assert_eq!(
        (tally.answers_2xx, tally.bytes_received, tally.bytes_kept),
        (1, WHOLE.len() as u64, 12)
    );
}

#[test]
fn a_packed_answer_is_unpacked_up_to_the_bound() {
    let packed = |bytes: &[u8]| {
        Reply::Open(written(
            200,
            &["Content-Type: application/json", "Content-Encoding: gzip"],
            bytes,
        ))
    };
    assert_eq!(body(packed(PACKED), &["a"]), r#"{"a":1}"#);
    let half = read(packed(&PACKED[..PACKED.len() - 12]), &["a"]);
    assert!(matches!(half, Err(Failure::RetryAfter(_))), "{half:?}");

    let server = Server::start([packed(BOMB)]);
    let bench =
        Bench::with(EgressOptions { response_bytes_max: 100_000, ..EgressOptions::default() });
    let connected = bench.connect(api(&server.url));
    let failure = connected.read(&get("orders")).expect_err("above the bound");
    assert!(
        matches!(&failure, Failure::Unexpected(reason) if reason.contains("100000 bytes")),
        "{failure:?}"
    );
    assert_eq!(server.seen().len(), 1, "it would be as large again");
    let answer = send(&connected, &asking(Method::Post, "sales"));
    assert!(matches!(answer, Answer::Unknown { .. }), "{answer:?}");
    assert!(server.seen()[0].contains("accept-encoding: gzip\r\n"));
}

#[test]
fn a_body_at_the_bound_comes_and_one_above_does_not() {
    let server = Server::start([answer(200, &[], "12345678"), answer(200, &[], "123456789")]);
    let bench = Bench::with(EgressOptions { response_bytes_max: 8, ..EgressOptions::default() });
    let connected = bench.connect(api(&server.url));
    assert_eq!(connected.read(&get("orders")).expect("at the bound").body, b"12345678");
    assert!(matches!(connected.read(&get("orders")), Err(Failure::Unexpected(_))));
}

#[test]
fn nothing_is_followed_and_no_cookie_kept() {
    let elsewhere = Server::start([json("{}")]);
    let location = format!("Location: {}/x", elsewhere.url);
    let server = Server::start([answer(302, &[&location, "Set-Cookie: a=b"], ""), json("{}")]);
    let bench = Bench::new();
    let connected = bench.connect(api(&server.url));
    let response = connected.read(&get("orders")).expect("the redirect itself");
    assert_eq!(response.status, 302);
    assert!(
        response.headers.contains(&pair("location", &format!("{}/x", elsewhere.url))),
        "{:?}",
        response.headers
    );
    assert!(!response.headers.iter().any(|header| header.name == "set-cookie"));
    connected.read(&get("orders")).expect("read");
    assert!(!server.seen()[1].to_ascii_lowercase().contains("cookie"));
    assert!(server.seen()[1].contains("user-agent: penstock/"), "{:?}", server.seen());
    assert_eq!(elsewhere.seen().len(), 0);
}

#[test]
fn an_answer_tells_when_its_request_left() {
    let server = Server::start([answer(429, &["Retry-After: 5"], ""), json("{}")]);
    let bench = Bench::new();
    let response = bench.connect(api(&server.url)).read(&get("orders")).expect("read");
    assert_eq!(response.sent_at, NOON + 5_000);
}

#[test]
fn many_reads_come_back_in_order() {
    let server = Server::start([Reply::Echo]);
    let connected = Bench::new().connect(api(&server.url));
    let paths: Vec<String> = (0..40)
        .map(|number| if number % 10 == 3 { "../x".to_owned() } else { format!("orders/{number}") })
        .collect();
    let requests: Vec<Request> = paths.iter().map(|path| get(path)).collect();
    for (path, answer) in paths.iter().zip(connected.read_all(&requests)) {
        match answer {
            Ok(answer) => assert_eq!(answer.body, format!("/{path}").as_bytes()),
            Err(failure) => assert!(
                path == "../x" && matches!(failure, Failure::Misconfigured(_)),
                "{failure:?}"
            ),
        }
    }
    assert_eq!(server.seen().len(), 36);
    assert_eq!(connected.read_all(&[]).len(), 0);
}

#[test]
fn answers_to_reads_made_at_once_are_bounded_together() {
    let megabytes = "x".repeat(4 << 20);
    let server = Server::start([answer(200, &["Content-Type: text/plain"], &megabytes)]);
    let requests = vec![get("orders"); 12];
    let answers = Bench::new().connect(api(&server.url)).read_all(&requests);
    let fitting = ANSWERS_TOGETHER_BYTES_MAX / megabytes.len();
    assert!(answers[..fitting].iter().all(Result::is_ok));
    for answer in &answers[fitting..] {
        assert!(
            matches!(answer, Err(Failure::Unexpected(reason)) if reason.contains("at once")),
            "{answer:?}"
        );
    }
}
