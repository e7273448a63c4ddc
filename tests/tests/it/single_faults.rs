//! One paid order and one sale at the till, with every single fault that there can be: a crash before and after each
//! commit, and each trouble of each write.
#![allow(
    clippy::print_stdout,
    clippy::panic,
    reason = "how many faults there were, and which one is at fault, is for people"
)]

use penstock_tests::simulation::{Act, Crash, History, Run, Simulation, Step, Trouble, minutes};

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

fn check(seed: u64, steps: Vec<Step>) {
    let history = History { seed, knobs: Vec::new(), steps };
    match history.play() {
        Ok(rest) => assert!(rest.asked.is_empty(), "a person is asked:\n{history}"),
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
                let mut steps = core();
                let runs = (0..steps.len()).filter(|at| steps[*at] == Step::Run);
                let at = runs.collect::<Vec<_>>()[run];
                steps[at] = Step::Kill(crash);
                check(seed, steps);
                killed += 1;
            }
        }
    }
    println!("{killed} crashes");
    assert!(killed > 40, "only {killed} crashes");
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
