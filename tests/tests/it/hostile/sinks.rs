//! A hostile sink: what it plans, what it would have sent, and what it says came of it.

use super::Cost::{Dead, Held, Nothing, Stop, Waits};
use super::{Row, Seat, check};

pub const PLANS: &[Row] = &[
    ("panic", Dead(3), &["connector `actor` stopped in `prepare`: it panicked"]),
    ("loop", Dead(3), &["it computed for more than 700 ms"]),
    ("allocate", Dead(3), &["of memory, and has at most 128 MiB"]),
    ("twice", Dead(3), &["the plan deals with intake 0 twice"]),
    ("left-out", Dead(3), &["the plan leaves out intake 0"]),
    ("out-of-range", Dead(3), &["the plan names intake 1 of 1"]),
    ("covers-nothing", Dead(3), &["the write `sale` covers no intake"]),
    (
        "undeclared-endpoint",
        Dead(3),
        &["the endpoint `elsewhere`, which the descriptor does not declare"],
    ),
    ("write-by-get", Dead(3), &["a write to `/sales` is a GET"]),
    ("probe-by-post", Dead(3), &["the probe can't be read: a read is a POST to `/sales`"]),
    (
        "movement-of-another",
        Dead(3),
        &["a movement belongs to intake 1, which its write does not cover"],
    ),
    ("movement-without-cause", Dead(3), &["a movement's cause is empty"]),
    ("one-cause-twice", Held(2), &["`order-1#1` has moved the counter `mug` already"]),
    ("existing-without-id", Dead(3), &["a remote id is empty"]),
    ("memo-huge", Dead(3), &["a memo has 102400 bytes, and 65536 are allowed"]),
    ("settle-never", Dead(3), &["`settle-ms` is 18446744073709551615 ms"]),
    // It says that all is there: so nothing is sent to its own account, and `sales` is none of its business.
    ("already-there", Nothing, &["bad                      3 already there"]),
    ("defer-for-an-hour", Waits(3), &[]),
    ("reject-with-escapes", Held(3), &["3 held: [2J ]0;owned; error[store-damaged]"]),
    ("reject-at-length", Held(3), &["3 held: very very", "…"]),
    ("summary-with-escapes", Nothing, &["bad                      3 created"]),
    ("fail", Held(3), &["3 held: what is this?"]),
    (
        "misconfigured",
        Stop(1),
        &["connection `trap`: set `allow_private", "so says connector `actor`"],
    ),
    ("unauthorized", Stop(3), &["connection `trap` cannot be used: give me another secret"]),
    ("retry-for-ever", Dead(3), &["`retry-after` is 18446744073709551615 ms"]),
];

/// Writes that try to come to another host, another path or another credential.
pub const REQUESTS: &[Row] = &[
    (
        "endpoint:clouds",
        Held(3),
        &["its address 169.254.169.254 is link-local", "nothing was sent"],
    ),
    ("endpoint:mapped", Held(3), &["is a private network"]),
    ("endpoint:named", Held(3), &["is this very host"]),
    (
        "path:../admin",
        Held(3),
        &["the host refused to send it", "the path has a `.` or `..` for a part"],
    ),
    ("path:%2e%2e%2fadmin", Held(3), &["the path has a `.` or `..` for a part"]),
    ("path://evil.example/", Held(3), &["the path has an empty part (`//`)"]),
    ("path:@evil.example/", Held(3), &["a character that must be percent-encoded"]),
    ("path:orders?key=mine", Held(3), &["the query stands in a field of its own"]),
    ("header:Host=evil.example", Held(3), &["the header `host` is the host's to set"]),
    ("header:Authorization=Bearer mine", Held(3), &["`authorization` is the host's to set"]),
    ("header:Content-Length=0", Held(3), &["`content-length` is the host's to set"]),
    ("header:Transfer-Encoding=chunked", Held(3), &["`transfer-encoding` is the host's to set"]),
    ("header:X-A=1\r\nHost: evil.example", Held(3), &["a character that no header may hold"]),
];

/// What it makes of answers. Where it does so only in `conclude`, the probe tells what became of the write.
pub const CONCLUSIONS: &[Row] = &[
    (
        "conclude:panic",
        Nothing,
        &["3 created, 3 in doubt for a while", "stopped in `conclude`: it panicked"],
    ),
    ("conclude:abort", Nothing, &["3 created, 3 in doubt for a while", "it aborted"]),
    (
        "conclude:loop",
        Nothing,
        &["3 created, 3 in doubt for a while", "it computed for more than 700 ms"],
    ),
    ("conclude:read", Nothing, &["`http` is not to be used in `conclude`"]),
    ("conclude:settles-too-few", Nothing, &["the write covers 1 intakes, and 0 are settled"]),
    // It decides what is not its own.
    ("conclude:settles-too-many", Nothing, &["the write covers 1 intakes, and 2 are settled"]),
    ("conclude:applied-without-id", Nothing, &["a remote id is empty"]),
    ("conclude:applied-control-id", Nothing, &["a remote id has control characters"]),
    ("conclude:step-by-get", Nothing, &["a write to `/sales/1` is a GET"]),
    ("conclude:doubt-for-ever", Nothing, &["`after-ms` is 18446744073709551615 ms"]),
    (
        "conclude:step-outside",
        Held(3),
        &["PUT `/../admin`", "the path has a `.` or `..` for a part"],
    ),
    ("conclude:step", Held(3), &["it was continued 32 times, and wants one more request"]),
    ("conclude:not-applied", Held(3), &["it was sent 8 times and never took effect"]),
    (
        "conclude:misconfigured",
        Stop(1),
        &["connection `trap`: set `allow_private", "so says connector"],
    ),
];

#[test]
fn a_sink_that_plans_badly_costs_what_it_was_given_and_is_named() {
    insta::assert_snapshot!("sinks_that_plan", check(Seat::Sink, PLANS));
}

#[test]
fn a_sink_writes_to_no_host_no_path_and_no_header_that_is_not_its_own() {
    insta::assert_snapshot!("sinks_outside", check(Seat::Sink, REQUESTS));
}

#[test]
fn a_sink_that_lies_of_answers_costs_its_own_writes_and_is_named() {
    insta::assert_snapshot!("sinks_that_conclude", check(Seat::Sink, CONCLUSIONS));
}
