//! A TOML file as a tree in which every key and value knows its place.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

/// A place in one of the files of a check: which file, and which bytes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::pipeline) struct At {
    /// Position in the list of files.
    pub file: usize,
    pub start: usize,
    pub end: usize,
}

impl At {
    pub(in crate::pipeline) fn span(self) -> Range<usize> {
        self.start..self.end
    }
}

/// A text with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::pipeline) struct Text {
    pub value: String,
    pub at: At,
}

/// A value with its place. For a table with a header of its own the place is the header.
#[derive(Debug, Clone)]
pub(in crate::pipeline) struct Value {
    pub at: At,
    pub kind: Kind,
}

/// Numbers stay as they were written: no number of a file ever becomes a binary one.
#[derive(Debug, Clone)]
pub(in crate::pipeline) enum Kind {
    Text(String),
    /// Decimal digits, with a sign where negative. `None` for what exceeds 128 bits.
    Integer(Option<String>),
    /// As TOML has it, without underscores.
    Float(String),
    Bool(bool),
    Date(String),
    List(Vec<Value>),
    Table(Table),
}

/// The entries of a table in the order of the file.
pub(in crate::pipeline) type Table = Vec<Entry>;

#[derive(Debug, Clone)]
pub(in crate::pipeline) struct Entry {
    pub key: Text,
    pub value: Value,
}

impl Value {
    /// What it is, as people say it.
    pub(in crate::pipeline) fn describe(&self) -> &'static str {
        match self.kind {
            Kind::Text(_) => "a string",
            Kind::Integer(_) => "a whole number",
            Kind::Float(_) => "a number",
            Kind::Bool(_) => "true or false",
            Kind::Date(_) => "a date",
            Kind::List(_) => "a list",
            Kind::Table(_) => "a table",
        }
    }

    /// The entries, where it is a table.
    pub(in crate::pipeline) fn entries(&self) -> &[Entry] {
        match &self.kind {
            Kind::Table(entries) => entries,
            _ => &[],
        }
    }
}

/// The tree of a parsed file.
pub(super) fn build(table: &DeTable<'_>, file: usize) -> Table {
    let mut entries: Vec<Entry> = table
        .iter()
        .map(|(key, value)| Entry {
            key: Text { value: key.get_ref().to_string(), at: at(file, key.span()) },
            value: build_value(value, file),
        })
        .collect();
    entries.sort_by_key(|entry| entry.key.at.start);
    entries
}

fn build_value(value: &toml::Spanned<DeValue<'_>>, file: usize) -> Value {
    let kind = match value.get_ref() {
        DeValue::String(text) => Kind::Text(text.to_string()),
        DeValue::Integer(number) => {
            let decimal = i128::from_str_radix(number.as_str(), number.radix());
            Kind::Integer(decimal.ok().map(|number| number.to_string()))
        }
        DeValue::Float(number) => Kind::Float(number.as_str().to_owned()),
        DeValue::Boolean(yes) => Kind::Bool(*yes),
        DeValue::Datetime(date) => Kind::Date(date.to_string()),
        DeValue::Array(values) => {
            Kind::List(values.iter().map(|value| build_value(value, file)).collect())
        }
        DeValue::Table(table) => Kind::Table(build(table, file)),
    };
    Value { at: at(file, value.span()), kind }
}

fn at(file: usize, span: Range<usize>) -> At {
    At { file, start: span.start, end: span.end }
}
