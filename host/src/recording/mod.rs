//! Recordings: what went over the wire in a run, to be answered from later, without an account and without a network.
//!
//! A recording is a folder. `recording.json` tells of which run it is and when that began, `store.jsonl` what the store knew
//! then of what the run asked for, a row a line. `exchanges.jsonl` has one exchange a line: what a connector asked and what it
//! was given, after the host had added what is its own to the request (host, credential) and dropped from the answer what was
//! not asked for. No secret comes near it. Texts that may name a person are replaced by stand-ins before anything is written;
//! what a connector's descriptor declares to name nobody stays as it is.

mod answers;
mod compare;
mod file;
mod form;
pub mod limits;
mod places;
mod redact;
mod standins;
mod stored;
mod tape;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use answers::{Answers, Found, Nearest, Unmatched, asked};
pub use file::{FileFault, must_be_new, read, row_fault, write};
pub use form::{exchange_from_json, exchange_to_json};
pub use places::{ATTRIBUTE, Places};
pub use redact::Redaction;
pub use stored::Telling;
pub use tape::Tape;

use crate::contract::{Request, Response};
use crate::store::StoredRow;
use crate::time::Instant;

/// The form of recordings that this host writes and reads. It is another whenever the layout of stores is.
pub const FORMAT: u32 = 3;

/// What went over the wire in one run.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    pub head: Head,
    /// What the store knew when the run began, as far as it was asked for.
    pub stored: Vec<StoredRow>,
    /// In the order in which the run took note of their answers.
    pub exchanges: Vec<Exchange>,
}

/// Of which run a recording is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    pub format: u32,
    /// The version of the host that made it.
    pub made_by: String,
    pub pipeline: String,
    /// The host's clock at its beginning: a replay begins at this instant.
    pub began_at: Instant,
    pub components: Vec<Made>,
    /// Whether more went over the wire than was kept.
    #[serde(default)]
    pub is_cut: bool,
}

/// A component that took part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    pub connector: String,
    pub version: String,
    pub digest: String,
}

/// What an exchange was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// A read of a connector, or a probe of the host.
    Read,
    /// A write that was stored and sent.
    Write,
}

/// A request and what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Exchange {
    /// The pipeline's name of the connection.
    pub connection: String,
    pub purpose: Purpose,
    pub request: Request,
    pub outcome: Outcome,
    /// When the run took note of the outcome, by the host's clock.
    pub noted_at: Instant,
    /// How often the run had committed by then.
    pub commits: u64,
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    Answered(Response),
    /// No answer that could be used, and for how long the account was to be left alone. A write of which this is told was
    /// surely not taken.
    RetryAfter(u64),
    Unauthorized,
    /// The host refused it.
    Refused,
    /// A read whose answer was none of the form that it claimed, or too large.
    Unexpected,
    /// A write that may or may not have taken effect.
    Unknown,
}
