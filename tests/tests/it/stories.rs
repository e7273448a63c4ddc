//! Stories of two-way stock, told run by run: what happened outside, what was read, decided and written, and why.

use penstock_tests::simulation::{Simulation, minutes};

#[test]
fn a_shop_sale_crosses_as_a_sale_when_it_is_paid() {
    let mut story = Simulation::told_in_step(1).unwrap();
    let order = story.place("MUG", 2);
    story.run_for(minutes(4)).unwrap();
    assert_eq!((story.levels("MUG"), story.writes_sent()), ((8, 10), 0));
    story.pay(order);
    story.run_for(minutes(20)).unwrap();
    insta::assert_snapshot!(story.tell().unwrap());
    assert_eq!((story.levels("MUG"), story.writes_sent()), ((8, 8), 1));
}

#[test]
fn a_till_sale_is_taken_off_the_shop_once() {
    let mut story = Simulation::told_in_step(2).unwrap();
    story.sell("CAP", 3);
    story.run_for(minutes(20)).unwrap();
    insta::assert_snapshot!(story.tell().unwrap());
    assert_eq!((story.levels("CAP"), story.writes_sent()), ((7, 7), 1));
}
