//! How a pair stands, and what is told of it.

use penstock_connector_sdk::audit::{
    Accord, Audit, Counter, Examine, KnownTo, LinkedPair, Standing, Stuck,
};
use penstock_connector_sdk::commerce::{Payload, StockLevel};
use penstock_connector_sdk::connector::Connector;
use penstock_connector_sdk::host::EffectStatus::{Applied, Expected, Unknown, Void};
use penstock_connector_sdk::types::{Decimal, Instant};

use super::desk::{Desk, SHOP, TILL, check_moved, filtered, level_entry, number};
use crate::StockDelta;

/// What an audit finds.
struct Look {
    at: Instant,
    shop: Option<StockLevel>,
    till: Option<StockLevel>,
    /// Up to when the sources of levels have told what changed.
    told_to: Option<Instant>,
    stuck: Vec<Stuck>,
    link: u64,
    levels_accepted: bool,
}

fn level(owner: &str, on_hand: Option<&str>, version: Option<u64>) -> Option<StockLevel> {
    match level_entry(owner, "", 0, on_hand, version).payload {
        Payload::StockLevel(level) => Some(level),
        _ => None,
    }
}

/// Both counters as they are read at an instant, with all known up to then.
fn look(at: Instant, shop: &str, till: &str, version: u64) -> Look {
    Look {
        at,
        shop: level(SHOP, Some(shop), None),
        till: level(TILL, Some(till), Some(version)),
        told_to: None,
        stuck: Vec::new(),
        link: 1,
        levels_accepted: true,
    }
}

fn examine(desk: &Desk, look: Look) -> Standing {
    let counter = |owner: &str, level: Option<StockLevel>| Counter {
        owner: owner.to_owned(),
        level,
        read_at: look.at,
        told_to: look.told_to,
        stuck: look.stuck.clone(),
    };
    let pair = LinkedPair {
        link: look.link,
        levels_accepted: look.levels_accepted,
        left: counter(SHOP, look.shop.clone()),
        right: counter(TILL, look.till.clone()),
    };
    let known = [KnownTo { input: "orders".to_owned(), at: desk.orders_to }];
    let call = Examine { pairs: &[pair], known: &known };
    let staged = desk.host.staged();
    let standing = desk.rule.examine(&call, &desk.host).unwrap().remove(0);
    assert_eq!(desk.host.staged(), staged, "an audit remembers nothing");
    standing
}

fn accord(desk: &Desk, look: Look) -> Accord {
    examine(desk, look).accord
}

/// Input, expected, shown, and all words.
#[track_caller]
fn differing(accord: Accord) -> (String, String, String, String) {
    let Accord::Differing(difference) = accord else { panic!("{accord:?}") };
    let words = format!("{} | {}", difference.remark.reason, difference.remark.hint.unwrap());
    (difference.input, difference.expected.to_string(), difference.shown.to_string(), words)
}

#[track_caller]
fn check_words(text: &str, words: &[&str]) {
    assert!(words.iter().all(|word| text.contains(word)), "{text}");
}

/// Pattern 30: what orders have reserved is part of being in step.
#[test]
fn a_pair_is_in_step_with_what_orders_have_reserved() {
    let desk = Desk::tracked("{}", "10");
    assert_eq!(accord(&desk, look(50_000, "10", "10", 1)), Accord::InStep);
    desk.order(60_000, "A", 2, true);
    let standing = examine(&desk, look(90_000, "8", "10", 1));
    assert_eq!((standing.accord, standing.reserved), (Accord::InStep, Decimal::new(2, 0)));
    desk.effect("till", "A#1", -2, Applied, Some((1, 100_000)));
    let standing = examine(&desk, look(250_000, "8", "8", 2));
    assert_eq!((standing.accord, standing.reserved), (Accord::InStep, Decimal::ZERO));
}

/// Pattern 33: what the shop had not got to give is no difference, nor is a part of a unit.
#[test]
fn a_deficit_and_a_fraction_are_told_and_are_no_difference() {
    let desk = Desk::tracked("{}", "1");
    check_moved(&desk.till(20_000, Some("-2"), 2), &[("to_shop", "by -1", "mirror:1:1")]);
    desk.effect("shop", "mirror:1:1", -1, Applied, Some((1, 21_000)));
    let standing = examine(&desk, look(60_000, "0", "-2", 2));
    assert_eq!(standing.accord, Accord::InStep);
    assert_eq!((standing.deficit, standing.fraction), (Decimal::new(2, 0), Decimal::ZERO));
    desk.till(70_000, Some("-1.5"), 3);
    let standing = examine(&desk, look(80_000, "0", "-1.5", 3));
    assert_eq!(standing.accord, Accord::InStep);
    assert_eq!((standing.deficit, standing.fraction), (Decimal::new(2, 0), number("0.5")));
}

#[test]
fn what_is_to_be_made_is_settling_and_says_which_change() {
    let desk = Desk::tracked("{}", "10");
    check_moved(&desk.till(20_000, Some("7"), 2), &[("to_shop", "by -3", "mirror:1:1")]);
    let settling = |text: &str| Accord::Settling(text.to_owned());
    let to_be_made = settling("to be made: -3 in the shop (mirror:1:1)");
    assert_eq!(accord(&desk, look(50_000, "10", "7", 2)), to_be_made);
    desk.effect("shop", "mirror:1:1", -3, Expected, None);
    assert_eq!(accord(&desk, look(50_000, "10", "7", 2)), to_be_made, "it is planned");
    desk.effect("shop", "mirror:1:1", -3, Unknown, None);
    let unknown = settling("whether -3 was made in the shop is not known yet (mirror:1:1)");
    assert_eq!(accord(&desk, look(50_000, "7", "7", 2)), unknown);
    desk.withdrawn("shop", "mirror:1:1", -3, 1);
    assert_eq!(accord(&desk, look(50_000, "10", "7", 2)), to_be_made, "it is planned anew");
    desk.effect("shop", "mirror:1:1", -3, Applied, Some((2, 60_000)));
    assert!(matches!(accord(&desk, look(70_000, "10", "7", 2)), Accord::Reread(_)), "too early");
    assert_eq!(accord(&desk, look(70_000, "7", "7", 2)), Accord::InStep);
}

/// Pattern 38: the units of an order that was cancelled after its sale are still to go back.
#[test]
fn what_is_to_go_back_to_the_till_is_settling() {
    let desk = Desk::tracked("{}", "10");
    desk.order(20_000, "A", 2, true);
    desk.effect("till", "A#1", -2, Applied, Some((1, 30_000)));
    desk.shop(50_000, Some("8"));
    desk.till(200_000, Some("8"), 2);
    desk.order(210_000, "A", 2, false);
    let settling = Accord::Settling("to be made: +2 in the till (mirror:1:1)".to_owned());
    assert_eq!(accord(&desk, look(240_000, "10", "8", 2)), settling);
}

#[test]
fn a_change_that_nobody_has_told_of_yet_is_asked_for_again() {
    let desk = Desk::tracked("{}", "10");
    let moved = accord(&desk, Look { told_to: Some(49_000), ..look(50_000, "10", "8", 2) });
    let Accord::Wait(pause) = moved else { panic!("{moved:?}") };
    assert_eq!((pause.after_ms, pause.reason.contains("went -2")), (1_001, true));
    // It came with the next page: the old reading has nothing to add.
    check_moved(&desk.till(60_000, Some("8"), 2), &[("to_shop", "by -2", "mirror:1:1")]);
    let later = accord(&desk, Look { told_to: Some(61_000), ..look(50_000, "10", "8", 2) });
    assert_eq!(later, Accord::Settling("to be made: -2 in the shop (mirror:1:1)".to_owned()));
}

/// Pattern 45: a source that has stopped telling what changes is an alarm, on either side.
#[test]
fn a_change_that_its_source_is_silent_of_is_a_difference() {
    let desk = Desk::tracked("{}", "10");
    let told_to = Some(60_000);
    let found = differing(accord(&desk, Look { told_to, ..look(50_000, "10", "8", 2) }));
    assert_eq!((found.0.as_str(), found.1.as_str(), found.2.as_str()), ("till", "10", "8"));
    check_words(
        &found.3,
        &["the till's count went -2", "1970-01-01T00:01:00", "count the product"],
    );
    let found = differing(accord(&desk, Look { told_to, ..look(50_000, "13", "10", 1) }));
    assert_eq!((found.0.as_str(), found.1.as_str(), found.2.as_str()), ("shop", "10", "13"));
    check_words(&found.3, &["the shop's count went +3", "save the product"]);
}

#[test]
fn nothing_is_said_of_a_reading_before_the_orders_around_it_are_known() {
    let mut desk = Desk::tracked("{}", "10");
    desk.orders_to = 40_000;
    let before = accord(&desk, look(50_000, "8", "10", 1));
    let Accord::Wait(pause) = before else { panic!("{before:?}") };
    assert_eq!(pause.after_ms, 25_001, "as long as orders lag behind the reading and its settling");
    desk.orders_to = 90_000;
    desk.order(49_000, "A", 2, true);
    assert!(matches!(accord(&desk, look(50_000, "10", "10", 1)), Accord::Reread(_)), "too early");
    assert_eq!(accord(&desk, look(70_000, "8", "10", 1)), Accord::InStep);
}

#[test]
fn a_change_that_is_held_or_refused_is_a_difference_with_its_reason() {
    let desk = Desk::tracked("{}", "10");
    check_moved(&desk.till(20_000, Some("7"), 2), &[("to_shop", "by -3", "mirror:1:1")]);
    let stuck = vec![Stuck {
        cause: "mirror:1:1".to_owned(),
        reason: "no scope".to_owned(),
        hint: Some("add the scope".to_owned()),
    }];
    let found = differing(accord(&desk, Look { stuck, ..look(50_000, "10", "7", 2) }));
    assert_eq!((found.0.as_str(), found.1.as_str(), found.2.as_str()), ("shop", "7", "10"));
    check_words(&found.3, &["-3 in the shop was not made (mirror:1:1): no scope", "add the scope"]);
    // Refused when it was sent: also after the rule has counted it off.
    desk.effect("shop", "mirror:1:1", -3, Void, Some((1, 60_000)));
    for at in [80_000, 120_000] {
        let found = differing(accord(&desk, look(at, "10", "7", 2)));
        check_words(&found.3, &["-3 in the shop was not made (mirror:1:1)", "--new-levels"]);
        desk.shop(100_000, Some("10"));
    }
}

#[test]
fn edits_that_are_not_carried_are_a_difference_with_the_number_to_type() {
    let desk = Desk::tracked(r#"{"manual_edits_from_shop": "ignore"}"#, "10");
    assert_eq!(desk.shop(20_000, Some("6")), filtered("nothing new"));
    let found = differing(accord(&desk, look(50_000, "6", "10", 1)));
    assert_eq!((found.1.as_str(), found.2.as_str()), ("10", "6"));
    check_words(
        &found.3,
        &["last by -4", "`manual_edits_from_shop`", "set the shop's count to 10"],
    );
}

/// A wrong verdict on a lost answer is taken for somebody's change, or for none: only the sum tells.
#[test]
fn a_difference_that_nothing_explains_is_told_as_one() {
    let desk = Desk::tracked("{}", "10");
    desk.effect("till", "of-nobody#1", -2, Applied, Some((1, 20_000)));
    desk.till(200_000, Some("8"), 2);
    let found = differing(accord(&desk, look(250_000, "10", "8", 2)));
    assert_eq!((found.0.as_str(), found.1.as_str(), found.2.as_str()), ("shop", "8", "10"));
    check_words(&found.3, &["nothing that is known explains it", "penstock why"]);
}

#[test]
fn a_quarantined_pair_says_why_and_what_to_set() {
    let quarantined = |options: &str, shop: &str| {
        let desk = Desk::new(options);
        desk.shop(0, Some("10"));
        desk.till(0, Some("10"), 1);
        desk.shop(20_000, Some(shop));
        desk.shop(60_000, Some(shop));
        let found = accord(&desk, look(90_000, shop, "10", 1));
        let Accord::Quarantined(remark) = found else { panic!("{found:?}") };
        format!("{} | {}", remark.reason, remark.hint.unwrap())
    };
    let jump = quarantined(r#"{"jump_max": 5}"#, "16");
    check_words(&jump, &["the shop's count went +6 at once", "set `jump_max` to 6 or more"]);
    let zeros = quarantined(r#"{"zeros_max": 0}"#, "0");
    check_words(&zeros, &["fell to zero", "set `zeros_max` to 1 or more"]);
    let desk = Desk::new(r#"{"first_levels": "must_be_equal"}"#);
    desk.shop(0, Some("8"));
    desk.till(0, Some("10"), 1);
    let Accord::Quarantined(unequal) = accord(&desk, look(50_000, "8", "10", 1)) else {
        panic!("not quarantined")
    };
    check_words(&unequal.hint.unwrap(), &["correct one of the counts", "`first_levels`"]);
}

/// Patterns 4 and 5: what is not counted, or not accepted, is not followed, and is no difference.
#[test]
fn what_is_not_followed_says_why() {
    let reason = |found: Accord| {
        let Accord::NotFollowed(remark) = found else { panic!("{found:?}") };
        assert!(remark.hint.is_some());
        remark.reason
    };
    let desk = Desk::tracked("{}", "10");
    let unlimited = Look { shop: level(SHOP, None, None), ..look(50_000, "0", "10", 1) };
    assert_eq!(reason(accord(&desk, unlimited)), "unlimited in the shop");
    let untracked = Look { till: level(TILL, None, Some(1)), ..look(50_000, "10", "0", 1) };
    assert_eq!(reason(accord(&desk, untracked)), "not tracked in the till");
    let gone = Look { till: None, ..look(50_000, "10", "10", 1) };
    assert_eq!(reason(accord(&desk, gone)), "the till has no counter `p1@o1` any more");
    let anew = Look { link: 2, ..look(50_000, "10", "10", 1) };
    assert_eq!(reason(accord(&desk, anew)), "no reading of it was taken up yet");
    desk.order(60_000, "A", 2, true);
    let waits = Look { levels_accepted: false, ..look(90_000, "8", "11", 1) };
    let expected = "its first levels are not accepted yet: the shop has 8, the till 11, and orders have reserved 2";
    assert_eq!(reason(accord(&desk, waits)), expected);
    desk.shop(100_000, None);
    assert_eq!(reason(accord(&desk, look(120_000, "8", "11", 1))), "it needs first levels");
}

#[test]
fn a_first_level_that_is_being_written_is_settling() {
    let desk = Desk::new("{}");
    desk.shop(0, Some("10"));
    check_moved(&desk.till(0, Some("6"), 1), &[("to_shop", "to 6", "mirror:1:1")]);
    let found = accord(&desk, look(50_000, "10", "6", 1));
    assert_eq!(found, Accord::Settling("its first level is to be written".to_owned()));
}

#[test]
fn a_number_that_has_no_place_ends_no_audit() {
    let desk = Desk { rule: StockDelta::open("{}").unwrap(), ..Desk::tracked("{}", "10") };
    let found = accord(&desk, look(50_000, "10", "-9223372036854775807", 2));
    assert!(matches!(found, Accord::NotFollowed(_)), "{found:?}");
}
