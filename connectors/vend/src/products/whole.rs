//! All products of the till by SKU, read from its list where a batch wants many that are not known: a page of 200 costs
//! the till's budget as much as the search for one. It tells only what a line can be booked on; what it does not have, or
//! has in a way that holds an order, is searched for all the same.

use std::collections::BTreeMap;

use penstock_connector_sdk::json;
use penstock_connector_sdk::types::{Failure, Instant};

use super::listing::PRODUCTS;
use super::{Item, Match, Wanted, judge};
use crate::api::{self, Page};
use crate::read::{Reader, Turn};

/// Unknown SKUs in one batch from which the list is read.
const SKUS_MIN: usize = 20;

/// For so many unknown SKUs one page of the list may be read. In a till that has too many products for it such a batch
/// costs a quarter more.
const SKUS_PER_PAGE: usize = 4;

/// Most pages that are read, for whatever SKUs: 10,000 products are in memory together.
const PAGES_MAX: usize = 50;

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
    /// Reads the list for so many unknown SKUs; nothing where it is too long for them, or of no use now.
    pub(super) fn read(reader: Reader<'_>, skus: usize) -> Result<Option<Self>, Failure> {
        match Self::read_pages(reader, (skus / SKUS_PER_PAGE).min(PAGES_MAX)) {
            // The search may be of use where the list is not, and meets what is wrong with the token itself.
            Err(Failure::Unexpected(_) | Failure::Misconfigured(_) | Failure::RetryAfter(_)) => {
                Ok(None)
            }
            read => read,
        }
    }

    fn read_pages(reader: Reader<'_>, pages_max: usize) -> Result<Option<Self>, Failure> {
        // By id: a product that changes while the list is read comes once more, and what was told last counts.
        let mut rows: BTreeMap<String, api::Product> = BTreeMap::new();
        let (mut after, mut read_at) = (None, None);
        for _ in 0..pages_max {
            let answer = reader.read(&PRODUCTS.page(after))?;
            let read_at = *read_at.get_or_insert(answer.sent_at);
            let page: Page<api::Product> = json::read(&answer, PRODUCTS.path)?;
            match Turn::after(after, &page) {
                Turn::On(next) => after = Some(next),
                Turn::End => {
                    let products = rows.len();
                    return Ok(Some(Self { by_sku: by_sku(rows), products, read_at }));
                }
                Turn::Unversioned | Turn::Back => return Ok(None),
            }
            rows.extend(page.data.into_iter().map(|row| (row.id.clone(), row)));
        }
        Ok(None)
    }

    /// What a line of this SKU can be booked on.
    pub(super) fn find(&self, sku: &str) -> Option<Item> {
        match judge(Wanted::Sku(sku), self.by_sku.get(&sku.to_lowercase())?) {
            Match::One(item) => Some(item),
            _ => None,
        }
    }

    /// All SKUs, as the till writes them.
    pub(super) fn skus(&self) -> impl Iterator<Item = &str> {
        self.by_sku.values().flatten().filter_map(|row| row.sku.as_deref()).map(str::trim)
    }
}

fn by_sku(rows: BTreeMap<String, api::Product>) -> BTreeMap<String, Vec<api::Product>> {
    let mut by_sku: BTreeMap<String, Vec<api::Product>> = BTreeMap::new();
    for row in rows.into_values() {
        let sku = row.sku.as_deref().map(str::trim).unwrap_or_default().to_lowercase();
        if !sku.is_empty() {
            by_sku.entry(sku).or_default().push(row);
        }
    }
    by_sku
}
