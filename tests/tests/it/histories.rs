//! Random histories of a whole Penstock with both vendors, held against the simulators' own truth.
#![allow(clippy::print_stdout, reason = "what a failing history looks like is for people")]

use std::time::Instant;

use penstock_tests::simulation::{Act, History, Step, hours};

/// Histories of a run of all tests.
const HISTORIES: u64 = 2_000;

/// S1 to S7 and S9 to S12 after every step, and L1 to L3 at the end of every history. `PENSTOCK_HISTORIES=20000` plays more of them, and
/// `PENSTOCK_HISTORY=17` that one alone.
#[test]
fn both_counters_come_to_what_truly_happened_whatever_happens() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seeds = match number("PENSTOCK_HISTORY") {
        Some(seed) => seed..seed + 1,
        None => 0..number("PENSTOCK_HISTORIES").unwrap_or(HISTORIES),
    };
    let began = Instant::now();
    let (mut asked, mut played) = (0, 0);
    for seed in seeds {
        let history = History::draw(seed);
        match history.play() {
            Ok(rest) => asked += u64::from(!rest.asked.is_empty()),
            Err(_) => {
                let failure = history.shrink();
                panic!(
                    "{}\n{}\n\nagain: PENSTOCK_HISTORY={seed} cargo test -p penstock-tests --test it histories",
                    failure.history,
                    failure.wrong.join("\n"),
                );
            }
        }
        played += 1;
    }
    println!("{played} histories in {:?}; in {asked} a person is asked", began.elapsed());
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

/// S12: one seed is one history, to the last write.
#[test]
fn one_seed_is_one_history() {
    for seed in 0..PLAYED_TWICE {
        let tale = || History::draw(seed).play().map(|rest| rest.tale);
        assert_eq!(tale(), tale(), "seed {seed}");
    }
}
