//! How histories are drawn from their seeds.
//!
//! Each group of draws has a stream of its own, so that what is added changes nothing of what was drawn before.

mod wider;

use penstock_simulators::chance::Chance;

use super::history::{History, SWITCHES, Step};
use super::{Act, Crash, ITEMS, Item, Trouble, Vendor, minutes};

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

/// All behaviours that are drawn, with their values.
pub(super) fn knobs() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    KNOBS.into_iter().chain(FURTHER_KNOBS).chain(wider::KNOBS)
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
        let mut wider_knobs = drawn(&wider::KNOBS, &mut Chance::new(&[seed, 16]));
        wider::put_in(seed, &mut steps, &mut wider_knobs);
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
