//! Options, from the JSON text that the host hands over to a type of the connector's own.
//!
//! The host has held them against the schema before; what is found here is what a schema can't say.
//! Give the type `#[serde(deny_unknown_fields)]` and its defaults by `#[serde(default)]`, and let
//! the schema state the same ones.

use serde::de::DeserializeOwned;

use crate::connector::OptionFault;
use crate::types::Failure;

/// Reads options, for `open`.
///
/// # Errors
/// One fault, at the JSON pointer of the first option that is missing, unknown or of another form.
pub fn parse<T: DeserializeOwned>(text: &str) -> Result<T, Vec<OptionFault>> {
    let text = if text.trim().is_empty() { "{}" } else { text };
    let mut deserializer = serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let message = error.inner().to_string();
        // The place in the JSON text means nothing to someone who wrote TOML.
        let message = message.split(" at line ").next().unwrap_or_default().to_owned();
        vec![fault(pointer(error.path()), message)]
    })
}

/// Reads a collection's options, in `pull`, `find`, `prepare`.
///
/// # Errors
/// [`Failure::Misconfigured`] with the options' pointers.
pub fn parse_for<T: DeserializeOwned>(collection: &str, text: &str) -> Result<T, Failure> {
    parse(text).map_err(|faults| {
        let faults: Vec<String> =
            faults.iter().map(|fault| format!("`{}`: {}", fault.pointer, fault.message)).collect();
        Failure::Misconfigured(format!(
            "options of collection `{collection}`: {}",
            faults.join("; ")
        ))
    })
}

/// A fault at a JSON pointer, without a hint.
#[must_use]
pub fn fault(pointer: impl Into<String>, message: impl Into<String>) -> OptionFault {
    OptionFault { pointer: pointer.into(), message: message.into(), hint: None }
}

impl OptionFault {
    /// The same fault with its cure: one imperative, with the exact text to type.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("/{index}"),
            Segment::Map { key } => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
            Segment::Enum { .. } | Segment::Unknown => String::new(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Options {
        #[expect(dead_code, reason = "only read")]
        store_id: u64,
        #[serde(default)]
        #[expect(dead_code, reason = "only read")]
        names: Vec<String>,
    }

    #[track_caller]
    fn check(text: &str, pointer: &str, message: &str) {
        let faults = parse::<Options>(text).unwrap_err();
        assert_eq!((faults[0].pointer.as_str(), faults[0].message.as_str()), (pointer, message));
    }

    #[test]
    fn a_fault_has_its_place() {
        check(r#"{"store_id": "x"}"#, "/store_id", "invalid type: string \"x\", expected u64");
        check(
            r#"{"store_id": 1, "names": ["a", 2]}"#,
            "/names/1",
            "invalid type: integer `2`, expected a string",
        );
        check("{}", "", "missing field `store_id`");
        check(
            r#"{"store_id": 1, "nmaes": []}"#,
            "/nmaes",
            "unknown field `nmaes`, expected `store_id` or `names`",
        );
    }

    #[test]
    fn empty_text_is_no_options() {
        check("", "", "missing field `store_id`");
    }
}
