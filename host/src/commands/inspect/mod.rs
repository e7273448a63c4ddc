//! `penstock inspect`: what a connector can do and wants, and what changes where it takes another's place.

mod against;
mod options;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};

use super::args::{Arguments, InspectArgs};
use super::catalogue::Catalogue;
use super::output::{Outcome, Screen, counted};
use super::project;
use crate::component::Component;
use crate::contract::{Auth, Collection, Descriptor, Kind, OrderPart, Pair, Port};
use crate::pipeline::{Connectors as _, ResolveFault};
use crate::record::part_word;
use crate::report::codes;
use against::{Grade, Side};

pub(super) fn inspect(command: &InspectArgs, arguments: &Arguments, screen: &Screen) -> Outcome {
    match inspect_within(command, arguments, screen) {
        Ok(outcome) | Err(outcome) => outcome,
    }
}

fn inspect_within(
    command: &InspectArgs,
    arguments: &Arguments,
    screen: &Screen,
) -> Result<Outcome, Outcome> {
    let catalogue = project::catalogue(arguments, screen)?;
    let new = found(&command.connector, &catalogue, screen)?;
    let Some(other) = &command.against else {
        screen.say(&words(&new.descriptor, &new.component, &new.path));
        screen.give(&as_json(&new.descriptor, &new.component, &new.path));
        return Ok(Outcome::Done);
    };
    let old = found(other, &catalogue, screen)?;
    let changes = against::changes(&old.side(), &new.side());
    let count = |grade| changes.iter().filter(|change| change.grade == grade).count();
    let breaking = count(Grade::Breaking);
    let (from, to) = (old.title(), new.title());
    let summary = match (changes.is_empty(), breaking) {
        (true, _) => "they are the same".to_owned(),
        (false, 0) => "nothing is breaking".to_owned(),
        (false, count) => counted(count as u64, "change is breaking", "changes are breaking"),
    };
    screen.say(&format!("{to} in the place of {from}\n{}\n{summary}", against::words(&changes)));
    screen.give(&json!({
        "old": { "name": old.descriptor.name, "version": old.descriptor.version, "file": old.path, "sha256": old.component.digest() },
        "new": { "name": new.descriptor.name, "version": new.descriptor.version, "file": new.path, "sha256": new.component.digest() },
        "breaking": breaking,
        "widening": count(Grade::Widening),
        "changes": against::as_json(&changes),
    }));
    Ok(if breaking == 0 { Outcome::Done } else { Outcome::Failed })
}

/// A connector with what it says of itself.
struct Inspected {
    path: PathBuf,
    component: Arc<Component>,
    descriptor: Descriptor,
}

impl Inspected {
    fn side(&self) -> Side<'_> {
        Side {
            descriptor: &self.descriptor,
            contract: self.component.contract_version(),
            roles: self.component.roles().iter().map(ToString::to_string).collect(),
            imports: self.component.imports(),
            bytes: self.component.bytes(),
            digest: self.component.digest(),
        }
    }

    fn title(&self) -> String {
        format!("{} {} ({})", self.descriptor.name, self.descriptor.version, self.path.display())
    }
}

fn found(name: &str, catalogue: &Catalogue, screen: &Screen) -> Result<Inspected, Outcome> {
    let connector =
        catalogue.resolve(name, Path::new("")).map_err(|fault| unresolved(name, &fault, screen))?;
    let component =
        catalogue.component(&connector).map_err(|error| project::load_fault(&error, screen))?;
    let descriptor = component.describe().map_err(|error| {
        screen.fail(error.code(), &error.to_string(), error.hint().as_deref());
        Outcome::Surroundings
    })?;
    let descriptor = descriptor.clone();
    Ok(Inspected { path: connector.path, component, descriptor })
}

fn unresolved(name: &str, fault: &ResolveFault, screen: &Screen) -> Outcome {
    let hint = match fault {
        ResolveFault::Unknown { known, .. } if known.is_empty() => {
            "name the folder where connectors lie with `--connectors DIR`".to_owned()
        }
        ResolveFault::Unknown { known, .. } => {
            format!("connectors that are there: {}", known.join(", "))
        }
        ResolveFault::NoFile { .. } => {
            "name a file that is there, or a connector by its name".to_owned()
        }
    };
    let fact = match fault {
        ResolveFault::Unknown { looked_in, .. } => {
            let folders: Vec<String> = looked_in
                .iter()
                .map(|folder: &PathBuf| format!("`{}`", folder.display()))
                .collect();
            format!("there is no connector `{name}` in {}", folders.join(", "))
        }
        fault => fault.to_string(),
    };
    screen.fail(codes::CONNECTOR_UNKNOWN, &fact, Some(&hint));
    Outcome::Surroundings
}

pub(super) fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Order => "order",
        Kind::Customer => "customer",
        Kind::StockLevel => "stock-level",
        Kind::StockChange => "stock-change",
        Kind::Product => "product",
        Kind::Document => "document",
    }
}

fn parts(parts: &[OrderPart]) -> Vec<&'static str> {
    parts.iter().map(|part| part_word(*part)).collect()
}

fn kinds(kinds: &[Kind]) -> String {
    kinds.iter().map(|kind| kind_word(*kind)).collect::<Vec<_>>().join(", ")
}

fn auth_word(auth: &Auth) -> String {
    match auth {
        Auth::None => "no secret".to_owned(),
        Auth::Bearer => "bearer token".to_owned(),
        Auth::Header(name) => format!("secret in the header `{name}`"),
        Auth::Query(name) => format!("secret in the query parameter `{name}`"),
        Auth::Basic => "basic authentication".to_owned(),
        Auth::Oauth2(_) => "OAuth 2".to_owned(),
    }
}

fn words(descriptor: &Descriptor, component: &Component, path: &Path) -> String {
    let mut out = format!("{} {}: {}\n", descriptor.name, descriptor.version, descriptor.summary);
    let mut line = |name: &str, text: String| out.push_str(&format!("  {name:<12} {text}\n"));
    line("file", format!("{} ({} KiB)", path.display(), component.bytes().div_ceil(1024)));
    line("sha256", component.digest().to_owned());
    line("contract", component.contract_version().to_owned());
    line("roles", component.roles().iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
    for import in component.imports() {
        line("import", import.clone());
    }
    if !descriptor.account.is_empty() {
        line("account", descriptor.account.clone());
    }
    for endpoint in &descriptor.endpoints {
        let limit = endpoint.rate_limit.as_ref().map_or(String::new(), |limit| {
            format!(", {} requests in {} s", limit.requests, limit.window_ms / 1000)
        });
        line(
            "endpoint",
            format!(
                "{}: {} ({}{limit})",
                endpoint.name,
                endpoint.base_url,
                auth_word(&endpoint.auth)
            ),
        );
    }
    for collection in &descriptor.collections {
        line("collection", collection_words(collection));
    }
    for (name, ports) in [("input", &descriptor.inputs), ("output", &descriptor.outputs)] {
        for port in ports {
            line(name, port_words(port));
        }
    }
    for directory in &descriptor.directories {
        line(
            "directory",
            format!(
                "{}: {} by {}",
                directory.name,
                kind_word(directory.kind),
                directory.finds_by.join(", ")
            ),
        );
    }
    options(&mut out, "options", &descriptor.options_schema);
    for collection in &descriptor.collections {
        options(
            &mut out,
            &format!("options of collection {}", collection.name),
            &collection.options_schema,
        );
    }
    out.trim_end().to_owned()
}

fn collection_words(collection: &Collection) -> String {
    let mut can = Vec::new();
    if let Some(kind) = collection.reads {
        can.push(format!("gives {}", kind_word(kind)));
    }
    if !collection.writes.is_empty() {
        can.push(format!("takes {}", kinds(&collection.writes)));
    }
    if !collection.finds_by.is_empty() {
        can.push(format!("finds by {}", collection.finds_by.join(", ")));
    }
    can.extend(collection.attributes.iter().map(|pair| format!("{} = {}", pair.name, pair.value)));
    format!("{}: {} ({})", collection.name, collection.summary, can.join("; "))
}

fn port_words(port: &Port) -> String {
    format!("{}: {} ({})", port.name, port.summary, kinds(&port.kinds))
}

/// The options of a JSON Schema, one a line.
fn options(out: &mut String, title: &str, schema: &str) {
    let Ok(schema) = serde_json::from_str::<Value>(schema) else { return };
    let Some(properties) =
        schema.get("properties").and_then(Value::as_object).filter(|all| !all.is_empty())
    else {
        return;
    };
    let required = |name: &str| {
        schema
            .get("required")
            .and_then(Value::as_array)
            .is_some_and(|names| names.iter().any(|one| one == name))
    };
    out.push_str(&format!("\n{title}\n"));
    for (name, property) in properties {
        let text = property.get("description").and_then(Value::as_str).unwrap_or_default();
        let default = match property.get("default") {
            Some(default) => format!(" [default: {default}]"),
            None if required(name) => " [required]".to_owned(),
            None => String::new(),
        };
        out.push_str(&format!("  {name:<22} {text}{default}\n"));
    }
}

fn as_json(descriptor: &Descriptor, component: &Component, path: &Path) -> Value {
    let schema = |text: &str| serde_json::from_str::<Value>(text).unwrap_or(Value::Null);
    let ports = |ports: &[Port]| {
        let port = |port: &Port| {
            json!({
                "name": port.name,
                "summary": port.summary,
                "kinds": port.kinds.iter().map(|kind| kind_word(*kind)).collect::<Vec<_>>(),
                "required": port.required,
                "without": parts(&port.without),
            })
        };
        ports.iter().map(port).collect::<Vec<_>>()
    };
    json!({
        "name": descriptor.name,
        "version": descriptor.version,
        "summary": descriptor.summary,
        "file": path,
        "bytes": component.bytes(),
        "sha256": component.digest(),
        "contract": component.contract_version(),
        "roles": component.roles().iter().map(ToString::to_string).collect::<Vec<_>>(),
        "imports": component.imports(),
        "account": descriptor.account,
        "directories": descriptor.directories.iter().map(|directory| json!({
            "name": directory.name,
            "kind": kind_word(directory.kind),
            "finds_by": directory.finds_by,
            "required": directory.required,
        })).collect::<Vec<_>>(),
        "endpoints": descriptor.endpoints.iter().map(|endpoint| json!({
            "name": endpoint.name,
            "base_url": endpoint.base_url,
            "auth": auth_word(&endpoint.auth),
            "reads_by_post": endpoint.reads_by_post,
            "rate_limit": endpoint.rate_limit.as_ref().map(|limit| json!({
                "name": limit.name,
                "requests": limit.requests,
                "window_ms": limit.window_ms,
            })),
        })).collect::<Vec<_>>(),
        "collections": descriptor.collections.iter().map(|collection| json!({
            "name": collection.name,
            "summary": collection.summary,
            "reads": collection.reads.map(kind_word),
            "writes": collection.writes.iter().map(|kind| kind_word(*kind)).collect::<Vec<_>>(),
            "finds_by": collection.finds_by,
            "page_max": collection.page_max,
            "batch_max": collection.batch_max,
            "without": parts(&collection.without),
            "options_schema": schema(&collection.options_schema),
            "attributes": attributes(&collection.attributes),
        })).collect::<Vec<_>>(),
        "inputs": ports(&descriptor.inputs),
        "outputs": ports(&descriptor.outputs),
        "options_schema": schema(&descriptor.options_schema),
        "attributes": attributes(&descriptor.attributes),
    })
}

/// In their order, for a name may be there several times.
fn attributes(pairs: &[Pair]) -> Vec<Value> {
    pairs.iter().map(|pair| json!({ "name": pair.name, "value": pair.value })).collect()
}
