//! Durations as people write them: `30s`, `1m`, `2h`, `1d`.

use super::super::faults::{Fault, Faults};
use super::tree::Text;
use crate::report::codes;

/// The shortest and the longest duration that makes sense for a key, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub ms_min: u64,
    pub ms_max: u64,
}

/// Units, with their milliseconds.
pub(in crate::pipeline) const UNITS: [(char, u64); 4] =
    [('s', 1_000), ('m', 60_000), ('h', 3_600_000), ('d', 86_400_000)];

/// The duration in milliseconds.
pub(super) fn read(faults: &Faults, key: &str, text: &Text, bounds: Bounds) -> Option<u64> {
    let Some(ms) = parse_ms(&text.value) else {
        let fact = format!("`{key}` is not a duration");
        let fault =
            Fault::new(codes::DURATION_FORM, text.at, fact, "a number and a unit are wanted here");
        faults.error(fault, |report| {
            let meant = meant(&text.value);
            let edit = meant.as_deref().and_then(|meant| faults.restate(text.at, meant));
            let example = meant.as_deref().unwrap_or("1m");
            report
                .note("units: `s`, `m`, `h`, `d`; one number, without a fraction")
                .hint(format!("write `{key} = \"{example}\"`"))
                .edit(edit)
        });
        return None;
    };
    let (word, bound_ms) = match ms {
        ms if ms < bounds.ms_min => ("below", bounds.ms_min),
        ms if ms > bounds.ms_max => ("above", bounds.ms_max),
        ms => return Some(ms),
    };
    let bound = show(bound_ms);
    let fact = format!("`{key}` is {word} {bound}");
    let range = format!("must be from {} to {}", show(bounds.ms_min), show(bounds.ms_max));
    let fault = Fault::new(codes::DURATION_RANGE, text.at, fact, range);
    faults.error(fault, |report| report.hint(format!("set `{key} = \"{bound}\"`")));
    None
}

/// A number too large to count in milliseconds is as long as can be, and so above every bound.
fn parse_ms(text: &str) -> Option<u64> {
    let unit = text.chars().last()?;
    let (_, unit_ms) = UNITS.iter().find(|(name, _)| *name == unit)?;
    let digits = &text[..text.len() - unit.len_utf8()];
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(digits.parse::<u64>().unwrap_or(u64::MAX).saturating_mul(*unit_ms))
}

/// Other words for the units. A capital `M` may be a month, so it is none of them.
const WORDS: [(&str, &[&str]); 4] = [
    ("s", &["S", "sec", "secs", "second", "seconds"]),
    ("m", &["min", "mins", "minute", "minutes"]),
    ("h", &["H", "hr", "hrs", "hour", "hours"]),
    ("d", &["D", "day", "days"]),
];

/// What a number with another word for a unit means, as it is to be written.
fn meant(text: &str) -> Option<String> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, word) = text.split_at(digits);
    let word = word.trim_start();
    let is_meant = |name: &str, words: &[&str]| {
        word == name || words.contains(&word) || words.contains(&word.to_lowercase().as_str())
    };
    let (name, _) = WORDS.iter().find(|(name, words)| is_meant(name, words))?;
    (!number.is_empty()).then(|| format!("{number}{name}"))
}

/// The duration in the largest unit that divides it.
fn show(ms: u64) -> String {
    let (name, unit_ms) =
        UNITS.iter().rev().find(|(_, unit_ms)| ms.is_multiple_of(*unit_ms)).unwrap_or(&UNITS[0]);
    format!("{}{name}", ms / unit_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_exactly() {
        assert_eq!(parse_ms("30s"), Some(30_000));
        assert_eq!(parse_ms("1m"), Some(60_000));
        assert_eq!(parse_ms("2h"), Some(7_200_000));
        assert_eq!(parse_ms("1d"), Some(86_400_000));
        assert_eq!(parse_ms("99999999999999999999d"), Some(u64::MAX));
        for text in ["", "s", "1", "1.5h", "-1m", "1 m", "1ms", "1M", "１m", "1é"] {
            assert_eq!(parse_ms(text), None, "{text}");
        }
    }

    #[test]
    fn other_words_for_units_are_known() {
        for (text, wanted) in
            [("1 minute", "1m"), ("5min", "5m"), (" 30 s", "30s"), ("2H", "2h"), ("3 Days", "3d")]
        {
            assert_eq!(meant(text).as_deref(), Some(wanted));
            assert!(parse_ms(wanted).is_some());
        }
        for text in ["", "5", "min", "5M", "1.5h", "-1m", "1ms", "5 months", "1h30m"] {
            assert_eq!(meant(text), None, "{text}");
        }
    }
}
