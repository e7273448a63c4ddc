//! Answers whose form has drifted from what the vendor documents.

use serde_json::{Map, Value, json};

use super::{FaultKind, Vendor};
use crate::http::Reply;

/// Fields without which an answer can't be understood. Only these drift: where an optional field is missing, nobody
/// can tell a changed form from an empty value, and no client could be blamed.
const SHOP_FIELDS: &[&str] = &[
    "total",
    "items",
    "internalId",
    "paymentStatus",
    "updateTimestamp",
    "createTimestamp",
    "quantity",
    "price",
    "pricesIncludeTax",
    "id",
    "formatsAndUnits",
    "currency",
];
const TILL_FIELDS: &[&str] = &[
    "data",
    "id",
    "register_sales",
    "register_sale",
    "is_open",
    "outlet_id",
    "rates",
    "rate",
    "name",
    "enabled",
    "sku",
    "customers",
    "users",
];

/// Changes one field of an answer of status 2xx; leaves it alone where it bears none of the fields.
pub(super) fn drift(vendor: Vendor, kind: FaultKind, word: u64, mut reply: Reply) -> Reply {
    if !(200..300).contains(&reply.status) {
        return reply;
    }
    let Ok(mut body) = serde_json::from_slice::<Value>(&reply.body) else {
        return reply;
    };
    let fields = match vendor {
        Vendor::Shop => SHOP_FIELDS,
        Vendor::Till => TILL_FIELDS,
    };
    let mut places = Vec::new();
    collect(&body, fields, &mut String::new(), &mut places);
    if places.is_empty() {
        return reply;
    }
    let (parent, name) = &places[(word % places.len() as u64) as usize];
    let (parent, name) = (parent.clone(), (*name).to_owned());
    if let Some(map) = body.pointer_mut(&parent).and_then(Value::as_object_mut) {
        spoil(map, &name, kind);
    }
    reply.body = body.to_string().into_bytes();
    reply
}

/// Collects where the fields are: the JSON pointer of the object that bears one, and its name.
fn collect<'v>(
    value: &'v Value,
    fields: &[&str],
    at: &mut String,
    places: &mut Vec<(String, &'v str)>,
) {
    let length = at.len();
    match value {
        Value::Object(map) => {
            for (name, below) in map {
                if fields.contains(&name.as_str()) {
                    places.push((at.clone(), name));
                }
                at.push('/');
                at.push_str(name);
                collect(below, fields, at, places);
                at.truncate(length);
            }
        }
        Value::Array(items) => {
            for (index, below) in items.iter().enumerate() {
                at.push_str(&format!("/{index}"));
                collect(below, fields, at, places);
                at.truncate(length);
            }
        }
        _ => {}
    }
}

fn spoil(map: &mut Map<String, Value>, name: &str, kind: FaultKind) {
    let Some(value) = map.remove(name) else {
        return;
    };
    match kind {
        FaultKind::FieldRenamed => {
            map.insert(format!("{name}_v2"), value);
        }
        FaultKind::FieldRetyped => {
            let other = match value {
                Value::Array(_) | Value::Object(_) => json!("[object Object]"),
                Value::Bool(_) => json!({ "value": value }),
                Value::Number(_) | Value::Null => json!([value]),
                Value::String(_) => json!({ "text": value }),
            };
            map.insert(name.to_owned(), other);
        }
        _ => {}
    }
}
