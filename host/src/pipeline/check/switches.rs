//! Switches: declared once, used by stages.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::pipeline::faults::{Fault, Faults, Slip, list_note};
use crate::pipeline::file::{Section, Switch, Text};
use crate::report::codes;

/// The switches of a file, and which of them something hangs on.
#[derive(Debug)]
pub(super) struct Switches {
    declared: Vec<Switch>,
    /// Whether all could be read. Where not, a name that is not among them may still be one.
    whole: bool,
    used: RefCell<BTreeSet<String>>,
}

impl Switches {
    pub(super) fn new(declared: Section<Switch>) -> Self {
        Self { declared: declared.items, whole: declared.whole, used: RefCell::default() }
    }

    /// Checks a stage's `switch`.
    pub(super) fn check(&self, name: &Text, faults: &Faults) {
        let names = || self.declared.iter().map(|switch| switch.name.value.as_str());
        if names().any(|known| known == name.value) {
            self.used.borrow_mut().insert(name.value.clone());
            return;
        }
        if !self.whole {
            return;
        }
        // Most likely the near one was meant, so that it does not count as unused.
        self.used
            .borrow_mut()
            .extend(crate::pipeline::near::nearest(&name.value, names()).map(str::to_owned));
        let fact = format!("there is no switch `{}`", name.value);
        faults.error(Fault::new(codes::UNKNOWN_SWITCH, name.at, fact, ""), |report| {
            let report = report.note(list_note("switches", names()));
            let meant = faults.meant(report, Slip::text(name), names());
            match meant.hints.is_empty() {
                true => {
                    meant.hint(format!("declare it under `[switches]`: `{} = true`", name.value))
                }
                false => meant,
            }
        });
    }

    /// Warns of switches that nothing hangs on.
    pub(super) fn warn_of_unused(&self, faults: &Faults) {
        let used = self.used.borrow();
        for switch in self.declared.iter().filter(|switch| !used.contains(&switch.name.value)) {
            let fact = format!("nothing hangs on switch `{}`", switch.name.value);
            faults.warning(Fault::new(codes::SWITCH_UNUSED, switch.name.at, fact, ""), |report| {
                report.hint(format!(
                    "leave it out, or name it in a stage: `switch = \"{}\"`",
                    switch.name.value
                ))
            });
        }
    }

    /// How they stand.
    pub(super) fn states(&self) -> BTreeMap<String, bool> {
        self.declared.iter().map(|switch| (switch.name.value.clone(), switch.on)).collect()
    }
}
