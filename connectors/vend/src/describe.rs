//! What this connector says of itself: the same for ever for the same component.

use penstock_connector_sdk::connector::{
    Auth, Collection, Descriptor, Endpoint, Kind, OrderPart, RateLimit,
};
use penstock_connector_sdk::types::Pair;

use crate::api::{ENDPOINT, LIST_ROWS_MAX, path};
use crate::options::{
    CONNECTION_SCHEMA, CUSTOMERS_SCHEMA, PRODUCTS_SCHEMA, SALES_SCHEMA, STOCK_SCHEMA,
};
use crate::stock;

/// Orders or customers that one `prepare` may be given: few enough that a batch that fails costs little, and enough
/// that the reads which a batch shares weigh little.
const SINK_BATCH_MAX: u32 = 100;

/// Products that one `pull` may give: a page of the till's list.
const PRODUCTS_MAX: u32 = LIST_ROWS_MAX as u32;

/// Levels that one `pull` may give: what a page of the till's feed holds by itself. A till with one register has 70 requests
/// a minute, so a first reading of 50,000 levels must not cost a request for each few.
const STOCK_PAGE_MAX: u32 = 1_000;

/// Changes that one `prepare` may be given: each costs two requests.
const STOCK_BATCH_MAX: u32 = 100;

/// What of requests and answers names neither a buyer nor a member of staff.
const RECORDED_AS_IS: [&str; 12] = [
    "id, version, min, max, created_at, updated_at, deleted_at, date, state, status, sku, currency.code, invoice_number",
    "outlet_id, register_id, product_id, customer_id, author_id, user_id, config_id, variant_parent_id, \
     custom_inventory_adjustment_reason_id, discount_product_id, no_tax_group_id, outlet.id, product.id",
    "source.type, source.id, type, reason, quantity, attributes.name, rates.name",
    "2026-07/products: name, variant_name",
    "2026-07/search: name, variant_name",
    "2026-07/custom_inventory_adjustment_reasons: name",
    "2026-07/payment_types: name",
    "2026-07/taxes: name",
    "2026-07/registers: name",
    "2026-07/outlets: name",
    "memo: *",
    "?after, ?date_from, ?date_to, ?deleted, ?ids, ?page_size, ?register_id, ?sku, ?type",
];

/// The descriptor.
pub(crate) fn descriptor() -> Descriptor {
    Descriptor {
        endpoints: vec![api()],
        collections: vec![customers(), products(), sales(), stock()],
        options_schema: CONNECTION_SCHEMA.to_owned(),
        attributes: RECORDED_AS_IS.map(|places| Pair::new("recorded-as-is", places)).to_vec(),
        ..Descriptor::vendor(
            "vend",
            env!("CARGO_PKG_VERSION"),
            "Vend (Lightspeed Retail X-Series): customers, products, stock and closed sales of a till",
            "vend:{domain_prefix}",
        )
    }
}

/// The vendor allows 300 requests a register and 50 more in five minutes; with one register that is 350, and the
/// answers' headers tell the true figure.
fn api() -> Endpoint {
    Endpoint {
        name: ENDPOINT.to_owned(),
        base_url: "https://{domain_prefix}.retail.lightspeed.app/api".to_owned(),
        auth: Auth::Bearer,
        rate_limit: Some(RateLimit {
            name: ENDPOINT.to_owned(),
            requests: 350,
            window_ms: 300_000,
            limit_header: Some("X-RateLimit-Limit".to_owned()),
            remaining_header: Some("X-RateLimit-Remaining".to_owned()),
        }),
        // The feed of stock levels has no other way to be read.
        reads_by_post: vec![path::INVENTORY.to_owned()],
    }
}

fn customers() -> Collection {
    Collection {
        writes: vec![Kind::Customer],
        finds_by: names(&["email", "key"]),
        ..collection("customers", "customers; existing ones are never changed", CUSTOMERS_SCHEMA)
    }
}

fn products() -> Collection {
    Collection {
        reads: Some(Kind::Product),
        finds_by: names(&["sku", "key"]),
        page_max: PRODUCTS_MAX,
        batch_max: PRODUCTS_MAX,
        ..collection(
            "products",
            "products, with their counter at the register's outlet",
            PRODUCTS_SCHEMA,
        )
    }
}

fn sales() -> Collection {
    Collection {
        writes: vec![Kind::Order],
        // Who buys is told by `matched-customer`.
        without: vec![OrderPart::Customer, OrderPart::Attributes],
        ..collection("sales", "closed sales on the register", SALES_SCHEMA)
    }
}

/// What is known of the till's stock, and what is not: nothing tells how soon a level shows what a sale has moved.
fn stock() -> Collection {
    let known = [
        ("location", "the register's outlet"),
        ("level-version", "rises with every change, gaps are normal"),
        ("fractions", "yes"),
        ("negative-levels", "yes"),
        ("write-kind", "delta"),
        ("write-key", "none"),
        ("write-audit", "list of adjustments by version"),
        ("stock-decrement-at", "closed sale"),
        ("partial-batch", "not documented"),
        ("read-lag", "not documented"),
    ];
    Collection {
        reads: Some(Kind::StockLevel),
        writes: vec![Kind::StockChange],
        finds_by: names(&["key"]),
        page_max: STOCK_PAGE_MAX,
        batch_max: STOCK_BATCH_MAX,
        attributes: known.iter().map(|(name, value)| Pair::new(*name, *value)).collect(),
        ..collection(
            stock::NAME,
            "stock levels at the register's outlet, and adjustments of them",
            STOCK_SCHEMA,
        )
    }
}

fn collection(name: &str, summary: &str, options_schema: &str) -> Collection {
    Collection {
        name: name.to_owned(),
        summary: summary.to_owned(),
        reads: None,
        writes: Vec::new(),
        finds_by: Vec::new(),
        page_max: SINK_BATCH_MAX,
        batch_max: SINK_BATCH_MAX,
        without: Vec::new(),
        options_schema: options_schema.to_owned(),
        attributes: Vec::new(),
    }
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}
