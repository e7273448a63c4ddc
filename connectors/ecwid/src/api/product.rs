//! Products and their combinations (the vendor's word for variations), as `GET /products` answers
//! them.

use penstock_connector_sdk::json::{self, Text};
use penstock_connector_sdk::request;
use penstock_connector_sdk::types::{Decimal, Failure, Request, Response};
use serde::Deserialize;

use super::{ENDPOINT, Id, refusal};
use crate::fields::Fields;

/// What `products` reads of a product.
pub(crate) const FIELDS: &str = concat!(
    "id,sku,name,enabled,unlimited,updateTimestamp,compositeComponents[](productId),",
    "combinations[](id,sku,unlimited,options[](value))",
);

/// What `stock` reads of it.
pub(crate) const STOCK_FIELDS: &str = concat!(
    "id,sku,name,unlimited,quantity,updateTimestamp,",
    "combinations[](id,sku,unlimited,quantity,options[](value))",
);

/// What `orders` reads of it, to tell which variations have a counter of their own.
pub(crate) const VARIATION_FIELDS: &str = "id,sku,combinations[](id,sku)";

/// The permission to read products.
pub(crate) const READ_SCOPE: &str = "read_catalog";

/// The permission to write their stock.
pub(crate) const WRITE_SCOPE: &str = "update_catalog";

/// A page of a search.
#[derive(Debug, Deserialize)]
pub(crate) struct Products<'a> {
    /// All matches, not those of this page.
    pub(crate) total: u64,
    #[serde(borrow)]
    pub(crate) items: Vec<Product<'a>>,
}

/// A request for one product, past the search that lags behind.
pub(crate) fn request(id: &str, fields: &Fields) -> Request {
    let request = request::get(ENDPOINT).segment("products").segment(id);
    request.query("responseFields", &fields.asked).keep(&fields.kept).build()
}

/// Reads the answer; nothing where there is no such product.
pub(crate) fn read<'a>(response: &'a Response, id: &str) -> Result<Option<Product<'a>>, Failure> {
    if response.status == 404 && !refusal::is_of_the_store(response) {
        return Ok(None);
    }
    refusal::check(response, READ_SCOPE)?;
    let product: Product<'_> = json::read(response, &format!("product `{id}`"))?;
    if product.id.0 == id {
        return Ok(Some(product));
    }
    Err(Failure::unexpected(format!("asked for product `{id}`, got `{}`", product.id)))
}

/// A product.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Product<'a> {
    #[serde(borrow)]
    pub(crate) id: Id<'a>,
    #[serde(borrow)]
    pub(crate) sku: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) name: Option<Text<'a>>,
    pub(crate) enabled: Option<bool>,
    /// Whether its stock is not counted.
    pub(crate) unlimited: Option<bool>,
    /// Absent where it is `unlimited`; below zero where more was sold than there was.
    pub(crate) quantity: Option<Decimal>,
    pub(crate) update_timestamp: Option<i64>,
    #[serde(borrow)]
    pub(crate) combinations: Option<Vec<Combination<'a>>>,
    /// What a bundle is made of.
    pub(crate) composite_components: Option<Vec<serde::de::IgnoredAny>>,
}

/// A variation of a product.
#[derive(Debug, Deserialize)]
pub(crate) struct Combination<'a> {
    #[serde(borrow)]
    pub(crate) id: Id<'a>,
    /// Blank where it inherits the product's.
    #[serde(borrow)]
    pub(crate) sku: Option<Text<'a>>,
    pub(crate) unlimited: Option<bool>,
    pub(crate) quantity: Option<Decimal>,
    #[serde(borrow)]
    pub(crate) options: Option<Vec<ChosenOption<'a>>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ChosenOption<'a> {
    #[serde(borrow)]
    pub(crate) value: Option<Text<'a>>,
}
