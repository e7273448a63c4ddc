//! What the shop's answer to a change means. Pure: what is not plainly a success or plainly a refusal
//! becomes a doubt, and the probe decides.

use penstock_connector_sdk::json;
use penstock_connector_sdk::sink::{Answer, Applied, Conclusion, Doubt, Settled};
use penstock_connector_sdk::types::{Failure, Response};
use serde::Deserialize;

use super::change::GONE;
use super::memo::Memo;
use crate::api::product::WRITE_SCOPE;
use crate::api::refusal;

/// How long a change waits that is planned anew, in milliseconds.
const ANEW_MS: u64 = 1_000;

/// The vendor confirms a change by `updateCount` 1; 0 says that nothing was changed (docs.ecwid.com,
/// "Adjust product stock").
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Confirmation {
    update_count: u64,
}

/// Reads the answer to a change. 401, 429 and 5xx never come here.
pub(crate) fn conclude(call: &Answer<'_>) -> Conclusion {
    let Some(memo) = Memo::from_bytes(&call.write.memo) else {
        return undecided(call, call.write.memo.clone());
    };
    let response = call.response;
    match response.status {
        200..=299 => {
            match json::read::<Confirmation>(response, "the confirmation").map(|it| it.update_count)
            {
                Ok(0) => anew(&memo, "the shop says that it changed nothing".to_owned()),
                Ok(_) => applied(memo.owner),
                Err(_) => undecided(call, memo.to_bytes()),
            }
        }
        402 | 403 => Conclusion::Failed(meaning(response)),
        404 if refusal::is_of_the_store(response) => Conclusion::Failed(meaning(response)),
        404 => rejected(GONE.message.to_owned()),
        // The one refusal that the vendor asks to try once more.
        409 if refusal::code(response) == "CONSTRAINT_VIOLATION" => {
            anew(&memo, refusal::words(response))
        }
        400 | 405 | 409 | 415 | 422 => rejected(refusal::words(response)),
        // 408 says that the vendor gave up waiting, not that it did nothing.
        _ => undecided(call, memo.to_bytes()),
    }
}

fn meaning(response: &Response) -> Failure {
    let unknown = || Failure::unexpected(refusal::words(response));
    refusal::check(response, WRITE_SCOPE).err().unwrap_or_else(unknown)
}

/// Nothing was changed: the next reading tells why, or the change is made after all. Once; what is
/// then refused again is refused for good.
fn anew(memo: &Memo, words: String) -> Conclusion {
    if memo.attempt > 0 {
        return rejected(words);
    }
    Conclusion::Decided(vec![Settled::Again(ANEW_MS)])
}

pub(super) fn applied(owner: String) -> Conclusion {
    Conclusion::Decided(vec![Settled::Applied(Applied { id: owner, version: None })])
}

pub(super) fn rejected(words: String) -> Conclusion {
    Conclusion::Decided(vec![Settled::Rejected(words)])
}

/// The write is probed again after its settle time.
pub(super) fn undecided(call: &Answer<'_>, memo: Vec<u8>) -> Conclusion {
    Conclusion::Undecided(Doubt { after_ms: call.write.settle_ms, memo })
}
