//! Whether a request is one that was recorded, and else how it differs.

use serde_json::Value;

use super::limits::DIFFERENCES_MAX;
use super::standins::{is_instant, is_stand_in, parts};
use crate::contract::{Pair, Request};
use crate::record::method_word;

/// How a request compares with a recorded one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Comparison {
    pub likeness: Likeness,
    /// For people: where, what was recorded, what is asked now.
    pub differences: Vec<String>,
    /// How much differs: what leads elsewhere weighs more than a parameter.
    pub weight: usize,
    /// Whether the bodies alone differ.
    pub is_body_alone: bool,
}

/// From the most to the least alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Likeness {
    /// To the letter.
    Same,
    /// But for instants that were told by another clock, and what was replaced in the recording only.
    Alike,
    Other,
}

/// Compares what is asked `now` with what was `recorded`.
pub(super) fn compare(recorded: &Request, now: &Request) -> Comparison {
    let mut compared = Compared { likeness: Likeness::Same, differences: Vec::new(), weight: 0 };
    let words =
        |request: &Request| format!("{} of `{}`", method_word(request.method), request.endpoint);
    if words(recorded) != words(now) {
        compared.differ(5, "method", &words(recorded), &words(now));
    }
    let path = |request: &Request| request.path.trim_matches('/').to_owned();
    compared.text(20, "path", &path(recorded), &path(now));
    compared.query(&recorded.query, &now.query);
    let before_body = compared.weight;
    compared.body(recorded.body.as_deref(), now.body.as_deref());
    Comparison {
        is_body_alone: before_body == 0,
        likeness: compared.likeness,
        weight: compared.weight,
        differences: compared.differences,
    }
}

struct Compared {
    likeness: Likeness,
    differences: Vec<String>,
    weight: usize,
}

impl Compared {
    fn differ(&mut self, weight: usize, at: &str, recorded: &str, now: &str) {
        self.likeness = Likeness::Other;
        self.weight += weight;
        if self.differences.len() < DIFFERENCES_MAX {
            self.differences.push(format!(
                "{at}: recorded {}, asked {}",
                shown(recorded),
                shown(now)
            ));
        }
    }

    fn text(&mut self, weight: usize, at: &str, recorded: &str, now: &str) {
        match likeness(recorded, now) {
            Likeness::Other => self.differ(weight, at, recorded, now),
            likeness => self.likeness = self.likeness.max(likeness),
        }
    }

    /// The order of parameters tells nothing, unless they bear one name.
    fn query(&mut self, recorded: &[Pair], now: &[Pair]) {
        let sorted = |pairs: &[Pair]| {
            let mut pairs: Vec<(String, String)> =
                pairs.iter().map(|pair| (pair.name.clone(), pair.value.clone())).collect();
            pairs.sort_by(|one, other| one.0.cmp(&other.0));
            pairs
        };
        let (recorded, mut left) = (sorted(recorded), sorted(now));
        for (name, value) in recorded {
            let at = format!("query `{name}`");
            match left.iter().position(|(other, _)| *other == name) {
                Some(place) => {
                    let (_, now) = left.remove(place);
                    self.text(2, &at, &value, &now);
                }
                None => self.differ(3, &at, &value, "nothing"),
            }
        }
        for (name, value) in left {
            self.differ(3, &format!("query `{name}`"), "nothing", &value);
        }
    }

    fn body(&mut self, recorded: Option<&[u8]>, now: Option<&[u8]>) {
        let json =
            |body: Option<&[u8]>| serde_json::from_slice::<Value>(body.unwrap_or_default()).ok();
        match (json(recorded), json(now)) {
            (Some(recorded), Some(now)) => self.value("body", &recorded, &now),
            (None, None) => {
                let text = |body: Option<&[u8]>| {
                    String::from_utf8_lossy(body.unwrap_or_default()).into_owned()
                };
                self.text(1, "body", &text(recorded), &text(now));
            }
            (recorded, now) => {
                let text = |value: Option<Value>| {
                    value.map_or("no JSON".to_owned(), |value| value.to_string())
                };
                self.differ(4, "body", &text(recorded), &text(now));
            }
        }
    }

    fn value(&mut self, at: &str, recorded: &Value, now: &Value) {
        match (recorded, now) {
            (Value::Object(recorded), Value::Object(now)) => {
                for (name, value) in recorded {
                    match now.get(name) {
                        Some(now) => self.value(&format!("{at}/{name}"), value, now),
                        None => {
                            self.differ(1, &format!("{at}/{name}"), &value.to_string(), "nothing")
                        }
                    }
                }
                for (name, value) in now.iter().filter(|(name, _)| !recorded.contains_key(*name)) {
                    self.differ(1, &format!("{at}/{name}"), "nothing", &value.to_string());
                }
            }
            (Value::Array(recorded), Value::Array(now)) if recorded.len() == now.len() => {
                for (position, (recorded, now)) in recorded.iter().zip(now).enumerate() {
                    self.value(&format!("{at}/{position}"), recorded, now);
                }
            }
            (Value::String(recorded), Value::String(now)) => self.text(1, at, recorded, now),
            (Value::Number(recorded), Value::Number(now)) => {
                self.text(1, at, &recorded.to_string(), &now.to_string());
            }
            (recorded, now) if recorded == now => {}
            (recorded, now) => self.differ(1, at, &recorded.to_string(), &now.to_string()),
        }
    }
}

/// How alike two texts are: a stand-in stands for itself, and for whatever was replaced by it and is no stand-in now.
fn likeness(recorded: &str, now: &str) -> Likeness {
    if recorded == now {
        return Likeness::Same;
    }
    if is_time(recorded) && is_time(now) {
        return Likeness::Alike;
    }
    let (before, after) = (parts(recorded), parts(now));
    let is_alike = before.len() == after.len()
        && before.iter().zip(&after).all(|(before, after)| {
            let is_same_kind = std::mem::discriminant(before) == std::mem::discriminant(after);
            before == after || (is_same_kind && is_stand_in(*before) && !is_stand_in(*after))
        });
    if is_alike { Likeness::Alike } else { Likeness::Other }
}

/// Whether a text tells an instant: by a date with a time, or in seconds or milliseconds since 1970.
fn is_time(text: &str) -> bool {
    const YEAR_2001_SECS: i64 = 1_000_000_000;
    const YEAR_2065_SECS: i64 = 3_000_000_000;
    let is_of_our_time = |number: i64| {
        (YEAR_2001_SECS..YEAR_2065_SECS).contains(&number)
            || (YEAR_2001_SECS..YEAR_2065_SECS).contains(&(number / 1000))
    };
    is_instant(text)
        || (text.bytes().all(|byte| byte.is_ascii_digit())
            && text.parse().is_ok_and(is_of_our_time))
}

fn shown(text: &str) -> String {
    const SHOWN_MAX: usize = 120;
    if text == "nothing" || text == "no JSON" {
        return text.to_owned();
    }
    match text.char_indices().nth(SHOWN_MAX) {
        Some((at, _)) => format!("`{}…`", &text[..at]),
        None => format!("`{text}`"),
    }
}
