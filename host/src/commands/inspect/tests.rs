//! What is said of two descriptors that differ.

use super::against::{Change, Grade, Side, as_json, changes, words};
use crate::contract::{
    Auth, Collection, Descriptor, Endpoint, Kind, NeededDirectory, OrderPart, Pair, Port,
};

fn descriptor() -> Descriptor {
    Descriptor {
        name: "acme".to_owned(),
        version: "1.0.0".to_owned(),
        summary: "a shop".to_owned(),
        account: "acme:{store}".to_owned(),
        endpoints: vec![Endpoint {
            name: "api".to_owned(),
            base_url: "https://api.acme.example".to_owned(),
            auth: Auth::Bearer,
            rate_limit: None,
            reads_by_post: Vec::new(),
        }],
        collections: vec![Collection {
            name: "orders".to_owned(),
            summary: String::new(),
            reads: Some(Kind::Order),
            writes: vec![Kind::Order],
            finds_by: vec!["key".to_owned()],
            page_max: 100,
            batch_max: 10,
            without: vec![OrderPart::Note],
            options_schema: String::new(),
            attributes: vec![Pair { name: "stock-rests".to_owned(), value: "true".to_owned() }],
        }],
        inputs: vec![port("in")],
        outputs: vec![port("out")],
        directories: vec![NeededDirectory {
            name: "people".to_owned(),
            kind: Kind::Customer,
            finds_by: vec!["email".to_owned()],
            required: false,
        }],
        options_schema: r#"{"properties": {"store": {"type": "integer"}}}"#.to_owned(),
        attributes: Vec::new(),
    }
}

fn port(name: &str) -> Port {
    Port {
        name: name.to_owned(),
        summary: String::new(),
        kinds: vec![Kind::Order],
        required: false,
        without: vec![OrderPart::Customer],
    }
}

fn side<'a>(descriptor: &'a Descriptor, imports: &'a [String], roles: &[&str]) -> Side<'a> {
    let roles = roles.iter().map(ToString::to_string).collect();
    Side { descriptor, contract: "0.1.0", roles, imports, bytes: 10, digest: "ab" }
}

/// All that changes where a descriptor is edited.
fn told(edit: impl FnOnce(&mut Descriptor)) -> Vec<Change> {
    let old = descriptor();
    let mut new = descriptor();
    edit(&mut new);
    changes(&side(&old, &[], &["source"]), &side(&new, &[], &["source"]))
}

fn check(edit: impl FnOnce(&mut Descriptor), expected: &[(Grade, &str)]) {
    let told = told(edit);
    let told: Vec<(Grade, &str)> = told.iter().map(|one| (one.grade, one.text.as_str())).collect();
    assert_eq!(told, expected);
}

use Grade::{Breaking, Harmless, Widening};

#[test]
fn what_did_not_change_is_not_told() {
    check(|_| {}, &[]);
}

#[test]
fn what_breaks_a_pipeline_file() {
    check(
        |new| new.account.push('!'),
        &[(
            Breaking,
            "account `acme:{store}` -> `acme:{store}!`: what was read and written so far is another account's",
        )],
    );
    check(
        |new| new.endpoints.clear(),
        &[(Breaking, "endpoint `api`: gone; a file that names it is at fault")],
    );
    check(
        |new| new.endpoints[0].auth = Auth::Basic,
        &[(Breaking, "endpoint `api`, secret: bearer token -> basic authentication")],
    );
    check(|new| new.collections.clear(), &[(Breaking, "collection `orders`: gone")]);
    check(
        |new| new.collections[0].reads = Some(Kind::Document),
        &[
            (Breaking, "collection `orders`, gives: no longer order"),
            (Harmless, "collection `orders`, gives: now also document"),
        ],
    );
    check(
        |new| new.collections[0].writes.clear(),
        &[(Breaking, "collection `orders`, takes: no longer order")],
    );
    check(
        |new| new.collections[0].finds_by.clear(),
        &[(Breaking, "collection `orders`, finds by: no longer key")],
    );
    check(
        |new| new.collections[0].attributes.clear(),
        &[(
            Breaking,
            "collection `orders`: movements of a counter no longer wait until the last one rests",
        )],
    );
    check(|new| new.inputs.clear(), &[(Breaking, "input `in`: gone")]);
    check(|new| new.inputs[0].required = true, &[(Breaking, "input `in`: it is required now")]);
    check(
        |new| new.inputs.push(Port { required: true, ..port("more") }),
        &[(Breaking, "input `more`: new, and each file has to feed it")],
    );
    check(|new| new.outputs.clear(), &[(Breaking, "output `out`: gone")]);
    check(
        |new| new.outputs.push(port("more")),
        &[(Breaking, "output `more`: new; each file has to read it, or to name it in `unused`")],
    );
    check(
        |new| new.outputs[0].kinds.push(Kind::Product),
        &[(Breaking, "output `out`, gives: now also product")],
    );
    check(
        |new| new.directories.clear(),
        &[(Breaking, "directory `people`: gone; a file that gives it is at fault")],
    );
    check(
        |new| new.directories[0].required = true,
        &[(Breaking, "directory `people`: it is required now")],
    );
    check(
        |new| new.directories[0].finds_by.push("name".to_owned()),
        &[(Breaking, "directory `people`, found by: now also name")],
    );
    check(
        |new| new.options_schema = r#"{"properties": {"store": {"type": "string"}}}"#.to_owned(),
        &[(Breaking, "option `store`: type integer -> string")],
    );
    check(
        |new| {
            new.collections[0].options_schema =
                r#"{"properties": {"a": {}}, "required": ["a"]}"#.to_owned()
        },
        &[(Breaking, "collection `orders`, option `a`: new, and each file has to set it")],
    );
}

#[test]
fn what_a_connector_could_not_do_before() {
    check(
        |new| new.endpoints.push(Endpoint { name: "more".to_owned(), ..new.endpoints[0].clone() }),
        &[(Widening, "endpoint `more`: new; it reaches https://api.acme.example")],
    );
    check(
        |new| new.endpoints[0].base_url = "https://b.example".to_owned(),
        &[(Widening, "endpoint `api`, address: https://api.acme.example -> https://b.example")],
    );
    check(
        |new| new.endpoints[0].reads_by_post.push("/s".to_owned()),
        &[(Widening, "endpoint `api`, reads by POST: now also /s")],
    );
    check(
        |new| new.inputs[0].without.clear(),
        &[(Widening, "input `in`, not given of an order: no longer customer")],
    );
    check(
        |new| new.collections[0].without.clear(),
        &[(Widening, "collection `orders`, not given of an order: no longer note")],
    );
    let more = NeededDirectory { name: "more".to_owned(), ..descriptor().directories[0].clone() };
    check(
        |new| new.directories.push(more),
        &[(Widening, "directory `more`: new; it looks things up there where a file gives it")],
    );

    let descriptor = descriptor();
    let imports =
        ["penstock:connector/log@0.1.0", "penstock:connector/http@0.1.0", "wasi:cli/exit@0.2.3"];
    let imports = imports.map(str::to_owned);
    let told = changes(
        &side(&descriptor, &[], &["source"]),
        &side(&descriptor, &imports, &["source", "sink"]),
    );
    let told: Vec<(Grade, &str)> = told.iter().map(|one| (one.grade, one.text.as_str())).collect();
    let expected = [
        (Widening, "role sink: it has it now"),
        (Widening, "import `penstock:connector/http`: it can read from its endpoints now"),
        (Harmless, "import `penstock:connector/log`: it gives no power"),
        (Harmless, "import `wasi:cli/exit`: it gives no power"),
    ];
    assert_eq!(told, expected);
}

#[test]
fn what_does_no_harm() {
    check(|new| new.version = "1.0.1".to_owned(), &[(Harmless, "version: 1.0.0 -> 1.0.1")]);
    check(
        |new| new.collections[0].page_max = 50,
        &[(Harmless, "collection `orders`, largest page: 100 -> 50")],
    );
    check(
        |new| new.inputs.push(port("more")),
        &[(Harmless, "input `more`: new, and may be left out")],
    );
    check(
        |new| new.inputs[0].kinds.push(Kind::Product),
        &[(Harmless, "input `in`, takes: now also product")],
    );
    check(
        |new| new.inputs[0].without.push(OrderPart::Lines),
        &[(Harmless, "input `in`, not given of an order: now also lines")],
    );
}

#[test]
fn the_gravest_comes_first_for_people_and_programs() {
    let told = told(|new| {
        new.version = "2.0.0".to_owned();
        new.endpoints[0].reads_by_post.push("/s".to_owned());
        new.outputs.clear();
    });
    assert_eq!(
        words(&told),
        "\nbreaking\n  output `out`: gone\n\nwidens its powers\n  endpoint `api`, reads by POST: now also /s\n\n\
         harmless\n  version: 1.0.0 -> 2.0.0\n"
    );
    assert_eq!(
        as_json(&told)[0],
        serde_json::json!({ "grade": "breaking", "what": "output `out`: gone" })
    );
}
