//! Reading sources, and reading single entries anew.

use std::collections::HashSet;

use super::batch::{Batch, Ticket};
use super::{Engine, Wait, later};
use crate::contract::{Entry, Failure};
use crate::engine::effect::{Effect, Stop};
use crate::engine::event::{Fault, PulledPage};
use crate::engine::limits::{DUE_ENTRIES_MAX, UNREACHED_MAX};
use crate::pipeline::{Role, StageIndex};
use crate::record::{Item, label};
use crate::store::{Change, CursorRow, SeenRow, WaitingKind, WaitingRow};
use crate::time::Instant;

/// The shortest wait before a reading anew that failed is tried again, in milliseconds.
const REREAD_AGAIN_MS: u64 = 1_000;

/// Where the reading of a source stands.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) cursor: Option<Vec<u8>>,
    /// Whether there may be more to read in this run.
    pub(super) more: bool,
    pub(super) not_before: Instant,
    /// Up to when everything of this source is known.
    pub(super) horizon: Option<Instant>,
    /// Pulls in a row that were put off by the remote, or did not reach it.
    put_off: u32,
}

impl Reading {
    pub(super) fn new(row: Option<&CursorRow>, enabled: bool) -> Self {
        Self {
            cursor: row.and_then(|row| row.cursor.clone()),
            more: enabled,
            not_before: Instant::MIN,
            horizon: row.and_then(|row| row.complete_to),
            put_off: 0,
        }
    }
}

/// Why entries are being read anew.
#[derive(Debug)]
pub(super) enum Rereading {
    /// They wait for it.
    Waiting { source: StageIndex, rows: Vec<WaitingRow>, rest: Vec<WaitingRow> },
    /// Their writes are about to be sent, and they were read long ago.
    Sending { source: StageIndex, numbers: Vec<i64> },
}

impl Engine {
    /// Asks for the next page of the first source that has one.
    pub(super) fn pull(&mut self, out: &mut Vec<Effect>) -> bool {
        let now = self.now;
        let next = self.sources.iter().find(|(_, reading)| reading.more && reading.not_before <= now);
        let Some((stage, reading)) = next else { return false };
        let Some(Role::Source(source)) = self.pipeline.stages.get(*stage).map(|stage| &stage.role) else { return false };
        out.push(Effect::Pull { stage: *stage, after: reading.cursor.clone(), limit: source.batch_max, now });
        true
    }

    pub(super) fn pulled(&mut self, stage: StageIndex, page: Result<PulledPage, Fault>, out: &mut Vec<Effect>) {
        let page = match page {
            Ok(page) => page,
            Err(fault) => return self.pull_failed(stage, fault),
        };
        let id = self.stage_id(stage);
        let mut batch = Batch::default();
        let mut keys: HashSet<(String, String)> = HashSet::with_capacity(page.entries.len());
        for pulled in page.entries {
            let entry = pulled.entry;
            if pulled.seen || !keys.insert((entry.key.clone(), entry.revision.clone())) {
                self.summary.stage(&id).known += 1;
                continue;
            }
            self.summary.stage(&id).read += 1;
            batch.seen.push(SeenRow {
                source: id.clone(),
                key: entry.key.clone(),
                revision: entry.revision.clone(),
                label: label(&entry.payload).map(str::to_owned),
                outcome: String::new(),
                at: self.now,
            });
            // What waits came from an older revision: what comes now is the entry.
            batch.changes.push(Change::Supersede { key: entry.key.clone() });
            self.enter_from_source(&mut batch, stage, Ticket::new(Item::new(&id, entry)));
        }
        if let Some(reading) = self.sources.get_mut(&stage) {
            reading.cursor = Some(page.next.clone());
            reading.more = page.more;
            reading.put_off = 0;
            reading.horizon = reading.horizon.max(page.complete_to);
        }
        if page.complete_to.is_some() {
            self.maybe_due = true;
        }
        let cursor = CursorRow { source: id, cursor: Some(page.next), complete_to: page.complete_to };
        batch.changes.push(Change::Cursor(cursor));
        self.run_batch(batch, out);
    }

    fn pull_failed(&mut self, stage: StageIndex, fault: Fault) {
        let now = self.now;
        if let Fault::Failed(Failure::RetryAfter(ms)) = fault
            && let Some(reading) = self.sources.get_mut(&stage)
        {
            reading.not_before = later(now, ms);
            reading.put_off += 1;
            if reading.put_off >= UNREACHED_MAX {
                reading.more = false;
                self.stop_for_failure(stage, &Failure::RetryAfter(ms));
            }
            return;
        }
        if let Some(reading) = self.sources.get_mut(&stage) {
            reading.more = false;
        }
        match fault {
            Fault::Failed(failure) => self.stop_for_failure(stage, &failure),
            Fault::Trapped(reason) | Fault::Faulty(reason) => {
                self.stop_for(Stop::Unexpected { stage: self.stage_id(stage), reason });
            }
        }
    }

    /// Puts an entry of a source before every stage that the source leads to.
    pub(super) fn enter_from_source(&self, batch: &mut Batch, source: StageIndex, ticket: Ticket) {
        let Some(stage) = self.pipeline.stages.get(source) else { return };
        let mut ticket = Some(ticket);
        for (position, joint) in stage.joints.iter().enumerate() {
            let last = position + 1 == stage.joints.len();
            let next = if last { ticket.take() } else { ticket.clone() };
            let Some(mut next) = next else { break };
            if position > 0 {
                next.number = None;
            }
            batch.enter(joint.to, &joint.input, next);
        }
    }

    /// Takes up waiting entries. Those to be read anew are read first.
    pub(super) fn loaded(&mut self, rows: Vec<WaitingRow>, next: Option<Instant>, out: &mut Vec<Effect>) {
        self.maybe_due = rows.len() >= DUE_ENTRIES_MAX;
        self.next_due = next;
        if rows.is_empty() {
            return;
        }
        let (anew, rest): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| matches!(row.kind, WaitingKind::Reread { .. }));
        let Some(first) = anew.first() else { return self.take_up(rest, Batch::default(), out) };
        let source_id = first.item.origin.source.clone();
        let Some(source) = self.stage_named(&source_id) else { return self.take_up(rest, Batch::default(), out) };
        let (rows, others): (Vec<_>, Vec<_>) = anew.into_iter().partition(|row| row.item.origin.source == source_id);
        self.maybe_due |= !others.is_empty();
        let keys = rows.iter().map(|row| row.item.origin.key.clone()).collect();
        self.rereading = Some(Rereading::Waiting { source, rows, rest });
        out.push(Effect::Reread { source, keys });
    }

    /// Puts waiting entries before the stages at which they wait. One whose stage is no longer in the file is held.
    fn take_up(&mut self, rows: Vec<WaitingRow>, mut batch: Batch, out: &mut Vec<Effect>) {
        for row in rows {
            batch.released.push(row.number);
            match self.stage_named(&row.stage) {
                Some(stage) => {
                    let attempt = !matches!(row.kind, WaitingKind::Switch { .. });
                    let item = if attempt { row.item.again() } else { row.item };
                    batch.enter(stage, &row.input, Ticket { item, number: Some(row.number) });
                }
                None => {
                    let reason = format!("the stage `{}` at which it waited is no longer in the pipeline file", row.stage);
                    batch.released.pop();
                    batch.changes.push(Change::Park(WaitingRow { kind: WaitingKind::Held, reason, ..row }));
                }
            }
        }
        self.run_batch(batch, out);
    }

    pub(super) fn stage_named(&self, id: &str) -> Option<StageIndex> {
        self.pipeline.stages.iter().position(|stage| stage.id == id)
    }

    pub(super) fn reread(&mut self, entries: Result<Vec<Option<Entry>>, Fault>, out: &mut Vec<Effect>) {
        match (self.rereading.take(), entries) {
            (None, _) => {}
            (Some(Rereading::Waiting { source, rows, rest }), Err(fault)) => {
                let until = self.put_off(source, fault);
                let mut batch = Batch::default();
                for row in rows {
                    self.next_due = Some(self.next_due.map_or(until, |next| next.min(until)));
                    batch.park(WaitingRow { kind: WaitingKind::Reread { until }, ..row });
                }
                self.take_up(rest, batch, out);
            }
            (Some(Rereading::Sending { source, numbers }), Err(fault)) => {
                let until = self.put_off(source, fault);
                for number in numbers {
                    if let Some(open) = self.open.get_mut(&number) {
                        open.row.not_before = until;
                    }
                }
            }
            (Some(Rereading::Waiting { source, rows, rest }), Ok(entries)) => {
                let mut batch = Batch::default();
                for (row, entry) in rows.into_iter().zip(entries) {
                    let ticket = Ticket { item: row.item, number: Some(row.number) };
                    batch.released.push(row.number);
                    self.replace(&mut batch, source, ticket, entry);
                }
                self.take_up(rest, batch, out);
            }
            (Some(Rereading::Sending { source, numbers }), Ok(entries)) => {
                let mut batch = Batch::default();
                for (number, entry) in numbers.into_iter().zip(entries) {
                    self.reread_before_sending(&mut batch, source, number, entry);
                }
                self.run_batch(batch, out);
            }
        }
    }

    /// When to read anew again after it failed. A failure that will not pass stops the run.
    fn put_off(&mut self, source: StageIndex, fault: Fault) -> Instant {
        match fault {
            Fault::Failed(Failure::RetryAfter(ms)) => later(self.now, ms.max(REREAD_AGAIN_MS)),
            Fault::Failed(failure) => {
                self.stop_for_failure(source, &failure);
                later(self.now, REREAD_AGAIN_MS)
            }
            Fault::Trapped(reason) | Fault::Faulty(reason) => {
                self.stop_for(Stop::Unexpected { stage: self.stage_id(source), reason });
                later(self.now, REREAD_AGAIN_MS)
            }
        }
    }

    /// Puts what an entry is now in the place of what it was.
    pub(super) fn replace(&mut self, batch: &mut Batch, source: StageIndex, ticket: Ticket, entry: Option<Entry>) {
        match entry {
            Some(entry) => {
                let id = self.stage_id(source);
                batch.seen.push(SeenRow {
                    source: id.clone(),
                    key: entry.key.clone(),
                    revision: entry.revision.clone(),
                    label: label(&entry.payload).map(str::to_owned),
                    outcome: String::new(),
                    at: self.now,
                });
                let withdrawn = ticket.item.withdrawn;
                let item = Item { withdrawn, ..Item::new(&id, entry) };
                self.enter_from_source(batch, source, Ticket { item, number: ticket.number });
            }
            None => {
                let wait = Wait::held(
                    "it was read anew and is no longer there",
                    Some("skip it, or retry it once it is there again".to_owned()),
                );
                let stage = self.pipeline.stages.get(source).and_then(|stage| stage.joints.first());
                let (stage, input) = stage.map_or((source, String::new()), |joint| (joint.to, joint.input.clone()));
                batch.park(self.waiting(stage, &input, ticket, wait));
            }
        }
    }
}
