//! `--record DIR`: keeps what a run says and hears, so that tests and replays are answered from it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::catalogue::Catalogue;
use super::output::{Outcome, Screen, counted};
use super::project::{self, Ready};
use crate::engine::driver::{Network as _, lock};
use crate::pipeline::{ConnectorRef, Pipeline, Role};
use crate::record::account_of;
use crate::recording::{
    self, ATTRIBUTE, FORMAT, FileFault, Head, Made, Places, Recording, Redaction, Tape, Telling,
};
use crate::report::codes;
use crate::store::{Moment, SqliteStore, StoreError, StoredRow};
use crate::time::{Instant, SystemClock};

/// A recording that is to be made.
pub(super) struct Recorder {
    folder: PathBuf,
    pub(super) tape: Arc<Tape>,
}

/// A recording that is being made, since its run began.
pub(super) struct Begun {
    folder: PathBuf,
    tape: Arc<Tape>,
    began_at: Instant,
    store: Arc<Mutex<SqliteStore>>,
    moment: Moment,
}

impl Recorder {
    /// Sees that the recording can be made, before anything is sent.
    pub(super) fn new(folder: Option<&Path>, screen: &Screen) -> Result<Option<Self>, Outcome> {
        let Some(folder) = folder else { return Ok(None) };
        recording::must_be_new(folder).map_err(|fault| file_fault(&fault, screen))?;
        Ok(Some(Self {
            folder: folder.to_owned(),
            tape: Arc::new(Tape::new(Arc::new(SystemClock))),
        }))
    }

    /// The run begins now.
    pub(super) fn begin(self, ready: &Ready) -> Result<Begun, StoreError> {
        let (store, began_at) = (Arc::clone(&ready.store), ready.wire.now());
        let moment = lock(&store).moment()?;
        Ok(Begun { folder: self.folder, tape: self.tape, began_at, store, moment })
    }
}

impl Begun {
    /// Writes the recording, with stand-ins, and gives them back for what belongs to it.
    pub(super) fn finish(
        self,
        pipeline: &Pipeline,
        catalogue: &Catalogue,
        screen: &Screen,
    ) -> Result<Redaction, Outcome> {
        let (mut exchanges, is_cut) = self.tape.take();
        let asked = lock(&self.store).asked();
        let (mut stored, open) = self
            .moment
            .rows(&pipeline.name, &asked)
            .map_err(|error| project::store_fault(&error, screen))?;
        let telling = telling(pipeline, catalogue);
        let untold = left_out(&stored, &telling);
        let mut redaction = redaction(pipeline, catalogue);
        redaction.replace(&mut exchanges, &mut stored, &telling);
        let head = Head {
            format: FORMAT,
            made_by: env!("CARGO_PKG_VERSION").to_owned(),
            pipeline: pipeline.name.clone(),
            began_at: self.began_at,
            components: made(pipeline, catalogue),
            is_cut,
        };
        let count = exchanges.len() as u64;
        let recording = Recording { head, stored, exchanges };
        recording::write(&self.folder, &recording).map_err(|fault| file_fault(&fault, screen))?;
        screen.tell(&format!(
            "recorded {} in `{}`; names, addresses and other texts of people have stand-ins",
            counted(count, "exchange", "exchanges"),
            self.folder.display()
        ));
        tell_left_out(open, &untold, is_cut, screen);
        Ok(redaction)
    }
}

/// Tells what a recording lacks: a replay may come to something else for want of it.
fn tell_left_out(open: u64, untold: &BTreeSet<String>, is_cut: bool, screen: &Screen) {
    if open > 0 {
        screen.tell(&format!(
            "{} open when the run began, and not in the recording",
            counted(open, "write was", "writes were")
        ));
    }
    for keeper in untold {
        screen.tell(&format!(
            "what `{keeper}` remembers is not in the recording: its connector does not say that nobody is named in it (`{ATTRIBUTE}`)"
        ));
    }
    if is_cut {
        let mib = recording::limits::RECORDED_BYTES_MAX >> 20;
        screen.tell(&format!("the recording ends early: it would have more than {mib} MiB"));
    }
}

/// Whose connectors say that what they keep names nobody.
fn telling(pipeline: &Pipeline, catalogue: &Catalogue) -> Telling {
    let keeps = |connector: &ConnectorRef, is_told: fn(&Places) -> bool| {
        places(catalogue, connector).is_some_and(|places| is_told(&places))
    };
    let connections = pipeline.connections.iter();
    let told = connections.filter(|connection| keeps(&connection.connector, Places::has_memo));
    let accounts: BTreeSet<String> = told.map(|connection| connection.account.clone()).collect();
    let is_telling = |role: &Role| match role {
        Role::Transform(rule) => keeps(&rule.connector, Places::has_state),
        Role::Sink(sink) => accounts.contains(pipeline.account(sink.connection)),
        Role::Source(_) => false,
    };
    let stages = pipeline.stages.iter().filter(|stage| is_telling(&stage.role));
    Telling { stages: stages.map(|stage| stage.id.clone()).collect(), accounts }
}

/// Who keeps something that is left out: rules, and accounts.
fn left_out(stored: &[StoredRow], telling: &Telling) -> BTreeSet<String> {
    let text = |row: &StoredRow, name: &str| {
        row.values.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let untold = stored.iter().filter_map(|row| match row.table.as_str() {
        "state" => Some(text(row, "stage")).filter(|stage| !telling.stages.contains(stage)),
        "remote" if row.values.get("memo").is_some_and(|memo| memo != "") => {
            let account = account_of(&text(row, "destination")).to_owned();
            Some(account).filter(|account| !telling.accounts.contains(account))
        }
        _ => None,
    });
    untold.collect()
}

/// The places that a connector declares to name nobody.
fn places(catalogue: &Catalogue, connector: &ConnectorRef) -> Option<Places> {
    let component = catalogue.component(connector).ok()?;
    let attributes = &component.describe().ok()?.attributes;
    let attributes = attributes.iter().map(|pair| (pair.name.as_str(), pair.value.as_str()));
    Some(Places::declared(attributes))
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
    let declared = pipeline.connections.iter().filter_map(|connection| {
        Some((connection.name.clone(), places(catalogue, &connection.connector)?))
    });
    Redaction::new(declared.collect(), said(pipeline))
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
