//! A line of a recording: what is read is written as it was, nothing that may name a person is left of it once it has
//! stand-ins, and it answers its own request.

use std::collections::{BTreeMap, BTreeSet};

use penstock::recording::{
    Answers, Exchange, Outcome, Redaction, Telling, exchange_from_json, exchange_to_json,
};
use penstock_mutations::Target;
use serde_json::Value;

pub(crate) const TARGET: Target = Target {
    name: "recording",
    check,
    words: &[
        "\"connection\":",
        "\"purpose\":\"read\"",
        "\"write\"",
        "\"method\":\"GET\"",
        "\"POST\"",
        "\"endpoint\":\"api\"",
        "\"path\":\"/a\"",
        "\"query\":[[\"a\",\"b\"]]",
        "\"body\":",
        "\"body_text\":",
        "\"keep\":[\"a.*.b\"]",
        "\"status\":200",
        "\"answer\":",
        "\"answer_text\":",
        "\"failed\":{\"retry-after-ms\":5}",
        "\"sent_at\":\"2026-11-25T10:00:00Z\"",
        "mina@harker.example",
        "+44 20 7946 0958",
        "1990-05-01",
        "12345678901",
        "1e400",
        "\\u0041",
        "É",
        "%40",
        "{",
        "}",
        "[",
        "]",
        ",",
    ],
    mutations: 2_000,
};

fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(exchange) = exchange_from_json(text) else { return };
    let line = exchange_to_json(&exchange);
    assert!(!line.contains('\n'), "one exchange is one line");
    let again = exchange_from_json(&line).unwrap_or_else(|why| unreachable!("{why}: {line}"));
    assert_eq!(exchange_to_json(&again), line, "it is read as it was written");

    let mut redacted = [again];
    Redaction::new(BTreeMap::new(), BTreeSet::new()).replace(
        &mut redacted,
        &mut Vec::new(),
        &Telling::default(),
    );
    let [redacted] = redacted;
    for body in bodies(&redacted) {
        match serde_json::from_slice::<Value>(body) {
            Ok(value) => leaves(&value),
            Err(_) => assert_nobody(&String::from_utf8_lossy(body)),
        }
    }
    let (connection, purpose, request) =
        (redacted.connection.clone(), redacted.purpose, redacted.request.clone());
    let found = Answers::strict(vec![redacted]).answer(&connection, purpose, &request);
    assert!(found.is_ok(), "it does not answer its own request: {found:?}");
}

fn bodies(exchange: &Exchange) -> Vec<&[u8]> {
    let mut bodies: Vec<&[u8]> = exchange.request.body.as_deref().into_iter().collect();
    if let Outcome::Answered(response) = &exchange.outcome {
        bodies.push(&response.body);
    }
    bodies
}

fn leaves(value: &Value) {
    match value {
        Value::String(text) => assert_nobody(text),
        Value::Array(items) => items.iter().for_each(leaves),
        Value::Object(members) => members.values().for_each(leaves),
        _ => {}
    }
}

/// Each longer word of a text is a stand-in, unless the whole of it has a form that names nobody.
fn assert_nobody(text: &str) {
    let letters = text.chars().filter(|letter| letter.is_alphanumeric()).count();
    let is_code = text.trim().chars().all(|letter| {
        letter.is_ascii_hexdigit() || "-:.+ TZ".contains(letter) || letter.is_whitespace()
    });
    if letters < 2 || is_code || matches!(text.trim(), "true" | "false" | "null") {
        return;
    }
    let words = text.split(|letter: char| !letter.is_alphabetic() && !is_mark(letter));
    // A mark that stands behind no letter is no word's.
    let words = words.map(|word| word.trim_start_matches(is_mark));
    for word in words.filter(|word| word.chars().count() > 1) {
        let lower = word.to_lowercase();
        let vowels = |(at, letter): (usize, char)| (at % 2 == 1) == "aeiou".contains(letter);
        let is_made = lower.starts_with('x')
            && lower.chars().count().is_multiple_of(2)
            && lower.chars().enumerate().all(vowels);
        assert!(is_made || lower == "example", "`{word}` is left in {text:?}");
    }
}

fn is_mark(letter: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&letter)
}
