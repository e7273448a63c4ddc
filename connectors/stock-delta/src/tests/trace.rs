//! The worked trace of the model, and what else a tracked pair does.

use penstock_connector_sdk::host::EffectStatus::{Applied, Expected, Sent, Unknown};
use penstock_connector_sdk::transform::Verdict;

use super::desk::{Desk, check_moved, filtered};

/// The shop has 10 and the till has 10. Patterns 1 and 30: an order crosses by its sale alone, and
/// an unpaid one keeps its units reserved.
#[test]
fn the_worked_trace() {
    let desk = Desk::tracked("{}", "10");
    // An order of 2 is placed: the shop has 8, the till 10.
    assert_eq!(desk.order(20_000, "A", 2, true), filtered("stock noted"));
    assert_eq!(desk.shop(40_000, Some("8")), filtered("nothing new"));
    // The cashier sells 1.
    let sold = desk.till(50_000, Some("9"), 2);
    check_moved(&sold, &[("to_shop", "by -1", "mirror:1:1")]);
    desk.effect("shop", "mirror:1:1", -1, Applied, Some((1, 60_000)));
    // It is paid: the sale is sent, and the reply is lost.
    desk.effect("till", "A#1", -2, Unknown, None);
    assert_eq!(desk.till(70_000, Some("7"), 3), Verdict::Wait(5_000));
    // It is found by its id.
    desk.effect("till", "A#1", -2, Applied, Some((2, 80_000)));
    assert_eq!(desk.till(70_000, Some("7"), 3), Verdict::Reread(1));
    assert_eq!(desk.till(81_000, Some("7"), 3), filtered("nothing new"));
    // The shop shows our own write.
    assert_eq!(desk.shop(82_000, Some("7")), filtered("nothing new"));
    // At rest: the shop has 7, and so has the till.
    for at in 1..100 {
        assert_eq!(desk.shop(100_000 * at, Some("7")), filtered("nothing new"));
        assert_eq!(desk.till(100_000 * at, Some("7"), 3), filtered("nothing new"));
    }
}

/// Pattern 3: what was read before a write of ours is never interpreted after it.
#[test]
fn a_reading_older_than_an_own_write_is_read_anew() {
    let desk = Desk::tracked("{}", "10");
    desk.effect("till", "A#1", -2, Applied, Some((1, 20_000)));
    assert_eq!(desk.till(20_000, Some("10"), 2), Verdict::Reread(1));
    assert_eq!(desk.till(20_001, Some("8"), 2), filtered("nothing new"));
    // The shop's counts lag behind: the settle time is added.
    desk.effect("shop", "other", 3, Applied, Some((2, 40_000)));
    assert_eq!(desk.shop(45_000, Some("10")), Verdict::Reread(10_001));
    assert_eq!(desk.shop(55_001, Some("13")), filtered("nothing new"));
}

#[test]
fn a_version_below_an_own_writes_is_older_but_not_for_ever() {
    let desk = Desk::tracked("{}", "10");
    desk.effect("till", "A#1", -2, Applied, Some((1, 20_000)));
    // The version that it had: what was written cannot be in it.
    assert_eq!(desk.till(30_000, Some("10"), 1), Verdict::Reread(5_000));
    assert_eq!(desk.till(35_000, Some("8"), 2), filtered("nothing new"));
    assert_eq!(desk.till(36_000, Some("10"), 1), filtered("older than what was seen"));
}

#[test]
fn a_write_that_may_be_under_way_stops_the_counter_and_one_that_is_planned_does_not() {
    let desk = Desk::tracked("{}", "10");
    desk.effect("till", "A#1", -2, Expected, None);
    check_moved(&desk.till(20_000, Some("9"), 2), &[("to_shop", "by -1", "mirror:1:1")]);
    desk.effect("till", "A#1", -2, Sent, None);
    assert_eq!(desk.till(30_000, Some("8"), 3), Verdict::Wait(5_000));
}

#[test]
fn a_change_in_the_shop_goes_to_the_till() {
    let desk = Desk::tracked("{}", "10");
    check_moved(&desk.shop(20_000, Some("15")), &[("to_till", "by 5", "mirror:1:1")]);
    let desk = Desk::tracked(r#"{"manual_edits_from_shop": "ignore"}"#, "10");
    assert_eq!(desk.shop(20_000, Some("15")), filtered("nothing new"));
    assert_eq!(desk.shop(40_000, Some("15")), filtered("nothing new"));
}

/// Pattern 7: the same entry, an older one, and an echo of ours change nothing.
#[test]
fn what_was_seen_is_not_seen_again() {
    let desk = Desk::tracked("{}", "10");
    check_moved(&desk.till(20_000, Some("4"), 2), &[("to_shop", "by -6", "mirror:1:1")]);
    assert_eq!(desk.till(20_000, Some("4"), 2), filtered("older than what was seen"));
    assert_eq!(desk.till(10_000, Some("10"), 1), filtered("older than what was seen"));
    desk.effect("shop", "mirror:1:1", -6, Applied, Some((1, 30_000)));
    assert_eq!(desk.shop(50_000, Some("4")), filtered("nothing new"));
}

/// Pattern 27: what was read after the host's clock was set back is not older for that.
#[test]
fn what_seems_older_by_a_clock_that_was_set_back_is_read_anew() {
    let desk = Desk::tracked("{}", "10");
    check_moved(&desk.till(200_000, Some("9"), 2), &[("to_shop", "by -1", "mirror:1:1")]);
    assert_eq!(desk.till(80_000, Some("7"), 3), Verdict::Reread(120_001));
    check_moved(&desk.till(200_001, Some("7"), 3), &[("to_shop", "by -2", "mirror:1:2")]);
    desk.effect("shop", "mirror:1:1", -1, Applied, Some((1, 210_000)));
    desk.effect("shop", "mirror:1:2", -2, Applied, Some((2, 210_000)));
    assert_eq!(desk.shop(300_000, Some("7")), filtered("nothing new"));
    assert_eq!(desk.shop(299_000, Some("6")), Verdict::Reread(5_000));
}

/// Patterns 19 and 46: a change is handed over once, also while nobody makes it.
#[test]
fn a_change_is_handed_over_once_however_long_it_waits_to_be_made() {
    let desk = Desk::tracked("{}", "10");
    check_moved(&desk.till(20_000, Some("9"), 2), &[("to_shop", "by -1", "mirror:1:1")]);
    assert_eq!(desk.till(25_000, Some("9"), 2), filtered("nothing new"));
    check_moved(&desk.till(30_000, Some("8"), 3), &[("to_shop", "by -1", "mirror:1:2")]);
    desk.effect("shop", "mirror:1:1", -1, Expected, None);
    desk.effect("shop", "mirror:1:2", -1, Applied, Some((1, 31_000)));
    assert_eq!(desk.till(40_000, Some("8"), 3), filtered("nothing new"));
}

/// Pattern 33: to -2 and back to +3, the shop shows 0 and then 3.
#[test]
fn what_the_shop_cannot_give_is_remembered_and_paid_first() {
    let desk = Desk::tracked("{}", "1");
    check_moved(&desk.till(20_000, Some("-2"), 2), &[("to_shop", "by -1", "mirror:1:1")]);
    desk.effect("shop", "mirror:1:1", -1, Applied, Some((1, 21_000)));
    assert_eq!(desk.shop(50_000, Some("0")), filtered("nothing new"));
    check_moved(&desk.till(60_000, Some("3"), 3), &[("to_shop", "by 3", "mirror:1:2")]);
    let desk = Desk::tracked(r#"{"allow_negative": true}"#, "1");
    check_moved(&desk.till(20_000, Some("-2"), 2), &[("to_shop", "by -3", "mirror:1:1")]);
}

#[test]
fn fractions_of_the_till_are_kept_until_they_are_whole() {
    let desk = Desk::tracked("{}", "10");
    check_moved(&desk.till(20_000, Some("9.7"), 2), &[("to_shop", "by -1", "mirror:1:1")]);
    desk.effect("shop", "mirror:1:1", -1, Applied, Some((1, 21_000)));
    assert_eq!(desk.till(30_000, Some("9.2"), 3), filtered("nothing new"));
    check_moved(&desk.till(40_000, Some("10.00"), 4), &[("to_shop", "by 1", "mirror:1:2")]);
}

/// Pattern 38: a cancelled order gives back at the till what its sale took, once; before the sale
/// there is nothing to give back.
#[test]
fn what_a_sale_took_and_the_shop_put_back_goes_back_to_the_till_once() {
    let desk = Desk::tracked("{}", "10");
    desk.order(20_000, "A", 2, true);
    desk.order(20_000, "B", 1, true);
    desk.effect("till", "A#1", -2, Applied, Some((1, 30_000)));
    assert_eq!(desk.till(31_000, Some("8"), 2), filtered("nothing new"));
    desk.order(40_000, "A", 2, false);
    desk.order(40_000, "B", 1, false);
    check_moved(&desk.shop(60_000, Some("10")), &[("to_till", "by 2", "mirror:1:1")]);
    desk.effect("till", "mirror:1:1", 2, Applied, Some((2, 61_000)));
    assert_eq!(desk.till(62_000, Some("10"), 3), filtered("nothing new"));
    assert_eq!(desk.shop(90_000, Some("10")), filtered("nothing new"));
}

#[test]
fn a_deficit_is_paid_by_a_rise_in_the_shop_too() {
    let desk = Desk::tracked("{}", "1");
    check_moved(&desk.till(20_000, Some("-2"), 2), &[("to_shop", "by -1", "mirror:1:1")]);
    desk.effect("shop", "mirror:1:1", -1, Applied, Some((1, 21_000)));
    check_moved(
        &desk.shop(50_000, Some("5")),
        &[("to_till", "by 5", "mirror:1:2"), ("to_shop", "by -2", "mirror:1:3")],
    );
}
