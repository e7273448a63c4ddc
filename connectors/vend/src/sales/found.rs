//! Which sales of a batch are in the till already.
//!
//! What the till does with a second sale of the same id is not documented: it may replace the first, refuse, or add
//! its payments again. So before a sale is created it is looked for, in the fewest requests that can tell: the batch's
//! days by the search, and what is new since this store last saw the till by the list.

use std::collections::{BTreeMap, BTreeSet};

use penstock_connector_sdk::instant::{Instant, to_rfc3339};
use penstock_connector_sdk::json;
use penstock_connector_sdk::types::{Failure, Request, Response};
use serde::Deserialize;

use crate::api::{self, Page, SALE_FIELDS, SEARCH_ROWS_MAX, SaleState, get, path};
use crate::options::Generation;
use crate::read::{List, Reader, refused, words_of};

/// Versions below the highest known that are read again: one that was drawn earlier may have become visible later.
const OVERLAP_VERSIONS: u64 = 500;

/// Most pages of new sales that are read for a batch: 5 000 sales. Beyond, each sale of the batch is asked for by id.
const FEED_PAGES_MAX: usize = 25;

/// Most pages of a search by date: 5 000 sales of one register. Beyond, each is asked for by id.
const SEARCH_PAGES_MAX: usize = 5;

/// Sale dates are compared in whole seconds, by rules that are not documented: a minute more costs nothing.
const DATE_MARGIN_MS: i64 = 60_000;

/// The list of sales.
const SALES: List = List::of(path::SALES, &SALE_FIELDS);

/// The same, of which only the ids are read: mostly none of them is one of the batch's.
const IDS: List = List::of(path::SALES, &["id"]);

/// A row of [`IDS`].
#[derive(Deserialize)]
struct Listed {
    id: Option<String>,
}

/// What to look for.
#[derive(Debug)]
pub(crate) struct Sought<'a> {
    pub(crate) tokens: BTreeSet<&'a str>,
    /// Those among them that were planned before, and may have been sent since.
    pub(crate) planned_before: BTreeSet<&'a str>,
    /// The highest version that this store has seen.
    pub(crate) known: Option<u64>,
    pub(crate) register_id: &'a str,
    /// First and last date of the batch's sales.
    pub(crate) dates: (Instant, Instant),
    pub(crate) generation: Generation,
}

impl<'a> Sought<'a> {
    /// The token that is this sale's id.
    fn token(&self, id: Option<&str>) -> Option<&'a str> {
        self.tokens.get(id?.to_ascii_lowercase().as_str()).copied()
    }
}

/// The sales that are there, by token.
pub(crate) type FoundSales = BTreeMap<String, api::Sale>;

/// Looks for the sales of a batch.
pub(crate) fn find(reader: Reader<'_>, sought: &Sought<'_>) -> Result<FoundSales, Failure> {
    let mut found = FoundSales::new();
    // The list shows at once what was written, but only above what this store has seen, and what it has seen rises
    // with every sale it posts. The search lags, but shows the batch's days whole: also what was posted long ago from
    // a store that was lost, or put back to an older copy of itself.
    let mut complete = search(reader, sought, &mut found)?;
    if let Some(known) = sought.known {
        let after = known.saturating_sub(OVERLAP_VERSIONS);
        // A sale that is not closed may be since the search's index has seen it.
        let is_closed = |sale: &api::Sale| sale.state() == SaleState::Closed;
        let is_news = |row: &Listed| {
            let token = sought.token(row.id.as_deref());
            token.is_some_and(|token| !found.get(token).is_some_and(is_closed))
        };
        let listed = reader.walk::<Listed>(IDS, after, FEED_PAGES_MAX)?;
        complete &= listed.complete;
        if listed.complete && listed.rows.iter().any(is_news) {
            let walked = reader.walk(SALES, after, FEED_PAGES_MAX)?;
            complete &= walked.complete;
            take(&mut found, sought, walked.rows);
        }
    }
    let one_by_one = if complete { &sought.planned_before } else { &sought.tokens };
    let missing: Vec<&str> =
        one_by_one.iter().copied().filter(|token| !found.contains_key(*token)).collect();
    let fields = fields(sought.generation);
    let by_id =
        |token: &&str| get(path_of(sought.generation)).segment(*token).keep(&fields).build();
    let requests: Vec<Request> = missing.iter().map(by_id).collect();
    for answer in reader.read_each(&requests)? {
        if let Some(sale) = sale_of(sought.generation, &answer)? {
            take(&mut found, sought, vec![sale]);
        }
    }
    Ok(found)
}

/// Where a generation has its sales.
pub(crate) fn path_of(generation: Generation) -> &'static str {
    match generation {
        Generation::Dated => path::SALES,
        Generation::Classic => path::CLASSIC_SALES,
    }
}

/// The read that tells whether a sale's write took effect. It names no fields to keep, which would cost more than they
/// save: a probe is stored with every write, and hardly any is ever sent.
pub(crate) fn probe(generation: Generation, uuid: &str) -> Request {
    api::get_one(path_of(generation), uuid)
}

/// The fields of one sale, for `request.keep`.
fn fields(generation: Generation) -> Vec<String> {
    match generation {
        Generation::Dated => api::keep_one(&SALE_FIELDS),
        Generation::Classic => {
            SALE_FIELDS.iter().map(|field| format!("register_sales.*.{field}")).collect()
        }
    }
}

/// The sale in an answer to the read of one; nothing where the till has none: 404, or in the older generation an empty list
/// with status 200.
pub(crate) fn sale_of(
    generation: Generation,
    answer: &Response,
) -> Result<Option<api::Sale>, Failure> {
    match (generation, answer.status) {
        (_, 404) => Ok(None),
        (Generation::Dated, 200..=299) => {
            Ok(Some(json::read::<api::One<api::Sale>>(answer, path::SALES)?.data))
        }
        (Generation::Classic, 200..=299) => {
            let list: api::ClassicSales = json::read(answer, path::CLASSIC_SALES)?;
            Ok(list.register_sales.into_iter().next())
        }
        (_, status) => Err(refused(path::SALES, status, &words_of(&answer.body))),
    }
}

/// Searches the batch's days, and tells whether that showed all of them.
fn search(
    reader: Reader<'_>,
    sought: &Sought<'_>,
    found: &mut FoundSales,
) -> Result<bool, Failure> {
    let (first, last) = sought.dates;
    for page in 0..SEARCH_PAGES_MAX {
        let request = get(path::SEARCH)
            .query("type", "sales")
            .query("register_id", sought.register_id)
            .query("date_from", to_rfc3339(first.saturating_sub(DATE_MARGIN_MS)))
            .query("date_to", to_rfc3339(last.saturating_add(DATE_MARGIN_MS)))
            .query("page_size", SEARCH_ROWS_MAX)
            .query("offset", page * SEARCH_ROWS_MAX)
            .keep(&api::keep_list(&SALE_FIELDS))
            .build();
        let answer = reader.read(&request)?;
        let rows = json::read::<Page<api::Sale>>(&answer, path::SEARCH)?.data;
        let count = rows.len();
        take(found, sought, rows);
        if count < SEARCH_ROWS_MAX {
            return Ok(true);
        }
    }
    Ok(false)
}

fn take(found: &mut FoundSales, sought: &Sought<'_>, rows: Vec<api::Sale>) {
    for sale in rows {
        if let Some(token) = sought.token(sale.id.as_deref()) {
            found.insert(token.to_owned(), sale);
        }
    }
}
