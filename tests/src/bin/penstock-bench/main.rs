//! The benchmarks: CPU time as a ratio to a plain native program, in one run; what a start costs; memory.
//!
//! Started by `cargo xtask bench [NAMES]`. It starts itself in other roles: as the vendors, as the plain program, and
//! as the one who waits for a process to learn what it spent. What the figures mean is told in PERFORMANCE.md.

mod end_to_end;
mod figures;
mod line;
mod memory;
mod native;
mod product;
mod recorded;
mod recovery;
mod spent;
mod start;
mod stock;
mod transform;
mod vendors;
mod workbench;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};

use figures::Report;
use product::Product;

/// As in the product. The plain program has it too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What can be measured.
const NAMES: [&str; 7] =
    ["transform", "end-to-end", "start", "workbench", "recovery", "memory", "stock"];
/// What takes long, and has to be named.
const LONG: [&str; 2] = ["memory-long", "stock-long"];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match act(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn act(arguments: &[String]) -> anyhow::Result<()> {
    match arguments {
        [role, rest @ ..] if role == "--vendors" => vendors::serve(rest),
        [role, rest @ ..] if role == "--plain" => end_to_end::plain(rest),
        [role, rest @ ..] if role == "--spend" => {
            say(&spent::wait_for(rest)?.to_string());
            Ok(())
        }
        [connectors, names @ ..] => measure(Path::new(connectors), names),
        [] => bail!("the folder of the built connectors is missing\n\nhint: cargo xtask bench"),
    }
}

fn measure(connectors: &Path, names: &[String]) -> anyhow::Result<()> {
    let all = || NAMES.into_iter().chain(LONG);
    if let Some(unknown) = names.iter().find(|name| !all().any(|known| known == *name)) {
        let known = all().collect::<Vec<_>>().join(", ");
        bail!("there is no benchmark `{unknown}`\n\nhint: name some of {known}");
    }
    let connectors = connectors.canonicalize().context("the folder of the built connectors")?;
    let product = Product::build(&connectors)?;
    let mut report = Report;
    let is_wanted = |name: &&str| match names {
        [] => NAMES.contains(name),
        names => names.iter().any(|wanted| wanted == name),
    };
    for name in all().filter(is_wanted) {
        match name {
            "transform" => transform::measure(&product, &mut report)?,
            "end-to-end" => end_to_end::measure(&product, &mut report)?,
            "recovery" => recovery::measure(&product, &mut report)?,
            "start" => start::measure(&product, &mut report)?,
            "workbench" => workbench::measure(&product, &mut report)?,
            "memory" => memory::measure(&product, &mut report, memory::ORDERS)?,
            "stock" => stock::measure(&product, &mut report, stock::SMALL)?,
            "stock-long" => stock::measure(&product, &mut report, stock::LARGE)?,
            _ => memory::measure(&product, &mut report, memory::ORDERS_LONG)?,
        }
    }
    Ok(())
}

#[allow(
    clippy::print_stdout,
    reason = "figures and the roles' answers are what this program is for"
)]
fn say(text: &str) {
    println!("{text}");
}

#[allow(clippy::print_stderr, reason = "a program tells its user why it ends")]
fn complain(text: &str) {
    eprintln!("{text}");
}
