//! Goods of refunded orders that come back to the shop, or don't.

use penstock_connector_sdk::host::EffectStatus::{Applied, Expected, Void};

use penstock_connector_sdk::transform::Verdict;

use super::desk::{Desk, check_moved, filtered, rule};

/// Pattern 37: the till never gave them out, so it gets none back; what comes beyond them is new.
#[test]
fn goods_of_a_refunded_order_that_was_never_sold_are_no_longer_reserved() {
    let desk = Desk::tracked("{}", "10");
    desk.order(20_000, "A", 2, true);
    assert_eq!(desk.shop(50_000, Some("8")), filtered("nothing new"));
    desk.refunded(60_000, "A", 2);
    check_moved(&desk.shop(120_000, Some("11")), &[("to_till", "by 1", "mirror:1:1")]);
    // Shown again, the order takes what it took, and no more.
    desk.refunded(130_000, "A", 2);
    assert_eq!(desk.shop(160_000, Some("11")), filtered("nothing new"));
    desk.effect("till", "mirror:1:1", 1, Applied, Some((1, 125_000)));
    assert_eq!(desk.till(170_000, Some("11"), 3), filtered("nothing new"));
    // Were it sold in spite of all, the till would get back what the shop has.
    desk.effect("till", "A#1", -2, Applied, Some((2, 180_000)));
    check_moved(&desk.till(190_000, Some("9"), 4), &[("to_till", "by 2", "mirror:1:2")]);
}

/// A shop puts goods back as it refunds. What is typed in later is new stock, whatever is still reserved.
#[test]
fn a_rise_long_after_a_refund_is_carried() {
    let desk = Desk::tracked("{}", "10");
    desk.order(20_000, "A", 2, true);
    desk.refunded(30_000, "A", 2);
    assert_eq!(desk.shop(60_000, Some("8")), filtered("nothing new"));
    // Somebody writes a note on the order, which is no other refund.
    desk.refunded(110_000, "A", 2);
    check_moved(&desk.shop(140_000, Some("10")), &[("to_till", "by 2", "mirror:1:1")]);
}

/// Goods that were sold at the till are new there when they come back; so are those of a sale under way.
#[test]
fn goods_of_a_refunded_order_that_was_sold_go_back_to_the_till() {
    for (status, settled) in [(Applied, Some((1, 30_000))), (Expected, None)] {
        let desk = Desk::tracked("{}", "10");
        desk.order(20_000, "A", 2, true);
        desk.effect("till", "A#1", -2, status, settled);
        desk.refunded(60_000, "A", 2);
        check_moved(&desk.shop(90_000, Some("10")), &[("to_till", "by 2", "mirror:1:1")]);
    }
    let desk = Desk::tracked("{}", "10");
    desk.order(20_000, "A", 2, true);
    desk.effect("till", "A#1", -2, Void, Some((1, 30_000)));
    desk.refunded(60_000, "A", 2);
    assert_eq!(desk.shop(90_000, Some("10")), filtered("nothing new"));
}

/// A cancelled order gave its goods back by itself: a rise beside it is new.
#[test]
fn what_is_cancelled_after_its_refund_is_not_given_back_twice() {
    let desk = Desk::tracked("{}", "10");
    desk.order(20_000, "A", 2, true);
    desk.refunded(40_000, "A", 2);
    desk.order(60_000, "A", 2, false);
    assert_eq!(desk.shop(90_000, Some("10")), filtered("nothing new"));
    check_moved(&desk.shop(120_000, Some("11")), &[("to_till", "by 1", "mirror:1:1")]);
}

/// Those that were refunded first are taken to be back first.
#[test]
fn what_came_back_is_of_the_order_that_was_refunded_first() {
    let desk = Desk::tracked("{}", "10");
    desk.order(20_000, "B", 2, true);
    desk.order(20_000, "A", 2, true);
    desk.refunded(30_000, "B", 2);
    desk.refunded(40_000, "A", 2);
    assert_eq!(desk.shop(70_000, Some("9")), filtered("nothing new"));
    // Of `B` nothing is off the counter any more, and 1 of `A` is.
    desk.order(80_000, "B", 2, false);
    assert_eq!(desk.shop(110_000, Some("9")), filtered("nothing new"));
    desk.order(120_000, "A", 2, false);
    assert_eq!(desk.shop(150_000, Some("10")), filtered("nothing new"));
}

/// What years of refunded orders took must not be kept back from the shop.
#[test]
fn an_order_that_was_refunded_before_the_first_levels_reserves_nothing() {
    let desk = Desk::new("{}");
    desk.refunded(10_000, "A", 4);
    desk.order(20_000, "B", 2, true);
    desk.shop(60_000, Some("5"));
    check_moved(&desk.till(60_000, Some("10"), 1), &[("to_shop", "to 8", "mirror:1:1")]);
    desk.effect("shop", "mirror:1:1", 3, Applied, Some((1, 70_000)));
    assert_eq!(desk.shop(120_000, Some("8")), filtered("first levels fit"));
    // One that is refunded afterwards may be on its way back still.
    desk.refunded(130_000, "B", 2);
    assert_eq!(desk.shop(180_000, Some("8")), filtered("nothing new"));
    // The goods of the first are back after all: then they are new.
    desk.order(190_000, "A", 4, false);
    check_moved(&desk.shop(240_000, Some("12")), &[("to_till", "by 4", "mirror:1:2")]);
}

/// A quarantined pair has its levels, and its orders explain them.
#[test]
fn an_order_that_is_refunded_in_quarantine_goes_on_being_reserved() {
    let desk = Desk::tracked(r#"{"jump_max": 5}"#, "10");
    desk.order(20_000, "A", 2, true);
    assert!(matches!(desk.shop(60_000, Some("1")), Verdict::Reject(_)));
    desk.refunded(70_000, "A", 2);
    let desk = Desk { rule: rule(r#"{"jump_max": 500}"#), ..desk };
    assert_eq!(desk.till(80_000, Some("10"), 1), filtered("nothing new"));
    check_moved(&desk.shop(120_000, Some("1")), &[("to_till", "by -7", "mirror:1:1")]);
}
