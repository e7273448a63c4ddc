//! What may never be, whatever happens: looked at after every step of a history.

use penstock::contract::EffectStatus;
use penstock::engine::driver::lock;
use penstock::store::{EffectRow, Store as _};
use penstock_simulators::movement::{Actor, Cause, Movement};
use penstock_simulators::shop::internal_id;
use rust_decimal::Decimal;

use super::truth::{self, Account, Carried};
use super::vendors::Vendors;
use super::world::Good;
use super::{STOCK_STAGE, Simulation, Vendor};

/// A shop's level may be read so long before the write that is made from it, in milliseconds.
const DOUBT_BEFORE_MS: i64 = 150_000;
/// So long after a write whose answer was lost its counter has told what became of it, in milliseconds.
const DOUBT_AFTER_MS: i64 = 1_800_000;

/// The source of orders.
const ORDERS_SOURCE: &str = "orders";

/// What the books say of an order whose sale may still come.
const NOT_YET: &str = "has no closed sale";

impl Simulation<'_> {
    /// S1 to S7, S9 to S12: what is wrong whenever one looks. S8 is seen by what it would move, and S13 is not yet: there
    /// are no webhooks.
    ///
    /// # Errors
    /// Those of the store.
    pub fn misdeeds(&self) -> anyhow::Result<Vec<String>> {
        let mut found = self.unknown_orders()?;
        let vendors = lock(&self.vendors);
        let Vendors { world, goods, people, misdeeds, .. } = &*vendors;
        found.extend(misdeeds.iter().cloned());
        for good in goods {
            if !people.disturbed.contains(good.item) && !is_doubtful(good, &vendors) {
                let carried = self.carried(good)?;
                found.extend(Account::of(good, world, &carried).echoes(good.item));
                found.extend(self.ledger(good, &vendors)?);
            }
            if let Some(since_ms) = people.anew.get(good.item) {
                let carried = self.carried(good)?;
                let account = Account::since(good, world, &carried, *since_ms);
                found.extend(account.echoes_at_the_till(good.item));
            }
            found.extend(truth::flags(good, world, people));
        }
        let books = world.books().verify();
        found.extend(books.into_iter().filter(|words| !words.ends_with(NOT_YET)));
        Ok(found)
    }

    /// S4 and S12: a cause moves a counter once, and the ledger says of each counter what we have truly moved it by.
    fn ledger(&self, good: &Good, vendors: &Vendors) -> anyhow::Result<Vec<String>> {
        let shop = sum_of_ours(vendors.world.shop.movements(), good.shop);
        let till = sum_of_ours(vendors.world.till.movements(), good.till);
        let mut found = Vec::new();
        for (side, owner, moved) in
            [(Vendor::Shop, good.shop_owner(), shop), (Vendor::Till, good.till_owner(), till)]
        {
            let effects = self.effects(side, &owner)?;
            let word = side.word();
            let mut causes: Vec<&str> = effects.iter().map(|effect| &*effect.cause).collect();
            causes.sort_unstable();
            let twice = causes.windows(2).filter(|pair| pair[0] == pair[1]);
            found.extend(
                twice.map(|pair| format!("{}: `{}` moves the {word} twice", good.item, pair[0])),
            );
            let is_settled = |effect: &EffectRow| effect.status == EffectStatus::Applied;
            let told: Decimal = effects.iter().map(size).sum();
            if effects.iter().all(is_settled) && told != moved {
                let item = good.item;
                found.push(format!(
                    "{item}: by the ledger we moved the {word} by {told}, and truly by {moved}"
                ));
            }
        }
        Ok(found)
    }

    /// What the ledger knows of a counter, but for what was never made.
    fn effects(&self, side: Vendor, owner: &str) -> anyhow::Result<Vec<EffectRow>> {
        let connection = usize::from(side == Vendor::Till);
        let account = &self.pipeline.connections[connection].account;
        let mut effects = lock(&self.store).inner.effects(account, owner, 0)?;
        effects.retain(|effect| effect.status != EffectStatus::Void);
        Ok(effects)
    }

    /// S10: up to where orders are known, each of them was dealt with or waits.
    fn unknown_orders(&self) -> anyhow::Result<Vec<String>> {
        let (vendors, store) = (lock(&self.vendors), lock(&self.store));
        let cursors = store.inner.cursors(&self.pipeline.name)?;
        let known_to = cursors.iter().find(|row| row.source == ORDERS_SOURCE);
        let Some(known_to) = known_to.and_then(|row| row.complete_to) else {
            return Ok(Vec::new());
        };
        let shop = &self.pipeline.connections[0].account;
        let mut found = Vec::new();
        for (position, row) in vendors.world.shop.orders().rows() {
            let id = internal_id(position);
            let key = format!("{shop}/orders/{id}");
            let changed_ms = row.updated_s * 1_000 + vendors.skew_ms.abs();
            // The rule that joins the counters is given every order.
            let noted = [format!("order/{key}")];
            if changed_ms < known_to
                && store.inner.state(&self.pipeline.name, STOCK_STAGE, &noted)? == [None]
                && store.inner.find(&key)?.waiting.is_empty()
            {
                found.push(format!("order {id} is known by none, and all up to then are"));
            }
        }
        Ok(found)
    }

    /// What the ledger says that changes of stock took off the till's counter in place of sales.
    pub(super) fn carried(&self, good: &Good) -> anyhow::Result<Carried> {
        let mut carried = Carried::new();
        for effect in self.effects(Vendor::Till, &good.till_owner())? {
            let order = effect.cause.rsplit_once('#').and_then(|(key, _)| key.rsplit('/').next());
            if let Some(order) = order.and_then(|order| order.parse().ok()) {
                *carried.entry(order).or_default() -= size(&effect);
            }
        }
        Ok(carried)
    }
}

/// The sum of what our own writes have moved.
fn sum_of_ours<O: PartialEq + Copy>(movements: &[Movement<O>], owner: O) -> Decimal {
    let ours = movements.iter().filter(|it| it.owner == owner && it.by == Actor::Api);
    ours.map(|movement| movement.delta).sum()
}

fn size(effect: &EffectRow) -> Decimal {
    Decimal::new(effect.delta.units, effect.delta.scale.into())
}

/// The shop's delta call has no key. Where its answer is lost and the merchant edits the very counter around that time,
/// nobody can tell an edit from the delta: the model leaves that open, and so do we.
pub(super) fn is_doubtful(good: &Good, vendors: &Vendors) -> bool {
    let edited = vendors.world.shop.movements().iter().filter(|movement| {
        movement.owner == good.shop
            && movement.by == Actor::Merchant
            && movement.cause == Cause::Counted
    });
    let owner = good.shop_owner();
    let names = |path: &str| path.split('/').any(|part| part == owner);
    let lost = vendors.writes.iter().filter(|write| write.vendor == Vendor::Shop);
    let lost = lost.filter(|write| !write.answered).map(|write| (write.sent_ms, &write.path));
    let left_open = vendors.left_open.iter().map(|(at_ms, path)| (*at_ms, path));
    let unknown: Vec<i64> =
        lost.chain(left_open).filter(|(_, path)| names(path)).map(|(at_ms, _)| at_ms).collect();
    // What a process left open is settled by the next, however much later that is.
    let settled_after = |at_ms: i64| {
        let next = vendors.run_begins.iter().find(|begin_ms| **begin_ms > at_ms);
        next.copied().unwrap_or(i64::MAX - DOUBT_AFTER_MS)
    };
    edited.into_iter().any(|edit| {
        let around = |at_ms: &i64| {
            let until_ms = settled_after(*at_ms) + DOUBT_AFTER_MS;
            (at_ms - DOUBT_BEFORE_MS..until_ms).contains(&edit.at_ms)
        };
        unknown.iter().any(around)
    })
}
