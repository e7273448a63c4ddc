//! What a guest sees of the world around it: nothing that the host did not give.

use super::{Answering, CallLimits, actor_with, apply, said};
use crate::contract::Level;

#[test]
fn the_clock_is_the_hosts_and_stands_still() {
    let services = Answering { now: 1_764_000_000_123, ..Answering::default() };
    assert_eq!(said("time", &services), "1764000000123");
    assert_eq!(said("time-passes", &services), "0", "an hour's sleep takes no time at all");
    assert_eq!(said("time", &Answering { now: -5, ..Answering::default() }), "0");
    assert_eq!(
        said("time", &Answering { now: i64::MAX, ..Answering::default() }),
        i64::MAX.to_string()
    );
}

#[test]
fn chance_comes_from_the_hosts_seed() {
    let drawn = |seed| said("random", &Answering { seed, ..Answering::default() });
    assert_eq!(drawn(1), drawn(1));
    assert_ne!(drawn(1), drawn(2));
}

#[test]
fn there_is_no_environment_no_input_no_file_and_no_network() {
    let services = Answering::default();
    assert_eq!(said("environment", &services), "0 0");
    assert_eq!(said("stdin", &services), "Some(0)");
    assert_eq!(said("file", &services), "true");
    assert_eq!(said("socket", &services), "true");
}

#[test]
fn what_is_printed_goes_to_the_log() {
    let services = Answering::default();
    let mut instance = actor_with("print", &services, CallLimits::default());
    apply(&mut instance).expect("it may print");
    assert_eq!(services.messages(), ["to the output", "to the error"]);
    assert!(
        services.seen().lines.iter().all(|line| line.level == Level::Info && line.about.is_none())
    );
}
