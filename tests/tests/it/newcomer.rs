//! The integrator's workbench as a new user meets it, from nothing to a changed rule.

use super::shell::Shell;

/// The file that `init` makes is the bundled one, under its own name and with its schema.
#[test]
fn a_new_project_has_the_bundled_pipeline() {
    let read = |path: &str| std::fs::read_to_string(xtask::root().join(path)).unwrap();
    let bundled = read("pipelines/ecwid-vend.toml");
    let wanted = format!(
        "#:schema ./penstock.schema.json\n{}",
        bundled.replace("pipelines/ecwid-vend.toml", "shop-till.toml")
    );
    assert!(
        read("templates/project/shop-till.toml") == wanted,
        "templates/project/shop-till.toml is not pipelines/ecwid-vend.toml after the line of its schema"
    );
    let example = read("templates/project/env.example");
    for secret in bundled.split("env = \"").skip(1) {
        let name = secret.split('"').next().unwrap();
        if name != "NAME" {
            assert!(example.contains(&format!("\n{name}=\n")), "env.example lacks `{name}`");
        }
    }
}

#[test]
fn from_init_to_a_changed_rule_with_a_changed_snapshot() {
    let mut shell = Shell::new();
    let mut transcript = String::new();
    for line in [
        "penstock init demo",
        "cd demo",
        "penstock check shop-till.toml",
        "penstock test",
        "sed -i 's/when_unknown = \"create\"/when_unknown = \"none\"/' shop-till.toml",
        "penstock check shop-till.toml",
        "penstock test",
        "penstock test --accept",
        "penstock test",
    ] {
        let told = shell.run(line);
        transcript.push_str(&format!("$ {line}\n{}", shell.plain(&told.text)));
        if told.code != 0 {
            transcript.push_str(&format!("[exit {}]\n", told.code));
        }
        transcript.push('\n');
    }
    insta::assert_snapshot!(transcript);
}

#[test]
fn nothing_is_overwritten_by_a_new_project_and_its_name_is_ones_own() {
    let mut shell = Shell::new();
    let said = shell.run("penstock init --pipeline orders --format json");
    assert_eq!(said.code, 0, "{said:?}");
    let files =
        ["orders.toml", "penstock.schema.json", "orders.tests/paid-order.snap", ".gitignore"];
    for file in files {
        assert!(said.text.contains(&format!("\"{file}\"")), "{file}: {said:?}");
        assert!(shell.at().join(file).is_file(), "{file}");
    }
    assert_eq!(shell.run("penstock test").code, 0);
    let text = std::fs::read_to_string(shell.at().join("orders.toml")).unwrap();
    assert!(!text.contains("shop-till"), "{text}");

    // A file that is there stops all of it before anything is written.
    let said = shell.run("penstock init --pipeline other");
    assert_eq!(said.code, 3, "{said:?}");
    for file in ["README.md", "env.example", ".gitignore", "penstock.schema.json"] {
        assert!(said.text.contains(&format!("`./{file}`")), "{file}: {said:?}");
    }
    assert!(said.text.contains("error[file-exists]"), "{said:?}");
    assert!(!shell.at().join("other.toml").exists());

    let said = shell.run("penstock init --pipeline ../outside");
    assert_eq!(said.code, 2, "{said:?}");
}

#[test]
fn a_project_is_made_where_there_is_no_connector_but_without_a_schema() {
    let mut shell = Shell::new();
    let said = shell.run("penstock init demo --connectors nowhere");
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.text.contains("`penstock.schema.json` is left out"), "{said:?}");
    assert!(!shell.at().join("demo/penstock.schema.json").exists());
    assert!(shell.at().join("demo/shop-till.toml").exists());
}

/// A new crate is tested natively, built as a component, and says of itself what it is.
#[test]
fn a_new_rule_and_a_new_vendor_build_and_pass_their_tests() {
    let mut shell = Shell::new();
    let sdk = xtask::root().join("connectors/connector-sdk").display().to_string();
    for (kind, name) in [("rule", "large-orders"), ("vendor", "corner-shop")] {
        let said = shell.run(&format!("penstock new {kind} {name} --sdk '{sdk}'"));
        assert_eq!(said.code, 0, "{said:?}");
        let component = xtask::try_crate(&shell.at().join(name)).unwrap();
        let said = shell.run(&format!("penstock inspect '{}'", component.display()));
        assert_eq!(said.code, 0, "{said:?}");
        assert!(said.text.starts_with(&format!("{name} 0.1.0: ")), "{said:?}");
        let wanted: &[&str] = match kind {
            "rule" => &["transform", "large: ", "small: ", "min_total"],
            _ => &["source, directory, sink", "corner-shop:{shop}", "customers: ", "120 requests"],
        };
        for part in wanted {
            assert!(said.text.contains(part), "`{part}`: {said:?}");
        }
        // What is there is left as it is.
        let said = shell.run(&format!("penstock new {kind} {name} --sdk '{sdk}'"));
        assert_eq!(said.code, 3, "{said:?}");
        assert!(said.text.contains("error[file-exists]"), "{said:?}");
    }
}

#[test]
fn a_new_crate_wants_to_know_where_the_sdk_is() {
    let mut shell = Shell::new();
    for line in ["penstock new rule large-orders", "penstock new rule large-orders --sdk nowhere"] {
        let said = shell.run(line);
        assert_eq!(said.code, 2, "{said:?}");
        assert!(said.text.contains("error[sdk-unknown]"), "{said:?}");
        assert!(said.text.contains("connectors/connector-sdk"), "{said:?}");
    }
    let said = shell.run("penstock new rule Large --sdk .");
    assert_eq!(said.code, 2, "{said:?}");
    assert!(!shell.at().join("large-orders").exists());

    let url = "https://git.example/penstock";
    let said = shell.run(&format!("penstock new rule large-orders here --sdk {url}"));
    assert_eq!(said.code, 0, "{said:?}");
    let manifest = std::fs::read_to_string(shell.at().join("here/Cargo.toml")).unwrap();
    assert!(manifest.contains(&format!("{{ git = \"{url}\" }}")), "{manifest}");
}
