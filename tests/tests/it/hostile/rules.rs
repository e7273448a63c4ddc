//! A hostile rule: how it ends, what it answers, and what it sees of the world around it.

use super::Cost::{Dead, Held, Nothing, Stop, Waits};
use super::{Row, Seat, check};

pub const TRAPS: &[Row] = &[
    ("later:panic", Dead(3), &["connector `actor` stopped in `apply`: it panicked"]),
    ("panic-on-one", Dead(1), &["2 passed, 1 refused", "is bad"]),
    ("loop-on-one", Dead(1), &["2 passed, 1 refused", "it computed for more than 700 ms"]),
    ("later:abort", Dead(3), &["it aborted"]),
    ("later:exit", Dead(3), &["it ended itself, as a program does"]),
    ("later:divide", Dead(3), &["attempt to divide by zero"]),
    ("later:recurse", Dead(3), &["its calls nest deeper than 512 KiB of stack"]),
    ("later:recurse-in-memory", Dead(3), &["its calls nest too deep, or it reached outside"]),
    ("later:allocate", Dead(3), &["of memory, and has at most 128 MiB"]),
    ("later:allocate-at-once", Dead(3), &["of memory, and has at most 128 MiB"]),
    ("later:wild", Dead(3), &["it reached outside its memory"]),
    ("later:handles", Dead(3), &["it holds more than 1000 handles"]),
    ("later:state-flood", Dead(3), &["it wanted to remember more than 8 MiB in one call"]),
];

pub const ANSWERS: &[Row] = &[
    ("too-few", Dead(3), &["1 entries were given, and 0 verdicts came"]),
    ("too-many", Dead(3), &["1 entries were given, and 2 verdicts came"]),
    ("unknown-port", Dead(3), &["it names the output `nowhere`"]),
    ("forward-nothing", Dead(3), &["is forwarded as nothing: what is not wanted is filtered"]),
    ("forward-huge", Dead(3), &["and 512 are allowed"]),
    ("forward-many", Dead(3), &["it gave 20000 entries in one call, and 10000 are allowed"]),
    ("forward-after-itself", Dead(3), &["is to come after itself"]),
    ("empty-key", Dead(3), &["a key is empty"]),
    ("long-key", Dead(3), &["a key has 513 bytes, and 512 are allowed"]),
    ("control-key", Dead(3), &["a key has control characters"]),
    ("matched", Dead(3), &["is matched with a customer, and is a `document`"]),
    ("wait-for-ever", Dead(3), &["`wait` is 18446744073709551615 ms"]),
    ("wait-for-an-hour", Waits(3), &[]),
    ("wait-for-nobody", Dead(3), &["it names the input `elsewhere`"]),
    ("after-nobody", Held(3), &["it depends on `nobody`, which nothing is going to write"]),
    // Two entries under one key are one write; what `sales` is given stays as it is.
    ("key-of-another", Nothing, &["spoils                   2 created"]),
    ("key-of-all", Nothing, &["spoils                   1 created"]),
    ("lookup-undeclared", Dead(3), &["it names the directory `suppliers`"]),
    ("effects-undeclared", Dead(3), &["it names the input `elsewhere`"]),
    ("state-huge", Dead(3), &["has 307200 bytes, and 262144 are allowed"]),
    ("later:read", Dead(3), &["`http` is not to be used in `apply`"]),
    ("later:fail", Held(3), &["bad                      3 held", "what is this?"]),
    (
        "later:misconfigured",
        Stop(1),
        &["stage `bad`: set `allow_private", "so says connector `actor`"],
    ),
    ("later:unauthorized", Stop(3), &["stage `bad` cannot be used: give me another secret"]),
    ("later:retry-for-ever", Dead(3), &["`retry-after` is 18446744073709551615 ms"]),
    ("filter-with-escapes", Nothing, &["3 filtered: [2J ]0;owned; error[store-damaged]"]),
    ("filter-at-length", Nothing, &["3 filtered: very very", "…"]),
    ("reject-at-length", Dead(3), &["3 refused: very very", "…"]),
    ("log-long", Nothing, &["bad:  [31mé", "…"]),
    ("print-flood", Nothing, &["bad: and 196 more notes"]),
];

pub const SURROUNDINGS: &[Row] = &[
    ("environment", Nothing, &["3 filtered: 0 0"]),
    ("stdin", Nothing, &["3 filtered: Some(0)"]),
    ("file", Nothing, &["3 filtered: true"]),
    ("socket", Nothing, &["3 filtered: true"]),
    ("time", Nothing, &["filtered: 1"]),
    ("time-passes", Nothing, &["3 filtered: 0"]),
    ("later:web", Dead(3), &["which is refused to every connector"]),
];

#[test]
fn a_rule_that_stops_costs_what_it_was_given_and_is_named() {
    insta::assert_snapshot!("rules_that_stop", check(Seat::Rule, TRAPS));
}

#[test]
fn a_rule_that_breaks_the_contract_costs_what_it_was_given_and_is_named() {
    insta::assert_snapshot!("rules_that_lie", check(Seat::Rule, ANSWERS));
}

#[test]
fn a_rule_sees_no_environment_no_file_no_network_and_no_clock_of_its_own() {
    insta::assert_snapshot!("rules_that_look_around", check(Seat::Rule, SURROUNDINGS));
}
