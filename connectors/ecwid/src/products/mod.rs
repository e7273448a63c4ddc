//! The collection `products`: products and their variations, all of them, or by SKU and by id.

mod entries;

use penstock_connector_sdk::commerce::{Entry, Payload};
use penstock_connector_sdk::directory::Find;
use penstock_connector_sdk::host::VendorHost;
use penstock_connector_sdk::request::{self, Builder};
use penstock_connector_sdk::source::{Page, Pull};
use penstock_connector_sdk::types::{Failure, Request, Response};
use penstock_connector_sdk::{json, options::parse_for};

use crate::Ecwid;
use crate::api::product::{Product, Products, READ_SCOPE};
use crate::api::{ENDPOINT, ROWS_MAX, refusal};
use crate::counters::Owner;
use crate::fields::Fields;
use crate::options::{self, Polling, Start};
use crate::walk::{Listing, Poll, Rows};
use entries::entries;

/// The collection's name.
pub(crate) const NAME: &str = "products";

/// Most values of one search, and most entries of one page.
pub(crate) const PAGE_MAX: u32 = 100;

/// The whole catalogue, at each poll anew: from the beginning to an hour ahead, lest a clock that
/// is behind the vendor's leave out what was just changed.
const WHOLE: Polling =
    Polling { start: Start::At(0), overlap_secs: i64::MAX, index_lag_secs: -3_600, page_rows: 100 };

/// Gives the next page of the whole catalogue, then begins again. It says nothing of the time up to
/// which it is complete: what is listed is what is there.
pub(crate) fn pull(
    ecwid: &Ecwid,
    call: &Pull<'_>,
    host: &impl VendorHost,
) -> Result<Page, Failure> {
    let _: options::Products = parse_for(NAME, call.options)?;
    let page = Poll::start(Walked { ecwid }, call, WHOLE)?.run(host)?;
    Ok(Page { complete_to: None, ..page })
}

/// The search of products as it is walked.
struct Walked<'a> {
    ecwid: &'a Ecwid,
}

impl Listing for Walked<'_> {
    type Row<'r> = Product<'r>;
    const NAME: &'static str = NAME;
    const PAGE_MAX: u32 = PAGE_MAX;

    fn search(&self) -> Builder {
        search(&self.ecwid.fields.product_search)
    }

    fn rows<'r>(&self, response: &'r Response) -> Result<Rows<Product<'r>>, Failure> {
        let Products { total, items } = read(response)?;
        Ok(Rows { total, items })
    }

    fn id<'a>(product: &'a Product<'_>) -> &'a str {
        product.id.0
    }

    fn updated_secs(product: &Product<'_>) -> Option<i64> {
        product.update_timestamp
    }

    fn map(
        &mut self,
        product: &Product<'_>,
        response: &Response,
        _: &impl VendorHost,
        found: &mut Vec<Entry>,
    ) -> Result<(), Failure> {
        found.extend(entries(product, response.sent_at));
        Ok(())
    }
}

/// For each value the products and variations whose field equals it.
pub(crate) fn find(
    ecwid: &Ecwid,
    call: &Find<'_>,
    host: &impl VendorHost,
) -> Result<Vec<Vec<Entry>>, Failure> {
    let _: options::Products = parse_for(NAME, call.options)?;
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
        let all = products.items.iter().flat_map(|product| entries(product, response.sent_at));
        found.push(all.filter(|entry| own_sku(entry) == Some(sku)).collect());
    }
    Ok(found)
}

fn by_key(
    ecwid: &Ecwid,
    keys: &[String],
    host: &impl VendorHost,
) -> Result<Vec<Vec<Entry>>, Failure> {
    let mut products: Vec<&str> =
        keys.iter().filter_map(|key| Owner::parse(key)).map(|owner| owner.product).collect();
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

/// A search of products, without its conditions yet.
pub(crate) fn search(fields: &Fields) -> Builder {
    request::get(ENDPOINT)
        .segment("products")
        .query("responseFields", &fields.asked)
        .keep(&fields.kept)
}

fn request(ecwid: &Ecwid, by: &str, value: &str) -> Request {
    search(&ecwid.fields.product_search).query(by, value).query("limit", ROWS_MAX).build()
}

/// Reads a page of a search.
pub(crate) fn read(response: &Response) -> Result<Products<'_>, Failure> {
    refusal::check(response, READ_SCOPE)?;
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

#[cfg(test)]
mod tests;
