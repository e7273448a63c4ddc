//! `penstock links`: which counter of one system is which of the other.

mod file;
mod pairing;

use std::sync::Arc;

use serde_json::json;

use super::args::{Arguments, LinksArgs};
use super::joined::{self, Joined};
use super::output::{Outcome, Screen, counted};
use super::project::{self, Ready};
use crate::component::CallError;
use crate::contract::{Entry, Payload, Product};
use crate::pipeline::{ConnectionIndex, Pipeline};
use crate::report::codes;
use crate::store::{PIPELINE_LEASE, Relinked, SqliteStore, Store as _};
use crate::time::{Clock as _, SystemClock};
use pairing::{Finding, Item, Verdict};

/// How long the pipeline is kept for this command, in milliseconds. It is given back as soon as the links are changed.
const LEASE_MS: i64 = 60_000;

/// Findings of one kind that are shown on the screen; all of them are in the CSV file and in the JSON.
const SHOWN_MAX: usize = 20;

pub(super) fn links(command: &LinksArgs, arguments: &Arguments, screen: &Screen) -> Outcome {
    links_within(command, arguments, screen).unwrap_or_else(|outcome| outcome)
}

fn links_within(
    command: &LinksArgs,
    arguments: &Arguments,
    screen: &Screen,
) -> Result<Outcome, Outcome> {
    let catalogue = project::catalogue(arguments, screen)?;
    let checked = project::checked(&command.file, arguments, &catalogue, screen)?;
    let joint = joined::joint(&checked.pipeline, command.stage.as_deref(), screen)?;
    let mut store = project::store(arguments, screen)?;
    // Listing writes nothing, and what it reads is of no use to the store.
    let aside = store.copy_in_memory().map_err(|error| project::store_fault(&error, screen))?;
    let ready =
        project::ready(Arc::clone(&checked.pipeline), aside, arguments, &catalogue, screen)?;
    let left = products(&ready, joint.left.connection, screen)?;
    let right = products(&ready, joint.right.connection, screen)?;
    let fault = |error| project::store_fault(&error, screen);
    let pipeline = &checked.pipeline.name;
    let links = store.all_links(pipeline, &joint.stage).map_err(fault)?;
    let findings = pairing::compare(&left, &right, &links);
    if let Some(file) = &command.export {
        file::export(file, &findings).map_err(|error| file_fault(file, &error, screen))?;
    }
    let pairs = match &command.import {
        Some(file) => {
            let pairs = file::import(file).map_err(|error| file_fault(file, &error, screen))?;
            let refused = pairing::refused(&pairs, &left, &right);
            if let Some(first) = refused.first() {
                let more = refused.len() - 1;
                let more = if more == 0 { String::new() } else { format!(" (and {more} more)") };
                let fact = format!("`{}`: {first}{more}", file.display());
                let hint = "every counter is one that `--export` shows, in one pair at most";
                screen.fail(codes::LINKS_REFUSED, &fact, Some(hint));
                return Ok(Outcome::File);
            }
            Some(pairs)
        }
        None => command.accept.then(|| pairing::accepted(&findings)),
    };
    let at = SystemClock.now();
    let changes = pairs.is_some() || command.accept_levels || command.new_levels;
    // A run that goes on meanwhile would not notice.
    let lease = match changes {
        true => Some(
            store
                .lease(&format!("{PIPELINE_LEASE}{pipeline}"), at, at.saturating_add(LEASE_MS))
                .map_err(fault)?,
        ),
        false => None,
    };
    let changed = match pairs {
        Some(pairs) => Some(store.set_links(pipeline, &joint.stage, &pairs, at).map_err(fault)?),
        None if command.new_levels => {
            Some(store.renew_links(pipeline, &joint.stage, &command.sku, at).map_err(fault)?)
        }
        None => None,
    };
    let levels = match command.accept_levels {
        true => {
            let sources = sources(&checked.pipeline, &joint);
            Some(store.accept_levels(pipeline, &joint.stage, &sources, at).map_err(fault)?)
        }
        false => None,
    };
    if let Some(lease) = lease {
        store.release(&lease).map_err(fault)?;
    }
    let waiting = without_levels(&store, pipeline, &joint.stage, screen)?;
    screen.say(&words(&findings, changed, levels, waiting));
    screen.give(&json!({
        "stage": joint.stage,
        "counts": Verdict::ALL.map(|verdict| (verdict.word(), count(&findings, verdict)))
            .into_iter().collect::<std::collections::BTreeMap<_, _>>(),
        "made": changed.map(|changed| changed.made),
        "ended": changed.map(|changed| changed.ended),
        "dropped": changed.map(|changed| changed.dropped),
        "levels_accepted": levels,
        "without_levels": waiting,
        "findings": findings.iter().map(as_json).collect::<Vec<_>>(),
    }));
    Ok(Outcome::Done)
}

/// The sources that tell the levels of both ends, by their ids.
fn sources<'a>(pipeline: &'a Pipeline, joint: &Joined) -> Vec<&'a str> {
    let sources = joint.left.sources.iter().chain(&joint.right.sources);
    sources.filter_map(|source| Some(pipeline.stages.get(*source)?.id.as_str())).collect()
}

/// The whole catalogue of a connection.
fn products(
    ready: &Ready,
    connection: ConnectionIndex,
    screen: &Screen,
) -> Result<Vec<Product>, Outcome> {
    let name = ready.pipeline.connections.get(connection).map_or("", |connection| &connection.name);
    let entries = match ready.guests.products(connection) {
        Ok(Some(entries)) => entries,
        Ok(None) => {
            let fact = format!("the connector of connection `{name}` lists no products");
            screen.fail(codes::LINKS_NO_CATALOGUE, &fact, None);
            return Err(Outcome::File);
        }
        Err(error) => return Err(call_fault(name, &error, screen)),
    };
    let product = |entry: Entry| match entry.payload {
        Payload::Product(product) => Some(product),
        _ => None,
    };
    Ok(entries.into_iter().filter_map(product).collect())
}

fn call_fault(connection: &str, error: &CallError, screen: &Screen) -> Outcome {
    let fact = format!("the products of connection `{connection}` cannot be listed: {error}");
    screen.fail(codes::LINKS_UNREAD, &fact, Some("`penstock check --online` tells what it lacks"));
    Outcome::Surroundings
}

fn file_fault(file: &std::path::Path, error: &csv::Error, screen: &Screen) -> Outcome {
    let fact = format!("`{}`: {error}", file.display());
    let hint = "a CSV file with the columns `sku`, `left` and `right`, as `--export` writes it";
    screen.fail(codes::LINKS_FILE, &fact, Some(hint));
    if error.is_io_error() { Outcome::Surroundings } else { Outcome::File }
}

fn without_levels(
    store: &SqliteStore,
    pipeline: &str,
    stage: &str,
    screen: &Screen,
) -> Result<usize, Outcome> {
    let links =
        store.all_links(pipeline, stage).map_err(|error| project::store_fault(&error, screen))?;
    Ok(links.iter().filter(|link| link.levels_at.is_none()).count())
}

fn count(findings: &[Finding], verdict: Verdict) -> usize {
    findings.iter().filter(|finding| finding.verdict == verdict).count()
}

fn words(
    findings: &[Finding],
    changed: Option<Relinked>,
    levels: Option<usize>,
    waiting: usize,
) -> String {
    let mut lines = Vec::new();
    for verdict in Verdict::ALL {
        let of_kind: Vec<&Finding> =
            findings.iter().filter(|finding| finding.verdict == verdict).collect();
        if of_kind.is_empty() {
            continue;
        }
        lines.push(format!("{:>6} {}", of_kind.len(), meaning(verdict)));
        if verdict == Verdict::Linked {
            continue;
        }
        let end = |item: &Option<Item>| {
            item.as_ref()
                .map_or_else(|| "-".to_owned(), |item| format!("{} {}", item.owner, item.name))
        };
        for finding in of_kind.iter().take(SHOWN_MAX) {
            let sku = if finding.sku.is_empty() { "(no SKU)" } else { &finding.sku };
            lines.push(format!("         {sku}: {} | {}", end(&finding.left), end(&finding.right)));
        }
        if of_kind.len() > SHOWN_MAX {
            lines.push(format!("         … and {} more", of_kind.len() - SHOWN_MAX));
        }
    }
    let matched = count(findings, Verdict::Matched);
    match changed {
        Some(Relinked { made, ended, dropped }) => {
            lines.push(format!(
                "\n{} made, {} ended.",
                counted(made as u64, "link", "links"),
                counted(ended as u64, "link", "links")
            ));
            if dropped > 0 {
                lines.push(format!(
                    "{} of theirs waited and will not be made.",
                    counted(dropped as u64, "movement", "movements")
                ));
            }
        }
        None if matched > 0 => lines.push(
            "\nNothing is linked yet of what matches: `--accept` links it; `--export FILE` writes all of this for a look, and `--import FILE` takes it back."
                .to_owned(),
        ),
        None => {}
    }
    match levels {
        Some(accepted) => lines.push(format!(
            "First levels of {} accepted: the next run writes them.",
            counted(accepted as u64, "link", "links")
        )),
        None if waiting > 0 => lines.push(format!(
            "{} without first levels: `penstock plan` shows what they would be, `--accept-levels` lets the next run write them.",
            counted(waiting as u64, "link", "links")
        )),
        None => {}
    }
    lines.join("\n")
}

fn meaning(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Linked => "linked",
        Verdict::Renamed => "linked, though the SKUs have become different",
        Verdict::Gone => "linked, and one side is in its catalogue no more",
        Verdict::Matched => "to be linked: the SKU is borne once on each side",
        Verdict::Missing => "whose SKU the other side does not have",
        Verdict::Duplicate => "whose SKU is borne more than once on a side",
        Verdict::Blank => "without a SKU",
        Verdict::SharedCounter => "that share their product's counter",
        Verdict::Composite => "made of others, without a level of their own",
        Verdict::Untracked => "that are not counted",
    }
}

fn as_json(finding: &Finding) -> serde_json::Value {
    let end = |item: &Option<Item>| {
        item.as_ref().map(|item| json!({ "counter": item.owner, "name": item.name }))
    };
    json!({
        "verdict": finding.verdict.word(),
        "sku": finding.sku,
        "left": end(&finding.left),
        "right": end(&finding.right),
    })
}
