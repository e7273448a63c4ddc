//! The source `products`: every live product of the till, page by page, and the next time what has changed since.

use penstock_connector_sdk::json;
use penstock_connector_sdk::source::{Page, Pull};
use penstock_connector_sdk::types::Failure;
use serde::{Deserialize, Serialize};

use super::{entry, nature};
use crate::api::{self, LIST_ROWS_MAX, PRODUCT_FIELDS, path};
use crate::read::{List, Reader};

/// The list of products, by version. Deleted ones are left out by the vendor itself.
pub(crate) const PRODUCTS: List = List::of(path::PRODUCTS, &PRODUCT_FIELDS);

/// Where the listing stands.
#[derive(Debug, Serialize, Deserialize)]
struct Cursor {
    /// The highest version that was given.
    after: u64,
}

/// One page of the listing. The end is an empty page: a short one proves nothing.
pub(crate) fn pull(reader: Reader<'_>, call: &Pull<'_>, outlet_id: &str) -> Result<Page, Failure> {
    let after = call.after.map(read_cursor).transpose()?;
    let limit = usize::try_from(call.limit.max(1)).unwrap_or(usize::MAX);
    // One row more than may be given: where `after` is not exclusive, the first is known already.
    let list = PRODUCTS.in_pages_of(limit.saturating_add(1).min(LIST_ROWS_MAX));
    let answer = reader.read(&list.page(after))?;
    let page: api::Page<api::Product> = json::read(&answer, path::PRODUCTS)?;
    let mut next = after;
    let mut more = false;
    let mut entries = Vec::with_capacity(page.data.len());
    for row in page.data {
        let version = row.version.ok_or_else(|| untold(&row, "version"))?;
        if entries.len() == limit || after.is_some_and(|after| version <= after) {
            continue;
        }
        (next, more) = (Some(version), true);
        if row.deleted_at.is_some() {
            continue;
        }
        if nature(&row).is_none() {
            return Err(stock_untold(&row));
        }
        entries.push(entry(&row, outlet_id, answer.sent_at));
    }
    let cursor = Cursor { after: next.unwrap_or_default() };
    Ok(Page {
        entries,
        next: serde_json::to_vec(&cursor).map_err(|e| Failure::unexpected(e.to_string()))?,
        more,
        complete_to: (!more).then_some(answer.sent_at),
    })
}

/// Nothing may be guessed of a product that is not told to be counted or not.
pub(crate) fn stock_untold(row: &api::Product) -> Failure {
    untold(row, "has_inventory")
}

fn untold(row: &api::Product, field: &str) -> Failure {
    let api::Product { id, name, .. } = row;
    Failure::unexpected(format!("{}: `{name}` ({id}) has no `{field}`", path::PRODUCTS))
}

fn read_cursor(bytes: &[u8]) -> Result<u64, Failure> {
    let cursor = serde_json::from_slice::<Cursor>(bytes).map(|cursor| cursor.after);
    cursor.map_err(|_| {
        let fact = "the stored cursor of `products` is not of this connector's form";
        Failure::Misconfigured(format!("{fact}; rewind the source"))
    })
}
