//! The vendor's words for stock: levels, adjustments, and the reasons for them.
//!
//! From the published OpenAPI 2026-07 (inventory, stock_adjustments, custom_inventory_adjustment_reasons) and the
//! changelog of May 2026 (2026-05-adjustment-apis-2026-01). Reads of stock answer bare arrays; the feed is read by POST.

use penstock_connector_sdk::decimal::Decimal;
use penstock_connector_sdk::instant::{self, Instant};
use penstock_connector_sdk::types::{Failure, Request};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::json;

use super::{LIST_ROWS_MAX, create, get, named, path, post};
use crate::read::List;

/// Most rows of a page of the feed of levels.
pub(crate) const FEED_ROWS_MAX: u32 = 5000;

/// Most rows of a page of reasons.
const REASON_ROWS_MAX: usize = 100;

/// The word for reasons of the account's own.
const CUSTOM: &str = "CUSTOM";

/// Stock adjustments, by version.
pub(crate) const ADJUSTMENTS: List = List::of(
    path::ADJUSTMENTS,
    &[
        "id",
        "user_id",
        "product_id",
        "outlet_id",
        "quantity",
        "custom_inventory_adjustment_reason_id",
        "created_at",
        "version",
    ],
);

/// The account's own reasons for adjustments.
pub(crate) const REASONS: List =
    List::of(path::REASONS, &["id", "name", "type", "enabled", "deleted_at"])
        .in_pages_of(REASON_ROWS_MAX);

/// The level of one product at one outlet.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Level {
    #[serde(deserialize_with = "named")]
    pub(crate) product_id: String,
    #[serde(deserialize_with = "named")]
    pub(crate) outlet_id: String,
    /// `null` where the till does not count. The field itself must be there: what is left out is no zero, and no null.
    #[serde(deserialize_with = "null_or_number")]
    pub(crate) current_inventory_level: Option<Decimal>,
    /// Of the whole retailer's one counter, drawn anew with every change.
    pub(crate) version: u64,
    #[serde(default)]
    pub(crate) deleted_at: Option<String>,
}

/// `keep` paths of a bare array of levels.
const LEVEL_FIELDS: [&str; 5] =
    ["*.product_id", "*.outlet_id", "*.current_inventory_level", "*.version", "*.deleted_at"];

/// A stock adjustment that was made. It has no reference of ours: the vendor has no field for one.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Adjustment {
    #[serde(deserialize_with = "named")]
    pub(crate) id: String,
    pub(crate) user_id: Option<String>,
    #[serde(deserialize_with = "named")]
    pub(crate) product_id: String,
    #[serde(deserialize_with = "named")]
    pub(crate) outlet_id: String,
    pub(crate) quantity: Decimal,
    pub(crate) custom_inventory_adjustment_reason_id: Option<String>,
    pub(crate) created_at: Option<String>,
    pub(crate) version: u64,
}

impl Adjustment {
    /// Whether it is surely older than an instant.
    pub(crate) fn is_before(&self, since: Instant) -> bool {
        let created_at = self.created_at.as_deref().and_then(|text| instant::parse(text).ok());
        created_at.is_some_and(|created_at| created_at < since)
    }
}

/// An adjustment to be made. `quantity` is text; a field that the vendor does not know is refused.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct NewAdjustment<'a> {
    pub(crate) product_id: &'a str,
    pub(crate) outlet_id: &'a str,
    pub(crate) quantity: String,
    pub(crate) reason: &'static str,
    pub(crate) custom_inventory_adjustment_reason_id: &'a str,
}

impl<'a> NewAdjustment<'a> {
    /// An adjustment under a reason of the account's own.
    pub(crate) fn new(
        product_id: &'a str,
        outlet_id: &'a str,
        quantity: Decimal,
        reason_id: &'a str,
    ) -> Self {
        NewAdjustment {
            product_id,
            outlet_id,
            quantity: quantity.normalized().to_string(),
            reason: CUSTOM,
            custom_inventory_adjustment_reason_id: reason_id,
        }
    }
}

/// A reason of the account's own.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Reason {
    #[serde(deserialize_with = "named")]
    pub(crate) id: String,
    pub(crate) name: String,
    /// `POSITIVE` or `NEGATIVE`: the sign that adjustments under it must have.
    #[serde(rename = "type")]
    pub(crate) sign: String,
    pub(crate) enabled: Option<bool>,
    #[serde(default)]
    pub(crate) deleted_at: Option<String>,
}

/// Levels that changed after a version, oldest first, deleted ones too: a level that is gone must not look unchanged.
pub(crate) fn levels_after(version: u64, rows: u32) -> Request {
    let rows = rows.min(FEED_ROWS_MAX);
    let body = json!({
        "after": version, "size": rows, "sort_direction": "asc", "include_deleted": true,
    });
    post(path::INVENTORY).json_body(body.to_string()).keep(&LEVEL_FIELDS).build()
}

/// The level that changed last.
pub(crate) fn newest_level() -> Request {
    let body = json!({ "size": 1, "sort_direction": "desc", "include_deleted": true });
    post(path::INVENTORY).json_body(body.to_string()).keep(&LEVEL_FIELDS).build()
}

/// The levels of one product, one row an outlet.
pub(crate) fn levels_of(product_id: &str) -> Request {
    get(path::INVENTORY)
        .segment(product_id)
        .query("page_size", LIST_ROWS_MAX)
        .keep(&LEVEL_FIELDS)
        .build()
}

/// Makes adjustments.
pub(crate) fn adjust(rows: &[NewAdjustment<'_>]) -> Result<Request, Failure> {
    let body = serde_json::to_vec(&json!({ "stock_adjustments": rows }));
    let body = body.map_err(|error| Failure::unexpected(error.to_string()))?;
    Ok(create(path::ADJUSTMENTS, body))
}

/// Creates a reason. The name is unique in the account: a second of the same answers 409.
pub(crate) fn create_reason(name: &str, sign: &str) -> Request {
    let body = json!({ "name": name, "type": sign, "enabled": true });
    create(path::REASONS, body.to_string().into_bytes())
}

fn null_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Decimal>, D::Error> {
    Option::deserialize(deserializer)
}
