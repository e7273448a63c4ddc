//! What the till has, looked up before sales are made.

use std::collections::HashMap;

use anyhow::{Context as _, bail};
use rust_decimal::Decimal;
use serde_json::Value;

/// What [`Till::read`] reads, in its order.
pub(crate) const SET_UP: [&str; 5] = ["registers", "users", "payment_types", "taxes", "retailer"];

#[derive(Debug, Default)]
pub(crate) struct Till {
    pub(super) register_id: String,
    pub(super) user_id: String,
    /// Payment types by name.
    pub(super) payment_types: HashMap<String, String>,
    /// Taxes by rate in percent, without zeros at the end.
    pub(super) taxes: HashMap<String, String>,
    pub(super) no_tax_id: String,
    /// Products by SKU.
    pub(crate) products: HashMap<String, String>,
    /// Customers by e-mail address, trimmed and in small letters.
    pub(crate) customers: HashMap<String, String>,
}

impl Till {
    /// Reads the answers to [`SET_UP`].
    ///
    /// # Errors
    /// One of them is of another form, or names no register or user for the web.
    pub(crate) fn read(answers: &[Vec<u8>]) -> anyhow::Result<Self> {
        let answers: Vec<Value> =
            answers.iter().map(|text| serde_json::from_slice(text)).collect::<Result<_, _>>()?;
        let [registers, users, payment_types, taxes, retailer] = answers.as_slice() else {
            bail!("half a set-up")
        };
        let mut till = Self {
            register_id: named(registers, "name", "Web")?,
            user_id: named(users, "username", "web")?,
            no_tax_id: text(&retailer["data"], "no_tax_group_id"),
            ..Self::default()
        };
        for row in rows(payment_types) {
            till.payment_types.insert(text(row, "name"), text(row, "id"));
        }
        for row in rows(taxes) {
            let rates = row["rates"].as_array().into_iter().flatten();
            let rates = rates
                .map(|rate| rate["rate"].to_string().parse::<Decimal>())
                .collect::<Result<Vec<_>, _>>()?;
            let percent: Decimal = rates.iter().sum::<Decimal>() * Decimal::ONE_HUNDRED;
            till.taxes.insert(percent.normalize().to_string(), text(row, "id"));
        }
        Ok(till)
    }
}

/// The id of the first record that a search found.
///
/// # Errors
/// The answer is no JSON.
pub(crate) fn first_id(answer: &[u8]) -> anyhow::Result<Option<String>> {
    let found: Value = serde_json::from_slice(answer)?;
    Ok(found["data"][0]["id"].as_str().map(str::to_owned))
}

fn rows(answer: &Value) -> impl Iterator<Item = &Value> {
    answer["data"].as_array().into_iter().flatten()
}

fn named(answer: &Value, by: &str, name: &str) -> anyhow::Result<String> {
    let row = rows(answer)
        .find(|row| row[by] == name)
        .with_context(|| format!("the till lacks `{name}`"))?;
    Ok(text(row, "id"))
}

fn text(row: &Value, field: &str) -> String {
    row[field].as_str().unwrap_or_default().to_owned()
}
