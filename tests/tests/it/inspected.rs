//! What is said of a component that takes another's place, by the real components.

#[test]
fn what_a_connector_says_of_its_remote_is_told_to_people_and_programs() {
    let project = super::project(1, 1);
    let told = project.penstock(&["inspect", "ecwid", "--format", "json"]).unwrap().json();
    let rests = serde_json::json!({ "name": "stock-rests", "value": "true" });
    let stock = told["collections"].as_array().unwrap().iter().find(|it| it["name"] == "stock");
    assert!(stock.unwrap()["attributes"].as_array().unwrap().contains(&rests), "{told}");
    assert_eq!(told["attributes"][0]["name"], "recorded-as-is", "{told}");
    let said = project.penstock(&["inspect", "ecwid"]).unwrap().out;
    assert!(said.contains("stock-rests = true"), "{said}");
}

#[test]
fn a_component_is_compared_with_another_and_breaking_changes_fail() {
    let project = super::project(1, 1);
    let inspect = |one: &str, other: &str| {
        project.penstock(&["inspect", one, "--against", other, "--format", "json"]).unwrap()
    };
    let same = inspect("ecwid", "ecwid");
    assert_eq!(same.code, Some(0), "{same:?}");
    assert_eq!(same.json()["changes"], serde_json::json!([]));

    let other = inspect("ecwid", "vend");
    assert_eq!(other.code, Some(1), "{other:?}");
    let json = other.json();
    let told: Vec<(&str, &str)> = json["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["grade"].as_str().unwrap(), it["what"].as_str().unwrap()))
        .collect();
    assert!(told.contains(&("breaking", "collection `sales`: gone")), "{told:?}");
    let grades: Vec<&str> = told.iter().map(|(grade, _)| *grade).collect();
    let place =
        |grade: &&&str| ["breaking", "widening", "harmless"].iter().position(|it| it == *grade);
    assert!(grades.iter().is_sorted_by_key(|grade| place(&grade)), "the gravest first: {grades:?}");

    let unknown = inspect("ecwid", "nobody");
    assert_eq!(unknown.code, Some(3), "{unknown:?}");
}
