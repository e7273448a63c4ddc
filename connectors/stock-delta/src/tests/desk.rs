//! One linked pair, shown to the rule step by step.

use penstock_connector_sdk::commerce::{
    Entry, Order, OrderLine, Payload, PaymentStatus, StockLevel, StockMove,
};
use penstock_connector_sdk::connector::Connector;
use penstock_connector_sdk::host::{Effect, EffectStatus, Link};
use penstock_connector_sdk::samples;
use penstock_connector_sdk::script::Script;
use penstock_connector_sdk::transform::{Apply, Horizon, Transform, Verdict};
use penstock_connector_sdk::types::{Decimal, Instant};

use crate::StockDelta;

/// The shop's counter and the till's.
pub(super) const SHOP: &str = "7";
pub(super) const TILL: &str = "p1@o1";

pub(super) fn number(text: &str) -> Decimal {
    Decimal::parse(text).unwrap()
}

/// The rule with these options, and counts that settle within 15 s.
pub(super) fn rule(options: &str) -> StockDelta {
    let more = options.trim_start_matches('{').trim();
    let comma = if more == "}" { "" } else { "," };
    StockDelta::open(&format!(r#"{{"shop_settle_ms": 15000{comma} {more}"#)).unwrap()
}

/// The rule and its host; orders are known to wherever a reading needs them.
pub(super) struct Desk {
    pub(super) host: Script,
    pub(super) rule: StockDelta,
    pub(super) orders_to: Instant,
}

impl Desk {
    pub(super) fn new(options: &str) -> Self {
        let desk = Self { host: Script::new(), rule: rule(options), orders_to: Instant::MAX };
        desk.link(1, true);
        desk
    }

    /// A pair that was found in step at this level.
    pub(super) fn tracked(options: &str, level: &str) -> Self {
        let desk = Self::new(options);
        desk.shop(0, Some(level));
        assert_eq!(desk.till(0, Some(level), 1), filtered("first levels fit"));
        desk
    }

    pub(super) fn link(&self, id: u64, levels_accepted: bool) {
        let link = |other: &str| Some(Link { id, other: other.to_owned(), levels_accepted });
        self.host.set_link("shop", SHOP, link(TILL));
        self.host.set_link("till", TILL, link(SHOP));
    }

    pub(super) fn shop(&self, at: Instant, level: Option<&str>) -> Verdict {
        self.show("shop", at, level_entry(SHOP, "", at, level, None))
    }

    pub(super) fn till(&self, at: Instant, level: Option<&str>, version: u64) -> Verdict {
        self.show("till", at, level_entry(TILL, "o1", at, level, Some(version)))
    }

    /// An order of one line of the counter, at its `updated_at`; read at `at`.
    pub(super) fn order(&self, at: Instant, id: &str, quantity: i64, takes: bool) -> Verdict {
        self.order_that_gave_back(0, at, id, (quantity, takes))
    }

    /// The same order, as one that is not sold at the till.
    pub(super) fn unsold(&self, at: Instant, id: &str, quantity: i64, takes: bool) -> Verdict {
        let order = order_at(at, id, (quantity, takes), 0);
        self.show("unsold", at, samples::entry(id, Payload::Order(order)))
    }

    /// An order whose money went back. The shop does not tell whether its goods did.
    pub(super) fn refunded(&self, at: Instant, id: &str, quantity: i64) -> Verdict {
        self.order_that_gave_back(1_000, at, id, (quantity, true))
    }

    fn order_that_gave_back(
        &self,
        minor: i64,
        at: Instant,
        id: &str,
        line: (i64, bool),
    ) -> Verdict {
        let order = order_at(at, id, line, minor);
        self.show("orders", at, samples::entry(id, Payload::Order(order)))
    }

    pub(super) fn show(&self, input: &str, at: Instant, entry: Entry) -> Verdict {
        self.batch(input, vec![Entry { read_at: at, ..entry }]).remove(0)
    }

    pub(super) fn batch(&self, input: &str, entries: Vec<Entry>) -> Vec<Verdict> {
        let horizons = [Horizon { input: "orders".to_owned(), at: self.orders_to }];
        let call = Apply { input, entries, horizons: &horizons };
        self.rule.apply(call, &self.host).unwrap()
    }

    /// An own effect on a side's counter; `settled` is its sequence and instant.
    pub(super) fn effect(
        &self,
        input: &str,
        cause: &str,
        delta: i64,
        status: EffectStatus,
        settled: Option<(u64, Instant)>,
    ) {
        let owner = if input == "shop" { SHOP } else { TILL };
        let effect = Effect {
            id: penstock_connector_sdk::fingerprint::of(&cause),
            sequence: settled.map_or(0, |settled| settled.0),
            owner: owner.to_owned(),
            delta: Decimal::new(delta, 0),
            cause: cause.to_owned(),
            status,
            settled_at: settled.map(|settled| settled.1),
            version: None,
        };
        self.host.set_effect(input, owner, effect);
    }

    /// An own effect that was not made, and is going to be planned anew.
    pub(super) fn withdrawn(&self, input: &str, cause: &str, delta: i64, sequence: u64) {
        let owner = if input == "shop" { SHOP } else { TILL };
        let effect = Effect {
            id: penstock_connector_sdk::fingerprint::of(&cause),
            sequence,
            owner: owner.to_owned(),
            delta: Decimal::new(delta, 0),
            cause: cause.to_owned(),
            status: EffectStatus::Void,
            settled_at: None,
            version: None,
        };
        self.host.set_effect(input, owner, effect);
    }
}

fn order_at(at: Instant, id: &str, (quantity, takes): (i64, bool), refunded: i64) -> Order {
    let line = OrderLine {
        stock_owner: Some(SHOP.to_owned()),
        quantity: Decimal::new(quantity, 0),
        takes_stock: takes,
        ..samples::line("1", "SKU")
    };
    Order {
        lines: vec![line],
        updated_at: at,
        payment_status: match (refunded, takes) {
            (0, true) => PaymentStatus::Paid,
            (0, false) => PaymentStatus::Cancelled,
            _ => PaymentStatus::Refunded,
        },
        refunded: Decimal::new(refunded, 2),
        ..samples::order(id)
    }
}

pub(super) fn level_entry(
    owner: &str,
    location: &str,
    at: Instant,
    level: Option<&str>,
    version: Option<u64>,
) -> Entry {
    let level = StockLevel {
        owner: owner.to_owned(),
        sku: None,
        location: location.to_owned(),
        on_hand: level.map(number),
        version,
        attributes: Vec::new(),
    };
    Entry {
        key: owner.to_owned(),
        revision: at.to_string(),
        read_at: at,
        payload: Payload::StockLevel(level),
    }
}

pub(super) fn filtered(reason: &str) -> Verdict {
    Verdict::Filter(reason.to_owned())
}

/// A change that went out: port, owner, location, quantity as people write it, cause.
pub(super) fn changes(verdict: &Verdict) -> Vec<(String, String, String)> {
    let Verdict::Forward(outputs) = verdict else { panic!("{verdict:?}") };
    let one = |output: &penstock_connector_sdk::transform::Output| {
        let Payload::StockChange(change) = &output.entry.payload else { panic!("no change") };
        let at = match output.port.as_str() {
            "to_shop" => (SHOP, ""),
            "to_till" => (TILL, "o1"),
            other => panic!("{other}"),
        };
        assert_eq!((change.owner.as_str(), change.location.as_str()), at);
        assert_eq!(output.entry.key, format!("stock:{}", change.cause));
        let quantity = match change.quantity {
            StockMove::By(delta) => format!("by {delta}"),
            StockMove::To(level) => format!("to {level}"),
        };
        (output.port.clone(), quantity, change.cause.clone())
    };
    outputs.iter().map(one).collect()
}

#[track_caller]
pub(super) fn check_moved(verdict: &Verdict, expected: &[(&str, &str, &str)]) {
    let expected: Vec<_> = expected
        .iter()
        .map(|(port, quantity, cause)| {
            ((*port).to_owned(), (*quantity).to_owned(), (*cause).to_owned())
        })
        .collect();
    assert_eq!(changes(verdict), expected);
}
