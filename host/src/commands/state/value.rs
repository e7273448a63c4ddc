//! Bytes that only a connector understands, as people may read them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::record::hex;

/// Most letters of a value that stand in a line of a list.
const BRIEF_LETTERS: usize = 72;
/// Most bytes of a value that are shown of one that is no text.
const BYTES_SHOWN_MAX: usize = 1_024;

/// All of it: as text where it is text, else in hexadecimal.
pub(super) fn shown(bytes: &[u8]) -> String {
    match text(bytes) {
        Some(text) => text.to_owned(),
        None => {
            let shown = &bytes[..bytes.len().min(BYTES_SHOWN_MAX)];
            let more = bytes.len() - shown.len();
            let more = if more == 0 { String::new() } else { format!(" and {more} bytes more") };
            format!("0x{}{more}", hex(shown))
        }
    }
}

/// So much of it as a line has room for.
pub(super) fn briefly(bytes: &[u8]) -> String {
    let shown = shown(bytes);
    match shown.char_indices().nth(BRIEF_LETTERS) {
        Some((end, _)) => format!("{}… ({} bytes)", &shown[..end], bytes.len()),
        None => shown,
    }
}

/// What differs between two of them: field by field where both are JSON objects, else the one and the other.
pub(super) fn difference(old: &[u8], new: &[u8]) -> Vec<String> {
    let fields = |bytes: &[u8]| match serde_json::from_slice(bytes) {
        Ok(Value::Object(fields)) => Some(fields),
        _ => None,
    };
    let (Some(one), Some(other)) = (fields(old), fields(new)) else {
        return vec![format!("{} -> {}", briefly(old), briefly(new))];
    };
    let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    let word = |value: Option<&Value>| {
        value.map_or("absent".to_owned(), |value| briefly(value.to_string().as_bytes()))
    };
    let differing = names.into_iter().filter(|name| one.get(*name) != other.get(*name));
    differing
        .map(|name| format!("{name}: {} -> {}", word(one.get(name)), word(other.get(name))))
        .collect()
}

/// For programs: what it means where it is JSON, else its text, else its bytes in hexadecimal.
pub(super) fn value_json(bytes: &[u8]) -> Value {
    let length = bytes.len();
    match (serde_json::from_slice::<Value>(bytes), text(bytes)) {
        (Ok(value), _) => json!({ "bytes": length, "json": value }),
        (Err(_), Some(text)) => json!({ "bytes": length, "text": text }),
        (Err(_), None) => json!({ "bytes": length, "hex": hex(bytes) }),
    }
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok().filter(|text| !text.chars().any(char::is_control))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_shown_as_it_is_and_what_is_none_by_its_bytes() {
        assert_eq!(shown(b"{\"a\":1}"), "{\"a\":1}");
        assert_eq!(shown(b"a\x1b[2J"), "0x611b5b324a");
        assert_eq!(shown(&[0xff; 1_030]), format!("0x{} and 6 bytes more", "ff".repeat(1_024)));
        assert_eq!(briefly(&[b'a'; 80]), format!("{}… (80 bytes)", "a".repeat(72)));
        let fields = difference(br#"{"a":1,"b":[2],"c":3}"#, br#"{"a":1,"b":[],"d":4}"#);
        assert_eq!(fields, ["b: [2] -> []", "c: 3 -> absent", "d: absent -> 4"]);
        assert_eq!(difference(b"17", b"\xff"), ["17 -> 0xff"]);
        assert_eq!(value_json(b"{\"a\":1}"), json!({ "bytes": 7, "json": { "a": 1 } }));
        assert_eq!(value_json(b"here"), json!({ "bytes": 4, "text": "here" }));
        assert_eq!(value_json(&[0xff, 0]), json!({ "bytes": 2, "hex": "ff00" }));
    }
}
