//! Reading what changed at a vendor.

pub use crate::bindings::source::exports::penstock::connector::source::Page;

use crate::connector::Connector;
use crate::host::VendorHost;
use crate::types::{Failure, Instant};

/// One call for a page.
#[derive(Clone, Copy, Debug)]
pub struct Pull<'a> {
    /// The collection, one whose descriptor has `reads`.
    pub collection: &'a str,
    /// The collection's options as JSON text.
    pub options: &'a str,
    /// The cursor that the last stored page proposed; nothing on the first call.
    pub after: Option<&'a [u8]>,
    /// Most entries to give, at most the descriptor's `page_max`.
    pub limit: u32,
    /// The host's clock, in milliseconds since 1970: the only clock there is.
    pub now: Instant,
}

/// A source of entries.
pub trait Source: Connector {
    /// Gives the entries that changed after a cursor. Called at the pipeline's interval, and again
    /// at once while `more`; one call at a time for a collection. The same call may come again
    /// after a crash: the cursor is all that a source remembers. May block in reads, which the host
    /// bounds.
    ///
    /// # Errors
    /// `retry-after` makes the same call again; `unauthorized` pauses the connection;
    /// `misconfigured` stops the pipeline; `unexpected` fails the run with the cursor where it was,
    /// so nothing is skipped.
    fn pull(&self, call: &Pull<'_>, host: &impl VendorHost) -> Result<Page, Failure>;
}
