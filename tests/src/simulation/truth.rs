//! The truth, as only the simulators know it: who moved which counter, and so what both counters have to show.
//!
//! T is the opening count with everything that people changed on either side and everything that orders hold, each
//! once. At rest the till has T and what orders took that is not sold there yet, and the shop has T, not below zero.

use std::collections::BTreeMap;

use penstock_simulators::movement::{Actor, Cause, Movement};
use penstock_simulators::shop::internal_id;
use penstock_simulators::shop::order::PaymentStatus;
use penstock_simulators::world::World;
use rust_decimal::Decimal;

use super::act::People;
use super::world::{Good, OPENING_PIECES};

/// What people did so long before new first levels may still be told after them, in milliseconds.
const PEOPLE_BEFORE_MS: i64 = 600_000;

impl Ordered {
    /// Off the till's counter.
    fn out(&self) -> Decimal {
        self.sold + self.carried
    }
}

/// Movements of one kind.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    net: Decimal,
    /// The sum without signs.
    size: Decimal,
}

impl Sum {
    fn add(&mut self, delta: Decimal) {
        self.net += delta;
        self.size += delta.abs();
    }

    /// The sum of what went up.
    fn rises(&self) -> Decimal {
        (self.size + self.net) / Decimal::TWO
    }

    /// The sum of what went down, without its sign.
    fn falls(&self) -> Decimal {
        (self.size - self.net) / Decimal::TWO
    }
}

/// An order's pieces of one good.
#[derive(Debug, Clone, Copy, Default)]
struct Ordered {
    /// Of an order that holds them: off the shop's counter, if the shop counted them then.
    taken: Decimal,
    /// Off the till's counter by our sale.
    sold: Decimal,
    /// Sales of ours.
    sales: u32,
    /// Off the till's counter by our change of stock in place of a sale.
    carried: Decimal,
    is_refunded: bool,
    /// Pieces that came back after a refund.
    restocked: Decimal,
}

/// Pieces that were taken off the till's counter for an order, by its id: by its sale, or by a change of stock in place of
/// one. Only the ledger tells which order a change of stock is for.
pub(super) type Carried = BTreeMap<u64, Decimal>;

/// What has happened to one good.
#[derive(Debug, Default)]
pub(super) struct Account {
    shop_edits: Sum,
    till_edits: Sum,
    /// Whole pieces that the till's changes may make in the shop: each of them, rounded up.
    till_pieces: Decimal,
    told_shop: Sum,
    told_till: Sum,
    orders: BTreeMap<u64, Ordered>,
}

impl Account {
    /// Sums up what the simulators noted.
    pub(super) fn of(good: &Good, world: &World, carried: &Carried) -> Self {
        Self::since(good, world, carried, i64::MIN)
    }

    /// The same of what we did after an instant; of what people did, a while before it counts too.
    pub(super) fn since(good: &Good, world: &World, carried: &Carried, since_ms: i64) -> Self {
        let mut account = Self::default();
        let people_ms = since_ms.saturating_sub(PEOPLE_BEFORE_MS);
        let prefix = format!("{}:", world.shop.store_id());
        for (position, row) in world.shop.orders().rows() {
            debug_assert!(!row.deleted, "nobody deletes an order here");
            let is_refunded = row.payment == PaymentStatus::Refunded;
            for line in &world.shop.orders().detail(position).lines {
                if line.product_id != Some(good.shop.product_id) {
                    continue;
                }
                let ordered = account.orders.entry(internal_id(position)).or_default();
                let pieces = Decimal::from(line.quantity);
                if row.takes_stock {
                    ordered.taken += pieces;
                    ordered.is_refunded = is_refunded;
                } else if is_refunded {
                    ordered.restocked += pieces;
                }
            }
        }
        let counts = |movement_ms: i64, by: Actor| {
            movement_ms > if by == Actor::Api { since_ms } else { people_ms }
        };
        let movements = world.shop.movements().iter().filter(|it| it.owner == good.shop);
        for movement in movements.filter(|it| counts(it.at_ms, it.by)) {
            match (movement.cause, movement.by) {
                (Cause::OrderPlaced(_) | Cause::OrderRestocked(_), _) => {}
                (_, Actor::Api) => account.told_shop.add(movement.delta),
                _ => account.shop_edits.add(movement.delta),
            }
        }
        let movements = world.till.movements().iter().filter(|it| it.owner == good.till);
        for movement in movements.filter(|it| counts(it.at_ms, it.by)) {
            let Movement { delta, cause, by, .. } = *movement;
            match cause {
                Cause::Adjustment(_) if by == Actor::Api => account.told_till.add(delta),
                Cause::Sale(sale) if by == Actor::Api => {
                    let row = world.till.sales().get(sale);
                    let order = row.and_then(|row| row.value.source_id.as_deref());
                    let order = order.and_then(|id| id.strip_prefix(&prefix)?.parse().ok());
                    let ordered = account.orders.entry(order.unwrap_or_default()).or_default();
                    ordered.sold -= delta;
                    ordered.sales += 1;
                }
                _ => {
                    account.till_edits.add(delta);
                    account.till_pieces += delta.abs().ceil();
                }
            }
        }
        for (order, pieces) in carried {
            let ordered = account.orders.entry(*order).or_default();
            if ordered.sales == 0 {
                ordered.carried = *pieces;
            }
        }
        account
    }

    /// T.
    fn truth(&self) -> Decimal {
        let taken: Decimal = self.orders.values().map(|ordered| ordered.taken).sum();
        Decimal::from(OPENING_PIECES) + self.shop_edits.net + self.till_edits.net - taken
    }

    /// What orders took in the shop and no sale in the till yet.
    fn reserved(&self) -> Decimal {
        let reserved = |ordered: &Ordered| (ordered.taken - ordered.out()).max(Decimal::ZERO);
        self.orders.values().map(reserved).sum()
    }

    /// Pieces of which nobody can tell whether they came back after a refund or were put there by hand: the orders tell
    /// neither.
    fn put_there_or_back(&self) -> Decimal {
        self.kept_after_refund().min(self.shop_edits.rises())
    }

    /// Pieces of refunded orders that were not sold, and did not come back by all that is told.
    fn kept_after_refund(&self) -> Decimal {
        let out = self.orders.values().filter(|ordered| ordered.is_refunded);
        out.map(|it| (it.taken - it.out()).max(Decimal::ZERO)).sum()
    }

    /// Pieces that came back after a refund while others were taken off by hand, so that the counter did not rise: by all
    /// that can be seen they did not come back.
    fn back_unseen(&self) -> Decimal {
        let unsold = self.orders.values().filter(|ordered| ordered.out().is_zero());
        unsold.map(|it| it.restocked).sum::<Decimal>().min(self.shop_edits.falls())
    }

    /// What sales took in the till, and the shop has put back since.
    fn given_back(&self) -> Decimal {
        let given_back = |ordered: &Ordered| (ordered.out() - ordered.taken).max(Decimal::ZERO);
        self.orders.values().map(given_back).sum()
    }

    /// S1, S5 and S9: one sale an order, and neither side is told more than people did on the other.
    pub(super) fn echoes(&self, item: &str) -> Vec<String> {
        let mut found = Vec::new();
        for (order, ordered) in self.orders.iter().filter(|(_, ordered)| ordered.sales > 1) {
            found.push(format!("order {order} is sold {} times", ordered.sales));
        }
        let (told, did) = (self.told_shop.size, self.till_pieces);
        if told > did {
            found.push(format!("{item}: the shop was told {told}, and people moved {did}"));
        }
        found.extend(self.echoes_at_the_till(item));
        found
    }

    /// S9: the till is told no more than people did in the shop.
    pub(super) fn echoes_at_the_till(&self, item: &str) -> Vec<String> {
        let mut found = Vec::new();
        let carried: Decimal = self.orders.values().map(|ordered| ordered.carried).sum();
        let (told, did) = (self.told_till.size, self.shop_edits.size + self.given_back() + carried);
        if told > did {
            found.push(format!("{item}: the till was told {told}, and people moved {did}"));
        }
        found
    }

    /// L1: both counters show what truly happened.
    pub(super) fn at_rest(&self, good: &Good, world: &World) -> Vec<String> {
        let (item, truth, reserved) = (good.item, self.truth(), self.reserved());
        let mut found = Vec::new();
        let till = world.till.level(good.till).unwrap_or_default();
        let most = truth + reserved + self.back_unseen();
        let least = truth + reserved - self.put_there_or_back();
        if till > most || till < least {
            found.push(format!(
                "{item}: the till has {till}, truly there are {truth}, and {reserved} are reserved"
            ));
        }
        let shop = world.shop.products().level(good.shop).map(Decimal::from);
        // The shop counts whole pieces, and shows what is surely there.
        let fits = |shop: Decimal| {
            let pieces = truth.floor();
            shop == pieces || (pieces < Decimal::ZERO && shop > pieces && shop <= Decimal::ZERO)
        };
        if !shop.is_some_and(fits) {
            found.push(format!("{item}: the shop has {shop:?}, and truly there are {truth}"));
        }
        found
    }

    /// The same for a good whose counting was interrupted: the two counters fit each other.
    pub(super) fn fits(&self, good: &Good, world: &World, people: &People) -> Vec<String> {
        let till = world.till.level(good.till).unwrap_or_default();
        let due = (till - self.reserved()).floor();
        // New first levels reserve nothing for orders that were refunded before.
        let unseen = people.unseen.get(good.item).into_iter().flatten();
        let unseen = unseen.filter_map(|position| self.orders.get(&internal_id(*position)));
        let of_unseen: Decimal = unseen.map(|ordered| ordered.taken).sum();
        let least = due - self.back_unseen();
        let most = due + self.kept_after_refund() + of_unseen;
        match world.shop.products().level(good.shop).map(Decimal::from) {
            Some(shop)
                if (shop < least || shop > most)
                    && (due > Decimal::ZERO || shop > Decimal::ZERO) =>
            {
                let item = good.item;
                vec![format!("{item}: the shop has {shop}, and by the till there are {due}")]
            }
            _ => Vec::new(),
        }
    }
}

/// S7: what the shop counts, and what it calls its goods, is the merchant's to say.
pub(super) fn flags(good: &Good, world: &World, people: &People) -> Vec<String> {
    let mut found = Vec::new();
    let Some(product) = world.shop.products().get(good.shop.product_id) else { return found };
    let counts = !people.unlimited.contains_key(good.item);
    if product.stock.is_some() != counts {
        found.push(format!("{}: its stock is {:?} in the shop", good.item, product.stock));
    }
    let names = (product.name.as_str(), product.sku.as_str());
    let sku = people.skus.get(good.item).map_or(good.item, String::as_str);
    if names != (good.item, sku) {
        found.push(format!("{}: it is called {names:?}", good.item));
    }
    found
}
