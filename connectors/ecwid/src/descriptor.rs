//! What the connector says of itself.

use penstock_connector_sdk::connector::{Auth, Collection, Descriptor, Endpoint, Kind, RateLimit};
use penstock_connector_sdk::types::Pair;

use crate::{api, options, orders, products};

/// The vendor's limit: 600 requests in a minute for one token.
const REQUESTS_PER_MINUTE: u32 = 600;

pub(crate) fn descriptor() -> Descriptor {
    let summary = "The orders and products of an Ecwid store";
    Descriptor {
        endpoints: vec![Endpoint {
            name: api::ENDPOINT.to_owned(),
            base_url: "https://app.ecwid.com/api/v3/{store_id}".to_owned(),
            auth: Auth::Bearer,
            rate_limit: Some(RateLimit {
                name: "ecwid".to_owned(),
                requests: REQUESTS_PER_MINUTE,
                window_ms: 60_000,
                limit_header: None,
                remaining_header: None,
            }),
            reads_by_post: Vec::new(),
        }],
        collections: vec![orders(), products()],
        options_schema: options::CONNECTION_SCHEMA.to_owned(),
        ..Descriptor::vendor("ecwid", env!("CARGO_PKG_VERSION"), summary, "ecwid:{store_id}")
    }
}

fn orders() -> Collection {
    Collection {
        name: orders::NAME.to_owned(),
        summary: "Orders in every payment status, whenever they change".to_owned(),
        reads: Some(Kind::Order),
        writes: Vec::new(),
        finds_by: ["key", "number", "email"].map(ToOwned::to_owned).to_vec(),
        batch_max: orders::BATCH_MAX,
        options_schema: options::ORDERS_SCHEMA.to_owned(),
        attributes: vec![
            Pair::new("stock-decrement-at", "placement"),
            Pair::new("restock-on-cancel", "yes"),
        ],
    }
}

fn products() -> Collection {
    Collection {
        name: products::NAME.to_owned(),
        summary: "Products and their variations, by SKU and by id".to_owned(),
        reads: None,
        writes: Vec::new(),
        finds_by: ["sku", "key"].map(ToOwned::to_owned).to_vec(),
        batch_max: products::BATCH_MAX,
        options_schema: options::PRODUCTS_SCHEMA.to_owned(),
        attributes: Vec::new(),
    }
}
