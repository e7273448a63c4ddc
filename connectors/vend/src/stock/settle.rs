//! What the probe of a write of adjustments shows, row by row.
//!
//! A wrong verdict here is the one fault of stock that no later reading mends. So a row counts as made only where
//! exactly one adjustment is like it; as not made only after two looks, and where the level has not moved by just as
//! much since; and everything else waits for a person.

use penstock_connector_sdk::host::{Level, VendorHost};
use penstock_connector_sdk::sink::{Answer, Conclusion, Settled};
use penstock_connector_sdk::types::{Failure, Request};

use super::conclude::{Found, all, found, go_on, undecided};
use super::counter::shelf;
use super::memo::{Memo, Row};
use super::reason;
use crate::api::stock::{ADJUSTMENTS, Adjustment, REASONS, Reason, levels_of};
use crate::options::ConnectionOptions;
use crate::read::{List, Reader, refused, words_of};
use crate::refusal::Refusal;

/// Looks at the list before something counts as not made: how far it lags behind the till's writes is not documented.
const LOOKS_MIN: u32 = 2;

/// Most pages of newer adjustments: 5 000 since the write was planned.
const ADJUSTMENT_PAGES_MAX: usize = 25;

/// Most pages of reasons: a thousand.
const REASON_PAGES_MAX: usize = 10;

/// Reads the answer to a probe.
pub(crate) fn settle(
    options: &ConnectionOptions,
    call: &Answer<'_>,
    host: &dyn VendorHost,
) -> Conclusion {
    let warn = |message: &str| {
        let message = format!("{}: {message}", call.write.summary);
        host.write(Level::Warn, &message, None);
    };
    let Some(memo) = Memo::from_bytes(&call.write.memo) else {
        warn("what was remembered of it can't be read");
        return undecided(options, call.write.memo.clone());
    };
    let reader = Reader::new(host);
    let settled = match memo.reason_id {
        None => reason_there(&memo, call, reader),
        Some(_) => rows_there(options, &memo, call, reader),
    };
    settled.unwrap_or_else(|failure| {
        warn(&format!("the probe tells nothing: {failure:?}"));
        undecided(options, memo.to_bytes())
    })
}

/// Whether the reason is there by now. Its name is unique, so it does no harm to create it once more.
fn reason_there(memo: &Memo, call: &Answer<'_>, reader: Reader<'_>) -> Result<Conclusion, Failure> {
    // The level that a difference was reckoned from has grown old meanwhile.
    if memo.rows.iter().any(|row| row.to_level) {
        return Ok(all(memo, Settled::Again(0)));
    }
    let reasons: Vec<Reason> = whole(REASONS, 0, call, reader, REASON_PAGES_MAX)?;
    Ok(match reason::usable(&reasons, memo.sign, &memo.reason) {
        Ok(Some(id)) => go_on(memo.clone(), id),
        Ok(None) => Conclusion::NotApplied(0),
        Err(Refusal { message, hint }) => {
            all(memo, Settled::Rejected(format!("{message}; {hint}")))
        }
    })
}

fn rows_there(
    options: &ConnectionOptions,
    memo: &Memo,
    call: &Answer<'_>,
    reader: Reader<'_>,
) -> Result<Conclusion, Failure> {
    let shown: Vec<Adjustment> =
        whole(ADJUSTMENTS, memo.after, call, reader, ADJUSTMENT_PAGES_MAX)?;
    let rows: Vec<(&Row, Found)> =
        memo.rows.iter().map(|row| (row, found(memo, row, &shown))).collect();
    let missing: Vec<&Row> =
        rows.iter().filter(|(_, found)| *found == Found::Nowhere).map(|(row, _)| *row).collect();
    if rows.iter().any(|(_, found)| *found == Found::Often) {
        return Ok(undecided(options, memo.to_bytes()));
    }
    if !missing.is_empty() {
        let looks = memo.looks.saturating_add(1);
        if looks < LOOKS_MIN || moved_alike(memo, &missing, reader)? {
            return Ok(undecided(options, Memo { looks, ..memo.clone() }.to_bytes()));
        }
    }
    let as_it_was = memo.objection.is_none() && !memo.rows.iter().any(|row| row.to_level);
    if missing.len() == memo.rows.len() && as_it_was {
        return Ok(Conclusion::NotApplied(0));
    }
    let verdict = |found: Found| found.applied().unwrap_or_else(|| not_made(memo));
    Ok(Conclusion::Decided(rows.into_iter().map(|(_, found)| verdict(found)).collect()))
}

/// A row that was not made. What the till objected to, where it was alone; else it is planned anew, and alone.
fn not_made(memo: &Memo) -> Settled {
    match &memo.objection {
        Some(words) if memo.rows.len() == 1 => Settled::Rejected(words.clone()),
        _ => Settled::Again(0),
    }
}

/// Whether one of these counters has moved since by just what was to be adjusted: then the list may be what lags.
fn moved_alike(memo: &Memo, missing: &[&Row], reader: Reader<'_>) -> Result<bool, Failure> {
    let requests: Vec<Request> = missing.iter().map(|row| levels_of(&row.product)).collect();
    for (row, answer) in missing.iter().zip(reader.read_each(&requests)?) {
        let Some(shelf) = shelf(&answer, &row.product, &memo.outlet)? else { continue };
        let expected = row.level.checked_add(row.quantity)?;
        if shelf.version > row.version && shelf.on_hand == Some(expected) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A list from the probe's page to its end.
fn whole<T: serde::de::DeserializeOwned>(
    list: List,
    after: u64,
    call: &Answer<'_>,
    reader: Reader<'_>,
    pages_max: usize,
) -> Result<Vec<T>, Failure> {
    let answer = call.response;
    if !answer.is_success() {
        return Err(refused(list.path, answer.status, &words_of(&answer.body)));
    }
    let walked = reader.walk_on(list, after, answer, pages_max)?;
    if !walked.complete {
        let count = walked.rows.len();
        return Err(Failure::unexpected(format!("{}: more than {count} rows", list.path)));
    }
    Ok(walked.rows)
}
