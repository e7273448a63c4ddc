//! Mending what is sure.

use std::collections::HashSet;

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

/// Applies the edits that reports carry, one at a time and only such as mend their fault and bring no other. Nothing is
/// written.
pub fn fix(files: Files, connectors: &dyn Connectors) -> Fixed {
    let (pipeline, reports) = read(&files, connectors);
    let mut fixed = Fixed { files, mended: Vec::new(), pipeline, reports };
    // Edits that brought other faults, by what they were to mend. Once another is mended they may do.
    let mut refused = HashSet::new();
    for _ in 0..FIX_ATTEMPTS_MAX {
        let is_untried =
            |report: &&Report| report.edit.is_some() && !refused.contains(&key(report));
        let Some(report) = fixed.reports.iter().find(is_untried).cloned() else { break };
        let Some(files) = report.edit.as_ref().and_then(|edit| edited(&fixed.files, edit)) else {
            refused.insert(key(&report));
            continue;
        };
        let (pipeline, reports) = read(&files, connectors);
        if is_better(&reports, &fixed.reports, &report) {
            refused.clear();
            fixed.mended.push(report);
            fixed = Fixed { files, pipeline, reports, ..fixed };
        } else {
            refused.insert(key(&report));
        }
    }
    fixed
}

/// What a report is known by though its place moves when something before it is mended.
fn key(report: &Report) -> (String, Option<String>) {
    (report.fact.clone(), report.edit.as_ref().map(|edit| edit.text.clone()))
}

/// Whether the fault is gone, no other is in its place, and there are no more than before: what was hidden behind it
/// may come to light.
fn is_better(now: &[Report], before: &[Report], mended: &Report) -> bool {
    let count = |reports: &[Report]| reports.iter().filter(|report| report.is_error()).count();
    let same =
        |reports: &[Report]| reports.iter().filter(|report| report.fact == mended.fact).count();
    let is_toml = |reports: &[Report]| {
        !reports.iter().any(|report| [codes::TOML_SYNTAX, codes::KEY_TWICE].contains(&report.code))
    };
    let is_in_its_place = |report: &Report| match (&report.place, &mended.edit) {
        (Some(place), Some(edit)) => {
            let end = edit.span.start + edit.text.len();
            place.file.path() == edit.file.path()
                && place.span.start >= edit.span.start
                && place.span.end <= end
        }
        _ => false,
    };
    is_toml(now)
        && count(now) <= count(before)
        && same(now) < same(before)
        && !now.iter().any(is_in_its_place)
}

/// The files with this edit; `None` where it is of none of them.
fn edited(files: &Files, edit: &Edit) -> Option<Files> {
    let mut files = files.clone();
    let all = [Some(&mut files.pipeline), files.shared.as_mut(), files.overrides.as_mut()];
    let file = all.into_iter().flatten().find(|file| file.path() == edit.file.path())?;
    *file = SourceFile::new(file.path(), edit.applied());
    Some(files)
}
