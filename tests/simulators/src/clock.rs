//! The forms in which both vendors write and read time. Nothing here reads a clock.

use jiff::{Timestamp, civil, fmt::strtime, tz::TimeZone};

/// `2026-01-05 09:30:11 +0000`, the shop's text form.
pub fn shop_text(at_s: i64) -> String {
    format(at_s, "%Y-%m-%d %H:%M:%S +0000")
}

/// `2026-01-05T09:30:11Z`.
pub fn rfc3339(at_ms: i64) -> String {
    format(at_ms.div_euclid(1000), "%Y-%m-%dT%H:%M:%SZ")
}

/// `2026-01-05 09:30:11`, the older form of the till.
pub fn plain(at_ms: i64) -> String {
    format(at_ms.div_euclid(1000), "%Y-%m-%d %H:%M:%S")
}

/// `Mon, 05 Jan 2026 09:30:11 GMT`, rounded up to a second, as `Retry-After` bears it.
pub fn http_date(at_ms: i64) -> String {
    format((at_ms + 999).div_euclid(1000), "%a, %d %b %Y %H:%M:%S GMT")
}

fn format(at_s: i64, pattern: &str) -> String {
    Timestamp::from_second(at_s).unwrap_or_default().strftime(pattern).to_string()
}

/// Reads any form that either vendor documents or was seen to send: Unix seconds, RFC 3339, with a blank in the place
/// of the `T`, with an offset, or a date alone. A missing zone is UTC. The answer is in milliseconds.
pub fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(at_s) = text.parse::<i64>() {
        return Timestamp::from_second(at_s).ok().map(|at| at.as_millisecond());
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at.as_millisecond());
    }
    if let Ok(zoned) = strtime::parse("%Y-%m-%d %H:%M:%S %z", text) {
        return zoned.to_timestamp().ok().map(|at| at.as_millisecond());
    }
    let civil = text
        .parse::<civil::DateTime>()
        .ok()
        .or_else(|| Some(text.parse::<civil::Date>().ok()?.to_datetime(civil::Time::midnight())))?;
    civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_names_the_same_instant() {
        let at_ms = 1_767_605_411_000;
        for text in [
            "1767605411",
            "2026-01-05T09:30:11Z",
            "2026-01-05 09:30:11",
            "2026-01-05 09:30:11 +0000",
            "2026-01-05 01:30:11 -0800",
            "2026-01-05T21:30:11+12:00",
        ] {
            assert_eq!(parse(text), Some(at_ms), "{text}");
        }
        assert_eq!(parse("2026-01-05"), Some(1_767_571_200_000));
        assert_eq!(parse("yesterday"), None);
        assert_eq!(shop_text(at_ms / 1000), "2026-01-05 09:30:11 +0000");
        assert_eq!(rfc3339(at_ms), "2026-01-05T09:30:11Z");
        assert_eq!(http_date(at_ms), "Mon, 05 Jan 2026 09:30:11 GMT");
        assert_eq!(http_date(at_ms + 1), "Mon, 05 Jan 2026 09:30:12 GMT");
    }
}
