//! `penstock-simulators`: both vendors on loopback, to look at and to try a pipeline on.
#![allow(clippy::print_stdout, reason = "the addresses on stdout are what this program is for")]
#![allow(clippy::print_stderr, reason = "a program tells its user why it ends")]

use anyhow::{Context, Result, anyhow};
use clap::Parser;
use penstock_simulators::faults::FaultPlan;
use penstock_simulators::knobs::Knobs;
use penstock_simulators::serve::{Running, ServeOptions, real_now_ms};
use penstock_simulators::world::{Mix, World, WorldOptions};
use penstock_simulators::{shop, till};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Serves a simulated Ecwid shop and a simulated Vend till on loopback until ctrl-c.
#[derive(Debug, Parser)]
#[command(version, name = "penstock-simulators")]
struct Options {
    /// Everything that is generated is drawn from it.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many orders the shop has.
    #[arg(long, default_value_t = 200)]
    orders: u32,
    /// Only paid orders that become sales, of known customers: for benchmarks.
    #[arg(long)]
    simple: bool,
    /// Port of the shop; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    shop_port: u16,
    /// Port of the till; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    till_port: u16,
    /// Port of the books; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    books_port: u16,
    /// Token that the shop takes.
    #[arg(long, default_value = shop::DEMO_TOKEN)]
    shop_token: String,
    /// Token that the till takes.
    #[arg(long, default_value = till::DEMO_TOKEN)]
    till_token: String,
    /// Sets a knob, as in `till.duplicate-id=replaced`. May be given several times.
    #[arg(long = "knob", value_name = "NAME=VALUE")]
    knobs: Vec<String>,
    /// Prints all knobs with their values, and ends.
    #[arg(long)]
    list_knobs: bool,
    /// Share of requests that meet a fault: 0.1 is one in ten.
    #[arg(long, value_name = "RATE", default_value_t = 0.0)]
    faults: f64,
    /// Lifts the rate limits of both vendors.
    #[arg(long)]
    no_limits: bool,
    /// Writes the books to this file at the end.
    #[arg(long, value_name = "FILE")]
    books: Option<PathBuf>,
    /// Writes where both are to this file, for `penstock --connections`.
    #[arg(long, value_name = "FILE")]
    connections: Option<PathBuf>,
    /// Prints one line of JSON with addresses and tokens.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<()> {
    let knobs = knobs(&options.knobs)?;
    if options.list_knobs {
        knobs.list().iter().for_each(|line| println!("{line}"));
        return Ok(());
    }
    let ports = ServeOptions {
        shop_port: options.shop_port,
        till_port: options.till_port,
        books_port: options.books_port,
    };
    let running =
        Running::start(world(options, knobs), ports).context("can't listen on loopback")?;
    if let Some(path) = &options.connections {
        write_connections(path, &running)?;
    }
    announce(options, &running);
    wait_for_the_end()?;
    match &options.books {
        Some(path) => write_books(path, &running),
        None => Ok(()),
    }
}

fn knobs(settings: &[String]) -> Result<Knobs> {
    let mut knobs = Knobs::default();
    for setting in settings {
        let (name, value) = setting
            .split_once('=')
            .ok_or_else(|| anyhow!("`{setting}` is no knob: write `till.duplicate-id=replaced`"))?;
        knobs.set(name, value).map_err(|message| anyhow!(message))?;
    }
    Ok(knobs)
}

fn world(options: &Options, knobs: Knobs) -> World {
    let mut world = World::generate(&WorldOptions {
        seed: options.seed,
        orders: options.orders,
        mix: if options.simple { Mix::Simple } else { Mix::Full },
        now_ms: real_now_ms(),
        ..WorldOptions::default()
    });
    world.set_knobs(knobs);
    world.set_faults(&FaultPlan::uniform(options.seed, options.faults));
    world.set_limited(!options.no_limits);
    if options.shop_token != shop::DEMO_TOKEN {
        world.shop.set_token(shop::DEMO_TOKEN, &[]);
        world.shop.set_token(&options.shop_token, &shop::SYNC_SCOPES);
    }
    if options.till_token != till::DEMO_TOKEN {
        let scopes = world.till.scopes_of(till::DEMO_TOKEN);
        let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
        world.till.set_token(&options.till_token, &scopes);
        world.till.set_token(till::DEMO_TOKEN, &[]);
    }
    world
}

fn announce(options: &Options, running: &Running) {
    let (shop, till, books) = (running.shop_url(), running.till_url(), running.books_url());
    let store_id = running.with_shop(|shop, _| shop.store_id());
    if options.json {
        let line = json!({
            "shop": format!("{shop}/api/v3/{store_id}"), "shop_token": options.shop_token,
            "shop_url": shop, "store_id": store_id,
            "till": format!("{till}/api"), "till_url": till, "till_token": options.till_token,
            "books": books,
        });
        println!("{line}");
        return;
    }
    println!("shop   {shop}/api/v3/{store_id}   token {}", options.shop_token);
    println!("till   {till}/api/2026-07   token {}", options.till_token);
    println!("books  {books}   (and {books}/_books.json)");
    println!("ctrl-c ends it");
}

/// Waits for ctrl-c, or for the signal by which other programs end this one.
fn wait_for_the_end() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let mut terminated = signal(SignalKind::terminate())?;
            tokio::select! {
                ended = tokio::signal::ctrl_c() => ended?,
                _ = terminated.recv() => {}
            }
        }
        #[cfg(not(unix))]
        tokio::signal::ctrl_c().await?;
        Ok(())
    })
}

#[allow(clippy::disallowed_methods, reason = "a file by the name that its user gave")]
fn write_connections(path: &Path, running: &Running) -> Result<()> {
    std::fs::write(path, running.connections())
        .with_context(|| format!("can't write `{}`", path.display()))
}

#[allow(
    clippy::disallowed_methods,
    reason = "the program writes one file, by the name its user gave"
)]
fn write_books(path: &Path, running: &Running) -> Result<()> {
    let file = std::fs::File::create(path)
        .with_context(|| format!("can't write the books to `{}`", path.display()))?;
    let mut out = std::io::BufWriter::new(file);
    running.with_books(|books| serde_json::to_writer(&mut out, books))?;
    std::io::Write::flush(&mut out)?;
    Ok(())
}
