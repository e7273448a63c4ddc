//! A budget shared by all connections of an account: who may go, in the order in which they came.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::budget::{Allowance, Budget, Permit, Ticket, Told};
use super::pace::Pace;
use crate::time::Instant;

/// One account's budget under one rate limit.
pub(super) struct Gate {
    /// As messages name it.
    name: String,
    budget: Mutex<Budget>,
    /// Held by the one who is next; the others queue for it, first come first served.
    turn: tokio::sync::Mutex<()>,
    /// Told at each answer, for the one who is next.
    changed: Notify,
    pace: Pace,
}

/// The right to send one request. Dropped unused, it counts as a request without answer: it may have left.
pub(super) struct Pass {
    gate: Arc<Gate>,
    ticket: Option<Ticket>,
    pub waited: Duration,
}

/// The budget stays used up for longer than the request would wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TooLong {
    pub retry_after_ms: u64,
}

impl Gate {
    pub(super) fn new(name: String, pace: Pace) -> Self {
        let budget = Mutex::new(Budget::new(None));
        Self { name, budget, turn: tokio::sync::Mutex::new(()), changed: Notify::new(), pace }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn declare(&self, allowance: Option<Allowance>) {
        self.budget().declare(allowance);
    }

    /// Waits until a request may leave, in turn.
    ///
    /// # Errors
    /// It would take longer than `wait_max`, or the host wants to stop. Whoever is next learns this at once.
    pub(super) async fn pass(self: &Arc<Self>, wait_max: Duration) -> Result<Pass, TooLong> {
        let came_at = self.pace.now();
        let wait_max_ms = i64::try_from(wait_max.as_millis()).unwrap_or(i64::MAX);
        let give_up_at = came_at.saturating_add(wait_max_ms);
        let Ok(_turn) = tokio::time::timeout(wait_max, self.turn.lock()).await else {
            return Err(self.too_long(give_up_at));
        };
        loop {
            let now = self.pace.now();
            // The guard is dropped before the wait.
            let permit = self.budget().ask(now);
            match permit {
                Permit::Go(ticket) => {
                    let waited = Duration::from_millis(u64::try_from(now - came_at).unwrap_or(0));
                    return Ok(Pass { gate: Arc::clone(self), ticket: Some(ticket), waited });
                }
                Permit::WaitUntil(until) if until > give_up_at || self.pace.is_stopping() => {
                    return Err(self.too_long(until));
                }
                Permit::WaitUntil(until) => {
                    tokio::select! {
                        () = self.changed.notified() => {}
                        () = self.pace.pause_until(until) => {}
                    }
                }
            }
        }
    }

    fn too_long(&self, until: Instant) -> TooLong {
        let ahead_ms = u64::try_from(until.saturating_sub(self.pace.now())).unwrap_or(0);
        TooLong { retry_after_ms: ahead_ms.max(1) }
    }

    fn budget(&self) -> MutexGuard<'_, Budget> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pass {
    /// Tells the budget what the answer said.
    pub(super) fn settle(mut self, told: Told) {
        self.settle_once(told);
    }

    fn settle_once(&mut self, told: Told) {
        if let Some(ticket) = self.ticket.take() {
            let now = self.gate.pace.now();
            self.gate.budget().settle(ticket, now, told);
            self.gate.changed.notify_one();
        }
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.settle_once(Told::Nothing);
    }
}
