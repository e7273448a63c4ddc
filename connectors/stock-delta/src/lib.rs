//! `stock-delta`: keeps the counts of a shop and a till in step, both ways.
//!
//! Each reading of a counter is compared with the last one. What orders and our own writes explain
//! is no news; the rest was done by somebody else, and goes to the other side as a movement, once.
//! A sale of ours at the till moves nothing in the shop: there its order did.

#![deny(missing_docs)]

mod audit;
mod cell;
mod delta;
mod evidence;
mod first;
mod memory;
mod options;
mod orders;
mod pair;
mod publish;
mod reserved;
mod restock;
mod returns;
mod rule;
mod unsold;

use penstock_connector_sdk::audit::{Audit, Examine, Standing};
use penstock_connector_sdk::connector::{
    Connector, Descriptor, Kind, OptionFault, OrderPart, Port,
};
use penstock_connector_sdk::host::RuleHost;
use penstock_connector_sdk::transform::{Apply, Transform, Verdict};
use penstock_connector_sdk::types::{Failure, Pair};

#[cfg(feature = "guards-off")]
pub use options::Guard;
use options::Options;

/// The input of the shop's orders, of every payment status and before any filter.
const ORDERS: &str = "orders";
/// The input of the shop's orders that are not sold at the till.
const UNSOLD: &str = "unsold";
/// The input of the shop's levels.
const SHOP: &str = "shop";
/// The input of the till's levels.
const TILL: &str = "till";
/// The output of changes that the shop is to make.
const TO_SHOP: &str = "to_shop";
/// The output of changes that the till is to make.
const TO_TILL: &str = "to_till";

/// The rule, with its options read once.
#[derive(Debug)]
pub struct StockDelta {
    options: Options,
}

#[cfg(feature = "guards-off")]
impl StockDelta {
    /// The rule without one of its guards.
    #[must_use]
    pub fn without(mut self, guard: Guard) -> Self {
        self.options.without = Some(guard);
        self
    }
}

impl Connector for StockDelta {
    fn describe() -> Descriptor {
        let port = |name: &str, kind: Kind, summary: &str| Port {
            name: name.to_owned(),
            summary: summary.to_owned(),
            kinds: vec![kind],
            required: true,
            without: Vec::new(),
        };
        // Lines are all that it looks at.
        let orders = |name: &str, summary: &str| Port {
            without: vec![
                OrderPart::Customer,
                OrderPart::Charges,
                OrderPart::Tenders,
                OrderPart::Note,
                OrderPart::Attributes,
            ],
            ..port(name, Kind::Order, summary)
        };
        Descriptor {
            inputs: vec![
                orders(ORDERS, "The shop's orders, all of them"),
                port(SHOP, Kind::StockLevel, "The shop's levels"),
                port(TILL, Kind::StockLevel, "The till's levels"),
                Port {
                    required: false,
                    ..orders(
                        UNSOLD,
                        "Orders that are not sold at the till: what they took is taken off its counters by changes of stock",
                    )
                },
            ],
            outputs: vec![
                port(TO_SHOP, Kind::StockChange, "Changes that the shop is to make"),
                port(TO_TILL, Kind::StockChange, "Changes that the till is to make"),
            ],
            options_schema: options::SCHEMA.to_owned(),
            attributes: vec![
                Pair::new("links", format!("{SHOP},{TILL}")),
                // Counters, quantities and keys of orders: nothing that names anybody.
                Pair::new("recorded-as-is", "state: *"),
            ],
            ..Descriptor::rule(
                "stock-delta",
                env!("CARGO_PKG_VERSION"),
                "Keeps the counts of a shop and a till in step, both ways",
            )
        }
    }

    fn open(text: &str) -> Result<Self, Vec<OptionFault>> {
        Ok(Self { options: penstock_connector_sdk::options::parse(text)? })
    }
}

impl Transform for StockDelta {
    fn apply(&self, call: Apply<'_>, host: &impl RuleHost) -> Result<Vec<Verdict>, Failure> {
        let batch = rule::Batch::new(host, &self.options, call.horizons);
        batch.judge(call.input, &call.entries)
    }
}

impl Audit for StockDelta {
    fn examine(&self, call: &Examine<'_>, host: &impl RuleHost) -> Result<Vec<Standing>, Failure> {
        audit::examine(&self.options, call, host)
    }
}

#[cfg(not(feature = "guards-off"))]
penstock_connector_sdk::export!(StockDelta: transform, audit);

#[cfg(test)]
mod tests;
