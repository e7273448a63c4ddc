//! Products and their combinations (the vendor's word for variations), as `GET /products` answers
//! them.

use penstock_connector_sdk::json::Text;
use serde::Deserialize;

use super::Id;

/// What we read of a product.
pub(crate) const FIELDS: &str = concat!(
    "id,sku,name,enabled,unlimited,updateTimestamp,",
    "combinations[](id,sku,unlimited,options[](value))",
);

/// A page of a search.
#[derive(Debug, Deserialize)]
pub(crate) struct Products<'a> {
    #[serde(borrow)]
    pub(crate) items: Vec<Product<'a>>,
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
    pub(crate) update_timestamp: Option<i64>,
    #[serde(borrow)]
    pub(crate) combinations: Option<Vec<Combination<'a>>>,
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
    #[serde(borrow)]
    pub(crate) options: Option<Vec<ChosenOption<'a>>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ChosenOption<'a> {
    #[serde(borrow)]
    pub(crate) value: Option<Text<'a>>,
}
