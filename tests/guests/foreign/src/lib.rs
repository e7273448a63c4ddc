//! Imports an interface that no host of ours has.

wit_bindgen::generate!({
    path: "../../../wit",
    inline: "
        package acme:foreign;

        interface sql {
            query: func(text: string) -> string;
        }

        world foreign {
            import sql;
            include penstock:connector/rule@0.1.0;
        }
    ",
    world: "acme:foreign/foreign",
    generate_all,
});

use exports::penstock::connector::connector::{
    Descriptor, Finding, Guest as Connector, OptionFault, Usage,
};
use exports::penstock::connector::transform::{Guest as Transform, Horizon, Verdict};
use penstock::connector::commerce::Entry;
use penstock::connector::types::Failure;

struct Foreign;

impl Connector for Foreign {
    fn describe() -> Descriptor {
        Descriptor {
            name: acme::foreign::sql::query("select name from connectors"),
            version: String::new(),
            summary: String::new(),
            account: String::new(),
            endpoints: vec![],
            collections: vec![],
            inputs: vec![],
            outputs: vec![],
            directories: vec![],
            options_schema: "{}".to_owned(),
            attributes: vec![],
        }
    }

    fn open(_options: String) -> Result<(), Vec<OptionFault>> {
        Ok(())
    }

    fn check(_usages: Vec<Usage>) -> Result<Vec<Finding>, Failure> {
        Ok(vec![])
    }
}

impl Transform for Foreign {
    fn apply(
        _input: String,
        _entries: Vec<Entry>,
        _horizons: Vec<Horizon>,
    ) -> Result<Vec<Verdict>, Failure> {
        Ok(vec![])
    }
}

export!(Foreign);
