//! Stories of a whole Penstock with both vendors, in virtual time.

use penstock_tests::simulation::{Simulation, Trouble, minutes};

/// Patterns 1 and 30: an order crosses by its sale alone, and an unpaid one keeps its units reserved.
#[test]
fn an_order_that_is_paid_crosses_by_its_sale_alone() {
    let mut story = Simulation::in_step(1).unwrap();
    let order = story.place("MUG", 2);
    story.run_for(minutes(5)).unwrap();
    assert_eq!((story.levels("MUG"), story.writes_sent()), ((8, 10), 0));
    story.pay(order);
    story.run_for(minutes(5)).unwrap();
    assert_eq!((story.levels("MUG"), story.writes_sent()), ((8, 8), 1));
    story.run_for(minutes(30)).unwrap();
    assert_eq!((story.levels("MUG"), story.writes_sent()), ((8, 8), 1));
    assert_eq!(story.with_books(|books| books.verify()), Vec::<String>::new());
}

/// Pattern 24: the till tells nobody of a sale, and it is found all the same.
#[test]
fn a_sale_at_the_till_is_taken_off_the_shop_once() {
    let mut story = Simulation::in_step(2).unwrap();
    story.sell("CAP", 3);
    story.run_for(minutes(5)).unwrap();
    assert_eq!((story.levels("CAP"), story.writes_sent()), ((7, 7), 1));
    story.run_for(minutes(30)).unwrap();
    assert_eq!((story.levels("CAP"), story.writes_sent()), ((7, 7), 1));
}

/// The trace that the model is explained by: an order of 2 is placed, the cashier sells 1, the order is paid, and the
/// answer to its sale is lost.
#[test]
fn the_worked_trace() {
    let mut story = Simulation::in_step(3).unwrap();
    let order = story.place("MUG", 2);
    story.run_for(minutes(4)).unwrap();
    assert_eq!((story.levels("MUG"), story.writes_sent()), ((8, 10), 0));
    story.sell("MUG", 1);
    story.run_for(minutes(4)).unwrap();
    assert_eq!((story.levels("MUG"), story.writes_sent()), ((7, 9), 1));
    story.trouble_next(Trouble::LostAfter);
    story.pay(order);
    story.run_for(minutes(10)).unwrap();
    assert_eq!(story.levels("MUG"), (7, 7));
    assert_eq!(story.writes_sent(), 2, "one mirror, one sale: {:?}", story.writes());
    assert_eq!(story.with_books(|books| books.verify()), Vec::<String>::new());
}
