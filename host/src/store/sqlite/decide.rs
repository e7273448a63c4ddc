//! What people decide of entries that wait for them.
//!
//! A run may be under way meanwhile. Only what waits for a person is touched, and a run never touches that.

use rusqlite::{OptionalExtension, Transaction, TransactionBehavior, params};

use super::SqliteStore;
use super::commit::{Concluded, conclude_intake, release_busy};
use super::encode::to_json;
use crate::store::{IntakeResult, StoreError, WaitingRow};
use crate::time::Instant;

impl SqliteStore {
    /// Decides an undecided write for the entry that waits: it took effect under this id, or it did not and is planned
    /// anew. A write that is no longer undecided stays as it is.
    ///
    /// # Errors
    /// As the store's own.
    pub fn settle(
        &mut self,
        pipeline: &str,
        row: &WaitingRow,
        applied: Option<&str>,
        at: Instant,
    ) -> Result<(), StoreError> {
        let Some(number) = row.write else { return Ok(()) };
        let (result, words) = match applied {
            Some(id) => {
                let result = IntakeResult::Applied { id: id.to_owned(), version: None };
                (result, format!("a person decided that it took effect, as {id}"))
            }
            None => (
                IntakeResult::Again { not_before: at },
                "a person decided that it did not take effect".to_owned(),
            ),
        };
        self.decide(|tx| {
            let Some(position) = undecided(tx, pipeline, number, &row.item.entry.key)? else { return Ok(()) };
            conclude_intake(tx, pipeline, &Concluded { number, position, at: Some(at) }, &result)?;
            tx.execute(
                "UPDATE write_key SET open = 0 WHERE pipeline = ?1 AND number = ?2 AND position = ?3",
                params![pipeline, number, position],
            )?;
            tx.execute(
                "UPDATE write SET results = json_insert(results, '$[#]', json(?3)) WHERE pipeline = ?1 AND number = ?2",
                params![pipeline, number, to_json(&result)?],
            )?;
            close(tx, pipeline, number, "concluded")?;
            match applied {
                Some(_) => forget(tx, pipeline, row.number)?,
                None => again(tx, pipeline, row.number)?,
            }
            note(tx, pipeline, row, &words, at)
        })
    }

    /// Lets an entry that waits for a person go on: what depends on it is retried with it. An undecided write is
    /// probed again instead of being planned anew.
    ///
    /// # Errors
    /// As the store's own.
    pub fn retry(&mut self, pipeline: &str, row: &WaitingRow) -> Result<(), StoreError> {
        self.decide(|tx| {
            match row.write {
                Some(write) => {
                    // It may be sent as often again as a new one.
                    tx.execute(
                        "UPDATE write SET status = 'unknown', not_before = 0, probes = 0, sends = min(sends, 1)
                         WHERE pipeline = ?1 AND number = ?2 AND status = 'held'",
                        params![pipeline, write],
                    )?;
                    tx.execute("DELETE FROM waiting WHERE pipeline = ?1 AND write = ?2", params![pipeline, write])?;
                }
                None => again(tx, pipeline, row.number)?,
            }
            // Whatever fell with this key waits for it again.
            tx.execute(
                "UPDATE waiting SET kind = 'keys', what = json_object('keys', json_object('keys', json_array(?1)))
                 WHERE kind = 'dead' AND (pipeline, number) IN (SELECT pipeline, number FROM waiting_on WHERE key = ?1)",
                params![row.item.entry.key],
            )?;
            Ok(())
        })
    }

    /// Gives an entry up for good, with the reason of the person who decided. What depends on it is held.
    ///
    /// # Errors
    /// As the store's own.
    pub fn skip(
        &mut self,
        pipeline: &str,
        row: &WaitingRow,
        reason: &str,
        at: Instant,
    ) -> Result<(), StoreError> {
        let key = &row.item.entry.key;
        self.decide(|tx| {
            if let Some(write) = row.write {
                let Some(position) = undecided(tx, pipeline, write, key)? else { return Ok(()) };
                tx.execute(
                    "UPDATE write_key SET open = 0 WHERE pipeline = ?1 AND number = ?2 AND position = ?3",
                    params![pipeline, write, position],
                )?;
                tx.execute(
                    "UPDATE write SET reason = ?3 WHERE pipeline = ?1 AND number = ?2",
                    params![pipeline, write, format!("given up undecided: {reason}")],
                )?;
                close(tx, pipeline, write, "withdrawn")?;
                release_busy(tx, key)?;
            }
            forget(tx, pipeline, row.number)?;
            tx.execute(
                "UPDATE waiting SET kind = 'held', reason = ?2, hint = NULL
                 WHERE kind = 'keys' AND (pipeline, number) IN (SELECT pipeline, number FROM waiting_on WHERE key = ?1)",
                params![key, format!("`{key}`, which it depends on, was skipped: {reason}")],
            )?;
            note(tx, pipeline, row, &format!("skipped by a person: {reason} (it said: {})", row.reason), at)
        })
    }

    /// Does all of a decision, or nothing.
    pub(super) fn decide(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), StoreError> {
        let file = self.file.clone();
        let decided = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .and_then(|tx| work(&tx).and_then(|()| tx.commit()));
        decided.map_err(|error| super::said(&file, &error))
    }
}

/// The place of a key in a write that a person has to decide. `None` where that was decided meanwhile.
fn undecided(
    tx: &Transaction<'_>,
    pipeline: &str,
    number: i64,
    key: &str,
) -> rusqlite::Result<Option<i64>> {
    tx.query_row(
        "SELECT k.position FROM write_key k JOIN write w ON w.pipeline = k.pipeline AND w.number = k.number
         WHERE k.pipeline = ?1 AND k.number = ?2 AND k.key = ?3 AND k.open = 1 AND w.status = 'held'",
        params![pipeline, number, key],
        |row| row.get(0),
    )
    .optional()
}

/// A write of which no intake is open any more has ended.
fn close(tx: &Transaction<'_>, pipeline: &str, number: i64, status: &str) -> rusqlite::Result<()> {
    tx.execute(
        "UPDATE write SET status = ?3 WHERE pipeline = ?1 AND number = ?2
             AND NOT EXISTS (SELECT 1 FROM write_key WHERE pipeline = ?1 AND number = ?2 AND open = 1)",
        params![pipeline, number, status],
    )
    .map(|_rows| ())
}

/// What waited for a person is due, if it still waits for one.
fn again(tx: &Transaction<'_>, pipeline: &str, number: i64) -> rusqlite::Result<()> {
    let freed = tx.execute(
        "UPDATE waiting SET kind = 'due', until = 0, write = NULL
         WHERE pipeline = ?1 AND number = ?2 AND kind IN ('held', 'dead')",
        params![pipeline, number],
    )?;
    if freed > 0 {
        tx.execute(
            "DELETE FROM waiting_on WHERE pipeline = ?1 AND number = ?2",
            params![pipeline, number],
        )?;
    }
    Ok(())
}

fn forget(tx: &Transaction<'_>, pipeline: &str, number: i64) -> rusqlite::Result<()> {
    tx.execute(
        "DELETE FROM waiting WHERE pipeline = ?1 AND number = ?2 AND kind IN ('held', 'dead')",
        params![pipeline, number],
    )?;
    tx.execute(
        "DELETE FROM waiting_on WHERE pipeline = ?1 AND number = ?2",
        params![pipeline, number],
    )
    .map(|_rows| ())
}

fn note(
    tx: &Transaction<'_>,
    pipeline: &str,
    row: &WaitingRow,
    text: &str,
    at: Instant,
) -> rusqlite::Result<()> {
    tx.execute(
        "INSERT INTO note (pipeline, key, stage, text, at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![pipeline, row.item.entry.key, row.stage, text, at],
    )
    .map(|_rows| ())
}
