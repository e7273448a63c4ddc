//! Faults that somebody could build into Penstock, each found by the histories: whether the simulation is strong enough.
#![allow(clippy::print_stdout, reason = "how soon a fault is found is for people")]

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use penstock_tests::simulation::{Built, Mutation, find_out};

/// Histories within which each fault is found.
const WITHIN: u64 = 500;

/// What the rule of stock can lack.
const GUARDS: [&str; 14] = [
    "order_refresh",
    "open_effect_stop",
    "evidence",
    "deficit",
    "give_back",
    "take_back",
    "accepted_levels",
    "reserved",
    "count_again",
    "epoch",
    "absent",
    "bounds",
    "fraction",
    "fresh_cause",
];

#[test]
fn every_fault_that_is_built_in_is_found_by_the_histories() {
    let faults = Mutation::ALL.into_iter().map(Built::In);
    let faults: Vec<Built> = faults.chain(GUARDS.into_iter().map(Built::Without)).collect();
    let (next, unfound) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some(fault) = faults.get(next.fetch_add(1, Ordering::Relaxed)) {
            match find_out(*fault, WITHIN).unwrap() {
                Some((seed, wrong)) => println!("{fault:?}: by seed {seed}: {wrong}"),
                None => unfound.lock().unwrap().push(format!("{fault:?}")),
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        scope.spawn(work);
    });
    assert_eq!(unfound.into_inner().unwrap(), Vec::<String>::new(), "no history finds these");
}
