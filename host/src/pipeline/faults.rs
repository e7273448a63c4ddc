//! Where the faults of one check are gathered.

use std::cell::RefCell;
use std::sync::Arc;

use super::file::At;
use super::near::nearest;
use crate::report::{Code, Place, Report, SourceFile};

/// The files of a check and what was found in them so far.
#[derive(Debug)]
pub(super) struct Faults {
    files: Vec<Arc<SourceFile>>,
    found: RefCell<Vec<Report>>,
}

impl Faults {
    pub(super) fn new(files: Vec<Arc<SourceFile>>) -> Self {
        Self { files, found: RefCell::default() }
    }

    pub(super) fn file(&self, at: At) -> &Arc<SourceFile> {
        &self.files[at.file]
    }

    /// A place to put into a report.
    pub(super) fn place(&self, at: At, label: impl Into<String>) -> Place {
        Place::new(self.file(at), at.span(), label)
    }

    /// Adds a fault. The closure adds second places, notes and hints.
    pub(super) fn error(&self, fault: Fault, more: impl FnOnce(Report) -> Report) {
        let place = self.place(fault.at, fault.label);
        self.push(more(Report::error(fault.code, fault.fact).at(place)));
    }

    /// Adds a warning.
    pub(super) fn warning(&self, fault: Fault, more: impl FnOnce(Report) -> Report) {
        let place = self.place(fault.at, fault.label);
        self.push(more(Report::warning(fault.code, fault.fact).at(place)));
    }

    pub(super) fn push(&self, report: Report) {
        self.found.borrow_mut().push(report);
    }

    pub(super) fn any_errors(&self) -> bool {
        self.found.borrow().iter().any(Report::is_error)
    }

    /// Everything that was found, in the order of the files.
    pub(super) fn into_reports(self) -> Vec<Report> {
        let files = self.files;
        let mut reports = self.found.into_inner();
        reports.sort_by_key(|report| {
            report.place.as_ref().map(|place| {
                let file = files.iter().position(|file| Arc::ptr_eq(file, &place.file));
                (file, place.span.start, place.span.end)
            })
        });
        reports
    }
}

/// The parts that every fault has.
#[derive(Debug)]
pub(super) struct Fault {
    pub code: Code,
    pub at: At,
    pub fact: String,
    /// What stands at the place, in a few words; empty where the fact says it.
    pub label: String,
}

impl Fault {
    pub(super) fn new(
        code: Code,
        at: At,
        fact: impl Into<String>,
        label: impl Into<String>,
    ) -> Self {
        Self { code, at, fact: fact.into(), label: label.into() }
    }
}

/// `did you mean …?`, where a name is near enough.
pub(super) fn did_you_mean<'a>(
    name: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    nearest(name, known).map(|near| format!("did you mean `{near}`?"))
}

/// `` `a`, `b`, `c` ``, in alphabetical order.
pub(super) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let mut names: Vec<&str> = names.into_iter().collect();
    names.sort_unstable();
    names.dedup();
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// A note that lists what is known: `` stages here: `a`, `b` ``, or that there are none.
pub(super) fn list_note<'a>(what: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let names = listed(names);
    if names.is_empty() { format!("{what}: none") } else { format!("{what}: {names}") }
}
