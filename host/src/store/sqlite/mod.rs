//! The store on SQLite, in a file or in memory: one file, no server, every commit on the disk before it counts.

mod checkpoints;
mod commit;
mod decide;
mod encode;
mod holder;
mod ledger;
mod links;
mod moment;
mod opening;
mod people;
mod read;
mod runs;

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::ffi::SQLITE_IOERR_SHMSIZE;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, TransactionBehavior, params};

use super::{
    Change, CursorRow, Due, EffectRow, KeyFate, Known, Lease, LinkRow, Mover, Recall, Side, Store,
    StoreError, WriteRow,
};
use crate::time::{Instant, rfc3339};
use holder::Holder;
use opening::Look;

pub use checkpoints::{CHECKPOINTS_MAX, StateFound};
pub use links::{Pair, Relinked};
pub use moment::{Asked, Moment};
pub use people::{Found, MovementFound, RemoteRow, SeenFound, WriteFound};

/// Marks a file as ours: `PENS`.
const APPLICATION_ID: i64 = 0x5045_4E53;
/// The layout that `schema.sql` makes. Recordings hold rows of it: their form goes up with it.
pub const LAYOUT: i64 = 6;
/// How long a commit waits for another process that is committing, in milliseconds.
const BUSY_TIMEOUT_MS: u64 = 10_000;
/// Pages kept in memory, in KiB as SQLite counts them: negative. With fewer a long run reads its own pages again.
const CACHE_KIB: &str = "-8192";
/// Pages in the log after which they go to the file, 4 KiB each. A page that changes often is then written there once.
const CHECKPOINT_PAGES: &str = "8192";
/// Statements kept prepared: all that there are.
const STATEMENTS_MAX: usize = 128;

/// A store in one SQLite file, or in memory.
#[derive(Debug)]
pub struct SqliteStore {
    connection: Connection,
    file: PathBuf,
    holder: Holder,
    /// What it is asked for, while that is noted.
    asked: Option<RefCell<Asked>>,
}

impl SqliteStore {
    /// Opens the store at `file`, making it, and the folder it is in, where there is none.
    ///
    /// # Errors
    /// A file that is not a store, is damaged, or was written by a newer Penstock is refused, and left as it is.
    #[allow(
        clippy::disallowed_methods,
        reason = "the store is one of the places that may touch files"
    )]
    pub fn open(file: &Path) -> Result<Self, StoreError> {
        if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(|error| unusable(file, &error))?;
        }
        // Two processes that make it at the same time would see half of each other's work.
        let _making = opening::making(file);
        opening::refuse_cut(file)?;
        let look = opening::look_of_a_run(file);
        let connection = Connection::open(file).map_err(|error| said(file, &error))?;
        opening::identify(&connection, file, look)?;
        let store =
            Self { connection, file: file.to_owned(), holder: Holder::beside(file), asked: None };
        store.prepare()?;
        Ok(store)
    }

    /// Opens the store at `file` for looking only.
    ///
    /// # Errors
    /// As [`SqliteStore::open`]; also where there is no such file.
    pub fn look(file: &Path) -> Result<Self, StoreError> {
        opening::refuse_cut(file)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection =
            Connection::open_with_flags(file, flags).map_err(|error| said(file, &error))?;
        opening::identify(&connection, file, Look::AtItsHead)?;
        let store =
            Self { connection, file: file.to_owned(), holder: Holder::beside(file), asked: None };
        store.set_up()?;
        Ok(store)
    }

    /// A store that lives as long as this value.
    ///
    /// # Errors
    /// Only where memory is short.
    pub fn in_memory() -> Result<Self, StoreError> {
        let file = PathBuf::from(":memory:");
        let connection = Connection::open_in_memory().map_err(|error| said(&file, &error))?;
        let store = Self { connection, file, holder: Holder::alone(), asked: None };
        store.prepare()?;
        Ok(store)
    }

    /// A copy in memory, for a plan: whatever is done to it, the store stays as it is.
    ///
    /// # Errors
    /// As the store's own.
    pub fn copy_in_memory(&self) -> Result<Self, StoreError> {
        let mut copy = Connection::open_in_memory().map_err(|error| self.said(&error))?;
        {
            let backup = rusqlite::backup::Backup::new(&self.connection, &mut copy)
                .map_err(|error| self.said(&error))?;
            backup
                .run_to_completion(4096, std::time::Duration::ZERO, None)
                .map_err(|error| self.said(&error))?;
        }
        let copy = Self {
            connection: copy,
            file: PathBuf::from(":memory:"),
            holder: Holder::alone(),
            asked: None,
        };
        // Nobody else has a lease on the copy, and what it does with first levels is what a person looks at.
        copy.connection
            .execute_batch(
                "UPDATE lease SET until = 0; UPDATE link SET levels_at = made_at WHERE levels_at IS NULL;",
            )
            .map_err(|error| copy.said(&error))?;
        Ok(copy)
    }

    /// Whether this is an older copy of the store: a pipeline has moved stock since, beside it on this machine.
    ///
    /// # Errors
    /// As the store's own.
    pub fn is_put_back(&self, pipeline: &str) -> Result<bool, StoreError> {
        Ok(self.holder.moved(pipeline) > Some(self.sendings(pipeline)?))
    }

    /// How often a pipeline has sent something that moves stock.
    ///
    /// # Errors
    /// As the store's own.
    pub fn sendings(&self, pipeline: &str) -> Result<i64, StoreError> {
        let sendings = "SELECT ifnull(sum(sendings), 0) FROM moved WHERE pipeline = ?1";
        self.connection
            .prepare_cached(sendings)
            .and_then(|mut statement| statement.query_row([pipeline], |row| row.get(0)))
            .map_err(|error| self.said(&error))
    }

    /// The latest instant that a pipeline is known to have seen: when it last settled a movement, parked an entry, or knew a
    /// source up to. A clock that is behind it was set back since.
    ///
    /// # Errors
    /// As the store's own.
    pub fn latest_instant(&self, pipeline: &str) -> Result<Option<Instant>, StoreError> {
        let latest = "SELECT max(at) FROM (
             SELECT at FROM settled
             UNION ALL SELECT max(since) FROM waiting WHERE pipeline = ?1
             UNION ALL SELECT max(complete_to) FROM cursor WHERE pipeline = ?1)";
        self.connection
            .query_row(latest, [pipeline], |row| row.get(0))
            .map_err(|error| self.said(&error))
    }

    /// Whether the store is gone with this value.
    pub fn is_in_memory(&self) -> bool {
        self.file == Path::new(":memory:")
    }

    /// Where the store is.
    pub fn file(&self) -> &Path {
        &self.file
    }

    fn set_up(&self) -> Result<(), StoreError> {
        let set = |name: &str, value: &str| {
            self.connection.pragma_update(None, name, value).map_err(|error| self.said(&error))
        };
        self.connection
            .busy_timeout(std::time::Duration::from_millis(BUSY_TIMEOUT_MS))
            .map_err(|error| self.said(&error))?;
        set("synchronous", "FULL")?;
        set("foreign_keys", "ON")?;
        set("cache_size", CACHE_KIB)?;
        set("wal_autocheckpoint", CHECKPOINT_PAGES)?;
        // Otherwise SQLite may plan a statement anew with each value that is bound to it.
        self.connection
            .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
            .map_err(|error| self.said(&error))?;
        self.connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        Ok(())
    }

    fn prepare(&self) -> Result<(), StoreError> {
        self.set_up()?;
        self.connection
            .query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0))
            .map_err(|error| self.said(&error))?;
        let transaction =
            rusqlite::Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)
                .map_err(|error| self.said(&error))?;
        let layout: i64 = transaction
            .query_row("PRAGMA user_version", [], |row| row.get(0))
            .map_err(|error| self.said(&error))?;
        if layout == 0 {
            transaction
                .execute_batch(include_str!("schema.sql"))
                .map_err(|error| self.said(&error))?;
            transaction
                .pragma_update(None, "application_id", APPLICATION_ID)
                .map_err(|error| self.said(&error))?;
            transaction
                .pragma_update(None, "user_version", LAYOUT)
                .map_err(|error| self.said(&error))?;
        }
        transaction.commit().map_err(|error| self.said(&error))
    }

    /// Reads in one transaction: the file is locked once for all of it, and all of it is of one moment.
    fn reading<T>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        self.connection
            .unchecked_transaction()
            .and_then(|transaction| read(&transaction))
            .map_err(|error| self.said(&error))
    }

    fn said(&self, error: &rusqlite::Error) -> StoreError {
        said(&self.file, error)
    }

    fn lease_within(
        &mut self,
        name: &str,
        now: Instant,
        until: Instant,
    ) -> rusqlite::Result<Result<Lease, StoreError>> {
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let found: Option<(String, i64, Instant)> = transaction
            .query_row("SELECT holder, fence, until FROM lease WHERE name = ?1", [name], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        let fence = match found {
            None => 1,
            Some((holder, fence, _)) if holder == self.holder.name() => fence,
            Some((holder, fence, ends)) => {
                if ends > now && self.holder.is_alive(&holder) {
                    let lease =
                        StoreError::Leased { name: name.to_owned(), holder, until: rfc3339(ends) };
                    return Ok(Err(lease));
                }
                fence.saturating_add(1)
            }
        };
        transaction.execute(
            "INSERT INTO lease (name, holder, fence, until) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (name) DO UPDATE SET holder = ?2, fence = ?3, until = ?4",
            params![name, self.holder.name(), fence, until],
        )?;
        transaction.commit()?;
        Ok(Ok(Lease { name: name.to_owned(), fence, until }))
    }
}

impl Store for SqliteStore {
    fn lease(&mut self, name: &str, now: Instant, until: Instant) -> Result<Lease, StoreError> {
        let file = self.file.clone();
        self.holder.appear().map_err(|error| unusable(&file, &error))?;
        self.lease_within(name, now, until).map_err(|error| said(&file, &error))?
    }

    fn release(&mut self, lease: &Lease) -> Result<(), StoreError> {
        self.connection
            .execute(
                "UPDATE lease SET until = 0 WHERE name = ?1 AND fence = ?2 AND holder = ?3",
                params![lease.name, lease.fence, self.holder.name()],
            )
            .map_err(|error| self.said(&error))?;
        Ok(())
    }

    fn commit(
        &mut self,
        pipeline: &str,
        leases: &[Lease],
        changes: &[Change],
    ) -> Result<(), StoreError> {
        let file = self.file.clone();
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|error| said(&file, &error))?;
        for lease in leases {
            refuse_fenced(&transaction, lease, &file)?;
        }
        for change in changes {
            commit::apply(&transaction, pipeline, change).map_err(|error| said(&file, &error))?;
        }
        let sendings = commit::count_moving(&transaction, pipeline, changes)
            .map_err(|error| said(&file, &error))?;
        transaction.commit().map_err(|error| said(&file, &error))?;
        // Noted before anything leaves: a process that is killed has moved stock, too.
        if let Some(sendings) = sendings {
            self.holder.note_moved(pipeline, sendings);
        }
        Ok(())
    }

    fn cursors(&self, pipeline: &str) -> Result<Vec<CursorRow>, StoreError> {
        read::cursors(&self.connection, pipeline).map_err(|error| self.said(&error))
    }

    fn open_writes(&self, pipeline: &str) -> Result<Vec<WriteRow>, StoreError> {
        read::open_writes(&self.connection, pipeline).map_err(|error| self.said(&error))
    }

    fn last_number(&self, pipeline: &str) -> Result<i64, StoreError> {
        read::last_number(&self.connection, pipeline).map_err(|error| self.said(&error))
    }

    fn seen(
        &self,
        pipeline: &str,
        source: &str,
        entries: &[(&str, &str)],
    ) -> Result<Vec<bool>, StoreError> {
        self.note(|asked| asked.entries(source, entries));
        self.reading(|db| read::seen(db, pipeline, source, entries))
    }

    fn recall(&self, destination: &str, keys: &[&str]) -> Result<Vec<Recall>, StoreError> {
        self.note(|asked| asked.remotes(destination, keys));
        self.reading(|db| read::recall(db, destination, keys))
    }

    fn movers(&self, account: &str, owners: &[&str]) -> Result<Vec<Vec<Mover>>, StoreError> {
        self.note(|asked| asked.counters(account, owners.iter().copied()));
        self.reading(|db| read::movers(db, account, owners))
    }

    fn rested(&self, account: &str, owners: &[&str]) -> Result<Vec<Option<Instant>>, StoreError> {
        self.note(|asked| asked.counters(account, owners.iter().copied()));
        self.reading(|db| read::rested(db, account, owners))
    }

    fn fates(
        &self,
        pipeline: &str,
        destinations: &[String],
        keys: &[&str],
    ) -> Result<Vec<KeyFate>, StoreError> {
        self.note(|asked| destinations.iter().for_each(|of| asked.remotes(of, keys)));
        self.reading(|db| read::fates(db, pipeline, destinations, keys))
    }

    fn known_version(&self, destination: &str) -> Result<Option<u64>, StoreError> {
        self.note(|asked| asked.version(destination));
        read::known_version(&self.connection, destination).map_err(|error| self.said(&error))
    }

    fn causes_taken(
        &self,
        account: &str,
        causes: &[(&str, &str)],
    ) -> Result<Vec<bool>, StoreError> {
        self.note(|asked| asked.counters(account, causes.iter().map(|(owner, _)| *owner)));
        self.reading(|db| read::causes_taken(db, account, causes))
    }

    fn due(&self, pipeline: &str, known: &Known, limit: usize) -> Result<Due, StoreError> {
        self.reading(|db| read::due(db, pipeline, known, limit))
    }

    fn state(
        &self,
        pipeline: &str,
        stage: &str,
        keys: &[String],
    ) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        self.note(|asked| asked.state(stage, keys));
        self.reading(|db| read::state(db, pipeline, stage, keys))
    }

    fn effects(
        &self,
        account: &str,
        owner: &str,
        after: u64,
    ) -> Result<Vec<EffectRow>, StoreError> {
        self.note(|asked| asked.counters(account, [owner]));
        read::effects(&self.connection, account, owner, after).map_err(|error| self.said(&error))
    }

    fn links(
        &self,
        pipeline: &str,
        stage: &str,
        side: Side,
        owners: &[String],
    ) -> Result<Vec<Option<LinkRow>>, StoreError> {
        self.reading(|db| links::of(db, pipeline, stage, side, owners))
    }
}

/// Refuses to go on under a lease that another process has taken.
fn refuse_fenced(db: &Connection, lease: &Lease, file: &Path) -> Result<(), StoreError> {
    let fence: Option<i64> = db
        .prepare_cached("SELECT fence FROM lease WHERE name = ?1")
        .and_then(|mut statement| statement.query_row([&lease.name], |row| row.get(0)).optional())
        .map_err(|error| said(file, &error))?;
    match fence == Some(lease.fence) {
        true => Ok(()),
        false => Err(StoreError::Fenced { name: lease.name.clone() }),
    }
}

fn said(file: &Path, error: &rusqlite::Error) -> StoreError {
    let name = file.display().to_string();
    let reason = error.to_string();
    // What SQLite says where there is no room for the file by which processes share the log.
    let no_room =
        error.sqlite_error().is_some_and(|error| error.extended_code == SQLITE_IOERR_SHMSIZE);
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreError::Full { file: name },
        _ if no_room => StoreError::Full { file: name },
        Some(ErrorCode::NotADatabase) => {
            StoreError::Foreign { file: name, reason: "it is not a SQLite file".to_owned() }
        }
        Some(ErrorCode::DatabaseCorrupt) => StoreError::Damaged { file: name, reason },
        _ => StoreError::Unusable { file: name, reason },
    }
}

fn unusable(file: &Path, error: &std::io::Error) -> StoreError {
    match error.kind() {
        std::io::ErrorKind::StorageFull => StoreError::Full { file: file.display().to_string() },
        _ => StoreError::Unusable { file: file.display().to_string(), reason: error.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::NoteRow;

    fn notes(count: usize) -> Vec<Change> {
        let note = |number: usize| NoteRow {
            key: format!("shop:1/orders/{number}"),
            stage: "orders".to_owned(),
            text: "x".repeat(1_000),
            at: 0,
        };
        (0..count).map(|number| Change::Note(note(number))).collect()
    }

    fn kept(store: &SqliteStore) -> i64 {
        store.connection.query_row("SELECT count(*) FROM note", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn processes_that_make_the_store_at_the_same_time_get_one_and_the_same() {
        for _ in 0..20 {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("new/store.db");
            std::thread::scope(|scope| {
                let opening: Vec<_> =
                    (0..8).map(|_| scope.spawn(|| SqliteStore::open(&file).map(|_| ()))).collect();
                for opened in opening {
                    assert_eq!(opened.join().unwrap().map_err(|error| error.to_string()), Ok(()));
                }
            });
        }
    }

    #[test]
    fn a_store_of_an_earlier_layout_is_refused_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("store.db");
        let store = SqliteStore::open(&file).unwrap();
        store.connection.pragma_update(None, "user_version", LAYOUT - 1).unwrap();
        drop(store);
        for opened in [SqliteStore::open(&file), SqliteStore::look(&file)] {
            assert!(matches!(opened, Err(StoreError::Older { .. })), "{opened:?}");
        }
        let kept: i64 = Connection::open(&file)
            .unwrap()
            .query_row("PRAGMA user_version", [], |row| row.get(0))
            .unwrap();
        assert_eq!(kept, LAYOUT - 1);
    }

    #[test]
    fn a_full_disk_is_told_as_one_and_keeps_all_of_a_commit_or_nothing() {
        let mut store = SqliteStore::in_memory().unwrap();
        store.commit("test", &[], &notes(5)).unwrap();
        let pages: i64 =
            store.connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
        store
            .connection
            .query_row(&format!("PRAGMA max_page_count = {}", pages + 10), [], |_| Ok(()))
            .unwrap();
        let failed = store.commit("test", &[], &notes(500));
        assert!(matches!(failed, Err(StoreError::Full { .. })), "{failed:?}");
        assert_eq!(kept(&store), 5);
        // Once there is room again the same commit goes through.
        store.connection.query_row("PRAGMA max_page_count = 1000000", [], |_| Ok(())).unwrap();
        store.commit("test", &[], &notes(500)).unwrap();
        assert_eq!(kept(&store), 505);
    }
}
