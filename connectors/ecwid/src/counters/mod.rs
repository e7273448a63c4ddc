//! Which counters a product has, and what they show.
//!
//! A product has a counter, and so has each of its variations that has an SKU of its own. A
//! variation without one, or with its product's, shares the product's: the vendor refuses to let
//! such a variation's stock differ from it (`DIFFERENT_COMBINATION_STOCK`, Ecwid's REST API error
//! codes). A product's number is never the sum of its variations'.

use penstock_connector_sdk::types::{Decimal, Failure};

use crate::api::product::{Combination, Product};
use crate::map::product_key;

/// A counter as an answer shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Counter {
    /// `4410`, or `4410-88` for a variation's own.
    pub(crate) owner: String,
    pub(crate) sku: Option<String>,
    pub(crate) name: String,
    /// Absent where the shop does not count: that is not zero.
    pub(crate) on_hand: Option<Decimal>,
}

/// The name of a counter, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Owner<'a> {
    pub(crate) product: &'a str,
    pub(crate) combination: Option<&'a str>,
}

impl<'a> Owner<'a> {
    /// Reads `4410` or `4410-88`; nothing where the text names no counter of a shop.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let is_id = |id: &str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
        let (product, combination) = match text.split_once('-') {
            Some((product, combination)) => (product, Some(combination)),
            None => (text, None),
        };
        (is_id(product) && combination.is_none_or(is_id)).then_some(Self { product, combination })
    }
}

/// Every counter of a product, its own first.
pub(crate) fn of_product(product: &Product<'_>) -> Result<Vec<Counter>, Failure> {
    let variations = product.combinations.as_deref().unwrap_or_default();
    let own = variations.iter().filter(|variation| has_own(product, variation));
    let mut counters = Vec::with_capacity(1 + variations.len());
    counters.push(whole(product)?);
    for variation in own {
        counters.push(of_variation(product, variation)?);
    }
    Ok(counters)
}

/// One counter of a product; nothing where it has no such counter.
pub(crate) fn find(product: &Product<'_>, owner: Owner<'_>) -> Result<Option<Counter>, Failure> {
    if product.id.0 != owner.product {
        return Ok(None);
    }
    let Some(combination) = owner.combination else {
        return whole(product).map(Some);
    };
    let variation = variation(product, combination).filter(|it| has_own(product, it));
    variation.map(|variation| of_variation(product, variation)).transpose()
}

/// The counter that a sale of this product moves, or of this variation of it; nothing where the
/// product does not have the variation.
pub(crate) fn moved_by(product: &Product<'_>, combination: Option<&str>) -> Option<String> {
    let variation = match combination {
        None => None,
        Some(combination) => Some(variation(product, combination)?),
    };
    let own = variation.filter(|variation| has_own(product, variation));
    Some(product_key(product.id, own.map(|own| own.id)))
}

/// Whether a variation has a counter of its own.
pub(crate) fn has_own(product: &Product<'_>, variation: &Combination<'_>) -> bool {
    own_sku(product, variation).is_some()
}

/// The SKU that a variation has and its product has not.
pub(crate) fn own_sku<'a>(
    product: &'a Product<'_>,
    variation: &'a Combination<'_>,
) -> Option<&'a str> {
    let of_product = sku(product.sku.as_deref());
    sku(variation.sku.as_deref()).filter(|sku| of_product != Some(sku))
}

/// An SKU that is not blank, without the space around it.
pub(crate) fn sku(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

/// A product's name, with the options of a variation behind it.
pub(crate) fn name(product: &Product<'_>, variation: Option<&Combination<'_>>) -> String {
    let name = product.name.as_deref().unwrap_or_default();
    let options = variation.and_then(|variation| variation.options.as_deref()).unwrap_or_default();
    let values: Vec<&str> = options.iter().filter_map(|option| option.value.as_deref()).collect();
    if values.is_empty() { name.to_owned() } else { format!("{name} ({})", values.join(", ")) }
}

fn variation<'a>(product: &'a Product<'_>, id: &str) -> Option<&'a Combination<'a>> {
    product.combinations.iter().flatten().find(|variation| variation.id.0 == id)
}

fn whole(product: &Product<'_>) -> Result<Counter, Failure> {
    let owner = product_key(product.id, None);
    Ok(Counter {
        on_hand: on_hand(&owner, product.unlimited, product.quantity)?,
        sku: sku(product.sku.as_deref()).map(ToOwned::to_owned),
        name: name(product, None),
        owner,
    })
}

fn of_variation(product: &Product<'_>, variation: &Combination<'_>) -> Result<Counter, Failure> {
    let owner = product_key(product.id, Some(variation.id));
    Ok(Counter {
        on_hand: on_hand(&owner, variation.unlimited, variation.quantity)?,
        sku: own_sku(product, variation).map(ToOwned::to_owned),
        name: name(product, Some(variation)),
        owner,
    })
}

/// A number is there just where the shop counts; an answer that says otherwise is none of those
/// that we know, and never a zero.
fn on_hand(
    owner: &str,
    unlimited: Option<bool>,
    quantity: Option<Decimal>,
) -> Result<Option<Decimal>, Failure> {
    match (unlimited, quantity) {
        (Some(true), _) => Ok(None),
        (Some(false), Some(quantity)) => Ok(Some(quantity)),
        (Some(false), None) => {
            Err(Failure::unexpected(format!("counter `{owner}`: counted, but without `quantity`")))
        }
        (None, _) => Err(Failure::unexpected(format!("counter `{owner}`: without `unlimited`"))),
    }
}

#[cfg(test)]
mod tests;
