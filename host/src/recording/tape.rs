//! What a run says and hears, as it goes by.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::limits::RECORDED_BYTES_MAX;
use super::{Exchange, Outcome, Purpose};
use crate::contract::Request;

/// Keeps what goes by in memory. Shared by all ways out of a run.
#[derive(Debug, Default)]
pub struct Tape {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    exchanges: Vec<Exchange>,
    bytes: usize,
    is_cut: bool,
}

impl Tape {
    /// Keeps an exchange. Called in the order in which a run takes note of answers: a replay gives them in this order.
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
        kept.exchanges.push(Exchange { connection, purpose, request, outcome });
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
