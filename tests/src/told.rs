//! A whole run in this process, told as `penstock test` tells a case: for snapshots that a person can review.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use anyhow::Context as _;
use penstock::commands::Catalogue;
use penstock::component::{Runtime, RuntimeOptions};
use penstock::egress::{Connected, Egress, EgressOptions};
use penstock::engine::driver::{
    Components, Connectors, Driver, Ground, Guests, Network, Reads, Replay, Unwatched, Wire, lock,
    reads, taped,
};
use penstock::engine::{Ended, Engine, Mode, Options};
use penstock::pipeline::{self, Files, Pipeline, Process, Role};
use penstock::recording::{Answers, Tape};
use penstock::store::SqliteStore;
use penstock::testing::{Scene, Told, finish};
use penstock::time::{Clock, SystemClock};
use penstock_simulators::{shop, till};
use secrecy::SecretString;

use crate::Project;

/// Runs the project's pipeline once, and tells a replay of that run: what came in, what each stage made of it, what was asked
/// and written, and what came of it. Ids that the simulators draw are numbered as they come.
///
/// # Errors
/// Whatever keeps the run from its end; also where the replay comes to something else.
pub fn told_run(project: &Project) -> anyhow::Result<String> {
    let stage = Stage::new(project)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let (began_at, tape) = (clock.now(), Arc::new(Tape::new(Arc::clone(&clock))));
    let egress = Egress::new(EgressOptions::default(), Arc::clone(&clock))?;
    let ways = stage.ways(&egress);
    let names = stage.names();
    let (store, mut guests) = stage.guests(&clock, taped(reads(&ways), &names, &tape))?;
    let mut wire = Wire::new(egress, ways, clock).taped(&tape, names.clone());
    let ran = stage.drive(&store, &mut guests, &mut wire)?;

    let (exchanges, is_cut) = tape.take();
    let mut replay = Replay::new(Answers::strict(exchanges), began_at, names);
    let clock: Arc<dyn Clock> = Arc::new(replay.clone());
    let (store, guests) = stage.guests(&clock, replay.reads())?;
    let scene = Scene { pipeline: Arc::clone(&stage.pipeline), replay: replay.clone() };
    let mut told = Told::new(guests, scene);
    let ended = stage.drive(&store, &mut told, &mut replay)?;
    anyhow::ensure!(ended.summary == ran.summary, "{:?} became {:?}", ran.summary, ended.summary);
    let (unmatched, left) = replay.unmatched();
    anyhow::ensure!(!is_cut && unmatched.is_empty() && left == 0, "{left} left; {unmatched:?}");
    let waiting = lock(&store).waiting_all(&stage.pipeline.name)?;
    Ok(numbered(&(told.into_text() + &finish(&ended, &waiting))))
}

/// A pipeline and its components.
struct Stage {
    pipeline: Arc<Pipeline>,
    catalogue: Catalogue,
    kept: std::path::PathBuf,
}

impl Stage {
    fn new(project: &Project) -> anyhow::Result<Self> {
        let cache_dir = Some(xtask::root().join("target/code-cache"));
        let runtime = Runtime::new(RuntimeOptions { cache_dir })?;
        let catalogue = Catalogue::new(runtime, vec![project.connectors().to_owned()]);
        let [file, connections] =
            ["ecwid-vend.toml", "simulators.toml"].map(|name| project.folder().join(name));
        let files = Files::load(&file, Some(&connections), &Process)
            .map_err(|report| anyhow::anyhow!("{report:?}"))?;
        let (pipeline, reports) = pipeline::read(&files, &catalogue);
        let pipeline = Arc::new(pipeline.with_context(|| format!("{reports:?}"))?);
        Ok(Self { pipeline, catalogue, kept: project.folder().join("components") })
    }

    fn names(&self) -> Vec<String> {
        self.pipeline.connections.iter().map(|connection| connection.name.clone()).collect()
    }

    fn ways(&self, egress: &Egress) -> Vec<Connected> {
        let connections = self.pipeline.connections.iter();
        let way = |connection: &pipeline::Connection| {
            let token = if connection.name == "shop" { shop::DEMO_TOKEN } else { till::DEMO_TOKEN };
            egress.connect(connection, Some(&SecretString::from(token)))
        };
        connections.map(way).collect()
    }

    /// The components on a new store.
    fn guests(
        &self,
        clock: &Arc<dyn Clock>,
        reads: Vec<Arc<dyn Reads>>,
    ) -> anyhow::Result<(Arc<Mutex<SqliteStore>>, Guests<SqliteStore>)> {
        let store = Arc::new(Mutex::new(SqliteStore::in_memory()?));
        let mut rules = HashMap::new();
        for (index, stage) in self.pipeline.stages.iter().enumerate() {
            if let Role::Transform(transform) = &stage.role {
                rules.insert(index, self.catalogue.component(&transform.connector)?);
            }
        }
        let connections = self.pipeline.connections.iter();
        let components = Components {
            runtime: Arc::clone(&self.catalogue.runtime),
            connections: connections
                .map(|connection| self.catalogue.component(&connection.connector))
                .collect::<Result<_, _>>()?,
            rules,
            kept: self.kept.clone(),
        };
        let ground =
            Ground::new(Arc::clone(&self.pipeline), Arc::clone(&store), Arc::clone(clock), reads);
        Ok((store, Guests::new(ground, components)))
    }

    fn drive(
        &self,
        store: &Arc<Mutex<SqliteStore>>,
        connectors: &mut impl Connectors,
        network: &mut impl Network,
    ) -> anyhow::Result<Ended> {
        let engine = Engine::new(Arc::clone(&self.pipeline), Options::new(Mode::Run));
        let (pipeline, store) = (Arc::clone(&self.pipeline), Arc::clone(store));
        Ok(Driver::new(pipeline, store, connectors, network, &mut Unwatched).run(engine)?)
    }
}

/// The text with `id-1`, `id-2`, … in the place of each UUID.
fn numbered(text: &str) -> String {
    let mut known: HashMap<&str, usize> = HashMap::new();
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    while at < text.len() {
        let id = text.get(at..at + 36).filter(|part| is_id(part));
        if let Some(id) = id {
            let next = known.len() + 1;
            let number = *known.entry(id).or_insert(next);
            out.push_str(&format!("id-{number}"));
            at += 36;
        } else if let Some(letter) = text[at..].chars().next() {
            out.push(letter);
            at += letter.len_utf8();
        }
    }
    out
}

fn is_id(part: &str) -> bool {
    part.bytes().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    })
}
