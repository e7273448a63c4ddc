//! `--record DIR`: keeps what a run says and hears, so that tests and replays are answered from it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use super::catalogue::Catalogue;
use super::output::{Outcome, Screen, counted};
use super::project::Ready;
use crate::engine::driver::{Network as _, lock};
use crate::engine::hex;
use crate::pipeline::{ConnectorRef, Pipeline, Role};
use crate::recording::{
    self, Cursor, FORMAT, FileFault, Head, Linked, Made, Places, Recording, Redaction, Tape,
};
use crate::report::codes;
use crate::store::{Store as _, StoreError};

/// A recording that is being made.
pub(super) struct Recorder {
    folder: PathBuf,
    pub(super) tape: Arc<Tape>,
}

impl Recorder {
    /// Sees that the recording can be made, before anything is sent.
    pub(super) fn new(folder: Option<&Path>, screen: &Screen) -> Result<Option<Self>, Outcome> {
        let Some(folder) = folder else { return Ok(None) };
        recording::must_be_new(folder).map_err(|fault| file_fault(&fault, screen))?;
        Ok(Some(Self { folder: folder.to_owned(), tape: Arc::default() }))
    }

    /// What the store knows when the run begins.
    pub(super) fn head(&self, ready: &Ready, catalogue: &Catalogue) -> Result<Head, StoreError> {
        let pipeline = &ready.pipeline;
        let store = lock(&ready.store);
        let cursors = store.cursors(&pipeline.name)?.into_iter().map(|row| Cursor {
            source: row.source,
            cursor: row.cursor.as_deref().map(hex),
            complete_to: row.complete_to,
        });
        let mut links = Vec::new();
        for stage in &pipeline.stages {
            let rows = store.all_links(&pipeline.name, &stage.id)?.into_iter();
            links.extend(rows.map(|row| Linked {
                stage: stage.id.clone(),
                left: row.left,
                right: row.right,
                label: row.label,
                levels_accepted: row.levels_at.is_some(),
            }));
        }
        Ok(Head {
            format: FORMAT,
            made_by: env!("CARGO_PKG_VERSION").to_owned(),
            pipeline: pipeline.name.clone(),
            began_at: ready.wire.now(),
            components: made(pipeline, catalogue),
            cursors: cursors.collect(),
            known: Vec::new(),
            links,
            is_cut: false,
        })
    }

    /// Writes the recording, with stand-ins, and gives them back for what belongs to it.
    pub(super) fn finish(
        &self,
        mut head: Head,
        pipeline: &Pipeline,
        catalogue: &Catalogue,
        screen: &Screen,
    ) -> Result<Redaction, Outcome> {
        let (mut exchanges, known, is_cut) = self.tape.take();
        let mut redaction = redaction(pipeline, catalogue);
        redaction.exchanges(&mut exchanges);
        head.known = known;
        for known in &mut head.known {
            known.key = redaction.text(&known.key);
        }
        for link in &mut head.links {
            link.label = redaction.text(&link.label);
        }
        head.is_cut = is_cut;
        let count = exchanges.len() as u64;
        let recording = Recording { head, exchanges };
        recording::write(&self.folder, &recording).map_err(|fault| file_fault(&fault, screen))?;
        screen.tell(&format!(
            "recorded {} in `{}`; names, addresses and other texts of people have stand-ins",
            counted(count, "exchange", "exchanges"),
            self.folder.display()
        ));
        if is_cut {
            let mib = recording::limits::RECORDED_BYTES_MAX >> 20;
            screen.tell(&format!("the recording ends early: it would have more than {mib} MiB"));
        }
        Ok(redaction)
    }
}

/// Tells why a recording cannot be made or read.
pub(super) fn file_fault(fault: &FileFault, screen: &Screen) -> Outcome {
    let (code, hint) = match fault {
        FileFault::Unreadable { .. } => {
            (codes::RECORDING_UNREADABLE, "name the folder that `--record` made")
        }
        FileFault::Unwritable { .. } => (
            codes::RECORDING_UNWRITABLE,
            "see that there is room, and that this user may write there",
        ),
        FileFault::NotEmpty { .. } => (codes::RECORDING_EXISTS, "name a new folder"),
        FileFault::Malformed { .. } => {
            (codes::RECORDING_MALFORMED, "put the line back as it was recorded, or record anew")
        }
        FileFault::OtherForm { .. } => (codes::RECORDING_FORM, "record anew with this Penstock"),
    };
    screen.fail(code, &fault.to_string(), Some(hint));
    Outcome::Surroundings
}

/// What stays in a recording of this pipeline: what connectors declare to name nobody, and what the file says itself.
pub(super) fn redaction(pipeline: &Pipeline, catalogue: &Catalogue) -> Redaction {
    let mut places = BTreeMap::new();
    for connection in &pipeline.connections {
        let Ok(component) = catalogue.component(&connection.connector) else { continue };
        let Ok(descriptor) = component.describe() else { continue };
        let attributes = descriptor.attributes.iter();
        let declared =
            Places::declared(attributes.map(|pair| (pair.name.as_str(), pair.value.as_str())));
        places.insert(connection.name.clone(), declared);
    }
    Redaction::new(places, said(pipeline))
}

/// All texts among the options.
fn said(pipeline: &Pipeline) -> BTreeSet<String> {
    let mut said = BTreeSet::new();
    let mut hear = |options: &str| {
        if let Ok(value) = serde_json::from_str(options) {
            texts(&value, &mut said);
        }
    };
    pipeline.connections.iter().for_each(|connection| hear(&connection.options));
    for stage in &pipeline.stages {
        match &stage.role {
            Role::Source(source) => hear(&source.options),
            Role::Sink(sink) => hear(&sink.options),
            Role::Transform(transform) => {
                hear(&transform.options);
                transform.directories.iter().for_each(|directory| hear(&directory.options));
            }
        }
    }
    said
}

fn texts(value: &Value, said: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            said.insert(text.trim().to_owned());
        }
        Value::Array(items) => items.iter().for_each(|item| texts(item, said)),
        Value::Object(members) => {
            for (name, member) in members {
                said.insert(name.clone());
                texts(member, said);
            }
        }
        _ => {}
    }
}

/// The components of a pipeline, each once.
pub(super) fn made(pipeline: &Pipeline, catalogue: &Catalogue) -> Vec<Made> {
    let of_rule = |role: &Role| match role {
        Role::Transform(transform) => Some(transform.connector.clone()),
        _ => None,
    };
    let connectors = pipeline.connections.iter().map(|connection| connection.connector.clone());
    let rules = pipeline.stages.iter().filter_map(|stage| of_rule(&stage.role));
    let connectors: BTreeSet<ConnectorRef> = connectors.chain(rules).collect();
    let made = connectors.iter().filter_map(|connector| {
        let component = catalogue.component(connector).ok()?;
        let version = component.describe().ok()?.version.clone();
        let (connector, digest) = (connector.name.clone(), component.digest().to_owned());
        Some(Made { connector, version, digest })
    });
    made.collect()
}

/// Reads the recording of a folder.
pub(super) fn read(folder: &Path, screen: &Screen) -> Result<Recording, Outcome> {
    recording::read(folder, &crate::pipeline::Process).map_err(|fault| file_fault(&fault, screen))
}

/// Tells which components are others than those that were recorded: what differs may be their doing.
pub(super) fn tell_others(
    recorded: &Head,
    pipeline: &Pipeline,
    catalogue: &Catalogue,
) -> Vec<String> {
    let now = made(pipeline, catalogue);
    let other = |known: &Made| {
        let now = now.iter().find(|now| now.connector == known.connector)?;
        (now.digest != known.digest).then(|| {
            let short = |digest: &str| digest.chars().take(12).collect::<String>();
            format!(
                "`{}` is another component than the recorded one: {} ({}) was {} ({})",
                known.connector,
                now.version,
                short(&now.digest),
                known.version,
                short(&known.digest)
            )
        })
    };
    recorded.components.iter().filter_map(other).collect()
}
