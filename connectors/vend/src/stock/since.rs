//! What the till has adjusted since this store last did: what is there already, and the version to look above later.

use penstock_connector_sdk::json;
use penstock_connector_sdk::types::Failure;

use crate::api::path;
use crate::api::stock::{ADJUSTMENTS, Adjustment, Level, newest_level};
use crate::read::Reader;

/// Most pages of adjustments that are read: 20 000 since our last one.
const PAGES_MAX: usize = 100;

/// Adjustments above the highest version that this store has seen.
#[derive(Debug, Default)]
pub(super) struct Since {
    pub(super) rows: Vec<Adjustment>,
    /// A version that the till has reached.
    pub(super) reached: u64,
}

impl Since {
    /// Reads on from the highest version that this store has seen. A store that has seen none has nothing to find: it
    /// only asks how far the till is. Versions are drawn from one counter for all that the retailer has, so the newest
    /// level tells it.
    pub(super) fn read(reader: Reader<'_>, known: Option<u64>) -> Result<Since, Failure> {
        let Some(known) = known else {
            let answer = reader.read(&newest_level())?;
            let levels: Vec<Level> = json::read(&answer, path::INVENTORY)?;
            let reached = levels.iter().map(|level| level.version).max().unwrap_or_default();
            return Ok(Since { rows: Vec::new(), reached });
        };
        let walked = reader.walk::<Adjustment>(ADJUSTMENTS, known, PAGES_MAX)?;
        if !walked.complete {
            let count = walked.rows.len();
            return Err(Failure::unexpected(format!(
                "the till has more than {count} stock adjustments since the last one made here"
            )));
        }
        let mut rows = walked.rows;
        rows.retain(|row| row.version > known);
        let reached = rows.iter().map(|row| row.version).max().unwrap_or(known);
        Ok(Since { rows, reached })
    }
}
