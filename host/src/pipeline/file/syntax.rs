//! TOML, and what to say of a file that is not.

use toml::de::{DeTable, Error};

use super::super::faults::{Fault, Faults};
use super::tree::{At, Table, build};
use crate::report::{Code, codes};

/// The file's tree; `None` where the file is not TOML, which is told.
pub(super) fn parse(text: &str, file: usize, faults: &Faults) -> Option<Table> {
    let (table, mut errors) = DeTable::parse_recoverable(text);
    let tree = build(table.get_ref(), file);
    if errors.is_empty() {
        return Some(tree);
    }
    errors.sort_by_key(|error| error.span().map_or(0, |span| span.start));
    for error in independent(&errors, text) {
        let at = place(error, text, file);
        let (code, fact, label) = words(error, text);
        let first = (code == codes::KEY_TWICE)
            .then(|| only_key(&tree, &text[at.span()]))
            .flatten();
        faults.error(Fault::new(code, at, fact, label), |report| match first {
            Some(first) => report.also(faults.place(first, "first here")),
            None => report,
        });
    }
    None
}

/// Errors of which none is caused by another. What follows something that was opened and never closed means nothing,
/// and a line has one error.
fn independent<'e>(errors: &'e [Error], text: &str) -> Vec<&'e Error> {
    let mut kept: Vec<&Error> = Vec::new();
    let mut last_line = None;
    for error in errors {
        let start = error.span().map_or(0, |span| span.start.min(text.len()));
        let line = text.as_bytes()[..start]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count();
        if last_line != Some(line) {
            kept.push(error);
            last_line = Some(line);
        }
    }
    if errors.iter().any(opens_something) {
        kept.truncate(1);
    }
    kept
}

fn opens_something(error: &Error) -> bool {
    [
        "array",
        "inline table",
        "multi-line",
        "multiline",
        "unclosed",
    ]
    .iter()
    .any(|word| error.message().contains(word))
}

fn place(error: &Error, text: &str, file: usize) -> At {
    let span = error.span().unwrap_or(text.len()..text.len());
    At {
        file,
        start: span.start,
        end: span.end,
    }
}

/// The parser's words where they say it well, and ours where they do not.
fn words(error: &Error, text: &str) -> (Code, String, String) {
    let message = error.message();
    let (what, expected) = message.split_once(", expected ").unwrap_or((message, ""));
    if what == "duplicate key" {
        let key = error
            .span()
            .and_then(|span| text.get(span))
            .unwrap_or_default();
        return (
            codes::KEY_TWICE,
            format!("`{}` is set twice", key.trim()),
            String::new(),
        );
    }
    let empty = error.span().is_none_or(|span| span.is_empty());
    let (what, expected) = match what {
        "string values must be quoted" if empty => ("a value is missing", ""),
        "string values must be quoted" => ("a string without quotes", ""),
        "invalid basic string" => ("a string that is not closed", "`\"`"),
        "invalid literal string" => ("a string that is not closed", "`'`"),
        "invalid boolean" => ("a word that is neither `true` nor `false`", ""),
        what => (what, expected),
    };
    let label = if expected.is_empty() {
        String::new()
    } else {
        format!("expected {expected}")
    };
    (
        codes::TOML_SYNTAX,
        format!("this is not TOML: {what}"),
        label,
    )
}

/// The place of a key, if the file has it just once: then that is the first of two.
fn only_key(table: &Table, key: &str) -> Option<At> {
    let mut found = None;
    let mut left: Vec<&Table> = vec![table];
    while let Some(table) = left.pop() {
        for entry in table {
            if entry.key.value == key.trim() && found.replace(entry.key.at).is_some() {
                return None;
            }
            if let super::Kind::Table(inner) = &entry.value.kind {
                left.push(inner);
            }
        }
    }
    found
}
