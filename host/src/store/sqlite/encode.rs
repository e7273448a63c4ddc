//! Rows of the store as SQL values and back.

use std::sync::Arc;

use rusqlite::types::Type;
use rusqlite::{Error, Row};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::contract::{Action, Movement, Request, Write};
use crate::record::action_word;
use crate::store::{WaitingKind, WaitingRow, WriteRow, WriteStatus};
use crate::time::Instant;

/// The parts of a write that need no column of their own. What it moves stands in the ledger.
#[derive(serde::Serialize, serde::Deserialize)]
struct WriteRest {
    probe: Option<Request>,
    settle_ms: u64,
    send_before: Option<Instant>,
}

/// A value as JSON text.
pub(super) fn to_json<T: Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| Error::ToSqlConversionFailure(Box::new(error)))
}

/// JSON text in a column as a value.
pub(super) fn from_json<T: DeserializeOwned>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text)
        .map_err(|error| Error::FromSqlConversionFailure(0, Type::Text, Box::new(error)))
}

/// The request without its body, as JSON, and the body.
pub(super) fn request_columns(request: &Request) -> rusqlite::Result<(String, Option<&[u8]>)> {
    let bare = Request { body: None, ..request.clone() };
    Ok((to_json(&bare)?, request.body.as_deref()))
}

/// What of a write stands in the column `write`.
pub(super) fn rest_column(write: &Write) -> rusqlite::Result<String> {
    to_json(&WriteRest {
        probe: write.probe.clone(),
        settle_ms: write.settle_ms,
        send_before: write.send_before,
    })
}

/// A probe in place of the one that a stored `write` column has.
pub(super) fn rest_with_probe(rest: &str, probe: &Option<Request>) -> rusqlite::Result<String> {
    let mut rest: WriteRest = serde_json::from_str(rest)
        .map_err(|error| Error::FromSqlConversionFailure(0, Type::Text, Box::new(error)))?;
    rest.probe.clone_from(probe);
    to_json(&rest)
}

fn action_from_word(word: &str) -> Option<Action> {
    [Action::Create, Action::Update, Action::Delete]
        .into_iter()
        .find(|action| action_word(*action) == word)
}

/// A row of the table `write`.
pub(super) fn write_row(row: &Row<'_>) -> rusqlite::Result<WriteRow> {
    let rest: WriteRest = from_json(row, "write")?;
    let bare: Request = from_json(row, "request")?;
    let intakes: Vec<crate::store::IntakeRow> = from_json(row, "intakes")?;
    let action: String = row.get("action")?;
    let action = action_from_word(&action).ok_or(Error::InvalidQuery)?;
    let status: String = row.get("status")?;
    let covers =
        (0..intakes.len()).map(|position| u32::try_from(position).unwrap_or(u32::MAX)).collect();
    Ok(WriteRow {
        number: row.get("number")?,
        stage: row.get("stage")?,
        destination: row.get("destination")?,
        component: row.get("component")?,
        status: WriteStatus::from_word(&status).ok_or(Error::InvalidQuery)?,
        write: Arc::new(Write {
            action,
            covers,
            summary: row.get("summary")?,
            movements: from_json::<Vec<Movement>>(row, "movements")?,
            request: Request { body: row.get("body")?, ..bare },
            probe: rest.probe,
            memo: row.get("memo")?,
            settle_ms: rest.settle_ms,
            send_before: rest.send_before,
        }),
        intakes: intakes.into(),
        planned_at: row.get("planned_at")?,
        not_before: row.get("not_before")?,
        sent_at: row.get("sent_at")?,
        sends: row.get("sends")?,
        probes: row.get("probes")?,
        reason: row.get("reason")?,
        results: from_json(row, "results")?,
    })
}

/// A row of the table `waiting`.
pub(super) fn waiting_row(row: &Row<'_>) -> rusqlite::Result<WaitingRow> {
    let word: String = row.get("kind")?;
    let until: Option<Instant> = row.get("until")?;
    let what: WaitingKind = from_json(row, "what")?;
    // An entry whose keys have all been written was turned into one that is due, in its columns alone.
    let kind =
        if word == "due" { WaitingKind::Due { until: until.unwrap_or_default() } } else { what };
    let kind = match (word.as_str(), kind) {
        ("dead", kind @ WaitingKind::Dead { .. }) => kind,
        ("dead", WaitingKind::Keys { keys }) => {
            WaitingKind::Dead { because_of: keys.into_iter().next() }
        }
        ("dead", _) => WaitingKind::Dead { because_of: None },
        ("held", _) => WaitingKind::Held,
        (_, kind) => kind,
    };
    Ok(WaitingRow {
        number: row.get("number")?,
        stage: row.get("stage")?,
        input: row.get("input")?,
        kind,
        item: from_json(row, "item")?,
        reason: row.get("reason")?,
        hint: row.get("hint")?,
        since: row.get("since")?,
        write: row.get("write")?,
    })
}
