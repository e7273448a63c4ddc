//! What the connector says of itself.

use penstock_connector_sdk::connector::{Auth, Collection, Descriptor, Endpoint, Kind, RateLimit};
use penstock_connector_sdk::types::Pair;

use crate::{api, options, orders, products, stock};

/// The vendor's limit: 600 requests in a minute for one token.
const REQUESTS_PER_MINUTE: u32 = 600;

/// What of requests and answers names no buyer. What a buyer types (names, addresses, comments, the values of chosen options,
/// coupons) is not among it.
const RECORDED_AS_IS: [&str; 5] = [
    "id, internalId, orderNumber, vendorOrderNumber, productId, combinationId, paymentStatus, fulfillmentStatus, \
     fulfillmentType, paymentMethod, shippingMethodName, currency, sku, errorCode",
    "createTimestamp, createDate, updateTimestamp, updateDate",
    "items.name, combinations.options.value, selectedOptions.name, taxes.name, taxesOnShipping.name, handlingFee.name, \
     customSurcharges.description",
    "memo: *",
    "?responseFields, ?limit, ?offset, ?updatedFrom, ?updatedTo, ?sku, ?productId",
];

pub(crate) fn descriptor() -> Descriptor {
    let summary = "The orders, products and stock of an Ecwid store";
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
        collections: vec![orders(), products(), stock()],
        options_schema: options::CONNECTION_SCHEMA.to_owned(),
        attributes: RECORDED_AS_IS.map(|places| Pair::new("recorded-as-is", places)).to_vec(),
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
        page_max: orders::PAGE_MAX,
        batch_max: orders::PAGE_MAX,
        without: Vec::new(),
        options_schema: options::ORDERS_SCHEMA.to_owned(),
        attributes: stock_behaviour(),
    }
}

fn products() -> Collection {
    Collection {
        name: products::NAME.to_owned(),
        summary: "Products and their variations, all of them, or by SKU and by id".to_owned(),
        reads: Some(Kind::Product),
        writes: Vec::new(),
        finds_by: ["sku", "key"].map(ToOwned::to_owned).to_vec(),
        page_max: products::PAGE_MAX,
        batch_max: products::PAGE_MAX,
        without: Vec::new(),
        options_schema: options::PRODUCTS_SCHEMA.to_owned(),
        attributes: Vec::new(),
    }
}

fn stock() -> Collection {
    Collection {
        name: stock::NAME.to_owned(),
        summary: "What each counter shows, whenever it changes; and changes of it".to_owned(),
        reads: Some(Kind::StockLevel),
        writes: vec![Kind::StockChange],
        finds_by: vec!["key".to_owned()],
        page_max: stock::PAGE_MAX,
        batch_max: stock::PAGE_MAX,
        without: Vec::new(),
        options_schema: options::STOCK_SCHEMA.to_owned(),
        // What became of a change is told by the level that was read before it.
        attributes: [stock_behaviour(), vec![Pair::new("stock-rests", "true")]].concat(),
    }
}

/// When the shop moves its counters by itself.
///
/// Documented: an order that is placed lowers the stock (api-docs.ecwid.com, "About webhook events
/// and data"), and one that is set to `CANCELLED` raises it again (support.ecwid.com, article
/// 115005862165). Not documented: that an order which awaits payment lowers it, too, which the order
/// of events suggests; whether an order made by the API does; and what a refund, an edited line or a
/// deleted order does to it. A refund leaves restocking to the merchant.
fn stock_behaviour() -> Vec<Pair> {
    vec![Pair::new("stock-decrement-at", "placed"), Pair::new("restock-on-cancel", "true")]
}
