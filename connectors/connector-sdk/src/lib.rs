//! What the author of a Penstock connector in Rust needs.
//!
//! A connector is a WebAssembly component that takes one or more roles: [`source`], [`directory`],
//! [`sink`] and [`webhook`] for a vendor's system, [`transform`] and [`audit`] for a rule between
//! systems. It describes; the host acts. So a connector is a handful of functions of data, and all of it is
//! tested natively, reads included.
//!
//! This is a whole connector, a rule that lets large orders pass, with its test:
//!
//! ```
//! use penstock_connector_sdk::commerce::Payload;
//! use penstock_connector_sdk::connector::{Connector, Descriptor, Kind, OptionFault, Port};
//! use penstock_connector_sdk::host::RuleHost;
//! use penstock_connector_sdk::transform::{Apply, Transform, Verdict};
//! use penstock_connector_sdk::types::{Decimal, Failure};
//! use penstock_connector_sdk::{options, samples, script::Script};
//!
//! #[derive(serde::Deserialize)]
//! struct LargeOrders {
//!     min_total: Decimal,
//! }
//!
//! impl Connector for LargeOrders {
//!     fn describe() -> Descriptor {
//!         let orders = |summary: &str| Port {
//!             name: "orders".to_owned(),
//!             summary: summary.to_owned(),
//!             kinds: vec![Kind::Order],
//!             required: true,
//!             without: Vec::new(),
//!         };
//!         Descriptor {
//!             inputs: vec![orders("orders to judge")],
//!             outputs: vec![orders("the large ones")],
//!             options_schema: r#"{
//!                 "$schema": "https://json-schema.org/draft/2020-12/schema",
//!                 "type": "object",
//!                 "properties": {
//!                     "min_total": { "type": "number", "description": "Smallest total that passes." }
//!                 },
//!                 "required": ["min_total"],
//!                 "additionalProperties": false
//!             }"#
//!             .to_owned(),
//!             ..Descriptor::rule("large-orders", "0.1.0", "Lets large orders pass")
//!         }
//!     }
//!
//!     fn open(text: &str) -> Result<Self, Vec<OptionFault>> {
//!         options::parse(text)
//!     }
//! }
//!
//! impl Transform for LargeOrders {
//!     fn apply(&self, call: Apply<'_>, _host: &impl RuleHost) -> Result<Vec<Verdict>, Failure> {
//!         let verdict = |payload: &Payload| match payload {
//!             Payload::Order(order) if order.total >= self.min_total => {
//!                 Verdict::Pass("orders".to_owned())
//!             }
//!             _ => Verdict::Filter("small".to_owned()),
//!         };
//!         Ok(call.entries.iter().map(|entry| verdict(&entry.payload)).collect())
//!     }
//! }
//!
//! penstock_connector_sdk::export!(LargeOrders: transform);
//!
//! # fn main() {
//! let rule = LargeOrders::open(r#"{ "min_total": 100.00 }"#).unwrap();
//! let mut order = samples::order("1");
//! order.total = Decimal::new(9_999, 2);
//! let entries = vec![samples::entry("1", Payload::Order(order))];
//! let call = Apply { input: "orders", entries, horizons: &[] };
//! assert_eq!(rule.apply(call, &Script::new()).unwrap(), [Verdict::Filter("small".to_owned())]);
//! # }
//! ```
//!
//! Build it with `cargo build --release --target wasm32-wasip2`; the crate's type is `cdylib` (and
//! `rlib`, where its tests want it).
//!
//! Conventions that the contract leaves to connectors, and that ours keep:
//!
//! - `tax.rate` is in percent, as a seller would say it: `12.5` is 12.5 %.
//! - A request's path begins with a slash and is percent-encoded; query names and values are
//!   plain, and the host encodes them.

#![deny(missing_docs)]

pub mod allocator;
pub mod bindings;
pub mod decimal;
pub mod export;
pub mod fingerprint;
pub mod host;
pub mod instant;
pub mod json;
pub mod options;
pub mod request;
mod roles;
pub mod samples;
pub mod script;

pub use roles::{audit, connector, directory, sink, source, transform, webhook};

/// The commerce vocabulary that connectors of different vendors share: orders, customers, products,
/// levels.
pub use bindings::base::penstock::connector::commerce;
/// Scalars, requests, answers and failures.
pub use bindings::base::penstock::connector::types;
