//! How histories are drawn from their seeds.
//!
//! Each group of draws has a stream of its own, so that what is added changes nothing of what was drawn before.

use penstock::engine::driver::POINTS;
use penstock_simulators::chance::Chance;

use super::act::CAPITAL;
use super::history::{History, SWITCHES, Step};
use super::{Act, BUYERS, Buyer, Crash, ITEMS, Item, Trouble, Vendor, minutes};

/// Behaviours of the vendors that stock depends on, each with values that may be the true ones. The first is what the
/// simulators do by themselves.
const KNOBS: [(&str, &[&str]); 14] = [
    ("shop.order-search-lag-ms", &["3000", "0", "15000", "25000"]),
    ("shop.product-search-lag-ms", &["3000", "0", "15000", "25000"]),
    ("shop.search-lag-spread", &["fixed", "drawn"]),
    ("shop.order-default-sort", &["shuffled", "newest-first", "oldest-first", "updated-first"]),
    ("shop.from-bound", &["inclusive", "exclusive", "either"]),
    ("shop.to-bound", &["inclusive", "exclusive", "either"]),
    ("till.duplicate-id", &["refused-409", "replaced", "ignored", "duplicated"]),
    ("till.sale-answer", &["whole-sale", "id-only"]),
    ("till.sale-search-lag-ms", &["3000", "0", "15000"]),
    ("till.product-search-lag-ms", &["3000", "0", "15000"]),
    ("till.search-lag-spread", &["fixed", "drawn"]),
    ("till.version-gap-ms", &["0", "2000", "20000"]),
    ("till.page-size-cap", &["200", "2", "1"]),
    ("till.after-bound", &["exclusive", "inclusive"]),
];

/// More of them.
const FURTHER_KNOBS: [(&str, &[&str]); 2] = [
    ("shop.page-size-cap", &["100", "1", "2"]),
    ("shop.product-read-lag-ms", &["0", "2000", "8000", "25000"]),
];

/// And more: with few requests a window the budgets bind.
const WIDER_KNOBS: [(&str, &[&str]); 7] = [
    ("till.rate-requests", &["0", "20", "45", "120"]),
    ("till.rate-window", &["fixed", "sliding"]),
    ("till.retry-after", &["http-date", "seconds", "absent"]),
    ("till.customer-search-lag-ms", &["3000", "0", "12000"]),
    ("till.email-search", &["case-folding", "exact", "substring"]),
    ("shop.rate-window", &["fixed", "sliding"]),
    ("shop.delta-on-unlimited", &["counts-zero", "counts-one"]),
];

/// All behaviours that are drawn, with their values.
pub(super) fn knobs() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    KNOBS.into_iter().chain(FURTHER_KNOBS).chain(WIDER_KNOBS)
}

/// Sources that are polled without the others.
const POLLS: [&[&str]; 4] =
    [&["orders"], &["shop_stock"], &["till_stock"], &["shop_stock", "till_stock"]];

/// Troubles of an exchange that any history may meet.
const TROUBLES: [Trouble; 5] = [
    Trouble::LostBefore,
    Trouble::LostAfter,
    Trouble::FailsBefore,
    Trouble::FailsAfter,
    Trouble::TooMany,
];

/// How far the host's clock may be from the vendors', in milliseconds: `APART_MS` of the shop's connector, less the way of
/// a request.
pub(super) const SKEW_MS_MAX: i64 = 8_000;

/// A clock that was set wrong: a day, in milliseconds.
const SKEW_DAY_MS: i64 = 86_400_000;

impl History {
    /// Draws a history.
    #[must_use]
    pub fn draw(seed: u64) -> Self {
        let mut chance = Chance::new(&[seed, 11]);
        let items = &ITEMS[..1 + usize::try_from(chance.below(2)).unwrap_or(0)];
        let count = chance.between(4, 28);
        let mut steps: Vec<Step> = (0..count).map(|_| step(&mut chance, items)).collect();
        unsold(&mut Chance::new(&[seed, 12]), &mut steps);
        further(&mut Chance::new(&[seed, 13]), items, &mut steps);
        let wider_knobs = drawn(&WIDER_KNOBS, &mut Chance::new(&[seed, 16]));
        let is_exact = wider_knobs.contains(&("till.email-search", "exact"));
        wider(&mut Chance::new(&[seed, 15]), is_exact, &mut steps);
        at_points(seed, &mut Chance::new(&[seed, 17]), &mut steps);
        steps.push(Step::Run);
        let knobs = KNOBS.iter().filter(|_| chance.below(4) == 0).collect::<Vec<_>>();
        let knobs = knobs.into_iter().map(|(name, values)| (*name, *chance.pick(&values[1..])));
        let further = drawn(&FURTHER_KNOBS, &mut Chance::new(&[seed, 14]));
        Self { seed, knobs: knobs.chain(further).chain(wider_knobs).collect(), steps }
    }
}

fn step(chance: &mut Chance, items: &[Item]) -> Step {
    match chance.below(100) {
        0..28 => Step::Now(act(chance, items)),
        28..46 => Step::Later(chance.between(100, 120_000), act(chance, items)),
        46..60 => {
            Step::Wait(*chance.pick(&[1_000, 20_000, 60_000, 300_000, 3_600_000, 14_400_000]))
        }
        60..80 => Step::Run,
        80..86 => {
            let commit = 1 + chance.below(12);
            let crash = *chance.pick(&[Crash::Before(commit), Crash::After(commit)]);
            Step::Kill(crash)
        }
        86..94 => Step::Write(1 + chance.below(2), *chance.pick(&TROUBLES)),
        94..96 => {
            let attempts = usize::try_from(1 + chance.below(7)).unwrap_or(1);
            Step::Reads(attempts, *chance.pick(&TROUBLES))
        }
        96..97 => Step::Off(chance.pick::<&str>(&SWITCHES[..4])),
        97..99 => Step::On(chance.pick::<&str>(&SWITCHES[..4])),
        _ => Step::Restart,
    }
}

/// In some histories sales are off for a while, and what orders take goes to the till as changes of its stock.
fn unsold(chance: &mut Chance, steps: &mut Vec<Step>) {
    if chance.below(6) > 0 {
        return;
    }
    let turns = [
        Step::On("sales_as_stock"),
        Step::Off("sales"),
        *chance.pick(&[Step::On("sales"), Step::Off("sales_as_stock"), Step::Run]),
    ];
    let mut at = 0;
    for turn in turns {
        let after = u64::try_from(steps.len() - at).unwrap_or(0);
        at += usize::try_from(chance.below(after + 1)).unwrap_or(0);
        steps.insert(at, turn);
    }
}

/// Draws the steps of one kind.
type Further<'a> = dyn Fn(&mut Chance) -> Vec<Step> + 'a;

/// In one history of so many each further kind of trouble comes.
const ONE_IN: u64 = 12;
/// The same for those that came last: all of them are to be met soon.
const WIDER_ONE_IN: u64 = 7;

/// What comes in some histories only, each at an instant of its own.
fn further(chance: &mut Chance, items: &[Item], steps: &mut Vec<Step>) {
    let commit = |chance: &mut Chance| {
        let commit = 1 + chance.below(8);
        *chance.pick(&[Crash::Before(commit), Crash::After(commit)])
    };
    let garbled = Trouble::Garbled;
    let kinds: [&Further<'_>; 12] = [
        &|chance| vec![Step::Overtaken(commit(chance))],
        &|_| vec![Step::Plan],
        &|chance| {
            let vendor = *chance.pick(&[Vendor::Shop, Vendor::Till]);
            let length_ms = chance.between(1_000, minutes(90));
            vec![Step::Spell(vendor, Trouble::TooMany, length_ms), Step::Run]
        },
        &|chance| vec![Step::Skew(chance.between(-SKEW_MS_MAX, SKEW_MS_MAX))],
        &|_| vec![Step::Keep],
        &|_| vec![Step::Keep, Step::PutBack],
        &|chance| vec![Step::NewLevels(chance.pick::<Item>(items))],
        &|chance| vec![Step::Write(1 + chance.below(2), garbled)],
        &|chance| vec![Step::Reads(usize::from(chance.below(2) == 0) + 1, garbled)],
        &|chance| {
            let weighed = |chance: &mut Chance| {
                let item = *chance.pick(items);
                Step::Now(Act::Weigh { item, tenths: chance.between(1, 29) })
            };
            vec![weighed(chance), weighed(chance), weighed(chance)]
        },
        &|chance| {
            let item = *chance.pick(items);
            let placed = Step::Now(Act::Place { item, quantity: chance.between(2, 4) });
            vec![Step::Now(Act::Vary { item }), placed]
        },
        &|chance| (0..3).map(|_| Step::Poll(chance.pick::<&[&str]>(&POLLS))).collect(),
    ];
    put_in(chance, ONE_IN, &kinds, steps);
}

/// And more, likewise.
fn wider(chance: &mut Chance, is_exact: bool, steps: &mut Vec<Step>) {
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
    put_in(chance, WIDER_ONE_IN, &kinds, steps);
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

/// Each kind comes in one history of so many, its steps in order, each at an instant of its own.
fn put_in(chance: &mut Chance, one_in: u64, kinds: &[&Further<'_>], steps: &mut Vec<Step>) {
    for kind in kinds {
        if chance.below(one_in) > 0 {
            continue;
        }
        let mut at = 0;
        for step in kind(chance) {
            let after = u64::try_from(steps.len() - at).unwrap_or(0);
            at += usize::try_from(chance.below(after + 1)).unwrap_or(0);
            steps.insert(at, step);
            at += 1;
        }
    }
}

fn drawn(
    knobs: &[(&'static str, &[&'static str])],
    chance: &mut Chance,
) -> Vec<(&'static str, &'static str)> {
    let knobs = knobs.iter().filter(|_| chance.below(4) == 0).collect::<Vec<_>>();
    knobs.into_iter().map(|(name, values)| (*name, *chance.pick(&values[1..]))).collect()
}

fn act(chance: &mut Chance, items: &[Item]) -> Act {
    let item = *chance.pick(items);
    let quantity = chance.between(1, 4);
    let order = usize::try_from(chance.below(4)).unwrap_or(0);
    let by = *chance.pick(&[-3, -2, -1, 1, 2, 3, 4]);
    match chance.below(100) {
        0..22 => Act::Place { item, quantity },
        22..42 => Act::Pay { order },
        42..50 => Act::Cancel { order },
        50..56 => Act::Refund { order, restocks: chance.below(2) == 0 },
        56..66 => Act::Edit { item, by },
        66..84 => Act::Sell { item, quantity },
        84..88 => Act::Void { sale: order },
        88..95 => Act::Count { item, by },
        95..96 => Act::Unlimit { item },
        96..98 => Act::Limit { item, level: chance.between(0, 9) },
        98..99 => Act::Rename { item },
        _ => Act::Delete { item },
    }
}
