//! Data as text that people review: a line a field, nothing that is empty, in the words of case files.

use serde::Serialize;
use serde_json::Value;

use crate::record::decimal_text;
use crate::time::rfc3339;

/// The fields of a value, indented by so many steps; nothing of what is empty.
pub fn fields(value: &impl Serialize, depth: usize) -> String {
    let mut out = String::new();
    if let Ok(value) = serde_json::to_value(value) {
        put(&value, depth, &mut out);
    }
    out
}

/// Texts under their names: none of them is one of the contract's words.
pub(super) fn texts(texts: &[(&str, &str)], depth: usize) -> String {
    let indent = "  ".repeat(depth);
    texts.iter().map(|(name, text)| format!("{indent}{name}: {}\n", one_line(text))).collect()
}

/// Only those fields of `now` that are others than `before`.
pub(super) fn changed(before: &impl Serialize, now: &impl Serialize, depth: usize) -> String {
    let (before, now) = (serde_json::to_value(before), serde_json::to_value(now));
    let (Ok(Value::Object(before)), Ok(Value::Object(mut now))) = (before, now) else {
        return String::new();
    };
    let gone: Vec<String> = before
        .iter()
        .filter(|(name, value)| !is_empty(value) && now.get(*name).is_none_or(is_empty))
        .map(|(name, _)| format!("{}{name}: (nothing)\n", "  ".repeat(depth)))
        .collect();
    now.retain(|name, value| before.get(name) != Some(value));
    fields(&Value::Object(now), depth) + &gone.concat()
}

/// JSON text, laid out; other text as it is.
pub(super) fn body(bytes: &[u8], depth: usize) -> String {
    let indent = "  ".repeat(depth);
    let text = match serde_json::from_slice::<Value>(bytes) {
        Ok(value) => serde_json::to_string_pretty(&value).unwrap_or_default(),
        Err(_) => String::from_utf8_lossy(bytes).into_owned(),
    };
    text.lines().map(|line| format!("{indent}{line}\n")).collect()
}

/// Bytes as text where they are some, else as hexadecimal digits.
pub(super) fn bytes(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains(char::is_control) => text.to_owned(),
        _ => format!("0x{}", crate::record::hex(bytes)),
    }
}

fn put(value: &Value, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(members) => {
            for (name, member) in members.iter().filter(|(_, member)| !is_empty(member)) {
                let name = &word(name);
                match plain(name, member) {
                    Some(text) => out.push_str(&format!("{indent}{name}: {text}\n")),
                    None => {
                        out.push_str(&format!("{indent}{name}:\n"));
                        put(member, depth + 1, out);
                    }
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                match plain("", item) {
                    Some(text) => out.push_str(&format!("{indent}- {text}\n")),
                    None => {
                        let mut inner = String::new();
                        put(item, depth + 1, &mut inner);
                        // The first field stands behind the dash.
                        let inner = inner.replacen(&format!("{indent}  "), "", 1);
                        out.push_str(&format!("{indent}- {inner}"));
                    }
                }
            }
        }
        other => out.push_str(&format!("{indent}{}\n", plain("", other).unwrap_or_default())),
    }
}

/// A value that takes one line.
fn plain(name: &str, value: &Value) -> Option<String> {
    if WORDS.contains(&name) {
        return Some(one_of(value));
    }
    match value {
        Value::Object(members) => {
            let member = |name: &str| members.get(name).and_then(Value::as_i64);
            if members.len() == 2
                && let (Some(units), Some(scale)) = (member("units"), member("scale"))
            {
                let scale = u8::try_from(scale).ok()?;
                return Some(decimal_text(crate::contract::Decimal { units, scale }));
            }
            // A name and a value: an attribute, a chosen option.
            if members.len() == 2
                && let (Some(name), Some(value)) = (members.get("name"), members.get("value"))
            {
                return Some(format!("{}: {}", name.as_str()?, value.as_str()?));
            }
            None
        }
        Value::Array(items) => items
            .iter()
            .all(Value::is_number)
            .then(|| items.iter().filter_map(|item| u8::try_from(item.as_u64()?).ok()).collect())
            .map(|given: Vec<u8>| bytes(&given)),
        Value::Number(number) if name.ends_with("_at") => {
            Some(number.as_i64().map_or_else(|| number.to_string(), rfc3339))
        }
        Value::String(text) => Some(one_line(text)),
        other => Some(other.to_string()),
    }
}

/// Fields that say one of the contract's words, in an order and its parts.
const WORDS: [&str; 2] = ["kind", "payment_status"];

/// One of the contract's words, or another that a vendor has in its place.
fn one_of(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            members.values().filter_map(Value::as_str).map(one_line).collect()
        }
        value => word(value.as_str().unwrap_or_default()),
    }
}

/// The name of a case as the contract spells it: `AwaitingPayment` is `awaiting-payment`. Names of fields begin with a
/// small letter and stay as they are.
fn word(name: &str) -> String {
    let mut out = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !out.is_empty() {
            out.push('-');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

/// A text as it is, unless it would be read as something else: then in quotes.
fn one_line(text: &str) -> String {
    let is_plain = !text.is_empty()
        && text.trim() == text
        && !text.contains(|letter: char| letter.is_control() || letter == '"');
    if is_plain { text.to_owned() } else { Value::String(text.to_owned()).to_string() }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn data_is_told_a_line_a_field_and_nothing_of_what_is_empty() {
        let value = json!({
            "number": "N1", "placed_at": 0, "note": null, "lines": [
                { "sku": " A ", "quantity": { "units": 150, "scale": 2 }, "taxes": [] },
                { "sku": "B", "options": [{ "name": "Size", "value": "L" }] },
            ], "memo": [104, 105], "kind": "GiftCard", "empty": "",
            "payment_status": { "Other": "Held Back" },
            "quantity": { "By": { "units": -1, "scale": 0 } },
        });
        assert_eq!(
            fields(&value, 1),
            "  number: N1\n  placed_at: 1970-01-01T00:00:00Z\n  lines:\n    - sku: \" A \"\n      quantity: 1.50\n    \
             - sku: B\n      options:\n        - Size: L\n  memo: hi\n  kind: gift-card\n  empty: \"\"\n  \
             payment_status: Held Back\n  quantity:\n    by: -1\n"
        );
        let now = json!({ "number": "N2", "placed_at": 0, "kind": "GiftCard", "payment_status": "AwaitingPayment" });
        assert_eq!(
            changed(&value, &now, 0),
            "number: N2\npayment_status: awaiting-payment\nlines: (nothing)\nmemo: (nothing)\nempty: (nothing)\n\
             quantity: (nothing)\n"
        );
    }
}
