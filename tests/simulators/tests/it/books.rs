//! The checker must notice what is wrong, and only that.

use super::{mugs, number, till_post, world_of};
use penstock_simulators::knobs::Knobs;
use penstock_simulators::movement::Actor;
use penstock_simulators::shop::order::{Content, Fate, HoldReason, PaymentStatus};
use penstock_simulators::shop::{Draft, Restock, internal_id};
use penstock_simulators::till::Customer;
use penstock_simulators::world::{NOW_MS, World, WorldOptions};
use serde_json::{Value, json};

const ID: &str = "7d0f9b1c-8a52-5c7e-9d35-0e2f5a1b4c66";

/// A world without generated orders, and one paid order of two mugs by nobody: 45.00.
fn one_order() -> (World, u32) {
    let mut world = world_of(&WorldOptions { orders: 0, ..WorldOptions::default() });
    let draft = Draft { email: String::new(), ..world.shop.draft("", "MUG-BLU", 2) };
    let position = world.shop.place(draft, PaymentStatus::Paid, Content::Sound, NOW_MS);
    (world, position)
}

/// The right sale for it.
fn right_sale(world: &mut World, position: u32) -> Value {
    let mut sale = mugs(world, ID, 2);
    sale["source"]["id"] = json!(format!("1003:{}", internal_id(position)));
    sale["date"] = json!("2026-01-15T00:00:00Z");
    sale
}

fn verify_after(change: impl FnOnce(&mut World, u32, &mut Value)) -> Vec<String> {
    let (mut world, position) = one_order();
    let mut sale = right_sale(&mut world, position);
    change(&mut world, position, &mut sale);
    let reply = till_post(&mut world, "/2026-07/sales", sale);
    assert_eq!(reply.status, 200, "{}", reply.value());
    world.books().verify()
}

#[test]
fn a_right_sale_satisfies_the_books() {
    let (world, _) = one_order();
    assert_eq!(world.books().postable_paid_orders(), 1);
    assert!(world.books().verify()[0].contains("has no closed sale"));
    assert_eq!(verify_after(|_, _, _| {}), Vec::<String>::new());
}

#[test]
fn each_wrong_in_a_sale_is_noticed() {
    let told = |part: &str, change: fn(&mut World, u32, &mut Value)| {
        let violations = verify_after(change);
        assert!(violations.iter().any(|it| it.contains(part)), "{part}: {violations:?}");
    };
    told("is over", |_, _, sale| sale["line_items"][0]["pricing"]["price"] = number("20.01"));
    told("paid are", |_, _, sale| sale["payments"][0]["amount"] = number("44.99"));
    told("bears a tax of", |_, _, sale| {
        sale["line_items"][0]["pricing"]["price"] = number("20.5");
        sale["line_items"][0]["tax"]["amount"] = number("2");
    });
    told("is dated", |_, _, sale| sale["date"] = json!("2026-01-15T00:00:01Z"));
    told("has no closed sale", |_, _, sale| sale["state"] = json!("parked"));
    told("has no closed sale", |_, _, sale| sale["source"]["type"] = json!("ecwid"));
    told("bears no known source", |_, _, sale| sale["source"]["id"] = json!("1003:1"));
    told("sells other goods", |world, _, sale| {
        sale["line_items"][0]["product"]["id"] = json!(super::product(world, "MUG-RED"));
    });
    told("has a customer", |world, _, sale| {
        let customer = Customer { email: Some("a@b.c".to_owned()), ..Customer::default() };
        sale["customer_id"] = json!(world.till.add_customer(customer, Actor::Merchant));
    });
    told("(not-paid(AWAITING_PAYMENT)) has the sale", |world, position, _| {
        world.shop.edit(position, NOW_MS, |row, _| {
            (row.payment, row.ever_paid) = (PaymentStatus::AwaitingPayment, false);
        });
    });
    told("(held(gift-card)) has the sale", |world, position, _| {
        world
            .shop
            .edit(position, NOW_MS, |row, _| row.content = Content::Held(HoldReason::GiftCard));
    });
}

#[test]
fn an_order_that_was_refunded_or_edited_after_its_sale_is_no_fault() {
    let (mut world, position) = one_order();
    let sale = right_sale(&mut world, position);
    till_post(&mut world, "/2026-07/sales", sale);
    world.shop.edit(position, NOW_MS + 1000, |_, detail| detail.total_minor += 500);
    world.shop.refund(position, 100, Restock::No, NOW_MS + 2000);
    assert_eq!(world.books().verify(), Vec::<String>::new());
    let row = world.shop.orders().row(position).unwrap();
    assert_eq!(row.fate(), Fate::NotPaid(PaymentStatus::PartiallyRefunded));
}

#[test]
fn a_customer_created_twice_and_a_wrong_customer_are_noticed() {
    let (mut world, _) = one_order();
    let body = json!({ "first_name": "a@b.c", "last_name": "", "email": "A@b.c " });
    till_post(&mut world, "/2026-07/customers", body.clone());
    till_post(&mut world, "/2026-07/customers", body);
    assert!(
        world.books().verify().iter().any(|it| it.contains("2 customers were created for `a@b.c`"))
    );
    let twin = world.shop.draft("BUYER.0@twins.example", "MUG-BLU", 2);
    let position = world.shop.place(twin, PaymentStatus::Paid, Content::Sound, NOW_MS);
    let mut sale = right_sale(&mut world, position);
    let twins: Vec<_> = world
        .till
        .customers()
        .rows()
        .iter()
        .filter(|row| row.value.email.as_deref() == Some("buyer.0@twins.example"))
        .map(|row| row.id)
        .collect();
    sale["customer_id"] = json!(twins.iter().max().unwrap());
    till_post(&mut world, "/2026-07/sales", sale);
    assert!(
        world.books().verify().iter().any(|it| it.contains("is of")),
        "the smaller id is the older"
    );
}

#[test]
fn the_books_serialise_with_every_movement_and_its_cause() {
    let (mut world, position) = one_order();
    let sale = right_sale(&mut world, position);
    till_post(&mut world, "/2026-07/sales", sale);
    world.set_knobs(Knobs::default());
    let books = serde_json::to_value(world.books()).unwrap();
    assert_eq!(books["summary"]["postable_paid_orders"], 1);
    assert_eq!(books["summary"]["till_closed_sales"], 1);
    assert_eq!(books["summary"]["orders_by_fate"]["postable"], 1);
    assert_eq!(books["violations"], json!([]));
    assert_eq!(books["orders"][0]["sales"], json!([ID]));
    let movements = books["movements"].as_array().unwrap();
    assert_eq!(
        movements[0]["cause"],
        json!({ "kind": "order-placed", "of": internal_id(position) })
    );
    assert_eq!(movements[1]["cause"], json!({ "kind": "sale", "of": ID }));
    assert_eq!(
        (movements[0]["by"].clone(), movements[1]["by"].clone()),
        (json!("buyer"), json!("api"))
    );
    let posts =
        books["requests"].as_array().unwrap().iter().filter(|it| it["endpoint"] == "POST /sales");
    assert_eq!(posts.map(|it| it["count"].as_u64().unwrap()).sum::<u64>(), 1);
}
