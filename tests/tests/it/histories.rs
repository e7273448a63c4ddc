//! Random histories of a whole Penstock with both vendors, held against the simulators' own truth.
#![allow(clippy::print_stdout, reason = "what a failing history looks like is for people")]

use std::time::Instant;

use penstock_tests::simulation::{Act, History, Kit, Step, minutes};

/// Histories of a run of all tests.
const HISTORIES: u64 = 2_000;

/// S1, S2, S4 to S9 and L1 to L3 of every history. `PENSTOCK_HISTORIES=20000` plays more of them, and
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

/// Histories within which a rule that lacks a guard is found out.
const FOUND_OUT_WITHIN: u64 = 100;

/// How many histories it takes to find a rule out that lacks a guard.
fn check_found_out(guard: &str, words: &str) {
    let kit = Kit::without(guard).unwrap();
    let wrong = |seed| Some((seed, History::draw(seed).play_with(&kit).err()?));
    let (seed, wrong) = (0..FOUND_OUT_WITHIN).find_map(wrong).unwrap();
    println!("without `{guard}`: {} histories; {}", seed + 1, wrong[0]);
    assert!(wrong.iter().any(|found| found.contains(words)), "{wrong:?}");
}

/// What is seldom drawn is played as it stands: with the guard all is right, and without it it is not.
fn check_found_out_by(steps: Vec<Step>, guard: &str, words: &str) {
    let history = History { seed: 3, knobs: Vec::new(), steps };
    history.play().unwrap();
    let wrong = history.play_with(&Kit::without(guard).unwrap()).unwrap_err();
    assert!(wrong.iter().any(|found| found.contains(words)), "{wrong:?}");
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
fn without_a_memory_of_what_the_shop_could_not_give_units_are_invented() {
    check_found_out("deficit", "truly there are");
}

#[test]
fn without_giving_back_what_was_sold_a_cancelled_order_is_lost_at_the_till() {
    let (placed, paid) = (Act::Place { item: "MUG", quantity: 2 }, Act::Pay { order: 0 });
    let mut steps = vec![Step::Now(placed), Step::Now(paid)];
    steps.extend(std::iter::repeat_n([Step::Wait(minutes(2)), Step::Run], 3).flatten());
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
fn without_evidence_an_old_count_undoes_an_own_write() {
    check_found_out("evidence", "was told");
}
