//! A plan for people.

use std::collections::{HashMap, HashSet};

use super::groups::{Group, Shows, WORDS, What};
use super::{Planned, PlannedWrite};
use crate::commands::output::counted;
use crate::commands::run::length_words;
use crate::contract::{Change, RateLimit};
use crate::engine::Fault;
use crate::pipeline::Connection;
use crate::record::method_word;

/// Names that are told of entries to which the same happens. How many there are is told beside them.
const NAMES_SHOWN_MAX: usize = 8;

/// What ends at a stage: each write with what it changes, and the rest in a line for each reason.
pub(super) fn group_text(group: &Group<'_>) -> String {
    let (bold, reset) = (anstyle::Style::new().bold(), anstyle::Reset);
    let mut text = format!("{bold}{}{reset}", group.stage);
    if let Some(destination) = &group.destination {
        text.push_str(&format!(", at {destination}"));
    }
    text.push('\n');
    for (names, write) in writes(group) {
        text.push_str(&write_text(&names, write));
    }
    for line in WORDS.into_iter().flat_map(|word| lines(group, word)) {
        text.push_str(&line.text());
    }
    text
}

/// The writes of a group, each with the names of the entries that it serves.
fn writes<'a>(group: &'a Group<'_>) -> Vec<(Vec<&'a str>, &'a PlannedWrite)> {
    let mut places = HashMap::new();
    let mut writes: Vec<(Vec<&str>, &PlannedWrite)> = Vec::new();
    for entry in &group.entries {
        let What::Written { position, write } = entry.what else { continue };
        let place = *places.entry(position).or_insert(writes.len());
        match writes.get_mut(place) {
            Some((names, _)) => names.push(&entry.name),
            None => writes.push((vec![&entry.name], write)),
        }
    }
    writes
}

fn write_text(names: &[&str], write: &PlannedWrite) -> String {
    let PlannedWrite { row, told } = write;
    let request = &row.write.request;
    let mut text = format!(
        "  {} {}: {}\n      {} {}\n",
        write.word(),
        names.join(", "),
        row.write.summary,
        method_word(request.method),
        request.path,
    );
    if let Err(Fault::Trapped(reason) | Fault::TooLong(reason) | Fault::Faulty(reason)) = told {
        text.push_str(&format!("      its connector does not tell what it changes: {reason}\n"));
    }
    for change in told.iter().flatten() {
        text.push_str(&format!("      {}\n", change_words(change)));
    }
    text
}

/// Entries of a group to which the same happens, for the same reason.
struct Line<'a> {
    word: &'static str,
    reason: Option<&'a str>,
    hint: Option<&'a str>,
    names: Vec<&'a str>,
}

fn lines<'a>(group: &'a Group<'_>, word: &'static str) -> Vec<Line<'a>> {
    let mut places = HashMap::new();
    let mut lines: Vec<Line<'a>> = Vec::new();
    let unwritten = |entry: &&Shows<'_>| !matches!(entry.what, What::Written { .. });
    let of_word = group.entries.iter().filter(|entry| entry.what.word() == word);
    for Shows { name, what, .. } in of_word.filter(unwritten) {
        let (reason, hint) = (what.reason(), what.hint());
        let place = *places.entry((reason, hint)).or_insert(lines.len());
        match lines.get_mut(place) {
            Some(line) => line.names.push(name),
            None => lines.push(Line { word, reason, hint, names: vec![name] }),
        }
    }
    lines
}

impl Line<'_> {
    fn text(&self) -> String {
        let Self { word, reason, hint, names } = self;
        let mut text = match names.as_slice() {
            [name] => format!("  {word} {name}"),
            names => format!("  {word} {} ({})", names.len(), some_of(names)),
        };
        if let Some(reason) = reason {
            text.push_str(&format!(": {reason}"));
        }
        text.push('\n');
        if let Some(hint) = hint {
            text.push_str(&format!("      hint: {hint}\n"));
        }
        text
    }
}

/// Names, each once: a counter that is read at both ends has two entries of one name.
fn some_of(names: &[&str]) -> String {
    let mut told = HashSet::new();
    let mut some: Vec<&str> = names.iter().copied().filter(|name| told.insert(*name)).collect();
    if some.len() > NAMES_SHOWN_MAX {
        some.truncate(NAMES_SHOWN_MAX);
        some.push("…");
    }
    some.join(", ")
}

/// What a plan comes to: what ends at each stage and how, and what that costs at each account.
pub(super) fn totals(planned: &Planned, groups: &[Group<'_>]) -> String {
    let mut text = counts(groups);
    for connection in &planned.ready.pipeline.connections {
        text.push_str(&cost(planned, connection));
    }
    if planned.held_before > 0 {
        let entries = counted(planned.held_before, "entry is", "entries are");
        text.push_str(&format!("\n\n{entries} held since earlier: `penstock held list`"));
    }
    text
}

/// How many entries end at each stage, and how.
pub(super) fn counts(groups: &[Group<'_>]) -> String {
    let line = |group: &Group<'_>| {
        let counts = group.counts();
        let words: Vec<String> =
            counts.into_iter().map(|(word, count)| format!("{count} {word}")).collect();
        format!("\n{:<24} {}", group.stage, words.join(", "))
    };
    groups.iter().map(line).collect()
}

/// How many requests a run would make of an account, and how long they take at the rate that its vendor allows.
fn cost(planned: &Planned, connection: &Connection) -> String {
    let account = format!("{}/", connection.account);
    let of_account = |write: &&PlannedWrite| write.row.destination.starts_with(&account);
    let writes = planned.shown.writes.iter().filter(of_account).count() as u64;
    let lines = planned.ready.egress.counts().lines;
    let reads: u64 = lines
        .iter()
        .filter(|line| line.account == connection.account)
        .map(|line| line.tally.requests)
        .sum();
    let limits = connection.endpoints.iter().filter_map(|endpoint| endpoint.rate_limit.as_ref());
    let ms = |limit: &RateLimit| {
        (reads + writes).saturating_mul(limit.window_ms) / u64::from(limit.requests.max(1))
    };
    let takes = match limits.map(ms).max() {
        Some(ms) => format!(", {} at the vendor's limit", length_words(ms)),
        None => String::new(),
    };
    let (reads, writes) = (counted(reads, "read", "reads"), counted(writes, "write", "writes"));
    format!("\n{:<24} {reads}, {writes}{takes}", connection.account)
}

/// A field before and after.
pub(in crate::commands) fn change_words(change: &Change) -> String {
    let after = change.after.as_deref().unwrap_or("-");
    match &change.before {
        None => format!("{}: {after}", change.field),
        Some(before) => format!("{}: {before} -> {after}", change.field),
    }
}
