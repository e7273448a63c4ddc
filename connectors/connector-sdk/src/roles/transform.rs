//! Rules between systems.

pub use crate::bindings::transform::exports::penstock::connector::transform::{
    Horizon, Matching, Output, Verdict,
};

use crate::commerce::Entry;
use crate::connector::Connector;
use crate::host::RuleHost;
use crate::types::Failure;

/// One batch to be judged.
#[derive(Debug)]
pub struct Apply<'a> {
    /// A name from the descriptor's `inputs`.
    pub input: &'a str,
    /// What came in, to be judged in this order.
    pub entries: Vec<Entry>,
    /// Up to which instant each input is known.
    pub horizons: &'a [Horizon],
}

/// A rule.
pub trait Transform: Connector {
    /// Judges a batch: one verdict for each entry, in order. Called once a batch; a batch that
    /// traps comes again in halves until the entry that does it is found. Prefer [`Verdict::Pass`]
    /// where an entry goes on unchanged: it does not cross the wall a second time.
    ///
    /// # Errors
    /// `retry-after` makes the same call again; `misconfigured` stops the pipeline; a failure of a
    /// look-up is handed on.
    fn apply(&self, call: Apply<'_>, host: &impl RuleHost) -> Result<Vec<Verdict>, Failure>;
}
