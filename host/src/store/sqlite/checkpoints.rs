//! Where sources have stood, so that people can see it and have one read again; and what rules remember, for looking.

use rusqlite::{
    Connection, OptionalExtension, Result, Row, Transaction, TransactionBehavior, params,
};

use super::SqliteStore;
use super::commit::run;
use crate::store::{Checkpoint, CursorRow, Lease, Rewinding, SeenRow, StoreError};
use crate::time::Instant;

/// Checkpoints that are kept of each source: a busy one has several hundred a day.
pub const CHECKPOINTS_MAX: i64 = 1_000;

/// How much their cursors may take together, in bytes; the last one is kept in any case. Most cursors have some dozen
/// bytes, those that list what was given lately some thousand.
const CURSOR_BYTES_MAX: i64 = 4 * 1024 * 1024;

/// What a rule remembers under one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateFound {
    pub key: String,
    pub value: Vec<u8>,
}

impl SqliteStore {
    /// Where each source of a pipeline has stood, as far as that is kept: at most [`CHECKPOINTS_MAX`] of each, oldest
    /// first.
    ///
    /// # Errors
    /// As the store's own.
    pub fn checkpoints(&self, pipeline: &str) -> std::result::Result<Vec<Checkpoint>, StoreError> {
        self.reading(|db| {
            db.prepare_cached("SELECT * FROM checkpoint WHERE pipeline = ?1 ORDER BY number")?
                .query_map([pipeline], checkpoint)?
                .collect()
        })
    }

    /// Has sources read again from where they stood. Up to when a source is known stays as it is: what was read is
    /// known. All of it is done, or nothing.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] where the pipeline's lease was lost; else as the store's own.
    pub fn rewind(
        &mut self,
        pipeline: &str,
        lease: &Lease,
        rewindings: &[Rewinding],
        at: Instant,
    ) -> std::result::Result<(), StoreError> {
        let file = self.file.clone();
        let said = |error: rusqlite::Error| super::said(&file, &error);
        let tx = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(said)?;
        super::refuse_fenced(&tx, lease, &file)?;
        for rewinding in rewindings {
            rewind(&tx, pipeline, rewinding, at).map_err(said)?;
        }
        tx.commit().map_err(said)
    }

    /// The entries whose newest revision was read after an instant and up to another, newest first, `limit` of them at
    /// most, and how many there are in all.
    ///
    /// # Errors
    /// As the store's own.
    pub fn read_between(
        &self,
        pipeline: &str,
        source: &str,
        (after, to): (Instant, Instant),
        limit: usize,
    ) -> std::result::Result<(Vec<SeenRow>, u64), StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.reading(|db| {
            let count: i64 = db
                .prepare_cached(
                    "SELECT count(*) FROM seen WHERE pipeline = ?1 AND source = ?2 AND at > ?3 AND at <= ?4",
                )?
                .query_row(params![pipeline, source, after, to], |row| row.get(0))?;
            let rows = db
                .prepare_cached(
                    "SELECT source, key, revision, label, outcome, at FROM seen
                     WHERE pipeline = ?1 AND source = ?2 AND at > ?3 AND at <= ?4
                     ORDER BY at DESC, key LIMIT ?5",
                )?
                .query_map(params![pipeline, source, after, to, limit], seen)?
                .collect::<Result<_>>()?;
            Ok((rows, count.unsigned_abs()))
        })
    }

    /// The pipelines of which the store knows where their sources stand, or what their rules remember.
    ///
    /// # Errors
    /// As the store's own.
    pub fn pipelines(&self) -> std::result::Result<Vec<String>, StoreError> {
        self.reading(|db| {
            db.prepare_cached("SELECT pipeline FROM cursor UNION SELECT pipeline FROM state")?
                .query_map([], |row| row.get(0))?
                .collect()
        })
    }

    /// What a rule remembers, by key, and how much there is in all. No more than `limit` are answered. `key` picks one
    /// key, or where it ends in `*` all that begin so.
    ///
    /// # Errors
    /// As the store's own.
    pub fn remembered(
        &self,
        pipeline: &str,
        stage: &str,
        key: Option<&str>,
        limit: usize,
    ) -> std::result::Result<(Vec<StateFound>, u64), StoreError> {
        // By GLOB, for it regards case, with what it would take for a pattern in brackets.
        let literal = |letter: char| match letter {
            '*' | '?' | '[' => format!("[{letter}]"),
            letter => letter.to_string(),
        };
        let pattern = match key.map(|key| (key, key.strip_suffix('*'))) {
            None => "*".to_owned(),
            Some((_, Some(start))) => start.chars().map(literal).collect::<String>() + "*",
            Some((key, None)) => key.chars().map(literal).collect(),
        };
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.reading(|db| {
            let count: i64 = db
                .prepare_cached(
                    "SELECT count(*) FROM state WHERE pipeline = ?1 AND stage = ?2 AND key GLOB ?3",
                )?
                .query_row(params![pipeline, stage, pattern], |row| row.get(0))?;
            let rows = db
                .prepare_cached(
                    "SELECT key, value FROM state WHERE pipeline = ?1 AND stage = ?2 AND key GLOB ?3
                     ORDER BY key LIMIT ?4",
                )?
                .query_map(params![pipeline, stage, pattern, limit], |row| {
                    Ok(StateFound { key: row.get(0)?, value: row.get(1)? })
                })?
                .collect::<Result<_>>()?;
            Ok((rows, count.unsigned_abs()))
        })
    }

    /// The stages that remember something, with how many keys and how many bytes of values.
    ///
    /// # Errors
    /// As the store's own.
    pub fn remembering(
        &self,
        pipeline: &str,
    ) -> std::result::Result<Vec<(String, u64, u64)>, StoreError> {
        self.reading(|db| {
            db.prepare_cached(
                "SELECT stage, count(*), sum(length(value)) FROM state WHERE pipeline = ?1 GROUP BY stage",
            )?
            .query_map([pipeline], |row| {
                let (keys, bytes): (i64, i64) = (row.get(1)?, row.get(2)?);
                Ok((row.get(0)?, keys.unsigned_abs(), bytes.unsigned_abs()))
            })?
            .collect()
        })
    }
}

/// Keeps where a source stands now. Where neither the last page nor this one brought anything new they are one.
pub(super) fn keep(
    tx: &Transaction<'_>,
    pipeline: &str,
    row: &CursorRow,
    entries: u64,
) -> Result<()> {
    let last = last(tx, pipeline, &row.source)?;
    let (position, total, bytes) = match &last {
        None => (1, 0, 0),
        Some((last, _)) if entries == 0 && last.cursor == row.cursor => return Ok(()),
        Some((last, bytes)) if entries == 0 && last.entries == 0 && last.rewound_to.is_none() => {
            (last.position, last.total, bytes - length(last))
        }
        Some((last, bytes)) => (last.position + 1, last.total, *bytes),
    };
    let checkpoint = Checkpoint {
        number: next_number(tx, pipeline)?,
        source: row.source.clone(),
        position,
        cursor: row.cursor.clone(),
        entries,
        total: total.saturating_add(entries),
        rewound_to: None,
        at: row.at,
    };
    insert(tx, pipeline, &checkpoint, bytes)
}

/// Has a source read again from where it stood.
pub(super) fn rewind(
    tx: &Transaction<'_>,
    pipeline: &str,
    rewinding: &Rewinding,
    at: Instant,
) -> Result<()> {
    let Some((last, bytes)) = last(tx, pipeline, &rewinding.source)? else { return Ok(()) };
    run(
        tx,
        "UPDATE cursor SET cursor = ?3, at = ?4 WHERE pipeline = ?1 AND source = ?2",
        params![pipeline, rewinding.source, rewinding.cursor, at],
    )?;
    let checkpoint = Checkpoint {
        number: next_number(tx, pipeline)?,
        position: last.position + 1,
        cursor: rewinding.cursor.clone(),
        entries: 0,
        rewound_to: Some(rewinding.to),
        at,
        ..last
    };
    insert(tx, pipeline, &checkpoint, bytes)
}

/// The newest checkpoint of a source, and the bytes of all its cursors up to that.
fn last(db: &Connection, pipeline: &str, source: &str) -> Result<Option<(Checkpoint, i64)>> {
    db.prepare_cached(
        "SELECT * FROM checkpoint WHERE pipeline = ?1 AND source = ?2 ORDER BY position DESC LIMIT 1",
    )?
    .query_row(params![pipeline, source], |row| Ok((checkpoint(row)?, row.get("bytes")?)))
    .optional()
}

fn length(checkpoint: &Checkpoint) -> i64 {
    let length = checkpoint.cursor.as_ref().map_or(0, Vec::len);
    i64::try_from(length).unwrap_or(i64::MAX)
}

fn next_number(db: &Connection, pipeline: &str) -> Result<i64> {
    db.prepare_cached("SELECT ifnull(max(number), 0) + 1 FROM checkpoint WHERE pipeline = ?1")?
        .query_row([pipeline], |row| row.get(0))
}

/// Keeps a checkpoint, and drops those for which there is no room any more. `bytes` have the cursors before it.
fn insert(tx: &Transaction<'_>, pipeline: &str, checkpoint: &Checkpoint, bytes: i64) -> Result<()> {
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let bytes = bytes.saturating_add(length(checkpoint));
    run(
        tx,
        "INSERT OR REPLACE INTO checkpoint
             (pipeline, source, position, number, entries, total, bytes, rewound_to, at, cursor)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![
            pipeline,
            checkpoint.source,
            checkpoint.position,
            checkpoint.number,
            count(checkpoint.entries),
            count(checkpoint.total),
            bytes,
            checkpoint.rewound_to,
            checkpoint.at,
            checkpoint.cursor,
        ],
    )?;
    loop {
        // The oldest one tells how much those after it have.
        let oldest: Option<(i64, i64)> = tx
            .prepare_cached(
                "SELECT position, bytes FROM checkpoint WHERE pipeline = ?1 AND source = ?2
                 ORDER BY position LIMIT 1",
            )?
            .query_row(params![pipeline, checkpoint.source], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((position, before)) = oldest else { return Ok(()) };
        let is_too_old = position <= checkpoint.position - CHECKPOINTS_MAX;
        let is_too_much = bytes - before > CURSOR_BYTES_MAX;
        if position == checkpoint.position || !(is_too_old || is_too_much) {
            return Ok(());
        }
        run(
            tx,
            "DELETE FROM checkpoint WHERE pipeline = ?1 AND source = ?2 AND position = ?3",
            params![pipeline, checkpoint.source, position],
        )?;
    }
}

fn checkpoint(row: &Row<'_>) -> Result<Checkpoint> {
    Ok(Checkpoint {
        number: row.get("number")?,
        source: row.get("source")?,
        position: row.get("position")?,
        cursor: row.get("cursor")?,
        entries: row.get::<_, i64>("entries")?.unsigned_abs(),
        total: row.get::<_, i64>("total")?.unsigned_abs(),
        rewound_to: row.get("rewound_to")?,
        at: row.get("at")?,
    })
}

fn seen(row: &Row<'_>) -> Result<SeenRow> {
    Ok(SeenRow {
        source: row.get(0)?,
        key: row.get(1)?,
        revision: row.get(2)?,
        label: row.get(3)?,
        outcome: row.get(4)?,
        at: row.get(5)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Change, Store};

    fn stood(source: &str, cursor: &str, entries: u64, at: Instant) -> Change {
        let cursor = Some(cursor.as_bytes().to_vec());
        let (source, origin) = (source.to_owned(), "shop:7/orders".to_owned());
        let row = CursorRow { source, origin, cursor, complete_to: Some(at), at };
        Change::Cursor { row, entries }
    }

    fn kept(store: &SqliteStore) -> Vec<(i64, String, String, u64)> {
        let text = |cursor: Option<Vec<u8>>| {
            cursor.map_or("-".to_owned(), |cursor| String::from_utf8(cursor).unwrap())
        };
        let rows = store.checkpoints("p").unwrap().into_iter();
        rows.map(|row| (row.number, row.source, text(row.cursor), row.total)).collect()
    }

    fn row(number: i64, source: &str, cursor: &str, total: u64) -> (i64, String, String, u64) {
        (number, source.to_owned(), cursor.to_owned(), total)
    }

    #[test]
    fn polls_that_bring_nothing_new_are_one_checkpoint_and_numbers_are_not_used_again() {
        let mut store = SqliteStore::in_memory().unwrap();
        let changes = [
            stood("a", "a1", 5, 10),
            stood("b", "b1", 0, 10),
            stood("a", "a2", 0, 20),
            stood("a", "a3", 0, 30),
            stood("a", "a3", 0, 40),
            stood("a", "a4", 2, 50),
        ];
        for change in &changes {
            store.commit("p", &[], std::slice::from_ref(change)).unwrap();
        }
        let expected = [
            row(1, "a", "a1", 5),
            row(2, "b", "b1", 0),
            row(4, "a", "a3", 5),
            row(5, "a", "a4", 7),
        ];
        assert_eq!(kept(&store), expected);
        assert!(store.checkpoints("other").unwrap().is_empty());
    }

    #[test]
    fn no_more_than_the_last_thousand_of_a_source_are_kept() {
        let mut store = SqliteStore::in_memory().unwrap();
        store.commit("p", &[], &[stood("b", "b", 1, 0)]).unwrap();
        let changes: Vec<Change> =
            (0..CHECKPOINTS_MAX + 7).map(|n| stood("a", &format!("{n}"), 1, n)).collect();
        store.commit("p", &[], &changes).unwrap();
        let kept = kept(&store);
        assert_eq!(kept.len() as i64, CHECKPOINTS_MAX + 1, "one of the other source");
        assert_eq!(kept[0], row(1, "b", "b", 1));
        assert_eq!(kept[1], row(9, "a", "7", 8));
    }

    #[test]
    fn large_cursors_take_no_more_room_than_they_may() {
        let mut store = SqliteStore::in_memory().unwrap();
        let large = "x".repeat(1_000_000);
        for n in 0..20 {
            store.commit("p", &[], &[stood("a", &format!("{large}{n}"), 1, n)]).unwrap();
        }
        let bytes: i64 = store
            .connection
            .query_row("SELECT sum(length(cursor)) FROM checkpoint", [], |row| row.get(0))
            .unwrap();
        assert!(bytes > CURSOR_BYTES_MAX / 2 && bytes < CURSOR_BYTES_MAX + 1_100_000, "{bytes}");
        // One that is larger than all that there is room for is kept alone.
        store.commit("p", &[], &[stood("a", &large.repeat(6), 1, 30)]).unwrap();
        store.commit("p", &[], &[stood("a", &large.repeat(5), 0, 40)]).unwrap();
        store.commit("p", &[], &[stood("a", &large.repeat(7), 0, 50)]).unwrap();
        assert_eq!(kept(&store).iter().map(|row| row.0).collect::<Vec<_>>(), [23]);
        // Small ones fill up again.
        for n in 60..70 {
            store.commit("p", &[], &[stood("a", &n.to_string(), 1, n)]).unwrap();
        }
        assert_eq!(kept(&store).len(), 11);
    }

    #[test]
    fn a_source_goes_back_under_the_pipelines_lease_alone_and_stays_known_as_far_as_it_was() {
        let mut store = SqliteStore::in_memory().unwrap();
        store.commit("p", &[], &[stood("a", "a1", 5, 10)]).unwrap();
        store.commit("p", &[], &[stood("a", "a2", 3, 20)]).unwrap();
        let lease = store.lease("pipeline p", 0, 100).unwrap();
        let back = Rewinding { source: "a".to_owned(), to: 1, cursor: Some(b"a1".to_vec()) };
        let lost = Lease { fence: lease.fence - 1, ..lease.clone() };
        let refused = store.rewind("p", &lost, std::slice::from_ref(&back), 30);
        assert!(matches!(refused, Err(StoreError::Fenced { .. })), "{refused:?}");
        assert_eq!(store.cursors("p").unwrap()[0].cursor.as_deref(), Some(&b"a2"[..]));

        store.rewind("p", &lease, &[back], 30).unwrap();
        let cursor = store.cursors("p").unwrap().remove(0);
        assert_eq!(cursor.cursor.as_deref(), Some(&b"a1"[..]));
        assert_eq!((cursor.complete_to, cursor.at), (Some(20), 30));
        let last = store.checkpoints("p").unwrap().pop().unwrap();
        assert_eq!((last.number, last.rewound_to, last.total), (3, Some(1), 8));
        // What is read again is not one with it, also where nothing of it is new.
        store.commit("p", &[], &[stood("a", "a2", 0, 40)]).unwrap();
        assert_eq!(kept(&store).len(), 4);
    }

    #[test]
    fn what_a_rule_remembers_is_found_by_its_key_or_by_the_beginning_of_it() {
        let mut store = SqliteStore::in_memory().unwrap();
        let put = |key: &str| Change::State {
            stage: "rule".to_owned(),
            key: key.to_owned(),
            value: Some(b"1".to_vec()),
        };
        store
            .commit("p", &[], &[put("link/1"), put("link/2"), put("lin[k"), put("LINK/3")])
            .unwrap();
        let found = |key: Option<&str>| {
            let (rows, count) = store.remembered("p", "rule", key, 2).unwrap();
            (rows.into_iter().map(|row| row.key).collect::<Vec<_>>(), count)
        };
        assert_eq!(found(None), (vec!["LINK/3".to_owned(), "lin[k".to_owned()], 4));
        assert_eq!(found(Some("link/*")), (vec!["link/1".to_owned(), "link/2".to_owned()], 2));
        assert_eq!(found(Some("lin[k")), (vec!["lin[k".to_owned()], 1));
        assert_eq!(found(Some("link")), (Vec::new(), 0));
        assert_eq!(store.remembering("p").unwrap(), [("rule".to_owned(), 4, 4)]);
    }
}
