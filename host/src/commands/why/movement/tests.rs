use std::sync::Arc;

use super::told;
use crate::contract::{
    Decimal, LineKind, Order, OrderLine, Payload, PaymentStatus, StockChange, StockMove,
};
use crate::store::samples::write;
use crate::store::{IntakeResult, MovementFound, WriteFound, WriteRow, WriteStatus};

const fn number(units: i64) -> Decimal {
    Decimal { units, scale: 0 }
}

fn mirror() -> WriteRow {
    let change = StockChange {
        owner: "7".to_owned(),
        location: String::new(),
        quantity: StockMove::By(number(-3)),
        cause: "mirror:1:4".to_owned(),
        reason: "the till's count went -3 beside our sales".to_owned(),
        attributes: Vec::new(),
    };
    write(Payload::StockChange(change), "/products/7/inventory")
}

fn sale() -> WriteRow {
    let line = OrderLine {
        id: "2".to_owned(),
        kind: LineKind::Goods,
        product: None,
        stock_owner: None,
        matched_product: None,
        sku: None,
        name: "Mug (Blue)".to_owned(),
        quantity: number(3),
        amount: number(9),
        unit_price: number(3),
        unit_discount: number(0),
        taxes: Vec::new(),
        options: Vec::new(),
        takes_stock: true,
        attributes: Vec::new(),
    };
    let order = Order {
        id: "77".to_owned(),
        number: "10042".to_owned(),
        placed_at: 0,
        paid_at: None,
        updated_at: 0,
        payment_status: PaymentStatus::Paid,
        currency: "EUR".to_owned(),
        customer: None,
        matched_customer: None,
        lines: vec![line],
        charges: Vec::new(),
        tenders: Vec::new(),
        total: number(9),
        refunded: number(0),
        note: None,
        attributes: Vec::new(),
    };
    write(Payload::Order(order), "/sales")
}

/// A movement by -3 that was settled at 90.
fn movement(cause: &str, write: WriteRow) -> MovementFound {
    MovementFound {
        account: "till:1".to_owned(),
        owner: "7".to_owned(),
        delta: number(-3),
        cause: cause.to_owned(),
        settled_at: Some(90),
        void: false,
        position: 0,
        write: Some(Arc::new(WriteFound { pipeline: "p".to_owned(), row: write })),
    }
}

#[test]
fn a_sale_is_told_by_the_orders_number_and_the_goods() {
    let (at, text) = told(&movement("shop:1/orders/77#2", sale()));
    assert_eq!(at, 90);
    assert_eq!(
        text,
        "the counter `7` of `till:1` went -3: sold by order `10042`, `Mug (Blue)` (shop:1/orders/77#2); POST /sales, write 12 of `p`"
    );
}

#[test]
fn a_change_that_was_carried_over_tells_what_it_was_carried_from() {
    let up = MovementFound { delta: number(3), ..movement("mirror:1:4", mirror()) };
    assert_eq!(
        told(&up).1,
        "the counter `7` of `till:1` went +3: the till's count went -3 beside our sales (mirror:1:4); POST /products/7/inventory, write 12 of `p`"
    );
}

#[test]
fn a_movement_that_is_not_settled_says_how_far_it_is_and_when_that_was() {
    let open = |status, sent_at, reason: Option<&str>| {
        let row = WriteRow { status, sent_at, reason: reason.map(str::to_owned), ..mirror() };
        let (at, text) = told(&MovementFound { settled_at: None, ..movement("mirror:1:4", row) });
        (at, text.split("`till:1` ").nth(1).unwrap().split(": ").next().unwrap().to_owned())
    };
    let said = |at, text: &str| (at, text.to_owned());
    assert_eq!(open(WriteStatus::Planned, None, None), said(10, "is to go -3"));
    assert_eq!(
        open(WriteStatus::Sent, Some(40), None),
        said(40, "may have gone -3, the answer is awaited")
    );
    assert_eq!(
        open(WriteStatus::Held, Some(40), Some("two readings fit")),
        said(40, "may have gone -3, which is not known (two readings fit)")
    );
}

#[test]
fn a_movement_that_was_refused_says_why() {
    let results = vec![IntakeResult::Rejected { reason: "no such product".to_owned() }];
    let row = WriteRow { results, ..mirror() };
    let text = told(&MovementFound { void: true, ..movement("mirror:1:4", row) }).1;
    let refused = "was to go -3 and stayed, for that was refused (no such product): ";
    assert!(text.contains(refused), "{text}");
}

#[test]
fn what_another_store_wrote_is_told_as_found() {
    let found = MovementFound { write: None, ..movement("shop:1/orders/77#2", sale()) };
    let text = told(&found).1;
    assert!(text.contains("went -3: shop:1/orders/77#2; it was found there"), "{text}");
}
