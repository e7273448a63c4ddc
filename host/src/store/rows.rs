//! What the store keeps, as plain data.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::contract::{self, Decimal, EffectStatus, Intake, Movement, OrderPart, Pair};
use crate::record::{Item, view};
use crate::time::Instant;

/// A pipeline's lease is named so, and then as the pipeline.
pub const PIPELINE_LEASE: &str = "pipeline ";

/// The right of this process to write under a name until an instant. `fence` rises with every holder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    pub name: String,
    pub fence: i64,
    pub until: Instant,
}

/// Where a source goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CursorRow {
    pub source: String,
    /// Account and collection that it reads.
    pub origin: String,
    pub cursor: Option<Vec<u8>>,
    /// Up to when everything of this source is known.
    pub complete_to: Option<Instant>,
    /// When it came to stand here.
    pub at: Instant,
}

/// Where a source has stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// By which people name it; rising in the pipeline, over all of its sources.
    pub number: i64,
    pub source: String,
    /// From 1, rising by one in the source. What is above 1 and has none before it had some that are no longer kept.
    pub position: i64,
    /// Nothing at the beginning.
    pub cursor: Option<Vec<u8>>,
    /// Entries that were new since the checkpoint before it.
    pub entries: u64,
    /// Entries that were new since the source was first read.
    pub total: u64,
    /// A person had the source go back to the checkpoint of this number, or to the beginning where it is 0.
    pub rewound_to: Option<i64>,
    pub at: Instant,
}

/// Where a source is to be read again from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewinding {
    pub source: String,
    /// The checkpoint, or 0 for the beginning.
    pub to: i64,
    pub cursor: Option<Vec<u8>>,
}

/// A run that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRow {
    pub began_at: Instant,
    pub ended_at: Instant,
    /// Nothing came of it: it is kept only until the next one.
    pub idle: bool,
    /// Code and words, where it could not go on.
    pub stop: Option<(String, String)>,
    /// JSON: what each stage did, in numbers.
    pub stages: String,
}

/// The life of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WriteStatus {
    /// Stored, and not sent since it was planned or since it surely did not take effect.
    Planned,
    /// On its way, or the process ended while it was.
    Sent,
    /// It was sent, and whether it took effect is not known. It is probed.
    Unknown,
    /// Undecided for too long. A person decides.
    Held,
    /// Each intake has its result.
    Concluded,
    /// Never sent, and not to be sent.
    Withdrawn,
}

impl WriteStatus {
    /// The word that stands in the store and on the screen.
    pub fn word(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Sent => "sent",
            Self::Unknown => "unknown",
            Self::Held => "held",
            Self::Concluded => "concluded",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The status of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Planned, Self::Sent, Self::Unknown, Self::Held, Self::Concluded, Self::Withdrawn]
            .into_iter()
            .find(|status| status.word() == word)
    }
}

/// A write in the journal: what is sent, byte for byte, and all that is needed to conclude it.
#[derive(Debug, Clone, PartialEq)]
pub struct WriteRow {
    /// Unique in the pipeline, rising.
    pub number: i64,
    pub stage: String,
    /// Account and collection.
    pub destination: String,
    /// Digest of the component that planned it, and alone concludes it.
    pub component: String,
    pub status: WriteStatus,
    /// With the request, probe and memo that count now.
    pub write: Arc<contract::Write>,
    /// In the order of `write.covers`.
    pub intakes: Arc<[IntakeRow]>,
    pub planned_at: Instant,
    /// Not to be sent, or probed, before this.
    pub not_before: Instant,
    /// When it was last sent.
    pub sent_at: Option<Instant>,
    pub sends: u32,
    pub probes: u32,
    /// What was last heard of it, for people.
    pub reason: Option<String>,
    /// What became of each intake, once it is concluded.
    pub results: Vec<IntakeResult>,
}

/// An entry that a write serves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IntakeRow {
    /// The first item is the entry that was planned; further ones bear the same key and share its outcome.
    pub items: Vec<Item>,
    pub token: String,
    pub resolved: Vec<Pair>,
}

impl IntakeRow {
    /// As a sink that has no use for these parts is told of it; nothing where no entry is left.
    pub fn intake(&self, without: &[OrderPart]) -> Option<Intake> {
        let item = self.items.first()?;
        Some(Intake {
            entry: view(&item.entry, without),
            token: self.token.clone(),
            prior: None,
            resolved: self.resolved.clone(),
            attempt: item.attempt,
            memo: item.memo.clone(),
        })
    }
}

/// What became of an intake.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IntakeResult {
    Applied { id: String, version: Option<u64> },
    Rejected { reason: String },
    Again { not_before: Instant },
}

/// Waiting entries that may go on.
#[derive(Debug, Default)]
pub struct Due {
    pub rows: Vec<WaitingRow>,
    /// When the next may that waits for an instant.
    pub next: Option<Instant>,
    /// Sources that are not known far enough for others, with the first instant that is waited for.
    pub horizons: Vec<(Vec<String>, Instant)>,
}

/// What a waiting entry waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WaitingKind {
    /// Comes again at `until`.
    Due { until: Instant },
    /// Comes again when each of these sources is known up to `until`.
    Horizon { sources: Vec<String>, until: Instant },
    /// Is read anew by its key, not before `until`, and what is read comes instead.
    Reread { until: Instant },
    /// Waits for the writes of these keys to be applied.
    Keys { keys: Vec<String> },
    /// Waits for the open write of its own key to be concluded.
    Busy { key: String },
    /// Waits for a switch to be on, or for a stage to be enabled.
    Switch { name: String },
    /// Waits for a person.
    Held,
    /// Refused for good, or it traps its connector. `because_of` is the refused key it depends on.
    Dead { because_of: Option<String> },
}

impl WaitingKind {
    /// The word that stands in the store.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Due { .. } => "due",
            Self::Horizon { .. } => "horizon",
            Self::Reread { .. } => "reread",
            Self::Keys { .. } => "keys",
            Self::Busy { .. } => "busy",
            Self::Switch { .. } => "switch",
            Self::Held => "held",
            Self::Dead { .. } => "dead",
        }
    }
}

/// An entry that stands before a stage and waits.
#[derive(Debug, Clone, PartialEq)]
pub struct WaitingRow {
    /// Unique in the pipeline; kept when the entry is retried and comes to wait again.
    pub number: i64,
    pub stage: String,
    /// The stage's input port; empty for a sink.
    pub input: String,
    pub kind: WaitingKind,
    pub item: Item,
    pub reason: String,
    pub hint: Option<String>,
    pub since: Instant,
    /// The undecided write that a person has to decide, where it is one.
    pub write: Option<i64>,
}

/// An intake that the remote was found to have already.
#[derive(Debug, Clone, PartialEq)]
pub struct ExistingRow {
    pub destination: String,
    pub key: String,
    pub revision: String,
    pub token: String,
    pub id: String,
    pub memo: Vec<u8>,
    pub movements: Vec<Movement>,
    pub at: Instant,
}

/// What an earlier write of a key came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    pub id: String,
    pub revision: String,
    pub memo: Vec<u8>,
}

/// What is known of one key at one destination.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recall {
    pub earlier: Option<Earlier>,
    /// An open, unknown or held write: number and status.
    pub open: Option<(i64, WriteStatus)>,
    /// Another stage took it while the sink's switch was off.
    pub is_diverted: bool,
    /// The open writes that move the counter which is to be moved under this key.
    pub movers: Vec<Mover>,
    /// When whatever we last moved that counter by is in every reading of it, where its sink asks for that.
    pub rested_at: Option<Instant>,
}

/// An open, unknown or held write that moves a counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mover {
    pub number: i64,
    pub status: WriteStatus,
    /// Of the entry for which it moves it.
    pub key: String,
}

/// What became of a key that another entry depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyFate {
    /// Applied, with this remote id.
    Applied { id: String },
    /// Refused or skipped, for this reason.
    Refused { reason: String },
    /// Open, or waiting.
    Pending,
    /// Nothing in the store is going to write it.
    Absent,
}

/// What a run knows when it asks which waiting entries may go on.
#[derive(Debug, Clone, Default)]
pub struct Known {
    pub now: Instant,
    /// Each source of the pipeline, and up to when it is known. One that is not here is no longer in the file, and
    /// nothing waits for it.
    pub horizons: Vec<(String, Option<Instant>)>,
    /// Stages that are off, as `WaitingKind::Switch` names them. What waits for another may go on.
    pub off: Vec<String>,
}

/// A movement in the ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct EffectRow {
    pub id: u64,
    /// Rising in the order in which effects were settled; 0 while it is open.
    pub sequence: u64,
    pub owner: String,
    pub delta: Decimal,
    pub cause: String,
    pub status: EffectStatus,
    pub settled_at: Option<Instant>,
    pub version: Option<u64>,
}

/// Which of a rule's two joined inputs a counter is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Left,
    Right,
}

/// A counter at one input of a rule that is another at the other, as a person has accepted it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkRow {
    pub id: u64,
    pub left: String,
    pub right: String,
    /// What people call the pair: its SKU.
    pub label: String,
    pub made_at: Instant,
    /// When a person accepted its first levels.
    pub levels_at: Option<Instant>,
}

/// An entry of a source that was dealt with, and what came of it on its way through the graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenRow {
    pub source: String,
    pub key: String,
    pub revision: String,
    pub label: Label,
    /// `filtered by paid_orders: awaiting payment`, `2 writes planned`: a line for `why`.
    pub outcome: String,
    pub at: Instant,
}

/// The name by which people know an entry.
pub type Label = Option<String>;

/// A line that a connector or the engine wrote about an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteRow {
    /// The entry's key, or empty where it is about none.
    pub key: String,
    pub stage: String,
    pub text: String,
    pub at: Instant,
}

/// A row as it stands in a table: what a recording takes along of a store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredRow {
    pub table: String,
    /// By column. A column that has nothing is left out; JSON within texts and bytes is JSON here, and bytes that are no
    /// text are `{"hexadecimal": "…"}`.
    pub values: serde_json::Map<String, serde_json::Value>,
}
