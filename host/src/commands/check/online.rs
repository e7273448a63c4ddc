//! `penstock check --online`: whether each account has what the pipeline needs of it.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::args::Arguments;
use super::super::catalogue::Catalogue;
use super::super::output::{Outcome, Screen};
use super::super::project::{self, Ready};
use crate::component::CallError;
use crate::contract::{Finding, Severity, Usage};
use crate::pipeline::{Connection, Pipeline, Role};
use crate::report::Code;
use crate::store::SqliteStore;

/// What the accounts answered; what people see of it was told on the way.
pub(super) struct Asked {
    pub(super) outcome: Outcome,
    pub(super) accounts: Vec<Value>,
    /// Why some could not be asked.
    pub(super) unasked: Vec<Code>,
}

/// Asks each account whether it has what the pipeline needs.
///
/// # Errors
/// Nothing can be asked at all; why was told.
pub(super) fn ask(
    pipeline: Pipeline,
    arguments: &Arguments,
    catalogue: &Catalogue,
    screen: &Screen,
) -> Result<Asked, Outcome> {
    let store = SqliteStore::in_memory().map_err(|error| project::store_fault(&error, screen))?;
    let ready = project::ready(Arc::new(pipeline), store, arguments, catalogue, screen)?;
    let mut asked = Asked { outcome: Outcome::Done, accounts: Vec::new(), unasked: Vec::new() };
    for (index, connection) in ready.pipeline.connections.iter().enumerate() {
        let account = match ready.guests.check(index, &usages(&ready.pipeline, index)) {
            Ok(findings) => {
                let findings = once(findings);
                if findings.iter().any(|finding| finding.severity == Severity::Fault) {
                    asked.outcome = asked.outcome.max(Outcome::Surroundings);
                }
                tell(connection, &findings, screen);
                json!({ "findings": findings.iter().map(as_json).collect::<Vec<_>>() })
            }
            Err(error) => {
                asked.outcome = asked.outcome.max(Outcome::Surroundings);
                asked.unasked.push(error.code());
                json!({ "error": failed(connection, &error, &ready, screen) })
            }
        };
        asked.accounts.push(named(connection, account));
    }
    Ok(asked)
}

/// Each finding once: what is so for several of the pipeline's stages, a connector may find for each of them.
fn once(findings: Vec<Finding>) -> Vec<Finding> {
    let mut each: Vec<Finding> = Vec::new();
    for finding in findings {
        if !each.contains(&finding) {
            each.push(finding);
        }
    }
    each
}

/// The collections that a pipeline uses of a connection, each with each of its options once.
fn usages(pipeline: &Pipeline, connection: usize) -> Vec<Usage> {
    let mut usages = Vec::new();
    for stage in &pipeline.stages {
        let mut add = |of: usize, collection: &str, options: &str| {
            let usage = Usage { collection: collection.to_owned(), options: options.to_owned() };
            if of == connection && !usages.contains(&usage) {
                usages.push(usage);
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

fn tell(connection: &Connection, findings: &[Finding], screen: &Screen) {
    for finding in findings {
        screen.say(&words(&connection.name, finding));
    }
    if findings.iter().all(|finding| finding.severity == Severity::Note) {
        let Connection { name, account, .. } = connection;
        screen.say(&format!("{name} ({account}): all that is needed is there"));
    }
}

fn words(connection: &str, finding: &Finding) -> String {
    let hint = finding.hint.as_ref().map(|hint| format!("\n  hint: {hint}")).unwrap_or_default();
    format!("{connection}: {}: {}{hint}", severity_word(finding.severity), finding.message)
}

fn as_json(finding: &Finding) -> Value {
    let severity = severity_word(finding.severity);
    json!({ "severity": severity, "message": finding.message, "hint": finding.hint })
}

fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Fault => "fault",
    }
}

/// Tells why an account could not be asked, with what was last heard of it.
fn failed(connection: &Connection, error: &CallError, ready: &Ready, screen: &Screen) -> Value {
    let lines = ready.egress.counts().lines.into_iter();
    let latest = lines.filter_map(|line| line.tally.latest_fault).next_back();
    let note = latest.map(|latest| format!("\n   = note: last heard: {latest}"));
    let fact = format!(
        "connection `{}` cannot be checked: {error}{}",
        connection.name,
        note.unwrap_or_default()
    );
    let (code, hint) = (error.code(), error.hint());
    if !screen.is_json() {
        screen.error(code, &fact, hint.as_deref());
    }
    json!({ "code": code.name(), "fact": fact, "hint": hint })
}

/// What an account answered, with whose it is.
fn named(connection: &Connection, mut answer: Value) -> Value {
    answer["connection"] = connection.name.as_str().into();
    answer["account"] = connection.account.as_str().into();
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_found_for_several_stages_is_told_once() {
        let finding =
            |severity, message: &str| Finding { severity, message: message.to_owned(), hint: None };
        let found = vec![
            finding(Severity::Note, "no reason yet"),
            finding(Severity::Fault, "closed"),
            finding(Severity::Note, "no reason yet"),
            finding(Severity::Warning, "no reason yet"),
        ];
        let said: Vec<String> = once(found).iter().map(|finding| words("till", finding)).collect();
        assert_eq!(
            said,
            ["till: note: no reason yet", "till: fault: closed", "till: warning: no reason yet"]
        );
    }
}
