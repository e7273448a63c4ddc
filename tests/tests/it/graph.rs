//! The picture of the bundled pipeline, by the real components.

use penstock_tests::Project;

#[test]
fn the_bundled_pipeline_as_a_picture_with_what_its_last_run_did() {
    let project = Project::whole(super::world(1, 5), super::BINARY).unwrap();
    let mermaid = project.penstock(&["graph", "ecwid-vend.toml"]).unwrap();
    assert_eq!(mermaid.code, Some(0), "{mermaid:?}");
    insta::assert_snapshot!(mermaid.out);

    assert_eq!(project.run().unwrap().code, Some(0));
    let data = ["graph", "ecwid-vend.toml", "--output", "wall.svg", "--format", "json"];
    let said = project.penstock(&data).unwrap();
    let svg = std::fs::read_to_string(project.folder().join("wall.svg")).unwrap();
    assert!(svg.starts_with("<svg xmlns="), "{svg}");
    let graph = said.json();
    let nodes = graph["nodes"].as_array().unwrap();
    for node in nodes {
        assert!(svg.contains(&format!(">{}</text>", node["id"].as_str().unwrap())), "{node}");
    }
    let orders = nodes.iter().find(|node| node["id"] == "orders").unwrap();
    assert_eq!(orders["counts"], "5 read", "{graph}");
    assert!(svg.contains(">5 read</text>"), "{svg}");
    assert!(!graph["last_run"]["ended_at"].is_null(), "{graph}");
    // A run of which nothing came does not hide the one before it.
    assert_eq!(project.run().unwrap().code, Some(0));
    let again = project.penstock(&data).unwrap().json();
    let orders = again["nodes"].as_array().unwrap().iter().find(|node| node["id"] == "orders");
    assert_eq!(orders.map(|node| &node["counts"]), Some(&"5 read".into()), "{again}");

    let unusable = project.penstock(&["graph", "ecwid-vend.toml", "--output", "no/a.svg"]).unwrap();
    assert_eq!(unusable.code, Some(3), "{unusable:?}");
    assert!(unusable.err.contains("file-unwritable"), "{unusable:?}");
}
