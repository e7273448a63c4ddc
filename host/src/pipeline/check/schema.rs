//! A connector's JSON Schema, compiled once, and made harmless before that.

use jsonschema::{PatternOptions, Validator};
use serde_json::Value;

use crate::contract::OrderPart;
use crate::pipeline::{SCHEMA_BYTES_MAX, SCHEMA_PARTS_MAX, SCHEMA_PATTERN_BYTES_MAX};
use crate::record::part_named;

/// A compiled schema with the document it was made from.
#[derive(Debug)]
pub(in crate::pipeline) struct Schema {
    pub document: Value,
    pub validator: Validator,
}

impl Schema {
    /// Compiles a schema (2020-12). An empty text means that there are no options. The error is a sentence without its
    /// subject. Nothing is ever fetched, patterns take linear time, and a schema that would unfold without end is
    /// refused, for it comes from a connector that may be hostile.
    pub(in crate::pipeline) fn compile(text: &str) -> Result<Self, String> {
        let text = if text.trim().is_empty() { NO_OPTIONS } else { text };
        if text.len() > SCHEMA_BYTES_MAX {
            return Err(format!("is larger than {} KiB", SCHEMA_BYTES_MAX / 1024));
        }
        let document: Value =
            serde_json::from_str(text).map_err(|cause| format!("is not JSON: {cause}"))?;
        let mut parts = Parts { document: &document, depth: 0, count: 0 };
        parts.count(&document)?;
        let patterns = PatternOptions::regex().size_limit(SCHEMA_PATTERN_BYTES_MAX);
        let validator = jsonschema::draft202012::options()
            .with_pattern_options(patterns)
            .build(&document)
            .map_err(|cause| format!("is not a JSON Schema (2020-12): {cause}"))?;
        let schema = Self { document, validator };
        if let Some((_, part)) = schema.needs().find(|(_, part)| part_named(part).is_none()) {
            return Err(format!("has an option that needs `{part}`, which is no part of an order"));
        }
        Ok(schema)
    }

    /// The value that the schema itself gives an option of the first level.
    pub(in crate::pipeline) fn default_of(&self, option: &str) -> Option<&Value> {
        self.document.get("properties")?.get(option)?.get("default")
    }
}

/// In the schema of an option of the first level: a part of an order that is looked at for this option only.
const NEEDS: &str = "x-needs";

impl Schema {
    /// Parts of an order that nobody has use for who is given these options.
    pub(in crate::pipeline) fn unneeded(&self, options: &Value) -> Vec<OrderPart> {
        let is_given = |option: &str| options.get(option).is_some();
        let is_needed =
            |part: &str| self.needs().any(|(option, of)| of == part && is_given(option));
        let mut parts: Vec<&str> = self.needs().map(|(_, part)| part).collect();
        parts.retain(|part| !is_needed(part));
        parts.sort_unstable();
        parts.dedup();
        parts.into_iter().filter_map(part_named).collect()
    }

    /// Options that need a part of an order, each with it.
    fn needs(&self) -> impl Iterator<Item = (&str, &str)> {
        let properties = self.document.get("properties").and_then(Value::as_object);
        properties.into_iter().flatten().filter_map(|(option, schema)| {
            Some((option.as_str(), schema.get(NEEDS)?.as_str().unwrap_or_default()))
        })
    }
}

const NO_OPTIONS: &str = r#"{ "type": "object", "additionalProperties": false }"#;

/// References nest no deeper than this. A circle of references is found by it.
const REFERENCE_DEPTH_MAX: usize = 16;

/// Counts what a schema becomes once each reference is replaced by what it refers to.
struct Parts<'d> {
    document: &'d Value,
    depth: usize,
    count: usize,
}

impl Parts<'_> {
    fn count(&mut self, part: &Value) -> Result<(), String> {
        self.count += 1;
        if self.count > SCHEMA_PARTS_MAX {
            return Err(format!("unfolds to more than {SCHEMA_PARTS_MAX} parts"));
        }
        match part {
            Value::Array(values) => values.iter().try_for_each(|value| self.count(value)),
            Value::Object(entries) => {
                entries.iter().try_for_each(|(key, value)| match (key.as_str(), value) {
                    ("$ref", Value::String(target)) => self.follow(target),
                    ("$dynamicRef" | "$recursiveRef" | "$id" | "$anchor", Value::String(_)) => {
                        Err(format!("uses `{key}`, which this host does not support"))
                    }
                    _ => self.count(value),
                })
            }
            _ => Ok(()),
        }
    }

    fn follow(&mut self, target: &str) -> Result<(), String> {
        let Some(pointer) = target.strip_prefix('#') else {
            return Err(format!("refers to `{target}`, which is outside of it"));
        };
        let Some(part) = self.document.pointer(pointer) else {
            return Err(format!("refers to `{target}`, which is not there"));
        };
        if self.depth == REFERENCE_DEPTH_MAX {
            return Err(format!(
                "has references nested deeper than {REFERENCE_DEPTH_MAX}, or in a circle"
            ));
        }
        self.depth += 1;
        let counted = self.count(part);
        self.depth -= 1;
        counted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> String {
        Schema::compile(text).err().unwrap_or_default()
    }

    #[test]
    fn no_text_means_no_options() {
        let schema = Schema::compile("").expect("the schema of no options is sound");
        assert!(schema.validator.is_valid(&serde_json::json!({})));
        assert!(!schema.validator.is_valid(&serde_json::json!({ "a": 1 })));
    }

    #[test]
    fn what_only_options_need_that_are_not_given_is_needed_by_nobody() {
        let schema = r#"{ "properties": {
            "methods": { "x-needs": "tenders" },
            "not_methods": { "x-needs": "tenders" },
            "domains": { "x-needs": "customer" },
            "status": {}
        } }"#;
        let schema = Schema::compile(schema).expect("sound");
        let unneeded = |options: Value| schema.unneeded(&options);
        let both = [OrderPart::Customer, OrderPart::Tenders];
        assert_eq!(unneeded(serde_json::json!({ "status": "paid" })), both);
        assert_eq!(unneeded(serde_json::json!({ "methods": [] })), [OrderPart::Customer]);
        let all = serde_json::json!({ "not_methods": ["cash"], "domains": ["a.test"] });
        assert!(unneeded(all).is_empty());
    }

    #[test]
    fn hostile_schemas_are_refused() {
        assert_eq!(
            fault(r#"{"properties": {"a": {"x-needs": "buyer"}}}"#),
            "has an option that needs `buyer`, which is no part of an order"
        );
        assert_eq!(
            fault(r##"{"$ref": "#"}"##),
            "has references nested deeper than 16, or in a circle"
        );
        assert_eq!(
            fault(r#"{"$ref": "https://a.test/s"}"#),
            "refers to `https://a.test/s`, which is outside of it"
        );
        assert_eq!(
            fault(r##"{"$ref": "#/$defs/a"}"##),
            "refers to `#/$defs/a`, which is not there"
        );
        assert!(fault("{").starts_with("is not JSON: "));
        assert!(fault(&"x".repeat(SCHEMA_BYTES_MAX + 1)).starts_with("is larger than"));
        let next = |i| format!(r##"{{"$ref": "#/$defs/a{i}"}}"##);
        let twice = |i| format!(r#""a{i}": {{"allOf": [{0}, {0}]}}"#, next(i + 1));
        let definitions: Vec<String> = (0..15).map(twice).collect();
        let doubling = format!(
            r##"{{"$ref": "#/$defs/a0", "$defs": {{{}, "a15": {{}}}}}}"##,
            definitions.join(",")
        );
        assert_eq!(fault(&doubling), "unfolds to more than 20000 parts");
        let deep = format!("{}{}", r#"{"not":"#.repeat(10_000), "{}");
        assert!(fault(&deep).starts_with("is not JSON: "), "nesting is bounded by the JSON parser");
    }

    #[test]
    fn patterns_take_linear_time() {
        let schema =
            Schema::compile(r#"{"pattern": "^(a+)+$"}"#).expect("a pattern without look-around");
        assert!(!schema.validator.is_valid(&serde_json::json!("a".repeat(50_000) + "b")));
    }
}
