//! Orders as people write them in a case.

use std::collections::BTreeMap;

use rust_decimal::Decimal as Exact;
use serde::{Deserialize, Serialize};

use super::amount::{Amount, contract_of};
use super::{CustomerForm, instant, map, pairs};
use crate::contract::{
    Charge, ChargeKind, Decimal, LineKind, Order, OrderLine, PaymentStatus, Tax, Tender,
};
use crate::record::to_decimal;
use crate::time::{Instant, rfc3339};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OrderForm {
    /// The number that people see; the key where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    number: Option<String>,
    /// `paid` where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payment_status: Option<String>,
    /// `EUR` where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    currency: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    placed_at: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    paid_at: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    updated_at: Option<String>,
    /// What the parts come to where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    total: Option<Amount>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refunded: Option<Amount>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) attributes: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) customer: Option<CustomerForm>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) lines: Vec<LineForm>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    charges: Vec<ChargeForm>,
    /// One by `Credit card` over the total where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) tenders: Vec<TenderForm>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LineForm {
    /// Its place in the order, from 1, where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// `goods` where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    product: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stock_owner: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sku: Option<String>,
    /// The SKU where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// 1 where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    quantity: Option<Amount>,
    /// Of the whole line, before tax and after discounts.
    amount: Amount,
    /// `amount` by `quantity` where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unit_price: Option<Amount>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unit_discount: Option<Amount>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    taxes: Vec<TaxForm>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) options: BTreeMap<String, String>,
    /// `true` where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    takes_stock: Option<bool>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) attributes: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TaxForm {
    name: String,
    /// In percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rate: Option<Amount>,
    amount: Amount,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChargeForm {
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    amount: Amount,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    taxes: Vec<TaxForm>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TenderForm {
    method: String,
    amount: Amount,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) attributes: BTreeMap<String, String>,
}

impl OrderForm {
    pub(super) fn order(&self, key: &str, now: Instant) -> Result<Order, String> {
        let lines: Vec<OrderLine> =
            self.lines.iter().enumerate().map(|(at, line)| line.line(at)).collect();
        let charges: Vec<Charge> = self.charges.iter().map(ChargeForm::charge).collect();
        let total = self.total.map_or_else(|| sum(&lines, &charges), |total| total.0);
        let tenders = match self.tenders.is_empty() {
            true => {
                let method = "Credit card".to_owned();
                vec![Tender { method, amount: total, attributes: Vec::new() }]
            }
            false => self.tenders.iter().map(TenderForm::tender).collect(),
        };
        let at = |text: &Option<String>| text.as_deref().map(instant).transpose();
        let placed_at = at(&self.placed_at)?.unwrap_or(now);
        Ok(Order {
            id: key.to_owned(),
            number: self.number.clone().unwrap_or_else(|| key.to_owned()),
            placed_at,
            paid_at: at(&self.paid_at)?,
            updated_at: at(&self.updated_at)?.unwrap_or(placed_at),
            payment_status: status(self.payment_status.as_deref().unwrap_or("paid")),
            currency: self.currency.clone().unwrap_or_else(|| "EUR".to_owned()),
            customer: self.customer.as_ref().map(CustomerForm::customer),
            matched_customer: None,
            lines,
            charges,
            tenders,
            total,
            refunded: self.refunded.map_or(Decimal { units: 0, scale: 0 }, |amount| amount.0),
            note: self.note.clone(),
            attributes: pairs(&self.attributes),
        })
    }

    pub(super) fn of(order: &Order) -> Self {
        Self {
            number: Some(order.number.clone()),
            payment_status: Some(status_word(&order.payment_status)),
            currency: Some(order.currency.clone()),
            placed_at: Some(rfc3339(order.placed_at)),
            paid_at: order.paid_at.map(rfc3339),
            updated_at: Some(rfc3339(order.updated_at)),
            total: Some(Amount(order.total)),
            refunded: (order.refunded.units != 0).then_some(Amount(order.refunded)),
            note: order.note.clone(),
            attributes: map(&order.attributes),
            customer: order.customer.as_ref().map(CustomerForm::of),
            lines: order.lines.iter().map(LineForm::of).collect(),
            charges: order.charges.iter().map(ChargeForm::of).collect(),
            tenders: order.tenders.iter().map(TenderForm::of).collect(),
        }
    }
}

impl LineForm {
    fn line(&self, at: usize) -> OrderLine {
        let one = Decimal { units: 1, scale: 0 };
        let quantity = self.quantity.map_or(one, |quantity| quantity.0);
        OrderLine {
            id: self.id.clone().unwrap_or_else(|| (at + 1).to_string()),
            kind: match self.kind.as_deref().unwrap_or("goods") {
                "goods" => LineKind::Goods,
                "gift-card" => LineKind::GiftCard,
                "composite" => LineKind::Composite,
                other => LineKind::Other(other.to_owned()),
            },
            product: self.product.clone(),
            stock_owner: self.stock_owner.clone(),
            matched_product: None,
            sku: self.sku.clone(),
            name: self.name.clone().or_else(|| self.sku.clone()).unwrap_or_default(),
            quantity,
            amount: self.amount.0,
            unit_price: self
                .unit_price
                .map_or_else(|| by(self.amount.0, quantity), |price| price.0),
            unit_discount: self.unit_discount.map_or(Decimal { units: 0, scale: 0 }, |it| it.0),
            taxes: self.taxes.iter().map(TaxForm::tax).collect(),
            options: pairs(&self.options),
            takes_stock: self.takes_stock.unwrap_or(true),
            attributes: pairs(&self.attributes),
        }
    }

    fn of(line: &OrderLine) -> Self {
        Self {
            id: Some(line.id.clone()),
            kind: match &line.kind {
                LineKind::Goods => None,
                LineKind::GiftCard => Some("gift-card".to_owned()),
                LineKind::Composite => Some("composite".to_owned()),
                LineKind::Other(other) => Some(other.clone()),
            },
            product: line.product.clone(),
            stock_owner: line.stock_owner.clone(),
            sku: line.sku.clone(),
            name: Some(line.name.clone()),
            quantity: Some(Amount(line.quantity)),
            amount: Amount(line.amount),
            unit_price: Some(Amount(line.unit_price)),
            unit_discount: (line.unit_discount.units != 0).then_some(Amount(line.unit_discount)),
            taxes: line.taxes.iter().map(TaxForm::of).collect(),
            options: map(&line.options),
            takes_stock: (!line.takes_stock).then_some(false),
            attributes: map(&line.attributes),
        }
    }
}

impl TaxForm {
    fn tax(&self) -> Tax {
        Tax { name: self.name.clone(), rate: self.rate.map(|rate| rate.0), amount: self.amount.0 }
    }

    fn of(tax: &Tax) -> Self {
        Self { name: tax.name.clone(), rate: tax.rate.map(Amount), amount: Amount(tax.amount) }
    }
}

impl ChargeForm {
    fn charge(&self) -> Charge {
        Charge {
            kind: match self.kind.as_str() {
                "shipping" => ChargeKind::Shipping,
                "handling" => ChargeKind::Handling,
                "surcharge" => ChargeKind::Surcharge,
                "tip" => ChargeKind::Tip,
                "discount" => ChargeKind::Discount,
                "rounding" => ChargeKind::Rounding,
                other => ChargeKind::Other(other.to_owned()),
            },
            name: self.name.clone().unwrap_or_else(|| self.kind.clone()),
            amount: self.amount.0,
            taxes: self.taxes.iter().map(TaxForm::tax).collect(),
        }
    }

    fn of(charge: &Charge) -> Self {
        let kind = match &charge.kind {
            ChargeKind::Shipping => "shipping",
            ChargeKind::Handling => "handling",
            ChargeKind::Surcharge => "surcharge",
            ChargeKind::Tip => "tip",
            ChargeKind::Discount => "discount",
            ChargeKind::Rounding => "rounding",
            ChargeKind::Other(other) => other,
        };
        Self {
            kind: kind.to_owned(),
            name: Some(charge.name.clone()),
            amount: Amount(charge.amount),
            taxes: charge.taxes.iter().map(TaxForm::of).collect(),
        }
    }
}

impl TenderForm {
    fn tender(&self) -> Tender {
        let Self { method, amount, attributes } = self;
        Tender { method: method.clone(), amount: amount.0, attributes: pairs(attributes) }
    }

    fn of(tender: &Tender) -> Self {
        let Tender { method, amount, attributes } = tender;
        Self { method: method.clone(), amount: Amount(*amount), attributes: map(attributes) }
    }
}

const STATUSES: [(&str, PaymentStatus); 6] = [
    ("awaiting-payment", PaymentStatus::AwaitingPayment),
    ("paid", PaymentStatus::Paid),
    ("partially-refunded", PaymentStatus::PartiallyRefunded),
    ("refunded", PaymentStatus::Refunded),
    ("cancelled", PaymentStatus::Cancelled),
    ("incomplete", PaymentStatus::Incomplete),
];

fn status(word: &str) -> PaymentStatus {
    let known = STATUSES.into_iter().find(|(known, _)| *known == word);
    known.map_or_else(|| PaymentStatus::Other(word.to_owned()), |(_, status)| status)
}

fn status_word(status: &PaymentStatus) -> String {
    match status {
        PaymentStatus::Other(other) => other.clone(),
        known => {
            let word = STATUSES.iter().find(|(_, status)| status == known);
            word.map_or("paid", |(word, _)| word).to_owned()
        }
    }
}

fn sum(lines: &[OrderLine], charges: &[Charge]) -> Decimal {
    let of = |amount: Decimal| to_decimal(amount).unwrap_or_default();
    let taxes = |taxes: &[Tax]| taxes.iter().map(|tax| of(tax.amount)).sum::<Exact>();
    let lines: Exact = lines.iter().map(|line| of(line.amount) + taxes(&line.taxes)).sum();
    let charges: Exact =
        charges.iter().map(|charge| of(charge.amount) + taxes(&charge.taxes)).sum();
    contract_of(lines + charges)
}

/// One amount by another, to six decimals.
fn by(amount: Decimal, quantity: Decimal) -> Decimal {
    const DECIMALS: u32 = 6;
    let (amount, quantity) = (to_decimal(amount), to_decimal(quantity));
    let divided = amount.zip(quantity).and_then(|(amount, quantity)| amount.checked_div(quantity));
    contract_of(divided.unwrap_or_default().round_dp(DECIMALS))
}
