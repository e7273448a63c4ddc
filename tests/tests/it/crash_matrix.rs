//! Deaths at every named point, in every way, and a second one while the first is being recovered from, in one process and in
//! virtual time. `crash.rs` does it with the real program, `damaged` with disks that are full.
#![allow(clippy::print_stdout, reason = "how many cells there are is for people")]

use std::collections::BTreeSet;

use penstock::engine::driver::POINTS;
use penstock_tests::simulation::{Act, BUYERS, Death, Simulation, Trouble, minutes};

/// Runs within which each point is reached.
const RUNS: usize = 8;

/// A shop and a till with something of everything to do, and troubles on the way: an order of somebody new, another, goods
/// that move on both sides; a write that is refused by the rate limit, and answers that are lost.
fn busy(point: &str) -> Simulation<'static> {
    let mut story = Simulation::in_step(7).unwrap();
    for (order, buyer) in [(0, BUYERS[0]), (1, BUYERS[3])] {
        story.act(Act::Order { item: "MUG", quantity: 1, buyer });
        story.act(Act::Pay { order });
    }
    story.sell("CAP", 2);
    story.edit("PEN", 3);
    story.wait(minutes(2));
    if point.ends_with("withdrawn") {
        // What was planned and never left is withdrawn by the process that comes after.
        story.trouble(1, Trouble::Unreached);
        assert!(story.run_dying("after-commit-replanned", 1, Death::Killed).unwrap());
    }
    let troubles = [Trouble::TooMany, Trouble::LostAfter, Trouble::LostBefore, Trouble::FailsAfter];
    for (number, trouble) in (1..).zip(troubles) {
        story.trouble(story.writes_sent() + number, trouble);
    }
    story
}

/// Runs until one dies. Answers whether one did.
fn die(story: &mut Simulation<'_>, point: &'static str, times: u64, death: Death) -> bool {
    (0..RUNS).any(|_| {
        let is_dead = story.run_dying(point, times, death).unwrap();
        story.wait(minutes(1));
        is_dead
    })
}

/// Nobody is asked, each order is one sale, and each counter shows what truly happened.
#[track_caller]
fn check(mut story: Simulation<'_>, told: &str) {
    let rest = story.come_to_rest().unwrap();
    assert_eq!(rest.wrong, Vec::<String>::new(), "{told}\n{}", rest.tale.join("\n"));
    assert_eq!(rest.asked, BTreeSet::new(), "{told}");
    assert_eq!(story.with_books(|books| books.till_closed_sales()), 2, "{told}");
    assert_eq!((story.levels("CAP"), story.levels("PEN")), ((8, 8), (13, 13)), "{told}");
}

#[test]
fn a_process_that_dies_at_any_point_in_any_way_is_recovered_from_without_a_person() {
    let mut cells = 0;
    for point in POINTS {
        for death in [Death::Killed, Death::Panicked, Death::DiskFull] {
            let mut reached = 0;
            for times in 1..=3 {
                let mut story = busy(point);
                reached += u32::from(die(&mut story, point, times, death));
                check(story, &format!("{death:?} at {point}, time {times}"));
            }
            assert!(reached > 0, "no run comes to {point}");
            cells += reached;
        }
    }
    println!("{cells} cells");
    assert!(cells > 120, "only {cells} cells are reached");
}

#[test]
fn a_process_that_dies_while_another_is_recovered_from_is_recovered_from_too() {
    let (mut cells, mut reached) = (0, BTreeSet::new());
    for first in POINTS {
        for second in POINTS {
            let mut story = busy(first);
            assert!(die(&mut story, first, 1, Death::Killed), "no run comes to {first}");
            if story.run_dying(second, 1, Death::Killed).unwrap() {
                reached.insert(second);
                cells += 1;
            }
            check(story, &format!("killed at {first}, and then at {second}"));
        }
    }
    println!("{cells} pairs of deaths");
    // What is doubted, or put off, need not be so in the very next run.
    assert!(reached.len() > 12 && cells > 120, "{cells}, at {reached:?}");
}
