//! Histories drawn from seeds.

use std::process::{Command, ExitCode};

use anyhow::Context as _;
use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct SimulateArgs {
    /// `--seeds N`, `--from SEED`, or `--seed SEED` for one alone that is told line by line
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// Plays them with the connectors as they are.
pub(crate) fn simulate(arguments: &SimulateArgs) -> anyhow::Result<ExitCode> {
    xtask::connectors()?;
    let mut cargo = Command::new("cargo");
    cargo
        .current_dir(xtask::root())
        .args(["run", "--quiet", "--package", "penstock-tests", "--bin", "penstock-simulate", "--"])
        .args(&arguments.arguments);
    let status = cargo.status().context("cannot start cargo")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
