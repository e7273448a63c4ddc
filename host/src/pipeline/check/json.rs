//! Options as JSON, and the way back from a JSON pointer to the place in the file.

use serde_json::{Map, Number, Value as Json};

use super::super::faults::{Fault, Faults};
use crate::pipeline::file::{At, Value, ValueKind as Kind};
use crate::report::codes;

/// The value as JSON. Numbers keep the digits that the file has: they never pass through a binary float. `None`
/// where something has no form in JSON, which is told.
pub(super) fn to_json(value: &Value, faults: &Faults) -> Option<Json> {
    Some(match &value.kind {
        Kind::Text(text) | Kind::Date(text) => Json::String(text.clone()),
        Kind::Bool(yes) => Json::Bool(*yes),
        Kind::Integer(digits) => number(digits.as_deref(), value.at, faults)?,
        Kind::Float(digits) => number(Some(digits), value.at, faults)?,
        Kind::List(values) => {
            let list: Vec<_> = values.iter().map(|value| to_json(value, faults)).collect();
            Json::Array(list.into_iter().collect::<Option<_>>()?)
        }
        Kind::Table(entries) => {
            let pairs: Vec<_> = entries
                .iter()
                .map(|entry| Some((entry.key.value.clone(), to_json(&entry.value, faults)?)))
                .collect();
            Json::Object(pairs.into_iter().collect::<Option<Map<_, _>>>()?)
        }
    })
}

fn number(digits: Option<&str>, at: At, faults: &Faults) -> Option<Json> {
    let digits = digits.map(|digits| digits.trim_start_matches('+'));
    match digits.and_then(|digits| serde_json::from_str::<Number>(digits).ok()) {
        Some(number) => Some(Json::Number(number)),
        None => {
            let fault = Fault::new(
                codes::NUMBER_FORM,
                at,
                "this number has no form in JSON",
                "a plain number is wanted here",
            );
            faults.error(fault, |report| {
                report.note("options are handed over as JSON, which has no `inf` and no `nan`")
            });
            None
        }
    }
}

/// Where a JSON pointer leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Target<'v> {
    /// The key or, in a list, the value itself.
    pub key_at: At,
    /// The value.
    pub value_at: At,
    /// The last name on the way.
    pub name: Option<&'v str>,
}

/// Follows a pointer as far as it goes. A pointer to nothing ends at the nearest thing around it.
pub(super) fn follow<'v>(root: &'v Value, pointer: &str) -> Target<'v> {
    let mut target = Target { key_at: root.at, value_at: root.at, name: None };
    let mut here = root;
    for token in pointer.split('/').skip(1) {
        let token = token.replace("~1", "/").replace("~0", "~");
        match &here.kind {
            Kind::Table(entries) => match entries.iter().find(|entry| entry.key.value == token) {
                Some(entry) => {
                    target = Target {
                        key_at: entry.key.at,
                        value_at: entry.value.at,
                        name: Some(&entry.key.value),
                    };
                    here = &entry.value;
                }
                None => break,
            },
            Kind::List(values) => {
                match token.parse::<usize>().ok().and_then(|position| values.get(position)) {
                    Some(value) => {
                        target = Target { key_at: value.at, value_at: value.at, ..target };
                        here = value;
                    }
                    None => break,
                }
            }
            _ => break,
        }
    }
    target
}
