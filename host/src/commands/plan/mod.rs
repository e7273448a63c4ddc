//! `penstock plan`: what a run would write.

mod groups;
mod json;
mod kept;
mod text;

use std::collections::HashMap;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::args::{Arguments, PlanArgs, RunArgs};
use super::catalogue::Catalogue;
use super::output::{Outcome, Screen, counted};
use super::project;
use super::run::{Progress, drive, heed_interrupts, stopped};
use crate::contract::Change;
use crate::engine::driver::{Network as _, Observer, lock};
use crate::engine::{Ended, Fault, Options, Summary, Unwritten, plan_digest};
use crate::pipeline::Pipeline;
use crate::record::hex;
use crate::report::codes;
use crate::store::{WaitingKind, WaitingRow, WriteRow};
use crate::time::Instant;

pub(super) use text::change_words;

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
    let groups = groups::groups(&planned.ready.pipeline, &planned.shown);
    for group in &groups {
        screen.say(&text::group_text(group));
    }
    let writes = &planned.shown.writes;
    let hash = hash(writes);
    kept::keep(&arguments.store, &hash, &kept::shown(writes));
    screen.say(text::totals(&planned, &groups).trim_start());
    screen.say(&format!(
        "\n{}; nothing was sent\nplan {hash}\n\nhint: to do exactly this: `penstock run {} --plan {hash}`",
        counted(writes.len() as u64, "write", "writes"),
        command.file.display(),
    ));
    screen.give(&json!({
        "hash": hash,
        "groups": groups.iter().map(json::group_json).collect::<Vec<_>>(),
        "writes": writes.iter().map(json::write_json).collect::<Vec<_>>(),
        "stages": planned.ended.summary.stages,
    }));
    match &planned.ended.stop {
        Some(stop) => Ok(stopped(stop, &planned.ready, screen)),
        None => Ok(Outcome::Done),
    }
}

/// A write of a plan.
struct PlannedWrite {
    row: WriteRow,
    /// What it changes, as its connector tells.
    told: Result<Vec<Change>, Fault>,
}

/// A plan that was made.
struct Planned {
    shown: Shown,
    /// Entries that are held since an earlier run, with which this plan has nothing to do.
    held_before: u64,
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
        project::refuse_elsewhere(&store, &checked.pipeline, screen)?;
        store.copy_in_memory().map_err(fault)?
    } else {
        crate::store::SqliteStore::in_memory().map_err(fault)?
    };
    let mut ready = project::ready(checked.pipeline, copy, arguments, catalogue, screen)?;
    heed_interrupts(&ready);
    let mut shown = Shown::default();
    let began_at = ready.wire.now();
    let mut watching = Watching { shown: &mut shown, progress: Progress::new(*screen) };
    let ended = drive(&mut ready, Options::plan(), &mut watching).map_err(fault)?;
    let waiting = lock(&ready.store).waiting_all(&ready.pipeline.name).map_err(fault)?;
    let before = shown.waits(waiting, began_at);
    let held_before = before.iter().filter(|row| row.kind == WaitingKind::Held).count() as u64;
    Ok(Planned { shown, held_before, ended, ready })
}

impl Shown {
    /// Takes what came to wait since the plan began, and gives back what did before.
    pub(super) fn waits(&mut self, rows: Vec<WaitingRow>, began_at: Instant) -> Vec<WaitingRow> {
        let (waiting, before) = rows.into_iter().partition(|row| row.since >= began_at);
        self.waiting = waiting;
        before
    }

    /// All of it, by stages: for people and for programs.
    pub(super) fn told(&self, pipeline: &Pipeline) -> (Vec<String>, Vec<Value>) {
        let groups = groups::groups(pipeline, self);
        let texts = groups.iter().map(text::group_text).collect();
        (texts, groups.iter().map(json::group_json).collect())
    }
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
    let found = hash(&planned.shown.writes);
    if found != wanted {
        let mut fact =
            format!("the world has moved since plan {wanted}: a plan made now is {found}");
        let now = kept::shown(&planned.shown.writes);
        for difference in kept::differences(&arguments.store, wanted, &now) {
            fact.push_str("\n   = note: ");
            fact.push_str(&difference);
        }
        screen.fail(codes::PLAN_DIFFERS, &fact, Some("look at the new plan: nothing was sent"));
        return Err(Outcome::Failed);
    }
    let allowed = planned.shown.writes.iter().filter_map(|PlannedWrite { row, .. }| {
        let key = row.intakes.first()?.items.first()?.entry.key.clone();
        Some(((row.destination.clone(), key), plan_digest(row)))
    });
    Ok(allowed.collect())
}

/// What a plan shows.
#[derive(Default)]
pub(super) struct Shown {
    writes: Vec<PlannedWrite>,
    unwritten: Vec<Unwritten>,
    /// What came to wait, and still does at the end.
    waiting: Vec<WaitingRow>,
}

impl Observer for Shown {
    fn planned(&mut self, row: &WriteRow, told: Result<Vec<Change>, Fault>) {
        self.writes.push(PlannedWrite { row: row.clone(), told });
    }

    fn unwritten(&mut self, entries: Vec<Unwritten>) {
        self.unwritten.extend(entries);
    }
}

/// A plan in the making, for a person who waits for it.
struct Watching<'a> {
    shown: &'a mut Shown,
    progress: Progress,
}

impl Observer for Watching<'_> {
    fn planned(&mut self, row: &WriteRow, told: Result<Vec<Change>, Fault>) {
        self.shown.planned(row, told);
    }

    fn unwritten(&mut self, entries: Vec<Unwritten>) {
        self.shown.unwritten(entries);
    }

    fn progress(&mut self, summary: &Summary, open: usize) {
        self.progress.progress(summary, open);
    }

    fn waits(&mut self, ms: i64) {
        self.progress.waits(ms);
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

#[cfg(test)]
mod tests;
