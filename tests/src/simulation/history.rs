//! Random histories: a list of steps from a seed, printed as a script, and made as short as it can be where it fails.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::act::first_word;
use super::rest::Rest;
use super::{Act, Crash, Item, Kit, Mutation, Simulation, Trouble, Vendor, seconds};

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
    /// A run that stands still at a commit until its lease is over, while another process makes a run.
    Overtaken(Crash),
    /// A plan is made, and nothing of it is run.
    Plan,
    /// A run that polls these sources alone.
    Poll(&'static [&'static str]),
    /// Every exchange with a vendor meets the same trouble for so many milliseconds.
    Spell(Vendor, Trouble, i64),
    /// The host's clock is so many milliseconds ahead of the vendors' from now on.
    Skew(i64),
    /// A copy of the store is kept.
    Keep,
    /// The copy that was kept last is put in the store's place. Where it is refused, new first levels are taken.
    PutBack,
    /// The operator takes new first levels of an item.
    NewLevels(Item),
    /// The first run from here on that comes to a point for that time, from 1, is killed there.
    Doom(&'static str, u64),
    /// The operator links an item anew, and does not accept its first levels before everything comes to rest.
    Renew(Item),
    /// The first run from here on that comes to a point stands still there, until another process has made a run.
    Usurp(&'static str),
    /// The operator lets everything that is held or dead go on.
    Retry,
}

/// The names of all steps.
pub(super) const STEPS: [&str; 22] = [
    "Now",
    "Later",
    "Wait",
    "Run",
    "Kill",
    "Write",
    "Reads",
    "Off",
    "On",
    "Restart",
    "Overtaken",
    "Plan",
    "Poll",
    "Spell",
    "Skew",
    "Keep",
    "PutBack",
    "NewLevels",
    "Renew",
    "Doom",
    "Usurp",
    "Retry",
];

/// Switches of the pipeline.
pub(super) const SWITCHES: [&str; 5] =
    ["sales", "sales_as_stock", "to_shop", "to_till", "customers"];

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
        self.play_as(kit, |_| ())
    }

    /// As [`Self::play`], with a fault built in.
    ///
    /// # Errors
    /// As [`Self::play`].
    pub fn play_with_fault(&self, fault: Mutation) -> Result<Rest, Vec<String>> {
        let kit = Kit::shared().map_err(|error| vec![format!("{error:#}")])?;
        self.play_as(kit, |story| story.mutate(fault))
    }

    fn play_as(
        &self,
        kit: &Kit,
        begin: impl FnOnce(&mut Simulation<'_>),
    ) -> Result<Rest, Vec<String>> {
        let rest = self.play_out(kit, begin);
        if rest.wrong.is_empty() { Ok(rest) } else { Err([rest.wrong, rest.tale].concat()) }
    }

    /// Plays it, and tells all that happens: the script, every run line by line, and what is wrong at its end.
    ///
    /// # Errors
    /// Those of building and loading the components.
    pub fn trace(&self) -> anyhow::Result<String> {
        let rest = self.play_out(Kit::shared()?, |story| story.be_told());
        let wrong =
            if rest.wrong.is_empty() { "nothing".to_owned() } else { rest.wrong.join("\n") };
        Ok(format!("{self}\n\n{}\nwrong\n{wrong}\n", rest.trace))
    }

    /// Plays it to wherever it comes: to rest, to what may never be, to an error or a panic.
    pub(super) fn play_out(&self, kit: &Kit, begin: impl FnOnce(&mut Simulation<'_>)) -> Rest {
        let gone_wrong = |wrong: String| Rest { wrong: vec![wrong], ..Rest::default() };
        let mut story = match Simulation::of(kit, self.seed) {
            Ok(story) => story,
            Err(error) => return gone_wrong(format!("{error:#}")),
        };
        begin(&mut story);
        let played = catch_unwind(AssertUnwindSafe(|| self.play_through(&mut story)));
        let rest = match played {
            Ok(Ok(rest)) => rest,
            Ok(Err(error)) => gone_wrong(format!("{error:#}")),
            Err(panic) => {
                let words = panic.downcast_ref::<String>().map(String::as_str);
                let words = words.or_else(|| panic.downcast_ref::<&str>().copied());
                gone_wrong(format!("a panic: {}", words.unwrap_or("without words")))
            }
        };
        let trace = story.tell().unwrap_or_else(|error| format!("{error:#}"));
        Rest { tale: story.tale(), reached: story.reached(), trace, ..rest }
    }

    fn play_through(&self, story: &mut Simulation<'_>) -> anyhow::Result<Rest> {
        for (name, value) in &self.knobs {
            story.set_knob(name, value)?;
        }
        story.bring_in_step()?;
        for (number, step) in (1..).zip(&self.steps) {
            step.happen(story)?;
            let wrong = story.misdeeds()?;
            if !wrong.is_empty() {
                return Ok(story.broken(&format!("after step {number}, {step:?}"), wrong));
            }
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
        story.meet(format!("step {}", first_word(&format!("{self:?}"))));
        match self {
            Self::Now(act) => {
                story.act(act);
            }
            Self::Later(after_ms, act) => story.later(after_ms, act),
            Self::Wait(elapsed_ms) => story.wait(elapsed_ms),
            Self::Run => {
                story.run_on()?;
            }
            Self::Kill(crash) => {
                story.run_until(Some(crash))?;
            }
            Self::Write(number, trouble) => story.trouble(story.writes_sent() + number, trouble),
            Self::Reads(attempts, trouble) => story.trouble_reads(attempts, trouble),
            Self::Off(switch) => story.set_switch(switch, false),
            Self::On(switch) => story.set_switch(switch, true),
            Self::Restart => story.restart(),
            Self::Overtaken(at) => {
                story.run_overtaken(at)?;
            }
            Self::Plan => story.plan()?,
            Self::Poll(sources) => {
                story.poll(sources)?;
            }
            Self::Spell(vendor, trouble, elapsed_ms) => story.spell(vendor, trouble, elapsed_ms),
            Self::Skew(ahead_ms) => story.skew(ahead_ms),
            Self::Keep => story.keep()?,
            Self::PutBack => story.put_back()?,
            Self::NewLevels(item) => story.begin_anew(&[item])?,
            Self::Renew(item) => story.renew(item)?,
            Self::Usurp(point) => story.usurp(point),
            Self::Doom(point, times) => story.doom(point, times),
            Self::Retry => {
                story.retry_held()?;
            }
        }
        Ok(())
    }

    /// Simpler steps in its place, each simpler than this by the same measure, so that there is an end.
    fn simpler(self) -> Vec<Self> {
        match self {
            Self::Later(_, act) => vec![Self::Now(act)],
            Self::Kill(_) | Self::Overtaken(_) | Self::Poll(_) | Self::Plan => vec![Self::Run],
            Self::Skew(ahead_ms) if ahead_ms != 0 => vec![Self::Skew(0)],
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
