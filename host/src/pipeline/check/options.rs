//! A connector's options: first its schema judges them, then the connector itself.

use serde_json::Value as Json;

use super::Schema;
use super::catalogue::Known;
use super::json::{Target, follow, to_json};
use super::schema_fault::{Said, SchemaFault, explain};
use crate::contract::OptionFault;
use crate::pipeline::OPTION_FAULTS_MAX;
use crate::pipeline::faults::{Fault, Faults, Slip, Written, joined, list_note};
use crate::pipeline::file::{At, Given, Value, ValueKind, warn_of_tokens};
use crate::pipeline::near::nearest;
use crate::report::{Report, codes};

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
    let mut kept: Vec<SchemaFault> = Vec::new();
    for fault in told {
        let consequence = match &fault {
            SchemaFault::Missing { pointer, names } => {
                meant.iter().any(|(at, near)| at == pointer && names.contains(near))
            }
            _ => false,
        };
        if !consequence
            && !kept.contains(&fault)
            && !kept.iter_mut().any(|known| add(known, &fault))
        {
            kept.push(fault);
        }
    }
    kept
}

/// Adds a fault to one of the same place, where there are not to be two.
fn add(known: &mut SchemaFault, fault: &SchemaFault) -> bool {
    match (known, fault) {
        (
            SchemaFault::Missing { pointer, names },
            SchemaFault::Missing { pointer: other, names: further },
        ) if pointer == other => {
            let new = further.iter().filter(|name| !names.contains(name)).cloned();
            let new: Vec<String> = new.collect();
            names.extend(new);
            true
        }
        (
            SchemaFault::Value { pointer, must, .. },
            SchemaFault::Value { pointer: other, must: further, .. },
        ) if pointer == other => {
            must.push_str(", and ");
            must.push_str(further);
            true
        }
        _ => false,
    }
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
        SchemaFault::Missing { pointer, names } => {
            let Target { value_at, name: table, .. } = follow(root, pointer);
            let inside = table.map(|table| format!(" in `{table}`")).unwrap_or_default();
            let options = if names.len() == 1 { "option" } else { "options" };
            let fact = format!("{of} needs the {options} {}{inside}", joined(names));
            let examples: Vec<String> = names.iter().map(|name| format!("{name} = …")).collect();
            let hint = format!("add {} to its options", joined(&examples));
            let fault = Fault::new(codes::OPTION_MISSING, value_at, fact, "");
            faults.error(fault, |report| report.hint(hint));
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
    let said: Vec<(Target<'_>, &OptionFault)> = said
        .iter()
        .take(OPTION_FAULTS_MAX)
        .map(|said| (follow(&options.root, &said.pointer), said))
        .collect();
    for (position, (target, _)) in said.iter().enumerate() {
        let here = |other: &&(Target<'_>, &OptionFault)| other.0.value_at == target.value_at;
        if said[..position].iter().any(|other| here(&other)) {
            continue;
        }
        let rejected = match target.name {
            Some(name) => format!("`{name}`"),
            None => "the options".to_owned(),
        };
        let fact =
            format!("connector `{}` {} rejected {rejected}", connector.name, connector.version);
        // What it finds at one place is one fault.
        let words: Vec<&str> =
            said.iter().filter(here).map(|(_, said)| said.message.as_str()).collect();
        let fault = Fault::new(codes::OPTIONS_REJECTED, target.value_at, fact, words.join("; "));
        faults.error(fault, |report| {
            let report = report.note("said by the connector itself, as it was opened");
            said.iter()
                .filter(here)
                .filter_map(|(_, said)| said.hint.clone())
                .fold(report, Report::hint)
        });
    }
}
