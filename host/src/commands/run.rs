//! `penstock run`: deals with everything there is.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::args::{Arguments, RunArgs};
use super::catalogue::Catalogue;
use super::follow;
use super::output::{Outcome, Screen, counted};
use super::plan;
use super::project::{self, Ready};
use super::record::Recorder;
use super::replay;
use crate::egress::Purpose;
use crate::engine::driver::{Driver, Network as _, Observer, lock};
use crate::engine::{Ended, Engine, Event, Mode, Options, StageCounts, Stop, Summary, Whose};
use crate::pipeline::{Connection, Pipeline};
use crate::recording::Tape;
use crate::report::{Code, Report, codes};
use crate::store::{NoteRow, RunRow};
use crate::time::Instant;

/// How often someone who does not watch a terminal hears of a run.
const QUIET_LINES_SECS: u64 = 30;

/// Waits from so many seconds on are shown on a terminal, and told elsewhere.
const WAIT_SHOWN_SECS: i64 = 3;
const WAIT_TOLD_SECS: i64 = 10;
/// Most notes of one stage that a run shows; all are in the store. So a connector that never stops talking hides what
/// the others say no more than it hides the run.
const NOTES_SHOWN_MAX: u64 = 5;
/// Most reasons that are shown of one stage; each names an entry's own figures, so there may be as many as entries.
const REASONS_SHOWN_MAX: usize = 12;

pub(super) fn run(command: &RunArgs, arguments: &Arguments, screen: &Screen) -> Outcome {
    match run_within(command, arguments, screen) {
        Ok(outcome) | Err(outcome) => outcome,
    }
}

fn run_within(
    command: &RunArgs,
    arguments: &Arguments,
    screen: &Screen,
) -> Result<Outcome, Outcome> {
    if command.follow {
        return follow::follow(&command.file, arguments, screen);
    }
    if let Some(folder) = &command.replay {
        return replay::replay(command, folder, arguments, screen);
    }
    let recorder = Recorder::new(command.record.as_deref(), screen)?;
    let catalogue = project::catalogue(arguments, screen)?;
    let checked = project::checked(&command.file, arguments, &catalogue, screen)?;
    screen.reports(&checked.warnings);
    let only = match &command.plan {
        Some(hash) => Some(plan::allowed(hash, command, arguments, &catalogue, screen)?),
        None => None,
    };
    let tape = recorder.as_ref().map(|recorder| Arc::clone(&recorder.tape));
    let mut ready = taped(checked.pipeline, tape.as_ref(), arguments, &catalogue, screen)?;
    let fault = |error| project::store_fault(&error, screen);
    let begun = recorder.map(|recorder| recorder.begin(&ready)).transpose().map_err(fault)?;
    heed_interrupts(&ready);
    let options = Options { only, ..Options::new(Mode::Run) };
    let began_at = ready.wire.now();
    let mut progress = Progress::new(*screen);
    let ended = drive(&mut ready, options, &mut progress);
    drop(progress);
    let recorded = match begun {
        Some(begun) => begun.finish(&ready.pipeline, &catalogue, screen).map(drop),
        None => Ok(()),
    };
    let ended = ended.map_err(fault)?;
    keep(&ready, &ended, began_at, screen);
    // Whatever became of the recording, the run was made, and is told.
    let outcome = conclude(&ready, &ended, &checked.warnings, screen);
    recorded.map(|()| outcome)
}

/// Makes a pipeline ready to run on the store.
pub(super) fn open(
    pipeline: Arc<Pipeline>,
    arguments: &Arguments,
    catalogue: &Catalogue,
    screen: &Screen,
) -> Result<Ready, Outcome> {
    taped(pipeline, None, arguments, catalogue, screen)
}

fn taped(
    pipeline: Arc<Pipeline>,
    tape: Option<&Arc<Tape>>,
    arguments: &Arguments,
    catalogue: &Catalogue,
    screen: &Screen,
) -> Result<Ready, Outcome> {
    let store = project::store(arguments, screen)?;
    project::refuse_put_back(&store, &pipeline, screen)?;
    project::refuse_elsewhere(&store, &pipeline, screen)?;
    let ready = project::taped(pipeline, (store, tape), arguments, catalogue, screen)?;
    if let Err(error) = project::keep_components(&ready, catalogue, arguments) {
        let fact = format!("the components cannot be kept beside the store: {error}");
        screen.fail(
            codes::COMPONENTS_NOT_KEPT,
            &fact,
            Some("see that there is room, and that this user may write there"),
        );
        return Err(Outcome::Surroundings);
    }
    Ok(ready)
}

/// From now on ctrl-c ends what is being run in good order.
pub(super) fn heed_interrupts(ready: &Ready) {
    let tell = ready.wire.teller();
    let egress = ready.egress.clone();
    ready.egress.spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            egress.stop_waiting();
            let _ended = tell.send(Event::Interrupted);
        }
    });
}

/// Runs a pipeline to its end.
pub(super) fn drive(
    ready: &mut Ready,
    options: Options,
    observer: &mut impl Observer,
) -> Result<Ended, crate::store::StoreError> {
    let engine = Engine::new(ready.pipeline.clone(), options);
    Driver::new(
        ready.pipeline.clone(),
        ready.store.clone(),
        &mut ready.guests,
        &mut ready.wire,
        observer,
    )
    .run(engine)
}

/// Keeps what a run did, for people who ask later. That this may fail takes nothing from the run.
pub(super) fn keep(ready: &Ready, ended: &Ended, began_at: Instant, screen: &Screen) {
    let row = RunRow {
        began_at,
        ended_at: ready.wire.now(),
        idle: ended.stop.is_none() && ended.summary.is_idle(),
        stop: ended.stop.as_ref().map(stop_words).map(|(code, words)| (code.to_string(), words)),
        stages: serde_json::to_string(&ended.summary.stages).unwrap_or_default(),
    };
    if let Err(error) = lock(&ready.store).keep_run(&ready.pipeline.name, &row) {
        screen.tell(&format!("the counts of this run are not kept: {error}"));
    }
}

/// Tells how a run ended.
fn conclude(ready: &Ready, ended: &Ended, warnings: &[Report], screen: &Screen) -> Outcome {
    let waiting = lock(&ready.store).waiting_counts(&ready.pipeline.name).unwrap_or_default();
    let count =
        |kind: &str| waiting.iter().find(|(name, _)| name == kind).map_or(0, |(_, count)| *count);
    let (held, dead) = (count("held"), count("dead"));
    let others: u64 = waiting.iter().map(|(_, count)| count).sum::<u64>() - held - dead;
    let counts = ready.egress.counts();
    screen.say(&table(&ready.pipeline, &ended.summary));
    for line in &counts.lines {
        let what = match line.purpose {
            Purpose::Read => counted(line.tally.requests, "read", "reads"),
            Purpose::Write => counted(line.tally.requests, "write", "writes"),
        };
        let limited = if line.tally.answers_429 > 0 {
            format!(", {} refused by the rate limit", line.tally.answers_429)
        } else {
            String::new()
        };
        screen.say(&format!("{:<24} {what}{limited}", line.account));
    }
    if held > 0 {
        screen.say(&format!(
            "\n{} for a person: `penstock held list`",
            counted(held, "entry waits", "entries wait")
        ));
    }
    if dead > 0 {
        screen.say(&format!(
            "\n{}: `penstock dead list`",
            counted(dead, "dead letter", "dead letters")
        ));
    }
    if others > 0 {
        screen.say(&format!(
            "\n{} and will go on in a later run",
            counted(others, "entry waits", "entries wait")
        ));
    }
    screen.give(&json!({
        "pipeline": ready.pipeline.name,
        "stages": ended.summary.stages,
        "waiting": waiting.iter().map(|(kind, count)| (kind.clone(), Value::from(*count))).collect::<serde_json::Map<_, _>>(),
        "requests": counts.lines,
        "stop": ended.stop.as_ref().map(|stop| json!({ "code": stop_words(stop).0.name(), "reason": stop_words(stop).1 })),
        "warnings": project::warnings_json(warnings),
    }));
    if let Some(stop) = &ended.stop {
        return stopped(stop, ready, screen);
    }
    if dead > 0 { Outcome::Failed } else { Outcome::Done }
}

pub(super) fn stop_words(stop: &Stop) -> (Code, String) {
    match stop {
        Stop::Surroundings { at, reason, .. } => {
            (codes::CONNECTION_UNUSABLE, format!("{at} cannot be used: {reason}"))
        }
        // What the host refused to send on the way says itself whose it is.
        Stop::Misconfigured { at, reason, .. } if reason.starts_with(&at.to_string()) => {
            (codes::ACCOUNT_MISCONFIGURED, reason.clone())
        }
        Stop::Misconfigured { at, reason, .. } => {
            (codes::ACCOUNT_MISCONFIGURED, format!("{at}: {reason}"))
        }
        Stop::Unexpected { stage, reason, .. } => {
            (codes::ANSWER_UNEXPECTED, format!("stage `{stage}`: {reason}"))
        }
        Stop::PlanDiffers { reason } => {
            (codes::PLAN_DIFFERS, format!("the world has moved since the plan: {reason}"))
        }
        Stop::Interrupted => (codes::INTERRUPTED, "the run was interrupted".to_owned()),
    }
}

/// Tells why a run could not go on, what is safe, and what to do.
pub(super) fn stopped(stop: &Stop, ready: &Ready, screen: &Screen) -> Outcome {
    let (code, mut fact) = stop_words(stop);
    let about = match stop {
        Stop::Surroundings { at: Whose::Connection(name), .. } => {
            let of_name = |known: &&Connection| known.name == *name;
            ready.pipeline.connections.iter().find(of_name).map(|known| known.account.clone())
        }
        _ => None,
    };
    let latest = ready
        .egress
        .counts()
        .lines
        .into_iter()
        .filter(|line| about.as_ref().is_none_or(|account| *account == line.account))
        .filter_map(|line| line.tally.latest_fault)
        .filter_map(|fault| fault.lines().next().map(str::to_owned))
        .next_back();
    if let (Stop::Surroundings { .. } | Stop::Unexpected { .. }, Some(latest)) = (stop, latest)
        && !fact.contains(&latest)
    {
        fact.push_str("\n   = note: last heard: ");
        fact.push_str(&latest);
    }
    if let Stop::Surroundings { said_by: Some(connector), .. }
    | Stop::Misconfigured { said_by: Some(connector), .. }
    | Stop::Unexpected { said_by: Some(connector), .. } = stop
    {
        fact.push_str(&format!("\n   = note: so says connector `{connector}`"));
    }
    fact.push_str("\n   = note: nothing is lost: what was read, planned and sent is in the store, and the next run goes on from there");
    let (hint, outcome) = match stop {
        Stop::Surroundings { .. } => (
            "see that the account can be reached and that its secret is right, then run again",
            Outcome::Surroundings,
        ),
        Stop::Misconfigured { .. } => {
            ("mend the account or the options, then run again", Outcome::Failed)
        }
        Stop::Unexpected { said_by: None, .. } => (
            "this is a fault of the connector: run again; if it stays, put back the version that you had, and tell \
             whoever makes it",
            Outcome::Failed,
        ),
        Stop::Unexpected { .. } => {
            ("run again; if it stays, the connector has to learn this answer", Outcome::Failed)
        }
        Stop::PlanDiffers { .. } => ("make a new plan", Outcome::Failed),
        Stop::Interrupted => ("run again to go on", Outcome::Failed),
    };
    screen.told_error(code, &fact, Some(hint));
    outcome
}

/// What each stage did, in the order of the file.
pub(super) fn table(pipeline: &Pipeline, summary: &Summary) -> String {
    let mut out = String::new();
    for stage in &pipeline.stages {
        let Some(counts) = summary.stages.get(&stage.id) else { continue };
        out.push_str(&format!("{:<24} {}\n", stage.id, stage_words(counts)));
        for (what, reasons) in [
            ("filtered", &counts.filtered),
            ("held", &counts.held),
            ("refused", &counts.dead),
            ("in doubt", &counts.doubted),
        ] {
            for (reason, count) in reasons.iter().take(REASONS_SHOWN_MAX) {
                let reason = reason.replace('\n', &format!("\n{:<32}", ""));
                out.push_str(&format!("{:<24} {count:>6} {what}: {reason}\n", ""));
            }
            if reasons.len() > REASONS_SHOWN_MAX {
                let rest: u64 = reasons.values().skip(REASONS_SHOWN_MAX).sum();
                out.push_str(&format!("{:<24} {rest:>6} {what} for other reasons\n", ""));
            }
        }
    }
    out
}

pub(super) fn stage_words(counts: &StageCounts) -> String {
    let sum = |reasons: &std::collections::BTreeMap<String, u64>| reasons.values().sum::<u64>();
    let mut words = Vec::new();
    let mut add = |count: u64, what: &str| {
        if count > 0 {
            words.push(format!("{count} {what}"));
        }
    };
    add(counts.read, "read");
    add(counts.known, "unchanged");
    add(counts.passed, "passed");
    add(counts.linked, "of known customers");
    add(counts.linked_new, "of new customers");
    add(counts.diverted, "diverted");
    add(sum(&counts.filtered), "filtered");
    for (action, count) in &counts.applied {
        add(*count, action);
    }
    add(counts.unchanged, "already there");
    add(sum(&counts.held), "held");
    add(sum(&counts.dead), "refused");
    add(counts.unknown, "in doubt for a while");
    if counts.put_off_ms > 0 {
        let length = length_words(counts.put_off_ms);
        words.push(format!("not read to its end: its account asked to be left alone for {length}"));
    }
    if words.is_empty() { "nothing to do".to_owned() } else { words.join(", ") }
}

/// A length of time as people say it, rounded up.
pub(super) fn length_words(ms: u64) -> String {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    match ms.div_ceil(1_000) {
        secs if secs < 2 * MINUTE => format!("{secs} s"),
        secs if secs < 2 * HOUR => format!("{} min", secs.div_ceil(MINUTE)),
        secs if secs < 2 * DAY => format!("{} h", secs.div_ceil(HOUR)),
        secs => format!("{} days", secs.div_ceil(DAY)),
    }
}

/// Tells how far a run is: a line that moves on a terminal, now and then a line elsewhere.
pub(super) struct Progress {
    screen: Screen,
    bar: ProgressBar,
    told_at: Duration,
    counts: Counts,
    /// How many came, by stage.
    notes: BTreeMap<String, u64>,
}

/// How far a run was when it was last looked at.
#[derive(Default)]
struct Counts {
    read: u64,
    applied: u64,
    /// Writes: while some are open, a wait is for their answers.
    open: usize,
    held: u64,
}

impl fmt::Display for Counts {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { read, applied, open, held } = self;
        write!(out, "{read} read, {applied} written, {open} open, {held} held")
    }
}

impl Progress {
    pub(super) fn new(screen: Screen) -> Self {
        let bar =
            if screen.is_watched() { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed_precise} {msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Self {
            screen,
            bar,
            told_at: Duration::ZERO,
            counts: Counts::default(),
            notes: BTreeMap::new(),
        }
    }
}

impl Observer for Progress {
    fn waits(&mut self, ms: i64) {
        let secs = ms.saturating_add(999) / 1_000;
        let secs_min = if self.screen.is_watched() { WAIT_SHOWN_SECS } else { WAIT_TOLD_SECS };
        if self.counts.open > 0 || secs < secs_min {
            return;
        }
        let line = format!("{}; waits up to {secs} s for what is not due yet", self.counts);
        match self.screen.is_watched() {
            true => self.bar.set_message(line),
            false => self.screen.tell(&line),
        }
    }

    fn progress(&mut self, summary: &Summary, open: usize) {
        self.counts = Counts {
            read: summary.sum(|stage| stage.read),
            applied: summary.sum(|stage| stage.applied.values().sum()),
            open,
            held: summary.sum(|stage| stage.held.values().sum()),
        };
        if self.screen.is_watched() {
            self.bar.set_message(self.counts.to_string());
            return;
        }
        let elapsed = self.bar.elapsed();
        if elapsed.saturating_sub(self.told_at).as_secs() >= QUIET_LINES_SECS {
            self.told_at = elapsed;
            self.screen.tell(&self.counts.to_string());
        }
    }

    fn noted(&mut self, note: &NoteRow) {
        let notes = self.notes.entry(note.stage.clone()).or_default();
        *notes += 1;
        if *notes > NOTES_SHOWN_MAX {
            return;
        }
        let about = if note.key.is_empty() { String::new() } else { format!(" ({})", note.key) };
        let line = format!("{}: {}{about}", note.stage, note.text);
        self.bar.suspend(|| self.screen.tell(&line));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
        for (stage, notes) in self.notes.iter().filter(|(_, notes)| **notes > NOTES_SHOWN_MAX) {
            let more = counted(notes - NOTES_SHOWN_MAX, "more note", "more notes");
            self.screen.tell(&format!("{stage}: and {more}: `penstock why ENTRY` tells them"));
        }
    }
}
