//! Customers: found by e-mail, created where there is none, and never changed.
//!
//! Few addresses are searched for, each by itself; for many the `book` is read, which is the list of all customers.
//! E-mail addresses are compared here, trimmed and without regard to case; the till may hold the same one many times,
//! and then the oldest record counts.

pub(crate) mod answer;
pub(crate) mod book;
pub(crate) mod plan;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use penstock_connector_sdk::commerce::{self, Entry, Payload};
use penstock_connector_sdk::directory::Find;
use penstock_connector_sdk::types::{Failure, Instant, Pair, Request};
use penstock_connector_sdk::{instant, json};

use crate::api::{
    self, CUSTOMER_FIELDS, One, Page, SEARCH_ROWS_MAX, get, keep_list, keep_one, path,
};
use crate::products::{not_searchable, remote_id, revision};
use crate::read::{List, Reader, refused, words_of};
use book::Book;

/// The list of customers, by version.
const CUSTOMERS: List = List::of(path::CUSTOMERS, &CUSTOMER_FIELDS);

/// Versions below the highest known that are read again: one that was drawn earlier may have become visible later.
const OVERLAP_VERSIONS: u64 = 500;

/// Most pages of new customers that are read: 5 000 customers. The search stands beside it.
const FEED_PAGES_MAX: usize = 25;

/// Live customers by comparable e-mail address, the oldest first, each with the instant it was read.
type ByEmail = BTreeMap<String, Vec<(api::Customer, Instant)>>;

/// The directory `customers`.
pub(crate) fn find(
    reader: Reader<'_>,
    call: &Find<'_>,
    book: &RefCell<Book>,
) -> Result<Vec<Vec<Entry>>, Failure> {
    match call.by {
        "email" => find_by_email(reader, call.values, &mut book.borrow_mut()),
        "key" => find_by_key(reader, call.values),
        other => Err(not_searchable(call.collection, other)),
    }
}

fn find_by_email(
    reader: Reader<'_>,
    values: &[String],
    book: &mut Book,
) -> Result<Vec<Vec<Entry>>, Failure> {
    if let Some(as_of) = book.read_on(reader, values.len())? {
        let rows = |email: String| book.under(&email).iter().map(|row| entry(row, as_of)).collect();
        return Ok(values
            .iter()
            .map(|value| comparable(value).map_or_else(Vec::new, rows))
            .collect());
    }
    let found = search(reader, values.iter().map(String::as_str))?;
    let entries = |value: &String| {
        let rows = comparable(value).and_then(|email| found.get(&email));
        rows.into_iter().flatten().map(|(row, read_at)| entry(row, *read_at)).collect()
    };
    Ok(values.iter().map(entries).collect())
}

fn find_by_key(reader: Reader<'_>, values: &[String]) -> Result<Vec<Vec<Entry>>, Failure> {
    let request = |key: &String| {
        get(path::CUSTOMERS).segment(remote_id(key)).keep(&keep_one(&CUSTOMER_FIELDS)).build()
    };
    let requests: Vec<Request> = values.iter().map(request).collect();
    let mut found = Vec::with_capacity(values.len());
    for answer in reader.read_each(&requests)? {
        found.push(match answer.status {
            404 => Vec::new(),
            200..=299 => {
                let row = json::read::<One<api::Customer>>(&answer, path::CUSTOMERS)?.data;
                let live = row.deleted_at.is_none();
                live.then(|| entry(&row, answer.sent_at)).into_iter().collect()
            }
            status => return Err(refused(path::CUSTOMERS, status, &words_of(&answer.body))),
        });
    }
    Ok(found)
}

/// An e-mail address as it is compared; nothing for a blank one, which matches nobody.
fn comparable(email: &str) -> Option<String> {
    let email = email.trim().to_lowercase();
    (!email.is_empty()).then_some(email)
}

/// Searches distinct addresses, side by side. Whether the till's search regards case is not documented, so an address
/// is searched for in small letters and, where that differs, as it was written.
fn search<'a>(
    reader: Reader<'_>,
    emails: impl Iterator<Item = &'a str>,
) -> Result<ByEmail, Failure> {
    let written = emails.map(str::trim).filter(|email| !email.is_empty());
    let forms: BTreeSet<String> =
        written.flat_map(|email| [email.to_owned(), email.to_lowercase()]).collect();
    let requests: Vec<Request> = forms.iter().map(|email| search_request(email)).collect();
    let mut found = ByEmail::new();
    for (email, answer) in forms.iter().zip(reader.read_each(&requests)?) {
        if !answer.is_success() {
            return Err(refused(path::CUSTOMERS, answer.status, &words_of(&answer.body)));
        }
        let page: Page<api::Customer> = json::read(&answer, path::SEARCH)?;
        for row in page.data {
            let same = row.email.as_deref().and_then(comparable) == comparable(email);
            if same {
                add(&mut found, row, answer.sent_at);
            }
        }
    }
    Ok(found)
}

fn search_request(email: &str) -> Request {
    get(path::SEARCH)
        .query("type", "customers")
        .query("email", email)
        .query("page_size", SEARCH_ROWS_MAX)
        .keep(&keep_list(&CUSTOMER_FIELDS))
        .build()
}

/// Adds a live customer to those of its address, oldest first; one that is there already is not added twice.
fn add(found: &mut ByEmail, row: api::Customer, read_at: Instant) {
    let Some(email) = row.email.as_deref().and_then(comparable) else {
        return;
    };
    if row.deleted_at.is_some() {
        return;
    }
    let rows = found.entry(email).or_default();
    if rows.iter().all(|(known, _)| known.id != row.id) {
        rows.push((row, read_at));
        rows.sort_by_cached_key(|(row, _)| (created_at(row), row.id.clone()));
    }
}

/// For ordering: one whose date can't be read counts as the youngest.
fn created_at(row: &api::Customer) -> Instant {
    let created = row.created_at.as_deref().map(instant::parse);
    created.and_then(Result::ok).unwrap_or(Instant::MAX)
}

fn entry(row: &api::Customer, read_at: Instant) -> Entry {
    let text = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    let names = [text(&row.first_name), text(&row.last_name)];
    let names: Vec<String> = names.into_iter().flatten().collect();
    let created_at = row.created_at.as_deref().map(|at| Pair::new("created_at", at));
    let customer = commerce::Customer {
        id: Some(row.id.clone()),
        email: text(&row.email),
        name: (!names.is_empty()).then(|| names.join(" ")),
        phone: text(&row.phone).or_else(|| text(&row.mobile)),
        attributes: created_at.into_iter().collect(),
    };
    Entry {
        key: row.id.clone(),
        revision: revision(row.version, row.updated_at.as_deref(), &customer),
        read_at,
        payload: Payload::Customer(customer),
    }
}
