//! What is remembered of a change with its write: what it was to do, and what was read before it
//! and since.

use penstock_connector_sdk::types::{Decimal, Instant};
use serde::{Deserialize, Serialize};

/// Stored as JSON text, so that `sqlite3` on the store can show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Memo {
    pub(crate) owner: String,
    /// Of the change: one that was made is not made again.
    pub(crate) cause: String,
    pub(crate) quantity: Quantity,
    /// The reading from which the write is reckoned.
    pub(crate) before: Reading,
    /// How often the intake had been planned before.
    pub(crate) attempt: u32,
    /// The last reading since the answer was lost, the first of those that are equal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) last: Option<Reading>,
    /// How often it was found not to have taken effect, and sent again.
    #[serde(default)]
    pub(crate) sent_again: u32,
}

/// What a write does to its counter: `{"by": -3}` or `{"to": 7}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Quantity {
    By(Decimal),
    To(Decimal),
}

/// What a counter showed, and when it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reading {
    pub(crate) level: Decimal,
    pub(crate) at: Instant,
}

impl Memo {
    /// As it is stored.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        // Text and numbers have no form that JSON can't hold, so there is nothing to fail on.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// As it was stored; nothing where it was written by another version of this connector.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }
}
