//! What the commands have in common: the pipeline, its components, its ways out, its store.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::args::Arguments;
use super::catalogue::Catalogue;
use super::output::{Outcome, Screen};
use crate::component::{LoadError, Runtime, RuntimeOptions};
use crate::egress::{Connected, Egress, EgressOptions};
use crate::engine::driver::{self, Components, Ground, Guests, Wire, lock, reads};
use crate::pipeline::{self, Environment as _, Files, OFF, Pipeline, Process, Role};
use crate::recording::Tape;
use crate::report::{Report, codes, to_json};
use crate::store::{SqliteStore, Store as _, StoreError};
use crate::time::{Clock, Onward, SystemClock};

/// A pipeline that has passed its check, with its warnings.
pub(super) struct Checked {
    pub(super) pipeline: Arc<Pipeline>,
    pub(super) warnings: Vec<Report>,
}

/// A pipeline that is ready to run.
pub(super) struct Ready {
    pub(super) pipeline: Arc<Pipeline>,
    pub(super) store: Arc<Mutex<SqliteStore>>,
    pub(super) guests: Guests<SqliteStore>,
    pub(super) wire: Wire,
    pub(super) egress: Egress,
}

/// The connectors that this command line can reach.
pub(super) fn catalogue(arguments: &Arguments, screen: &Screen) -> Result<Catalogue, Outcome> {
    let runtime = Runtime::new(RuntimeOptions { cache_dir: cache_dir() })
        .map_err(|error| load_fault(&error, screen))?;
    Ok(Catalogue::new(runtime, folders(arguments)))
}

/// Where connectors are looked for: where the command line or `PENSTOCK_CONNECTORS` says, else beside the project and
/// beside the binary.
fn folders(arguments: &Arguments) -> Vec<PathBuf> {
    let mut folders = arguments.connectors.clone();
    folders.push(PathBuf::from("connectors"));
    if let Some(folder) = executable().as_deref().and_then(Path::parent) {
        folders.push(folder.join("connectors"));
        folders.push(folder.to_owned());
    }
    folders
}

#[allow(clippy::disallowed_methods, reason = "only to look for connectors beside the binary")]
fn executable() -> Option<PathBuf> {
    std::env::current_exe().ok()
}

/// Where compiled code is kept: beside what other programs keep for this user, or nowhere.
fn cache_dir() -> Option<PathBuf> {
    let named =
        |name: &str| Process.variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let caches = named("XDG_CACHE_HOME").or_else(|| Some(named("HOME")?.join(".cache")))?;
    Some(caches.join("penstock").join("code"))
}

/// Reads and checks a pipeline file; its faults are told.
pub(super) fn checked(
    file: &Path,
    arguments: &Arguments,
    catalogue: &Catalogue,
    screen: &Screen,
) -> Result<Checked, Outcome> {
    let files = Files::load(file, arguments.connections.as_deref(), &Process)
        .map_err(|report| screen.reports_and_end(&[*report], Outcome::Surroundings))?;
    match pipeline::read(&files, catalogue) {
        (Some(pipeline), warnings) => Ok(Checked { pipeline: Arc::new(pipeline), warnings }),
        (None, reports) => Err(screen.reports_and_end(&reports, Outcome::File)),
    }
}

/// Opens the store, and tells what is wrong with it.
pub(super) fn store(arguments: &Arguments, screen: &Screen) -> Result<SqliteStore, Outcome> {
    SqliteStore::open(&arguments.store).map_err(|error| store_fault(&error, screen))
}

/// Opens the store that is there, for looking.
pub(super) fn look(arguments: &Arguments, screen: &Screen) -> Result<SqliteStore, Outcome> {
    if !arguments.store.is_file() {
        let fact = format!("there is no store at `{}`", arguments.store.display());
        screen.fail(
            codes::STORE_MISSING,
            &fact,
            Some("run a pipeline first, or name its store with `--store FILE`"),
        );
        return Err(Outcome::Surroundings);
    }
    SqliteStore::look(&arguments.store).map_err(|error| store_fault(&error, screen))
}

/// Refuses to go on in one account where another was left.
pub(super) fn refuse_elsewhere(
    store: &SqliteStore,
    pipeline: &Pipeline,
    screen: &Screen,
) -> Result<(), Outcome> {
    let rows = store.cursors(&pipeline.name).map_err(|error| store_fault(&error, screen))?;
    for row in rows {
        let stage = pipeline.stages.iter().position(|stage| stage.id == row.source);
        let Some(now) = stage.and_then(|stage| pipeline.origin(stage)) else { continue };
        if now != row.origin {
            let fact = format!(
                "the source `{}` was read from `{}` so far, and is `{now}` now: what lies there before the place it has \
                 come to would never be read",
                row.source, row.origin
            );
            let hint = "give the source another `id`, or begin with another store (`--store FILE`)";
            screen.fail(codes::SOURCE_ELSEWHERE, &fact, Some(hint));
            return Err(Outcome::File);
        }
    }
    Ok(())
}

/// Refuses a store that is an older copy of itself, where that would move stock again.
pub(super) fn refuse_put_back(
    store: &SqliteStore,
    pipeline: &Pipeline,
    screen: &Screen,
) -> Result<(), Outcome> {
    let fault = |error: StoreError| store_fault(&error, screen);
    if !store.is_put_back(&pipeline.name).map_err(fault)? {
        return Ok(());
    }
    for stage in &pipeline.stages {
        let links = store.all_links(&pipeline.name, &stage.id).map_err(fault)?;
        if links.iter().any(|link| link.levels_at.is_some()) {
            let fact = format!(
                "the store `{}` is an older copy of itself: stock was moved of which it knows nothing, and would be \
                 moved once more",
                store.file().display()
            );
            let carried = "; what took another way while its switch was off is not, and goes it once more: count those \
                           items at the till afterwards";
            let hint = format!(
                "put the newer one back; or take all levels as they are now: `penstock links FILE --new-levels`, then \
                 `--accept-levels`. Sales need nothing but their switch to be on: those that were posted are found{}",
                if diverts(pipeline) { carried } else { "" }
            );
            screen.fail(codes::STORE_PUT_BACK, &fact, Some(&hint));
            return Err(Outcome::Surroundings);
        }
    }
    Ok(())
}

/// Whether some stage takes what comes to a sink that is off.
fn diverts(pipeline: &Pipeline) -> bool {
    let mut joints = pipeline.stages.iter().flat_map(|stage| &stage.joints);
    joints.any(|joint| joint.from.as_deref() == Some(OFF))
}

/// Makes a checked pipeline ready to run on a store.
pub(super) fn ready(
    pipeline: Arc<Pipeline>,
    store: SqliteStore,
    arguments: &Arguments,
    catalogue: &Catalogue,
    screen: &Screen,
) -> Result<Ready, Outcome> {
    taped(pipeline, (store, None), arguments, catalogue, screen)
}

/// The same, with all that goes over the wire kept on a tape.
pub(super) fn taped(
    pipeline: Arc<Pipeline>,
    (store, tape): (SqliteStore, Option<&Arc<Tape>>),
    arguments: &Arguments,
    catalogue: &Catalogue,
    screen: &Screen,
) -> Result<Ready, Outcome> {
    let latest =
        store.latest_instant(&pipeline.name).map_err(|error| store_fault(&error, screen))?;
    let clock: Arc<dyn Clock> = Arc::new(Onward::new(Arc::new(SystemClock), latest));
    // Only a run on the real store may write. Whatever else goes wrong, a plan cannot.
    let options = EgressOptions { is_sealed: store.is_in_memory(), ..EgressOptions::default() };
    let egress = Egress::new(options, Arc::clone(&clock)).map_err(|error| {
        screen.fail(codes::EGRESS_UNAVAILABLE, &error.to_string(), None);
        Outcome::Surroundings
    })?;
    let ways = ways(&pipeline, &egress, screen)?;
    let components = components(&pipeline, arguments, catalogue, screen)?;
    let store = Arc::new(Mutex::new(store));
    let names: Vec<String> =
        pipeline.connections.iter().map(|connection| connection.name.clone()).collect();
    let mut reads = reads(&ways);
    let mut wire = Wire::new(egress.clone(), ways, Arc::clone(&clock));
    if let Some(tape) = tape {
        reads = driver::taped(reads, &names, tape);
        wire = wire.taped(tape, names);
    }
    let ground = Ground::new(Arc::clone(&pipeline), Arc::clone(&store), clock, reads);
    let guests = Guests::new(ground, components);
    Ok(Ready { pipeline, store, guests, wire, egress })
}

fn ways(pipeline: &Pipeline, egress: &Egress, screen: &Screen) -> Result<Vec<Connected>, Outcome> {
    let mut ways = Vec::new();
    let mut faults = Vec::new();
    for connection in &pipeline.connections {
        let secret = connection
            .secret
            .as_ref()
            .map(|secret| pipeline::resolve(secret, &Process))
            .transpose();
        match secret {
            Ok(secret) => ways.push(egress.connect(connection, secret.as_ref())),
            Err(report) => faults.push(*report),
        }
    }
    if faults.is_empty() {
        Ok(ways)
    } else {
        Err(screen.reports_and_end(&faults, Outcome::Surroundings))
    }
}

pub(super) fn components(
    pipeline: &Pipeline,
    arguments: &Arguments,
    catalogue: &Catalogue,
    screen: &Screen,
) -> Result<Components, Outcome> {
    let load =
        |connector| catalogue.component(connector).map_err(|error| load_fault(&error, screen));
    let connections = pipeline
        .connections
        .iter()
        .map(|connection| load(&connection.connector))
        .collect::<Result<_, _>>()?;
    let mut rules = HashMap::new();
    for (index, stage) in pipeline.stages.iter().enumerate() {
        if let Role::Transform(transform) = &stage.role {
            rules.insert(index, load(&transform.connector)?);
        }
    }
    Ok(Components {
        runtime: Arc::clone(&catalogue.runtime),
        connections,
        rules,
        kept: kept(arguments),
    })
}

/// Keeps the code of each component that may plan writes, until none of its writes is open: a write is concluded by
/// the component that planned it, also after an upgrade.
#[allow(clippy::disallowed_methods, reason = "components are files")]
pub(super) fn keep_components(
    ready: &Ready,
    catalogue: &Catalogue,
    arguments: &Arguments,
) -> std::io::Result<()> {
    let folder = kept(arguments);
    std::fs::create_dir_all(&folder)?;
    let mut needed: HashSet<String> = lock(&ready.store)
        .open_components()
        .map_err(|error| std::io::Error::other(error.to_string()))?
        .into_iter()
        .collect();
    for stage in &ready.pipeline.stages {
        let Role::Sink(sink) = &stage.role else { continue };
        let Some(connection) = ready.pipeline.connections.get(sink.connection) else { continue };
        let Ok(component) = catalogue.component(&connection.connector) else { continue };
        let place = folder.join(format!("{}.wasm", component.digest()));
        if !place.is_file() {
            // Another process may be keeping the same one.
            let fresh = folder.join(format!(".{} {}", component.digest(), std::process::id()));
            std::fs::copy(&connection.connector.path, &fresh)?;
            std::fs::rename(&fresh, &place)?;
        }
        needed.insert(component.digest().to_owned());
    }
    for file in std::fs::read_dir(&folder)?.flatten() {
        let name =
            file.path().file_stem().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        // Files of other pipelines on this store are told by their open writes, so they are needed too.
        if !name.starts_with('.') && !needed.contains(&name) {
            match std::fs::remove_file(file.path()) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
    }
    Ok(())
}

fn kept(arguments: &Arguments) -> PathBuf {
    arguments.store.parent().unwrap_or(Path::new(".")).join("components")
}

/// Tells why a component cannot be loaded.
pub(super) fn load_fault(error: &LoadError, screen: &Screen) -> Outcome {
    let mut fact = error.to_string();
    for note in error.notes() {
        fact.push_str("\n   = note: ");
        fact.push_str(&note);
    }
    screen.fail(error.code(), &fact, error.hint().as_deref());
    Outcome::Surroundings
}

/// Tells why the store cannot be used.
pub(super) fn store_fault(error: &StoreError, screen: &Screen) -> Outcome {
    let (code, hint) = match error {
        StoreError::Foreign { .. } => (
            codes::STORE_FOREIGN,
            "name another file with `--store FILE`; this one was left as it is",
        ),
        StoreError::Damaged { .. } => (
            codes::STORE_DAMAGED,
            "put back a copy of it, or name a new one with `--store FILE`: what was posted is found again, and nothing is posted twice; this file was left as it is",
        ),
        StoreError::Newer { .. } => {
            (codes::STORE_NEWER, "run the Penstock that wrote it, or a newer one")
        }
        StoreError::Older { .. } => (
            codes::STORE_OLDER,
            "name a new one with `--store FILE`: what was posted is found in the till again, and nothing is posted twice; this file was left as it is",
        ),
        StoreError::Full { .. } => (
            codes::STORE_FULL,
            "make room and run again: nothing that was committed is lost, and nothing was sent that is not in the store",
        ),
        StoreError::Unusable { .. } => {
            (codes::STORE_UNUSABLE, "see that this user may write to the file and its folder")
        }
        StoreError::Leased { .. } => {
            (codes::STORE_LEASED, "wait until the other process has ended")
        }
        StoreError::Fenced { .. } => {
            (codes::LEASE_LOST, "another process has taken over: leave it to it")
        }
    };
    screen.fail(code, &error.to_string(), Some(hint));
    Outcome::Surroundings
}

/// The warnings of a pipeline file as JSON.
pub(super) fn warnings_json(warnings: &[Report]) -> serde_json::Value {
    to_json(warnings)
}
