//! What is not carried.

use crate::StockDelta;
use penstock_connector_sdk::commerce::{Order, OrderLine, Payload};
use penstock_connector_sdk::connector::Connector;
use penstock_connector_sdk::host::Link;
use penstock_connector_sdk::samples;
use penstock_connector_sdk::transform::{Horizon, Verdict};
use penstock_connector_sdk::types::Instant;

use super::desk::{Desk, SHOP, check_moved, filtered, level_entry};

#[track_caller]
fn check_held(verdict: &Verdict, words: &str) {
    assert!(matches!(verdict, Verdict::Reject(reason) if reason.contains(words)), "{verdict:?}");
}

#[test]
fn what_is_not_linked_is_not_wanted() {
    let desk = Desk::new("{}");
    let entry = level_entry("stranger", "", 0, Some("1"), None);
    assert_eq!(desk.show("shop", 0, entry), filtered("not linked"));
}

#[test]
fn a_count_of_the_shop_waits_for_the_orders_around_it() {
    let mut desk = Desk::tracked("{}", "10");
    desk.orders_to = 30_000;
    let wait = Verdict::WaitFor(Horizon { input: "orders".to_owned(), at: 35_000 });
    assert_eq!(desk.shop(20_000, Some("8")), wait);
    // The order that explains it is known, and was read after the count was: it is counted anew.
    desk.order(34_000, "A", 2, true);
    desk.orders_to = 36_000;
    assert_eq!(desk.shop(20_000, Some("8")), Verdict::Reread(15_001));
    desk.orders_to = 70_000;
    assert_eq!(desk.shop(49_001, Some("8")), filtered("nothing new"));
}

#[test]
fn a_jump_is_quarantined_until_the_bound_is_wide_enough() {
    let mut desk = Desk::tracked(r#"{"jump_max": 5}"#, "10");
    check_held(&desk.till(20_000, Some("4"), 2), "`jump_max` is 5");
    assert_eq!(desk.till(30_000, Some("9"), 3), filtered("quarantined"));
    assert_eq!(desk.shop(30_000, Some("9")), filtered("quarantined"));
    assert!(desk.host.lines()[0].message.contains("went -6 at once"));
    desk.rule = StockDelta::open(r#"{"jump_max": 6}"#).unwrap();
    check_moved(&desk.till(40_000, Some("4"), 4), &[("to_shop", "by -6", "mirror:1:1")]);
}

#[test]
fn many_counts_that_fall_to_zero_together_are_quarantined() {
    let desk = Desk::new(r#"{"zeros_max": 2}"#);
    let owners = ["a", "b", "c"];
    for owner in owners {
        let (till, shop) = (format!("t{owner}"), owner.to_owned());
        let link = |other: &String| Link { id: 1, other: other.clone(), levels_accepted: true };
        desk.host.set_link("shop", owner, Some(link(&till)));
        desk.host.set_link("till", &till, Some(link(&shop)));
        desk.show("shop", 0, level_entry(owner, "", 0, Some("3"), None));
        desk.show("till", 0, level_entry(&till, "o1", 0, Some("3"), None));
    }
    let zeros = |at: Instant, owners: &[&str]| {
        let zero = |owner: &&str| level_entry(owner, "", at, Some("0"), None);
        desk.batch("shop", owners.iter().map(zero).collect())
    };
    for verdict in zeros(20_000, &owners) {
        check_held(&verdict, "3 counts of the shop fell to zero together");
    }
    // One of them alone is not let out either.
    assert_eq!(zeros(40_000, &["a"]), [filtered("quarantined")]);
}

#[test]
fn the_same_change_on_both_sides_is_held_where_that_is_asked_for() {
    let desk = Desk::tracked(r#"{"same_edit_ms": 60000}"#, "10");
    check_moved(&desk.shop(20_000, Some("7")), &[("to_till", "by -3", "mirror:1:1")]);
    check_held(&desk.till(30_000, Some("7"), 2), "typed twice");
    let desk = Desk::tracked("{}", "10");
    check_moved(&desk.shop(20_000, Some("7")), &[("to_till", "by -3", "mirror:1:1")]);
    let both = desk.till(30_000, Some("7"), 2);
    check_moved(&both, &[("to_shop", "by -3", "mirror:1:2")]);
}

/// Pattern 26: what comes late and is older changes nothing.
#[test]
fn an_order_that_comes_back_as_it_was_changes_nothing() {
    let desk = Desk::tracked("{}", "10");
    desk.order(20_000, "A", 2, true);
    desk.order(20_000, "A", 2, true);
    desk.order(25_000, "A", 1, true);
    assert_eq!(desk.order(20_000, "A", 2, true), filtered("older revision"));
    assert_eq!(desk.shop(45_000, Some("9")), filtered("nothing new"));
}

/// Pattern 12: a bad line parks its order with the reason.
#[test]
fn a_line_that_does_not_say_which_counter_it_moves_is_held_and_the_others_are_noted() {
    let desk = Desk::tracked("{}", "10");
    let line = |id: &str, owner: Option<&str>, product: &str| OrderLine {
        stock_owner: owner.map(ToOwned::to_owned),
        product: Some(product.to_owned()),
        ..samples::line(id, "SKU")
    };
    let lines = vec![line("1", None, SHOP), line("2", Some(SHOP), "9"), line("3", None, "9-1")];
    let order = Order { lines, ..samples::order("A") };
    check_held(&desk.show("orders", 0, samples::entry("A", Payload::Order(order))), "line `3`");
    assert_eq!(desk.shop(20_000, Some("8")), filtered("nothing new"));
}

#[test]
fn a_number_that_has_no_place_is_refused_and_nothing_is_remembered_of_it() {
    let desk = Desk::tracked("{}", "10");
    check_held(&desk.till(20_000, Some("-9223372036854775807"), 2), "too many digits");
    check_moved(&desk.till(30_000, Some("9"), 3), &[("to_shop", "by -1", "mirror:1:1")]);
}

/// Both movements lie between two looks at the order, and a count may lie between the two.
#[test]
fn an_order_that_was_placed_and_cancelled_unseen_has_the_count_read_anew() {
    let desk = Desk::tracked("{}", "10");
    desk.order(30_000, "A", 2, false);
    assert_eq!(desk.shop(29_000, Some("8")), Verdict::Reread(15_001));
}

/// The instant that a reading has to be past is always over by the time that it is judged.
#[test]
fn a_count_that_waited_for_hours_is_read_anew_at_once_and_not_hours_later() {
    let mut desk = Desk::tracked("{}", "10");
    desk.orders_to = 20_000_000;
    desk.order(15_000_000, "A", 2, true);
    assert_eq!(desk.shop(20_000, Some("8")), Verdict::Reread(15_001));
}
