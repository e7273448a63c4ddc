//! A run told stage by stage: what came in, what each stage made of it, what it asked, what was planned, and what came of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::Value;

use super::dump;
use crate::contract::{
    Conclusion, CustomerLink, Entry, Failure, Page, Payload, Plan, Request, Settled, Verdict,
};
use crate::engine::driver::{Applied, Around, Call, Connectors, Replay, Said};
use crate::engine::{Ended, Fault, Stop};
use crate::pipeline::{Pipeline, Role, StageIndex};
use crate::recording::{Outcome, Purpose};
use crate::store::{NoteRow, WaitingKind, WaitingRow};
use crate::time::Instant;

/// What a case plays on.
pub struct Scene {
    pub pipeline: Arc<Pipeline>,
    pub replay: Replay,
}

/// Connectors whose calls are told.
pub struct Told<C> {
    inner: C,
    scene: Scene,
    text: String,
    /// The title under which was last told, so that equal calls that follow one another stand under one.
    title: String,
}

impl<C: Connectors> Told<C> {
    pub fn new(inner: C, scene: Scene) -> Self {
        Self { inner, scene, text: String::new(), title: String::new() }
    }

    /// What was told, with the answers that came last.
    pub fn into_text(mut self) -> String {
        self.calls();
        self.text
    }

    fn id(&self, stage: StageIndex) -> String {
        self.scene.pipeline.stages.get(stage).map_or_else(String::new, |stage| stage.id.clone())
    }

    /// Begins a section, with what was sent and heard since the last one.
    fn section(&mut self, stage: StageIndex, what: &str) {
        self.calls();
        let title = format!("== {}: {what}", self.id(stage));
        if self.title != title {
            self.line(&format!("\n{title}"));
            self.title = title;
        }
    }

    fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// Tells the requests that were made since.
    fn calls(&mut self) {
        for call in self.scene.replay.calls() {
            self.line(&call_line(&call));
            if call.purpose == Purpose::Write {
                let differences = call.found.iter().flat_map(|found| &found.differences);
                let lines: Vec<String> = differences
                    .map(|differs| format!("    was recorded otherwise: {differs}"))
                    .collect();
                lines.iter().for_each(|line| self.line(line));
            }
        }
    }

    fn faulty(&mut self, fault: &Fault) {
        self.line(&fault_text(fault));
    }

    fn tell_plan(&mut self, stage: StageIndex, plan: &Plan, keys: &[String]) {
        let key = |position: u32| keys.get(position as usize).map_or("?", String::as_str);
        let connection = match self.scene.pipeline.stages.get(stage).map(|stage| &stage.role) {
            Some(Role::Sink(sink)) => self.scene.pipeline.connections.get(sink.connection),
            _ => None,
        };
        let connection = connection.map_or("?", |connection| &connection.name);
        let mut text = String::new();
        for write in &plan.writes {
            let covers: Vec<&str> = write.covers.iter().map(|position| key(*position)).collect();
            // Writing into a `String` cannot fail.
            let _ = writeln!(text, "write {}\n  for {}", write.summary, covers.join(", "));
            let _ = writeln!(text, "  {}", request_line(connection, &write.request));
            if let Some(body) = &write.request.body {
                text.push_str(&dump::body(body, 2));
            }
            for movement in &write.movements {
                let by = crate::record::decimal_text(movement.delta);
                let _ =
                    writeln!(text, "  moves {} by {by}, cause {}", movement.owner, movement.cause);
            }
            if let Some(probe) = &write.probe {
                let _ = writeln!(text, "  probe {}", request_line(connection, probe));
            }
        }
        for existing in &plan.unchanged {
            let _ = writeln!(text, "{} is there already: {}", key(existing.intake), existing.id);
        }
        for deferral in &plan.deferrals {
            let _ = writeln!(
                text,
                "{} comes again after {} ms",
                key(deferral.intake),
                deferral.after_ms
            );
        }
        for rejection in &plan.rejections {
            let _ = writeln!(text, "{} is held: {}", key(rejection.intake), rejection.message);
            if let Some(hint) = &rejection.hint {
                let _ = writeln!(text, "  hint: {hint}");
            }
        }
        self.text.push_str(&text);
    }
}

impl<C: Connectors> Around for Told<C> {
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

    fn pull(
        &mut self,
        stage: StageIndex,
        after: Option<Vec<u8>>,
        limit: u32,
        now: Instant,
    ) -> Result<Page, Fault> {
        let page = self.inner.pull(stage, after, limit, now);
        let is_empty = page.as_ref().is_ok_and(|page| page.entries.is_empty());
        if is_empty {
            self.calls();
            return page;
        }
        self.section(stage, "page");
        match &page {
            Ok(page) => {
                let entries: String = page.entries.iter().map(entry_text).collect();
                self.text.push_str(&entries);
            }
            Err(fault) => self.faulty(fault),
        }
        page
    }

    fn applied(
        &mut self,
        stage: StageIndex,
        input: &str,
        entries: &[Entry],
        applied: &Result<Applied, Fault>,
    ) {
        self.section(stage, &format!("verdicts on `{input}`"));
        let (verdicts, staged) = match applied {
            Ok(applied) => applied,
            Err(fault) => return self.faulty(fault),
        };
        for (entry, verdict) in entries.iter().zip(verdicts) {
            self.text.push_str(&verdict_text(entry, verdict));
        }
        for (key, value) in staged {
            let value = value.as_deref().map_or("forgotten".to_owned(), dump::bytes);
            self.line(&format!("state {key} = {value}"));
        }
    }

    fn prepared(&mut self, stage: StageIndex, keys: &[String], plan: &Result<Plan, Fault>) {
        self.section(stage, "plan");
        match plan {
            Ok(plan) => self.tell_plan(stage, plan, keys),
            Err(fault) => self.faulty(fault),
        }
    }

    fn concluded(&mut self, stage: StageIndex, said: &Said<'_>) {
        self.section(stage, if said.is_probe { "probe" } else { "outcome" });
        let text = concluded(said);
        self.line(&text);
    }

    fn noted(&mut self, notes: &[NoteRow]) {
        for note in notes {
            let about = if note.key.is_empty() { "" } else { &format!(" ({})", note.key) };
            self.line(&format!("note of {}: {}{about}", note.stage, note.text));
        }
    }
}

/// What is told at the end: the counts of each stage, what waits, and why it stopped.
pub fn finish(ended: &Ended, waiting: &[WaitingRow]) -> String {
    let mut text = "\n== end\n".to_owned();
    for (stage, counts) in &ended.summary.stages {
        let Ok(Value::Object(counts)) = serde_json::to_value(counts) else { continue };
        let counts: BTreeMap<String, String> = counts
            .into_iter()
            .filter(|(_, count)| *count != 0 && *count != Value::Object(serde_json::Map::new()))
            .map(|(what, count)| match count {
                // Reasons are told with what waits, and with the verdicts.
                Value::Object(of) => {
                    (what, of.values().filter_map(Value::as_u64).sum::<u64>().to_string())
                }
                count => (what, count.to_string()),
            })
            .collect();
        let counts: Vec<String> =
            counts.into_iter().map(|(what, count)| format!("{count} {what}")).collect();
        let counts = if counts.is_empty() { "nothing".to_owned() } else { counts.join(", ") };
        // Writing into a `String` cannot fail.
        let _ = writeln!(text, "{stage}: {counts}");
    }
    for row in waiting {
        let waits = match &row.kind {
            WaitingKind::Held => "is held".to_owned(),
            WaitingKind::Dead { .. } => "is a dead letter".to_owned(),
            other => format!("waits ({})", other.word()),
        };
        let _ =
            writeln!(text, "{} {waits} before {}: {}", row.item.entry.key, row.stage, row.reason);
    }
    if let Some(stop) = &ended.stop {
        let reason = match stop {
            Stop::Surroundings { at, reason, .. } | Stop::Misconfigured { at, reason, .. } => {
                format!("{at}: {reason}")
            }
            Stop::Unexpected { stage, reason, .. } => format!("stage `{stage}`: {reason}"),
            Stop::PlanDiffers { reason } => reason.clone(),
            Stop::Interrupted => "interrupted".to_owned(),
        };
        let _ = writeln!(text, "stopped: {reason}");
    }
    text
}

/// Why a call gave no result.
pub fn fault_text(fault: &Fault) -> String {
    match fault {
        Fault::Failed(failure) => format!("fails: {}", failure_words(failure)),
        Fault::Trapped(reason) => format!("traps: {reason}"),
        Fault::TooLong(reason) => format!("takes too long: {reason}"),
        Fault::Faulty(reason) => format!("is at fault: {reason}"),
    }
}

/// An entry with all of its fields.
pub fn entry_text(entry: &Entry) -> String {
    let (kind, fields) = match &entry.payload {
        Payload::Order(order) => ("order", dump::fields(order, 1)),
        Payload::Customer(customer) => ("customer", dump::fields(customer, 1)),
        Payload::StockLevel(level) => ("stock level", dump::fields(level, 1)),
        Payload::StockChange(change) => ("stock change", dump::fields(change, 1)),
        Payload::Product(product) => ("product", dump::fields(product, 1)),
        Payload::Document(document) => {
            ("document", dump::texts(&[("kind", &document.kind), ("json", &document.json)], 1))
        }
    };
    format!("{kind} {}, revision {}\n{fields}", entry.key, entry.revision)
}

/// What a rule makes of an entry: of the same entry in its place, what differs.
pub fn verdict_text(entry: &Entry, verdict: &Verdict) -> String {
    let key = &entry.key;
    match verdict {
        Verdict::Pass(port) => format!("{key} passes by `{port}`\n"),
        Verdict::Filter(reason) => format!("{key} is filtered: {reason}\n"),
        Verdict::Reject(reason) => format!("{key} is refused: {reason}\n"),
        Verdict::Wait(ms) => format!("{key} comes again after {ms} ms\n"),
        Verdict::WaitFor(horizon) => format!(
            "{key} waits until `{}` is known to {}\n",
            horizon.input,
            crate::time::rfc3339(horizon.at)
        ),
        Verdict::Reread(ms) => format!("{key} is read anew after {ms} ms\n"),
        Verdict::Matched(matching) => {
            let customer = match &matching.customer {
                CustomerLink::Id(id) => format!("customer {id}"),
                CustomerLink::Entry(key) => format!("the customer of {key}"),
            };
            let after = after_words(&matching.after);
            let mut text = format!("{key} passes by `{}`, of {customer}{after}\n", matching.port);
            for output in &matching.beside {
                text.push_str(&output_text(entry, &output.port, &output.entry, &output.after));
            }
            text
        }
        Verdict::Forward(outputs) => {
            let mut text = format!("{key} becomes\n");
            for output in outputs {
                text.push_str(&output_text(entry, &output.port, &output.entry, &output.after));
            }
            text
        }
    }
}

/// What goes out in place of an entry: all of it, or what differs where it is the same entry.
fn output_text(given: &Entry, port: &str, entry: &Entry, after: &[String]) -> String {
    let after = after_words(after);
    let text = match (&given.payload, &entry.payload) {
        (Payload::Order(before), Payload::Order(now)) if given.key == entry.key => {
            format!("order {}, changed\n{}", entry.key, dump::changed(before, now, 1))
        }
        _ => entry_text(entry),
    };
    let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
    let rest: String = rest.lines().map(|line| format!("  {line}\n")).collect();
    format!("  by `{port}`: {first}{after}\n{rest}")
}

/// A failure by the contract's own word for it.
fn failure_words(failure: &Failure) -> String {
    match failure {
        Failure::RetryAfter(ms) => format!("retry-after {ms} ms"),
        Failure::Unauthorized(reason) => format!("unauthorized: {reason}"),
        Failure::Misconfigured(reason) => format!("misconfigured: {reason}"),
        Failure::Unexpected(reason) => format!("unexpected: {reason}"),
    }
}

fn after_words(after: &[String]) -> String {
    if after.is_empty() { String::new() } else { format!(", after {}", after.join(", ")) }
}

fn call_line(call: &Call) -> String {
    let answer = match call.found.as_ref().map(|found| &found.outcome) {
        Some(Outcome::Answered(response)) => response.status.to_string(),
        Some(Outcome::RetryAfter(ms)) => format!("not taken, again after {ms} ms"),
        Some(Outcome::Unauthorized) => "401".to_owned(),
        Some(Outcome::Refused) => "refused by the host".to_owned(),
        Some(Outcome::Unexpected) => "no answer that could be used".to_owned(),
        Some(Outcome::Unknown) => "no answer".to_owned(),
        None => "not recorded".to_owned(),
    };
    let what = if call.purpose == Purpose::Read { "read" } else { "sent" };
    format!("{what} {} -> {answer}", request_line(&call.connection, &call.request))
}

fn request_line(connection: &str, request: &Request) -> String {
    crate::recording::asked(connection, request)
}

fn concluded(said: &Said<'_>) -> String {
    let Said { write, response, conclusion, .. } = said;
    let what = match conclusion {
        Ok(Conclusion::Decided(settled)) => {
            let words = settled.iter().map(|settled| match settled {
                Settled::Applied(applied) => format!("applied as {}", applied.id),
                Settled::Rejected(reason) => format!("refused: {reason}"),
                Settled::Again(ms) => format!("again after {ms} ms"),
            });
            words.collect::<Vec<_>>().join(", ")
        }
        Ok(Conclusion::NotApplied(ms)) => format!("not applied, again after {ms} ms"),
        Ok(Conclusion::Failed(failure)) => format!("failed: {}", failure_words(failure)),
        Ok(Conclusion::Continued(step)) => {
            format!("continued by {} {}", method(&step.request), step.request.path)
        }
        Ok(Conclusion::Undecided(doubt)) => {
            format!("undecided, probed again after {} ms", doubt.after_ms)
        }
        Err(fault) => fault_text(fault),
    };
    format!("{} -> {}: {what}", write.summary, response.status)
}

fn method(request: &Request) -> String {
    let line = crate::recording::asked("", request);
    line.split(' ').next().unwrap_or_default().to_owned()
}
