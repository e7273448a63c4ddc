//! What the till's answer to a write of adjustments means, row by row. Pure: nothing is read here, so whatever is not
//! plainly there or plainly refused becomes a doubt, and the probe decides.

use penstock_connector_sdk::sink::{Answer, Applied, Conclusion, Doubt, Settled, Step};
use penstock_connector_sdk::types::Failure;
use serde::Deserialize;

use super::memo::Memo;
use crate::api::stock::{Adjustment, Reason};
use crate::api::{Created, One, path};
use crate::options::ConnectionOptions;
use crate::read::words_of;
use crate::refusal::Refusal;

/// The answer to adjustments: those that were made.
#[derive(Debug, Deserialize)]
struct Made {
    data: Vec<Adjustment>,
}

/// Reads the answer. 401, 429 and 5xx never come here.
pub(crate) fn conclude(options: &ConnectionOptions, call: &Answer<'_>) -> Conclusion {
    let Some(memo) = Memo::from_bytes(&call.write.memo) else {
        return undecided(options, call.write.memo.clone());
    };
    let words = words_of(&call.response.body);
    match call.response.status {
        403 => Conclusion::Failed(Failure::Unauthorized(format!(
            "the till refused to adjust stock ({words}); give the token the scope `inventory:write`, and see that \
             the account's plan has stock adjustments"
        ))),
        410 => Conclusion::Failed(Failure::Misconfigured(format!(
            "the till no longer serves {} ({words}); update this connector",
            path::ADJUSTMENTS
        ))),
        status if memo.reason_id.is_none() => reason_made(options, call, memo, status, words),
        200..=299 => made(options, call, memo),
        400 | 404 | 409 | 413 | 422 => refused(options, memo, words),
        _ => undecided(options, memo.to_bytes()),
    }
}

/// The first step of a write whose reason was missing: once that is there, the adjustments follow.
fn reason_made(
    options: &ConnectionOptions,
    call: &Answer<'_>,
    memo: Memo,
    status: u16,
    words: String,
) -> Conclusion {
    match status {
        200..=299 => match reason_id(&call.response.body) {
            Some(id) => go_on(memo, id),
            None => undecided(options, memo.to_bytes()),
        },
        400 | 404 | 413 | 422 => {
            let Refusal { message, hint } = reason_refused(&memo, &words);
            all(&memo, Settled::Rejected(format!("{message}; {hint}")))
        }
        // 409: there is one of that name by now. The probe shows whether it can be used.
        _ => undecided(options, memo.to_bytes()),
    }
}

fn reason_id(body: &[u8]) -> Option<String> {
    if let Ok(made) = serde_json::from_slice::<One<Reason>>(body) {
        return Some(made.data.id);
    }
    let created = serde_json::from_slice::<Created<'_>>(body).ok()?;
    created.record::<Reason>()?.err().filter(|id| !id.is_empty())
}

fn reason_refused(memo: &Memo, words: &str) -> Refusal {
    let (name, sign, option) = (&memo.reason, memo.sign.word(), memo.sign.option());
    let fact = format!("the till refused to create the reason `{name}`: {words}");
    let hint =
        format!("create a {sign} reason of this name in the till, or name one in `{option}`");
    Refusal::new(fact, hint)
}

/// The next step: the adjustments under the reason that is there now.
pub(super) fn go_on(memo: Memo, reason_id: String) -> Conclusion {
    let memo = Memo { reason_id: Some(reason_id), looks: 0, ..memo };
    match memo.request() {
        Ok(request) => Conclusion::Continued(Step {
            request,
            probe: Some(memo.probe()),
            memo: memo.to_bytes(),
            after_ms: 0,
        }),
        Err(failure) => Conclusion::Failed(failure),
    }
}

/// The till says what it made. Where that is not all, the list of adjustments decides: what an answer leaves out may
/// still have been made.
fn made(options: &ConnectionOptions, call: &Answer<'_>, memo: Memo) -> Conclusion {
    let answer = serde_json::from_slice::<Made>(&call.response.body);
    let rows = answer.map(|made| made.data).unwrap_or_default();
    let made: Vec<Found> = memo.rows.iter().map(|row| found(&memo, row, &rows)).collect();
    let applied: Option<Vec<Settled>> = made.into_iter().map(Found::applied).collect();
    match applied {
        Some(applied) => Conclusion::Decided(applied),
        None => {
            let words = "the till answered, and did not list it among what it made".to_owned();
            undecided(options, Memo { objection: Some(words), ..memo }.to_bytes())
        }
    }
}

/// One row alone is refused for good. Of several it is not known which is bad, nor whether the good ones were made: the
/// list of adjustments shows it, and those that are not there are planned anew, one by one.
fn refused(options: &ConnectionOptions, memo: Memo, words: String) -> Conclusion {
    match memo.rows.len() {
        1 => all(&memo, Settled::Rejected(words)),
        _ => undecided(options, Memo { objection: Some(words), ..memo }.to_bytes()),
    }
}

/// What is shown of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Once(Applied),
    Nowhere,
    /// Several are alike, and which is ours can't be told.
    Often,
}

impl Found {
    pub(super) fn applied(self) -> Option<Settled> {
        match self {
            Found::Once(applied) => Some(Settled::Applied(applied)),
            Found::Nowhere | Found::Often => None,
        }
    }
}

/// Looks for a row among adjustments.
pub(super) fn found(memo: &Memo, row: &super::memo::Row, shown: &[Adjustment]) -> Found {
    let mut alike = shown.iter().filter(|shown| memo.is_row(row, shown));
    match (alike.next(), alike.next()) {
        (Some(one), None) => {
            Found::Once(Applied { id: one.id.clone(), version: Some(one.version) })
        }
        (None, _) => Found::Nowhere,
        (Some(_), Some(_)) => Found::Often,
    }
}

/// The same verdict for each row.
pub(super) fn all(memo: &Memo, verdict: Settled) -> Conclusion {
    Conclusion::Decided(vec![verdict; memo.rows.len()])
}

pub(super) fn undecided(options: &ConnectionOptions, memo: Vec<u8>) -> Conclusion {
    Conclusion::Undecided(Doubt { after_ms: options.settle_ms, memo })
}
