//! Instants, in milliseconds since 1970-01-01T00:00:00Z. There is no clock here: the host says what
//! time it is.

use std::fmt;

pub use crate::types::Instant;

const DAY_SECS: i64 = 86_400;

/// Bytes of an instant in RFC 3339, with milliseconds.
const LENGTH_MAX: usize = 24;

/// The text is no date that we know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownDate;

impl fmt::Display for UnknownDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected a date like `2026-01-05` or `2026-01-05T09:30:11Z`")
    }
}

impl std::error::Error for UnknownDate {}

/// Reads the forms in which vendors write instants: `2026-01-05`, `2026-01-05 09:30:11`,
/// `2026-01-05T09:30:11.250Z`, with an offset as `+12:00` or ` -0800`. Without a zone it is UTC; a
/// fraction is cut to milliseconds.
///
/// # Errors
/// [`UnknownDate`] for anything else, days that no calendar has among it.
pub fn parse(text: &str) -> Result<Instant, UnknownDate> {
    read(text).ok_or(UnknownDate)
}

/// Writes an instant as RFC 3339 in UTC, with milliseconds only where there are any:
/// `2026-01-05T09:30:11Z`.
#[must_use]
pub fn to_rfc3339(instant: Instant) -> String {
    let mut text = date_and_time(instant, 'T');
    let millis = instant.rem_euclid(1_000);
    if millis != 0 {
        text.push('.');
        push_digits(&mut text, millis, 3);
    }
    text.push('Z');
    text
}

/// Writes an instant as `2026-01-05 09:30:11`, in UTC.
#[must_use]
pub fn to_date_time(instant: Instant) -> String {
    date_and_time(instant, ' ')
}

/// Every sale has a date, so it is written without the machinery of formatting.
fn date_and_time(instant: Instant, between: char) -> String {
    let secs = instant.div_euclid(1_000);
    let (year, month, day) = date_of(secs.div_euclid(DAY_SECS));
    let second = secs.rem_euclid(DAY_SECS);
    let mut text = String::with_capacity(LENGTH_MAX);
    match year {
        0..=9_999 => push_digits(&mut text, year, 4),
        _ => text.push_str(&format!("{year:04}")),
    }
    for (before, number) in [
        ('-', month),
        ('-', day),
        (between, second / 3_600),
        (':', second / 60 % 60),
        (':', second % 60),
    ] {
        text.push(before);
        push_digits(&mut text, number, 2);
    }
    text
}

/// Appends the last digits of a number that is not negative.
fn push_digits(text: &mut String, number: i64, digits: u32) {
    if digits > 1 {
        push_digits(text, number / 10, digits - 1);
    }
    text.extend(u32::try_from(number % 10).ok().and_then(|digit| char::from_digit(digit, 10)));
}

fn read(text: &str) -> Option<Instant> {
    let text = text.trim();
    let (year, month, day) = (number(text, 0..4)?, number(text, 5..7)?, number(text, 8..10)?);
    if text.get(4..5)? != "-"
        || text.get(7..8)? != "-"
        || year == 0
        || date_of(days_of(year, month, day)) != (year, month, day)
    {
        return None;
    }
    let midnight = days_of(year, month, day) * DAY_SECS;
    if text.len() == 10 {
        return Some(midnight * 1_000);
    }
    if !matches!(text.get(10..11)?, "T" | "t" | " ")
        || text.get(13..14)? != ":"
        || text.get(16..17)? != ":"
    {
        return None;
    }
    let (hour, minute, second) =
        (number(text, 11..13)?, number(text, 14..16)?, number(text, 17..19)?);
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let (millis, zone) = fraction(text.get(19..)?)?;
    let local = midnight + hour * 3_600 + minute * 60 + second;
    Some((local - offset_secs(zone.trim_start())?) * 1_000 + millis)
}

fn number(text: &str, range: std::ops::Range<usize>) -> Option<i64> {
    let digits = text.get(range)?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// Milliseconds of a fraction, and what follows it.
fn fraction(text: &str) -> Option<(i64, &str)> {
    let Some(rest) = text.strip_prefix('.') else {
        return Some((0, text));
    };
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, zone) = rest.split_at_checked(end)?;
    let millis = format!("{digits:0<3.3}").parse().ok()?;
    (!digits.is_empty()).then_some((millis, zone))
}

fn offset_secs(zone: &str) -> Option<i64> {
    if matches!(zone, "" | "Z" | "z" | "UTC") {
        return Some(0);
    }
    let sign = match zone.get(..1)? {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let digits = zone.get(1..)?.replacen(':', "", 1);
    let (hours, minutes) = (number(&digits, 0..2)?, number(&digits, 2..4)?);
    (digits.len() == 4 && hours < 24 && minutes < 60)
        .then_some(sign * (hours * 3_600 + minutes * 60))
}

/// Days since 1970 of a date, counting years from March so that the leap day is the last.
const fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let from_march = (month + 9) % 12;
    let day_of_year = (153 * from_march + 2) / 5 + day - 1;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year
        - 719_468
}

/// The date of a day since 1970.
const fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let cycle = days.div_euclid(146_097);
    let day_of_cycle = days.rem_euclid(146_097);
    let year_of_cycle = (day_of_cycle - day_of_cycle / 1_460 + day_of_cycle / 36_524
        - day_of_cycle / 146_096)
        / 365;
    let day_of_year =
        day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = cycle * 400 + year_of_cycle + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{parse, to_date_time, to_rfc3339};

    /// Pattern 27: an instant is one instant in every zone.
    #[test]
    fn every_form_of_the_vendors_is_read() {
        let instant = 1_767_605_411_000;
        for text in [
            "2026-01-05 09:30:11 +0000",
            "2026-01-05 09:30:11",
            "2026-01-05T09:30:11Z",
            "2026-01-05T21:30:11+12:00",
            "2026-01-05 01:30:11 -0800",
            "2026-01-05T09:30:11.000000+00:00",
        ] {
            assert_eq!(parse(text), Ok(instant), "{text}");
        }
        assert_eq!(parse("2026-01-05"), Ok(1_767_571_200_000));
        assert_eq!(parse("2026-01-05T09:30:11.25Z"), Ok(instant + 250));
        assert_eq!(parse("1969-12-31T23:59:59Z"), Ok(-1_000));
        assert_eq!(parse("2024-02-29"), Ok(1_709_164_800_000));
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "now",
            "2026",
            "2026-13-01",
            "2026-02-29",
            "2026-00-10",
            "2026-01-05T24:00:00Z",
            "2026-01-05T09:30",
            "2026-01-05 09:30:11 CET",
            "2026-01-05T09:30:11.Z",
            "2026-01-05T09:30:11+1:00",
            "20260105",
            "2026-01-05x",
            "２０２６-01-05",
            "2026-01-05T09:30:11 +00000",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn writing_is_in_utc() {
        assert_eq!(to_rfc3339(1_767_605_411_250), "2026-01-05T09:30:11.250Z");
        assert_eq!(to_date_time(1_767_605_411_000), "2026-01-05 09:30:11");
        assert_eq!(to_rfc3339(-1_000), "1969-12-31T23:59:59Z");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(instant in -62_000_000_000_000_i64..250_000_000_000_000) {
            prop_assert_eq!(parse(&to_rfc3339(instant)), Ok(instant));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,30}") {
            let _ = parse(&text);
        }

        #[test]
        fn no_text_like_a_date_panics(text in "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]?[0-9:+. Z-]{0,20}") {
            let _ = parse(&text);
        }

        #[test]
        fn no_instant_panics(instant: i64) {
            let _ = (to_rfc3339(instant), to_date_time(instant));
        }
    }
}
