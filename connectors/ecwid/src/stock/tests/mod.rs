mod answers;
mod changes;
mod levels;
mod lost;
mod shop;

use penstock_connector_sdk::commerce::{Entry, Payload, StockChange, StockLevel, StockMove};
use penstock_connector_sdk::connector::Connector;
use penstock_connector_sdk::samples;
use penstock_connector_sdk::sink::{Intake, Plan, Prepare, Sink, Write};
use penstock_connector_sdk::types::{Decimal, Failure};

use crate::Ecwid;
use shop::Shop;

/// 2026-01-05T09:30:11Z.
const NOW: i64 = 1_767_605_411_000;

fn ecwid() -> Ecwid {
    Ecwid::open(r#"{"store_id": 1003}"#).unwrap()
}

fn level_of(entry: &Entry) -> &StockLevel {
    match &entry.payload {
        Payload::StockLevel(level) => {
            assert_eq!((entry.key.as_str(), level.location.as_str()), (level.owner.as_str(), ""));
            level
        }
        other => panic!("{other:?}"),
    }
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn by(delta: &str) -> StockMove {
    StockMove::By(decimal(delta))
}

fn to(level: &str) -> StockMove {
    StockMove::To(decimal(level))
}

fn intake(owner: &str, quantity: StockMove) -> Intake {
    let change = StockChange {
        owner: owner.to_owned(),
        location: String::new(),
        quantity,
        cause: format!("cause of {owner}"),
        reason: "the till sold".to_owned(),
        attributes: Vec::new(),
    };
    Intake {
        entry: samples::entry(owner, Payload::StockChange(change)),
        token: "token".to_owned(),
        prior: None,
        resolved: Vec::new(),
        attempt: 0,
        memo: Vec::new(),
    }
}

fn try_prepare(shop: &Shop, intakes: Vec<Intake>) -> Result<Plan, Failure> {
    let call = Prepare { collection: "stock", options: "{}", intakes, known: None };
    ecwid().prepare(call, &shop.host())
}

#[track_caller]
fn prepare(shop: &Shop, intakes: Vec<Intake>) -> Plan {
    try_prepare(shop, intakes).unwrap()
}

/// The one write of one change.
#[track_caller]
fn planned(shop: &Shop, owner: &str, quantity: StockMove) -> Write {
    let mut plan = prepare(shop, vec![intake(owner, quantity)]);
    assert_eq!(plan.writes.len(), 1, "{plan:?}");
    plan.writes.remove(0)
}
