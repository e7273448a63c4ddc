//! What holds of the connectors for whatever a vendor answers, as functions of bytes: each panics where it does not
//! hold. An answer that cannot be read is a failure, and never a number that the vendor did not write.
//!
//! An input is a line that says which answer is meant, as in `pull orders`, and the body of that answer. `tests/it.rs`
//! looks at each file of `fuzz/corpus` and at mutations of it, and `fuzz/` at whatever libFuzzer thinks of.

mod ecwid;
mod given;
mod json;
mod vend;

pub use penstock_mutations::{Target, check_corpus};

/// All targets, by name.
pub const TARGETS: [Target; 2] = [ecwid::TARGET, vend::TARGET];

/// Looks at one input of a target.
///
/// # Panics
/// Where the property does not hold, or there is no such target.
pub fn check(target: &str, bytes: &[u8]) {
    let found = TARGETS.iter().find(|known| known.name == target);
    let found = found.unwrap_or_else(|| unreachable!("there is no target `{target}`"));
    (found.check)(bytes);
}

/// The line that says which answer is meant, and the body.
fn split(bytes: &[u8]) -> Option<(&str, &str)> {
    let line = bytes.iter().position(|byte| *byte == b'\n')?;
    let what = std::str::from_utf8(&bytes[..line]).ok()?;
    // A body that is no text is refused by the one function through which all bodies go.
    let body = std::str::from_utf8(&bytes[line + 1..]).ok()?;
    Some((what, body))
}
