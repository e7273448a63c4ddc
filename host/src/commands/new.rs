//! `penstock new`: a connector's crate to start from.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::args::{NewArgs, NewKind};
use super::init::{Made, make, told};
use super::output::{Outcome, Screen};
use crate::report::codes;

/// A crate as it stands in the repository, where it builds as it is.
struct Template {
    /// What it is called there.
    name: &'static str,
    manifest: &'static str,
    code: &'static str,
    readme: &'static str,
}

const RULE: Template = Template {
    name: "my-rule",
    manifest: include_str!("../../../templates/rule/Cargo.toml"),
    code: include_str!("../../../templates/rule/src/lib.rs"),
    readme: include_str!("../../../templates/rule/README.md"),
};

const VENDOR: Template = Template {
    name: "my-vendor",
    manifest: include_str!("../../../templates/vendor/Cargo.toml"),
    code: include_str!("../../../templates/vendor/src/lib.rs"),
    readme: include_str!("../../../templates/vendor/README.md"),
};

/// Where the SDK is for the templates.
const SDK: &str = "path = \"../../connectors/connector-sdk\"";

pub(super) fn new(command: &NewArgs, screen: &Screen) -> Outcome {
    match new_within(command, screen) {
        Ok(outcome) | Err(outcome) => outcome,
    }
}

fn new_within(command: &NewArgs, screen: &Screen) -> Result<Outcome, Outcome> {
    let folder = command.folder.clone().unwrap_or_else(|| PathBuf::from(&command.name));
    let sdk = sdk(command.sdk.as_deref(), &folder, screen)?;
    let template = match command.kind {
        NewKind::Rule => RULE,
        NewKind::Vendor => VENDOR,
    };
    let file = |path: &str, about: &str, text: &str| Made {
        path: path.to_owned(),
        text: named(text, template.name, &command.name),
        about: about.to_owned(),
    };
    let manifest = template.manifest.replace(SDK, &sdk);
    let files = [
        file("Cargo.toml", "the crate: a component, and a library for its tests", &manifest),
        file("src/lib.rs", "the connector, with its tests", template.code),
        file("README.md", "how it is tested, built and used", template.readme),
        file(".gitignore", "what stays out of version control", "/target\n"),
    ];
    make(&folder, &files, screen)?;
    told(&folder, &files, screen);
    screen.say(&format!(
        "\nhint: `cd {} && cargo test` tries it natively; README.md tells what comes next",
        folder.display()
    ));
    screen.give(&json!({
        "folder": folder,
        "made": files.iter().map(|file| &file.path).collect::<Vec<_>>(),
    }));
    Ok(Outcome::Done)
}

/// A text with the connector's own name: as it is written in files, in Rust and in the environment.
fn named(text: &str, template: &str, name: &str) -> String {
    let snake = |name: &str| name.replace('-', "_");
    let loud = |name: &str| snake(name).to_uppercase();
    text.replace(template, name)
        .replace(&snake(template), &snake(name))
        .replace(&loud(template), &loud(name))
}

/// The dependency on the SDK: as it is told, else where it lies above the folder.
fn sdk(told: Option<&str>, folder: &Path, screen: &Screen) -> Result<String, Outcome> {
    let line = |key: &str, value: &str| format!("{key} = {}", toml::Value::from(value));
    let is_there = |path: &Path| path.join("Cargo.toml").is_file();
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    if let Some(told) = told {
        if told.contains("://") || told.starts_with("git@") {
            return Ok(line("git", told));
        }
        let path = absolute(Path::new(told));
        if is_there(&path) {
            return Ok(line("path", &path.display().to_string()));
        }
        let fact = format!("there is no crate in `{told}`");
        return Err(no_sdk(&fact, screen));
    }
    let folder = absolute(folder);
    for (up, above) in folder.ancestors().enumerate().skip(1) {
        if is_there(&above.join("connectors/connector-sdk")) {
            return Ok(line("path", &format!("{}connectors/connector-sdk", "../".repeat(up))));
        }
    }
    let fact =
        format!("the SDK that a connector is built with is not above `{}`", folder.display());
    Err(no_sdk(&fact, screen))
}

fn no_sdk(fact: &str, screen: &Screen) -> Outcome {
    let hint = "name it with `--sdk`: the folder `connectors/connector-sdk` of a clone of Penstock, or the URL of its git \
                repository";
    screen.fail(codes::SDK_UNKNOWN, fact, Some(hint));
    Outcome::File
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_named_in_every_spelling_and_finds_its_sdk() {
        for template in [RULE, VENDOR] {
            assert!(template.manifest.contains(SDK));
            for text in [template.manifest, template.code, template.readme] {
                let text = named(text, template.name, "big-orders");
                assert!(text.contains("big-orders") && !text.contains("my"), "{text}");
            }
        }
        assert_eq!(named("MY_RULE my_rule my-rule", "my-rule", "a-b"), "A_B a_b a-b");
    }
}
