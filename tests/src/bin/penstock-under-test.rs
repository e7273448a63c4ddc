//! The `penstock` binary as the tests build it: with points at which it can be killed.

use std::process::ExitCode;

fn main() -> ExitCode {
    penstock::commands::main()
}
