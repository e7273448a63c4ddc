//! The schema for editors: it agrees with the check as far as it goes.

use std::path::Path;
use std::sync::Arc;

use jsonschema::Validator;
use serde_json::{Map, Value as Json, json};
use toml::de::{DeTable, DeValue};

use super::super::acme::Table;
use super::super::file::keys;
use super::super::{Connectors as _, file_schema};
use super::golden::cases;
use super::{check, load};

/// The schema with all connectors of the tests that can be used.
fn schema() -> Json {
    let names = ["acme-feed", "acme-shop", "acme-till", "delta", "filter", "match"];
    let described = names.map(|name| {
        let connector = Table.resolve(name, Path::new("")).expect("it is there");
        (name.to_owned(), Table.descriptor(&connector).expect("it describes itself"))
    });
    file_schema(&described)
}

fn validator() -> Validator {
    jsonschema::draft202012::new(&schema()).expect("it is a schema")
}

/// A pipeline file of the cases as JSON, where it is TOML.
fn as_json(case: &str) -> Option<Json> {
    let text = load(&format!("{case}.toml"))?.text().to_owned();
    let table = DeTable::parse(&text).ok()?.into_inner();
    Some(table_json(&table))
}

fn table_json(table: &DeTable<'_>) -> Json {
    let pairs =
        table.iter().map(|(key, value)| (key.get_ref().to_string(), value_json(value.get_ref())));
    Json::Object(pairs.collect::<Map<_, _>>())
}

fn value_json(value: &DeValue<'_>) -> Json {
    match value {
        DeValue::String(text) => json!(text),
        DeValue::Boolean(yes) => json!(yes),
        DeValue::Integer(whole) => {
            json!(i64::from_str_radix(whole.as_str(), whole.radix()).unwrap_or_default())
        }
        DeValue::Float(number) => json!(number.as_str().parse::<f64>().unwrap_or_default()),
        DeValue::Datetime(instant) => json!(instant.to_string()),
        DeValue::Array(values) => values.iter().map(|value| value_json(value.get_ref())).collect(),
        DeValue::Table(table) => table_json(table),
    }
}

#[test]
fn every_key_that_the_check_knows_has_a_form_in_the_schema() {
    let schema = schema();
    let mut tables: Vec<&Json> = vec![&schema["properties"]];
    let definitions = schema["$defs"].as_object().expect("it has definitions");
    tables.extend(definitions.values().filter_map(|part| part.get("properties")));
    for key in keys::ALL.concat() {
        let forms = tables.iter().filter_map(|table| table.get(key)).collect::<Vec<_>>();
        assert!(!forms.is_empty(), "`{key}` is not in the schema");
        assert!(forms.iter().all(|form| form.is_object()), "nothing is said of `{key}`");
    }
    let told = ["source", "transform", "sink", "directory", "connection", "endpoint", "secret"];
    let known = [
        keys::SOURCE,
        keys::TRANSFORM,
        keys::SINK,
        keys::DIRECTORY,
        keys::CONNECTION,
        keys::ENDPOINT,
        keys::SECRET,
    ];
    for (table, known) in told.into_iter().zip(known) {
        let names = definitions[table]["properties"].as_object().expect("it has keys");
        assert!(names.keys().eq(known.iter()), "{table}");
    }
}

#[test]
fn the_schema_refuses_no_file_that_the_check_accepts() {
    let validator = validator();
    let mut accepted = 0;
    for case in cases() {
        let (pipeline, _) = check(&case);
        if pipeline.is_none() {
            continue;
        }
        accepted += 1;
        let json = as_json(&case).expect("it is TOML");
        let faults: Vec<String> = validator
            .iter_errors(&json)
            .map(|fault| format!("{}: {fault}", fault.instance_path()))
            .collect();
        assert!(faults.is_empty(), "{case}: {faults:#?}");
    }
    assert!(accepted >= 8, "the cases were not found");
}

#[test]
fn faults_of_form_are_found_by_the_schema_too() {
    let validator = validator();
    for case in [
        "connection-not-a-table",
        "connector-missing",
        "connector-unknown",
        "duration-form",
        "inputs-empty",
        "input-twice",
        "misspelt-options",
        "missing-id",
        "missing-key",
        "name-form",
        "option-empty-list",
        "option-misspelt",
        "option-missing",
        "option-missing-all",
        "option-nested",
        "option-of-optionless",
        "option-unknown",
        "option-value",
        "secret-form",
        "secret-form-env",
        "secret-in-clear",
        "single-brackets",
        "switch-type",
        "unknown-key",
        "unknown-key-of-other-kind",
        "unknown-table",
        "wrong-role-rule-as-connection",
        "wrong-role-vendor-as-rule",
        "wrong-type-entry",
        "wrong-type-flag",
        "wrong-type-list",
        "wrong-type-table",
    ] {
        let json = as_json(case).expect("it is TOML");
        assert!(!validator.is_valid(&json), "{case} is valid");
    }
}

#[test]
fn references_within_a_connectors_schema_lead_along() {
    let connector = Table.resolve("acme-feed", Path::new("")).expect("it is there");
    let described = Table.descriptor(&connector).expect("it describes itself");
    let mut descriptor = described.descriptor.clone();
    let schema = r##"{ "properties": { "name": { "$ref": "#/$defs/short" } }, "$defs": { "short": { "maxLength": 3 } } }"##;
    schema.clone_into(&mut descriptor.options_schema);
    let described = super::super::Described::new(descriptor, "00", described.roles);
    let schema = file_schema(&[("feed".to_owned(), Arc::new(described))]);
    let validator = jsonschema::draft202012::new(&schema).expect("it is a schema");
    let file = |name: &str| json!({ "connections": { "a": { "connector": "feed", "options": { "name": name } } } });
    assert!(validator.is_valid(&file("abc")));
    assert!(!validator.is_valid(&file("abcd")));
}
