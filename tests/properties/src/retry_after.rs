//! `Retry-After`: whatever it says, the wait is one that we are ready to make.
//!
//! An input is the header's value, the answer's `Date` and our clock in milliseconds, each in a line of its own.

use penstock::egress::fuzzing::retry_after_ms;
use penstock::egress::limits;
use penstock_mutations::Target;

pub(crate) const TARGET: Target = Target {
    name: "retry_after",
    check,
    words: &[
        "0",
        "-1",
        "99999999999999999999",
        "Wed, 15 Jul 2026 12:00:10 GMT",
        "Wednesday, 15-Jul-26 12:00:10 GMT",
        "Wed Jul 15 12:00:10 2026",
        "9223372036854775807",
        "-9223372036854775808",
        "\n",
    ],
    mutations: 2_000,
};

fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut lines = text.split('\n');
    let value = lines.next();
    let date = lines.next();
    let now = lines.next().and_then(|now| now.parse().ok()).unwrap_or(1_784_116_800_000);
    let (wait_ms, told_ms) = retry_after_ms(value, date, now);
    assert!((limits::RETRY_AFTER_MS_MIN..=limits::RETRY_AFTER_MS_MAX).contains(&wait_ms));
    match told_ms {
        None => assert_eq!(wait_ms, limits::RETRY_AFTER_MS_DEFAULT),
        Some(told_ms) => {
            let bounded = told_ms.clamp(limits::RETRY_AFTER_MS_MIN, limits::RETRY_AFTER_MS_MAX);
            assert_eq!(wait_ms, bounded);
        }
    }
    let value = value.unwrap_or_default().trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        let secs: u128 = match value.trim_start_matches('0') {
            "" => 0,
            // So many digits that no number of ours holds them.
            digits => digits.parse().unwrap_or(u128::MAX),
        };
        let expected = secs
            .saturating_mul(1000)
            .clamp(u128::from(limits::RETRY_AFTER_MS_MIN), u128::from(limits::RETRY_AFTER_MS_MAX));
        assert_eq!(u128::from(wait_ms), expected);
    } else if told_ms.is_some() {
        // A date: it has its letters. A later clock never makes the wait longer.
        assert!(value.bytes().any(|byte| byte.is_ascii_alphabetic()), "{value:?} was read");
        let (later_ms, _) = retry_after_ms(Some(value), date, now.saturating_add(1_500));
        assert!(later_ms <= wait_ms, "{later_ms} > {wait_ms}");
    }
}
