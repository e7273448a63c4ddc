//! What is kept of a JSON answer: as much as `serde_json` would keep, and nothing but JSON.
//!
//! An input is the paths to keep, separated by spaces, in the first line; the rest is the answer.

use penstock::egress;
use penstock_mutations::Target;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

pub(crate) const TARGET: Target = Target {
    name: "keep",
    check,
    words: &[
        "null",
        "true",
        "false",
        "{}",
        "[]",
        "\"\"",
        "\\u0061",
        "\\ud800",
        "\\\"",
        "1e400",
        "-0",
        "0.1",
        "1E+9",
        "items.*.id",
        "*",
        "a",
        "b",
        "a.b",
        "a.*",
        ",",
        ":",
        "{\"a\":",
        "[[",
        "\u{feff}",
        "\n",
        " ",
    ],
    mutations: 2_000,
};

fn check(bytes: &[u8]) {
    let line = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let Ok(paths) = std::str::from_utf8(&bytes[..line]) else { return };
    let keep: Vec<String> =
        paths.split(' ').filter(|path| !path.is_empty()).map(Into::into).collect();
    let answer = bytes.get(line + 1..).unwrap_or_default();
    let is_json = serde_json::from_slice::<IgnoredAny>(answer).is_ok();
    let kept = match egress::kept(answer.to_vec(), &keep) {
        Ok(kept) => kept,
        Err(fault) => {
            let of_ours = fault.contains("nested too deeply") || fault.starts_with("`keep` has");
            let is_text = std::str::from_utf8(answer).is_ok();
            assert!(of_ours || !is_json || !is_text, "refused, and is JSON: {fault}");
            return;
        }
    };
    assert!(is_json || kept.len() < answer.len(), "taken for JSON, and nothing is dropped");
    assert!(kept.len() <= answer.len(), "more is kept than came");
    assert!(serde_json::from_slice::<IgnoredAny>(&kept).is_ok(), "what is kept is no JSON");
    // What is kept of what is kept is the same.
    assert_eq!(egress::kept(kept.clone(), &keep).as_deref(), Ok(kept.as_slice()));
    // `serde_json` refuses halves of surrogate pairs once it reads them, and has a word of its own for numbers.
    let marked = |text: &[u8]| text.windows(11).any(|word| word == b"$serde_json");
    let (Ok(whole), Ok(found)) =
        (serde_json::from_slice::<Value>(answer), serde_json::from_slice::<Value>(&kept))
    else {
        return;
    };
    if !marked(answer) {
        let paths: Vec<Vec<&str>> = keep.iter().map(|path| path.split('.').collect()).collect();
        let paths: Vec<&[&str]> = paths.iter().map(Vec::as_slice).collect();
        assert_eq!(found, if paths.is_empty() { whole } else { pruned(whole, &paths) });
    }
}

/// The same by `serde_json`.
fn pruned(value: Value, paths: &[&[&str]]) -> Value {
    if paths.iter().any(|path| path.is_empty()) {
        return value;
    }
    let below = |name: &str| -> Vec<&[&str]> {
        paths.iter().filter(|path| path[0] == name).map(|path| &path[1..]).collect()
    };
    match value {
        Value::Object(members) => {
            let kept = members.into_iter().filter_map(|(name, member)| {
                let paths = if name == "*" { Vec::new() } else { below(&name) };
                (!paths.is_empty()).then(|| {
                    let member = pruned(member, &paths);
                    (name, member)
                })
            });
            Value::Object(kept.collect::<Map<_, _>>())
        }
        Value::Array(items) => {
            let paths = below("*");
            Value::Array(items.into_iter().map(|item| pruned(item, &paths)).collect())
        }
        plain => plain,
    }
}
