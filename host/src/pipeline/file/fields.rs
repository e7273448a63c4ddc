//! Reading one table of a file: each key by its type, every fault at its place.

use super::super::faults::{Fault, Faults, Slip, joined, list_note};
use super::super::near::nearest;
use super::duration;
use super::tree::{At, Kind, Table, Text, Value};
use crate::pipeline::NAME_CHARS_MAX;
use crate::report::codes;

/// An optional key: what depends on it must know a key that is absent from one that is at fault.
#[derive(Debug, Clone, Default)]
pub(in crate::pipeline) enum Given<T> {
    #[default]
    Absent,
    /// It is there, and its fault was told.
    Faulty,
    Value(T),
}

impl<T> Given<T> {
    /// The value, if there is a sound one.
    pub(in crate::pipeline) fn value(&self) -> Option<&T> {
        match self {
            Given::Value(value) => Some(value),
            _ => None,
        }
    }

    pub(in crate::pipeline) fn is_absent(&self) -> bool {
        matches!(self, Given::Absent)
    }

    fn and_then<U>(self, read: impl FnOnce(T) -> Option<U>) -> Given<U> {
        match self {
            Given::Absent => Given::Absent,
            Given::Faulty => Given::Faulty,
            Given::Value(value) => read(value).map_or(Given::Faulty, Given::Value),
        }
    }
}

/// What a part of a file holds, as far as it could be read.
#[derive(Debug)]
pub(in crate::pipeline) struct Section<T> {
    pub items: Vec<T>,
    /// Whether all of it could be read. Where not, what seems to be missing may stand in the rest.
    pub whole: bool,
}

impl<T> Default for Section<T> {
    fn default() -> Self {
        Self { items: Vec::new(), whole: true }
    }
}

impl<T> Section<T> {
    /// Reads each item, and remembers if one could not be read.
    pub(super) fn read<V>(
        values: impl IntoIterator<Item = V>,
        read: impl Fn(V) -> Option<T>,
    ) -> Self {
        let mut section = Self::default();
        for value in values {
            match read(value) {
                Some(item) => section.items.push(item),
                None => section.whole = false,
            }
        }
        section
    }

    /// A part of which nothing could be read.
    pub(super) fn faulty() -> Self {
        Self { items: Vec::new(), whole: false }
    }

    /// Adds another part of the same kind.
    pub(in crate::pipeline) fn extend(&mut self, other: Self) {
        self.items.extend(other.items);
        self.whole &= other.whole;
    }
}

/// One table while it is read. [`Fields::finish`] tells what is left over and what is missing.
pub(super) struct Fields<'f> {
    /// As the user writes it: `[[sink]]`, `[connections.shop]`.
    what: String,
    pub header: At,
    entries: Table,
    allowed: &'static [&'static str],
    missing: Vec<Missing>,
    /// The keys that were there and read.
    taken: Vec<&'static str>,
    faults: &'f Faults,
}

struct Missing {
    key: &'static str,
    example: &'static str,
}

impl<'f> Fields<'f> {
    /// Begins to read a table; anything else is told as a fault.
    pub(super) fn of(
        value: Value,
        what: impl Into<String>,
        allowed: &'static [&'static str],
        faults: &'f Faults,
    ) -> Option<Self> {
        let what = what.into();
        let header = value.at;
        match value.kind {
            Kind::Table(entries) => {
                let (missing, taken) = Default::default();
                Some(Self { what, header, entries, allowed, missing, taken, faults })
            }
            _ => {
                wrong_type(faults, &what, &value, "a table");
                None
            }
        }
    }

    /// The value of a key, whatever its type. A key that is absent while an unknown one is much like it was misspelt,
    /// and counts as faulty: the unknown key is told, and nothing that follows from it.
    pub(super) fn take(&mut self, key: &'static str) -> Given<Value> {
        debug_assert!(self.allowed.contains(&key), "`{key}` is read but not listed as allowed");
        if let Some(position) = self.entries.iter().position(|entry| entry.key.value == key) {
            self.taken.push(key);
            return Given::Value(self.entries.remove(position).value);
        }
        if self.is_misspelt(key) { Given::Faulty } else { Given::Absent }
    }

    /// Whether there is an unknown key that most likely is this one. What seems to be missing may stand there.
    pub(super) fn is_misspelt(&self, key: &str) -> bool {
        let unknown = self.entries.iter().map(|entry| entry.key.value.as_str());
        let mut unknown = unknown.filter(|name| !self.allowed.contains(name));
        unknown.any(|name| nearest(name, self.allowed.iter().copied()) == Some(key))
    }

    pub(super) fn text(&mut self, key: &'static str) -> Given<Text> {
        let faults = self.faults;
        self.take(key).and_then(|value| text(faults, &format!("`{key}`"), value))
    }

    /// A text that must be there. The example is what the hint says to add.
    pub(super) fn needed_text(&mut self, key: &'static str, example: &'static str) -> Option<Text> {
        let given = self.text(key);
        self.needed(key, example, given)
    }

    /// Turns an optional key into one that must be there.
    pub(super) fn needed<T>(
        &mut self,
        key: &'static str,
        example: &'static str,
        given: Given<T>,
    ) -> Option<T> {
        match given {
            Given::Value(value) => Some(value),
            Given::Faulty => None,
            Given::Absent => {
                self.missing.push(Missing { key, example });
                None
            }
        }
    }

    pub(super) fn flag(&mut self, key: &'static str) -> Given<bool> {
        let faults = self.faults;
        self.take(key).and_then(|value| flag(faults, &format!("`{key}`"), &value))
    }

    pub(super) fn duration_ms(
        &mut self,
        key: &'static str,
        bounds: duration::Bounds,
    ) -> Given<u64> {
        let faults = self.faults;
        self.text(key).and_then(|text| duration::read(faults, key, &text, bounds))
    }

    /// A list of strings.
    pub(super) fn texts(&mut self, key: &'static str) -> Given<Vec<Text>> {
        let faults = self.faults;
        self.take(key).and_then(|value| texts(faults, key, value))
    }

    /// A table that someone else understands: a connector's options.
    pub(super) fn table(&mut self, key: &'static str) -> Given<Value> {
        let faults = self.faults;
        self.take(key).and_then(|value| match value.kind {
            Kind::Table(_) => Some(value),
            _ => {
                wrong_type(faults, &format!("`{key}`"), &value, "a table");
                None
            }
        })
    }

    /// Tells the keys that nobody knows and those that are missing.
    pub(super) fn finish(self) {
        for entry in &self.entries {
            let key = &entry.key;
            let allowed = || self.allowed.iter().copied();
            let fact = format!("unknown key `{}` in {}", key.value, self.what);
            self.faults.error(Fault::new(codes::UNKNOWN_KEY, key.at, fact, ""), |report| {
                let report = report.note(list_note("keys allowed here", allowed()));
                // Two tables with headers may be one under one name.
                let others =
                    if is_under_headers(&entry.value) { &[] } else { self.taken.as_slice() };
                let others = others.iter().copied();
                self.faults.meant_beside(report, Slip::key(key), allowed(), others)
            });
        }
        if !self.missing.is_empty() {
            let keys: Vec<&str> = self.missing.iter().map(|missing| missing.key).collect();
            let examples: Vec<&str> = self.missing.iter().map(|missing| missing.example).collect();
            let fact = format!("{} has no {}", self.what, joined(&keys));
            let fault = Fault::new(codes::MISSING_KEY, self.header, fact, "");
            self.faults.error(fault, |report| report.hint(format!("add {}", joined(&examples))));
        }
    }
}

/// Whether a value has headers of its own, so that more of it may stand elsewhere.
fn is_under_headers(value: &Value) -> bool {
    match &value.kind {
        Kind::Table(entries) => {
            entries.first().is_none_or(|first| value.at.end <= first.key.at.start)
        }
        Kind::List(values) => {
            !values.is_empty() && values.iter().all(|value| matches!(value.kind, Kind::Table(_)))
        }
        _ => false,
    }
}

/// A string.
pub(super) fn text(faults: &Faults, what: &str, value: Value) -> Option<Text> {
    match value.kind {
        Kind::Text(text) => Some(Text { value: text, at: value.at }),
        _ => {
            wrong_type(faults, what, &value, "a string");
            None
        }
    }
}

/// True or false.
pub(super) fn flag(faults: &Faults, what: &str, value: &Value) -> Option<bool> {
    match value.kind {
        Kind::Bool(yes) => Some(yes),
        _ => {
            wrong_type(faults, what, value, "`true` or `false`");
            None
        }
    }
}

/// A list of strings. One string alone is told with the list that was meant.
pub(super) fn texts(faults: &Faults, key: &str, value: Value) -> Option<Vec<Text>> {
    match value.kind {
        Kind::List(values) => {
            let what = format!("an entry of `{key}`");
            let count = values.len();
            let texts: Vec<Text> =
                values.into_iter().filter_map(|value| text(faults, &what, value)).collect();
            (texts.len() == count).then_some(texts)
        }
        _ => {
            wrong_type(faults, &format!("`{key}`"), &value, "a list of strings");
            None
        }
    }
}

/// Tells that a value has another type than its key wants.
pub(super) fn wrong_type(faults: &Faults, what: &str, value: &Value, wanted: &str) {
    let fact = format!("{what} must be {wanted}");
    let (hint, edit) = match &value.kind {
        Kind::Text(text) if wanted.contains("list") && !text.contains(['"', '\\']) => {
            let list = format!("[\"{text}\"]");
            (Some(format!("write it in brackets: `{list}`")), faults.replace(value.at, list))
        }
        Kind::Text(text) if wanted.contains("true") && (text == "true" || text == "false") => (
            Some(format!("write it without quotes: `{text}`")),
            faults.replace(value.at, text.clone()),
        ),
        _ => (None, None),
    };
    let fault =
        Fault::new(codes::WRONG_TYPE, value.at, fact, format!("this is {}", value.describe()));
    faults.error(fault, |report| report.maybe_hint(hint).edit(edit));
}

/// Tells a name that is not formed as names are: they become file names, metric labels and parts of other names.
pub(super) fn check_name(faults: &Faults, what: &str, name: &Text) {
    let mut letters = name.value.chars();
    let starts_well = letters.next().is_some_and(|first| first.is_ascii_lowercase());
    let goes_on_well = letters.all(|letter| {
        letter.is_ascii_lowercase() || letter.is_ascii_digit() || "_-".contains(letter)
    });
    if starts_well && goes_on_well && name.value.len() <= NAME_CHARS_MAX {
        return;
    }
    let fact = format!("{what} `{}` is not formed as a name", name.value);
    let note = format!(
        "a name is of `a` to `z`, digits, `_` and `-`, begins with a letter and has at most {NAME_CHARS_MAX} characters"
    );
    faults.error(Fault::new(codes::NAME_FORM, name.at, fact, ""), |report| {
        report
            .note(note)
            .maybe_hint(well_formed(&name.value).map(|name| format!("call it `{name}`")))
    });
}

/// The name with what is not allowed replaced, where something of it is left.
fn well_formed(name: &str) -> Option<String> {
    let name: String = name
        .to_ascii_lowercase()
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() || letter == '-' { letter } else { '_' })
        .collect();
    let name =
        name.trim_matches(|letter: char| !letter.is_ascii_alphabetic() && !letter.is_ascii_digit());
    let starts_well = name.starts_with(|first: char| first.is_ascii_lowercase());
    (starts_well && name.len() <= NAME_CHARS_MAX).then(|| name.to_owned())
}
