//! One call of `pull`: as many requests as its limit has room for.

use penstock_connector_sdk::commerce::Entry;
use penstock_connector_sdk::host::VendorHost;
use penstock_connector_sdk::source::{Page, Pull};
use penstock_connector_sdk::types::{Failure, Request, Response};

use super::cursor::{Cursor, Next, Walk};
use super::{map_all, read_page, search};
use crate::api::order::Orders as Rows;
use crate::options::{Orders, Start};
use crate::{Ecwid, map};

/// Requests after which a call hands back what it has, also if that is nothing: a host's call is
/// bounded in time.
const ROUNDS_MAX: u32 = 12;

/// The vendor's bounds of time may or may not include their second; a second more on both sides
/// serves either.
const MARGIN_SECS: i64 = 1;

/// A poll under way.
pub(super) struct Poll<'a> {
    ecwid: &'a Ecwid,
    options: Orders,
    limit: usize,
    cursor: Cursor,
    entries: Vec<Entry>,
}

/// The end of a round, as far as the page is concerned.
enum Round {
    On,
    Page { more: bool, complete: bool },
}

impl<'a> Poll<'a> {
    /// Takes up the walk where the cursor left it, or begins one up to now.
    pub(super) fn start(
        ecwid: &'a Ecwid,
        call: &Pull<'_>,
        options: Orders,
    ) -> Result<Self, Failure> {
        let now = call.now.div_euclid(1_000);
        let mut cursor = match (call.after, options.start) {
            (Some(bytes), _) => Cursor::read(bytes)?,
            (None, Start::Now) => Cursor::at(now),
            (None, Start::At(start)) => Cursor::at(start),
        };
        if cursor.walk.is_none() {
            let from = cursor.floor.max(cursor.done.saturating_sub(options.overlap_secs));
            let to = now.saturating_sub(options.index_lag_secs);
            cursor.walk = (from <= to).then(|| Walk::new(from, to));
        }
        let limit = usize::try_from(call.limit.clamp(1, super::BATCH_MAX)).unwrap_or(usize::MAX);
        Ok(Self { ecwid, options, limit, cursor, entries: Vec::new() })
    }

    /// Reads pages until the limit, the end of the walk, or a failure. Where a failure comes after
    /// some pages, these are given, and the next call meets it again.
    pub(super) fn run(mut self, host: &impl VendorHost) -> Result<Page, Failure> {
        for _ in 0..ROUNDS_MAX {
            let Some(walk) = self.cursor.walk else {
                return self.page(false, true);
            };
            match self.round(walk, host) {
                Ok(Round::On) => {}
                Ok(Round::Page { more, complete }) => return self.page(more, complete),
                Err(failure) if self.entries.is_empty() => return Err(failure),
                Err(_) => break,
            }
        }
        self.page(true, false)
    }

    fn page(self, more: bool, complete: bool) -> Result<Page, Failure> {
        let complete_to = complete.then_some(self.cursor.done.saturating_mul(1_000));
        Ok(Page { entries: self.entries, next: self.cursor.bytes()?, more, complete_to })
    }

    /// One round: the first page of a window alone, since it tells how many there are; then several
    /// side by side.
    fn round(&mut self, mut walk: Walk, host: &impl VendorHost) -> Result<Round, Failure> {
        let requests = self.requests(&walk);
        if requests.is_empty() {
            return Ok(Round::Page { more: true, complete: false });
        }
        let answers = match requests.as_slice() {
            [request] => vec![host.read(request)],
            several => host.read_all(several),
        };
        for (answer, request) in answers.into_iter().zip(&requests) {
            let response = answer?;
            let rows = read_page(&response)?;
            let next = self.take(&mut walk, &rows, &response, host)?;
            self.cursor.walk = Some(walk);
            match next {
                Next::Complete => return Ok(self.complete(walk)),
                Next::Rest => {
                    return Ok(Round::Page { more: false, complete: false });
                }
                // The window began again, or the page was shorter than asked: what was read beyond
                // is out of place.
                Next::On if walk.total.is_none() || walk.offset != end_of(request) => {
                    return Ok(Round::On);
                }
                Next::On => {}
            }
        }
        Ok(Round::On)
    }

    fn complete(&mut self, walk: Walk) -> Round {
        self.cursor.done = self.cursor.done.max(walk.to);
        self.cursor.walk = None;
        Round::Page { more: false, complete: true }
    }

    /// Takes a page into the walk, and its orders if it fits.
    fn take(
        &mut self,
        walk: &mut Walk,
        rows: &Rows,
        response: &Response,
        host: &impl VendorHost,
    ) -> Result<Next, Failure> {
        match walk.total {
            Some(total) if total != rows.total => return Ok(walk.torn()),
            Some(_) => {}
            None => {
                if !walk.sized(rows.total) {
                    return Ok(Next::On);
                }
            }
        }
        let count = u64::try_from(rows.items.len()).unwrap_or(u64::MAX);
        if count == 0 && walk.offset < rows.total {
            return Ok(walk.torn());
        }
        let floor = self.cursor.floor;
        // The margin may show what changed just before the start; an order without a date is an
        // error of the mapping.
        let wanted = rows
            .items
            .iter()
            .filter(|order| map::updated_secs(order).is_none_or(|secs| secs >= floor));
        let entries = map_all(self.ecwid, wanted, response, host)?;
        self.entries.extend(entries);
        Ok(walk.gave(count))
    }

    fn requests(&self, walk: &Walk) -> Vec<Request> {
        let page = u64::from(self.options.page_orders);
        let mut room =
            u64::try_from(self.limit.saturating_sub(self.entries.len())).unwrap_or(u64::MAX);
        if !self.entries.is_empty() && room < page {
            return Vec::new();
        }
        let end = walk.total.unwrap_or(walk.offset + 1);
        let mut requests = Vec::new();
        let mut offset = walk.offset;
        while offset < end && room > 0 {
            let size = page.min(room);
            requests.push(self.request(walk, offset, size));
            offset += size;
            room -= size;
        }
        requests
    }

    fn request(&self, walk: &Walk, offset: u64, size: u64) -> Request {
        search(self.ecwid)
            .query("updatedFrom", (walk.window.from - MARGIN_SECS).max(0))
            .query("updatedTo", walk.window.to.saturating_add(MARGIN_SECS))
            .query("offset", offset)
            .query("limit", size)
            .build()
    }
}

/// The offset after a full page of this request.
fn end_of(request: &Request) -> u64 {
    let number =
        |name| request.query_value(name).and_then(|value| value.parse::<u64>().ok()).unwrap_or(0);
    number("offset") + number("limit")
}
