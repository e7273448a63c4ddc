//! Instants, and the one place that reads the clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
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

/// A clock that never goes back, also from one process to the next: where another is set back, its time stands still until
/// that has come to where it was. What is earlier and what is later by the instants that are stored stays true.
pub struct Onward {
    clock: Arc<dyn Clock>,
    latest: AtomicI64,
}

/// Farther back than this nothing stands still, in milliseconds: then the clock was wrong before. It is also how far a clock
/// may be from a vendor's for its answers to be used.
const STANDS_STILL_MS_MAX: i64 = 300_000;

impl Onward {
    /// A clock that shows what `clock` shows, but nothing before `latest`, which an earlier process has seen.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, latest: Option<Instant>) -> Self {
        let now = clock.now();
        let from = latest.filter(|latest| latest.saturating_sub(now) <= STANDS_STILL_MS_MAX);
        Self { clock, latest: AtomicI64::new(from.unwrap_or(now)) }
    }
}

impl Clock for Onward {
    fn now(&self) -> Instant {
        let now = self.clock.now();
        let latest = self.latest.fetch_max(now, Ordering::Relaxed);
        if latest.saturating_sub(now) > STANDS_STILL_MS_MAX {
            self.latest.store(now, Ordering::Relaxed);
            return now;
        }
        latest.max(now)
    }
}

/// The instant in RFC 3339, to the second, in UTC.
pub fn rfc3339(at: Instant) -> String {
    match jiff::Timestamp::from_millisecond(at) {
        Ok(at) => format!("{at:.0}"),
        Err(_) => format!("{at} ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Set(AtomicI64);

    impl Clock for Set {
        fn now(&self) -> Instant {
            self.0.load(Ordering::Relaxed)
        }
    }

    #[test]
    fn time_stands_still_where_a_clock_is_set_back_and_not_for_ever() {
        let set = Arc::new(Set(AtomicI64::new(1_000_000)));
        let clock = Onward::new(Arc::clone(&set) as Arc<dyn Clock>, Some(1_060_000));
        let shows = |at: Instant| {
            set.0.store(at, Ordering::Relaxed);
            clock.now()
        };
        assert_eq!(clock.now(), 1_060_000);
        assert_eq!(shows(1_059_000), 1_060_000);
        assert_eq!(shows(1_400_000), 1_400_000);
        assert_eq!(shows(1_100_000), 1_400_000);
        assert_eq!(shows(1_099_999), 1_099_999, "it was wrong before");
        let far = Some(2_000_000);
        assert_eq!(Onward::new(set, far).now(), 1_099_999);
    }
}
