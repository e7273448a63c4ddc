//! Random histories of a whole Penstock with both vendors, held against the simulators' own truth.
#![allow(clippy::print_stdout, reason = "what a failing history looks like is for people")]

use penstock_tests::simulation::{Act, Campaign, History, Step, hours};

/// Histories of a run of all tests.
const HISTORIES: u64 = 500;

/// S1 to S7 and S9 to S12 after every step, L1 to L3 at the end of every history; and all of them together meet every act,
/// every trouble and every behaviour of the vendors, and die and are succeeded at every commit point. `cargo xtask simulate`
/// plays more of them.
#[test]
fn both_counters_come_to_what_truly_happened_whatever_happens() {
    let campaign = Campaign::play(0..HISTORIES, 2).unwrap();
    for (seed, failure) in &campaign.failures {
        println!("{}\n{}", failure.history, failure.wrong.join("\n"));
        println!("again: cargo xtask simulate --seed {seed}\n");
    }
    println!("{} histories in {:?}", campaign.played, campaign.elapsed);
    assert!(campaign.failures.is_empty(), "{} histories went wrong", campaign.failures.len());
    assert_eq!(campaign.reached.missing(), Vec::<String>::new(), "never met");
}

/// An order is placed, and before it is read, hours later, the shop counts its item no more: an order shows its lines as
/// the product is now, and nothing of it is off the counter. Its pieces are left to it when the shop counts again,
/// whatever becomes of it then; and so are those of an order that was placed meanwhile.
#[test]
fn what_an_order_took_is_left_to_it_where_the_item_was_not_counted_when_it_was_first_read() {
    let item = "MUG";
    let (placed, unlimited) = (Act::Place { item, quantity: 1 }, Act::Unlimit { item });
    let ends = [None, Some(Act::Pay { order: 0 }), Some(Act::Cancel { order: 0 })];
    for (begin, end) in [[placed, unlimited], [unlimited, placed]]
        .into_iter()
        .flat_map(|it| ends.map(|end| (it, end)))
    {
        let mut steps = begin.map(Step::Now).to_vec();
        let level = 0;
        steps.extend([Step::Wait(hours(4)), Step::Run, Step::Now(Act::Limit { item, level })]);
        let later = [Step::Wait(hours(1)), Step::Run].repeat(3);
        steps.extend(later.iter().copied().chain(end.map(Step::Now)).chain(later.clone()));
        let rest = History { seed: 1, knobs: Vec::new(), steps }.play().unwrap();
        assert!(rest.asked.is_empty(), "{begin:?}, {end:?}: {rest:?}");
    }
}

/// Histories that are played twice.
const PLAYED_TWICE: u64 = 30;

/// S12: one seed is one history, to the last write, and is told in the same words.
#[test]
fn one_seed_is_one_history() {
    for seed in 0..PLAYED_TWICE {
        let trace = || History::draw(seed).trace().unwrap();
        let (first, second) = (trace(), trace());
        assert!(first.lines().count() > 20, "{first}");
        assert_eq!(first, second, "seed {seed}");
    }
}
