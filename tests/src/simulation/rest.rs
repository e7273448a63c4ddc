//! Whether a story went as it should: what may never be, and what must be when everything rests.

use std::collections::BTreeSet;

use penstock::contract::Payload;
use penstock::engine::driver::lock;
use penstock::store::{Store as _, WaitingRow, WriteStatus};
use penstock_simulators::movement::Movement;
use penstock_simulators::shop::{internal_id, public_id};
use penstock_simulators::world::World;

use super::draw::SKEW_MS_MAX;
use super::history::SWITCHES;
use super::reached::Reached;
use super::safety::is_doubtful;
use super::truth::Account;
use super::vendors::{Vendors, Written};
use super::world::{BEGINNING_MS, Good, Item};
use super::{Simulation, minutes};

/// Runs within which everything comes to rest.
const ROUNDS_MAX: u32 = 40;
/// Runs in a row that send nothing are rest.
const QUIET_ROUNDS: u32 = 2;
/// Further polls that send nothing.
const IDLE_POLLS: u32 = 1;

/// What an entry waits for that comes by itself.
const GOES_ON: [&str; 5] = ["due", "horizon", "reread", "keys", "busy"];

/// What a story came to.
#[derive(Debug, Default)]
pub struct Rest {
    /// What is wrong, in words.
    pub wrong: Vec<String>,
    /// What truly happened, line by line.
    pub tale: Vec<String>,
    /// How many writes left.
    pub writes: u64,
    /// Goods of which a person has to decide something.
    pub asked: BTreeSet<Item>,
    /// Goods of which nobody can tell what became of a write.
    pub doubtful: BTreeSet<Item>,
    /// What was met on the way.
    pub reached: Reached,
    /// What happened, as it was told; nothing where nobody listened.
    pub trace: String,
}

impl Simulation<'_> {
    /// The faults stop, every switch is on, and time passes until nothing is written any more. Then L1 to L3: both
    /// counters show what truly happened, every paid order is sold, and further polls write nothing.
    ///
    /// # Errors
    /// Those of [`Self::run`].
    pub fn come_to_rest(&mut self) -> anyhow::Result<Rest> {
        {
            let mut vendors = lock(&self.vendors);
            vendors.troubles.clear();
            vendors.read_troubles.clear();
            vendors.spell = None;
            if vendors.skew_ms.abs() > SKEW_MS_MAX {
                vendors.skew_ms = 0;
            }
            // What was put off by a clock that was a day ahead comes a day later.
            if vendors.farthest_ms > SKEW_MS_MAX {
                let ahead_ms = vendors.farthest_ms;
                vendors.pass(ahead_ms);
            }
        }
        for switch in SWITCHES {
            if self.pipeline.switches.get(switch) == Some(&false) {
                self.set_switch(switch, true);
            }
        }
        self.accept_levels()?;
        self.dooms.clear();
        self.usurpations.clear();
        let mut rest = Rest::default();
        let mut quiet = 0;
        for round in 1..=ROUNDS_MAX {
            let sent = self.writes_sent();
            if let Some(stop) = self.run()?.stop {
                rest.wrong.push(format!("the run stopped: {stop:?}"));
            }
            let wrong = self.misdeeds()?;
            if !wrong.is_empty() {
                return Ok(self.broken(&format!("after run {round} of coming to rest"), wrong));
            }
            self.wait(minutes(2));
            let stirred = lock(&self.vendors).is_stirred();
            let still = sent == self.writes_sent() && !stirred && !self.is_busy()?;
            quiet = if still { quiet + 1 } else { 0 };
            if quiet == QUIET_ROUNDS {
                break;
            }
        }
        if quiet < QUIET_ROUNDS {
            rest.wrong.push("the writes do not stop".to_owned());
        }
        let sent = self.writes_sent();
        for _ in 0..IDLE_POLLS {
            self.wait(minutes(20));
            self.run()?;
        }
        if self.writes_sent() > sent {
            rest.wrong.push("something was written after all had come to rest".to_owned());
        }
        self.look(&mut rest)?;
        Ok(rest)
    }

    fn look(&self, rest: &mut Rest) -> anyhow::Result<()> {
        rest.writes = self.writes_sent();
        rest.asked = self.asked()?;
        rest.wrong.extend(self.misdeeds()?);
        let vendors = lock(&self.vendors);
        let Vendors { world, goods, people, .. } = &*vendors;
        rest.doubtful =
            goods.iter().filter(|good| is_doubtful(good, &vendors)).map(|good| good.item).collect();
        let judged =
            |good: &&Good| !rest.asked.contains(good.item) && !rest.doubtful.contains(good.item);
        for good in goods.iter().filter(judged) {
            let account = Account::of(good, world, &self.carried(good)?);
            rest.wrong.extend(if people.disturbed.contains(good.item) {
                account.fits(good, world, people)
            } else {
                account.at_rest(good, world)
            });
        }
        let mut unsold = orders_of_unknown_skus(world);
        unsold.extend(self.diverted(world)?.into_iter().map(without_sale));
        let books = world.books().verify().into_iter();
        rest.wrong.extend(books.filter(|words| !unsold.iter().any(|it| words.starts_with(it))));
        rest.wrong.sort();
        rest.wrong.dedup();
        drop(vendors);
        rest.tale = self.tale();
        Ok(())
    }

    /// A story that is over, for what may never be was so after a step.
    pub(super) fn broken(&self, after: &str, wrong: Vec<String>) -> Rest {
        let wrong = wrong.into_iter().map(|words| format!("{after}: {words}")).collect();
        Rest { wrong, tale: self.tale(), ..Rest::default() }
    }

    /// Every movement of both sides and every write that left, in order of time, in seconds since the story began.
    #[must_use]
    pub fn tale(&self) -> Vec<String> {
        let vendors = lock(&self.vendors);
        let Vendors { world, goods, writes, .. } = &*vendors;
        let mut lines = Vec::new();
        for movement in world.shop.movements() {
            let good = goods.iter().find(|good| good.shop == movement.owner);
            let Movement { at_ms, delta, cause, by, .. } = *movement;
            let item = good.map_or("?", |good| good.item);
            lines.push((at_ms, format!("shop {item} {delta:+} {cause:?} by {by:?}")));
        }
        for movement in world.till.movements() {
            let good = goods.iter().find(|good| good.till == movement.owner);
            let Movement { at_ms, delta, cause, by, .. } = *movement;
            let item = good.map_or("?", |good| good.item);
            lines.push((at_ms, format!("till {item} {delta:+} {cause:?} by {by:?}")));
        }
        for Written { sent_ms, method, path, body, .. } in writes {
            lines.push((*sent_ms, format!("     {method:?} {path} {body}")));
        }
        lines.sort_by_key(|(at_ms, _)| *at_ms);
        let line = |(at_ms, text): (i64, String)| {
            let at_ms = at_ms - BEGINNING_MS;
            format!("{:>6}.{:03} {text}", at_ms / 1_000, at_ms % 1_000)
        };
        lines.into_iter().map(line).collect()
    }

    /// Orders that went another way than to be sold, by what the store says: what became of them the books tell.
    fn diverted(&self, world: &World) -> anyhow::Result<Vec<u32>> {
        let [shop, till] = [0, 1].map(|it| &self.pipeline.connections[it].account);
        let destination = format!("{till}/sales");
        let store = lock(&self.store);
        let mut diverted = Vec::new();
        for (position, _) in world.shop.orders().rows() {
            let key = format!("{shop}/orders/{}", internal_id(position));
            let recalls = store.recall(&destination, &[&key])?;
            diverted.extend(recalls.iter().filter(|recall| recall.is_diverted).map(|_| position));
        }
        Ok(diverted)
    }

    /// Whether a write is open, or an entry waits for anything but a person.
    fn is_busy(&self) -> anyhow::Result<bool> {
        let asked = self.asked()?;
        let (vendors, store) = (lock(&self.vendors), lock(&self.store));
        let name = &self.pipeline.name;
        let waiting = store.inner.waiting(&GOES_ON, Some(name))?;
        let goes_on = |(_, row): &(String, WaitingRow)| {
            let items = good_of(row, &vendors.goods).into_iter();
            let mut items = items.chain(ordered(row, &vendors.goods)).peekable();
            items.peek().is_none() || items.all(|item| !asked.contains(item))
        };
        Ok(waiting.iter().any(goes_on) || !store.open_writes(name)?.is_empty())
    }

    /// Goods of which a write is held, or whose counts or changes wait for a person.
    fn asked(&self) -> anyhow::Result<BTreeSet<Item>> {
        let (vendors, store) = (lock(&self.vendors), lock(&self.store));
        let mut asked = vendors.people.slipped.clone();
        for good in &vendors.goods {
            for (connection, owner) in [(0, good.shop_owner()), (1, good.till_owner())] {
                let account = &self.pipeline.connections[connection].account;
                let movers = store.movers(account, &[&owner])?;
                let held = |mover: &penstock::store::Mover| mover.status == WriteStatus::Held;
                if movers.iter().flatten().any(held) {
                    asked.insert(good.item);
                }
            }
        }
        let waiting = store.inner.waiting(&["held", "dead"], Some(&self.pipeline.name))?;
        asked.extend(waiting.iter().filter_map(|(_, row)| good_of(row, &vendors.goods)));
        Ok(asked)
    }
}

/// Paid orders that bear a SKU which the till does not know, as the books name them where they have no sale: they wait
/// for a person, and what they took stays reserved.
fn orders_of_unknown_skus(world: &World) -> Vec<String> {
    let orders = world.shop.orders();
    let is_unknown = |sku: &str| world.till.products_of_sku(&sku.to_lowercase()).is_empty();
    let held = orders
        .rows()
        .map(|(position, _)| position)
        .filter(|position| orders.detail(*position).lines.iter().any(|line| is_unknown(&line.sku)));
    held.map(without_sale).collect()
}

/// How the books name an order that is to be sold and is not.
fn without_sale(position: u32) -> String {
    format!("order {} (postable) has no closed sale", public_id(position))
}

/// The goods of an order that waits.
fn ordered<'a>(row: &'a WaitingRow, goods: &'a [Good]) -> impl Iterator<Item = Item> + 'a {
    let lines = match &row.item.entry.payload {
        Payload::Order(order) => order.lines.as_slice(),
        _ => &[],
    };
    let owners = lines.iter().filter_map(|line| line.stock_owner.as_deref());
    owners.filter_map(|owner| {
        goods.iter().find(|good| owner == good.shop_owner()).map(|good| good.item)
    })
}

/// The good whose count or change waits.
fn good_of(row: &WaitingRow, goods: &[Good]) -> Option<Item> {
    let owner = match &row.item.entry.payload {
        Payload::StockLevel(level) => &level.owner,
        Payload::StockChange(change) => &change.owner,
        _ => return None,
    };
    let bears = |good: &&Good| *owner == good.shop_owner() || *owner == good.till_owner();
    goods.iter().find(bears).map(|good| good.item)
}
