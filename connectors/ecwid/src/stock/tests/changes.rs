//! Planning changes.

use penstock_connector_sdk::commerce::{Payload, StockMove};
use penstock_connector_sdk::samples;
use penstock_connector_sdk::sink::{Earlier, Explain, Intake, Sink as _};
use penstock_connector_sdk::types::{Failure, Method};
use serde_json::json;

use super::shop::Shop;
use super::{NOW, by, decimal, ecwid, intake, planned, prepare, to, try_prepare};

/// What a write would send: path and body.
fn sent(owner: &str, quantity: StockMove) -> (String, String) {
    let write = planned(&Shop::new(NOW), owner, quantity);
    assert_eq!(write.request.method, Method::Put);
    assert!(write.request.query.is_empty());
    (write.request.path, String::from_utf8(write.request.body.unwrap()).unwrap())
}

fn call(path: &str, body: &str) -> (String, String) {
    (path.to_owned(), body.to_owned())
}

/// Patterns 6 and 47: the number alone is sent, and neither the tracking flag nor any text.
#[test]
fn a_change_sends_the_number_alone_to_the_counter_it_names() {
    let delta = r#"{"quantityDelta":-3}"#;
    assert_eq!(sent("4410", by("-3")), call("/products/4410/inventory", delta));
    assert_eq!(
        sent("4410-88", by("-3.00")),
        call("/products/4410/combinations/88/inventory", delta)
    );
    assert_eq!(sent("8", to("7")), call("/products/8", r#"{"quantity":7}"#));
    assert_eq!(
        sent("4410-88", to("0")),
        call("/products/4410/combinations/88", r#"{"quantity":0}"#)
    );
}

#[test]
fn a_write_tells_what_it_moves_and_what_was_read_before_it() {
    let shop = Shop::new(NOW);
    let write = planned(&shop, "4410-88", by("-3"));
    let [movement] = &write.movements[..] else { panic!("{:?}", write.movements) };
    assert_eq!((movement.owner.as_str(), movement.delta), ("4410-88", decimal("-3")));
    assert_eq!(movement.cause, "cause of 4410-88");
    assert_eq!(write.summary, "stock of `Mug (Blue)` (MUG-BLU): 5 -3");
    let intakes = [intake("4410-88", by("-3"))];
    let call = Explain { collection: "stock", options: "{}", write: &write, intakes: &intakes };
    let told = ecwid().explain(&call);
    let [change] = &told[..] else { panic!("{told:?}") };
    assert_eq!((change.before.as_deref(), change.after.as_deref()), (Some("5"), Some("2")));
    assert_eq!((write.settle_ms, write.send_before), (30_000, Some(NOW + 120_000)));
    assert_eq!(write.probe.unwrap().path, "/products/4410");
    let memo: serde_json::Value = serde_json::from_slice(&write.memo).unwrap();
    assert_eq!(memo["before"], json!({ "level": 5, "at": NOW }));
    assert_eq!(memo["quantity"], json!({ "by": -3 }));

    let absolute = planned(&shop, "4410", to("7"));
    assert_eq!(absolute.movements[0].delta, decimal("-5"));
    assert_eq!(absolute.summary, "stock of `Mug` (MUG): 12 to 7");
}

#[test]
fn a_batch_reads_each_product_once_and_plans_each_change_by_itself() {
    let shop = Shop::new(NOW);
    let changes = [("4410", by("-1")), ("7", by("1")), ("4410-88", by("2")), ("8", by("-4"))];
    let intakes = changes.into_iter().map(|(owner, quantity)| intake(owner, quantity)).collect();
    let plan = prepare(&shop, intakes);
    assert_eq!(shop.with(|state| state.requests), 3);
    let planned: Vec<(u32, &str)> = plan
        .writes
        .iter()
        .map(|write| (write.covers[0], write.movements[0].owner.as_str()))
        .collect();
    assert_eq!(planned, [(0, "4410"), (2, "4410-88"), (3, "8")]);
    assert!(plan.writes.iter().all(|write| write.movements[0].intake == write.covers[0]));
    assert_eq!(plan.rejections[0].intake, 1);
}

/// Pattern 31: two writes on one counter never run side by side.
#[test]
fn the_second_change_of_a_counter_waits_for_the_first() {
    let plan = prepare(&Shop::new(NOW), vec![intake("8", by("-1")), intake("8", by("-1"))]);
    assert_eq!((plan.writes.len(), plan.deferrals.len()), (1, 1));
    assert_eq!((plan.writes[0].covers[0], plan.deferrals[0].intake), (0, 1));
}

#[track_caller]
fn check_rejected(shop: &Shop, intake: Intake, reason: &str) {
    let plan = prepare(shop, vec![intake]);
    let [rejection] = &plan.rejections[..] else { panic!("{plan:?}") };
    assert!(rejection.message.contains(reason), "{}", rejection.message);
    assert!(rejection.hint.is_some());
    assert!(plan.writes.is_empty() && plan.unchanged.is_empty() && plan.deferrals.is_empty());
}

/// Patterns 4, 6 and 12: what can't be moved is refused with its reason, and nothing is written.
#[test]
fn a_counter_that_can_not_be_moved_is_refused() {
    let shop = Shop::new(NOW);
    check_rejected(&shop, intake("7", by("1")), "unlimited");
    check_rejected(&shop, intake("7", to("1")), "unlimited");
    check_rejected(&shop, intake("99", by("1")), "no such counter");
    check_rejected(&shop, intake("4410-1", by("1")), "no such counter");
    // The red mug shares its product's counter.
    check_rejected(&shop, intake("4410-89", by("1")), "no such counter");
}

#[test]
fn a_change_that_makes_no_sense_here_is_refused_unread() {
    let shop = Shop::new(NOW);
    check_rejected(&shop, intake("8", by("0.5")), "whole pieces");
    check_rejected(&shop, intake("8", to("2.25")), "whole pieces");
    check_rejected(&shop, intake("8", to("-1")), "below zero");
    check_rejected(&shop, intake("8@outlet", by("1")), "names no counter");
    let mut elsewhere = intake("8", by("1"));
    if let Payload::StockChange(change) = &mut elsewhere.entry.payload {
        change.location = "outlet".to_owned();
    }
    check_rejected(&shop, elsewhere, "location");
    let order = samples::entry("1", Payload::Order(samples::order("1")));
    check_rejected(&shop, Intake { entry: order, ..intake("8", by("1")) }, "no change of stock");
    assert_eq!(shop.with(|state| state.requests), 0);
}

#[test]
fn a_counter_that_is_as_it_is_to_be_is_left_alone() {
    let plan = prepare(&Shop::new(NOW), vec![intake("4410", to("12")), intake("8", by("0"))]);
    assert!(plan.writes.is_empty());
    let told: Vec<_> = plan
        .unchanged
        .iter()
        .map(|existing| (existing.id.as_str(), existing.movements[0].delta))
        .collect();
    assert_eq!(told, [("4410", decimal("0")), ("8", decimal("0"))]);
}

/// Pattern 17: a cause moves its counter once, for ever; the next cause of the same key moves it
/// again.
#[test]
fn a_change_that_was_made_is_not_made_again() {
    let shop = Shop::new(NOW);
    let memo = planned(&shop, "8", by("-1")).memo;
    let prior = Earlier { id: "8".to_owned(), revision: "1".to_owned(), memo };
    let again = Intake { prior: Some(prior), ..intake("8", by("-1")) };
    let plan = prepare(&shop, vec![again.clone()]);
    assert_eq!((plan.unchanged.len(), plan.writes.len()), (1, 0));
    assert!(plan.unchanged[0].movements.is_empty());
    let mut next = again;
    if let Payload::StockChange(change) = &mut next.entry.payload {
        change.cause = "another".to_owned();
    }
    assert_eq!(prepare(&shop, vec![next]).writes.len(), 1);
}

#[test]
fn a_read_that_fails_plans_nothing() {
    let shop = Shop::new(NOW);
    shop.with(|state| {
        state.put(json!({ "id": 8, "sku": "CUP", "name": "Cup", "unlimited": false }))
    });
    let failure = try_prepare(&shop, vec![intake("4410", by("1")), intake("8", by("1"))]);
    assert!(matches!(failure, Err(Failure::Unexpected(_))));
}
