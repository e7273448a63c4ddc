//! TOML, and what to say of a file that is not.

use toml::de::{DeTable, Error};
use toml_parser::Source;
use toml_parser::parser::{Event, EventKind, parse_document};

use super::super::faults::{Fault, Faults};
use super::tree::{At, Kind, Table, build};
use crate::report::{Code, codes};

/// The file's tree; `None` where the file is not TOML, which is told.
pub(in crate::pipeline) fn parse(text: &str, file: usize, faults: &Faults) -> Option<Table> {
    let (table, mut errors) = DeTable::parse_recoverable(text);
    let tree = build(table.get_ref(), file);
    if errors.is_empty() {
        return Some(tree);
    }
    errors.sort_by_key(start);
    let independent = independent(&errors, text);
    let unclosed = unclosed(&errors);
    for (position, error) in independent.iter().enumerate() {
        let at = place(error, text, file);
        let (code, fact, label) = words(error, unclosed, text);
        let opening = unclosed.and_then(|_| opening(text, at));
        let (at, label, end) = match opening {
            Some(opening) => (opening, "opened here".to_owned(), first_letter(text, at)),
            None => (under_text(text, at), label, None),
        };
        let first = (code == codes::KEY_TWICE).then(|| first_of_two(&tree, text, at)).flatten();
        let last = position + 1 == independent.len();
        faults.error(Fault::new(code, at, fact, label), |report| {
            let report = match first {
                Some(first) => report.also(faults.place(first, "first here")),
                None => report,
            };
            let report = match end {
                Some(end) => report.also(faults.place(end, "not closed before this")),
                None => report,
            };
            if last { report.note("the rest is checked once the file is TOML") } else { report }
        });
    }
    None
}

fn start(error: &Error) -> usize {
    error.span().map_or(0, |span| span.start)
}

/// Errors of which none is caused by another: a line has one, what follows something that was never closed means
/// nothing, and of a table that is there twice it is enough to say so.
fn independent<'e>(errors: &'e [Error], text: &str) -> Vec<&'e Error> {
    if unclosed(errors).is_some() || errors.iter().any(opens_something) {
        return errors.iter().take(1).collect();
    }
    let mut kept = Vec::new();
    let mut line_end = 0;
    let mut twice = None;
    for error in errors {
        let start = start(error).min(text.len());
        let line = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let again =
            start < line_end || twice.is_some_and(|header| header == header_above(text, line));
        if again {
            continue;
        }
        line_end = text[start..].find('\n').map_or(text.len(), |end| start + end + 1);
        if text[line..].starts_with('[') {
            twice = Some(line);
        }
        kept.push(error);
    }
    kept
}

/// Where the header above a line begins.
fn header_above(text: &str, line: usize) -> usize {
    text[..line].rfind("\n[").map_or(0, |newline| newline + 1)
}

fn opens_something(error: &Error) -> bool {
    ["array", "inline table", "multi-line"].iter().any(|word| error.message().contains(word))
}

/// What was opened and never closed, if that is the trouble.
fn unclosed(errors: &[Error]) -> Option<&'static str> {
    let what = errors.iter().find_map(|error| error.message().strip_prefix("unclosed "))?;
    match what.split(',').next()? {
        "array" => Some("a list that is not closed"),
        "inline table" => Some("a table in braces that is not closed"),
        _ => Some("a header that is not closed"),
    }
}

fn place(error: &Error, text: &str, file: usize) -> At {
    let span = error.span().unwrap_or(text.len()..text.len());
    At { file, start: span.start, end: span.end }
}

/// The bracket that is open at this place.
fn opening(text: &str, until: At) -> Option<At> {
    let mut open = Vec::new();
    for event in events(text) {
        let span = event.span();
        if span.start() >= until.start {
            break;
        }
        match event.kind() {
            EventKind::ArrayOpen
            | EventKind::InlineTableOpen
            | EventKind::StdTableOpen
            | EventKind::ArrayTableOpen => {
                open.push(At { start: span.start(), end: span.end(), ..until });
            }
            EventKind::ArrayClose
            | EventKind::InlineTableClose
            | EventKind::StdTableClose
            | EventKind::ArrayTableClose => drop(open.pop()),
            _ => {}
        }
    }
    open.pop()
}

fn events(text: &str) -> Vec<Event> {
    let mut events = Vec::new();
    parse_document(&Source::new(text).lex().into_vec(), &mut events, &mut ());
    events
}

/// The letter at the beginning of a place, if there is one to see.
fn first_letter(text: &str, at: At) -> Option<At> {
    let letter = text.get(at.start..)?.chars().next().filter(|letter| !letter.is_whitespace())?;
    Some(At { end: at.start + letter.len_utf8(), ..at })
}

/// The place itself, or where nothing stands there what ends before it: the string that is not closed, or the last
/// letter.
fn under_text(text: &str, at: At) -> At {
    if let Some(letter) = first_letter(text, at) {
        return At { end: at.end.max(letter.end), ..at };
    }
    let is_string = |event: &Event| {
        matches!(event.kind(), EventKind::Scalar | EventKind::SimpleKey)
            && event.encoding().is_some()
            && event.span().start() < at.start
            && event.span().end() >= at.start
    };
    if let Some(string) = events(text).into_iter().find(is_string) {
        return At { start: string.span().start(), end: string.span().end(), ..at };
    }
    let before = text[..at.start].trim_end();
    let last = before.chars().next_back().map_or(0, char::len_utf8);
    match before.len() {
        0 => at,
        end => At { start: end - last, end, ..at },
    }
}

/// The parser's words where they say it well, and ours where they do not.
fn words(error: &Error, unclosed: Option<&str>, text: &str) -> (Code, String, String) {
    let message = error.message();
    let (what, expected) = message.split_once(", expected ").unwrap_or((message, ""));
    if what == "duplicate key" {
        let key = error.span().and_then(|span| text.get(span)).unwrap_or_default();
        return (codes::KEY_TWICE, format!("`{}` is set twice", key.trim()), String::new());
    }
    if let Some(unclosed) = unclosed {
        let fact = format!("this is not TOML: {unclosed}");
        return (codes::TOML_SYNTAX, fact, "here at the latest".to_owned());
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
    let label = if expected.is_empty() { String::new() } else { format!("expected {expected}") };
    (codes::TOML_SYNTAX, format!("this is not TOML: {what}"), label)
}

/// The first of two equal headers or keys.
fn first_of_two(tree: &Table, text: &str, second: At) -> Option<At> {
    let line = text[..second.start].rfind('\n').map_or(0, |newline| newline + 1);
    let header = text[line..].lines().next().filter(|header| header.starts_with('['));
    let first = match header {
        Some(header) => {
            let start = text.find(header)? + (second.start - line);
            At { start, end: start + (second.end - second.start), ..second }
        }
        None => only_key(tree, &text[second.span()])?,
    };
    (first.start < second.start).then_some(first)
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
            match &entry.value.kind {
                Kind::Table(inner) => left.push(inner),
                Kind::List(values) => {
                    left.extend(values.iter().filter_map(|value| match &value.kind {
                        Kind::Table(inner) => Some(inner),
                        _ => None,
                    }))
                }
                _ => {}
            }
        }
    }
    found
}
