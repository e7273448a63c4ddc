//! The vendor's words: paths, fields and the shapes of its answers. They become ours in the other files.
//!
//! Facts are from the vendor's pages (x-series-api.lightspeedhq.com: pagination, sales_101, sales_migration_guide,
//! rate_limiting, dates_and_times) and its published OpenAPI 2026-07. Fields that only some generations give are
//! optional here, and what a caller needs it asks for by name, so that a missing field is an error and never a zero.

pub(crate) mod stock;

use penstock_connector_sdk::decimal::Decimal;
use penstock_connector_sdk::request::{self, Builder};
use penstock_connector_sdk::types::{Method, Request};
use serde::{Deserialize, Deserializer, de};
use serde_json::Value;
use serde_json::value::RawValue;

/// Name of the one endpoint in the descriptor.
pub(crate) const ENDPOINT: &str = "api";

/// Most rows the vendor documents for a page of a list.
pub(crate) const LIST_ROWS_MAX: usize = 200;

/// Most rows of a page of a search; a larger number is silently cut.
pub(crate) const SEARCH_ROWS_MAX: usize = 1000;

/// Paths below `https://{domain_prefix}.retail.lightspeed.app/api`.
pub(crate) mod path {
    pub(crate) const RETAILER: &str = "/2026-07/retailer";
    pub(crate) const REGISTERS: &str = "/2026-07/registers";
    pub(crate) const OUTLETS: &str = "/2026-07/outlets";
    pub(crate) const PAYMENT_TYPES: &str = "/2026-07/payment_types";
    pub(crate) const TAXES: &str = "/2026-07/taxes";
    pub(crate) const USERS: &str = "/2026-07/users";
    pub(crate) const USER: &str = "/2026-07/user";
    pub(crate) const SEARCH: &str = "/2026-07/search";
    pub(crate) const SALES: &str = "/2026-07/sales";
    pub(crate) const CUSTOMERS: &str = "/2026-07/customers";
    pub(crate) const PRODUCTS: &str = "/2026-07/products";
    pub(crate) const INVENTORY: &str = "/2026-07/inventory";
    pub(crate) const ADJUSTMENTS: &str = "/2026-07/stock_adjustments";
    pub(crate) const REASONS: &str = "/2026-07/custom_inventory_adjustment_reasons";
    pub(crate) const CLASSIC_SALES: &str = "/register_sales";
    pub(crate) const CLASSIC_CUSTOMERS: &str = "/customers";
}

/// A read of one of the paths above.
pub(crate) fn get(path: &str) -> Builder {
    at(request::get(ENDPOINT), path)
}

/// A read by POST, of which the vendor has one: the feed of stock levels.
pub(crate) fn post(path: &str) -> Builder {
    at(request::to(Method::Post, ENDPOINT), path)
}

fn at(builder: Builder, path: &str) -> Builder {
    let segments = path.split('/').filter(|segment| !segment.is_empty());
    segments.fold(builder, Builder::segment)
}

/// A read of one record at one of the paths above. The id is a UUID, so nothing in it wants encoding.
pub(crate) fn get_one(path: &str, uuid: &str) -> Request {
    Request {
        endpoint: ENDPOINT.to_owned(),
        method: Method::Get,
        path: [path, "/", uuid].concat(),
        query: Vec::new(),
        headers: Vec::new(),
        body: None,
        keep: Vec::new(),
    }
}

/// A create at one of the paths above, with its body as JSON text.
pub(crate) fn create(path: &str, body: Vec<u8>) -> Request {
    Request {
        endpoint: ENDPOINT.to_owned(),
        method: Method::Post,
        path: path.to_owned(),
        query: Vec::new(),
        headers: Vec::new(),
        body: Some(body),
        keep: Vec::new(),
    }
}

/// A page of a list: `{"data": [...], "version": {"min": 1, "max": 9}}`. A search has no version.
#[derive(Debug, Deserialize)]
pub(crate) struct Page<T> {
    pub(crate) data: Vec<T>,
    pub(crate) version: Option<VersionRange>,
}

/// Versions on a page; both are null on an empty one.
#[derive(Debug, Deserialize)]
pub(crate) struct VersionRange {
    pub(crate) max: Option<u64>,
}

/// One record: `{"data": {...}}`.
#[derive(Debug, Deserialize)]
pub(crate) struct One<T> {
    pub(crate) data: T,
}

/// `/retailer`: what holds for the whole account.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Retailer {
    pub(crate) discount_product_id: Option<String>,
    pub(crate) no_tax_group_id: Option<String>,
    pub(crate) tax_exclusive: Option<bool>,
    pub(crate) currency: Option<Currency>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Currency {
    pub(crate) code: Option<String>,
}

/// `/registers`. The register fixes the outlet, and so where stock leaves.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Register {
    #[serde(deserialize_with = "named")]
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) name: String,
    pub(crate) outlet_id: Option<String>,
    pub(crate) is_open: Option<bool>,
    pub(crate) deleted_at: Option<String>,
}

/// `/outlets`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Outlet {
    #[serde(deserialize_with = "named")]
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) name: String,
    pub(crate) deleted_at: Option<String>,
}

/// `/payment_types`: ways to pay that the merchant named.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct PaymentType {
    #[serde(deserialize_with = "named")]
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) name: String,
    pub(crate) deleted_at: Option<String>,
}

/// `/taxes`: one tax, or a group of several rates.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Tax {
    #[serde(deserialize_with = "named")]
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) rates: Vec<TaxRate>,
    pub(crate) deleted_at: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct TaxRate {
    /// A fraction: 0.15 is 15 %.
    pub(crate) rate: Option<Decimal>,
}

/// `/users` and `/user`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct User {
    #[serde(deserialize_with = "named")]
    pub(crate) id: String,
    pub(crate) username: Option<String>,
    pub(crate) display_name: Option<String>,
    pub(crate) enabled: Option<bool>,
    pub(crate) deleted_at: Option<String>,
}

/// A product as `/search?type=products` and `/products/{id}` give it. Each variant is a product of its own.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Product {
    #[serde(deserialize_with = "named")]
    pub(crate) id: String,
    pub(crate) sku: Option<String>,
    #[serde(default)]
    pub(crate) name: String,
    pub(crate) variant_name: Option<String>,
    pub(crate) has_variants: Option<bool>,
    pub(crate) variant_parent_id: Option<String>,
    pub(crate) has_inventory: Option<bool>,
    pub(crate) is_composite: Option<bool>,
    pub(crate) active: Option<bool>,
    pub(crate) is_active: Option<bool>,
    pub(crate) deleted_at: Option<String>,
    pub(crate) version: Option<u64>,
    pub(crate) updated_at: Option<String>,
}

/// The fields of [`Product`], for `request.keep`.
pub(crate) const PRODUCT_FIELDS: [&str; 13] = [
    "id",
    "sku",
    "name",
    "variant_name",
    "has_variants",
    "variant_parent_id",
    "has_inventory",
    "is_composite",
    "active",
    "is_active",
    "deleted_at",
    "version",
    "updated_at",
];

/// A customer, in every generation.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Customer {
    #[serde(deserialize_with = "named")]
    pub(crate) id: String,
    pub(crate) email: Option<String>,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) mobile: Option<String>,
    pub(crate) created_at: Option<String>,
    pub(crate) updated_at: Option<String>,
    pub(crate) deleted_at: Option<String>,
    pub(crate) version: Option<u64>,
}

/// The fields of [`Customer`], for `request.keep`.
pub(crate) const CUSTOMER_FIELDS: [&str; 10] = [
    "id",
    "email",
    "first_name",
    "last_name",
    "phone",
    "mobile",
    "created_at",
    "updated_at",
    "deleted_at",
    "version",
];

/// A sale, in the shapes of all generations: the dated one nests its totals and its version, the older are flat.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Sale {
    pub(crate) id: Option<String>,
    pub(crate) state: Option<String>,
    pub(crate) status: Option<String>,
    pub(crate) totals: Option<SaleTotals>,
    pub(crate) total_price: Option<Decimal>,
    pub(crate) total_tax: Option<Decimal>,
    #[serde(default, deserialize_with = "integer")]
    pub(crate) version: Option<u64>,
    #[serde(rename = "_metadata")]
    pub(crate) metadata: Option<SaleMetadata>,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct SaleTotals {
    pub(crate) price_incl_tax: Option<Decimal>,
    pub(crate) total_price: Option<Decimal>,
    pub(crate) total_tax: Option<Decimal>,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct SaleMetadata {
    #[serde(default, deserialize_with = "integer")]
    pub(crate) version: Option<u64>,
}

/// The fields of [`Sale`], for `request.keep`.
pub(crate) const SALE_FIELDS: [&str; 8] =
    ["id", "state", "status", "totals", "total_price", "total_tax", "version", "_metadata.version"];

/// The older generation's answer to a read of one sale: a list of one, or an empty list where there is none.
#[derive(Debug, Deserialize)]
pub(crate) struct ClassicSales {
    pub(crate) register_sales: Vec<Sale>,
}

/// The answer to a create, in the shapes of all generations. The dated one gives the whole record or, as some of the
/// vendor's pages say, only its id; the older one puts the record under its own name, and a refusal into `status`.
#[derive(Debug, Deserialize)]
pub(crate) struct Created<'a> {
    #[serde(borrow)]
    pub(crate) data: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) register_sale: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) customer: Option<&'a RawValue>,
    pub(crate) id: Option<String>,
    pub(crate) status: Option<Value>,
}

impl Created<'_> {
    /// The older generation's way of refusing, under any HTTP status.
    pub(crate) fn is_refusal(&self) -> bool {
        let word = self.status.as_ref().and_then(Value::as_str);
        word.is_some_and(|word| !word.eq_ignore_ascii_case("success"))
    }

    /// The record as the type of it, or only its id.
    pub(crate) fn record<'a, T: Deserialize<'a>>(&'a self) -> Option<Result<T, String>> {
        let raw = self.data.or(self.register_sale).or(self.customer);
        let only_id = |id: String| (!id.trim().is_empty()).then_some(Err(id));
        match raw.map(RawValue::get) {
            None => self.id.clone().and_then(only_id),
            Some(text) if text.starts_with('"') => {
                serde_json::from_str(text).ok().and_then(only_id)
            }
            Some(text) => serde_json::from_str(text).ok().map(Ok),
        }
    }
}

/// Where a sale stands, whichever generation tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SaleState {
    Closed,
    Voided,
    /// Parked, pending, or a word this connector does not know.
    Other,
    /// The answer does not tell.
    Untold,
}

impl Sale {
    /// The state; `state` is the newer word and counts before `status`.
    pub(crate) fn state(&self) -> SaleState {
        let told = self.state.as_deref().or(self.status.as_deref());
        match told.map(str::to_ascii_lowercase).as_deref() {
            None | Some("") => SaleState::Untold,
            Some("closed") => SaleState::Closed,
            Some("voided") => SaleState::Voided,
            Some(status) if status.ends_with("_closed") => SaleState::Closed,
            Some(_) => SaleState::Other,
        }
    }

    /// The total with tax, where the answer tells it.
    pub(crate) fn total(&self) -> Option<Decimal> {
        let sum = |net: Option<Decimal>, tax: Option<Decimal>| net?.checked_add(tax?).ok();
        let totals = self.totals.as_ref();
        totals
            .and_then(|totals| totals.price_incl_tax)
            .or_else(|| totals.and_then(|totals| sum(totals.total_price, totals.total_tax)))
            .or_else(|| sum(self.total_price, self.total_tax))
    }

    /// The version, which the dated generation keeps in `_metadata`.
    pub(crate) fn version(&self) -> Option<u64> {
        self.metadata.as_ref().and_then(|metadata| metadata.version).or(self.version)
    }
}

/// `keep` paths of a list: each field of each row, and the highest version, by which the next page is asked for.
pub(crate) fn keep_list(fields: &[&str]) -> Vec<String> {
    let rows = fields.iter().map(|field| format!("data.*.{field}"));
    rows.chain(["version.max".to_owned()]).collect()
}

/// `keep` paths of one record.
pub(crate) fn keep_one(fields: &[&str]) -> Vec<String> {
    fields.iter().map(|field| format!("data.{field}")).collect()
}

/// A name or an id that says something: under an empty one nothing can be kept or found.
pub(crate) fn named<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.trim().is_empty() {
        return Err(de::Error::custom("expected an id, found an empty text"));
    }
    Ok(text)
}

/// A whole number, which older generations also write as text.
fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        Value::Number(number) => Ok(number.as_u64()),
        Value::String(text) => Ok(text.trim().parse().ok()),
        _ => Ok(None),
    }
}
