//! Whether what the files say makes sense: connectors, options, joints, kinds. Everything is looked at, so that one
//! run tells all faults; what depends on a fault is passed over, so that each is told once.

mod catalogue;
mod connections;
mod descriptor;
mod directories;
mod endpoints;
mod flow;
mod joints;
mod json;
mod kinds;
mod lower;
mod options;
mod order;
mod schema;
mod schema_fault;
mod stages;
mod switches;
mod template;
mod unread;
mod url;

use std::collections::HashMap;

pub(super) use schema::Schema;

use super::faults::{Fault, Faults};
use super::file::{At, Document, RawDirectory, RawKind, RawStage, Said, Section};
use super::{Connectors, Pipeline, STAGES_MAX};
use crate::report::codes;
use catalogue::Catalogue;
use stages::Context;
use switches::Switches;

/// Checks what the files say. `None` where anything is at fault.
pub(super) fn check(
    mut said: Said,
    connectors: &dyn Connectors,
    faults: &Faults,
) -> Option<Pipeline> {
    let mut catalogue = Catalogue::new(connectors, faults);
    let named = named_connections(&said.document.stages.items);
    let named: Vec<&str> = named.iter().map(String::as_str).collect();
    let laid = connections::lay_together(&mut said, &named, faults);
    let connections = connections::check(laid, &mut catalogue, faults);
    let Document { switches, stages: raw_stages, .. } = said.document;
    let switches = Switches::new(switches);
    check_count(&raw_stages, faults);
    check_ids(&raw_stages.items, faults);
    let mut context = Context {
        connections: &connections,
        switches: &switches,
        catalogue: &mut catalogue,
        faults,
    };
    let stages: Vec<_> = raw_stages
        .items
        .iter()
        .take(STAGES_MAX)
        .map(|stage| stages::check(stage, &mut context))
        .collect();
    let whole = raw_stages.whole && raw_stages.items.len() <= STAGES_MAX;
    let links = joints::resolve(&stages, whole, faults);
    unread::check(&stages, &links, faults);
    let order = order::check(&stages, &links.all, faults);
    let feeds = order.as_deref().map(|order| flow::check(&stages, &links, order, faults));
    if faults.any_errors() {
        return None;
    }
    // While something is at fault, what looks unused may only be misnamed elsewhere.
    connections.warn_of_unused(faults);
    switches.warn_of_unused(faults);
    let graph = lower::Graph { links: &links.all, order: &order?, feeds: &feeds? };
    lower::lower(stages, &graph, connections.all, &switches)
}

/// Names of the connections that stages and directories use.
fn named_connections(stages: &[RawStage]) -> Vec<String> {
    let mut named = Vec::new();
    for stage in stages {
        match &stage.kind {
            RawKind::Source { connection, .. } | RawKind::Sink { connection, .. } => {
                named.extend(connection)
            }
            RawKind::Transform { directories, .. } => {
                let directories: &[RawDirectory] =
                    directories.value().map(Vec::as_slice).unwrap_or_default();
                named.extend(
                    directories.iter().filter_map(|directory| directory.connection.as_ref()),
                );
            }
        }
    }
    named.into_iter().map(|name| name.value.clone()).collect()
}

fn check_count(stages: &Section<RawStage>, faults: &Faults) {
    if stages.items.is_empty() && stages.whole {
        // The first thing that stands in the file stands for all of it.
        let text = faults.file(At { file: 0, start: 0, end: 0 }).text();
        let start = text.len() - text.trim_start().len();
        let end = start + text[start..].lines().next().map_or(0, |line| line.trim_end().len());
        let whole = At { file: 0, start, end };
        let fault = Fault::new(codes::NO_STAGES, whole, "this pipeline has no stages", "");
        faults.error(fault, |report| {
            report.hint("add a `[[source]]` and a `[[sink]]` that takes its input from it")
        });
    }
    if let Some(first) = stages.items.get(STAGES_MAX) {
        let fact = format!(
            "a pipeline has at most {STAGES_MAX} stages, and these are {}",
            stages.items.len()
        );
        faults.error(Fault::new(codes::TOO_MANY, first.header, fact, "one too many"), |report| {
            report.hint("split the pipeline: several may share connections by `penstock.toml`")
        });
    }
}

fn check_ids(stages: &[RawStage], faults: &Faults) {
    let mut seen = HashMap::new();
    for id in stages.iter().filter_map(|stage| stage.id.as_ref()) {
        if let Some(first) = seen.get(id.value.as_str()) {
            let fact = format!("two stages have the id `{}`", id.value);
            faults.error(
                Fault::new(codes::STAGE_ID_TWICE, id.at, fact, "once more here"),
                |report| {
                    report
                        .also(faults.place(*first, "first here"))
                        .note("cursors, state and parked entries belong to a stage's id")
                },
            );
        } else {
            seen.insert(id.value.as_str(), id.at);
        }
    }
}
