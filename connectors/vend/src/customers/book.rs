//! Everybody in the till by e-mail address, read from its list: many addresses at once are cheaper to look up so than
//! by a search for each, and the list shows a new customer sooner than the search.

use std::collections::BTreeMap;

use penstock_connector_sdk::instant;
use penstock_connector_sdk::json;
use penstock_connector_sdk::types::{Failure, Instant, Response};

use super::{CUSTOMERS, OVERLAP_VERSIONS, comparable, created_at};
use crate::api::{self, Page};
use crate::read::{List, Reader, Turn};

/// Addresses in one look-up from which the list is read. Fewer are searched for, each by itself: a till in use changes
/// customers all day, and all that changed would be read for one of them.
const ADDRESSES_MIN: usize = 20;

/// For so many addresses of a look-up one page of the list may be read. A till that has too many customers for it has
/// the look-ups cost a quarter more, until the list is at its end or the book is full; in each process anew.
const ADDRESSES_PER_PAGE: usize = 4;

/// Most customers that are kept, about 600 bytes each. With more of them each address is searched for.
const CUSTOMERS_MAX: usize = 20_000;

/// For so long, in milliseconds, a customer whose version is lower than that of another may come into sight after that
/// other. The vendor does not tell: two minutes are given to a transaction, and five more because the date of a change
/// is by the till's clock, and the host bears with one that is so far from its own.
const UNSETTLED_MS: i64 = 420_000;

/// Everybody, with the deleted ones, who leave the book.
const LIST: List = CUSTOMERS.with_deleted();

/// The customers with an address that the list has told so far. A page once read is not read again, save for what is so
/// new that a lower version may yet come.
#[derive(Debug, Default)]
pub(crate) struct Book {
    /// Under each comparable address, the oldest first.
    by_email: BTreeMap<String, Vec<api::Customer>>,
    /// The address under which a customer stands, by id.
    emails: BTreeMap<String, String>,
    /// The version up to which nothing new is to come; the list is read on from there.
    settled: Option<u64>,
    /// Whether the list is of no use here: too long, without versions, or not understood.
    given_up: bool,
}

impl Book {
    /// Reads on for a look-up of so many addresses. Tells as of when the book has everybody; nothing where the list's
    /// end was not reached, and then the addresses are to be searched for.
    pub(crate) fn read_on(
        &mut self,
        reader: Reader<'_>,
        addresses: usize,
    ) -> Result<Option<Instant>, Failure> {
        if addresses < ADDRESSES_MIN {
            return Ok(None);
        }
        let mut after = self.settled;
        let mut as_of = None;
        for _ in 0..addresses / ADDRESSES_PER_PAGE {
            if self.given_up {
                return Ok(None);
            }
            let Some((page, read_at)) = self.page(reader, after)? else {
                return Ok(None);
            };
            as_of = as_of.or(Some(read_at));
            match Turn::after(after, &page) {
                Turn::End => return Ok(as_of),
                Turn::On(next) => {
                    self.take(page.data, read_at);
                    after = Some(next);
                }
                Turn::Unversioned | Turn::Back => self.give_up(),
            }
        }
        Ok(None)
    }

    /// A page of the list, and when it was asked for; nothing where it is of no use. The search may be, so that is no
    /// failure.
    fn page(
        &mut self,
        reader: Reader<'_>,
        after: Option<u64>,
    ) -> Result<Option<(Page<api::Customer>, Instant)>, Failure> {
        let page = |answer: Response| Ok((json::read(&answer, LIST.path)?, answer.sent_at));
        match reader.read(&LIST.page(after)).and_then(page) {
            Err(Failure::Unexpected(_) | Failure::Misconfigured(_)) => {
                self.give_up();
                Ok(None)
            }
            read => read.map(Some),
        }
    }

    /// The live customers of an address, the oldest first.
    pub(crate) fn under(&self, email: &str) -> &[api::Customer] {
        self.by_email.get(email).map_or(&[], Vec::as_slice)
    }

    fn take(&mut self, rows: Vec<api::Customer>, read_at: Instant) {
        for row in rows {
            self.settled = self.settled.max(settled(&row, read_at));
            self.strike(&row.id);
            self.enter(row);
        }
        if self.emails.len() > CUSTOMERS_MAX {
            self.give_up();
        }
    }

    /// Takes a customer out, who may have changed their address or be gone.
    fn strike(&mut self, id: &str) {
        let Some(email) = self.emails.remove(id) else { return };
        if let Some(rows) = self.by_email.get_mut(&email) {
            rows.retain(|row| row.id != id);
            if rows.is_empty() {
                self.by_email.remove(&email);
            }
        }
    }

    fn enter(&mut self, row: api::Customer) {
        let email = row.email.as_deref().and_then(comparable);
        let Some(email) = email.filter(|_| row.deleted_at.is_none()) else { return };
        self.emails.insert(row.id.clone(), email.clone());
        let rows = self.by_email.entry(email).or_default();
        rows.push(row);
        if rows.len() > 1 {
            rows.sort_by_cached_key(|row| (created_at(row), row.id.clone()));
        }
    }

    fn give_up(&mut self) {
        *self = Book { given_up: true, ..Book::default() };
    }
}

/// The version up to which everything was to be seen when this row was read, as far as the row tells.
fn settled(row: &api::Customer, read_at: Instant) -> Option<u64> {
    match row.updated_at.as_deref().map(instant::parse) {
        Some(Ok(changed_at)) if changed_at > read_at.saturating_sub(UNSETTLED_MS) => None,
        Some(Ok(_)) => row.version,
        _ => row.version?.checked_sub(OVERLAP_VERSIONS),
    }
}
