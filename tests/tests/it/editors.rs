//! What an editor goes by: the schema of pipeline files, with the options of the real connectors.

use serde_json::{Map, Value, json};
use toml::de::{DeTable, DeValue};

use super::project;

/// A pipeline file as JSON. Its numbers are whole ones.
fn as_json(text: &str) -> Value {
    table(DeTable::parse(text).unwrap().get_ref())
}

fn table(entries: &DeTable<'_>) -> Value {
    let pairs =
        entries.iter().map(|(key, value)| (key.get_ref().to_string(), form(value.get_ref())));
    Value::Object(pairs.collect::<Map<_, _>>())
}

fn form(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => json!(text),
        DeValue::Boolean(yes) => json!(yes),
        DeValue::Integer(whole) => json!(whole.as_str().parse::<i64>().unwrap()),
        DeValue::Array(values) => values.iter().map(|value| form(value.get_ref())).collect(),
        DeValue::Table(entries) => table(entries),
        other => unreachable!("{other:?} is not in these files"),
    }
}

#[test]
fn the_schema_takes_the_pipelines_that_come_along_and_finds_what_is_misspelt_in_them() {
    let project = project(1, 1);
    let said = project.penstock(&["schema"]).unwrap();
    assert_eq!(said.code, Some(0), "{said:?}");
    let validator = jsonschema::draft202012::new(&said.json()).unwrap();
    let mut files = 0;
    for file in std::fs::read_dir(xtask::root().join("pipelines")).unwrap().flatten() {
        if file.path().extension().is_none_or(|ending| ending != "toml") {
            continue;
        }
        files += 1;
        let text = std::fs::read_to_string(file.path()).unwrap();
        let faults: Vec<String> =
            validator.iter_errors(&as_json(&text)).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{}: {faults:#?}", file.path().display());
    }
    assert!(files > 0);
    let whole = std::fs::read_to_string(xtask::root().join("pipelines/ecwid-vend.toml")).unwrap();
    for (right, wrong) in [
        ("switch = \"post_sales\"", "swich = \"post_sales\""),
        ("register = \"Web\"", "registr = \"Web\""),
        ("store_id = 1003", "store_id = \"1003\""),
        ("payment_status = [\"paid\"]", "payment_status = \"paid\""),
        ("unmatched_line = \"hold\"", "unmatched_lines = \"hold\""),
        ("connector = \"ecwid\"", "connector = \"ecwit\""),
        ("by = \"email\"", "by = \"mail\""),
        ("every = \"1m\"", "every = \"1 minute\""),
    ] {
        let text = whole.replacen(right, wrong, 1);
        assert_ne!(text, whole, "`{right}` is not in the file");
        assert!(!validator.is_valid(&as_json(&text)), "`{wrong}` is valid");
    }
}
