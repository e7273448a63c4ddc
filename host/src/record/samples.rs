//! Entries for tests.

use crate::contract::{
    Charge, ChargeKind, Customer, Decimal, Entry, Order, Payload, PaymentStatus, Tender,
};

/// An order that adds up, under a key.
pub(crate) fn order(key: &str) -> Entry {
    let amount = Decimal { units: 500, scale: 2 };
    let order = Order {
        id: "1".to_owned(),
        number: "N1".to_owned(),
        placed_at: 1,
        paid_at: None,
        updated_at: 2,
        payment_status: PaymentStatus::Paid,
        currency: "EUR".to_owned(),
        customer: Some(Customer {
            id: None,
            email: Some("mina@example.org".to_owned()),
            name: None,
            phone: None,
            attributes: Vec::new(),
        }),
        matched_customer: None,
        lines: Vec::new(),
        charges: vec![Charge {
            kind: ChargeKind::Shipping,
            name: "Post".to_owned(),
            amount,
            taxes: Vec::new(),
        }],
        tenders: vec![Tender { method: "Card".to_owned(), amount, attributes: Vec::new() }],
        total: amount,
        refunded: Decimal { units: 0, scale: 0 },
        note: Some("ring twice".to_owned()),
        attributes: Vec::new(),
    };
    Entry {
        key: key.to_owned(),
        revision: "1".to_owned(),
        read_at: 3,
        payload: Payload::Order(order),
    }
}
