//! The real store, in memory, in which a process may be killed at a commit, or lose its lease to another there.

use std::sync::Arc;

use penstock::engine::driver::commit_points;
use penstock::store::{
    Change, CursorRow, Due, EffectRow, KeyFate, Known, Lease, LinkRow, Mover, Recall, Side,
    SqliteStore, Store, StoreError, WriteRow,
};

use super::mutation::Mutation;
use super::reached::{self, Tally};

/// Where a process dies, or stands still until another takes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crash {
    /// Before the commit of this number, from 1, is on the disk.
    Before(u64),
    /// When it is.
    After(u64),
    /// When it comes to a named point for that time, from 1; where another takes over, for the first time.
    At(&'static str, u64),
}

/// How a process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Death {
    /// Somebody kills it.
    Killed,
    /// It panics.
    Panicked,
    /// The disk is full, and it ends by itself.
    DiskFull,
}

/// What another process does with the store, from which it gives it back.
pub(super) type Other = Box<dyn FnOnce(SqliteStore) -> Result<SqliteStore, StoreError> + Send>;

/// A store whose process dies at a certain commit, or is overtaken by another one there.
pub(super) struct Mortal {
    pub(super) inner: SqliteStore,
    /// Commits since the process started.
    pub(super) commits: u64,
    pub(super) crash: Option<Crash>,
    /// At which commit another process takes over.
    pub(super) overtaken: Option<(Crash, Other)>,
    /// What is wrong with it.
    pub(super) mutation: Option<Mutation>,
    pub(super) tally: Tally,
}

impl Mortal {
    pub(super) fn around(inner: SqliteStore, tally: &Tally) -> Self {
        let tally = Arc::clone(tally);
        Self { inner, commits: 0, crash: None, overtaken: None, mutation: None, tally }
    }

    fn has(&self, mutation: Mutation) -> bool {
        self.mutation == Some(mutation)
    }

    /// What of a commit is stored.
    fn is_stored(&self, change: &Change) -> bool {
        match self.mutation {
            Some(Mutation::IntentNotStored) => !matches!(change, Change::Sent { .. }),
            Some(Mutation::StateNotStored) => !matches!(change, Change::State { .. }),
            Some(Mutation::WaitingNotStored) => !matches!(change, Change::Park(_)),
            Some(Mutation::OutcomeNotStored) => !matches!(change, Change::Concluded { .. }),
            _ => true,
        }
    }

    /// Lets the other process in, if it is to come at this instant.
    fn let_in(&mut self, at: Crash, changes: &[Change]) -> Result<(), StoreError> {
        let is_here = |when: Crash| match when {
            Crash::At(point, _) => points(at, changes).any(|it| it == point),
            when => when == at,
        };
        let Some((_, other)) = self.overtaken.take_if(|(when, _)| is_here(*when)) else {
            return Ok(());
        };
        self.count("overtaken", at, changes);
        let inner = std::mem::replace(&mut self.inner, SqliteStore::in_memory()?);
        self.inner = other(inner)?;
        Ok(())
    }
}

impl Mortal {
    fn count(&self, what: &str, at: Crash, changes: &[Change]) {
        for point in points(at, changes) {
            reached::count(&self.tally, format!("{what} {point}"));
        }
    }

    /// Whether the process is killed here.
    fn dies(&mut self, at: Crash, changes: &[Change]) -> Result<(), StoreError> {
        if self.crash != Some(at) {
            return Ok(());
        }
        self.count("killed", at, changes);
        Err(killed())
    }
}

/// The named points at which a commit of these changes is, before or after it.
fn points(at: Crash, changes: &[Change]) -> impl Iterator<Item = &'static str> {
    let is_before = matches!(at, Crash::Before(_));
    let points = commit_points(changes).into_iter();
    points.map(move |(before, after)| if is_before { before } else { after })
}

pub(super) fn killed() -> StoreError {
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
        let (before, after) = (Crash::Before(self.commits), Crash::After(self.commits));
        if self.has(Mutation::CursorEarly) {
            let cursors =
                changes.iter().filter(|it| matches!(it, Change::Cursor { .. } | Change::Seen(_)));
            self.inner.commit(pipeline, leases, &cursors.cloned().collect::<Vec<_>>())?;
        }
        self.dies(before, changes)?;
        self.let_in(before, changes)?;
        let leases = if self.has(Mutation::FenceIgnored) { &[] } else { leases };
        if self.mutation.is_none() {
            self.inner.commit(pipeline, leases, changes)?;
        } else {
            let stored = changes.iter().filter(|change| self.is_stored(change)).cloned();
            self.inner.commit(pipeline, leases, &stored.collect::<Vec<_>>())?;
        }
        self.let_in(after, changes)?;
        self.dies(after, changes)
    }

    fn lease(&mut self, name: &str, now: i64, until: i64) -> Result<Lease, StoreError> {
        let lease = self.inner.lease(name, now, until)?;
        // Without fences a lease is for ever, and one holder is like the other.
        if self.has(Mutation::FenceIgnored) {
            return Ok(Lease { fence: 1, until: i64::MAX, ..lease });
        }
        Ok(lease)
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
        let mut recalls = self.inner.recall(destination, keys)?;
        if self.has(Mutation::TwoMovers) {
            recalls.iter_mut().for_each(|recall| recall.movers.clear());
        }
        if self.has(Mutation::TwoCarriers) {
            recalls.iter_mut().for_each(|recall| recall.is_diverted = false);
        }
        Ok(recalls)
    }

    fn movers(&self, account: &str, owners: &[&str]) -> Result<Vec<Vec<Mover>>, StoreError> {
        if self.has(Mutation::TwoMovers) {
            return Ok(vec![Vec::new(); owners.len()]);
        }
        self.inner.movers(account, owners)
    }

    fn rested(&self, account: &str, owners: &[&str]) -> Result<Vec<Option<i64>>, StoreError> {
        if self.has(Mutation::RestSkipped) {
            return Ok(vec![None; owners.len()]);
        }
        self.inner.rested(account, owners)
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
        if self.has(Mutation::TwoCarriers) {
            return Ok(vec![false; causes.len()]);
        }
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
        if self.has(Mutation::LedgerUntold) {
            return Ok(Vec::new());
        }
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
