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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::contract::{Decimal, Document, EffectStatus, Movement, Payload, Write};
    use crate::store::{
        Change, IntakeResult, PIPELINE_LEASE, SqliteStore, Store as _, WriteRow, WriteStatus,
        samples,
    };

    fn movement(owner: &str, cause: &str) -> Movement {
        let delta = Decimal { units: -1, scale: 0 };
        Movement { intake: 0, owner: owner.to_owned(), delta, cause: cause.to_owned() }
    }

    /// A write of one entry that moves the mug, and the cup as well.
    fn write(number: i64) -> WriteRow {
        let document = Document { kind: "order".to_owned(), json: "{}".to_owned() };
        let row = samples::write(Payload::Document(document), "/sales");
        let mut intakes = row.intakes.to_vec();
        let key = format!("shop:1/orders/{number}");
        intakes[0].items[0].entry.key.clone_from(&key);
        let movements =
            vec![movement("mug", &format!("{key}#1")), movement("cup", &format!("{key}#2"))];
        let write = Write { movements, ..Write::clone(&row.write) };
        let (write, intakes) = (Arc::new(write), intakes.into());
        WriteRow { number, status: WriteStatus::Planned, write, intakes, ..row }
    }

    fn commit(store: &mut SqliteStore, changes: &[Change]) {
        let leases = ["till:1/sales".to_owned(), format!("{PIPELINE_LEASE}p")]
            .map(|name| store.lease(&name, 0, 1).unwrap());
        store.commit("p", &leases, changes).unwrap();
    }

    fn plan(number: i64) -> Change {
        Change::Plan(Box::new(write(number)))
    }

    fn concluded(number: i64, result: IntakeResult) -> Change {
        Change::Concluded { number, results: vec![result], at: 9 }
    }

    fn applied() -> IntakeResult {
        IntakeResult::Applied { id: "7".to_owned(), version: Some(3) }
    }

    /// Of a counter what the ledger tells after a sequence: sequence and status of each movement.
    fn told(store: &SqliteStore, owner: &str, after: u64) -> Vec<(u64, EffectStatus)> {
        let effects = store.effects("till:1", owner, after).unwrap();
        effects.into_iter().map(|effect| (effect.sequence, effect.status)).collect()
    }

    #[test]
    fn movements_are_open_until_they_are_settled_and_then_in_the_order_in_which_they_were() {
        let mut store = SqliteStore::in_memory().unwrap();
        commit(&mut store, &[plan(1), plan(2), plan(3)]);
        let open = (0, EffectStatus::Expected);
        assert_eq!(told(&store, "mug", 0), [open, open, open]);
        let sent = [2, 1, 3].map(|number| Change::Sent { number, at: 5 });
        commit(&mut store, &sent);
        let refused = IntakeResult::Rejected { reason: "no".to_owned() };
        commit(&mut store, &[concluded(2, applied()), concluded(1, refused)]);
        let mug = told(&store, "mug", 0);
        let [(second, made), (first, void), (0, under_way)] = mug[..] else { panic!("{mug:?}") };
        assert!(second < first, "{mug:?}");
        assert_eq!((made, void), (EffectStatus::Applied, EffectStatus::Void));
        assert_eq!(under_way, EffectStatus::Sent);
        assert_eq!(told(&store, "mug", second)[0].0, first);
        assert_eq!(store.latest_instant("p").unwrap(), Some(9));
        // No two movements share a sequence.
        let cup = told(&store, "cup", 0);
        assert!(cup.iter().all(|it| it.0 == 0 || (it.0 != first && it.0 != second)), "{cup:?}");
    }

    #[test]
    fn what_a_plan_counts_as_done_is_in_no_counter() {
        let mut store = SqliteStore::in_memory().unwrap();
        commit(&mut store, &[plan(1), concluded(1, applied())]);
        assert_eq!(told(&store, "mug", 0), [(0, EffectStatus::Expected)]);
        // What is sent and applied afterwards is, and comes before it.
        commit(&mut store, &[plan(2), Change::Sent { number: 2, at: 5 }, concluded(2, applied())]);
        let statuses: Vec<EffectStatus> =
            told(&store, "mug", 0).into_iter().map(|it| it.1).collect();
        assert_eq!(statuses, [EffectStatus::Applied, EffectStatus::Expected]);
    }

    #[test]
    fn what_moves_stock_is_counted_when_it_is_sent() {
        let mut store = SqliteStore::in_memory().unwrap();
        let still = WriteRow {
            write: Arc::new(Write { movements: Vec::new(), ..Write::clone(&write(3).write) }),
            ..write(3)
        };
        commit(&mut store, &[plan(1), plan(2), Change::Plan(Box::new(still))]);
        assert_eq!(store.sendings("p").unwrap(), 0);
        let sent = |numbers: &[i64]| -> Vec<Change> {
            numbers.iter().map(|number| Change::Sent { number: *number, at: 5 }).collect()
        };
        commit(&mut store, &sent(&[3]));
        assert_eq!(store.sendings("p").unwrap(), 0, "it moves nothing");
        commit(&mut store, &sent(&[1, 3, 2]));
        assert_eq!(store.sendings("p").unwrap(), 2);
        commit(&mut store, &sent(&[1, 2]));
        assert_eq!(store.sendings("p").unwrap(), 4, "each time that it is sent");
    }

    #[test]
    fn the_journal_gives_back_what_each_write_moves_in_its_order() {
        let mut store = SqliteStore::in_memory().unwrap();
        let still = WriteRow {
            write: Arc::new(Write { movements: Vec::new(), ..Write::clone(&write(2).write) }),
            ..write(2)
        };
        commit(&mut store, &[plan(1), Change::Plan(Box::new(still.clone())), plan(3)]);
        assert_eq!(store.open_writes("p").unwrap(), [write(1), still, write(3)]);
    }
}
