//! What is dear to mend later: the levels of the modules, that the host knows no vendor, and what is denied.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Modules of the host, with their levels.
const LEVELS: [(&str, u8); 15] = [
    ("contract", 0),
    ("record", 0),
    ("time", 0),
    ("report", 0),
    ("pipeline", 1),
    ("store", 1),
    ("egress", 2),
    ("component", 3),
    ("recording", 3),
    ("engine", 4),
    ("testing", 5),
    ("commands", 6),
    ("main", 7),
    ("lib", 7),
    ("limits", 0),
];

pub fn sources(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs" || ending == "sql") {
            found.push((path.clone(), std::fs::read_to_string(&path).unwrap()));
        }
    }
}

fn host() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    sources(&xtask::root().join("host/src"), &mut found);
    assert!(found.len() > 50);
    found
}

fn module(path: &Path) -> String {
    let inside = path.strip_prefix(xtask::root().join("host/src")).unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

#[test]
fn modules_use_lower_levels_only() {
    let levels: BTreeMap<&str, u8> = LEVELS.into_iter().collect();
    let mut wrong = Vec::new();
    for (path, text) in host() {
        let module = module(&path);
        let level =
            *levels.get(module.as_str()).unwrap_or_else(|| panic!("`{module}` has no level"));
        for used in text.split("crate::").skip(1) {
            let name: String = used
                .chars()
                .take_while(|letter| letter.is_alphanumeric() || *letter == '_')
                .collect();
            if let Some(used) = levels.get(name.as_str())
                && name != module
                && *used >= level
                && !(*used == 0 && level == 0)
            {
                wrong.push(format!(
                    "{}: {module} (level {level}) uses {name} (level {used})",
                    path.display()
                ));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn the_host_knows_no_vendor() {
    for (path, text) in host() {
        let text = text.to_lowercase();
        for vendor in ["ecwid", "vend:", "vendhq", "lightspeed", "x-series", "\"vend\""] {
            assert!(!text.contains(vendor), "{} names `{vendor}`", path.display());
        }
    }
}

#[test]
fn the_step_is_pure() {
    for (path, text) in host() {
        if !path.to_string_lossy().contains("engine/step") {
            continue;
        }
        for outside in [
            "std::fs",
            "std::net",
            "std::time",
            "tokio",
            "rusqlite",
            "crate::egress",
            "crate::component",
            "SystemClock",
            "std::env",
            "thread",
        ] {
            assert!(!text.contains(outside), "{} uses `{outside}`", path.display());
        }
    }
}

#[test]
fn lints_are_denied() {
    let manifest = std::fs::read_to_string(xtask::root().join("Cargo.toml")).unwrap();
    for lint in [
        "unwrap_used",
        "panic",
        "todo",
        "print_stdout",
        "disallowed_methods",
        "allow_attributes_without_reason",
    ] {
        assert!(manifest.contains(&format!("{lint} = \"warn\"")), "`{lint}` is not on");
    }
    let ci = std::fs::read_to_string(xtask::root().join(".ci/run")).unwrap();
    assert!(ci.contains("--deny warnings"));
}

#[test]
fn each_invariant_and_each_promise_names_a_test_that_exists() {
    let text = std::fs::read_to_string(xtask::root().join("ARCHITECTURE.md")).unwrap();
    let invariants = text.split("## Invariants").nth(1).unwrap().split("\n## ").next().unwrap();
    let mut all = Vec::new();
    for folder in ["host/src", "tests/tests", "tests/properties", "tests/simulators", "connectors"]
    {
        let mut found = Vec::new();
        if folder == "connectors" {
            for entry in std::fs::read_dir(xtask::root().join(folder)).unwrap().flatten() {
                for inside in ["src", "tests"].map(|name| entry.path().join(name)) {
                    if inside.is_dir() {
                        sources(&inside, &mut found);
                    }
                }
            }
        } else {
            sources(&xtask::root().join(folder), &mut found);
        }
        all.extend(found);
    }
    let reliability = std::fs::read_to_string(xtask::root().join("RELIABILITY.md")).unwrap();
    let quoted = |text: &'static str| text.split('`').skip(1).step_by(2);
    let is_test = |name: &&str| name.len() > 24 && !name.contains(['/', ' ', '[']);
    let [invariants, reliability] = [invariants.to_owned(), reliability].map(|it| &*it.leak());
    let names: Vec<&str> = quoted(invariants).chain(quoted(reliability)).filter(is_test).collect();
    assert!(names.len() > 60, "{names:?}");
    for name in names {
        let test = format!("fn {name}(");
        assert!(all.iter().any(|(_, text)| text.contains(&test)), "there is no test `{name}`");
    }
}
