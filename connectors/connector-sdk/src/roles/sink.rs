//! Planning writes. A sink writes nothing: it says what would be written, and later what an answer
//! means.

pub use crate::bindings::sink::exports::penstock::connector::sink::{
    Action, Applied, Change, Conclusion, Deferral, Doubt, Earlier, Existing, Intake, Movement,
    Plan, Rejection, Settled, Step, Write,
};

use crate::connector::Connector;
use crate::host::VendorHost;
use crate::types::{Failure, Response};

/// One batch to be planned.
#[derive(Debug)]
pub struct Prepare<'a> {
    /// The collection, one whose descriptor has `writes`.
    pub collection: &'a str,
    /// The collection's options as JSON text.
    pub options: &'a str,
    /// What to plan, at most `batch_max` intakes.
    pub intakes: Vec<Intake>,
    /// The highest `applied.version` that this store has seen from the collection.
    pub known: Option<u64>,
}

/// A write and an answer to it, or to its probe.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// The collection that the write was planned for.
    pub collection: &'a str,
    /// The collection's options as JSON text.
    pub options: &'a str,
    /// The write as it is stored.
    pub write: &'a Write,
    /// What the vendor answered.
    pub response: &'a Response,
}

/// A write that a person looks at.
#[derive(Clone, Copy, Debug)]
pub struct Explain<'a> {
    /// The collection that the write was planned for.
    pub collection: &'a str,
    /// The collection's options as JSON text.
    pub options: &'a str,
    /// The write as `prepare` gave it.
    pub write: &'a Write,
    /// The intakes that it covers, in the order of `covers`.
    pub intakes: &'a [Intake],
}

/// A collection that can be written to.
pub trait Sink: Connector {
    /// Plans the writes of a batch. May read. Every intake is covered by one write, or unchanged,
    /// or deferred, or rejected: exactly once, or the host takes none of the plan. Called once a
    /// batch; a batch that fails is planned again in smaller ones.
    ///
    /// # Errors
    /// `retry-after` plans the batch again; `unauthorized` pauses the connection; `misconfigured`
    /// stops the pipeline; `unexpected` fails the batch. Nothing was written in any case.
    fn prepare(&self, call: Prepare<'_>, host: &impl VendorHost) -> Result<Plan, Failure>;

    /// Tells people what a write changes, field by field. Called where somebody looks at a plan, and
    /// never in a run, so that a run does without the texts. Pure: it does not read.
    fn explain(&self, call: &Explain<'_>) -> Vec<Change>;

    /// Reads the answer to a write. Called once an answer has come that is not 401, 429 or 5xx.
    /// Pure: it does not read, and the same answer always means the same.
    fn conclude(&self, call: &Answer<'_>) -> Conclusion;

    /// Reads the answer to the probe of a write whose own answer never came. May read more. Called
    /// after `settle_ms`, and again as a `doubt` asks, until it is decided or held for a person.
    fn settle(&self, call: &Answer<'_>, host: &impl VendorHost) -> Conclusion;
}

impl Change {
    /// A field that is new, or of which it is not known what it was.
    #[must_use]
    pub fn to(field: impl Into<String>, after: impl Into<String>) -> Self {
        Self { field: field.into(), before: None, after: Some(after.into()) }
    }
}

impl Plan {
    /// A plan of nothing, to be filled.
    #[must_use]
    pub const fn empty() -> Self {
        Self {
            writes: Vec::new(),
            unchanged: Vec::new(),
            deferrals: Vec::new(),
            rejections: Vec::new(),
        }
    }
}
