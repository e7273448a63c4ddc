//! A sink's plan, taken in: writes enter the journal, what is there already is remembered, and the rest waits or is held.

use std::sync::Arc;

use super::batch::{self, Batch};
use super::sink::Group;
use super::{Engine, Mode, Wait, again_at};
use crate::contract::{Existing, Plan, Write};
use crate::engine::effect::Effect;
use crate::engine::event::Fault;
use crate::engine::summary::count;
use crate::engine::unwritten::{Unwritten, Why};
use crate::pipeline::StageIndex;
use crate::record::{Item, account_of};
use crate::store::{Change, ExistingRow, IntakeRow, WaitingKind, WriteRow, WriteStatus};

/// Who planned, and what of it is taken.
struct Planned<'a> {
    component: &'a str,
    causes_taken: &'a [(String, String)],
}

impl Engine {
    /// Takes in a sink's plan.
    pub(super) fn prepared(
        &mut self,
        plan: Result<Plan, Fault>,
        component: &str,
        causes_taken: &[(String, String)],
        out: &mut Vec<Effect>,
    ) {
        let Some(mut batch) = self.batch.take() else { return };
        let Some(asked) = batch.asked.take() else { return };
        let groups = std::mem::take(&mut batch.intakes);
        match plan {
            Ok(plan) => {
                self.unreached = 0;
                self.take_plan(
                    &mut batch,
                    &asked,
                    groups,
                    plan,
                    Planned { component, causes_taken },
                );
            }
            Err(fault) => {
                let tickets = groups.into_iter().flat_map(|group| group.tickets).collect();
                let group = batch::Group { stage: asked.stage, input: asked.input, tickets };
                if !self.call_failed(&mut batch, group, fault) {
                    return;
                }
            }
        }
        self.batch = Some(batch);
        self.advance(out);
    }

    fn take_plan(
        &mut self,
        batch: &mut Batch,
        asked: &batch::Group,
        groups: Vec<Group>,
        plan: Plan,
        by: Planned<'_>,
    ) {
        let destination = self.destination_at(asked.stage);
        let mut groups: Vec<Option<Group>> = groups.into_iter().map(Some).collect();
        let mut take = |position: u32| {
            groups.get_mut(usize::try_from(position).unwrap_or(usize::MAX)).and_then(Option::take)
        };
        for existing in plan.unchanged {
            if let Some(group) = take(existing.intake) {
                self.take_existing(batch, asked.stage, group, existing);
            }
        }
        let is_on = self.is_on(asked.stage);
        for rejection in plan.rejections.into_iter().filter(|it| is_on || it.remote.is_some()) {
            let Some(group) = take(rejection.intake) else { continue };
            let wait = || Wait::held(rejection.message.clone(), rejection.hint.clone());
            self.park_group(batch, asked, group, wait);
        }
        if !is_on {
            for group in groups.into_iter().flatten() {
                self.divert(batch, asked.stage, &destination, group);
            }
            return;
        }
        for deferral in plan.deferrals {
            let Some(mut group) = take(deferral.intake) else { continue };
            let attempt = group.newest().map_or(0, |item| item.attempt);
            let until = again_at(self.now, deferral.after_ms, attempt);
            for ticket in &mut group.tickets {
                ticket.item.memo.clone_from(&deferral.memo);
                ticket.item.attempt = ticket.item.attempt.saturating_add(1);
            }
            let wait = || Wait::new(WaitingKind::Due { until }, "the sink put it off");
            self.park_group(batch, asked, group, wait);
        }
        for write in plan.writes {
            let covered: Vec<Group> =
                write.covers.iter().filter_map(|position| take(*position)).collect();
            let taken = write.movements.iter().find(|movement| {
                let moves = (movement.owner.clone(), movement.cause.clone());
                by.causes_taken.contains(&moves) || !batch.moved.insert(moves)
            });
            if let Some(movement) = taken {
                let reason = format!(
                    "`{}` has moved the counter `{}` already",
                    movement.cause, movement.owner
                );
                for group in covered {
                    self.park_group(batch, asked, group, || Wait::held(reason.clone(), None));
                }
                continue;
            }
            let row = self.write_row(asked.stage, covered, write, by.component);
            for movement in &row.write.movements {
                let intake = usize::try_from(movement.intake).unwrap_or(usize::MAX);
                let item = row.intakes.get(intake).and_then(|intake| intake.items.first());
                if let Some(item) = item {
                    let counter = (account_of(&destination).to_owned(), movement.owner.clone());
                    batch.movers.insert(counter, item.entry.key.clone());
                }
            }
            for intake in row.intakes.iter() {
                for item in &intake.items {
                    batch.planned.insert((destination.clone(), item.entry.key.clone()));
                    batch.outcome(
                        &item.origin.key,
                        &format!("write {} planned by {}", row.number, row.stage),
                    );
                }
            }
            batch.writes.push(row);
        }
    }

    fn take_existing(
        &mut self,
        batch: &mut Batch,
        stage: StageIndex,
        group: Group,
        existing: Existing,
    ) {
        let destination = self.destination_at(stage);
        let id = self.stage_id(stage);
        self.summary.stage(&id).unchanged += 1;
        let Some(item) = group.newest() else { return };
        batch.outcome(&item.origin.key, &format!("{id}: already there as {}", existing.id));
        self.show_unwritten(batch, &id, item, || Why::Unchanged { id: Some(existing.id.clone()) });
        batch.settled.insert(item.entry.key.clone(), existing.id.clone());
        batch.changes.push(Change::Existing(Box::new(ExistingRow {
            destination,
            key: item.entry.key.clone(),
            revision: item.entry.revision.clone(),
            token: group.token.clone(),
            id: existing.id,
            memo: existing.memo,
            movements: existing.movements,
            at: self.now,
        })));
    }

    fn write_row(
        &mut self,
        stage: StageIndex,
        groups: Vec<Group>,
        mut write: Write,
        component: &str,
    ) -> WriteRow {
        let id = self.stage_id(stage);
        let destination = self.destination_at(stage);
        // In the journal a write's intakes are counted from nought.
        for movement in &mut write.movements {
            let position = write.covers.iter().position(|covered| *covered == movement.intake);
            movement.intake =
                position.and_then(|position| u32::try_from(position).ok()).unwrap_or(0);
        }
        write.covers =
            (0..write.covers.len()).filter_map(|position| u32::try_from(position).ok()).collect();
        self.summary.stage(&id).planned += 1;
        let intakes = groups
            .into_iter()
            .map(|mut group| IntakeRow {
                token: std::mem::take(&mut group.token),
                resolved: std::mem::take(&mut group.resolved),
                items: group.into_items(),
            })
            .collect();
        WriteRow {
            number: self.next_number(),
            stage: id,
            destination,
            component: component.to_owned(),
            status: WriteStatus::Planned,
            write: Arc::new(write),
            intakes,
            planned_at: self.now,
            not_before: self.now,
            sent_at: None,
            sends: 0,
            probes: 0,
            reason: None,
            results: Vec::new(),
        }
    }

    /// A plan shows an entry that ends at a stage without a write.
    pub(super) fn show_unwritten(
        &self,
        batch: &mut Batch,
        stage: &str,
        item: &Item,
        why: impl FnOnce() -> Why,
    ) {
        if self.options.mode == Mode::Plan {
            batch.unwritten.push(Unwritten::new(stage, item, why()));
        }
    }

    /// Counts an entry whose write was applied.
    pub(super) fn count_applied(&mut self, stage: &str, action: &str) {
        count(&mut self.summary.stage(stage).applied, action);
    }
}
