//! The form of a pipeline file as a JSON Schema, by which an editor completes and checks while one types.
//!
//! Which keys a table may have is told by the lists that the reading of a file goes by; here stands what each key
//! takes. The schema refuses nothing that a check of the file alone accepts. It cannot follow a stage to its
//! connection, so a collection's options are those of any connector on the path that has a collection of this name
//! (which is wrong for a connector that is named by its file and shares such a name). What else only a check can know,
//! whether a stage is there, whether kinds fit, it leaves to the check.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::file::{self, keys};
use super::{Described, NAME_CHARS_MAX, Roles};

/// The schema (2020-12) of a pipeline file whose connectors are these, by their names.
pub fn file_schema(connectors: &[(String, Arc<Described>)]) -> Json {
    let mut definitions = definitions();
    let is_system = |roles: Roles| roles.source || roles.directory || roles.sink;
    let systems = by_connector(connectors, is_system, &mut definitions);
    let rules = by_connector(connectors, |roles| roles.transform, &mut definitions);
    let collections = by_collection(connectors, &mut definitions);
    let tables = [
        (
            "source",
            keys::SOURCE,
            &["id", "connection", "collection"][..],
            Some(("collection", &collections)),
        ),
        ("transform", keys::TRANSFORM, &["id", "connector", "inputs"], Some(("connector", &rules))),
        (
            "sink",
            keys::SINK,
            &["id", "connection", "collection", "inputs"],
            Some(("collection", &collections)),
        ),
        (
            "directory",
            keys::DIRECTORY,
            &["connection", "collection"],
            Some(("collection", &collections)),
        ),
        ("connection", keys::CONNECTION, &["connector"], Some(("connector", &systems))),
        ("endpoint", keys::ENDPOINT, &[], None),
        ("secret", keys::SECRET, &[], None),
    ];
    for (name, keys, needed, chooser) in tables {
        let mut table = table(keys, needed);
        if let Some((key, all)) = chooser {
            table["properties"][key]["anyOf"][0]["enum"] = all.iter().map(|one| &*one.of).collect();
            if !all.is_empty() {
                table["allOf"] = all.iter().map(|options| options.condition(key)).collect();
            }
        }
        definitions.insert(name.to_owned(), table);
    }
    for bound in ["minProperties", "maxProperties"] {
        definitions["secret"][bound] = json!(1);
    }
    let file = table(keys::FILE, &[]);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A pipeline file of Penstock",
        "type": "object",
        "properties": file["properties"],
        "additionalProperties": false,
        "$defs": definitions,
    })
}

/// A table that may have these keys and no others.
fn table(keys: &[&str], needed: &[&str]) -> Json {
    let form = |key: &&str| ((*key).to_owned(), form(key).unwrap_or(Json::Bool(true)));
    let properties: Map<String, Json> = keys.iter().map(form).collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": needed,
        "additionalProperties": false,
    })
}

/// What a key takes. A key means the same in every table that has it.
fn form(key: &str) -> Option<Json> {
    let (what, mut form) = match key {
        "allow_private" => ("Allows this machine's network, and `http`: for a simulator", flag()),
        "ask_when_on" => ("Asks a person about what gathered while its switch was off", flag()),
        "collection" => ("The collection of the connection's connector", one_of(text())),
        "connection" => ("The connection, by its name under `[connections]`", text()),
        "connections" => ("The accounts: connector, options and secret", named("connection")),
        "connector" => ("Its name, or a path that ends in `.wasm`", one_of(pattern("\\.wasm$"))),
        "directories" => ("Where a rule looks things up, by the rule's names", tables("directory")),
        "enabled" => ("Whether the stage takes part; it does where nothing is said", flag()),
        "endpoints" => ("What is allowed or redirected, by endpoint", tables("endpoint")),
        "env" => ("The variable that holds the secret", pattern("^[A-Za-z_][A-Za-z0-9_]*$")),
        "every" => ("The wait between two polls: `30s`, `1m`, `2h`, `1d`", refer("duration")),
        "file" => ("The file that holds the secret, as seen from this file", pattern("\\S")),
        "fresh" => {
            ("What was read longer ago is read anew before it is written", refer("duration"))
        }
        "id" => ("The stage's name", refer("name")),
        "inputs" => {
            ("What feeds it: `[\"stage\"]`, or `{ port = \"stage.port\" }`", refer("inputs"))
        }
        "options" => ("The connector's own settings", json!({ "type": "object" })),
        "reads_by_post" => ("Paths at which the connector may read by POST", texts()),
        "secret" => ("Where the secret is kept, never the secret itself", refer("secret")),
        "sink" => ("Writes what it is given", list("sink")),
        "source" => ("Reads entries", list("source")),
        "switch" => ("The switch under `[switches]` that the stage hangs on", text()),
        "switches" => ("What can be turned on and off", switches()),
        "transform" => ("Turns entries into others, or chooses among them", list("transform")),
        "unused" => ("Outputs that no stage reads, on purpose", texts()),
        "url" => ("Another base URL of the endpoint", text()),
        _ => return None,
    };
    form["description"] = json!(what);
    Some(form)
}

fn flag() -> Json {
    json!({ "type": "boolean" })
}

fn text() -> Json {
    json!({ "type": "string" })
}

fn texts() -> Json {
    json!({ "type": "array", "items": text() })
}

fn pattern(pattern: &str) -> Json {
    json!({ "type": "string", "pattern": pattern })
}

fn refer(name: &str) -> Json {
    json!({ "$ref": format!("#/$defs/{name}") })
}

fn list(of: &str) -> Json {
    json!({ "type": "array", "items": refer(of) })
}

/// Tables under names that a connector gives.
fn tables(of: &str) -> Json {
    json!({ "type": "object", "additionalProperties": refer(of) })
}

/// Tables under names that the file gives.
fn named(of: &str) -> Json {
    json!({
        "type": "object", "propertyNames": refer("name"), "additionalProperties": refer(of),
    })
}

fn switches() -> Json {
    json!({ "type": "object", "propertyNames": refer("name"), "additionalProperties": flag() })
}

/// One of the names that are known, which are put in for each table, or something else.
fn one_of(other: Json) -> Json {
    json!({ "anyOf": [{ "enum": [] }, other] })
}

/// What the forms of keys refer to, the tables of stages aside.
fn definitions() -> Map<String, Json> {
    let units: String = file::DURATION_UNITS.iter().map(|(unit, _)| *unit).collect();
    let references = json!({
        "type": "array", "items": { "type": "string" }, "minItems": 1, "uniqueItems": true,
    });
    let by_port = json!({
        "type": "object",
        "minProperties": 1,
        "additionalProperties": { "anyOf": [{ "type": "string" }, references] },
    });
    let further = NAME_CHARS_MAX - 1;
    let all = [
        (
            "name",
            json!({ "type": "string", "pattern": format!("^[a-z][a-z0-9_-]{{0,{further}}}$") }),
        ),
        ("duration", json!({ "type": "string", "pattern": format!("^[0-9]+[{units}]$") })),
        ("inputs", json!({ "anyOf": [references, by_port] })),
    ];
    all.into_iter().map(|(name, form)| (name.to_owned(), form)).collect()
}

/// The options that go with one connector, or with the collections of one name, as references to the definitions.
struct Options {
    of: String,
    forms: Vec<Json>,
    /// Whether a table without options lacks something.
    needed: bool,
}

impl Options {
    /// Moves schemas of options to the definitions.
    fn new(title: &str, of: &str, schemas: Vec<Json>, definitions: &mut Map<String, Json>) -> Self {
        let needs =
            |schema: &Json| schema["required"].as_array().is_some_and(|all| !all.is_empty());
        let needed = !schemas.is_empty() && schemas.iter().all(needs);
        let mut forms = Vec::new();
        for (index, mut schema) in schemas.into_iter().enumerate() {
            let name = format!("{title}.{}.{index}", of.replace(['~', '/', '%', '#'], "_"));
            lead_references(&mut schema, &name);
            forms.push(json!({ "$ref": format!("#/$defs/{name}") }));
            definitions.insert(name, schema);
        }
        Self { of: of.to_owned(), forms, needed }
    }

    /// Where the key has this value, the options are those that go with it.
    fn condition(&self, key: &str) -> Json {
        let form = match &self.forms[..] {
            [] => json!({}),
            [one] => one.clone(),
            several => json!({ "anyOf": several }),
        };
        let needed: &[&str] = if self.needed { &["options"] } else { &[] };
        json!({
            "if": { "properties": { (key): { "const": self.of } }, "required": [key] },
            "then": { "properties": { "options": form }, "required": needed },
        })
    }
}

/// What a schema refers to within itself lies elsewhere once it is a definition.
fn lead_references(part: &mut Json, name: &str) {
    match part {
        Json::Array(values) => values.iter_mut().for_each(|value| lead_references(value, name)),
        Json::Object(entries) => {
            // The whole is of one draft, which is the one by which the host reads a connector's schema anyway.
            entries.shift_remove("$schema");
            for (key, value) in entries {
                match value {
                    Json::String(target) if key == "$ref" && target.starts_with('#') => {
                        *target = format!("#/$defs/{name}{}", &target[1..]);
                    }
                    value => lead_references(value, name),
                }
            }
        }
        _ => {}
    }
}

/// The options of connectors that have such a role.
fn by_connector(
    connectors: &[(String, Arc<Described>)],
    is_such: impl Fn(Roles) -> bool,
    definitions: &mut Map<String, Json>,
) -> Vec<Options> {
    let such = connectors.iter().filter(|(_, described)| is_such(described.roles));
    such.map(|(name, described)| {
        let schema = described.schema().ok().map(|schema| schema.document.clone());
        Options::new("connector", name, schema.into_iter().collect(), definitions)
    })
    .collect()
}

/// The options of collections, those of one name together.
fn by_collection(
    connectors: &[(String, Arc<Described>)],
    definitions: &mut Map<String, Json>,
) -> Vec<Options> {
    let mut all: Vec<(&str, Vec<Json>)> = Vec::new();
    for (_, described) in connectors {
        for (position, collection) in described.descriptor.collections.iter().enumerate() {
            let Ok(schema) = described.collection_schema(position) else { continue };
            let schema = schema.document.clone();
            match all.iter_mut().find(|(name, _)| *name == collection.name) {
                Some((_, schemas)) if schemas.contains(&schema) => {}
                Some((_, schemas)) => schemas.push(schema),
                None => all.push((&collection.name, vec![schema])),
            }
        }
    }
    let options = all
        .into_iter()
        .map(|(name, schemas)| Options::new("collection", name, schemas, definitions));
    options.collect()
}
