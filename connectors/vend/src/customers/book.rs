//! Everybody in the till by e-mail address, read from its list: many addresses at once are cheaper to look up so than by
//! a search for each, and the list shows a new customer sooner than the search.

use std::collections::BTreeMap;

use penstock_connector_sdk::instant;
use penstock_connector_sdk::json;
use penstock_connector_sdk::types::{Failure, Instant};

use super::{CUSTOMERS, OVERLAP_VERSIONS, comparable, created_at};
use crate::api::{self, Page};
use crate::read::{List, Reader};

/// Addresses in one look-up from which the list is read. Fewer are searched for, each by itself: a till in use changes
/// customers all day, and all that changed would be read for one of them.
const ADDRESSES_MIN: usize = 20;

/// For so many addresses of a look-up one page of the list may be read. A till that has too many customers for it has
/// the look-ups cost a quarter more, until the list is at its end or the book is full.
const ADDRESSES_PER_PAGE: usize = 4;

/// Most customers that are kept, about 600 bytes each. With more of them each address is searched for.
const CUSTOMERS_MAX: usize = 20_000;

/// For so long, in milliseconds, a customer whose version is lower than that of another may come into sight after that
/// other. The vendor does not tell; a transaction that takes longer than this would be a fault.
const UNSETTLED_MS: i64 = 120_000;

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
    /// Whether the list is of no use here: too long, or without versions.
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
            let answer = reader.read(&LIST.page(after))?;
            let page: Page<api::Customer> = json::read(&answer, LIST.path)?;
            as_of = as_of.or(Some(answer.sent_at));
            let last = page.version.and_then(|version| version.max);
            // Whether `after` is exclusive is not documented: where it is not, the last row comes again.
            if page.data.is_empty() || (last.is_some() && last == after) {
                return Ok(as_of);
            }
            match last {
                Some(last) if after.is_none_or(|after| after < last) => {
                    self.take(page.data, last, answer.sent_at);
                    after = Some(last);
                }
                _ => self.give_up(),
            }
        }
        Ok(None)
    }

    /// The live customers of an address, the oldest first.
    pub(crate) fn under(&self, email: &str) -> &[api::Customer] {
        self.by_email.get(email).map_or(&[], Vec::as_slice)
    }

    /// Takes the rows of a page that ends with the version `last`.
    fn take(&mut self, rows: Vec<api::Customer>, last: u64, read_at: Instant) {
        self.settled = self.settled.max(last.checked_sub(OVERLAP_VERSIONS));
        for row in rows {
            if is_settled(&row, read_at) {
                self.settled = self.settled.max(row.version);
            }
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

/// Whether all lower versions were to be seen when this row was read.
fn is_settled(row: &api::Customer, read_at: Instant) -> bool {
    let changed_at = row.updated_at.as_deref().map(instant::parse).and_then(Result::ok);
    changed_at.is_some_and(|changed_at| changed_at <= read_at.saturating_sub(UNSETTLED_MS))
}
