//! What this connector says of itself: the same for ever for the same component.

use penstock_connector_sdk::connector::{Auth, Collection, Descriptor, Endpoint, Kind, RateLimit};

use crate::api::ENDPOINT;
use crate::options::{CONNECTION_SCHEMA, CUSTOMERS_SCHEMA, PRODUCTS_SCHEMA, SALES_SCHEMA};

/// Orders or customers that one `prepare` may be given: few enough that a batch that fails costs little, and enough
/// that the reads which a batch shares weigh little.
const SINK_BATCH_MAX: u32 = 50;

/// Values that one `find` may be given: each costs a request of the 70 a minute that a till with one register has.
const FIND_BATCH_MAX: u32 = 50;

/// The descriptor.
pub(crate) fn descriptor() -> Descriptor {
    Descriptor {
        endpoints: vec![api()],
        collections: vec![customers(), products(), sales()],
        options_schema: CONNECTION_SCHEMA.to_owned(),
        ..Descriptor::vendor(
            "vend",
            env!("CARGO_PKG_VERSION"),
            "Vend (Lightspeed Retail X-Series): customers, products and closed sales of a till",
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
        reads_by_post: Vec::new(),
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
        finds_by: names(&["sku", "key"]),
        batch_max: FIND_BATCH_MAX,
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
        ..collection("sales", "closed sales on the register", SALES_SCHEMA)
    }
}

fn collection(name: &str, summary: &str, options_schema: &str) -> Collection {
    Collection {
        name: name.to_owned(),
        summary: summary.to_owned(),
        reads: None,
        writes: Vec::new(),
        finds_by: Vec::new(),
        batch_max: SINK_BATCH_MAX,
        options_schema: options_schema.to_owned(),
        attributes: Vec::new(),
    }
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}
