//! The `penstock` binary.

use std::process::ExitCode;

/// Entries are many small texts, each allocated by itself.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    penstock::commands::main()
}
