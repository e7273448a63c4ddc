//! Both vendors, the time, and everything that is still to happen.

use std::collections::{BTreeMap, VecDeque};

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use penstock::contract::{Failure, Method, Request, Response};
use penstock::egress::decisions::{Fault, Permit, Progress, Ticket, pause_before_next};
use penstock::egress::{self, EgressOptions, Purpose};
use penstock::engine::driver::answered;
use penstock::engine::{Answer, Event};
use penstock::pipeline::Pipeline;
use penstock::time::{Clock, Onward};
use penstock_simulators::chance::Chance;
use penstock_simulators::world::World;
use penstock_simulators::{http, till};

use super::act::{Act, People};
use super::chronicle::{Chronicle, Levels};
use super::exchange::{self, Outcome, Sent, Trouble, Vendor};
use super::mutation::Mutation;
use super::reached::{self, Tally};
use super::way::Way;
use super::world::{self, BEGINNING_MS, Good, Item};

/// The longest way of a request to its vendor, and of its answer back, in milliseconds.
const WAY_MS_MAX: i64 = 400;

/// A request whose line is broken takes effect so much later, in milliseconds: before anybody looks what became of it.
const LATE_MS: (i64, i64) = (1_000, 8_000);

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
    chance: Chance,
    /// By instant, and then in the order in which it was put there.
    agenda: BTreeMap<(i64, u64), Happening>,
    put: u64,
    /// By the run: what it has not heard yet. What comes for one that is over is lost.
    heard: BTreeMap<u64, VecDeque<Event>>,
    /// Runs so far.
    pub(super) run: u64,
    /// The ways out of all processes, in the order in which they began.
    ways: Vec<Way>,
    /// Their clocks, each with what the machine's shows.
    clocks: Vec<(Arc<Wall>, Onward)>,
    /// By vendor: which process asked last, and since when no other has.
    pub(super) asking: BTreeMap<Vendor, (usize, i64)>,
    options: EgressOptions,
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

enum Happening {
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

/// A write or a probe on its way.
struct Asked {
    process: usize,
    run: u64,
    number: i64,
    vendor: Vendor,
    request: Request,
    purpose: Purpose,
    trouble: Option<Trouble>,
    /// When it was asked for.
    begun_ms: i64,
    /// When it left last.
    sent_ms: i64,
    /// The same by the clock of its process.
    sent_at: i64,
    attempts: u32,
    ticket: Option<Ticket>,
}

impl Asked {
    fn is_probe(&self) -> bool {
        self.purpose == Purpose::Read
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
    fn when_it_shows(&self, process: usize, at: i64) -> i64 {
        self.now_ms.saturating_add(at.saturating_sub(self.shows(process)))
    }

    /// A run begins to listen. Answers its number.
    pub(super) fn begin_run(&mut self) -> u64 {
        self.chronicle.begin_run(self.now_ms);
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
        let is_done = self.people.act(act, &mut self.world, &self.goods, self.now_ms);
        if is_done {
            reached::count(&self.tally, format!("act {}", act.name()));
            self.acted_ms = self.now_ms;
            let moved = self.levels().since(&before);
            self.chronicle.acted(self.now_ms, act, &moved);
        }
        is_done
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

    fn pass_to(&mut self, to_ms: i64) {
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

    fn put(&mut self, at_ms: i64, happening: Happening) {
        self.put += 1;
        self.agenda.insert((at_ms, self.put), happening);
    }

    fn way_ms(&mut self) -> i64 {
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

    /// Sends a write of a run on its way.
    pub(super) fn send(
        &mut self,
        (process, run): (usize, u64),
        number: i64,
        vendor: Vendor,
        request: &Request,
    ) {
        self.judge_sender(run, number, request);
        self.writes.push(Written {
            number,
            sent_ms: self.now_ms,
            vendor,
            method: request.method,
            path: request.path.clone(),
            body: String::from_utf8_lossy(request.body.as_deref().unwrap_or_default()).into_owned(),
            answered: false,
        });
        self.judge(vendor, request);
        if self.has(Mutation::ProfileOverwritten) {
            self.overwrite_profile(request);
        }
        self.chronicle.sent(self.now_ms, vendor.word(), request);
        let trouble = self.troubles.remove(&(self.writes.len() as u64));
        let trouble = trouble.or_else(|| self.spelled(vendor));
        let asked = self.asked((process, run, number), vendor, request, Purpose::Write);
        let wait_ms = milliseconds(self.options.write_wait_max);
        self.leave(Asked { trouble, ..asked }, self.now_ms + wait_ms);
    }

    /// Writes the name of a sale's customer, as nobody may.
    fn overwrite_profile(&mut self, request: &Request) {
        let body = request.body.as_deref().and_then(|body| serde_json::from_slice(body).ok());
        let body: serde_json::Value = body.unwrap_or_default();
        if let Some(id) = body.get("customer_id").and_then(serde_json::Value::as_str) {
            let path = format!("/api/2026-07/customers/{id}");
            let named = http::Request::new("PUT", &path).bearer(till::DEMO_TOKEN);
            let named = named.json(&serde_json::json!({ "first_name": "Overwritten" }));
            self.world.till.handle(&named, self.now_ms);
        }
    }

    fn spelled(&self, vendor: Vendor) -> Option<Trouble> {
        let spell = self.spell.filter(|(of, _, until_ms)| *of == vendor && self.now_ms < *until_ms);
        spell.map(|(_, trouble, _)| trouble)
    }

    /// Sends the read of a probe on its way.
    pub(super) fn probe(
        &mut self,
        (process, run): (usize, u64),
        number: i64,
        vendor: Vendor,
        request: &Request,
    ) {
        let asked = self.asked((process, run, number), vendor, request, Purpose::Read);
        let wait_ms = milliseconds(self.options.read_wait_max);
        self.leave(asked, self.now_ms + wait_ms);
    }

    fn asked(
        &self,
        (process, run, number): (usize, u64, i64),
        vendor: Vendor,
        request: &Request,
        purpose: Purpose,
    ) -> Asked {
        Asked {
            process,
            run,
            number,
            vendor,
            request: request.clone(),
            purpose,
            trouble: None,
            begun_ms: self.now_ms,
            sent_ms: self.now_ms,
            sent_at: self.shows(process),
            attempts: 0,
            ticket: None,
        }
    }

    /// A write or a probe leaves as soon as its account's budget lets it, up to an instant.
    fn leave(&mut self, mut asked: Asked, give_up_ms: i64) {
        let now = self.shows(asked.process);
        let permit = self.ways[asked.process].ask(asked.vendor, asked.purpose, now);
        let until_ms = match permit {
            Permit::Go(ticket) => {
                (asked.ticket, asked.sent_ms, asked.sent_at) = (Some(ticket), self.now_ms, now);
                asked.attempts += 1;
                if asked.is_probe() {
                    asked.trouble = self.read_trouble(asked.vendor);
                }
                let there_ms = self.now_ms + self.way_ms();
                let late_ms = self.chance_of_late(asked.trouble);
                self.put(there_ms + late_ms, Happening::Arrives(Box::new(asked)));
                return;
            }
            Permit::WaitUntil(until) => self.when_it_shows(asked.process, until),
        };
        if until_ms <= give_up_ms {
            self.put(until_ms, Happening::Leaves(Box::new(asked), give_up_ms));
            return;
        }
        let fault = no_budget(until_ms - self.now_ms);
        self.tell(&asked, Err(fault), self.now_ms);
    }

    fn chance_of_late(&mut self, trouble: Option<Trouble>) -> i64 {
        match trouble {
            Some(Trouble::Late) => self.chance.between(LATE_MS.0, LATE_MS.1),
            _ => 0,
        }
    }

    fn arrive(&mut self, asked: Asked) {
        let before = self.levels();
        let outcome = self.exchange(&asked);
        if !asked.is_probe() {
            self.forgive_crossing();
        }
        let moved = self.levels().since(&before);
        let trouble = asked.trouble.map(Trouble::words).unwrap_or_default();
        if !asked.is_probe() || asked.trouble.is_some() {
            self.chronicle.arrived(self.now_ms, asked.vendor.word(), &format!("{trouble}{moved}"));
        }
        // Of one that comes late the process knows long since that its line is broken.
        let back_ms = match asked.trouble {
            Some(Trouble::Late) => self.now_ms.min(asked.sent_ms + WAY_MS_MAX),
            _ => self.now_ms + self.way_ms(),
        };
        self.put(back_ms, Happening::Returns(Box::new(asked), Box::new(outcome)));
    }

    /// An answer comes back. A read that failed is made again, as egress does it.
    fn come_back(&mut self, asked: Asked, outcome: Outcome) {
        self.settle(&asked, &outcome);
        let answer = match outcome.answer {
            Err(fault) if asked.is_probe() || self.retries(&asked, &fault) => {
                let spent_ms = self.now_ms - asked.begun_ms;
                match self.pause_ms(&fault, asked.attempts, spent_ms, &asked.request) {
                    Some(pause_ms) => {
                        let give_up_ms = self.now_ms + milliseconds(self.options.read_wait_max);
                        let again = Happening::Leaves(Box::new(asked), give_up_ms);
                        return self.put(self.now_ms + pause_ms, again);
                    }
                    None => Err(fault),
                }
            }
            answer => answer,
        };
        self.tell(&asked, answer, self.now_ms);
    }

    /// A write is sent once, if it is not this that is wrong.
    fn retries(&self, asked: &Asked, fault: &Fault) -> bool {
        let is_lost = matches!(fault, Fault::Lost { .. });
        self.has(Mutation::WriteRetried) && is_lost && asked.attempts == 1
    }

    /// The run is told what came of it.
    fn tell(&mut self, asked: &Asked, answer: Result<Response, Fault>, at_ms: i64) {
        let now = self.shows(asked.process);
        let event = if asked.is_probe() {
            let response = answer.map_err(Fault::into_failure);
            Event::Probed { number: asked.number, response, now }
        } else {
            let not_taken =
                |reason| Answer::NotTaken { reason, retry_after_ms: 1_000, reached: true };
            let failed =
                matches!(&answer, Err(Fault::Lost { reason, .. }) if reason.contains("503"));
            let answer = match egress_answer(answer) {
                Answer::Unknown { reason } if self.has(Mutation::DoubtIgnored) => not_taken(reason),
                Answer::Unknown { reason }
                    if failed && self.has(Mutation::FailureTakenForNoEffect) =>
                {
                    not_taken(reason)
                }
                answer => answer,
            };
            answered(asked.number, answer, now)
        };
        self.put(at_ms, Happening::Heard(asked.run, Box::new(event)));
    }

    /// A read that the process waits for.
    pub(super) fn read(
        &mut self,
        process: usize,
        vendor: Vendor,
        request: &Request,
    ) -> Result<Response, Failure> {
        if !exchange::is_read(request) {
            let fact = format!("`{}` is not granted for reading", request.path);
            return Err(Failure::Misconfigured(fact));
        }
        let mut asked = self.asked((process, self.run, 0), vendor, request, Purpose::Read);
        let mut waited_ms = 0;
        loop {
            asked.attempts += 1;
            self.wait_for_budget(&mut asked, &mut waited_ms).map_err(Fault::into_failure)?;
            (asked.sent_ms, asked.sent_at) = (self.now_ms, self.shows(process));
            let there_ms = self.way_ms();
            self.pass(there_ms);
            asked.trouble = self.read_trouble(vendor);
            let outcome = self.exchange(&asked);
            let back_ms = self.way_ms();
            self.pass(back_ms);
            self.settle(&asked, &outcome);
            let fault = match outcome.answer {
                Ok(response) => return Ok(response),
                Err(fault) => fault,
            };
            let spent_ms = self.now_ms - asked.begun_ms - waited_ms;
            match self.pause_ms(&fault, asked.attempts, spent_ms, request) {
                Some(pause_ms) => self.pass(pause_ms),
                None => return Err(fault.into_failure()),
            }
        }
    }

    fn wait_for_budget(&mut self, asked: &mut Asked, waited_ms: &mut i64) -> Result<(), Fault> {
        let began_ms = self.now_ms;
        let give_up_ms = began_ms + milliseconds(self.options.read_wait_max) - *waited_ms;
        loop {
            let now = self.shows(asked.process);
            match self.ways[asked.process].ask(asked.vendor, asked.purpose, now) {
                Permit::Go(ticket) => {
                    asked.ticket = Some(ticket);
                    *waited_ms += self.now_ms - began_ms;
                    return Ok(());
                }
                Permit::WaitUntil(until) => {
                    let until_ms = self.when_it_shows(asked.process, until);
                    if until_ms > give_up_ms {
                        return Err(no_budget(until_ms - self.now_ms));
                    }
                    self.pass_to(until_ms);
                }
            }
        }
    }

    fn pause_ms(
        &self,
        fault: &Fault,
        attempts: u32,
        spent_ms: i64,
        request: &Request,
    ) -> Option<i64> {
        let progress = Progress {
            attempts,
            spent: Duration::from_millis(u64::try_from(spent_ms).unwrap_or_default()),
            spent_max: self.options.read_timeout_total,
            backoff_min: self.options.backoff_min,
        };
        pause_before_next(fault, progress, &request.path).map(milliseconds)
    }

    fn settle(&mut self, asked: &Asked, outcome: &Outcome) {
        let now = self.shows(asked.process);
        if let Some(ticket) = asked.ticket {
            let way = &mut self.ways[asked.process];
            way.settle((asked.vendor, asked.purpose), ticket, now, outcome.told);
        }
    }

    fn read_trouble(&mut self, vendor: Vendor) -> Option<Trouble> {
        self.read_troubles.pop_front().or_else(|| self.spelled(vendor))
    }

    /// Has the vendor answer, now.
    fn exchange(&mut self, asked: &Asked) -> Outcome {
        let Asked { vendor, request, trouble, .. } = asked;
        if let Some(trouble) = trouble {
            reached::count(&self.tally, reached::met(asked.purpose, *trouble));
        }
        let reaches = trouble.is_none_or(Trouble::takes_effect);
        let reply = reaches.then(|| {
            let request = exchange::as_simulated(*vendor, request);
            match vendor {
                Vendor::Shop => self.world.shop.handle(&request, self.now_ms),
                Vendor::Till => self.world.till.handle(&request, self.now_ms),
            }
        });
        if let Some(reply) = &reply {
            self.judge_rate(asked.process, *vendor, reply.status);
        }
        let sent = Sent {
            vendor: *vendor,
            request,
            purpose: asked.purpose,
            at_ms: asked.sent_at,
            limit_headers: self.ways[asked.process].limit_headers(*vendor),
        };
        sent.outcome(reply, *trouble, (self.shows(asked.process), self.now_ms))
    }
}

fn milliseconds(length: Duration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX)
}

fn no_budget(wait_ms: i64) -> Fault {
    let retry_after_ms = u64::try_from(wait_ms.max(1)).unwrap_or_default();
    Fault::NoBudget { reason: "the budget is used up".to_owned(), retry_after_ms }
}

/// What egress makes of a write, as the engine is told of it.
fn egress_answer(answer: Result<Response, Fault>) -> Answer {
    match egress::Answer::from(answer) {
        egress::Answer::Answered(response) => Answer::Answered(response),
        egress::Answer::NotTaken { reason, retry_after_ms, reached } => {
            Answer::NotTaken { reason, retry_after_ms, reached }
        }
        egress::Answer::Unauthorized { reason } => Answer::Unauthorized { reason },
        egress::Answer::Refused { reason } => Answer::Refused { reason },
        egress::Answer::Unknown { reason } => Answer::Unknown { reason },
    }
}
