//! `penstock check`: all faults of pipeline files.

mod online;

use std::path::Path;

use serde_json::{Value, json};

use super::args::{Arguments, CheckArgs};
use super::catalogue::Catalogue;
use super::diff::{coloured, diff};
use super::explain::{self, codes_of};
use super::output::{Outcome, Screen, counted};
use super::project;
use crate::pipeline::{self, Files, Fixed, Pipeline, Process};
use crate::report::{Code, Report, to_json};

pub(super) fn check(command: &CheckArgs, arguments: &Arguments, screen: &Screen) -> Outcome {
    if let Some(names) = &command.explain {
        return explain::explain(names, screen);
    }
    let catalogue = match project::catalogue(arguments, screen) {
        Ok(catalogue) => catalogue,
        Err(outcome) => return outcome,
    };
    let mut told = Told {
        outcome: Outcome::Done,
        answers: Vec::new(),
        reports: Vec::new(),
        unasked: Vec::new(),
    };
    for file in &command.files {
        if let Err(failed) = one(file, command, arguments, &catalogue, screen, &mut told) {
            return failed;
        }
    }
    screen.more_about(&told.codes());
    screen.give(&json!({ "files": told.answers }));
    told.outcome
}

/// What came of the files so far.
struct Told {
    outcome: Outcome,
    answers: Vec<Value>,
    reports: Vec<Report>,
    /// Why accounts could not be asked.
    unasked: Vec<Code>,
}

impl Told {
    /// All that more is told about.
    fn codes(&self) -> Vec<Code> {
        self.unasked.iter().copied().chain(codes_of(&self.reports)).collect()
    }
}

/// Checks one file. Fails where nothing can be asked online; all else is told.
fn one(
    file: &Path,
    command: &CheckArgs,
    arguments: &Arguments,
    catalogue: &Catalogue,
    screen: &Screen,
    told: &mut Told,
) -> Result<(), Outcome> {
    let load = || Files::load(file, arguments.connections.as_deref(), &Process);
    let mut faults = Vec::new();
    let mut answer = json!({ "file": file });
    let read = match load() {
        Ok(files) if command.fix => mend(file, files, catalogue, screen, &mut answer)
            // Something may have been written before: what counts is what is there.
            .or_else(|fault| {
                faults.push(*fault);
                load().map(|files| pipeline::read(&files, catalogue))
            }),
        files => files.map(|files| pipeline::read(&files, catalogue)),
    };
    let (pipeline, reports) = match read {
        Ok(read) => read,
        Err(fault) => {
            faults.push(*fault);
            (None, Vec::new())
        }
    };
    if !faults.is_empty() {
        told.outcome = told.outcome.max(Outcome::Surroundings);
    } else if pipeline.is_none() {
        told.outcome = told.outcome.max(Outcome::File);
    }
    let verdict = pipeline.as_ref().map(|pipeline| verdict(pipeline, &reports, file));
    faults.extend(reports);
    screen.reports(&faults);
    answer["reports"] = to_json(&faults);
    told.reports.extend(faults);
    if let Some(verdict) = verdict {
        screen.say(&verdict);
    }
    if let Some(pipeline) = pipeline.filter(|_| command.online) {
        let asked = online::ask(pipeline, arguments, catalogue, screen)?;
        told.outcome = told.outcome.max(asked.outcome);
        told.unasked.extend(asked.unasked);
        answer["accounts"] = asked.accounts.into();
    }
    told.answers.push(answer);
    Ok(())
}

/// Mends what is sure and writes it, and tells what was changed. Answers what the files are then.
///
/// # Errors
/// A file cannot be written.
fn mend(
    file: &Path,
    files: Files,
    catalogue: &Catalogue,
    screen: &Screen,
    answer: &mut Value,
) -> Result<(Option<Pipeline>, Vec<Report>), Box<Report>> {
    let Fixed { files: mended_files, mended, pipeline, reports } =
        pipeline::fix(files.clone(), catalogue);
    let mut changes = Vec::new();
    for (before, after) in files.all().zip(mended_files.all()) {
        if before.text() != after.text() {
            pipeline::replace(before.path(), after.text())?;
            let diff = diff(before, after.text());
            screen.say(&coloured(&diff));
            changes.push(json!({ "file": before.path(), "diff": diff }));
        }
    }
    let count = counted(mended.len() as u64, "fault", "faults");
    screen.say(&format!("{}: {count} mended", file.display()));
    let mended =
        mended.iter().map(|report| json!({ "code": report.code.name(), "fact": report.fact }));
    answer["mended"] = mended.collect();
    answer["changes"] = changes.into();
    Ok((pipeline, reports))
}

fn verdict(pipeline: &Pipeline, reports: &[Report], file: &Path) -> String {
    let warnings = match reports.len() {
        0 => String::new(),
        count => format!(", {}", counted(count as u64, "warning", "warnings")),
    };
    let stages = counted(pipeline.stages.len() as u64, "stage", "stages");
    let connections = counted(pipeline.connections.len() as u64, "connection", "connections");
    format!("{}: no fault ({stages}, {connections}{warnings})", file.display())
}
