//! Gives another version each time it is asked what it is.

wit_bindgen::generate!({
    path: "../../../wit",
    world: "rule",
});

use std::sync::atomic::{AtomicU32, Ordering};

use exports::penstock::connector::connector::{
    Descriptor, Finding, Guest as Connector, OptionFault, Usage,
};
use exports::penstock::connector::transform::{Guest as Transform, Horizon, Verdict};
use penstock::connector::commerce::Entry;
use penstock::connector::types::Failure;

static ASKED: AtomicU32 = AtomicU32::new(0);

struct Fickle;

impl Connector for Fickle {
    fn describe() -> Descriptor {
        Descriptor {
            name: "fickle".to_owned(),
            version: format!("0.1.{}", ASKED.fetch_add(1, Ordering::Relaxed)),
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

impl Transform for Fickle {
    fn apply(
        _input: String,
        _entries: Vec<Entry>,
        _horizons: Vec<Horizon>,
    ) -> Result<Vec<Verdict>, Failure> {
        Ok(vec![])
    }
}

export!(Fickle);
