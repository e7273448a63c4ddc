//! What a start costs where a process that died has left many open writes: as many as no run plans by itself.

use std::net::TcpListener;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use penstock::store::{Change, PIPELINE_LEASE, SqliteStore, Store as _, WriteRow, WriteStatus};
use penstock_simulators::serve::real_now_ms;
use uuid::Uuid;

use crate::figures::Report;
use crate::product::Product;
use crate::spent;
use crate::vendors::{Size, Vendors, connections};

/// Writes that were sent, and of which it is not known what became of them.
const OPEN: i64 = 100_000;
/// The name of the bundled pipeline.
const PIPELINE: &str = "ecwid-vend";
/// They were sent so long ago, in milliseconds: their settle time is over.
const SENT_AGO_MS: i64 = 600_000;
/// Rows of one commit.
const BATCH: usize = 2_000;

/// Measures.
///
/// # Errors
/// Whatever keeps it from an end.
pub(crate) fn measure(product: &Product, report: &mut Report) -> anyhow::Result<()> {
    let vendors = Vendors::start(Size { orders: 20, customers: 10 })?;
    let folder = product.project(&vendors.connections(), |pipeline| pipeline)?;
    let mut run = product.run(folder.path());
    let ended = run.stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    anyhow::ensure!(ended.success(), "the run that makes an example of a write did not end well");
    drop(vendors);
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = format!("http://{}", listener.local_addr()?);
    let connections = connections(&format!("{address}/api/v3/1003"), &format!("{address}/api"));
    #[allow(clippy::disallowed_methods, reason = "a project is files")]
    std::fs::write(folder.path().join("simulators.toml"), connections)?;
    for open in [0, OPEN] {
        if open > 0 {
            leave_open(&folder.path().join(".penstock/store.db"), open)?;
        }
        let began = spent::now();
        let mut command = product.run(folder.path());
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let connected = listener.accept();
        let wall = spent::now() - began;
        let cpu = spent::threads_cpu(child.id());
        let peak_mib = peak_mib(child.id());
        child.kill()?;
        child.wait()?;
        connected.context("the first request")?;
        report.line(
            &format!("recovery: from the start to the first request, {open} open writes"),
            &format!(
                "{:.2} s, {:.2} s of CPU, at most {} MiB held",
                wall.as_secs_f64(),
                cpu.unwrap_or(Duration::ZERO).as_secs_f64(),
                peak_mib?
            ),
        );
    }
    Ok(())
}

/// Adds open writes like one that was made, each of an order of its own.
fn leave_open(file: &std::path::Path, count: i64) -> anyhow::Result<()> {
    let mut store = SqliteStore::open(file)?;
    let now = real_now_ms();
    let lease = store.lease(&format!("{PIPELINE_LEASE}{PIPELINE}"), now, now + 600_000)?;
    let last = store.last_number(PIPELINE)?;
    let mut example = None;
    for number in 1..=last {
        let row = store.write(PIPELINE, number)?;
        example = row.filter(|row| row.destination.ends_with("/sales")).or(example);
    }
    let example = example.context("the run made no sale")?;
    let mut changes = Vec::new();
    for number in last + 1..=last + count {
        changes.push(Change::Plan(Box::new(like(&example, number, now))));
        changes.push(Change::Sent { number, at: now - SENT_AGO_MS });
        if changes.len() >= BATCH {
            store.commit(PIPELINE, std::slice::from_ref(&lease), &changes)?;
            changes.clear();
        }
    }
    store.commit(PIPELINE, std::slice::from_ref(&lease), &changes)?;
    store.release(&lease)?;
    Ok(())
}

/// A write that is planned, like another, of another order.
fn like(example: &WriteRow, number: i64, now: i64) -> WriteRow {
    let mut intakes = example.intakes.to_vec();
    for intake in &mut intakes {
        intake.token = Uuid::from_u128(u128::from(number.unsigned_abs())).to_string();
        for item in &mut intake.items {
            let entry = &mut item.entry;
            entry.key = format!("{}-{number}", entry.key);
            item.origin.key.clone_from(&entry.key);
        }
    }
    let mut write = (*example.write).clone();
    for movement in &mut write.movements {
        movement.cause = format!("{}-{number}", movement.cause);
    }
    WriteRow {
        number,
        status: WriteStatus::Planned,
        write: Arc::new(write),
        intakes: intakes.into(),
        planned_at: now,
        not_before: now,
        sent_at: None,
        sends: 0,
        probes: 0,
        reason: None,
        results: Vec::new(),
        ..example.clone()
    }
}

/// The most memory that a process has held so far, in MiB.
#[allow(clippy::disallowed_methods, reason = "the kernel tells by a file")]
fn peak_mib(process: u32) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = peak.and_then(|text| text.trim().trim_end_matches(" kB").parse::<u64>().ok());
    Ok(kib.context("the kernel does not tell it")? / 1024)
}
