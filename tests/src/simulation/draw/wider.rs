//! What was added to the histories later: named buyers, budgets, tokens, clocks, deaths at every point, and courses that
//! would seldom be drawn step by step.

use penstock::engine::driver::POINTS;
use penstock_simulators::chance::Chance;

use super::Further;
use crate::simulation::act::CAPITAL;
use crate::simulation::history::Step;
use crate::simulation::{Act, BUYERS, Buyer, Crash, ITEMS, Trouble, Vendor, minutes};

/// Behaviours of the vendors: with few requests a window the budgets bind.
pub(super) const KNOBS: [(&str, &[&str]); 7] = [
    ("till.rate-requests", &["0", "12", "20", "45", "120"]),
    ("till.rate-window", &["fixed", "sliding"]),
    ("till.retry-after", &["http-date", "seconds", "absent"]),
    ("till.customer-search-lag-ms", &["3000", "0", "12000"]),
    ("till.email-search", &["case-folding", "exact", "substring"]),
    ("shop.rate-window", &["fixed", "sliding"]),
    ("shop.delta-on-unlimited", &["counts-zero", "counts-one"]),
];

/// In one history of so many each of these comes: all of them are to be met soon.
const ONE_IN: u64 = 7;

/// A clock that was set wrong: a day, in milliseconds.
const SKEW_DAY_MS: i64 = 86_400_000;

/// Puts in what comes in some histories.
pub(super) fn put_in(
    seed: u64,
    steps: &mut Vec<Step>,
    knobs: &mut Vec<(&'static str, &'static str)>,
) {
    let is_exact = knobs.contains(&("till.email-search", "exact"));
    troubles(&mut Chance::new(&[seed, 15]), is_exact, steps);
    at_points(seed, &mut Chance::new(&[seed, 17]), steps);
    course(&mut Chance::new(&[seed, 18]), steps, knobs);
}

fn troubles(chance: &mut Chance, is_exact: bool, steps: &mut Vec<Step>) {
    if chance.below(2) == 0 {
        name_the_buyers(chance, is_exact, steps);
    }
    let vendor = |chance: &mut Chance| *chance.pick(&[Vendor::Shop, Vendor::Till]);
    let kinds: [&Further<'_>; 10] = [
        &|chance| vec![Step::Write(1 + chance.below(3), Trouble::Late)],
        &|chance| vec![Step::Write(1 + chance.below(3), Trouble::Unreached)],
        &|chance| vec![Step::Reads(usize::from(chance.below(2) == 0) * 5 + 1, Trouble::Unreached)],
        &|chance| vec![Step::Write(1 + chance.below(3), Trouble::Expired), Step::Run],
        &|chance| {
            let length_ms = chance.between(1_000, minutes(90));
            vec![Step::Spell(vendor(chance), Trouble::Expired, length_ms), Step::Run]
        },
        &|chance| {
            let trouble =
                *chance.pick(&[Trouble::Unreached, Trouble::FailsAfter, Trouble::LostAfter]);
            vec![Step::Spell(vendor(chance), trouble, chance.between(1_000, minutes(9))), Step::Run]
        },
        &|chance| {
            let day_ms = *chance.pick(&[-SKEW_DAY_MS, SKEW_DAY_MS]);
            vec![Step::Skew(day_ms), Step::Run, Step::Run, Step::Skew(0)]
        },
        &|_| vec![Step::Off("customers"), Step::On("customers")],
        &|_| vec![Step::Retry],
        &|chance| {
            let item = *chance.pick(&ITEMS[..2]);
            let limited = Act::Limit { item, level: chance.between(0, 12) };
            vec![Step::Now(Act::Unlimit { item }), Step::Now(limited)]
        },
    ];
    super::put_in(chance, ONE_IN, &kinds, steps);
}

/// In some histories a process dies, or is succeeded, at a certain point, each at its turn; first comes what leads there.
fn at_points(seed: u64, chance: &mut Chance, steps: &mut Vec<Step>) {
    if chance.below(2) > 0 {
        return;
    }
    let number = usize::try_from(seed / 2).unwrap_or(0);
    let point = POINTS[number % POINTS.len()];
    let ends = if seed.is_multiple_of(2) && point.contains("commit") {
        Step::Usurp(point)
    } else {
        Step::Doom(point, 1 + chance.below(2))
    };
    let leads_there = match point {
        // What was planned and never left is withdrawn by the next process.
        point if point.ends_with("withdrawn") => {
            vec![Step::Write(1, Trouble::Unreached), Step::Doom("after-commit-replanned", 1)]
        }
        point if point.ends_with("replanned") => vec![Step::Write(1, Trouble::TooMany)],
        point if point.ends_with("doubted") || point.ends_with("probe") => {
            vec![Step::Write(1, *chance.pick(&[Trouble::LostBefore, Trouble::LostAfter]))]
        }
        _ => Vec::new(),
    };
    let item = *chance.pick(&ITEMS[..2]);
    let sold = Step::Now(Act::Sell { item, quantity: 1 });
    let at = usize::try_from(chance.below(steps.len() as u64 + 1)).unwrap_or(0);
    let few =
        leads_there.into_iter().chain([ends, sold, Step::Wait(minutes(2)), Step::Run, Step::Run]);
    steps.splice(at..at, few);
}

/// Who orders gives a name and an address, and a cashier may correct it.
fn name_the_buyers(chance: &mut Chance, is_exact: bool, steps: &mut Vec<Step>) {
    let few = &BUYERS[usize::try_from(chance.below(7)).unwrap_or(0)..];
    let found = |it: &&Buyer| !is_exact || **it != CAPITAL;
    let few: Vec<Buyer> = few.iter().take(3).filter(found).copied().collect();
    let mut named = |act: &mut Act| {
        if let Act::Place { item, quantity } = *act {
            *act = Act::Order { item, quantity, buyer: *chance.pick(&few) };
        }
    };
    for step in steps.iter_mut() {
        if let Step::Now(act) | Step::Later(_, act) = step {
            named(act);
        }
    }
    if chance.below(3) == 0 {
        let at = usize::try_from(chance.below(steps.len() as u64 + 1)).unwrap_or(0);
        steps.insert(at, Step::Now(Act::Correct { buyer: *chance.pick(&few) }));
    }
}

/// In some histories something goes its course as it stands, between the other steps.
fn course(
    chance: &mut Chance,
    steps: &mut Vec<Step>,
    knobs: &mut Vec<(&'static str, &'static str)>,
) {
    if chance.below(3) > 0 {
        return;
    }
    let item = *chance.pick(&ITEMS[..2]);
    let sold = Step::Now(Act::Sell { item, quantity: 1 });
    let (wait, lost) = (Step::Wait(minutes(2)), Step::Write(1, Trouble::LostBefore));
    let at = usize::try_from(chance.below(steps.len() as u64 + 1)).unwrap_or(0);
    match chance.below(8) {
        // Two changes of one counter in a row, of which the second never arrives, and the shop shows the first late.
        0 | 1 => {
            let lag_ms = *chance.pick(&["2000", "8000", "25000"]);
            knobs.push(("shop.product-read-lag-ms", lag_ms));
            let killed = Step::Kill(Crash::After(3 + chance.below(3)));
            let second = Step::Write(2, Trouble::LostBefore);
            steps.splice(at..at, [lost, sold, wait, killed, sold, second, Step::Run]);
        }
        // The first never arrives.
        2 => {
            let killed = Step::Kill(Crash::After(1 + chance.below(8)));
            steps.splice(at..at, [lost, sold, wait, killed, sold, Step::Run]);
        }
        // An order that is refunded, and back in the shop, before anybody has read it.
        3 => {
            let acts = [
                Act::Place { item, quantity: 2 },
                Act::Pay { order: 0 },
                Act::Refund { order: 0, restocks: true },
            ];
            steps.splice(0..0, acts.map(Step::Now));
        }
        // A slip of the finger.
        4 => {
            let slip = Act::Count { item, by: 5_000 };
            steps.splice(at..at, [Step::Now(slip), Step::Run, wait, Step::Run]);
        }
        // A pair is linked anew, and its first levels are accepted only later.
        5 => {
            let counted = Step::Now(Act::Count { item, by: -3 });
            let renewed =
                [Step::Renew(item), Step::Run, wait, wait, counted, Step::Run, wait, Step::Run];
            steps.splice(at..at, renewed);
        }
        // The shop stops to count an item that was ordered before anybody has read it, and counts it again.
        6 => {
            let acts = [Act::Place { item, quantity: 1 }, Act::Unlimit { item }];
            let limited = Step::Now(Act::Limit { item, level: 0 });
            let hours = Step::Wait(minutes(240));
            steps.splice(0..0, acts.map(Step::Now).into_iter().chain([hours, Step::Run, limited]));
        }
        // The store is lost, and an older copy of it put back, which knows of no sale and no change since.
        _ => {
            let acts = [
                Act::Place { item, quantity: 1 },
                Act::Pay { order: 0 },
                Act::Sell { item, quantity: 3 },
            ];
            let ran = [wait, Step::Run, wait, Step::Run];
            let lost = [Step::Keep].into_iter().chain(acts.map(Step::Now)).chain(ran);
            steps.splice(0..0, lost.chain([Step::PutBack]).chain(ran));
        }
    }
}
