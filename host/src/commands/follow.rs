//! `penstock run --follow`: round after round until someone ends it.
//!
//! A round is a run. The instances of the connectors are kept from one to the next, for what they remember spares
//! requests; the lease is not, so that other commands can work on the store in between.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

use serde_json::json;

use super::args::Arguments;
use super::catalogue::Catalogue;
use super::output::{Outcome, Screen};
use super::project::{self, Ready};
use super::run;
use crate::engine::driver::{Network as _, Observer};
use crate::engine::{Ended, Event, Mode, Options, StageCounts, Stop};
use crate::pipeline::{Pipeline, Role};
use crate::store::NoteRow;
use crate::time::{Instant, rfc3339};

/// A round that could not be ended is followed by a pause of so many milliseconds, and of twice as many with each more.
const PAUSE_MS: i64 = 30_000;
/// The longest such pause, in milliseconds.
const PAUSE_MS_MAX: i64 = 900_000;
/// Least time that a round waits for what comes due, in milliseconds, however soon the next poll is.
const PATIENCE_MS_MIN: i64 = 1_000;

pub(super) fn follow(
    file: &Path,
    arguments: &Arguments,
    screen: &Screen,
) -> Result<Outcome, Outcome> {
    let catalogue = project::catalogue(arguments, screen)?;
    let mut text = texts(file, arguments);
    let checked = project::checked(file, arguments, &catalogue, screen)?;
    screen.reports(&checked.warnings);
    let mut ready = open(checked.pipeline, arguments, &catalogue, screen)?;
    let mut polls = Polls::default();
    let mut failures = 0;
    screen.tell("following; ctrl-c ends it");
    loop {
        let now = ready.wire.now();
        let options = polls.begin(&ready.pipeline, now);
        let ended = run::drive(&mut ready, options, &mut Notes { screen })
            .map_err(|error| project::store_fault(&error, screen))?;
        run::keep(&ready, &ended, now, screen);
        tell(&ready, &ended, screen);
        failures = match &ended.stop {
            Some(Stop::Interrupted) => return Ok(Outcome::Done),
            Some(_) => failures + 1,
            None => 0,
        };
        let next = polls.next(&ready.pipeline, now).max(now.saturating_add(pause(failures)));
        if !rest(&mut ready, next) {
            return Ok(Outcome::Done);
        }
        let newer = texts(file, arguments);
        if newer != text {
            text = newer;
            match reopened(file, arguments, &catalogue, screen) {
                Some(changed) => ready = changed,
                None => screen.tell("the file is at fault: what it was before goes on"),
            }
        }
    }
}

fn open(
    pipeline: Arc<Pipeline>,
    arguments: &Arguments,
    catalogue: &Catalogue,
    screen: &Screen,
) -> Result<Ready, Outcome> {
    let ready = run::open(pipeline, arguments, catalogue, screen)?;
    run::heed_interrupts(&ready);
    Ok(ready)
}

/// The pipeline as its file says it now; nothing where that is at fault, which is told.
fn reopened(
    file: &Path,
    arguments: &Arguments,
    catalogue: &Catalogue,
    screen: &Screen,
) -> Option<Ready> {
    let checked = project::checked(file, arguments, catalogue, screen).ok()?;
    screen.reports(&checked.warnings);
    let ready = open(checked.pipeline, arguments, catalogue, screen).ok()?;
    screen.tell("the file has changed: it counts from now on");
    Some(ready)
}

/// The files that say what is done.
#[allow(clippy::disallowed_methods, reason = "a pipeline is a file")]
fn texts(file: &Path, arguments: &Arguments) -> Vec<Option<Vec<u8>>> {
    let files = std::iter::once(file).chain(arguments.connections.as_deref());
    files.map(|file| std::fs::read(file).ok()).collect()
}

/// When each source was last polled, by its id.
#[derive(Default)]
struct Polls(HashMap<String, Instant>);

impl Polls {
    /// What a round does that begins now: sources whose time has not come rest.
    fn begin(&mut self, pipeline: &Pipeline, now: Instant) -> Options {
        let mut resting = BTreeSet::new();
        for (id, every) in sources(pipeline) {
            match self.0.get(id) {
                Some(polled) if polled.saturating_add(every) > now => {
                    resting.insert(id.to_owned());
                }
                _ => {
                    self.0.insert(id.to_owned(), now);
                }
            }
        }
        let patience_ms = self.next(pipeline, now).saturating_sub(now).max(PATIENCE_MS_MIN);
        Options { patience_ms, resting, ..Options::new(Mode::Run) }
    }

    /// When the next source is to be polled.
    fn next(&self, pipeline: &Pipeline, now: Instant) -> Instant {
        let due = sources(pipeline)
            .map(|(id, every)| self.0.get(id).map_or(now, |polled| polled.saturating_add(every)));
        due.min().unwrap_or_else(|| now.saturating_add(PAUSE_MS))
    }
}

/// The sources that are polled, and how often, in milliseconds.
fn sources(pipeline: &Pipeline) -> impl Iterator<Item = (&str, i64)> {
    pipeline.stages.iter().filter(|stage| stage.enabled).filter_map(|stage| match &stage.role {
        Role::Source(source) => {
            Some((stage.id.as_str(), i64::try_from(source.every_ms).unwrap_or(i64::MAX)))
        }
        _ => None,
    })
}

fn pause(failures: u32) -> i64 {
    match failures {
        0 => 0,
        _ => PAUSE_MS.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(PAUSE_MS_MAX),
    }
}

/// Waits; answers whether nobody ended it.
pub(super) fn rest(ready: &mut Ready, until: Instant) -> bool {
    while ready.wire.now() < until {
        // An answer that was given up may come now; the write is in doubt, and probed.
        if matches!(ready.wire.next(Some(until)), Some(Event::Interrupted)) {
            return false;
        }
    }
    true
}

/// Tells what a round did, if something came of it. That something was read again is no news.
fn tell(ready: &Ready, ended: &Ended, screen: &Screen) {
    let stages: Vec<(&str, String)> = ready
        .pipeline
        .stages
        .iter()
        .filter_map(|stage| {
            let words = words(ended.summary.stages.get(&stage.id)?);
            (!words.is_empty()).then_some((stage.id.as_str(), words))
        })
        .collect();
    if screen.is_json() {
        if !stages.is_empty() || ended.stop.is_some() {
            screen.give(&json!({
                "at": rfc3339(ready.wire.now()),
                "stages": ended.summary.stages,
                "stop": ended.stop.as_ref().map(|stop| json!({ "code": run::stop_words(stop).0.name(), "reason": run::stop_words(stop).1 })),
            }));
        }
    } else if !stages.is_empty() {
        let line: Vec<String> =
            stages.iter().map(|(stage, words)| format!("{stage}: {words}")).collect();
        screen.say(&format!("{} {}", rfc3339(ready.wire.now()), line.join("; ")));
    }
    if let Some(stop) = ended.stop.as_ref().filter(|stop| **stop != Stop::Interrupted) {
        let _outcome = run::stopped(stop, ready, screen);
    }
}

fn words(counts: &StageCounts) -> String {
    let mut words = Vec::new();
    let mut add = |count: u64, what: &str| {
        if count > 0 {
            words.push(format!("{count} {what}"));
        }
    };
    for (action, count) in &counts.applied {
        add(*count, action);
    }
    add(counts.held.values().sum(), "held");
    add(counts.dead.values().sum(), "refused");
    add(counts.unknown, "in doubt");
    words.join(", ")
}

/// Shows what connectors log.
struct Notes<'a> {
    screen: &'a Screen,
}

impl Observer for Notes<'_> {
    fn noted(&mut self, note: &NoteRow) {
        let about = if note.key.is_empty() { String::new() } else { format!(" ({})", note.key) };
        self.screen.tell(&format!("{}: {}{about}", note.stage, note.text));
    }
}
