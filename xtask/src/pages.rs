//! The pages of the book that tell what a connector can do and wants: made of what it says of itself.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};
use serde_json::{Map, Value, json};

/// Where they lie.
#[must_use]
pub fn folder() -> PathBuf {
    crate::root().join("docs/src/connectors")
}

/// A page for each connector in a folder, by the name of its file.
///
/// # Errors
/// What `penstock inspect` said.
pub fn pages(penstock: &Path, connectors: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let mut names = Vec::new();
    for file in std::fs::read_dir(connectors)? {
        let path = file?.path();
        if path.extension().is_some_and(|ending| ending == "wasm") {
            names.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
        }
    }
    // What lies there of earlier builds is no connector of the repository.
    names.retain(|name| crate::root().join("connectors").join(name).is_dir());
    names.sort();
    let mut pages = Vec::new();
    for name in names {
        let mut inspect = Command::new(penstock);
        inspect.args(["inspect", &name, "--format", "json", "--connectors"]).arg(connectors);
        let output = inspect.output().context("cannot start penstock")?;
        if !output.status.success() {
            bail!("`penstock inspect {name}` said: {}", String::from_utf8_lossy(&output.stdout));
        }
        let described: Value = serde_json::from_slice(&output.stdout)?;
        pages.push((format!("{name}.md"), page(&described)));
    }
    Ok(pages)
}

/// The page of a connector, as `penstock inspect --format json` tells it.
#[must_use]
pub fn page(connector: &Value) -> String {
    let name = text(&connector["name"]);
    let mut out = format!(
        "<!-- Made by `cargo xtask docs` of what the connector says of itself. -->\n\n# {name}\n\n{}.\n\n",
        sentence(text(&connector["summary"]))
    );
    out.push_str(&format!(
        "Roles: {}. `penstock inspect {name}` tells the same of the component that you have.\n",
        listed(&connector["roles"], |role| text(role).to_owned())
    ));
    endpoints(&mut out, connector);
    for (title, key) in [("Inputs", "inputs"), ("Outputs", "outputs")] {
        ports(&mut out, title, &connector[key]);
    }
    directories(&mut out, &connector["directories"]);
    let is_rule = text(&connector["account"]).is_empty();
    let of = if is_rule { "[transform.options]" } else { "[connections.NAME.options]" };
    options(&mut out, &format!("## Options\n\nUnder `{of}`.\n"), &connector["options_schema"]);
    for collection in array(&connector["collections"]) {
        one_collection(&mut out, collection);
    }
    out
}

fn endpoints(out: &mut String, connector: &Value) {
    let endpoints = array(&connector["endpoints"]);
    if endpoints.is_empty() {
        return;
    }
    out.push_str(&format!(
        "\n## Endpoints\n\nThe account is `{}`.\n\n",
        text(&connector["account"])
    ));
    for endpoint in endpoints {
        let limit = &endpoint["rate_limit"];
        let limit = match (limit["requests"].as_u64(), limit["window_ms"].as_u64()) {
            (Some(requests), Some(window)) => {
                format!("; {requests} requests in {} s", window / 1000)
            }
            _ => String::new(),
        };
        let posts = match listed(&endpoint["reads_by_post"], named) {
            paths if paths.is_empty() => String::new(),
            paths => format!("; reads by POST: {paths}"),
        };
        out.push_str(&format!(
            "- `{}`: `{}`; {}{limit}{posts}.\n",
            text(&endpoint["name"]),
            text(&endpoint["base_url"]),
            text(&endpoint["auth"]),
        ));
    }
    if endpoints.iter().any(|endpoint| !array(&endpoint["reads_by_post"]).is_empty()) {
        out.push_str(
            "\nA path that is read by POST must be granted in the pipeline file: `reads_by_post` of the endpoint.\n",
        );
    }
}

fn ports(out: &mut String, title: &str, ports: &Value) {
    if array(ports).is_empty() {
        return;
    }
    out.push_str(&format!("\n## {title}\n\n"));
    for port in array(ports) {
        let without = listed(&port["without"], |part| text(part).to_owned());
        let without = match without.as_str() {
            "" => String::new(),
            parts => format!(". It is not given: {parts}"),
        };
        out.push_str(&format!(
            "- `{}`: *{}{}.* {}{without}.\n",
            text(&port["name"]),
            listed(&port["kinds"], |kind| text(kind).to_owned()),
            needed(port["required"] == true),
            sentence(text(&port["summary"])),
        ));
    }
}

fn directories(out: &mut String, directories: &Value) {
    if array(directories).is_empty() {
        return;
    }
    out.push_str("\n## Directories\n\nWhat it looks things up in.\n\n");
    for directory in array(directories) {
        out.push_str(&format!(
            "- `{}`: *{} by {}{}.*\n",
            text(&directory["name"]),
            text(&directory["kind"]),
            listed(&directory["finds_by"], named),
            needed(directory["required"] == true),
        ));
    }
}

fn one_collection(out: &mut String, collection: &Value) {
    let name = text(&collection["name"]);
    out.push_str(&format!(
        "\n## Collection `{name}`\n\n{}.\n\n",
        sentence(text(&collection["summary"]))
    ));
    let number = |key: &str| collection[key].as_u64().unwrap_or_default();
    if let Some(kind) = collection["reads"].as_str() {
        out.push_str(&format!(
            "- A source gives entries of the kind {kind}, at most {} at once.\n",
            number("page_max")
        ));
    }
    if !array(&collection["writes"]).is_empty() {
        out.push_str(&format!(
            "- A sink takes entries of the kind {}, at most {} at once.\n",
            listed(&collection["writes"], |kind| text(kind).to_owned()),
            number("batch_max")
        ));
    }
    if !array(&collection["finds_by"]).is_empty() {
        out.push_str(&format!(
            "- A directory finds them by {}.\n",
            listed(&collection["finds_by"], named)
        ));
    }
    let without = listed(&collection["without"], |part| text(part).to_owned());
    if !without.is_empty() {
        out.push_str(&format!("- Of an order the sink is not given: {without}.\n"));
    }
    let is_used = |key: &str| !collection[key].is_null() && collection[key] != json!([]);
    let uses = [
        ("reads", "`[source.options]`"),
        ("writes", "`[sink.options]`"),
        ("finds_by", "`options` of a directory"),
    ];
    let places: Vec<&str> =
        uses.iter().filter(|(key, _)| is_used(key)).map(|(_, place)| *place).collect();
    let title = format!("\nUnder {}:\n", places.join(" or "));
    options(out, &title, &collection["options_schema"]);
}

/// The options of a JSON Schema. A table of them would leave a narrow screen no room for what they mean.
fn options(out: &mut String, title: &str, schema: &Value) {
    let none = Map::new();
    let properties = schema["properties"].as_object().unwrap_or(&none);
    if properties.is_empty() {
        return;
    }
    if !out.ends_with("\n\n") && !title.starts_with('\n') {
        out.push('\n');
    }
    out.push_str(title);
    out.push('\n');
    let required = array(&schema["required"]);
    for (name, property) in properties {
        let default = match property.get("default") {
            Some(default) => format!("; default {}", code(default)),
            None => needed(required.iter().any(|required| required == name)).to_owned(),
        };
        out.push_str(&format!(
            "- `{name}`: *{}{default}.* {}\n",
            form(property),
            one_line(text(&property["description"])),
        ));
    }
}

fn needed(is_needed: bool) -> &'static str {
    if is_needed { "; needed" } else { "" }
}

/// What a value may be, in words.
fn form(schema: &Value) -> String {
    if let Some(values) = schema["enum"].as_array() {
        return values.iter().map(code).collect::<Vec<_>>().join(" or ");
    }
    for several in ["anyOf", "oneOf"] {
        if let Some(forms) = schema[several].as_array() {
            return forms.iter().map(form).collect::<Vec<_>>().join(", or ");
        }
    }
    let bounds = |least: &str, most: &str| match (schema.get(least), schema.get(most)) {
        (Some(least), Some(most)) => format!(" from {least} to {most}"),
        (Some(least), None) => format!(" from {least}"),
        (None, Some(most)) => format!(" up to {most}"),
        (None, None) => String::new(),
    };
    match schema["type"].as_str() {
        Some("integer") => format!("whole number{}", bounds("minimum", "maximum")),
        Some("number") => format!("number{}", bounds("minimum", "maximum")),
        Some("boolean") => "`true` or `false`".to_owned(),
        Some("string") => match schema["maxLength"].as_u64() {
            Some(most) => format!("text of at most {most} characters"),
            None => "text".to_owned(),
        },
        Some("array") => format!("list of: {}", form(&schema["items"])),
        Some("object") => "table".to_owned(),
        _ => match schema.get("const") {
            Some(value) => code(value),
            None => "any".to_owned(),
        },
    }
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn listed(values: &Value, each: impl Fn(&Value) -> String) -> String {
    array(values).iter().map(each).collect::<Vec<_>>().join(", ")
}

/// A value as it is written in a file.
fn code(value: &Value) -> String {
    match value {
        Value::String(text) => format!("`\"{}\"`", one_line(text)),
        value => format!("`{}`", one_line(&value.to_string())),
    }
}

/// A name, which stands without quotes in tables.
fn named(value: &Value) -> String {
    format!("`{}`", one_line(text(value)))
}

/// A text with a capital at its beginning.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().collect::<String>() + letters.as_str()
    })
}

/// A text on one line.
fn one_line(text: &str) -> String {
    text.replace('\n', " ")
}
