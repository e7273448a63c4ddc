//! What the till's answers to a customer's create mean, and what its probe shows.

use penstock_connector_sdk::host::{Level, VendorHost};
use penstock_connector_sdk::json;
use penstock_connector_sdk::sink::{Answer, Applied, Conclusion, Doubt, Settled};
use penstock_connector_sdk::types::{Failure, Request};
use serde::{Deserialize, Serialize};

use super::{ByEmail, CUSTOMERS, FEED_PAGES_MAX, add, comparable, search_request};
use crate::api::{Created, Customer, Page, path};
use crate::options::ConnectionOptions;
use crate::read::{Reader, refused, words_of};

/// How often a search has to miss a customer before they count as not created: its index lags behind.
const SEARCHES_MIN: u32 = 2;

/// What is remembered with the write of a customer, for its probe.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Memo {
    /// As it is compared.
    email: String,
    /// The version after which the new customer is listed; without it, they are searched for.
    after: Option<u64>,
    /// How often the probe did not show them.
    #[serde(default)]
    misses: u32,
    /// The vendor's words of a conflict, which may be with this very customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    objection: Option<String>,
}

impl Memo {
    pub(crate) fn new(email: String, after: Option<u64>) -> Memo {
        Memo { email, after, misses: 0, objection: None }
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        // Text and numbers have no form that JSON can't hold, so there is nothing to fail on.
        serde_json::to_vec(self).unwrap_or_default()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Memo> {
        serde_json::from_slice(bytes).ok()
    }

    /// The read that shows whether the customer was created.
    pub(crate) fn probe(&self) -> Request {
        match self.after {
            Some(after) => CUSTOMERS.page(Some(after)),
            None => search_request(&self.email),
        }
    }
}

/// Reads the answer to a customer's create. 401, 429 and 5xx never come here.
pub(crate) fn conclude(options: &ConnectionOptions, call: &Answer<'_>) -> Conclusion {
    let words = || words_of(&call.response.body);
    let doubt = || undecided(options, call.write.memo.clone());
    match call.response.status {
        200..=299 => accepted(call).unwrap_or_else(doubt),
        400 | 404 | 413 | 422 => rejected(call, words()),
        409 => match Memo::from_bytes(&call.write.memo) {
            Some(memo) => {
                let memo = Memo { objection: Some(words()), ..memo };
                undecided(options, memo.to_bytes())
            }
            None => doubt(),
        },
        403 => Conclusion::Failed(Failure::Unauthorized(format!(
            "the till refused a new customer ({}); give the token the scope `customers:write`",
            words()
        ))),
        410 => Conclusion::Failed(Failure::Misconfigured(format!(
            "the till no longer takes customers by this path ({}); set `api_version = \"2026-07\"`",
            words()
        ))),
        _ => doubt(),
    }
}

/// The customer is there, unless the body says otherwise; nothing where it is not understood.
fn accepted(call: &Answer<'_>) -> Option<Conclusion> {
    let created: Created<'_> = serde_json::from_slice(&call.response.body).ok()?;
    if created.is_refusal() {
        return Some(rejected(call, words_of(&call.response.body)));
    }
    match created.record::<Customer>()? {
        Ok(customer) => Some(applied(call, &customer.id, customer.version)),
        Err(id) => Some(applied(call, &id, None)),
    }
}

/// Reads the answer to the probe: the first page of the list of new customers, or a search.
pub(crate) fn settle(
    options: &ConnectionOptions,
    call: &Answer<'_>,
    host: &dyn VendorHost,
) -> Conclusion {
    let warn = |message: &str| host.write(Level::Warn, message, None);
    let Some(memo) = Memo::from_bytes(&call.write.memo) else {
        warn("a customer's create: what was remembered of it can't be read");
        return undecided(options, call.write.memo.clone());
    };
    let found = match shown(&memo, call, Reader::new(host)) {
        Ok(found) => found,
        Err(failure) => {
            warn(&format!("a customer's create: the probe tells nothing: {failure:?}"));
            return undecided(options, memo.to_bytes());
        }
    };
    match found.get(&memo.email).and_then(|rows| rows.first()) {
        Some((oldest, _)) => applied(call, &oldest.id, oldest.version),
        None => missing(options, call, memo),
    }
}

fn missing(options: &ConnectionOptions, call: &Answer<'_>, mut memo: Memo) -> Conclusion {
    memo.misses = memo.misses.saturating_add(1);
    if memo.after.is_none() && memo.misses < SEARCHES_MIN {
        return undecided(options, memo.to_bytes());
    }
    match memo.objection {
        Some(words) => rejected(call, words),
        None => Conclusion::NotApplied(0),
    }
}

/// The customers that the probe shows under the address, further pages included.
fn shown(memo: &Memo, call: &Answer<'_>, reader: Reader<'_>) -> Result<ByEmail, Failure> {
    let answer = call.response;
    if !answer.is_success() {
        return Err(refused(path::CUSTOMERS, answer.status, &words_of(&answer.body)));
    }
    let rows: Vec<Customer> = match memo.after {
        None => json::read::<Page<Customer>>(answer, path::SEARCH)?.data,
        Some(after) => {
            let walked = reader.walk_on(CUSTOMERS, after, answer, FEED_PAGES_MAX)?;
            let count = walked.rows.len();
            if !walked.complete {
                return Err(Failure::unexpected(format!("more than {count} new customers")));
            }
            walked.rows
        }
    };
    let mut found = ByEmail::new();
    let same = |row: &Customer| {
        row.email.as_deref().and_then(comparable).as_deref() == Some(memo.email.as_str())
    };
    for row in rows.into_iter().filter(same) {
        add(&mut found, row, answer.sent_at);
    }
    Ok(found)
}

/// One verdict for each intake that the write covers.
fn decided(call: &Answer<'_>, verdict: Settled) -> Conclusion {
    Conclusion::Decided(vec![verdict; call.write.covers.len()])
}

fn applied(call: &Answer<'_>, id: &str, version: Option<u64>) -> Conclusion {
    decided(call, Settled::Applied(Applied { id: id.to_owned(), version }))
}

fn rejected(call: &Answer<'_>, words: String) -> Conclusion {
    decided(call, Settled::Rejected(words))
}

fn undecided(options: &ConnectionOptions, memo: Vec<u8>) -> Conclusion {
    Conclusion::Undecided(Doubt { after_ms: options.settle_ms, memo })
}
