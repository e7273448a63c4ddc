//! Both vendors, the time, and everything that is still to happen.

use std::collections::{BTreeMap, VecDeque};

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use penstock::contract::Method;
use penstock::egress::EgressOptions;
use penstock::engine::{Answer, Event};
use penstock::pipeline::Pipeline;
use penstock::time::{Clock, Onward};
use penstock_simulators::chance::Chance;
use penstock_simulators::world::World;

use super::act::{Act, People};
use super::chronicle::{Chronicle, Levels};
use super::exchange::{Outcome, Trouble, Vendor};
use super::mutation::Mutation;
use super::reached::{self, Tally};
use super::traffic::Asked;
use super::way::Way;
use super::world::{self, BEGINNING_MS, Good, Item};

/// The longest way of a request to its vendor, and of its answer back, in milliseconds.
pub(super) const WAY_MS_MAX: i64 = 400;

/// So long after an act every vendor shows it, in milliseconds.
const SHOWN_MS: i64 = 60_000;

/// No run looks so often for news, unless it turns in a circle.
const LOOKS_MAX: u32 = 50_000;

/// The vendors, and the one clock of the story.
pub(super) struct Vendors {
    pub(super) world: World,
    pub(super) goods: Vec<Good>,
    pub(super) people: People,
    pub(super) now_ms: i64,
    /// How far the host's clock is ahead of the vendors', in milliseconds.
    pub(super) skew_ms: i64,
    /// Since when.
    pub(super) skewed_ms: i64,
    /// The most that it ever was.
    pub(super) farthest_ms: i64,
    /// When somebody acted last.
    acted_ms: i64,
    pub(super) chance: Chance,
    /// By instant, and then in the order in which it was put there.
    agenda: BTreeMap<(i64, u64), Happening>,
    put: u64,
    /// By the run: what it has not heard yet. What comes for one that is over is lost.
    heard: BTreeMap<u64, VecDeque<Event>>,
    /// Runs so far.
    pub(super) run: u64,
    /// The ways out of all processes, in the order in which they began.
    pub(super) ways: Vec<Way>,
    /// Their clocks, each with what the machine's shows.
    clocks: Vec<(Arc<Wall>, Onward)>,
    /// By vendor: which process asked last, and since when no other has.
    pub(super) asking: BTreeMap<Vendor, (usize, i64)>,
    pub(super) options: EgressOptions,
    /// Whether the run only plans.
    pub(super) plans: bool,
    /// What is wrong with the Penstock that asks.
    pub(super) mutation: Option<Mutation>,
    /// A vendor whose every exchange meets the same trouble, and until when.
    pub(super) spell: Option<(Vendor, Trouble, i64)>,
    /// By run and write: before when it is not to be sent again.
    pub(super) not_before: BTreeMap<(u64, i64), i64>,
    /// By the number of the write since the beginning, from 1.
    pub(super) troubles: BTreeMap<u64, Trouble>,
    /// What meets the next attempts of reads.
    pub(super) read_troubles: VecDeque<Trouble>,
    /// Each write that left.
    pub(super) writes: Vec<Written>,
    /// Writes that a killed process may have sent: when it was killed, and their paths.
    pub(super) left_open: Vec<(i64, String)>,
    /// When each run began.
    pub(super) run_begins: Vec<i64>,
    /// The same of those that came to their end.
    pub(super) good_runs: Vec<i64>,
    /// Switches of the pipeline that runs, as far as they were turned.
    pub(super) switches: BTreeMap<String, bool>,
    /// Writes that should not have left, in words.
    pub(super) misdeeds: Vec<String>,
    pub(super) chronicle: Chronicle,
    /// What was met.
    pub(super) tally: Tally,
    looks: u32,
}

/// A write that left the process.
#[derive(Debug, Clone)]
pub struct Written {
    /// As the engine numbers it.
    pub number: i64,
    /// When it left, in Unix milliseconds.
    pub sent_ms: i64,
    pub vendor: Vendor,
    pub method: Method,
    pub path: String,
    /// As text.
    pub body: String,
    /// Whether the process that sent it heard what became of it.
    pub answered: bool,
}

pub(super) enum Happening {
    Act(Act),
    /// A write or a probe leaves, if its account's budget lets it, or else gives up at that instant.
    Leaves(Box<Asked>, i64),
    /// It reaches its vendor.
    Arrives(Box<Asked>),
    /// An answer comes back, or it is known that none will.
    Returns(Box<Asked>, Box<Outcome>),
    /// The run of that number hears of it.
    Heard(u64, Box<Event>),
}

/// What the machine's clock shows.
struct Wall(AtomicI64);

impl Clock for Wall {
    fn now(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Vendors {
    pub(super) fn new(seed: u64) -> Self {
        let (world, goods, register) = world::world(seed);
        Self {
            world,
            goods,
            people: People::at(register),
            now_ms: BEGINNING_MS,
            skew_ms: 0,
            skewed_ms: i64::MIN,
            farthest_ms: 0,
            acted_ms: BEGINNING_MS,
            chance: Chance::new(&[seed, 7]),
            agenda: BTreeMap::new(),
            put: 0,
            heard: BTreeMap::new(),
            run: 0,
            ways: Vec::new(),
            clocks: Vec::new(),
            asking: BTreeMap::new(),
            options: EgressOptions::default(),
            plans: false,
            mutation: None,
            spell: None,
            not_before: BTreeMap::new(),
            troubles: BTreeMap::new(),
            read_troubles: VecDeque::new(),
            writes: Vec::new(),
            left_open: Vec::new(),
            run_begins: Vec::new(),
            good_runs: Vec::new(),
            switches: BTreeMap::new(),
            misdeeds: Vec::new(),
            chronicle: Chronicle::default(),
            tally: Tally::default(),
            looks: 0,
        }
    }

    pub(super) fn has(&self, mutation: Mutation) -> bool {
        self.mutation == Some(mutation)
    }

    pub(super) fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// What the clock of the host's machine shows.
    pub(super) fn host_ms(&self) -> i64 {
        self.now_ms + self.skew_ms
    }

    /// A process begins, with a way out of its own. Answers its number.
    pub(super) fn begin_process(&mut self, pipeline: &Pipeline, latest: Option<i64>) -> usize {
        let wall = Arc::new(Wall(AtomicI64::new(self.host_ms())));
        let clock = Onward::new(Arc::clone(&wall) as Arc<dyn Clock>, latest);
        self.clocks.push((wall, clock));
        self.ways.push(Way::of(pipeline, self.mutation));
        self.ways.len() - 1
    }

    /// What the clock of a process shows.
    pub(super) fn shows(&self, process: usize) -> i64 {
        let (wall, clock) = &self.clocks[process];
        wall.0.store(self.host_ms(), Ordering::Relaxed);
        clock.now()
    }

    /// When the clock of a process shows an instant, by ours.
    pub(super) fn when_it_shows(&self, process: usize, at: i64) -> i64 {
        self.now_ms.saturating_add(at.saturating_sub(self.shows(process)))
    }

    /// A run begins to listen. Answers its number.
    pub(super) fn begin_run(&mut self) -> u64 {
        self.chronicle.begin_run(self.now_ms);
        self.run_begins.push(self.now_ms);
        self.run += 1;
        self.heard.insert(self.run, VecDeque::new());
        self.looks = 0;
        self.run
    }

    /// A run listens no more. What is on its way to it is lost.
    pub(super) fn end_run(&mut self, run: u64) {
        self.heard.remove(&run);
    }

    /// Has somebody act now. Answers whether anything was done.
    pub(super) fn act(&mut self, act: Act) -> bool {
        let before = self.levels();
        let unseen = self.unseen(act);
        let is_done = self.people.act(act, &mut self.world, &self.goods, self.now_ms);
        if is_done {
            if let Some(item) = unseen {
                let orders = self.world.shop.orders().rows().map(|(position, _)| position);
                self.people.unseen.entry(item).or_default().extend(orders);
            }
            reached::count(&self.tally, format!("act {}", act.name()));
            self.acted_ms = self.now_ms;
            let moved = self.levels().since(&before);
            self.chronicle.acted(self.now_ms, act, &moved);
        }
        is_done
    }

    /// The good that the shop is about to count again, if no run has seen that it did not.
    fn unseen(&self, act: Act) -> Option<Item> {
        let Act::Limit { item, .. } = act else { return None };
        let since_ms = *self.people.unlimited.get(item)?;
        let is_seen = self.good_runs.iter().any(|begun_ms| *begun_ms > since_ms + SHOWN_MS);
        (!is_seen).then_some(item)
    }

    /// Has something happen outside now, whatever it is.
    pub(super) fn happen<T>(&mut self, said: &str, happen: impl FnOnce(&mut World) -> T) -> T {
        let before = self.levels();
        self.world.shop.advance_to(self.now_ms);
        self.world.till.advance_to(self.now_ms);
        let answer = happen(&mut self.world);
        self.chronicle.learn(&self.world, &self.goods);
        let moved = self.levels().since(&before);
        self.chronicle.outside(self.now_ms, &format!("{said}{moved}"));
        answer
    }

    /// Both begin to sell another good, with ten pieces of it.
    pub(super) fn add_good(&mut self, item: Item) {
        world::extend(&mut self.world, &mut self.goods, item, self.now_ms);
        self.chronicle.learn(&self.world, &self.goods);
    }

    /// What both sides count now; nothing where nothing is told.
    pub(super) fn levels(&self) -> Levels {
        if self.chronicle.is_on() {
            Levels::of(&self.world, &self.chronicle)
        } else {
            Levels::default()
        }
    }

    /// Whether somebody is still to act, or has acted so short a while ago that a vendor need not show it yet.
    pub(super) fn is_stirred(&self) -> bool {
        let to_come = self.agenda.values().any(|next| matches!(next, Happening::Act(_)));
        to_come || self.now_ms - self.acted_ms < SHOWN_MS
    }

    /// Has somebody act later, whatever the process does then.
    pub(super) fn act_later(&mut self, after_ms: i64, act: Act) {
        self.put(self.now_ms + after_ms, Happening::Act(act));
    }

    /// Lets time pass, with all that falls into it.
    pub(super) fn pass(&mut self, elapsed_ms: i64) {
        self.pass_to(self.now_ms + elapsed_ms);
    }

    pub(super) fn pass_to(&mut self, to_ms: i64) {
        while self.happen_before(to_ms) {}
        self.now_ms = self.now_ms.max(to_ms);
    }

    /// Moves the clock to what comes next, if it comes up to an instant, and has it happen.
    fn happen_before(&mut self, to_ms: i64) -> bool {
        let Some(next) = self.agenda.first_entry().filter(|next| next.key().0 <= to_ms) else {
            return false;
        };
        let ((at_ms, _), happening) = next.remove_entry();
        self.now_ms = self.now_ms.max(at_ms);
        match happening {
            Happening::Act(act) => {
                self.act(act);
            }
            Happening::Leaves(asked, give_up_ms) => self.leave(*asked, give_up_ms),
            Happening::Arrives(asked) => self.arrive(*asked),
            Happening::Returns(asked, outcome) => self.come_back(*asked, *outcome),
            Happening::Heard(run, event) => self.hear(run, *event),
        }
        true
    }

    fn hear(&mut self, run: u64, event: Event) {
        if !self.heard.contains_key(&run) {
            return;
        }
        if let Event::Answered { number, answer, .. } = &event
            && !matches!(answer, Answer::Unknown { .. })
        {
            // A number may be sent again, after an answer that told of no effect.
            let sent = self.writes.iter_mut().rev().find(|write| write.number == *number);
            if let Some(write) = sent {
                write.answered = true;
            }
        }
        if let Event::Answered { number, answer: Answer::NotTaken { retry_after_ms, .. }, .. } =
            &event
        {
            let retry_ms = i64::try_from(*retry_after_ms).unwrap_or_default();
            self.not_before.insert((run, *number), self.now_ms + retry_ms);
        }
        self.heard.entry(run).or_default().push_back(event);
    }

    pub(super) fn put(&mut self, at_ms: i64, happening: Happening) {
        self.put += 1;
        self.agenda.insert((at_ms, self.put), happening);
    }

    pub(super) fn way_ms(&mut self) -> i64 {
        self.chance.between(5, WAY_MS_MAX)
    }

    /// The next thing that a run hears, up to an instant of the host's clock, or for as long as it takes.
    #[allow(clippy::panic, reason = "a run that turns in a circle has failed, and would not end")]
    pub(super) fn next(
        &mut self,
        (process, run): (usize, u64),
        until: Option<i64>,
    ) -> Option<Event> {
        let until_ms = until.map(|until| self.when_it_shows(process, until));
        self.looks += 1;
        if self.looks > LOOKS_MAX {
            panic!("the run turns in a circle");
        }
        while self.heard.get(&run).is_none_or(VecDeque::is_empty) {
            if !self.happen_before(until_ms.unwrap_or(i64::MAX)) {
                self.now_ms = self.now_ms.max(until_ms.unwrap_or(self.now_ms));
                break;
            }
        }
        self.heard.get_mut(&run)?.pop_front()
    }
}
