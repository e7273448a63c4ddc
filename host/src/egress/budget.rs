//! How many requests an account may still make: a pure state machine, without clock and without waiting.
//!
//! A ready-made limiter (governor was looked at) spreads requests by one fixed rate. It cannot follow what a vendor's
//! headers say, tell our requests from those of others, or count a request from its answer on, so this is our own.
//!
//! It is a log of the requests of the last window. A request takes a slot from when it leaves until one window after
//! the vendor surely counted it: when its answer came. So no delay on the way can put more requests into a window of
//! the vendor's clock than it allows, wherever that window begins. A slow answer is waited for only up to a twentieth
//! of the window, so at least 95 % of the allowance is used when there is work.

use std::collections::VecDeque;

use super::limits;
use crate::time::Instant;

/// Names a request that was let go, until it is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket(u64);

/// The answer to `ask`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permit {
    /// The request may leave now, and is counted.
    Go(Ticket),
    /// Not before this instant; earlier if an answer frees something, so ask again after each.
    WaitUntil(Instant),
}

/// What an answer told about the budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// There was no answer.
    Nothing,
    /// An answer other than 429, with the figures of its headers where it has them.
    Answer { limit: Option<u32>, remaining: Option<u32> },
    /// A 429: nothing leaves before this instant.
    TooMany { stop_until: Instant },
}

/// At most `requests` in any window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    pub requests: u32,
    pub window_ms: u64,
}

/// The requests of one account under one rate limit.
#[derive(Debug)]
pub struct Budget {
    /// What the descriptors say; `None` where nothing is known, and only a 429 stops.
    declared: Option<Allowance>,
    /// The number of requests that the vendor's headers told.
    learnt: Option<u32>,
    /// Oldest first.
    slots: VecDeque<Slot>,
    /// Number of the next ticket. The last slot has the number before it.
    next: u64,
    stopped_until: Instant,
    resume: Resume,
    /// The latest instant that was seen.
    seen: Instant,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    sent: Instant,
    /// When the answer came.
    counted: Option<Instant>,
    /// Slots in use when it left, itself included.
    used: u32,
}

/// How to go on after a 429: with one request alone, so that a stop that was too short costs one more 429 and not
/// as many as are waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Resume {
    Freely,
    WithOne,
    WaitingFor(Ticket),
}

impl Allowance {
    fn bounded(self) -> Self {
        Self {
            requests: self.requests.clamp(1, limits::RATE_REQUESTS_MAX),
            window_ms: self.window_ms.clamp(1, limits::RATE_WINDOW_MS_MAX),
        }
    }

    fn window(self) -> i64 {
        self.window_ms.cast_signed()
    }

    /// When a slot is free again. One millisecond is added because both ends of a window may count as in it.
    fn free_at(self, slot: &Slot) -> Instant {
        let counted_at_latest = slot.sent + self.window() / 20;
        let counted = slot.counted.map_or(counted_at_latest, |at| at.min(counted_at_latest));
        counted + self.window() + 1
    }
}

impl Budget {
    #[must_use]
    pub fn new(declared: Option<Allowance>) -> Self {
        Self {
            declared: declared.map(Allowance::bounded),
            learnt: None,
            slots: VecDeque::new(),
            next: 0,
            stopped_until: Instant::MIN,
            resume: Resume::Freely,
            seen: Instant::MIN,
        }
    }

    /// A second connection of the account declares the same budget: the narrower figures hold.
    pub fn declare(&mut self, more: Option<Allowance>) {
        self.declared = match (self.declared, more.map(Allowance::bounded)) {
            (Some(one), Some(two)) => Some(Allowance {
                requests: one.requests.min(two.requests),
                window_ms: one.window_ms.max(two.window_ms),
            }),
            (one, two) => one.or(two),
        };
    }

    /// May a request leave now?
    pub fn ask(&mut self, now: Instant) -> Permit {
        let now = self.observe(now);
        if now < self.stopped_until {
            return Permit::WaitUntil(self.stopped_until);
        }
        if let Resume::WaitingFor(_) = self.resume {
            return Permit::WaitUntil(now + limits::RETRY_AFTER_MS_MIN.cast_signed());
        }
        if let Some(allowance) = self.allowance() {
            self.forget(allowance, now);
            if let Some(excess) = self.slots.len().checked_sub(allowance.requests as usize) {
                return Permit::WaitUntil(self.free_after(allowance, excess));
            }
            self.take_slot(now, None);
        } else {
            self.next += 1;
        }
        let ticket = Ticket(self.next - 1);
        if self.resume == Resume::WithOne {
            self.resume = Resume::WaitingFor(ticket);
        }
        Permit::Go(ticket)
    }

    /// The answer to a request came, or none will.
    pub fn settle(&mut self, ticket: Ticket, now: Instant, told: Told) {
        let now = self.observe(now);
        let slot = self.slot(ticket).map(|slot| {
            slot.counted = Some(now);
            *slot
        });
        match told {
            Told::Nothing => {}
            Told::TooMany { stop_until } => self.stopped_until = self.stopped_until.max(stop_until),
            Told::Answer { limit, remaining } => self.learn(ticket, slot, now, (limit, remaining)),
        }
        self.resume = match (self.resume, told) {
            (_, Told::TooMany { .. }) => Resume::WithOne,
            (Resume::WaitingFor(one), Told::Answer { .. }) if one == ticket => Resume::Freely,
            (Resume::WaitingFor(one), Told::Nothing) if one == ticket => Resume::WithOne,
            (resume, _) => resume,
        };
    }

    /// Takes over the vendor's own figures. What the vendor has counted beyond everything we sent is somebody else's
    /// (another program on the same account, or this one before it was started anew) and takes slots from now on.
    ///
    /// That the vendor has counted less is never believed: it may only not have seen yet what is on its way.
    fn learn(
        &mut self,
        ticket: Ticket,
        slot: Option<Slot>,
        now: Instant,
        told: (Option<u32>, Option<u32>),
    ) {
        let (limit, remaining) = told;
        if let Some(limit) = limit {
            self.learnt = Some(limit.clamp(1, limits::RATE_REQUESTS_MAX));
        }
        let (Some(allowance), Some(remaining), Some(slot)) = (self.allowance(), remaining, slot)
        else {
            return;
        };
        let counted_there = u64::from(allowance.requests.saturating_sub(remaining));
        let sent_since = self.next - ticket.0 - 1;
        let counted_here = u64::from(slot.used) + sent_since;
        for _ in counted_here..counted_there {
            self.take_slot(now, Some(now));
        }
    }

    fn allowance(&self) -> Option<Allowance> {
        let declared = self.declared?;
        Some(Allowance { requests: self.learnt.unwrap_or(declared.requests), ..declared })
    }

    fn take_slot(&mut self, sent: Instant, counted: Option<Instant>) {
        let used = u32::try_from(self.slots.len() + 1).unwrap_or(u32::MAX);
        self.slots.push_back(Slot { sent, counted, used });
        self.next += 1;
    }

    fn slot(&mut self, ticket: Ticket) -> Option<&mut Slot> {
        let first = self.next - self.slots.len() as u64;
        let position = usize::try_from(ticket.0.checked_sub(first)?).ok()?;
        self.slots.get_mut(position)
    }

    /// Drops the slots that are free again, oldest first. One that is freed before an older one waits for it, which
    /// costs at most the twentieth of a window that is allowed for.
    fn forget(&mut self, allowance: Allowance, now: Instant) {
        while self.slots.front().is_some_and(|slot| allowance.free_at(slot) <= now) {
            self.slots.pop_front();
        }
    }

    /// When the slot at position `excess` and all before it are free.
    fn free_after(&self, allowance: Allowance, excess: usize) -> Instant {
        self.slots
            .iter()
            .take(excess + 1)
            .map(|slot| allowance.free_at(slot))
            .max()
            .unwrap_or(self.seen)
    }

    /// The time now, which never goes back by a little. When it goes back by much, the clock was set: the memory
    /// moves with it, for else everything would wait until the old time is reached again.
    fn observe(&mut self, now: Instant) -> Instant {
        let back = self.seen.saturating_sub(now);
        if back > limits::CLOCK_STEP_MS_MIN && self.seen != Instant::MIN {
            for slot in &mut self.slots {
                slot.sent -= back;
                slot.counted = slot.counted.map(|at| at - back);
            }
            self.stopped_until = self.stopped_until.saturating_sub(back);
            self.seen = now;
        }
        self.seen = self.seen.max(now);
        self.seen
    }
}
