//! Somebody buys.

use penstock_tests::simulation::{Act, Simulation, Trouble, minutes, seconds};

use super::{check, check_books};

/// Pattern 1: an order that is paid crosses by its sale, and by nothing else.
#[test]
fn a_sale_in_the_shop_becomes_a_sale_at_the_till() {
    let mut story = Simulation::told_in_step(1).unwrap();
    let order = story.place("MUG", 2);
    story.pay(order);
    story.run_for(minutes(20)).unwrap();
    insta::assert_snapshot!(story.tell().unwrap());
    check(&story, &[("MUG", (8, 8))], 1);
    check_books(&story);
}

/// Pattern 24: the till tells nobody of a sale, and the poll finds it.
#[test]
fn a_sale_at_the_till_is_taken_off_the_shop() {
    let mut story = Simulation::told_in_step(2).unwrap();
    story.sell("CAP", 3);
    story.run_for(minutes(20)).unwrap();
    insta::assert_snapshot!(story.tell().unwrap());
    check(&story, &[("CAP", (7, 7))], 1);
    check_books(&story);
}

/// Patterns 1 and 30: each crosses once, and neither is taken for the other.
#[test]
fn both_sides_sell_at_once() {
    let mut story = Simulation::told_in_step(3).unwrap();
    let order = story.place("MUG", 2);
    story.pay(order);
    story.sell("MUG", 3);
    story.run_for(minutes(20)).unwrap();
    insta::assert_snapshot!(story.tell().unwrap());
    check(&story, &[("MUG", (5, 5))], 2);
    check_books(&story);
}

/// Pattern 3: people buy on both sides while a run is under way, between its readings and its writes.
#[test]
fn both_sides_sell_while_a_run_is_under_way() {
    let mut story = Simulation::told_in_step(4).unwrap();
    story.sell("MUG", 1);
    story.later(seconds(2), Act::Place { item: "MUG", quantity: 2 });
    story.later(seconds(3), Act::Sell { item: "MUG", quantity: 1 });
    story.later(seconds(90), Act::Pay { order: 0 });
    story.run_for(minutes(20)).unwrap();
    insta::assert_snapshot!(story.tell().unwrap());
    check(&story, &[("MUG", (6, 6))], 3);
    check_books(&story);
}

/// Pattern 20: the answers to a sale and to a delta are lost, and neither is made twice.
#[test]
fn the_answers_to_both_writes_are_lost() {
    let mut story = Simulation::told_in_step(5).unwrap();
    let order = story.place("MUG", 2);
    story.pay(order);
    story.sell("CAP", 3);
    story.trouble(1, Trouble::LostAfter);
    story.trouble(2, Trouble::LostAfter);
    story.run_for(minutes(20)).unwrap();
    insta::assert_snapshot!(story.tell().unwrap());
    check(&story, &[("CAP", (7, 7)), ("MUG", (8, 8))], 2);
    check_books(&story);
}

/// Pattern 32: the last piece is sold on both sides at once. Nobody can prevent that. The order is not known yet when
/// the till's sale is carried over, so the shop's count goes below zero, and says the truth.
#[test]
fn the_last_piece_is_sold_on_both_sides() {
    let mut story = Simulation::told_in_step(6).unwrap();
    story.sell("PEN", 9);
    story.run_for(minutes(5)).unwrap();
    check(&story, &[("PEN", (1, 1))], 1);
    story.sell("PEN", 1);
    let order = story.place("PEN", 1);
    story.pay(order);
    story.run_for(minutes(20)).unwrap();
    insta::assert_snapshot!(story.tell().unwrap());
    check(&story, &[("PEN", (-1, -1))], 3);
    check_books(&story);
}

/// Pattern 7: after the last change outside nothing is written any more, however often it is asked.
#[test]
fn two_hundred_idle_polls_write_nothing() {
    let mut story = Simulation::told_in_step(7).unwrap();
    let order = story.place("MUG", 2);
    story.pay(order);
    story.sell("CAP", 3);
    story.edit("PEN", 4);
    story.run_for(minutes(20)).unwrap();
    check(&story, &[("CAP", (7, 7)), ("MUG", (8, 8)), ("PEN", (14, 14))], 3);
    story.begin();
    for _ in 0..200 {
        story.run_for(minutes(1)).unwrap();
    }
    insta::assert_snapshot!(story.tell().unwrap());
    check(&story, &[("CAP", (7, 7)), ("MUG", (8, 8)), ("PEN", (14, 14))], 3);
}
