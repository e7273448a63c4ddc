//! `my-rule`: parts paid orders by their totals.
//!
//! A rule describes; the host acts. It has no clock, no file and no network: what comes in, its options, and what it looks
//! up by the host are all that it knows, so its tests run natively.

use penstock_connector_sdk::commerce::{Entry, Payload, PaymentStatus};
use penstock_connector_sdk::connector::{
    Connector, Descriptor, Kind, OptionFault, OrderPart, Port,
};
use penstock_connector_sdk::host::RuleHost;
use penstock_connector_sdk::options;
use penstock_connector_sdk::transform::{Apply, Transform, Verdict};
use penstock_connector_sdk::types::{Decimal, Failure};
use serde::Deserialize;

/// What may be set under `[transform.options]`. `penstock check` holds a file against it, at the place of each fault.
const SCHEMA: &str = r#"{
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {
        "min_total": {
            "description": "Smallest total of an order that is large, in the order's currency.",
            "type": "number",
            "minimum": 0,
            "default": 100
        }
    },
    "additionalProperties": false
}"#;

/// The options, and the rule that they make.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Rule {
    min_total: Decimal,
}

impl Default for Rule {
    fn default() -> Self {
        Self { min_total: Decimal::new(100, 0) }
    }
}

impl Rule {
    fn judge(&self, entry: &Entry) -> Verdict {
        let Payload::Order(order) = &entry.payload else {
            return Verdict::Reject("my-rule takes orders, and this is none".to_owned());
        };
        // The reason is what orders that go no farther are counted under: a few words that stay the same.
        if order.payment_status != PaymentStatus::Paid {
            return Verdict::Filter("not paid".to_owned());
        }
        let output = if order.total >= self.min_total { "large" } else { "small" };
        // The order goes on as it came, and does not cross the wall a second time.
        Verdict::Pass(output.to_owned())
    }
}

impl Connector for Rule {
    fn describe() -> Descriptor {
        let port = |name: &str, summary: &str, required| Port {
            name: name.to_owned(),
            summary: summary.to_owned(),
            kinds: vec![Kind::Order],
            required,
            without: Vec::new(),
        };
        Descriptor {
            // What it has no use for it is not given: no buyer's data enters here.
            inputs: vec![Port {
                without: vec![
                    OrderPart::Customer,
                    OrderPart::Lines,
                    OrderPart::Charges,
                    OrderPart::Tenders,
                    OrderPart::Note,
                    OrderPart::Attributes,
                ],
                ..port("orders", "Orders to judge", true)
            }],
            outputs: vec![
                port("large", "Paid orders of at least `min_total`", false),
                port("small", "The other paid orders", false),
            ],
            options_schema: SCHEMA.to_owned(),
            ..Descriptor::rule(
                "my-rule",
                env!("CARGO_PKG_VERSION"),
                "Parts paid orders by their totals",
            )
        }
    }

    fn open(text: &str) -> Result<Self, Vec<OptionFault>> {
        options::parse(text)
    }
}

impl Transform for Rule {
    fn apply(&self, call: Apply<'_>, _host: &impl RuleHost) -> Result<Vec<Verdict>, Failure> {
        Ok(call.entries.iter().map(|entry| self.judge(entry)).collect())
    }
}

penstock_connector_sdk::export!(Rule: transform);

#[cfg(test)]
mod tests {
    use penstock_connector_sdk::commerce::Order;
    use penstock_connector_sdk::samples;
    use penstock_connector_sdk::script::Script;

    use super::*;

    #[track_caller]
    fn check(options: &str, order: Order, expected: Verdict) {
        let rule = Rule::open(options).unwrap();
        let entries = vec![samples::entry("1", Payload::Order(order))];
        let call = Apply { input: "orders", entries, horizons: &[] };
        assert_eq!(rule.apply(call, &Script::new()).unwrap(), [expected]);
    }

    fn of(total: i64) -> Order {
        Order { total: Decimal::new(total, 0), ..samples::order("1") }
    }

    #[test]
    fn orders_part_at_the_total_that_is_set() {
        let pass = |output: &str| Verdict::Pass(output.to_owned());
        check("{}", of(100), pass("large"));
        check("{}", of(99), pass("small"));
        check(r#"{ "min_total": 50.5 }"#, of(51), pass("large"));
    }

    #[test]
    fn what_is_not_paid_goes_no_farther() {
        let order = Order { payment_status: PaymentStatus::AwaitingPayment, ..of(100) };
        check("{}", order, Verdict::Filter("not paid".to_owned()));
    }

    #[test]
    fn an_option_that_is_misspelt_is_told_at_its_place() {
        let faults = Rule::open(r#"{ "min_totla": 1 }"#).unwrap_err();
        assert_eq!(faults[0].pointer, "/min_totla");
    }
}
