//! What a paid order becomes, field by field, in both generations.

use penstock_connector_sdk::commerce::{ChargeKind, CustomerLink, Payload};
use penstock_connector_sdk::samples;
use penstock_connector_sdk::sink::{Action, Explain, Sink as _};
use penstock_connector_sdk::types::Pair;
use serde_json::{Value, json};

use super::till::{
    KEY, TOKEN, Till, body, charge, decimal, intake, only_write, order, prepare, prepare_with,
    sales_options, tax, tender, vat, vend,
};

/// Patterns 28 and 35: it bears the order's own instant, and the taxes that the shop charged.
#[test]
fn a_paid_order_becomes_a_closed_sale() {
    let write = only_write(prepare(Till::new(), vec![intake(order())]));
    assert_eq!(write.action, Action::Create);
    assert_eq!(write.covers, [0]);
    assert_eq!(write.summary, "sale EC-QK7M2, 46.13 EUR, 2 lines");
    assert_eq!((write.request.path.as_str(), write.settle_ms), ("/2026-07/sales", 15_000));
    let probe = write.probe.as_ref().unwrap();
    assert_eq!(probe.path, format!("/2026-07/sales/{TOKEN}"));
    assert_eq!(probe.keep.len(), 0, "it is stored with each write, and rarely sent: it keeps all");
    let body = body(&write);
    let ids: Vec<String> = ids_of(&body);
    assert_eq!(
        body,
        json!({
            "id": TOKEN,
            "source": {"type": "Ecwid", "id": "1003:733100201",
                "author_id": "u-token", "register_id": "r-web"},
            "state": "closed",
            "date": "2026-01-05T09:30:11Z",
            "invoice_number": "EC-QK7M2",
            "note": "Ecwid order QK7M2",
            "line_items": [
                {"id": ids[0], "product": {"id": "p-mug"}, "quantity": 2,
                    "pricing": {"price": 18, "discount": 2}, "tax": {"id": "t-vat", "amount": number("2.25")},
                    "_metadata": {"is_price_override": true, "sequence": 0}},
                {"id": ids[1], "product": {"id": "p-ship"}, "quantity": 1,
                    "pricing": {"price": 5}, "tax": {"id": "t-vat", "amount": number("0.63")},
                    "_metadata": {"is_price_override": true, "sequence": 1},
                    "attributes": [{"name": "line_note", "value": "Post"}]},
            ],
            "payments": [
                {"id": ids[2], "type": {"config_id": "pt-online"}, "amount": number("46.13"),
                    "date": "2026-01-05T09:30:11Z", "source": {"register_id": "r-web"}},
            ],
        })
    );
}

#[test]
fn the_older_generation_says_the_same_in_its_words() {
    let vend = vend("0.9");
    let plan =
        prepare_with(&vend, &Till::new().host(), &sales_options(), vec![intake(order())], None);
    let write = only_write(plan.unwrap());
    assert_eq!(write.request.path, "/register_sales");
    assert_eq!(write.probe.as_ref().unwrap().path, format!("/register_sales/{TOKEN}"));
    let body = body(&write);
    let line = &body["register_sale_products"][0];
    assert_eq!(body["id"], TOKEN);
    assert_eq!((&body["status"], &body["state"]), (&json!("CLOSED"), &json!("closed")));
    assert_eq!(body["sale_date"], "2026-01-05 09:30:11");
    assert_eq!((&body["source"], &body["source_id"]), (&json!("Ecwid"), &json!("1003:733100201")));
    assert_eq!((&body["user_id"], &body["register_id"]), (&json!("u-token"), &json!("r-web")));
    assert_eq!((&line["price"], &line["tax"]), (&number("18"), &number("2.25")));
    assert_eq!((&line["discount"], &line["price_set"]), (&number("2"), &json!(1)));
    assert_eq!((&line["tax_id"], &line["status"]), (&json!("t-vat"), &json!("CONFIRMED")));
    let payment = &body["register_sale_payments"][0];
    assert_eq!(payment["retailer_payment_type_id"], "pt-online");
    assert_eq!((&payment["amount"], &payment["register_id"]), (&number("46.13"), &json!("r-web")));
}

/// What a person sees is read from the body, with the order's own names for its parts.
#[test]
fn a_plan_shows_what_is_sent_field_by_field() {
    for (generation, date) in [("2026-07", "2026-01-05T09:30:11Z"), ("0.9", "2026-01-05 09:30:11")]
    {
        let vend = vend(generation);
        let mut order = order();
        order.number = "QK\"7".to_owned();
        let intakes = vec![intake(order)];
        let host = Till::new().host();
        let plan = prepare_with(&vend, &host, &sales_options(), intakes.clone(), None);
        let mut write = only_write(plan.unwrap());
        let explain = |write: &_| {
            let options = sales_options();
            let call = Explain {
                collection: "sales",
                options: &options.to_string(),
                write,
                intakes: &intakes,
            };
            let told = vend.explain(&call).into_iter();
            told.map(|change| format!("{}: {}", change.field, change.after.unwrap()))
                .collect::<Vec<_>>()
        };
        let told = [
            "number: EC-QK\"7".to_owned(),
            format!("date: {date}"),
            "customer: walk-in".to_owned(),
            "line 1 `MUG-BLU`: 2 × 18 + 2.25 tax".to_owned(),
            "charge `Post`: 1 × 5 + 0.63 tax".to_owned(),
            "payment `Online`: 46.13 EUR".to_owned(),
            "total: 46.13 EUR".to_owned(),
        ];
        assert_eq!(explain(&write), told);
        let text = String::from_utf8(write.request.body.take().unwrap()).unwrap();
        let other = text.replace("\"price\":18", "\"price\":17").replace("46.13", "44.13");
        write.request.body = Some(other.into_bytes());
        assert_eq!(explain(&write)[3], "line 1 `MUG-BLU`: 2 × 17 + 2.25 tax");
        assert_eq!(explain(&write)[5], "payment `Online`: 44.13 EUR");
    }
}

#[test]
fn the_same_order_is_the_same_sale_byte_for_byte() {
    let first = only_write(prepare(Till::new(), vec![intake(order())]));
    let second = only_write(prepare(Till::new(), vec![intake(order())]));
    assert_eq!(first, second);
    let ids = ids_of(&body(&first));
    let distinct: std::collections::BTreeSet<&String> = ids.iter().collect();
    assert_eq!(distinct.len(), ids.len(), "no two parts share an id");
    // A change here doubles the payments of a sale that is sent again after an upgrade.
    assert_eq!(ids, PINNED);
}

const PINNED: [&str; 3] = [
    "7d0f9b1c-8a52-5c7e-b847-756b01869ba3",
    "7d0f9b1c-8a52-5c7e-9371-e680c9cae9a7",
    "7d0f9b1c-8a52-5c7e-94bd-4487534aa5bd",
];

#[test]
fn goods_that_are_counted_move_and_services_do_not() {
    let write = only_write(prepare(Till::new(), vec![intake(order())]));
    let [movement] = write.movements.as_slice() else { panic!("{:?}", write.movements) };
    assert_eq!(movement.owner, "p-mug@o-main");
    assert_eq!(movement.delta, decimal("-2"));
    assert_eq!(movement.cause, format!("{KEY}#901"));
    assert_eq!(movement.intake, 0);
}

#[test]
fn a_product_that_is_not_counted_moves_nothing() {
    let till = Till::new().product("MUG-BLU", "p-mug", false);
    assert_eq!(only_write(prepare(till, vec![intake(order())])).movements, []);
}

#[test]
fn a_matched_product_is_asked_for_by_its_id() {
    let mut order = order();
    order.lines[0].matched_product = Some("p-9".to_owned());
    order.lines[0].sku = None;
    let row = json!({"id": "p-9", "sku": "X", "name": "X", "has_inventory": true, "active": true});
    let till = Till::new().with("/2026-07/products/p-9", json!({"data": row}));
    let write = only_write(prepare(till, vec![intake(order)]));
    assert_eq!(body(&write)["line_items"][0]["product"]["id"], "p-9");
    assert_eq!(write.movements[0].owner, "p-9@o-main");
}

#[test]
fn the_customer_comes_by_id_or_by_the_write_it_waited_for() {
    let mut by_id = order();
    by_id.matched_customer = Some(CustomerLink::Id("c-1".to_owned()));
    let write = only_write(prepare(Till::new(), vec![intake(by_id)]));
    assert_eq!(body(&write)["customer_id"], "c-1");

    let mut by_entry = order();
    by_entry.matched_customer = Some(CustomerLink::Entry("email:a@example.org".to_owned()));
    let mut intake = intake(by_entry);
    intake.resolved = vec![Pair::new("email:a@example.org", "c-2")];
    let write = only_write(prepare(Till::new(), vec![intake]));
    assert_eq!(body(&write)["customer_id"], "c-2");

    let walk_in = only_write(prepare(Till::new(), vec![super::till::intake(order())]));
    assert_eq!(body(&walk_in).get("customer_id"), None);
}

#[test]
fn a_discount_of_the_whole_is_one_line_a_tax() {
    let mut order = order();
    let mut second = order.lines[0].clone();
    second.id = "902".to_owned();
    second.taxes = vec![tax("Low", "7", "2.52")];
    order.lines.push(second);
    // 10 % off both: 3.60 at 12.5 % and 3.60 at 7 %.
    let taxes = vec![vat("-0.45"), tax("Low", "7", "-0.25")];
    order.charges.push(charge(ChargeKind::Discount, "Loyal", "-7.20", taxes));
    order.total = decimal("76.75");
    order.tenders = vec![tender("Credit card", "76.75")];
    let body = body(&only_write(prepare(Till::new(), vec![intake(order)])));
    let discounts: Vec<&Value> = rows(&body, "line_items")
        .iter()
        .filter(|line| line["product"]["id"] == "p-discount")
        .collect();
    assert_eq!(discounts.len(), 2, "{body:#}");
    let figures = |line: &Value| {
        (line["quantity"].clone(), line["pricing"]["price"].to_string(), line["tax"].clone())
    };
    let (quantity, price, tax) = figures(discounts[0]);
    assert_eq!((quantity, price), (json!(-1), "3.62".to_owned()));
    assert_eq!(tax, json!({"id": "t-vat", "amount": number("0.45")}));
    let (quantity, price, tax) = figures(discounts[1]);
    assert_eq!((quantity, price), (json!(-1), "3.58".to_owned()));
    assert_eq!(tax, json!({"id": "t-low", "amount": number("0.25")}));
}

#[test]
fn taxes_of_state_and_county_are_one_tax_group() {
    let mut order = order();
    order.lines[0].taxes = vec![tax("State", "4", "1.44"), tax("County", "4.5", "1.62")];
    order.charges[0].taxes = vec![tax("State", "4", "0.20"), tax("County", "4.5", "0.23")];
    order.total = decimal("44.49");
    order.tenders = vec![tender("Credit card", "44.49")];
    let body = body(&only_write(prepare(Till::new(), vec![intake(order)])));
    assert_eq!(rows(&body, "line_items").len(), 2);
    assert_eq!(body["line_items"][0]["tax"], json!({"id": "t-ny", "amount": number("1.53")}));
    assert_eq!(body["line_items"][1]["tax"], json!({"id": "t-ny", "amount": number("0.43")}));
}

#[test]
fn a_line_that_does_not_divide_is_exact_all_the_same() {
    let mut order = order();
    order.charges.clear();
    order.lines[0].quantity = decimal("3");
    order.lines[0].amount = decimal("10.00");
    order.lines[0].taxes = vec![vat("1.25")];
    order.total = decimal("11.25");
    order.tenders = vec![tender("Credit card", "11.25")];
    let body = body(&only_write(prepare(Till::new(), vec![intake(order)])));
    let line = &body["line_items"][0];
    assert_eq!(line["pricing"]["price"], number("3.33333"));
    assert_eq!(line["tax"]["amount"], number("0.41667"));
}

#[test]
fn what_rounding_left_goes_into_its_own_line() {
    let mut order = order();
    order.total = decimal("46.14");
    order.tenders = vec![tender("Credit card", "46.14")];
    let options = json!({"payments": {"Credit card": "Online"}, "shipping_sku": "SHIP",
        "rounding_sku": "ROUND"});
    let till = Till::new().product("ROUND", "p-round", false);
    let plan = prepare_with(&vend("2026-07"), &till.host(), &options, vec![intake(order)], None);
    let body = body(&only_write(plan.unwrap()));
    let line = &body["line_items"][2];
    assert_eq!(line["product"]["id"], "p-round");
    assert_eq!((&line["quantity"], &line["pricing"]["price"]), (&json!(1), &number("0.01")));
    assert_eq!(line["tax"], json!({"id": "t-none", "amount": 0}));
}

/// Pattern 42: payments come to the total, whatever their number.
#[test]
fn several_tenders_are_several_payments_and_an_empty_one_is_none() {
    let mut order = order();
    order.tenders =
        vec![tender("Credit card", "40.00"), tender("Points", "6.13"), tender("Gift", "0")];
    let options = json!({"payments": {"Credit card": "Online"}, "other_payments": "Voucher",
        "shipping_sku": "SHIP"});
    let plan =
        prepare_with(&vend("2026-07"), &Till::new().host(), &options, vec![intake(order)], None);
    let body = body(&only_write(plan.unwrap()));
    let paid: Vec<(&Value, String)> = rows(&body, "payments")
        .iter()
        .map(|payment| (&payment["type"]["config_id"], payment["amount"].to_string()))
        .collect();
    assert_eq!(
        paid,
        [(&json!("pt-online"), "40.00".to_owned()), (&json!("pt-voucher"), "6.13".to_owned())]
    );
}

/// Pattern 42: an order that a gift card paid whole has nothing to pay.
#[test]
fn nothing_to_pay_is_a_sale_without_payment() {
    let mut order = order();
    order.lines[0].amount = decimal("0");
    order.lines[0].taxes.clear();
    order.charges.clear();
    order.tenders.clear();
    order.total = decimal("0");
    let body = body(&only_write(prepare(Till::new(), vec![intake(order)])));
    assert_eq!(body["payments"], json!([]));
    assert_eq!(body["line_items"][0]["tax"], json!({"id": "t-none", "amount": 0}));
}

#[test]
fn a_long_number_stays_findable_and_whole_in_the_note() {
    let mut order = order();
    order.number = "SUMMER-2026-000000733100201".to_owned();
    let body = body(&only_write(prepare(Till::new(), vec![intake(order)])));
    let number = body["invoice_number"].as_str().unwrap();
    assert_eq!(number, "EC-SUMMER-2026-~7d0f");
    assert_eq!(number.chars().count(), 20);
    assert_eq!(body["note"], "Ecwid order SUMMER-2026-000000733100201");
}

#[test]
fn braces_in_a_note_that_are_no_field_stay() {
    let noted = |template: &str| {
        let mut options = sales_options();
        options["note"] = json!(template);
        let host = Till::new().host();
        let plan = prepare_with(&vend("2026-07"), &host, &options, vec![intake(order())], None);
        body(&only_write(plan.unwrap()))["note"].as_str().unwrap().to_owned()
    };
    assert_eq!(noted("{{number}} {numbers} {"), "{QK7M2} {numbers} {");
    assert_eq!(noted(" } {number"), "} {number");
    assert_eq!(noted("{source}{number}"), "EcwidQK7M2");
}

#[test]
fn the_note_and_the_date_follow_the_options() {
    let mut order = order();
    order.paid_at = Some(order.placed_at + 86_400_000);
    order.note = Some("ring twice {number}".to_owned());
    let options = json!({"payments": {"Credit card": "Online"}, "shipping_sku": "SHIP",
        "note": "{buyer_note} ({placed_at})", "sale_date": "paid", "source_name": "Shop"});
    let plan =
        prepare_with(&vend("2026-07"), &Till::new().host(), &options, vec![intake(order)], None);
    let body = body(&only_write(plan.unwrap()));
    assert_eq!(body["note"], "ring twice {number} (2026-01-05T09:30:11Z)");
    assert_eq!(body["date"], "2026-01-06T09:30:11Z");
    assert_eq!(body["source"]["type"], "Shop");
}

#[test]
fn an_unmatched_line_may_go_on_the_placeholder() {
    let mut order = order();
    order.lines[0].sku = Some("GONE".to_owned());
    order.lines[0].name = "Blue mug".to_owned();
    let options = json!({"payments": {"Credit card": "Online"}, "shipping_sku": "SHIP",
        "unmatched_line": "placeholder", "placeholder_sku": "ANY"});
    let till = Till::new().product("ANY", "p-any", false);
    let plan = prepare_with(&vend("2026-07"), &till.host(), &options, vec![intake(order)], None);
    let write = only_write(plan.unwrap());
    let line = &body(&write)["line_items"][0];
    assert_eq!(line["product"]["id"], "p-any");
    assert_eq!(line["attributes"], json!([{"name": "line_note", "value": "Blue mug (GONE)"}]));
    assert_eq!(write.movements, []);
}

#[test]
fn set_up_and_products_are_read_once_for_many_batches() {
    let vend = vend("2026-07");
    let host = Till::new().host();
    let first = vec![intake(order()), intake_of(2)];
    prepare_with(&vend, &host, &sales_options(), first, Some(800)).unwrap();
    let reads = host.requests().len();
    // Five of the set-up, two ends of its lists, two products, the batch's days, one page of new sales (empty).
    assert_eq!(reads, 11, "{:?}", paths(&host));
    prepare_with(&vend, &host, &sales_options(), vec![intake_of(3), intake_of(4)], Some(800))
        .unwrap();
    let more = paths(&host)[reads..].to_vec();
    assert_eq!(more, ["/2026-07/search", "/2026-07/sales"], "a further batch costs two reads");
}

#[test]
fn an_old_set_up_is_read_anew() {
    let vend = vend("2026-07");
    let host = Till::new().host();
    prepare_with(&vend, &host, &sales_options(), vec![intake(order())], Some(800)).unwrap();
    let before = host.requests().len();
    let mut later = intake_of(2);
    later.entry.read_at += 3_600_000;
    prepare_with(&vend, &host, &sales_options(), vec![later], Some(800)).unwrap();
    assert!(paths(&host)[before..].contains(&"/2026-07/retailer".to_owned()));
}

/// Pattern 12: an order of what is gone is held by itself, and never posted in part.
#[test]
fn one_refused_order_does_not_hold_the_others() {
    let mut broken = order();
    broken.lines[0].sku = Some("GONE".to_owned());
    let mut second = intake(broken);
    second.token = "00000000-0000-5000-8000-000000000002".to_owned();
    let plan = prepare(Till::new(), vec![intake(order()), second, intake_of(3)]);
    assert_eq!(plan.writes.iter().map(|write| write.covers[0]).collect::<Vec<_>>(), [0, 2]);
    assert_eq!(plan.rejections.iter().map(|row| row.intake).collect::<Vec<_>>(), [1]);
}

/// A further order, with a token of its own.
fn intake_of(number: u32) -> penstock_connector_sdk::sink::Intake {
    let mut intake = intake(order());
    intake.entry = samples::entry(&format!("ecwid:1003/orders/{number}"), Payload::Order(order()));
    intake.token = format!("00000000-0000-5000-8000-{number:012}");
    intake
}

fn paths(host: &penstock_connector_sdk::script::Script) -> Vec<String> {
    host.requests().into_iter().map(|request| request.path).collect()
}

fn number(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn rows<'a>(body: &'a Value, name: &str) -> &'a Vec<Value> {
    body[name].as_array().unwrap()
}

fn ids_of(body: &Value) -> Vec<String> {
    let parts = rows(body, "line_items").iter().chain(rows(body, "payments"));
    parts.map(|part| part["id"].as_str().unwrap().to_owned()).collect()
}
