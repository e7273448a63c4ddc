//! All that can happen to a run.

use crate::contract::{Conclusion, Entry, Failure, Intake, Plan, Response, Verdict};
use crate::store::{CursorRow, Due, KeyFate, Recall, WriteRow};
use crate::time::Instant;

/// A rule's verdicts, and the state that it staged.
pub type StagedVerdicts = (Vec<Verdict>, Vec<(String, Option<Vec<u8>>)>);

/// Something happened. The engine's memory of time is what events tell.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "there are a handful of events at once")]
pub enum Event {
    /// The run begins, with what the store remembers.
    Started(Box<Started>),
    /// Nothing is left to be told: the engine may begin something new.
    Idle { now: Instant },
    /// The leases of the run last until then.
    Leased { until: Instant },
    /// Answer to [`super::Effect::Pull`].
    Pulled { stage: usize, page: Result<PulledPage, Fault> },
    /// Answer to [`super::Effect::Apply`]: verdicts, and the state the rule staged. The entries come back.
    Applied { entries: Vec<Entry>, verdicts: Result<StagedVerdicts, Fault> },
    /// Answer to [`super::Effect::Recall`].
    Recalled { recalls: Vec<Recall>, fates: Vec<KeyFate> },
    /// Answer to [`super::Effect::Prepare`]: the plan, the digest of the component, and the counters that were moved
    /// already, each with the cause. The intakes come back.
    Prepared {
        intakes: Vec<Intake>,
        plan: Result<Plan, Fault>,
        component: String,
        causes_taken: Vec<(String, String)>,
    },
    /// Answer to [`super::Effect::Load`].
    Loaded(Due),
    /// Answer to [`super::Effect::Reread`]: what each key is now, absent where the source no longer has it.
    Reread { entries: Result<Vec<Option<Entry>>, Fault>, now: Instant },
    /// The last commit is on the disk.
    Committed,
    /// What became of a request on its way.
    Answered { number: i64, answer: Answer, now: Instant },
    /// The connector's word on an answer or on a probe.
    Concluded { number: i64, conclusion: Result<Conclusion, Fault>, now: Instant },
    /// The answer to a write's probe.
    Probed { number: i64, response: Result<Response, Failure>, now: Instant },
    /// Someone asked the run to end: what is on its way is finished, nothing new is begun.
    Interrupted,
}

/// What a run starts from.
#[derive(Debug)]
pub struct Started {
    pub now: Instant,
    pub cursors: Vec<CursorRow>,
    pub open_writes: Vec<WriteRow>,
    /// The highest number given so far to a write or a waiting entry.
    pub last_number: i64,
    pub leased_until: Instant,
}

/// A page as its source gave it, with keys made whole.
#[derive(Debug)]
pub struct PulledPage {
    pub entries: Vec<PulledEntry>,
    pub next: Vec<u8>,
    pub more: bool,
    pub complete_to: Option<Instant>,
}

/// An entry of a page.
#[derive(Debug)]
pub struct PulledEntry {
    pub entry: Entry,
    /// It was dealt with before, under the same revision.
    pub seen: bool,
}

/// What became of a write that was sent.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// The remote answered. The connector says what it means.
    Answered(Response),
    /// It surely had no effect and may be sent again after some milliseconds: a 429, or it never left.
    NotTaken { reason: String, retry_after_ms: u64, reached: bool },
    /// The account's secret is not accepted. It had no effect.
    Unauthorized { reason: String },
    /// The host itself refused to send it.
    Refused { reason: String },
    /// It left, and no answer came that could be trusted.
    Unknown { reason: String },
}

/// A component's call that gave no result.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// It trapped, or went over a bound. The report names the connector and its own words.
    Trapped(String),
    /// It was stopped because it computed, or waited for its reads, for longer than any call may.
    TooLong(String),
    /// It answered something that the contract forbids.
    Faulty(String),
    /// It answered with a failure of the contract.
    Failed(Failure),
}
