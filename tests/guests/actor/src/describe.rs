//! What the actor says of itself: one of everything that the tests need.

use crate::exports::penstock::connector::connector::{
    Auth, Collection, Descriptor, Endpoint, Kind, NeededDirectory, Port,
};

pub(crate) fn descriptor() -> Descriptor {
    Descriptor {
        name: "actor".to_owned(),
        version: "0.1.0".to_owned(),
        summary: "behaves as its options tell it".to_owned(),
        account: "acme:{shop}".to_owned(),
        endpoints: vec![Endpoint {
            name: "api".to_owned(),
            base_url: "https://api.acme.example".to_owned(),
            auth: Auth::Bearer,
            rate_limit: None,
            reads_by_post: vec!["/search".to_owned()],
        }],
        collections: vec![Collection {
            name: "orders".to_owned(),
            summary: String::new(),
            reads: Some(Kind::Document),
            writes: vec![Kind::Document],
            finds_by: vec!["key".to_owned()],
            page_max: 100,
            batch_max: 100,
            without: vec![],
            options_schema: "{}".to_owned(),
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
        options_schema: "{}".to_owned(),
        attributes: vec![],
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
