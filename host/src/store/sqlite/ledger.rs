//! What becomes of movements of stock: the rows of the ledger.

use rusqlite::{OptionalExtension, Result, Transaction, params};

use super::commit::{Concluded, run};
use crate::record::account_of;
use crate::store::{ExistingRow, WriteRow};
use crate::time::Instant;

/// Puts what a write is expected to move into the ledger, one after the other, and tells the first and the last.
pub(super) fn expect(
    tx: &Transaction<'_>,
    pipeline: &str,
    row: &WriteRow,
) -> Result<Option<(i64, i64)>> {
    let account = account_of(&row.destination);
    let mut effects = None;
    for movement in &row.write.movements {
        run(
            tx,
            "INSERT INTO effect (counter, units, scale, cause, pipeline, number, position)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                counter(tx, account, &movement.owner)?,
                movement.delta.units,
                movement.delta.scale,
                movement.cause,
                pipeline,
                row.number,
                movement.intake
            ],
        )?;
        let last = tx.last_insert_rowid();
        effects = Some((effects.map_or(last, |(first, _)| first), last));
    }
    Ok(effects)
}

/// Keeps what was found to be moved already. What an earlier store knew of it is gone, or it is in the ledger.
pub(super) fn found(tx: &Transaction<'_>, pipeline: &str, row: &ExistingRow) -> Result<()> {
    let account = account_of(&row.destination);
    for movement in &row.movements {
        let before = settled_now(tx, 1, Some(row.at))?;
        run(
            tx,
            "INSERT OR IGNORE INTO effect (counter, units, scale, cause, pipeline, number, position, sequence, settled_at)
             VALUES (?1, ?2, ?3, ?4, ?5, 0, 0, ?6, ?7)",
            params![
                counter(tx, account, &movement.owner)?,
                movement.delta.units,
                movement.delta.scale,
                movement.cause,
                pipeline,
                before + 1,
                row.at
            ],
        )?;
    }
    Ok(())
}

/// The counter of that name, which is made where there is none.
fn counter(tx: &Transaction<'_>, account: &str, owner: &str) -> Result<i64> {
    let found: Option<i64> = tx
        .prepare_cached("SELECT id FROM counter WHERE account = ?1 AND owner = ?2")?
        .query_row(params![account, owner], |row| row.get(0))
        .optional()?;
    if let Some(id) = found {
        return Ok(id);
    }
    run(tx, "INSERT INTO counter (account, owner) VALUES (?1, ?2)", params![account, owner])?;
    Ok(tx.last_insert_rowid())
}

/// How movements are settled.
pub(super) struct Settled {
    /// They were never made.
    pub(super) void: bool,
    pub(super) version: Option<i64>,
}

/// Settles what an intake moves of its write's movements, which are told by the first and the last. Each movement gets a sequence of its own, above all that there are.
pub(super) fn settle(
    tx: &Transaction<'_>,
    effects: Option<(i64, i64)>,
    intake: &Concluded,
    settled: &Settled,
) -> Result<()> {
    let Some((first, last)) = effects else { return Ok(()) };
    let Concluded { position, at, .. } = *intake;
    let before = settled_now(tx, 1 + last - first, at)?;
    // Naming `void` would have SQLite rewrite an index, and most are made.
    let void = if settled.void { "void = 1," } else { "" };
    run(
        tx,
        &format!(
            "UPDATE effect SET {void} settled_at = ?4, version = ?5, sequence = ?6 + 1 + id - ?1
             WHERE id BETWEEN ?1 AND ?2 AND position = ?3 AND sequence IS NULL"
        ),
        params![first, last, position, at, settled.version, before],
    )
}

/// Takes so many sequences for movements that are settled now, and tells the one before the first of them.
fn settled_now(tx: &Transaction<'_>, count: i64, at: Option<Instant>) -> Result<i64> {
    let before =
        tx.prepare_cached("SELECT sequence FROM settled")?.query_row([], |row| row.get(0))?;
    run(
        tx,
        "UPDATE settled SET sequence = sequence + ?1, at = max(ifnull(at, ?2), ifnull(?2, at))",
        params![count, at],
    )?;
    Ok(before)
}
