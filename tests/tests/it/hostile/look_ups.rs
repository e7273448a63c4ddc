//! A hostile directory behind a good rule that looks things up in it.

use super::Cost::{Held, Stop};
use super::{Row, Seat, check};

pub const ROWS: &[Row] = &[
    ("panic", Held(3), &["connector `actor` stopped in `find`: it panicked"]),
    (
        "loop",
        Held(3),
        &["connector `actor` was stopped in `find`: it computed for more than 700 ms"],
    ),
    ("recurse", Held(3), &["its calls nest deeper than 512 KiB of stack"]),
    ("allocate", Held(3), &["of memory, and has at most 128 MiB"]),
    ("too-few", Held(3), &["1 values were asked for, and 0 lists came"]),
    ("too-many", Held(3), &["1 values were asked for, and 2 lists came"]),
    ("find-many", Held(3), &["it gave 1001 entries for one value, and 1000 are allowed"]),
    ("wrong-kind", Held(3), &["`order-0` is a `product`, and the collection reads `document`"]),
    ("lookup", Held(3), &["`lookup` is not to be used in `find`"]),
    ("fail", Held(3), &["asks                     3 held", "what is this?"]),
    (
        "path:../admin",
        Stop(1),
        &["stage `asks`: connection `trap`: GET `/../admin`", "so says connector `actor`"],
    ),
    ("endpoint:clouds", Stop(1), &["its address 169.254.169.254 is link-local"]),
    ("unauthorized", Stop(3), &["stage `asks` cannot be used: give me another secret"]),
];

#[test]
fn a_hostile_directory_costs_what_was_looked_up_in_it() {
    insta::assert_snapshot!("look_ups", check(Seat::LookUp, ROWS));
}
