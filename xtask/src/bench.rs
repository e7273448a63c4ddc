//! Speed, as ratios of CPU time to a plain native program in one run.

use std::process::{Command, ExitCode};

use anyhow::Context as _;
use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    /// What to measure: transform, end-to-end, start, workbench, recovery, memory, stock; all where none is named
    names: Vec<String>,
}

/// Builds for speed, and measures.
pub(crate) fn bench(arguments: &BenchArgs) -> anyhow::Result<ExitCode> {
    let connectors = xtask::connectors()?;
    let mut cargo = Command::new("cargo");
    cargo
        .current_dir(xtask::root())
        .args(["run", "--release", "--package", "penstock-tests", "--bin", "penstock-bench", "--"])
        .arg(connectors)
        .args(&arguments.names);
    let status = cargo.status().context("cannot start cargo")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
