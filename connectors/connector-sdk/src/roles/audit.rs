//! Whether linked counters are in step.

pub use crate::bindings::audit::exports::penstock::connector::audit::{
    Accord, Counter, Difference, KnownTo, LinkedPair, Pause, Remark, Standing, Stuck,
};

use crate::host::RuleHost;
use crate::transform::Transform;
use crate::types::Failure;

/// Pairs to be looked at.
#[derive(Clone, Copy, Debug)]
pub struct Examine<'a> {
    /// Each with its counters as they were just read.
    pub pairs: &'a [LinkedPair],
    /// Up to which instant each input is known.
    pub known: &'a [KnownTo],
}

/// A rule that joins counters, and can tell whether they are what it has made of them.
pub trait Audit: Transform {
    /// How each pair stands: one answer for each, in order. Called by `penstock audit`, in which
    /// nothing is written: of the host the ledger may be asked and the state be read, and the host
    /// ends a call that stages state or looks something up.
    ///
    /// # Errors
    /// `misconfigured` and `unexpected` end the audit; `retry-after` makes the same call again.
    fn examine(&self, call: &Examine<'_>, host: &impl RuleHost) -> Result<Vec<Standing>, Failure>;
}
