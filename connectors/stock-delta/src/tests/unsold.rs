//! Orders that are not sold at the till, and yet move its stock.

use penstock_connector_sdk::host::EffectStatus::{Applied, Expected, Void};
use penstock_connector_sdk::transform::Verdict;

use super::desk::{Desk, check_moved, filtered};

fn takes_nothing_more() -> Verdict {
    filtered("takes nothing more")
}

/// Model 1.8: the change has the cause that a sale would have, so a line has one carrier.
#[test]
fn an_order_that_is_not_sold_moves_the_tills_stock_once() {
    let desk = Desk::tracked("{}", "10");
    desk.order(20_000, "A", 2, true);
    assert_eq!(desk.shop(50_000, Some("8")), filtered("nothing new"));
    check_moved(&desk.unsold(60_000, "A", 2, true), &[("to_till", "by -2", "A#1")]);
    // What the host took back is planned anew.
    desk.withdrawn("till", "A#1", -2, 1);
    check_moved(&desk.unsold(70_000, "A", 2, true), &[("to_till", "by -2", "A#1")]);
    for (status, settled) in [(Expected, None), (Applied, Some((2, 80_000)))] {
        desk.effect("till", "A#1", -2, status, settled);
        assert_eq!(desk.unsold(90_000, "A", 2, true), takes_nothing_more(), "{status:?}");
    }
    assert_eq!(desk.till(100_000, Some("8"), 2), filtered("nothing new"));
    assert_eq!(desk.shop(110_000, Some("8")), filtered("nothing new"));
}

/// Pattern 1: what was sold is not taken once more.
#[test]
fn an_order_that_was_sold_moves_nothing() {
    let desk = Desk::tracked("{}", "10");
    desk.order(20_000, "A", 2, true);
    desk.effect("till", "A#1", -2, Applied, Some((1, 30_000)));
    assert_eq!(desk.unsold(60_000, "A", 2, true), takes_nothing_more());
}

/// It gets its goods back as if it had been sold.
#[test]
fn what_such_an_order_took_goes_back_when_it_is_cancelled() {
    let desk = Desk::tracked("{}", "10");
    desk.order(20_000, "A", 2, true);
    check_moved(&desk.unsold(30_000, "A", 2, true), &[("to_till", "by -2", "A#1")]);
    desk.effect("till", "A#1", -2, Applied, Some((1, 40_000)));
    desk.order(60_000, "A", 2, false);
    check_moved(&desk.shop(100_000, Some("10")), &[("to_till", "by 2", "mirror:1:1")]);
}

/// An order that takes nothing any more, or whose product nobody linked, moves nothing.
#[test]
fn what_is_not_taken_or_not_linked_moves_nothing() {
    let desk = Desk::tracked("{}", "10");
    desk.order(20_000, "A", 2, false);
    assert_eq!(desk.unsold(30_000, "A", 2, false), takes_nothing_more());
    desk.host.set_link("shop", super::desk::SHOP, None);
    assert_eq!(desk.unsold(40_000, "B", 2, true), takes_nothing_more());
}

/// Before its first levels, and in quarantine, nothing is written of a pair.
#[test]
fn an_order_waits_for_the_first_levels_of_its_pairs() {
    let desk = Desk::new("{}");
    desk.order(20_000, "A", 2, true);
    assert_eq!(desk.unsold(30_000, "A", 2, true), Verdict::Wait(600_000));
    desk.shop(60_000, Some("8"));
    assert_eq!(desk.till(60_000, Some("10"), 1), filtered("first levels fit"));
    check_moved(&desk.unsold(70_000, "A", 2, true), &[("to_till", "by -2", "A#1")]);
    let desk = Desk::tracked(r#"{"jump_max": 5}"#, "10");
    desk.order(20_000, "A", 2, true);
    assert!(matches!(desk.shop(60_000, Some("100")), Verdict::Reject(_)));
    assert_eq!(desk.unsold(70_000, "A", 2, true), Verdict::Wait(600_000));
}

/// A change that was refused for good is made when the order comes again: a person has seen to it.
#[test]
fn a_change_that_was_refused_is_made_when_the_order_comes_again() {
    let desk = Desk::tracked("{}", "10");
    desk.order(20_000, "A", 2, true);
    desk.effect("till", "A#1", -2, Void, Some((1, 30_000)));
    check_moved(&desk.unsold(60_000, "A", 2, true), &[("to_till", "by -2", "A#1")]);
}
