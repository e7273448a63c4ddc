//! The command line: what a person types, and what they are told.

mod args;
mod audit;
mod catalogue;
mod check;
mod diff;
mod explain;
mod fmt;
mod follow;
mod graph;
mod held;
mod init;
mod inspect;
mod joined;
mod links;
mod new;
mod output;
mod paper;
mod plan;
mod project;
mod record;
mod replay;
mod run;
mod schema;
mod state;
mod test;
mod why;

use std::process::ExitCode;

use clap::Parser as _;

pub use catalogue::Catalogue;

use args::{Arguments, Command};
use output::{Outcome, Screen};

/// Reads the process's arguments, does what they say, and answers the exit code: 0 done; 1 the run failed or has dead
/// letters, an audit found a pair that differs or is quarantined, a test case does not pass, `fmt --check` found a file to
/// format, or a component breaks what another did; 2 a file or the command line is at fault; 3 the surroundings are.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // A closed pipe is nobody's fault.
            let _printed = error.print();
            return if error.use_stderr() { Outcome::File.code() } else { Outcome::Done.code() };
        }
    };
    let screen = Screen::new(arguments.format, arguments.colour);
    let outcome = match &arguments.command {
        Command::Init(command) => init::init(command, &arguments, &screen),
        Command::New(command) => new::new(command, &screen),
        Command::Check(command) => check::check(command, &arguments, &screen),
        Command::Fmt(command) => fmt::fmt(command, &screen),
        Command::Plan(command) => plan::plan(command, &arguments, &screen),
        Command::Run(command) => run::run(command, &arguments, &screen),
        Command::Test(command) => test::test(command, &arguments, &screen),
        Command::Case(command) => test::case(command, &arguments, &screen),
        Command::Graph(command) => graph::graph(command, &arguments, &screen),
        Command::Inspect(command) => inspect::inspect(command, &arguments, &screen),
        Command::Schema => schema::schema(&arguments, &screen),
        Command::Completions(command) => paper::completions(command.shell, &screen),
        Command::Man(command) => paper::man(&command.folder, &screen),
        Command::Links(command) => links::links(command, &arguments, &screen),
        Command::Audit(command) => audit::audit(command, &arguments, &screen),
        Command::Why(command) => why::why(command, &arguments, &screen),
        Command::State(command) => state::state(command, &arguments, &screen),
        Command::Held(command) => held::held(command, &arguments, &screen),
        Command::Dead(command) => held::dead(command, &arguments, &screen),
    };
    outcome.code()
}
