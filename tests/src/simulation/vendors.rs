//! Both vendors, the time, and everything that is still to happen.

use std::collections::{BTreeMap, VecDeque};

use penstock::contract::{Failure, Method, Request, Response};
use penstock::engine::driver::answered;
use penstock::engine::{Answer, Event};
use penstock_simulators::chance::Chance;
use penstock_simulators::world::World;

use super::act::{Act, People};
use super::chronicle::{Chronicle, Levels};
use super::exchange::{self, Heard, Trouble, Vendor};
use super::world::{self, BEGINNING_MS, Good, Item};

/// The longest way of a request to its vendor, and of its answer back, in milliseconds.
const WAY_MS_MAX: i64 = 400;

/// A write may be made from a level that was read so long ago, in milliseconds. What the merchant did since, nobody
/// knows who sends it.
const LEVEL_AGE_MS_MAX: i64 = 130_000;

/// So long after an act every vendor shows it, in milliseconds.
const SHOWN_MS: i64 = 60_000;

/// No run looks so often for news, unless it turns in a circle.
const LOOKS_MAX: u32 = 50_000;

/// The vendors, and the one clock of the story.
pub(super) struct Vendors {
    pub(super) world: World,
    pub(super) goods: Vec<Good>,
    pub(super) people: People,
    now_ms: i64,
    /// When somebody acted last.
    acted_ms: i64,
    chance: Chance,
    /// By instant, and then in the order in which it was put there.
    agenda: BTreeMap<(i64, u64), Happening>,
    put: u64,
    /// What the process that runs has not heard yet.
    heard: VecDeque<Event>,
    /// Runs so far. What comes for an earlier one is lost.
    run: u64,
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
    /// A write or a probe reaches its vendor.
    Arrives(Box<Asked>),
    /// The run of that number hears of it.
    Heard(u64, Box<Event>),
}

struct Asked {
    run: u64,
    number: i64,
    vendor: Vendor,
    request: Request,
    sent_ms: i64,
    is_probe: bool,
    trouble: Option<Trouble>,
}

impl Vendors {
    pub(super) fn new(seed: u64) -> Self {
        let (world, goods, register) = world::world(seed);
        Self {
            world,
            goods,
            people: People::at(register),
            now_ms: BEGINNING_MS,
            acted_ms: BEGINNING_MS,
            chance: Chance::new(&[seed, 7]),
            agenda: BTreeMap::new(),
            put: 0,
            heard: VecDeque::new(),
            run: 0,
            troubles: BTreeMap::new(),
            read_troubles: VecDeque::new(),
            writes: Vec::new(),
            left_open: Vec::new(),
            switches: BTreeMap::new(),
            misdeeds: Vec::new(),
            chronicle: Chronicle::default(),
            looks: 0,
        }
    }

    pub(super) fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// A run begins to listen. What was on its way to an earlier one is lost.
    pub(super) fn begin_run(&mut self) {
        self.chronicle.begin_run(self.now_ms);
        self.run += 1;
        self.heard.clear();
        self.looks = 0;
    }

    /// Has somebody act now. Answers whether anything was done.
    pub(super) fn act(&mut self, act: Act) -> bool {
        let before = self.levels();
        let is_done = self.people.act(act, &mut self.world, &self.goods, self.now_ms);
        if is_done {
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
            Happening::Arrives(asked) => self.arrive(*asked),
            Happening::Heard(run, event) if run == self.run => self.hear(*event),
            Happening::Heard(..) => {}
        }
        true
    }

    fn hear(&mut self, event: Event) {
        if let Event::Answered { number, answer, .. } = &event
            && !matches!(answer, Answer::Unknown { .. })
        {
            // A number may be sent again, after an answer that told of no effect.
            let sent = self.writes.iter_mut().rev().find(|write| write.number == *number);
            if let Some(write) = sent {
                write.answered = true;
            }
        }
        self.heard.push_back(event);
    }

    fn put(&mut self, at_ms: i64, happening: Happening) {
        self.put += 1;
        self.agenda.insert((at_ms, self.put), happening);
    }

    fn way_ms(&mut self) -> i64 {
        self.chance.between(5, WAY_MS_MAX)
    }

    /// The next thing that the process hears, up to an instant, or for as long as it takes.
    #[allow(clippy::panic, reason = "a run that turns in a circle has failed, and would not end")]
    pub(super) fn next(&mut self, until_ms: Option<i64>) -> Option<Event> {
        self.looks += 1;
        if self.looks > LOOKS_MAX {
            panic!("the run turns in a circle");
        }
        while self.heard.is_empty() {
            if !self.happen_before(until_ms.unwrap_or(i64::MAX)) {
                self.now_ms = self.now_ms.max(until_ms.unwrap_or(self.now_ms));
                break;
            }
        }
        self.heard.pop_front()
    }

    /// Sends a write on its way.
    pub(super) fn send(&mut self, number: i64, vendor: Vendor, request: &Request) {
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
        self.chronicle.sent(self.now_ms, vendor.word(), request);
        let trouble = self.troubles.remove(&(self.writes.len() as u64));
        self.ask(Asked { is_probe: false, ..self.asked(number, vendor, request, trouble) });
    }

    /// S6: nothing leaves whose switch is off, and nothing for a good that the shop has not counted for a while.
    fn judge(&mut self, vendor: Vendor, request: &Request) {
        let switch = match vendor {
            Vendor::Shop => "to_shop",
            Vendor::Till if request.path.ends_with("/sales") => "sales",
            Vendor::Till => "to_till",
        };
        if self.switches.get(switch) == Some(&false) {
            self.misdeeds.push(format!("`{}` left, and `{switch}` is off", request.path));
        }
        let is_of = |good: &&Good| request.path.split('/').any(|part| part == good.shop_owner());
        let good = self.goods.iter().filter(|_| vendor == Vendor::Shop).find(is_of);
        let since_ms = good.and_then(|good| self.people.unlimited.get(good.item));
        if since_ms.is_some_and(|since_ms| self.now_ms - since_ms > LEVEL_AGE_MS_MAX) {
            self.misdeeds.push(format!("`{}` left, and the shop does not count it", request.path));
        }
    }

    /// Sends the read of a probe on its way.
    pub(super) fn probe(&mut self, number: i64, vendor: Vendor, request: &Request) {
        let trouble = self.read_troubles.pop_front();
        self.ask(Asked { is_probe: true, ..self.asked(number, vendor, request, trouble) });
    }

    fn asked(
        &self,
        number: i64,
        vendor: Vendor,
        request: &Request,
        trouble: Option<Trouble>,
    ) -> Asked {
        Asked {
            run: self.run,
            number,
            vendor,
            request: request.clone(),
            sent_ms: self.now_ms,
            is_probe: false,
            trouble,
        }
    }

    fn ask(&mut self, asked: Asked) {
        let at_ms = self.now_ms + self.way_ms();
        self.put(at_ms, Happening::Arrives(Box::new(asked)));
    }

    fn arrive(&mut self, asked: Asked) {
        let before = self.levels();
        let heard = self.exchange(asked.vendor, &asked.request, asked.sent_ms, asked.trouble);
        let moved = self.levels().since(&before);
        let trouble = asked.trouble.map(Trouble::words).unwrap_or_default();
        if !asked.is_probe || asked.trouble.is_some() {
            self.chronicle.arrived(self.now_ms, asked.vendor.word(), &format!("{trouble}{moved}"));
        }
        let at_ms = self.now_ms + self.way_ms();
        let event = if asked.is_probe {
            Event::Probed { number: asked.number, response: heard.of_read(), now: at_ms }
        } else {
            answered(asked.number, heard.of_write(), at_ms)
        };
        self.put(at_ms, Happening::Heard(asked.run, Box::new(event)));
    }

    /// A read that the process waits for.
    pub(super) fn read(&mut self, vendor: Vendor, request: &Request) -> Result<Response, Failure> {
        if !exchange::is_read(request) {
            let fact = format!("`{}` is not granted for reading", request.path);
            return Err(Failure::Misconfigured(fact));
        }
        let mut attempts = 0;
        loop {
            let sent_ms = self.now_ms;
            let there_ms = self.way_ms();
            self.pass(there_ms);
            let trouble = self.read_troubles.pop_front();
            let heard = self.exchange(vendor, request, sent_ms, trouble);
            let back_ms = self.way_ms();
            self.pass(back_ms);
            attempts += 1;
            match heard.pause_ms(attempts) {
                Some(pause_ms) => self.pass(pause_ms),
                None => return heard.of_read(),
            }
        }
    }

    /// Has the vendor answer, now.
    fn exchange(
        &mut self,
        vendor: Vendor,
        request: &Request,
        sent_ms: i64,
        trouble: Option<Trouble>,
    ) -> Heard {
        if trouble.is_some_and(|trouble| !trouble.takes_effect()) {
            return Heard::of_trouble(trouble);
        }
        let asked = exchange::as_simulated(vendor, request);
        let reply = match vendor {
            Vendor::Shop => self.world.shop.handle(&asked, self.now_ms),
            Vendor::Till => self.world.till.handle(&asked, self.now_ms),
        };
        match trouble {
            Some(_) => Heard::of_trouble(trouble),
            None => Heard::of_reply(reply, request, sent_ms),
        }
    }
}
