//! What the store knows, as sentences with their instants.

use serde_json::{Value, json};

use super::movement;
use crate::commands::plan::change_words;
use crate::contract::{Change, Request};
use crate::record::{Item, method_word};
use crate::store::{Found, IntakeResult, WriteFound, WriteRow, WriteStatus};
use crate::testing::fields;
use crate::time::{Instant, rfc3339};

/// Lines of a request's body that are shown.
const BODY_LINES_MAX: usize = 100;

/// A sentence of a story, and what stands under it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Line {
    at: Instant,
    what: String,
    details: Vec<String>,
}

impl Line {
    fn new(at: Instant, what: String) -> Self {
        Self { at, what, details: Vec::new() }
    }

    pub(super) fn text(&self) -> String {
        let details: String = self.details.iter().map(|detail| format!("\n    {detail}")).collect();
        format!("{}  {}{details}", rfc3339(self.at), self.what)
    }

    pub(super) fn json(&self) -> Value {
        json!({ "at": rfc3339(self.at), "what": self.what, "details": self.details })
    }
}

/// What a write changed, as its connector tells; nothing where it cannot be asked.
pub(super) type Changes<'a> = &'a mut dyn FnMut(&WriteFound) -> Option<Vec<Change>>;

/// All that the store knows, in the order in which it happened.
pub(super) fn story(found: &Found, changes: Changes<'_>) -> Vec<Line> {
    let mut lines = Vec::new();
    for seen in &found.seen {
        let row = &seen.row;
        let name = row.label.as_ref().map(|label| format!("`{label}` ")).unwrap_or_default();
        let what = format!(
            "{name}({}) was read by `{}` of `{}`: {}",
            row.key, row.source, seen.pipeline, row.outcome
        );
        let details = vec![format!("revision {}", row.revision)];
        lines.push(Line { at: row.at, what, details });
    }
    for note in &found.notes {
        lines.push(Line::new(note.at, format!("`{}` noted: {}", note.stage, note.text)));
    }
    for write in &found.writes {
        write_story(write, changes(write), &mut lines);
    }
    for (pipeline, row) in &found.waiting {
        let hint = row.hint.as_ref().map(|hint| format!("; hint: {hint}")).unwrap_or_default();
        let what = match row.kind.word() {
            "held" => "waits for a person",
            "dead" => "was refused for good",
            _ => "waits",
        };
        let what = format!(
            "{} {what} at `{}` of `{pipeline}` (#{}): {}{hint}",
            row.item.entry.key, row.stage, row.number, row.reason
        );
        lines.push(Line { at: row.since, what, details: vec![came(&row.item)] });
    }
    for remote in &found.remotes {
        let known = found.writes.iter().any(|write| {
            write.row.results.iter().any(
                |result| matches!(result, IntakeResult::Applied { id, .. } if *id == remote.id),
            )
        });
        if !known {
            lines.push(Line::new(
                remote.at,
                format!("{} was found at `{}`, as {}", remote.key, remote.destination, remote.id),
            ));
        }
    }
    // What was withdrawn before it left has no part in the story.
    let made = found.movements.iter().filter(|found| found.settled_at.is_some() || !found.void);
    for movement in made {
        let (at, what) = movement::told(movement);
        // What moves several counters is told as a write, once.
        let alone = movement.write.as_deref().filter(|it| it.row.write.movements.len() == 1);
        let changes = alone.and_then(&mut *changes).unwrap_or_default();
        lines.push(Line { at, what, details: changes.iter().map(change_words).collect() });
    }
    lines.sort();
    lines.dedup();
    lines
}

fn write_story(write: &WriteFound, changes: Option<Vec<Change>>, lines: &mut Vec<Line>) {
    let row = &write.row;
    let name = format!("write {} of `{}`", row.number, write.pipeline);
    let what = format!(
        "{name} was planned by `{}`: {} {}",
        row.stage,
        row.write.summary,
        digest(&row.component)
    );
    lines.push(Line { at: row.planned_at, what, details: details(row, changes) });
    let mut push = |at: Instant, what: String| lines.push(Line::new(at, what));
    if let Some(at) = row.sent_at {
        let times =
            if row.sends > 1 { format!(", for the {}. time", row.sends) } else { String::new() };
        push(
            at,
            format!("{name} was sent to `{}`{times}: {}", row.destination, row.write.request.path),
        );
    }
    let reason = row.reason.clone().unwrap_or_default();
    match row.status {
        WriteStatus::Concluded => {
            for result in &row.results {
                push(
                    row.not_before,
                    match result {
                        IntakeResult::Applied { id, .. } => {
                            format!("{name} took effect: it is {id} at `{}`", row.destination)
                        }
                        IntakeResult::Rejected { reason } => {
                            format!("{name} was refused by `{}`: {reason}", row.destination)
                        }
                        IntakeResult::Again { .. } => {
                            format!("{name} did not take effect, and is planned anew")
                        }
                    },
                );
            }
            if row.probes > 0 {
                push(row.not_before, format!("{name} had been in doubt and was probed: {reason}"));
            }
        }
        WriteStatus::Withdrawn => push(row.planned_at, format!("{name} was withdrawn: {reason}")),
        WriteStatus::Unknown | WriteStatus::Held => {
            push(row.not_before, format!("whether {name} took effect is not known: {reason}"));
        }
        WriteStatus::Sent => {
            push(row.sent_at.unwrap_or(row.planned_at), format!("{name} is on its way"))
        }
        WriteStatus::Planned if !reason.is_empty() => {
            push(
                row.not_before,
                format!("{name} did not take effect and is to be sent again: {reason}"),
            );
        }
        WriteStatus::Planned => {}
    }
}

/// The beginning of a component's digest.
fn digest(component: &str) -> String {
    format!("(connector {})", component.get(..12).unwrap_or(component))
}

/// What a write was made of, what it asks for, and what that changes: said by its connector, else as it was sent.
fn details(row: &WriteRow, changes: Option<Vec<Change>>) -> Vec<String> {
    let request = &row.write.request;
    let items = row.intakes.iter().filter_map(|intake| intake.items.first());
    let mut details: Vec<String> = items.map(came).collect();
    details.push(format!("{} {}", method_word(request.method), request.path));
    match changes {
        Some(changes) => details.extend(changes.iter().map(change_words)),
        None => details.extend(body(request)),
    }
    details
}

/// What an entry was made of, and by which stages.
fn came(item: &Item) -> String {
    let Item { origin, via, .. } = item;
    let via = match via.as_slice() {
        [] => String::new(),
        via => format!(", by way of `{}`", via.join("`, `")),
    };
    let read_at = rfc3339(origin.read_at);
    format!("made of {}, revision {}, read {read_at}{via}", origin.key, origin.revision)
}

/// The fields of a request's body.
fn body(request: &Request) -> Vec<String> {
    let bytes = request.body.as_deref().unwrap_or_default();
    let Ok(body) = serde_json::from_slice::<Value>(bytes) else { return Vec::new() };
    let fields = fields(&body, 0);
    let mut lines: Vec<String> = fields.lines().take(BODY_LINES_MAX).map(str::to_owned).collect();
    let more = fields.lines().count().saturating_sub(BODY_LINES_MAX);
    if more > 0 {
        lines.push(format!("and {more} more lines"));
    }
    lines
}

#[cfg(test)]
mod tests;
