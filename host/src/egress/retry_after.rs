//! The `Retry-After` header in both its forms (RFC 9110, 10.2.3): seconds, or an HTTP date.

use std::time::{SystemTime, UNIX_EPOCH};

use super::limits;
use crate::time::Instant;

/// The header with what is needed to read it.
#[derive(Debug, Clone, Copy)]
pub(super) struct RetryAfter<'a> {
    pub value: Option<&'a str>,
    /// The answer's `Date`: a date in `Retry-After` is by the clock that wrote it, which may differ from ours.
    pub date: Option<&'a str>,
    pub now: Instant,
}

impl RetryAfter<'_> {
    /// How long to wait, in milliseconds and within our bounds; the default if it is absent or unreadable.
    pub(super) fn wait_ms(self) -> u64 {
        self.told_ms()
            .unwrap_or(limits::RETRY_AFTER_MS_DEFAULT)
            .clamp(limits::RETRY_AFTER_MS_MIN, limits::RETRY_AFTER_MS_MAX)
    }

    /// What the header tells, unbounded; `None` if it is absent or unreadable.
    pub(super) fn told_ms(self) -> Option<u64> {
        let value = self.value?.trim();
        if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
            // More digits than a number holds mean "very long", which the bounds turn into the longest wait.
            return Some(value.parse::<u64>().map_or(u64::MAX, |secs| secs.saturating_mul(1000)));
        }
        let until = http_date_ms(value)?;
        let since = self.date.and_then(http_date_ms).unwrap_or(self.now);
        // A date is cut to the second; without the second added we would come back too early.
        Some(u64::try_from(until.saturating_sub(since).saturating_add(1000)).unwrap_or(0))
    }
}

/// An instant of a header, in milliseconds since 1970.
pub(super) fn http_date_ms(text: &str) -> Option<Instant> {
    let at: SystemTime = httpdate::parse_http_date(text.trim()).ok()?;
    i64::try_from(at.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()
}

#[cfg(test)]
mod tests {
    use super::RetryAfter;

    const NOON: i64 = 1_784_116_800_000; // Wed, 15 Jul 2026 12:00:00 GMT

    fn check(value: &str, expected_ms: u64) {
        check_with_date(value, None, expected_ms);
    }

    fn check_with_date(value: &str, date: Option<&str>, expected_ms: u64) {
        let waited = RetryAfter { value: Some(value), date, now: NOON }.wait_ms();
        assert_eq!(waited, expected_ms, "Retry-After: {value:?}");
    }

    #[test]
    fn seconds() {
        check("7", 7_000);
        check(" 12 ", 12_000);
        check("0", 1_000);
        check("300", 300_000);
        check("3600", 300_000);
        check("99999999999999999999999999", 300_000);
    }

    #[test]
    fn dates_by_our_clock() {
        check("Wed, 15 Jul 2026 12:00:10 GMT", 11_000);
        check("Wednesday, 15-Jul-26 12:00:10 GMT", 11_000);
        check("Wed Jul 15 12:00:10 2026", 11_000);
        check("Wed, 15 Jul 2026 11:59:00 GMT", 1_000);
        check("Wed, 15 Jul 2026 18:00:00 GMT", 300_000);
    }

    #[test]
    fn a_date_is_read_by_the_clock_that_wrote_it() {
        let theirs = Some("Wed, 15 Jul 2026 09:00:00 GMT");
        check_with_date("Wed, 15 Jul 2026 09:00:10 GMT", theirs, 11_000);
        check_with_date("Wed, 15 Jul 2026 12:00:10 GMT", Some("noon"), 11_000);
    }

    #[test]
    fn the_unreadable_waits_the_default() {
        for value in ["", "soon", "-5", "+5", "1.5", "Wed, 45 Jul 2026 12:00:10 GMT", "\u{661}"] {
            check(value, 30_000);
        }
        assert_eq!(RetryAfter { value: None, date: None, now: NOON }.wait_ms(), 30_000);
    }
}
