//! Which endpoints were asked how often, and what they answered.

use std::collections::BTreeMap;

/// Counts of requests by endpoint and by the status that the client saw.
#[derive(Clone, Debug, Default)]
pub struct Traffic {
    counts: BTreeMap<(String, u16), u64>,
    /// How many requests arrived. The fault plan draws by this number.
    pub sequence: u64,
}

impl Traffic {
    /// Counts one answer. Status 0 is a connection that closed without one.
    pub(crate) fn count(&mut self, endpoint: &str, status: u16) {
        // A lookup by reference would need an owned key anyway; the map holds some dozens of entries.
        *self.counts.entry((endpoint.to_owned(), status)).or_default() += 1;
    }

    /// All counts, by endpoint (`GET /orders/{id}`) and status.
    pub fn counts(&self) -> impl Iterator<Item = (&str, u16, u64)> {
        self.counts.iter().map(|((endpoint, status), count)| (endpoint.as_str(), *status, *count))
    }

    /// How many requests to endpoints whose name begins so were answered with this status.
    pub fn answered(&self, endpoint_prefix: &str, status: u16) -> u64 {
        self.counts()
            .filter(|(endpoint, seen, _)| endpoint.starts_with(endpoint_prefix) && *seen == status)
            .map(|(_, _, count)| count)
            .sum()
    }

    /// How many requests arrived at endpoints whose name begins so.
    pub fn asked(&self, endpoint_prefix: &str) -> u64 {
        self.counts()
            .filter(|(endpoint, _, _)| endpoint.starts_with(endpoint_prefix))
            .map(|(_, _, count)| count)
            .sum()
    }
}
