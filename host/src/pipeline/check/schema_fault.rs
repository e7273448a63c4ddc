//! What a JSON Schema found, in words for people.

use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::{JsonType, ValidationError};
use serde_json::Value;

use super::super::faults::listed;

/// One fault in a table of options.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum SchemaFault {
    /// An option that the schema does not have.
    Unknown { pointer: String, name: String, known: Vec<String> },
    /// Options that must be there. The pointer is that of the table around them.
    Missing { pointer: String, names: Vec<String> },
    /// A value that does not fit: `must be …`.
    Value { pointer: String, must: String, said: Option<Said>, about: Option<String> },
}

/// A word that is none of those that are known.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub word: String,
    pub known: Vec<String>,
}

/// The faults that an error stands for: what the schema's `document` says of the `options`.
pub(super) fn explain(
    error: &ValidationError<'_>,
    document: &Value,
    options: &Value,
) -> Vec<SchemaFault> {
    let pointer = error.instance_path().as_str().to_owned();
    let schema = enclosing(document, error.schema_path().as_str());
    let told: Vec<_> = match error.kind() {
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            unexpected
                .iter()
                .map(|name| SchemaFault::Unknown {
                    pointer: pointer.clone(),
                    name: name.clone(),
                    known: names(schema),
                })
                .collect()
        }
        // Where a schema has no properties at all, it is the whole table that is told.
        Kind::FalseSchema if error.schema_path().as_str().ends_with("/additionalProperties") => {
            let entries = options.pointer(&pointer).and_then(Value::as_object);
            let names = entries.into_iter().flat_map(serde_json::Map::keys).cloned();
            names
                .map(|name| SchemaFault::Unknown {
                    pointer: pointer.clone(),
                    name,
                    known: Vec::new(),
                })
                .collect()
        }
        Kind::Required { property } => {
            let names = vec![property.as_str().unwrap_or_default().to_owned()];
            vec![SchemaFault::Missing { pointer, names }]
        }
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
            match deepest(context, &pointer) {
                Some(errors) => {
                    errors.iter().flat_map(|error| explain(error, document, options)).collect()
                }
                None => vec![value_fault(error, pointer, schema, either(context, document))],
            }
        }
        _ => vec![value_fault(error, pointer, schema, must(error, schema))],
    };
    if told.is_empty() {
        // Whatever the schema meant, the options do not pass, and that is never silent.
        let pointer = error.instance_path().as_str().to_owned();
        return vec![value_fault(error, pointer, schema, must(error, schema))];
    }
    told
}

fn value_fault(
    error: &ValidationError<'_>,
    pointer: String,
    schema: &Value,
    must: String,
) -> SchemaFault {
    let about = schema.get("description").and_then(Value::as_str).map(str::to_owned);
    SchemaFault::Value { pointer, must, said: said(error), about }
}

/// The schema that holds the keyword at this path.
fn enclosing<'d>(document: &'d Value, path: &str) -> &'d Value {
    let parent = path.rfind('/').map_or("", |end| &path[..end]);
    document.pointer(parent).unwrap_or(&Value::Null)
}

fn names(schema: &Value) -> Vec<String> {
    let properties = schema.get("properties").and_then(Value::as_object);
    properties.map(|properties| properties.keys().cloned().collect()).unwrap_or_default()
}

/// Where just one of several forms accepts the value itself and finds fault with something inside it, that form was
/// meant.
fn deepest<'e>(
    context: &'e [Vec<ValidationError<'static>>],
    pointer: &str,
) -> Option<&'e [ValidationError<'static>]> {
    let inside = |errors: &&Vec<ValidationError<'static>>| {
        !errors.is_empty()
            && errors.iter().all(|error| {
                error.instance_path().as_str() != pointer
                    || matches!(
                        error.kind(),
                        Kind::AdditionalProperties { .. } | Kind::Required { .. }
                    )
            })
    };
    let mut meant = context.iter().filter(inside);
    match (meant.next(), meant.next()) {
        (Some(errors), None) => Some(errors),
        _ => None,
    }
}

/// What each of several forms wants, in one sentence.
fn either(context: &[Vec<ValidationError<'static>>], document: &Value) -> String {
    let mut wanted = Vec::new();
    for error in context.iter().filter_map(|errors| errors.first()) {
        let wants = must(error, enclosing(document, error.schema_path().as_str()));
        if !wanted.contains(&wants) {
            wanted.push(wants);
        }
    }
    if wanted.is_empty() {
        "must have one of the forms that the connector knows".to_owned()
    } else {
        wanted.join(", or ")
    }
}

/// What a keyword wants.
fn must(error: &ValidationError<'_>, schema: &Value) -> String {
    match error.kind() {
        Kind::Type { kind } => format!("must be {}", types(kind)),
        Kind::Enum { options } => format!("must be one of {}", values(options)),
        Kind::Constant { expected_value } => format!("must be {}", quoted(expected_value)),
        Kind::Minimum { .. } | Kind::Maximum { .. } => range(schema),
        Kind::ExclusiveMinimum { limit } => format!("must be above {limit}"),
        Kind::ExclusiveMaximum { limit } => format!("must be below {limit}"),
        Kind::MinLength { limit: 1 }
        | Kind::MinItems { limit: 1 }
        | Kind::MinProperties { limit: 1 } => "must not be empty".to_owned(),
        Kind::MinLength { limit } => format!("must have at least {limit} characters"),
        Kind::MaxLength { limit } => format!("must have at most {limit} characters"),
        Kind::MinItems { limit } | Kind::MinProperties { limit } => {
            format!("must have at least {limit} entries")
        }
        Kind::MaxItems { limit } | Kind::MaxProperties { limit } => {
            format!("must have at most {limit} entries")
        }
        Kind::MultipleOf { multiple_of } => format!("must be a multiple of {multiple_of}"),
        Kind::Pattern { pattern } => format!("must match `{pattern}`"),
        Kind::UniqueItems => "must not have the same entry twice".to_owned(),
        Kind::FalseSchema => "must not be there".to_owned(),
        // The value itself is kept out of the message: it might be one that nobody should read.
        _ => error.masked_with("this").to_string(),
    }
}

fn types(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(one) => type_name(*one).to_owned(),
        TypeKind::Multiple(several) => {
            several.iter().map(type_name).collect::<Vec<_>>().join(" or ")
        }
    }
}

fn type_name(of: JsonType) -> &'static str {
    match of {
        JsonType::Null => "nothing",
        JsonType::Boolean => "`true` or `false`",
        JsonType::Integer => "a whole number",
        JsonType::Number => "a number",
        JsonType::String => "a string",
        JsonType::Array => "a list",
        JsonType::Object => "a table",
    }
}

/// Both ends of a range, where the schema has both.
fn range(schema: &Value) -> String {
    match (schema.get("minimum"), schema.get("maximum")) {
        (Some(least), Some(most)) => format!("must be from {least} to {most}"),
        (Some(least), None) => format!("must be at least {least}"),
        (_, Some(most)) => format!("must be at most {most}"),
        (None, None) => "is out of range".to_owned(),
    }
}

fn values(options: &Value) -> String {
    let options = options.as_array().map(Vec::as_slice).unwrap_or_default();
    let words: Vec<&str> = options.iter().filter_map(Value::as_str).collect();
    if words.len() == options.len() {
        return listed(words);
    }
    options.iter().map(quoted).collect::<Vec<_>>().join(", ")
}

fn quoted(value: &Value) -> String {
    match value {
        Value::String(text) => format!("`{text}`"),
        other => format!("`{other}`"),
    }
}

/// The word that stands where one of several is wanted.
fn said(error: &ValidationError<'_>) -> Option<Said> {
    let Kind::Enum { options } = error.kind() else {
        return None;
    };
    let known = options.as_array()?.iter().filter_map(Value::as_str).map(str::to_owned);
    Some(Said { word: error.instance().as_str()?.to_owned(), known: known.collect() })
}
