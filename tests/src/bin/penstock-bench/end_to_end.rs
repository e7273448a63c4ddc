//! From one vendor into the other over loopback: the binary with its journal on disk against the plain program.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};
use penstock_simulators::{shop, till};
use serde_json::Value;

use crate::figures::{Ratio, Report};
use crate::native::{self, Addresses};
use crate::product::Product;
use crate::spent::{self, Spent, spend};
use crate::vendors::{Books, Size, Vendors};

/// Orders of one run, all of which become sales. Most have a buyer of their own.
const SIZE: Size = Size { orders: 10_000, customers: 10_000 };

/// How often both sides are measured, in turn.
const ROUNDS: usize = 5;

/// Measures.
///
/// # Errors
/// Whatever keeps it from an end; also if a side posts less than all.
pub(crate) fn measure(product: &Product, report: &mut Report) -> anyhow::Result<()> {
    let mut rounds = Vec::new();
    for round in 0..ROUNDS {
        let (ours, books, said) = with_product(product)?;
        let (plain, plain_books) = with_plain()?;
        rounds.push(Ratio { product: ours.cpu, plain: plain.cpu });
        if round + 1 == ROUNDS {
            report.ratio(&format!("end to end: {} orders", SIZE.orders), &rounds, SIZE.orders);
            report.line("requests of the last round", &requests(&said, books, plain_books));
            let (wall, plain_wall) = (ours.wall.as_secs_f64(), plain.wall.as_secs_f64());
            report.line(
                "wall-clock of the last round, on a machine that others use too",
                &format!("{wall:.1} s, plain {plain_wall:.1} s"),
            );
        }
    }
    Ok(())
}

fn with_product(product: &Product) -> anyhow::Result<(Spent, Books, Value)> {
    let vendors = Vendors::start(SIZE)?;
    let folder = product.project(&vendors.connections(), |pipeline| pipeline)?;
    let said = folder.path().join("said.json");
    let spent = spend(&product.run(folder.path()), 1, &said)?;
    let books = all_posted(vendors)?;
    Ok((spent, books, read(&said)?))
}

fn with_plain() -> anyhow::Result<(Spent, Books)> {
    let vendors = Vendors::start(SIZE)?;
    let folder = tempfile::tempdir()?;
    let mut command = Command::new(spent::me()?);
    command
        .args(["--plain", &vendors.addresses.shop, &vendors.addresses.till])
        .current_dir(folder.path());
    let spent = spend(&command, 1, &folder.path().join("said.json"))?;
    Ok((spent, all_posted(vendors)?))
}

fn all_posted(vendors: Vendors) -> anyhow::Result<Books> {
    let books = vendors.end()?;
    ensure!(
        books.sales == books.sales_due,
        "{} of {} sales are there",
        books.sales,
        books.sales_due
    );
    Ok(books)
}

/// What the last run printed.
///
/// # Errors
/// It printed no document.
#[allow(clippy::disallowed_methods, reason = "the file is the benchmark's own")]
pub(crate) fn read(said: &Path) -> anyhow::Result<Value> {
    serde_json::from_slice(&std::fs::read(said)?).context("what a run says")
}

/// How many requests a run made, by account and purpose.
fn requests(said: &Value, books: Books, plain: Books) -> String {
    let lines = said["requests"].as_array().into_iter().flatten();
    let mut words: Vec<String> = lines
        .map(|line| {
            format!(
                "{} {}s of {}",
                line["requests"],
                word(&line["purpose"]),
                word(&line["account"])
            )
        })
        .collect();
    words.push(format!(
        "the vendors saw {}, of the plain program {}",
        books.requests, plain.requests
    ));
    words.join("; ")
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The plain program: `SHOP TILL`.
///
/// # Errors
/// Those of the plain program.
pub(crate) fn plain(arguments: &[String]) -> anyhow::Result<()> {
    let [shop, till] = arguments else { anyhow::bail!("`--plain` lacks arguments") };
    let addresses = Addresses {
        shop: shop.clone(),
        shop_token: shop::DEMO_TOKEN.to_owned(),
        till: till.clone(),
        till_token: till::DEMO_TOKEN.to_owned(),
    };
    let posted = native::run(&addresses)?;
    crate::say(&format!("{{\"posted\":{posted}}}"));
    Ok(())
}
