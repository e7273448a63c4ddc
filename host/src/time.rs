//! Instants, and the one place that reads the clock.

use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970-01-01T00:00:00Z, as in the contract.
pub type Instant = i64;

/// Where the host's time comes from. A simulation brings its own.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Instant;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn now(&self) -> Instant {
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            Err(before) => -i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX),
        }
    }
}

/// The instant in RFC 3339, to the second, in UTC.
pub fn rfc3339(at: Instant) -> String {
    match jiff::Timestamp::from_millisecond(at) {
        Ok(at) => format!("{at:.0}"),
        Err(_) => format!("{at} ms"),
    }
}
