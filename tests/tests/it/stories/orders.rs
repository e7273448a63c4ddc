//! What becomes of an order.

use penstock_simulators::shop::Restock;
use penstock_tests::simulation::{Act, Simulation, minutes};

use super::{check, check_books};

/// Pattern 30: what an unpaid order has taken stays reserved, and no count of either side undoes it.
#[test]
fn an_order_waits_for_its_money() {
    let mut story = Simulation::told_in_step(31).unwrap();
    let order = story.place("MUG", 2);
    story.run_for(minutes(10)).unwrap();
    check(&story, &[("MUG", (8, 10))], 0);
    story.sell("MUG", 1);
    story.run_for(minutes(10)).unwrap();
    check(&story, &[("MUG", (7, 9))], 1);
    story.pay(order);
    story.run_for(minutes(20)).unwrap();
    insta::assert_snapshot!(story.tell().unwrap());
    check(&story, &[("MUG", (7, 7))], 2);
    check_books(&story);
}

/// Pattern 38: the shop puts it back itself, and the till never heard of it.
#[test]
fn an_unpaid_order_is_cancelled() {
    let mut story = Simulation::told_in_step(32).unwrap();
    let order = story.place("MUG", 2);
    story.run_for(minutes(10)).unwrap();
    check(&story, &[("MUG", (8, 10))], 0);
    story.act(Act::Cancel { order });
    story.run_for(minutes(20)).unwrap();
    insta::assert_snapshot!(story.tell().unwrap());
    check(&story, &[("MUG", (10, 10))], 0);
    check_books(&story);
}

/// Pattern 38: what the sale took at the till goes back there, once.
#[test]
fn an_order_is_cancelled_after_its_sale() {
    let mut story = Simulation::told_in_step(33).unwrap();
    let order = story.place("MUG", 2);
    story.pay(order);
    story.run_for(minutes(10)).unwrap();
    check(&story, &[("MUG", (8, 8))], 1);
    story.act(Act::Cancel { order });
    story.run_for(minutes(20)).unwrap();
    insta::assert_snapshot!(story.tell().unwrap());
    check(&story, &[("MUG", (10, 10))], 2);
    check_books(&story);
}

/// Pattern 37: money that is given back moves nothing by itself; the counter does.
#[test]
fn an_order_is_refunded_with_its_goods_after_its_sale() {
    let mut story = Simulation::told_in_step(34).unwrap();
    let order = story.place("MUG", 2);
    story.pay(order);
    story.run_for(minutes(10)).unwrap();
    story.act(Act::Refund { order, restocks: true });
    story.run_for(minutes(20)).unwrap();
    insta::assert_snapshot!(story.tell().unwrap());
    check(&story, &[("MUG", (10, 10))], 2);
    check_books(&story);
}

/// Pattern 37: the goods are gone, and stay so on both sides.
#[test]
fn an_order_is_refunded_without_its_goods_after_its_sale() {
    let mut story = Simulation::told_in_step(35).unwrap();
    let order = story.place("MUG", 2);
    story.pay(order);
    story.run_for(minutes(10)).unwrap();
    story.act(Act::Refund { order, restocks: false });
    story.run_for(minutes(20)).unwrap();
    insta::assert_snapshot!(story.tell().unwrap());
    check(&story, &[("MUG", (8, 8))], 1);
    check_books(&story);
}

/// Pattern 37: an order that is not paid when it is looked at becomes no sale, and the shop has its goods again. The till
/// never gave them out.
#[test]
fn an_order_is_refunded_with_its_goods_before_its_sale() {
    let mut story = Simulation::told_in_step(36).unwrap();
    let order = story.place("MUG", 2);
    story.pay(order);
    story.act(Act::Refund { order, restocks: true });
    story.run_for(minutes(20)).unwrap();
    insta::assert_snapshot!(story.tell().unwrap());
    check(&story, &[("MUG", (10, 10))], 0);
    check_books(&story);
}

/// Pattern 37: it becomes no sale, and its goods stay reserved: whether they are gone only a person knows.
#[test]
fn an_order_is_refunded_without_its_goods_before_its_sale() {
    let mut story = Simulation::told_in_step(37).unwrap();
    let order = story.place("MUG", 2);
    story.pay(order);
    story.act(Act::Refund { order, restocks: false });
    story.run_for(minutes(20)).unwrap();
    insta::assert_snapshot!(story.tell().unwrap());
    check(&story, &[("MUG", (8, 10))], 0);
    check_books(&story);
}

/// Pattern 37: three partial refunds, the last of them with the goods: no more goes back than was sold.
#[test]
fn an_order_is_refunded_in_parts() {
    let mut story = Simulation::told_in_step(38).unwrap();
    let order = story.place("MUG", 3);
    story.pay(order);
    story.run_for(minutes(10)).unwrap();
    check(&story, &[("MUG", (7, 7))], 1);
    for (part, restock) in [(1, Restock::No), (2, Restock::No), (3, Restock::Yes)] {
        let now_ms = story.now_ms();
        story.happen(&format!("a third of order 1 is refunded, the {part}. time"), |world| {
            world.shop.refund(0, 1_000, restock, now_ms);
        });
        story.run_for(minutes(10)).unwrap();
    }
    insta::assert_snapshot!(story.tell().unwrap());
    check(&story, &[("MUG", (10, 10))], 2);
    check_books(&story);
}

/// Pattern 17: an order that is shown again after ninety days, with another revision, is not sold a second time.
#[test]
fn an_order_that_changes_after_ninety_days_is_not_sold_again() {
    let mut story = Simulation::told_in_step(39).unwrap();
    let order = story.place("MUG", 2);
    story.pay(order);
    story.run_for(minutes(10)).unwrap();
    check(&story, &[("MUG", (8, 8))], 1);
    story.wait(90 * 24 * minutes(60));
    let now_ms = story.now_ms();
    story.happen("the merchant writes a note on order 1", |world| {
        world.shop.edit(0, now_ms, |_, detail| detail.admin_notes = Some("again".to_owned()));
    });
    story.run_for(minutes(20)).unwrap();
    insta::assert_snapshot!(story.tell().unwrap());
    check(&story, &[("MUG", (8, 8))], 1);
    check_books(&story);
}

/// Pattern 21: the store is an older copy of itself. It finds the sale that it made since.
#[test]
fn an_older_copy_of_the_store_makes_no_sale_again() {
    let mut story = Simulation::told_in_step(40).unwrap();
    let copy = story.copy_store().unwrap();
    let order = story.place("MUG", 2);
    story.pay(order);
    story.run_for(minutes(10)).unwrap();
    check(&story, &[("MUG", (8, 8))], 1);
    story.restore(copy);
    story.run_for(minutes(20)).unwrap();
    insta::assert_snapshot!(story.tell().unwrap());
    check(&story, &[("MUG", (8, 8))], 1);
    check_books(&story);
}

/// Pattern 21: what an older copy of the store is refused for. Here nobody refuses it, as `penstock run` does, and so it
/// takes what it did itself for what others did: the till's sale of three is carried over a second time, and that comes
/// back as well. Both counts should be 7, and agree on 4.
#[test]
fn without_its_refusal_an_older_copy_of_the_store_would_move_stock_again() {
    let mut story = Simulation::told_in_step(42).unwrap();
    let copy = story.copy_store().unwrap();
    story.sell("CAP", 3);
    story.run_for(minutes(10)).unwrap();
    check(&story, &[("CAP", (7, 7))], 1);
    story.restore(copy);
    story.run_for(minutes(20)).unwrap();
    insta::assert_snapshot!(story.tell().unwrap());
    check(&story, &[("CAP", (4, 4))], 3);
}

/// Pattern 21: a delta of the shop bears no name by which it could be found again, so an older copy of the store does not
/// know that it made one. Whoever puts a copy back takes new first levels before the next run.
#[test]
fn an_older_copy_of_the_store_is_put_in_step_by_new_first_levels() {
    let mut story = Simulation::told_in_step(41).unwrap();
    let copy = story.copy_store().unwrap();
    story.sell("CAP", 3);
    story.run_for(minutes(10)).unwrap();
    check(&story, &[("CAP", (7, 7))], 1);
    story.restore(copy);
    story.take_new_levels(&["MUG", "CAP", "PEN"]).unwrap();
    story.run_for(minutes(20)).unwrap();
    insta::assert_snapshot!(story.tell().unwrap());
    check(&story, &[("CAP", (7, 7)), ("MUG", (10, 10)), ("PEN", (10, 10))], 1);
    check_books(&story);
}
