//! Every reason for which an order is held: the fact names the place, the hint names the cure, and nothing is written.

use penstock_connector_sdk::commerce::{
    ChargeKind, CustomerLink, LineKind, Order, Payload, PaymentStatus,
};
use penstock_connector_sdk::samples;
use penstock_connector_sdk::script::status;
use penstock_connector_sdk::types::Failure;
use serde_json::json;

use super::till::{
    Till, charge, customer_intake, decimal, intake, order, prepare, prepare_with, sales_options,
    tax, tender, vat, vend,
};

/// The order with a change, at a till with a change, is refused with these words.
#[track_caller]
fn check(till: Till, change: impl FnOnce(&mut Order), fact: &str, hint: &str) {
    let mut order = order();
    change(&mut order);
    let plan = prepare(till, vec![intake(order)]);
    assert_eq!((plan.writes.len(), plan.unchanged.len()), (0, 0), "nothing is written");
    let [rejection] = plan.rejections.as_slice() else { panic!("{:?}", plan.rejections) };
    let said = (rejection.message.as_str(), rejection.hint.as_deref().unwrap_or_default());
    assert!(said.0.contains(fact), "expected `{fact}`, got {said:?}");
    assert!(said.1.contains(hint), "expected `{hint}`, got {said:?}");
}

#[test]
fn an_order_that_is_not_plainly_paid() {
    let statuses = [
        (PaymentStatus::AwaitingPayment, "awaiting payment"),
        (PaymentStatus::Refunded, "refunded"),
        (PaymentStatus::Cancelled, "cancelled"),
        (PaymentStatus::Other("NET30".to_owned()), "NET30"),
    ];
    for (status, name) in statuses {
        check(Till::new(), |order| order.payment_status = status, name, "retry once");
    }
    check(Till::new(), |order| order.refunded = decimal("5"), "5 EUR was given back", "by hand");
}

#[test]
fn another_currency() {
    let fact = "the order is in NZD, the till sells in EUR";
    check(Till::new(), |order| order.currency = "NZD".to_owned(), fact, "own currency");
}

/// Pattern 43: a bundle is not taken apart by a recipe that may be another by now; a person posts
/// it.
#[test]
fn kinds_of_line_that_are_not_posted() {
    let kinds = [
        (LineKind::GiftCard, "line 1 `MUG-BLU`: it sells a gift card"),
        (LineKind::Composite, "line 1 `MUG-BLU`: it sells a bundle"),
        (LineKind::Other("lease".to_owned()), "it is of a kind that is not posted: `lease`"),
    ];
    for (kind, fact) in kinds {
        check(Till::new(), |order| order.lines[0].kind = kind, fact, "by hand");
    }
    check(Till::new(), |order| order.lines.clear(), "no lines", "correct the order");
}

#[test]
fn skus_that_lead_to_no_product() {
    let sku = |sku: &str| {
        let sku = Some(sku.to_owned());
        move |order: &mut Order| order.lines[0].sku = sku
    };
    check(Till::new(), sku("GONE"), "line 1 `GONE`: the till has no product", "create the product");
    check(Till::new(), sku("  "), "line 1 `MUG-BLU`: it has no SKU", "give the product a SKU");
    check(
        Till::new(),
        |order| order.lines[0].sku = None,
        "it has no SKU",
        "give the product a SKU",
    );
    check(Till::new(), sku("mug-blu"), "only `MUG-BLU`", "write the SKU alike");
}

#[test]
fn products_that_can_not_be_booked_on() {
    let row = |field: &str, value: serde_json::Value| {
        let mut row = json!({"id": "p-1", "sku": "MUG-BLU", "name": "Mug", "has_inventory": true,
            "active": true});
        row[field] = value;
        row
    };
    let of = |rows: serde_json::Value| {
        Till::new().with("/2026-07/search?sku=mug-blu", json!({"data": rows}))
    };
    let same = |_: &mut Order| {};
    let twice = json!([row("id", json!("p-1")), row("id", json!("p-2"))]);
    check(of(twice), same, "2 products with this SKU", "its own SKU");
    check(of(json!([row("active", json!(false))])), same, "inactive", "activate");
    check(of(json!([row("is_active", json!(false))])), same, "inactive", "activate");
    check(of(json!([row("is_composite", json!(true))])), same, "composite", "by hand");
    check(of(json!([row("has_inventory", json!(null))])), same, "does not tell whether", "retry");
    check(of(json!([row("deleted_at", json!("2026-01-01"))])), same, "no product", "create");
    let parent = of(json!([row("has_variants", json!(true))]));
    check(parent, same, "the till has no product with this SKU", "create");
}

#[test]
fn quantities_and_amounts_that_are_no_sale() {
    check(Till::new(), |o| o.lines[0].quantity = decimal("0"), "0 units", "correct");
    check(Till::new(), |o| o.lines[0].quantity = decimal("-2"), "-2 units", "correct");
    check(Till::new(), |o| o.lines[0].amount = decimal("-1"), "for -1", "correct");
    check(Till::new(), |o| o.total = decimal("46.125"), "46.125 EUR is no amount", "correct");
    check(Till::new(), |o| o.total = decimal("-1"), "-1 EUR is no amount", "correct");
}

#[test]
fn charges_without_a_product() {
    let options = [
        (ChargeKind::Handling, "handling_sku"),
        (ChargeKind::Surcharge, "surcharge_sku"),
        (ChargeKind::Tip, "tip_sku"),
        (ChargeKind::Rounding, "rounding_sku"),
    ];
    for (kind, option) in options {
        let hint = format!("set `{option}`");
        let add = |o: &mut Order| o.charges.push(charge(kind, "Extra", "1.00", Vec::new()));
        check(Till::new(), add, "charge `Extra`: the sink has no product", &hint);
    }
    let other = ChargeKind::Other("customs".to_owned());
    let add = |o: &mut Order| o.charges.push(charge(other, "Customs", "1.00", Vec::new()));
    check(Till::new(), add, "charge `Customs`: it is of a kind", "by hand");
    let stocked = Till::new().product("SHIP", "p-ship", true);
    check(stocked, |_| {}, "tracks stock of `SHIP` (`shipping_sku`)", "turn stock tracking off");
    let unknown = Till::new().with("/2026-07/search?sku=ship", json!({"data": []}));
    check(unknown, |_| {}, "`SHIP` (`shipping_sku`): the till has no product", "create");
}

#[test]
fn discounts_without_a_product_or_upside_down() {
    let discount = |amount: &'static str| {
        move |o: &mut Order| o.charges.push(charge(ChargeKind::Discount, "D", amount, Vec::new()))
    };
    let none = Till::new().with(
        "/2026-07/retailer",
        json!({"data": {"no_tax_group_id": "t-none", "currency": {"code": "EUR"}}}),
    );
    check(none, discount("-1.00"), "no product for discounts", "by hand");
    check(Till::new(), discount("1.00"), "would raise the price", "correct");
}

#[test]
fn taxes_that_the_till_has_not_or_twice() {
    let other = |o: &mut Order| o.lines[0].taxes = vec![tax("VAT", "19", "4.50")];
    check(
        Till::new(),
        other,
        "line 1 `MUG-BLU`: the till has no tax of 19 %",
        "`taxes = { \"19\" =",
    );
    let twice = Till::new().with(
        "/2026-07/taxes",
        json!({"data": [{"id": "a", "name": "A", "rates": [{"rate": 0.125}]},
            {"id": "b", "name": "B", "rates": [{"rate": 0.125}]}]}),
    );
    check(twice, |_| {}, "several taxes of 12.5 %: `A`, `B`", "choose one");
    let untold = |o: &mut Order| o.lines[0].taxes[0].rate = None;
    check(Till::new(), untold, "tells no rate for the tax `VAT`", "\"VAT\" =");
    let unclear = |o: &mut Order| {
        o.charges[0].taxes = vec![tax("A", "12.5", "0.40"), tax("B", "7", "0.90")];
    };
    check(Till::new(), unclear, "fit neither", "by hand");
    let none =
        Till::new().with("/2026-07/retailer", json!({"data": {"currency": {"code": "EUR"}}}));
    check(none, |o| o.lines[0].taxes.clear(), "names no tax for lines without", "set `no_tax`");
}

#[test]
fn totals_that_do_not_come_out() {
    let off = |total: &'static str| {
        move |o: &mut Order| {
            o.total = decimal(total);
            o.tenders = vec![tender("Credit card", total)];
        }
    };
    let fact = "come to 46.13 EUR, the order's total is 46.16 EUR";
    check(Till::new(), off("46.16"), fact, "correct the order in the shop");
    check(Till::new(), off("46.15"), "0.02 EUR of rounding", "set `rounding_sku`");
    check(Till::new(), off("46.12"), "-0.01 EUR of rounding", "set `rounding_sku`");
    let huge = |o: &mut Order| o.lines[0].amount = decimal("9223372036854775807");
    check(Till::new(), huge, "", "correct the order in the shop");
}

#[test]
fn payments_that_are_not_named_or_not_the_total() {
    let by = |method: &'static str, amount: &'static str| {
        move |o: &mut Order| o.tenders = vec![tender(method, amount)]
    };
    check(
        Till::new(),
        by("PayPal", "46.13"),
        "no payment type of the till is named for `PayPal`",
        "`payments = { \"PayPal\" =",
    );
    check(
        Till::new(),
        by("Credit card", "46.12"),
        "46.12 EUR was paid, the total is 46.13 EUR",
        "correct",
    );
    check(Till::new(), |o| o.tenders.clear(), "0 EUR was paid", "correct");
    let refund = |o: &mut Order| {
        o.tenders = vec![tender("Credit card", "50.00"), tender("Credit card", "-3.87")];
    };
    check(Till::new(), refund, "is no payment", "by hand");
    let none = Till::new().list("/2026-07/payment_types", json!([]));
    check(none, |_| {}, "no payment type `Online`, which `Credit card`", "create `Online`");
    let twice = Till::new().list(
        "/2026-07/payment_types",
        json!([{"id": "a", "name": "Online"}, {"id": "b", "name": "Online"}]),
    );
    check(twice, |_| {}, "several payment types named `Online`", "by its id");
}

#[test]
fn a_customer_that_is_not_yet_there() {
    let link = |o: &mut Order| {
        o.matched_customer = Some(CustomerLink::Entry("email:a@example.org".to_owned()));
    };
    check(Till::new(), link, "`email:a@example.org` is not yet in the till", "retry");
}

#[test]
fn nothing_to_pay_where_that_is_to_be_held() {
    let mut free = order();
    free.lines[0].amount = decimal("0");
    free.lines[0].taxes = vec![vat("0")];
    free.charges.clear();
    free.tenders.clear();
    free.total = decimal("0");
    let options = json!({"zero_total": "hold"});
    let plan =
        prepare_with(&vend("2026-07"), &Till::new().host(), &options, vec![intake(free)], None);
    assert_eq!(plan.unwrap().rejections[0].message, "there is nothing to pay");
}

#[test]
fn what_is_no_order_and_a_token_that_is_none() {
    let plan = prepare(Till::new(), vec![customer_intake("a@example.org", "A")]);
    assert_eq!(plan.rejections[0].message, "it is no order");
    let mut bad = intake(order());
    bad.token = "not-a-uuid".to_owned();
    assert!(prepare(Till::new(), vec![bad]).rejections[0].message.contains("is not a UUID"));
}

#[test]
fn a_set_up_at_fault_fails_the_batch_and_not_the_order() {
    let failure = |till: Till| {
        let host = till.host();
        let orders = vec![intake(order())];
        prepare_with(&vend("2026-07"), &host, &sales_options(), orders, None).unwrap_err()
    };
    let deleted = Till::new().list(
        "/2026-07/registers",
        json!([{"id": "r", "name": "Web", "outlet_id": "o", "deleted_at": "2026-01-01"}]),
    );
    let Failure::Misconfigured(said) = failure(deleted) else { panic!() };
    assert!(said.contains("no register `Web`") && said.contains("set `register`"), "{said}");
    let refused = Till::new().answering("/2026-07/taxes", status(403, r#"{"error":"Forbidden"}"#));
    let Failure::Unauthorized(said) = failure(refused) else { panic!() };
    assert!(said.contains("`taxes:read`"), "{said}");
    let down = Till::new().answering("/2026-07/taxes", status(503, ""));
    assert_eq!(failure(down), Failure::RetryAfter(30_000));
    let odd = Till::new().with("/2026-07/retailer", json!({"data": {"currency": {}}}));
    assert!(matches!(failure(odd), Failure::Unexpected(_)));
    let gone = Till::new().answering("/2026-07/search?sku", status(410, ""));
    let mut unknown = order();
    unknown.lines[0].sku = Some("GONE".to_owned());
    let host = gone.host();
    let failed =
        prepare_with(&vend("2026-07"), &host, &sales_options(), vec![intake(unknown)], None);
    assert!(matches!(failed, Err(Failure::Misconfigured(_))));
}

#[test]
fn a_sample_without_anything_is_refused_too() {
    let empty = samples::entry("ecwid:1003/orders/1", Payload::Order(samples::order("1")));
    let mut intake = intake(order());
    intake.entry = empty;
    assert_eq!(prepare(Till::new(), vec![intake]).rejections[0].message, "the order has no lines");
}
