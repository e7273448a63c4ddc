//! Everything that may happen to a store.

use super::rows::{CursorRow, ExistingRow, IntakeResult, NoteRow, SeenRow, WaitingRow, WriteRow};
use crate::contract::Step;
use crate::time::Instant;

/// One change of one pipeline's memory. `number` is a write's or a waiting entry's.
#[derive(Debug, Clone, PartialEq)]
#[allow(
    clippy::large_enum_variant,
    reason = "most changes are the large ones: what waits, and what was seen"
)]
pub enum Change {
    /// A source goes on from here, after so many entries that were new. Where it stood is kept: people may have it
    /// read again from there.
    Cursor { row: CursorRow, entries: u64 },
    /// An entry of a source was dealt with.
    Seen(SeenRow),
    /// A transform remembers, or forgets.
    State { stage: String, key: String, value: Option<Vec<u8>> },
    /// An entry waits; one of the same number waits no longer for what it waited. Where its source has given a newer
    /// revision since, it waits no longer at all: that one has come in its place.
    Park(WaitingRow),
    /// An entry waits no longer.
    Unpark { number: i64 },
    /// All that waits and came from an older revision of this entry, by this source, is replaced by what comes now.
    Supersede { source: String, key: String },
    /// A write enters the journal, with its expected effects.
    Plan(Box<WriteRow>),
    /// The write is about to leave.
    Sent { number: i64, at: Instant },
    /// It surely took no effect: it is to be sent again unchanged. `left` tells whether it left at all.
    Replanned { number: i64, not_before: Instant, left: bool, reason: String },
    /// Whether it took effect is not known.
    Doubted { number: i64, probe_at: Instant, memo: Option<Vec<u8>>, probed: bool, reason: String },
    /// One more request takes the place of its own.
    Continued { number: i64, step: Box<Step>, not_before: Instant },
    /// It stays undecided: a person decides. The entry that waits for the person is parked by the same commit.
    HeldWrite { number: i64, reason: String },
    /// Each intake has its result: remote ids are kept, dependents are released or fall with it, effects are settled.
    Concluded { number: i64, results: Vec<IntakeResult>, at: Instant },
    /// It was never sent and never will be.
    Withdrawn { number: i64, reason: String },
    /// The remote already had it: its id is taken, and its movements count as applied.
    Existing(Box<ExistingRow>),
    /// What comes under this key goes another way than to this destination, from now on.
    Divert { destination: String, key: String, at: Instant },
    /// A line for the story of an entry.
    Note(NoteRow),
}
