//! All products of the till by SKU, read from its list where a batch wants many that are not known: a page of 200 costs
//! the till's budget as much as the search for one. What the list does not have is searched for all the same.

use std::collections::{BTreeMap, HashMap};

use penstock_connector_sdk::types::{Failure, Instant};

use super::listing::PRODUCTS;
use super::{Match, Wanted, judge};
use crate::api;
use crate::read::Reader;

/// Unknown SKUs in one batch from which the list is read.
const SKUS_MIN: usize = 20;

/// For so many unknown SKUs one page of the list may be read. In a till that has too many products for it the first such
/// batch costs a quarter more.
const SKUS_PER_PAGE: usize = 4;

/// What the list told.
pub(super) struct Whole {
    /// Under each SKU, trimmed and in small letters, as the search finds them.
    by_sku: BTreeMap<String, Vec<api::Product>>,
    /// How many products it has.
    pub(super) products: usize,
    /// When the first of its pages was asked for.
    pub(super) read_at: Instant,
}

/// Whether so many unknown SKUs are worth the list.
pub(super) const fn is_worth_it(skus: usize) -> bool {
    skus >= SKUS_MIN
}

impl Whole {
    /// Reads the list for so many unknown SKUs; nothing where it is too long for them, or of no use.
    pub(super) fn read(reader: Reader<'_>, skus: usize) -> Result<Option<Self>, Failure> {
        let read = || {
            let first = reader.read(&PRODUCTS.page(None))?;
            let pages_max = skus / SKUS_PER_PAGE;
            let walked = reader.walk_on::<api::Product>(PRODUCTS, 0, &first, pages_max)?;
            Ok((walked, first.sent_at))
        };
        let (walked, read_at) = match read() {
            // The search may be of use where the list is not understood.
            Err(Failure::Unexpected(_) | Failure::Misconfigured(_)) => return Ok(None),
            read => read?,
        };
        // A list without versions has one page, whatever the till has.
        let is_whole = walked.complete && walked.rows.iter().all(|row| row.version.is_some());
        let products = walked.rows.len();
        Ok(is_whole.then(|| Self { by_sku: by_sku(walked.rows), products, read_at }))
    }

    /// What a SKU is found to be; nothing where the list has none such.
    pub(super) fn find(&self, sku: &str) -> Option<Match> {
        let rows = self.by_sku.get(&sku.to_lowercase())?;
        let found = judge(Wanted::Sku(sku), rows);
        (!matches!(found, Match::Nothing { .. })).then_some(found)
    }

    /// All SKUs, as the till writes them.
    pub(super) fn skus(&self) -> impl Iterator<Item = &str> {
        self.by_sku.values().flatten().filter_map(|row| row.sku.as_deref()).map(str::trim)
    }
}

/// A product that changes while the list is read comes once more, further back: what was told last counts.
fn by_sku(rows: Vec<api::Product>) -> BTreeMap<String, Vec<api::Product>> {
    let last: HashMap<String, usize> =
        rows.iter().enumerate().map(|(position, row)| (row.id.clone(), position)).collect();
    let mut by_sku: BTreeMap<String, Vec<api::Product>> = BTreeMap::new();
    for (position, row) in rows.into_iter().enumerate() {
        let sku = row.sku.as_deref().map(str::trim).unwrap_or_default().to_lowercase();
        if !sku.is_empty() && last.get(&row.id) == Some(&position) {
            by_sku.entry(sku).or_default().push(row);
        }
    }
    by_sku
}
