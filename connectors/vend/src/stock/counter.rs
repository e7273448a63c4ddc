//! One counter, read anew: its product and its level, side by side.

use penstock_connector_sdk::commerce::Entry;
use penstock_connector_sdk::decimal::Decimal;
use penstock_connector_sdk::directory::Find;
use penstock_connector_sdk::json;
use penstock_connector_sdk::types::{Failure, Instant, Request, Response};

use super::Shown;
use crate::api::stock::{Level, levels_of};
use crate::api::{self, path};
use crate::products::listing::stock_untold;
use crate::products::{Nature, Wanted, nature, not_searchable, remote_id, request_for, rows_of};
use crate::read::{Reader, refused, words_of};

/// Requests for one counter.
const REQUESTS: usize = 2;

/// A counter as it was found.
#[derive(Clone, Debug)]
pub(crate) struct Counter {
    pub(crate) product_id: String,
    pub(crate) sku: Option<String>,
    pub(crate) name: String,
    pub(crate) nature: Nature,
    /// What the till shows; nothing where it has no record at this outlet, and nothing where that is deleted.
    pub(crate) level: Option<Shelf>,
    pub(crate) read_at: Instant,
}

/// What is on the shelf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shelf {
    /// Nothing where the till has the record and no number in it.
    pub(crate) on_hand: Option<Decimal>,
    pub(crate) version: u64,
}

impl Counter {
    /// The number that counts: of goods that the till tracks, and has a number for.
    pub(crate) fn on_hand(&self) -> Option<Decimal> {
        self.level.and_then(|level| level.on_hand).filter(|_| self.nature == Nature::Counted)
    }
}

/// The directory `stock`: one counter by its key.
pub(crate) fn find(
    reader: Reader<'_>,
    call: &Find<'_>,
    outlet_id: &str,
) -> Result<Vec<Vec<Entry>>, Failure> {
    if call.by != "key" {
        return Err(not_searchable(call.collection, call.by));
    }
    let product_of = |key: &String| {
        let (product, outlet) = remote_id(key).split_once('@')?;
        (outlet == outlet_id && !product.is_empty()).then(|| product.to_owned())
    };
    let products: Vec<Option<String>> = call.values.iter().map(product_of).collect();
    let asked: Vec<&str> = products.iter().flatten().map(String::as_str).collect();
    let mut read = counters(reader, &asked, outlet_id)?.into_iter();
    let mut found = |product: &Option<String>| {
        product.as_ref().and_then(|_| read.next().flatten()).map(|it| entry(&it, outlet_id))
    };
    Ok(products.iter().map(|product| found(product).into_iter().collect()).collect())
}

fn entry(counter: &Counter, outlet_id: &str) -> Entry {
    Shown {
        product_id: &counter.product_id,
        outlet_id,
        sku: counter.sku.as_deref(),
        name: &counter.name,
        on_hand: counter.on_hand(),
        version: counter.level.map(|level| level.version),
        read_at: counter.read_at,
    }
    .entry()
}

/// The counters of some products at an outlet, in order; nothing for a product that the till does not have.
pub(crate) fn counters(
    reader: Reader<'_>,
    product_ids: &[&str],
    outlet_id: &str,
) -> Result<Vec<Option<Counter>>, Failure> {
    let of = |id: &&str| [request_for(Wanted::Id(id)), levels_of(id)];
    let requests: Vec<Request> = product_ids.iter().flat_map(of).collect();
    let answers = reader.read_each(&requests)?;
    let mut counters = Vec::with_capacity(product_ids.len());
    for (id, (asked, answers)) in
        product_ids.iter().zip(requests.chunks(REQUESTS).zip(answers.chunks(REQUESTS)))
    {
        let ([asked, _], [product, levels]) = (asked, answers) else {
            return Err(Failure::unexpected(format!("{}: an answer is missing", path::INVENTORY)));
        };
        let rows = rows_of(Wanted::Id(id), asked, product)?;
        let live = rows.into_iter().find(|row| row.id == **id && row.deleted_at.is_none());
        counters.push(match live {
            Some(product) => Some(counter(product, levels, outlet_id)?),
            None => None,
        });
    }
    Ok(counters)
}

fn counter(product: api::Product, levels: &Response, outlet_id: &str) -> Result<Counter, Failure> {
    let nature = nature(&product).ok_or_else(|| stock_untold(&product))?;
    Ok(Counter {
        level: shelf(levels, &product.id, outlet_id)?,
        nature,
        product_id: product.id,
        sku: product.sku,
        name: product.name,
        read_at: levels.sent_at,
    })
}

/// The row of one product at one outlet, in the answer to [`levels_of`].
pub(crate) fn shelf(
    answer: &Response,
    product_id: &str,
    outlet_id: &str,
) -> Result<Option<Shelf>, Failure> {
    match answer.status {
        404 => return Ok(None),
        200..=299 => {}
        status => return Err(refused(path::INVENTORY, status, &words_of(&answer.body))),
    }
    let rows: Vec<Level> = json::read(answer, path::INVENTORY)?;
    let row = rows.into_iter().find(|row| {
        row.product_id == product_id && row.outlet_id == outlet_id && row.deleted_at.is_none()
    });
    let shelf = |row: Level| Shelf { on_hand: row.current_inventory_level, version: row.version };
    Ok(row.map(shelf))
}
