//! What histories have met: acts, steps, faults, behaviours of the vendors, commit points, and where a process died.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use penstock::egress::Purpose;
use penstock::engine::driver::{POINTS, lock};

use super::draw::knobs;
use super::exchange::Trouble;
use super::{act, history};

/// How often each thing was met, by its name.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Reached(BTreeMap<String, u64>);

/// What all parts of one simulation count in.
pub(super) type Tally = Arc<Mutex<Reached>>;

/// One more of it.
pub(super) fn count(tally: &Tally, name: impl Into<String>) {
    *lock(tally).0.entry(name.into()).or_default() += 1;
}

/// An exchange has met a trouble.
pub(super) fn met(purpose: Purpose, trouble: Trouble) -> String {
    let what = match purpose {
        Purpose::Read => "read",
        Purpose::Write => "write",
    };
    format!("{what} meets {trouble:?}")
}

impl Reached {
    /// What two have met together.
    pub fn add(&mut self, other: &Self) {
        for (name, times) in &other.0 {
            *self.0.entry(name.clone()).or_default() += times;
        }
    }

    /// What should have been met and was not, by name.
    #[must_use]
    pub fn missing(&self) -> Vec<String> {
        expected().into_iter().filter(|name| !self.0.contains_key(name)).collect()
    }
}

impl fmt::Display for Reached {
    /// As a table, in the order of the names.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|(name, times)| writeln!(out, "{times:>9}  {name}"))
    }
}

/// Everything that many histories should meet.
fn expected() -> Vec<String> {
    let points = POINTS.iter().map(|point| format!("reaches {point}"));
    let killed = POINTS.iter().map(|point| format!("killed {point}"));
    let commits = POINTS.iter().filter(|point| point.contains("commit"));
    let overtaken = commits.map(|point| format!("overtaken {point}"));
    let troubles = Trouble::ALL.into_iter().chain([Trouble::Expired]);
    let troubles = troubles.flat_map(|trouble| {
        // What comes late, comes late to be written.
        let purposes = [Purpose::Read, Purpose::Write].into_iter();
        let purposes = purposes.filter(move |it| *it == Purpose::Write || trouble != Trouble::Late);
        purposes.map(move |purpose| met(purpose, trouble))
    });
    let steps = history::STEPS.iter().map(|name| format!("step {name}"));
    let acts = act::ACTS.iter().map(|name| format!("act {name}"));
    let knobs = knobs()
        .flat_map(|(name, values)| values[1..].iter().map(move |it| format!("knob {name} = {it}")));
    points
        .chain(killed)
        .chain(overtaken)
        .chain(troubles)
        .chain(steps)
        .chain(acts)
        .chain(knobs)
        .collect()
}
