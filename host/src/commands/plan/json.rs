//! A plan for programs.

use serde_json::{Map, Value, json};

use super::PlannedWrite;
use super::groups::{Group, Shows, What};
use crate::record::{action_word, method_word};

/// What ends at a stage. Writes are named by their place among the plan's.
pub(super) fn group_json(group: &Group<'_>) -> Value {
    let counts: Map<String, Value> =
        group.counts().into_iter().map(|(word, count)| (word.to_owned(), count.into())).collect();
    json!({
        "stage": group.stage,
        "destination": group.destination,
        "counts": counts,
        "entries": group.entries.iter().map(entry_json).collect::<Vec<_>>(),
    })
}

fn entry_json(entry: &Shows<'_>) -> Value {
    let Shows { name, key, what } = entry;
    let mut value = json!({ "name": name, "key": key, "what": what.word() });
    if let What::Written { position, .. } = what {
        value["write"] = json!(position);
    }
    if let Some(reason) = what.reason() {
        value["reason"] = json!(reason);
    }
    if let Some(hint) = what.hint() {
        value["hint"] = json!(hint);
    }
    value
}

pub(super) fn write_json(write: &PlannedWrite) -> Value {
    let PlannedWrite { row, told } = write;
    let request = &row.write.request;
    let body = request.body.as_deref().map(|body| match serde_json::from_slice::<Value>(body) {
        Ok(value) => value,
        Err(_) => Value::String(String::from_utf8_lossy(body).into_owned()),
    });
    json!({
        "stage": row.stage,
        "destination": row.destination,
        "action": action_word(row.write.action),
        "summary": row.write.summary,
        "keys": row.intakes.iter().filter_map(|intake| intake.items.first()).map(|item| &item.entry.key).collect::<Vec<_>>(),
        "method": method_word(request.method),
        "path": request.path,
        "query": request.query.iter().map(|pair| json!([pair.name, pair.value])).collect::<Vec<_>>(),
        "body": body,
        "changes": told.iter().flatten().map(|change| json!({
            "field": change.field, "before": change.before, "after": change.after,
        })).collect::<Vec<_>>(),
        "depends_on": row.intakes.iter().flat_map(|intake| &intake.resolved).map(|pair| json!({
            "key": pair.name, "id": pair.value,
        })).collect::<Vec<_>>(),
    })
}
