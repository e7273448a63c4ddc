//! Mending what is sure.

use std::cell::Cell;

use super::{Connectors, FIX_ATTEMPTS_MAX, Files, Pipeline, read};
use crate::report::{Edit, Report, SourceFile, codes};

/// Files that were mended as far as it is sure how, and what is said of them then.
#[derive(Debug)]
pub struct Fixed {
    /// The files as they are to be written.
    pub files: Files,
    /// The faults that were mended, each as it was told when it was.
    pub mended: Vec<Report>,
    /// What the files are, unless something is left.
    pub pipeline: Option<Pipeline>,
    /// What is left.
    pub reports: Vec<Report>,
}

/// Applies the edits that reports carry, one at a time and only such as mend their fault and bring no other; what lies
/// hidden behind it and can be mended as surely is no other. Nothing is written.
pub fn fix(files: Files, connectors: &dyn Connectors) -> Fixed {
    let mender = Mender { connectors, attempts_left: Cell::new(FIX_ATTEMPTS_MAX) };
    let (pipeline, reports) = read(&files, connectors);
    mender.mend(Fixed { files, mended: Vec::new(), pipeline, reports })
}

struct Mender<'c> {
    connectors: &'c dyn Connectors,
    attempts_left: Cell<usize>,
}

/// How far an edit is followed before it is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Follow {
    No,
    /// What it brings to light is mended too.
    Through,
}

impl Mender<'_> {
    fn mend(&self, mut fixed: Fixed) -> Fixed {
        // What an edit brings to light is looked into only when no other is left that needs no such look.
        while let Some(next) =
            self.next(&fixed, Follow::No).or_else(|| self.next(&fixed, Follow::Through))
        {
            fixed = next;
        }
        fixed
    }

    /// The first edit that makes the files better, made.
    fn next(&self, fixed: &Fixed, follow: Follow) -> Option<Fixed> {
        fixed.reports.iter().find_map(|report| self.attempt(fixed, report, follow))
    }

    fn attempt(&self, fixed: &Fixed, report: &Report, follow: Follow) -> Option<Fixed> {
        let files = edited(&fixed.files, report.edit.as_ref()?)?;
        self.attempts_left.set(self.attempts_left.get().checked_sub(1)?);
        let (pipeline, reports) = read(&files, self.connectors);
        if !is_mended(report, &reports, &fixed.reports) {
            return None;
        }
        let mut mended = fixed.mended.clone();
        mended.push(report.clone());
        let next = Fixed { files, mended, pipeline, reports };
        let next = match follow {
            Follow::No => next,
            Follow::Through => self.mend(next),
        };
        (errors(&next.reports) <= errors(&fixed.reports)).then_some(next)
    }
}

fn errors(reports: &[Report]) -> usize {
    reports.iter().filter(|report| report.is_error()).count()
}

/// Whether the fault is gone, and no other is in its place.
fn is_mended(fault: &Report, now: &[Report], before: &[Report]) -> bool {
    let same =
        |reports: &[Report]| reports.iter().filter(|report| report.fact == fault.fact).count();
    let is_toml = |reports: &[Report]| {
        !reports.iter().any(|report| [codes::TOML_SYNTAX, codes::KEY_TWICE].contains(&report.code))
    };
    // What is found inside of it, as in a string that is put into a list, was hidden.
    let is_in_its_place = |report: &Report| match (&report.place, &fault.edit) {
        (Some(place), Some(edit)) => {
            let span = edit.span.start..edit.span.start + edit.text.len();
            place.file.path() == edit.file.path() && place.span == span
        }
        _ => false,
    };
    is_toml(now) && same(now) < same(before) && !now.iter().any(is_in_its_place)
}

/// The files with this edit; `None` where it is of none of them.
fn edited(files: &Files, edit: &Edit) -> Option<Files> {
    let mut files = files.clone();
    let all = [Some(&mut files.pipeline), files.shared.as_mut(), files.overrides.as_mut()];
    let file = all.into_iter().flatten().find(|file| file.path() == edit.file.path())?;
    *file = SourceFile::new(file.path(), edit.applied());
    Some(files)
}
