//! How many requests were made, for a run's summary: requests a sale is what an account's budget is spent on.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::fault::Fault;

/// What a request is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// A read or a probe.
    Read,
    /// A stored write.
    Write,
}

/// Figures since the start of the process, one line for each account, endpoint and purpose, in that order.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    /// The lines.
    pub lines: Vec<Count>,
}

/// Requests of one account to one endpoint for one purpose. Each attempt counts.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Count {
    /// As in the connector's descriptor.
    pub account: String,
    /// The endpoint's name.
    pub endpoint: String,
    /// Reads and writes are counted apart.
    pub purpose: Purpose,
    /// The figures.
    #[serde(flatten)]
    pub tally: Tally,
}

/// What became of the requests.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Tally {
    /// Requests that left the host or tried to.
    pub requests: u64,
    /// Answers with a status of 2xx.
    pub answers_2xx: u64,
    /// Answers with a status of 3xx.
    pub answers_3xx: u64,
    /// Answers with a status of 4xx, those of 429 among them.
    pub answers_4xx: u64,
    /// Answers with a status of 429.
    pub answers_429: u64,
    /// Answers with a status of 5xx.
    pub answers_5xx: u64,
    /// Requests that the host refused: nothing left.
    pub refused: u64,
    /// Requests that had to wait for the budget.
    pub waits: u64,
    /// How long they waited, in milliseconds.
    pub waited_ms: u64,
    /// Bytes of the answers' bodies, decompressed.
    pub bytes_received: u64,
    /// Bytes of what was handed on of them.
    pub bytes_kept: u64,
    /// What last went wrong, for people: a read that is given up tells its connector only when to call again.
    pub latest_fault: Option<String>,
}

impl Counts {
    /// All requests of one purpose, over accounts and endpoints.
    #[must_use]
    pub fn requests(&self, purpose: Purpose) -> u64 {
        self.lines
            .iter()
            .filter(|line| line.purpose == purpose)
            .map(|line| line.tally.requests)
            .sum()
    }
}

/// The figures while they grow, by account and endpoint.
#[derive(Debug, Default)]
pub(super) struct Meters(Mutex<BTreeMap<(String, String), Arc<Meter>>>);

/// The figures of one endpoint of one account.
#[derive(Debug, Default)]
pub(super) struct Meter {
    reads: Mutex<Tally>,
    writes: Mutex<Tally>,
}

impl Meters {
    pub(super) fn meter(&self, account: &str, endpoint: &str) -> Arc<Meter> {
        let mut meters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(meters.entry((account.to_owned(), endpoint.to_owned())).or_default())
    }

    pub(super) fn counts(&self) -> Counts {
        let meters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut lines = Vec::new();
        for ((account, endpoint), meter) in meters.iter() {
            for purpose in [Purpose::Read, Purpose::Write] {
                let tally = meter.tally(purpose).clone();
                if tally != Tally::default() {
                    lines.push(Count {
                        account: account.clone(),
                        endpoint: endpoint.clone(),
                        purpose,
                        tally,
                    });
                }
            }
        }
        Counts { lines }
    }
}

impl Meter {
    /// The figures of one purpose, to be read or added to. Never held over an `await`.
    pub(super) fn tally(&self, purpose: Purpose) -> MutexGuard<'_, Tally> {
        let tally = match purpose {
            Purpose::Read => &self.reads,
            Purpose::Write => &self.writes,
        };
        tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tally {
    pub(super) fn answered(&mut self, status: u16) {
        match status / 100 {
            2 => self.answers_2xx += 1,
            3 => self.answers_3xx += 1,
            4 => self.answers_4xx += 1,
            _ => self.answers_5xx += 1,
        }
        self.answers_429 += u64::from(status == 429);
    }

    pub(super) fn failed(&mut self, fault: &Fault) {
        self.refused += u64::from(matches!(fault, Fault::Refused(_)));
        self.latest_fault = Some(fault.reason().to_owned());
    }
}
