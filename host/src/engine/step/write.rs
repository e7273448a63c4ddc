//! The life of a write: planned, sent once, concluded, or unknown until it is settled.

use std::collections::HashSet;

use super::batch::{Batch, Ticket};
use super::source::Rereading;
use super::{Engine, Mode, Wait, later, room};
use crate::contract::{Action, Conclusion, Doubt, Entry, Failure, Response, Settled, Step};
use crate::engine::effect::{Effect, Stop};
use crate::engine::event::{Answer, Fault};
use crate::engine::limits::{
    PROBE_BACKOFF_MS, PROBE_BACKOFF_MS_MAX, PROBES_MAX, SEND_MS_MAX, SENDS_MAX, UNREACHED_MAX,
};
use crate::pipeline::{Role, StageIndex};
use crate::record::Item;
use crate::store::{Change, IntakeResult, WaitingKind, WaitingRow, WriteRow, WriteStatus};
use crate::time::Instant;

/// A write that is not concluded, in memory.
#[derive(Debug)]
pub(super) struct OpenWrite {
    pub(super) row: WriteRow,
    /// Something that was asked of the drivers for this write is not answered yet.
    busy: bool,
    /// Its keys and the counters it moves: two writes that share one are never on their way together.
    owners: Vec<String>,
}

impl OpenWrite {
    fn new(row: WriteRow) -> Self {
        let keys = row.intakes.iter().filter_map(|intake| intake.items.first()).map(|item| item.entry.key.clone());
        let counters = row.write.movements.iter().map(|movement| movement.owner.clone());
        let owners = keys.chain(counters).collect();
        Self { row, busy: false, owners }
    }

    /// When it can go on, if it waits for that alone.
    pub(super) fn waits_until(&self) -> Option<Instant> {
        (!self.busy).then_some(self.row.not_before)
    }
}

impl Engine {
    /// Takes up a write of an earlier run. One that was never sent is planned anew, for what it was planned from may
    /// be long gone, or the store may be an older copy of itself. One that was sent is probed before anything else.
    pub(super) fn recover(&mut self, mut row: WriteRow) {
        if row.sent_at.is_none() && row.status == WriteStatus::Planned {
            return self.withdraw_row(&row, "the run that planned it ended before it was sent");
        }
        if row.status != WriteStatus::Unknown {
            let probe_at = self.probe_at(&row);
            let reason = "the run that sent it ended before the answer came".to_owned();
            row.status = WriteStatus::Unknown;
            row.not_before = probe_at;
            self.pending.push(Change::Doubted { number: row.number, probe_at, memo: None, probed: false, reason });
        }
        self.open.insert(row.number, OpenWrite::new(row));
    }

    /// When a write that may have taken effect can be probed: the remote's reads may lag behind its writes.
    fn probe_at(&self, row: &WriteRow) -> Instant {
        later(row.sent_at.unwrap_or(self.now).max(self.now), row.write.settle_ms)
    }

    /// A write enters the journal. In a plan it is shown, and counts as applied under its token.
    pub(super) fn plan_write(&mut self, row: WriteRow) {
        self.pending.push(Change::Plan(Box::new(row.clone())));
        match self.options.mode {
            Mode::Run => {
                self.open.insert(row.number, OpenWrite::new(row));
            }
            Mode::Plan => {
                let results = row.intakes.iter().map(|intake| IntakeResult::Applied { id: intake.token.clone(), version: None });
                self.pending.push(Change::Concluded { number: row.number, results: results.collect(), at: self.now });
                self.after_commit.push(Effect::Show(Box::new(row)));
            }
        }
    }

    /// Sends what may be sent now, and probes what is to be probed.
    pub(super) fn start_writes(&mut self, out: &mut Vec<Effect>) {
        if self.options.mode == Mode::Plan || room(self.in_flight) == 0 || self.rereading.is_some() {
            return;
        }
        let mut taken: HashSet<String> = HashSet::new();
        for open in self.open.values().filter(|open| open.busy && open.row.status == WriteStatus::Sent) {
            taken.extend(open.owners.iter().cloned());
        }
        let mut ready = Vec::new();
        for (number, open) in &self.open {
            if ready.len() >= room(self.in_flight) {
                break;
            }
            if open.busy {
                continue;
            }
            let free = open.owners.iter().all(|owner| !taken.contains(owner));
            if open.row.status == WriteStatus::Planned {
                // What comes after it for the same owner waits for it, so that order is kept.
                taken.extend(open.owners.iter().cloned());
            }
            if open.row.not_before <= self.now && (free || open.row.status == WriteStatus::Unknown) {
                ready.push(*number);
            }
        }
        let mut stale: Vec<(StageIndex, i64, String)> = Vec::new();
        for number in ready {
            let Some(status) = self.open.get(&number).map(|open| open.row.status) else { continue };
            match status {
                WriteStatus::Unknown => self.probe(number, out),
                _ => stale.extend(self.send(number)),
            }
        }
        if let Some((source, ..)) = stale.first() {
            let source = *source;
            let (numbers, keys) = stale.into_iter().filter(|(of, ..)| *of == source).map(|(_, number, key)| (number, key)).unzip();
            self.rereading = Some(Rereading::Sending { source, numbers });
            out.push(Effect::Reread { source, keys });
        }
    }

    fn probe(&mut self, number: i64, out: &mut Vec<Effect>) {
        let Some(stage) = self.stage_of(number) else { return };
        let Some(open) = self.open.get_mut(&number) else { return };
        if open.row.write.probe.is_none() {
            let reason = open.row.reason.clone().unwrap_or_else(|| "no answer came".to_owned());
            return self.hold_write(number, &format!("{reason}; there is nothing by which to see whether it took effect"));
        }
        open.busy = true;
        self.in_flight += 1;
        out.push(Effect::Probe { write: Box::new(open.row.clone()), stage });
    }

    /// The last look before a write leaves for the first time. Answers what is to be read anew first.
    fn send(&mut self, number: i64) -> Option<(StageIndex, i64, String)> {
        let stage = self.stage_of(number)?;
        if self.leased_until.saturating_sub(self.now) < SEND_MS_MAX {
            return None;
        }
        let first_time = self.open.get(&number).is_some_and(|open| open.row.sends == 0);
        if first_time {
            if let Some(reason) = self.reason_to_withdraw(number, stage) {
                self.withdraw(number, &reason);
                return None;
            }
            if let Some(stale) = self.stale(number, stage) {
                return Some(stale);
            }
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
        self.in_flight += 1;
        let row = Box::new(open.row.clone());
        self.summary.stage(&row.stage).sent += 1;
        self.pending.push(Change::Sent { number, at: now });
        self.after_commit.push(Effect::Send { write: row, stage });
        None
    }

    fn stage_of(&mut self, number: i64) -> Option<StageIndex> {
        let id = self.open.get(&number)?.row.stage.clone();
        let stage = self.stage_named(&id);
        if stage.is_none() {
            self.withdraw(number, &format!("its sink `{id}` is no longer in the pipeline file"));
        }
        stage
    }

    fn reason_to_withdraw(&self, number: i64, stage: StageIndex) -> Option<String> {
        let open = self.open.get(&number)?;
        if open.row.write.send_before.is_some_and(|before| self.now >= before) {
            return Some("it was to be sent earlier or not at all".to_owned());
        }
        let items = open.row.intakes.iter().flat_map(|intake| &intake.items);
        let mut via = items.flat_map(|item| &item.via).filter_map(|id| self.stage_named(id));
        let off = std::iter::once(stage).chain(via.by_ref()).find(|stage| !self.is_on(*stage))?;
        Some(format!("`{}` is off", self.stage_id(off)))
    }

    /// The source and the key of an entry that was read too long ago to be written without another look.
    fn stale(&self, number: i64, stage: StageIndex) -> Option<(StageIndex, i64, String)> {
        let Some(Role::Sink(sink)) = self.pipeline.stages.get(stage).map(|stage| &stage.role) else { return None };
        let fresh = i64::try_from(sink.fresh_ms?).unwrap_or(i64::MAX);
        let open = self.open.get(&number)?;
        let item = open.row.intakes.first()?.items.first()?;
        if self.now.saturating_sub(item.origin.read_at) <= fresh {
            return None;
        }
        Some((self.stage_named(&item.origin.source)?, number, item.origin.key.clone()))
    }

    pub(super) fn reread_before_sending(&mut self, batch: &mut Batch, source: StageIndex, number: i64, entry: Option<Entry>) {
        let now = self.now;
        let Some(open) = self.open.get_mut(&number) else { return };
        let Some(item) = open.row.intakes.first_mut().and_then(|intake| intake.items.first_mut()) else { return };
        if entry.as_ref().is_some_and(|entry| entry.revision == item.origin.revision) {
            item.origin.read_at = now;
            return;
        }
        let item = Item { withdrawn: true, ..item.clone() };
        self.open.remove(&number);
        self.pending.push(Change::Withdrawn { number, reason: "its entry has changed since it was planned".to_owned() });
        self.replace(batch, source, Ticket::new(item), entry);
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
        self.pending.push(Change::Withdrawn { number: row.number, reason: reason.to_owned() });
        for item in row.intakes.iter().flat_map(|intake| intake.items.iter().rev()) {
            let parked = self.waiting_item(row, item.clone(), Wait::new(WaitingKind::Due { until: self.now }, reason));
            self.pending.push(Change::Park(parked));
        }
        self.maybe_due = true;
    }

    /// An entry of a write, put before its sink to wait there.
    fn waiting_item(&mut self, row: &WriteRow, item: Item, wait: Wait) -> WaitingRow {
        match self.stage_named(&row.stage) {
            Some(stage) => self.waiting(stage, "", Ticket::new(item), wait),
            None => {
                let mut waiting = self.waiting(usize::MAX, "", Ticket::new(item), wait);
                waiting.stage.clone_from(&row.stage);
                waiting
            }
        }
    }

    pub(super) fn answered(&mut self, number: i64, answer: Answer, out: &mut Vec<Effect>) {
        let Some(stage) = self.landed(number) else { return };
        let now = self.now;
        let Some(open) = self.open.get_mut(&number) else { return };
        let connection = open.row.destination.clone();
        match answer {
            Answer::Answered(response) => {
                self.unreached = 0;
                open.busy = true;
                out.push(Effect::Conclude { write: Box::new(open.row.clone()), stage, response });
            }
            Answer::NotTaken { reason, retry_after_ms, reached } => {
                self.unreached = if reached { 0 } else { self.unreached + 1 };
                self.replan(number, later(now, retry_after_ms), false, &reason);
                if self.unreached >= UNREACHED_MAX {
                    self.stop_for(Stop::Surroundings { connection: self.connection_name(stage), reason });
                }
            }
            Answer::Unauthorized { reason } => {
                self.replan(number, now, false, &reason);
                self.stop_for(Stop::Surroundings { connection: self.connection_name(stage), reason });
            }
            Answer::Refused { reason } => {
                let row = open.row.clone();
                self.open.remove(&number);
                let reason = format!("the host refused to send it to {connection}: {reason}");
                self.pending.push(Change::Withdrawn { number, reason: reason.clone() });
                for item in row.intakes.iter().flat_map(|intake| &intake.items) {
                    let parked = self.waiting_item(&row, item.clone(), Wait::held(reason.clone(), None));
                    self.pending.push(Change::Park(parked));
                }
            }
            Answer::Unknown { reason } => {
                self.unreached = 0;
                let probe_at = self.open.get(&number).map_or(now, |open| self.probe_at(&open.row));
                self.doubt(number, probe_at, None, Probed::No, reason);
            }
        }
    }

    /// What was on its way for a write is back.
    fn landed(&mut self, number: i64) -> Option<StageIndex> {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.open.get_mut(&number)?.busy = false;
        self.stage_of(number)
    }

    pub(super) fn probed(&mut self, number: i64, response: Result<Response, Failure>, out: &mut Vec<Effect>) {
        let Some(stage) = self.landed(number) else { return };
        match response {
            Ok(response) => {
                let Some(open) = self.open.get_mut(&number) else { return };
                open.busy = true;
                out.push(Effect::Settle { write: Box::new(open.row.clone()), stage, response });
            }
            Err(Failure::RetryAfter(ms)) => {
                let probe_at = later(self.now, ms);
                self.doubt(number, probe_at, None, Probed::No, "its probe was put off".to_owned());
            }
            Err(Failure::Unexpected(reason)) => {
                let probe_at = self.now.saturating_add(self.backoff(number));
                self.doubt(number, probe_at, None, Probed::Yes, format!("its probe could not be read: {reason}"));
            }
            Err(failure) => {
                let probe_at = self.now.saturating_add(self.backoff(number));
                self.doubt(number, probe_at, None, Probed::No, "its probe was refused".to_owned());
                self.stop_for_failure(stage, &failure);
            }
        }
    }

    fn backoff(&self, number: i64) -> Instant {
        let probes = self.open.get(&number).map_or(0, |open| open.row.probes);
        PROBE_BACKOFF_MS.saturating_mul(1 << probes.min(16)).min(PROBE_BACKOFF_MS_MAX)
    }

    pub(super) fn concluded(&mut self, number: i64, conclusion: Result<Conclusion, Fault>) {
        let Some(open) = self.open.get_mut(&number) else { return };
        open.busy = false;
        let was_probed = open.row.status == WriteStatus::Unknown;
        let probed = if was_probed { Probed::Yes } else { Probed::No };
        let Some(stage) = self.stage_of(number) else { return };
        match conclusion {
            Ok(Conclusion::Decided(settled)) => self.decide(number, settled),
            Ok(Conclusion::NotApplied(ms)) => {
                let not_before = later(self.now, ms);
                self.replan(number, not_before, true, "it did not take effect");
                if self.open.get(&number).is_some_and(|open| open.row.sends >= SENDS_MAX) {
                    self.hold_write(number, &format!("it was sent {SENDS_MAX} times and never took effect"));
                }
            }
            Ok(Conclusion::Failed(failure)) => {
                // It did not take effect, and stays as it is.
                let not_before = match failure {
                    Failure::RetryAfter(ms) => later(self.now, ms),
                    _ => self.now,
                };
                if was_probed {
                    self.doubt(number, not_before, None, Probed::No, failure_text(&failure));
                } else {
                    self.replan(number, not_before, true, &failure_text(&failure));
                }
                if !matches!(failure, Failure::RetryAfter(_)) {
                    self.stop_for_failure(stage, &failure);
                }
            }
            Ok(Conclusion::Continued(step)) => self.continue_with(number, step),
            Ok(Conclusion::Undecided(Doubt { after_ms, memo })) => {
                let probe_at = later(self.now, after_ms).max(self.now.saturating_add(self.backoff(number)));
                self.doubt(number, probe_at, Some(memo), probed, "what came back did not decide it".to_owned());
            }
            Err(Fault::Failed(failure)) => {
                let probe_at = match failure {
                    Failure::RetryAfter(ms) => later(self.now, ms),
                    _ => self.now.saturating_add(self.backoff(number)),
                };
                self.doubt(number, probe_at, None, Probed::Yes, failure_text(&failure));
            }
            Err(Fault::Trapped(reason) | Fault::Faulty(reason)) => {
                let probe_at = self.now.saturating_add(self.backoff(number));
                self.doubt(number, probe_at, None, Probed::Yes, reason);
            }
        }
    }

    /// Each intake has its result.
    fn decide(&mut self, number: i64, settled: Vec<Settled>) {
        let Some(open) = self.open.remove(&number) else { return };
        let row = open.row;
        let action = match row.write.action {
            Action::Create => "created",
            Action::Update => "updated",
            Action::Delete => "deleted",
        };
        let now = self.now;
        let mut results = Vec::with_capacity(settled.len());
        let mut parked = Vec::new();
        for (intake, settled) in row.intakes.iter().zip(settled) {
            match settled {
                Settled::Applied(applied) => {
                    self.count_applied(&row.stage, action);
                    results.push(IntakeResult::Applied { id: applied.id, version: applied.version });
                }
                Settled::Rejected(reason) => {
                    for item in &intake.items {
                        parked.push(self.waiting_item(&row, item.clone(), Wait::dead(reason.clone())));
                    }
                    results.push(IntakeResult::Rejected { reason });
                }
                Settled::Again(ms) => {
                    let until = later(now, ms);
                    for item in &intake.items {
                        let wait = Wait::new(WaitingKind::Due { until }, "it did not take effect and is planned anew");
                        parked.push(self.waiting_item(&row, item.clone(), wait));
                    }
                    results.push(IntakeResult::Again { not_before: until });
                }
            }
        }
        self.pending.push(Change::Concluded { number, results, at: now });
        self.pending.extend(parked.into_iter().map(Change::Park));
        self.maybe_due = true;
    }

    fn continue_with(&mut self, number: i64, step: Step) {
        let not_before = later(self.now, step.after_ms);
        let Some(open) = self.open.get_mut(&number) else { return };
        open.row.status = WriteStatus::Planned;
        open.row.not_before = not_before;
        open.row.write.request.clone_from(&step.request);
        open.row.write.probe.clone_from(&step.probe);
        open.row.write.memo.clone_from(&step.memo);
        self.pending.push(Change::Continued { number, step: Box::new(step), not_before });
    }

    /// It surely did not take effect, and is sent again unchanged.
    fn replan(&mut self, number: i64, not_before: Instant, left: bool, reason: &str) {
        let Some(open) = self.open.get_mut(&number) else { return };
        open.row.status = WriteStatus::Planned;
        open.row.not_before = not_before;
        if !left {
            open.row.sends = open.row.sends.saturating_sub(1);
        }
        self.pending.push(Change::Replanned { number, not_before, left, reason: reason.to_owned() });
    }

    /// Whether it took effect is not known: it is probed, and in the end held for a person.
    fn doubt(&mut self, number: i64, probe_at: Instant, memo: Option<Vec<u8>>, probed: Probed, reason: String) {
        let Some(open) = self.open.get_mut(&number) else { return };
        let first = open.row.status != WriteStatus::Unknown;
        open.row.status = WriteStatus::Unknown;
        open.row.not_before = probe_at;
        open.row.reason = Some(reason.clone());
        if let Some(memo) = &memo {
            open.row.write.memo.clone_from(memo);
        }
        let probed = probed == Probed::Yes;
        if probed {
            open.row.probes += 1;
        }
        let (probes, stage) = (open.row.probes, open.row.stage.clone());
        if first {
            self.summary.stage(&stage).unknown += 1;
        }
        self.pending.push(Change::Doubted { number, probe_at, memo, probed, reason: reason.clone() });
        if probes >= PROBES_MAX {
            self.hold_write(number, &reason);
        }
    }

    /// A person decides whether it took effect.
    fn hold_write(&mut self, number: i64, reason: &str) {
        let Some(open) = self.open.remove(&number) else { return };
        let row = open.row;
        self.pending.push(Change::HeldWrite { number, reason: reason.to_owned() });
        let hint = "look at the account: `penstock held settle NUMBER --applied ID` or `--not-applied`; `retry` probes it again";
        for item in row.intakes.iter().filter_map(|intake| intake.items.first()) {
            let wait = Wait::held(format!("it is not known whether write {number} took effect: {reason}"), Some(hint.to_owned()));
            let mut parked = self.waiting_item(&row, item.clone(), wait);
            parked.write = Some(number);
            self.pending.push(Change::Park(parked));
        }
    }
}

/// Whether a doubt comes from a probe that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Probed {
    Yes,
    No,
}

fn failure_text(failure: &Failure) -> String {
    match failure {
        Failure::RetryAfter(ms) => format!("the account asked to be left alone for {} s", ms / 1000),
        Failure::Unauthorized(reason) | Failure::Misconfigured(reason) | Failure::Unexpected(reason) => reason.clone(),
    }
}
