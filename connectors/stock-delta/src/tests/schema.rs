use penstock_connector_sdk::connector::Connector;

use crate::StockDelta;

#[test]
fn the_schema_is_valid_and_states_the_defaults() {
    let schema: serde_json::Value = serde_json::from_str(crate::options::SCHEMA).unwrap();
    assert!(jsonschema::draft202012::meta::is_valid(&schema));
    assert_eq!(schema["additionalProperties"], false);
    let properties = schema["properties"].as_object().unwrap();
    assert!(properties.values().all(|property| property["description"].is_string()));
    let defaults: serde_json::Map<_, _> = properties
        .iter()
        .map(|(name, property)| (name.clone(), property["default"].clone()))
        .collect();
    let stated = StockDelta::open(&serde_json::to_string(&defaults).unwrap()).unwrap();
    assert_eq!(format!("{stated:?}"), format!("{:?}", StockDelta::open("{}").unwrap()));
    for (name, property) in properties {
        for value in property["enum"].as_array().into_iter().flatten() {
            let options = serde_json::json!({ name: value });
            assert!(StockDelta::open(&options.to_string()).is_ok(), "{options}");
        }
        let wrong = serde_json::json!({ name: "other" });
        let faults = StockDelta::open(&wrong.to_string()).unwrap_err();
        assert_eq!(faults[0].pointer, format!("/{name}"));
    }
}

#[test]
fn the_descriptor_joins_the_two_inputs() {
    let descriptor = StockDelta::describe();
    assert_eq!(descriptor.attributes[0].name, "links");
    assert_eq!(descriptor.attributes[0].value, "shop,till");
    let inputs: Vec<&str> = descriptor.inputs.iter().map(|port| port.name.as_str()).collect();
    assert_eq!(inputs, ["orders", "shop", "till", "unsold"]);
    let outputs: Vec<&str> = descriptor.outputs.iter().map(|port| port.name.as_str()).collect();
    assert_eq!(outputs, ["to_shop", "to_till"]);
}
