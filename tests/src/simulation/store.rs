//! The real store, in memory, in which a process may be killed at a commit.

use penstock::store::{
    Change, CursorRow, Due, EffectRow, KeyFate, Known, Lease, LinkRow, Mover, Recall, Side,
    SqliteStore, Store, StoreError, WriteRow,
};

/// Where a process is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crash {
    /// Before the commit of this number, from 1, is on the disk.
    Before(u64),
    /// When it is.
    After(u64),
}

/// A store whose process dies at a certain commit.
pub(super) struct Mortal {
    pub(super) inner: SqliteStore,
    /// Commits since the process started.
    pub(super) commits: u64,
    pub(super) crash: Option<Crash>,
}

impl Mortal {
    pub(super) fn around(inner: SqliteStore) -> Self {
        Self { inner, commits: 0, crash: None }
    }
}

fn killed() -> StoreError {
    StoreError::Unusable { file: "memory".to_owned(), reason: "the process was killed".to_owned() }
}

impl Store for Mortal {
    fn commit(
        &mut self,
        pipeline: &str,
        leases: &[Lease],
        changes: &[Change],
    ) -> Result<(), StoreError> {
        self.commits += 1;
        if self.crash == Some(Crash::Before(self.commits)) {
            return Err(killed());
        }
        self.inner.commit(pipeline, leases, changes)?;
        if self.crash == Some(Crash::After(self.commits)) { Err(killed()) } else { Ok(()) }
    }

    fn lease(&mut self, name: &str, now: i64, until: i64) -> Result<Lease, StoreError> {
        self.inner.lease(name, now, until)
    }

    fn release(&mut self, lease: &Lease) -> Result<(), StoreError> {
        self.inner.release(lease)
    }

    fn cursors(&self, pipeline: &str) -> Result<Vec<CursorRow>, StoreError> {
        self.inner.cursors(pipeline)
    }

    fn open_writes(&self, pipeline: &str) -> Result<Vec<WriteRow>, StoreError> {
        self.inner.open_writes(pipeline)
    }

    fn last_number(&self, pipeline: &str) -> Result<i64, StoreError> {
        self.inner.last_number(pipeline)
    }

    fn seen(
        &self,
        pipeline: &str,
        source: &str,
        entries: &[(&str, &str)],
    ) -> Result<Vec<bool>, StoreError> {
        self.inner.seen(pipeline, source, entries)
    }

    fn recall(&self, destination: &str, keys: &[&str]) -> Result<Vec<Recall>, StoreError> {
        self.inner.recall(destination, keys)
    }

    fn movers(&self, account: &str, owners: &[&str]) -> Result<Vec<Vec<Mover>>, StoreError> {
        self.inner.movers(account, owners)
    }

    fn fates(
        &self,
        pipeline: &str,
        destinations: &[String],
        keys: &[&str],
    ) -> Result<Vec<KeyFate>, StoreError> {
        self.inner.fates(pipeline, destinations, keys)
    }

    fn known_version(&self, destination: &str) -> Result<Option<u64>, StoreError> {
        self.inner.known_version(destination)
    }

    fn causes_taken(
        &self,
        account: &str,
        causes: &[(&str, &str)],
    ) -> Result<Vec<bool>, StoreError> {
        self.inner.causes_taken(account, causes)
    }

    fn due(&self, pipeline: &str, known: &Known, limit: usize) -> Result<Due, StoreError> {
        self.inner.due(pipeline, known, limit)
    }

    fn state(
        &self,
        pipeline: &str,
        stage: &str,
        keys: &[String],
    ) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        self.inner.state(pipeline, stage, keys)
    }

    fn effects(
        &self,
        account: &str,
        owner: &str,
        after: u64,
    ) -> Result<Vec<EffectRow>, StoreError> {
        self.inner.effects(account, owner, after)
    }

    fn links(
        &self,
        pipeline: &str,
        stage: &str,
        side: Side,
        owners: &[String],
    ) -> Result<Vec<Option<LinkRow>>, StoreError> {
        self.inner.links(pipeline, stage, side, owners)
    }
}
