//! The collection `products`: products and their variations, by SKU and by id.

use penstock_connector_sdk::commerce::{Entry, Payload, Product};
use penstock_connector_sdk::directory::Find;
use penstock_connector_sdk::host::VendorHost;
use penstock_connector_sdk::types::{Failure, Instant, Request, Response};
use penstock_connector_sdk::{fingerprint, json, request};

use crate::Ecwid;
use crate::api::product::{Combination, Product as Found, Products};
use crate::api::{ENDPOINT, ROWS_MAX, refusal};
use crate::map::product_key;

/// The collection's name.
pub(crate) const NAME: &str = "products";

/// Most values of one search.
pub(crate) const BATCH_MAX: u32 = 100;

const SCOPE: &str = "read_catalog";

/// For each value the products and variations whose field equals it.
pub(crate) fn find(
    ecwid: &Ecwid,
    call: &Find<'_>,
    host: &impl VendorHost,
) -> Result<Vec<Vec<Entry>>, Failure> {
    let _: crate::options::Products =
        penstock_connector_sdk::options::parse_for(NAME, call.options)?;
    match call.by {
        "sku" => by_sku(ecwid, call.values, host),
        "key" => by_key(ecwid, call.values, host),
        by => Err(Failure::Misconfigured(format!(
            "products can't be found by `{by}`, but by `sku` and `key`"
        ))),
    }
}

/// The vendor takes one SKU a request, and answers the parent where it is a variation's.
fn by_sku(
    ecwid: &Ecwid,
    skus: &[String],
    host: &impl VendorHost,
) -> Result<Vec<Vec<Entry>>, Failure> {
    let asked = skus.iter().filter(|sku| !sku.trim().is_empty());
    let requests: Vec<Request> = asked.map(|sku| request(ecwid, "sku", sku.trim())).collect();
    let mut answers = host.read_all(&requests).into_iter();
    let mut found = Vec::with_capacity(skus.len());
    for sku in skus.iter().map(|sku| sku.trim()) {
        if sku.is_empty() {
            found.push(Vec::new());
            continue;
        }
        let response =
            answers.next().ok_or_else(|| Failure::unexpected("a read was not answered"))??;
        let products = read(&response)?;
        let entries = products.items.iter().flat_map(|product| entries(product, response.sent_at));
        found.push(entries.filter(|entry| own_sku(entry) == Some(sku)).collect());
    }
    Ok(found)
}

fn by_key(
    ecwid: &Ecwid,
    keys: &[String],
    host: &impl VendorHost,
) -> Result<Vec<Vec<Entry>>, Failure> {
    let mut products: Vec<&str> = keys.iter().filter_map(|key| product_of(key)).collect();
    products.sort_unstable();
    products.dedup();
    let mut known: Vec<Entry> = Vec::new();
    for products in products.chunks(ROWS_MAX) {
        let response = host.read(&request(ecwid, "productId", &products.join(",")))?;
        known.extend(
            read(&response)?.items.iter().flat_map(|product| entries(product, response.sent_at)),
        );
    }
    let of_key = |key: &String| known.iter().filter(|entry| entry.key == *key).cloned().collect();
    Ok(keys.iter().map(of_key).collect())
}

/// The product's id in a key: `4410` or `4410-88`.
fn product_of(key: &str) -> Option<&str> {
    let product = key.split('-').next()?;
    (!product.is_empty() && product.bytes().all(|byte| byte.is_ascii_digit())).then_some(product)
}

fn request(ecwid: &Ecwid, by: &str, value: &str) -> Request {
    let fields = &ecwid.fields.product_search;
    let request =
        request::get(ENDPOINT).segment("products").query(by, value).query("limit", ROWS_MAX);
    request.query("responseFields", &fields.asked).keep(&fields.kept).build()
}

fn read(response: &Response) -> Result<Products<'_>, Failure> {
    refusal::check(response, SCOPE)?;
    json::read(response, "the list of products")
}

/// A variation that inherits the SKU is found by its key, not by the SKU: that names the counter of
/// the parent.
fn own_sku(entry: &Entry) -> Option<&str> {
    match &entry.payload {
        Payload::Product(product) if product.stock_owner == product.id => product.sku.as_deref(),
        _ => None,
    }
}

/// The product itself, and each of its variations.
fn entries(product: &Found, read_at: Instant) -> Vec<Entry> {
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

fn whole(product: &Found) -> Product {
    Product {
        id: product.id.0.to_owned(),
        sku: trimmed(product.sku.as_deref()),
        name: product.name.as_deref().unwrap_or_default().to_owned(),
        stock_owner: product.id.0.to_owned(),
        counts_stock: product.unlimited != Some(true),
        active: product.enabled != Some(false),
        attributes: Vec::new(),
    }
}

/// A variation without an SKU of its own, or with its parent's, shares the parent's counter.
fn variation(product: &Found, whole: &Product, combination: &Combination) -> Product {
    let id = product_key(product.id, Some(combination.id));
    let own = trimmed(combination.sku.as_deref()).filter(|sku| whole.sku.as_ref() != Some(sku));
    let options = combination.options.iter().flatten().filter_map(|option| option.value.as_deref());
    let options = options.collect::<Vec<_>>().join(", ");
    let counts_stock =
        if own.is_some() { combination.unlimited != Some(true) } else { whole.counts_stock };
    Product {
        stock_owner: if own.is_some() { id.clone() } else { whole.id.clone() },
        sku: own.or_else(|| whole.sku.clone()),
        id,
        name: if options.is_empty() {
            whole.name.clone()
        } else {
            format!("{} ({options})", whole.name)
        },
        counts_stock,
        active: whole.active,
        attributes: Vec::new(),
    }
}

fn trimmed(text: Option<&str>) -> Option<String> {
    let text = text?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests;
