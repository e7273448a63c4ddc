//! A shop and a till in memory, with a network that loses answers, under virtual time and one seed.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex};

use crate::contract::*;
use crate::engine::driver::{Applied as RuleApplied, Connectors, Network, lock};
use crate::engine::{Answer, Event, Fault};
use crate::store::NoteRow;

/// What the till does with an id that it has already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeated {
    Refused,
    Replaced,
    Ignored,
    Doubled,
}

/// A small generator: the same seed gives the same run.
#[derive(Debug, Clone)]
pub struct Chance(pub u64);

impl Chance {
    pub fn below(&mut self, bound: u64) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % bound.max(1)
    }

    pub fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// An order of the shop.
#[derive(Debug, Clone)]
pub struct ShopOrder {
    pub id: u64,
    pub paid: bool,
    pub revision: u64,
    pub email: Option<String>,
}

/// Both vendors, and how well they are reached.
#[derive(Debug)]
pub struct World {
    pub chance: Chance,
    pub now: i64,
    pub orders: Vec<ShopOrder>,
    /// Remote id and key of every sale there is, doubles included.
    pub sales: Vec<(String, String)>,
    /// Id and address of every customer there is.
    pub customers: Vec<(String, String)>,
    pub version: u64,
    pub repeated: Repeated,
    /// Of a hundred requests, how many get no answer that could be trusted.
    pub faults: u64,
    pub sends: u64,
    pub page: usize,
    /// A key that traps the sink.
    pub poison: Option<String>,
    /// A key that the till refuses for good.
    pub refused: Option<String>,
    /// A key that the sink refuses to plan.
    pub unsellable: Option<String>,
    /// Keys that came to the input `unsold` of a rule.
    pub taken: Vec<String>,
    /// Key and revision of each sale that was posted.
    pub posted: Vec<(String, String)>,
    /// The next sends are refused by the rate limit for so many milliseconds.
    pub limits: VecDeque<u64>,
    /// The next answers are lost after the write was taken, or before.
    pub losses: VecDeque<Loss>,
    /// Orders that the pages do not show, though they can be read by their key.
    pub hidden: HashSet<u64>,
    /// What the rule says of a key, whatever it is.
    pub verdicts: HashMap<String, Verdict>,
    /// How the rule fails when it is given a key in a revision.
    pub rule_faults: HashMap<(String, String), Fault>,
    /// An order that its source cannot read anew.
    pub unreadable: Option<String>,
    /// Sales are to be sent before this instant.
    pub send_before: Option<i64>,
    /// The counter that each sale moves, and whether all do so by one cause.
    pub moves: Option<(String, bool)>,
    /// Probes decide nothing.
    pub blind: bool,
    /// Probes are put off by the till.
    pub put_off: bool,
    /// A probe that finds nothing says so for good, and the write is planned anew.
    pub again: bool,
    /// Answers to this key's write take so many milliseconds.
    pub slow: Option<(String, i64)>,
    /// Each write that left, by its key, and when.
    pub sent: Vec<(String, i64)>,
    /// The sink cannot read from its account.
    pub away: bool,
    /// Key and revision of each sale that the sink was asked to plan.
    pub prepared: Vec<(String, String)>,
    /// When each of them was planned.
    pub planned: Vec<i64>,
    /// How many sales were planned and not posted, at most.
    pub ahead_most: usize,
    /// When each probe was read.
    pub looks: Vec<i64>,
    /// Calls of the rule, and of the sink for a plan.
    pub applies: u64,
    pub prepares: u64,
    /// How often the run looked whether something had come.
    pub polls: u64,
}

/// Where the answer to a write was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    Before,
    After,
}

/// No run in these tests looks so often for news, unless it turns in a circle.
const POLLS_MAX: u64 = 20_000;
/// The settle time of every write, in milliseconds.
pub const SETTLE_MS: i64 = 1_000;

impl World {
    pub fn new(seed: u64, orders: u64, repeated: Repeated, faults: u64) -> Self {
        let mut chance = Chance(seed);
        let orders = (1..=orders)
            .map(|id| ShopOrder {
                id,
                paid: chance.percent(70),
                revision: 1,
                email: chance.percent(80).then(|| format!("buyer{}@example.org", chance.below(6))),
            })
            .collect();
        Self {
            chance,
            now: 1_700_000_000_000,
            orders,
            sales: Vec::new(),
            customers: Vec::new(),
            version: 0,
            repeated,
            faults,
            sends: 0,
            page: 4,
            poison: None,
            refused: None,
            unsellable: None,
            taken: Vec::new(),
            posted: Vec::new(),
            limits: VecDeque::new(),
            losses: VecDeque::new(),
            hidden: HashSet::new(),
            verdicts: HashMap::new(),
            rule_faults: HashMap::new(),
            unreadable: None,
            send_before: None,
            moves: None,
            blind: false,
            put_off: false,
            again: false,
            slow: None,
            sent: Vec::new(),
            away: false,
            prepared: Vec::new(),
            planned: Vec::new(),
            ahead_most: 0,
            looks: Vec::new(),
            applies: 0,
            prepares: 0,
            polls: 0,
        }
    }

    /// So many paid orders of one buyer each, and a network that loses nothing.
    pub fn calm(orders: u64) -> Self {
        let mut world = Self::new(1, orders, Repeated::Doubled, 0);
        for order in &mut world.orders {
            order.paid = true;
            order.email = None;
        }
        world
    }

    fn take(&mut self, request: &Request) -> Response {
        let body: serde_json::Value =
            serde_json::from_slice(request.body.as_deref().unwrap_or_default()).unwrap();
        let id = body["id"].as_str().unwrap().to_owned();
        let key = body["key"].as_str().unwrap().to_owned();
        self.version += 1;
        if Some(&key) == self.refused.as_ref() {
            return self.response(422, "refused");
        }
        if request.path == "customers" {
            let id = format!("c{}", self.version);
            self.customers.push((id.clone(), key.trim_start_matches("email:").to_owned()));
            return self.response(201, &id);
        }
        if self.sales.iter().any(|(there, _)| *there == id) {
            match self.repeated {
                Repeated::Refused => return self.response(409, "taken"),
                Repeated::Replaced | Repeated::Ignored => return self.response(200, &id),
                Repeated::Doubled => {}
            }
        }
        self.posted.push((key.clone(), body["revision"].as_str().unwrap().to_owned()));
        self.sales.push((id.clone(), key));
        self.response(200, &id)
    }

    fn response(&self, status: u16, text: &str) -> Response {
        Response { status, headers: Vec::new(), body: text.as_bytes().to_vec(), sent_at: self.now }
    }

    fn look(&self, request: &Request) -> Response {
        let name = request.query.first().map(|pair| pair.value.clone()).unwrap_or_default();
        let found = match request.path.as_str() {
            "customers" => {
                self.customers.iter().find(|(_, email)| *email == name).map(|(id, _)| id.clone())
            }
            _ => self.sales.iter().find(|(id, _)| *id == name).map(|(id, _)| id.clone()),
        };
        match found {
            Some(id) => self.response(200, &id),
            None => self.response(404, ""),
        }
    }
}

pub type Shared = Arc<Mutex<World>>;

fn money(units: i64) -> Decimal {
    Decimal { units, scale: 2 }
}

fn order_entry(order: &ShopOrder, now: i64) -> Entry {
    let customer = order.email.clone().map(|email| Customer {
        id: None,
        email: Some(email),
        name: None,
        phone: None,
        attributes: Vec::new(),
    });
    Entry {
        key: order.id.to_string(),
        revision: order.revision.to_string(),
        read_at: now,
        payload: Payload::Order(Order {
            id: order.id.to_string(),
            number: format!("N{}", order.id),
            placed_at: now,
            paid_at: None,
            updated_at: now,
            payment_status: if order.paid {
                PaymentStatus::Paid
            } else {
                PaymentStatus::AwaitingPayment
            },
            currency: "EUR".to_owned(),
            customer,
            matched_customer: None,
            lines: Vec::new(),
            charges: vec![Charge {
                kind: ChargeKind::Shipping,
                name: "Post".to_owned(),
                amount: money(500),
                taxes: Vec::new(),
            }],
            tenders: Vec::new(),
            total: money(500),
            refunded: money(0),
            note: None,
            attributes: Vec::new(),
        }),
    }
}

/// An order as its source gives it, with its key made whole.
pub fn entry_of(world: &World, order: u64) -> Entry {
    let order = world.orders.iter().find(|other| other.id == order).unwrap();
    Entry { key: format!("shop:1/orders/{}", order.id), ..order_entry(order, world.now) }
}

/// The connectors, natively.
pub struct Guests(pub Shared);

impl Connectors for Guests {
    fn pull(
        &mut self,
        _stage: usize,
        after: Option<Vec<u8>>,
        _limit: u32,
        now: i64,
    ) -> Result<Page, Fault> {
        let world = lock(&self.0);
        let from: usize =
            after.map_or(0, |after| String::from_utf8(after).unwrap().parse().unwrap());
        // Every walk begins anew once it came to the end, so that news of old orders is found.
        let from = if from >= world.orders.len() { 0 } else { from };
        let to = (from + world.page).min(world.orders.len());
        let shown = world.orders[from..to].iter().filter(|order| !world.hidden.contains(&order.id));
        let entries = shown.map(|order| order_entry(order, now)).collect();
        let more = to < world.orders.len();
        Ok(Page {
            entries,
            next: to.to_string().into_bytes(),
            more,
            complete_to: (!more).then_some(now),
        })
    }

    fn apply(
        &mut self,
        _: usize,
        input: &str,
        entries: &[Entry],
        _: &[Horizon],
    ) -> Result<RuleApplied, Fault> {
        let mut world = lock(&self.0);
        world.applies += 1;
        if input == "unsold" {
            world.taken.extend(entries.iter().map(|entry| entry.key.clone()));
            let taken = entries.iter().map(|_| Verdict::Filter("taken".to_owned()));
            return Ok((taken.collect(), Vec::new()));
        }
        let fault = entries
            .iter()
            .find_map(|entry| world.rule_faults.get(&(entry.key.clone(), entry.revision.clone())));
        if let Some(fault) = fault {
            return Err(fault.clone());
        }
        let verdicts = entries.iter().map(|entry| {
            if let Some(verdict) = world.verdicts.get(&entry.key) {
                return verdict.clone();
            }
            let Payload::Order(order) = &entry.payload else {
                return Verdict::Reject("not an order".to_owned());
            };
            if order.payment_status != PaymentStatus::Paid {
                return Verdict::Filter("not paid".to_owned());
            }
            let Some(email) = order.customer.as_ref().and_then(|customer| customer.email.clone())
            else {
                return Verdict::Pass("orders".to_owned());
            };
            let port = "orders".to_owned();
            if let Some((id, _)) = world.customers.iter().find(|(_, there)| *there == email) {
                let customer = CustomerLink::Id(id.clone());
                let (after, beside) = (Vec::new(), Vec::new());
                return Verdict::Matched(Matching { port, customer, after, beside });
            }
            let key = format!("email:{email}");
            let customer = Entry {
                key: key.clone(),
                revision: "new".to_owned(),
                read_at: entry.read_at,
                payload: Payload::Customer(order.customer.clone().unwrap()),
            };
            let created =
                Output { port: "customers".to_owned(), entry: customer, after: Vec::new() };
            Verdict::Matched(Matching {
                port,
                customer: CustomerLink::Entry(key.clone()),
                after: vec![key],
                beside: vec![created],
            })
        });
        Ok((verdicts.collect(), Vec::new()))
    }

    fn prepare(
        &mut self,
        stage: usize,
        intakes: &[Intake],
        known: Option<u64>,
    ) -> Result<Plan, Fault> {
        let mut world = lock(&self.0);
        world.prepares += 1;
        if world.away {
            return Err(Fault::Failed(Failure::RetryAfter(10)));
        }
        if intakes.iter().any(|intake| Some(&intake.entry.key) == world.poison.as_ref()) {
            return Err(Fault::Trapped("the till connector panicked: poison".to_owned()));
        }
        let mut plan = Plan {
            writes: Vec::new(),
            unchanged: Vec::new(),
            deferrals: Vec::new(),
            rejections: Vec::new(),
        };
        for (position, intake) in (0..).zip(intakes) {
            let key = intake.entry.key.clone();
            if world.unsellable.as_ref() == Some(&key) {
                let message = "the till does not know its product".to_owned();
                let rejection = Rejection { intake: position, message, hint: None, remote: None };
                plan.rejections.push(rejection);
                continue;
            }
            let customers = stage == 2;
            if !customers {
                world.prepared.push((key.clone(), intake.entry.revision.clone()));
                let now = world.now;
                world.planned.push(now);
                world.ahead_most = world.ahead_most.max(world.prepared.len() - world.posted.len());
            }
            let there = if customers {
                world
                    .customers
                    .iter()
                    .find(|(_, email)| key == format!("email:{email}"))
                    .map(|(id, _)| id.clone())
            } else if let Some(prior) = &intake.prior {
                let _ = known;
                Some(prior.id.clone())
            } else {
                // As the contract asks of a sink whose remote would take an id twice.
                world.sales.iter().find(|(id, _)| *id == intake.token).map(|(id, _)| id.clone())
            };
            if let Some(id) = there {
                plan.unchanged.push(Existing {
                    intake: position,
                    id,
                    movements: Vec::new(),
                    memo: Vec::new(),
                });
                continue;
            }
            let path = if customers { "customers" } else { "sales" };
            let asked = if customers {
                key.trim_start_matches("email:").to_owned()
            } else {
                intake.token.clone()
            };
            let body = serde_json::json!({ "id": intake.token, "key": key, "revision": intake.entry.revision, "resolved": intake.resolved.first().map(|pair| &pair.value) });
            let request = |method, body: Option<Vec<u8>>, query| Request {
                endpoint: "api".to_owned(),
                method,
                path: path.to_owned(),
                query,
                headers: Vec::new(),
                body,
                keep: Vec::new(),
            };
            let movements = world.moves.iter().map(|(owner, one_cause)| Movement {
                intake: position,
                owner: owner.clone(),
                delta: money(-100),
                cause: if *one_cause { "one".to_owned() } else { key.clone() },
            });
            let movements = movements.filter(|_| !customers).collect();
            plan.writes.push(Write {
                action: Action::Create,
                covers: vec![position],
                summary: format!("{path} {key}"),
                movements,
                request: request(Method::Post, Some(body.to_string().into_bytes()), Vec::new()),
                probe: Some(request(
                    Method::Get,
                    None,
                    vec![Pair { name: "name".to_owned(), value: asked }],
                )),
                memo: Vec::new(),
                settle_ms: SETTLE_MS.unsigned_abs(),
                send_before: world.send_before,
            });
        }
        Ok(plan)
    }

    fn explain(
        &mut self,
        _: usize,
        _: &str,
        _: &Write,
        _: &[Intake],
    ) -> Result<Vec<Change>, Fault> {
        Ok(Vec::new())
    }

    fn conclude(
        &mut self,
        _: usize,
        _: &str,
        _: &Write,
        response: &Response,
    ) -> Result<Conclusion, Fault> {
        let text = String::from_utf8(response.body.clone()).unwrap();
        Ok(match response.status {
            200 | 201 => {
                Conclusion::Decided(vec![Settled::Applied(Applied { id: text, version: Some(7) })])
            }
            409 => Conclusion::Undecided(Doubt { after_ms: 0, memo: Vec::new() }),
            _ => Conclusion::Decided(vec![Settled::Rejected(text)]),
        })
    }

    fn settle(
        &mut self,
        stage: usize,
        component: &str,
        write: &Write,
        response: &Response,
    ) -> Result<Conclusion, Fault> {
        let world = lock(&self.0);
        if world.blind {
            return Ok(Conclusion::Undecided(Doubt { after_ms: 0, memo: Vec::new() }));
        }
        if world.again && response.status == 404 {
            return Ok(Conclusion::Decided(vec![Settled::Again(0)]));
        }
        drop(world);
        match response.status {
            404 => Ok(Conclusion::NotApplied(0)),
            _ => self.conclude(stage, component, write, response),
        }
    }

    fn find_by_key(&mut self, _: usize, ids: Vec<String>) -> Result<Vec<Vec<Entry>>, Fault> {
        let world = lock(&self.0);
        if ids.iter().any(|id| Some(id) == world.unreadable.as_ref()) {
            return Err(Fault::Trapped("the shop connector panicked: unreadable".to_owned()));
        }
        let found = ids
            .iter()
            .map(|id| world.orders.iter().rev().filter(|order| order.id.to_string() == *id));
        Ok(found
            .map(|orders| orders.map(|order| order_entry(order, world.now)).collect())
            .collect())
    }

    fn digest(&self, _: usize) -> String {
        "digest".to_owned()
    }

    fn notes(&mut self) -> Vec<NoteRow> {
        Vec::new()
    }

    fn forget_staged(&mut self) {}
}

/// The network: it loses, delays and reorders answers, and virtual time passes only while the run waits.
pub struct Wire {
    pub world: Shared,
    pub events: VecDeque<Event>,
    /// Answers that are still on their way, and when they come.
    pub later: Vec<(i64, Event)>,
}

impl Network for Wire {
    fn now(&self) -> i64 {
        lock(&self.world).now
    }

    fn send(&mut self, number: i64, _: usize, request: &Request) {
        let mut world = lock(&self.world);
        world.sends += 1;
        world.now += 20;
        let body: serde_json::Value =
            serde_json::from_slice(request.body.as_deref().unwrap_or_default()).unwrap();
        let key = body["key"].as_str().unwrap().to_owned();
        let now = world.now;
        world.sent.push((key.clone(), now));
        let faults = world.faults;
        let answer = if let Some(retry_after_ms) = world.limits.pop_front() {
            Answer::NotTaken { reason: "429".to_owned(), retry_after_ms, reached: true }
        } else if let Some(loss) = world.losses.pop_front() {
            if loss == Loss::After {
                let _lost = world.take(request);
            }
            Answer::Unknown { reason: "lost".to_owned() }
        } else if world.chance.percent(faults) {
            match world.chance.below(5) {
                0 => Answer::NotTaken {
                    reason: "429".to_owned(),
                    retry_after_ms: 500,
                    reached: true,
                },
                1 => Answer::Unknown { reason: "lost before".to_owned() },
                2 => {
                    let response = world.take(request);
                    Answer::Unknown { reason: format!("5xx after {}", response.status) }
                }
                _ => {
                    let _lost = world.take(request);
                    Answer::Unknown { reason: "lost after".to_owned() }
                }
            }
        } else {
            Answer::Answered(world.take(request))
        };
        let now = world.now;
        let slow = world.slow.as_ref().filter(|(slow, _)| *slow == key).map(|(_, ms)| now + ms);
        let event = Event::Answered { number, answer, now: slow.unwrap_or(now) };
        if let Some(at) = slow {
            self.later.push((at, event));
            return;
        }
        if world.chance.percent(50) {
            self.events.push_back(event)
        } else {
            self.events.push_front(event)
        }
    }

    fn probe(&mut self, number: i64, _: usize, request: &Request) {
        let mut world = lock(&self.world);
        let (faults, now) = (world.faults, world.now);
        world.looks.push(now);
        let response = if world.put_off || world.chance.percent(faults / 2) {
            Err(Failure::RetryAfter(300))
        } else {
            Ok(world.look(request))
        };
        let now = world.now;
        self.events.push_back(Event::Probed { number, response, now });
    }

    fn next(&mut self, until: Option<i64>) -> Option<Event> {
        let mut world = lock(&self.world);
        world.polls += 1;
        assert!(world.polls < POLLS_MAX, "the run turns in a circle");
        if self.events.is_empty() {
            // Time passes until something comes, or until it is time.
            let comes = self.later.iter().map(|(at, _)| *at).min();
            let until = [until, comes].into_iter().flatten().min();
            world.now = world.now.max(until.unwrap_or(world.now));
        }
        let now = world.now;
        for (_, event) in self.later.extract_if(.., |(at, _)| *at <= now) {
            self.events.push_back(event);
        }
        let poll = until == Some(i64::MIN);
        // Sometimes an answer is not there yet when it is looked for.
        if poll && world.chance.percent(50) {
            return None;
        }
        self.events.pop_front()
    }
}

/// The promises: each paid order is one sale, nothing else is, and no address has two customers of ours.
pub fn violations(world: &World) -> Vec<String> {
    let mut out = Vec::new();
    for order in &world.orders {
        let key = format!("shop:1/orders/{}", order.id);
        let sales = world.sales.iter().filter(|(_, of)| *of == key).count();
        if sales != usize::from(order.paid) {
            out.push(format!("order {} (paid: {}) has {sales} sales", order.id, order.paid));
        }
    }
    let mut seen = HashSet::new();
    for (_, email) in &world.customers {
        if !seen.insert(email) {
            out.push(format!("{email} has two customers"));
        }
    }
    out
}
