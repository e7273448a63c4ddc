//! The pure step: an event in, effects out.

mod answer;
mod batch;
mod plan;
mod reading;
mod sink;
mod source;
mod window;
mod write;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::effect::{Effect, Ended, Stop, Whose};
use super::event::{Event, Started};
use super::limits::{
    AGAIN_DOUBLINGS_MAX, AGAIN_MS, DUE_ENTRIES_MAX, GATHER_MS, OPEN_WRITES_MAX, PATIENCE_MS,
    PLAN_PATIENCE_MS, QUIET_MS, TOO_LONG_MAX, UNSENT_WRITES_MAX,
};
use super::summary::Summary;
use crate::contract::Failure;
use crate::pipeline::{OFF, Pipeline, Role, Stage, StageIndex};
use crate::store::{Change, Known, WaitingKind, WaitingRow};
use crate::time::Instant;
use batch::Batch;
use reading::Reading;
use window::Window;
use write::OpenWrite;

/// Whether a run writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Writes are sent.
    Run,
    /// Writes are shown, and taken as applied under their token, on a throw-away copy of the store.
    Plan,
}

/// How a run is made.
#[derive(Debug, Clone)]
pub struct Options {
    pub mode: Mode,
    /// What may be written, by destination and key, as a digest of the request: `run --plan`.
    pub only: Option<HashMap<(String, String), String>>,
    /// How long the run waits for what is not due yet, in milliseconds; then it ends and leaves it waiting.
    pub patience_ms: i64,
    /// How long it goes on without a request of a write and without news of a source, in milliseconds, whatever is due soon:
    /// of several entries that come again and again one always is.
    pub quiet_ms: i64,
    /// Sources, by their ids, that are not polled by this run unless a rule asks for more of them.
    pub resting: BTreeSet<String>,
}

impl Options {
    /// A plan for a person who waits for it: what waits longer is told as waiting.
    pub fn plan() -> Self {
        let (patience_ms, quiet_ms) = (PLAN_PATIENCE_MS, PLAN_PATIENCE_MS);
        Self { patience_ms, quiet_ms, ..Self::new(Mode::Plan) }
    }

    /// A run that polls every source once, and waits as long as a run does.
    pub fn new(mode: Mode) -> Self {
        let (patience_ms, quiet_ms) = (PATIENCE_MS, QUIET_MS);
        Self { mode, only: None, patience_ms, quiet_ms, resting: BTreeSet::new() }
    }
}

/// One run of one pipeline.
#[derive(Debug)]
pub struct Engine {
    pipeline: Arc<Pipeline>,
    options: Options,
    now: Instant,
    leased_until: Instant,
    last_number: i64,
    /// One for each source, by its stage.
    sources: BTreeMap<StageIndex, Reading>,
    /// What is on its way through the graph. There is one at a time.
    batch: Option<Batch>,
    /// Why entries were asked to be read anew.
    rereading: Option<source::Rereading>,
    /// Decided, and not yet committed.
    pending: Vec<Change>,
    /// Since when something is pending.
    pending_since: Option<Instant>,
    /// To be done once the pending changes are on the disk.
    after_commit: Vec<Effect>,
    open: BTreeMap<i64, OpenWrite>,
    window: Window,
    /// Whether the store may hold waiting entries that can go on now.
    maybe_due: bool,
    /// When the next waiting entry can.
    next_due: Option<Instant>,
    /// Since when nothing was sent and no source had news, once the run has waited.
    quiet_since: Option<Instant>,
    /// Requests in a row that did not reach their account.
    unreached: u32,
    /// Calls of this run that were stopped because they took too long.
    too_long: u32,
    /// Most entries that are read anew at once. It is halved to find the one that its source cannot read.
    reread_max: usize,
    stop: Option<Stop>,
    summary: Summary,
}

impl Engine {
    /// A run that has not begun: its first event is [`Event::Started`].
    pub fn new(pipeline: Arc<Pipeline>, options: Options) -> Self {
        let mut summary = Summary::default();
        for stage in &pipeline.stages {
            summary.stage(&stage.id);
        }
        Self {
            pipeline,
            options,
            now: 0,
            leased_until: 0,
            last_number: 0,
            sources: BTreeMap::new(),
            batch: None,
            rereading: None,
            pending: Vec::new(),
            pending_since: None,
            after_commit: Vec::new(),
            open: BTreeMap::new(),
            window: Window::new(),
            maybe_due: true,
            next_due: None,
            quiet_since: None,
            unreached: 0,
            too_long: 0,
            reread_max: DUE_ENTRIES_MAX,
            stop: None,
            summary,
        }
    }

    /// What was done so far.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Writes that are planned, on their way or in doubt now.
    pub fn open_writes(&self) -> usize {
        self.open.len()
    }

    /// Takes in what happened and tells what is to be done.
    pub fn step(&mut self, event: Event) -> Vec<Effect> {
        let mut out = Vec::new();
        match event {
            Event::Started(started) => self.start(*started),
            Event::Leased { until } => self.leased_until = until,
            Event::Idle { now } => {
                self.now = now;
                self.idle(&mut out);
            }
            Event::Pulled { stage, page } => self.pulled(stage, page, &mut out),
            Event::Applied { entries, verdicts } => self.applied(entries, verdicts, &mut out),
            Event::Recalled { recalls, fates } => self.recalled(&recalls, &fates, &mut out),
            Event::Prepared { intakes, plan, component, causes_taken } => {
                self.given_back(intakes);
                self.prepared(plan, &component, &causes_taken, &mut out);
            }
            Event::Loaded(due) => self.loaded(due, &mut out),
            Event::Reread { entries, now } => {
                self.now = now;
                self.reread(entries, &mut out);
            }
            Event::Committed => out.append(&mut self.after_commit),
            Event::Answered { number, answer, now } => {
                self.now = now;
                self.answered(number, answer, &mut out);
            }
            Event::Concluded { number, conclusion, now } => {
                self.now = now;
                self.concluded(number, conclusion);
            }
            Event::Probed { number, response, now } => {
                self.now = now;
                self.probed(number, response, &mut out);
            }
            Event::Interrupted => self.stop_for(Stop::Interrupted),
        }
        out
    }

    fn start(&mut self, started: Started) {
        self.now = started.now;
        self.leased_until = started.leased_until;
        self.last_number = started.last_number;
        for (index, stage) in self.pipeline.stages.iter().enumerate() {
            if !matches!(stage.role, Role::Source(_)) {
                continue;
            }
            let row = started.cursors.iter().find(|row| row.source == stage.id);
            let polled = stage.enabled && !self.options.resting.contains(&stage.id);
            self.sources.insert(index, Reading::new(row, polled));
        }
        for row in started.open_writes {
            self.recover(row);
        }
    }

    /// Begins the next thing there is to do: what was decided is committed first, then writes go out, then waiting
    /// entries are taken up, then a source is read further.
    fn idle(&mut self, out: &mut Vec<Effect>) {
        if self.stop.is_none() {
            self.start_writes(out);
        }
        if !self.pending.is_empty() {
            out.push(match self.gathers_until() {
                Some(until) => Effect::Wait { until: Some(until) },
                None => Effect::Commit(self.take_pending()),
            });
            return;
        }
        if !out.is_empty() {
            return;
        }
        if self.stop.is_none() && self.begin_work(out) {
            return;
        }
        self.wait_or_finish(out);
    }

    /// Until when what is pending waits for the answers that are about to come. Nothing that is to be sent waits.
    fn gathers_until(&mut self) -> Option<Instant> {
        let since = *self.pending_since.get_or_insert(self.now);
        let until = since.saturating_add(GATHER_MS);
        let gathers = self.window.is_full() && self.after_commit.is_empty() && self.stop.is_none();
        (gathers && self.now >= since && self.now < until).then_some(until)
    }

    fn take_pending(&mut self) -> Vec<Change> {
        self.pending_since = None;
        std::mem::take(&mut self.pending)
    }

    fn begin_work(&mut self, out: &mut Vec<Effect>) -> bool {
        if self.open.len() >= OPEN_WRITES_MAX || self.waits_to_leave() >= UNSENT_WRITES_MAX {
            return false;
        }
        if self.maybe_due || self.next_due.is_some_and(|due| due <= self.now) {
            out.push(Effect::Load { known: self.known(), limit: DUE_ENTRIES_MAX });
            return true;
        }
        self.pull(out)
    }

    /// What the store has to know to tell which waiting entries may go on.
    fn known(&self) -> Known {
        let horizons = self
            .sources
            .iter()
            .filter_map(|(stage, reading)| {
                Some((self.pipeline.stages.get(*stage)?.id.clone(), reading.horizon))
            })
            .collect();
        let off = (0..self.pipeline.stages.len()).filter(|stage| !self.is_on(*stage));
        let gates = off.flat_map(|stage| {
            let gate = self.gate(stage);
            let own = own_gate(&gate);
            std::iter::once(own).chain((!self.diverts(stage)).then_some(gate))
        });
        Known { now: self.now, horizons, off: gates.collect() }
    }

    /// Whether a stage is enabled and its switch is on.
    fn is_on(&self, stage: StageIndex) -> bool {
        self.pipeline.stages.get(stage).is_some_and(|stage| self.pipeline.is_on(stage))
    }

    /// Whether what comes to a sink does not wait for its switch, for a stage that is on takes it as long as it is off.
    fn diverts(&self, stage: StageIndex) -> bool {
        let is_taken = |stage: &Stage| {
            let mut takers = stage.joints.iter().filter(|joint| joint.from.as_deref() == Some(OFF));
            stage.enabled && takers.any(|joint| self.is_on(joint.to))
        };
        let sink = self.pipeline.stages.get(stage).filter(|it| matches!(it.role, Role::Sink(_)));
        sink.is_some_and(is_taken) && !self.is_on(stage)
    }

    /// The name under which entries wait for a stage to be on.
    fn gate(&self, stage: StageIndex) -> String {
        self.pipeline.stages.get(stage).map_or_else(String::new, |stage| stage.id.clone())
    }

    fn wait_or_finish(&mut self, out: &mut Vec<Effect>) {
        let next = self.next_instant();
        if !self.window.is_empty() {
            self.quiet_since = None;
            // What is on its way may take minutes: nothing else waits for it.
            let until = if self.stop.is_none() { next } else { None };
            out.push(Effect::Wait { until });
            return;
        }
        let quiet_since = *self.quiet_since.get_or_insert(self.now);
        match next {
            Some(next)
                if self.stop.is_none()
                    && self.now.saturating_sub(quiet_since) <= self.options.quiet_ms
                    && next.saturating_sub(self.now) <= self.options.patience_ms =>
            {
                out.push(Effect::Wait { until: Some(next) });
            }
            _ => out.push(Effect::Finish(Box::new(Ended {
                summary: self.summary.clone(),
                stop: self.stop.clone(),
            }))),
        }
    }

    /// When something that waits can go on, if nothing else happens. What could go on now and did not stands behind
    /// something else, and goes on with it.
    fn next_instant(&self) -> Option<Instant> {
        let writes = self.open.values().filter_map(OpenWrite::waits_until);
        let sources =
            self.sources.values().filter(|reading| reading.more).map(|reading| reading.not_before);
        writes.chain(sources).chain(self.next_due).filter(|at| *at > self.now).min()
    }

    fn next_number(&mut self) -> i64 {
        self.last_number += 1;
        self.last_number
    }

    fn stage_id(&self, stage: StageIndex) -> String {
        self.pipeline.stages.get(stage).map_or_else(String::new, |stage| stage.id.clone())
    }

    /// The run goes no further than what is on its way. The first reason is the one that is told.
    fn stop_for(&mut self, stop: Stop) {
        if self.stop.is_none() {
            self.stop = Some(stop);
        }
    }

    /// The connection whose account a stage speaks to; the stage itself for a rule.
    fn whose(&self, stage: StageIndex) -> Whose {
        let Some(stage) = self.pipeline.stages.get(stage) else {
            return Whose::Stage(String::new());
        };
        let connection = match &stage.role {
            Role::Source(source) => Some(source.connection),
            Role::Sink(sink) => Some(sink.connection),
            Role::Transform(_) => None,
        };
        connection.and_then(|connection| self.pipeline.connections.get(connection)).map_or_else(
            || Whose::Stage(stage.id.clone()),
            |connection| Whose::Connection(connection.name.clone()),
        )
    }

    /// The connector that a stage runs, as the pipeline file names it.
    fn connector_of(&self, stage: StageIndex) -> String {
        let connection = match self.pipeline.stages.get(stage).map(|stage| &stage.role) {
            Some(Role::Source(source)) => source.connection,
            Some(Role::Sink(sink)) => sink.connection,
            Some(Role::Transform(transform)) => return transform.connector.name.clone(),
            None => return String::new(),
        };
        let connection = self.pipeline.connections.get(connection);
        connection.map_or_else(String::new, |connection| connection.connector.name.clone())
    }

    /// Stops for a failure after which nothing of this stage can go on. `retry-after` is not one.
    fn stop_for_failure(&mut self, stage: StageIndex, failure: &Failure) {
        let (at, said_by) = (self.whose(stage), Some(self.connector_of(stage)));
        self.stop_for(match failure {
            Failure::Unauthorized(reason) => Stop::Surroundings { at, reason: reason.clone(), said_by },
            Failure::Misconfigured(reason) => Stop::Misconfigured { at, reason: reason.clone(), said_by },
            Failure::Unexpected(reason) => {
                Stop::Unexpected { stage: self.stage_id(stage), reason: reason.clone(), said_by }
            }
            Failure::RetryAfter(ms) => Stop::Surroundings {
                at,
                said_by: None,
                reason: format!(
                    "its answers fail to come, or ask to be left alone; it may be tried again in {} s",
                    ms / 1000
                ),
            },
        });
    }

    /// A call that takes too long takes that long: to find by halving which entry of a whole batch does it is worth some
    /// of them, and not an hour. What was not looked at by then waits for the next run.
    fn count_too_long(&mut self, stage: StageIndex, reason: &str) {
        self.too_long += 1;
        if self.too_long >= TOO_LONG_MAX {
            let reason = format!("{reason}; {TOO_LONG_MAX} calls of this run were stopped so");
            self.stop_for(Stop::Unexpected { stage: self.stage_id(stage), reason, said_by: None });
        }
    }

    /// Puts an item before a stage to wait there.
    fn waiting(
        &mut self,
        stage: StageIndex,
        input: &str,
        ticket: batch::Ticket,
        wait: Wait,
    ) -> WaitingRow {
        let id = self.stage_id(stage);
        self.waiting_at(id, input, ticket, wait)
    }

    /// Puts an item before a stage, which may no longer be in the file, to wait there.
    fn waiting_at(
        &mut self,
        id: String,
        input: &str,
        ticket: batch::Ticket,
        wait: Wait,
    ) -> WaitingRow {
        let number = ticket.number.unwrap_or_else(|| self.next_number());
        match &wait.kind {
            WaitingKind::Held => {
                super::summary::count(&mut self.summary.stage(&id).held, &wait.reason)
            }
            WaitingKind::Dead { .. } => {
                super::summary::count(&mut self.summary.stage(&id).dead, &wait.reason)
            }
            WaitingKind::Due { until } | WaitingKind::Reread { until } => {
                self.next_due = Some(self.next_due.map_or(*until, |next| next.min(*until)));
            }
            _ => {}
        }
        WaitingRow {
            number,
            stage: id,
            input: input.to_owned(),
            kind: wait.kind,
            item: *ticket.item,
            reason: wait.reason,
            hint: wait.hint,
            since: self.now,
            write: None,
        }
    }
}

/// The name under which entries wait for a sink alone: nobody else takes them while it is off.
fn own_gate(gate: &str) -> String {
    format!("{gate}.{OFF}")
}

/// What an entry waits for, and why.
#[derive(Clone)]
pub(super) struct Wait {
    kind: WaitingKind,
    reason: String,
    hint: Option<String>,
}

impl Wait {
    fn new(kind: WaitingKind, reason: impl Into<String>) -> Self {
        Self { kind, reason: reason.into(), hint: None }
    }

    fn held(reason: impl Into<String>, hint: Option<String>) -> Self {
        Self { kind: WaitingKind::Held, reason: reason.into(), hint }
    }

    fn dead(reason: impl Into<String>) -> Self {
        Self { kind: WaitingKind::Dead { because_of: None }, reason: reason.into(), hint: None }
    }
}

/// When something comes again that asked for it: not before the wait that it asked for, and later with each attempt.
fn again_at(now: Instant, ms: u64, attempt: u32) -> Instant {
    later(now, ms.max(AGAIN_MS << attempt.min(AGAIN_DOUBLINGS_MAX)))
}

/// An instant some milliseconds later.
fn later(now: Instant, ms: u64) -> Instant {
    now.saturating_add(i64::try_from(ms).unwrap_or(i64::MAX))
}
