//! What comes of an entry now: it is looked up at its source and goes through the stages as they stand, on a copy of the
//! store. Nothing is written.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};

use crate::commands::args::Arguments;
use crate::commands::catalogue::Catalogue;
use crate::commands::output::{Outcome, Screen};
use crate::commands::plan::Shown;
use crate::commands::{project, run};
use crate::contract::{Change, Entry, Intake};
use crate::engine::driver::{Applied, Around, Connectors, Driver, Network as _, lock};
use crate::engine::{Engine, Fault, Mode, Options};
use crate::pipeline::{Pipeline, Role, Stage, StageIndex};
use crate::record::{Origin, remote_id};
use crate::store::{Found, SqliteStore, WriteFound};
use crate::testing::{Given, GivenEntry, entry_text, fault_text, verdict_text};
use crate::time::{Clock, SystemClock};

/// Entries that are looked up for one name: the orders of a customer may be many.
const ENTRIES_MAX: usize = 5;

/// A pipeline that stands ready on a copy of the store.
pub(super) struct Anew {
    file: PathBuf,
    catalogue: Catalogue,
    ready: project::Ready,
    asked: Vec<Asked>,
}

/// An entry that is to be looked up.
struct Asked {
    source: StageIndex,
    key: String,
    /// By which its source knows it.
    id: String,
}

/// What came of it.
pub(super) struct Played {
    pub(super) text: String,
    pub(super) json: Value,
}

impl Anew {
    /// Makes a pipeline ready for the entries that were found.
    pub(super) fn new(
        file: &Path,
        (store, found): (&SqliteStore, &Found),
        arguments: &Arguments,
        screen: &Screen,
    ) -> Result<Self, Outcome> {
        let catalogue = project::catalogue(arguments, screen)?;
        let checked = project::checked(file, arguments, &catalogue, screen)?;
        let asked = asked(&checked.pipeline, found);
        let keys: Vec<&str> = asked.iter().map(|asked| asked.key.as_str()).collect();
        let copy = store.copy_for(&keys).map_err(|error| project::store_fault(&error, screen))?;
        let ready = project::ready(checked.pipeline, copy, arguments, &catalogue, screen)?;
        Ok(Self { file: file.to_owned(), catalogue, ready, asked })
    }

    /// What a write changes, as the connector tells that planned it, where it is still there.
    pub(super) fn changes(&mut self, write: &WriteFound) -> Option<Vec<Change>> {
        let WriteFound { pipeline: of, row } = write;
        let pipeline = Arc::clone(&self.ready.pipeline);
        let stage = pipeline.stages.iter().position(|stage| stage.id == row.stage)?;
        if *of != pipeline.name {
            return None;
        }
        let without = pipeline.unseen_by(stage);
        let intakes: Vec<Intake> = row.intakes.iter().filter_map(|it| it.intake(without)).collect();
        self.ready.guests.explain(stage, &row.component, &row.write, &intakes).ok()
    }

    /// Looks the entries up and has them go through the stages.
    pub(super) fn play(self, screen: &Screen) -> Result<Played, Outcome> {
        let Self { file, catalogue, ready, asked } = self;
        let project::Ready { pipeline, store, guests, mut wire, .. } = ready;
        let mut steps = Vec::new();
        let mut given = Vec::new();
        for asked in asked {
            let what = guests.read_anew(asked.source, std::slice::from_ref(&asked.id));
            let entry = what.map(|found| found.into_iter().flatten().find(|it| it.key == asked.id));
            let text = match entry {
                Ok(Some(entry)) => {
                    let text = entry_text(&Entry { key: asked.key, ..entry.clone() });
                    given.extend(given_by(&pipeline, asked.source, entry));
                    text
                }
                Ok(None) => format!("{} is not there any more\n", asked.key),
                Err(error) => format!("{} cannot be looked up: {error}\n", asked.key),
            };
            steps.push(Step { stage: asked.source, text });
        }
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let guests = Given::new(guests, (Arc::clone(&pipeline), clock), given, false);
        let mut told = Steps { inner: guests, steps };
        let mut shown = Shown::default();
        let began_at = wire.now();
        let options = Options { patience_ms: 0, ..Options::new(Mode::Plan) };
        let engine = Engine::new(Arc::clone(&pipeline), options);
        let fault = |error| project::store_fault(&error, screen);
        let on = (Arc::clone(&pipeline), Arc::clone(&store));
        let ended = Driver::new(on.0, on.1, &mut told, &mut wire, &mut shown).run(engine);
        let ended = ended.map_err(fault)?;
        shown.waits(lock(&store).waiting_all(&pipeline.name).map_err(fault)?, began_at);
        let stop = ended.stop.as_ref().map(|stop| run::stop_words(stop).1);
        let told = (told.steps.as_slice(), &shown, stop);
        Ok(played((&file, &pipeline), &catalogue, told))
    }
}

fn given_by(pipeline: &Pipeline, source: StageIndex, entry: Entry) -> Option<GivenEntry> {
    let source = pipeline.stages.get(source)?.id.clone();
    Some(GivenEntry { source, entry })
}

/// The entries of sources that were found, or of which what was found was made.
fn asked(pipeline: &Pipeline, found: &Found) -> Vec<Asked> {
    let of = |name: &str| name == pipeline.name;
    let seen = found.seen.iter().filter(|seen| of(&seen.pipeline));
    let seen = seen.map(|seen| (&seen.row.source, &seen.row.key));
    let writes = found.writes.iter().filter(|write| of(&write.pipeline));
    let written = writes.flat_map(|write| write.row.intakes.iter()).flat_map(|it| &it.items);
    let waiting = found.waiting.iter().filter(|(name, _)| of(name)).map(|(_, row)| &row.item);
    let origins = written.chain(waiting).map(|item| &item.origin);
    let made = origins.map(|Origin { source, key, .. }| (source, key));
    let mut asked: Vec<Asked> = Vec::new();
    for (source, key) in seen.chain(made) {
        let is_known = asked.iter().any(|known| known.key == *key);
        if !is_known && asked.len() < ENTRIES_MAX {
            asked.extend(asked_of(pipeline, source, key));
        }
    }
    asked
}

fn asked_of(pipeline: &Pipeline, source: &str, key: &str) -> Option<Asked> {
    let stage = pipeline.stages.iter().position(|stage| stage.id == source)?;
    let Role::Source(source) = &pipeline.stages.get(stage)?.role else { return None };
    let account = &pipeline.connections.get(source.connection)?.account;
    let id = remote_id(key, account, &source.collection)?;
    Some(Asked { source: stage, key: key.to_owned(), id: id.to_owned() })
}

/// What a stage gave, or made of what it was given.
struct Step {
    stage: StageIndex,
    text: String,
}

/// Connectors whose verdicts are told.
struct Steps<C> {
    inner: C,
    steps: Vec<Step>,
}

impl<C: Connectors> Around for Steps<C> {
    type Inner = C;

    fn inner(&self) -> &C {
        &self.inner
    }

    fn inner_mut(&mut self) -> &mut C {
        &mut self.inner
    }

    fn listens(&self) -> bool {
        true
    }

    fn applied(
        &mut self,
        stage: StageIndex,
        _input: &str,
        entries: &[Entry],
        applied: &Result<Applied, Fault>,
    ) {
        let text = match applied {
            Ok((verdicts, _)) => {
                let verdicts = entries.iter().zip(verdicts);
                verdicts.map(|(entry, verdict)| verdict_text(entry, verdict)).collect()
            }
            Err(fault) => fault_text(fault),
        };
        self.steps.push(Step { stage, text });
    }
}

fn played(
    (file, pipeline): (&Path, &Pipeline),
    catalogue: &Catalogue,
    (steps, shown, stop): (&[Step], &Shown, Option<String>),
) -> Played {
    let mut text = format!("\nwhat comes of it now, by `{}`; nothing is written\n", file.display());
    let mut stages = Vec::new();
    for Step { stage, text: told } in steps {
        let Some(stage) = pipeline.stages.get(*stage) else { continue };
        let (connector, version, digest) = made(pipeline, stage, catalogue);
        let begins = digest.get(..12).unwrap_or(&digest);
        text.push_str(&format!("\n{}, {connector} {version} ({begins})\n", stage.id));
        text.extend(told.lines().map(|line| format!("  {line}\n")));
        stages.push(json!({
            "stage": stage.id,
            "connector": connector,
            "version": version,
            "digest": digest,
            "told": told,
        }));
    }
    let (texts, groups) = shown.told(pipeline);
    text.extend(texts.into_iter().map(|group| format!("\n{group}")));
    if let Some(stop) = &stop {
        text.push_str(&format!("\nit came no further: {stop}\n"));
    }
    let text = text.trim_end().to_owned();
    let json = json!({ "file": file, "stages": stages, "groups": groups, "stop": stop });
    Played { text, json }
}

/// The connector of a stage, its version and its digest.
fn made(pipeline: &Pipeline, stage: &Stage, catalogue: &Catalogue) -> (String, String, String) {
    let connection = match &stage.role {
        Role::Source(source) => pipeline.connections.get(source.connection),
        Role::Sink(sink) => pipeline.connections.get(sink.connection),
        Role::Transform(_) => None,
    };
    let connector = match &stage.role {
        Role::Transform(transform) => Some(&transform.connector),
        Role::Source(_) | Role::Sink(_) => connection.map(|connection| &connection.connector),
    };
    let Some(connector) = connector else { return Default::default() };
    let component = catalogue.component(connector).ok();
    let version = component.as_ref().and_then(|it| Some(it.describe().ok()?.version.clone()));
    let digest = component.map(|component| component.digest().to_owned());
    (connector.name.clone(), version.unwrap_or_default(), digest.unwrap_or_default())
}
