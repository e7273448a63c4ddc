//! `ecwid`: the orders, products and stock of an Ecwid store.
//!
//! `api` has the vendor's words, `map` turns its orders into ours, `counters` tells which counters a
//! product has, `walk` polls a search; `orders`, `products` and `stock` are the collections.

#![deny(missing_docs)]

mod api;
mod check;
mod counters;
mod descriptor;
mod fields;
mod map;
mod options;
mod orders;
mod products;
mod stock;
mod walk;

use std::cell::RefCell;

use penstock_connector_sdk::commerce::Entry;
use penstock_connector_sdk::connector::{Connector, Descriptor, Finding, OptionFault, Usage};
use penstock_connector_sdk::directory::{Directory, Find};
use penstock_connector_sdk::host::VendorHost;
use penstock_connector_sdk::sink::{Answer, Change, Conclusion, Explain, Plan, Prepare, Sink};
use penstock_connector_sdk::source::{Page, Pull, Source};
use penstock_connector_sdk::types::{Failure, Instant};

use api::profile::{self, Money};
use fields::Fields;

/// How long the store's currency is believed without asking again, in milliseconds: an hour.
const MONEY_MS_MAX: Instant = 3_600_000;

/// A connection to a store.
#[derive(Debug)]
pub struct Ecwid {
    options: options::Connection,
    fields: AllFields,
    /// What the store's amounts are in, and when that was asked.
    money: RefCell<Option<(Instant, Money)>>,
    /// Which counters variations have.
    owners: RefCell<orders::Owners>,
}

#[derive(Debug)]
struct AllFields {
    order: Fields,
    order_search: Fields,
    product_search: Fields,
    stock: Fields,
    stock_search: Fields,
    variations: Fields,
    variation_search: Fields,
}

impl Ecwid {
    /// The store's currency, read when it is first needed.
    fn money(&self, host: &impl VendorHost, now: Instant) -> Result<Money, Failure> {
        if let Some((asked_at, money)) = &*self.money.borrow()
            && now.saturating_sub(*asked_at) < MONEY_MS_MAX
        {
            return Ok(money.clone());
        }
        let money = profile::read(&host.read(&profile::request())?)?;
        *self.money.borrow_mut() = Some((now, money.clone()));
        Ok(money)
    }
}

impl Connector for Ecwid {
    fn describe() -> Descriptor {
        descriptor::descriptor()
    }

    fn open(text: &str) -> Result<Self, Vec<OptionFault>> {
        let fields = AllFields {
            order: Fields::new(api::order::FIELDS),
            order_search: Fields::of_search(api::order::FIELDS),
            product_search: Fields::of_search(api::product::FIELDS),
            stock: Fields::new(api::product::STOCK_FIELDS),
            stock_search: Fields::of_search(api::product::STOCK_FIELDS),
            variations: Fields::new(api::product::VARIATION_FIELDS),
            variation_search: Fields::of_search(api::product::VARIATION_FIELDS),
        };
        let options = penstock_connector_sdk::options::parse(text)?;
        Ok(Self { options, fields, money: RefCell::new(None), owners: RefCell::default() })
    }

    fn check(&self, usages: &[Usage], host: &impl VendorHost) -> Result<Vec<Finding>, Failure> {
        check::check(self, usages, host)
    }
}

impl Source for Ecwid {
    fn pull(&self, call: &Pull<'_>, host: &impl VendorHost) -> Result<Page, Failure> {
        match call.collection {
            orders::NAME => orders::pull(self, call, host),
            products::NAME => products::pull(self, call, host),
            stock::NAME => stock::pull(self, call, host),
            other => Err(unknown(other)),
        }
    }
}

impl Directory for Ecwid {
    fn find(&self, call: &Find<'_>, host: &impl VendorHost) -> Result<Vec<Vec<Entry>>, Failure> {
        match call.collection {
            orders::NAME => orders::find(self, call, host),
            products::NAME => products::find(self, call, host),
            stock::NAME => stock::find(self, call, host),
            other => Err(unknown(other)),
        }
    }
}

impl Sink for Ecwid {
    fn prepare(&self, call: Prepare<'_>, host: &impl VendorHost) -> Result<Plan, Failure> {
        match call.collection {
            stock::NAME => stock::prepare(self, &call, host),
            other => Err(unknown(other)),
        }
    }

    fn explain(&self, call: &Explain<'_>) -> Vec<Change> {
        match call.collection {
            stock::NAME => stock::explain(call),
            _ => Vec::new(),
        }
    }

    fn conclude(&self, call: &Answer<'_>) -> Conclusion {
        match call.collection {
            stock::NAME => stock::conclude(call),
            other => Conclusion::Failed(unknown(other)),
        }
    }

    fn settle(&self, call: &Answer<'_>, host: &impl VendorHost) -> Conclusion {
        match call.collection {
            stock::NAME => stock::settle(self, call, host),
            other => Conclusion::Failed(unknown(other)),
        }
    }
}

fn unknown(collection: &str) -> Failure {
    Failure::Misconfigured(format!("ecwid has no collection `{collection}` for this"))
}

penstock_connector_sdk::export!(Ecwid: source, directory, sink);
