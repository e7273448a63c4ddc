//! What orders have taken off the shop's counters: every revision of an order gives the difference
//! to what was noted of it before.

use std::collections::BTreeMap;

use penstock_connector_sdk::commerce::{Order, PaymentStatus};
use penstock_connector_sdk::decimal::DecimalError;
use penstock_connector_sdk::types::{Decimal, Instant};
use serde::{Deserialize, Serialize};

/// Most lines of one counter that are remembered as taken back, or as refunded. The oldest beyond are
/// forgotten: a sale that was not posted by then is no longer posted, and goods that did not come back
/// by then come back no more.
const CHANGED_MAX: usize = 256;

/// An order as it was noted last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Noted {
    /// By the shop's clock.
    pub(crate) updated_at: Instant,
    pub(crate) read_at: Instant,
    /// Money that was given back. Its goods may be back too; the shop's orders don't tell.
    #[serde(default)]
    pub(crate) refunded: Decimal,
    /// All of its money was.
    #[serde(default)]
    pub(crate) is_refunded: bool,
    /// By the line's id.
    pub(crate) lines: BTreeMap<String, Line>,
}

/// A line that moves a counter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Line {
    /// The shop's counter.
    pub(crate) owner: String,
    /// Units that are off the counter now: nothing once the shop put them back.
    pub(crate) taken: Decimal,
    /// Units that its order took and that came back after a refund, or are taken to be back.
    #[serde(default)]
    pub(crate) restocked: Decimal,
    /// Units of an order that waits for its money, while the shop does not count the item. An order shows its lines as the
    /// product is now: these may have been taken before, and will be shown as taken when the shop counts again.
    #[serde(default)]
    pub(crate) uncounted: Decimal,
}

/// All that orders have done to one counter of the shop.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tally {
    /// The sum of their effects: below zero where units are taken.
    pub(crate) sum: Decimal,
    /// When the last order that may have changed it was read, by the host's clock, which is never before the
    /// shop moved the counter. The shop's own clock is not compared with ours.
    pub(crate) changed_at: Option<Instant>,
    /// Lines of which units were put back, by the cause that a sale of them has.
    pub(crate) reduced: BTreeMap<String, Changed>,
    /// Lines of refunded orders that still take units, by the cause that a sale of them has.
    #[serde(default)]
    pub(crate) refunded: BTreeMap<String, Changed>,
    /// Lines that were shown with uncounted units, by the cause that a sale of them has. What is so still, the order tells.
    #[serde(default)]
    pub(crate) uncounted: BTreeMap<String, Changed>,
}

/// A line of an order that has changed since it was placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Changed {
    /// Units that it takes now.
    pub(crate) taken: Decimal,
    pub(crate) changed_at: Instant,
}

/// One line's change, from one revision of its order to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) owner: String,
    pub(crate) line: String,
    pub(crate) before: Decimal,
    pub(crate) after: Decimal,
}

/// The cause that a sale of an order's line has, in the words of the contract.
pub(crate) fn cause(order: &str, line: &str) -> String {
    format!("{order}#{line}")
}

/// The order and the line of a sale's cause; nothing for another cause.
pub(crate) fn sold_by(cause: &str) -> Option<(&str, &str)> {
    cause.rsplit_once('#')
}

impl Noted {
    /// Whether this shows the order as it was before what was noted. Revisions of an order are told
    /// apart by the shop's clock, which is one clock, and then by when they were read.
    pub(crate) fn is_older_than(&self, known: &Self) -> bool {
        (self.updated_at, self.read_at) < (known.updated_at, known.read_at)
    }

    /// The counters that its lines move, or have moved.
    pub(crate) fn owners(&self) -> impl Iterator<Item = &str> {
        self.lines.values().map(|line| line.owner.as_str())
    }

    /// An order that stands has put nothing back. Where it shows a line that takes nothing any more, the shop only does not
    /// count the item now, or has it no more: an order shows its lines as the product is.
    pub(crate) fn keep_taken(&mut self, order: &Order, known: &Self) -> Result<(), DecimalError> {
        use PaymentStatus::{Cancelled, Refunded};
        if matches!(order.payment_status, Cancelled | Refunded) {
            return Ok(());
        }
        for shown in order.lines.iter().filter(|line| !line.takes_stock) {
            let Some(before) = known.lines.get(&shown.id) else { continue };
            let Some(line) = self.lines.get_mut(&shown.id) else { continue };
            if line.owner == before.owner {
                let taken = before.taken.checked_add(before.restocked)?.min(shown.quantity);
                line.uncounted = line.uncounted.checked_sub(taken)?.max(Decimal::ZERO);
                line.taken = line.taken.max(taken);
            }
        }
        Ok(())
    }

    /// What came back after a refund stays back, whatever is told of the order later.
    pub(crate) fn keep_restocked(&mut self, known: &Self) -> Result<(), DecimalError> {
        for (id, line) in &mut self.lines {
            if let Some(before) = known.lines.get(id).filter(|before| before.owner == line.owner) {
                line.restocked = before.restocked;
                line.taken = line.taken.checked_sub(line.restocked)?.max(Decimal::ZERO);
            }
        }
        Ok(())
    }

    /// What has changed since it was noted before.
    pub(crate) fn changes_since(&self, known: &Self) -> Vec<Change> {
        let mut changes = Vec::new();
        let mut changed = |owner: &str, line: &str, before: Decimal, after: Decimal| {
            if before != after {
                let (owner, line) = (owner.to_owned(), line.to_owned());
                changes.push(Change { owner, line, before, after });
            }
        };
        for (id, line) in &known.lines {
            match self.lines.get(id).filter(|now| now.owner == line.owner) {
                Some(now) => changed(&line.owner, id, line.taken, now.taken),
                None => changed(&line.owner, id, line.taken, Decimal::ZERO),
            }
        }
        for (id, line) in &self.lines {
            if known.lines.get(id).is_none_or(|before| before.owner != line.owner) {
                changed(&line.owner, id, Decimal::ZERO, line.taken);
            }
        }
        changes
    }
}

impl Line {
    /// The shop counts the item again, so that its units are to be left to its order like any others. Answers how many.
    pub(crate) fn count(&mut self) -> Result<Decimal, DecimalError> {
        let units = std::mem::take(&mut self.uncounted);
        self.taken = self.taken.checked_add(units)?;
        Ok(units)
    }

    /// So many units of it are on the counter again.
    pub(crate) fn restock(&mut self, back: Decimal) -> Result<(), DecimalError> {
        self.taken = self.taken.checked_sub(back)?;
        self.restocked = self.restocked.checked_add(back)?;
        Ok(())
    }
}

impl Tally {
    /// An order that moves this counter was changed, and seen at this instant. What it takes may be
    /// as it was and yet not have been so all the time: placed and cancelled between two looks.
    pub(crate) fn stirred(&mut self, at: Instant) {
        self.changed_at = self.changed_at.max(Some(at));
    }

    /// Takes one line's change in.
    pub(crate) fn add(
        &mut self,
        order: &str,
        change: &Change,
        at: Instant,
    ) -> Result<(), DecimalError> {
        self.sum = self.sum.checked_add(change.before)?.checked_sub(change.after)?;
        self.stirred(at);
        let cause = cause(order, &change.line);
        if change.after < change.before || self.reduced.contains_key(&cause) {
            self.reduced.insert(cause, Changed { taken: change.after, changed_at: at });
        }
        forget_oldest(&mut self.reduced);
        Ok(())
    }

    /// Units of a refunded line are on the counter again; it takes so many still.
    pub(crate) fn restock(
        &mut self,
        cause: &str,
        taken: Decimal,
        back: Decimal,
    ) -> Result<(), DecimalError> {
        self.sum = self.sum.checked_add(back)?;
        if let Some(line) = self.refunded.get_mut(cause) {
            line.taken = taken;
            // Were it sold after all, the till would have these units back.
            self.reduced.insert(cause.to_owned(), *line);
            forget_oldest(&mut self.reduced);
        }
        if taken.is_zero() {
            self.refunded.remove(cause);
        }
        Ok(())
    }

    /// Notes that a line has units that are not counted.
    pub(crate) fn note_uncounted(&mut self, order: &str, (id, line): (&str, &Line), at: Instant) {
        let changed = Changed { taken: line.taken, changed_at: at };
        self.uncounted.insert(cause(order, id), changed);
        forget_oldest(&mut self.uncounted);
    }

    /// Notes whether goods of a line may have come back by a refund: `at` is when more, or less, of its order's money was
    /// seen to be given back, if it was.
    pub(crate) fn note_refund(
        &mut self,
        order: &str,
        (id, line): (&str, &Line),
        is_refunded: bool,
        at: Option<Instant>,
    ) {
        let cause = cause(order, id);
        let noted = self.refunded.remove(&cause);
        let changed_at = at.or_else(|| noted.map(|line| line.changed_at));
        if let Some(changed_at) = changed_at.filter(|_| is_refunded && line.taken.is_positive()) {
            self.refunded.insert(cause, Changed { taken: line.taken, changed_at });
            forget_oldest(&mut self.refunded);
        }
    }
}

fn forget_oldest(lines: &mut BTreeMap<String, Changed>) {
    if lines.len() > CHANGED_MAX {
        let oldest = lines.iter().min_by_key(|(_, line)| line.changed_at);
        if let Some(cause) = oldest.map(|(cause, _)| cause.clone()) {
            lines.remove(&cause);
        }
    }
    debug_assert!(lines.len() <= CHANGED_MAX);
}

#[cfg(test)]
mod tests {
    use super::{Line, Noted, Tally};
    use penstock_connector_sdk::types::Decimal;

    fn noted(lines: &[(&str, &str, i64)]) -> Noted {
        let lines = lines.iter().map(|(id, owner, taken)| {
            let line = Line {
                owner: (*owner).to_owned(),
                taken: Decimal::new(*taken, 0),
                restocked: Decimal::ZERO,
                uncounted: Decimal::ZERO,
            };
            ((*id).to_owned(), line)
        });
        let lines = lines.collect();
        Noted { updated_at: 5, read_at: 9, lines, ..Noted::default() }
    }

    #[test]
    fn each_revision_gives_the_difference_and_the_sums_are_those_of_the_last() {
        let revisions = [
            noted(&[("1", "7", 2), ("2", "8", 1)]),
            noted(&[("1", "7", 3), ("2", "9", 1)]),
            noted(&[("1", "7", 0)]),
        ];
        let mut known = Noted::default();
        let mut tallies = std::collections::BTreeMap::<String, Tally>::new();
        for now in revisions {
            for change in now.changes_since(&known) {
                tallies.entry(change.owner.clone()).or_default().add("A", &change, 9).unwrap();
            }
            known = now;
        }
        assert!(tallies.values().all(|tally| tally.sum.is_zero()), "{tallies:?}");
        assert_eq!(tallies["7"].reduced["A#1"].taken, Decimal::ZERO);
    }

    #[test]
    fn an_order_that_is_shown_again_or_as_it_was_is_not_newer() {
        let known = noted(&[("1", "7", 2)]);
        assert!(known.changes_since(&known).is_empty());
        let earlier = Noted { updated_at: 4, read_at: 12, ..known.clone() };
        assert!(earlier.is_older_than(&known) && !known.is_older_than(&earlier));
    }
}
