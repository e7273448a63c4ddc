//! First levels, and what needs them again.

use penstock_connector_sdk::commerce::Payload;
use penstock_connector_sdk::host::EffectStatus::{Applied, Expected, Void};
use penstock_connector_sdk::transform::Verdict;

use super::desk::{Desk, check_moved, filtered, rule};

/// Pattern 5: nothing is written before a baseline was accepted.
#[test]
fn without_an_accepted_baseline_nothing_is_written() {
    let desk = Desk::new("{}");
    desk.link(1, false);
    assert_eq!(desk.shop(0, Some("10")), filtered("the other side's level is not known"));
    assert_eq!(desk.till(0, Some("4"), 1), filtered("first levels not accepted"));
    assert_eq!(desk.till(20_000, Some("3"), 2), filtered("first levels not accepted"));
    desk.link(1, true);
    check_moved(&desk.till(30_000, Some("3"), 2), &[("to_shop", "to 3", "mirror:1:1")]);
}

/// Pattern 30: an open order keeps its units reserved, a sold one does not.
#[test]
fn the_till_wins_less_what_orders_have_reserved() {
    let desk = Desk::new("{}");
    desk.order(0, "A", 2, true);
    desk.order(0, "B", 1, true);
    desk.effect("till", "A#1", -2, Applied, Some((1, 0)));
    desk.effect("till", "of-nobody#1", -9, Applied, Some((2, 0)));
    desk.shop(20_000, Some("10"));
    check_moved(&desk.till(20_000, Some("6.5"), 1), &[("to_shop", "to 5", "mirror:1:1")]);
}

#[test]
fn a_first_level_is_believed_only_when_it_is_seen() {
    let desk = Desk::new("{}");
    desk.shop(0, Some("10"));
    check_moved(&desk.till(0, Some("6"), 1), &[("to_shop", "to 6", "mirror:1:1")]);
    desk.effect("shop", "mirror:1:1", -4, Expected, None);
    assert_eq!(desk.shop(20_000, Some("9")), Verdict::Wait(15_000));
    assert_eq!(desk.till(20_000, Some("5"), 2), Verdict::Wait(15_000));
    // An order of 1 came between the reading and the write, which has wiped it out.
    desk.order(21_000, "A", 1, true);
    desk.effect("shop", "mirror:1:1", -3, Applied, Some((1, 25_000)));
    assert_eq!(desk.till(30_000, Some("6"), 3), filtered("the other side has moved"));
    check_moved(&desk.shop(50_000, Some("6")), &[("to_shop", "to 5", "mirror:1:2")]);
    desk.effect("shop", "mirror:1:2", -1, Applied, Some((2, 60_000)));
    assert_eq!(desk.shop(80_000, Some("5")), filtered("first levels fit"));
    check_moved(&desk.till(90_000, Some("7"), 4), &[("to_shop", "by 1", "mirror:1:3")]);
}

/// A sink can tell a change from an alike one that was made before the levels that it is reckoned from.
#[test]
fn a_change_tells_since_when_its_pair_is_in_step() {
    let desk = Desk::new("{}");
    let since = |verdict: &Verdict| {
        let Verdict::Forward(outputs) = verdict else { panic!("{verdict:?}") };
        let Payload::StockChange(change) = &outputs[0].entry.payload else { panic!("no change") };
        let since = change.attributes.iter().find(|attribute| attribute.name == "since");
        since.map(|attribute| attribute.value.clone())
    };
    desk.shop(0, Some("10"));
    assert_eq!(since(&desk.till(0, Some("6"), 1)), None, "a first level comes after nothing");
    desk.effect("shop", "mirror:1:1", -4, Applied, Some((1, 25_000)));
    assert_eq!(desk.shop(80_000, Some("6")), filtered("first levels fit"));
    let edited = desk.shop(200_000, Some("8"));
    assert_eq!(since(&edited).as_deref(), Some("80000"));
}

/// What waits to be made would come on top of a second first level.
#[test]
fn a_first_level_is_written_once_whatever_is_read_until_it_is_made() {
    let desk = Desk::new("{}");
    desk.shop(0, Some("10"));
    check_moved(&desk.till(0, Some("6"), 1), &[("to_shop", "to 6", "mirror:1:1")]);
    let waits = filtered("waits for an earlier change to be made");
    assert_eq!(desk.till(20_000, Some("5"), 2), waits, "it was not sent yet");
    desk.withdrawn("shop", "mirror:1:1", -4, 1);
    assert_eq!(desk.till(21_000, Some("5"), 2), waits, "it is planned anew");
    desk.effect("shop", "mirror:1:1", -4, Applied, Some((2, 30_000)));
    check_moved(&desk.shop(50_000, Some("6")), &[("to_shop", "to 5", "mirror:1:2")]);
    desk.effect("shop", "mirror:1:2", -1, Void, Some((3, 60_000)));
    check_moved(&desk.shop(80_000, Some("6")), &[("to_shop", "to 5", "mirror:1:3")]);
}

#[test]
fn what_is_kept_back_is_taken_off_the_shop_once() {
    let desk = Desk::new(r#"{"buffer": 2}"#);
    desk.order(0, "A", 1, true);
    desk.shop(20_000, Some("10"));
    check_moved(&desk.till(20_000, Some("6"), 1), &[("to_shop", "to 3", "mirror:1:1")]);
    desk.effect("shop", "mirror:1:1", -7, Applied, Some((1, 25_000)));
    assert_eq!(desk.shop(60_000, Some("3")), filtered("first levels fit"));
    check_moved(&desk.till(61_000, Some("7"), 2), &[("to_shop", "by 1", "mirror:1:2")]);

    for wins in ["shop_wins", "must_be_equal"] {
        let desk = Desk::new(&format!(r#"{{"buffer": 2, "first_levels": "{wins}"}}"#));
        desk.shop(0, Some("10"));
        check_moved(&desk.till(0, Some("10"), 1), &[("to_shop", "by -2", "mirror:1:1")]);
        // Linked anew, it is found as it was left.
        desk.link(2, true);
        desk.shop(20_000, Some("8"));
        assert_eq!(desk.till(20_000, Some("10"), 1), filtered("first levels fit"));
    }
}

/// Of a counter that has less than is to be kept back the rest is owed, and paid first.
#[test]
fn a_changed_buffer_counts_from_the_next_change() {
    let mut desk = Desk::tracked("{}", "3");
    desk.rule = rule(r#"{"buffer": 5}"#);
    check_moved(&desk.till(20_000, Some("4"), 2), &[("to_shop", "by -3", "mirror:1:1")]);
    desk.effect("shop", "mirror:1:1", -3, Applied, Some((1, 25_000)));
    assert_eq!(desk.shop(60_000, Some("0")), filtered("nothing new"));
    assert_eq!(desk.till(61_000, Some("5"), 3), filtered("nothing new"));
    check_moved(&desk.till(62_000, Some("6"), 4), &[("to_shop", "by 1", "mirror:1:2")]);
    desk.effect("shop", "mirror:1:2", 1, Applied, Some((2, 63_000)));
    desk.rule = rule("{}");
    check_moved(&desk.till(90_000, Some("5"), 5), &[("to_shop", "by 4", "mirror:1:3")]);
}

#[test]
fn the_shop_wins_with_what_orders_have_reserved() {
    let desk = Desk::new(r#"{"first_levels": "shop_wins"}"#);
    desk.order(0, "A", 2, true);
    desk.till(20_000, Some("3"), 1);
    check_moved(&desk.shop(20_000, Some("8")), &[("to_till", "to 10", "mirror:1:1")]);
    desk.effect("till", "mirror:1:1", 7, Applied, Some((1, 30_000)));
    assert_eq!(desk.till(31_000, Some("10"), 2), filtered("first levels fit"));
}

#[test]
fn levels_that_must_be_equal_and_are_not_are_quarantined_with_both_figures() {
    let desk = Desk::new(r#"{"first_levels": "must_be_equal"}"#);
    desk.shop(0, Some("8"));
    let Verdict::Reject(reason) = desk.till(0, Some("10"), 1) else { panic!("not held") };
    assert_eq!(reason, "the shop has 8 and the till 10, of which 0 are reserved by orders");
    assert_eq!(desk.till(20_000, Some("8"), 2), filtered("quarantined"));
    desk.link(2, true);
    desk.shop(30_000, Some("8"));
    assert_eq!(desk.till(30_000, Some("8"), 2), filtered("first levels fit"));
}

/// Patterns 4 and 6: an absent level changes the mode, writes nothing and needs a new baseline.
#[test]
fn unlimited_and_back_needs_a_new_baseline() {
    let desk = Desk::tracked("{}", "10");
    assert_eq!(desk.shop(20_000, None), filtered("unlimited in the shop"));
    assert_eq!(desk.till(30_000, Some("4"), 2), filtered("the other side does not count it"));
    check_moved(&desk.shop(50_000, Some("10")), &[("to_shop", "to 4", "mirror:1:1")]);

    let desk = Desk::tracked("{}", "10");
    assert_eq!(desk.till(20_000, None, 2), filtered("not tracked in the till"));
    assert_eq!(desk.shop(20_000, Some("12")), filtered("the other side does not count it"));
    // Zero is a level like any other.
    check_moved(&desk.till(30_000, Some("0"), 3), &[("to_shop", "to 0", "mirror:1:1")]);
}

/// A pair that is linked anew is another epoch, whose causes are its own.
#[test]
fn another_link_starts_anew() {
    let desk = Desk::tracked("{}", "10");
    desk.link(2, true);
    assert_eq!(desk.till(20_000, Some("4"), 2), filtered("the other side's level is not known"));
    check_moved(&desk.shop(20_000, Some("10")), &[("to_shop", "to 4", "mirror:2:1")]);
}
