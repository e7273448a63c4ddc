//! The Vend till, as a state machine: no I/O, no clock, no threads.

mod customers;
mod inventory;
mod listing;
mod model;
mod refusal;
mod render;
mod routes;
mod sale_form;
mod sale_writes;
mod sales;
mod search;
mod staff;
mod table;

pub use model::*;
pub use table::{Stamp, Stored, Table};

use rust_decimal::Decimal;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

use crate::chance::{mix, uuid};
use crate::clock;
use crate::faults::{FaultKind, Faults, LATE_INDEX_MS, Vendor};
use crate::http::{Reply, Request};
use crate::knobs::{LagSpread, RetryAfter, TillKnobs};
use crate::limiter::Limiter;
use crate::movement::{Actor, Cause, Movement};
use crate::traffic::Traffic;
use refusal::{Dialect, Refusal};

/// The token that a generated till takes.
pub const DEMO_TOKEN: &str = "demo_till_token";
/// The window of the rate limit.
const RATE_WINDOW_MS: i64 = 300_000;
/// Requests in a window for each register, and once.
const RATE_PER_REGISTER: usize = 300;
const RATE_BASE: usize = 50;
/// What a till whose limit is lifted tells of it: a client that heard nothing would keep to the documented one.
const NO_RATE_LIMIT: usize = 1_000_000;

/// The scopes that a sync of sales, customers and stock needs.
pub const SYNC_SCOPES: [&str; 13] = [
    "sales:read",
    "sales:write",
    "customers:read",
    "customers:write",
    "products:read",
    "products:write",
    "inventory:read",
    "inventory:write",
    "outlets:read",
    "registers:read",
    "payment_types:read",
    "taxes:read",
    "users:read",
];
/// Scopes beside those of the sync that the demo token has.
const FURTHER_SCOPES: [&str; 2] = ["retailer:read", "registers:write"];

/// The till of one retailer.
pub struct Till {
    /// Settings.
    pub retailer: Retailer,
    /// The behaviours that nobody could confirm.
    pub knobs: TillKnobs,
    /// The faults that its answers meet.
    pub faults: Faults,
    /// The requests that came.
    pub traffic: Traffic,
    /// Whether the vendor's rate limit holds.
    pub limited: bool,
    outlets: Table<Outlet>,
    registers: Table<Register>,
    payment_types: Table<PaymentType>,
    taxes: Table<TillTax>,
    users: Table<User>,
    customers: Table<Customer>,
    customers_by_email: HashMap<String, Vec<u32>>,
    products: Table<TillProduct>,
    products_by_sku: HashMap<String, Vec<u32>>,
    sales: Table<Sale>,
    sales_by_invoice: HashMap<String, Vec<u32>>,
    sales_by_source: HashMap<String, Vec<u32>>,
    levels: Table<Level>,
    level_of: HashMap<TillCounter, u32>,
    opening: BTreeMap<TillCounter, Decimal>,
    adjustments: Table<Adjustment>,
    reasons: Table<AdjustmentReason>,
    movements: Vec<Movement<TillCounter>>,
    tokens: BTreeMap<String, Vec<String>>,
    limiter: Limiter,
    seed: u64,
    version: u64,
    ids_drawn: u64,
    now_ms: i64,
    late_ms: i64,
}

impl Till {
    /// An empty till, which takes [`DEMO_TOKEN`]. `seed` draws its ids.
    pub fn new(retailer: Retailer, seed: u64) -> Self {
        let mut till = Self {
            retailer,
            knobs: TillKnobs::default(),
            faults: Faults::new(Vendor::Till),
            traffic: Traffic::default(),
            limited: true,
            outlets: Table::default(),
            registers: Table::default(),
            payment_types: Table::default(),
            taxes: Table::default(),
            users: Table::default(),
            customers: Table::default(),
            customers_by_email: HashMap::new(),
            products: Table::default(),
            products_by_sku: HashMap::new(),
            sales: Table::default(),
            sales_by_invoice: HashMap::new(),
            sales_by_source: HashMap::new(),
            levels: Table::default(),
            level_of: HashMap::new(),
            opening: BTreeMap::new(),
            adjustments: Table::default(),
            reasons: Table::default(),
            movements: Vec::new(),
            tokens: BTreeMap::new(),
            limiter: Limiter::default(),
            seed,
            // Gaps are normal, and no client may count on a first number.
            version: 5_000_000,
            ids_drawn: 0,
            now_ms: 0,
            late_ms: 0,
        };
        let scopes: Vec<&str> = SYNC_SCOPES.iter().chain(&FURTHER_SCOPES).copied().collect();
        till.set_token(DEMO_TOKEN, &scopes);
        till
    }

    /// Takes this token with these scopes; without any, no longer.
    pub fn set_token(&mut self, token: &str, scopes: &[&str]) {
        let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        if scopes.is_empty() {
            self.tokens.remove(token);
        } else {
            self.tokens.insert(token.to_owned(), scopes);
        }
    }

    /// What a token may do; nothing where it is unknown.
    pub fn scopes_of(&self, token: &str) -> Vec<String> {
        self.tokens.get(token).cloned().unwrap_or_default()
    }

    /// Customers, by position.
    pub fn customers(&self) -> &Table<Customer> {
        &self.customers
    }

    /// Sales, by position.
    pub fn sales(&self) -> &Table<Sale> {
        &self.sales
    }

    /// Positions of the sales that ever bore this source id.
    pub fn sales_of_source(&self, source_id: &str) -> &[u32] {
        self.sales_by_source.get(source_id).map_or(&[], Vec::as_slice)
    }

    /// Products, by position.
    pub fn products(&self) -> &Table<TillProduct> {
        &self.products
    }

    /// Positions of the products that ever bore this SKU, in lower case.
    pub fn products_of_sku(&self, sku_lower: &str) -> &[u32] {
        self.products_by_sku.get(sku_lower).map_or(&[], Vec::as_slice)
    }

    /// Outlets.
    pub fn outlets(&self) -> &Table<Outlet> {
        &self.outlets
    }

    /// Registers.
    pub fn registers(&self) -> &Table<Register> {
        &self.registers
    }

    /// Payment types.
    pub fn payment_types(&self) -> &Table<PaymentType> {
        &self.payment_types
    }

    /// Taxes.
    pub fn taxes(&self) -> &Table<TillTax> {
        &self.taxes
    }

    /// Users.
    pub fn users(&self) -> &Table<User> {
        &self.users
    }

    /// Stock adjustments.
    pub fn adjustments(&self) -> &Table<Adjustment> {
        &self.adjustments
    }

    /// Stock levels.
    pub fn levels(&self) -> &Table<Level> {
        &self.levels
    }

    /// The stock of a counter, `None` where it was never counted.
    pub fn level(&self, counter: TillCounter) -> Option<Decimal> {
        let position = *self.level_of.get(&counter)?;
        self.levels.at(position).map(|row| row.value.amount)
    }

    /// Every movement since the story began, with its hidden cause.
    pub fn movements(&self) -> &[Movement<TillCounter>] {
        &self.movements
    }

    /// What each counter showed when the story began.
    pub fn opening(&self) -> &BTreeMap<TillCounter, Decimal> {
        &self.opening
    }

    /// Answers a request that arrives at `now_ms` (Unix milliseconds, which never go back).
    pub fn handle(&mut self, request: &Request, now_ms: i64) -> Reply {
        self.tick(now_ms);
        self.traffic.sequence += 1;
        let sequence = self.traffic.sequence;
        let segments = request.segments();
        let route = routes::Route::of(&request.method, &segments);
        let name = route.as_ref().map_or("unknown", |route| route.name);
        let fault = self.faults.draw(name, sequence);
        let instead = fault.and_then(|kind| self.faults.instead(kind, now_ms));
        let reply = match instead {
            Some(reply) => reply,
            None => {
                self.late_ms = if fault == Some(FaultKind::LateIndex) { LATE_INDEX_MS } else { 0 };
                let reply = self.limit(request, route.as_ref());
                self.late_ms = 0;
                match fault {
                    Some(kind) => self.faults.spoilt(kind, sequence, reply),
                    None => reply,
                }
            }
        };
        self.traffic.count(name, reply.seen_status());
        reply
    }

    /// Applies the rate limit, whose headers every answer bears.
    fn limit(&mut self, request: &Request, route: Option<&routes::Route<'_>>) -> Reply {
        let limit = self.rate_limit();
        if !self.limited {
            return self.admit(request, route).header("x-ratelimit-limit", NO_RATE_LIMIT);
        }
        let (now_ms, window) = (self.now_ms, self.knobs.rate_window);
        let verdict = self.limiter.take(limit, RATE_WINDOW_MS, window, now_ms);
        let reply = if verdict.passes {
            self.admit(request, route)
        } else {
            let body = r#"{"error":"Too Many Requests","message":"Rate limiting enforced"}"#;
            let wait_s = (verdict.open_at_ms - now_ms + 999).div_euclid(1000).max(1);
            let reply = Reply::text(429, body);
            match self.knobs.retry_after {
                RetryAfter::HttpDate => {
                    reply.header("retry-after", clock::http_date(verdict.open_at_ms))
                }
                RetryAfter::Seconds => reply.header("retry-after", wait_s),
                RetryAfter::Absent => reply,
            }
        };
        reply.header("x-ratelimit-limit", limit).header("x-ratelimit-remaining", verdict.remaining)
    }

    /// How many requests a window holds.
    pub fn rate_limit(&self) -> usize {
        if self.knobs.rate_requests > 0 {
            return usize::try_from(self.knobs.rate_requests).unwrap_or(usize::MAX);
        }
        let registers = self.registers.rows().iter().filter(|row| row.deleted_ms.is_none()).count();
        RATE_PER_REGISTER * registers + RATE_BASE
    }

    /// Checks token and scope, and then answers.
    fn admit(&mut self, request: &Request, route: Option<&routes::Route<'_>>) -> Reply {
        let dialect = route.map_or(Dialect::Dated, |route| route.dialect);
        let Some(scopes) = request.token().and_then(|token| self.tokens.get(token)) else {
            return Refusal::new(401, "Unauthorized", "The token is unknown or has expired")
                .reply(dialect);
        };
        let Some(route) = route else {
            return Refusal::new(404, "Not Found", "There is nothing at this address")
                .reply(dialect);
        };
        if !route.scopes.iter().all(|scope| scopes.iter().any(|granted| granted == scope)) {
            return Refusal::new(403, "Forbidden", "The token lacks a scope for this call")
                .reply(dialect);
        }
        self.answer(route, request).unwrap_or_else(|refusal| refusal.reply(dialect))
    }

    /// Lets time pass.
    fn tick(&mut self, now_ms: i64) {
        self.now_ms = self.now_ms.max(now_ms);
        self.customers.index.refresh(self.now_ms);
        self.products.index.refresh(self.now_ms);
        self.sales.index.refresh(self.now_ms);
    }

    /// Draws the next version for a write that a search knows after `lag_ms`.
    fn stamp(&mut self, lag_ms: u64) -> Stamp {
        self.version += 1 + mix(&[self.seed, 1, self.version]) % 3;
        let spread = mix(&[self.seed, 2, self.version]);
        let lag_ms = match self.knobs.search_lag_spread {
            LagSpread::Fixed => lag_ms,
            LagSpread::Drawn => spread % (lag_ms + 1),
        };
        let gap_ms = if spread & 1 == 0 { self.knobs.version_gap_ms } else { 0 };
        Stamp {
            version: self.version,
            now_ms: self.now_ms,
            listed_at_ms: self.now_ms + gap_ms.cast_signed(),
            known_at_ms: self.now_ms + lag_ms.cast_signed() + self.late_ms,
        }
    }

    /// A new id, the same for the same seed and the same sequence of writes.
    fn new_id(&mut self) -> Uuid {
        self.ids_drawn += 1;
        uuid(&[self.seed, 4, self.ids_drawn])
    }

    /// Moves a counter of a product that is counted; the parts of a bundle in its place.
    fn move_stock(&mut self, counter: TillCounter, delta: Decimal, cause: Cause, by: Actor) {
        let Some(product) = self.products.find(counter.product).map(|(_, row)| &row.value) else {
            return;
        };
        if !product.composite_of.is_empty() {
            for (part, pieces) in product.composite_of.clone() {
                let counter = TillCounter { product: part, outlet: counter.outlet };
                self.move_counter(counter, delta * pieces, cause, by);
            }
        } else if product.has_inventory {
            self.move_counter(counter, delta, cause, by);
        }
    }

    fn move_counter(&mut self, counter: TillCounter, delta: Decimal, cause: Cause, by: Actor) {
        if delta.is_zero() {
            return;
        }
        let stamp = self.stamp(0);
        match self.level_of.get(&counter) {
            Some(position) => {
                self.levels.change(*position, stamp, |level| level.amount += delta);
            }
            None => {
                let id = self.new_id();
                let position = self.levels.insert(id, Level { counter, amount: delta }, stamp);
                self.level_of.insert(counter, position);
            }
        }
        self.movements.push(Movement { at_ms: self.now_ms, owner: counter, delta, cause, by });
    }
}
