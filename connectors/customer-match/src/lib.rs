//! `customer-match`: to which customer of the other system an order belongs, and who is to be
//! created.
//!
//! Nothing here changes a customer that exists: what goes out by the port `customers` is only ever
//! somebody new.

#![deny(missing_docs)]

mod found;
mod options;
mod rule;

use penstock_connector_sdk::commerce::{Entry, Order, Payload};
use penstock_connector_sdk::connector::{
    Connector, Descriptor, Kind, NeededDirectory, OptionFault, OrderPart, Port,
};
use penstock_connector_sdk::host::{RuleHost, Search};
use penstock_connector_sdk::transform::{Apply, Transform, Verdict};
use penstock_connector_sdk::types::Failure;

use options::Options;

/// The input, and the output of matched orders.
const ORDERS: &str = "orders";
/// The output of customers to be created, and the directory that existing ones are looked up in.
const CUSTOMERS: &str = "customers";

/// The rule, with its options read once.
#[derive(Debug)]
pub struct CustomerMatch {
    options: Options,
}

impl Connector for CustomerMatch {
    fn describe() -> Descriptor {
        let port = |name: &str, kind: Kind, summary: &str| Port {
            name: name.to_owned(),
            summary: summary.to_owned(),
            kinds: vec![kind],
            required: name == ORDERS,
            without: Vec::new(),
        };
        Descriptor {
            inputs: vec![Port {
                // A buyer is all that it looks at.
                without: vec![
                    OrderPart::Lines,
                    OrderPart::Charges,
                    OrderPart::Tenders,
                    OrderPart::Note,
                    OrderPart::Attributes,
                ],
                ..port(ORDERS, Kind::Order, "Orders to match")
            }],
            outputs: vec![
                port(ORDERS, Kind::Order, "Orders with their customers"),
                port(CUSTOMERS, Kind::Customer, "Customers to be created"),
            ],
            directories: vec![NeededDirectory {
                name: CUSTOMERS.to_owned(),
                kind: Kind::Customer,
                finds_by: vec!["email".to_owned()],
                required: true,
            }],
            options_schema: options::SCHEMA.to_owned(),
            ..Descriptor::rule(
                "customer-match",
                env!("CARGO_PKG_VERSION"),
                "Finds the customer of an order by e-mail, or has one created",
            )
        }
    }

    fn open(text: &str) -> Result<Self, Vec<OptionFault>> {
        Ok(Self { options: penstock_connector_sdk::options::parse(text)? })
    }
}

impl Transform for CustomerMatch {
    fn apply(&self, call: Apply<'_>, host: &impl RuleHost) -> Result<Vec<Verdict>, Failure> {
        let known = Known::look_up(&call.entries, host)?;
        let judge = |entry| rule::judge(entry, &known, &self.options, host);
        Ok(call.entries.iter().map(judge).collect())
    }
}

/// The existing customers under each address of a batch.
struct Known {
    /// In order, each once.
    addresses: Vec<String>,
    /// For each address.
    customers: Vec<Vec<Entry>>,
}

impl Known {
    /// One look-up of distinct addresses. The answer must be as new as the newest order: a customer whom somebody
    /// created by hand before ordering must not be created again.
    fn look_up(entries: &[Entry], host: &impl RuleHost) -> Result<Self, Failure> {
        let asking = entries
            .iter()
            .filter_map(|entry| Some((rule::address(order_of(entry)?)?, entry.read_at)));
        let mut addresses: Vec<String> = Vec::new();
        let mut not_before = None;
        for (address, read_at) in asking {
            addresses.push(address);
            not_before = not_before.max(Some(read_at));
        }
        addresses.sort_unstable();
        addresses.dedup();
        if addresses.is_empty() {
            return Ok(Self { addresses, customers: Vec::new() });
        }
        let search = Search {
            directory: CUSTOMERS,
            collection: CUSTOMERS,
            by: "email",
            values: &addresses,
            not_before,
        };
        let customers = host.find(&search)?;
        if customers.len() != addresses.len() {
            return Err(Failure::unexpected("the directory did not answer each address"));
        }
        Ok(Self { addresses, customers })
    }

    fn under(&self, address: &str) -> &[Entry] {
        let found = self.addresses.binary_search_by(|known| known.as_str().cmp(address));
        found.ok().and_then(|at| self.customers.get(at)).map_or(&[], Vec::as_slice)
    }
}

fn order_of(entry: &Entry) -> Option<&Order> {
    match &entry.payload {
        Payload::Order(order) => Some(order),
        _ => None,
    }
}

penstock_connector_sdk::export!(CustomerMatch: transform);

#[cfg(test)]
mod tests;
