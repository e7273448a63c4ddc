//! The sink `stock`: lost answers, batches with a bad row, and what each refusal means.

use penstock_connector_sdk::script::{json as answer, status};
use penstock_connector_sdk::sink::{Conclusion, Write};
use penstock_connector_sdk::types::{Failure, Method};
use serde_json::json;

use super::shelf::{
    OUTLET, Shelf, by, carried_on, change, conclude, plan, plan_from, settle, to, verdicts,
};
use super::till::only_write;

fn mug(shelf: &Shelf) -> Write {
    only_write(plan(shelf, vec![change("c1", "p-mug", by("-2"))]))
}

fn both(shelf: &Shelf) -> Write {
    let changes = vec![change("c1", "p-mug", by("-2")), change("c2", "p-pot", by("-1"))];
    only_write(plan(shelf, changes))
}

/// The write after a probe that left it open.
#[track_caller]
fn looked(shelf: &Shelf, write: Write) -> Write {
    let conclusion = settle(shelf, &write);
    assert!(matches!(conclusion, Conclusion::Undecided(_)), "{conclusion:?}");
    carried_on(write, conclusion)
}

/// Pattern 20: the answer is lost, and nothing is made twice.
#[test]
fn a_lost_answer_is_settled_by_what_the_till_lists() {
    let shelf = Shelf::new();
    let write = both(&shelf);
    shelf.send(&write.request);
    let verdicts = verdicts(settle(&shelf, &write));
    assert_eq!(verdicts.len(), 2);
    assert!(verdicts[0].starts_with("a-0 ") && verdicts[1].starts_with("a-1 "), "{verdicts:?}");
}

#[test]
fn what_is_not_there_after_two_looks_was_not_made() {
    let shelf = Shelf::new();
    let write = looked(&shelf, mug(&shelf));
    assert!(matches!(settle(&shelf, &write), Conclusion::NotApplied(0)));
}

#[test]
fn what_shows_late_is_found_at_the_second_look() {
    let shelf = Shelf::new();
    let write = mug(&shelf);
    shelf.send(&write.request);
    shelf.hide(shelf.version(), true);
    let write = looked(&shelf, write);
    shelf.hide(shelf.version(), false);
    assert_eq!(verdicts(settle(&shelf, &write)).len(), 1);
}

#[test]
fn a_level_that_moved_by_as_much_leaves_it_to_a_person() {
    let shelf = Shelf::new();
    let write = mug(&shelf);
    shelf.send(&write.request);
    shelf.hide(shelf.version(), true);
    let write = looked(&shelf, write);
    let write = looked(&shelf, write);
    shelf.level("p-mug", OUTLET, json!(4));
    assert!(matches!(settle(&shelf, &write), Conclusion::NotApplied(0)));
}

#[test]
fn two_that_are_alike_leave_it_to_a_person() {
    let shelf = Shelf::new();
    let write = mug(&shelf);
    shelf.send(&write.request);
    shelf.adjustment(json!({}));
    let write = looked(&shelf, write);
    looked(&shelf, write);
}

#[test]
fn what_others_made_or_was_there_before_is_not_ours() {
    let others = [
        json!({"user_id": "u-clerk"}),
        json!({"quantity": "-2.5"}),
        json!({"outlet_id": "o-other"}),
        json!({"product_id": "p-pot"}),
        json!({"custom_inventory_adjustment_reason_id": "c-theirs"}),
    ];
    for fields in others {
        let shelf = Shelf::new();
        let write = mug(&shelf);
        shelf.adjustment(fields.clone());
        let write = looked(&shelf, write);
        assert!(matches!(settle(&shelf, &write), Conclusion::NotApplied(0)), "{fields}");
    }
    let shelf = Shelf::new();
    shelf.adjustment(json!({}));
    shelf.level("p-pot", OUTLET, json!(3));
    let write = looked(&shelf, mug(&shelf));
    assert!(matches!(settle(&shelf, &write), Conclusion::NotApplied(0)));
}

#[test]
fn the_quantity_is_compared_as_a_number_and_the_reason_by_its_id() {
    let shelf = Shelf::new();
    let write = mug(&shelf);
    shelf.adjustment(json!({"quantity": "-2.00000", "user_id": null}));
    shelf.reason("c-down", "Was renamed", "NEGATIVE");
    assert_eq!(verdicts(settle(&shelf, &write)).len(), 1);
}

#[test]
fn a_level_to_be_reached_is_reckoned_anew_and_never_sent_again() {
    let shelf = Shelf::new();
    let write = only_write(plan(&shelf, vec![change("c1", "p-mug", to("5"))]));
    let write = looked(&shelf, write);
    assert_eq!(verdicts(settle(&shelf, &write)), ["again 0"]);
    let shelf = Shelf::new().without_reasons();
    let write = only_write(plan(&shelf, vec![change("c1", "p-mug", to("5"))]));
    shelf.send(&write.request);
    assert_eq!(verdicts(settle(&shelf, &write)), ["again 0"]);
}

#[test]
fn a_batch_that_was_refused_is_planned_anew_row_by_row_and_the_bad_one_is_rejected() {
    let shelf = Shelf::new();
    let write = both(&shelf);
    shelf.bad("p-pot", false);
    let refused = shelf.send(&write.request);
    let conclusion = conclude(&write, &refused);
    let write = looked(&shelf, carried_on(write, conclusion));
    assert_eq!(verdicts(settle(&shelf, &write)), ["again 0", "again 0"]);
    let mut again = vec![change("c1", "p-mug", by("-2")), change("c2", "p-pot", by("-1"))];
    again.iter_mut().for_each(|intake| intake.attempt = 1);
    let alone = plan(&shelf, again).writes;
    assert_eq!(alone.len(), 2);
    let made = shelf.send(&alone[0].request);
    assert_eq!(verdicts(conclude(&alone[0], &made)).len(), 1);
    let bad = shelf.send(&alone[1].request);
    assert_eq!(verdicts(conclude(&alone[1], &bad)), ["rejected: a row is bad"]);
    assert_eq!((shelf.on_hand("p-mug"), shelf.on_hand("p-pot")), ("5".to_owned(), "3".to_owned()));
}

#[test]
fn a_batch_that_was_made_in_part_is_settled_row_by_row() {
    let shelf = Shelf::new();
    let write = both(&shelf);
    shelf.bad("p-pot", true);
    let some = shelf.send(&write.request);
    assert_eq!(some.status, 201);
    let conclusion = conclude(&write, &some);
    let write = looked(&shelf, carried_on(write, conclusion));
    let verdicts = verdicts(settle(&shelf, &write));
    assert!(verdicts[0].starts_with("a-0 "), "{verdicts:?}");
    assert_eq!(verdicts[1], "again 0");
}

/// The till refuses the batch, though it made the good row of it: nothing of it is made twice.
#[test]
fn a_refusal_that_hides_a_row_that_was_made_is_seen_through() {
    let shelf = Shelf::new();
    let write = both(&shelf);
    shelf.bad("p-pot", true);
    shelf.send(&write.request);
    let conclusion = conclude(&write, &status(422, r#"{"error":"a row is bad"}"#));
    let write = looked(&shelf, carried_on(write, conclusion));
    let verdicts = verdicts(settle(&shelf, &write));
    assert!(verdicts[0].starts_with("a-0 ") && verdicts[1] == "again 0", "{verdicts:?}");
}

#[test]
fn a_row_that_was_left_out_alone_is_rejected() {
    let shelf = Shelf::new();
    let write = mug(&shelf);
    let conclusion = conclude(&write, &status(201, r#"{"data":[]}"#));
    let write = looked(&shelf, carried_on(write, conclusion));
    let verdicts = verdicts(settle(&shelf, &write));
    assert!(verdicts[0].starts_with("rejected: the till answered"), "{verdicts:?}");
}

#[test]
fn an_answer_that_is_not_understood_is_a_doubt() {
    let shelf = Shelf::new();
    let write = mug(&shelf);
    for body in ["", "{}", "[]", r#"{"data":[{"id":"a-0"}]}"#, r#"{"data":["a-0"]}"#] {
        assert!(matches!(conclude(&write, &status(201, body)), Conclusion::Undecided(_)), "{body}");
    }
    assert!(matches!(conclude(&write, &status(301, "")), Conclusion::Undecided(_)));
    let forgotten = Write { memo: b"?".to_vec(), ..write };
    assert!(matches!(conclude(&forgotten, &answer("{}")), Conclusion::Undecided(_)));
    assert!(matches!(settle(&shelf, &forgotten), Conclusion::Undecided(_)));
}

#[test]
fn a_probe_that_is_refused_tells_nothing() {
    let refusing = |path: &str| {
        let answer = status(403, r#"{"error":"Forbidden"}"#);
        Shelf::new().answering(Method::Get, path, answer)
    };
    let shelf = refusing("/2026-07/stock_adjustments");
    looked(&shelf, mug(&shelf));
    // The levels are asked for at the second look.
    let shelf = Shelf::new();
    let write = looked(&shelf, mug(&shelf));
    looked(&refusing("/2026-07/inventory/p-mug"), write);
}

#[test]
fn a_refusal_of_the_account_stops_and_one_of_the_row_rejects_it() {
    let shelf = Shelf::new();
    let write = mug(&shelf);
    let forbidden = conclude(&write, &status(403, "{}"));
    let Conclusion::Failed(Failure::Unauthorized(words)) = forbidden else {
        panic!("{forbidden:?}")
    };
    assert!(words.contains("`inventory:write`"), "{words}");
    let gone = conclude(&write, &status(410, "{}"));
    assert!(matches!(gone, Conclusion::Failed(Failure::Misconfigured(_))));
    for code in [400, 404, 409, 413, 422] {
        let refused = conclude(&write, &status(code, r#"{"error":"no"}"#));
        assert_eq!(verdicts(refused), ["rejected: no"], "{code}");
    }
}

#[test]
fn a_reason_that_the_till_does_not_create_rejects_with_its_cure() {
    let shelf = Shelf::new().without_reasons();
    let write = both(&shelf);
    let refused = verdicts(conclude(&write, &status(422, r#"{"error":"too many reasons"}"#)));
    assert_eq!(refused.len(), 2);
    assert!(refused[0].contains("too many reasons"), "{refused:?}");
    assert!(refused[0].contains("create a NEGATIVE reason of this name"), "{refused:?}");
    shelf.reason("c-down", "Web stock down", "POSITIVE");
    assert!(verdicts(settle(&shelf, &write))[1].contains("is not NEGATIVE"));
}

#[test]
fn the_last_adjustment_that_this_store_knows_is_not_taken_for_the_next_one() {
    let shelf = Shelf::new().inclusive();
    let known = shelf.adjustment(json!({}));
    let intakes = vec![change("c1", "p-mug", by("-2"))];
    let write = only_write(plan_from(&shelf, intakes, Some(known)).unwrap());
    let write = looked(&shelf, write);
    assert!(matches!(settle(&shelf, &write), Conclusion::NotApplied(0)));
}
