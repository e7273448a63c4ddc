//! What a run did, in numbers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::limits::REASONS_MAX;

/// Stands for all reasons beyond those that are counted apart.
const OTHER_REASONS: &str = "other reasons";

/// Counts of one run, by stage.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// In the order of the pipeline file's stages.
    pub stages: BTreeMap<String, StageCounts>,
}

/// Counts of one stage in one run. Entries that came again are counted again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageCounts {
    /// Entries that a source gave and that were new.
    pub read: u64,
    /// Entries that a source gave again, unchanged.
    pub known: u64,
    /// Entries that a transform let pass or changed.
    pub passed: u64,
    /// Entries that a sink left to another stage, for its switch is off, or was.
    pub diverted: u64,
    /// Entries that a transform did not want, by reason.
    pub filtered: BTreeMap<String, u64>,
    /// Orders that a transform linked to a customer that exists.
    pub linked: u64,
    /// Orders that a transform linked to a customer to be created.
    pub linked_new: u64,
    /// Writes that a sink planned.
    pub planned: u64,
    /// Requests of writes that were sent, repetitions included.
    pub sent: u64,
    /// Entries whose write was applied, by action.
    pub applied: BTreeMap<String, u64>,
    /// Entries that the remote already had as they are.
    pub unchanged: u64,
    /// Entries that began to wait for a person, by reason.
    pub held: BTreeMap<String, u64>,
    /// Entries that were refused for good, by reason.
    pub dead: BTreeMap<String, u64>,
    /// Times that it was not known whether a write took effect.
    pub unknown: u64,
    /// The same by reason.
    pub doubted: BTreeMap<String, u64>,
    /// How long a source's account asked to be left alone, in milliseconds, where it was not read any more after that.
    pub put_off_ms: u64,
}

impl Summary {
    /// The counts of a stage.
    pub fn stage(&mut self, id: &str) -> &mut StageCounts {
        if !self.stages.contains_key(id) {
            self.stages.insert(id.to_owned(), StageCounts::default());
        }
        self.stages.entry(id.to_owned()).or_default()
    }

    /// Whether nothing came of the run: nothing was read that is new, and nothing was done.
    pub fn is_idle(&self) -> bool {
        let idle = |counts: &StageCounts| {
            let besides = StageCounts { known: 0, put_off_ms: 0, ..counts.clone() };
            besides == StageCounts::default()
        };
        self.stages.values().all(idle)
    }

    /// The sum of a count over all stages.
    pub fn sum(&self, count: impl Fn(&StageCounts) -> u64) -> u64 {
        self.stages.values().map(count).sum()
    }
}

/// Adds one to a count that is kept by reason.
pub fn count(counts: &mut BTreeMap<String, u64>, reason: &str) {
    let full = counts.len() >= REASONS_MAX && !counts.contains_key(reason);
    let reason = if full { OTHER_REASONS } else { reason };
    match counts.get_mut(reason) {
        Some(count) => *count += 1,
        None => {
            counts.insert(reason.to_owned(), 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_that_name_each_order_are_counted_within_bounds() {
        let mut counts = BTreeMap::new();
        for order in 0..100_000 {
            count(&mut counts, &format!("order {order} has a line that is not known"));
        }
        assert_eq!(counts.len(), REASONS_MAX + 1);
        assert_eq!(counts.values().sum::<u64>(), 100_000);
    }
}
