//! What does away with a guard of the model is found out: one test for each guard, without it.
//!
//! `tests/PATTERNS.md` lists the guards. One of the rule is taken out of the rule; one of the host out of the store, the
//! network or the pipeline file.
#![allow(clippy::print_stdout, reason = "how soon a guard is missed is for people")]

use penstock_tests::simulation::{
    Act, Crash, History, Kit, Mutation, Simulation, Step, Trouble, hours, minutes, seconds,
};

use crate::single_faults::two_changes_in_a_row;

/// Histories within which a rule that lacks a guard is found out.
const FOUND_OUT_WITHIN: u64 = 100;

/// Most histories go wrong where a guard is missing that is needed every day. How many it takes to find that out.
#[track_caller]
fn check_found_out(guard: &str, words: &str) {
    let kit = Kit::without(guard).unwrap();
    check_found(guard, words, |history| history.play_with(&kit).err());
}

#[track_caller]
fn check_found(guard: &str, words: &str, play: impl Fn(&History) -> Option<Vec<String>>) {
    let wrong = |seed| Some((seed, play(&History::draw(seed))?));
    let (seed, wrong) = (0..FOUND_OUT_WITHIN).find_map(wrong).unwrap();
    println!("without `{guard}`: {} histories; {}", seed + 1, wrong[0]);
    assert!(wrong.iter().any(|found| found.contains(words)), "{wrong:?}");
}

/// What is seldom drawn is played as it stands: with the guard all is right, and without it it is not.
#[track_caller]
fn check_found_out_by(steps: Vec<Step>, guard: &str, words: &str) {
    let history = History { seed: 3, knobs: Vec::new(), steps };
    history.play().unwrap();
    let wrong = history.play_with(&Kit::without(guard).unwrap()).unwrap_err();
    assert!(wrong.iter().any(|found| found.contains(words)), "{wrong:?}");
}

/// A run every two minutes, some times.
fn runs(count: usize) -> impl Iterator<Item = Step> {
    std::iter::repeat_n([Step::Wait(minutes(2)), Step::Run], count).flatten()
}

#[test]
fn without_the_orders_before_a_count_an_order_is_taken_for_an_edit() {
    check_found_out("order_refresh", "was told");
}

#[test]
fn without_a_stop_at_open_writes_an_own_write_is_taken_for_an_edit() {
    check_found_out("open_effect_stop", "was told");
}

#[test]
fn without_evidence_an_old_count_undoes_an_own_write() {
    check_found_out("evidence", "was told");
}

#[test]
fn without_a_memory_of_what_the_shop_could_not_give_units_are_invented() {
    check_found_out("deficit", "truly there are");
}

#[test]
fn without_giving_back_what_was_sold_a_cancelled_order_is_lost_at_the_till() {
    let (placed, paid) = (Act::Place { item: "MUG", quantity: 2 }, Act::Pay { order: 0 });
    let mut steps = vec![Step::Now(placed), Step::Now(paid)];
    steps.extend(runs(3));
    steps.push(Step::Now(Act::Cancel { order: 0 }));
    check_found_out_by(steps, "give_back", "the till has 8, truly there are 10");
}

#[test]
fn without_an_eye_on_refunds_the_till_gets_what_it_never_gave() {
    let placed = Act::Place { item: "MUG", quantity: 2 };
    let steps = [placed, Act::Pay { order: 0 }, Act::Refund { order: 0, restocks: true }];
    check_found_out_by(steps.map(Step::Now).into(), "take_back", "the till was told 2");
}

#[test]
fn without_a_memory_of_parts_of_a_piece_they_are_lost() {
    let weighed = [7, 7, 7, 9].map(|tenths| Step::Now(Act::Weigh { item: "MUG", tenths }));
    let steps = weighed.into_iter().flat_map(|step| std::iter::once(step).chain(runs(2)));
    check_found_out_by(steps.collect(), "fraction", "truly there are 7.0");
}

#[test]
fn without_a_fresh_cause_each_time_the_second_change_is_lost() {
    let sold = Step::Now(Act::Sell { item: "MUG", quantity: 1 });
    let steps = [sold].into_iter().chain(runs(3)).chain([sold]);
    check_found_out_by(steps.collect(), "fresh_cause", "the shop has");
}

#[test]
fn without_leaving_what_orders_took_first_levels_give_it_out_once_more() {
    let placed = Step::Now(Act::Place { item: "MUG", quantity: 2 });
    let steps = [placed].into_iter().chain(runs(2)).chain([Step::NewLevels("MUG")]);
    check_found_out_by(steps.collect(), "reserved", "the shop has 10, and by the till there are 8");
}

#[test]
fn without_counting_again_what_an_order_took_before_is_given_out_once_more() {
    let item = "MUG";
    let acts = [Act::Place { item, quantity: 1 }, Act::Unlimit { item }];
    let limited = Step::Now(Act::Limit { item, level: 0 });
    let steps = acts.map(Step::Now).into_iter().chain([Step::Wait(hours(4)), Step::Run, limited]);
    let words = "the shop has 10, and by the till there are 9";
    check_found_out_by(steps.collect(), "count_again", words);
}

/// Pattern 21: an older copy of the store, and new first levels.
#[test]
fn without_epochs_what_was_remembered_before_new_levels_counts_after_them() {
    let levels = |kit: &Kit| {
        let mut story = Simulation::in_step_of(kit, 19).unwrap();
        story.keep().unwrap();
        story.sell("MUG", 3);
        story.run_for(minutes(5)).unwrap();
        story.put_back().unwrap();
        story.run_for(minutes(20)).unwrap();
        story.levels("MUG")
    };
    assert_eq!(levels(Kit::shared().unwrap()), (7, 7));
    assert_eq!(levels(&Kit::without("epoch").unwrap()), (4, 4), "the sale is carried once more");
}

#[test]
fn without_knowing_absent_from_zero_what_is_not_counted_is_written() {
    let sent = |kit: &Kit| {
        let mut story = Simulation::in_step_of(kit, 18).unwrap();
        story.act(Act::Unlimit { item: "MUG" });
        story.run_for(minutes(5)).unwrap();
        story.writes_sent()
    };
    assert_eq!(sent(Kit::shared().unwrap()), 0);
    assert!(sent(&Kit::without("absent").unwrap()) > 0);
}

/// Nothing is written for what a person has not accepted.
#[test]
fn without_an_accepted_baseline_the_first_levels_would_be_written() {
    let sent = |kit: &Kit| {
        let mut story = Simulation::of(kit, 16).unwrap();
        story.count("MUG", -3);
        story.link_without_levels(&["MUG"]).unwrap();
        story.run_for(minutes(5)).unwrap();
        (story.writes_sent(), story.levels("MUG"))
    };
    assert_eq!(sent(Kit::shared().unwrap()), (0, (10, 7)));
    assert_eq!(sent(&Kit::without("accepted_levels").unwrap()), (1, (7, 7)));
}

/// A slip of the finger at the till is not carried over.
#[test]
fn without_bounds_a_slip_of_the_finger_is_carried_over() {
    let sent = |kit: &Kit| {
        let mut story = Simulation::in_step_of(kit, 17).unwrap();
        story.count("MUG", 5_000);
        story.run_for(minutes(5)).unwrap();
        (story.writes_sent(), story.levels("MUG").0)
    };
    assert_eq!(sent(Kit::shared().unwrap()), (0, 10));
    assert_eq!(sent(&Kit::without("bounds").unwrap()), (1, 5_010));
}

/// Pattern 29: a process stands still until its lease is over, another settles what it left, and it wakes.
#[test]
fn without_fences_a_process_that_was_succeeded_goes_on() {
    let history = |at| {
        let sold = Step::Now(Act::Sell { item: "MUG", quantity: 1 });
        let steps = vec![sold, Step::Wait(minutes(2)), Step::Overtaken(at)];
        History { seed: 3, knobs: Vec::new(), steps }
    };
    let commits = (1..=8).flat_map(|commit| [Crash::Before(commit), Crash::After(commit)]);
    check_some(commits, history, |history| {
        let wrong = history.play_with_fault(Mutation::FenceIgnored).err()?;
        wrong[0].contains("the lease was taken").then_some(wrong)
    });
}

/// Pattern 20: what is not known is found out before it is sent again.
#[test]
fn without_doubt_a_lost_answer_moves_stock_twice() {
    let steps = vec![
        Step::Write(1, Trouble::LostAfter),
        Step::Now(Act::Sell { item: "MUG", quantity: 1 }),
        Step::Wait(minutes(2)),
        Step::Run,
    ];
    let history = History { seed: 3, knobs: Vec::new(), steps };
    history.play().unwrap();
    let wrong = history.play_with_fault(Mutation::DoubtIgnored).unwrap_err();
    assert!(wrong[0].contains("the shop was told 2, and people moved 1"), "{wrong:?}");
}

/// A rule that does not know what our own writes moved takes it for what others did.
#[test]
fn without_the_ledger_an_own_write_comes_back() {
    check_found("ledger", "was told", |history| {
        history.play_with_fault(Mutation::LedgerUntold).err()
    });
}

/// Two changes of one counter are on their way at once, and of the first it is not known whether it came to be: the
/// second passes for it.
#[test]
fn without_one_mover_at_a_time_a_lost_change_passes_for_made() {
    let sold = Step::Now(Act::Sell { item: "MUG", quantity: 1 });
    let lost = Step::Write(1, Trouble::LostBefore);
    let history = |commit| {
        let killed = Step::Kill(Crash::After(commit));
        let steps = vec![lost, sold, Step::Wait(minutes(2)), killed, sold, Step::Run];
        History { seed: 3, knobs: Vec::new(), steps }
    };
    check_some(1..=8, history, |history| history.play_with_fault(Mutation::TwoMovers).err());
}

/// Pattern 1: an order that was taken off the till's counter is not sold as well, also when it changes.
#[test]
fn without_one_carrier_an_order_would_be_carried_twice() {
    let carried = |guard: Option<Mutation>| {
        let mut story = Simulation::in_step(20).unwrap();
        guard.into_iter().for_each(|guard| story.mutate(guard));
        story.set_switch("sales_as_stock", true);
        story.set_switch("sales", false);
        let order = story.place("MUG", 2);
        story.pay(order);
        story.run_for(minutes(5)).unwrap();
        story.set_switch("sales", true);
        let now_ms = story.now_ms();
        story.happen("the merchant writes a note on order 1", |world| {
            world.shop.edit(0, now_ms, |_, detail| detail.admin_notes = Some("again".to_owned()));
        });
        story.run_for(minutes(5)).map(|()| (story.writes_sent(), story.levels("MUG")))
    };
    assert_eq!(carried(None).unwrap(), (2, (8, 8)), "a reason, and a change of stock");
    // The store itself is the last guard.
    let refused = carried(Some(Mutation::TwoCarriers)).unwrap_err().to_string();
    assert!(refused.contains("UNIQUE constraint failed: effect"), "{refused}");
}

/// An order that is no longer paid when its sale is about to leave is not sold.
#[test]
fn without_a_fresh_look_an_order_is_sold_that_is_no_longer_paid() {
    let placed = [Act::Place { item: "MUG", quantity: 2 }, Act::Pay { order: 0 }].map(Step::Now);
    let refunded = Step::Now(Act::Refund { order: 0, restocks: false });
    let mut steps = vec![Step::Off("sales")];
    steps.extend(placed.into_iter().chain(runs(2)).chain([refunded]));
    // Nobody looks at the orders any more before the sale may leave.
    steps.extend([Step::Wait(minutes(20)), Step::On("sales"), Step::Poll(&["till_stock"])]);
    let history = History { seed: 3, knobs: Vec::new(), steps };
    history.play().unwrap();
    let wrong = history.play_with(&Kit::with("fresh = \"15m\"\n", "").unwrap()).unwrap_err();
    assert!(wrong[0].contains("the order is not paid"), "{wrong:?}");
}

/// A change is planned from a level in which the one before it may not be yet, and never arrives: the first passes for it.
#[test]
fn without_a_rest_between_two_changes_the_first_passes_for_the_second() {
    let history = |lag_ms| two_changes_in_a_row(lag_ms);
    check_some(["2000", "8000", "25000"], history, |history| {
        let wrong = history.play_with_fault(Mutation::RestSkipped).err()?;
        wrong[0].ends_with("we moved the shop by -2, and truly by -1").then_some(wrong)
    });
}

/// An order that was placed within the settle time before a level was read may not be in it. Were it taken to be, it
/// passes for a change of as many pieces that was lost.
#[test]
fn without_the_settle_time_before_a_reading_an_order_passes_for_a_change_that_was_lost() {
    let sink = "id = \"to_shop\"\nconnection = \"shop\"\ncollection = \"stock\"\n";
    let hasty = format!("{sink}options = {{ settle_secs = 8 }}\n");
    let kit = Kit::with(sink, &hasty).unwrap();
    let history = |before_s: i64| History {
        seed: 3,
        knobs: vec![("shop.product-read-lag-ms", "25000")],
        steps: vec![
            Step::Write(1, Trouble::LostBefore),
            Step::Now(Act::Sell { item: "MUG", quantity: 1 }),
            Step::Wait(minutes(2) - seconds(before_s)),
            Step::Now(Act::Place { item: "MUG", quantity: 1 }),
            Step::Wait(seconds(before_s)),
            Step::Run,
        ],
    };
    check_some(15..=24, history, |history| history.play_with(&kit).err());
}

/// What became of a change of the shop is told by a counter that has rested for as long as an order may be unseen. Else
/// an order of as many pieces passes for the change.
#[test]
fn without_a_quiet_window_an_order_passes_for_a_change_that_was_lost() {
    let sink = "id = \"to_shop\"\nconnection = \"shop\"\ncollection = \"stock\"\n";
    let hasty = format!("{sink}options = {{ settle_secs = 1 }}\n");
    let kit = Kit::with(sink, &hasty).unwrap();
    let history = |tenths: i64| History {
        seed: 3,
        knobs: vec![("shop.order-search-lag-ms", "25000")],
        steps: vec![
            Step::Write(1, Trouble::LostBefore),
            Step::Now(Act::Sell { item: "MUG", quantity: 1 }),
            Step::Later(minutes(2) + tenths * 100, Act::Place { item: "MUG", quantity: 1 }),
            Step::Wait(minutes(2)),
            Step::Run,
        ],
    };
    check_some(20..=40, history, |history| history.play_with(&kit).err());
}

/// With the guard all of these histories are right, and without it some are wrong.
#[track_caller]
fn check_some<T>(
    draws: impl IntoIterator<Item = T>,
    history: impl Fn(T) -> History,
    play: impl Fn(&History) -> Option<Vec<String>>,
) {
    let mut wrong = Vec::new();
    for history in draws.into_iter().map(history) {
        history.play().unwrap();
        wrong.extend(play(&history));
    }
    println!("{} are wrong: {:?}", wrong.len(), wrong.first().map(|wrong| &wrong[0]));
    assert!(!wrong.is_empty());
}
