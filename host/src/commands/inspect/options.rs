//! What changes between two JSON Schemas of options, for those who have written options by the old one.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::against::Grade;

/// A change at an option: its path, what it means, and what it is.
pub(super) type OptionChange = (String, Grade, String);

/// Schemas nest no deeper than this; what is below is compared as a whole.
const DEPTH_MAX: usize = 16;

/// Words of a schema that say nothing about what is allowed.
const TOLD_ELSEWHERE: [&str; 8] =
    ["title", "description", "examples", "$comment", "$schema", "$id", "deprecated", "format"];

/// Words whose larger number allows more, and those whose smaller number does.
const UPPER: [&str; 5] = ["maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"];
const LOWER: [&str; 5] = ["minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"];

/// All changes from one schema to the other, in the order of the options' names.
pub(super) fn changes(old: &str, new: &str) -> Vec<OptionChange> {
    let read = |text: &str| match text {
        "" => Some(Value::Object(Map::new())),
        text => serde_json::from_str::<Value>(text).ok(),
    };
    let mut all = Vec::new();
    match (read(old), read(new)) {
        (Some(old), Some(new)) => compare("", &old, &new, DEPTH_MAX, &mut all),
        (_, None) if old != new => {
            all.push((String::new(), Grade::Breaking, "the new schema is no JSON".to_owned()));
        }
        _ if old != new => {
            all.push((String::new(), Grade::Harmless, "the old schema is no JSON".to_owned()));
        }
        _ => {}
    }
    all
}

fn compare(path: &str, old: &Value, new: &Value, depth: usize, all: &mut Vec<OptionChange>) {
    if old == new {
        return;
    }
    let (Value::Object(one), Value::Object(other), true) = (old, new, depth > 0) else {
        all.push((path.to_owned(), Grade::Breaking, "it is judged by other rules".to_owned()));
        return;
    };
    types(path, one, other, all);
    values(path, one, other, all);
    default(path, one, other, all);
    bounds(path, one, other, all);
    properties(path, one, other, depth, all);
    match (one.get("items"), other.get("items")) {
        (Some(old), Some(new)) => compare(&format!("{path}[]"), old, new, depth - 1, all),
        (None, Some(_)) => {
            all.push((
                format!("{path}[]"),
                Grade::Breaking,
                "what it lists is judged now".to_owned(),
            ));
        }
        (Some(_), None) => {
            all.push((
                format!("{path}[]"),
                Grade::Harmless,
                "what it lists is judged no more".to_owned(),
            ));
        }
        (None, None) => {}
    }
    rest(path, one, other, all);
}

fn types(
    path: &str,
    old: &Map<String, Value>,
    new: &Map<String, Value>,
    all: &mut Vec<OptionChange>,
) {
    let names = |schema: &Map<String, Value>| -> Option<BTreeSet<String>> {
        match schema.get("type")? {
            Value::String(name) => Some(BTreeSet::from([name.clone()])),
            Value::Array(names) => {
                Some(names.iter().filter_map(|name| Some(name.as_str()?.to_owned())).collect())
            }
            _ => None,
        }
    };
    let (one, other) = (names(old), names(new));
    if one == other {
        return;
    }
    let word = |names: &Option<BTreeSet<String>>| match names {
        Some(names) => names.iter().cloned().collect::<Vec<_>>().join(" or "),
        None => "anything".to_owned(),
    };
    // Every whole number is a number.
    let takes = |names: &BTreeSet<String>, name: &String| {
        names.contains(name) || name == "integer" && names.contains("number")
    };
    let is_wider = match (&one, &other) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(one), Some(other)) => one.iter().all(|name| takes(other, name)),
    };
    let grade = if is_wider { Grade::Harmless } else { Grade::Breaking };
    all.push((path.to_owned(), grade, format!("type {} -> {}", word(&one), word(&other))));
}

fn values(
    path: &str,
    old: &Map<String, Value>,
    new: &Map<String, Value>,
    all: &mut Vec<OptionChange>,
) {
    let allowed = |schema: &Map<String, Value>| match (schema.get("enum"), schema.get("const")) {
        (Some(Value::Array(values)), _) => Some(values.clone()),
        (None, Some(value)) => Some(vec![value.clone()]),
        _ => None,
    };
    match (allowed(old), allowed(new)) {
        (Some(one), Some(other)) => {
            for value in one.iter().filter(|value| !other.contains(value)) {
                all.push((path.to_owned(), Grade::Breaking, format!("{value} is allowed no more")));
            }
            for value in other.iter().filter(|value| !one.contains(value)) {
                all.push((path.to_owned(), Grade::Harmless, format!("{value} is allowed now")));
            }
        }
        (None, Some(other)) => {
            let list: Vec<String> = other.iter().map(Value::to_string).collect();
            let text = format!("only {} is allowed now", list.join(", "));
            all.push((path.to_owned(), Grade::Breaking, text));
        }
        (Some(_), None) => {
            let text = "it is no longer one of a few values".to_owned();
            all.push((path.to_owned(), Grade::Harmless, text));
        }
        (None, None) => {}
    }
}

/// A file that leaves an option out means something else when its default is another.
fn default(
    path: &str,
    old: &Map<String, Value>,
    new: &Map<String, Value>,
    all: &mut Vec<OptionChange>,
) {
    let (one, other) = (old.get("default"), new.get("default"));
    if one == other {
        return;
    }
    let word = |value: Option<&Value>| value.map_or("none".to_owned(), Value::to_string);
    let text = format!("default {} -> {}", word(one), word(other));
    all.push((path.to_owned(), Grade::Breaking, text));
}

fn bounds(
    path: &str,
    old: &Map<String, Value>,
    new: &Map<String, Value>,
    all: &mut Vec<OptionChange>,
) {
    let number = |schema: &Map<String, Value>, name: &str| schema.get(name).and_then(Value::as_f64);
    let bounds = UPPER.map(|name| (name, 1.0)).into_iter().chain(LOWER.map(|name| (name, -1.0)));
    for (name, sign) in bounds {
        // How much is allowed: without a bound, everything.
        let room = |schema: &Map<String, Value>| {
            number(schema, name).map_or(f64::INFINITY, |value| value * sign)
        };
        let (one, other) = (room(old), room(new));
        if one == other {
            continue;
        }
        let grade = if other < one { Grade::Breaking } else { Grade::Harmless };
        let word = |schema: &Map<String, Value>| {
            schema.get(name).map_or("none".to_owned(), Value::to_string)
        };
        all.push((path.to_owned(), grade, format!("{name} {} -> {}", word(old), word(new))));
    }
}

fn properties(
    path: &str,
    old: &Map<String, Value>,
    new: &Map<String, Value>,
    depth: usize,
    all: &mut Vec<OptionChange>,
) {
    let nothing = Map::new();
    let of = |schema: &'_ Map<String, Value>| {
        schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default()
    };
    let (one, other) = (of(old), of(new));
    let required = |schema: &Map<String, Value>, name: &str| {
        let names = schema.get("required").and_then(Value::as_array);
        names.is_some_and(|names| names.iter().any(|one| one == name))
    };
    let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    for name in names {
        let at = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let (must, must_now) = (required(old, name), required(new, name));
        match (one.get(name), other.get(name)) {
            (Some(_), None) => {
                let is_refused = new.get("additionalProperties") == Some(&Value::Bool(false));
                let text = match is_refused {
                    true => "gone; a file that sets it is at fault",
                    false => "gone; it means nothing any more",
                };
                all.push((at, Grade::Breaking, text.to_owned()));
                continue;
            }
            (None, Some(_)) => {
                let (grade, text) = match must_now {
                    true => (Grade::Breaking, "new, and each file has to set it"),
                    false => (Grade::Harmless, "new"),
                };
                all.push((at, grade, text.to_owned()));
                continue;
            }
            _ => {}
        }
        match (must, must_now) {
            (false, true) => {
                all.push((at.clone(), Grade::Breaking, "it is required now".to_owned()))
            }
            (true, false) => {
                all.push((at.clone(), Grade::Harmless, "it is required no more".to_owned()))
            }
            _ => {}
        }
        let empty = Value::Object(nothing.clone());
        let (before, after) = (one.get(name).unwrap_or(&empty), other.get(name).unwrap_or(&empty));
        compare(&at, before, after, depth - 1, all);
    }
    others(path, old, new, depth, all);
}

/// Options beyond those that have a name.
fn others(
    path: &str,
    old: &Map<String, Value>,
    new: &Map<String, Value>,
    depth: usize,
    all: &mut Vec<OptionChange>,
) {
    let anything = Value::Bool(true);
    let of = |schema: &'_ Map<String, Value>| {
        schema.get("additionalProperties").cloned().unwrap_or(anything.clone())
    };
    let at = if path.is_empty() { "*".to_owned() } else { format!("{path}.*") };
    match (of(old), of(new)) {
        (one, other) if one == other => {}
        (Value::Bool(false), _) | (_, Value::Bool(true)) => {
            all.push((at, Grade::Harmless, "more names are allowed".to_owned()));
        }
        (_, Value::Bool(false)) => {
            all.push((at, Grade::Breaking, "no other names are allowed any more".to_owned()));
        }
        (one, other) => compare(&at, &one, &other, depth - 1, all),
    }
}

/// What is compared by its words alone: whether other rules are narrower cannot be told.
fn rest(
    path: &str,
    old: &Map<String, Value>,
    new: &Map<String, Value>,
    all: &mut Vec<OptionChange>,
) {
    const COMPARED: [&str; 8] = [
        "type",
        "enum",
        "const",
        "default",
        "items",
        "properties",
        "required",
        "additionalProperties",
    ];
    let is_compared = |name: &str| {
        COMPARED.contains(&name)
            || TOLD_ELSEWHERE.contains(&name)
            || UPPER.contains(&name)
            || LOWER.contains(&name)
    };
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for name in names.into_iter().filter(|name| !is_compared(name)) {
        match (old.get(name), new.get(name)) {
            (one, other) if one == other => {}
            (Some(_), None) => {
                all.push((path.to_owned(), Grade::Harmless, format!("`{name}` judges it no more")));
            }
            _ => {
                all.push((
                    path.to_owned(),
                    Grade::Breaking,
                    format!("`{name}` judges it otherwise"),
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(old: &Value, new: &Value) -> Vec<String> {
        let word = |grade| match grade {
            Grade::Breaking => "!",
            Grade::Widening => "+",
            Grade::Harmless => "",
        };
        let changes = changes(&old.to_string(), &new.to_string());
        changes
            .into_iter()
            .map(|(path, grade, text)| format!("{}{path}: {text}", word(grade)))
            .collect()
    }

    fn schema(properties: Value) -> Value {
        json!({ "type": "object", "properties": properties, "additionalProperties": false })
    }

    #[test]
    fn options_that_come_and_go() {
        let old = schema(json!({ "a": {}, "b": {}, "c": {} }));
        let mut new = schema(json!({ "b": {}, "c": {}, "d": {}, "e": {} }));
        new["required"] = json!(["c", "e"]);
        let expected = [
            "!a: gone; a file that sets it is at fault",
            "!c: it is required now",
            "d: new",
            "!e: new, and each file has to set it",
        ];
        assert_eq!(told(&old, &new), expected);
        assert_eq!(told(&new, &new), [""; 0]);
    }

    #[test]
    fn what_an_option_may_be() {
        let one = |property: Value| schema(json!({ "a": property }));
        for (old, new, expected) in [
            (
                json!({ "type": "integer" }),
                json!({ "type": "number" }),
                "a: type integer -> number",
            ),
            (
                json!({ "type": "number" }),
                json!({ "type": "integer" }),
                "!a: type number -> integer",
            ),
            (
                json!({ "type": "string" }),
                json!({ "type": ["string", "null"] }),
                "a: type string -> null or string",
            ),
            (json!({}), json!({ "type": "string" }), "!a: type anything -> string"),
            (json!({ "default": 1 }), json!({ "default": 2 }), "!a: default 1 -> 2"),
            (json!({}), json!({ "default": 2 }), "!a: default none -> 2"),
            (json!({ "enum": ["x"] }), json!({ "enum": ["x", "y"] }), "a: \"y\" is allowed now"),
            (
                json!({ "enum": ["x", "y"] }),
                json!({ "const": "x" }),
                "!a: \"y\" is allowed no more",
            ),
            (json!({}), json!({ "enum": ["x"] }), "!a: only \"x\" is allowed now"),
            (json!({ "const": "x" }), json!({}), "a: it is no longer one of a few values"),
            (json!({ "minimum": 1 }), json!({ "minimum": 2 }), "!a: minimum 1 -> 2"),
            (json!({ "minimum": 1 }), json!({}), "a: minimum 1 -> none"),
            (json!({ "maximum": 5 }), json!({ "maximum": 4 }), "!a: maximum 5 -> 4"),
            (json!({}), json!({ "maxLength": 4 }), "!a: maxLength none -> 4"),
            (
                json!({ "pattern": "^a" }),
                json!({ "pattern": "^b" }),
                "!a: `pattern` judges it otherwise",
            ),
            (json!({ "pattern": "^a" }), json!({}), "a: `pattern` judges it no more"),
            (
                json!({ "items": { "type": "string" } }),
                json!({ "items": { "type": "integer" } }),
                "!a[]: type string -> integer",
            ),
        ] {
            assert_eq!(told(&one(old), &one(new)), [expected]);
        }
        let words = |text: &str| one(json!({ "description": text }));
        assert_eq!(told(&words("a"), &words("b")), [""; 0]);
    }

    #[test]
    fn options_within_options_and_beyond_those_that_have_a_name() {
        let within = |required: Value| {
            schema(json!({ "retry": { "properties": { "times": {} }, "required": required } }))
        };
        assert_eq!(
            told(&within(json!([])), &within(json!(["times"]))),
            ["!retry.times: it is required now"]
        );
        let map = |other: Value| json!({ "type": "object", "additionalProperties": other });
        assert_eq!(
            told(&map(json!(true)), &map(json!(false))),
            ["!*: no other names are allowed any more"]
        );
        assert_eq!(told(&map(json!(false)), &map(json!({}))), ["*: more names are allowed"]);
        assert_eq!(
            told(&map(json!({ "type": "string" })), &map(json!({ "type": "integer" }))),
            ["!*: type string -> integer"]
        );
        assert_eq!(changes("", "{}"), []);
        assert_eq!(
            changes("{}", "{"),
            [(String::new(), Grade::Breaking, "the new schema is no JSON".to_owned())]
        );
    }
}
