//! The vendor's words: what Ecwid's REST API v3 answers, as far as we read it, and what its
//! refusals mean.
//!
//! Fields that money does not need may be absent, `null` or unknown; those it needs are required
//! here, and their absence is an error that names the order and the path.

pub(crate) mod order;
pub(crate) mod product;
pub(crate) mod profile;
pub(crate) mod refusal;

use std::fmt;

use serde::{Deserialize, Deserializer, de};
use serde_json::value::RawValue;

/// The endpoint's name in the descriptor.
pub(crate) const ENDPOINT: &str = "api";

/// Most rows of one answer, and most ids in one request.
pub(crate) const ROWS_MAX: usize = 100;

/// An id, as text: the vendor writes numbers, and in places strings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Id<'a>(pub(crate) &'a str);

impl Id<'_> {
    /// Whether it names something: the vendor writes 0 where there is nothing to name.
    pub(crate) fn is_some(self) -> bool {
        !self.0.is_empty() && self.0 != "0"
    }
}

impl fmt::Display for Id<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Id<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <&RawValue>::deserialize(deserializer)?.get();
        let unquoted =
            text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text);
        let plain = unquoted
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if plain
            && (unquoted.len() < text.len() || unquoted.bytes().all(|byte| byte.is_ascii_digit()))
        {
            return Ok(Self(unquoted));
        }
        Err(de::Error::custom(format_args!("expected an id, found {text}")))
    }
}

#[cfg(test)]
mod tests {
    use super::Id;

    #[test]
    fn an_id_is_a_number_or_a_plain_string() {
        for (text, id) in [
            ("733100201", "733100201"),
            (r#""4410""#, "4410"),
            ("18446744073709551616", "18446744073709551616"),
        ] {
            assert_eq!(serde_json::from_str::<Id<'_>>(text).unwrap().0, id);
        }
        for text in ["1.5", "-1", "1e3", "true", "{}", r#""a\u0041""#, r#""a b""#] {
            assert!(serde_json::from_str::<Id<'_>>(text).is_err(), "{text}");
        }
    }
}
