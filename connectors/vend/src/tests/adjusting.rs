//! The sink `stock`: what is planned, and what is refused.

use penstock_connector_sdk::commerce::Payload;
use penstock_connector_sdk::samples;
use penstock_connector_sdk::sink::{Action, Conclusion, Earlier, Intake, Plan};
use penstock_connector_sdk::types::Pair;
use serde_json::{Value, json};

use super::shelf::{
    OUTLET, Shelf, by, carried_on, change, conclude, explained, plan, plan_from, settle, to,
    verdicts,
};
use super::till::{body, decimal, only_write, order};

fn quantities(plan: &Plan) -> Vec<Vec<String>> {
    let of = |rows: &Value| {
        rows.as_array()
            .unwrap()
            .iter()
            .map(|row| row["quantity"].as_str().unwrap().to_owned())
            .collect()
    };
    plan.writes.iter().map(|write| of(&body(write)["stock_adjustments"])).collect()
}

#[track_caller]
fn refused(shelf: &Shelf, intake: Intake, fact: &str, hint: &str) {
    let plan = plan(shelf, vec![intake]);
    let ([rejection], []) = (plan.rejections.as_slice(), plan.writes.as_slice()) else {
        panic!("{plan:?}")
    };
    assert!(rejection.message.contains(fact), "expected `{fact}`, got {rejection:?}");
    let told = rejection.hint.as_deref().unwrap_or_default();
    assert!(told.contains(hint), "expected `{hint}`, got {rejection:?}");
}

#[test]
fn a_change_becomes_an_adjustment_under_our_reason() {
    let shelf = Shelf::new();
    let write = only_write(plan(&shelf, vec![change("c1", "p-mug", by("-2"))]));
    assert_eq!(write.request.path, "/2026-07/stock_adjustments");
    assert_eq!(
        body(&write),
        json!({"stock_adjustments": [{"product_id": "p-mug", "outlet_id": OUTLET,
            "quantity": "-2", "reason": "CUSTOM", "custom_inventory_adjustment_reason_id": "c-down"}]})
    );
    assert_eq!((write.action, write.summary.as_str()), (Action::Update, "stock of `Mug` -2"));
    let told = explained(&write, vec![change("c1", "p-mug", by("-2"))]);
    assert_eq!((told[0].before.as_deref(), told[0].after.as_deref()), (Some("7"), Some("5")));
    let [movement] = write.movements.as_slice() else { panic!("{write:?}") };
    assert_eq!((movement.intake, movement.owner.as_str()), (0, "p-mug@o-main"));
    assert_eq!((movement.delta, movement.cause.as_str()), (decimal("-2"), "c1"));
    assert_eq!((write.send_before, write.settle_ms), (None, 15_000));
    let answer = shelf.send(&write.request);
    let version = shelf.version();
    assert_eq!(verdicts(conclude(&write, &answer)), [format!("a-0 {version}")]);
    assert_eq!(shelf.on_hand("p-mug"), "5");
}

#[test]
fn a_batch_is_split_by_sign_and_into_small_requests() {
    let shelf = Shelf::new();
    let mut intakes = Vec::new();
    for number in 0..60 {
        let id = format!("p-{number}");
        shelf.product(&id, json!({}));
        shelf.level(&id, OUTLET, json!(5));
        let quantity = if number % 2 == 0 { "1" } else { "-1" };
        intakes.push(change(&id, &id, by(quantity)));
    }
    let plan = plan(&shelf, intakes);
    let sizes: Vec<(usize, String)> = quantities(&plan)
        .iter()
        .map(|rows| {
            assert!(rows.iter().all(|row| *row == rows[0]));
            (rows.len(), rows[0].clone())
        })
        .collect();
    let size = |rows: usize, sign: &str| (rows, sign.to_owned());
    assert_eq!(sizes, [size(25, "1"), size(5, "1"), size(25, "-1"), size(5, "-1")]);
    let mut covered: Vec<u32> = plan.writes.iter().flat_map(|write| write.covers.clone()).collect();
    covered.sort_unstable();
    assert_eq!(covered, (0..60).collect::<Vec<u32>>());
    for write in &plan.writes {
        let moved: Vec<u32> = write.movements.iter().map(|movement| movement.intake).collect();
        assert_eq!(moved, write.covers);
    }
}

#[test]
fn fractions_are_exact_and_what_the_till_would_round_is_refused() {
    let shelf = Shelf::new();
    let write = only_write(plan(&shelf, vec![change("c1", "p-mug", by("-0.250"))]));
    assert_eq!(body(&write)["stock_adjustments"][0]["quantity"], "-0.25");
    let answer = shelf.send(&write.request);
    assert_eq!(verdicts(conclude(&write, &answer)).len(), 1);
    assert_eq!(shelf.on_hand("p-mug"), "6.75");
    refused(&shelf, change("c2", "p-mug", by("0.000001")), "more than 5 decimals", "correct");
}

/// Pattern 33: a level below zero is the till's business, and is neither refused nor cut off.
#[test]
fn a_level_may_fall_below_zero() {
    let shelf = Shelf::new();
    let write = only_write(plan(&shelf, vec![change("c1", "p-pot", by("-5"))]));
    let told = explained(&write, vec![change("c1", "p-pot", by("-5"))]);
    assert_eq!(told[0].after.as_deref(), Some("-2"));
}

#[test]
fn to_a_level_is_the_difference_to_the_level_that_was_read() {
    let shelf = Shelf::new();
    let plan =
        plan(&shelf, vec![change("c1", "p-mug", to("10")), change("c2", "p-pot", to("0.5"))]);
    assert_eq!(quantities(&plan), [["3"], ["-2.5"]]);
    assert_eq!(plan.writes[0].movements[0].delta, decimal("3"));
    // What was read a minute ago is read again before it is built on.
    assert_eq!(plan.writes[0].send_before, Some(1_767_605_460_000 + 60_000));
}

#[test]
fn nothing_to_change_is_no_write() {
    let changes = vec![change("c1", "p-mug", to("7.0")), change("c2", "p-pot", by("0"))];
    let plan = plan(&Shelf::new(), changes);
    assert_eq!((plan.writes.len(), plan.unchanged.len()), (0, 2));
    assert!(plan.unchanged.iter().all(|existing| existing.movements.is_empty()));
}

/// Patterns 4 and 12: what has no number gets none, and each refusal says what to do.
#[test]
fn what_can_not_be_adjusted_is_refused_with_its_cure() {
    let shelf = Shelf::new();
    shelf.product("p-service", json!({"has_inventory": false}));
    shelf.level("p-service", OUTLET, json!(0));
    shelf.product("p-set", json!({"is_composite": true}));
    shelf.product("p-parent", json!({"has_variants": true}));
    shelf.product("p-new", json!({}));
    shelf.product("p-null", json!({}));
    shelf.level("p-null", OUTLET, Value::Null);
    shelf.product("p-gone", json!({"deleted_at": "2026-01-01"}));
    shelf.level("p-gone", OUTLET, json!(1));
    for quantity in [by("1"), to("1")] {
        let cases = [
            ("p-service", "not counted", "turn stock tracking on"),
            ("p-set", "composite", "link its parts"),
            ("p-parent", "parent of variants", "link its variants"),
            ("p-new", "no number", "count it once"),
            ("p-null", "no number", "count it once"),
            ("p-gone", "no product `p-gone`", "link the product anew"),
            ("p-unknown", "no product `p-unknown`", "link the product anew"),
        ];
        for (product, fact, hint) in cases {
            refused(&shelf, change("c", product, quantity), fact, hint);
        }
    }
    let at = |owner: &str, location: &str| {
        let mut intake = change("c", "p-mug", by("1"));
        if let Payload::StockChange(change) = &mut intake.entry.payload {
            (change.owner, change.location) = (owner.to_owned(), location.to_owned());
        }
        intake
    };
    refused(&shelf, at("p-mug@o-other", "o-other"), "another outlet", "correct the link");
    refused(&shelf, at("p-mug@o-main", "o-other"), "another outlet", "correct the link");
    refused(&shelf, at("p-mug", OUTLET), "no counter", "correct the link");
    let mut no_change = change("c", "p-mug", by("1"));
    no_change.entry = samples::entry("c", Payload::Order(order()));
    refused(&shelf, no_change, "no change of stock", "join this sink");
}

/// Pattern 31: serial per stock owner.
#[test]
fn a_second_change_of_a_counter_waits_for_the_first() {
    let intakes = vec![change("c1", "p-mug", by("-1")), change("c2", "p-mug", by("-1"))];
    let plan = plan(&Shelf::new(), intakes);
    assert_eq!(quantities(&plan), [["-1"]]);
    let [deferral] = plan.deferrals.as_slice() else { panic!("{plan:?}") };
    assert_eq!((deferral.intake, deferral.after_ms), (1, 5_000));
}

/// Pattern 17: what a cause has made, it makes once for ever.
#[test]
fn a_cause_that_was_made_is_unchanged_and_another_under_its_key_is_made() {
    let shelf = Shelf::new();
    let first = only_write(plan(&shelf, vec![change("c1", "p-mug", by("-2"))]));
    let again = |cause: &str, memo: &[u8]| {
        let mut intake = change(cause, "p-mug", by("-2"));
        let (id, revision) = ("a-0".to_owned(), "1".to_owned());
        intake.prior = Some(Earlier { id, revision, memo: memo.to_vec() });
        intake
    };
    let same = plan(&shelf, vec![again("c1", &first.memo)]);
    assert_eq!((same.unchanged[0].id.as_str(), same.writes.len()), ("a-0", 0));
    assert_eq!(quantities(&plan(&shelf, vec![again("c2", &first.memo)])), [["-2"]]);
    refused(&shelf, again("c1", b"?"), "not known any more", "compare");
}

/// Pattern 21: a store that was put back to an older copy of itself finds what it made since.
#[test]
fn what_was_made_since_the_store_was_copied_is_taken_as_it_is() {
    let shelf = Shelf::new();
    let known = shelf.version();
    let version = shelf.adjustment(json!({"id": "a-ours"}));
    let changes = || vec![change("c1", "p-mug", by("-2")), change("c2", "p-pot", by("-2"))];
    let found = plan_from(&shelf, changes(), Some(known)).unwrap();
    assert_eq!((found.unchanged.len(), quantities(&found)), (1, vec![vec!["-2".to_owned()]]));
    let existing = &found.unchanged[0];
    assert_eq!((existing.intake, existing.id.as_str()), (0, "a-ours"));
    assert_eq!(existing.movements[0].delta, decimal("-2"));
    // What this store knows of is another change.
    let later = plan_from(&shelf, changes(), Some(version)).unwrap();
    assert!(later.unchanged.is_empty());
}

/// New first levels have been taken since: what the newer store did before them is in these levels.
#[test]
fn what_was_made_before_the_levels_that_a_change_is_reckoned_from_is_another_change() {
    for (created_at, is_taken) in [
        (Some("2026-01-05T09:30:10Z"), false),
        (Some("2026-01-05 09:30:11"), true),
        (Some("2026-01-05T09:30:12Z"), true),
        (None, true),
    ] {
        let shelf = Shelf::new();
        let known = shelf.version();
        shelf.adjustment(json!({"id": "a-ours", "created_at": created_at}));
        let mut intake = change("c1", "p-mug", by("-2"));
        let Payload::StockChange(change) = &mut intake.entry.payload else { unreachable!() };
        // 2026-01-05T09:30:11Z.
        change.attributes.push(Pair::new("since", "1767605411000"));
        let found = plan_from(&shelf, vec![intake], Some(known)).unwrap();
        assert_eq!(found.unchanged.len() == 1, is_taken, "{created_at:?}");
    }
}

#[test]
fn what_others_adjusted_is_not_taken_for_ours() {
    let others = [
        json!({"user_id": "u-clerk"}),
        json!({"quantity": "-3"}),
        json!({"outlet_id": "o-other"}),
        json!({"product_id": "p-pot"}),
        json!({"custom_inventory_adjustment_reason_id": null, "reason": "DAMAGE"}),
        json!({"custom_inventory_adjustment_reason_id": "c-theirs"}),
    ];
    for fields in others {
        let shelf = Shelf::new();
        let known = shelf.version();
        shelf.adjustment(fields.clone());
        let plan = plan_from(&shelf, vec![change("c1", "p-mug", by("-2"))], Some(known)).unwrap();
        assert_eq!(plan.writes.len(), 1, "{fields}");
    }
}

#[test]
fn a_reason_that_is_missing_is_created_first() {
    let shelf = Shelf::new().without_reasons();
    let write = only_write(plan(&shelf, vec![change("c1", "p-mug", by("4"))]));
    assert_eq!(write.request.path, "/2026-07/custom_inventory_adjustment_reasons");
    let reason = json!({"name": "Web stock up", "type": "POSITIVE", "enabled": true});
    assert_eq!(body(&write), reason);
    assert_eq!(write.movements[0].delta, decimal("4"));
    let made = shelf.send(&write.request);
    let conclusion = conclude(&write, &made);
    let write = carried_on(write, conclusion);
    assert_eq!(write.request.path, "/2026-07/stock_adjustments");
    let answer = shelf.send(&write.request);
    let version = shelf.version();
    assert_eq!(verdicts(conclude(&write, &answer)), [format!("a-0 {version}")]);
    assert_eq!(shelf.on_hand("p-mug"), "11");
}

#[test]
fn a_reason_whose_answer_was_lost_is_found_by_its_name() {
    let shelf = Shelf::new().without_reasons();
    let write = only_write(plan(&shelf, vec![change("c1", "p-mug", by("4"))]));
    assert!(matches!(settle(&shelf, &write), Conclusion::NotApplied(0)));
    shelf.send(&write.request);
    let again = shelf.send(&write.request);
    assert_eq!(again.status, 409);
    let doubted = carried_on(write.clone(), conclude(&write, &again));
    let conclusion = settle(&shelf, &doubted);
    let write = carried_on(doubted, conclusion);
    let answer = shelf.send(&write.request);
    assert_eq!(verdicts(conclude(&write, &answer)).len(), 1);
    assert_eq!(shelf.on_hand("p-mug"), "11");
}

#[test]
fn a_reason_that_was_renamed_leaves_its_name_to_a_new_one() {
    let shelf = Shelf::new();
    shelf.reason("c-up", "Was renamed", "POSITIVE");
    let write = only_write(plan(&shelf, vec![change("c1", "p-mug", by("4"))]));
    assert_eq!(body(&write)["name"], "Web stock up");
}

#[test]
fn a_reason_that_can_not_be_used_refuses_its_sign_alone() {
    let disabled = Shelf::new();
    let row = json!({"id": "c-up", "name": "Web stock up", "type": "POSITIVE", "enabled": false});
    disabled.reason_row(row);
    refused(
        &disabled,
        change("c1", "p-mug", by("4")),
        "`Web stock up` (`reason_up`) is disabled",
        "enable it",
    );
    let other_sign = Shelf::new();
    other_sign.reason("c-up", "Web stock up", "NEGATIVE");
    refused(&other_sign, change("c1", "p-mug", by("4")), "is not POSITIVE", "set `reason_up`");
    for shelf in [disabled, other_sign] {
        assert_eq!(quantities(&plan(&shelf, vec![change("c1", "p-mug", by("-4"))])), [["-4"]]);
    }
}

#[test]
fn a_first_write_costs_a_request_for_each_list_and_two_for_each_counter() {
    let shelf = Shelf::new();
    let host = shelf.host();
    let call = penstock_connector_sdk::sink::Prepare {
        collection: "stock",
        options: "{}",
        intakes: vec![change("c1", "p-mug", by("1")), change("c2", "p-pot", by("1"))],
        known: Some(shelf.version()),
    };
    let vend = super::till::vend("2026-07");
    penstock_connector_sdk::sink::Sink::prepare(&vend, call, &host).unwrap();
    let reasons =
        |request: &&penstock_connector_sdk::types::Request| request.path.ends_with("reasons");
    // Registers, user, reasons and their empty page, adjustments, and two for each of two counters.
    assert_eq!(host.requests().len(), 9);
    assert_eq!(host.requests().iter().filter(reasons).count(), 2);
}
