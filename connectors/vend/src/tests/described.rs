//! The descriptor and the options: schemas that are schemas, that say what the types say, and nothing more.

use penstock_connector_sdk::connector::Connector;
use serde_json::{Value, json};

use crate::Vend;
use crate::options::{
    CONNECTION_SCHEMA, CUSTOMERS_SCHEMA, ConnectionOptions, CustomersOptions, PRODUCTS_SCHEMA,
    SALES_SCHEMA, STOCK_SCHEMA, SalesOptions, StockOptions,
};

fn schema(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn is_valid(text: &str, options: &Value) -> bool {
    jsonschema::validator_for(&schema(text)).unwrap().is_valid(options)
}

#[test]
fn each_schema_is_one_and_closed_and_says_what_each_option_does() {
    for text in [CONNECTION_SCHEMA, SALES_SCHEMA, CUSTOMERS_SCHEMA, PRODUCTS_SCHEMA, STOCK_SCHEMA] {
        let schema = schema(text);
        jsonschema::meta::validate(&schema).unwrap();
        assert_eq!(schema["additionalProperties"], false);
        for (name, property) in schema["properties"].as_object().unwrap() {
            assert!(property["description"].is_string(), "`{name}` has no description");
        }
    }
}

#[test]
fn the_defaults_of_the_schemas_are_those_of_the_types() {
    fn defaults(text: &str) -> Value {
        let schema = schema(text);
        let with = schema["properties"].as_object().unwrap().iter();
        let given = with.filter_map(|(name, p)| Some((name.clone(), p.get("default")?.clone())));
        Value::Object(given.collect())
    }
    let debug = |text: &str| {
        let options: SalesOptions = serde_json::from_str(text).unwrap();
        format!("{options:?}")
    };
    assert_eq!(debug(&defaults(SALES_SCHEMA).to_string()), debug("{}"));
    let customers: CustomersOptions =
        serde_json::from_str(&defaults(CUSTOMERS_SCHEMA).to_string()).unwrap();
    assert_eq!(customers.do_not_email, CustomersOptions::default().do_not_email);
    let stock: StockOptions = serde_json::from_value(defaults(STOCK_SCHEMA)).unwrap();
    assert_eq!(format!("{stock:?}"), format!("{:?}", StockOptions::default()));
    let mut connection = json!({"domain_prefix": "acme", "register": "Web"});
    let short: ConnectionOptions = serde_json::from_value(connection.clone()).unwrap();
    connection
        .as_object_mut()
        .unwrap()
        .extend(defaults(CONNECTION_SCHEMA).as_object().unwrap().clone());
    let long: ConnectionOptions = serde_json::from_value(connection).unwrap();
    assert_eq!(format!("{short:?}"), format!("{long:?}"));
}

#[test]
fn every_option_of_the_schema_is_an_option_of_the_type() {
    for name in schema(SALES_SCHEMA)["properties"].as_object().unwrap().keys() {
        // A wrong type is told as such; an unknown name would be told as unknown.
        let text = json!({name: null}).to_string();
        let fault = serde_json::from_str::<SalesOptions>(&text).err();
        let unknown = fault.is_some_and(|fault| fault.to_string().contains("unknown field"));
        assert!(!unknown, "`{name}` is in the schema only");
    }
}

#[test]
fn the_schemas_refuse_what_can_not_work() {
    assert!(is_valid(STOCK_SCHEMA, &json!({"reason_up": "Online +"})));
    assert!(!is_valid(STOCK_SCHEMA, &json!({"reason_up": "A name of more than thirty letters"})));
    assert!(is_valid(SALES_SCHEMA, &json!({})));
    assert!(!is_valid(SALES_SCHEMA, &json!({"paymnets": {}})));
    assert!(!is_valid(SALES_SCHEMA, &json!({"unmatched_line": "placeholder"})));
    assert!(is_valid(
        SALES_SCHEMA,
        &json!({"unmatched_line": "placeholder", "placeholder_sku": "X"})
    ));
    assert!(!is_valid(SALES_SCHEMA, &json!({"number_prefix": "much-too-long"})));
    assert!(is_valid(SALES_SCHEMA, &json!({"note": "{source}: {number}, {buyer_note}"})));
    assert!(!is_valid(SALES_SCHEMA, &json!({"note": "{numbre}"})));
    assert!(!is_valid(CONNECTION_SCHEMA, &json!({"domain_prefix": "acme"})));
    assert!(!is_valid(
        CONNECTION_SCHEMA,
        &json!({"domain_prefix": "acme.evil", "register": "Web"})
    ));
    assert!(!is_valid(
        CONNECTION_SCHEMA,
        &json!({"domain_prefix": "a", "register": "W", "api_version": "2.0"})
    ));
}

#[test]
fn the_descriptor_names_what_the_connector_does() {
    let described = Vend::describe();
    assert_eq!(
        (described.name.as_str(), described.account.as_str()),
        ("vend", "vend:{domain_prefix}")
    );
    let limit = described.endpoints[0].rate_limit.as_ref().unwrap();
    assert_eq!((limit.requests, limit.window_ms), (350, 300_000));
    let names: Vec<(&str, usize, usize)> = described
        .collections
        .iter()
        .map(|c| (c.name.as_str(), c.writes.len(), c.finds_by.len()))
        .collect();
    assert_eq!(names, [("customers", 1, 2), ("products", 0, 2), ("sales", 1, 0), ("stock", 1, 1)]);
}

#[test]
fn options_that_are_wrong_are_told_at_their_place() {
    let faults = Vend::open(r#"{"domain_prefix": "acme", "register": "Web", "settle_ms": "soon"}"#)
        .unwrap_err();
    assert_eq!(faults[0].pointer, "/settle_ms");
}
