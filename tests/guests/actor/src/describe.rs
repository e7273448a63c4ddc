//! What the actor says of itself: one of everything that the tests need.

use crate::exports::penstock::connector::connector::{
    Auth, Collection, Descriptor, Endpoint, Kind, NeededDirectory, Port,
};

pub(crate) fn descriptor() -> Descriptor {
    Descriptor {
        name: "actor".to_owned(),
        version: "0.1.0".to_owned(),
        summary: "behaves as its options tell it".to_owned(),
        account: "actor:{shop}".to_owned(),
        endpoints: ENDPOINTS.map(endpoint).to_vec(),
        collections: vec![Collection {
            name: "orders".to_owned(),
            summary: String::new(),
            reads: Some(Kind::Document),
            writes: vec![Kind::Document],
            finds_by: vec!["key".to_owned(), "email".to_owned()],
            page_max: 100,
            batch_max: 100,
            without: vec![],
            options_schema: ACT.to_owned(),
            attributes: vec![],
        }],
        inputs: vec![port("in")],
        outputs: vec![port("out")],
        directories: vec![NeededDirectory {
            name: "customers".to_owned(),
            kind: Kind::Document,
            finds_by: vec!["email".to_owned()],
            required: false,
        }],
        options_schema: ACT.to_owned(),
        attributes: vec![],
    }
}

/// One that a pipeline file gives another address, and those that it has no business at.
const ENDPOINTS: [(&str, &str); 9] = [
    ("api", "https://api.acme.example"),
    ("clouds", "https://169.254.169.254/latest"),
    ("number", "https://2130706433"),
    ("octal", "https://0177.0.0.1"),
    ("mapped", "https://[::ffff:10.0.0.1]"),
    ("translated", "https://[64:ff9b::a9fe:a9fe]"),
    ("wide", "https://１２７。０。０。１"),
    ("named", "https://localhost"),
    ("private", "https://192.168.1.1:8443"),
];

const ACT: &str =
    r#"{"type": "object", "properties": {"act": {"type": "string"}, "shop": {"type": "string"}}}"#;

fn endpoint((name, base_url): (&str, &str)) -> Endpoint {
    Endpoint {
        name: name.to_owned(),
        base_url: base_url.to_owned(),
        auth: Auth::Bearer,
        rate_limit: None,
        reads_by_post: if name == "api" { vec!["/search".to_owned()] } else { vec![] },
    }
}

fn port(name: &str) -> Port {
    Port {
        name: name.to_owned(),
        summary: String::new(),
        kinds: vec![Kind::Document, Kind::Order],
        required: true,
        without: vec![],
    }
}
