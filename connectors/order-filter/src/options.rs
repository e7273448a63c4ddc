//! The options of the stage.

use penstock_connector_sdk::commerce::PaymentStatus;
use penstock_connector_sdk::connector::OptionFault;
use penstock_connector_sdk::types::{Decimal, Instant};
use penstock_connector_sdk::{instant, options};
use serde::Deserialize;

/// The schema says what each option means.
pub(crate) const SCHEMA: &str = include_str!("../schema/options.json");

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Written {
    payment_status: Vec<Status>,
    custom_payment_status: Vec<String>,
    min_total: Option<Decimal>,
    max_total: Option<Decimal>,
    currency: Option<String>,
    payment_methods: Vec<String>,
    exclude_payment_methods: Vec<String>,
    placed_from: Option<String>,
    fulfillment_status: Vec<String>,
    zero_total: ZeroTotal,
    email_domain_exclude: Vec<String>,
}

impl Default for Written {
    fn default() -> Self {
        Self {
            payment_status: vec![Status::Paid],
            custom_payment_status: Vec::new(),
            min_total: None,
            max_total: None,
            currency: None,
            payment_methods: Vec::new(),
            exclude_payment_methods: Vec::new(),
            placed_from: None,
            fulfillment_status: Vec::new(),
            zero_total: ZeroTotal::Pass,
            email_domain_exclude: Vec::new(),
        }
    }
}

/// A payment status that every shop knows.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Status {
    AwaitingPayment,
    Paid,
    PartiallyRefunded,
    Refunded,
    Cancelled,
    Incomplete,
}

impl Status {
    /// Nothing for a status that the merchant defined.
    pub(crate) const fn of(status: &PaymentStatus) -> Option<Self> {
        Some(match status {
            PaymentStatus::AwaitingPayment => Self::AwaitingPayment,
            PaymentStatus::Paid => Self::Paid,
            PaymentStatus::PartiallyRefunded => Self::PartiallyRefunded,
            PaymentStatus::Refunded => Self::Refunded,
            PaymentStatus::Cancelled => Self::Cancelled,
            PaymentStatus::Incomplete => Self::Incomplete,
            PaymentStatus::Other(_) => return None,
        })
    }
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ZeroTotal {
    Pass,
    Filter,
}

/// The options in the form in which orders are held against them: texts folded, the date read.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) payment_status: Vec<Status>,
    pub(crate) custom_payment_status: Vec<String>,
    pub(crate) min_total: Option<Decimal>,
    pub(crate) max_total: Option<Decimal>,
    pub(crate) currency: Option<String>,
    pub(crate) payment_methods: Vec<String>,
    pub(crate) exclude_payment_methods: Vec<String>,
    pub(crate) placed_from: Option<Instant>,
    pub(crate) fulfillment_status: Vec<String>,
    pub(crate) zero_total: ZeroTotal,
    pub(crate) email_domain_exclude: Vec<String>,
}

impl Options {
    /// Reads the options, and tells every fault that the schema can't.
    pub(crate) fn read(text: &str) -> Result<Self, Vec<OptionFault>> {
        let written: Written = options::parse(text)?;
        let mut faults = written.faults();
        let placed_from = match written.placed_from.as_deref().map(instant::parse).transpose() {
            Ok(placed_from) => placed_from,
            Err(error) => {
                faults.push(options::fault("/placed_from", error.to_string()));
                None
            }
        };
        if !faults.is_empty() {
            return Err(faults);
        }
        let folded = |texts: Vec<String>, fold: fn(&str) -> String| {
            texts.iter().map(|text| fold(text)).collect()
        };
        Ok(Self {
            payment_status: written.payment_status,
            custom_payment_status: folded(written.custom_payment_status, fold),
            min_total: written.min_total,
            max_total: written.max_total,
            currency: written.currency,
            payment_methods: folded(written.payment_methods, fold),
            exclude_payment_methods: folded(written.exclude_payment_methods, fold),
            placed_from,
            fulfillment_status: folded(written.fulfillment_status, fold_words),
            zero_total: written.zero_total,
            email_domain_exclude: folded(written.email_domain_exclude, fold),
        })
    }
}

impl Written {
    fn faults(&self) -> Vec<OptionFault> {
        let mut faults = Vec::new();
        if let (Some(min), Some(max)) = (self.min_total, self.max_total)
            && min > max
        {
            let message =
                format!("`min_total` {min} is above `max_total` {max}, so no order passes");
            faults.push(
                options::fault("/min_total", message)
                    .with_hint(format!("set `min_total` to {max} or less")),
            );
        }
        if self.payment_status.is_empty() && self.custom_payment_status.is_empty() {
            let fault =
                options::fault("/payment_status", "no payment status is named, so no order passes");
            faults.push(fault.with_hint(r#"set `payment_status = ["paid"]`"#));
        }
        faults
    }
}

/// A text as it is compared: without the spaces around it and in lower case.
pub(crate) fn fold(text: &str) -> String {
    text.trim().to_lowercase()
}

/// The same, with words joined by a hyphen however they were joined.
pub(crate) fn fold_words(text: &str) -> String {
    fold(text).replace([' ', '_'], "-")
}

#[cfg(test)]
mod tests {
    use super::{Options, SCHEMA};

    #[test]
    fn the_schema_is_valid_and_complete() {
        let schema: serde_json::Value = serde_json::from_str(SCHEMA).unwrap();
        assert!(jsonschema::draft202012::meta::is_valid(&schema));
        assert_eq!(schema["additionalProperties"], false);
        let properties = schema["properties"].as_object().unwrap();
        assert!(properties.values().all(|property| property["description"].is_string()));
        // Every option of the schema is read, with its own default where it has one.
        let defaults = properties
            .iter()
            .filter_map(|(name, property)| Some((name.clone(), property.get("default")?.clone())));
        let defaults: serde_json::Map<_, _> = defaults.collect();
        let given = Options::read(&serde_json::to_string(&defaults).unwrap()).unwrap();
        assert_eq!(format!("{given:?}"), format!("{:?}", Options::read("{}").unwrap()));
        let others =
            r#"{"min_total": 1, "max_total": 2.5, "currency": "NZD", "placed_from": "2026-01-05"}"#;
        let others_value = serde_json::from_str(others).unwrap();
        assert!(jsonschema::draft202012::new(&schema).unwrap().is_valid(&others_value));
        assert!(Options::read(others).is_ok());
        assert_eq!(defaults.len() + 4, properties.len());
    }

    #[track_caller]
    fn check(text: &str, pointers: &[&str]) {
        let faults = Options::read(text).unwrap_err();
        assert_eq!(faults.iter().map(|fault| fault.pointer.as_str()).collect::<Vec<_>>(), pointers);
    }

    #[test]
    fn what_lets_no_order_pass_is_a_fault() {
        check(
            r#"{"min_total": 10.01, "max_total": 10, "payment_status": [], "placed_from": "soon"}"#,
            &["/min_total", "/payment_status", "/placed_from"],
        );
        check(r#"{"payment_status": ["payed"]}"#, &["/payment_status/0"]);
        check(r#"{"min_total": "much"}"#, &["/min_total"]);
        check(r#"{"totals": 1}"#, &["/totals"]);
        assert!(Options::read(r#"{"payment_status": [], "custom_payment_status": ["X"], "min_total": 10, "max_total": 10.0}"#).is_ok());
    }
}
