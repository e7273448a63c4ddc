//! The source `stock`: levels that changed, by version.

use std::collections::BTreeSet;

use penstock_connector_sdk::commerce::Entry;
use penstock_connector_sdk::json;
use penstock_connector_sdk::source::{Page, Pull};
use penstock_connector_sdk::types::{Failure, Instant};

use super::Shown;
use super::catalogue::Catalogue;
use super::cursor::Cursor;
use crate::api::path;
use crate::api::stock::{Level, levels_after};
use crate::read::Reader;

/// Pages after which a call hands back what it has, also if that is nothing: other outlets' levels are read along.
const ROUNDS_MAX: usize = 10;

/// A level that is news, and when the request that showed it left.
type Read = (Level, Instant);

/// Levels that changed since the cursor, at most as many as were asked for.
pub(crate) fn pull(
    reader: Reader<'_>,
    call: &Pull<'_>,
    outlet_id: &str,
    catalogue: &Catalogue,
) -> Result<Page, Failure> {
    let mut cursor = match call.after {
        Some(bytes) => Cursor::read(bytes, outlet_id)?,
        None => Cursor::start(outlet_id),
    };
    let mut after = cursor.begin();
    let limit = usize::try_from(call.limit.max(1)).unwrap_or(usize::MAX);
    let mut levels: Vec<Read> = Vec::new();
    let mut complete_to = None;
    for _ in 0..ROUNDS_MAX {
        let room = limit - levels.len();
        // One row more than there is room for: where `after` is not exclusive, the first is known already.
        let rows = u32::try_from(room).unwrap_or(u32::MAX).saturating_add(1);
        let answer = reader.read(&levels_after(after, rows))?;
        let page = beyond(after, json::read(&answer, path::INVENTORY)?)?;
        // The end is an empty page: a short one proves nothing, the till may serve fewer rows.
        if page.is_empty() {
            cursor.end(call.now);
            complete_to = Some(answer.sent_at);
            break;
        }
        for level in page.into_iter().take(room) {
            after = level.version;
            if cursor.take(level.version, call.now) && level.outlet_id == outlet_id {
                levels.push((level, answer.sent_at));
            }
        }
        if levels.len() >= limit {
            break;
        }
    }
    Ok(Page {
        entries: entries(reader, catalogue, &levels)?,
        next: cursor.bytes()?,
        more: complete_to.is_none(),
        complete_to,
    })
}

/// The rows above a version. They must rise, or the till did not heed how they were asked for, and rows would be lost.
fn beyond(after: u64, page: Vec<Level>) -> Result<Vec<Level>, Failure> {
    if !page.is_sorted_by(|one, next| one.version < next.version) {
        return Err(Failure::unexpected(format!("{}: not in order of version", path::INVENTORY)));
    }
    Ok(page.into_iter().filter(|level| level.version > after).collect())
}

fn entries(
    reader: Reader<'_>,
    catalogue: &Catalogue,
    levels: &[Read],
) -> Result<Vec<Entry>, Failure> {
    if levels.is_empty() {
        return Ok(Vec::new());
    }
    let wanted: BTreeSet<&str> =
        levels.iter().map(|(level, _)| level.product_id.as_str()).collect();
    let products = catalogue.of(reader, &wanted)?;
    let entry = |(level, read_at): &Read| {
        let product = products.get(&level.product_id);
        let counted = product.is_some_and(|product| product.counted) && level.deleted_at.is_none();
        Shown {
            product_id: &level.product_id,
            outlet_id: &level.outlet_id,
            sku: product.and_then(|product| product.sku.as_deref()),
            name: product.map_or("", |product| &product.name),
            on_hand: level.current_inventory_level.filter(|_| counted),
            version: Some(level.version),
            read_at: *read_at,
        }
        .entry()
    };
    Ok(levels.iter().map(entry).collect())
}
