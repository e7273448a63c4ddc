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
