//! Doors to what is private here, for the properties that are fuzzed.

use super::retry_after::RetryAfter;
use crate::time::Instant;

/// How long `Retry-After` makes a request wait, in milliseconds; and what it tells, unbounded.
#[must_use]
pub fn retry_after_ms(value: Option<&str>, date: Option<&str>, now: Instant) -> (u64, Option<u64>) {
    let header = RetryAfter { value, date, now };
    (header.wait_ms(), header.told_ms())
}
