//! `penstock check`: all faults of pipeline files.

use std::path::Path;

use serde_json::{Value, json};

use super::args::{Arguments, CheckArgs};
use super::catalogue::Catalogue;
use super::diff::{coloured, diff};
use super::explain;
use super::output::{Outcome, Screen, counted};
use super::project;
use crate::contract::{Finding, Severity, Usage};
use crate::pipeline::{self, Files, Fixed, Pipeline, Process, Role};
use crate::report::{Report, to_json};
use crate::store::SqliteStore;

pub(super) fn check(command: &CheckArgs, arguments: &Arguments, screen: &Screen) -> Outcome {
    if let Some(names) = &command.explain {
        return explain::explain(names, screen);
    }
    let catalogue = match project::catalogue(arguments, screen) {
        Ok(catalogue) => catalogue,
        Err(outcome) => return outcome,
    };
    let mut told = Told { outcome: Outcome::Done, answers: Vec::new(), reports: Vec::new() };
    for file in &command.files {
        if let Err(failed) = one(file, command, arguments, &catalogue, screen, &mut told) {
            return failed;
        }
    }
    screen.more_about(&told.reports);
    screen.give(&json!({ "files": told.answers }));
    told.outcome
}

/// What came of the files so far.
struct Told {
    outcome: Outcome,
    answers: Vec<Value>,
    reports: Vec<Report>,
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
        let (findings, met) = online(pipeline, arguments, catalogue, screen)?;
        told.outcome = told.outcome.max(met);
        answer["accounts"] = findings;
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
        mended.iter().map(|report| json!({ "code": report.code.name, "fact": report.fact }));
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

/// Asks each account whether it has what the pipeline needs.
fn online(
    pipeline: Pipeline,
    arguments: &Arguments,
    catalogue: &Catalogue,
    screen: &Screen,
) -> Result<(Value, Outcome), Outcome> {
    let store = SqliteStore::in_memory().map_err(|error| project::store_fault(&error, screen))?;
    let ready = project::ready(std::sync::Arc::new(pipeline), store, arguments, catalogue, screen)?;
    let mut outcome = Outcome::Done;
    let mut accounts = Vec::new();
    for (index, connection) in ready.pipeline.connections.iter().enumerate() {
        let findings = match ready.guests.check(index, &usages(&ready.pipeline, index)) {
            Ok(findings) => findings,
            Err(error) => {
                outcome = outcome.max(Outcome::Surroundings);
                let latest = ready
                    .egress
                    .counts()
                    .lines
                    .into_iter()
                    .filter_map(|line| line.tally.latest_fault)
                    .next_back();
                let note = latest
                    .map(|latest| format!("\n   = note: last heard: {latest}"))
                    .unwrap_or_default();
                let fact =
                    format!("connection `{}` cannot be checked: {error}{note}", connection.name);
                if screen.is_json() {
                    accounts.push(json!({
                        "connection": connection.name,
                        "account": connection.account,
                        "error": { "code": error.code(), "fact": fact, "hint": error.hint() },
                    }));
                } else {
                    screen.fail(error.code(), &fact, error.hint().as_deref());
                }
                continue;
            }
        };
        for finding in &findings {
            screen.say(&finding_words(&connection.name, finding));
            if matches!(finding.severity, Severity::Fault) {
                outcome = outcome.max(Outcome::Surroundings);
            }
        }
        if findings.iter().all(|finding| matches!(finding.severity, Severity::Note)) {
            screen.say(&format!(
                "{} ({}): all that is needed is there",
                connection.name, connection.account
            ));
        }
        accounts.push(json!({
            "connection": connection.name,
            "account": connection.account,
            "findings": findings.iter().map(|finding| json!({
                "severity": severity_word(finding.severity), "message": finding.message, "hint": finding.hint,
            })).collect::<Vec<_>>(),
        }));
    }
    Ok((accounts.into(), outcome))
}

/// The collections that a pipeline uses of a connection.
fn usages(pipeline: &Pipeline, connection: usize) -> Vec<Usage> {
    let mut usages = Vec::new();
    for stage in &pipeline.stages {
        let mut add = |of: usize, collection: &str, options: &str| {
            if of == connection {
                usages
                    .push(Usage { collection: collection.to_owned(), options: options.to_owned() });
            }
        };
        match &stage.role {
            Role::Source(source) => add(source.connection, &source.collection, &source.options),
            Role::Sink(sink) => add(sink.connection, &sink.collection, &sink.options),
            Role::Transform(transform) => {
                for directory in &transform.directories {
                    add(directory.connection, &directory.collection, &directory.options);
                }
            }
        }
    }
    usages
}

fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Fault => "fault",
    }
}

fn finding_words(connection: &str, finding: &Finding) -> String {
    let hint = finding.hint.as_ref().map(|hint| format!("\n  hint: {hint}")).unwrap_or_default();
    format!("{connection}: {}: {}{hint}", severity_word(finding.severity), finding.message)
}
