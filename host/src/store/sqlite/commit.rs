//! What each change does to the tables.

use rusqlite::{OptionalExtension, Result, Row, Transaction, params};

use super::checkpoints;
use super::encode::{request_columns, rest_column, rest_with_probe, to_json};
use super::ledger::{self, Settled};
use crate::contract::Step;
use crate::record::{Origin, action_word};
use crate::store::{Change, ExistingRow, IntakeResult, WaitingKind, WaitingRow, WriteRow};
use crate::time::Instant;

/// Applies one change within a transaction.
pub(super) fn apply(tx: &Transaction<'_>, pipeline: &str, change: &Change) -> Result<()> {
    match change {
        Change::Cursor { row, entries } => {
            run(
                tx,
                "INSERT INTO cursor (pipeline, source, cursor, complete_to, at, origin) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (pipeline, source) DO UPDATE
                 SET cursor = ?3, complete_to = max(ifnull(complete_to, ?4), ifnull(?4, complete_to)), at = ?5, origin = ?6",
                params![pipeline, row.source, row.cursor, row.complete_to, row.at, row.origin],
            )?;
            checkpoints::keep(tx, pipeline, row, *entries)
        }
        Change::Seen(row) => run(
            tx,
            "INSERT OR REPLACE INTO seen (pipeline, source, key, revision, label, outcome, at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![pipeline, row.source, row.key, row.revision, row.label, row.outcome, row.at],
        ),
        Change::State { stage, key, value: Some(value) } => run(
            tx,
            "INSERT OR REPLACE INTO state (pipeline, stage, key, value) VALUES (?1, ?2, ?3, ?4)",
            params![pipeline, stage, key, value],
        ),
        Change::State { stage, key, value: None } => run(
            tx,
            "DELETE FROM state WHERE pipeline = ?1 AND stage = ?2 AND key = ?3",
            params![pipeline, stage, key],
        ),
        Change::Park(row) => park(tx, pipeline, row),
        Change::Unpark { number } => unpark(tx, pipeline, *number),
        Change::Supersede { source, key } => supersede(tx, pipeline, source, key),
        Change::Plan(row) => plan(tx, pipeline, row),
        Change::Sent { number, at } => run(
            tx,
            "UPDATE write SET status = 'sent', sent_at = ?3, sends = sends + 1
             WHERE pipeline = ?1 AND number = ?2",
            params![pipeline, number, at],
        ),
        Change::Replanned { number, not_before, left, reason } => run(
            tx,
            "UPDATE write SET status = 'planned', not_before = ?3, reason = ?4,
                 sends = sends - ?5, sent_at = CASE WHEN sends > ?5 THEN sent_at END
             WHERE pipeline = ?1 AND number = ?2",
            params![pipeline, number, not_before, reason, i64::from(!left)],
        ),
        Change::Doubted { number, probe_at, memo, probed, reason } => {
            run(
                tx,
                "UPDATE write SET status = 'unknown', not_before = ?3, probes = probes + ?4, reason = ?5
                 WHERE pipeline = ?1 AND number = ?2",
                params![pipeline, number, probe_at, i64::from(*probed), reason],
            )?;
            let Some(memo) = memo else { return Ok(()) };
            run(
                tx,
                "UPDATE write_content SET memo = ?3
                 WHERE id = (SELECT content FROM write WHERE pipeline = ?1 AND number = ?2)",
                params![pipeline, number, memo],
            )
        }
        Change::Continued { number, step, not_before } => {
            continued(tx, pipeline, *number, step, *not_before)
        }
        Change::HeldWrite { number, reason } => run(
            tx,
            "UPDATE write SET status = 'held', reason = ?3 WHERE pipeline = ?1 AND number = ?2",
            params![pipeline, number, reason],
        ),
        Change::Concluded { number, results, at } => concluded(tx, pipeline, *number, results, *at),
        Change::Withdrawn { number, reason } => withdrawn(tx, pipeline, *number, reason),
        Change::Existing(row) => existing(tx, pipeline, row),
        Change::Divert { destination, key, at } => run(
            tx,
            "INSERT OR IGNORE INTO diverted (destination, key, at) VALUES (?1, ?2, ?3)",
            params![destination, key, at],
        ),
        Change::Note(row) => run(
            tx,
            "INSERT INTO note (pipeline, key, stage, text, at) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![pipeline, row.key, row.stage, row.text, row.at],
        ),
    }
}

pub(super) fn run(tx: &Transaction<'_>, sql: &str, values: impl rusqlite::Params) -> Result<()> {
    tx.prepare_cached(sql)?.execute(values).map(|_rows| ())
}

/// Counts the writes that a commit marks as sent and that move stock, and tells how many there ever were in the
/// pipeline; nothing where the commit has none.
pub(super) fn count_moving(
    tx: &Transaction<'_>,
    pipeline: &str,
    changes: &[Change],
) -> Result<Option<i64>> {
    let mut moving = 0;
    for change in changes {
        if let Change::Sent { number, .. } = change {
            moving += i64::from(
                tx.prepare_cached(
                    "SELECT 1 FROM write WHERE pipeline = ?1 AND number = ?2 AND first_effect IS NOT NULL",
                )?
                .exists(params![pipeline, number])?,
            );
        }
    }
    if moving == 0 {
        return Ok(None);
    }
    tx.prepare_cached(
        "INSERT INTO moved (pipeline, sendings) VALUES (?1, ?2)
         ON CONFLICT (pipeline) DO UPDATE SET sendings = sendings + ?2 RETURNING sendings",
    )?
    .query_row(params![pipeline, moving], |row| row.get(0))
    .map(Some)
}

fn park(tx: &Transaction<'_>, pipeline: &str, row: &WaitingRow) -> Result<()> {
    if row.write.is_none() && is_overtaken(tx, pipeline, &row.item.origin)? {
        return unpark(tx, pipeline, row.number);
    }
    let (until, on_name, keys): (Option<Instant>, Option<String>, &[String]) = match &row.kind {
        WaitingKind::Due { until } | WaitingKind::Reread { until } => (Some(*until), None, &[]),
        WaitingKind::Horizon { sources, until } => (Some(*until), Some(to_json(sources)?), &[]),
        WaitingKind::Keys { keys } => (None, None, keys),
        WaitingKind::Busy { key } => (None, None, std::slice::from_ref(key)),
        WaitingKind::Switch { name } => (Some(0), Some(name.clone()), &[]),
        // A dead letter falls with the key it depends on, and is retried with it.
        WaitingKind::Dead { because_of } => (None, None, because_of.as_slice()),
        WaitingKind::Held => (None, None, &[]),
    };
    run(
        tx,
        "INSERT OR REPLACE INTO waiting (pipeline, number, stage, input, kind, until, what, on_name, key, origin_key,
             item, reason, hint, since, write)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        params![
            pipeline,
            row.number,
            row.stage,
            row.input,
            row.kind.word(),
            until,
            to_json(&row.kind)?,
            on_name,
            row.item.entry.key,
            row.item.origin.key,
            to_json(&row.item)?,
            row.reason,
            row.hint,
            row.since,
            row.write,
        ],
    )?;
    run(
        tx,
        "DELETE FROM waiting_on WHERE pipeline = ?1 AND number = ?2",
        params![pipeline, row.number],
    )?;
    for key in keys {
        run(
            tx,
            "INSERT OR IGNORE INTO waiting_on (key, pipeline, number) VALUES (?1, ?2, ?3)",
            params![key, pipeline, row.number],
        )?;
    }
    Ok(())
}

/// Whether the source of an entry has given a newer revision of it.
fn is_overtaken(tx: &Transaction<'_>, pipeline: &str, origin: &Origin) -> Result<bool> {
    tx.prepare_cached(
        "SELECT 1 FROM seen WHERE pipeline = ?1 AND source = ?2 AND key = ?3 AND revision <> ?4",
    )?
    .exists(params![pipeline, origin.source, origin.key, origin.revision])
}

fn unpark(tx: &Transaction<'_>, pipeline: &str, number: i64) -> Result<()> {
    run(
        tx,
        "DELETE FROM waiting_on WHERE pipeline = ?1 AND number = ?2",
        params![pipeline, number],
    )?;
    run(tx, "DELETE FROM waiting WHERE pipeline = ?1 AND number = ?2", params![pipeline, number])
}

fn supersede(tx: &Transaction<'_>, pipeline: &str, source: &str, key: &str) -> Result<()> {
    let waiting: Vec<i64> = tx
        .prepare_cached(
            "SELECT number FROM waiting WHERE pipeline = ?1 AND origin_key = ?2 AND write IS NULL
                 AND json_extract(item, '$.origin.source') = ?3",
        )?
        .query_map(params![pipeline, key, source], |row| row.get(0))?
        .collect::<Result<_>>()?;
    waiting.into_iter().try_for_each(|number| unpark(tx, pipeline, number))
}

fn plan(tx: &Transaction<'_>, pipeline: &str, row: &WriteRow) -> Result<()> {
    let (request, body) = request_columns(&row.write.request)?;
    run(
        tx,
        "INSERT INTO write_content (summary, request, body, memo, write, intakes) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            row.write.summary,
            request,
            body,
            row.write.memo,
            rest_column(&row.write)?,
            to_json(&&*row.intakes)?
        ],
    )?;
    let content = tx.last_insert_rowid();
    let effects = ledger::expect(tx, pipeline, row)?;
    run(
        tx,
        "INSERT INTO write (pipeline, number, stage, destination, component, status, action, content,
             first_effect, last_effect, planned_at, not_before, sent_at, sends, probes, reason, results)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, NULL, 0, 0, NULL, '[]')",
        params![
            pipeline,
            row.number,
            row.stage,
            row.destination,
            row.component,
            row.status.word(),
            action_word(row.write.action),
            content,
            effects.map(|(first, _)| first),
            effects.map(|(_, last)| last),
            row.planned_at,
            row.not_before,
        ],
    )?;
    for (position, intake) in row.intakes.iter().enumerate() {
        let Some(first) = intake.items.first() else { continue };
        run(
            tx,
            "INSERT INTO write_key (pipeline, number, position, destination, key, revision, token, open)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1)",
            params![
                pipeline,
                row.number,
                i64::try_from(position).unwrap_or(i64::MAX),
                row.destination,
                first.entry.key,
                first.entry.revision,
                intake.token,
            ],
        )?;
    }
    Ok(())
}

fn continued(
    tx: &Transaction<'_>,
    pipeline: &str,
    number: i64,
    step: &Step,
    not_before: Instant,
) -> Result<()> {
    let stored: Option<(i64, String)> = tx
        .prepare_cached("SELECT content, write FROM journal WHERE pipeline = ?1 AND number = ?2")?
        .query_row(params![pipeline, number], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((content, rest)) = stored else { return Ok(()) };
    let (request, body) = request_columns(&step.request)?;
    run(
        tx,
        "UPDATE write_content SET request = ?2, body = ?3, memo = ?4, write = ?5 WHERE id = ?1",
        params![content, request, body, step.memo, rest_with_probe(&rest, &step.probe)?],
    )?;
    run(
        tx,
        "UPDATE write SET status = 'planned', not_before = ?3, reason = 'one more request'
         WHERE pipeline = ?1 AND number = ?2",
        params![pipeline, number, not_before],
    )
}

fn concluded(
    tx: &Transaction<'_>,
    pipeline: &str,
    number: i64,
    results: &[IntakeResult],
    at: Instant,
) -> Result<()> {
    for (position, result) in results.iter().enumerate() {
        let position = i64::try_from(position).unwrap_or(i64::MAX);
        conclude_intake(tx, pipeline, &Concluded { number, position, at: Some(at) }, result)?;
    }
    close_keys(tx, pipeline, number)?;
    run(
        tx,
        "UPDATE write SET status = 'concluded', results = ?3, not_before = ?4 WHERE pipeline = ?1 AND number = ?2",
        params![pipeline, number, to_json(&results)?, at],
    )
}

/// An intake of a write that has its result.
pub(super) struct Concluded {
    pub(super) number: i64,
    pub(super) position: i64,
    /// When it became known; for what was never sent it was always known.
    pub(super) at: Option<Instant>,
}

/// An intake whose result comes, and the write that it belongs to.
struct OpenIntake {
    key: String,
    destination: String,
    revision: String,
    token: String,
    write: OfWrite,
}

/// What settling asks of a write.
struct OfWrite {
    content: i64,
    /// The first and the last of what it moves.
    effects: Option<(i64, i64)>,
    /// A plan counts it as applied, though it is not sent: what it moves is in no counter, and stays open.
    is_only_shown: bool,
}

/// Of a write with the alias `w`, for [`of_write`].
const OF_WRITE: &str = "w.content, w.first_effect, w.last_effect, w.status = 'planned'";

fn of_write(row: &Row<'_>) -> Result<OfWrite> {
    let (first, last): (Option<i64>, Option<i64>) = (row.get(1)?, row.get(2)?);
    Ok(OfWrite { content: row.get(0)?, effects: first.zip(last), is_only_shown: row.get(3)? })
}

fn open_intake(
    tx: &Transaction<'_>,
    pipeline: &str,
    number: i64,
    position: i64,
) -> Result<Option<OpenIntake>> {
    tx.prepare_cached(&format!(
        "SELECT {OF_WRITE}, k.key, k.destination, k.revision, k.token
         FROM write_key k JOIN write w ON w.pipeline = k.pipeline AND w.number = k.number
         WHERE k.pipeline = ?1 AND k.number = ?2 AND k.position = ?3"
    ))?
    .query_row(params![pipeline, number, position], |row| {
        let (key, destination, revision, token) =
            (row.get(4)?, row.get(5)?, row.get(6)?, row.get(7)?);
        Ok(OpenIntake { key, destination, revision, token, write: of_write(row)? })
    })
    .optional()
}

/// No key of a write is open any more.
fn close_keys(tx: &Transaction<'_>, pipeline: &str, number: i64) -> Result<()> {
    run(
        tx,
        "UPDATE write_key SET open = 0 WHERE pipeline = ?1 AND number = ?2 AND open = 1",
        params![pipeline, number],
    )
}

/// Keeps what became of one intake, and tells those that waited for it. That its key is no longer open is the
/// caller's to keep.
pub(super) fn conclude_intake(
    tx: &Transaction<'_>,
    pipeline: &str,
    intake: &Concluded,
    result: &IntakeResult,
) -> Result<()> {
    let Concluded { number, position, at } = *intake;
    let Some(open) = open_intake(tx, pipeline, number, position)? else { return Ok(()) };
    match result {
        IntakeResult::Applied { id, version } => {
            let version = version.and_then(|version| i64::try_from(version).ok());
            run(
                tx,
                "INSERT OR REPLACE INTO remote (destination, key, id, revision, token, version, content, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                params![
                    open.destination,
                    open.key,
                    id,
                    open.revision,
                    open.token,
                    version,
                    open.write.content,
                    at
                ],
            )?;
            if !open.write.is_only_shown {
                ledger::settle(tx, open.write.effects, intake, &Settled { void: false, version })?;
            }
            release(tx, &open.key)
        }
        IntakeResult::Rejected { reason } => {
            ledger::settle(tx, open.write.effects, intake, &Settled { void: true, version: None })?;
            fell(tx, &open.key, reason)?;
            release_busy(tx, &open.key)
        }
        IntakeResult::Again { .. } => {
            // It is not known yet what becomes of them: the same movements are planned anew.
            let anew = Concluded { at: None, ..*intake };
            ledger::settle(tx, open.write.effects, &anew, &Settled { void: true, version: None })?;
            release_busy(tx, &open.key)
        }
    }
}

pub(super) fn withdrawn(
    tx: &Transaction<'_>,
    pipeline: &str,
    number: i64,
    reason: &str,
) -> Result<()> {
    let write = tx
        .prepare_cached(&format!(
            "SELECT {OF_WRITE} FROM write w WHERE pipeline = ?1 AND number = ?2"
        ))?
        .query_row(params![pipeline, number], of_write)
        .optional()?;
    let Some(write) = write else { return Ok(()) };
    let keys: Vec<(i64, String)> = tx
        .prepare_cached("SELECT position, key FROM write_key WHERE pipeline = ?1 AND number = ?2")?
        .query_map(params![pipeline, number], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_>>()?;
    for (position, key) in keys {
        let intake = Concluded { number, position, at: None };
        ledger::settle(tx, write.effects, &intake, &Settled { void: true, version: None })?;
        release_busy(tx, &key)?;
    }
    close_keys(tx, pipeline, number)?;
    run(
        tx,
        "UPDATE write SET status = 'withdrawn', reason = ?3 WHERE pipeline = ?1 AND number = ?2",
        params![pipeline, number, reason],
    )
}

fn existing(tx: &Transaction<'_>, pipeline: &str, row: &ExistingRow) -> Result<()> {
    run(
        tx,
        "INSERT INTO remote (destination, key, id, revision, token, version, memo, at)
         VALUES (?1, ?2, ?3, ?4, ?5, NULL, ?6, ?7)
         ON CONFLICT (destination, key) DO UPDATE SET id = ?3, revision = ?4, memo = ?6, content = NULL, at = ?7",
        params![row.destination, row.key, row.id, row.revision, row.token, row.memo, row.at],
    )?;
    ledger::found(tx, pipeline, row)?;
    release(tx, &row.key)
}

/// Entries that waited for this key, and for nothing else any more, are due; those that fell with it as well.
fn release(tx: &Transaction<'_>, key: &str) -> Result<()> {
    let waiting: Vec<(String, i64)> = tx
        .prepare_cached("SELECT pipeline, number FROM waiting_on WHERE key = ?1")?
        .query_map([key], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_>>()?;
    if waiting.is_empty() {
        return Ok(());
    }
    run(tx, "DELETE FROM waiting_on WHERE key = ?1", [key])?;
    for (pipeline, number) in waiting {
        run(
            tx,
            "UPDATE waiting SET kind = 'due', until = 0
             WHERE pipeline = ?1 AND number = ?2 AND kind IN ('keys', 'busy', 'dead')
               AND NOT EXISTS (SELECT 1 FROM waiting_on WHERE pipeline = ?1 AND number = ?2)",
            params![pipeline, number],
        )?;
    }
    Ok(())
}

/// Entries that waited for the open write of their own key come again; those that depend on the key go on waiting.
pub(super) fn release_busy(tx: &Transaction<'_>, key: &str) -> Result<()> {
    let busy: Vec<(String, i64)> = tx
        .prepare_cached(
            "SELECT o.pipeline, o.number FROM waiting_on o
             JOIN waiting w ON w.pipeline = o.pipeline AND w.number = o.number
             WHERE o.key = ?1 AND w.kind = 'busy'",
        )?
        .query_map([key], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_>>()?;
    for (pipeline, number) in busy {
        run(
            tx,
            "DELETE FROM waiting_on WHERE pipeline = ?1 AND number = ?2",
            params![pipeline, number],
        )?;
        run(
            tx,
            "UPDATE waiting SET kind = 'due', until = 0 WHERE pipeline = ?1 AND number = ?2",
            params![pipeline, number],
        )?;
    }
    Ok(())
}

/// Entries that depend on a key that was refused become dead letters that name it.
fn fell(tx: &Transaction<'_>, key: &str, reason: &str) -> Result<()> {
    let what = to_json(&WaitingKind::Dead { because_of: Some(key.to_owned()) })?;
    run(
        tx,
        "UPDATE waiting SET kind = 'dead', what = ?2, reason = ?3,
             hint = 'retry the dead letter of that key: this one is retried with it'
         WHERE kind = 'keys' AND (pipeline, number) IN (SELECT pipeline, number FROM waiting_on WHERE key = ?1)",
        params![key, what, format!("`{key}`, which it depends on, was refused: {reason}")],
    )
}
