//! Templates of a descriptor: `https://{domain}.example/api` and `acme:{store_id}`, filled from options.
//!
//! An option is one host label or one path segment, and nothing that a user writes into it makes it more.

use serde_json::Value;

use crate::pipeline::{HOST_LABEL_CHARS_MAX, PATH_SEGMENT_CHARS_MAX};

/// A template, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Template<'t> {
    pieces: Vec<Piece<'t>>,
}

#[derive(Debug, PartialEq, Eq)]
enum Piece<'t> {
    Text(&'t str),
    Option { name: &'t str, form: Form },
}

/// What an option must be where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    HostLabel,
    PathSegment,
}

/// Why a template could not be filled.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unfilled<'t> {
    /// The option is not given, and has no default.
    Absent { name: &'t str },
    /// The option cannot stand where the template has it: `must be …`.
    Unfit { name: &'t str, must: String },
}

impl<'t> Template<'t> {
    /// Takes a URL's template apart: before the first slash behind `://` an option is a host label, after it a path
    /// segment. The error is a sentence without its subject.
    pub(super) fn url(text: &'t str) -> Result<Self, String> {
        let host_start = text.find("://").map_or(0, |at| at + 3);
        let host_end = text[host_start..].find('/').map_or(text.len(), |at| host_start + at);
        if text[..host_start].contains('{') {
            return Err("has an option in its scheme".to_owned());
        }
        Self::parse(text, |at| if at < host_end { Form::HostLabel } else { Form::PathSegment })
    }

    /// Takes the template of an account's name apart. An option is what a path segment may be, so that two accounts
    /// never come out the same.
    pub(super) fn account(text: &'t str) -> Result<Self, String> {
        Self::parse(text, |_| Form::PathSegment)
    }

    fn parse(text: &'t str, form_at: impl Fn(usize) -> Form) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut from = 0;
        while let Some(open) = text[from..].find('{').map(|at| from + at) {
            let close =
                text[open..].find('}').map(|at| open + at).ok_or("has a `{` without its `}`")?;
            let name = &text[open + 1..close];
            if name.is_empty() || name.contains('{') {
                return Err("has braces without the name of an option".to_owned());
            }
            pieces.push(Piece::Text(&text[from..open]));
            pieces.push(Piece::Option { name, form: form_at(open) });
            from = close + 1;
        }
        pieces.push(Piece::Text(&text[from..]));
        let stray =
            pieces.iter().any(|piece| matches!(piece, Piece::Text(text) if text.contains('}')));
        if stray { Err("has a `}` without its `{`".to_owned()) } else { Ok(Self { pieces }) }
    }

    /// Puts the options in. `look_up` gives an option's value, or the default that the schema has for it.
    pub(super) fn fill<'o>(
        &self,
        look_up: impl Fn(&str) -> Option<&'o Value>,
    ) -> Result<String, Unfilled<'t>> {
        let mut filled = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Option { name, form } => {
                    let value = look_up(name).ok_or(Unfilled::Absent { name })?;
                    let text = form.check(value).map_err(|must| Unfilled::Unfit { name, must })?;
                    filled.push_str(&text);
                }
            }
        }
        Ok(filled)
    }
}

const LABEL_FORM: &str = "`a` to `z`, digits and inner `-`";
const SEGMENT_FORM: &str = "letters, digits, `-`, `_`, `.` and `~`";

impl Form {
    /// The value as text, if it can stand here.
    fn check(self, value: &Value) -> Result<String, String> {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(number)
                if number.to_string().bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                number.to_string()
            }
            _ => return Err("must be a string or a whole number to stand in a URL".to_owned()),
        };
        // A host knows no difference between `A` and `a`, but the account's name would: labels are lower case.
        let (allowed, must) = match self {
            Form::HostLabel => (
                is_host_label(&text),
                format!(
                    "must be one label of a host name: {LABEL_FORM}, at most {HOST_LABEL_CHARS_MAX}"
                ),
            ),
            Form::PathSegment => (
                is_path_segment(&text),
                format!(
                    "must be one segment of a path: {SEGMENT_FORM}, at most {PATH_SEGMENT_CHARS_MAX}"
                ),
            ),
        };
        if allowed { Ok(text) } else { Err(must) }
    }
}

fn is_host_label(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= HOST_LABEL_CHARS_MAX
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

fn is_path_segment(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= PATH_SEGMENT_CHARS_MAX
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte))
        && !text.bytes().all(|byte| byte == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fill(template: &str, value: Value) -> Result<String, String> {
        let template = Template::url(template)?;
        template.fill(|name| (name == "x").then_some(&value)).map_err(|why| format!("{why:?}"))
    }

    #[test]
    fn options_stand_where_they_belong() {
        assert_eq!(
            fill("https://{x}.acme.test/api", json!("my-shop")).as_deref(),
            Ok("https://my-shop.acme.test/api")
        );
        assert_eq!(
            fill("https://acme.test/v3/{x}", json!(1003)).as_deref(),
            Ok("https://acme.test/v3/1003")
        );
        assert!(fill("https://acme.test/{y}", json!("a")).is_err());
    }

    #[test]
    fn no_option_leaves_its_place() {
        for escape in [
            "evil.test/",
            "a.b",
            "a@b",
            "a:80",
            "a#",
            "a?",
            "a\\b",
            "",
            "-a",
            "a-",
            "A",
            "ä",
            "a b",
            "a/../b",
            "xn%2d",
            "a\n",
        ] {
            assert!(
                fill("https://{x}.acme.test/", json!(escape)).is_err(),
                "{escape:?} as a host label"
            );
        }
        for escape in ["..", ".", "a/b", "a?b", "a#b", "%2e%2e", "a\\b", "", "a b", "ä", "a\r\nb"]
        {
            assert!(
                fill("https://acme.test/v/{x}/y", json!(escape)).is_err(),
                "{escape:?} as a path segment"
            );
        }
        for value in [json!(-1), json!(1.5), json!(null), json!([1]), json!({})] {
            assert!(fill("https://{x}.acme.test/", value).is_err());
        }
    }

    #[test]
    fn broken_templates_are_told() {
        for template in ["https://{x", "https://x}", "https://{}", "https://{a{b}}", "{x}://a.test"]
        {
            assert!(Template::url(template).is_err(), "{template}");
        }
    }
}
