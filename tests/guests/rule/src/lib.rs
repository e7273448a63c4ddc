//! The smallest rule: what comes in by `in` goes on by `out`. It exports two interfaces only.

wit_bindgen::generate!({
    path: "../../../wit",
    world: "rule",
});

use exports::penstock::connector::connector::{
    Descriptor, Finding, Guest as Connector, Kind, OptionFault, Port, Usage,
};
use exports::penstock::connector::transform::{Guest as Transform, Horizon, Verdict};
use penstock::connector::commerce::Entry;
use penstock::connector::types::Failure;

struct Rule;

impl Connector for Rule {
    fn describe() -> Descriptor {
        let port = |name: &str| Port {
            name: name.to_owned(),
            summary: String::new(),
            kinds: vec![Kind::Order],
            required: true,
            without: vec![],
        };
        Descriptor {
            name: "rule".to_owned(),
            version: "0.1.0".to_owned(),
            summary: "passes orders on".to_owned(),
            account: String::new(),
            endpoints: vec![],
            collections: vec![],
            inputs: vec![port("in")],
            outputs: vec![port("out")],
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

impl Transform for Rule {
    fn apply(
        _input: String,
        entries: Vec<Entry>,
        _horizons: Vec<Horizon>,
    ) -> Result<Vec<Verdict>, Failure> {
        Ok(entries.iter().map(|_| Verdict::Pass("out".to_owned())).collect())
    }
}

export!(Rule);
