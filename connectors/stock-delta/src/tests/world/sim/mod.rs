//! The world: two counters, orders, writes under way, and a host that is as ours is to rules.

mod audit;

use penstock_connector_sdk::commerce::{
    Entry, Order, OrderLine, Payload, PaymentStatus, StockMove,
};
use penstock_connector_sdk::host::{Effect, EffectStatus, Link, State};
use penstock_connector_sdk::samples;
use penstock_connector_sdk::script::Script;
use penstock_connector_sdk::transform::{Apply, Horizon, Transform, Verdict};
use penstock_connector_sdk::types::{Decimal, Instant};

use super::Event;
use crate::StockDelta;
use crate::cell::{Cell, Mode, Side};
use crate::tests::desk::{SHOP, TILL, level_entry};

/// What both counters begin with.
const BEGIN: i64 = 10;
/// How far the shop's list of orders lags.
const ORDERS_LAG_MS: i64 = 2_000;
/// Rounds after which a world that does not rest has failed.
const ROUNDS_MAX: u32 = 200;
/// Rounds without a word that are rest.
const ROUNDS_QUIET: u32 = 12;

pub(super) struct World {
    rule: StockDelta,
    host: Script,
    now: Instant,
    /// Levels with the instants from which on they stood.
    shop: Vec<(Instant, i64)>,
    till: Vec<(Instant, i64)>,
    /// Units of the till's that the shop is not told of.
    buffer: i64,
    orders: Vec<Bought>,
    orders_to: Instant,
    writes: Vec<Write>,
    waiting: Vec<Waiting>,
    effects: u64,
    sequence: u64,
    /// What people changed beside orders: sums and sizes.
    edited: [i64; 2],
    edited_size: [i64; 2],
    told_size: [i64; 2],
    /// Up to when each side's source has told what changed.
    told_to: [Option<Instant>; 2],
    looks: Vec<audit::Look>,
    /// Differences that an audit has found, and there was none.
    alarms: Vec<String>,
    faults: Vec<String>,
    forwarded: bool,
    rests: bool,
}

struct Bought {
    id: String,
    quantity: i64,
    taken: bool,
    updated_at: Instant,
    paid: bool,
    known_at: Option<Instant>,
}

struct Write {
    side: Side,
    cause: String,
    delta: i64,
    at: At,
    effect: u64,
    version: Option<u64>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Gone,
    Sink,
    Planned,
    Sent,
    Made,
    Settled,
}

struct Waiting {
    side: Side,
    /// Nothing where it is to be read anew.
    entry: Option<Entry>,
    due: Instant,
    orders: Instant,
}

const fn index(side: Side) -> usize {
    match side {
        Side::Shop => 0,
        Side::Till => 1,
    }
}

const fn owner(side: Side) -> &'static str {
    match side {
        Side::Shop => SHOP,
        Side::Till => TILL,
    }
}

impl World {
    pub(super) fn new(rule: StockDelta) -> Self {
        let host = Script::new();
        let link = |other: &str| Link { id: 1, other: other.to_owned(), levels_accepted: true };
        host.set_link("shop", SHOP, Some(link(TILL)));
        host.set_link("till", TILL, Some(link(SHOP)));
        let buffer = rule.options.buffer.normalized().units;
        let mut world = Self {
            rule,
            host,
            now: 0,
            shop: vec![(0, BEGIN)],
            till: vec![(0, BEGIN + buffer)],
            buffer,
            orders: Vec::new(),
            orders_to: 100_000,
            writes: Vec::new(),
            waiting: Vec::new(),
            effects: 0,
            sequence: 0,
            edited: [0; 2],
            edited_size: [0; 2],
            told_size: [0; 2],
            told_to: [None; 2],
            looks: Vec::new(),
            alarms: Vec::new(),
            faults: Vec::new(),
            forwarded: false,
            rests: false,
        };
        for side in [Side::Shop, Side::Till] {
            let entry = world.read(side, 0);
            world.show(side, entry);
        }
        world.orders_to = 0;
        world.now = 20_000;
        world
    }

    pub(super) fn happen(&mut self, event: Event) {
        match event {
            Event::Place(quantity) => {
                let id = format!("order-{}", self.orders.len());
                let (updated_at, taken) = (self.now, true);
                let (paid, known_at) = (false, None);
                self.orders.push(Bought { id, quantity, taken, updated_at, paid, known_at });
                self.set(Side::Shop, -quantity);
            }
            Event::Cancel(which) => self.cancel(which),
            Event::Pay(which) => self.pay(which),
            Event::EditShop(by) => self.edit(Side::Shop, by),
            Event::EditTill(by) => self.edit(Side::Till, by),
            Event::PullOrders => self.pull_orders(),
            Event::Audit { stale_ms } => self.audit(stale_ms),
            Event::ReadShop { stale_ms, late } => self.pull(Side::Shop, stale_ms, late),
            Event::ReadTill { stale_ms, late } => self.pull(Side::Till, stale_ms, late),
            Event::Write { which, luck } => {
                let open = |write: &Write| !matches!(write.at, At::Gone | At::Settled);
                let open: Vec<usize> =
                    (0..self.writes.len()).filter(|at| open(&self.writes[*at])).collect();
                if let Some(at) = open.get(which % open.len().max(1)) {
                    self.step(*at, luck);
                }
            }
        }
    }

    /// Lets time pass, and has what waits come again.
    pub(super) fn pass(&mut self, ms: i64) {
        self.now += ms;
        let (now, orders) = (self.now, self.orders_to);
        let is_due = |waiting: &Waiting| waiting.due <= now && waiting.orders <= orders;
        let (due, waiting) = std::mem::take(&mut self.waiting).into_iter().partition(is_due);
        self.waiting = waiting;
        for Waiting { side, entry, .. } in due {
            match entry {
                Some(entry) => self.show(side, entry),
                None => self.pull(side, 0, false),
            }
        }
    }

    /// The faults stop: everything is read, and every write goes its way.
    pub(super) fn come_to_rest(&mut self) {
        let mut quiet = 0;
        for _ in 0..ROUNDS_MAX {
            self.pass(16_000);
            self.forwarded = false;
            self.pull_orders();
            for _step in [At::Planned, At::Sent, At::Made, At::Settled] {
                for at in 0..self.writes.len() {
                    self.step(at, 7);
                }
            }
            self.pass(20_000);
            for side in [Side::Shop, Side::Till] {
                if !self.waiting.iter().any(|waiting| waiting.side == side) {
                    self.pull(side, 0, false);
                }
            }
            let under_way =
                self.writes.iter().any(|write| !matches!(write.at, At::Gone | At::Settled));
            let still = !self.forwarded && !under_way;
            quiet = if still { quiet + 1 } else { 0 };
            if quiet > ROUNDS_QUIET {
                self.rests = true;
                return;
            }
        }
    }

    /// Whether what came of it all is what truly happened.
    pub(super) fn check(&self) -> Result<(), String> {
        let fail = |text: String| Err(text);
        if let Some(fault) = self.faults.first() {
            return fail(fault.clone());
        }
        let sold = |order: &Bought| {
            let cause = format!("{}#1", order.id);
            let settled = |write: &&Write| write.cause == cause && write.at == At::Settled;
            self.writes.iter().find(settled).map_or(0, |write| -write.delta)
        };
        let taken = |order: &Bought| if order.taken { order.quantity } else { 0 };
        let given_back: i64 =
            self.orders.iter().map(|order| (sold(order) - taken(order)).max(0)).sum();
        let reserved: i64 =
            self.orders.iter().map(|order| (taken(order) - sold(order)).max(0)).sum();
        for (side, beside) in [(Side::Shop, 0), (Side::Till, given_back)] {
            let (told, edited) =
                (self.told_size[index(side.other())], self.edited_size[index(side)]);
            if told > edited + beside.max(if side == Side::Shop { given_back } else { 0 }) {
                let other = side.other().name();
                return fail(format!("the {other} was told {told}, and {edited} were edited"));
            }
        }
        if !self.rests {
            return fail("the writes do not stop".to_owned());
        }
        let text = self.host.get(&[format!("cell/{SHOP}")]).remove(0).unwrap();
        let cell: Cell = serde_json::from_slice(&text).unwrap();
        if cell.mode != Mode::Tracked {
            return fail(format!("it is {:?}", cell.mode));
        }
        let taken: i64 = self.orders.iter().map(taken).sum();
        let [in_shop, in_till] = self.edited;
        let truth = BEGIN + in_shop + in_till - taken;
        let (shop, till) = (self.level(Side::Shop), self.level(Side::Till));
        let owed = cell.owed;
        if Decimal::new(shop, 0).checked_add(owed) != Ok(Decimal::new(truth, 0)) {
            return fail(format!("the shop has {shop}, owed {owed}, and truly there are {truth}"));
        }
        if !owed.is_zero() && (shop > 0 || owed.is_positive()) {
            return fail(format!("{owed} is owed, and the shop has {shop}"));
        }
        if till != truth + reserved + self.buffer {
            return fail(format!("the till has {till}, not {truth} and {reserved} reserved"));
        }
        if let Some(alarm) = self.alarms.first() {
            return fail(alarm.clone());
        }
        self.is_in_step()
    }

    fn cancel(&mut self, which: usize) {
        let now = self.now;
        let Some(order) = self.orders.get_mut(which).filter(|order| order.taken) else { return };
        (order.taken, order.updated_at, order.known_at) = (false, now, None);
        let quantity = order.quantity;
        self.set(Side::Shop, quantity);
    }

    fn pay(&mut self, which: usize) {
        let Some(order) = self.orders.get_mut(which) else { return };
        // A sale is planned of an order that the pipeline has seen.
        if order.paid || !order.taken || order.known_at.is_none() {
            return;
        }
        order.paid = true;
        let (cause, delta) = (format!("{}#1", order.id), -order.quantity);
        self.sink(Side::Till, cause, delta);
    }

    fn edit(&mut self, side: Side, by: i64) {
        self.edited[index(side)] += by;
        self.edited_size[index(side)] += by.abs();
        self.set(side, by);
    }

    fn sink(&mut self, side: Side, cause: String, delta: i64) {
        let (at, effect, version) = (At::Sink, 0, None);
        self.writes.push(Write { side, cause, delta, at, effect, version });
    }

    fn pull_orders(&mut self) {
        let now = self.now;
        let mut entries = Vec::new();
        for order in &mut self.orders {
            order.known_at.get_or_insert(now);
            let line = OrderLine {
                stock_owner: Some(SHOP.to_owned()),
                quantity: Decimal::new(order.quantity, 0),
                takes_stock: order.taken,
                ..samples::line("1", "SKU")
            };
            let updated_at = order.updated_at;
            let payload = Payload::Order(Order {
                lines: vec![line],
                updated_at,
                payment_status: if order.taken {
                    PaymentStatus::Paid
                } else {
                    PaymentStatus::Cancelled
                },
                ..samples::order(&order.id)
            });
            entries.push(Entry { read_at: now, ..samples::entry(&order.id, payload) });
        }
        let call = Apply { input: "orders", entries, horizons: &[] };
        self.rule.apply(call, &self.host).unwrap();
        self.orders_to = now - ORDERS_LAG_MS;
    }

    /// A page of a source: a reading that waits came from an older one, and falls.
    fn pull(&mut self, side: Side, stale_ms: i64, late: bool) {
        let entry = self.read(side, stale_ms);
        self.told_to[index(side)] = Some(self.now - stale_ms);
        self.waiting.retain(|waiting| waiting.side != side);
        if late {
            let due = self.now + 15_000;
            self.waiting.push(Waiting { side, entry: Some(entry), due, orders: 0 });
        } else {
            self.show(side, entry);
        }
    }

    fn read(&self, side: Side, stale_ms: i64) -> Entry {
        let history = self.history(side);
        let then = self.now - stale_ms;
        let at = history.iter().rposition(|(since, _)| *since <= then).unwrap_or(0);
        let level = history[at].1.to_string();
        let version = (side == Side::Till).then_some(at as u64);
        let location = if side == Side::Till { "o1" } else { "" };
        level_entry(owner(side), location, self.now, Some(&level), version)
    }

    fn show(&mut self, side: Side, entry: Entry) {
        let horizons = [Horizon { input: "orders".to_owned(), at: self.orders_to }];
        let entries = vec![entry.clone()];
        let call = Apply { input: side.name(), entries, horizons: &horizons };
        let wait = |entry, ms: u64, orders| {
            let due = self.now + i64::try_from(ms).unwrap();
            Waiting { side, entry, due, orders }
        };
        match self.rule.apply(call, &self.host).unwrap().remove(0) {
            Verdict::Filter(_) => {}
            Verdict::Wait(ms) => self.waiting.push(wait(Some(entry), ms, 0)),
            Verdict::Reread(ms) => self.waiting.push(wait(None, ms, 0)),
            Verdict::WaitFor(until) => self.waiting.push(wait(Some(entry), 0, until.at)),
            Verdict::Forward(outputs) => {
                for output in outputs {
                    self.hand_over(&output.entry);
                }
            }
            other => self.faults.push(format!("{other:?}")),
        }
    }

    fn hand_over(&mut self, entry: &Entry) {
        let Payload::StockChange(change) = &entry.payload else { panic!("no change") };
        let side = if change.owner == SHOP { Side::Shop } else { Side::Till };
        let StockMove::By(delta) = change.quantity else { panic!("a tracked pair is moved by") };
        let delta = delta.units;
        if let Some(write) = self.writes.iter_mut().find(|write| write.cause == change.cause) {
            assert_eq!((write.side, write.delta), (side, delta), "a cause is one change");
            if write.at == At::Gone {
                write.at = At::Sink;
                self.forwarded = true;
            }
            return;
        }
        self.forwarded = true;
        self.told_size[index(side)] += delta.abs();
        self.sink(side, change.cause.clone(), delta);
    }

    /// The next step of a write's life. With little luck it is withdrawn, or never arrives.
    fn step(&mut self, at: usize, luck: u8) {
        let (side, delta) = (self.writes[at].side, self.writes[at].delta);
        let cancelled = self.is_cancelled(at);
        match self.writes[at].at {
            At::Gone | At::Settled => {}
            At::Sink | At::Planned if cancelled => self.withdraw(at, At::Gone),
            At::Sink => {
                self.effects += 1;
                self.writes[at].effect = self.effects;
                self.writes[at].at = At::Planned;
                self.record(at, EffectStatus::Expected);
            }
            At::Planned if luck == 0 => self.withdraw(at, At::Sink),
            At::Planned => {
                self.writes[at].at = At::Sent;
                self.record(at, EffectStatus::Sent);
            }
            At::Sent if luck == 0 => self.withdraw(at, At::Sink),
            At::Sent => {
                self.set(side, delta);
                self.writes[at].version = (side == Side::Till).then(|| self.till.len() as u64 - 1);
                self.writes[at].at = At::Made;
                let lost = luck < 3;
                self.record(at, if lost { EffectStatus::Unknown } else { EffectStatus::Sent });
            }
            At::Made => {
                self.writes[at].at = At::Settled;
                self.record(at, EffectStatus::Applied);
            }
        }
    }

    fn is_cancelled(&self, at: usize) -> bool {
        let cause = &self.writes[at].cause;
        self.orders.iter().any(|order| !order.taken && *cause == format!("{}#1", order.id))
    }

    fn withdraw(&mut self, at: usize, to: At) {
        if self.writes[at].at != At::Sink {
            self.record(at, EffectStatus::Void);
        }
        self.writes[at].at = to;
    }

    fn record(&mut self, at: usize, status: EffectStatus) {
        let is_settled = matches!(status, EffectStatus::Applied | EffectStatus::Void);
        self.sequence += u64::from(is_settled);
        let write = &self.writes[at];
        let effect = Effect {
            id: write.effect,
            sequence: if is_settled { self.sequence } else { 0 },
            owner: owner(write.side).to_owned(),
            delta: Decimal::new(write.delta, 0),
            cause: write.cause.clone(),
            status,
            settled_at: (status == EffectStatus::Applied).then_some(self.now),
            version: write.version.filter(|_| status == EffectStatus::Applied),
        };
        self.host.set_effect(write.side.name(), owner(write.side), effect);
    }

    fn set(&mut self, side: Side, by: i64) {
        let level = self.level(side) + by;
        let now = self.now;
        match side {
            Side::Shop => self.shop.push((now, level)),
            Side::Till => self.till.push((now, level)),
        }
    }

    fn history(&self, side: Side) -> &[(Instant, i64)] {
        match side {
            Side::Shop => &self.shop,
            Side::Till => &self.till,
        }
    }

    fn level(&self, side: Side) -> i64 {
        self.history(side).last().map_or(0, |(_, level)| *level)
    }
}
