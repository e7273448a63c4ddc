//! What the host keeps beside each instance: its bounds, what it used of them, and the services behind its imports.

mod limiter;
mod output;

use std::sync::Arc;

use thiserror::Error;

use super::call::{Call, Power};
use super::checks::Declared;
use super::error::Limit;
use super::limits::CallLimits;
use super::random::Random;
use super::services::{LogLine, Services, Stop};
use super::ticks::{Ticks, whole_ticks};
use crate::contract::{Instant, Level};

pub(super) use limiter::Limiter;
pub(super) use output::Output;

/// Why the host stops a guest in the middle of a call. It travels through the guest's frames as the trap's cause.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum HostFault {
    #[error("a bound was reached: {0}")]
    Limit(Limit),
    #[error("the contract was broken: {0}")]
    Faulty(String),
    #[error("it called `{0}`, which is refused to every connector")]
    Refused(String),
    #[error("it ended itself, as a program does")]
    Exit,
    #[error("the host can't go on: {0}")]
    Host(String),
}

/// What the host keeps beside one instance.
pub(super) struct State {
    pub(super) declared: Arc<Declared>,
    pub(super) limits: CallLimits,
    pub(super) limiter: Limiter,
    pub(super) stdout: Output,
    pub(super) stderr: Output,
    pub(super) random: Random,
    /// What the guest's clocks show during this call.
    pub(super) now: Instant,
    services: Box<dyn Services>,
    ticks: Arc<Ticks>,
    spent: Spent,
}

/// What the call that is going on, or the last one, has used.
struct Spent {
    call: Call,
    started_at: u64,
    waited_ticks: u64,
    host_calls: u32,
    log_lines: u32,
    log_lines_dropped: u64,
}

impl Spent {
    fn nothing(call: Call, started_at: u64) -> Self {
        Self {
            call,
            started_at,
            waited_ticks: 0,
            host_calls: 0,
            log_lines: 0,
            log_lines_dropped: 0,
        }
    }
}

impl State {
    pub(super) fn new(
        declared: Arc<Declared>,
        limits: CallLimits,
        mut services: Box<dyn Services>,
        ticks: Arc<Ticks>,
    ) -> Self {
        Self {
            declared,
            limiter: Limiter::new(&limits),
            stdout: Output::default(),
            stderr: Output::default(),
            random: Random::new(services.seed()),
            now: services.now(),
            spent: Spent::nothing(Call::Start, ticks.now()),
            limits,
            services,
            ticks,
        }
    }

    /// Starts the account of a call, and answers how many ticks it may compute.
    pub(super) fn begin(&mut self, call: Call) -> u64 {
        self.now = self.services.now();
        self.limiter.begin();
        self.spent = Spent::nothing(call, self.ticks.now());
        whole_ticks(self.limits.computing)
    }

    /// Ends the account of a call: what the guest wrote to its standard output and error goes to the log.
    pub(super) fn end(&mut self) {
        for text in [self.stdout.take(), self.stderr.take()] {
            for line in text.lines().filter(|line| !line.trim().is_empty()) {
                self.log(Level::Info, line, None);
            }
        }
        let dropped = std::mem::take(&mut self.spent.log_lines_dropped);
        if dropped > 0 {
            let message =
                format!("{dropped} more lines were dropped: a call has {}", self.limits.log_lines);
            self.services.log(LogLine { level: Level::Warn, message, about: None });
        }
    }

    /// The call that is going on, or the last one.
    pub(super) fn call(&self) -> Call {
        self.spent.call
    }

    /// Ticks left to compute, or the bound that is reached. Time inside host calls isn't computing.
    pub(super) fn computing_left(&self) -> Result<u64, HostFault> {
        let passed = self.ticks.now().saturating_sub(self.spent.started_at);
        let computed = passed.saturating_sub(self.spent.waited_ticks);
        match whole_ticks(self.limits.computing).checked_sub(computed) {
            None | Some(0) => Err(HostFault::Limit(Limit::Computing(self.limits.computing))),
            Some(left) => Ok(left),
        }
    }

    /// Refuses a power that the call that is going on hasn't got, and counts its use.
    pub(super) fn claim(&mut self, power: Power) -> Result<(), HostFault> {
        if !self.spent.call.may(power) {
            let (import, call) = (power.import(), self.spent.call);
            return Err(HostFault::Faulty(format!("`{import}` is not to be used in `{call}`")));
        }
        self.spent.host_calls += 1;
        match self.spent.host_calls > self.limits.host_calls {
            true => Err(HostFault::Limit(Limit::HostCalls(self.limits.host_calls))),
            false => Ok(()),
        }
    }

    /// Lets the services work for a guest. The time they take is not the guest's computing, and has its own bound.
    pub(super) fn serve<T>(
        &mut self,
        work: impl FnOnce(&mut dyn Services) -> T,
    ) -> Result<T, HostFault> {
        let from = self.ticks.now();
        let answer = work(&mut *self.services);
        self.spent.waited_ticks += self.ticks.now().saturating_sub(from);
        match self.spent.waited_ticks >= whole_ticks(self.limits.waiting) {
            true => Err(HostFault::Limit(Limit::Waiting(self.limits.waiting))),
            false => Ok(answer),
        }
    }

    /// Hands a line to the log, cut to its bound, or counts it as dropped.
    pub(super) fn log(&mut self, level: Level, message: &str, about: Option<&str>) {
        if self.spent.log_lines >= self.limits.log_lines {
            self.spent.log_lines_dropped += 1;
            return;
        }
        self.spent.log_lines += 1;
        let cut = |text: &str| one_line(text, self.limits.log_line_bytes);
        self.services.log(LogLine { level, message: cut(message), about: about.map(cut) });
    }
}

impl From<Stop> for HostFault {
    fn from(stop: Stop) -> Self {
        Self::Host(stop.0)
    }
}

/// The text on one line and without control characters, for these could drive a terminal; cut to `bytes_max` and an
/// ellipsis.
pub(super) fn one_line(text: &str, bytes_max: usize) -> String {
    let end = text.floor_char_boundary(bytes_max);
    let mut line: String = text[..end].chars().map(|c| if steers(c) { ' ' } else { c }).collect();
    if end < text.len() {
        line.push('…');
    }
    line
}

/// Whether a letter moves the cursor or turns the direction in which a terminal writes.
fn steers(letter: char) -> bool {
    let turns = ['\u{200e}', '\u{200f}'];
    letter.is_control()
        || turns.contains(&letter)
        || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
