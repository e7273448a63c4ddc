//! `penstock why`: the story of an order, a customer, a counter or a remote id.

mod movement;

use serde_json::json;

use super::args::{Arguments, WhyArgs};
use super::output::{Outcome, Screen};
use super::project;
use crate::report::codes;
use crate::store::{Found, IntakeResult, WriteFound, WriteStatus};
use crate::time::{Instant, rfc3339};

pub(super) fn why(command: &WhyArgs, arguments: &Arguments, screen: &Screen) -> Outcome {
    let store = match project::look(arguments, screen) {
        Ok(store) => store,
        Err(outcome) => return outcome,
    };
    let mut found = match store.find(&command.key) {
        Ok(found) => found,
        Err(error) => return project::store_fault(&error, screen),
    };
    // What an entry depended on is part of its story.
    let after: Vec<String> = found
        .writes
        .iter()
        .flat_map(|write| write.row.intakes.iter())
        .flat_map(|intake| &intake.items)
        .chain(found.waiting.iter().map(|(_, row)| &row.item))
        .flat_map(|item| item.after.clone())
        .collect();
    for key in after {
        if let Ok(more) = store.find(&key) {
            merge(&mut found, more);
        }
    }
    let mut lines = story(&found);
    lines.sort();
    if lines.is_empty() {
        let fact = format!("nothing is known of `{}`", command.key);
        screen.fail(codes::NOTHING_KNOWN, &fact, Some("name it by its key, its number, its e-mail address or its id; or it was never read"));
        return Outcome::File;
    }
    for (at, line) in &lines {
        screen.say(&format!("{}  {line}", rfc3339(*at)));
    }
    let lines = lines.iter().map(|(at, line)| json!({ "at": rfc3339(*at), "what": line }));
    screen.give(&json!({ "key": command.key, "story": lines.collect::<Vec<_>>() }));
    Outcome::Done
}

fn merge(found: &mut Found, more: Found) {
    found.writes.extend(more.writes.into_iter().filter(|write| {
        write
            .row
            .intakes
            .iter()
            .flat_map(|intake| &intake.items)
            .all(|item| item.entry.key.starts_with("email:"))
    }));
    found.waiting.extend(
        more.waiting.into_iter().filter(|(_, row)| row.item.entry.key.starts_with("email:")),
    );
}

/// All that is known, as sentences with their instants.
fn story(found: &Found) -> Vec<(Instant, String)> {
    let mut lines = Vec::new();
    for seen in &found.seen {
        let row = &seen.row;
        let name = row.label.as_ref().map(|label| format!("`{label}` ")).unwrap_or_default();
        lines.push((
            row.at,
            format!(
                "{name}({}) was read by `{}` of `{}`: {}",
                row.key, row.source, seen.pipeline, row.outcome
            ),
        ));
    }
    for note in &found.notes {
        lines.push((note.at, format!("`{}` noted: {}", note.stage, note.text)));
    }
    for write in &found.writes {
        write_story(write, &mut lines);
    }
    for (pipeline, row) in &found.waiting {
        let hint = row.hint.as_ref().map(|hint| format!("; hint: {hint}")).unwrap_or_default();
        let what = match row.kind.word() {
            "held" => "waits for a person",
            "dead" => "was refused for good",
            _ => "waits",
        };
        lines.push((
            row.since,
            format!(
                "{} {what} at `{}` of `{pipeline}` (#{}): {}{hint}",
                row.item.entry.key, row.stage, row.number, row.reason
            ),
        ));
    }
    for remote in &found.remotes {
        let known = found.writes.iter().any(|write| {
            write.row.results.iter().any(
                |result| matches!(result, IntakeResult::Applied { id, .. } if *id == remote.id),
            )
        });
        if !known {
            lines.push((
                remote.at,
                format!("{} was found at `{}`, as {}", remote.key, remote.destination, remote.id),
            ));
        }
    }
    // What was withdrawn before it left has no part in the story.
    let made = found.movements.iter().filter(|found| found.settled_at.is_some() || !found.void);
    lines.extend(made.map(movement::told));
    lines.dedup();
    lines
}

fn write_story(write: &WriteFound, lines: &mut Vec<(Instant, String)>) {
    let row = &write.row;
    let name = format!("write {} of `{}`", row.number, write.pipeline);
    lines.push((
        row.planned_at,
        format!(
            "{name} was planned by `{}`: {} {}",
            row.stage,
            row.write.summary,
            digest(&row.component)
        ),
    ));
    if let Some(at) = row.sent_at {
        let times =
            if row.sends > 1 { format!(", for the {}. time", row.sends) } else { String::new() };
        lines.push((
            at,
            format!("{name} was sent to `{}`{times}: {}", row.destination, row.write.request.path),
        ));
    }
    let reason = row.reason.clone().unwrap_or_default();
    match row.status {
        WriteStatus::Concluded => {
            for result in &row.results {
                lines.push((
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
                ));
            }
            if row.probes > 0 {
                lines.push((
                    row.not_before,
                    format!("{name} had been in doubt and was probed: {reason}"),
                ));
            }
        }
        WriteStatus::Withdrawn => {
            lines.push((row.planned_at, format!("{name} was withdrawn: {reason}")))
        }
        WriteStatus::Unknown | WriteStatus::Held => {
            lines.push((
                row.not_before,
                format!("whether {name} took effect is not known: {reason}"),
            ));
        }
        WriteStatus::Sent => {
            lines.push((row.sent_at.unwrap_or(row.planned_at), format!("{name} is on its way")))
        }
        WriteStatus::Planned if !reason.is_empty() => {
            lines.push((
                row.not_before,
                format!("{name} did not take effect and is to be sent again: {reason}"),
            ));
        }
        WriteStatus::Planned => {}
    }
}

/// The beginning of a component's digest.
fn digest(component: &str) -> String {
    format!("(connector {})", component.get(..12).unwrap_or(component))
}
