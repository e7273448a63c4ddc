//! Histories that once went wrong, as short as they could be made.

use penstock_simulators::shop::Restock;
use penstock_tests::simulation::{
    Act, BUYERS, Crash, History, Simulation, Step, Trouble, Vendor, minutes,
};

#[track_caller]
fn check(seed: u64, knobs: &[(&'static str, &'static str)], steps: Vec<Step>) {
    let history = History { seed, knobs: knobs.to_vec(), steps };
    history.play().unwrap();
}

/// Pattern 27: what was read by a clock that was a day behind passed for older than what had been read before, and the till
/// does not tell it twice. A clock that is far behind is refused now, and what seems older by a little is read anew.
#[test]
fn a_sale_at_the_till_is_found_though_the_clock_is_set_back() {
    let sold = Step::Now(Act::Sell { item: "MUG", quantity: 1 });
    for behind_ms in [minutes(24 * 60), minutes(4)] {
        check(169, &[], vec![Step::Skew(-behind_ms), sold, Step::Run]);
    }
}

/// Pattern 10: a variation was made a moment before it was ordered, and is shown late. Its order had no counter, and what it
/// took went to the till as somebody's correction, before its sale did.
#[test]
fn an_order_of_a_variation_that_was_just_made_takes_its_goods_once() {
    let varied = Step::Now(Act::Vary { item: "CAP" });
    let placed = Step::Now(Act::Place { item: "CAP", quantity: 1 });
    let late = [("shop.product-search-lag-ms", "25000"), ("shop.product-read-lag-ms", "25000")];
    check(179, &late, vec![varied, placed, Step::Wait(20_000)]);
    let deleted = Step::Now(Act::Delete { item: "CAP" });
    let storm = Step::Spell(Vendor::Shop, Trouble::TooMany, minutes(33));
    check(1778, &[], vec![varied, placed, deleted, storm, Step::Run]);
}

/// Patterns 20 and 39: a search that regards case did not find the customer that had just been made with capitals.
#[test]
fn a_customer_whose_address_has_capitals_is_made_once() {
    let buyer = BUYERS[1];
    let placed = Step::Now(Act::Order { item: "CAP", quantity: 2, buyer });
    let steps = vec![
        placed,
        Step::Write(1, Trouble::FailsAfter),
        Step::Now(Act::Pay { order: 0 }),
        Step::Wait(minutes(1)),
        Step::Run,
    ];
    check(2775, &[("till.email-search", "exact")], steps);
}

/// Pattern 37: an order that was placed, paid and refunded within a second was read twice with one date, and that it was
/// refunded went unnoticed.
#[test]
fn goods_of_an_order_that_was_refunded_at_once_are_not_new() {
    let item = "CAP";
    let acts = [
        Act::Place { item, quantity: 1 },
        Act::Pay { order: 0 },
        Act::Refund { order: 0, restocks: true },
    ];
    let steps: Vec<Step> = acts.into_iter().map(Step::Now).collect();
    check(926, &[("shop.search-lag-spread", "drawn")], [steps.clone(), vec![Step::Run]].concat());
    // And new first levels reserve nothing for it, also where it is read before them.
    let renewed = [Step::Kill(Crash::After(3)), Step::Run, Step::NewLevels(item)];
    check(1094, &[("till.page-size-cap", "1")], [steps.clone(), renewed.to_vec()].concat());
    check(995, &[], [steps, vec![Step::Run, Step::NewLevels(item)]].concat());
}

/// Pattern 15: a run that stops commits nothing of what it was at. In a process that goes on, its rules had staged what they had
/// seen, and took the count for known at the next poll: the change was lost.
#[test]
fn a_run_that_stops_leaves_nothing_to_the_next_run_of_its_process() {
    let mut story = Simulation::in_step(6191).unwrap();
    story.count("CAP", 1);
    story.spell(Vendor::Shop, Trouble::Expired, minutes(9));
    for _ in 0..2 {
        story.poll(&["till_stock"]).unwrap();
    }
    story.wait(minutes(10));
    story.run_for(minutes(5)).unwrap();
    assert_eq!(story.levels("CAP"), (11, 11));
}

/// Pattern 37: new first levels reserve nothing for what was wholly refunded, and all of what was refunded in part: that is still
/// to be sold. They took both for back.
#[test]
fn new_levels_leave_what_an_order_took_that_is_refunded_in_part() {
    for (minor, levels) in [(1_000, (6, 10)), (4_000, (10, 10))] {
        let mut story = Simulation::in_step(3).unwrap();
        story.set_switch("sales", false);
        let order = story.place("MUG", 4);
        story.pay(order);
        story.run_for(minutes(5)).unwrap();
        let now_ms = story.now_ms();
        story.happen("some of order 1 is refunded", |world| {
            world.shop.refund(0, minor, Restock::No, now_ms);
        });
        story.run_for(minutes(5)).unwrap();
        assert_eq!(story.levels("MUG"), (6, 10));
        story.take_new_levels(&["MUG"]).unwrap();
        story.run_for(minutes(10)).unwrap();
        assert_eq!(story.levels("MUG"), levels, "{minor} of 4000 are refunded");
    }
}

/// Patterns 20 and 38: a sale was lost on its way, and its process stood still for longer than its lease lasts. Its successor knew
/// that the sale had not been made, and sent it as it was; the order had been refunded meanwhile.
#[test]
fn a_sale_that_was_not_taken_does_not_leave_once_its_order_is_refunded() {
    let buyer = BUYERS[5];
    let steps = vec![
        Step::Now(Act::Order { item: "MUG", quantity: 4, buyer }),
        Step::Now(Act::Pay { order: 0 }),
        Step::Write(1, Trouble::LostBefore),
        Step::Usurp("before-commit-doubted"),
        Step::Wait(minutes(1)),
        Step::Now(Act::Refund { order: 0, restocks: false }),
        Step::Run,
    ];
    check(14_676, &[], steps);
}

/// Pattern 21: a change of stock was answered by a 401, and stood as planned in the copy of the store that was put back. New first
/// levels dropped what waits, but not what was planned, and the change was made a second time.
#[test]
fn a_change_that_was_not_taken_does_not_leave_once_its_levels_are_taken_anew() {
    let item = "CAP";
    let steps = vec![
        Step::Write(1, Trouble::Expired),
        Step::Now(Act::Edit { item, by: 1 }),
        Step::Wait(minutes(60)),
        Step::Run,
        Step::Keep,
        Step::Run,
        Step::Wait(minutes(30)),
        Step::PutBack,
    ];
    check(14_736, &[], steps);
}

/// Pattern 38: an order shows its lines as the product is now. One whose item is deleted, or not counted, shows that it takes
/// nothing; what its sale took went back to the till, and nobody had put anything back.
#[test]
fn what_an_order_that_stands_took_does_not_go_back_to_the_till() {
    let item = "MUG";
    for end in [Act::Delete { item }, Act::Unlimit { item }] {
        let mut story = Simulation::in_step(448).unwrap();
        let order = story.place(item, 4);
        story.run_for(minutes(3)).unwrap();
        story.act(end);
        story.pay(order);
        story.run_for(minutes(10)).unwrap();
        let till = story.with_books(|books| {
            assert_eq!(books.verify(), Vec::<String>::new());
            books.till_closed_sales()
        });
        assert_eq!((till, story.writes_sent()), (1, 1), "{:?}", story.writes());
    }
}
