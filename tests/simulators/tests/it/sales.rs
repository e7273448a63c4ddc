//! Sales of the till in both generations: duplicates, stock, numbers, refusals.

use super::{id_of, mugs, number, product, till_get, till_post, till_send, world};
use penstock_simulators::knobs::{
    Acceptance, ClosedRegister, DuplicateId, LegacyDuplicateId, RepeatedStock, ReplacedPayments,
    SaleAnswer, SourceIdUnique, UnknownStatus, VoidedStock,
};
use penstock_simulators::till::{SaleState, TillCounter};
use penstock_simulators::world::World;
use rust_decimal::Decimal;
use serde_json::{Value, json};

const ID: &str = "7d0f9b1c-8a52-5c7e-9d35-0e2f5a1b4c66";

fn post(world: &mut World, body: &Value) -> penstock_simulators::http::Reply {
    till_post(world, "/2026-07/sales", body.clone())
}

fn mugs_left(world: &mut World) -> Decimal {
    let product = product(world, "MUG-BLU").parse().unwrap();
    world.till.level(TillCounter { product, outlet: world.outlet }).unwrap()
}

/// The same sale in the words of 0.9.
fn legacy(world: &mut World, quantity: i64) -> Value {
    let sale = mugs(world, ID, quantity);
    let (line, payment) = (&sale["line_items"][0], &sale["payments"][0]);
    json!({
        "id": ID, "source": "Ecwid", "source_id": sale["source"]["id"], "status": "CLOSED", "state": "closed",
        "register_id": world.register, "user_id": world.user, "sale_date": "2026-01-05 09:30:11",
        "register_sale_products": [{
            "product_id": line["product"]["id"], "quantity": quantity, "price": "20.0",
            "tax": number("2.5"), "tax_id": line["tax"]["id"], "price_set": 1,
        }],
        "register_sale_payments": [{
            "retailer_payment_type_id": payment["type"]["config_id"], "amount": payment["amount"],
            "register_id": world.register, "id": "00000000-0000-4000-8000-00000000000a",
        }],
    })
}

#[test]
fn a_closed_sale_draws_stock_once_at_its_own_outlet() {
    let mut world = world();
    let sale = mugs(&mut world, ID, 3);
    let reply = post(&mut world, &sale);
    assert_eq!(reply.status, 200, "{}", reply.value());
    let answer = reply.value()["data"].clone();
    assert_eq!(answer["id"], ID);
    assert_eq!(answer["totals"]["price_incl_tax"].to_string(), "67.5");
    assert_eq!(answer["totals"]["tax"].to_string(), "7.5");
    assert_eq!(answer["invoice_number"], "WEB-1");
    assert!(answer["_metadata"]["version"].is_u64());
    assert_eq!(mugs_left(&mut world), Decimal::from(997));
    let product = product(&mut world, "MUG-BLU").parse().unwrap();
    let elsewhere = TillCounter { product, outlet: world.other_outlet };
    assert_eq!(world.till.level(elsewhere), Some(Decimal::from(1000)));
}

#[test]
fn parked_sales_draw_nothing_until_they_are_closed_and_voiding_gives_back() {
    let mut world = world();
    let mut sale = mugs(&mut world, ID, 3);
    sale["state"] = json!("parked");
    assert_eq!(post(&mut world, &sale).status, 200);
    assert_eq!(mugs_left(&mut world), Decimal::from(1000));
    let path = format!("/2026-07/sales/{ID}");
    sale["state"] = json!("closed");
    assert_eq!(till_send(&mut world, "PUT", &path, sale.clone()).status, 200);
    assert_eq!(mugs_left(&mut world), Decimal::from(997));
    sale["state"] = json!("parked");
    assert_eq!(till_send(&mut world, "PUT", &path, sale.clone()).status, 422);
    sale["state"] = json!("voided");
    assert_eq!(till_send(&mut world, "PUT", &path, sale).status, 200);
    assert_eq!(mugs_left(&mut world), Decimal::from(1000));

    let mut world = super::world();
    world.till.knobs.voided_stock = VoidedStock::Kept;
    let sale = mugs(&mut world, ID, 3);
    post(&mut world, &sale);
    world.till.void_sale(ID.parse().unwrap());
    assert_eq!(mugs_left(&mut world), Decimal::from(997));
}

#[test]
fn a_known_id_does_what_the_knob_says() {
    let cases = [
        (DuplicateId::Refused409, 409, 1, 3),
        (DuplicateId::Replaced, 200, 1, 5),
        (DuplicateId::Ignored, 200, 1, 3),
        (DuplicateId::Duplicated, 200, 2, 3),
    ];
    for (knob, status, count, quantity) in cases {
        let mut world = world();
        world.till.knobs.duplicate_id = knob;
        let (first, second) = (mugs(&mut world, ID, 3), mugs(&mut world, ID, 5));
        assert_eq!(post(&mut world, &first).status, 200);
        assert_eq!(post(&mut world, &second).status, status, "{knob:?}");
        let list = till_get(&mut world, "/2026-07/sales").value();
        assert_eq!(list["data"].as_array().unwrap().len(), count, "{knob:?}");
        let sale = till_get(&mut world, &format!("/2026-07/sales/{ID}")).value();
        assert_eq!(sale["data"]["line_items"][0]["quantity"], quantity, "{knob:?}");
        let twice = world.books().verify().iter().any(|it| it.contains("2 closed sales"));
        assert_eq!(twice, knob == DuplicateId::Duplicated);
    }
}

#[test]
fn a_repeated_sale_moves_stock_as_the_knob_says() {
    let cases = [
        (RepeatedStock::Kept, 997),
        (RepeatedStock::Corrected, 995),
        (RepeatedStock::DrawnAgain, 992),
    ];
    for (knob, left) in cases {
        let mut world = world();
        world.till.knobs.repeated_stock = knob;
        let (first, second) = (legacy(&mut world, 3), legacy(&mut world, 5));
        assert_eq!(till_post(&mut world, "/register_sales", first).status, 200);
        let again = till_post(&mut world, "/register_sales", second);
        assert_eq!(again.status, 200, "{}", again.value());
        assert_eq!(mugs_left(&mut world), Decimal::from(left), "{knob:?}");
        let noticed = world.books().verify().iter().any(|it| it.contains("moved stock"));
        assert_eq!(noticed, knob != RepeatedStock::Corrected, "{knob:?}");
    }
}

#[test]
fn payments_of_a_replaced_sale_are_a_knob() {
    for (knob, paid) in [
        (ReplacedPayments::MergedById, "67.5"),
        (ReplacedPayments::Replaced, "67.5"),
        (ReplacedPayments::Added, "135"),
    ] {
        let mut world = world();
        world.till.knobs.replaced_payments = knob;
        let sale = legacy(&mut world, 3);
        till_post(&mut world, "/register_sales", sale.clone());
        let sale = till_post(&mut world, "/register_sales", sale).value();
        assert_eq!(sale["register_sale"]["totals"]["total_payment"].to_string(), paid, "{knob:?}");
    }
}

#[test]
fn the_old_generation_reads_an_unknown_sale_as_an_empty_list() {
    let mut world = world();
    let unknown = till_get(&mut world, &format!("/register_sales/{ID}"));
    assert_eq!((unknown.status, unknown.value()), (200, json!({ "register_sales": [] })));
    assert_eq!(till_get(&mut world, &format!("/2026-07/sales/{ID}")).status, 404);
    let sale = legacy(&mut world, 2);
    till_post(&mut world, "/register_sales", sale);
    let known = till_get(&mut world, &format!("/register_sales/{ID}")).value();
    let sale = &known["register_sales"][0];
    assert_eq!(sale["status"], "CLOSED");
    assert_eq!(sale["sale_date"], "2026-01-05 09:30:11");
    assert_eq!(sale["totals"]["total_to_pay"], 0);
    assert_eq!(sale["register_sale_products"][0]["sku"], "MUG-BLU");
    let dated = till_get(&mut world, &format!("/2026-07/sales/{ID}")).value();
    assert_eq!(dated["data"]["state"], "closed", "both generations share one store");
    let list = till_get(&mut world, "/register_sales?status[]=CLOSED&since=2026-01-01").value();
    assert_eq!(list["register_sales"].as_array().unwrap().len(), 1);
    assert!(list.get("pagination").is_none(), "left out where one page is enough");
    let none = till_get(&mut world, "/register_sales?status[]=OPEN").value();
    assert_eq!(none["register_sales"], json!([]));
}

#[test]
fn the_old_generation_may_follow_the_dated_one_on_duplicates() {
    let mut world = world();
    world.till.knobs.legacy_duplicate_id = LegacyDuplicateId::AsDated;
    let sale = legacy(&mut world, 2);
    assert_eq!(till_post(&mut world, "/register_sales", sale.clone()).status, 200);
    let refused = till_post(&mut world, "/register_sales", sale);
    assert_eq!((refused.status, refused.value()["status"].clone()), (409, json!("error")));
}

#[test]
fn an_unknown_status_is_stored_as_it_came() {
    let mut world = world();
    let mut sale = legacy(&mut world, 2);
    sale["status"] = json!("complete");
    assert_eq!(till_post(&mut world, "/register_sales", sale.clone()).status, 200);
    assert_eq!(world.till.sales().rows()[0].value.state, SaleState::Unknown);
    assert_eq!(mugs_left(&mut world), Decimal::from(1000));
    world.till.knobs.unknown_status = UnknownStatus::Refused;
    assert_eq!(till_post(&mut world, "/register_sales", sale).status, 400);
}

#[test]
fn a_closed_register_takes_no_payments() {
    let mut world = world();
    world.till.set_register_open(world.register, false);
    let sale = mugs(&mut world, ID, 1);
    let refused = post(&mut world, &sale);
    assert_eq!((refused.status, refused.value()["error"]["code"].clone()), (409, json!(409)));
    assert!(world.till.sales().rows().is_empty());
    assert_eq!(mugs_left(&mut world), Decimal::from(1000));
    world.till.knobs.closed_register = ClosedRegister::Accepted;
    assert_eq!(post(&mut world, &sale).status, 200);
}

#[test]
fn amounts_are_refused_where_a_knob_says_so() {
    let mut world = world();
    let mut sale = mugs(&mut world, ID, 1);
    sale["payments"][0]["amount"] = number("22.49");
    world.till.knobs.unequal_payments = Acceptance::Refused;
    assert_eq!(post(&mut world, &sale).status, 422);
    world.till.knobs.unequal_payments = Acceptance::Accepted;
    assert_eq!(post(&mut world, &sale).status, 200);
    assert!(world.books().verify().iter().any(|it| it.contains("paid are 22.49")));

    let mut free = mugs(&mut world, "7d0f9b1c-8a52-5c7e-9d35-0e2f5a1b4c67", 1);
    free["line_items"][0]["pricing"]["price"] = json!(0);
    free["line_items"][0]["tax"]["amount"] = json!(0);
    free["payments"] = json!([]);
    world.till.knobs.zero_sale = Acceptance::Refused;
    assert_eq!(post(&mut world, &free).status, 422);
    world.till.knobs.zero_sale = Acceptance::Accepted;
    assert_eq!(post(&mut world, &free).status, 200);
    free["line_items"][0]["quantity"] = number("1e30");
    assert_eq!(post(&mut world, &free).status, 400, "no number can overflow a sum");
}

#[test]
fn what_a_sale_names_must_exist() {
    let nobody = "00000000-0000-4000-8000-000000000000";
    for pointer in [
        "/source/author_id",
        "/source/register_id",
        "/line_items/0/product/id",
        "/line_items/0/tax/id",
        "/payments/0/type/config_id",
    ] {
        let mut world = world();
        let mut sale = mugs(&mut world, ID, 1);
        *sale.pointer_mut(pointer).unwrap() = json!(nobody);
        let refused = post(&mut world, &sale);
        assert_eq!(refused.status, 422, "{pointer}");
        assert!(refused.value()["errors"][0]["message"].as_str().unwrap().contains(nobody));
        *sale.pointer_mut(pointer).unwrap() = Value::Null;
        let refused = post(&mut world, &sale);
        assert!([400, 422].contains(&refused.status), "{pointer} {}", refused.status);
    }
    let mut world = world();
    let mut sale = mugs(&mut world, ID, 1);
    sale["customer_id"] = json!(nobody);
    assert_eq!(post(&mut world, &sale).status, 422);
}

#[test]
fn users_and_products_that_are_gone_are_a_knob() {
    let mut world = world();
    let sale = mugs(&mut world, ID, 1);
    world.till.set_user_enabled(world.user, false);
    assert_eq!(post(&mut world, &sale).status, 422);
    world.till.knobs.disabled_user = Acceptance::Accepted;
    let mug = product(&mut world, "MUG-BLU").parse().unwrap();
    world.till.edit_product(mug, |product| product.active = false);
    world.till.knobs.inactive_product = Acceptance::Refused;
    assert_eq!(post(&mut world, &sale).status, 422);
    world.till.knobs.inactive_product = Acceptance::Accepted;
    assert_eq!(post(&mut world, &sale).status, 200);
}

#[test]
fn numbers_are_cut_and_found_by_the_search_after_its_lag() {
    let mut world = world();
    world.till.knobs.sale_search_lag_ms = 5000;
    let mut sale = mugs(&mut world, ID, 1);
    sale["invoice_number"] = json!("EC-0123456789-0123456789");
    let answer = post(&mut world, &sale).value();
    assert_eq!(answer["data"]["invoice_number"], "EC-0123456789-012345");
    let search = |world: &mut World, number: &str| {
        let page = till_get(world, &format!("/2026-07/search?type=sales&invoice_number={number}"));
        page.value()["data"].as_array().unwrap().len()
    };
    assert_eq!(search(&mut world, "EC-0123456789-012345"), 0);
    world.till.pass(5000);
    assert_eq!(search(&mut world, "EC-0123456789-012345"), 1);
    assert_eq!(search(&mut world, "EC-0123456789"), 0);
    let day =
        "/2026-07/search?type=sales&date_from=2026-01-05T00:00:00Z&date_to=2026-01-06T00:00:00Z";
    assert_eq!(till_get(&mut world, day).value()["data"].as_array().unwrap().len(), 1);
}

#[test]
fn an_answer_may_be_the_id_alone_and_sources_unique() {
    let mut world = world();
    world.till.knobs.sale_answer = SaleAnswer::IdOnly;
    world.till.knobs.source_id_unique = SourceIdUnique::Refused409;
    let sale = mugs(&mut world, ID, 1);
    assert_eq!(post(&mut world, &sale).value(), json!({ "data": { "id": ID } }));
    let mut other = sale;
    other["id"] = Value::Null;
    assert_eq!(post(&mut world, &other).status, 409);
}

#[test]
fn a_composite_draws_its_parts() {
    let mut world = world();
    let set = product(&mut world, "SET-1");
    let mut sale = mugs(&mut world, ID, 2);
    sale["line_items"][0]["product"]["id"] = json!(set);
    assert_eq!(post(&mut world, &sale).status, 200);
    assert_eq!(mugs_left(&mut world), Decimal::from(998));
}

#[test]
fn a_return_is_a_parked_sale_of_the_opposite() {
    let mut world = world();
    let sale = mugs(&mut world, ID, 2);
    post(&mut world, &sale);
    let path = format!("/2026-07/sales/{ID}/actions/return");
    let back = till_post(&mut world, &path, json!({})).value()["data"].clone();
    assert_eq!(back["state"], "parked");
    assert_eq!(back["line_items"][0]["quantity"], -2);
    assert_eq!(back["return"]["original_sale_id"], ID);
    assert_eq!(mugs_left(&mut world), Decimal::from(998));
}

#[test]
fn a_cash_sale_at_the_counter_moves_stock_for_the_cashier() {
    let mut world = world();
    let mug = product(&mut world, "MUG-BLU").parse().unwrap();
    let counter = id_of(&mut world, "/2026-07/registers", "name", "Web").parse().unwrap();
    assert!(world.till.cash_sale(counter, mug, Decimal::from(4)).is_some());
    assert_eq!(mugs_left(&mut world), Decimal::from(996));
    assert_eq!(world.books().till_closed_sales(), 0, "it is none of the API's");
}
