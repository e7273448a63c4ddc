//! What the operator reads when a connector stops.

use super::{Answering, CallError, CallLimits, actor, actor_with, apply, entries, entry, told};
use crate::component::TrapReport;

fn trapped(behaviour: &str) -> Box<TrapReport> {
    match apply(&mut actor(behaviour)) {
        Err(CallError::Trap(report)) => report,
        other => panic!("`{behaviour}` should have trapped: {other:?}"),
    }
}

#[test]
fn a_panic() {
    let error = actor("panic").apply("in", &entries(8), &[]).expect_err("it panics");
    insta::assert_snapshot!(told(&error), @r"
    error[connector-trapped]: connector `actor` stopped in `apply`: it panicked
      = it said: panicked at actor/src/misbehave.rs:68:18: called `Result::unwrap()` on an `Err` value: ParseIntError { kind: InvalidDigit }
      = in `actor::misbehave::parse_price`, called by `actor::misbehave::anywhere`, called by `actor::rule::apply`
      = it was given `order-0`, `order-1`, `order-2`, `order-3`, `order-4` and 3 more
    ");
}

#[test]
fn an_allocation_bomb() {
    let limits = CallLimits { memory_bytes: 16 << 20, ..CallLimits::default() };
    let error = apply(&mut actor_with("allocate-at-once", &Answering::default(), limits))
        .expect_err("it is denied");
    insta::assert_snapshot!(told(&error), @r"
    error[connector-limit]: connector `actor` was stopped in `apply`: it wanted 1026 MiB of memory, and has at most 16 MiB
      = it said: memory allocation of 1073741824 bytes failed
      = in `actor::misbehave::anywhere`, called by `actor::rule::apply`
      = it was given `a`
    ");
}

#[test]
fn a_recursion() {
    let error = apply(&mut actor("recurse")).expect_err("it is stopped");
    let told = told(&error);
    assert!(told.contains("in `actor::misbehave::descend` (64 times)"), "{told}");
    assert!(
        told.starts_with(
            "error[connector-limit]: connector `actor` was stopped in `apply`: its calls nest"
        ),
        "{told}"
    );
}

#[test]
fn other_ends() {
    assert_eq!(trapped("abort").cause, "it aborted");
    assert_eq!(trapped("exit").cause, "it ended itself, as a program does");
    assert_eq!(trapped("wild").cause, "it reached outside its memory");
    assert_eq!(
        trapped("recurse-in-memory").cause,
        "its calls nest too deep, or it reached outside its memory"
    );
    assert_eq!(
        trapped("web").cause,
        "it called `wasi:http/types@0.2.4#[constructor]fields`, which is refused to every connector"
    );
}

#[test]
fn the_trace_has_everything() {
    let report = trapped("panic");
    assert!(report.trace.contains("panicked at"), "{}", report.trace);
    assert!(report.trace.contains("wasm backtrace"), "{}", report.trace);
}

#[test]
fn a_batch_is_halved_until_the_entry_that_traps_is_found() {
    let mut batch = entries(7);
    batch[4] = entry("bad");
    let mut halves = vec![batch];
    let mut found = Vec::new();
    while let Some(batch) = halves.pop() {
        if actor("panic-on-bad").apply("in", &batch, &[]).is_err() {
            match batch.as_slice() {
                [one] => found.push(one.key.clone()),
                more => halves
                    .extend([more[..more.len() / 2].to_vec(), more[more.len() / 2..].to_vec()]),
            }
        }
    }
    assert_eq!(found, ["bad"]);
}
