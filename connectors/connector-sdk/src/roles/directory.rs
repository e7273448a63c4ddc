//! Searching a vendor's records.

use crate::commerce::Entry;
use crate::connector::Connector;
use crate::host::VendorHost;
use crate::types::Failure;

/// One search of several values.
#[derive(Clone, Copy, Debug)]
pub struct Find<'a> {
    /// The collection, one whose descriptor has `finds_by`.
    pub collection: &'a str,
    /// The collection's options as JSON text.
    pub options: &'a str,
    /// The field to compare, one of `finds_by`.
    pub by: &'a str,
    /// What to look for: some hundreds at most.
    pub values: &'a [String],
}

/// A collection that can be searched.
pub trait Directory: Connector {
    /// For each value, in order, the entries whose field equals it; none is an empty list. Called
    /// for the look-ups of rules, and by the host, which reads an entry anew by `key` before it
    /// posts what was read long ago.
    ///
    /// # Errors
    /// As for a source: `retry-after` makes the same call again, `unauthorized` pauses,
    /// `misconfigured` stops, `unexpected` fails the batch that asked.
    fn find(&self, call: &Find<'_>, host: &impl VendorHost) -> Result<Vec<Vec<Entry>>, Failure>;
}
