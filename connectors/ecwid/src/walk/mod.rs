//! Polling a search of the vendor by time of change: the walk that `orders`, `products` and `stock`
//! share.
//!
//! The vendor promises little of its searches: no snapshot over pages, no word on whether bounds of
//! time are inclusive, and an index that lags behind. So a poll walks windows of time, wide enough
//! on both sides for either reading of a bound; the offsets within one stay small; and each page but
//! the first begins with the last row of the page before. Where it begins with another, or the count
//! changes, rows have slipped past: the window begins again, in halves. A window that fits one page
//! can't be torn. (A shop that gives one row a page shows the last one and the next in turn; what
//! slips between the two is not noticed.)

mod cursor;
mod poll;

use penstock_connector_sdk::commerce::Entry;
use penstock_connector_sdk::host::VendorHost;
use penstock_connector_sdk::request::Builder;
use penstock_connector_sdk::types::{Failure, Response};

pub(crate) use poll::Poll;

/// A search that is walked.
pub(crate) trait Listing {
    /// A row of an answer, which it borrows from.
    type Row<'r>;

    /// The collection, for messages.
    const NAME: &'static str;

    /// Most entries of one page.
    const PAGE_MAX: u32;

    /// The search, without its conditions yet.
    fn search(&self) -> Builder;

    /// Reads a page of it.
    fn rows<'r>(&self, response: &'r Response) -> Result<Rows<Self::Row<'r>>, Failure>;

    /// What tells a row from the others.
    fn id<'a>(row: &'a Self::Row<'_>) -> &'a str;

    /// The second of a row's last change; nothing where it has none.
    fn updated_secs(row: &Self::Row<'_>) -> Option<i64>;

    /// Adds what a row of this answer is in our words: one entry or more.
    fn map(
        &mut self,
        row: &Self::Row<'_>,
        response: &Response,
        host: &impl VendorHost,
        entries: &mut Vec<Entry>,
    ) -> Result<(), Failure>;
}

/// A page of a search.
#[derive(Debug)]
pub(crate) struct Rows<R> {
    /// All matches, not those of this page.
    pub(crate) total: u64,
    pub(crate) items: Vec<R>,
}
