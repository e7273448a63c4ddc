//! A write until it is sent: taken up from an earlier run, planned, overtaken by a newer entry, looked at once more.

use std::collections::HashSet;
use std::sync::Arc;

use super::batch::{Batch, Ticket};
use super::source::Rereading;
use super::source::{Asked, GONE};
use super::{Engine, Mode, Wait, again_at, later};
use crate::contract::Entry;
use crate::engine::effect::{Effect, Stop};
use crate::engine::limits::SEND_MS_MAX;
use crate::pipeline::{Role, StageIndex};
use crate::record::{Item, account_of};
use crate::store::{Change, IntakeResult, WaitingKind, WaitingRow, WriteRow, WriteStatus};
use crate::time::Instant;

/// A write that is not concluded, in memory.
#[derive(Debug)]
pub(super) struct OpenWrite {
    pub(super) row: WriteRow,
    /// Something that was asked of the drivers for this write is not answered yet.
    pub(super) busy: bool,
    /// When its last request left.
    pub(super) left_at: Instant,
    /// Its keys and the counters it moves: two writes that share one are never on their way together.
    owners: Vec<String>,
}

impl OpenWrite {
    fn new(row: WriteRow) -> Self {
        let keys = row.intakes.iter().filter_map(|intake| intake.items.first());
        // The same entry may be written at two destinations side by side.
        let keys = keys.map(|item| format!("{} {}", row.destination, item.entry.key));
        let account = account_of(&row.destination);
        let counters =
            row.write.movements.iter().map(|movement| format!("{account} {}", movement.owner));
        let owners = keys.chain(counters).collect();
        Self { row, busy: false, left_at: Instant::MIN, owners }
    }

    /// Whether it stands in the journal and surely has no effect: it never left, or it was not taken.
    fn is_unsent(&self) -> bool {
        !self.busy && self.row.status == WriteStatus::Planned
    }

    /// When it can go on, if it waits for that alone.
    pub(super) fn waits_until(&self) -> Option<Instant> {
        (!self.busy).then_some(self.row.not_before)
    }
}

impl Engine {
    /// Takes up a write of an earlier run. One that surely has no effect is planned anew, for what it was planned from may
    /// be long gone, or the store may be an older copy of itself. One that may have is probed before anything else.
    pub(super) fn recover(&mut self, mut row: WriteRow) {
        if row.status == WriteStatus::Planned {
            let reason = match row.sent_at {
                None => "the run that planned it ended before it was sent",
                Some(_) => "the run that planned it ended before it was sent again",
            };
            return self.withdraw_row(&row, reason);
        }
        if row.status != WriteStatus::Unknown {
            let probe_at = self.probe_at(&row);
            let reason = "the run that sent it ended before the answer came".to_owned();
            row.status = WriteStatus::Unknown;
            row.not_before = probe_at;
            self.pending.push(Change::Doubted {
                number: row.number,
                probe_at,
                memo: None,
                probed: false,
                reason,
            });
        }
        self.open.insert(row.number, OpenWrite::new(row));
    }

    /// When a write that may have taken effect can be probed: the remote's reads may lag behind its writes.
    pub(super) fn probe_at(&self, row: &WriteRow) -> Instant {
        later(row.sent_at.unwrap_or(self.now).max(self.now), row.write.settle_ms)
    }

    /// A write enters the journal. In a plan it is shown, and counts as applied under its token.
    pub(super) fn plan_write(&mut self, row: WriteRow) {
        self.pending.push(Change::Plan(Box::new(row.clone())));
        match self.options.mode {
            Mode::Run => {
                self.open.insert(row.number, OpenWrite::new(row));
            }
            Mode::Plan => self.show(row),
        }
    }

    fn show(&mut self, row: WriteRow) {
        let results = row
            .intakes
            .iter()
            .map(|intake| IntakeResult::Applied { id: intake.token.clone(), version: None });
        self.pending.push(Change::Concluded {
            number: row.number,
            results: results.collect(),
            at: self.now,
        });
        if let Some(stage) = self.stage_named(&row.stage) {
            self.after_commit.push(Effect::Show { write: Box::new(row), stage });
        }
    }

    /// A plan shows a write of an earlier run that would be sent again.
    pub(super) fn show_again(&mut self, number: i64) {
        if let Some(open) = self.open.remove(&number) {
            self.show(open.row);
            self.maybe_due = true;
        }
    }

    /// Sends what may be sent now, and probes what is to be probed.
    pub(super) fn start_writes(&mut self, out: &mut Vec<Effect>) {
        let free = self.window.free();
        if free == 0 || self.rereading.is_some() {
            return;
        }
        let mut taken: HashSet<&str> = HashSet::new();
        for open in
            self.open.values().filter(|open| open.busy && open.row.status == WriteStatus::Sent)
        {
            taken.extend(open.owners.iter().map(String::as_str));
        }
        let mut ready = Vec::new();
        for (number, open) in &self.open {
            if ready.len() >= free {
                break;
            }
            if open.busy {
                continue;
            }
            let is_first = open.owners.iter().all(|owner| !taken.contains(owner.as_str()));
            if open.row.status == WriteStatus::Planned {
                // What comes after it for the same owner waits for it, so that order is kept.
                taken.extend(open.owners.iter().map(String::as_str));
            }
            if open.row.not_before <= self.now
                && (is_first || open.row.status == WriteStatus::Unknown)
            {
                ready.push(*number);
            }
        }
        let mut stale: Vec<(StageIndex, i64, String)> = Vec::new();
        for number in ready {
            let Some(status) = self.open.get(&number).map(|open| open.row.status) else { continue };
            match status {
                WriteStatus::Unknown => self.probe(number, out),
                _ if self.options.mode == Mode::Plan => {}
                _ => stale.extend(self.send(number)),
            }
        }
        if let Some((source, ..)) = stale.first() {
            let source = *source;
            let asked = stale
                .into_iter()
                .filter(|(of, ..)| *of == source)
                .map(|(_, number, key)| (number, key));
            let asked: Vec<(i64, String)> = asked.take(self.reread_max).collect();
            let keys = asked.iter().map(|(_, key)| key.clone()).collect();
            self.rereading = Some(Rereading::Sending { source, asked });
            out.push(Effect::Reread { source, keys });
        }
    }

    fn probe(&mut self, number: i64, out: &mut Vec<Effect>) {
        let Some(stage) = self.stage_of(number) else { return };
        let Some(open) = self.open.get_mut(&number) else { return };
        if open.row.write.probe.is_none() {
            let reason = open.row.reason.clone().unwrap_or_else(|| "no answer came".to_owned());
            return self.hold_write(
                number,
                &format!("{reason}; there is nothing by which to see whether it took effect"),
            );
        }
        open.busy = true;
        open.left_at = self.now;
        self.window.left();
        out.push(Effect::Probe { write: Box::new(open.row.clone()), stage });
    }

    /// The last look before a write leaves. Answers what is to be read anew first.
    fn send(&mut self, number: i64) -> Option<(StageIndex, i64, String)> {
        let stage = self.stage_of(number)?;
        if self.leased_until.saturating_sub(self.now) < SEND_MS_MAX {
            return None;
        }
        if self.withdrawn_before_sending(number, stage) {
            return None;
        }
        if let Some(stale) = self.stale(number, stage) {
            return Some(stale);
        }
        if let Some(reason) = self.not_planned(number) {
            self.stop_for(Stop::PlanDiffers { reason });
            return None;
        }
        let now = self.now;
        let open = self.open.get_mut(&number)?;
        open.busy = true;
        open.row.status = WriteStatus::Sent;
        open.row.sent_at = Some(now);
        open.row.sends += 1;
        open.left_at = now;
        self.window.left();
        let row = Box::new(open.row.clone());
        self.summary.stage(&row.stage).sent += 1;
        self.pending.push(Change::Sent { number, at: now });
        self.after_commit.push(Effect::Send { write: row, stage });
        None
    }

    pub(super) fn stage_of(&mut self, number: i64) -> Option<StageIndex> {
        let row = &self.open.get(&number)?.row;
        let (id, was_sent) = (row.stage.clone(), row.sent_at.is_some());
        let stage = self.sink_for(row);
        if stage.is_none() {
            let reason = format!("its sink `{id}` is no longer in the pipeline file");
            if was_sent { self.hold_write(number, &reason) } else { self.withdraw(number, &reason) }
        }
        stage
    }

    /// The sink that a write belongs to. One that has another name now is known by its destination.
    fn sink_for(&self, row: &WriteRow) -> Option<StageIndex> {
        let writes_there =
            |index: &StageIndex| match self.pipeline.stages.get(*index).map(|stage| &stage.role) {
                Some(Role::Sink(sink)) => self.destination_of(sink) == row.destination,
                _ => false,
            };
        let named = self.stage_named(&row.stage).filter(writes_there);
        named.or_else(|| (0..self.pipeline.stages.len()).find(writes_there))
    }

    /// A write that surely has no effect yet goes back when a stage that it came through is off, or, if it was never
    /// sent, when its time is over.
    fn withdrawn_before_sending(&mut self, number: i64, stage: StageIndex) -> bool {
        let Some(open) = self.open.get(&number) else { return false };
        let items = open.row.intakes.iter().flat_map(|intake| &intake.items);
        let off = Some(stage)
            .filter(|stage| !self.is_on(*stage))
            .or_else(|| items.clone().find_map(|item| self.off_behind(item)));
        let attempt = items.map(|item| item.attempt).max().unwrap_or(0);
        let is_late = open.row.sends == 0
            && open.row.write.send_before.is_some_and(|before| self.now >= before);
        if let Some(off) = off {
            self.withdraw_to(number, |engine, item| (item, engine.until_on(off)));
        } else if is_late {
            let until = again_at(self.now, 0, attempt);
            let wait = move || {
                Wait::new(WaitingKind::Due { until }, "it was to be sent earlier or not at all")
            };
            self.withdraw_to(number, |_, mut item| {
                item.come_again();
                (item, wait())
            });
        }
        off.is_some() || is_late
    }

    /// The source and the key of an entry that was read too long ago to be written without another look.
    fn stale(&self, number: i64, stage: StageIndex) -> Option<(StageIndex, i64, String)> {
        let Some(Role::Sink(sink)) = self.pipeline.stages.get(stage).map(|stage| &stage.role)
        else {
            return None;
        };
        let fresh = i64::try_from(sink.fresh_ms?).unwrap_or(i64::MAX);
        let row = &self.open.get(&number)?.row;
        let items = row.intakes.iter().filter_map(|intake| intake.items.first());
        let (source, item) = items
            .filter(|item| self.now.saturating_sub(item.origin.read_at) > fresh)
            .find_map(|item| Some((self.source_of(&item.origin)?, item)))?;
        Some((source, number, item.origin.key.clone()))
    }

    pub(super) fn reread_before_sending(
        &mut self,
        batch: &mut Batch,
        source: StageIndex,
        asked: Asked,
        entry: Option<Entry>,
    ) {
        let now = self.now;
        let Asked { number, key } = asked;
        // Another write of the same entry may have taken this one with it.
        let Some(open) = self.open.get_mut(&number) else { return };
        let intakes = Arc::make_mut(&mut open.row.intakes).iter_mut();
        let items =
            intakes.flat_map(|intake| &mut intake.items).filter(|item| item.origin.key == key);
        let mut changed = None;
        for item in items {
            match &entry {
                Some(entry) if entry.revision == item.origin.revision => item.origin.read_at = now,
                _ => changed = Some(item.clone()),
            }
        }
        match (changed, entry) {
            (None, _) => {}
            (Some(item), Some(entry)) => self.replace(batch, source, Ticket::new(item), entry),
            (Some(_), None) => self.hold_unsent(number, GONE),
        }
    }

    /// How many writes are planned and have not left, whatever they wait for.
    pub(super) fn waits_to_leave(&self) -> usize {
        self.open.values().filter(|open| open.row.status == WriteStatus::Planned).count()
    }

    /// Keys of the sources' entries that writes were planned from which were never sent.
    pub(super) fn unsent_origins(&self) -> HashSet<String> {
        let unsent = self.open.values().filter(|open| open.is_unsent());
        let items =
            unsent.flat_map(|open| open.row.intakes.iter()).flat_map(|intake| &intake.items);
        items.map(|item| item.origin.key.clone()).collect()
    }

    /// Takes writes out of the journal that were planned from an older revision of an entry and were never sent. What
    /// else they serve comes to its sink again. Answers whether there was one.
    pub(super) fn overtake(&mut self, batch: &mut Batch, source: &str, entry: &Entry) -> bool {
        let is_gone = |source: &str| self.stage_named(source).is_none();
        let is_older = |item: &Item| {
            let is_of_source = item.origin.source == source || is_gone(&item.origin.source);
            is_of_source && item.origin.key == entry.key && item.origin.revision != entry.revision
        };
        let planned_from = |open: &OpenWrite| {
            open.row.intakes.iter().flat_map(|intake| &intake.items).any(is_older)
        };
        let overtaken = self.open.values().filter(|open| open.is_unsent() && planned_from(open));
        let rows: Vec<(WriteRow, Vec<Item>)> = overtaken
            .map(|open| {
                let items = open.row.intakes.iter().flat_map(|intake| intake.items.iter().rev());
                (open.row.clone(), items.filter(|item| !is_older(item)).cloned().collect())
            })
            .collect();
        for (row, others) in &rows {
            self.open.remove(&row.number);
            let reason = "its entry has changed since it was planned";
            batch.withdrawn.insert(row.number);
            batch.changes.push(Change::Withdrawn { number: row.number, reason: reason.to_owned() });
            for item in others {
                let wait = Wait::new(WaitingKind::Due { until: self.now }, reason);
                let parked = self.waiting_item(row, item.clone(), wait);
                batch.park(parked);
            }
        }
        !rows.is_empty()
    }

    /// A write that was never sent goes out of the journal, and a person sees to its entries.
    pub(super) fn hold_unsent(&mut self, number: i64, reason: &str) {
        let hint = "retry it once that is mended, or skip it";
        self.withdraw_to(number, |_, item| (item, Wait::held(reason, Some(hint.to_owned()))));
    }

    pub(super) fn send_not_before(&mut self, number: i64, until: Instant) {
        if let Some(open) = self.open.get_mut(&number) {
            open.row.not_before = until;
        }
    }

    /// Why a write is none of those that the plan showed.
    fn not_planned(&self, number: i64) -> Option<String> {
        let only = self.options.only.as_ref()?;
        let row = &self.open.get(&number)?.row;
        let key = row.intakes.first()?.items.first()?.entry.key.clone();
        match only.get(&(row.destination.clone(), key)) {
            None => Some(format!("`{}` was not in the plan", row.write.summary)),
            Some(digest) if *digest != crate::engine::plan_digest(row) => {
                Some(format!("`{}` is no longer what the plan showed", row.write.summary))
            }
            Some(_) => None,
        }
    }

    /// A write that was never sent goes out of the journal, and its entries come to their sink again.
    fn withdraw(&mut self, number: i64, reason: &str) {
        if let Some(open) = self.open.remove(&number) {
            self.withdraw_row(&open.row, reason);
        }
    }

    fn withdraw_row(&mut self, row: &WriteRow, reason: &str) {
        let until = self.now;
        self.take_back(row, reason, |_, item| {
            (item, Wait::new(WaitingKind::Due { until }, reason))
        });
    }

    /// A write that was never sent goes out of the journal, and its entries wait as `wait` says.
    pub(super) fn withdraw_to(&mut self, number: i64, wait: impl Fn(&Self, Item) -> (Item, Wait)) {
        if let Some(open) = self.open.remove(&number) {
            let item = open.row.intakes.iter().flat_map(|intake| &intake.items).next().cloned();
            let reason = item.map_or_else(String::new, |item| wait(self, item).1.reason);
            self.take_back(&open.row, &reason, wait);
        }
    }

    fn take_back(
        &mut self,
        row: &WriteRow,
        reason: &str,
        wait: impl Fn(&Self, Item) -> (Item, Wait),
    ) {
        self.pending.push(Change::Withdrawn { number: row.number, reason: reason.to_owned() });
        for item in row.intakes.iter().flat_map(|intake| intake.items.iter().rev()) {
            let (item, wait) = wait(self, item.clone());
            let parked = self.waiting_item(row, item, wait);
            self.pending.push(Change::Park(parked));
        }
        self.maybe_due = true;
    }

    /// An entry of a write, put before its sink to wait there.
    pub(super) fn waiting_item(&mut self, row: &WriteRow, item: Item, wait: Wait) -> WaitingRow {
        let stage =
            self.sink_for(row).map_or_else(|| row.stage.clone(), |stage| self.stage_id(stage));
        self.waiting_at(stage, "", Ticket::new(item), wait)
    }
}
