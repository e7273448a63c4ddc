//! What is remembered of a sale with its write: what was posted, to tell later whether the order has changed since, and
//! what the till objected to, for when its answer leaves open whether the sale is there.

use penstock_connector_sdk::commerce::Order;
use penstock_connector_sdk::decimal::{Decimal, DecimalError};
use serde::{Deserialize, Serialize};

/// Stored as JSON text, so that `sqlite3` on the store can show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Memo {
    /// The sale's id: the token.
    pub(crate) id: String,
    pub(crate) total: Decimal,
    pub(crate) currency: String,
    pub(crate) register: String,
    /// The customer's id in the till; none is a walk-in.
    pub(crate) customer: Option<String>,
    pub(crate) lines: Vec<PostedLine>,
    /// The vendor's words of a refusal that may hide an earlier success, such as "duplicate".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) objection: Option<String>,
    /// Another id than ours, under which the till said that it has the sale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) answered_id: Option<String>,
}

/// One of the order's lines as it was posted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PostedLine {
    pub(crate) id: String,
    /// SKU or, without one, name.
    pub(crate) what: String,
    pub(crate) quantity: Decimal,
    /// With tax.
    pub(crate) amount: Decimal,
}

impl Memo {
    /// What will be posted of an order.
    pub(crate) fn of(
        token: &str,
        order: &Order,
        customer: Option<String>,
        register: &str,
    ) -> Result<Memo, DecimalError> {
        let mut lines = Vec::with_capacity(order.lines.len());
        for line in &order.lines {
            let tax = Decimal::sum(line.taxes.iter().map(|tax| tax.amount))?;
            let sku = line.sku.as_deref().filter(|sku| !sku.trim().is_empty());
            lines.push(PostedLine {
                id: line.id.clone(),
                what: sku.unwrap_or(&line.name).to_owned(),
                quantity: line.quantity,
                amount: line.amount.checked_add(tax)?,
            });
        }
        Ok(Memo {
            id: token.to_owned(),
            total: order.total,
            currency: order.currency.clone(),
            register: register.to_owned(),
            customer,
            lines,
            objection: None,
            answered_id: None,
        })
    }

    /// As it is stored.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        // Strings and decimals have no form that JSON can't hold, so there is nothing to fail on.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// As it was stored; nothing where it was written by another version of this connector.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Memo> {
        serde_json::from_slice(bytes).ok()
    }

    /// What is different now, for people; nothing where it would be the same sale.
    pub(crate) fn differences(&self, now: &Memo) -> Vec<String> {
        let mut differences = Vec::new();
        if (self.total, &self.currency) != (now.total, &now.currency) {
            differences.push(format!(
                "total {} {}, was {} {}",
                now.total, now.currency, self.total, self.currency
            ));
        }
        for line in &now.lines {
            match self.lines.iter().find(|posted| posted.id == line.id) {
                Some(posted) if posted == line => {}
                Some(posted) => differences.push(format!("line {line}, was {posted}")),
                None => differences.push(format!("line {line} is new")),
            }
        }
        let gone = |posted: &&PostedLine| now.lines.iter().all(|line| line.id != posted.id);
        for posted in self.lines.iter().filter(gone) {
            differences.push(format!("line {posted} is gone"));
        }
        if self.customer != now.customer {
            let name = |id: &Option<String>| id.clone().unwrap_or_else(|| "walk-in".to_owned());
            differences.push(format!(
                "customer {}, was {}",
                name(&now.customer),
                name(&self.customer)
            ));
        }
        differences
    }
}

impl std::fmt::Display for PostedLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} × `{}` for {}", self.quantity, self.what, self.amount)
    }
}
