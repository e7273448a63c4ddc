//! The truth: what must have become of every order, what did, who moved which counter, and what was asked.

mod entries;
pub mod page;
mod stock;
mod verify;

pub use entries::{CustomerEntry, LevelEntry, MovementEntry, OrderEntry, SaleEntry};
pub use stock::InStep;

use serde::{Serialize, Serializer, ser::SerializeMap};
use std::collections::BTreeMap;

use crate::movement::Actor;
use crate::shop::order::Fate;
use crate::shop::{Shop, internal_id};
use crate::till::{SaleState, Till};

/// The books of a shop and a till: a view, so that a million orders cost nothing.
///
/// They serialise to one JSON object: summary, violations, then every order, sale, customer, level and movement.
#[derive(Clone, Copy)]
pub struct Books<'w> {
    shop: &'w Shop,
    till: &'w Till,
}

/// The numbers that say most.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Orders that must have a sale, from the fates alone.
    pub postable_paid_orders: u64,
    /// Closed sales that the API wrote.
    pub till_closed_sales: u64,
    /// Orders by fate, in words.
    pub orders_by_fate: BTreeMap<String, u64>,
    /// All sales by state.
    pub sales_by_state: BTreeMap<SaleState, u64>,
    /// Customers that the API created.
    pub customers_created: u64,
    /// Requests to the shop.
    pub shop_requests: u64,
    /// Requests to the till.
    pub till_requests: u64,
    /// Faults that the shop's answers met.
    pub shop_faults: u64,
    /// Faults that the till's answers met.
    pub till_faults: u64,
}

/// Requests of one kind and their answers; status 0 is a connection that closed without one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RequestCount {
    /// `shop` or `till`.
    pub vendor: &'static str,
    /// `GET /orders/{id}`.
    pub endpoint: String,
    /// As the client saw it.
    pub status: u16,
    /// How many.
    pub count: u64,
}

impl<'w> Books<'w> {
    /// The books of these two.
    pub fn new(shop: &'w Shop, till: &'w Till) -> Self {
        Self { shop, till }
    }

    /// How many orders must have become a sale, from the planted fates alone.
    pub fn postable_paid_orders(&self) -> u64 {
        let rows = self.shop.orders().rows();
        rows.filter(|(_, row)| !row.deleted && row.fate() == Fate::Postable).count() as u64
    }

    /// How many closed sales the API wrote.
    pub fn till_closed_sales(&self) -> u64 {
        let closed = |state| state == SaleState::Closed;
        let rows = self.till.sales().rows().iter();
        rows.filter(|row| closed(row.value.state) && row.value.by == Actor::Api).count() as u64
    }

    /// What is wrong, in words; nothing where all is well. At most 1000, and then how many more.
    pub fn verify(&self) -> Vec<String> {
        verify::verify(self.shop, self.till)
    }

    /// The numbers that say most.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary {
            postable_paid_orders: self.postable_paid_orders(),
            till_closed_sales: self.till_closed_sales(),
            shop_requests: self.shop.traffic.sequence,
            till_requests: self.till.traffic.sequence,
            shop_faults: self.shop.faults.counts().values().sum(),
            till_faults: self.till.faults.counts().values().sum(),
            ..Summary::default()
        };
        for (_, row) in self.shop.orders().rows() {
            *summary.orders_by_fate.entry(fate_words(row.fate())).or_default() += 1;
        }
        for row in self.till.sales().rows() {
            *summary.sales_by_state.entry(row.value.state).or_default() += 1;
        }
        let created = |by| by == Some(Actor::Api);
        let customers = self.till.customers().rows().iter();
        summary.customers_created =
            customers.filter(|row| created(row.value.created_by)).count() as u64;
        summary
    }

    /// Requests by vendor, endpoint and status.
    pub fn requests(&self) -> Vec<RequestCount> {
        let of = |vendor: &'static str, traffic: &crate::traffic::Traffic| {
            let count = |(endpoint, status, count): (&str, u16, u64)| RequestCount {
                vendor,
                endpoint: endpoint.to_owned(),
                status,
                count,
            };
            traffic.counts().map(count).collect::<Vec<_>>()
        };
        [of("shop", &self.shop.traffic), of("till", &self.till.traffic)].concat()
    }

    /// The source id that a sale of the order at this position bears.
    pub fn source_id(&self, position: u32) -> String {
        source_id(self.shop, position)
    }
}

/// `{store}:{internal id}`.
pub(crate) fn source_id(shop: &Shop, position: u32) -> String {
    format!("{}:{}", shop.store_id(), internal_id(position))
}

/// A fate in words: `postable`, `not-paid(REFUNDED)`, `held(gift-card)`.
pub fn fate_words(fate: Fate) -> String {
    match fate {
        Fate::Postable => "postable".to_owned(),
        Fate::NotPaid(status) => format!("not-paid({})", status.word()),
        Fate::Held(reason) => format!("held({})", word(&reason)),
    }
}

/// The written form of a value that serialises to a word.
pub(crate) fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    }
}

/// Rows that are serialised one by one, as they are made.
struct Rows<F>(F);

impl<F, I, T> Serialize for Rows<F>
where
    F: Fn() -> I,
    I: Iterator<Item = T>,
    T: Serialize,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}

impl Serialize for Books<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("summary", &self.summary())?;
        map.serialize_entry("violations", &self.verify())?;
        map.serialize_entry("requests", &self.requests())?;
        map.serialize_entry("shop_faults", &Rows(|| self.shop.faults.injected()))?;
        map.serialize_entry("till_faults", &Rows(|| self.till.faults.injected()))?;
        map.serialize_entry("orders", &Rows(|| self.orders()))?;
        map.serialize_entry("sales", &Rows(|| self.sales()))?;
        map.serialize_entry("customers", &Rows(|| self.customers()))?;
        map.serialize_entry("levels", &Rows(|| self.levels()))?;
        map.serialize_entry("movements", &Rows(|| self.movements()))?;
        map.end()
    }
}
