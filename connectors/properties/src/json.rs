//! A second opinion on what an answer says.

use serde_json::Value;

/// All values at a path like `items.*.price`; a number of the path that is not there is left out.
pub(crate) fn at<'a>(value: &'a Value, path: &str) -> Vec<&'a Value> {
    path.split('.').fold(vec![value], |found, part| {
        let below = |value: &'a Value| -> Vec<&'a Value> {
            match (part, value) {
                ("*", Value::Array(items)) => items.iter().collect(),
                ("*", _) => Vec::new(),
                (name, value) => value.get(name).into_iter().collect(),
            }
        };
        found.into_iter().flat_map(below).collect()
    })
}

/// The amount that stands there, roughly: a number, or a text that is one.
pub(crate) fn amount(value: &Value) -> Option<f64> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        _ => return None,
    };
    let plain =
        |byte: u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E');
    if !text.trim().bytes().all(plain) {
        return None;
    }
    text.trim().parse().ok().filter(|amount: &f64| amount.is_finite())
}

/// Whether two amounts are the same, as far as can be told by halves of thousandths.
pub(crate) fn is_about(left: f64, right: f64) -> bool {
    (left - right).abs() <= 1e-9 * left.abs().max(right.abs())
}
