//! Both vendors, the time, and everything that is still to happen.

use std::collections::{BTreeMap, VecDeque};

use penstock::contract::{Failure, Method, Request, Response};
use penstock::engine::Event;
use penstock::engine::driver::answered;
use penstock_simulators::chance::Chance;
use penstock_simulators::world::World;

use super::act::{Act, People};
use super::exchange::{self, Heard, Trouble, Vendor};
use super::world::{self, BEGINNING_MS, Good};

/// The longest way of a request to its vendor, and of its answer back, in milliseconds.
const WAY_MS_MAX: i64 = 400;

/// No run looks so often for news, unless it turns in a circle.
const LOOKS_MAX: u32 = 50_000;

/// The vendors, and the one clock of the story.
pub(super) struct Vendors {
    pub(super) world: World,
    pub(super) goods: Vec<Good>,
    pub(super) people: People,
    now_ms: i64,
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
    looks: u32,
}

/// A write that left the process.
#[derive(Debug, Clone)]
pub struct Written {
    /// When it left, in Unix milliseconds.
    pub sent_ms: i64,
    pub vendor: Vendor,
    pub method: Method,
    pub path: String,
    /// As text.
    pub body: String,
    /// Whether it reached its vendor and was looked at.
    pub arrived: bool,
}

enum Happening {
    Act(Act),
    /// A write or a probe reaches its vendor.
    Arrives(Box<Asked>),
    /// The process hears of it.
    Heard(u64, Event),
}

struct Asked {
    run: u64,
    number: i64,
    vendor: Vendor,
    request: Request,
    sent_ms: i64,
    /// The position among `writes`; nothing for a probe.
    write: Option<usize>,
    trouble: Option<Trouble>,
}

impl Vendors {
    pub(super) fn new(seed: u64) -> Self {
        let (world, goods) = world::world(seed);
        Self {
            world,
            goods,
            people: People::default(),
            now_ms: BEGINNING_MS,
            chance: Chance::new(&[seed, 7]),
            agenda: BTreeMap::new(),
            put: 0,
            heard: VecDeque::new(),
            run: 0,
            troubles: BTreeMap::new(),
            read_troubles: VecDeque::new(),
            writes: Vec::new(),
            looks: 0,
        }
    }

    pub(super) fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// A run begins to listen. What was on its way to an earlier one is lost.
    pub(super) fn begin_run(&mut self) {
        self.run += 1;
        self.heard.clear();
        self.looks = 0;
    }

    /// Has somebody act now. Answers whether anything was done.
    pub(super) fn act(&mut self, act: Act) -> bool {
        self.people.act(act, &mut self.world, &self.goods, self.now_ms)
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
            Happening::Heard(run, event) if run == self.run => {
                self.heard.push_back(event);
            }
            Happening::Heard(..) => {}
        }
        true
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
            sent_ms: self.now_ms,
            vendor,
            method: request.method,
            path: request.path.clone(),
            body: String::from_utf8_lossy(request.body.as_deref().unwrap_or_default()).into_owned(),
            arrived: false,
        });
        let trouble = self.troubles.remove(&(self.writes.len() as u64));
        self.ask(number, vendor, request, Some(self.writes.len() - 1), trouble);
    }

    /// Sends the read of a probe on its way.
    pub(super) fn probe(&mut self, number: i64, vendor: Vendor, request: &Request) {
        let trouble = self.read_troubles.pop_front();
        self.ask(number, vendor, request, None, trouble);
    }

    fn ask(
        &mut self,
        number: i64,
        vendor: Vendor,
        request: &Request,
        write: Option<usize>,
        trouble: Option<Trouble>,
    ) {
        let asked = Asked {
            run: self.run,
            number,
            vendor,
            request: request.clone(),
            sent_ms: self.now_ms,
            write,
            trouble,
        };
        let at_ms = self.now_ms + self.way_ms();
        self.put(at_ms, Happening::Arrives(Box::new(asked)));
    }

    fn arrive(&mut self, asked: Asked) {
        let heard = self.exchange(asked.vendor, &asked.request, asked.sent_ms, asked.trouble);
        let at_ms = self.now_ms + self.way_ms();
        let event = match asked.write {
            Some(write) => {
                self.writes[write].arrived = asked.trouble.is_none_or(Trouble::takes_effect);
                answered(asked.number, heard.of_write(), at_ms)
            }
            None => Event::Probed { number: asked.number, response: heard.of_read(), now: at_ms },
        };
        self.put(at_ms, Happening::Heard(asked.run, event));
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
