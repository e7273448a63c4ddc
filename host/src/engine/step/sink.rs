//! Entries before a sink: what the store knows of them, and what the sink is asked to plan.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::batch::{self, Batch, Ticket};
use super::{Engine, Mode, Wait};
use crate::contract::{Earlier, Intake, OrderPart, Pair, Payload};
use crate::engine::effect::{Effect, Recalled};
use crate::engine::limits::PLANNED_AHEAD_MAX;
use crate::engine::unwritten::Why;
use crate::pipeline::{OFF, Role, Sink, StageIndex};
use crate::record::{Item, account_of, balance, destination, give_back, lend, token};
use crate::store::{Change, KeyFate, Mover, Recall, WaitingKind};
use crate::time::Instant;

/// Entries of one key: the newest counts, and all share its outcome.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) tickets: Vec<Ticket>,
    /// Remote ids of the keys that it depends on.
    pub(super) resolved: Vec<Pair>,
    pub(super) token: String,
}

impl Group {
    pub(super) fn newest(&self) -> Option<&Item> {
        self.tickets.last().map(|ticket| &*ticket.item)
    }

    fn newest_mut(&mut self) -> Option<&mut Item> {
        self.tickets.last_mut().map(|ticket| &mut *ticket.item)
    }

    /// The counter that is to be moved, where it is a movement of stock.
    fn counter(&self) -> Option<&str> {
        match &self.newest()?.entry.payload {
            Payload::StockChange(change) => Some(&change.owner),
            _ => None,
        }
    }

    /// The entries with the one that counts in front.
    pub(super) fn into_items(self) -> Vec<Item> {
        let mut items: Vec<Item> = self.tickets.into_iter().map(|ticket| *ticket.item).collect();
        items.reverse();
        items
    }
}

impl Engine {
    /// The account and collection that a sink writes to.
    pub(super) fn destination_of(&self, sink: &Sink) -> String {
        destination(self.pipeline.account(sink.connection), &sink.collection)
    }

    pub(super) fn destination_at(&self, stage: StageIndex) -> String {
        match self.pipeline.stages.get(stage).map(|stage| &stage.role) {
            Some(Role::Sink(sink)) => self.destination_of(sink),
            _ => String::new(),
        }
    }

    pub(super) fn ask_sink(
        &mut self,
        batch: &mut Batch,
        group: batch::Group,
        sink: &Sink,
        out: &mut Vec<Effect>,
    ) -> bool {
        let batch::Group { stage, input, tickets } = group;
        let mut balanced = Vec::with_capacity(tickets.len());
        for ticket in tickets {
            if let Some(off) = self.off_behind(&ticket.item) {
                let wait = self.until_on(off);
                let row = self.waiting(stage, &input, ticket, wait);
                batch.park(row);
                continue;
            }
            match unbalanced(&ticket.item).filter(|_| !self.diverts(stage)) {
                None => balanced.push(ticket),
                Some(reason) => {
                    let hint = "look at the order in the shop; skip it here and post it by hand if it is right";
                    let row = self.waiting(
                        stage,
                        &input,
                        ticket,
                        Wait::held(reason, Some(hint.to_owned())),
                    );
                    batch.park(row);
                }
            }
        }
        if self.is_far_ahead(batch) {
            for ticket in balanced.drain(..) {
                let kind = WaitingKind::Due { until: self.now };
                let row =
                    self.waiting(stage, &input, ticket, Wait::new(kind, "others leave first"));
                batch.park(row);
            }
        }
        if balanced.is_empty() {
            return false;
        }
        let destination = self.destination_of(sink);
        let (mut groups, mut later) = one_a_counter(by_key(balanced, &destination));
        let limit = usize::try_from(sink.batch_max).unwrap_or(usize::MAX).max(1);
        if groups.len() > limit {
            later.extend(groups.split_off(limit));
        }
        for ticket in later.into_iter().flat_map(|group| group.tickets) {
            batch.enter(stage, &input, ticket);
        }
        let recalled = |group: &Group| {
            let key = group.newest()?.entry.key.clone();
            Some(Recalled { key, counter: group.counter().map(str::to_owned) })
        };
        let keys = groups.iter().filter_map(recalled).collect();
        let mut after: Vec<String> =
            groups.iter().filter_map(Group::newest).flat_map(|item| item.after.clone()).collect();
        after.sort();
        after.dedup();
        batch.intakes = groups;
        batch.asked = Some(batch::Group { stage, input, tickets: Vec::new() });
        out.push(Effect::Recall { stage, keys, after });
        true
    }

    /// Whether so much is planned and has not left that the rest of a batch had better be planned later.
    fn is_far_ahead(&self, batch: &Batch) -> bool {
        let planned = self.waits_to_leave() + batch.writes.len();
        self.options.mode == Mode::Run && planned >= PLANNED_AHEAD_MAX
    }

    /// Sorts out what needs no plan, and asks the sink for one for the rest.
    pub(super) fn recalled(
        &mut self,
        recalls: &[Recall],
        fates: &[KeyFate],
        out: &mut Vec<Effect>,
    ) {
        let Some(mut batch) = self.batch.take() else { return };
        let Some(asked) = batch.asked.take() else { return };
        let groups = std::mem::take(&mut batch.intakes);
        let fates = self.fates_by_key(&batch, &groups, fates);
        let destination = self.destination_at(asked.stage);
        let pipeline = Arc::clone(&self.pipeline);
        let without = pipeline.unseen_by(asked.stage);
        let mut intakes = Vec::with_capacity(groups.len());
        let mut kept = Vec::with_capacity(groups.len());
        for (mut group, recall) in groups.into_iter().zip(recalls) {
            let Some(item) = group.newest() else { continue };
            let key = item.entry.key.clone();
            if recall
                .earlier
                .as_ref()
                .is_some_and(|earlier| earlier.revision == item.entry.revision)
            {
                let id = self.stage_id(asked.stage);
                self.summary.stage(&id).unchanged += 1;
                batch.outcome(&item.origin.key, &format!("{id}: already there"));
                self.show_unwritten(&mut batch, &id, item, || Why::Unchanged { id: None });
                continue;
            }
            if let Some((number, status)) =
                recall.open.filter(|(number, _)| !batch.withdrawn.contains(number))
            {
                let reason = format!("write {number} of the same entry is {}", status.word());
                self.park_group(&mut batch, &asked, group, || {
                    Wait::new(WaitingKind::Busy { key: key.clone() }, reason.clone())
                });
                continue;
            }
            if batch.planned.contains(&(destination.clone(), key.clone())) {
                let reason = "a write of the same entry has just been planned";
                self.park_group(&mut batch, &asked, group, || {
                    Wait::new(WaitingKind::Busy { key: key.clone() }, reason)
                });
                continue;
            }
            if recall.is_diverted {
                self.divert(&mut batch, asked.stage, &destination, group);
                continue;
            }
            if !self.is_on(asked.stage) {
                if recall.earlier.is_some() {
                    let wait = self.until_itself_on(asked.stage);
                    self.park_group(&mut batch, &asked, group, || wait.clone());
                } else {
                    // The sink may find that it is there already, which a new store does not know.
                    intakes.extend(lend_intake(&mut group, None, without));
                    kept.push(group);
                }
                continue;
            }
            if let Some((key, reason)) = self.mover(&batch, &destination, &group, recall) {
                self.park_group(&mut batch, &asked, group, || {
                    Wait::new(WaitingKind::Busy { key: key.clone() }, reason.clone())
                });
                continue;
            }
            if let Some(until) = self.unrested(recall) {
                let reason = "a reading of its counter may not show our last movement of it yet";
                self.park_group(&mut batch, &asked, group, || {
                    Wait::new(WaitingKind::Due { until }, reason)
                });
                continue;
            }
            match depend(item, &fates) {
                Dependence::Free(resolved) => {
                    group.resolved = resolved;
                    let prior = recall.earlier.as_ref();
                    intakes.extend(lend_intake(&mut group, prior, without));
                    kept.push(group);
                }
                Dependence::Pending(keys) => {
                    let reason = format!("waits for {} to be written", list(&keys));
                    let wait =
                        || Wait::new(WaitingKind::Keys { keys: keys.clone() }, reason.clone());
                    self.park_group(&mut batch, &asked, group, wait);
                }
                Dependence::Absent(keys) => {
                    let reason =
                        format!("it depends on {}, which nothing is going to write", list(&keys));
                    let hint = "retry it once that is written, or skip it";
                    self.park_group(&mut batch, &asked, group, || {
                        Wait::held(reason.clone(), Some(hint.to_owned()))
                    });
                }
                Dependence::Refused { key, reason } => {
                    let reason = format!("`{key}`, which it depends on, was refused: {reason}");
                    let wait = || Wait {
                        kind: WaitingKind::Dead { because_of: Some(key.clone()) },
                        reason: reason.clone(),
                        hint: Some(
                            "retry the dead letter of that key: this one is retried with it"
                                .to_owned(),
                        ),
                    };
                    self.park_group(&mut batch, &asked, group, wait);
                }
            }
        }
        if intakes.is_empty() {
            self.batch = Some(batch);
            return self.advance(out);
        }
        out.push(Effect::Prepare { stage: asked.stage, intakes });
        batch.intakes = kept;
        batch.asked = Some(asked);
        self.batch = Some(batch);
    }

    /// The entries that a sink planned for are their groups' again.
    pub(super) fn given_back(&mut self, intakes: Vec<Intake>) {
        let Some(batch) = &mut self.batch else { return };
        let Some(asked) = &batch.asked else { return };
        let without = self.pipeline.unseen_by(asked.stage);
        for (group, intake) in batch.intakes.iter_mut().zip(intakes) {
            if let Some(item) = group.newest_mut() {
                give_back(&mut item.entry, intake.entry, without);
            }
        }
    }

    /// Leaves an entry for good to the stages that take what comes while the sink is off.
    pub(super) fn divert(
        &mut self,
        batch: &mut Batch,
        stage: StageIndex,
        destination: &str,
        group: Group,
    ) {
        let id = self.stage_id(stage);
        for ticket in &group.tickets {
            let what = format!("{id}: went another way while {} was off", self.way(stage));
            batch.outcome(&ticket.item.origin.key, &what);
        }
        let Some(mut item) = group.tickets.into_iter().last().map(|ticket| ticket.item) else {
            return;
        };
        self.summary.stage(&id).diverted += 1;
        self.show_unwritten(batch, &id, &item, || Why::Diverted);
        let key = item.entry.key.clone();
        batch.changes.push(Change::Divert {
            destination: destination.to_owned(),
            key,
            at: self.now,
        });
        // It no longer depends on what only the sink needs.
        item.after.clear();
        self.hand_on(batch, stage, OFF, item);
    }

    /// The key whose write a movement of stock waits for, and why. A sink tells what became of a lost answer by what
    /// the counter showed before, so no movement is planned while another of ours may still change that.
    fn mover(
        &self,
        batch: &Batch,
        destination: &str,
        group: &Group,
        recall: &Recall,
    ) -> Option<(String, String)> {
        let counter = group.counter()?;
        let open = recall.movers.iter().find(|mover| !batch.withdrawn.contains(&mover.number));
        if let Some(Mover { number, status, key }) = open {
            let reason =
                format!("write {number}, which moves the same counter, is {}", status.word());
            return Some((key.clone(), reason));
        }
        let planned = (account_of(destination).to_owned(), counter.to_owned());
        let key = batch.movers.get(&planned)?;
        Some((key.clone(), "a write that moves the same counter has just been planned".to_owned()))
    }

    /// Until when a movement of stock waits, so that what its counter shows before it has all that we moved it by. A plan
    /// sends nothing, so nothing becomes of the level that it reads.
    fn unrested(&self, recall: &Recall) -> Option<Instant> {
        recall.rested_at.filter(|until| *until > self.now && self.options.mode != Mode::Plan)
    }

    /// The fate of each key that an entry depends on: what this very batch found out comes before the store.
    fn fates_by_key(
        &self,
        batch: &Batch,
        groups: &[Group],
        fates: &[KeyFate],
    ) -> HashMap<String, KeyFate> {
        let mut keys: Vec<&String> =
            groups.iter().filter_map(Group::newest).flat_map(|item| &item.after).collect();
        keys.sort();
        keys.dedup();
        let here =
            |key: &str| groups.iter().filter_map(Group::newest).any(|item| item.entry.key == key);
        keys.into_iter()
            .zip(fates)
            .map(|(key, fate)| {
                let fate = match (batch.settled.get(key), batch.refused.get(key), fate) {
                    (Some(id), ..) => KeyFate::Applied { id: id.clone() },
                    (None, _, KeyFate::Applied { .. }) => fate.clone(),
                    (None, Some(reason), _) => KeyFate::Refused { reason: reason.clone() },
                    // What was refused before is tried again in this batch.
                    (None, None, KeyFate::Refused { .. } | KeyFate::Absent)
                        if batch.will_write(key) || here(key) =>
                    {
                        KeyFate::Pending
                    }
                    (None, None, _) => fate.clone(),
                };
                (key.clone(), fate)
            })
            .collect()
    }

    pub(super) fn park_group(
        &mut self,
        batch: &mut Batch,
        asked: &batch::Group,
        group: Group,
        wait: impl Fn() -> Wait,
    ) {
        for ticket in group.tickets {
            let row = self.waiting(asked.stage, &asked.input, ticket, wait());
            batch.park(row);
        }
    }
}

/// Why an order may not reach a sink: its parts do not come to its total.
fn unbalanced(item: &Item) -> Option<String> {
    match &item.entry.payload {
        Payload::Order(order) => balance(order).err().map(|imbalance| imbalance.to_string()),
        _ => None,
    }
}

/// Entries of equal keys together, in the order in which each key first came, and in each the one last that was read
/// last: one that waited may come after a newer one.
fn by_key(tickets: Vec<Ticket>, destination: &str) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::with_capacity(tickets.len());
    let mut places: HashMap<String, usize> = HashMap::with_capacity(tickets.len());
    for ticket in tickets {
        let key = &ticket.item.entry.key;
        match places.get(key).and_then(|place| groups.get_mut(*place)) {
            Some(group) => group.tickets.push(ticket),
            None => {
                places.insert(key.clone(), groups.len());
                let token = token(destination, key);
                groups.push(Group { tickets: vec![ticket], resolved: Vec::new(), token });
            }
        }
    }
    for group in &mut groups {
        group.tickets.sort_by_key(|ticket| ticket.item.origin.read_at);
    }
    groups
}

/// Of the movements of one counter the first, and behind it the others: one is planned when the last is settled.
fn one_a_counter(groups: Vec<Group>) -> (Vec<Group>, Vec<Group>) {
    let mut counters: HashSet<String> = HashSet::new();
    groups.into_iter().partition(|group| match group.counter() {
        Some(counter) => counters.insert(counter.to_owned()),
        None => true,
    })
}

/// What a sink is told of a group, whose newest entry is lent to it.
fn lend_intake(
    group: &mut Group,
    prior: Option<&crate::store::Earlier>,
    without: &[OrderPart],
) -> Option<Intake> {
    let (token, resolved) = (group.token.clone(), group.resolved.clone());
    let item = group.newest_mut()?;
    Some(Intake {
        entry: lend(&mut item.entry, without),
        token,
        prior: prior.map(|earlier| Earlier {
            id: earlier.id.clone(),
            revision: earlier.revision.clone(),
            memo: earlier.memo.clone(),
        }),
        resolved,
        attempt: item.attempt,
        memo: item.memo.clone(),
    })
}

/// Whether the keys that an entry depends on are there.
enum Dependence {
    Free(Vec<Pair>),
    Pending(Vec<String>),
    Absent(Vec<String>),
    Refused { key: String, reason: String },
}

fn depend(item: &Item, fates: &HashMap<String, KeyFate>) -> Dependence {
    let mut resolved = Vec::new();
    let mut pending = Vec::new();
    let mut absent = Vec::new();
    for key in &item.after {
        match fates.get(key) {
            Some(KeyFate::Applied { id }) => {
                resolved.push(Pair { name: key.clone(), value: id.clone() })
            }
            Some(KeyFate::Refused { reason }) => {
                return Dependence::Refused { key: key.clone(), reason: reason.clone() };
            }
            Some(KeyFate::Absent) => absent.push(key.clone()),
            Some(KeyFate::Pending) | None => pending.push(key.clone()),
        }
    }
    if !absent.is_empty() {
        return Dependence::Absent(absent);
    }
    if pending.is_empty() { Dependence::Free(resolved) } else { Dependence::Pending(pending) }
}

fn list(keys: &[String]) -> String {
    keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{Document, Entry};

    #[test]
    fn the_entry_that_was_read_last_counts_whatever_order_they_come_in() {
        let ticket = |revision: &str, read_at| {
            let payload =
                Payload::Document(Document { kind: "note".to_owned(), json: "{}".to_owned() });
            let entry =
                Entry { key: "k".to_owned(), revision: revision.to_owned(), read_at, payload };
            Ticket::new(Item::new("source", entry))
        };
        let groups = by_key(vec![ticket("2", 20), ticket("1", 10)], "till:1/sales");
        assert_eq!(groups.len(), 1);
        assert_eq!(groups[0].newest().unwrap().entry.revision, "2");
    }
}
