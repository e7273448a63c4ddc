//! Movements of a counter, as sentences: when it went by how much, for what, and by which call.

use crate::contract::{Payload, Request};
use crate::record::{decimal_text, method_word};
use crate::store::{IntakeResult, MovementFound, WriteFound, WriteRow, WriteStatus};
use crate::time::Instant;

/// What one of our own writes did to a counter, or may have done.
pub(super) fn told(found: &MovementFound) -> (Instant, String) {
    let write = found.write.as_deref();
    let delta = decimal_text(found.delta);
    let delta = if delta.starts_with('-') { delta } else { format!("+{delta}") };
    let text = format!(
        "the counter `{}` of `{}` {}: {}; {}",
        found.owner,
        found.account,
        went(found, &delta),
        why(found),
        write.map_or_else(|| "it was found there, written from another store".to_owned(), call),
    );
    let planned_at = write.map_or(0, |write| write.row.sent_at.unwrap_or(write.row.planned_at));
    (found.settled_at.unwrap_or(planned_at), text)
}

/// Whether it moved.
fn went(found: &MovementFound, delta: &str) -> String {
    let row = found.write.as_deref().map(|write| &write.row);
    match (found.settled_at, found.void, row) {
        (Some(_), false, _) => format!("went {delta}"),
        (Some(_), true, row) => match row.and_then(|row| refusal(row, found.position)) {
            Some(reason) => {
                format!("was to go {delta} and stayed, for that was refused ({reason})")
            }
            None => format!("was to go {delta} and stayed"),
        },
        (None, _, Some(row)) if row.status == WriteStatus::Planned => format!("is to go {delta}"),
        (None, _, Some(row)) if row.status == WriteStatus::Sent => {
            format!("may have gone {delta}, the answer is awaited")
        }
        (None, _, row) => match row.and_then(|row| row.reason.as_ref()) {
            Some(reason) => format!("may have gone {delta}, which is not known ({reason})"),
            None => format!("may have gone {delta}, which is not known"),
        },
    }
}

fn refusal(row: &WriteRow, position: usize) -> Option<&str> {
    match row.results.get(position)? {
        IntakeResult::Rejected { reason } => Some(reason),
        IntakeResult::Applied { .. } | IntakeResult::Again { .. } => None,
    }
}

/// For what: a line of an order that was sold, or what a rule carried over. The cause stands behind it, by which logs
/// and the ledger call it.
fn why(found: &MovementFound) -> String {
    let MovementFound { cause, .. } = found;
    let write = found.write.as_deref();
    let intake = write.and_then(|write| write.row.intakes.get(found.position));
    let entry = intake.and_then(|intake| Some(&intake.items.first()?.entry));
    match entry.map(|entry| &entry.payload) {
        Some(Payload::Order(order)) => {
            let line = cause.rsplit_once('#').map_or("", |(_, line)| line);
            let line = order.lines.iter().find(|known| known.id == line);
            let goods = line.map_or_else(String::new, |line| format!(", `{}`", line.name));
            format!("sold by order `{}`{goods} ({cause})", order.number)
        }
        Some(Payload::StockChange(change)) => format!("{} ({cause})", change.reason),
        _ => cause.clone(),
    }
}

/// By which call.
fn call(write: &WriteFound) -> String {
    let WriteFound { pipeline, row } = write;
    let Request { method, path, .. } = &row.write.request;
    let method = method_word(*method);
    format!("{method} {path}, write {} of `{pipeline}`", row.number)
}

#[cfg(test)]
mod tests;
