//! Random histories: a list of steps from a seed, printed as a script, and made as short as it can be where it fails.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use penstock_simulators::chance::Chance;

use super::rest::Rest;
use super::{Act, Crash, ITEMS, Item, Kit, Simulation, Trouble, seconds};

/// One step of a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Somebody acts now.
    Now(Act),
    /// Somebody acts after so many milliseconds, whatever happens then.
    Later(i64, Act),
    /// So many milliseconds pass.
    Wait(i64),
    /// A run.
    Run,
    /// A run that is killed, if it comes so far.
    Kill(Crash),
    /// The write of this number, from 1, counted from here, meets it.
    Write(u64, Trouble),
    /// The next so many reads meet it.
    Reads(usize, Trouble),
    /// A switch is off from now on.
    Off(&'static str),
    /// A switch is on again.
    On(&'static str),
    /// Another process runs from now on.
    Restart,
}

/// Switches of the pipeline.
pub(super) const SWITCHES: [&str; 4] = ["sales", "sales_as_stock", "to_shop", "to_till"];

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

/// A history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// The world is drawn from it, and how long requests take.
    pub seed: u64,
    /// Behaviours of the vendors that nobody could confirm: names and values, as the simulators take them.
    pub knobs: Vec<(&'static str, &'static str)>,
    pub steps: Vec<Step>,
}

/// A history that went wrong.
#[derive(Debug)]
pub struct Failure {
    /// As short as it could be made.
    pub history: History,
    /// What is wrong at its end, in words, and what truly happened.
    pub wrong: Vec<String>,
}

impl History {
    /// Draws a history.
    #[must_use]
    pub fn draw(seed: u64) -> Self {
        let mut chance = Chance::new(&[seed, 11]);
        let items = &ITEMS[..1 + usize::try_from(chance.below(2)).unwrap_or(0)];
        let count = chance.between(4, 28);
        let mut steps: Vec<Step> = (0..count).map(|_| step(&mut chance, items)).collect();
        unsold(&mut Chance::new(&[seed, 12]), &mut steps);
        steps.push(Step::Run);
        let knobs = KNOBS.iter().filter(|_| chance.below(4) == 0).collect::<Vec<_>>();
        let knobs = knobs.into_iter().map(|(name, values)| (*name, *chance.pick(&values[1..])));
        Self { seed, knobs: knobs.collect(), steps }
    }

    /// Plays it with the connectors as they are, lets everything come to rest, and looks what is wrong.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn play(&self) -> Result<Rest, Vec<String>> {
        let kit = Kit::shared().map_err(|error| vec![format!("{error:#}")])?;
        self.play_with(kit)
    }

    /// The same with a kit.
    ///
    /// # Errors
    /// As [`Self::play`].
    pub fn play_with(&self, kit: &Kit) -> Result<Rest, Vec<String>> {
        let played = catch_unwind(AssertUnwindSafe(|| self.play_through(kit)));
        let rest = match played {
            Ok(Ok(rest)) => rest,
            Ok(Err(error)) => return Err(vec![format!("{error:#}")]),
            Err(panic) => {
                let words = panic.downcast_ref::<String>().map(String::as_str);
                let words = words.or_else(|| panic.downcast_ref::<&str>().copied());
                return Err(vec![format!("a panic: {}", words.unwrap_or("without words"))]);
            }
        };
        if rest.wrong.is_empty() { Ok(rest) } else { Err([rest.wrong, rest.tale].concat()) }
    }

    fn play_through(&self, kit: &Kit) -> anyhow::Result<Rest> {
        let mut story = Simulation::of(kit, self.seed)?;
        for (name, value) in &self.knobs {
            story.set_knob(name, value)?;
        }
        story.bring_in_step()?;
        for step in &self.steps {
            step.happen(&mut story)?;
        }
        story.come_to_rest()
    }

    /// Makes a history that fails shorter, as long as it fails.
    #[must_use]
    pub fn shrink(self) -> Failure {
        let mut best = self;
        let mut wrong = best.play().err().unwrap_or_default();
        loop {
            let Some((shorter, now_wrong)) = best.simpler().find_map(|history| {
                let wrong = history.play().err()?;
                Some((history, wrong))
            }) else {
                return Failure { history: best, wrong };
            };
            (best, wrong) = (shorter, now_wrong);
        }
    }

    /// Histories that are simpler by a little, the boldest first.
    fn simpler(&self) -> impl Iterator<Item = History> + '_ {
        let length = self.steps.len();
        let sizes = std::iter::successors(Some(length / 2), |size| Some(size / 2));
        let sizes = sizes.take_while(|size| *size > 0);
        let without = sizes.flat_map(move |size| {
            (0..length).step_by(size).map(move |from| {
                let mut steps = self.steps.clone();
                steps.drain(from..(from + size).min(length));
                History { steps, ..self.clone() }
            })
        });
        let eased = (0..length).flat_map(move |at| {
            self.steps[at].simpler().into_iter().map(move |step| {
                let mut steps = self.steps.clone();
                steps[at] = step;
                History { steps, ..self.clone() }
            })
        });
        let turned = (0..self.knobs.len()).map(|at| {
            let mut knobs = self.knobs.clone();
            knobs.remove(at);
            History { knobs, ..self.clone() }
        });
        without.chain(turned).chain(eased)
    }
}

impl Step {
    /// Has it happen.
    ///
    /// # Errors
    /// Those of the run.
    pub fn happen(self, story: &mut Simulation<'_>) -> anyhow::Result<()> {
        match self {
            Self::Now(act) => {
                story.act(act);
            }
            Self::Later(after_ms, act) => story.later(after_ms, act),
            Self::Wait(elapsed_ms) => story.wait(elapsed_ms),
            Self::Run => {
                story.run()?;
            }
            Self::Kill(crash) => {
                story.run_until(Some(crash))?;
            }
            Self::Write(number, trouble) => story.trouble(story.writes_sent() + number, trouble),
            Self::Reads(attempts, trouble) => story.trouble_reads(attempts, trouble),
            Self::Off(switch) => story.set_switch(switch, false),
            Self::On(switch) => story.set_switch(switch, true),
            Self::Restart => story.restart(),
        }
        Ok(())
    }

    /// Simpler steps in its place, each simpler than this by the same measure, so that there is an end.
    fn simpler(self) -> Vec<Self> {
        match self {
            Self::Later(_, act) => vec![Self::Now(act)],
            Self::Kill(_) => vec![Self::Run],
            Self::Reads(attempts, trouble) if attempts > 1 => vec![Self::Reads(1, trouble)],
            Self::Wait(elapsed_ms) if elapsed_ms > seconds(60) => vec![Self::Wait(seconds(60))],
            Self::Now(Act::Sell { item, quantity }) if quantity > 1 => {
                vec![Self::Now(Act::Sell { item, quantity: 1 })]
            }
            Self::Now(Act::Place { item, quantity }) if quantity > 1 => {
                vec![Self::Now(Act::Place { item, quantity: 1 })]
            }
            _ => Vec::new(),
        }
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
        86..94 => Step::Write(1 + chance.below(2), *chance.pick(&Trouble::ALL)),
        94..96 => {
            let attempts = usize::try_from(1 + chance.below(7)).unwrap_or(1);
            Step::Reads(attempts, *chance.pick(&Trouble::ALL))
        }
        96..97 => Step::Off(chance.pick::<&str>(&SWITCHES)),
        97..99 => Step::On(chance.pick::<&str>(&SWITCHES)),
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

impl fmt::Display for History {
    /// As a script that can be put into a test.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "History {{ seed: {}, knobs: vec!{:?}, steps: vec![", self.seed, self.knobs)?;
        for step in &self.steps {
            writeln!(out, "    {step:?},")?;
        }
        write!(out, "] }}")
    }
}
