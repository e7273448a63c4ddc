//! Reading sources, and reading single entries anew.

use std::collections::HashSet;

use super::batch::{Batch, Ticket};
use super::{Engine, Wait, later};
use crate::contract::{Entry, Failure};
use crate::engine::effect::{Effect, Stop};
use crate::engine::event::{Fault, PulledPage};
use crate::engine::limits::{DUE_ENTRIES_MAX, UNREACHED_MAX};
use crate::pipeline::{OFF, Role, Sink, StageIndex};
use crate::record::{Item, Origin, remote_id, shown_label};
use crate::store::{Change, CursorRow, Due, SeenRow, WaitingKind, WaitingRow};
use crate::time::Instant;

/// The shortest wait before a reading anew that failed is tried again, in milliseconds.
const REREAD_AGAIN_MS: u64 = 1_000;

/// The shortest time between two polls of a source in one run, in milliseconds: what waits is served together.
const POLL_AGAIN_MS: i64 = 2_000;

/// Why an entry that was read anew is held.
pub(super) const GONE: &str = "it was read anew and is no longer there";

/// Why entries are being read anew.
#[derive(Debug)]
pub(super) enum Rereading {
    /// They wait for it.
    Waiting { source: StageIndex, rows: Vec<WaitingRow>, rest: Vec<WaitingRow> },
    /// Their writes are about to be sent, and they were read long ago.
    Sending { source: StageIndex, asked: Vec<(i64, String)> },
}

/// An entry that was read anew for a write.
pub(super) struct Asked {
    pub(super) number: i64,
    pub(super) key: String,
}

impl Engine {
    /// Asks for the next page of the first source that has one.
    pub(super) fn pull(&mut self, out: &mut Vec<Effect>) -> bool {
        let now = self.now;
        let next =
            self.sources.iter().find(|(_, reading)| reading.more && reading.not_before <= now);
        let Some((stage, reading)) = next else { return false };
        let Some(Role::Source(source)) = self.pipeline.stages.get(*stage).map(|stage| &stage.role)
        else {
            return false;
        };
        out.push(Effect::Pull {
            stage: *stage,
            after: reading.cursor.clone(),
            limit: source.page_max,
            now,
        });
        true
    }

    pub(super) fn pulled(
        &mut self,
        stage: StageIndex,
        page: Result<PulledPage, Fault>,
        out: &mut Vec<Effect>,
    ) {
        let page = match page {
            Ok(page) => page,
            Err(fault) => return self.pull_failed(stage, fault),
        };
        let id = self.stage_id(stage);
        let mut batch = Batch::default();
        self.summary.stage(&id).put_off_ms = 0;
        let mut keys: HashSet<(String, String)> = HashSet::with_capacity(page.entries.len());
        let unsent = self.unsent_origins();
        for pulled in page.entries {
            let entry = pulled.entry;
            if pulled.seen || !keys.insert((entry.key.clone(), entry.revision.clone())) {
                self.summary.stage(&id).known += 1;
                continue;
            }
            self.summary.stage(&id).read += 1;
            self.quiet_since = None;
            batch.seen.push(SeenRow {
                source: id.clone(),
                key: entry.key.clone(),
                revision: entry.revision.clone(),
                label: shown_label(&entry.payload),
                outcome: String::new(),
                at: self.now,
            });
            // What waits, or is planned and was not sent, came from an older revision: what comes now is the entry.
            batch.changes.push(Change::Supersede { source: id.clone(), key: entry.key.clone() });
            let withdrawn = unsent.contains(&entry.key) && self.overtake(&mut batch, &id, &entry);
            let item = Item { withdrawn, ..Item::new(&id, entry) };
            self.enter_from_source(&mut batch, stage, Ticket::new(item));
        }
        if let Some(reading) = self.sources.get_mut(&stage) {
            reading.cursor = Some(page.next.clone());
            reading.more = page.more;
            reading.put_off = 0;
            reading.without_news = match page.more && batch.seen.is_empty() {
                true => reading.without_news + 1,
                false => 0,
            };
            if page.complete_to.is_some() {
                let again = reading.polled_at.is_some();
                reading.is_stuck = again && page.complete_to <= reading.horizon;
                reading.polled_at = Some(self.now);
            }
            reading.horizon = reading.horizon.max(page.complete_to);
        }
        if page.complete_to.is_some() {
            self.maybe_due = true;
        }
        self.stop_if_endless(stage);
        let (cursor, complete_to) = (Some(page.next), page.complete_to);
        let origin = self.pipeline.origin(stage).unwrap_or_default();
        let row = CursorRow { source: id, origin, cursor, complete_to, at: self.now };
        let entries = batch.seen.len() as u64;
        batch.changes.push(Change::Cursor { row, entries });
        self.run_batch(batch, out);
    }

    fn pull_failed(&mut self, stage: StageIndex, fault: Fault) {
        let now = self.now;
        if let Fault::Failed(Failure::RetryAfter(ms)) = fault
            && let Some(reading) = self.sources.get_mut(&stage)
        {
            reading.not_before = later(now, ms);
            reading.put_off += 1;
            let is_given_up = reading.put_off >= UNREACHED_MAX;
            reading.more &= !is_given_up;
            let id = self.stage_id(stage);
            self.summary.stage(&id).put_off_ms = ms;
            if is_given_up {
                self.stop_for_failure(stage, &Failure::RetryAfter(ms));
            }
            return;
        }
        if let Some(reading) = self.sources.get_mut(&stage) {
            reading.more = false;
        }
        match fault {
            Fault::Failed(failure) => self.stop_for_failure(stage, &failure),
            Fault::Trapped(reason) | Fault::TooLong(reason) | Fault::Faulty(reason) => {
                self.stop_for(Stop::Unexpected {
                    stage: self.stage_id(stage),
                    reason,
                    said_by: None,
                });
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
    pub(super) fn loaded(&mut self, Due { rows, next, horizons }: Due, out: &mut Vec<Effect>) {
        self.maybe_due = rows.len() >= DUE_ENTRIES_MAX;
        self.next_due = next;
        for (sources, until) in horizons {
            for source in sources {
                self.want(&source, until);
            }
        }
        if rows.is_empty() {
            return;
        }
        let (anew, rest): (Vec<_>, Vec<_>) =
            rows.into_iter().partition(|row| matches!(row.kind, WaitingKind::Reread { .. }));
        let Some(first) = anew.first() else { return self.take_up(rest, Batch::default(), out) };
        let Some(source) = self.source_of(&first.item.origin) else {
            return self.no_source(anew, rest, out);
        };
        let (mut rows, others): (Vec<_>, Vec<_>) =
            anew.into_iter().partition(|row| self.source_of(&row.item.origin) == Some(source));
        // Those beyond stand in the store as they did.
        self.maybe_due |= !others.is_empty() || rows.len() > self.reread_max;
        rows.truncate(self.reread_max);
        let keys = rows.iter().map(|row| row.item.origin.key.clone()).collect();
        self.rereading = Some(Rereading::Waiting { source, rows, rest });
        out.push(Effect::Reread { source, keys });
    }

    /// Has a source polled again once it can be known up to an instant, which something waits for.
    fn want(&mut self, source: &str, until: Instant) {
        let Some(stage) = self.stage_named(source) else { return };
        let is_enabled = self.pipeline.stages.get(stage).is_some_and(|stage| stage.enabled);
        let now = self.now;
        let Some(reading) = self.sources.get_mut(&stage).filter(|_| is_enabled) else { return };
        if reading.more || reading.is_stuck || reading.horizon >= Some(until) {
            return;
        }
        let lag = match (reading.polled_at, reading.horizon) {
            (Some(polled_at), Some(horizon)) => polled_at.saturating_sub(horizon).max(0),
            _ => 0,
        };
        let next = reading.polled_at.map_or(now, |at| at.saturating_add(POLL_AGAIN_MS));
        reading.more = true;
        reading.not_before = until.saturating_add(lag).max(next);
    }

    /// Puts waiting entries before the stages at which they wait. One whose stage is no longer in the file is held.
    fn take_up(&mut self, rows: Vec<WaitingRow>, mut batch: Batch, out: &mut Vec<Effect>) {
        for row in rows {
            match self.stage_named(&row.stage).filter(|stage| self.takes_entries(*stage)) {
                Some(stage) if self.asks_when_on(stage, &row) => {
                    self.hold_gathered(&mut batch, row)
                }
                Some(stage) => {
                    batch.released.push(row.number);
                    batch.enter(stage, &row.input, Ticket::waited(row.item, row.number));
                }
                None => {
                    let reason = format!(
                        "the stage `{}` at which it waited is no longer in the pipeline file",
                        row.stage
                    );
                    self.hold_again(&mut batch, row, reason);
                }
            }
        }
        self.run_batch(batch, out);
    }

    /// Whether a person is to say what becomes of an entry that gathered while its way was off.
    fn asks_when_on(&self, stage: StageIndex, row: &WaitingRow) -> bool {
        let gathered = matches!(row.kind, WaitingKind::Switch { .. });
        let role = self.pipeline.stages.get(stage).map(|stage| &stage.role);
        gathered
            && !self.diverts(stage)
            && matches!(role, Some(Role::Sink(Sink { ask_when_on: true, .. })))
    }

    fn hold_gathered(&mut self, batch: &mut Batch, row: WaitingRow) {
        let hint = format!(
            "`penstock held retry --all --stage {}` makes it now; `penstock links FILE --new-levels` drops what gathered of \
             linked counters and takes their levels anew",
            row.stage
        );
        let gate = match &row.kind {
            WaitingKind::Switch { name } => self.stage_named(
                name.strip_suffix(OFF).and_then(|gate| gate.strip_suffix('.')).unwrap_or(name),
            ),
            _ => None,
        };
        let way = gate.map_or_else(|| "its way".to_owned(), |gate| self.way(gate));
        let reason = format!("it gathered while {way} was off");
        let ticket = Ticket::waited(row.item, row.number);
        let row = self.waiting_at(row.stage, &row.input, ticket, Wait::held(reason, Some(hint)));
        batch.park(row);
    }

    /// Entries that were to be read anew, and have no source any more.
    fn no_source(&mut self, rows: Vec<WaitingRow>, rest: Vec<WaitingRow>, out: &mut Vec<Effect>) {
        let mut batch = Batch::default();
        let (gone, others): (Vec<_>, Vec<_>) =
            rows.into_iter().partition(|row| self.source_of(&row.item.origin).is_none());
        self.maybe_due |= !others.is_empty();
        for row in gone {
            let reason = format!(
                "the source `{}` that it came from is no longer in the pipeline file",
                row.item.origin.source
            );
            self.hold_again(&mut batch, row, reason);
        }
        self.take_up(rest, batch, out);
    }

    /// A waiting entry waits for a person from now on, where it stands.
    fn hold_again(&mut self, batch: &mut Batch, row: WaitingRow, reason: String) {
        let ticket = Ticket::waited(row.item, row.number);
        let wait = Wait::held(reason, Some("retry it once that is mended, or skip it".to_owned()));
        let row = self.waiting_at(row.stage, &row.input, ticket, wait);
        batch.park(row);
    }

    pub(super) fn stage_named(&self, id: &str) -> Option<StageIndex> {
        self.pipeline.stages.iter().position(|stage| stage.id == id)
    }

    fn takes_entries(&self, stage: StageIndex) -> bool {
        let role = self.pipeline.stages.get(stage).map(|stage| &stage.role);
        matches!(role, Some(Role::Transform(_) | Role::Sink(_)))
    }

    /// The source that an entry came from; where that is no longer in the file, one that reads the same collection.
    pub(super) fn source_of(&self, origin: &Origin) -> Option<StageIndex> {
        let reads =
            |index: &StageIndex| match self.pipeline.stages.get(*index).map(|stage| &stage.role) {
                Some(Role::Source(source)) => {
                    let account = self.pipeline.account(source.connection);
                    remote_id(&origin.key, account, &source.collection).is_some()
                }
                _ => false,
            };
        let named = self.stage_named(&origin.source).filter(reads);
        named.or_else(|| (0..self.pipeline.stages.len()).find(reads))
    }

    pub(super) fn reread(
        &mut self,
        entries: Result<Vec<Option<Entry>>, Fault>,
        out: &mut Vec<Effect>,
    ) {
        let Some(rereading) = self.rereading.take() else { return };
        let entries = match entries {
            Ok(entries) => entries,
            Err(fault) => return self.reread_failed(rereading, fault, out),
        };
        self.unreached = 0;
        self.reread_max = self.reread_max.saturating_mul(2).min(DUE_ENTRIES_MAX);
        let mut batch = Batch::default();
        match rereading {
            Rereading::Waiting { source, rows, mut rest } => {
                let mut replaced: HashSet<String> = HashSet::with_capacity(rows.len());
                for (row, entry) in rows.into_iter().zip(entries) {
                    batch.released.push(row.number);
                    match entry {
                        Some(entry) if replaced.insert(entry.key.clone()) => {
                            let ticket = Ticket::waited(row.item, row.number);
                            self.replace(&mut batch, source, ticket, entry);
                        }
                        // It stands for every row of its key.
                        Some(_) => {}
                        None => self.hold_again(&mut batch, row, GONE.to_owned()),
                    }
                }
                // What else waits of these entries came from what they were.
                let (older, others): (Vec<_>, Vec<_>) =
                    rest.drain(..).partition(|row| replaced.contains(&row.item.origin.key));
                batch.released.extend(older.iter().map(|row| row.number));
                self.take_up(others, batch, out);
            }
            Rereading::Sending { source, asked } => {
                for ((number, key), entry) in asked.into_iter().zip(entries) {
                    self.reread_before_sending(&mut batch, source, Asked { number, key }, entry);
                }
                self.run_batch(batch, out);
            }
        }
    }

    /// A source that cannot read one of several entries is asked for fewer, until the one is found: a person sees it,
    /// and the others go on.
    fn reread_failed(&mut self, rereading: Rereading, fault: Fault, out: &mut Vec<Effect>) {
        let poisoned = match &fault {
            Fault::Trapped(reason)
            | Fault::TooLong(reason)
            | Fault::Faulty(reason)
            | Fault::Failed(Failure::Unexpected(reason)) => Some(reason.clone()),
            Fault::Failed(_) => None,
        };
        let (source, count) = match &rereading {
            Rereading::Waiting { source, rows, .. } => (*source, rows.len()),
            Rereading::Sending { source, asked } => (*source, asked.len()),
        };
        if poisoned.is_some() {
            self.reread_max = (count / 2).max(1);
        }
        let until = match fault {
            Fault::Failed(failure) if poisoned.is_none() => self.put_off(source, &failure),
            _ => self.now,
        };
        let mut batch = Batch::default();
        match rereading {
            Rereading::Waiting { rows, rest, .. } => {
                for row in rows {
                    match &poisoned {
                        Some(reason) if count == 1 => self.hold_again(
                            &mut batch,
                            row,
                            format!("it cannot be read anew: {reason}"),
                        ),
                        // It stands in the store as it did.
                        Some(_) => {}
                        None => {
                            self.next_due =
                                Some(self.next_due.map_or(until, |next| next.min(until)));
                            batch.park(WaitingRow { kind: WaitingKind::Reread { until }, ..row });
                        }
                    }
                }
                self.take_up(rest, batch, out);
            }
            Rereading::Sending { asked, .. } => {
                for (number, _) in asked {
                    match &poisoned {
                        Some(reason) if count == 1 => {
                            self.hold_unsent(number, &format!("it cannot be read anew: {reason}"))
                        }
                        Some(_) => {}
                        None => self.send_not_before(number, until),
                    }
                }
            }
        }
    }

    /// When to read anew again after the account put it off. A failure that will not pass stops the run.
    fn put_off(&mut self, source: StageIndex, failure: &Failure) -> Instant {
        let Failure::RetryAfter(ms) = failure else {
            self.stop_for_failure(source, failure);
            return later(self.now, REREAD_AGAIN_MS);
        };
        self.unreached += 1;
        if self.unreached >= UNREACHED_MAX {
            self.stop_for_failure(source, failure);
        }
        later(self.now, (*ms).max(REREAD_AGAIN_MS))
    }

    /// Puts what an entry is now in the place of what it was.
    pub(super) fn replace(
        &mut self,
        batch: &mut Batch,
        source: StageIndex,
        ticket: Ticket,
        entry: Entry,
    ) {
        let id = self.stage_id(source);
        batch.seen.push(SeenRow {
            source: id.clone(),
            key: entry.key.clone(),
            revision: entry.revision.clone(),
            label: shown_label(&entry.payload),
            outcome: String::new(),
            at: self.now,
        });
        // It was read by this source, or by one that is no longer in the file.
        for source in [&id, &ticket.item.origin.source] {
            batch
                .changes
                .push(Change::Supersede { source: source.clone(), key: entry.key.clone() });
        }
        let withdrawn = self.overtake(batch, &id, &entry) || ticket.item.withdrawn;
        let item = Item { withdrawn, attempt: ticket.item.attempt, ..Item::new(&id, entry) };
        self.enter_from_source(
            batch,
            source,
            Ticket { item: Box::new(item), number: ticket.number },
        );
    }
}
