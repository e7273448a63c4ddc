//! All tests, with what they need.

use std::process::{Command, ExitCode};

use anyhow::Context as _;
use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    /// Only tests whose names contain this
    filter: Option<String>,
}

/// Runs the tests of the host, the simulators and the connectors.
pub(crate) fn test(arguments: &TestArgs) -> anyhow::Result<ExitCode> {
    xtask::connectors()?;
    let mut failed = false;
    for workspace in [xtask::root().to_owned(), xtask::root().join("connectors")] {
        let mut cargo = Command::new("cargo");
        cargo.current_dir(&workspace).args(["test", "--workspace", "--quiet"]);
        // This process was itself started by cargo, for one of the two workspaces.
        cargo.env_remove("CARGO_MANIFEST_DIR");
        // Many tests wait for processes and clocks more than they compute.
        if std::env::var_os("RUST_TEST_THREADS").is_none() {
            cargo.env("RUST_TEST_THREADS", "5");
        }
        if let Some(filter) = &arguments.filter {
            cargo.arg(filter);
        }
        failed |= !cargo.status().context("cannot start cargo")?.success();
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
