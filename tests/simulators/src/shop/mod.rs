//! The Ecwid shop, as a state machine: no I/O, no clock, no threads.

mod answers;
mod draft;
mod merchant;
pub mod order;
mod orders;
mod products;
mod render;
mod search;
mod writes;

pub use draft::{Draft, DraftCharge, DraftLine};
pub use merchant::Restock;
pub use orders::{Orders, Past, Recipe, internal_id, public_id};
pub use products::{Product, Products, ShopCounter, Variation};

use rust_decimal::Decimal;
use serde_json::json;
use std::collections::BTreeMap;

use crate::chance::mix;
use crate::faults::{FaultKind, Faults, LATE_INDEX_MS, Vendor};
use crate::http::{Reply, Request};
use crate::knobs::{EscalatedBlock, LagSpread, ShopKnobs};
use crate::limiter::Limiter;
use crate::money::Currency;
use crate::movement::{Actor, Cause, Movement};
use crate::traffic::Traffic;
use order::Tax;
use orders::Changed;

/// The token that a generated shop takes.
pub const DEMO_TOKEN: &str = "secret_demo_shop_token";
/// Requests a minute for each token.
const RATE_REQUESTS: usize = 600;
const RATE_WINDOW_MS: i64 = 60_000;
/// After so many requests under a block it gets longer.
const BLOCKED_REQUESTS_MAX: u32 = 20;
const ESCALATED_MS: i64 = 600_000;

/// What a shop is made of.
pub struct ShopParts {
    /// The number in the path of every request.
    pub store_id: u64,
    /// Of all prices.
    pub currency: Currency,
    /// Taxes, which products and lines name by place.
    pub taxes: Vec<Tax>,
    /// The catalogue.
    pub products: Vec<Product>,
    /// The orders.
    pub orders: Orders,
    /// For the order of a search and the lags.
    pub seed: u64,
}

/// The shop.
pub struct Shop {
    parts: ShopParts,
    products: Products,
    /// The behaviours that nobody could confirm.
    pub knobs: ShopKnobs,
    /// The faults that its answers meet.
    pub faults: Faults,
    /// The requests that came.
    pub traffic: Traffic,
    /// Whether the vendor's rate limit holds.
    pub limited: bool,
    tokens: BTreeMap<String, Token>,
    opening: BTreeMap<ShopCounter, i64>,
    movements: Vec<Movement<ShopCounter>>,
    deleted: Vec<(u32, i64)>,
    search: search::SearchCache,
    now_ms: i64,
    late_ms: i64,
    changes: u64,
}

/// A token with what it may do, and the requests that it has made.
#[derive(Default)]
struct Token {
    scopes: Vec<String>,
    limiter: Limiter,
    blocked_until_ms: i64,
    blocked_requests: u32,
}

/// The scopes that a sync of orders and stock needs.
pub const SYNC_SCOPES: [&str; 6] = [
    "read_store_profile",
    "read_orders",
    "update_orders",
    "read_catalog",
    "update_catalog",
    "read_customers",
];

impl Shop {
    /// A shop of these parts, which takes [`DEMO_TOKEN`] with [`SYNC_SCOPES`].
    pub fn new(mut parts: ShopParts) -> Self {
        let products = Products::new(std::mem::take(&mut parts.products));
        let opening = products.levels().map(|(counter, _, _, level)| (counter, level)).collect();
        let mut shop = Self {
            parts,
            products,
            knobs: ShopKnobs::default(),
            faults: Faults::new(Vendor::Shop),
            traffic: Traffic::default(),
            limited: true,
            tokens: BTreeMap::new(),
            opening,
            movements: Vec::new(),
            deleted: Vec::new(),
            search: search::SearchCache::default(),
            now_ms: 0,
            late_ms: 0,
            changes: 0,
        };
        shop.set_token(DEMO_TOKEN, &SYNC_SCOPES);
        shop
    }

    /// Takes this token with these scopes; without any, no longer.
    pub fn set_token(&mut self, token: &str, scopes: &[&str]) {
        let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        if scopes.is_empty() {
            self.tokens.remove(token);
        } else {
            self.tokens.entry(token.to_owned()).or_default().scopes = scopes;
        }
    }

    /// The number in the path of every request.
    pub fn store_id(&self) -> u64 {
        self.parts.store_id
    }

    /// Of all prices.
    pub fn currency(&self) -> &Currency {
        &self.parts.currency
    }

    /// Taxes, which products and lines name by place.
    pub fn taxes(&self) -> &[Tax] {
        &self.parts.taxes
    }

    /// The orders.
    pub fn orders(&self) -> &Orders {
        &self.parts.orders
    }

    /// The catalogue.
    pub fn products(&self) -> &Products {
        &self.products
    }

    /// Every movement since the story began, with its hidden cause.
    pub fn movements(&self) -> &[Movement<ShopCounter>] {
        &self.movements
    }

    /// What each counter showed when the story began.
    pub fn opening(&self) -> &BTreeMap<ShopCounter, i64> {
        &self.opening
    }

    /// Answers a request that arrives at `now_ms` (Unix milliseconds, which never go back).
    pub fn handle(&mut self, request: &Request, now_ms: i64) -> Reply {
        self.tick(now_ms);
        self.traffic.sequence += 1;
        let sequence = self.traffic.sequence;
        let endpoint = answers::Endpoint::of(request);
        let name = endpoint.as_ref().map_or("unknown", |endpoint| endpoint.name());
        let fault = self.faults.draw(name, sequence);
        let instead = fault.and_then(|kind| self.faults.instead(kind, now_ms));
        let reply = match instead {
            Some(reply) => reply,
            None => {
                self.late_ms = if fault == Some(FaultKind::LateIndex) { LATE_INDEX_MS } else { 0 };
                let reply = self.admit(request, endpoint.as_ref());
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

    /// Checks token, rate, scope and store, and then answers.
    fn admit(&mut self, request: &Request, endpoint: Option<&answers::Endpoint<'_>>) -> Reply {
        let name = request.token().or_else(|| request.param("token")).unwrap_or("").to_owned();
        if !self.tokens.contains_key(&name) {
            return error(403, "INVALID_API_TOKEN", "Your token is not valid");
        }
        if let Some(refusal) = self.over_rate(&name) {
            return refusal;
        }
        let Some(endpoint) = endpoint else {
            return error(404, "WRONG_URL", "There is nothing at this address");
        };
        if endpoint.store_id != self.parts.store_id.to_string() {
            return error(404, "STORE_NOT_FOUND", "There is no such store");
        }
        let granted = self.tokens.get(&name).is_some_and(|token| {
            endpoint.scopes().iter().all(|scope| token.scopes.iter().any(|it| it == scope))
        });
        if !granted {
            return error(403, "INSUFFICIENT_APP_SCOPE", "The token lacks a scope for this call");
        }
        self.answer(endpoint, request)
    }

    fn over_rate(&mut self, token: &str) -> Option<Reply> {
        if !self.limited {
            return None;
        }
        let (now_ms, window) = (self.now_ms, self.knobs.rate_window);
        let token = self.tokens.get_mut(token)?;
        if now_ms >= token.blocked_until_ms {
            let verdict = token.limiter.take(RATE_REQUESTS, RATE_WINDOW_MS, window, now_ms);
            if verdict.passes {
                return None;
            }
            (token.blocked_until_ms, token.blocked_requests) = (verdict.open_at_ms, 0);
        }
        token.blocked_requests += 1;
        let escalates = self.knobs.escalated_block == EscalatedBlock::On;
        if escalates && token.blocked_requests == BLOCKED_REQUESTS_MAX {
            token.blocked_until_ms += ESCALATED_MS;
        }
        let wait_s = (token.blocked_until_ms - now_ms + 999).div_euclid(1000).max(1);
        Some(error(429, "RATE_LIMITED", "Too many requests").header("retry-after", wait_s))
    }

    /// Lets time pass.
    fn tick(&mut self, now_ms: i64) {
        self.now_ms = self.now_ms.max(now_ms);
        self.parts.orders.index.refresh(self.now_ms);
        self.products.index.refresh(self.now_ms);
        self.products.replica.refresh(self.now_ms);
    }

    /// A change that happens now, and when the search knows it.
    fn changed(&mut self, lag_ms: u64) -> Changed {
        self.changes += 1;
        let lag_ms = match self.knobs.search_lag_spread {
            LagSpread::Fixed => lag_ms,
            LagSpread::Drawn => mix(&[self.parts.seed, 3, self.changes]) % (lag_ms + 1),
        };
        let known_at_ms = self.now_ms + lag_ms.cast_signed() + self.late_ms;
        let read_at_ms = self.now_ms + self.knobs.product_read_lag_ms.cast_signed();
        Changed { now_ms: self.now_ms, known_at_ms, read_at_ms }
    }

    fn order_changed(&mut self) -> Changed {
        self.changed(self.knobs.order_search_lag_ms)
    }

    fn product_changed(&mut self) -> Changed {
        self.changed(self.knobs.product_search_lag_ms)
    }

    /// Moves a counter. Answers the new number, `None` where the counter is unknown or not counted.
    fn move_stock(
        &mut self,
        counter: ShopCounter,
        delta: i64,
        cause: Cause,
        by: Actor,
    ) -> Option<i64> {
        let when = self.product_changed();
        self.move_stock_at(when, counter, delta, cause, by)
    }

    /// The same, with the time of change that the product gets by it.
    fn move_stock_at(
        &mut self,
        when: Changed,
        counter: ShopCounter,
        delta: i64,
        cause: Cause,
        by: Actor,
    ) -> Option<i64> {
        let counter = self.products.counter(counter)?;
        let level = self.products.level(counter)?.checked_add(delta)?;
        self.products.change(counter.product_id, when, |product| {
            if let Some(stock) = product.stock_mut(counter.combination_id) {
                *stock = Some(level);
            }
        });
        let at_ms = self.now_ms;
        self.movements.push(Movement {
            at_ms,
            owner: counter,
            delta: Decimal::from(delta),
            cause,
            by,
        });
        Some(level)
    }
}

/// An error as the vendor words it.
fn error(status: u16, code: &str, message: &str) -> Reply {
    Reply::json(status, &json!({ "errorMessage": message, "errorCode": code }))
}
