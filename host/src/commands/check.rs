//! `penstock check`: all faults of pipeline files.

use serde_json::json;

use super::args::{Arguments, CheckArgs};
use super::explain;
use super::output::{Outcome, Screen, counted};
use super::project;
use crate::contract::{Finding, Severity, Usage};
use crate::pipeline::{self, Files, Pipeline, Process, Role};
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
    let mut outcome = Outcome::Done;
    let mut answers = Vec::new();
    let mut all = Vec::new();
    for file in &command.files {
        let files = match Files::load(file, arguments.connections.as_deref(), &Process) {
            Ok(files) => files,
            Err(report) => {
                screen.reports(std::slice::from_ref(&report));
                answers.push(
                    json!({ "file": file, "reports": to_json(std::slice::from_ref(&report)) }),
                );
                all.push(*report);
                outcome = outcome.max(Outcome::Surroundings);
                continue;
            }
        };
        let (pipeline, reports) = pipeline::read(&files, &catalogue);
        screen.reports(&reports);
        let mut answer = json!({ "file": file, "reports": to_json(&reports) });
        match pipeline {
            None => outcome = outcome.max(Outcome::File),
            Some(pipeline) => {
                screen.say(&verdict(&pipeline, &reports, file));
                if command.online {
                    let online = online(pipeline, arguments, &catalogue, screen);
                    let (findings, met) = match online {
                        Ok(found) => found,
                        Err(failed) => return failed,
                    };
                    outcome = outcome.max(met);
                    if let Some(answer) = answer.as_object_mut() {
                        answer.insert("accounts".to_owned(), findings);
                    }
                }
            }
        }
        answers.push(answer);
        all.extend(reports);
    }
    screen.more_about(&all);
    screen.give(&json!({ "files": answers }));
    outcome
}

fn verdict(pipeline: &Pipeline, reports: &[Report], file: &std::path::Path) -> String {
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
    catalogue: &super::catalogue::Catalogue,
    screen: &Screen,
) -> Result<(serde_json::Value, Outcome), Outcome> {
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
                    screen.tell(&format!("error[{}]: {fact}", error.code()));
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
