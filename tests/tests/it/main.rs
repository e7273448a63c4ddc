//! The integration suite: the binary and the real components against the simulators.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]
#![allow(clippy::disallowed_methods, reason = "tests work on files and processes")]

mod audit;
mod bad_input;
mod book;
mod canary;
mod cases;
mod codes;
mod crash;
mod crash_matrix;
mod customers;
mod damaged;
mod editors;
mod follow;
mod found;
mod graph;
mod guards;
mod histories;
mod hostile;
mod inspected;
mod job;
mod links;
mod mutations;
mod newcomer;
mod patterns;
mod recordings;
mod shell;
mod simulated;
mod single_faults;
mod state;
mod stories;
mod tidy;
mod why;
mod workbench;

use penstock_simulators::serve::real_now_ms;
use penstock_simulators::world::{World, WorldOptions};
use penstock_tests::Project;

/// The binary under test.
const BINARY: &str = env!("CARGO_BIN_EXE_penstock-under-test");

/// A generated world whose orders are old enough to be seen at once.
fn world(seed: u64, orders: u32) -> World {
    World::generate(&WorldOptions {
        seed,
        orders,
        now_ms: real_now_ms() - 300_000,
        ..WorldOptions::default()
    })
}

/// A project on a generated world.
fn project(seed: u64, orders: u32) -> Project {
    Project::new(world(seed, orders), BINARY).unwrap()
}
