//! What a pipeline file says, before anybody asks whether it makes sense.

use super::super::faults::{Fault, Faults};
use super::duration::Bounds;
use super::fields::{Fields, Given, Section, check_name, flag, text, texts, wrong_type};
use super::keys;
use super::tree::{At, Entry, Kind, Table, Text, Value};
use super::{RawConnection, read_connections};
use crate::pipeline::{EVERY_MS_MAX, EVERY_MS_MIN, FRESH_MS_MAX, FRESH_MS_MIN};
use crate::report::codes;

/// A pipeline file, with every value at its place.
#[derive(Debug, Default)]
pub(in crate::pipeline) struct Document {
    pub switches: Section<Switch>,
    pub connections: Section<RawConnection>,
    /// In the order of the file.
    pub stages: Section<RawStage>,
}

/// A switch and how it stands.
#[derive(Debug)]
pub(in crate::pipeline) struct Switch {
    pub name: Text,
    pub on: bool,
}

/// One stage as it is written.
#[derive(Debug)]
pub(in crate::pipeline) struct RawStage {
    /// `[[sink]]`.
    pub header: At,
    /// `None` where it is missing or at fault, which was told.
    pub id: Option<Text>,
    pub enabled: bool,
    pub switch: Option<Text>,
    pub options: Given<Value>,
    pub kind: RawKind,
}

/// What the kinds of stages have of their own. A needed key that is `None` was told as a fault.
#[derive(Debug)]
pub(in crate::pipeline) enum RawKind {
    Source {
        connection: Option<Text>,
        collection: Option<Text>,
        every_ms: Option<u64>,
    },
    Transform {
        connector: Option<Text>,
        inputs: Option<RawInputs>,
        directories: Given<Vec<RawDirectory>>,
        unused: Given<Vec<Text>>,
    },
    Sink {
        connection: Option<Text>,
        collection: Option<Text>,
        inputs: Option<RawInputs>,
        fresh_ms: Option<u64>,
        ask_when_on: bool,
    },
}

/// Where a stage takes its entries from.
#[derive(Debug)]
pub(in crate::pipeline) struct RawInputs {
    pub at: At,
    pub ports: Vec<RawPort>,
}

/// What feeds one input port.
#[derive(Debug)]
pub(in crate::pipeline) struct RawPort {
    /// `None` in the form of a list, which is for stages with one input.
    pub port: Option<Text>,
    /// `stage` or `stage.port`.
    pub from: Vec<Text>,
}

/// A directory that a transform is given.
#[derive(Debug)]
pub(in crate::pipeline) struct RawDirectory {
    pub name: Text,
    pub at: At,
    pub connection: Option<Text>,
    pub collection: Option<Text>,
    pub options: Given<Value>,
}

const EVERY: Bounds = Bounds { ms_min: EVERY_MS_MIN, ms_max: EVERY_MS_MAX };
const FRESH: Bounds = Bounds { ms_min: FRESH_MS_MIN, ms_max: FRESH_MS_MAX };

/// Reads a pipeline file's tree.
pub(super) fn read_document(root: Value, faults: &Faults) -> Document {
    let Some(mut fields) = Fields::of(root, "a pipeline file", keys::FILE, faults) else {
        return Document::default();
    };
    let mut switches = match fields.table("switches") {
        Given::Value(table) => read_switches(&table, faults),
        Given::Faulty => Section::faulty(),
        Given::Absent => Section::default(),
    };
    switches.whole &= !fields.is_misspelt("switches");
    let mut connections = read_connections(fields.take("connections"), faults);
    connections.whole &= !fields.is_misspelt("connections");
    let mut stages = Section::default();
    for (key, read) in STAGE_KINDS {
        match stage_tables(key, fields.take(key), faults) {
            Some(tables) => stages.extend(Section::read(tables, |table| read(table, faults))),
            None => stages.extend(Section::faulty()),
        }
        stages.whole &= !fields.is_misspelt(key);
    }
    stages.items.sort_by_key(|stage| stage.header);
    fields.finish();
    Document { switches, connections, stages }
}

type ReadStage = fn(Value, &Faults) -> Option<RawStage>;
const STAGE_KINDS: [(&str, ReadStage); 3] =
    [("source", read_source), ("transform", read_transform), ("sink", read_sink)];

fn read_switches(table: &Value, faults: &Faults) -> Section<Switch> {
    Section::read(table.entries(), |entry| {
        check_name(faults, "switch", &entry.key);
        let on = flag(faults, &format!("switch `{}`", entry.key.value), &entry.value);
        // A switch at fault is still declared: who hangs on it is not at fault.
        Some(Switch { name: entry.key.clone(), on: on.unwrap_or(false) })
    })
}

/// The tables of `[[source]]` and its like. One written with single brackets is told, and read all the same.
/// `None` where they cannot be told.
fn stage_tables(key: &str, given: Given<Value>, faults: &Faults) -> Option<Vec<Value>> {
    let value = match given {
        Given::Absent => return Some(Vec::new()),
        Given::Faulty => return None,
        Given::Value(value) => value,
    };
    match value.kind {
        Kind::List(values) => Some(values),
        Kind::Table(_) => {
            let fact = format!("`[{key}]` must be in double brackets");
            let fault = Fault::new(codes::WRONG_TYPE, value.at, fact, "one of several");
            let edit = faults.header_in_double_brackets(value.at, key);
            faults.error(fault, |report| report.hint(format!("write `[[{key}]]`")).edit(edit));
            Some(vec![value])
        }
        _ => {
            wrong_type(faults, &format!("`{key}`"), &value, &format!("tables under `[[{key}]]`"));
            None
        }
    }
}

fn read_source(table: Value, faults: &Faults) -> Option<RawStage> {
    let mut fields = Fields::of(table, "`[[source]]`", keys::SOURCE, faults)?;
    let kind = RawKind::Source {
        connection: fields.needed_text("connection", "connection = \"…\""),
        collection: fields.needed_text("collection", "collection = \"…\""),
        every_ms: fields.duration_ms("every", EVERY).value().copied(),
    };
    Some(read_stage(fields, kind, None, faults))
}

fn read_transform(table: Value, faults: &Faults) -> Option<RawStage> {
    let mut fields = Fields::of(table, "`[[transform]]`", keys::TRANSFORM, faults)?;
    let directories = match fields.table("directories") {
        Given::Value(value) => read_directories(value, faults),
        Given::Faulty => Given::Faulty,
        Given::Absent => Given::Absent,
    };
    let kind = RawKind::Transform {
        connector: fields.needed_text("connector", "connector = \"…\""),
        inputs: read_inputs(&mut fields, faults),
        directories,
        unused: fields.texts("unused"),
    };
    let switch = fields.text("switch").value().cloned();
    Some(read_stage(fields, kind, switch, faults))
}

fn read_sink(table: Value, faults: &Faults) -> Option<RawStage> {
    let mut fields = Fields::of(table, "`[[sink]]`", keys::SINK, faults)?;
    let kind = RawKind::Sink {
        connection: fields.needed_text("connection", "connection = \"…\""),
        collection: fields.needed_text("collection", "collection = \"…\""),
        inputs: read_inputs(&mut fields, faults),
        fresh_ms: fields.duration_ms("fresh", FRESH).value().copied(),
        ask_when_on: fields.flag("ask_when_on").value().copied().unwrap_or(false),
    };
    let switch = fields.text("switch").value().cloned();
    Some(read_stage(fields, kind, switch, faults))
}

/// What every stage has.
fn read_stage(
    mut fields: Fields<'_>,
    kind: RawKind,
    switch: Option<Text>,
    faults: &Faults,
) -> RawStage {
    let header = fields.header;
    let id = fields.needed_text("id", "id = \"…\"");
    if let Some(id) = &id {
        check_name(faults, "the id", id);
    }
    let enabled = fields.flag("enabled").value().copied().unwrap_or(true);
    let options = fields.table("options");
    fields.finish();
    RawStage { header, id, enabled, switch, options, kind }
}

fn read_inputs(fields: &mut Fields<'_>, faults: &Faults) -> Option<RawInputs> {
    let given = fields.take("inputs");
    let value = fields.needed("inputs", "inputs = [\"…\"]", given)?;
    let at = value.at;
    let ports = match value.kind {
        Kind::Table(entries) => read_ports(entries, faults)?,
        _ => vec![RawPort { port: None, from: references(faults, "inputs", value)? }],
    };
    if ports.is_empty() {
        empty_list(faults, "inputs", at);
        return None;
    }
    Some(RawInputs { at, ports })
}

fn read_ports(entries: Table, faults: &Faults) -> Option<Vec<RawPort>> {
    let count = entries.len();
    let read = |entry: Entry| {
        let from = match entry.value.kind {
            Kind::Text(_) => vec![text(faults, &entry.key.value, entry.value)?],
            _ => references(faults, &entry.key.value, entry.value)?,
        };
        Some(RawPort { port: Some(entry.key), from })
    };
    let ports: Vec<RawPort> = entries.into_iter().filter_map(read).collect();
    (ports.len() == count).then_some(ports)
}

/// A list of references, which must not be empty.
fn references(faults: &Faults, key: &str, value: Value) -> Option<Vec<Text>> {
    let at = value.at;
    let from = texts(faults, key, value)?;
    if from.is_empty() {
        empty_list(faults, key, at);
        return None;
    }
    Some(from)
}

fn empty_list(faults: &Faults, key: &str, at: At) {
    let fact = format!("`{key}` names no stage");
    let fault = Fault::new(codes::INPUTS_EMPTY, at, fact, "empty");
    faults.error(fault, |report| {
        report.hint("name the stages that feed it, or leave it out with its stage")
    });
}

fn read_directories(table: Value, faults: &Faults) -> Given<Vec<RawDirectory>> {
    let Kind::Table(entries) = table.kind else {
        return Given::Faulty;
    };
    let count = entries.len();
    let directories: Vec<_> =
        entries.into_iter().filter_map(|entry| read_directory(entry, faults)).collect();
    if directories.len() == count { Given::Value(directories) } else { Given::Faulty }
}

fn read_directory(entry: Entry, faults: &Faults) -> Option<RawDirectory> {
    let what = format!("directory `{}`", entry.key.value);
    let mut fields = Fields::of(entry.value, what, keys::DIRECTORY, faults)?;
    let at = fields.header;
    let connection = fields.needed_text("connection", "connection = \"…\"");
    let collection = fields.needed_text("collection", "collection = \"…\"");
    let options = fields.table("options");
    fields.finish();
    Some(RawDirectory { name: entry.key, at, connection, collection, options })
}
