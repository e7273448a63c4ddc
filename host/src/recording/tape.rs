//! What a run says and hears, as it goes by.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::limits::RECORDED_BYTES_MAX;
use super::{Exchange, Outcome, Purpose};
use crate::contract::Request;
use crate::time::Clock;

/// Keeps what goes by in memory. Shared by all ways out of a run.
pub struct Tape {
    clock: Arc<dyn Clock>,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    exchanges: Vec<Exchange>,
    commits: u64,
    bytes: usize,
    is_cut: bool,
}

impl Tape {
    /// An empty one, for a run by this clock.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, kept: Mutex::default() }
    }

    /// Keeps an exchange. Called when the run takes note of the answer: a replay gives it then.
    pub fn keep(&self, connection: &str, purpose: Purpose, request: &Request, outcome: Outcome) {
        let answer = match &outcome {
            Outcome::Answered(response) => response.body.len(),
            _ => 0,
        };
        let bytes = request.body.as_ref().map_or(0, Vec::len) + answer + 512;
        let mut kept = self.kept();
        if kept.is_cut || kept.bytes + bytes > RECORDED_BYTES_MAX {
            kept.is_cut = true;
            return;
        }
        kept.bytes += bytes;
        let (connection, request) = (connection.to_owned(), request.clone());
        let noted_at = self.clock.now();
        let commits = kept.commits;
        kept.exchanges.push(Exchange { connection, purpose, request, outcome, noted_at, commits });
    }

    /// The run has committed what it came to so far.
    pub fn committed(&self) {
        self.kept().commits += 1;
    }

    /// Everything that was kept so far, and whether something was not.
    pub fn take(&self) -> (Vec<Exchange>, bool) {
        let kept = std::mem::take(&mut *self.kept());
        (kept.exchanges, kept.is_cut)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
