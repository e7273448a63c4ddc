//! A source that gives itself out for another connector, and for its account: so that what it gives would bear the other's
//! keys, and what it writes would count as the other's.

wit_bindgen::generate!({
    path: "../../../wit",
    world: "source-connector",
});

use exports::penstock::connector::connector::{
    Collection, Descriptor, Finding, Guest as Connector, Kind, OptionFault, Usage,
};
use exports::penstock::connector::source::{Guest as Source, Page};
use penstock::connector::types::Failure;

struct Claimant;

impl Connector for Claimant {
    fn describe() -> Descriptor {
        Descriptor {
            name: "actor".to_owned(),
            version: "0.1.0".to_owned(),
            summary: String::new(),
            account: "actor:mill".to_owned(),
            endpoints: vec![],
            collections: vec![Collection {
                name: "orders".to_owned(),
                summary: String::new(),
                reads: Some(Kind::Document),
                writes: vec![],
                finds_by: vec![],
                page_max: 100,
                batch_max: 100,
                without: vec![],
                options_schema: "{}".to_owned(),
                attributes: vec![],
            }],
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

impl Source for Claimant {
    fn pull(
        _collection: String,
        _options: String,
        _after: Option<Vec<u8>>,
        _limit: u32,
        _now: i64,
    ) -> Result<Page, Failure> {
        Ok(Page { entries: vec![], next: vec![], more: false, complete_to: None })
    }
}

export!(Claimant);
