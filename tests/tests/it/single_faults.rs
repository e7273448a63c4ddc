//! One paid order and one sale at the till, with every single fault that there can be: a crash before and after each
//! commit, a lease that is lost there, each trouble of each write, and each order of polls.
#![allow(
    clippy::print_stdout,
    clippy::panic,
    reason = "how many faults there were, and which one is at fault, is for people"
)]

use penstock_tests::simulation::{
    Act, Crash, History, Run, Simulation, Step, Trouble, minutes, seconds,
};

/// Runs in which the order and the sale are dealt with.
const RUNS: usize = 4;

/// An order of 2 is placed and paid, and one piece is sold at the till, around runs.
fn core() -> Vec<Step> {
    let between = [Step::Run, Step::Wait(minutes(2))];
    let mut steps = vec![
        Step::Now(Act::Place { item: "MUG", quantity: 2 }),
        Step::Now(Act::Sell { item: "MUG", quantity: 1 }),
        Step::Now(Act::Pay { order: 0 }),
        Step::Wait(minutes(2)),
    ];
    steps.extend(std::iter::repeat_n(between, RUNS).flatten());
    steps
}

/// Answers how many writes left.
fn check(seed: u64, steps: Vec<Step>) -> u64 {
    let history = History { seed, knobs: Vec::new(), steps };
    match history.play() {
        Ok(rest) => {
            assert!(rest.asked.is_empty(), "a person is asked:\n{history}");
            rest.writes
        }
        Err(wrong) => panic!("{history}\n{}", wrong.join("\n")),
    }
}

/// How many commits each run of the core makes.
fn commits(seed: u64) -> Vec<u64> {
    let mut story = Simulation::in_step(seed).unwrap();
    let mut commits = Vec::new();
    for step in core() {
        step.happen(&mut story).unwrap();
        if step == Step::Run {
            commits.push(story.commits());
        }
    }
    commits
}

#[test]
fn a_crash_at_any_commit_neither_loses_nor_doubles_anything() {
    let (seed, mut killed) = (1, 0);
    for (run, commits) in commits(seed).into_iter().enumerate() {
        for commit in 1..=commits {
            for crash in [Crash::Before(commit), Crash::After(commit)] {
                check(seed, core_but(run, Step::Kill(crash)));
                killed += 1;
            }
        }
    }
    println!("{killed} crashes");
    assert!(killed > 40, "only {killed} crashes");
}

/// The core, with something else in place of its run of this number, from 0.
fn core_but(run: usize, step: Step) -> Vec<Step> {
    let mut steps = core();
    let mut runs = (0..steps.len()).filter(|at| steps[*at] == Step::Run);
    let at = runs.nth(run).unwrap();
    steps[at] = step;
    steps
}

/// Pattern 29: another process settles what was left, and the first wakes: it neither commits nor sends.
#[test]
fn a_process_that_stands_still_at_any_commit_until_it_is_succeeded_does_nothing_more() {
    let seed = 1;
    for (run, commits) in commits(seed).into_iter().enumerate() {
        for commit in 1..=commits {
            for at in [Crash::Before(commit), Crash::After(commit)] {
                check(seed, core_but(run, Step::Overtaken(at)));
            }
        }
    }
}

/// What people do in the core. The order is placed before it is paid.
const EVENTS: [Act; 3] = [
    Act::Place { item: "MUG", quantity: 2 },
    Act::Pay { order: 0 },
    Act::Sell { item: "MUG", quantity: 1 },
];

/// Polls of one collection each, as a webhook would have it made early.
const POLLS: [&[&str]; 3] = [&["orders"], &["shop_stock"], &["till_stock"]];

/// Every order of the core's events among so many polls, of whichever collections.
fn orders_of_polls(polls: usize) -> Vec<Vec<Step>> {
    let mut orders: Vec<Vec<Step>> = vec![Vec::new()];
    for _ in 0..EVENTS.len() + polls {
        let longer = |steps: &Vec<Step>| {
            let next = next_of(steps, polls).into_iter();
            next.map(|step| [steps.as_slice(), &[step]].concat()).collect::<Vec<_>>()
        };
        orders = orders.iter().flat_map(longer).collect();
    }
    orders
}

/// What may come after these steps.
fn next_of(steps: &[Step], polls: usize) -> Vec<Step> {
    let placed = Step::Now(EVENTS[0]);
    let polled = steps.iter().filter(|step| matches!(step, Step::Poll(_))).count();
    let events = EVENTS.into_iter().map(Step::Now).filter(|event| {
        let may_be_paid = *event != Step::Now(EVENTS[1]) || steps.contains(&placed);
        !steps.contains(event) && may_be_paid
    });
    events.chain(POLLS.into_iter().filter(|_| polled < polls).map(Step::Poll)).collect()
}

/// Pattern 18: whatever is polled when, there is one sale and one change of stock, and both counts are right.
#[test]
fn every_order_of_events_and_polls_makes_one_sale_and_one_change() {
    let mut played = 0;
    // A poll shows what is older than the shop's search may lag behind; a hint comes sooner.
    for (elapsed_ms, polls) in [(seconds(50), 3), (seconds(1), 2)] {
        for steps in orders_of_polls(polls) {
            let apart = steps.into_iter().flat_map(|step| [step, Step::Wait(elapsed_ms)]);
            assert_eq!(check(3, apart.collect()), 2, "one sale, one change");
            played += 1;
        }
    }
    println!("{played} orders of polls");
    assert_eq!(played, 27 * 60 + 9 * 30, "polls of three collections among three events");
}

#[test]
fn trouble_of_any_write_neither_loses_nor_doubles_anything() {
    let (seed, mut troubles) = (1, 0);
    let mut story = Simulation::in_step(seed).unwrap();
    for step in core() {
        step.happen(&mut story).unwrap();
    }
    let sent = story.writes_sent();
    assert_eq!((sent, story.levels("MUG")), (2, (7, 7)), "one sale, one mirror");
    for write in 1..=sent {
        for trouble in Trouble::ALL {
            let mut steps = core();
            steps.insert(0, Step::Write(write, trouble));
            check(seed, steps);
            troubles += 1;
        }
    }
    println!("{troubles} troubles");
}

/// Pattern 20: the answers to the sale and to what follows are lost over and over, with its effect and without.
#[test]
fn trouble_of_any_two_writes_neither_loses_nor_doubles_anything() {
    for (first, second) in
        Trouble::ALL.into_iter().flat_map(|it| Trouble::ALL.map(|that| (it, that)))
    {
        for (one, other) in [(1, 2), (1, 3), (2, 3)] {
            let mut steps = core();
            steps.insert(0, Step::Write(one, first));
            steps.insert(0, Step::Write(other, second));
            check(2, steps);
        }
    }
}

/// Pattern 7: after the last change that people make, writes stop.
#[test]
fn two_hundred_further_polls_send_nothing() {
    let mut story = Simulation::in_step(5).unwrap();
    let order = story.place("MUG", 2);
    story.sell("MUG", 3);
    story.edit("CAP", 4);
    story.count("PEN", -2);
    story.trouble_next(Trouble::LostAfter);
    story.run_for(minutes(5)).unwrap();
    story.pay(order);
    story.run_for(minutes(30)).unwrap();
    let (sent, mugs) = (story.writes_sent(), story.levels("MUG"));
    assert_eq!((mugs, story.levels("CAP"), story.levels("PEN")), ((5, 5), (14, 14), (8, 8)));
    for _ in 0..200 {
        assert!(matches!(story.run_until(None).unwrap(), Run::Ended(_)));
        story.wait(minutes(1));
    }
    assert_eq!((story.writes_sent(), story.levels("MUG")), (sent, mugs));
}

/// Two changes of one counter, of which the second never arrives. The shop shows each change so late to whoever reads the
/// product.
pub(crate) fn two_changes_in_a_row(lag_ms: &'static str) -> History {
    let sold = Step::Now(Act::Sell { item: "MUG", quantity: 1 });
    let lost = |number| Step::Write(number, Trouble::LostBefore);
    History {
        seed: 3,
        knobs: vec![("shop.product-read-lag-ms", lag_ms)],
        steps: vec![
            lost(1),
            sold,
            Step::Wait(minutes(2)),
            Step::Kill(Crash::After(4)),
            sold,
            lost(2),
            Step::Run,
        ],
    }
}

/// Patterns 3 and 20: two changes of one counter follow each other at once, the shop shows the first late to whoever reads
/// the product, and the second never arrives. The counter rests between the two, or the first would pass for the second.
#[test]
fn two_changes_in_a_row_are_told_apart_also_where_a_read_shows_the_first_late() {
    for lag_ms in ["0", "2000", "25000"] {
        let rest = two_changes_in_a_row(lag_ms).play().unwrap();
        assert!(rest.asked.is_empty() && rest.doubtful.is_empty(), "{rest:?}");
    }
}

/// Patterns 3 and 20: an order is placed shortly before a change is planned, the read before the change does not show it
/// yet, and the change never arrives. The order would pass for it; where it is of another size, there is no doubt.
#[test]
fn an_order_that_a_read_shows_late_does_not_pass_for_a_change_that_was_lost() {
    for (quantity, is_asked) in [(1, true), (2, false)] {
        for before_s in [2, 8, 14, 20] {
            let steps = vec![
                Step::Write(1, Trouble::LostBefore),
                Step::Now(Act::Sell { item: "MUG", quantity: 1 }),
                Step::Wait(minutes(2) - seconds(before_s)),
                Step::Now(Act::Place { item: "MUG", quantity }),
                Step::Wait(seconds(before_s)),
                Step::Run,
            ];
            let knobs = vec![("shop.product-read-lag-ms", "25000")];
            let rest = History { seed: 3, knobs, steps }.play().unwrap();
            assert_eq!(rest.asked.contains("MUG"), is_asked, "{quantity}, {before_s} s before");
        }
    }
}

/// A write waits for a person, and so do the counts of both sides, which come again and again, each at instants of its own:
/// one is always due soon. A run ends all the same.
#[test]
fn a_run_ends_though_several_things_come_again_and_again() {
    let steps = vec![
        Step::Write(1, Trouble::LostAfter),
        Step::Now(Act::Sell { item: "MUG", quantity: 3 }),
        Step::Later(seconds(12), Act::Edit { item: "MUG", by: 1 }),
        Step::Run,
        Step::NewLevels("MUG"),
        Step::Now(Act::Place { item: "MUG", quantity: 1 }),
    ];
    let rest = History { seed: 1765, knobs: Vec::new(), steps }.play().unwrap();
    assert!(rest.asked.contains("MUG"), "{rest:?}");
}
