//! What the store knew when a recorded run began, with stand-ins in the place of what may name a person.

use std::collections::BTreeSet;

use serde::Deserialize as _;
use serde_json::{Map, Value};

use super::Redaction;
use crate::contract::Payload;
use crate::record::{Item, Text, account_of, replace_texts};
use crate::store::{StoredRow, WaitingKind};

/// Why an entry waited is told to people, in words that may name one.
const WAITED: &str = "it waited when the recording began";

/// Columns that are the host's own words, by which nobody is named.
const OWN: [&str; 13] = [
    "account",
    "action",
    "component",
    "destination",
    "input",
    "kind",
    "on_name",
    "origin",
    "pipeline",
    "source",
    "stage",
    "status",
    "token",
];

/// Whose connectors say that what they keep names nobody. What others keep is left out of a recording.
#[derive(Debug, Default)]
pub struct Telling {
    /// Rules, by what they remember, and sinks, by what they keep with an entry.
    pub stages: BTreeSet<String>,
    /// Accounts, by what sinks keep of an answer.
    pub accounts: BTreeSet<String>,
}

impl Redaction {
    /// Replaces in the rows of a store.
    pub(super) fn rows(&mut self, rows: Vec<StoredRow>, telling: &Telling) -> Vec<StoredRow> {
        let is_told = |row: &StoredRow| row.table != "state" || is_of_stage(row, telling);
        rows.into_iter().filter(is_told).map(|row| self.row(row, telling)).collect()
    }

    fn row(&mut self, mut row: StoredRow, telling: &Telling) -> StoredRow {
        let keeps_memo = is_of_stage(&row, telling) || is_of_account(&row, telling);
        let StoredRow { table, values } = &mut row;
        match table.as_str() {
            "seen" => {
                values.remove("label");
                values.insert("outcome".to_owned(), "dealt with before the recording".into());
            }
            "waiting" => {
                values.remove("hint");
                values.insert("reason".to_owned(), WAITED.into());
            }
            "remote" if !keeps_memo => {
                values.insert("memo".to_owned(), "".into());
            }
            _ => {}
        }
        for (name, value) in values.iter_mut() {
            match name.as_str() {
                own if OWN.contains(&own) => {}
                "item" => self.item(value, keeps_memo),
                "what" => self.awaited(value),
                "label" => each_text(value, &mut |text| self.text(text)),
                _ => each_text(value, &mut |text| self.key(text)),
            }
        }
        row
    }

    /// What may name a person in a payload.
    pub fn payload(&mut self, payload: &mut Payload) {
        replace_texts(payload, &mut |of, text| match of {
            Text::Person => self.person(text),
            Text::Unknown => self.unknown(text),
            Text::Thing => self.text(text),
            Text::Key => self.key(text),
            Text::Document => self.document(text),
        });
    }

    /// An entry that waits, with what the host and its sink keep around it.
    fn item(&mut self, value: &mut Value, keeps_memo: bool) {
        let Ok(mut item) = Item::deserialize(&*value) else {
            *value = Value::Null;
            return;
        };
        self.payload(&mut item.entry.payload);
        for key in [&mut item.entry.key, &mut item.origin.key].into_iter().chain(&mut item.after) {
            *key = self.key(key);
        }
        item.memo = if keeps_memo { self.memo(&item.memo) } else { Vec::new() };
        *value = serde_json::to_value(item).unwrap_or_default();
    }

    /// What a sink keeps with an entry and says to name nobody.
    fn memo(&mut self, memo: &[u8]) -> Vec<u8> {
        let Ok(mut value) = serde_json::from_slice(memo) else { return memo.to_vec() };
        each_text(&mut value, &mut |text| self.key(text));
        value.to_string().into_bytes()
    }

    /// What an entry waits for: only keys may name somebody.
    fn awaited(&mut self, value: &mut Value) {
        let Ok(mut kind) = WaitingKind::deserialize(&*value) else { return };
        match &mut kind {
            WaitingKind::Keys { keys } => keys.iter_mut().for_each(|key| *key = self.key(key)),
            WaitingKind::Busy { key } | WaitingKind::Dead { because_of: Some(key) } => {
                *key = self.key(key);
            }
            _ => {}
        }
        *value = serde_json::to_value(kind).unwrap_or_default();
    }
}

fn is_of_stage(row: &StoredRow, telling: &Telling) -> bool {
    let stage = row.values.get("stage").and_then(Value::as_str);
    stage.is_some_and(|stage| telling.stages.contains(stage))
}

fn is_of_account(row: &StoredRow, telling: &Telling) -> bool {
    let destination = row.values.get("destination").and_then(Value::as_str);
    destination.is_some_and(|destination| telling.accounts.contains(account_of(destination)))
}

/// Every text within a value, the names of members included.
fn each_text(value: &mut Value, replace: &mut impl FnMut(&str) -> String) {
    match value {
        Value::String(text) => *text = replace(text),
        Value::Array(items) => items.iter_mut().for_each(|item| each_text(item, replace)),
        Value::Object(members) => {
            let given = std::mem::take(members);
            *members = given
                .into_iter()
                .map(|(name, mut member)| {
                    each_text(&mut member, replace);
                    (replace(&name), member)
                })
                .collect::<Map<_, _>>();
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
