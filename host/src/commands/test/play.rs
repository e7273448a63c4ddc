//! One case, played.

use std::path::Path;
use std::sync::Arc;

use super::super::args::Arguments;
use super::super::catalogue::Catalogue;
use super::super::output::{Outcome, Screen};
use super::super::record;
use super::super::replay::{self, Offline, Recorded};
use crate::engine::driver::{Unwatched, lock};
use crate::engine::{Mode, Options};
use crate::pipeline::{Pipeline, Role};
use crate::recording::{Answers, Exchange, Purpose, Recording, Unmatched};
use crate::store::WaitingRow;
use crate::testing::{Case, CaseFault, Expected, Given, Scene, Told, finish};
use crate::time::Clock;

/// Plays the cases of one pipeline.
pub(super) struct Player<'a> {
    pub(super) pipeline: Arc<Pipeline>,
    pub(super) arguments: &'a Arguments,
    pub(super) catalogue: &'a Catalogue,
    pub(super) screen: &'a Screen,
}

/// What a case came to.
pub(super) struct Played {
    pub(super) snapshot: String,
    /// Why it fails, whatever its snapshot says.
    pub(super) reasons: Vec<String>,
}

impl Player<'_> {
    /// Plays a case without a network, on a store in memory.
    ///
    /// # Errors
    /// What is wrong with the case file; or that the surroundings are, which is told.
    pub(super) fn play(
        &self,
        file: &Path,
        text: &str,
    ) -> Result<Result<Played, Outcome>, CaseFault> {
        let case = Case::read(text)?;
        let pipeline = self.switched(&case)?;
        let recorded = match self.recorded(file, &case) {
            Ok(recorded) => recorded,
            Err(outcome) => return Ok(Err(outcome)),
        };
        let (recorded, mut exchanges) = recorded;
        let given = case.given(recorded.began_at)?;
        for (given, form) in given.iter().zip(&case.entries) {
            let is_source = pipeline
                .stages
                .iter()
                .any(|stage| stage.id == given.source && matches!(stage.role, Role::Source(_)));
            if !is_source {
                let fact = format!("the pipeline has no source `{}`", given.source);
                return Err(CaseFault { fact, span: form.span() });
            }
        }
        exchanges.extend(case.exchanges.iter().cloned());
        // Where no write was answered, nothing is sent: the snapshot shows what would be.
        let is_run = exchanges.iter().any(|exchange| exchange.purpose == Purpose::Write);
        let mode = if is_run { Mode::Run } else { Mode::Plan };
        let answers = Answers::lenient(exchanges);
        let offline = Offline::new(
            Arc::clone(&pipeline),
            (&recorded, answers),
            self.arguments,
            self.catalogue,
            self.screen,
        );
        let Offline { store, guests, mut replay, .. } = match offline {
            Ok(offline) => offline,
            Err(outcome) => return Ok(Err(outcome)),
        };
        let on = (Arc::clone(&pipeline), Arc::new(replay.clone()) as Arc<dyn Clock>);
        let guests = Given::new(guests, on, given, case.recording.is_some());
        let scene = Scene { pipeline: Arc::clone(&pipeline), replay: replay.clone() };
        let mut told = Told::new(guests, scene);
        let ended = replay::drive(
            (Arc::clone(&store), Arc::clone(&pipeline)),
            (&mut told, &mut replay),
            Options::new(mode),
            &mut Unwatched,
        );
        let ended = match ended {
            Ok(ended) => ended,
            Err(error) => return Ok(Err(super::project::store_fault(&error, self.screen))),
        };
        let waiting = lock(&store).waiting_all(&pipeline.name).unwrap_or_default();
        let mut snapshot = header(&case, mode);
        snapshot.push_str(&told.into_text());
        snapshot.push_str(&finish(&ended, &waiting));
        let (unmatched, _) = replay.unmatched();
        let mut reasons = unexpected(&case.expected, &waiting);
        if !unmatched.is_empty() {
            reasons.insert(0, not_recorded(&unmatched));
        }
        Ok(Ok(Played { snapshot, reasons }))
    }

    /// The pipeline with the switches as the case has them.
    fn switched(&self, case: &Case) -> Result<Arc<Pipeline>, CaseFault> {
        let mut pipeline = Arc::clone(&self.pipeline);
        for (name, is_on) in &case.switches {
            let pipeline = Arc::make_mut(&mut pipeline);
            let Some(switch) = pipeline.switches.get_mut(name.get_ref()) else {
                let fact = format!("the pipeline has no switch `{}`", name.get_ref());
                return Err(CaseFault { fact, span: name.span() });
            };
            *switch = *is_on;
        }
        Ok(pipeline)
    }

    /// What was recorded of what the case plays on; nothing where it has no recording.
    fn recorded(&self, file: &Path, case: &Case) -> Result<(Recorded, Vec<Exchange>), Outcome> {
        let mut recorded = Recorded {
            folder: file.parent().unwrap_or(Path::new(".")).to_owned(),
            pipeline: self.pipeline.name.clone(),
            began_at: case.now.unwrap_or_default(),
            stored: Vec::new(),
        };
        let Some(folder) = &case.recording else { return Ok((recorded, Vec::new())) };
        recorded.folder.push(folder.get_ref());
        let Recording { head, stored, exchanges } = record::read(&recorded.folder, self.screen)?;
        let others = record::tell_others(&head, &self.pipeline, self.catalogue);
        others.iter().for_each(|other| self.screen.tell(other));
        recorded.began_at = case.now.unwrap_or(head.began_at);
        (recorded.pipeline, recorded.stored) = (head.pipeline, stored);
        Ok((recorded, exchanges))
    }
}

fn header(case: &Case, mode: Mode) -> String {
    let about = case.about.as_deref().unwrap_or_default().trim();
    let about = if about.is_empty() { String::new() } else { format!("{about}\n") };
    let how = match mode {
        Mode::Plan => "planned: no write is answered in this case, so none is sent",
        Mode::Run => "run: writes are answered as they were recorded",
    };
    format!("{about}({how})\n")
}

/// Requests that nothing answers of which it is shown how to answer them.
const EXCHANGES_SHOWN_MAX: usize = 10;

/// Requests that nothing answers, with what answers them.
fn not_recorded(unmatched: &[Unmatched]) -> String {
    let mut text = replay::told(unmatched);
    let mut asked: Vec<&str> = unmatched.iter().map(|request| request.asked.as_str()).collect();
    asked.sort_unstable();
    asked.dedup();
    text.push_str("\n\nhint: record anew, or answer in the case what is asked for:");
    for request in asked.iter().take(EXCHANGES_SHOWN_MAX) {
        text.push_str(&format!(
            "\n\n[[exchange]]\nrequest = \"{request}\"\nstatus = 200\nanswer = '{{}}'"
        ));
    }
    text
}

/// Refusals that the case does not state, and such that it states and that did not come.
fn unexpected(expected: &Expected, waiting: &[WaitingRow]) -> Vec<String> {
    let mut reasons = Vec::new();
    let mut compare = |kind: &str, stated: &[String], is_whole: bool| {
        let rows: Vec<&WaitingRow> = waiting.iter().filter(|row| row.kind.word() == kind).collect();
        let what = if kind == "dead" { "is a dead letter" } else { "is held" };
        for row in &rows {
            let reason = format!("{}: {}", row.item.entry.key, row.reason);
            if is_whole && !stated.iter().any(|part| reason.contains(part.as_str())) {
                reasons.push(format!(
                    "{} {what}, and the case does not expect it: {}\n\
                     hint: mend it, or state it under `[expect]`: `{kind} = [\"…a part of the reason…\"]`",
                    row.item.entry.key, row.reason
                ));
            }
        }
        for part in stated {
            let is_met = rows.iter().any(|row| {
                format!("{}: {}", row.item.entry.key, row.reason).contains(part.as_str())
            });
            if !is_met {
                reasons.push(format!("nothing {what} of which `{part}` is said"));
            }
        }
    };
    compare("dead", &expected.dead, true);
    if let Some(held) = &expected.held {
        compare("held", held, true);
    }
    reasons
}
