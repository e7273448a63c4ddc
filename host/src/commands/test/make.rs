//! `penstock case`: makes a test case of a run that was recorded, or of an entry that waits.

use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use serde_json::json;

use super::super::args::{Arguments, CaseArgs};
use super::super::output::{Outcome, Screen};
use super::super::record::{self, Recorder};
use super::super::{project, run};
use super::{folder, write};
use crate::engine::driver::{Driver, Network as _, Unwatched};
use crate::engine::{Engine, Mode, Options};
use crate::pipeline::{Pipeline, Role};
use crate::record::remote_id;
use crate::recording::{self, Recording};
use crate::report::codes;
use crate::store::{SqliteStore, WaitingRow};
use crate::testing::{EntryForm, Given};
use crate::time::{Clock, Instant, SystemClock, rfc3339};

/// A case file, as it is written.
#[derive(Serialize)]
struct Form {
    about: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    now: Option<String>,
    recording: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    entry: Vec<EntryForm>,
}

pub(in super::super) fn case(
    command: &CaseArgs,
    arguments: &Arguments,
    screen: &Screen,
) -> Outcome {
    let file = folder(&command.file).join(&command.name).with_extension("toml");
    if file.exists() {
        let fact = format!("there is a case `{}` already", file.display());
        screen.fail(codes::CASE_EXISTS, &fact, Some("give it another name, or remove that one"));
        return Outcome::Surroundings;
    }
    let made = match (&command.recording, &command.entry) {
        (Some(recording), _) => of_recording(command, recording, screen),
        (None, Some(entry)) => of_entry(command, entry, arguments, screen),
        (None, None) => return Outcome::File,
    };
    let written = made.and_then(|form| {
        let text = toml::to_string(&form).unwrap_or_default();
        write(&file, &text, screen)
    });
    match written {
        Ok(()) => {
            screen.say(&format!(
                "made `{}`\n\nhint: `penstock test {} --review` shows what it comes to",
                file.display(),
                command.file.display()
            ));
            screen.give(&json!({ "case": file }));
            Outcome::Done
        }
        Err(outcome) => outcome,
    }
}

fn of_recording(command: &CaseArgs, from: &Path, screen: &Screen) -> Result<Form, Outcome> {
    let recording = record::read(from, screen)?;
    keep(command, &recording, screen)?;
    Ok(Form {
        about: about(
            command,
            &format!("What was recorded at {}", rfc3339(recording.head.began_at)),
        ),
        now: None,
        recording: command.name.clone(),
        entry: Vec::new(),
    })
}

/// Puts a recording beside the case.
fn keep(command: &CaseArgs, recording: &Recording, screen: &Screen) -> Result<(), Outcome> {
    let folder = folder(&command.file).join(&command.name);
    let fault = |fault| record::file_fault(&fault, screen);
    recording::must_be_new(&folder).map_err(fault)?;
    recording::write(&folder, recording).map_err(fault)
}

fn about(command: &CaseArgs, otherwise: &str) -> String {
    command.about.clone().unwrap_or_else(|| otherwise.to_owned())
}

/// An entry that waits, as its source gave it, and what is looked up for it now. Nothing is written.
fn of_entry(
    command: &CaseArgs,
    name: &str,
    arguments: &Arguments,
    screen: &Screen,
) -> Result<Form, Outcome> {
    let catalogue = project::catalogue(arguments, screen)?;
    let checked = project::checked(&command.file, arguments, &catalogue, screen)?;
    let pipeline = checked.pipeline;
    let mut row = waiting(name, &pipeline, arguments, screen)?;
    let now: Instant = SystemClock.now();
    let given = form(&row, &pipeline, screen)?.entry(now).map_err(|fact| {
        screen.fail(codes::CASE_IMPOSSIBLE, &fact, None);
        Outcome::Failed
    })?;
    let folder = folder(&command.file).join(&command.name);
    let Some(recorder) = Recorder::new(Some(&folder), screen)? else { return Err(Outcome::File) };
    let fault = |error| project::store_fault(&error, screen);
    let store = SqliteStore::in_memory().map_err(fault)?;
    let taped = (store, Some(&recorder.tape));
    let ready = project::taped(Arc::clone(&pipeline), taped, arguments, &catalogue, screen)?;
    run::heed_interrupts(&ready);
    let begun = recorder.begin(&ready).map_err(fault)?;
    let project::Ready { store, guests, mut wire, .. } = ready;
    let clock: Arc<dyn Clock> = Arc::new(At(wire.now()));
    let on = (Arc::clone(&pipeline), clock);
    let mut guests = Given::new(guests, on, vec![given], false);
    let engine = Engine::new(Arc::clone(&pipeline), Options::new(Mode::Plan));
    let ended = Driver::new(Arc::clone(&pipeline), store, &mut guests, &mut wire, &mut Unwatched)
        .run(engine)
        .map_err(fault)?;
    if let Some(stop) = &ended.stop {
        let (code, reason) = run::stop_words(stop);
        let fact = format!("what the case needs cannot be looked up: {reason}");
        screen.fail(code, &fact, Some("see that the accounts can be reached, then make it again"));
        return Err(Outcome::Surroundings);
    }
    let mut redaction = begun.finish(&pipeline, &catalogue, screen)?;
    let item = &mut row.item;
    redaction.payload(&mut item.entry.payload);
    for key in [&mut item.entry.key, &mut item.origin.key] {
        *key = redaction.key(key);
    }
    let form = form(&row, &pipeline, screen)?;
    Ok(Form {
        about: about(
            command,
            &format!("Waits before `{}`: {}", row.stage, redaction.text(&row.reason)),
        ),
        now: Some(rfc3339(now)),
        recording: command.name.clone(),
        entry: vec![form],
    })
}

/// A clock that stands.
struct At(Instant);

impl Clock for At {
    fn now(&self) -> Instant {
        self.0
    }
}

/// The entry that is meant: by its number, its key, or the name that people have for it.
fn waiting(
    name: &str,
    pipeline: &Pipeline,
    arguments: &Arguments,
    screen: &Screen,
) -> Result<WaitingRow, Outcome> {
    let store = project::look(arguments, screen)?;
    let rows = store
        .waiting(&["held", "dead"], Some(&pipeline.name))
        .map_err(|error| project::store_fault(&error, screen))?;
    let is_meant = |row: &WaitingRow| {
        row.number.to_string() == name
            || row.item.entry.key == name
            || crate::record::label(&row.item.entry.payload).is_some_and(|label| label == name)
    };
    rows.into_iter().map(|(_, row)| row).find(is_meant).ok_or_else(|| {
        let fact = format!("nothing of `{}` that is held or dead is `{name}`", pipeline.name);
        screen.fail(
            codes::UNKNOWN_ENTRY,
            &fact,
            Some("`penstock held list` and `penstock dead list` tell them"),
        );
        Outcome::Failed
    })
}

fn form(row: &WaitingRow, pipeline: &Pipeline, screen: &Screen) -> Result<EntryForm, Outcome> {
    let origin = &row.item.origin;
    let source = pipeline.stages.iter().find(|stage| stage.id == origin.source);
    let remote = source.and_then(|stage| match &stage.role {
        Role::Source(source) => {
            let account = &pipeline.connections.get(source.connection)?.account;
            remote_id(&origin.key, account, &source.collection)
        }
        _ => None,
    });
    let is_own = row.item.entry.key == origin.key;
    match remote
        .filter(|_| is_own)
        .and_then(|id| EntryForm::of(&origin.source, id, &row.item.entry))
    {
        Some(form) => Ok(form),
        None => {
            let fact = format!(
                "`{}` is no entry of a source: a rule has made it of `{}`",
                row.item.entry.key, origin.key
            );
            let hint = "record a run that makes it: `penstock run FILE --record DIR`, then `penstock case FILE NAME --recording DIR`";
            screen.fail(codes::CASE_IMPOSSIBLE, &fact, Some(hint));
            Err(Outcome::Failed)
        }
    }
}
