//! A product and its variations, as linking and stock need them.

use penstock_connector_sdk::commerce::{Entry, Payload, Product};
use penstock_connector_sdk::fingerprint;
use penstock_connector_sdk::types::{Instant, Pair};

use crate::api::product::{Combination, Product as Found};
use crate::counters;
use crate::map::product_key;

/// The product itself, and each of its variations.
pub(super) fn entries(product: &Found<'_>, read_at: Instant) -> Vec<Entry> {
    let whole = whole(product);
    let variations = product
        .combinations
        .iter()
        .flatten()
        .map(|combination| variation(product, &whole, combination));
    let mut products: Vec<Product> = variations.collect();
    products.insert(0, whole);
    let mark = product.update_timestamp.unwrap_or_default();
    let entry = |product: Product| Entry {
        key: product.id.clone(),
        revision: fingerprint::revision(mark, &product),
        read_at,
        payload: Payload::Product(product),
    };
    products.into_iter().map(entry).collect()
}

fn whole(product: &Found<'_>) -> Product {
    Product {
        id: product.id.0.to_owned(),
        sku: counters::sku(product.sku.as_deref()).map(ToOwned::to_owned),
        name: counters::name(product, None),
        stock_owner: product.id.0.to_owned(),
        counts_stock: product.unlimited != Some(true),
        active: product.enabled != Some(false),
        attributes: vec![Pair::new("kind", kind(product))],
    }
}

/// A bundle is told by its parts, and a product with variations by these. The shop has no word for a
/// service.
fn kind(product: &Found<'_>) -> &'static str {
    let any = |count: Option<usize>| count.is_some_and(|count| count > 0);
    if any(product.composite_components.as_ref().map(Vec::len)) {
        "composite"
    } else if any(product.combinations.as_ref().map(Vec::len)) {
        "parent"
    } else {
        "plain"
    }
}

fn variation(product: &Found<'_>, whole: &Product, combination: &Combination<'_>) -> Product {
    let id = product_key(product.id, Some(combination.id));
    let own = counters::own_sku(product, combination).map(ToOwned::to_owned);
    let counts_stock =
        if own.is_some() { combination.unlimited != Some(true) } else { whole.counts_stock };
    let mut attributes = vec![Pair::new("kind", "plain")];
    if own.is_none() {
        attributes.push(Pair::new("shares_counter", "true"));
    }
    Product {
        stock_owner: if own.is_some() { id.clone() } else { whole.id.clone() },
        sku: own.or_else(|| whole.sku.clone()),
        id,
        name: counters::name(product, Some(combination)),
        counts_stock,
        active: whole.active,
        attributes,
    }
}
