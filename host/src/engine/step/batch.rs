//! The way of entries through the graph: stage by stage, in an order in which each comes after all that feed it.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Engine, Wait, again_at, later, own_gate};
use crate::contract::{
    CustomerLink, Entry, Failure, Horizon, Matching, OrderPart, Output, Payload, Verdict,
};
use crate::engine::effect::Effect;
use crate::engine::event::Fault;
use crate::engine::limits::{APPLY_ENTRIES_MAX, UNREACHED_MAX};
use crate::engine::summary::count;
use crate::engine::unwritten::{Unwritten, Why};
use crate::pipeline::{Role, Stage, StageIndex};
use crate::record::{Item, give_back, lend, restore};
use crate::store::{Change, SeenRow, WaitingKind, WaitingRow, WriteRow};

/// Entries on their way, and all that was decided of them. It is committed as a whole.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// What stands before each stage, by stage and input.
    queue: BTreeMap<(StageIndex, String), Vec<Ticket>>,
    /// Halves of a batch that trapped: they go before the queue.
    halves: Vec<Group>,
    /// What was handed to the component or the store, and is not answered yet.
    pub(super) asked: Option<Group>,
    /// The sink's entries between the store's answer and the plan.
    pub(super) intakes: Vec<super::sink::Group>,
    pub(super) changes: Vec<Change>,
    pub(super) writes: Vec<WriteRow>,
    /// Waiting entries that were taken up, and have not come to wait again.
    pub(super) released: Vec<i64>,
    /// Entries of the source's page, whose outcome is told at the end.
    pub(super) seen: Vec<SeenRow>,
    /// What a plan shows beside its writes.
    pub(super) unwritten: Vec<Unwritten>,
    /// What came of each entry of a source, by its key.
    outcomes: HashMap<String, String>,
    /// Keys for which this batch has planned a write, by destination.
    pub(super) planned: HashSet<(String, String)>,
    /// Counters that this batch's writes move, each with the cause.
    pub(super) moved: HashSet<(String, String)>,
    /// The key under which this batch has planned to move a counter, by destination's account and counter.
    pub(super) movers: HashMap<(String, String), String>,
    /// Writes that this batch takes out of the journal: their keys are free, though the store does not know it yet.
    pub(super) withdrawn: HashSet<i64>,
    /// Keys of entries that came to wait in this batch.
    parked: HashSet<String>,
    /// Keys that this batch found to be there already, with their remote ids.
    pub(super) settled: HashMap<String, String>,
    /// Keys that this batch found to be refused, with the reason.
    pub(super) refused: HashMap<String, String>,
}

/// An entry on its way, and the number under which it waited.
///
/// It goes through many lists on its way, and an item is large.
#[derive(Debug, Clone)]
pub(super) struct Ticket {
    pub(super) item: Box<Item>,
    pub(super) number: Option<i64>,
}

/// Entries that stand before one input of one stage.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) stage: StageIndex,
    pub(super) input: String,
    pub(super) tickets: Vec<Ticket>,
}

impl Ticket {
    pub(super) fn new(item: Item) -> Self {
        Self { item: Box::new(item), number: None }
    }

    /// An entry that waited under a number.
    pub(super) fn waited(item: Item, number: i64) -> Self {
        Self { item: Box::new(item), number: Some(number) }
    }
}

impl Batch {
    /// Puts an entry before a stage.
    pub(super) fn enter(&mut self, stage: StageIndex, input: &str, ticket: Ticket) {
        self.queue.entry((stage, input.to_owned())).or_default().push(ticket);
    }

    /// An entry waits. It may have waited before under the same number.
    pub(super) fn park(&mut self, row: WaitingRow) {
        self.released.retain(|number| *number != row.number);
        if matches!(row.kind, WaitingKind::Held | WaitingKind::Dead { .. }) {
            self.outcome(
                &row.item.origin.key,
                &format!("{} at {}: {}", row.kind.word(), row.stage, row.reason),
            );
        } else {
            self.outcome(&row.item.origin.key, &format!("waits at {}: {}", row.stage, row.reason));
        }
        match &row.kind {
            WaitingKind::Dead { .. } => {
                self.refused.insert(row.item.entry.key.clone(), row.reason.clone()).is_none()
            }
            _ => self.parked.insert(row.item.entry.key.clone()),
        };
        self.changes.push(Change::Park(row));
    }

    /// Whether something in this batch is going to write a key, sooner or later.
    pub(super) fn will_write(&self, key: &str) -> bool {
        let comes = |tickets: &[Ticket]| tickets.iter().any(|ticket| ticket.item.entry.key == key);
        self.parked.contains(key)
            || self.planned.iter().any(|(_, planned)| planned == key)
            || self.queue.values().any(|tickets| comes(tickets))
            || self.halves.iter().any(|group| comes(&group.tickets))
    }

    /// Adds to what came of an entry of a source.
    pub(super) fn outcome(&mut self, origin: &str, what: &str) {
        match self.outcomes.get_mut(origin) {
            Some(so_far) if so_far.contains(what) => {}
            Some(so_far) => {
                so_far.push_str("; ");
                so_far.push_str(what);
            }
            None => {
                self.outcomes.insert(origin.to_owned(), what.to_owned());
            }
        }
    }

    /// The next entries to be handed to their stage.
    fn next(&mut self) -> Option<Group> {
        if let Some(half) = self.halves.pop() {
            return Some(half);
        }
        let ((stage, input), tickets) = self.queue.pop_first()?;
        Some(Group { stage, input, tickets })
    }

    /// Puts back what does not go into one call.
    fn put_back(&mut self, group: Group) {
        if !group.tickets.is_empty() {
            let Group { stage, input, mut tickets } = group;
            let queue = self.queue.entry((stage, input)).or_default();
            tickets.append(queue);
            *queue = tickets;
        }
    }

    /// Splits what could not be dealt with at once. `None` where it is a single entry, which is handed back.
    pub(super) fn halve(&mut self, mut group: Group) -> Option<Group> {
        if group.tickets.len() <= 1 {
            return Some(group);
        }
        let second = group.tickets.split_off(group.tickets.len() / 2);
        self.halves.push(Group { stage: group.stage, input: group.input.clone(), tickets: second });
        self.halves.push(group);
        None
    }

    /// The changes in the order in which they are committed.
    fn into_changes(mut self) -> (Vec<Change>, Vec<WriteRow>) {
        let mut changes: Vec<Change> =
            Vec::with_capacity(self.changes.len() + self.seen.len() + self.writes.len());
        changes.extend(self.released.iter().map(|number| Change::Unpark { number: *number }));
        // What is parked is compared with the newest revision that was seen, so that comes first.
        for mut row in std::mem::take(&mut self.seen) {
            row.outcome = self.outcomes.remove(&row.key).unwrap_or_default();
            changes.push(Change::Seen(row));
        }
        changes.append(&mut self.changes);
        (changes, self.writes)
    }
}

impl Engine {
    /// Starts a batch on its way.
    pub(super) fn run_batch(&mut self, batch: Batch, out: &mut Vec<Effect>) {
        self.batch = Some(batch);
        self.advance(out);
    }

    /// Hands the next entries to their stage, or ends the batch.
    pub(super) fn advance(&mut self, out: &mut Vec<Effect>) {
        while let Some(mut batch) = self.batch.take() {
            let Some(group) = batch.next() else { return self.end_batch(batch) };
            if self.stop.is_some() {
                // An account that is not there any more is not asked once more for each entry that is left.
                self.park_for_later(&mut batch, group);
                self.batch = Some(batch);
                continue;
            }
            if !self.is_on(group.stage) && !self.diverts(group.stage) {
                self.park_at_gate(&mut batch, group);
                self.batch = Some(batch);
                continue;
            }
            let pipeline = std::sync::Arc::clone(&self.pipeline);
            let role = pipeline.stages.get(group.stage).map(|stage| &stage.role);
            let asked = match role {
                Some(Role::Transform(_)) => self.ask_transform(&mut batch, group, out),
                Some(Role::Sink(sink)) => self.ask_sink(&mut batch, group, sink, out),
                Some(Role::Source(_)) | None => false,
            };
            self.batch = Some(batch);
            if asked {
                return;
            }
        }
    }

    fn park_for_later(&mut self, batch: &mut Batch, group: Group) {
        let until = self.now;
        self.park_all(batch, group, |_| {
            Wait::new(WaitingKind::Due { until }, "the run ended before it came to it")
        });
    }

    fn park_at_gate(&mut self, batch: &mut Batch, group: Group) {
        let off = group.stage;
        for ticket in group.tickets {
            let wait = self.until_on(off);
            let row = self.waiting(group.stage, &group.input, ticket, wait);
            batch.park(row);
        }
    }

    /// To wait until a stage is on again.
    pub(super) fn until_on(&self, off: StageIndex) -> Wait {
        let reason = format!("{} is off", self.way(off));
        Wait::new(WaitingKind::Switch { name: self.gate(off) }, reason)
    }

    /// To wait until a sink is on again, whoever takes what comes to it until then.
    pub(super) fn until_itself_on(&self, off: StageIndex) -> Wait {
        let Wait { reason, .. } = self.until_on(off);
        Wait::new(WaitingKind::Switch { name: own_gate(&self.gate(off)) }, reason)
    }

    /// What people call that by which a stage is turned off and on.
    pub(super) fn way(&self, stage: StageIndex) -> String {
        self.pipeline.stages.get(stage).map_or_else(String::new, Stage::way)
    }

    /// The first stage that an item came through and that is off now.
    pub(super) fn off_behind(&self, item: &Item) -> Option<StageIndex> {
        let ids = std::iter::once(&item.origin.source).chain(&item.via);
        ids.filter_map(|id| self.stage_named(id)).find(|stage| !self.is_on(*stage))
    }

    fn ask_transform(
        &mut self,
        batch: &mut Batch,
        mut group: Group,
        out: &mut Vec<Effect>,
    ) -> bool {
        if group.tickets.len() > APPLY_ENTRIES_MAX {
            let rest = group.tickets.split_off(APPLY_ENTRIES_MAX);
            batch.put_back(Group { stage: group.stage, input: group.input.clone(), tickets: rest });
        }
        let without = self.without(group.stage, &group.input);
        out.push(Effect::Apply {
            stage: group.stage,
            input: group.input.clone(),
            entries: entries_of(&mut group).map(|entry| lend(entry, without)).collect(),
            horizons: self.horizons(group.stage),
        });
        batch.asked = Some(group);
        true
    }

    /// What of an order the rule at a stage is not given at this input.
    fn without(&self, stage: StageIndex, input: &str) -> &[OrderPart] {
        match self.pipeline.stages.get(stage).map(|stage| &stage.role) {
            Some(Role::Transform(transform)) => transform
                .inputs
                .iter()
                .find(|known| known.port == input)
                .map_or(&[], |input| &input.without),
            _ => &[],
        }
    }

    /// Up to when each input of a transform is known: as far as the source that is known least far.
    fn horizons(&self, stage: StageIndex) -> Vec<Horizon> {
        let Some(Role::Transform(transform)) =
            self.pipeline.stages.get(stage).map(|stage| &stage.role)
        else {
            return Vec::new();
        };
        transform
            .inputs
            .iter()
            .filter_map(|input| {
                let known = input
                    .sources
                    .iter()
                    .map(|source| self.sources.get(source).and_then(|reading| reading.horizon));
                let at = known.collect::<Option<Vec<_>>>()?.into_iter().min()?;
                Some(Horizon { input: input.port.clone(), at })
            })
            .collect()
    }

    pub(super) fn applied(
        &mut self,
        entries: Vec<Entry>,
        result: Result<crate::engine::event::StagedVerdicts, Fault>,
        out: &mut Vec<Effect>,
    ) {
        let Some(mut batch) = self.batch.take() else { return };
        let Some(mut group) = batch.asked.take() else { return };
        let without = self.without(group.stage, &group.input);
        for (entry, lent) in entries_of(&mut group).zip(entries) {
            give_back(entry, lent, without);
        }
        match result {
            Ok((verdicts, state)) => {
                self.unreached = 0;
                let stage = self.stage_id(group.stage);
                batch.changes.extend(state.into_iter().map(|(key, value)| Change::State {
                    stage: stage.clone(),
                    key,
                    value,
                }));
                let Group { stage, input, tickets } = group;
                for (ticket, verdict) in tickets.into_iter().zip(verdicts) {
                    self.judge(&mut batch, stage, &input, ticket, verdict);
                }
            }
            Err(fault) => {
                if !self.call_failed(&mut batch, group, fault) {
                    return;
                }
            }
        }
        self.batch = Some(batch);
        self.advance(out);
    }

    fn judge(
        &mut self,
        batch: &mut Batch,
        stage: StageIndex,
        input: &str,
        mut ticket: Ticket,
        verdict: Verdict,
    ) {
        let id = self.stage_id(stage);
        let (now, attempt) = (self.now, ticket.item.attempt);
        if matches!(verdict, Verdict::Wait(_) | Verdict::WaitFor(_) | Verdict::Reread(_)) {
            ticket.item.come_again();
        }
        let wait = match verdict {
            Verdict::Pass(port) => {
                self.summary.stage(&id).passed += 1;
                return self.hand_on(batch, stage, &port, ticket.item);
            }
            Verdict::Matched(Matching { port, customer, after, beside }) => {
                self.summary.stage(&id).passed += 1;
                self.forward(batch, stage, input, &ticket.item, beside);
                self.count_links(&id, linked(&ticket.item.entry.payload), Some(&customer));
                ticket.item.match_with(customer, after);
                return self.hand_on(batch, stage, &port, ticket.item);
            }
            Verdict::Forward(outputs) => {
                self.summary.stage(&id).passed += 1;
                return self.forward(batch, stage, input, &ticket.item, outputs);
            }
            Verdict::Filter(reason) if ticket.item.withdrawn => Wait::held(
                format!("it was to be written, but was found changed just before: {reason}"),
                Some(
                    "skip it if that is right; once it has changed again it comes by itself"
                        .to_owned(),
                ),
            ),
            Verdict::Filter(reason) => {
                count(&mut self.summary.stage(&id).filtered, &reason);
                batch.outcome(&ticket.item.origin.key, &format!("filtered by {id}: {reason}"));
                self.show_unwritten(batch, &id, &ticket.item, || Why::Filtered { reason });
                return;
            }
            Verdict::Reject(reason) => Wait::dead(reason),
            Verdict::Wait(ms) => {
                let until = again_at(now, ms, attempt);
                Wait::new(WaitingKind::Due { until }, format!("`{id}` cannot decide it yet"))
            }
            Verdict::Reread(ms) => {
                let until = again_at(now, ms, attempt);
                Wait::new(WaitingKind::Reread { until }, format!("`{id}` wants it read anew"))
            }
            Verdict::WaitFor(horizon) => self.wait_for(stage, &horizon, attempt),
        };
        let row = self.waiting(stage, input, ticket, wait);
        batch.park(row);
    }

    fn wait_for(&mut self, stage: StageIndex, horizon: &Horizon, attempt: u32) -> Wait {
        let inputs = match self.pipeline.stages.get(stage).map(|stage| &stage.role) {
            Some(Role::Transform(transform)) => transform.inputs.as_slice(),
            _ => &[],
        };
        let stages = inputs
            .iter()
            .filter(|input| input.port == horizon.input)
            .flat_map(|input| input.sources.clone());
        let stages: Vec<StageIndex> = stages.collect();
        let known = |source| {
            self.sources.get(source).is_some_and(|reading| reading.horizon >= Some(horizon.at))
        };
        if stages.iter().all(known) {
            // The rule was told so already: it is asked again, but not at once.
            let until = again_at(self.now, 0, attempt);
            return Wait::new(
                WaitingKind::Due { until },
                format!("`{}` cannot decide it yet", self.stage_id(stage)),
            );
        }
        self.maybe_due = true;
        let sources = stages.iter().map(|source| self.stage_id(*source)).collect();
        let reason = format!(
            "input `{}` is not known up to {}",
            horizon.input,
            crate::time::rfc3339(horizon.at)
        );
        Wait::new(WaitingKind::Horizon { sources, until: horizon.at }, reason)
    }

    /// Puts an entry before every stage that reads a port.
    pub(super) fn hand_on(
        &mut self,
        batch: &mut Batch,
        stage: StageIndex,
        port: &str,
        mut item: Box<Item>,
    ) {
        let pipeline = std::sync::Arc::clone(&self.pipeline);
        let Some(stage) = pipeline.stages.get(stage) else { return };
        // What a sink diverts comes through it just because it is off.
        if !matches!(stage.role, Role::Sink(_)) {
            item.via.push(stage.id.clone());
        }
        item.attempt = 0;
        let mut joints = stage.joints.iter().filter(|joint| joint.from.as_deref() == Some(port));
        let Some(mut joint) = joints.next() else { return };
        for next in joints {
            batch.enter(joint.to, &joint.input, Ticket { item: item.clone(), number: None });
            joint = next;
        }
        batch.enter(joint.to, &joint.input, Ticket { item, number: None });
    }

    /// What a rule put out in place of an item goes on.
    fn forward(
        &mut self,
        batch: &mut Batch,
        stage: StageIndex,
        input: &str,
        of: &Item,
        outputs: Vec<Output>,
    ) {
        let id = self.stage_id(stage);
        for Output { port, mut entry, after } in outputs {
            restore(&mut entry, &of.entry, self.without(stage, input));
            self.count_links(&id, linked(&of.entry.payload), linked(&entry.payload));
            self.hand_on(batch, stage, &port, Box::new(of.derive(entry, after)));
        }
    }

    fn count_links(
        &mut self,
        stage: &str,
        before: Option<&CustomerLink>,
        after: Option<&CustomerLink>,
    ) {
        match (before, after) {
            (None, Some(CustomerLink::Id(_))) => self.summary.stage(stage).linked += 1,
            (None, Some(CustomerLink::Entry(_))) => self.summary.stage(stage).linked_new += 1,
            _ => {}
        }
    }

    /// Deals with a call that gave no result. Answers whether the batch goes on; if not, nothing of it is kept.
    pub(super) fn call_failed(&mut self, batch: &mut Batch, group: Group, fault: Fault) -> bool {
        let stage = group.stage;
        let input = group.input.clone();
        match fault {
            Fault::Failed(Failure::RetryAfter(ms)) => {
                self.unreached += 1;
                if self.unreached >= UNREACHED_MAX {
                    self.stop_for_failure(stage, &Failure::RetryAfter(ms));
                }
                let until = later(self.now, ms);
                for ticket in group.tickets {
                    let reason = "the account asked to be left alone";
                    let row = self.waiting(
                        stage,
                        &input,
                        ticket,
                        Wait::new(WaitingKind::Due { until }, reason),
                    );
                    batch.park(row);
                }
            }
            Fault::Failed(failure @ (Failure::Unauthorized(_) | Failure::Misconfigured(_))) => {
                self.stop_for_failure(stage, &failure);
                return false;
            }
            Fault::Failed(Failure::Unexpected(reason)) => {
                if let Some(single) = batch.halve(group) {
                    let hint = "retry it once the cause is mended";
                    self.park_all(batch, single, |_| {
                        Wait::held(reason.clone(), Some(hint.to_owned()))
                    });
                }
            }
            Fault::TooLong(reason) => {
                self.count_too_long(stage, &reason);
                if let Some(single) = batch.halve(group) {
                    self.park_all(batch, single, |_| Wait::dead(reason.clone()));
                }
            }
            Fault::Trapped(reason) | Fault::Faulty(reason) => {
                if let Some(single) = batch.halve(group) {
                    self.park_all(batch, single, |_| Wait::dead(reason.clone()));
                }
            }
        }
        true
    }

    fn park_all(&mut self, batch: &mut Batch, group: Group, wait: impl Fn(&Ticket) -> Wait) {
        for ticket in group.tickets {
            let wait = wait(&ticket);
            let row = self.waiting(group.stage, &group.input, ticket, wait);
            batch.park(row);
        }
    }

    /// Everything of the batch has an outcome, a write or a place to wait: it is committed with the source's cursor.
    fn end_batch(&mut self, mut batch: Batch) {
        let unwritten = std::mem::take(&mut batch.unwritten);
        if !unwritten.is_empty() {
            self.after_commit.push(Effect::ShowUnwritten(unwritten));
        }
        let (changes, writes) = batch.into_changes();
        self.pending.extend(changes);
        for row in writes {
            self.plan_write(row);
        }
        self.maybe_due = true;
    }
}

fn entries_of(group: &mut Group) -> impl Iterator<Item = &mut Entry> {
    group.tickets.iter_mut().map(|ticket| &mut ticket.item.entry)
}

fn linked(payload: &Payload) -> Option<&CustomerLink> {
    match payload {
        Payload::Order(order) => order.matched_customer.as_ref(),
        _ => None,
    }
}
