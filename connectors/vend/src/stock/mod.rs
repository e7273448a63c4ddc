//! The collection `stock`: levels at the register's outlet to read, and changes of them to make.
//!
//! `feed` reads what changed, `counter` one counter anew. `plan` turns changes into adjustments, `conclude` and
//! `settle` tell what became of them, by what `memo` remembers.

pub(crate) mod catalogue;
pub(crate) mod conclude;
pub(crate) mod counter;
mod cursor;
pub(crate) mod feed;
mod memo;
pub(crate) mod plan;
pub(crate) mod reason;
pub(crate) mod settle;
mod since;

use penstock_connector_sdk::commerce::{Entry, Payload, StockLevel};
use penstock_connector_sdk::decimal::Decimal;
use penstock_connector_sdk::types::{Instant, Pair};

use crate::products::stock_owner;

/// Name of the collection.
pub(crate) const NAME: &str = "stock";

/// A counter as it is given to the host.
struct Shown<'a> {
    product_id: &'a str,
    outlet_id: &'a str,
    sku: Option<&'a str>,
    name: &'a str,
    /// Nothing where the till does not count.
    on_hand: Option<Decimal>,
    /// Nothing where the till has no record of the counter.
    version: Option<u64>,
    read_at: Instant,
}

impl Shown<'_> {
    /// The entry. Its revision is another with every reading: an unchanged level that was read later says more.
    fn entry(&self) -> Entry {
        let owner = stock_owner(self.product_id, self.outlet_id);
        let sku = self.sku.filter(|sku| !sku.trim().is_empty());
        let tracking = if self.on_hand.is_some() { "tracked" } else { "untracked" };
        Entry {
            key: owner.clone(),
            revision: format!("{}@{}", self.version.unwrap_or_default(), self.read_at),
            read_at: self.read_at,
            payload: Payload::StockLevel(StockLevel {
                owner,
                sku: sku.map(str::to_owned),
                location: self.outlet_id.to_owned(),
                on_hand: self.on_hand,
                version: self.version,
                attributes: vec![Pair::new("name", self.name), Pair::new("tracking", tracking)],
            }),
        }
    }
}
