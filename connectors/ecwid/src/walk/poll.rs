//! One call of `pull`: as many requests as its limit has room for.

use penstock_connector_sdk::commerce::Entry;
use penstock_connector_sdk::host::VendorHost;
use penstock_connector_sdk::source::{Page, Pull};
use penstock_connector_sdk::types::{Failure, Request, Response};

use super::cursor::{Cursor, Next, Walk};
use super::{Listing, Rows};
use crate::options::{Polling, Start};

/// Requests after which a call hands back what it has, also if that is nothing: a host's call is
/// bounded in time.
const ROUNDS_MAX: u32 = 12;

/// The vendor's bounds of time may or may not include their second; a second more on both sides
/// serves either.
const MARGIN_SECS: i64 = 1;

/// A poll under way.
pub(crate) struct Poll<L> {
    listing: L,
    polling: Polling,
    limit: usize,
    cursor: Cursor,
    entries: Vec<Entry>,
}

/// The end of a round, as far as the page is concerned.
enum Round {
    On,
    Page { more: bool, complete: bool },
}

/// What came of a page that was taken into the walk.
enum Taken {
    /// As far as the walk is concerned.
    Walked(Next),
    /// There was no room for all of it.
    Full,
}

impl<L: Listing> Poll<L> {
    /// Takes up the walk where the cursor left it, or begins one up to now.
    pub(crate) fn start(listing: L, call: &Pull<'_>, polling: Polling) -> Result<Self, Failure> {
        let now = call.now.div_euclid(1_000);
        let mut cursor = match (call.after, polling.start) {
            (Some(bytes), _) => Cursor::read(L::NAME, bytes)?,
            (None, Start::Now) => Cursor::at(now),
            (None, Start::At(start)) => Cursor::at(start),
        };
        if cursor.walk.is_none() {
            let from = cursor.floor.max(cursor.done.saturating_sub(polling.overlap_secs));
            let to = now.saturating_sub(polling.index_lag_secs);
            cursor.walk = (from <= to).then(|| Walk::new(from, to));
        }
        let limit = usize::try_from(call.limit.clamp(1, L::PAGE_MAX)).unwrap_or(usize::MAX);
        Ok(Self { listing, polling, limit, cursor, entries: Vec::new() })
    }

    /// Reads pages until the limit, the end of the walk, or a failure. Where a failure comes after
    /// some pages, these are given, and the next call meets it again.
    pub(crate) fn run(mut self, host: &impl VendorHost) -> Result<Page, Failure> {
        for _ in 0..ROUNDS_MAX {
            let Some(walk) = self.cursor.walk.clone() else {
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
            let taken = self.take(&mut walk, &answer?, host)?;
            self.cursor.walk = Some(walk.clone());
            match taken {
                Taken::Full => return Ok(Round::Page { more: true, complete: false }),
                Taken::Walked(Next::Complete) => return Ok(self.complete(&walk)),
                Taken::Walked(Next::Rest) => {
                    return Ok(Round::Page { more: false, complete: false });
                }
                // The window began again, or the page was shorter than asked: what was read beyond
                // is out of place.
                Taken::Walked(Next::On)
                    if walk.total.is_none() || walk.offset != end_of(request) =>
                {
                    return Ok(Round::On);
                }
                Taken::Walked(Next::On) => {}
            }
        }
        Ok(Round::On)
    }

    fn complete(&mut self, walk: &Walk) -> Round {
        self.cursor.done = self.cursor.done.max(walk.to);
        self.cursor.walk = None;
        Round::Page { more: false, complete: true }
    }

    /// Takes a page into the walk, and its entries if it fits.
    fn take(
        &mut self,
        walk: &mut Walk,
        response: &Response,
        host: &impl VendorHost,
    ) -> Result<Taken, Failure> {
        let Rows { total, items } = self.listing.rows(response)?;
        match walk.total {
            Some(known) if known != total => return Ok(Taken::Walked(walk.torn())),
            Some(_) => {}
            None => {
                if !walk.sized(total) {
                    return Ok(Taken::Walked(Next::On));
                }
                if walk.is_open() && u64::try_from(items.len()).is_ok_and(|rows| rows < total) {
                    let helps = walk.close(response.sent_at.div_euclid(1_000));
                    return Ok(Taken::Walked(if helps { Next::On } else { Next::Rest }));
                }
            }
        }
        if items.first().is_some_and(|first| !walk.goes_on_with(L::id(first))) {
            return Ok(Taken::Walked(walk.torn()));
        }
        let news = items.get(usize::from(walk.seen())..).unwrap_or_default();
        if news.is_empty() && walk.offset < total {
            // A shop that gives one row a page has shown it again, and not the next.
            let is_shown_again = !items.is_empty();
            return Ok(Taken::Walked(if is_shown_again { walk.blind() } else { walk.torn() }));
        }
        let before = self.entries.len();
        for (rows, row) in news.iter().enumerate() {
            let given = if rows == 0 { walk.within } else { 0 };
            match self.take_row(given, row, response, host) {
                Ok(None) => {}
                Ok(Some(entries)) => {
                    walk.gave(rows, news[..rows].last().map(L::id));
                    walk.gave_in_part(L::id(row), entries);
                    return Ok(Taken::Full);
                }
                Err(failure) => {
                    // What this page gave is read again, so it is not given twice.
                    self.entries.truncate(before);
                    return Err(failure);
                }
            }
        }
        Ok(Taken::Walked(walk.gave(news.len(), news.last().map(L::id))))
    }

    /// Takes a row of which so many entries were given already. Where there is no room for all of it,
    /// tells how many of its entries are given now.
    fn take_row(
        &mut self,
        given: u64,
        row: &L::Row<'_>,
        response: &Response,
        host: &impl VendorHost,
    ) -> Result<Option<u64>, Failure> {
        // The margin may show what changed just before the start; a row without a date is an error
        // of the mapping, or none at all.
        if L::updated_secs(row).is_some_and(|secs| secs < self.cursor.floor) {
            return Ok(None);
        }
        let before = self.entries.len();
        self.listing.map(row, response, host, &mut self.entries)?;
        let given_here = usize::try_from(given).unwrap_or(usize::MAX);
        self.entries.drain(before..before.saturating_add(given_here).min(self.entries.len()));
        if self.entries.len() <= self.limit {
            return Ok(None);
        }
        self.entries.truncate(self.limit);
        let room = u64::try_from(self.limit - before).unwrap_or(u64::MAX);
        Ok(Some(given.saturating_add(room)))
    }

    fn requests(&self, walk: &Walk) -> Vec<Request> {
        let page = u64::from(self.polling.page_rows);
        let mut room =
            u64::try_from(self.limit.saturating_sub(self.entries.len())).unwrap_or(u64::MAX);
        if !self.entries.is_empty() && room < page {
            return Vec::new();
        }
        let end = walk.total.unwrap_or(walk.offset + 1);
        let mut requests = Vec::new();
        let mut offset = walk.offset;
        let mut seen = u64::from(walk.seen());
        while offset < end && room > 0 {
            let news = (page - seen).clamp(1, room);
            // Not a request for the few rows that a full one would leave room for.
            if !requests.is_empty() && news < (page - seen).min(end - offset) {
                break;
            }
            requests.push(self.request(walk, offset - seen, news + seen));
            offset += news;
            room -= news;
            seen = 1;
        }
        requests
    }

    fn request(&self, walk: &Walk, offset: u64, size: u64) -> Request {
        let from = (walk.window.from - MARGIN_SECS).max(0);
        let search = self.listing.search().query("updatedFrom", from);
        let window = if walk.is_open() {
            search
        } else {
            search.query("updatedTo", walk.window.to.saturating_add(MARGIN_SECS))
        };
        window.query("offset", offset).query("limit", size).build()
    }
}

/// The offset after a full page of this request.
fn end_of(request: &Request) -> u64 {
    let number =
        |name| request.query_value(name).and_then(|value| value.parse::<u64>().ok()).unwrap_or(0);
    number("offset") + number("limit")
}
