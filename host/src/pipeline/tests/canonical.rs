//! Formatting: it changes no meaning, no comment and no order, and is done once and for all.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::sample::{Index, select};
use toml::de::{DeTable, DeValue};
use toml_parser::Source;
use toml_parser::parser::{EventKind, parse_document};

use super::golden_dir;
use crate::pipeline::format;
use crate::report::SourceFile;

/// What a file says, without places; `None` where it is not TOML.
fn meaning(text: &str) -> Option<String> {
    let (table, errors) = DeTable::parse_recoverable(text);
    errors.is_empty().then(|| said_by_table(table.get_ref()))
}

/// With its keys in the order of the alphabet.
fn said_by_table(table: &DeTable<'_>) -> String {
    let mut said: Vec<String> = table
        .iter()
        .map(|(key, value)| format!("{:?}: {}", key.get_ref(), said_by(value.get_ref())))
        .collect();
    said.sort();
    format!("{{{}}}", said.join(", "))
}

fn said_by(value: &DeValue<'_>) -> String {
    match value {
        DeValue::Table(table) => said_by_table(table),
        DeValue::Array(values) => {
            let said: Vec<String> = values.iter().map(|value| said_by(value.get_ref())).collect();
            format!("[{}]", said.join(", "))
        }
        other => format!("{other:?}"),
    }
}

/// Its keys, values and comments in their order; a key without its quotes.
fn told(text: &str) -> Vec<String> {
    let source = Source::new(text);
    let mut events = Vec::new();
    parse_document(&source.lex().into_vec(), &mut events, &mut ());
    let kept = events.iter().filter_map(|event| {
        let raw = source.get(*event)?;
        match event.kind() {
            EventKind::SimpleKey => {
                let mut name = std::borrow::Cow::Borrowed("");
                raw.decode_key(&mut name, &mut ());
                Some(name.into_owned())
            }
            EventKind::Scalar => Some(raw.as_str().to_owned()),
            EventKind::Comment => Some(raw.as_str().trim_end().to_owned()),
            EventKind::ArrayOpen
            | EventKind::InlineTableOpen
            | EventKind::StdTableOpen
            | EventKind::ArrayTableOpen => Some(raw.as_str().to_owned()),
            _ => None,
        }
    });
    kept.collect()
}

fn formatted(text: &str) -> Option<String> {
    format(&SourceFile::new("a.toml", text)).ok()
}

/// Formats a text and looks at what must hold of it; `None` where it is not TOML.
fn checked(text: &str) -> Option<String> {
    let once = formatted(text);
    assert_eq!(once.is_some(), meaning(text).is_some(), "just what is TOML is formatted: {text}");
    let once = once?;
    assert_eq!(meaning(&once), meaning(text), "the meaning of\n{text}\nbecame that of\n{once}");
    assert_eq!(told(&once), told(text), "\n{text}\nbecame\n{once}");
    assert_eq!(formatted(&once).as_deref(), Some(once.as_str()), "not done at once:\n{text}");
    let in_a_string = once.contains("\"\"\"") || once.contains("'''");
    assert!(once.is_empty() || once.ends_with('\n'), "{once:?}");
    assert!(!once.starts_with('\n') && !once.ends_with("\n\n"), "{once:?}");
    assert!(in_a_string || once.lines().all(|line| line.trim_end() == line), "{once:?}");
    Some(once)
}

fn toml_files(folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).expect("the folder is there");
    let paths = files.map(|file| file.expect("it can be read").path());
    paths.filter(|path| path.extension().is_some_and(|ending| ending == "toml")).collect()
}

#[test]
fn the_pipelines_that_come_along_are_in_canonical_form() {
    let files = toml_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../pipelines"));
    assert!(!files.is_empty(), "the pipelines were not found");
    for file in files {
        let text = fs::read_to_string(&file).expect("it can be read");
        assert_eq!(checked(&text).as_deref(), Some(text.as_str()), "{}", file.display());
    }
}

#[test]
fn every_case_that_is_toml_is_formatted_and_says_the_same() {
    let files = toml_files(&golden_dir());
    let texts = files.iter().map(|file| fs::read_to_string(file).expect("it can be read"));
    let count = texts.filter_map(|text| checked(&text)).count();
    assert!(count >= 90, "{count} of the cases are TOML");
}

/// Compares with a literal: what comes of a text.
fn becomes(text: &str, wanted: &str) {
    let once = checked(text).expect("it is TOML");
    assert_eq!(once, wanted, "what came of\n{text}");
}

#[test]
fn spaces_and_blank_lines_are_uniform() {
    becomes(
        "\n\n  a=1\n\n\n\nb   =2  \n[ c . d ]\n\ne=1\n# f\n[[g]]\n\n# h",
        "a = 1\n\nb = 2\n\n[c.d]\ne = 1\n\n# f\n[[g]]\n\n# h\n",
    );
    becomes("[a]\n[b]\n# c\n[d]", "[a]\n\n[b]\n\n# c\n[d]\n");
    becomes("a . b=1", "a.b = 1\n");
    becomes("", "");
    becomes(" \n\t\n", "");
}

#[test]
fn what_stands_between_brackets_is_uniform() {
    becomes("a=[1,2 , 3,]", "a = [1, 2, 3]\n");
    becomes("a={b=1,c={},d=[ ]}", "a = { b = 1, c = {}, d = [] }\n");
    becomes("a=[\n]", "a = []\n");
    becomes("a=[1,\n  2]", "a = [\n    1,\n    2,\n]\n");
    becomes("a=[ # b\n1 # c\n, 2\n\n\n# d\n\n]", "a = [ # b\n    1, # c\n    2,\n\n    # d\n]\n");
    becomes("a=[\n1\n, # b\n2]", "a = [\n    1, # b\n    2,\n]\n");
    becomes("a=[[\n1],{b=[\n2]}]", "a = [[\n    1,\n], { b = [\n    2,\n] }]\n");
    becomes("a=[\n[\n1],\n]", "a = [\n    [\n        1,\n    ],\n]\n");
}

#[test]
fn a_comment_that_stands_in_a_column_stays_there() {
    becomes("a=1   # b\nccc=2 # d", "a = 1 # b\nccc = 2 # d\n");
    becomes("a = 1     # b\nccc = 2   # d", "a = 1     # b\nccc = 2   # d\n");
    becomes("a=1       # b\nccc=2     # d", "a = 1     # b\nccc = 2   # d\n");
    becomes("a = 1# b", "a = 1 # b\n");
    becomes("[a]  # b", "[a]  # b\n");
}

#[test]
fn quotes_stand_around_the_keys_of_a_table_that_has_one_that_needs_them() {
    becomes("\"a\"=1\n'b-c'=2", "a = 1\nb-c = 2\n");
    becomes("a = { \"b\" = 1 }", "a = { b = 1 }\n");
    becomes("a = { b = 1, 'c d' = 2 }", "a = { \"b\" = 1, \"c d\" = 2 }\n");
    becomes(
        "[a]\nb = 1\n'c d' = { e = 1 }\n[f]\ng = 1",
        "[a]\n\"b\" = 1\n\"c d\" = { e = 1 }\n\n[f]\ng = 1\n",
    );
    becomes("[\"a\".'b c']\n\"d\".\"e f\" = 1\n\"g\" = 2", "[a.\"b c\"]\nd.\"e f\" = 1\ng = 2\n");
    becomes("'a\"b' = 1\n\"\\u0041 c\" = 2", "'a\"b' = 1\n\"\\u0041 c\" = 2\n");
}

#[test]
fn line_breaks_stay_what_they_are_and_strings_byte_for_byte() {
    becomes("a=1\r\nb=[\r\n2]\r\n", "a = 1\r\nb = [\r\n    2,\r\n]\r\n");
    becomes("\u{feff}a=1\n", "a = 1\n");
    becomes("a='''\n  b  \n\n\n'''   # c", "a = '''\n  b  \n\n\n'''   # c\n");
    becomes("a=0x0f", "a = 0x0f\n");
}

#[test]
fn keys_that_stand_apart_are_not_brought_together() {
    becomes("a.b=1\nc=2\na.d=3", "a.b = 1\nc = 2\na.d = 3\n");
    becomes("[a.b]\n[a]\n[c]\n[a.d]", "[a.b]\n\n[a]\n\n[c]\n\n[a.d]\n");
}

#[test]
fn what_is_not_toml_is_told_as_the_check_tells_it() {
    for text in ["a = ", "a = 1\na = 2", "a = [1", "a = 1 b = 2"] {
        let faults = format(&SourceFile::new("pipelines/text.toml", text)).expect_err("no TOML");
        assert_eq!(faults, super::check_text(text).1, "{text}");
        assert!(!faults.is_empty());
    }
}

/// Blanks, line breaks and comments, as they may stand between the parts of a list.
fn gap() -> impl Strategy<Value = String> {
    select(vec!["", "", " ", "  ", "\t", "\n", "\n\n\n", " # a\n", "\n  # b\n", "\n# c   \n\n"])
        .prop_map(str::to_owned)
}

fn blank() -> impl Strategy<Value = String> {
    select(vec!["", " ", "   ", "\t"]).prop_map(str::to_owned)
}

fn scalar() -> impl Strategy<Value = String> {
    select(vec![
        "1",
        "-0.5e3",
        "true",
        "\"a b\"",
        "'c # d'",
        "\"\"\"\n e  \n\n\"\"\"",
        "2026-11-01",
        "inf",
    ])
    .prop_map(str::to_owned)
}

fn name() -> impl Strategy<Value = String> {
    select(vec!["a", "b", "c-d", "\"e\"", "'f'", "\"g h\"", "'i j'", "\"k\\\"l\"", "\"\"", "7"])
        .prop_map(str::to_owned)
}

fn value() -> impl Strategy<Value = String> {
    scalar().prop_recursive(3, 16, 4, |inner| {
        let entry = (gap(), inner.clone(), gap());
        let list = (prop::collection::vec(entry, 0..4), gap(), any::<bool>());
        let list = list.prop_map(|(entries, end, comma)| {
            let entries: Vec<_> =
                entries.iter().map(|(a, value, b)| [a.as_str(), value, b].concat()).collect();
            let comma = if comma && !entries.is_empty() { "," } else { "" };
            format!("[{}{comma}{end}]", entries.join(","))
        });
        let entry = (gap(), name(), blank(), inner, gap());
        let table = (prop::collection::vec(entry, 0..4), any::<Index>());
        let table = table.prop_map(|(entries, _)| {
            let entries: Vec<_> = entries
                .iter()
                .enumerate()
                // Each by another name, with its quotes.
                .map(|(at, (a, name, b, value, c))| {
                    format!("{a}{}{b}={b}{value}{c}", numbered(name, at))
                })
                .collect();
            format!("{{{}}}", entries.join(","))
        });
        prop_oneof![list, table]
    })
}

/// The name with a number in it, within its quotes.
fn numbered(name: &str, number: usize) -> String {
    match name.chars().last() {
        Some(quote) if quote == '"' || quote == '\'' => {
            format!("{}{number}{quote}", &name[..name.len() - 1])
        }
        _ => format!("{name}{number}"),
    }
}

/// One line, to be numbered.
fn line() -> impl Strategy<Value = (u8, String, String, String, String)> {
    (
        0..8_u8,
        name(),
        blank(),
        value(),
        select(vec!["", " # x", "#y", "     # z "]).prop_map(str::to_owned),
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_toml_is_formatted_and_says_the_same(lines in prop::collection::vec(line(), 0..12), crlf in any::<bool>()) {
        let mut text = String::new();
        for (at, (kind, name, blank, value, comment)) in lines.iter().enumerate() {
            let name = numbered(name, at);
            text += &match kind {
                0 => format!("{blank}\n"),
                1 => format!("{blank}# {name}{blank}\n"),
                2 => format!("{blank}[{blank}{name}{blank}.x]{comment}\n"),
                3 => format!("[[{name}]]{comment}\n"),
                4 => format!("{name}{blank}.{blank}x = {value}{comment}\n"),
                _ => format!("{blank}{name}{blank}={blank}{value}{comment}\n"),
            };
        }
        let text = if crlf { text.replace('\n', "\r\n") } else { text };
        prop_assert!(meaning(&text).is_some(), "the generator makes TOML: {text}");
        let _ = checked(&text);
    }
}
