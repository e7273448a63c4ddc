//! `stock-delta` without one of its guards, so that tests see what each is for: `{ without = "evidence" }`.

use penstock_connector_sdk::connector::{Connector, Descriptor, OptionFault};
use penstock_connector_sdk::host::RuleHost;
use penstock_connector_sdk::transform::{Apply, Transform, Verdict};
use penstock_connector_sdk::types::Failure;
use serde::Deserialize;
use stock_delta::{Guard, StockDelta};

struct Guardless(StockDelta);

#[derive(Deserialize)]
struct Options {
    without: Guard,
}

impl Connector for Guardless {
    fn describe() -> Descriptor {
        Descriptor {
            name: "guardless".to_owned(),
            options_schema: r#"{"type": "object", "properties": {"without": {"type": "string"}}}"#
                .to_owned(),
            ..StockDelta::describe()
        }
    }

    fn open(text: &str) -> Result<Self, Vec<OptionFault>> {
        let Options { without } = penstock_connector_sdk::options::parse(text)?;
        Ok(Self(StockDelta::open("{}")?.without(without)))
    }
}

impl Transform for Guardless {
    fn apply(&self, call: Apply<'_>, host: &impl RuleHost) -> Result<Vec<Verdict>, Failure> {
        self.0.apply(call, host)
    }
}

penstock_connector_sdk::export!(Guardless: transform);
