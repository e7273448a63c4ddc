//! What is remembered of a sale with its write: what was posted, to tell later whether the order has changed since, and
//! what the till objected to, for when its answer leaves open whether the sale is there.

use std::borrow::Cow;

use penstock_connector_sdk::commerce::Order;
use penstock_connector_sdk::decimal::{Decimal, DecimalError};
use penstock_connector_sdk::json::Object;
use serde::Deserialize;

/// Bytes that a memo usually has, beside those of its lines.
const MEMO_BYTES: usize = 200;

/// Bytes that a line usually has in a memo.
const LINE_BYTES: usize = 80;

/// Stored as JSON text, so that `sqlite3` on the store can show it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Memo<'a> {
    /// The sale's id: the token.
    #[serde(borrow)]
    pub(crate) id: Cow<'a, str>,
    pub(crate) total: Decimal,
    #[serde(borrow)]
    pub(crate) currency: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) register: Cow<'a, str>,
    /// The customer's id in the till; none is a walk-in.
    pub(crate) customer: Option<Cow<'a, str>>,
    pub(crate) lines: Vec<PostedLine<'a>>,
    /// The vendor's words of a refusal that may hide an earlier success, such as "duplicate".
    #[serde(default)]
    pub(crate) objection: Option<String>,
    /// Another id than ours, under which the till said that it has the sale.
    #[serde(default)]
    pub(crate) answered_id: Option<String>,
}

/// One of the order's lines as it was posted.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct PostedLine<'a> {
    #[serde(borrow)]
    pub(crate) id: Cow<'a, str>,
    /// SKU or, without one, name.
    #[serde(borrow)]
    pub(crate) what: Cow<'a, str>,
    pub(crate) quantity: Decimal,
    /// With tax.
    pub(crate) amount: Decimal,
}

impl<'a> Memo<'a> {
    /// What will be posted of an order.
    pub(crate) fn of(
        token: &'a str,
        order: &'a Order,
        customer: Option<&'a str>,
        register: &'a str,
    ) -> Result<Memo<'a>, DecimalError> {
        let mut lines = Vec::with_capacity(order.lines.len());
        for line in &order.lines {
            let tax = Decimal::sum(line.taxes.iter().map(|tax| tax.amount))?;
            let sku = line.sku.as_deref().filter(|sku| !sku.trim().is_empty());
            lines.push(PostedLine {
                id: Cow::Borrowed(&line.id),
                what: Cow::Borrowed(sku.unwrap_or(&line.name)),
                quantity: line.quantity,
                amount: line.amount.checked_add(tax)?,
            });
        }
        Ok(Memo {
            id: Cow::Borrowed(token),
            total: order.total,
            currency: Cow::Borrowed(&order.currency),
            register: Cow::Borrowed(register),
            customer: customer.map(Cow::Borrowed),
            lines,
            objection: None,
            answered_id: None,
        })
    }

    /// As it is stored.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        Object::text_of(MEMO_BYTES + LINE_BYTES * self.lines.len(), |memo| {
            memo.text("id", &self.id).decimal("total", self.total).text("currency", &self.currency);
            memo.text("register", &self.register);
            match &self.customer {
                Some(customer) => memo.text("customer", customer),
                None => memo.null("customer"),
            };
            memo.objects("lines", &self.lines, |memo, line| {
                memo.text("id", &line.id).text("what", &line.what);
                memo.decimal("quantity", line.quantity).decimal("amount", line.amount);
            });
            memo.text_if_any("objection", self.objection.as_deref());
            memo.text_if_any("answered_id", self.answered_id.as_deref());
        })
    }

    /// As it was stored; nothing where it was written by another version of this connector.
    pub(crate) fn from_bytes(bytes: &'a [u8]) -> Option<Memo<'a>> {
        serde_json::from_slice(bytes).ok()
    }

    /// What is different now, for people; nothing where it would be the same sale.
    pub(crate) fn differences(&self, now: &Memo<'_>) -> Vec<String> {
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
        let gone = |posted: &&PostedLine<'_>| now.lines.iter().all(|line| line.id != posted.id);
        for posted in self.lines.iter().filter(gone) {
            differences.push(format!("line {posted} is gone"));
        }
        if self.customer != now.customer {
            let (now, then) = (now.customer.as_deref(), self.customer.as_deref());
            let (now, then) = (now.unwrap_or("walk-in"), then.unwrap_or("walk-in"));
            differences.push(format!("customer {now}, was {then}"));
        }
        differences
    }
}

impl std::fmt::Display for PostedLine<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} × `{}` for {}", self.quantity, self.what, self.amount)
    }
}
