//! `cargo xtask demo`, `cargo xtask test`, `cargo xtask simulate`, `cargo xtask docs`, `cargo xtask bench`, `cargo xtask fuzz`.
#![allow(clippy::disallowed_methods, reason = "a developer's tool works on files and processes")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a developer's tool prints")]

mod bench;
mod demo;
mod docs;
mod fuzz;
mod simulate;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// What a developer of Penstock runs.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Build everything and run the main job against the bundled simulators
    Demo(demo::DemoArgs),
    /// Run all tests, or those whose names contain a text
    Test(test::TestArgs),
    /// Play histories drawn from seeds against both simulators, in virtual time
    Simulate(simulate::SimulateArgs),
    /// Write the pages of the book in `docs/` that are made of what connectors say of themselves
    Docs,
    /// Measure speed as ratios to a plain native program
    Bench(bench::BenchArgs),
    /// Run the fuzz targets of `fuzz/` with libFuzzer
    Fuzz(fuzz::FuzzArgs),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Demo(arguments) => demo::demo(&arguments),
        Command::Test(arguments) => test::test(&arguments),
        Command::Simulate(arguments) => simulate::simulate(&arguments),
        Command::Docs => docs::docs(),
        Command::Bench(arguments) => bench::bench(&arguments),
        Command::Fuzz(arguments) => fuzz::fuzz(&arguments),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
