//! A pipeline without a network: on a store in memory, answered from a recording.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use serde_json::json;

use super::args::{Arguments, RunArgs};
use super::catalogue::Catalogue;
use super::output::{Outcome, Screen, counted};
use super::project;
use super::record;
use super::run;
use crate::engine::driver::{Connectors, Driver, Ground, Guests, Observer, Replay, lock};
use crate::engine::{Ended, Engine, Options};
use crate::pipeline::Pipeline;
use crate::recording::{self, Answers, Head, Recording, Unmatched};
use crate::report::codes;
use crate::store::{SqliteStore, StoreError, StoredRow};
use crate::time::{Clock, Instant};

/// What a run without a network goes on from.
pub(super) struct Recorded {
    /// Where the recording is.
    pub(super) folder: PathBuf,
    /// The pipeline's name when it was made.
    pub(super) pipeline: String,
    pub(super) began_at: Instant,
    pub(super) stored: Vec<StoredRow>,
}

/// A pipeline that is ready to run without a network.
pub(super) struct Offline {
    pub(super) pipeline: Arc<Pipeline>,
    pub(super) store: Arc<Mutex<SqliteStore>>,
    pub(super) guests: Guests<SqliteStore>,
    pub(super) replay: Replay,
}

impl Offline {
    /// Makes it ready at an instant, with what the store of the recorded run knew.
    pub(super) fn new(
        pipeline: Arc<Pipeline>,
        (recorded, answers): (&Recorded, Answers),
        arguments: &Arguments,
        catalogue: &Catalogue,
        screen: &Screen,
    ) -> Result<Self, Outcome> {
        let components = project::components(&pipeline, arguments, catalogue, screen)?;
        let mut store =
            SqliteStore::in_memory().map_err(|error| project::store_fault(&error, screen))?;
        let names = (recorded.pipeline.as_str(), pipeline.name.as_str());
        store.put_rows(names, &recorded.stored).map_err(|(row, reason)| {
            record::file_fault(&recording::row_fault(&recorded.folder, row, reason), screen)
        })?;
        let names = pipeline.connections.iter().map(|connection| connection.name.clone());
        let replay = Replay::new(answers, recorded.began_at, names.collect());
        let store = Arc::new(Mutex::new(store));
        let clock: Arc<dyn Clock> = Arc::new(replay.clone());
        let ground = Ground::new(Arc::clone(&pipeline), Arc::clone(&store), clock, replay.reads());
        Ok(Self { pipeline, store, guests: Guests::new(ground, components), replay })
    }
}

/// Runs a pipeline to its end, with its own connectors or those that stand around them.
pub(super) fn drive(
    (store, pipeline): (Arc<Mutex<SqliteStore>>, Arc<Pipeline>),
    (connectors, replay): (&mut impl Connectors, &mut Replay),
    options: Options,
    observer: &mut impl Observer,
) -> Result<Ended, StoreError> {
    let engine = Engine::new(Arc::clone(&pipeline), options);
    Driver::new(pipeline, store, connectors, replay, observer).run(engine)
}

/// Requests that were not recorded, each once, with how often it was made.
pub(super) fn told(unmatched: &[Unmatched]) -> String {
    let mut each: Vec<(String, u64)> = Vec::new();
    for text in unmatched.iter().map(ToString::to_string) {
        match each.iter_mut().find(|(known, _)| *known == text) {
            Some((_, count)) => *count += 1,
            None => each.push((text, 1)),
        }
    }
    let line = |(text, count): &(String, u64)| match count {
        1 => text.clone(),
        count => format!("{text} ({count} times)"),
    };
    let rest = each.len().saturating_sub(UNMATCHED_SHOWN_MAX);
    let mut lines: Vec<String> = each.iter().take(UNMATCHED_SHOWN_MAX).map(line).collect();
    if rest > 0 {
        lines.push(format!("and {rest} more"));
    }
    lines.join("\n   = note: ")
}

/// Most requests that were not recorded that are shown: they mostly have one cause.
const UNMATCHED_SHOWN_MAX: usize = 10;

/// `penstock run --replay DIR`.
pub(super) fn replay(
    command: &RunArgs,
    folder: &Path,
    arguments: &Arguments,
    screen: &Screen,
) -> Result<Outcome, Outcome> {
    let Recording { head, stored, exchanges } = record::read(folder, screen)?;
    let catalogue = project::catalogue(arguments, screen)?;
    let checked = project::checked(&command.file, arguments, &catalogue, screen)?;
    screen.reports(&checked.warnings);
    for other in record::tell_others(&head, &checked.pipeline, &catalogue) {
        screen.tell(&other);
    }
    let Head { pipeline, began_at, .. } = head;
    let recorded = Recorded { folder: folder.to_owned(), pipeline, began_at, stored };
    let given = (&recorded, Answers::strict(exchanges));
    let offline = Offline::new(checked.pipeline, given, arguments, &catalogue, screen)?;
    let Offline { pipeline, store, mut guests, mut replay } = offline;
    let options = Options::new(crate::engine::Mode::Run);
    let mut progress = run::Progress::new(*screen);
    let on = (Arc::clone(&store), Arc::clone(&pipeline));
    let ended = drive(on, (&mut guests, &mut replay), options, &mut progress)
        .map_err(|error| project::store_fault(&error, screen))?;
    drop(progress);
    let (unmatched, left) = replay.unmatched();
    let waiting = lock(&store).waiting_counts(&pipeline.name).unwrap_or_default();
    screen.say(&run::table(&pipeline, &ended.summary));
    screen.say(&format!(
        "replayed: nothing was sent, and the store is as it was; {} of the recording {} asked for",
        counted(left as u64, "exchange", "exchanges"),
        if left == 1 { "was not" } else { "were not" }
    ));
    screen.give(&json!({
        "pipeline": pipeline.name,
        "stages": ended.summary.stages,
        "waiting": waiting.iter().map(|(kind, count)| (kind.clone(), (*count).into())).collect::<serde_json::Map<_, _>>(),
        "unmatched": unmatched.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "not_asked_for": left,
        "stop": ended.stop.as_ref().map(|stop| json!({ "code": run::stop_words(stop).0.name(), "reason": run::stop_words(stop).1 })),
    }));
    let has_dead = waiting.iter().any(|(kind, count)| kind == "dead" && *count > 0);
    if !unmatched.is_empty() {
        screen.told_error(codes::NOT_RECORDED, &told(&unmatched), None);
        return Ok(Outcome::Failed);
    }
    if let Some(stop) = &ended.stop {
        let (code, reason) = run::stop_words(stop);
        screen.told_error(code, &reason, None);
        return Ok(Outcome::Failed);
    }
    Ok(if has_dead { Outcome::Failed } else { Outcome::Done })
}
