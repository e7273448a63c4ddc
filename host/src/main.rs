//! The `penstock` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    penstock::commands::main()
}
