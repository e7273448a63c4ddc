//! The smallest valid values of the vocabulary, for tests to start from.

use crate::commerce::{Entry, LineKind, Order, OrderLine, Payload, PaymentStatus};
use crate::types::Decimal;

/// An entry of this key, read at 2026-01-05T09:31:00Z.
#[must_use]
pub fn entry(key: &str, payload: Payload) -> Entry {
    Entry { key: key.to_owned(), revision: "1".to_owned(), read_at: 1_767_605_460_000, payload }
}

/// A paid order in EUR of this id, placed at 2026-01-05T09:30:11Z, with no lines and nothing to
/// pay.
#[must_use]
pub fn order(id: &str) -> Order {
    Order {
        id: id.to_owned(),
        number: id.to_owned(),
        placed_at: 1_767_605_411_000,
        paid_at: None,
        updated_at: 1_767_605_411_000,
        payment_status: PaymentStatus::Paid,
        currency: "EUR".to_owned(),
        customer: None,
        matched_customer: None,
        lines: Vec::new(),
        charges: Vec::new(),
        tenders: Vec::new(),
        total: Decimal::ZERO,
        refunded: Decimal::ZERO,
        note: None,
        attributes: Vec::new(),
    }
}

/// One piece of goods of this id and SKU at 1.00 without tax.
#[must_use]
pub fn line(id: &str, sku: &str) -> OrderLine {
    OrderLine {
        id: id.to_owned(),
        kind: LineKind::Goods,
        product: Some(id.to_owned()),
        stock_owner: Some(id.to_owned()),
        matched_product: None,
        sku: Some(sku.to_owned()),
        name: sku.to_owned(),
        quantity: Decimal::ONE,
        amount: Decimal::new(100, 2),
        unit_price: Decimal::new(100, 2),
        unit_discount: Decimal::ZERO,
        taxes: Vec::new(),
        options: Vec::new(),
        takes_stock: true,
        attributes: Vec::new(),
    }
}
