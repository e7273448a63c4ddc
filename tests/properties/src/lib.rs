//! What holds of the host for whatever comes in, as functions of bytes: each panics where it does not hold.
//!
//! `tests/it.rs` looks at each file of `fuzz/corpus` and at mutations of it, and `fuzz/` looks at whatever libFuzzer
//! thinks of.

mod component;
mod draw;
mod keep;
mod pipeline;
mod recording;
mod retry_after;
mod wall;

pub use penstock_mutations::{Target, check_corpus};

/// All targets, by name.
pub const TARGETS: [Target; 6] = [
    component::TARGET,
    keep::TARGET,
    pipeline::TARGET,
    recording::TARGET,
    retry_after::TARGET,
    wall::TARGET,
];

/// Looks at one input of a target.
///
/// # Panics
/// Where the property does not hold, or there is no such target.
pub fn check(target: &str, bytes: &[u8]) {
    let found = TARGETS.iter().find(|known| known.name == target);
    let found = found.unwrap_or_else(|| unreachable!("there is no target `{target}`"));
    (found.check)(bytes);
}

/// What is printed to a terminal neither steers it nor floods it. Line breaks are ours.
fn assert_printable(text: &str, bytes_max: usize) {
    let steers = |letter: char| {
        (letter.is_control() && letter != '\n') || ('\u{202a}'..='\u{202e}').contains(&letter)
    };
    assert!(!text.contains(steers), "it steers the terminal: {text:?}");
    assert!(text.len() <= bytes_max, "{} bytes are said: {text:.300}", text.len());
}
