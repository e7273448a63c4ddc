//! One sale an order, for ever: also where the store was put back to an older copy, or knows of an earlier write.

use penstock_connector_sdk::commerce::{CustomerLink, Order, PaymentStatus};
use penstock_connector_sdk::host::Level;
use penstock_connector_sdk::script::status;
use penstock_connector_sdk::sink::{Earlier, Plan};
use penstock_connector_sdk::types::Request;
use serde_json::{Value, json};

use super::till::{
    KEY, TOKEN, Till, decimal, intake, only_write, order, prepare, prepare_with, sales_options,
    tender, vend,
};

fn sale(id: &str, state: &str, total: &str) -> Value {
    let total: Value = serde_json::from_str(total).unwrap();
    json!({"id": id, "state": state, "totals": {"price_incl_tax": total}, "_metadata": {"version": 850}})
}

/// What the till already had is taken as it is: no write, the id, and the movements as applied.
#[track_caller]
fn check_adopted(plan: &Plan) {
    assert_eq!((plan.writes.len(), plan.rejections.len()), (0, 0), "{:?}", plan.rejections);
    let [existing] = plan.unchanged.as_slice() else { panic!("{plan:?}") };
    assert_eq!(existing.id, TOKEN);
    assert_eq!(existing.movements.len(), 1);
    assert_eq!(existing.movements[0].cause, format!("{KEY}#901"));
    let write = only_write(prepare(Till::new(), vec![intake(order())]));
    assert_eq!(existing.memo, write.memo, "a later revision is compared as if we had written it");
}

#[test]
fn a_store_that_was_put_back_finds_the_sale_in_what_is_new() {
    let till = Till::new().list(
        "/2026-07/sales",
        json!([sale("other", "closed", "1"), sale(TOKEN, "closed", "46.13")]),
    );
    let host = till.host();
    let plan =
        prepare_with(&vend("2026-07"), &host, &sales_options(), vec![intake(order())], Some(700));
    check_adopted(&plan.unwrap());
    let feed: Vec<_> = host.requests().into_iter().filter(|r| r.path == "/2026-07/sales").collect();
    assert_eq!(feed[0].query_value("after"), Some("200"), "a margin below what is known");
    assert_eq!(feed[1].query_value("after"), Some("900"), "read to the empty page");
    let kept = |request: &Request| request.keep.iter().any(|path| path.ends_with("state"));
    let whole: Vec<bool> = feed.iter().map(kept).collect();
    assert_eq!(whole, [false, false, true, true], "ids first, and whole sales where one is ours");
}

#[test]
fn a_sale_that_was_closed_since_the_search_has_seen_it_is_closed() {
    let till = Till::new()
        .list("/2026-07/sales", json!([sale(TOKEN, "closed", "46.13")]))
        .with("/2026-07/search?date_from", json!({"data": [sale(TOKEN, "parked", "46.13")]}));
    let known = Some(700);
    let plan = prepare_with(
        &vend("2026-07"),
        &till.host(),
        &sales_options(),
        vec![intake(order())],
        known,
    );
    check_adopted(&plan.unwrap());
}

#[test]
fn an_id_in_capitals_is_the_same_id() {
    let rows = json!([sale(&TOKEN.to_uppercase(), "closed", "46.13")]);
    let host = Till::new().list("/2026-07/sales", rows).host();
    let plan =
        prepare_with(&vend("2026-07"), &host, &sales_options(), vec![intake(order())], Some(0));
    check_adopted(&plan.unwrap());
}

#[test]
fn a_store_that_is_empty_finds_the_sale_by_its_day() {
    let till = Till::new()
        .with("/2026-07/search?date_from", json!({"data": [sale(TOKEN, "closed", "46.13")]}));
    let host = till.host();
    let plan = prepare_with(&vend("2026-07"), &host, &sales_options(), vec![intake(order())], None);
    check_adopted(&plan.unwrap());
    let search =
        host.requests().into_iter().find(|r| r.query_value("date_from").is_some()).unwrap();
    assert_eq!(search.query_value("register_id"), Some("r-web"));
    assert_eq!(search.query_value("date_from"), Some("2026-01-05T09:29:11Z"));
    assert_eq!(search.query_value("date_to"), Some("2026-01-05T09:31:11Z"));
}

#[test]
fn what_is_known_may_have_risen_past_a_sale_of_a_lost_run() {
    // The list above what is known is empty: the sale was posted long before, from a store that is no more.
    let till = Till::new()
        .with("/2026-07/search?date_from", json!({"data": [sale(TOKEN, "closed", "46.13")]}));
    let host = till.host();
    let plan = prepare_with(
        &vend("2026-07"),
        &host,
        &sales_options(),
        vec![intake(order())],
        Some(90_000),
    );
    check_adopted(&plan.unwrap());
}

#[test]
fn an_intake_that_came_before_is_asked_for_by_its_id() {
    let mut again = intake(order());
    again.attempt = 1;
    let dated = Till::new()
        .with(&format!("/2026-07/sales/{TOKEN}"), json!({"data": sale(TOKEN, "closed", "46.13")}));
    let plan = prepare_with(
        &vend("2026-07"),
        &dated.host(),
        &sales_options(),
        vec![again.clone()],
        Some(900),
    );
    check_adopted(&plan.unwrap());

    let row = json!({"id": TOKEN, "status": "CLOSED", "total_price": "41.00", "total_tax": 5.13});
    let classic =
        Till::new().with(&format!("/register_sales/{TOKEN}"), json!({"register_sales": [row]}));
    let plan = prepare_with(
        &vend("0.9"),
        &classic.host(),
        &sales_options(),
        vec![again.clone()],
        Some(900),
    );
    check_adopted(&plan.unwrap());

    // The older generation answers an unknown id with 200 and an empty list: that is not there, so it is written.
    let empty =
        Till::new().with(&format!("/register_sales/{TOKEN}"), json!({"register_sales": []}));
    let plan =
        prepare_with(&vend("0.9"), &empty.host(), &sales_options(), vec![again.clone()], Some(900));
    only_write(plan.unwrap());
    let plan = prepare_with(
        &vend("2026-07"),
        &Till::new().host(),
        &sales_options(),
        vec![again],
        Some(900),
    );
    only_write(plan.unwrap());
}

#[test]
fn a_till_with_endless_news_is_asked_by_id() {
    // A page that is never empty, each with a higher version than the one before.
    let answer = std::cell::Cell::new(1_000u64);
    let till = Till::new();
    let fixed = till.clone().host();
    let host = penstock_connector_sdk::script::Script::new().answers(move |request| {
        if request.path == "/2026-07/sales" {
            answer.set(answer.get() + 1);
            let max = answer.get();
            let page = json!({"data": [sale("other", "closed", "1")], "version": {"max": max}});
            return Ok(penstock_connector_sdk::script::json(&page.to_string()));
        }
        if request.path == format!("/2026-07/sales/{TOKEN}") {
            let body = json!({"data": sale(TOKEN, "closed", "46.13")});
            return Ok(penstock_connector_sdk::script::json(&body.to_string()));
        }
        penstock_connector_sdk::host::Http::read(&fixed, request)
    });
    let plan =
        prepare_with(&vend("2026-07"), &host, &sales_options(), vec![intake(order())], Some(900));
    check_adopted(&plan.unwrap());
    assert!(host.requests().len() < 50, "the walk is bounded");
}

#[test]
fn lists_may_begin_with_the_row_that_ended_the_page_before() {
    // `after` includes the version it names: the last row comes again, and again, and there is no empty page.
    let mut till = Till::new();
    for (path, row) in [
        ("/2026-07/registers", json!({"id": "r-web", "name": "Web", "outlet_id": "o-main"})),
        ("/2026-07/payment_types", json!({"id": "pt-online", "name": "Online"})),
        ("/2026-07/sales", sale(TOKEN, "closed", "46.13")),
    ] {
        let page = json!({"data": [row], "version": {"max": 900}});
        till = till.with(&format!("{path}?after=900"), page.clone()).with(path, page);
    }
    let host = till.host();
    let plan =
        prepare_with(&vend("2026-07"), &host, &sales_options(), vec![intake(order())], Some(700));
    check_adopted(&plan.unwrap());
    assert!(host.requests().len() < 15, "{}", host.requests().len());
}

#[test]
fn a_feed_that_does_not_advance_is_an_error_and_no_loop() {
    let page = json!({"data": [sale("other", "closed", "1")], "version": {"max": 5}});
    let host = Till::new().with("/2026-07/sales", page).host();
    let plan =
        prepare_with(&vend("2026-07"), &host, &sales_options(), vec![intake(order())], Some(900));
    let failure = format!("{:?}", plan.unwrap_err());
    assert!(failure.contains("do not advance"), "{failure}");
}

#[test]
fn a_sale_that_is_there_but_not_closed_is_for_a_person() {
    for state in ["voided", "parked", "pending"] {
        let host = Till::new().list("/2026-07/sales", json!([sale(TOKEN, state, "46.13")])).host();
        let orders = vec![intake(order())];
        let plan =
            prepare_with(&vend("2026-07"), &host, &sales_options(), orders, Some(700)).unwrap();
        assert_eq!((plan.writes.len(), plan.unchanged.len()), (0, 0));
        assert!(plan.rejections[0].message.ends_with(&format!("but not closed: {state}")));
    }
}

#[test]
fn an_order_that_can_not_be_planned_tells_that_it_is_there() {
    let mut broken = order();
    broken.lines[0].sku = Some("GONE".to_owned());
    let host = Till::new().list("/2026-07/sales", json!([sale(TOKEN, "closed", "46.13")])).host();
    let plan =
        prepare_with(&vend("2026-07"), &host, &sales_options(), vec![intake(broken)], Some(700));
    let message = &plan.unwrap().rejections[0].message;
    assert!(message.starts_with("the till has this sale already, but: line 1 `GONE`"), "{message}");
}

#[test]
fn another_total_in_the_till_is_adopted_and_told() {
    let host = Till::new().list("/2026-07/sales", json!([sale(TOKEN, "closed", "46.10")])).host();
    let plan =
        prepare_with(&vend("2026-07"), &host, &sales_options(), vec![intake(order())], Some(700));
    check_adopted(&plan.unwrap());
    let [line] = host.lines().try_into().unwrap();
    assert_eq!(line.level, Level::Warn);
    assert!(line.message.contains("shows 46.10 EUR") && line.message.contains("is 46.13 EUR"));
}

/// A newer revision of an order that was posted as `order()`.
fn revised(change: impl FnOnce(&mut Order)) -> Plan {
    let memo = only_write(prepare(Till::new(), vec![intake(order())])).memo;
    let mut newer = order();
    change(&mut newer);
    let mut intake = intake(newer);
    intake.prior = Some(Earlier { id: TOKEN.to_owned(), revision: "1".to_owned(), memo });
    let host = Till::new().answering("/2026-07/retailer", status(500, "")).host();
    let plan =
        prepare_with(&vend("2026-07"), &host, &sales_options(), vec![intake], Some(900)).unwrap();
    assert_eq!(host.requests().len(), 0, "what was posted is judged without reading");
    assert_eq!(plan.writes.len(), 0, "never a second sale");
    plan
}

#[test]
fn a_revision_that_changes_nothing_of_the_sale_is_unchanged() {
    let plan = revised(|order| order.note = Some("shipped".to_owned()));
    let [existing] = plan.unchanged.as_slice() else { panic!("{:?}", plan.rejections) };
    assert_eq!(existing.id, TOKEN);
}

#[test]
fn a_revision_that_changes_the_sale_is_for_a_person() {
    let check = |change: fn(&mut Order), expected: &str| {
        let plan = revised(change);
        let [rejection] = plan.rejections.as_slice() else { panic!("{plan:?}") };
        let message = &rejection.message;
        assert!(message.starts_with("changed after it was posted: "), "{message}");
        assert!(message.contains(expected), "expected `{expected}`, got `{message}`");
    };
    check(|o| o.total = decimal("40.00"), "total 40.00 EUR, was 46.13 EUR");
    check(
        |o| o.lines[0].quantity = decimal("1"),
        "line 1 × `MUG-BLU` for 40.50, was 2 × `MUG-BLU`",
    );
    check(|o| o.lines.clear(), "line 2 × `MUG-BLU` for 40.50 is gone");
    check(|o| o.lines[0].id = "902".to_owned(), "is new");
    check(
        |o| o.matched_customer = Some(CustomerLink::Id("c-9".to_owned())),
        "customer c-9, was walk-in",
    );
    check(|o| o.payment_status = PaymentStatus::PartiallyRefunded, "it is partially refunded");
    check(|o| o.refunded = decimal("5.00"), "5.00 EUR was given back");
}

#[test]
fn a_revision_whose_posting_is_forgotten_is_for_a_person() {
    let mut intake = intake(order());
    intake.prior =
        Some(Earlier { id: TOKEN.to_owned(), revision: "1".to_owned(), memo: b"?".to_vec() });
    let plan = prepare(Till::new(), vec![intake]);
    assert_eq!((plan.writes.len(), plan.rejections.len()), (0, 1));
}

#[test]
fn a_tender_that_changes_its_name_is_no_change_of_the_sale() {
    let plan = revised(|order| order.tenders = vec![tender("Bank card", "46.13")]);
    assert_eq!(plan.unchanged.len(), 1);
}
