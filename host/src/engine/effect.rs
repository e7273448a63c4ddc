//! All that a run can ask for.

use std::fmt;

use crate::contract::{Entry, Horizon, Intake, Response};
use crate::pipeline::StageIndex;
use crate::store::{Change, Known, WriteRow};
use crate::time::Instant;

use super::summary::Summary;
use super::unwritten::Unwritten;

/// Something to be done. Those that say so are answered by an event at once, before anything else happens.
#[derive(Debug)]
pub enum Effect {
    /// Read the next page of a source. Answered by `Pulled`.
    Pull { stage: StageIndex, after: Option<Vec<u8>>, limit: u32, now: Instant },
    /// Ask a transform for its verdicts. Answered by `Applied`.
    Apply { stage: StageIndex, input: String, entries: Vec<Entry>, horizons: Vec<Horizon> },
    /// Ask the store what it knows of keys at a sink's destination, which open writes move the counters that are to be
    /// moved under them, and what became of keys that these depend on. Answered by `Recalled`.
    Recall { stage: StageIndex, keys: Vec<Recalled>, after: Vec<String> },
    /// Ask a sink for its plan. Answered by `Prepared`.
    Prepare { stage: StageIndex, intakes: Vec<Intake> },
    /// Take up waiting entries that may go on. Answered by `Loaded`.
    Load { known: Known, limit: usize },
    /// Read entries of one source anew by their keys. Answered by `Reread`.
    Reread { source: StageIndex, keys: Vec<String> },
    /// Commit these changes. Answered by `Committed`.
    Commit(Vec<Change>),
    /// Send a write, once. Answered by `Answered`, later.
    Send { write: Box<WriteRow>, stage: StageIndex },
    /// Read a write's probe. Answered by `Probed`, later.
    Probe { write: Box<WriteRow>, stage: StageIndex },
    /// Ask the connector what the answer to a write means. Answered by `Concluded`.
    Conclude { write: Box<WriteRow>, stage: StageIndex, response: Response },
    /// Ask the connector what the answer to a probe means. Answered by `Concluded`.
    Settle { write: Box<WriteRow>, stage: StageIndex, response: Response },
    /// A plan shows this write instead of sending it.
    Show { write: Box<WriteRow>, stage: StageIndex },
    /// A plan shows entries that end without a write.
    ShowUnwritten(Vec<Unwritten>),
    /// Nothing to do before that instant, or before something on its way is answered.
    Wait { until: Option<Instant> },
    /// The run is over.
    Finish(Box<Ended>),
}

/// A key at a sink's destination.
#[derive(Debug)]
pub struct Recalled {
    pub key: String,
    /// The counter that is to be moved under it.
    pub counter: Option<String>,
}

/// How a run ended.
#[derive(Debug, Clone)]
pub struct Ended {
    pub summary: Summary,
    /// Why it ended before everything was dealt with.
    pub stop: Option<Stop>,
}

/// Why a run could not go on. Where a connector gave the reason, `said_by` is its name: whose word it is, people must see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// A connection's secret is missing, wrong or too narrow, or its account cannot be reached.
    Surroundings { at: Whose, reason: String, said_by: Option<String> },
    /// The options or the account's set-up are at fault.
    Misconfigured { at: Whose, reason: String, said_by: Option<String> },
    /// A source or a connector gave something that cannot be understood.
    Unexpected { stage: String, reason: String, said_by: Option<String> },
    /// What is to be written is not what the plan said.
    PlanDiffers { reason: String },
    /// Someone asked for it.
    Interrupted,
}

/// What somebody has to look at: a connection with its account, or a rule, which has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    Connection(String),
    Stage(String),
}

impl fmt::Display for Whose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connection(name) => write!(f, "connection `{name}`"),
            Self::Stage(id) => write!(f, "stage `{id}`"),
        }
    }
}
