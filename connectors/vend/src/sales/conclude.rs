//! What the till's answer to a sale means. Pure: nothing is read here, so whatever is not plainly a success or plainly
//! a refusal becomes a doubt, and the probe decides.

use penstock_connector_sdk::decimal::{Decimal, Rounding};
use penstock_connector_sdk::sink::{Answer, Applied, Conclusion, Doubt, Settled};
use penstock_connector_sdk::types::Failure;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::memo::Memo;
use super::money::minor_unit_decimals;
use crate::api::{Created, Sale, SaleState};
use crate::options::ConnectionOptions;
use crate::read::words_of;
use crate::refusal::Refusal;

/// Reads the answer to a sale's create. 401, 429 and 5xx never come here.
pub(crate) fn conclude(options: &ConnectionOptions, call: &Answer<'_>) -> Conclusion {
    let Some(memo) = Memo::from_bytes(&call.write.memo) else {
        return undecided(options, call.write.memo.clone());
    };
    match call.response.status {
        200..=299 => accepted(options, call, memo),
        status => not_accepted(options, call, memo, status),
    }
}

fn not_accepted(
    options: &ConnectionOptions,
    call: &Answer<'_>,
    memo: Memo,
    status: u16,
) -> Conclusion {
    let words = words_of(&call.response.body);
    match status {
        400 | 413 | 422 => refused(&memo, words),
        404 => rejected(format!("the till no longer has what the sale refers to: {words}")),
        409 => conflict(options, call, memo, words),
        403 => Conclusion::Failed(Failure::Unauthorized(format!(
            "the till refused the sale ({words}); give the token the scope `sales:write`"
        ))),
        410 => Conclusion::Failed(Failure::Misconfigured(format!(
            "the till no longer takes sales by this path ({words}); set `api_version = \"2026-07\"`"
        ))),
        _ => undecided(options, memo.to_bytes()),
    }
}

/// The usual answer to a create: the record, and no word of a refusal beside it.
#[derive(Deserialize)]
struct Usual {
    data: Sale,
    status: Option<IgnoredAny>,
}

/// The sale is there, unless the body says otherwise.
fn accepted(options: &ConnectionOptions, call: &Answer<'_>, memo: Memo<'_>) -> Conclusion {
    // The usual answer is read once; every other twice, for its record may be of several forms.
    if let Ok(Usual { data, status: None }) = serde_json::from_slice(&call.response.body) {
        return shown(options, data, memo);
    }
    let Ok(created) = serde_json::from_slice::<Created<'_>>(&call.response.body) else {
        return undecided(options, memo.to_bytes());
    };
    if created.is_refusal() {
        return refused(&memo, words_of(&call.response.body));
    }
    match created.record::<Sale>() {
        Some(Ok(sale)) => shown(options, sale, memo),
        Some(Err(id)) => shown(options, Sale { id: Some(id), ..Sale::default() }, memo),
        None => undecided(options, memo.to_bytes()),
    }
}

/// What looks different from what was sent is read anew.
fn shown(options: &ConnectionOptions, sale: Sale, mut memo: Memo<'_>) -> Conclusion {
    let Some(id) = sale.id.clone().filter(|id| !id.trim().is_empty()) else {
        return undecided(options, memo.to_bytes());
    };
    if !id.eq_ignore_ascii_case(&memo.id) {
        memo.answered_id = Some(id);
        return undecided(options, memo.to_bytes());
    }
    let closed = matches!(sale.state(), SaleState::Closed | SaleState::Untold);
    match closed && other_total(&sale, &memo).is_none() {
        true => applied(id, sale.version()),
        false => undecided(options, memo.to_bytes()),
    }
}

/// 409 is either a payment that the register refuses, or something that exists already: perhaps this very sale.
fn conflict(
    options: &ConnectionOptions,
    call: &Answer<'_>,
    mut memo: Memo<'_>,
    words: String,
) -> Conclusion {
    // A refused payment has an object under `error`, `{"code": ..., "message": ...}`; other conflicts have text.
    let body = serde_json::from_slice::<Value>(&call.response.body).unwrap_or_default();
    let payment_refused = body.get("error").is_some_and(Value::is_object);
    let closed = speaks_of_closed_register(&words);
    if closed || (payment_refused && !speaks_of_existence(&words)) {
        return register_refuses(&memo.register, &words);
    }
    memo.objection = Some(words);
    undecided(options, memo.to_bytes())
}

/// A payment that is there already belongs to a sale that is there already.
fn speaks_of_existence(words: &str) -> bool {
    let words = words.to_lowercase();
    ["already", "duplicate", "exist"].iter().any(|word| words.contains(word))
}

fn refused(memo: &Memo<'_>, words: String) -> Conclusion {
    match speaks_of_closed_register(&words) {
        true => register_refuses(&memo.register, &words),
        false => rejected(words),
    }
}

fn speaks_of_closed_register(words: &str) -> bool {
    let words = words.to_lowercase();
    words.contains("register") && words.contains("closed")
}

/// Every sale would be refused alike, so the pipeline stops until someone opens the register.
fn register_refuses(register: &str, words: &str) -> Conclusion {
    let fact = format!("register `{register}` takes no payment, it may be closed ({words})");
    let hint = "open it in the till, or set `register` to one that stays open";
    Conclusion::Failed(Refusal::new(fact, hint).into())
}

/// The total that the till shows, where it is not the order's.
pub(crate) fn other_total(sale: &Sale, memo: &Memo<'_>) -> Option<Decimal> {
    let shown = sale.total()?;
    let minor = minor_unit_decimals(&memo.currency);
    let same = shown.rounded(minor, Rounding::HalfUp).is_ok_and(|shown| shown == memo.total);
    (!same).then_some(shown)
}

pub(crate) fn applied(id: String, version: Option<u64>) -> Conclusion {
    Conclusion::Decided(vec![Settled::Applied(Applied { id, version })])
}

pub(crate) fn rejected(words: String) -> Conclusion {
    Conclusion::Decided(vec![Settled::Rejected(words)])
}

pub(crate) fn undecided(options: &ConnectionOptions, memo: Vec<u8>) -> Conclusion {
    Conclusion::Undecided(Doubt { after_ms: options.settle_ms, memo })
}
