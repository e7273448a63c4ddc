//! The `penstock` binary as the tests build it: with points at which it can be killed, and telling what it took.

use std::process::ExitCode;

fn main() -> ExitCode {
    let code = penstock::commands::main();
    tell_peak();
    code
}

/// Writes the most memory that this process ever had, as the system words it, into the file that `PENSTOCK_PEAK` names.
#[allow(clippy::disallowed_methods, reason = "only for tests, and beside the program")]
fn tell_peak() {
    let Some(file) = std::env::var_os("PENSTOCK_PEAK") else { return };
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    let _unwritten = std::fs::write(file, peak);
}
