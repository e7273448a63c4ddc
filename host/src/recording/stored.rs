//! What the store knew when a recorded run began, with stand-ins in the place of what may name a person.

use std::collections::BTreeSet;

use serde::Deserialize as _;
use serde_json::{Map, Value};

use super::Redaction;
use crate::contract::Payload;
use crate::record::{Item, Text, replace_texts};
use crate::store::StoredRow;

/// Why an entry waited is told to people, in words that may name one.
const WAITED: &str = "it waited when the recording began";

/// Columns that are the host's own words, by which nobody is named.
const OWN: [&str; 9] = [
    "pipeline",
    "stage",
    "source",
    "status",
    "action",
    "kind",
    "component",
    "destination",
    "token",
];

impl Redaction {
    /// Replaces in the rows of a store. Left out is what rules remember whose connectors do not say that it names nobody.
    pub(super) fn rows(
        &mut self,
        rows: Vec<StoredRow>,
        telling: &BTreeSet<String>,
    ) -> Vec<StoredRow> {
        let rows = rows.into_iter().filter(|row| row.table != "state" || is_of(row, telling));
        rows.map(|row| self.row(row)).collect()
    }

    fn row(&mut self, mut row: StoredRow) -> StoredRow {
        let StoredRow { table, values } = &mut row;
        match table.as_str() {
            "seen" => {
                values.remove("label");
                values.insert("outcome".to_owned(), "dealt with before the recording".into());
            }
            "waiting" => {
                values.remove("hint");
                values.insert("reason".to_owned(), WAITED.into());
                if let Some(item) = values.get_mut("item") {
                    self.item(item);
                }
            }
            _ => {}
        }
        for (name, value) in values.iter_mut() {
            match name.as_str() {
                "item" => {}
                // What a sink keeps of an answer.
                "memo" => each_text(value, &mut |text| self.unknown(text)),
                own if OWN.contains(&own) => {}
                _ => each_text(value, &mut |text| self.text(text)),
            }
        }
        row
    }

    /// What names a person in a payload, and in the names of its things.
    pub fn payload(&mut self, payload: &mut Payload) {
        replace_texts(payload, &mut |of, text| match of {
            Text::Person => self.person(text),
            Text::Thing => self.text(text),
        });
    }

    /// What a sink keeps with an entry: JSON, or left out.
    fn memo(&mut self, memo: &[u8]) -> Vec<u8> {
        let Ok(mut value) = serde_json::from_slice(memo) else { return Vec::new() };
        each_text(&mut value, &mut |text| self.unknown(text));
        value.to_string().into_bytes()
    }

    /// An entry that waits, with what the host keeps around it.
    fn item(&mut self, value: &mut Value) {
        let Ok(mut item) = Item::deserialize(&*value) else {
            *value = Value::Null;
            return;
        };
        self.payload(&mut item.entry.payload);
        for key in [&mut item.entry.key, &mut item.origin.key].into_iter().chain(&mut item.after) {
            *key = self.text(key);
        }
        item.memo = self.memo(&item.memo);
        *value = serde_json::to_value(item).unwrap_or_default();
    }
}

fn is_of(row: &StoredRow, stages: &BTreeSet<String>) -> bool {
    row.values.get("stage").and_then(Value::as_str).is_some_and(|stage| stages.contains(stage))
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
