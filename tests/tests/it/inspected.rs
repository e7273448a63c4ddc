//! What is said of a component that takes another's place, by the real components.

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
