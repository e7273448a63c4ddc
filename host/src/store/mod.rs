//! The only memory: cursors, the journal of writes, what waits, state, leases.
//!
//! Everything that changes is a [`Change`], and changes are committed in one transaction or not at all. Every commit
//! is fenced by the leases under which it is made, so a process that lost its lease changes nothing any more.

mod change;
mod rows;
#[cfg(test)]
pub(crate) mod samples;
mod sqlite;

pub use change::Change;
pub use rows::{
    Checkpoint, CursorRow, Due, Earlier, EffectRow, ExistingRow, IntakeResult, IntakeRow, KeyFate,
    Known, Label, Lease, LinkRow, Mover, NoteRow, PIPELINE_LEASE, Recall, Rewinding, RunRow,
    SeenRow, Side, StoredRow, WaitingKind, WaitingRow, WriteRow, WriteStatus,
};
pub use sqlite::{
    Asked, CHECKPOINTS_MAX, Found, LAYOUT, Moment, MovementFound, Pair, Relinked, RemoteRow,
    SeenFound, SqliteStore, StateFound, WriteFound,
};

use crate::time::Instant;

/// Why the store cannot go on. Nothing of the commit that failed was kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("`{file}` is not a Penstock store: {reason}")]
    Foreign { file: String, reason: String },
    #[error("the store `{file}` is damaged: {reason}")]
    Damaged { file: String, reason: String },
    #[error(
        "the store `{file}` was written by a newer Penstock (layout {found}; this one knows {known})"
    )]
    Newer { file: String, found: i64, known: i64 },
    #[error(
        "the store `{file}` was written by an earlier Penstock (layout {found}; this one knows {known})"
    )]
    Older { file: String, found: i64, known: i64 },
    #[error("the disk that holds the store `{file}` is full")]
    Full { file: String },
    #[error("the store `{file}` cannot be used: {reason}")]
    Unusable { file: String, reason: String },
    #[error("`{name}` is being written by another process ({holder}), until {until} at the latest")]
    Leased { name: String, holder: String, until: String },
    #[error("the lease on `{name}` was lost to another process")]
    Fenced { name: String },
}

/// What the engine needs of a store. One implementation serves a file and memory; another may serve many machines.
///
/// Called by one thread at a time. No method blocks on anything but the store's own disk.
pub trait Store: Send {
    /// Takes or renews a lease for this process until `until`.
    ///
    /// # Errors
    /// [`StoreError::Leased`] while another live process has it.
    fn lease(&mut self, name: &str, now: Instant, until: Instant) -> Result<Lease, StoreError>;

    /// Gives a lease back, so that another process need not wait for its end.
    fn release(&mut self, lease: &Lease) -> Result<(), StoreError>;

    /// Commits all changes of `pipeline`, in order, in one durable transaction, if each lease is still ours.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] where a lease was lost; nothing was changed then, as with every other error.
    fn commit(
        &mut self,
        pipeline: &str,
        leases: &[Lease],
        changes: &[Change],
    ) -> Result<(), StoreError>;

    /// Where each source of the pipeline goes on.
    fn cursors(&self, pipeline: &str) -> Result<Vec<CursorRow>, StoreError>;

    /// Writes that are planned, sent or unknown, oldest first.
    fn open_writes(&self, pipeline: &str) -> Result<Vec<WriteRow>, StoreError>;

    /// The highest number that the pipeline has given to a write or a waiting entry.
    fn last_number(&self, pipeline: &str) -> Result<i64, StoreError>;

    /// For each key and revision of a source, whether it has been dealt with.
    fn seen(
        &self,
        pipeline: &str,
        source: &str,
        entries: &[(&str, &str)],
    ) -> Result<Vec<bool>, StoreError>;

    /// What is known of keys at a destination.
    fn recall(&self, destination: &str, keys: &[&str]) -> Result<Vec<Recall>, StoreError>;

    /// For each counter of an account, the open writes that move it: planned, sent, unknown or held.
    fn movers(&self, account: &str, owners: &[&str]) -> Result<Vec<Vec<Mover>>, StoreError>;

    /// For each counter of an account, when the last movement of it that was sent and applied has been settled for its
    /// settle time.
    fn rested(&self, account: &str, owners: &[&str]) -> Result<Vec<Option<Instant>>, StoreError>;

    /// What became of keys that others depend on, at any of the destinations.
    fn fates(
        &self,
        pipeline: &str,
        destinations: &[String],
        keys: &[&str],
    ) -> Result<Vec<KeyFate>, StoreError>;

    /// The highest version that the destination's answers have told.
    fn known_version(&self, destination: &str) -> Result<Option<u64>, StoreError>;

    /// Causes among these that already move the same counter, and are not void.
    fn causes_taken(&self, account: &str, causes: &[(&str, &str)])
    -> Result<Vec<bool>, StoreError>;

    /// Waiting entries that may go on now, oldest first, at most `limit`, and what others wait for.
    fn due(&self, pipeline: &str, known: &Known, limit: usize) -> Result<Due, StoreError>;

    /// What a transform remembers under each key.
    fn state(
        &self,
        pipeline: &str,
        stage: &str,
        keys: &[String],
    ) -> Result<Vec<Option<Vec<u8>>>, StoreError>;

    /// Effects of our own writes on one counter: those settled after a sequence, in that order, then all open ones.
    fn effects(&self, account: &str, owner: &str, after: u64)
    -> Result<Vec<EffectRow>, StoreError>;

    /// The link of each counter at one side of a transform.
    fn links(
        &self,
        pipeline: &str,
        stage: &str,
        side: Side,
        owners: &[String],
    ) -> Result<Vec<Option<LinkRow>>, StoreError>;
}
