//! A shop and a till in memory, with a network that loses answers, under virtual time and one seed.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex};

use crate::contract::*;
use crate::engine::driver::{Applied as RuleApplied, Connectors, Driver, Network, Observer, lock};
use crate::engine::{Answer, Ended, Engine, Event, Fault, Mode, Options};
use crate::pipeline::{self, ConnectorRef, Joint, Pipeline, Role, Stage};
use crate::store::{Change, Known, Lease, NoteRow, SqliteStore, Store, StoreError, WriteRow};

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
}

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
        }
    }

    fn take(&mut self, request: &Request) -> Response {
        let body: serde_json::Value = serde_json::from_slice(request.body.as_deref().unwrap_or_default()).unwrap();
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
        self.sales.push((id.clone(), key));
        self.response(200, &id)
    }

    fn response(&self, status: u16, text: &str) -> Response {
        Response { status, headers: Vec::new(), body: text.as_bytes().to_vec(), sent_at: self.now }
    }

    fn look(&self, request: &Request) -> Response {
        let name = request.query.first().map(|pair| pair.value.clone()).unwrap_or_default();
        let found = match request.path.as_str() {
            "customers" => self.customers.iter().find(|(_, email)| *email == name).map(|(id, _)| id.clone()),
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
            payment_status: if order.paid { PaymentStatus::Paid } else { PaymentStatus::AwaitingPayment },
            currency: "EUR".to_owned(),
            customer,
            matched_customer: None,
            lines: Vec::new(),
            charges: vec![Charge { kind: ChargeKind::Shipping, name: "Post".to_owned(), amount: money(500), taxes: Vec::new() }],
            tenders: Vec::new(),
            total: money(500),
            refunded: money(0),
            note: None,
            attributes: Vec::new(),
        }),
    }
}

/// The connectors, natively.
pub struct Guests(pub Shared);

impl Connectors for Guests {
    fn pull(&mut self, _stage: usize, after: Option<Vec<u8>>, _limit: u32, now: i64) -> Result<Page, Fault> {
        let world = lock(&self.0);
        let from: usize = after.map_or(0, |after| String::from_utf8(after).unwrap().parse().unwrap());
        // Every walk begins anew once it came to the end, so that news of old orders is found.
        let from = if from >= world.orders.len() { 0 } else { from };
        let to = (from + world.page).min(world.orders.len());
        let entries = world.orders[from..to].iter().map(|order| order_entry(order, now)).collect();
        let more = to < world.orders.len();
        Ok(Page { entries, next: to.to_string().into_bytes(), more, complete_to: (!more).then_some(now) })
    }

    fn apply(&mut self, _: usize, _: &str, entries: Vec<Entry>, _: Vec<Horizon>) -> Result<RuleApplied, Fault> {
        let world = lock(&self.0);
        let verdicts = entries.into_iter().map(|entry| {
            let Payload::Order(order) = &entry.payload else { return Verdict::Reject("not an order".to_owned()) };
            if order.payment_status != PaymentStatus::Paid {
                return Verdict::Filter("not paid".to_owned());
            }
            let Some(email) = order.customer.as_ref().and_then(|customer| customer.email.clone()) else {
                return Verdict::Pass("orders".to_owned());
            };
            let mut linked = entry.clone();
            let Payload::Order(order) = &mut linked.payload else { unreachable!() };
            if let Some((id, _)) = world.customers.iter().find(|(_, there)| *there == email) {
                order.matched_customer = Some(CustomerLink::Id(id.clone()));
                return Verdict::Forward(vec![Output { port: "orders".to_owned(), entry: linked, after: Vec::new() }]);
            }
            let key = format!("email:{email}");
            order.matched_customer = Some(CustomerLink::Entry(key.clone()));
            let customer = Entry {
                key: key.clone(),
                revision: "new".to_owned(),
                read_at: entry.read_at,
                payload: Payload::Customer(order.customer.clone().unwrap()),
            };
            Verdict::Forward(vec![
                Output { port: "customers".to_owned(), entry: customer, after: Vec::new() },
                Output { port: "orders".to_owned(), entry: linked, after: vec![key] },
            ])
        });
        Ok((verdicts.collect(), Vec::new()))
    }

    fn prepare(&mut self, stage: usize, intakes: Vec<Intake>, known: Option<u64>) -> Result<Plan, Fault> {
        let world = lock(&self.0);
        if intakes.iter().any(|intake| Some(&intake.entry.key) == world.poison.as_ref()) {
            return Err(Fault::Trapped("the till connector panicked: poison".to_owned()));
        }
        let mut plan = Plan { writes: Vec::new(), unchanged: Vec::new(), deferrals: Vec::new(), rejections: Vec::new() };
        for (position, intake) in (0..).zip(intakes) {
            let key = intake.entry.key.clone();
            let customers = stage == 2;
            let there = if customers {
                world.customers.iter().find(|(_, email)| key == format!("email:{email}")).map(|(id, _)| id.clone())
            } else if let Some(prior) = &intake.prior {
                let _ = known;
                Some(prior.id.clone())
            } else {
                // As the contract asks of a sink whose remote would take an id twice.
                world.sales.iter().find(|(id, _)| *id == intake.token).map(|(id, _)| id.clone())
            };
            if let Some(id) = there {
                plan.unchanged.push(Existing { intake: position, id, movements: Vec::new(), memo: Vec::new() });
                continue;
            }
            let path = if customers { "customers" } else { "sales" };
            let asked = if customers { key.trim_start_matches("email:").to_owned() } else { intake.token.clone() };
            let body = serde_json::json!({ "id": intake.token, "key": key, "resolved": intake.resolved.first().map(|pair| &pair.value) });
            let request = |method, body: Option<Vec<u8>>, query| Request {
                endpoint: "api".to_owned(),
                method,
                path: path.to_owned(),
                query,
                headers: Vec::new(),
                body,
                keep: Vec::new(),
            };
            plan.writes.push(Write {
                action: Action::Create,
                covers: vec![position],
                summary: format!("{path} {key}"),
                changes: Vec::new(),
                movements: Vec::new(),
                request: request(Method::Post, Some(body.to_string().into_bytes()), Vec::new()),
                probe: Some(request(Method::Get, None, vec![Pair { name: "name".to_owned(), value: asked }])),
                memo: Vec::new(),
                settle_ms: 1_000,
                send_before: None,
            });
        }
        Ok(plan)
    }

    fn conclude(&mut self, _: usize, _: &str, _: &Write, response: &Response) -> Result<Conclusion, Fault> {
        let text = String::from_utf8(response.body.clone()).unwrap();
        Ok(match response.status {
            200 | 201 => Conclusion::Decided(vec![Settled::Applied(Applied { id: text, version: Some(7) })]),
            409 => Conclusion::Undecided(Doubt { after_ms: 0, memo: Vec::new() }),
            _ => Conclusion::Decided(vec![Settled::Rejected(text)]),
        })
    }

    fn settle(&mut self, stage: usize, component: &str, write: &Write, response: &Response) -> Result<Conclusion, Fault> {
        match response.status {
            404 => Ok(Conclusion::NotApplied(0)),
            _ => self.conclude(stage, component, write, response),
        }
    }

    fn find_by_key(&mut self, _: usize, ids: Vec<String>) -> Result<Vec<Vec<Entry>>, Fault> {
        let world = lock(&self.0);
        let found = ids.iter().map(|id| world.orders.iter().filter(|order| order.id.to_string() == *id));
        Ok(found.map(|orders| orders.map(|order| order_entry(order, world.now)).collect()).collect())
    }

    fn digest(&self, _: usize) -> String {
        "digest".to_owned()
    }

    fn notes(&mut self) -> Vec<NoteRow> {
        Vec::new()
    }

    fn committed(&mut self) {}
}

/// The network: it loses, delays and reorders answers, and virtual time passes only while the run waits.
pub struct Wire {
    pub world: Shared,
    pub events: VecDeque<Event>,
}

impl Network for Wire {
    fn now(&self) -> i64 {
        lock(&self.world).now
    }

    fn send(&mut self, number: i64, _: usize, request: Request) {
        let mut world = lock(&self.world);
        world.sends += 1;
        world.now += 20;
        let faults = world.faults;
        let answer = if world.chance.percent(faults) {
            match world.chance.below(5) {
                0 => Answer::NotTaken { reason: "429".to_owned(), retry_after_ms: 500, reached: true },
                1 => Answer::Unknown { reason: "lost before".to_owned() },
                2 => {
                    let response = world.take(&request);
                    Answer::Unknown { reason: format!("5xx after {}", response.status) }
                }
                _ => {
                    let _lost = world.take(&request);
                    Answer::Unknown { reason: "lost after".to_owned() }
                }
            }
        } else {
            Answer::Answered(world.take(&request))
        };
        let now = world.now;
        let event = Event::Answered { number, answer, now };
        if world.chance.percent(50) { self.events.push_back(event) } else { self.events.push_front(event) }
    }

    fn probe(&mut self, number: i64, _: usize, request: Request) {
        let mut world = lock(&self.world);
        let faults = world.faults;
        let response = if world.chance.percent(faults / 2) {
            Err(Failure::RetryAfter(300))
        } else {
            Ok(world.look(&request))
        };
        let now = world.now;
        self.events.push_back(Event::Probed { number, response, now });
    }

    fn next(&mut self, until: Option<i64>) -> Option<Event> {
        let mut world = lock(&self.world);
        if self.events.is_empty()
            && let Some(until) = until
        {
            world.now = world.now.max(until);
        }
        let poll = until == Some(i64::MIN);
        // Sometimes an answer is not there yet when it is looked for.
        if poll && world.chance.percent(50) {
            return None;
        }
        self.events.pop_front()
    }
}

/// A store that ends the run at its Nth commit, before or after it is on the disk.
pub struct Breaking {
    pub inner: SqliteStore,
    pub commits: u64,
    pub breaks_at: Option<(u64, bool)>,
}

impl Store for Breaking {
    fn lease(&mut self, name: &str, now: i64, until: i64) -> Result<Lease, StoreError> {
        self.inner.lease(name, now, until)
    }
    fn release(&mut self, lease: &Lease) -> Result<(), StoreError> {
        self.inner.release(lease)
    }
    fn commit(&mut self, pipeline: &str, leases: &[Lease], changes: &[Change]) -> Result<(), StoreError> {
        self.commits += 1;
        let broken = || StoreError::Unusable { file: "test".to_owned(), reason: "killed".to_owned() };
        match self.breaks_at {
            Some((at, false)) if at == self.commits => Err(broken()),
            Some((at, true)) if at == self.commits => {
                self.inner.commit(pipeline, leases, changes)?;
                Err(broken())
            }
            _ => self.inner.commit(pipeline, leases, changes),
        }
    }
    fn cursors(&self, pipeline: &str) -> Result<Vec<crate::store::CursorRow>, StoreError> {
        self.inner.cursors(pipeline)
    }
    fn open_writes(&self, pipeline: &str) -> Result<Vec<WriteRow>, StoreError> {
        self.inner.open_writes(pipeline)
    }
    fn last_number(&self, pipeline: &str) -> Result<i64, StoreError> {
        self.inner.last_number(pipeline)
    }
    fn seen(&self, pipeline: &str, source: &str, entries: &[(&str, &str)]) -> Result<Vec<bool>, StoreError> {
        self.inner.seen(pipeline, source, entries)
    }
    fn recall(&self, destination: &str, keys: &[&str]) -> Result<Vec<crate::store::Recall>, StoreError> {
        self.inner.recall(destination, keys)
    }
    fn fates(&self, pipeline: &str, destinations: &[String], keys: &[&str]) -> Result<Vec<crate::store::KeyFate>, StoreError> {
        self.inner.fates(pipeline, destinations, keys)
    }
    fn known_version(&self, destination: &str) -> Result<Option<u64>, StoreError> {
        self.inner.known_version(destination)
    }
    fn causes_taken(&self, account: &str, causes: &[(&str, &str)]) -> Result<Vec<bool>, StoreError> {
        self.inner.causes_taken(account, causes)
    }
    fn due(&self, pipeline: &str, known: &Known, limit: usize) -> Result<(Vec<crate::store::WaitingRow>, Option<i64>), StoreError> {
        self.inner.due(pipeline, known, limit)
    }
    fn state(&self, pipeline: &str, stage: &str, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        self.inner.state(pipeline, stage, keys)
    }
    fn effects(&self, account: &str, owner: &str, after: u64) -> Result<Vec<crate::store::EffectRow>, StoreError> {
        self.inner.effects(account, owner, after)
    }
}

/// Keeps what a plan shows.
#[derive(Default)]
pub struct Watcher {
    pub planned: Vec<WriteRow>,
}

impl Observer for Watcher {
    fn planned(&mut self, write: &WriteRow) {
        self.planned.push(write.clone());
    }
}

/// Orders through one rule into customers and sales.
pub fn pipeline() -> Pipeline {
    let connector = |name: &str| ConnectorRef { name: name.to_owned(), path: format!("{name}.wasm").into() };
    let connection = |name: &str| pipeline::Connection {
        name: name.to_owned(),
        connector: connector(name),
        options: "{}".to_owned(),
        account: format!("{name}:1"),
        secret: None,
        endpoints: Vec::new(),
    };
    let stage = |id: &str, role, joints| Stage { id: id.to_owned(), enabled: true, switch: None, role, joints };
    let joint = |from: Option<&str>, to, input: &str| Joint { from: from.map(str::to_owned), to, input: input.to_owned() };
    let sink = |collection: &str| {
        Role::Sink(pipeline::Sink {
            connection: 1,
            collection: collection.to_owned(),
            options: "{}".to_owned(),
            batch_max: 3,
            fresh_ms: Some(60_000),
        })
    };
    let source = Role::Source(pipeline::Source {
        connection: 0,
        collection: "orders".to_owned(),
        options: "{}".to_owned(),
        every_ms: 60_000,
        batch_max: 4,
    });
    let transform = Role::Transform(pipeline::Transform {
        connector: connector("match"),
        options: "{}".to_owned(),
        directories: Vec::new(),
        inputs: vec![pipeline::Input { port: "orders".to_owned(), sources: vec![0] }],
    });
    Pipeline {
        name: "test".to_owned(),
        file: "test.toml".into(),
        switches: BTreeMap::from([("post".to_owned(), true)]),
        connections: vec![connection("shop"), connection("till")],
        stages: vec![
            stage("orders", source, vec![joint(None, 1, "orders")]),
            stage("matched", transform, vec![joint(Some("customers"), 2, ""), joint(Some("orders"), 3, "")]),
            stage("customers", sink("customers"), Vec::new()),
            Stage { switch: Some("post".to_owned()), ..stage("sales", sink("sales"), Vec::new()) },
        ],
    }
}

/// One run to its end, or to where it breaks.
pub fn run(world: &Shared, store: &Arc<Mutex<Breaking>>, mode: Mode) -> (Result<Ended, StoreError>, Watcher) {
    run_of(pipeline(), world, store, mode)
}

/// One run of a pipeline.
pub fn run_of(pipeline: Pipeline, world: &Shared, store: &Arc<Mutex<Breaking>>, mode: Mode) -> (Result<Ended, StoreError>, Watcher) {
    let pipeline = Arc::new(pipeline);
    let mut guests = Guests(Arc::clone(world));
    let mut wire = Wire { world: Arc::clone(world), events: VecDeque::new() };
    let mut watcher = Watcher::default();
    let engine = Engine::new(Arc::clone(&pipeline), Options { mode, only: None });
    let ended = Driver::new(pipeline, Arc::clone(store), &mut guests, &mut wire, &mut watcher).run(engine);
    (ended, watcher)
}

/// A store in memory that does not break.
pub fn store() -> Arc<Mutex<Breaking>> {
    Arc::new(Mutex::new(Breaking { inner: SqliteStore::in_memory().unwrap(), commits: 0, breaks_at: None }))
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
