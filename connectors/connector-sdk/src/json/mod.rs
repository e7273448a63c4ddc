//! Reading answers, and writing bodies. A fast parse first; a slower one tells the path where it fails.

mod write;

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Deserializer, de};

pub use write::Object;

use crate::types::{Failure, Response};

/// Reads the body of an answer, borrowing from it where the type does. `what` names it in the
/// message: `the orders`.
///
/// Amounts belong into [`Decimal`](crate::types::Decimal), which reads the number's own text.
///
/// # Errors
/// [`Failure::Unexpected`] with the path of the first field that is missing or of another form.
pub fn read<'a, T: Deserialize<'a>>(response: &'a Response, what: &str) -> Result<T, Failure> {
    from_slice(&response.body, what)
}

/// Reads JSON text, as [`read`] does.
///
/// # Errors
/// [`Failure::Unexpected`] with the path of the first field that is missing or of another form.
pub fn from_slice<'a, T: Deserialize<'a>>(text: &'a [u8], what: &str) -> Result<T, Failure> {
    // Once for the whole text, which costs less than once for each string in it.
    let text = str::from_utf8(text)
        .map_err(|_| Failure::Unexpected(format!("{what}: the text is not UTF-8")))?;
    serde_json::from_str(text).map_err(|_| Failure::Unexpected(explain::<T>(text, what)))
}

/// A text in an answer, borrowed where it holds no escapes. An answer is read and dropped, and most
/// of its texts go no further: a `String` for each would be most of the work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text<'a>(Cow<'a, str>);

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

impl std::ops::Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(Visitor)
    }
}

fn explain<'a, T: Deserialize<'a>>(text: &'a str, what: &str) -> String {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
        Ok(_) => format!("{what}: there is more after the end of the JSON text"),
        Err(error) => format!("{what}: {}", at(&error)),
    }
}

/// A failure with its path, or without where the text as a whole is at fault.
pub(crate) fn at(error: &serde_path_to_error::Error<serde_json::Error>) -> String {
    let path = error.path().to_string();
    let cause = error.inner();
    if path == "." { cause.to_string() } else { format!("`{path}`: {cause}") }
}

#[cfg(test)]
mod tests {
    use super::{Text, from_slice};
    use crate::types::{Decimal, Failure};

    #[derive(Debug, serde::Deserialize)]
    struct List {
        #[expect(dead_code, reason = "only read")]
        items: Vec<Row>,
    }

    #[derive(Debug, serde::Deserialize)]
    struct Row {
        #[expect(dead_code, reason = "only read")]
        total: Decimal,
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let Err(Failure::Unexpected(message)) = from_slice::<List>(text.as_bytes(), "the orders")
        else {
            panic!("`{text}` was read");
        };
        assert!(message.starts_with(expected), "{message}");
    }

    #[test]
    fn a_failure_tells_its_path() {
        check(
            r#"{"items": [{"total": 1}, {"total": true}]}"#,
            "the orders: `items[1].total`: expected an amount, found true",
        );
        check(r#"{"items": [{}]}"#, "the orders: `items[0]`: missing field `total`");
        check(r#"{"items": [{"total": 1"#, "the orders: ");
        check(r#"<html>"#, "the orders: expected value");
        check(r#"{"items": []} x"#, "the orders: there is more after the end");
    }

    #[test]
    fn a_text_is_borrowed_where_it_can_be() {
        let texts: Vec<Text<'_>> = from_slice(br#"["plain", "t\u0077o\n"]"#, "texts").unwrap();
        assert!(matches!(texts[0].0, std::borrow::Cow::Borrowed("plain")));
        assert_eq!(&*texts[1], "two\n");
        let not_utf8 = from_slice::<Vec<Text<'_>>>(b"[\"\xff\"]", "texts").unwrap_err();
        assert_eq!(not_utf8, Failure::Unexpected("texts: the text is not UTF-8".to_owned()));
    }
}
