//! `penstock state`: where sources stand, what rules remember, and how sources came to stand there.

mod history;
mod rewind;
mod value;

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::json;

use super::args::{
    Arguments, StateCommand, StateDiffArgs, StateListArgs, StateLogArgs, StateShowArgs,
};
use super::output::{Outcome, Screen, counted};
use super::project;
use crate::report::codes;
use crate::store::{CHECKPOINTS_MAX, Checkpoint, SeenRow, SqliteStore, Store as _, StoreError};
use crate::time::rfc3339;
use history::{History, Stand};
use value::{briefly, difference, shown, value_json};

/// Most keys of a rule that are shown at once; `--key` picks others.
const KEYS_SHOWN_MAX: usize = 50;
/// Most entries that are named of what was read between two checkpoints, or is read again.
const ENTRIES_SHOWN_MAX: usize = 10;

pub(super) fn state(command: &StateCommand, arguments: &Arguments, screen: &Screen) -> Outcome {
    let done = match command {
        StateCommand::List(list) => self::list(list, arguments, screen),
        StateCommand::Show(show) => self::show(show, arguments, screen),
        StateCommand::Log(log) => self::log(log, arguments, screen),
        StateCommand::Diff(diff) => self::diff(diff, arguments, screen),
        StateCommand::Rewind(command) => rewind::rewind(command, arguments, screen),
    };
    match done {
        Ok(()) => Outcome::Done,
        Err(outcome) => outcome,
    }
}

/// A pipeline in the store, by the name of its file. The file itself is not looked at: what the store knows of it can be
/// told also where that is at fault.
struct Known {
    store: SqliteStore,
    pipeline: String,
}

impl Known {
    fn open(file: &Path, arguments: &Arguments, screen: &Screen) -> Result<Self, Outcome> {
        let store = project::look(arguments, screen)?;
        let pipeline =
            file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let known = store.pipelines().map_err(|error| project::store_fault(&error, screen))?;
        if !known.contains(&pipeline) {
            let fact = format!(
                "the store `{}` knows nothing of pipeline `{pipeline}`",
                store.file().display()
            );
            let hint = match known.is_empty() {
                true => "run it first, or name its store with `--store FILE`".to_owned(),
                false => format!("pipelines that it knows: {}", known.join(", ")),
            };
            screen.fail(codes::UNKNOWN_PIPELINE, &fact, Some(&hint));
            return Err(Outcome::File);
        }
        Ok(Self { store, pipeline })
    }

    fn checkpoints(&self, screen: &Screen) -> Result<Vec<Checkpoint>, Outcome> {
        self.store.checkpoints(&self.pipeline).map_err(|error| project::store_fault(&error, screen))
    }
}

fn list(command: &StateListArgs, arguments: &Arguments, screen: &Screen) -> Result<(), Outcome> {
    let fault = |error: StoreError| project::store_fault(&error, screen);
    let (store, pipelines) = match &command.file {
        Some(file) => {
            let known = Known::open(file, arguments, screen)?;
            (known.store, vec![known.pipeline])
        }
        None => {
            let store = project::look(arguments, screen)?;
            let pipelines = store.pipelines().map_err(fault)?;
            (store, pipelines)
        }
    };
    let mut all = Vec::new();
    for pipeline in &pipelines {
        screen.say(pipeline);
        let checkpoints = store.checkpoints(pipeline).map_err(fault)?;
        let mut sources = Vec::new();
        for cursor in store.cursors(pipeline).map_err(fault)? {
            let history = History::of(&checkpoints, &cursor.source);
            let now = history.now();
            screen.say(&format!(
                "  {:<24} source     at {} since {}, {} read, {} kept",
                cursor.source,
                now.words(),
                rfc3339(cursor.at),
                counted(now.total(), "entry", "entries"),
                counted(history.rows.len() as u64, "checkpoint", "checkpoints"),
            ));
            sources.push(json!({
                "stage": cursor.source,
                "at": rfc3339(cursor.at),
                "complete_to": cursor.complete_to.map(rfc3339),
                "checkpoint": now.number(),
                "checkpoints": history.rows.len(),
                "entries": now.total(),
            }));
        }
        let mut rules = Vec::new();
        for (stage, keys, bytes) in store.remembering(pipeline).map_err(fault)? {
            screen.say(&format!(
                "  {stage:<24} transform  remembers {}, {}",
                counted(keys, "key", "keys"),
                counted(bytes, "byte", "bytes"),
            ));
            rules.push(json!({ "stage": stage, "keys": keys, "bytes": bytes }));
        }
        all.push(json!({ "pipeline": pipeline, "sources": sources, "transforms": rules }));
    }
    if pipelines.is_empty() {
        screen.say("no pipeline has run on this store");
    }
    screen.give(&json!({ "pipelines": all }));
    Ok(())
}

fn show(command: &StateShowArgs, arguments: &Arguments, screen: &Screen) -> Result<(), Outcome> {
    let known = Known::open(&command.file, arguments, screen)?;
    let fault = |error: StoreError| project::store_fault(&error, screen);
    let cursors = known.store.cursors(&known.pipeline).map_err(fault)?;
    let rules = known.store.remembering(&known.pipeline).map_err(fault)?;
    let stages =
        cursors.iter().map(|cursor| &cursor.source).chain(rules.iter().map(|rule| &rule.0));
    is_a_stage(command.stage.as_deref(), stages.cloned().collect(), screen)?;
    let is_meant = |stage: &str| command.stage.as_deref().is_none_or(|meant| meant == stage);
    let mut sources = Vec::new();
    for cursor in cursors.iter().filter(|cursor| is_meant(&cursor.source)) {
        screen.say(&format!("{} (source) stands here since {}", cursor.source, rfc3339(cursor.at)));
        if let Some(known) = cursor.complete_to {
            screen.say(&format!("    known up to {}", rfc3339(known)));
        }
        match &cursor.cursor {
            Some(bytes) => {
                let count = counted(bytes.len() as u64, "byte", "bytes");
                // All of it where this is what was asked for.
                let text = if command.stage.is_some() { shown(bytes) } else { briefly(bytes) };
                screen.say(&format!("    cursor, {count}: {text}"));
            }
            None => screen.say("    it begins at the beginning"),
        }
        sources.push(json!({
            "stage": cursor.source,
            "at": rfc3339(cursor.at),
            "complete_to": cursor.complete_to.map(rfc3339),
            "cursor": cursor.cursor.as_deref().map(value_json),
        }));
    }
    let mut transforms = Vec::new();
    for (stage, keys, bytes) in rules.iter().filter(|rule| is_meant(&rule.0)) {
        let key = command.key.as_deref();
        let (rows, found) =
            known.store.remembered(&known.pipeline, stage, key, KEYS_SHOWN_MAX).map_err(fault)?;
        screen.say(&format!(
            "{stage} (transform) remembers {}, {}",
            counted(*keys, "key", "keys"),
            counted(*bytes, "byte", "bytes")
        ));
        let is_one = found == 1;
        for row in &rows {
            let value = if is_one { shown(&row.value) } else { briefly(&row.value) };
            screen.say(&format!("    {}  {value}", row.key));
        }
        if found > rows.len() as u64 {
            let more = found - rows.len() as u64;
            screen.say(&format!("    and {more} more: pick some with `--key 'BEGINNING*'`"));
        }
        if let (0, Some(key)) = (found, key) {
            screen.say(&format!("    nothing under `{key}`"));
        }
        transforms.push(json!({
            "stage": stage,
            "keys": keys,
            "bytes": bytes,
            "found": found,
            "entries": rows.iter().map(|row| json!({ "key": row.key, "value": value_json(&row.value) })).collect::<Vec<_>>(),
        }));
    }
    screen
        .give(&json!({ "pipeline": known.pipeline, "sources": sources, "transforms": transforms }));
    Ok(())
}

/// Refuses a name that no stage of these has.
fn is_a_stage(
    named: Option<&str>,
    stages: BTreeSet<String>,
    screen: &Screen,
) -> Result<(), Outcome> {
    let Some(named) = named.filter(|named| !stages.contains(*named)) else { return Ok(()) };
    let fact = format!("the store keeps nothing of a stage `{named}`");
    let hint = match stages.is_empty() {
        true => "no stage of this pipeline has read or remembered anything yet".to_owned(),
        false => format!("it does of: {}", stages.into_iter().collect::<Vec<_>>().join(", ")),
    };
    screen.fail(codes::UNKNOWN_STAGE, &fact, Some(&hint));
    Err(Outcome::File)
}

fn log(command: &StateLogArgs, arguments: &Arguments, screen: &Screen) -> Result<(), Outcome> {
    let known = Known::open(&command.file, arguments, screen)?;
    let all = known.checkpoints(screen)?;
    let sources: BTreeSet<String> = all.iter().map(|row| row.source.clone()).collect();
    is_a_stage(command.stage.as_deref(), sources, screen)?;
    let is_meant =
        |row: &&Checkpoint| command.stage.as_ref().is_none_or(|meant| *meant == row.source);
    let meant: Vec<&Checkpoint> = all.iter().rev().filter(is_meant).collect();
    let mut rows = Vec::new();
    for row in meant.iter().take(command.last) {
        let before = History::of(&all, &row.source).before(row);
        screen.say(&format!(
            "#{:<6} {}  {:<20} {}",
            row.number,
            rfc3339(row.at),
            row.source,
            moved(row)
        ));
        for line in cursor_lines(before, Stand::At(row)) {
            screen.say(&format!("        {line}"));
        }
        rows.push(json!({
            "number": row.number,
            "at": rfc3339(row.at),
            "stage": row.source,
            "entries": row.entries,
            "total": row.total,
            "rewound_to": row.rewound_to,
            "from": before.cursor().map(value_json),
            "to": row.cursor.as_deref().map(value_json),
        }));
    }
    if let Some(more) = meant.len().checked_sub(command.last).filter(|more| *more > 0) {
        screen.say(&format!("and {more} more: `--last {}` shows all that are kept", meant.len()));
    }
    screen.give(&json!({ "pipeline": known.pipeline, "checkpoints": rows, "kept": meant.len() }));
    Ok(())
}

/// How a source came to a checkpoint.
fn moved(row: &Checkpoint) -> String {
    match row.rewound_to {
        Some(0) => "went back to the beginning".to_owned(),
        Some(number) => format!("went back to #{number}"),
        None if row.entries == 0 => "nothing new".to_owned(),
        None => counted(row.entries, "new entry", "new entries"),
    }
}

/// What of a cursor is another than it was, line by line.
fn cursor_lines(one: Stand<'_>, other: Stand<'_>) -> Vec<String> {
    if let (Some(one), Some(other)) = (one.cursor(), other.cursor()) {
        return difference(one, other);
    }
    let word = |stand: Stand<'_>| match stand {
        Stand::Forgotten => "what is no longer kept".to_owned(),
        stand => stand.cursor().map_or("the beginning".to_owned(), briefly),
    };
    vec![format!("{} -> {}", word(one), word(other))]
}

/// Refuses a checkpoint that the pipeline has not come to.
fn is_a_checkpoint(number: i64, all: &[Checkpoint], screen: &Screen) -> Result<(), Outcome> {
    let newest = all.last().map_or(0, |row| row.number);
    if (0..=newest).contains(&number) {
        return Ok(());
    }
    let fact = format!("there is no checkpoint {number}: the newest is {newest}");
    screen.fail(codes::UNKNOWN_CHECKPOINT, &fact, Some("see them all: `penstock state log FILE`"));
    Err(Outcome::File)
}

/// Refuses where it is no longer known where a source stood.
fn forgotten(source: &str, number: i64, history: &History<'_>, screen: &Screen) -> Outcome {
    let oldest = history.rows.first().map_or(0, |row| row.number);
    let fact = format!(
        "where `{source}` stood at checkpoint {number} is no longer kept: the last {CHECKPOINTS_MAX} of each source are"
    );
    let hint = format!("its oldest one is {oldest}; 0 is the beginning");
    screen.fail(codes::CHECKPOINT_FORGOTTEN, &fact, Some(&hint));
    Outcome::File
}

fn diff(command: &StateDiffArgs, arguments: &Arguments, screen: &Screen) -> Result<(), Outcome> {
    let known = Known::open(&command.file, arguments, screen)?;
    let all = known.checkpoints(screen)?;
    let newest = all.last().map_or(0, |row| row.number);
    let (from, to) = (command.from, command.to.unwrap_or(newest));
    for number in [from, to] {
        is_a_checkpoint(number, &all, screen)?;
    }
    let sources: BTreeSet<&str> = all.iter().map(|row| row.source.as_str()).collect();
    let mut changed = Vec::new();
    for source in sources {
        let history = History::of(&all, source);
        let (one, other) = (history.at(from), history.at(to));
        if one == Stand::Forgotten || other == Stand::Forgotten {
            let number = if one == Stand::Forgotten { from } else { to };
            return Err(forgotten(source, number, &history, screen));
        }
        if one == other {
            continue;
        }
        let entries = other.total().abs_diff(one.total());
        let span = between(one, other);
        let (rows, _) = known
            .store
            .read_between(&known.pipeline, source, span, ENTRIES_SHOWN_MAX)
            .map_err(|error| project::store_fault(&error, screen))?;
        screen.say(&format!(
            "{source}: {} -> {}, {}",
            one.words(),
            other.words(),
            counted(entries, "new entry", "new entries")
        ));
        for line in cursor_lines(one, other) {
            screen.say(&format!("    {line}"));
        }
        for row in &rows {
            screen.say(&format!("    {}: {}", name(row), row.outcome));
        }
        if entries > rows.len() as u64 && !rows.is_empty() {
            screen.say("    these are the newest of them that have not changed since");
        }
        changed.push(json!({
            "stage": source,
            "from": { "checkpoint": one.number(), "cursor": one.cursor().map(value_json) },
            "to": { "checkpoint": other.number(), "cursor": other.cursor().map(value_json) },
            "entries": entries,
            "newest": rows.iter().map(|row| json!({ "key": row.key, "label": row.label, "outcome": row.outcome, "at": rfc3339(row.at) })).collect::<Vec<_>>(),
        }));
    }
    if changed.is_empty() {
        screen.say(&format!("no source moved between {from} and {to}"));
    }
    screen.give(&json!({ "pipeline": known.pipeline, "from": from, "to": to, "changed": changed }));
    Ok(())
}

/// What people call an entry.
fn name(row: &SeenRow) -> String {
    match &row.label {
        Some(label) => format!("{label} ({})", row.key),
        None => row.key.clone(),
    }
}

/// The instants after one place and up to another.
fn between(one: Stand<'_>, other: Stand<'_>) -> (i64, i64) {
    let at = |stand: Stand<'_>| match stand {
        Stand::At(row) => row.at,
        Stand::Beginning | Stand::Forgotten => i64::MIN,
    };
    let (one, other) = (at(one), at(other));
    (one.min(other), one.max(other))
}
