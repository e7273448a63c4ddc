//! Plays histories of a whole Penstock with both vendors, each drawn from a seed, and tells what went wrong and what was
//! met on the way.
#![allow(clippy::print_stdout, reason = "a developer's tool prints")]
#![allow(clippy::disallowed_methods, reason = "a developer's tool writes files")]

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser;
use penstock_tests::simulation::{Campaign, History};

/// So many histories meet everything that there is to be met.
const MEETS_ALL: u64 = 500;

#[derive(Debug, Parser)]
struct Arguments {
    /// How many histories
    #[arg(long, default_value_t = MEETS_ALL)]
    seeds: u64,
    /// The first of them
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// This one alone, told line by line
    #[arg(long, conflicts_with_all = ["seeds", "from"])]
    seed: Option<u64>,
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    match arguments.seed {
        Some(seed) => tell(seed),
        None => play(&arguments),
    }
}

/// Plays one history, and shows it, and the shortest like it that fails if it does.
fn tell(seed: u64) -> anyhow::Result<ExitCode> {
    let history = History::draw(seed);
    println!("{}", history.trace()?);
    if history.play().is_ok() {
        return Ok(ExitCode::SUCCESS);
    }
    let failure = history.shrink();
    println!("as short as it can be made\n\n{}", failure.history.trace()?);
    Ok(ExitCode::FAILURE)
}

fn play(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let seeds = arguments.from..arguments.from.saturating_add(arguments.seeds);
    let campaign = Campaign::play(seeds, threads)?;
    println!("{}", campaign.reached);
    for (seed, failure) in &campaign.failures {
        let file = xtask::root().join(format!("target/simulate/{seed}.txt"));
        std::fs::create_dir_all(file.parent().context("a file is in a folder")?)?;
        std::fs::write(&file, failure.history.trace()?)?;
        println!(
            "seed {seed}: {}\n  again: cargo xtask simulate --seed {seed}\n  told in {}\n{}\n",
            failure.wrong.first().map_or("", String::as_str),
            file.display(),
            failure.history
        );
    }
    let missing = campaign.reached.missing();
    let all_was_to_be_met = arguments.seeds >= MEETS_ALL && campaign.failures.is_empty();
    if all_was_to_be_met {
        missing.iter().for_each(|name| println!("never met: {name}"));
    }
    println!(
        "{} histories on {threads} threads in {:.0} s: {} failed; in {} a person was asked; {} writes; {} in doubt for ever",
        campaign.played,
        campaign.elapsed.as_secs_f64(),
        campaign.failures.len(),
        campaign.asked,
        campaign.writes,
        campaign.doubtful,
    );
    let is_good = campaign.failures.is_empty() && (!all_was_to_be_met || missing.is_empty());
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
