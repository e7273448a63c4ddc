//! A connector's options: first its schema judges them, then the connector itself.

use serde_json::Value as Json;

use super::Schema;
use super::catalogue::Known;
use super::json::{Target, follow, to_json};
use super::schema_fault::{Said, SchemaFault, explain};
use crate::contract::OptionFault;
use crate::pipeline::OPTION_FAULTS_MAX;
use crate::pipeline::faults::{Fault, Faults, Slip, Written, list_note};
use crate::pipeline::file::{At, Given, Value, ValueKind, warn_of_tokens};
use crate::pipeline::near::nearest;
use crate::report::codes;

/// Options that the schema accepts.
#[derive(Debug)]
pub(super) struct Options {
    /// The table in the file or, where there is none, what would have it.
    pub root: Value,
    pub json: Json,
}

impl Options {
    /// As it is handed to the connector.
    pub(super) fn text(&self) -> String {
        self.json.to_string()
    }
}

/// Checks options against a schema. `header` is the place of the stage or the connection, `of` what the options
/// belong to, as people say it. `None` where something is at fault, which was told.
pub(super) fn check(
    given: &Given<Value>,
    header: At,
    of: &str,
    schema: &Schema,
    faults: &Faults,
) -> Option<Options> {
    let root = match given {
        Given::Faulty => return None,
        Given::Absent => Value { at: header, kind: ValueKind::Table(Vec::new()) },
        Given::Value(value) => value.clone(),
    };
    warn_of_tokens(&root, faults);
    let json = to_json(&root, faults)?;
    let errors: Vec<_> = schema.validator.iter_errors(&json).take(OPTION_FAULTS_MAX).collect();
    if errors.is_empty() {
        return Some(Options { root, json });
    }
    let told: Vec<_> =
        errors.iter().flat_map(|error| explain(error, &schema.document, &json)).collect();
    for fault in without_consequences(told) {
        tell(&fault, &root, of, faults);
    }
    None
}

/// A slip in the name of a needed option is one fault, not two: the unknown one, with what was meant.
fn without_consequences(told: Vec<SchemaFault>) -> Vec<SchemaFault> {
    let meant: Vec<(String, String)> = told
        .iter()
        .filter_map(|fault| match fault {
            SchemaFault::Unknown { pointer, name, known } => {
                let near = nearest(name, known.iter().map(String::as_str))?;
                Some((pointer.clone(), near.to_owned()))
            }
            _ => None,
        })
        .collect();
    let mut kept = Vec::new();
    for fault in told {
        let consequence = match &fault {
            SchemaFault::Missing { pointer, name } => {
                meant.iter().any(|(at, near)| at == pointer && near == name)
            }
            _ => false,
        };
        if !consequence && !kept.contains(&fault) {
            kept.push(fault);
        }
    }
    kept
}

fn tell(fault: &SchemaFault, root: &Value, of: &str, faults: &Faults) {
    match fault {
        SchemaFault::Unknown { pointer, name, known } => {
            let at = entry_at(root, pointer, name);
            let fact = format!("{of} has no option `{name}`");
            let known = || known.iter().map(String::as_str);
            faults.error(Fault::new(codes::OPTION_UNKNOWN, at, fact, ""), |report| {
                let report = report.note(list_note("options here", known()));
                let slip = Slip { at, name, written: Written::AsKey };
                let others = known().filter(|name| is_entry(root, pointer, name));
                faults.meant_beside(report, slip, known(), others)
            });
        }
        SchemaFault::Missing { pointer, name } => {
            let Target { value_at, name: table, .. } = follow(root, pointer);
            let inside = table.map(|table| format!(" in `{table}`")).unwrap_or_default();
            let fact = format!("{of} needs the option `{name}`{inside}");
            let fault = Fault::new(codes::OPTION_MISSING, value_at, fact, "");
            faults.error(fault, |report| report.hint(format!("add `{name} = …` to its options")));
        }
        SchemaFault::Value { pointer, must, said, about } => {
            let target = follow(root, pointer);
            let name = target.name.unwrap_or("options");
            let fact = format!("{of} does not take this value for `{name}`");
            faults.error(
                Fault::new(codes::OPTION_VALUE, target.value_at, fact, must.as_str()),
                |report| {
                    let report = match about {
                        Some(about) => report.note(format!("`{name}`: {about}")),
                        None => report,
                    };
                    let Some(Said { word, known }) = said else { return report };
                    let at = target.value_at;
                    let slip = Slip { at, name: word, written: Written::AsText };
                    faults.meant(report, slip, known.iter().map(String::as_str))
                },
            );
        }
    }
}

/// The place of a key in the table that a pointer leads to.
fn entry_at(root: &Value, pointer: &str, name: &str) -> At {
    let name = name.replace('~', "~0").replace('/', "~1");
    follow(root, &format!("{pointer}/{name}")).key_at
}

/// Whether the table that a pointer leads to has this key.
fn is_entry(root: &Value, pointer: &str, name: &str) -> bool {
    let at = entry_at(root, pointer, name);
    at != follow(root, pointer).key_at
}

/// Tells what the connector itself found.
pub(super) fn tell_rejected(
    said: &[OptionFault],
    options: &Options,
    known: &Known,
    faults: &Faults,
) {
    let connector = &known.described.descriptor;
    for said in said.iter().take(OPTION_FAULTS_MAX) {
        let target = follow(&options.root, &said.pointer);
        let rejected = match target.name {
            Some(name) => format!("`{name}`"),
            None => "the options".to_owned(),
        };
        let fact =
            format!("connector `{}` {} rejected {rejected}", connector.name, connector.version);
        let fault =
            Fault::new(codes::OPTIONS_REJECTED, target.value_at, fact, said.message.as_str());
        faults.error(fault, |report| {
            report
                .note("said by the connector itself, as it was opened")
                .maybe_hint(said.hint.clone())
        });
    }
}
