//! A hostile source: what it gives, and how it tries to read where it has no business.

use super::Cost::{Nothing, Stop};
use super::{Row, Seat, check};

pub const ROWS: &[Row] = &[
    ("panic", Stop(1), &["stage `bad`", "connector `actor` stopped in `pull`: it panicked"]),
    ("abort", Stop(1), &["it aborted"]),
    ("exit", Stop(1), &["it ended itself, as a program does"]),
    ("wild", Stop(1), &["it reached outside its memory"]),
    ("loop", Stop(1), &["was stopped in `pull`: it computed for more than 700 ms"]),
    ("recurse", Stop(1), &["its calls nest deeper than 512 KiB of stack"]),
    ("allocate", Stop(1), &["of memory, and has at most 128 MiB"]),
    ("too-many", Stop(1), &["it gave 101 entries in a page, and 100 are allowed"]),
    ("empty-key", Stop(1), &["a key is empty"]),
    ("control-key", Stop(1), &["a key has control characters"]),
    ("wrong-kind", Stop(1), &["`order-0` is a `product`, and the collection reads `document`"]),
    ("cursor-huge", Stop(1), &["the cursor has 102400 bytes, and 65536 are allowed"]),
    ("cursor-stands", Stop(1), &["the cursor stands where it stood: pulling would never end"]),
    ("cursor-circles", Stop(1), &["connector `actor` gave 5000 pages in a row with nothing new"]),
    ("endless-empty", Stop(1), &["connector `actor` gave 5000 pages in a row with nothing new"]),
    ("endless-known", Stop(1), &["connector `actor` gave 5000 pages in a row with nothing new"]),
    ("complete-and-more", Stop(1), &["`complete-to` while there is `more` to pull"]),
    // One key three times is one entry.
    ("same-key", Nothing, &["bad                      1 read, 2 unchanged", "1 created"]),
    // The keys that it gives are under its own account, however they are spelled.
    (
        "key-of-another",
        Nothing,
        &["bad                      3 read", "spoils                   3 created"],
    ),
    ("far-ahead", Nothing, &["bad                      3 read"]),
    ("long-ago", Nothing, &["bad                      3 read"]),
    ("fail", Stop(1), &["stage `bad`: what is this?", "so says connector `actor`"]),
    ("fail-with-escapes", Stop(1), &["[2J ]0;owned; error[store-damaged]: delete the store"]),
    ("fail-at-length", Stop(1), &["stage `bad`: very very", "…"]),
    ("unauthorized", Stop(3), &["give me another secret", "so says connector `actor`"]),
    (
        "misconfigured",
        Stop(1),
        &["connection `trap`: set `allow_private", "so says connector `actor`"],
    ),
    ("retry-for-ever", Stop(1), &["`retry-after` is 18446744073709551615 ms, and 2592000000 are"]),
    ("retry-next-month", Nothing, &["its account asked to be left alone for 30 days"]),
    ("log-flood", Nothing, &["bad: and 196 more notes"]),
    (
        "log-loop",
        Stop(1),
        &["it computed for more than 700 ms", "more lines were dropped: a call has 200"],
    ),
    ("log-escapes", Nothing, &["bad:  [2J ]0;owned   error[store-damaged]: delete the store"]),
    ("random-for-ever", Stop(1), &["it wanted more than 4096 random bytes at once"]),
    ("handles", Stop(1), &["it holds more than 1000 handles"]),
    ("web", Stop(1), &["which is refused to every connector"]),
];

/// Reads that try to come to another host, another path or another credential.
pub const OUTSIDE: &[Row] = &[
    (
        "read-undeclared",
        Stop(1),
        &["names the endpoint `metadata`, which the descriptor does not declare"],
    ),
    ("read-by-put", Stop(1), &["a read of `/orders` is a PUT"]),
    (
        "read-by-post",
        Stop(1),
        &["the file does not grant reading by POST at this path; nothing was sent"],
    ),
    ("read-by-other-post", Stop(1), &["which the descriptor does not list in `reads-by-post`"]),
    ("read-too-many", Stop(1), &["it asked for 101 reads at once, and 100 are allowed"]),
    ("read-for-ever", Stop(1), &["it asked the host more than 10000 times"]),
    // It is shown the redirect, and nobody follows it.
    ("read-moved", Nothing, &["bad: 302 [", "location: http://ELSEWHERE/stolen"]),
    // What shows the request is shown without the secret.
    ("read-mirror", Nothing, &["bad: 200 [", "Bearer [secret]"]),
    (
        "read-all-huge",
        Stop(1),
        &["the answers to reads made at once are above the bound of 33554432 bytes together"],
    ),
    ("read-huge", Stop(1), &["above the bound"]),
    (
        "endpoint:clouds",
        Stop(1),
        &["its address 169.254.169.254 is link-local", "nothing was sent"],
    ),
    ("endpoint:number", Stop(1), &["its address 127.0.0.1 is this very host"]),
    ("endpoint:octal", Stop(1), &["its address 127.0.0.1 is this very host"]),
    ("endpoint:mapped", Stop(1), &["is a private network"]),
    ("endpoint:translated", Stop(1), &["is link-local, where clouds keep their metadata"]),
    ("endpoint:wide", Stop(1), &["its address 127.0.0.1 is this very host"]),
    ("endpoint:named", Stop(1), &["is this very host", "nothing was sent"]),
    ("endpoint:private", Stop(1), &["its address 192.168.1.1 is a private network"]),
    ("path:../admin", Stop(1), &["the path has a `.` or `..` for a part"]),
    ("path:%2e%2e/admin", Stop(1), &["the path has a `.` or `..` for a part"]),
    ("path:%252e%252e/admin", Stop(1), &["the path has a `.` or `..` for a part"]),
    ("path:..%5cadmin", Stop(1), &["the path has a `.` or `..` for a part"]),
    ("path:orders/..;x/admin", Stop(1), &["the path has a `.` or `..` for a part"]),
    ("path:..\\admin", Stop(1), &["a character that must be percent-encoded"]),
    ("path://evil.example/", Stop(1), &["the path has an empty part (`//`)"]),
    ("path:http://evil.example/", Stop(1), &["the path has an empty part (`//`)"]),
    ("path:@evil.example/", Stop(1), &["a character that must be percent-encoded"]),
    ("path::@evil.example", Stop(1), &["a character that must be percent-encoded"]),
    ("path:orders?key=mine", Stop(1), &["the query stands in a field of its own"]),
    ("path:orders#x", Stop(1), &["the query stands in a field of its own"]),
    ("path:orders%0d%0aHost:%20evil.example", Stop(1), &["an encoded control character"]),
    ("path:orders HTTP/1.1\r\nHost: evil.example\r\n\r\n", Stop(1), &["must be percent-encoded"]),
    ("header:Host=evil.example", Stop(1), &["the header `host` is the host's to set"]),
    (
        "header:Authorization=Bearer mine",
        Stop(1),
        &["the header `authorization` is the host's to set"],
    ),
    ("header:Content-Length=4", Stop(1), &["the header `content-length` is the host's to set"]),
    ("header:Transfer-Encoding=chunked", Stop(1), &["`transfer-encoding` is the host's to set"]),
    ("header:Cookie=session=1", Stop(1), &["the header `cookie` is the host's to set"]),
    ("header:X-HTTP-Method-Override=DELETE", Stop(1), &["is the host's to set"]),
    ("header:X-Forwarded-Host=evil.example", Stop(1), &["is the host's to set"]),
    ("header:X-A=1\r\nHost: evil.example", Stop(1), &["a character that no header may hold"]),
    ("header:X-A: 1\r\nHost=evil.example", Stop(1), &["is no name for a header"]),
    // Told apart from the path, and encoded.
    ("query:a&admin=1#=../../x?b", Nothing, &["bad                      3 read"]),
    ("body:GET / HTTP/1.1", Stop(1), &["a GET has no body; nothing was sent"]),
];

#[test]
fn a_hostile_source_stops_its_own_run_at_most_and_is_named() {
    insta::assert_snapshot!("sources", check(Seat::Source, ROWS));
}

#[test]
fn a_hostile_source_reaches_no_host_no_path_and_no_header_that_is_not_its_own() {
    insta::assert_snapshot!("sources_outside", check(Seat::Source, OUTSIDE));
}
