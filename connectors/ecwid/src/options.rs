//! The options of the connection and of its collections. The schemas say what each means.

use penstock_connector_sdk::instant;
use penstock_connector_sdk::options::parse_for;
use penstock_connector_sdk::types::Failure;
use serde::Deserialize;

pub(crate) const CONNECTION_SCHEMA: &str = include_str!("../schema/connection.json");
pub(crate) const ORDERS_SCHEMA: &str = include_str!("../schema/orders.json");
pub(crate) const PRODUCTS_SCHEMA: &str = include_str!("../schema/products.json");
pub(crate) const STOCK_SCHEMA: &str = include_str!("../schema/stock.json");

/// The connection's options.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Connection {
    pub(crate) store_id: u64,
}

/// The options of `products`: none.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Products {}

/// The options of `orders`, as a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Orders {
    pub(crate) polling: Polling,
    /// Whether each line that moves a counter names it.
    pub(crate) counters: bool,
}

/// How a search is polled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Polling {
    pub(crate) start: Start,
    pub(crate) overlap_secs: i64,
    pub(crate) index_lag_secs: i64,
    /// Most rows of one request, from 1 to 100.
    pub(crate) page_rows: u32,
}

/// Where the first run begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    Now,
    /// Seconds since 1970; 0 for the beginning.
    At(i64),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenOrders {
    start: String,
    #[serde(default = "overlap_secs")]
    overlap_secs: u32,
    #[serde(default = "index_lag_secs")]
    index_lag_secs: u32,
    #[serde(default = "page_rows")]
    page_orders: u32,
    #[serde(default)]
    counters: bool,
}

/// What a search for orders looks at: as a directory, the collection may have no other option.
#[derive(Debug, Deserialize)]
struct Sought {
    #[serde(default)]
    counters: bool,
}

/// Reads the options of `orders`, as a source.
pub(crate) fn orders(text: &str) -> Result<Orders, Failure> {
    let written: WrittenOrders = parse_for("orders", text)?;
    let start = match written.start.trim() {
        "now" => Start::Now,
        "beginning" => Start::At(0),
        date => Start::At(instant::parse(date).map_err(|error| wrong_start(date, error))? / 1_000),
    };
    let polling = Polling {
        start,
        overlap_secs: i64::from(written.overlap_secs),
        index_lag_secs: i64::from(written.index_lag_secs),
        page_rows: written.page_orders.clamp(1, page_rows()),
    };
    Ok(Orders { polling, counters: written.counters })
}

/// Whether orders that are looked up name the counters of their lines.
pub(crate) fn counters(text: &str) -> Result<bool, Failure> {
    parse_for("orders", text).map(|Sought { counters }| counters)
}

fn wrong_start(date: &str, error: instant::UnknownDate) -> Failure {
    Failure::Misconfigured(format!(
        "options of collection `orders`: `/start` is `{date}`: {error}, or `now`, or `beginning`"
    ))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenStock {
    #[serde(default = "overlap_secs")]
    overlap_secs: u32,
    #[serde(default = "index_lag_secs")]
    index_lag_secs: u32,
    #[serde(default = "settle_secs")]
    settle_secs: u32,
}

/// The options of `stock`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stock {
    /// As a source: the first pull reads every product.
    pub(crate) polling: Polling,
    /// As a sink: how long after a write, and after a reading, the shop is read again.
    pub(crate) settle_ms: u64,
}

impl Stock {
    /// Reads the options of `stock`.
    pub(crate) fn read(text: &str) -> Result<Self, Failure> {
        let written: WrittenStock = parse_for("stock", text)?;
        let polling = Polling {
            start: Start::At(0),
            overlap_secs: i64::from(written.overlap_secs),
            index_lag_secs: i64::from(written.index_lag_secs),
            page_rows: page_rows(),
        };
        Ok(Self { polling, settle_ms: u64::from(written.settle_secs) * 1_000 })
    }
}

const fn overlap_secs() -> u32 {
    600
}

const fn index_lag_secs() -> u32 {
    30
}

const fn settle_secs() -> u32 {
    30
}

/// The vendor's most.
const fn page_rows() -> u32 {
    100
}

#[cfg(test)]
mod tests {
    use super::{
        CONNECTION_SCHEMA, ORDERS_SCHEMA, PRODUCTS_SCHEMA, STOCK_SCHEMA, Start, Stock, orders,
    };

    #[test]
    fn schemas_are_valid_and_complete() {
        for text in [CONNECTION_SCHEMA, ORDERS_SCHEMA, PRODUCTS_SCHEMA, STOCK_SCHEMA] {
            let schema: serde_json::Value = serde_json::from_str(text).unwrap();
            assert!(jsonschema::draft202012::meta::is_valid(&schema));
            assert_eq!(schema["additionalProperties"], false);
            let properties = schema["properties"].as_object().unwrap();
            assert!(properties.values().all(|property| property["description"].is_string()));
        }
    }

    #[test]
    fn defaults_are_those_of_the_schema() {
        let stated = |schema: &str, needed: serde_json::Value| {
            let schema: serde_json::Value = serde_json::from_str(schema).unwrap();
            let mut stated = needed;
            for (name, property) in schema["properties"].as_object().unwrap() {
                if let Some(default) = property.get("default") {
                    stated[name] = default.clone();
                }
            }
            stated
        };
        let of_orders = stated(ORDERS_SCHEMA, serde_json::json!({ "start": "now" }));
        assert_eq!(of_orders.as_object().unwrap().len(), 5);
        assert_eq!(orders(&of_orders.to_string()), orders(r#"{"start": "now"}"#));
        let of_stock = stated(STOCK_SCHEMA, serde_json::json!({}));
        assert_eq!(of_stock.as_object().unwrap().len(), 3);
        assert_eq!(Stock::read(&of_stock.to_string()), Stock::read("{}"));
    }

    #[test]
    fn a_start_is_needed_and_read() {
        assert_eq!(
            orders(r#"{"start": "2026-01-05"}"#).unwrap().polling.start,
            Start::At(1_767_571_200)
        );
        assert_eq!(orders(r#"{"start": "beginning"}"#).unwrap().polling.start, Start::At(0));
        for text in
            ["{}", r#"{"start": "soon"}"#, r#"{"start": 5}"#, r#"{"start": "now", "page": 1}"#]
        {
            assert!(orders(text).is_err(), "{text}");
        }
    }
}
