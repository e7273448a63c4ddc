//! The options of the connection and of its collections. The schemas say what each means.

use penstock_connector_sdk::instant;
use penstock_connector_sdk::types::Failure;
use serde::Deserialize;

pub(crate) const CONNECTION_SCHEMA: &str = include_str!("../schema/connection.json");
pub(crate) const ORDERS_SCHEMA: &str = include_str!("../schema/orders.json");
pub(crate) const PRODUCTS_SCHEMA: &str = include_str!("../schema/products.json");

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

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenOrders {
    start: String,
    #[serde(default = "overlap_secs")]
    overlap_secs: u32,
    #[serde(default = "index_lag_secs")]
    index_lag_secs: u32,
    #[serde(default = "page_orders")]
    page_orders: u32,
}

const fn overlap_secs() -> u32 {
    600
}

const fn index_lag_secs() -> u32 {
    30
}

const fn page_orders() -> u32 {
    100
}

/// The options of `orders`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Orders {
    pub(crate) start: Start,
    pub(crate) overlap_secs: i64,
    pub(crate) index_lag_secs: i64,
    /// From 1 to 100.
    pub(crate) page_orders: u32,
}

/// Where the first run begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    Now,
    /// Seconds since 1970; 0 for the beginning.
    At(i64),
}

impl Orders {
    /// Reads the options of `orders`.
    pub(crate) fn read(text: &str) -> Result<Self, Failure> {
        let written: WrittenOrders = penstock_connector_sdk::options::parse_for("orders", text)?;
        let start = match written.start.trim() {
            "now" => Start::Now,
            "beginning" => Start::At(0),
            date => {
                Start::At(instant::parse(date).map_err(|error| wrong_start(date, error))? / 1_000)
            }
        };
        Ok(Self {
            start,
            overlap_secs: i64::from(written.overlap_secs),
            index_lag_secs: i64::from(written.index_lag_secs),
            page_orders: written.page_orders.clamp(1, page_orders()),
        })
    }
}

fn wrong_start(date: &str, error: instant::UnknownDate) -> Failure {
    Failure::Misconfigured(format!(
        "options of collection `orders`: `/start` is `{date}`: {error}, or `now`, or `beginning`"
    ))
}

#[cfg(test)]
mod tests {
    use super::{CONNECTION_SCHEMA, ORDERS_SCHEMA, Orders, PRODUCTS_SCHEMA, Start};

    #[test]
    fn schemas_are_valid_and_complete() {
        for text in [CONNECTION_SCHEMA, ORDERS_SCHEMA, PRODUCTS_SCHEMA] {
            let schema: serde_json::Value = serde_json::from_str(text).unwrap();
            assert!(jsonschema::draft202012::meta::is_valid(&schema));
            assert_eq!(schema["additionalProperties"], false);
            let properties = schema["properties"].as_object().unwrap();
            assert!(properties.values().all(|property| property["description"].is_string()));
        }
    }

    #[test]
    fn defaults_are_those_of_the_schema() {
        let schema: serde_json::Value = serde_json::from_str(ORDERS_SCHEMA).unwrap();
        let mut stated = serde_json::json!({ "start": "now" });
        for (name, property) in schema["properties"].as_object().unwrap() {
            if let Some(default) = property.get("default") {
                stated[name] = default.clone();
            }
        }
        assert_eq!(stated.as_object().unwrap().len(), 4);
        assert_eq!(Orders::read(&stated.to_string()), Orders::read(r#"{"start": "now"}"#));
    }

    #[test]
    fn a_start_is_needed_and_read() {
        assert_eq!(
            Orders::read(r#"{"start": "2026-01-05"}"#).unwrap().start,
            Start::At(1_767_571_200)
        );
        assert_eq!(Orders::read(r#"{"start": "beginning"}"#).unwrap().start, Start::At(0));
        for text in
            ["{}", r#"{"start": "soon"}"#, r#"{"start": 5}"#, r#"{"start": "now", "page": 1}"#]
        {
            assert!(Orders::read(text).is_err(), "{text}");
        }
    }
}
