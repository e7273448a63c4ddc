//! `order-filter`: which orders go on, and why the others don't.
//!
//! An order that passes goes on as it came, so it does not cross the wall a second time.

#![deny(missing_docs)]

mod options;
mod rules;

use penstock_connector_sdk::commerce::{Entry, Payload};
use penstock_connector_sdk::connector::{
    Connector, Descriptor, Kind, OptionFault, OrderPart, Port,
};
use penstock_connector_sdk::host::RuleHost;
use penstock_connector_sdk::transform::{Apply, Transform, Verdict};
use penstock_connector_sdk::types::Failure;

use options::Options;

const PORT: &str = "orders";

/// The rule, with its options read once.
#[derive(Debug)]
pub struct OrderFilter {
    options: Options,
}

impl OrderFilter {
    fn judge(&self, entry: &Entry) -> Verdict {
        let Payload::Order(order) = &entry.payload else {
            return Verdict::Reject("order-filter takes orders, and this is none".to_owned());
        };
        match rules::reason_against(order, &self.options) {
            Some(reason) => Verdict::Filter(reason.to_owned()),
            None => Verdict::Pass(PORT.to_owned()),
        }
    }
}

impl Connector for OrderFilter {
    fn describe() -> Descriptor {
        let port = |summary: &str| Port {
            name: PORT.to_owned(),
            summary: summary.to_owned(),
            kinds: vec![Kind::Order],
            required: true,
            without: Vec::new(),
        };
        Descriptor {
            inputs: vec![Port {
                without: vec![OrderPart::Lines, OrderPart::Charges, OrderPart::Note],
                ..port("Orders to judge")
            }],
            outputs: vec![port("Orders that meet every condition, as they came")],
            options_schema: options::SCHEMA.to_owned(),
            ..Descriptor::rule(
                "order-filter",
                env!("CARGO_PKG_VERSION"),
                "Lets orders pass by payment status, total, method, date and the like",
            )
        }
    }

    fn open(text: &str) -> Result<Self, Vec<OptionFault>> {
        Ok(Self { options: Options::read(text)? })
    }
}

impl Transform for OrderFilter {
    fn apply(&self, call: Apply<'_>, _host: &impl RuleHost) -> Result<Vec<Verdict>, Failure> {
        Ok(call.entries.iter().map(|entry| self.judge(entry)).collect())
    }
}

penstock_connector_sdk::export!(OrderFilter: transform);
