//! `penstock plan`: what a run would write.

mod kept;

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::args::{Arguments, PlanArgs, RunArgs};
use super::catalogue::Catalogue;
use super::output::{Outcome, Screen, counted};
use super::project;
use super::run::{drive, heed_interrupts, length_words, stopped};
use crate::contract::Change;
use crate::contract::{Action, Method, RateLimit};
use crate::engine::driver::Observer;
use crate::engine::{Ended, Fault, Mode, Options, plan_digest};
use crate::pipeline::Connection;
use crate::record::hex;
use crate::report::codes;
use crate::store::WriteRow;

pub(super) fn plan(command: &PlanArgs, arguments: &Arguments, screen: &Screen) -> Outcome {
    match plan_within(command, arguments, screen) {
        Ok(outcome) | Err(outcome) => outcome,
    }
}

fn plan_within(
    command: &PlanArgs,
    arguments: &Arguments,
    screen: &Screen,
) -> Result<Outcome, Outcome> {
    let catalogue = project::catalogue(arguments, screen)?;
    let planned = planned(&command.file, arguments, &catalogue, screen)?;
    for write in &planned.writes {
        screen.say(&write_words(write));
    }
    let held = planned.ended.summary.stages.iter().flat_map(|(stage, counts)| {
        counts
            .held
            .iter()
            .map(move |(reason, count)| format!("{count:>6} held at {stage}: {reason}"))
    });
    let held: Vec<String> = held.collect();
    if !held.is_empty() {
        screen.say(&held.join("\n"));
    }
    let hash = hash(&planned.writes);
    kept::keep(&arguments.store, &hash, &kept::shown(&planned.writes));
    screen.say(&totals(&planned));
    screen.say(&format!(
        "\n{}; nothing was sent\nplan {hash}\n\nhint: to do exactly this: `penstock run {} --plan {hash}`",
        counted(planned.writes.len() as u64, "write", "writes"),
        command.file.display(),
    ));
    screen.give(&json!({
        "hash": hash,
        "writes": planned.writes.iter().map(write_json).collect::<Vec<_>>(),
        "stages": planned.ended.summary.stages,
    }));
    match &planned.ended.stop {
        Some(stop) => Ok(stopped(stop, &planned.ready, screen)),
        None => Ok(Outcome::Done),
    }
}

/// What a plan comes to: what each sink would write, what it would not and why, and what that costs at each account.
fn totals(planned: &Planned) -> String {
    let mut text = String::new();
    for (stage, counts) in &planned.ended.summary.stages {
        let of_stage = planned.writes.iter().filter(|write| write.row.stage == *stage);
        let mut actions: BTreeMap<&str, u64> = BTreeMap::new();
        for write in of_stage {
            *actions.entry(action_word(write.row.write.action)).or_default() += 1;
        }
        let filtered: u64 = counts.filtered.values().sum();
        let held: u64 = counts.held.values().sum();
        let others = [("unchanged", counts.unchanged), ("filtered", filtered), ("held", held)];
        let words: Vec<String> = actions
            .into_iter()
            .chain(others)
            .filter(|(_, count)| *count > 0)
            .map(|(what, count)| format!("{count} {what}"))
            .collect();
        if !words.is_empty() {
            text.push_str(&format!("\n{stage:<24} {}", words.join(", ")));
        }
    }
    for connection in &planned.ready.pipeline.connections {
        text.push_str(&cost(planned, connection));
    }
    text
}

/// How many requests a run would make of an account, and how long they take at the rate that its vendor allows.
fn cost(planned: &Planned, connection: &Connection) -> String {
    let account = format!("{}/", connection.account);
    let of_account = |write: &&PlannedWrite| write.row.destination.starts_with(&account);
    let writes = planned.writes.iter().filter(of_account).count() as u64;
    let lines = planned.ready.egress.counts().lines;
    let reads: u64 = lines
        .iter()
        .filter(|line| line.account == connection.account)
        .map(|line| line.tally.requests)
        .sum();
    let limits = connection.endpoints.iter().filter_map(|endpoint| endpoint.rate_limit.as_ref());
    let ms = |limit: &RateLimit| {
        (reads + writes).saturating_mul(limit.window_ms) / u64::from(limit.requests.max(1))
    };
    let takes = match limits.map(ms).max() {
        Some(ms) => format!(", {} at the vendor's limit", length_words(ms)),
        None => String::new(),
    };
    let (reads, writes) = (counted(reads, "read", "reads"), counted(writes, "write", "writes"));
    format!("\n{:<24} {reads}, {writes}{takes}", connection.account)
}

/// A write of a plan.
struct PlannedWrite {
    row: WriteRow,
    /// What it changes, as its connector tells.
    told: Result<Vec<Change>, Fault>,
}

/// A plan that was made.
struct Planned {
    writes: Vec<PlannedWrite>,
    ended: Ended,
    ready: project::Ready,
}

/// Makes a plan: a run on a copy of the store, in which nothing is sent.
fn planned(
    file: &std::path::Path,
    arguments: &Arguments,
    catalogue: &Catalogue,
    screen: &Screen,
) -> Result<Planned, Outcome> {
    let checked = project::checked(file, arguments, catalogue, screen)?;
    screen.reports(&checked.warnings);
    let fault = |error: crate::store::StoreError| project::store_fault(&error, screen);
    let copy = if arguments.store.exists() {
        let store = project::look(arguments, screen)?;
        project::refuse_put_back(&store, &checked.pipeline, screen)?;
        store.copy_in_memory().map_err(fault)?
    } else {
        crate::store::SqliteStore::in_memory().map_err(fault)?
    };
    let mut ready = project::ready(checked.pipeline, copy, arguments, catalogue, screen)?;
    heed_interrupts(&ready);
    let mut shown = Shown::default();
    let ended = drive(&mut ready, Options::new(Mode::Plan), &mut shown).map_err(fault)?;
    Ok(Planned { writes: shown.0, ended, ready })
}

/// The writes that the plan of this hash allows, if a plan made now has this hash.
pub(super) fn allowed(
    wanted: &str,
    command: &RunArgs,
    arguments: &Arguments,
    catalogue: &Catalogue,
    screen: &Screen,
) -> Result<HashMap<(String, String), String>, Outcome> {
    let planned = planned(&command.file, arguments, catalogue, screen)?;
    let found = hash(&planned.writes);
    if found != wanted {
        let mut fact =
            format!("the world has moved since plan {wanted}: a plan made now is {found}");
        let now = kept::shown(&planned.writes);
        for difference in kept::differences(&arguments.store, wanted, &now) {
            fact.push_str("\n   = note: ");
            fact.push_str(&difference);
        }
        screen.fail(codes::PLAN_DIFFERS, &fact, Some("look at the new plan: nothing was sent"));
        return Err(Outcome::Failed);
    }
    let allowed = planned.writes.iter().filter_map(|PlannedWrite { row, .. }| {
        let key = row.intakes.first()?.items.first()?.entry.key.clone();
        Some(((row.destination.clone(), key), plan_digest(row)))
    });
    Ok(allowed.collect())
}

/// Keeps what a plan shows.
#[derive(Default)]
struct Shown(Vec<PlannedWrite>);

impl Observer for Shown {
    fn planned(&mut self, row: &WriteRow, told: Result<Vec<Change>, Fault>) {
        self.0.push(PlannedWrite { row: row.clone(), told });
    }
}

/// One hash over all writes of a plan, in order: what each writes where, and the components that planned it.
fn hash(writes: &[PlannedWrite]) -> String {
    let mut digest = Sha256::new();
    for PlannedWrite { row, .. } in writes {
        for item in row.intakes.iter().filter_map(|intake| intake.items.first()) {
            digest.update(format!(
                "{}\n{}\n{}\n",
                row.destination, item.entry.key, item.entry.revision
            ));
        }
        digest.update(format!("{}\n{}\n", row.component, plan_digest(row)));
    }
    let mut hash = hex(&digest.finalize());
    hash.truncate(16);
    hash
}

fn action_word(action: Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Update => "update",
        Action::Delete => "delete",
    }
}

pub(super) fn method_word(method: Method) -> &'static str {
    match method {
        Method::Get => "GET",
        Method::Query => "QUERY",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Patch => "PATCH",
        Method::Delete => "DELETE",
    }
}

fn write_words(write: &PlannedWrite) -> String {
    let PlannedWrite { row, told } = write;
    let request = &row.write.request;
    let mut text = format!(
        "{} {}\n    {} {} at {}",
        action_word(row.write.action),
        row.write.summary,
        method_word(request.method),
        request.path,
        row.destination,
    );
    if let Err(Fault::Trapped(reason) | Fault::TooLong(reason) | Fault::Faulty(reason)) = told {
        text.push_str(&format!("\n    its connector does not tell what it changes: {reason}"));
    }
    for change in told.iter().flatten() {
        let side = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
        let line = match &change.before {
            None => format!("\n    {}: {}", change.field, side(&change.after)),
            Some(before) => format!("\n    {}: {before} -> {}", change.field, side(&change.after)),
        };
        text.push_str(&line);
    }
    text
}

fn write_json(write: &PlannedWrite) -> Value {
    let PlannedWrite { row, told } = write;
    let request = &row.write.request;
    let body = request.body.as_deref().map(|body| match serde_json::from_slice::<Value>(body) {
        Ok(value) => value,
        Err(_) => Value::String(String::from_utf8_lossy(body).into_owned()),
    });
    json!({
        "stage": row.stage,
        "destination": row.destination,
        "action": action_word(row.write.action),
        "summary": row.write.summary,
        "keys": row.intakes.iter().filter_map(|intake| intake.items.first()).map(|item| &item.entry.key).collect::<Vec<_>>(),
        "method": method_word(request.method),
        "path": request.path,
        "query": request.query.iter().map(|pair| json!([pair.name, pair.value])).collect::<Vec<_>>(),
        "body": body,
        "changes": told.iter().flatten().map(|change| json!({
            "field": change.field, "before": change.before, "after": change.after,
        })).collect::<Vec<_>>(),
        "depends_on": row.intakes.iter().flat_map(|intake| &intake.resolved).map(|pair| json!({
            "key": pair.name, "id": pair.value,
        })).collect::<Vec<_>>(),
    })
}
