//! What a rule sees of an order that has no use for all of it.

use std::mem;

use crate::contract::{Decimal, Document, Entry, Order, OrderPart, Payload, PaymentStatus};

/// The contract's word for a part.
pub fn part_word(part: OrderPart) -> &'static str {
    match part {
        OrderPart::Customer => "customer",
        OrderPart::Lines => "lines",
        OrderPart::Charges => "charges",
        OrderPart::Tenders => "tenders",
        OrderPart::Note => "note",
        OrderPart::Attributes => "attributes",
    }
}

/// The part of that word.
pub fn part_named(word: &str) -> Option<OrderPart> {
    use OrderPart::{Attributes, Charges, Customer, Lines, Note, Tenders};
    let parts = [Customer, Lines, Charges, Tenders, Note, Attributes];
    parts.into_iter().find(|part| part_word(*part) == word)
}

/// A copy of the entry with these parts of its order empty.
pub fn view(entry: &Entry, without: &[OrderPart]) -> Entry {
    lend(&mut entry.clone(), without)
}

/// Lends an entry to somebody who has no use for these parts of its order: they stay where it was. Nothing is copied.
pub fn lend(entry: &mut Entry, without: &[OrderPart]) -> Entry {
    let mut lent = mem::replace(entry, nothing());
    if let Payload::Order(order) = &mut lent.payload {
        let mut kept = empty_order();
        exchange(order, &mut kept, without);
        entry.payload = Payload::Order(kept);
    }
    lent
}

/// Puts an entry that was lent without these parts back to where it was.
pub fn give_back(entry: &mut Entry, mut lent: Entry, without: &[OrderPart]) {
    if let (Payload::Order(order), Payload::Order(kept)) = (&mut lent.payload, &mut entry.payload) {
        exchange(order, kept, without);
    }
    *entry = lent;
}

fn exchange(one: &mut Order, other: &mut Order, parts: &[OrderPart]) {
    for part in parts {
        match part {
            OrderPart::Customer => mem::swap(&mut one.customer, &mut other.customer),
            OrderPart::Lines => mem::swap(&mut one.lines, &mut other.lines),
            OrderPart::Charges => mem::swap(&mut one.charges, &mut other.charges),
            OrderPart::Tenders => mem::swap(&mut one.tenders, &mut other.tenders),
            OrderPart::Note => mem::swap(&mut one.note, &mut other.note),
            OrderPart::Attributes => mem::swap(&mut one.attributes, &mut other.attributes),
        }
    }
}

/// What stands in the place of an entry that is lent.
fn nothing() -> Entry {
    let payload = Payload::Document(Document { kind: String::new(), json: String::new() });
    Entry { key: String::new(), revision: String::new(), read_at: 0, payload }
}

fn empty_order() -> Order {
    const ZERO: Decimal = Decimal { units: 0, scale: 0 };
    Order {
        id: String::new(),
        number: String::new(),
        placed_at: 0,
        paid_at: None,
        updated_at: 0,
        payment_status: PaymentStatus::Other(String::new()),
        currency: String::new(),
        customer: None,
        matched_customer: None,
        lines: Vec::new(),
        charges: Vec::new(),
        tenders: Vec::new(),
        total: ZERO,
        refunded: ZERO,
        note: None,
        attributes: Vec::new(),
    }
}

/// Puts back what a rule did not see, where what it put out is the entry that it was given.
pub fn restore(put_out: &mut Entry, given: &Entry, without: &[OrderPart]) {
    if put_out.key != given.key {
        return;
    }
    let (Payload::Order(order), Payload::Order(given)) = (&mut put_out.payload, &given.payload)
    else {
        return;
    };
    for part in without {
        match part {
            OrderPart::Customer => order.customer.clone_from(&given.customer),
            OrderPart::Lines => order.lines.clone_from(&given.lines),
            OrderPart::Charges => order.charges.clone_from(&given.charges),
            OrderPart::Tenders => order.tenders.clone_from(&given.tenders),
            OrderPart::Note => order.note.clone_from(&given.note),
            OrderPart::Attributes => order.attributes.clone_from(&given.attributes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::CustomerLink;
    use crate::record::samples;

    fn order(entry: &mut Entry) -> &mut Order {
        let Payload::Order(order) = &mut entry.payload else { unreachable!("it is an order") };
        order
    }

    const WITHOUT: [OrderPart; 3] = [OrderPart::Charges, OrderPart::Tenders, OrderPart::Note];

    #[test]
    fn what_a_rule_does_not_see_it_does_not_change() {
        let given = samples::order("shop:1/orders/1");
        let mut seen = view(&given, &WITHOUT);
        let shown = order(&mut seen);
        assert!(shown.charges.is_empty() && shown.tenders.is_empty() && shown.note.is_none());
        assert!(shown.customer.is_some());
        shown.note = Some("forged".to_owned());
        shown.matched_customer = Some(CustomerLink::Id("7".to_owned()));
        restore(&mut seen, &given, &WITHOUT);
        let mut expected = given.clone();
        order(&mut expected).matched_customer = Some(CustomerLink::Id("7".to_owned()));
        assert_eq!(seen, expected);
    }

    #[test]
    fn what_is_lent_is_seen_without_its_parts_and_comes_back_whole() {
        let given = samples::order("shop:1/orders/1");
        let mut entry = given.clone();
        let lent = lend(&mut entry, &WITHOUT);
        let mut shown = given.clone();
        let parts = order(&mut shown);
        (parts.charges, parts.tenders, parts.note) = (Vec::new(), Vec::new(), None);
        assert_ne!(shown, given);
        assert_eq!(lent, shown);
        give_back(&mut entry, lent, &WITHOUT);
        assert_eq!(entry, given);
    }

    #[test]
    fn another_entry_is_given_nothing_back() {
        let given = samples::order("shop:1/orders/1");
        let mut other = view(&given, &WITHOUT);
        other.key = "another".to_owned();
        let made = other.clone();
        restore(&mut other, &given, &WITHOUT);
        assert_eq!(other, made);
    }
}
