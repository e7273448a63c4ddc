//! Where the feed of levels stands.
//!
//! Whether a lower version may become visible after a higher one is not documented. So what was given is remembered
//! until a walk has begun below it a minute later, however long it takes until then: what was given already is passed
//! over, what had been hidden is given. When nothing changes any more, the memory empties, and a poll reads nothing
//! twice.

use std::collections::BTreeMap;

use penstock_connector_sdk::types::{Failure, Instant};
use serde::{Deserialize, Serialize};

/// How long, in milliseconds, a version that was passed may still become visible: a minute, as this vendor's clients
/// commonly read again.
const OVERLAP_MS: i64 = 60_000;

/// Versions remembered at most: a cursor stays small also while thousands change.
const RECENT_MAX: usize = 500;

/// The form of this cursor.
const FORM: u8 = 1;

/// Stored as JSON text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cursor {
    form: u8,
    /// Another outlet's levels have not been given, however high their versions: for them the feed begins anew.
    outlet: String,
    /// Every version up to this one has been given.
    floor: u64,
    /// Where a walk that is under way goes on.
    at: Option<u64>,
    /// What was given of late, with the instant.
    recent: BTreeMap<u64, Instant>,
    /// When the last walk to the end began. It began below all of `recent` that is older.
    #[serde(default)]
    walked: Option<Instant>,
}

impl Cursor {
    /// Before the first page.
    pub(super) fn start(outlet: &str) -> Cursor {
        Cursor {
            form: FORM,
            outlet: outlet.to_owned(),
            floor: 0,
            at: None,
            recent: BTreeMap::new(),
            walked: None,
        }
    }

    /// As it was stored, for the outlet whose levels are wanted now.
    pub(super) fn read(bytes: &[u8], outlet: &str) -> Result<Cursor, Failure> {
        let cursor = serde_json::from_slice::<Cursor>(bytes).ok();
        let cursor = cursor.filter(|cursor| cursor.form == FORM).ok_or_else(|| {
            let fact = "the stored cursor of `stock` is not of this connector's form";
            Failure::Misconfigured(format!("{fact}; rewind the source"))
        })?;
        Ok(if cursor.outlet == outlet { cursor } else { Cursor::start(outlet) })
    }

    /// As it is stored.
    pub(super) fn bytes(&self) -> Result<Vec<u8>, Failure> {
        serde_json::to_vec(self).map_err(|error| Failure::unexpected(error.to_string()))
    }

    /// The version after which the next page begins. A new walk forgets what the last one found settled.
    pub(super) fn begin(&mut self) -> u64 {
        if let Some(at) = self.at {
            return at;
        }
        let walked = self.walked.unwrap_or(Instant::MIN);
        let settled = |given: Instant| walked.saturating_sub(given) > OVERLAP_MS;
        let floor = self.recent.iter().rev().find(|(_, given)| settled(**given));
        let floor = floor.map_or(self.floor, |(version, _)| *version);
        self.raise_floor(floor);
        self.floor
    }

    /// Whether this version is news; from now on it is not.
    pub(super) fn take(&mut self, version: u64, now: Instant) -> bool {
        let news = version > self.floor && !self.recent.contains_key(&version);
        if news {
            self.recent.insert(version, now);
        }
        self.at = Some(version);
        while self.recent.len() > RECENT_MAX {
            let Some((&lowest, _)) = self.recent.first_key_value() else { break };
            self.raise_floor(lowest);
        }
        news
    }

    /// The walk has come to its end.
    pub(super) fn end(&mut self, now: Instant) {
        self.at = None;
        self.walked = Some(now);
    }

    fn raise_floor(&mut self, floor: u64) {
        self.floor = self.floor.max(floor);
        self.recent = self.recent.split_off(&self.floor.saturating_add(1));
    }
}
