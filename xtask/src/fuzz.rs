//! Fuzzing with libFuzzer, for as long as one likes. What needs Rust alone is a plain test: see `tests/mutations`.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, bail};
use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct FuzzArgs {
    /// What to fuzz; all one after another where none is named
    targets: Vec<String>,
    /// How long each target runs
    #[arg(long, default_value_t = 60, conflicts_with = "executions")]
    seconds: u64,
    /// How many inputs each target looks at, however long that takes
    #[arg(long)]
    executions: Option<u64>,
}

/// Runs each target. What is found on the way grows in `fuzz/grown`; the corpus that is committed is only read.
pub(crate) fn fuzz(arguments: &FuzzArgs) -> anyhow::Result<ExitCode> {
    let known = targets()?;
    if let Some(unknown) = arguments.targets.iter().find(|target| !known.contains(target)) {
        bail!("there is no target `{unknown}`\n\nhint: there are {}", known.join(", "));
    }
    let installed = Command::new("cargo").args(["fuzz", "--version"]).output();
    if !installed.is_ok_and(|said| said.status.success()) {
        bail!(
            "cargo-fuzz is not installed\n\n\
             hint: `cargo install cargo-fuzz --locked`; it also needs a C++ compiler"
        );
    }
    let targets = if arguments.targets.is_empty() { &known } else { &arguments.targets };
    let mut failed = false;
    for target in targets {
        println!("== {target}");
        failed |= !run(target, arguments)?;
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Whether a target ran to its end.
fn run(target: &str, arguments: &FuzzArgs) -> anyhow::Result<bool> {
    let grown = folder().join("grown").join(target);
    std::fs::create_dir_all(&grown)?;
    let mut cargo = Command::new("cargo");
    // Without a sanitizer no nightly compiler is needed: there is next to no unsafe code that one would look after.
    cargo.current_dir(xtask::root()).args(["fuzz", "run", "--sanitizer", "none", target]);
    cargo.arg(&grown).arg(folder().join("corpus").join(target));
    // Thousands of lines on what grew help nobody; the figures at the end do.
    cargo.args(["--", "-verbosity=0", "-print_final_stats=1", "-rss_limit_mb=2048", "-timeout=20"]);
    match arguments.executions {
        Some(executions) => cargo.arg(format!("-runs={executions}")),
        None => cargo.arg(format!("-max_total_time={}", arguments.seconds)),
    };
    Ok(cargo.status().context("cannot start cargo")?.success())
}

/// The targets, by the files that they are.
fn targets() -> anyhow::Result<Vec<String>> {
    let mut targets = Vec::new();
    for file in std::fs::read_dir(folder().join("fuzz_targets"))? {
        let path = file?.path();
        targets.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    targets.sort();
    Ok(targets)
}

fn folder() -> PathBuf {
    xtask::root().join("fuzz")
}
