//! Finding the till's products, by SKU or id: for the lines of a sale, and as a directory. `listing` gives them all;
//! `whole` reads them all where the lines of a batch want many.
//!
//! A SKU matches only exactly, only once, and only what can be sold: deleted rows, parents of variants and inactive
//! products are not taken, and a blank SKU matches nothing. What was found is kept for the instance; what was not found
//! is asked for again, so that a product created in the till mends a held order at once.

pub(crate) mod listing;
mod whole;

use std::cell::{Ref, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{BuildHasherDefault, Hash, Hasher};

use penstock_connector_sdk::commerce::{self, Entry, Payload};
use penstock_connector_sdk::directory::Find;
use penstock_connector_sdk::types::{Failure, Instant, Pair, Request, Response};
use penstock_connector_sdk::{fingerprint, json};

use crate::api::{self, One, PRODUCT_FIELDS, Page, get, keep_list, keep_one, path};
use crate::read::{Reader, refused, still_fresh, words_of};
use whole::Whole;

/// Products kept, above which a batch begins with none: with what a batch adds, half as many at most, a bound on memory.
const KEPT_MAX: usize = 10_000;

/// Rows asked for in one search by SKU. A SKU borne by this many products is no key.
const SEARCH_ROWS: u32 = 100;

/// How a product is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Wanted<'a> {
    /// Trimmed, not blank, in the letters the shop wrote.
    Sku(&'a str),
    Id(&'a str),
}

impl<'a> Wanted<'a> {
    /// A SKU as it is compared; nothing for a blank one, which matches nothing.
    pub(crate) fn sku(sku: &'a str) -> Option<Wanted<'a>> {
        let sku = sku.trim();
        (!sku.is_empty()).then_some(Wanted::Sku(sku))
    }
}

/// A product that a line can be booked on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) id: String,
    pub(crate) name: String,
    /// Whether a sale moves its stock.
    pub(crate) counts_stock: bool,
}

/// What was found for one SKU or id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Match {
    One(Item),
    /// `near` is a SKU that differs in its letters' case only.
    Nothing {
        near: Option<String>,
    },
    Several(usize),
    Inactive,
    Composite,
    /// The till does not tell whether it counts this product's stock.
    StockUntold,
}

/// What products were found to be. It holds all that the last batch wanted, and what earlier ones found.
#[derive(Debug, Default)]
pub(crate) struct Matches {
    by_sku: Index,
    by_id: Index,
    /// When the till's list of products was last read, or tried.
    listed_at: Option<Instant>,
}

/// Every line of every order is looked up here, so the hash is a quick one: it need not withstand the merchant, whose
/// own SKUs these are.
type Index = HashMap<String, Answered, BuildHasherDefault<Fnv>>;

/// What the till answered, and when it was asked.
#[derive(Debug)]
struct Answered {
    found: Match,
    read_at: Instant,
}

impl Matches {
    /// What was found; nothing for what no batch wanted.
    pub(crate) fn get(&self, wanted: Wanted<'_>) -> Option<&Match> {
        self.answered(wanted).map(|answered| &answered.found)
    }

    fn answered(&self, wanted: Wanted<'_>) -> Option<&Answered> {
        match wanted {
            Wanted::Sku(sku) => self.by_sku.get(sku),
            Wanted::Id(id) => self.by_id.get(id),
        }
    }

    fn is_found(&self, wanted: Wanted<'_>, now: Instant) -> bool {
        self.answered(wanted).is_some_and(|Answered { found, read_at }| {
            matches!(found, Match::One(_)) && still_fresh(*read_at, now)
        })
    }

    fn insert(&mut self, wanted: Wanted<'_>, answered: Answered) {
        match wanted {
            Wanted::Sku(sku) => self.by_sku.insert(sku.to_owned(), answered),
            Wanted::Id(id) => self.by_id.insert(id.to_owned(), answered),
        };
    }

    /// Reads the till's list where many SKUs are unknown, once in the time for which an answer is fresh. What lines can be
    /// booked on is known then: all of it, or, of very much, what is wanted.
    fn read_whole(
        &mut self,
        reader: Reader<'_>,
        unknown: &mut BTreeSet<Wanted<'_>>,
        now: Instant,
    ) -> Result<(), Failure> {
        let skus = unknown.iter().filter(|wanted| matches!(wanted, Wanted::Sku(_))).count();
        let is_new = self.listed_at.is_some_and(|at| still_fresh(at, now));
        if is_new || !whole::is_worth_it(skus) {
            return Ok(());
        }
        self.listed_at = Some(now);
        let Some(whole) = Whole::read(reader, skus)? else { return Ok(()) };
        let read_at = whole.read_at;
        unknown.retain(|wanted| {
            let Wanted::Sku(sku) = *wanted else { return true };
            let Some(item) = whole.find(sku) else { return true };
            self.insert(*wanted, Answered { found: Match::One(item), read_at });
            false
        });
        if whole.products <= KEPT_MAX / 2 {
            for sku in whole.skus() {
                if let Some(item) = whole.find(sku) {
                    self.insert(Wanted::Sku(sku), Answered { found: Match::One(item), read_at });
                }
            }
        }
        Ok(())
    }

    fn is_full(&self) -> bool {
        self.by_sku.len() + self.by_id.len() >= KEPT_MAX
    }
}

/// The products that this instance has found.
#[derive(Debug, Default)]
pub(crate) struct Products(RefCell<Matches>);

impl Products {
    /// Finds products, side by side; `now` is the newest instant that the batch bears.
    pub(crate) fn find<'a>(
        &self,
        reader: Reader<'_>,
        wanted: impl IntoIterator<Item = Wanted<'a>>,
        now: Instant,
    ) -> Result<Ref<'_, Matches>, Failure> {
        let mut matches = self.0.borrow_mut();
        if matches.is_full() {
            *matches = Matches::default();
        }
        let wanted = wanted.into_iter();
        let mut unknown: BTreeSet<Wanted<'_>> =
            wanted.filter(|wanted| !matches.is_found(*wanted, now)).collect();
        matches.read_whole(reader, &mut unknown, now)?;
        let requests: Vec<Request> = unknown.iter().copied().map(request_for).collect();
        let answers = reader.read_each(&requests)?;
        for ((wanted, request), answer) in unknown.into_iter().zip(&requests).zip(answers) {
            let rows = rows_of(wanted, request, &answer)?;
            let found = judge(wanted, &rows);
            matches.insert(wanted, Answered { found, read_at: answer.sent_at });
        }
        drop(matches);
        Ok(self.0.borrow())
    }
}

/// FNV-1a.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Fnv(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// The directory `products`: every live product under a SKU, inactive ones included and marked as such. `outlet` tells
/// the outlet whose counters are meant.
pub(crate) fn find(
    reader: Reader<'_>,
    call: &Find<'_>,
    outlet: impl Fn() -> Result<String, Failure>,
) -> Result<Vec<Vec<Entry>>, Failure> {
    let wanted: Vec<Option<Wanted<'_>>> = match call.by {
        "sku" => call.values.iter().map(|sku| Wanted::sku(sku)).collect(),
        "key" => call.values.iter().map(|key| Some(Wanted::Id(remote_id(key)))).collect(),
        other => return Err(not_searchable(call.collection, other)),
    };
    let outlet_id = outlet()?;
    let asked: BTreeSet<Wanted<'_>> = wanted.iter().copied().flatten().collect();
    let requests: Vec<Request> = asked.iter().copied().map(request_for).collect();
    let answers = reader.read_each(&requests)?;
    let mut found: BTreeMap<Wanted<'_>, Vec<Entry>> = BTreeMap::new();
    for ((wanted, request), answer) in asked.into_iter().zip(&requests).zip(answers) {
        let rows = rows_of(wanted, request, &answer)?;
        let live = rows.iter().filter(|row| is_candidate(wanted, row));
        let entries = live.map(|row| entry(row, &outlet_id, answer.sent_at)).collect();
        found.insert(wanted, entries);
    }
    let entries = wanted.iter().map(|wanted| found.get(wanted.as_ref()?));
    Ok(entries.map(|entries| entries.cloned().unwrap_or_default()).collect())
}

/// The till's id in a key, which the host may have put account and collection before.
pub(crate) fn remote_id(key: &str) -> &str {
    key.rsplit('/').next().unwrap_or(key)
}

/// A field that a collection has no search for.
pub(crate) fn not_searchable(collection: &str, by: &str) -> Failure {
    Failure::Misconfigured(format!("`{collection}` can't be searched by `{by}`"))
}

/// The till's counter of a product: unique in the account, its outlet included.
pub(crate) fn stock_owner(product_id: &str, outlet_id: &str) -> String {
    [product_id, "@", outlet_id].concat()
}

/// What a product is, as far as its stock goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nature {
    /// Goods that the till counts.
    Counted,
    /// Not counted: a service, or goods that nobody counts.
    Service,
    /// Its stock is that of its parts.
    Composite,
    /// The parent of variants, which are what is sold and counted.
    Parent,
}

/// What a product is; nothing where the till does not tell whether it counts it.
pub(crate) fn nature(row: &api::Product) -> Option<Nature> {
    if is_parent(row) {
        return Some(Nature::Parent);
    }
    if row.is_composite == Some(true) {
        return Some(Nature::Composite);
    }
    row.has_inventory.map(|counted| if counted { Nature::Counted } else { Nature::Service })
}

/// The search wants the SKU in lower case.
pub(crate) fn request_for(wanted: Wanted<'_>) -> Request {
    match wanted {
        Wanted::Sku(sku) => get(path::SEARCH)
            .query("type", "products")
            .query("sku", sku.to_lowercase())
            .query("page_size", SEARCH_ROWS)
            .keep(&keep_list(&PRODUCT_FIELDS))
            .build(),
        Wanted::Id(id) => get(path::PRODUCTS).segment(id).keep(&keep_one(&PRODUCT_FIELDS)).build(),
    }
}

pub(crate) fn rows_of(
    wanted: Wanted<'_>,
    request: &Request,
    answer: &Response,
) -> Result<Vec<api::Product>, Failure> {
    match (wanted, answer.status) {
        (Wanted::Id(_), 404) => Ok(Vec::new()),
        (Wanted::Id(_), 200..=299) => {
            Ok(vec![json::read::<One<api::Product>>(answer, &request.path)?.data])
        }
        (Wanted::Sku(_), 200..=299) => {
            Ok(json::read::<Page<api::Product>>(answer, &request.path)?.data)
        }
        (_, status) => Err(refused(path::PRODUCTS, status, &words_of(&answer.body))),
    }
}

/// Which row, if any, a line may be booked on.
fn judge(wanted: Wanted<'_>, rows: &[api::Product]) -> Match {
    let live: Vec<&api::Product> = rows.iter().filter(|row| is_candidate(wanted, row)).collect();
    let active: Vec<&&api::Product> = live.iter().filter(|row| is_active(row)).collect();
    match active.as_slice() {
        [] if live.is_empty() => Match::Nothing { near: near_miss(wanted, rows) },
        [] => Match::Inactive,
        [product] if product.is_composite == Some(true) => Match::Composite,
        [product] => match product.has_inventory {
            None => Match::StockUntold,
            Some(counts_stock) => Match::One(Item {
                id: product.id.clone(),
                name: product.name.clone(),
                counts_stock,
            }),
        },
        several => Match::Several(several.len()),
    }
}

/// A row under exactly this SKU or id that is neither deleted nor the parent of variants, which nobody can buy.
fn is_candidate(wanted: Wanted<'_>, row: &api::Product) -> bool {
    let named = match wanted {
        Wanted::Sku(sku) => row.sku.as_deref().map(str::trim) == Some(sku),
        Wanted::Id(id) => row.id == id,
    };
    named && !is_parent(row) && row.deleted_at.is_none()
}

fn is_parent(row: &api::Product) -> bool {
    let child = row.variant_parent_id.as_deref().is_some_and(|parent| !parent.is_empty());
    row.has_variants == Some(true) && !child
}

fn is_active(row: &api::Product) -> bool {
    row.active != Some(false) && row.is_active != Some(false)
}

fn near_miss(wanted: Wanted<'_>, rows: &[api::Product]) -> Option<String> {
    let Wanted::Sku(sku) = wanted else {
        return None;
    };
    let lower = sku.to_lowercase();
    let skus = rows.iter().filter(|row| row.deleted_at.is_none()).filter_map(|row| row.sku.clone());
    skus.into_iter().find(|found| found.trim() != sku && found.trim().to_lowercase() == lower)
}

/// What tells one state of a record from another: the till's own mark, and where it gives none, the content.
pub(crate) fn revision(
    version: Option<u64>,
    updated_at: Option<&str>,
    content: &impl Hash,
) -> String {
    let told = version.map(|version| version.to_string());
    let told = told.or_else(|| updated_at.map(str::to_owned).filter(|at| !at.trim().is_empty()));
    told.unwrap_or_else(|| fingerprint::revision("untold", content))
}

fn entry(row: &api::Product, outlet_id: &str, read_at: Instant) -> Entry {
    let nature = nature(row);
    let kind = nature.map(|nature| match nature {
        Nature::Counted => "plain",
        Nature::Service => "service",
        Nature::Composite => "composite",
        Nature::Parent => "parent",
    });
    let attributes = [("kind", kind), ("variant_name", row.variant_name.as_deref())];
    let attributes =
        attributes.into_iter().filter_map(|(name, value)| Some(Pair::new(name, value?)));
    let product = commerce::Product {
        id: row.id.clone(),
        sku: row.sku.clone().filter(|sku| !sku.trim().is_empty()),
        name: row.name.clone(),
        stock_owner: stock_owner(&row.id, outlet_id),
        counts_stock: nature == Some(Nature::Counted),
        active: is_active(row),
        attributes: attributes.collect(),
    };
    Entry {
        key: row.id.clone(),
        revision: revision(row.version, row.updated_at.as_deref(), &product),
        read_at,
        payload: Payload::Product(product),
    }
}
