//! A table of connectors, written by hand, for tests: a shop, a till, a feed, and rules.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};

use crate::contract::{
    Auth, Collection, Descriptor, Endpoint, Kind, NeededDirectory, OptionFault, Port,
};
use crate::pipeline::{ConnectorRef, Connectors, Described, LoadFault, ResolveFault, Roles};

/// Every connector that the cases name.
#[derive(Debug, Clone, Copy)]
pub struct Table;

const KNOWN: [&str; 11] = [
    "acme-broken",
    "acme-feed",
    "acme-future",
    "acme-no-account",
    "acme-odd-schema",
    "acme-odd-url",
    "acme-shop",
    "acme-till",
    "delta",
    "filter",
    "match",
];

impl Connectors for Table {
    fn resolve(&self, name: &str, directory: &Path) -> Result<ConnectorRef, ResolveFault> {
        if name.ends_with(".wasm") {
            let path = directory.join(name);
            return match name {
                "./acme-shop.wasm" => Ok(ConnectorRef { name: name.to_owned(), path }),
                _ => Err(ResolveFault::NoFile { path }),
            };
        }
        if KNOWN.contains(&name) {
            return Ok(ConnectorRef {
                name: name.to_owned(),
                path: PathBuf::from(format!("connectors/{name}.wasm")),
            });
        }
        let known = KNOWN.iter().map(ToString::to_string).collect();
        Err(ResolveFault::Unknown { known, looked_in: vec![PathBuf::from("connectors")] })
    }

    fn descriptor(&self, connector: &ConnectorRef) -> Result<Arc<Described>, LoadFault> {
        let (descriptor, roles) =
            match connector.path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default() {
                "acme-shop" => (shop(), VENDOR),
                "acme-till" => (till(), VENDOR),
                "acme-feed" => (feed(), Roles { source: true, ..Roles::default() }),
                "acme-no-account" => (Descriptor { account: String::new(), ..feed() }, VENDOR),
                "acme-odd-schema" => {
                    let account = "acme-odd-schema:{name}".to_owned();
                    let options_schema = r#"{"type": 5}"#.to_owned();
                    (Descriptor { account, options_schema, ..feed() }, VENDOR)
                }
                "acme-odd-url" => (odd_url(), VENDOR),
                "filter" => (filter(), RULE),
                "match" => (matching(), RULE),
                "delta" => (delta(), RULE),
                "acme-future" => {
                    return Err(LoadFault::Version {
                        found: "penstock:connector@0.3.0".to_owned(),
                        supported: "0.1.0 to 0.1.4".to_owned(),
                    });
                }
                _ => return Err(LoadFault::Broken("it is not a component".to_owned())),
            };
        Ok(Arc::new(Described::new(descriptor, "00", roles)))
    }

    fn open(&self, connector: &ConnectorRef, options_json: &str) -> Result<(), Vec<OptionFault>> {
        let options: Value = serde_json::from_str(options_json).expect("the host hands over JSON");
        if connector.name == "match" && options["by"] == "phone" {
            return Err(vec![OptionFault {
                pointer: "/by".to_owned(),
                message: "telephone numbers are not unique".to_owned(),
                hint: Some("set `by = \"email\"`".to_owned()),
            }]);
        }
        if connector.name == "acme-shop" && options["store_id"] == json!(666) {
            return Err(Vec::new());
        }
        Ok(())
    }
}

const VENDOR: Roles = Roles { source: true, directory: true, sink: true, transform: false };
const RULE: Roles = Roles { source: false, directory: false, sink: false, transform: true };

fn descriptor(name: &str, account: &str, options_schema: Value) -> Descriptor {
    Descriptor {
        name: name.to_owned(),
        version: "0.1.0".to_owned(),
        summary: String::new(),
        account: account.to_owned(),
        endpoints: Vec::new(),
        collections: Vec::new(),
        inputs: Vec::new(),
        outputs: Vec::new(),
        directories: Vec::new(),
        options_schema: options_schema.to_string(),
        attributes: Vec::new(),
    }
}

fn endpoint(base_url: &str, auth: Auth) -> Endpoint {
    Endpoint {
        name: "api".to_owned(),
        base_url: base_url.to_owned(),
        auth,
        rate_limit: None,
        reads_by_post: vec!["search".to_owned(), "inventory".to_owned()],
    }
}

fn collection(name: &str, reads: Option<Kind>, writes: &[Kind], finds_by: &[&str]) -> Collection {
    Collection {
        name: name.to_owned(),
        summary: String::new(),
        reads,
        writes: writes.to_vec(),
        finds_by: finds_by.iter().map(ToString::to_string).collect(),
        page_max: 100,
        batch_max: 100,
        without: Vec::new(),
        options_schema: String::new(),
        attributes: Vec::new(),
    }
}

fn port(name: &str, kinds: &[Kind], required: bool) -> Port {
    Port {
        name: name.to_owned(),
        summary: String::new(),
        kinds: kinds.to_vec(),
        required,
        without: Vec::new(),
    }
}

fn shop() -> Descriptor {
    let options = json!({
        "type": "object",
        "properties": {
            "store_id": { "type": "integer", "minimum": 1 },
            "page_size": { "type": "integer", "minimum": 1, "maximum": 200, "description": "orders of one page" },
            "region": { "enum": ["eu", "us"] },
            "note": { "type": "string" },
            "rate": { "type": "number" },
            "retry": {
                "type": "object",
                "properties": { "times": { "type": "integer" } },
                "required": ["times"],
                "additionalProperties": false
            }
        },
        "required": ["store_id"],
        "additionalProperties": false
    });
    let orders = json!({
        "type": "object",
        "properties": {
            "start": {
                "anyOf": [
                    { "const": "now" },
                    { "const": "beginning" },
                    { "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" }
                ]
            },
            "statuses": { "type": "array", "items": { "enum": ["paid", "refunded"] }, "minItems": 1 }
        },
        "additionalProperties": false
    });
    Descriptor {
        endpoints: vec![endpoint("https://api.acme-shop.test/v3/{store_id}", Auth::Bearer)],
        collections: vec![
            Collection {
                options_schema: orders.to_string(),
                ..collection("orders", Some(Kind::Order), &[], &["key", "number"])
            },
            collection("stock", Some(Kind::StockLevel), &[Kind::StockChange], &[]),
            collection("buyers", Some(Kind::Customer), &[], &["key"]),
            collection("catalogue", None, &[Kind::Product], &[]),
        ],
        ..descriptor("acme-shop", "acme-shop:{store_id}", options)
    }
}

fn till() -> Descriptor {
    let options = json!({
        "type": "object",
        "properties": {
            "domain": { "type": "string" },
            "register": { "type": "string", "minLength": 1 }
        },
        "required": ["domain", "register"],
        "additionalProperties": false
    });
    Descriptor {
        endpoints: vec![endpoint(
            "https://{domain}.till.acme.test/api",
            Auth::Header("X-Token".to_owned()),
        )],
        collections: vec![
            collection("sales", None, &[Kind::Order], &[]),
            collection("customers", Some(Kind::Customer), &[Kind::Customer], &["email", "key"]),
            collection("products", Some(Kind::Product), &[], &["sku"]),
            collection("stock", Some(Kind::StockLevel), &[Kind::StockChange], &["key"]),
        ],
        ..descriptor("acme-till", "acme-till:{domain}", options)
    }
}

fn feed() -> Descriptor {
    let options = json!({
        "type": "object",
        "properties": { "name": { "type": "string", "default": "main" }, "region": { "type": "string" } },
        "additionalProperties": false
    });
    Descriptor {
        endpoints: vec![endpoint("https://feed.acme.test/{name}", Auth::None)],
        collections: vec![collection("products", Some(Kind::Product), &[], &[])],
        ..descriptor("acme-feed", "acme-feed:{name}", options)
    }
}

fn odd_url() -> Descriptor {
    let account = "acme-odd-url:{name}".to_owned();
    let endpoints = vec![endpoint("https://{name.acme.test", Auth::None)];
    Descriptor { account, endpoints, ..feed() }
}

const EVERYTHING: &[Kind] = &[
    Kind::Order,
    Kind::Customer,
    Kind::StockLevel,
    Kind::StockChange,
    Kind::Product,
    Kind::Document,
];

fn filter() -> Descriptor {
    let options = json!({
        "type": "object",
        "properties": { "payment_status": { "type": "array", "items": { "type": "string" } } },
        "additionalProperties": false
    });
    Descriptor {
        inputs: vec![port("in", EVERYTHING, true)],
        outputs: vec![port("out", EVERYTHING, true)],
        ..descriptor("filter", "", options)
    }
}

fn matching() -> Descriptor {
    let options = json!({
        "type": "object",
        "properties": { "by": { "enum": ["email", "phone"] }, "when_unknown": { "enum": ["create", "none"] } },
        "required": ["by"],
        "additionalProperties": false
    });
    Descriptor {
        inputs: vec![port("orders", &[Kind::Order], true)],
        outputs: vec![
            port("orders", &[Kind::Order], true),
            port("customers", &[Kind::Customer], false),
        ],
        directories: vec![NeededDirectory {
            name: "customers".to_owned(),
            kind: Kind::Customer,
            finds_by: vec!["email".to_owned()],
            required: true,
        }],
        ..descriptor("match", "", options)
    }
}

fn delta() -> Descriptor {
    Descriptor {
        inputs: vec![
            port("orders", &[Kind::Order], false),
            port("shop", &[Kind::StockLevel], true),
            port("till", &[Kind::StockLevel], true),
        ],
        outputs: vec![
            port("to_shop", &[Kind::StockChange], true),
            port("to_till", &[Kind::StockChange], true),
        ],
        ..descriptor("delta", "", json!({ "type": "object", "additionalProperties": false }))
    }
}
