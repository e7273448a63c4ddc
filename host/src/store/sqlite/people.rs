//! What people ask of the store.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{OptionalExtension, params};

use super::SqliteStore;
use super::encode::{waiting_row, write_row};
use crate::contract::Decimal;
use crate::store::{NoteRow, SeenRow, StoreError, WaitingRow, WriteRow};
use crate::time::Instant;

/// All that the store knows of what a person named.
#[derive(Debug, Default)]
pub struct Found {
    pub seen: Vec<SeenFound>,
    pub writes: Vec<WriteFound>,
    pub waiting: Vec<(String, WaitingRow)>,
    pub remotes: Vec<RemoteRow>,
    pub notes: Vec<NoteRow>,
    /// Of the counter of that name, and of the counters that a link of that name joins.
    pub movements: Vec<MovementFound>,
}

/// A movement in the ledger, and the write that makes it.
#[derive(Debug)]
pub struct MovementFound {
    pub account: String,
    pub owner: String,
    pub delta: Decimal,
    pub cause: String,
    /// Nothing while it is open.
    pub settled_at: Option<Instant>,
    /// It was settled as never made.
    pub void: bool,
    /// Which of the write's intakes it is of.
    pub position: usize,
    /// The write that makes it, with its pipeline; nothing where another store made it.
    pub write: Option<Arc<WriteFound>>,
}

/// An entry that a source gave, in the pipeline that read it.
#[derive(Debug)]
pub struct SeenFound {
    pub pipeline: String,
    pub row: SeenRow,
}

/// A write in the journal, in the pipeline that planned it.
#[derive(Debug, Clone, PartialEq)]
pub struct WriteFound {
    pub pipeline: String,
    pub row: WriteRow,
}

/// What a key is at a destination.
#[derive(Debug)]
pub struct RemoteRow {
    pub destination: String,
    pub key: String,
    pub id: String,
    pub revision: String,
    pub at: Instant,
}

/// Movements of a counter that are told, the latest ones: a busy counter has thousands.
const MOVEMENTS_MAX: i64 = 500;

/// Most keys that one question is answered for.
const KEYS_MAX: usize = 20;

impl SqliteStore {
    /// Entries of that kind (`held`, `dead`) that wait for a person, in all pipelines or in one.
    ///
    /// # Errors
    /// As the store's own.
    pub fn waiting(
        &self,
        kinds: &[&str],
        pipeline: Option<&str>,
    ) -> Result<Vec<(String, WaitingRow)>, StoreError> {
        let mut rows = Vec::new();
        for kind in kinds {
            let found: rusqlite::Result<Vec<(String, WaitingRow)>> = self
                .connection
                .prepare_cached(
                    "SELECT * FROM waiting WHERE kind = ?1 AND (?2 IS NULL OR pipeline = ?2) ORDER BY pipeline, number",
                )
                .and_then(|mut statement| {
                    statement
                        .query_map(params![kind, pipeline], |row| Ok((row.get("pipeline")?, waiting_row(row)?)))?
                        .collect()
                });
            rows.extend(found.map_err(|error| self.said(&error))?);
        }
        Ok(rows)
    }

    /// Everything of a pipeline that waits, whatever for.
    ///
    /// # Errors
    /// As the store's own.
    pub fn waiting_all(&self, pipeline: &str) -> Result<Vec<WaitingRow>, StoreError> {
        self.connection
            .prepare_cached("SELECT * FROM waiting WHERE pipeline = ?1 ORDER BY number")
            .and_then(|mut statement| statement.query_map([pipeline], waiting_row)?.collect())
            .map_err(|error| self.said(&error))
    }

    /// A copy in memory in which these entries are not read yet and nothing else is under way, so that a plan on it deals
    /// with them alone. What rules remember, and what was written, it knows.
    ///
    /// # Errors
    /// As the store's own.
    pub fn copy_for(&self, keys: &[&str]) -> Result<Self, StoreError> {
        let copy = self.copy_in_memory()?;
        let forget = || {
            let db = &copy.connection;
            for key in keys {
                db.execute("DELETE FROM seen WHERE key = ?1", [key])?;
            }
            // Held, an open write is still in the way of another of its key, and a run leaves it alone.
            db.execute_batch(
                "DELETE FROM waiting_on; DELETE FROM waiting;
                 UPDATE write SET status = 'held' WHERE status IN ('planned', 'sent', 'unknown');",
            )
        };
        forget().map_err(|error| copy.said(&error))?;
        Ok(copy)
    }

    /// Digests of the components that planned writes which are not concluded, in all pipelines.
    ///
    /// # Errors
    /// As the store's own.
    pub fn open_components(&self) -> Result<Vec<String>, StoreError> {
        self.connection
            .prepare_cached("SELECT DISTINCT component FROM write WHERE status NOT IN ('concluded', 'withdrawn')")
            .and_then(|mut statement| statement.query_map([], |row| row.get(0))?.collect())
            .map_err(|error| self.said(&error))
    }

    /// How many entries wait, by what they wait for.
    ///
    /// # Errors
    /// As the store's own.
    pub fn waiting_counts(&self, pipeline: &str) -> Result<Vec<(String, u64)>, StoreError> {
        self.connection
            .prepare_cached("SELECT kind, count(*) FROM waiting WHERE pipeline = ?1 GROUP BY kind ORDER BY kind")
            .and_then(|mut statement| statement.query_map([pipeline], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs())))?.collect())
            .map_err(|error| self.said(&error))
    }

    /// A write of the journal.
    ///
    /// # Errors
    /// As the store's own.
    pub fn write(&self, pipeline: &str, number: i64) -> Result<Option<WriteRow>, StoreError> {
        self.write_row(pipeline, number).map_err(|error| self.said(&error))
    }

    fn write_row(&self, pipeline: &str, number: i64) -> rusqlite::Result<Option<WriteRow>> {
        self.connection
            .prepare_cached("SELECT * FROM journal WHERE pipeline = ?1 AND number = ?2")?
            .query_row(params![pipeline, number], write_row)
            .optional()
    }

    /// All that is known under a name that people use: a key or the end of one, an order's number, an e-mail
    /// address, a remote id.
    ///
    /// # Errors
    /// As the store's own.
    pub fn find(&self, name: &str) -> Result<Found, StoreError> {
        self.find_within(name).map_err(|error| self.said(&error))
    }

    fn find_within(&self, name: &str) -> rusqlite::Result<Found> {
        let mut keys: Vec<String> = self
            .connection
            .prepare(
                "SELECT key FROM seen WHERE key = ?1 OR label = ?1
                 UNION SELECT key FROM seen WHERE key LIKE '%/' || ?2 ESCAPE '\\'
                 UNION SELECT key FROM write_key WHERE key = ?1 OR key = 'email:' || lower(trim(?1)) OR token = ?1
                 UNION SELECT key FROM remote WHERE id = ?1 OR key = ?1 OR token = ?1
                 UNION SELECT key FROM waiting WHERE key = ?1 OR key = 'email:' || lower(trim(?1)) LIMIT ?3",
            )?
            .query_map(params![name, name.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"), i64::try_from(KEYS_MAX).unwrap_or(20)], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        // What was made of an entry, or what it was made of, belongs to its story.
        for key in keys.clone() {
            let related: Vec<String> = self
                .connection
                .prepare("SELECT DISTINCT key FROM waiting WHERE origin_key = ?1 LIMIT ?2")?
                .query_map(params![key, i64::try_from(KEYS_MAX).unwrap_or(20)], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            keys.extend(related);
        }
        keys.sort();
        keys.dedup();
        let mut found = Found { movements: self.movements(name)?, ..Found::default() };
        for key in &keys {
            self.add_key(key, &mut found)?;
        }
        Ok(found)
    }

    /// The latest movements of the counter of that name, and of the counters that a link of that name joins or joined.
    fn movements(&self, name: &str) -> rusqlite::Result<Vec<MovementFound>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT c.account, c.owner, e.units, e.scale, e.cause, e.settled_at, e.void,
                    e.pipeline, e.number, e.position
             FROM counter c JOIN effect e ON e.counter = c.id
             WHERE c.owner = ?1
                OR c.owner IN (SELECT left FROM link WHERE label = ?1 UNION SELECT right FROM link WHERE label = ?1)
             ORDER BY e.id DESC LIMIT ?2",
        )?;
        let mut rows = statement.query(params![name, MOVEMENTS_MAX])?;
        let mut writes = HashMap::new();
        let mut movements = Vec::new();
        while let Some(row) = rows.next()? {
            let at: (String, i64) = (row.get("pipeline")?, row.get("number")?);
            let write = match writes.get(&at) {
                Some(known) => Option::clone(known),
                None => {
                    let found = self.write_row(&at.0, at.1)?;
                    let found =
                        found.map(|row| Arc::new(WriteFound { pipeline: at.0.clone(), row }));
                    writes.insert(at, found.clone());
                    found
                }
            };
            movements.push(MovementFound {
                account: row.get("account")?,
                owner: row.get("owner")?,
                delta: Decimal { units: row.get("units")?, scale: row.get("scale")? },
                cause: row.get("cause")?,
                settled_at: row.get("settled_at")?,
                void: row.get("void")?,
                position: usize::try_from(row.get::<_, i64>("position")?).unwrap_or(usize::MAX),
                write,
            });
        }
        movements.reverse();
        Ok(movements)
    }

    fn add_key(&self, key: &str, found: &mut Found) -> rusqlite::Result<()> {
        let db = &self.connection;
        found.seen.extend(
            db.prepare_cached("SELECT pipeline, source, key, revision, label, outcome, at FROM seen WHERE key = ?1")?
                .query_map([key], |row| {
                    Ok(SeenFound {
                        pipeline: row.get(0)?,
                        row: SeenRow {
                            source: row.get(1)?,
                            key: row.get(2)?,
                            revision: row.get(3)?,
                            label: row.get(4)?,
                            outcome: row.get(5)?,
                            at: row.get(6)?,
                        },
                    })
                })?
                .collect::<rusqlite::Result<Vec<_>>>()?,
        );
        found.writes.extend(
            db.prepare_cached(
                "SELECT * FROM journal WHERE (pipeline, number) IN
                     (SELECT pipeline, number FROM write_key WHERE key = ?1) ORDER BY number",
            )?
            .query_map([key], |row| {
                Ok(WriteFound { pipeline: row.get("pipeline")?, row: write_row(row)? })
            })?
            .collect::<rusqlite::Result<Vec<_>>>()?,
        );
        found.waiting.extend(
            db.prepare_cached("SELECT * FROM waiting WHERE key = ?1 ORDER BY number")?
                .query_map([key], |row| Ok((row.get("pipeline")?, waiting_row(row)?)))?
                .collect::<rusqlite::Result<Vec<_>>>()?,
        );
        found.remotes.extend(
            db.prepare_cached(
                "SELECT destination, key, id, revision, at FROM remote WHERE key = ?1",
            )?
            .query_map([key], |row| {
                Ok(RemoteRow {
                    destination: row.get(0)?,
                    key: row.get(1)?,
                    id: row.get(2)?,
                    revision: row.get(3)?,
                    at: row.get(4)?,
                })
            })?
            .collect::<rusqlite::Result<Vec<_>>>()?,
        );
        found.notes.extend(
            db.prepare_cached("SELECT key, stage, text, at FROM note WHERE key = ?1 ORDER BY id")?
                .query_map([key], |row| {
                    Ok(NoteRow {
                        key: row.get(0)?,
                        stage: row.get(1)?,
                        text: row.get(2)?,
                        at: row.get(3)?,
                    })
                })?
                .collect::<rusqlite::Result<Vec<_>>>()?,
        );
        Ok(())
    }
}
