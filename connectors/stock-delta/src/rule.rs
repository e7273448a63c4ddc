//! What becomes of one entry: state is loaded, ledger and links are asked, the model decides.

use std::collections::{BTreeMap, BTreeSet};

use penstock_connector_sdk::commerce::{Entry, Order, Payload, PaymentStatus, StockLevel};
use penstock_connector_sdk::decimal::DecimalError;
use penstock_connector_sdk::host::{Link, RuleHost};
use penstock_connector_sdk::transform::{Horizon, Verdict};
use penstock_connector_sdk::types::{Decimal, Failure, Instant};

use crate::cell::{Mode, Reading, Side};
use crate::memory::Memory;
use crate::options::{Guard, Options};
use crate::orders::{Line, Noted, Tally};
use crate::pair::{Pair, Showing};
use crate::{ORDERS, SHOP, TILL, UNSOLD};

/// One batch being judged.
pub(crate) struct Batch<'a, H> {
    pub(crate) host: &'a H,
    pub(crate) options: &'a Options,
    pub(crate) memory: Memory,
    pub(crate) links: BTreeMap<String, Link>,
    /// Up to when orders are known.
    orders_to: Option<Instant>,
    /// How many counts fell to zero in this batch.
    zeros: u32,
}

impl<'a, H: RuleHost> Batch<'a, H> {
    pub(crate) fn new(host: &'a H, options: &'a Options, horizons: &[Horizon]) -> Self {
        let orders_to = horizons.iter().find(|horizon| horizon.input == ORDERS);
        Self {
            host,
            options,
            memory: Memory::new(),
            links: BTreeMap::new(),
            orders_to: orders_to.map(|horizon| horizon.at),
            zeros: 0,
        }
    }

    /// Judges entries of one input, and stages what is remembered of them.
    pub(crate) fn judge(mut self, input: &str, entries: &[Entry]) -> Result<Vec<Verdict>, Failure> {
        let verdicts = match input {
            ORDERS => self.orders(entries)?,
            SHOP => self.levels(Side::Shop, entries)?,
            TILL => self.levels(Side::Till, entries)?,
            UNSOLD => self.unsold(entries)?,
            other => return Err(Failure::unexpected(format!("there is no input `{other}`"))),
        };
        self.memory.store(self.host)?;
        Ok(verdicts)
    }

    fn orders(&mut self, entries: &[Entry]) -> Result<Vec<Verdict>, Failure> {
        self.memory.orders.load(entries.iter().map(|entry| entry.key.as_str()), self.host)?;
        let mut asked = Vec::new();
        for order in entries.iter().filter_map(order_of) {
            let is_refunded = order.payment_status == PaymentStatus::Refunded;
            for line in &order.lines {
                asked.extend(match &line.stock_owner {
                    Some(owner) => Some(owner).filter(|_| is_refunded).cloned(),
                    None => line.product.clone(),
                });
            }
        }
        self.find_links(SHOP, asked)?;
        entries.iter().map(|entry| self.order(entry)).collect()
    }

    /// Notes what an order has done to the shop's counters.
    fn order(&mut self, entry: &Entry) -> Result<Verdict, Failure> {
        let Some(order) = order_of(entry) else {
            return Ok(Verdict::Reject("the input `orders` takes orders, and this is none".into()));
        };
        let (mut noted, homeless) = match self.noted(order, entry.read_at) {
            Ok(noted) => noted,
            Err(reason) => return Ok(Verdict::Reject(reason)),
        };
        let known = self.memory.orders.get(&entry.key, self.host)?.unwrap_or_default();
        if noted.is_older_than(&known) {
            return Ok(filter("older revision"));
        }
        if let Err(error) =
            noted.keep_taken(order, &known).and_then(|()| noted.keep_restocked(&known))
        {
            return Ok(Verdict::Reject(format!("what it takes is {error}")));
        }
        if order.payment_status == PaymentStatus::Refunded
            && let Err(error) = self.write_off(&mut noted)?
        {
            return Ok(Verdict::Reject(format!("what it takes is {error}")));
        }
        let mut tallies = BTreeMap::<String, Tally>::new();
        // Two changes within a second bear one date.
        if noted.updated_at != known.updated_at || noted.refunded != known.refunded {
            for owner in noted.owners().chain(known.owners()) {
                let mut tally = self.memory.tallies.get(owner, self.host)?.unwrap_or_default();
                tally.stirred(entry.read_at);
                tallies.insert(owner.to_owned(), tally);
            }
        }
        for change in &noted.changes_since(&known) {
            let mut tally = match tallies.remove(&change.owner) {
                Some(tally) => tally,
                None => self.memory.tallies.get(&change.owner, self.host)?.unwrap_or_default(),
            };
            if let Err(error) = tally.add(&entry.key, change, entry.read_at) {
                return Ok(Verdict::Reject(format!("what it takes is {error}")));
            }
            tallies.insert(change.owner.clone(), tally);
        }
        for (id, line) in noted.lines.iter().filter(|(_, line)| line.uncounted.is_positive()) {
            let mut tally = match tallies.remove(&line.owner) {
                Some(tally) => tally,
                None => self.memory.tallies.get(&line.owner, self.host)?.unwrap_or_default(),
            };
            tally.note_uncounted(&entry.key, (id, line), entry.read_at);
            tallies.insert(line.owner.clone(), tally);
        }
        for (owner, mut tally) in tallies {
            for (id, line) in noted.lines.iter().filter(|(_, line)| line.owner == owner) {
                let at = (noted.refunded != known.refunded).then_some(entry.read_at);
                let is_refunded = noted.refunded.is_positive();
                tally.note_refund(&entry.key, (id, line), is_refunded, at);
            }
            self.memory.tallies.set(&owner, tally);
        }
        self.memory.orders.set(&entry.key, noted);
        Ok(match homeless {
            Some(line) => Verdict::Reject(format!(
                "line `{line}` takes stock and does not say from which counter"
            )),
            None => filter("stock noted"),
        })
    }

    /// What a refunded order took is reserved for nobody. Before a pair has its first levels there is no difference by
    /// which to tell whether it came back, and none that a wrong guess would spoil.
    fn write_off(&mut self, noted: &mut Noted) -> Result<Result<(), DecimalError>, Failure> {
        for line in noted.lines.values_mut() {
            let link = self.links.get(&line.owner).map(|link| link.id);
            let cell = self.memory.cells.get(&line.owner, self.host)?;
            let of_link = cell.filter(|cell| Some(cell.link) == link);
            let has_levels = of_link
                .is_some_and(|cell| matches!(cell.mode, Mode::Tracked | Mode::Quarantined { .. }));
            if !has_levels && let Err(error) = line.restock(line.taken) {
                return Ok(Err(error));
            }
        }
        Ok(Ok(()))
    }

    /// An order's lines as far as they move counters, and one that moves nobody knows which.
    pub(crate) fn noted(
        &self,
        order: &Order,
        read_at: Instant,
    ) -> Result<(Noted, Option<String>), String> {
        let (updated_at, refunded, lines) = (order.updated_at, order.refunded, BTreeMap::new());
        let is_refunded = order.payment_status == PaymentStatus::Refunded;
        let mut noted = Noted { updated_at, read_at, refunded, is_refunded, lines };
        let mut homeless = None;
        for line in &order.lines {
            // A counter is often called as the product is; that counts where it is linked so.
            let product = line.product.as_ref().filter(|product| self.links.contains_key(*product));
            let Some(owner) = line.stock_owner.as_ref().or(product) else {
                if line.takes_stock && line.product.is_some() {
                    homeless = Some(line.id.clone());
                }
                continue;
            };
            let taken = if line.takes_stock { line.quantity } else { Decimal::ZERO };
            let fresh = Line {
                owner: owner.clone(),
                taken: Decimal::ZERO,
                restocked: Decimal::ZERO,
                uncounted: Decimal::ZERO,
            };
            let kept = noted.lines.entry(line.id.clone()).or_insert(fresh);
            if kept.owner != *owner {
                return Err(format!("two lines of different counters are called `{}`", line.id));
            }
            // One that was paid is sold, or was: what it took shows at the till.
            let waits = order.payment_status == PaymentStatus::AwaitingPayment;
            let uncounted = if waits { line.quantity } else { Decimal::ZERO }.checked_sub(taken);
            let sums = uncounted.and_then(|uncounted| {
                let uncounted = kept.uncounted.checked_add(uncounted.max(Decimal::ZERO))?;
                Ok((kept.taken.checked_add(taken)?, uncounted))
            });
            (kept.taken, kept.uncounted) =
                sums.map_err(|error| format!("what line `{}` takes is {error}", line.id))?;
        }
        Ok((noted, homeless))
    }

    fn levels(&mut self, side: Side, entries: &[Entry]) -> Result<Vec<Verdict>, Failure> {
        let owners = entries.iter().filter_map(|entry| Some(level_of(entry)?.owner.clone()));
        self.find_links(side.name(), owners.collect())?;
        let shops: Vec<String> =
            self.links.iter().map(|(owner, link)| shop_owner(side, owner, link)).collect();
        self.memory.cells.load(shops.iter().map(String::as_str), self.host)?;
        self.memory.tallies.load(shops.iter().map(String::as_str), self.host)?;
        self.zeros = self.count_zeros(side, entries)?;
        entries.iter().map(|entry| self.level(side, entry)).collect()
    }

    fn level(&mut self, side: Side, entry: &Entry) -> Result<Verdict, Failure> {
        let Some(level) = level_of(entry) else {
            let side = side.name();
            return Ok(Verdict::Reject(format!(
                "the input `{side}` takes levels, and this is none"
            )));
        };
        let Some(link) = self.links.get(&level.owner).cloned() else {
            return Ok(filter("not linked"));
        };
        let shop = shop_owner(side, &level.owner, &link);
        let till = if side == Side::Till { level.owner.clone() } else { link.other.clone() };
        let cell = self.memory.cells.get(&shop, self.host)?;
        let tally = self.memory.tallies.get(&shop, self.host)?.unwrap_or_default();
        let mut pair = Pair {
            host: self.host,
            options: self.options,
            memory: &mut self.memory,
            link: &link,
            owners: [shop, till],
            cell: cell.filter(|cell| cell.link == link.id || !self.options.guards(Guard::Epoch)),
            tally,
            orders_to: self.orders_to,
        };
        pair.show(&Showing { side, entry, level, zeros: self.zeros })
    }

    /// How many tracked counts fell to zero in this batch.
    fn count_zeros(&mut self, side: Side, entries: &[Entry]) -> Result<u32, Failure> {
        let mut fallen = BTreeSet::new();
        for level in entries.iter().filter_map(level_of) {
            let Some(link) = self.links.get(&level.owner) else { continue };
            let cell = self.memory.cells.get(&shop_owner(side, &level.owner, link), self.host)?;
            let tracked = cell.filter(|cell| cell.link == link.id && cell.mode == Mode::Tracked);
            let seen = tracked.and_then(|cell| cell.side(side).seen);
            let had = matches!(seen, Some(Reading { level: Some(had), .. }) if had.is_positive());
            if had && level.on_hand.is_some_and(Decimal::is_zero) {
                fallen.insert(level.owner.as_str());
            }
        }
        Ok(u32::try_from(fallen.len()).unwrap_or(u32::MAX))
    }

    pub(crate) fn find_links(
        &mut self,
        input: &str,
        mut owners: Vec<String>,
    ) -> Result<(), Failure> {
        const OWNERS_AT_ONCE_MAX: usize = 500;
        owners.sort_unstable();
        owners.dedup();
        for owners in owners.chunks(OWNERS_AT_ONCE_MAX) {
            let links = self.host.links(input, owners);
            if links.len() != owners.len() {
                return Err(Failure::unexpected("the host did not answer for each counter"));
            }
            let found = owners.iter().zip(links);
            self.links.extend(found.filter_map(|(owner, link)| Some((owner.clone(), link?))));
        }
        Ok(())
    }
}

pub(crate) fn filter(reason: &str) -> Verdict {
    Verdict::Filter(reason.to_owned())
}

/// A number that has no place is no level and no quantity: nothing is guessed.
pub(crate) fn too_large(error: DecimalError) -> Verdict {
    Verdict::Reject(format!("the count is {error}"))
}

fn shop_owner(side: Side, owner: &str, link: &Link) -> String {
    match side {
        Side::Shop => owner.to_owned(),
        Side::Till => link.other.clone(),
    }
}

pub(crate) fn order_of(entry: &Entry) -> Option<&Order> {
    match &entry.payload {
        Payload::Order(order) => Some(order),
        _ => None,
    }
}

fn level_of(entry: &Entry) -> Option<&StockLevel> {
    match &entry.payload {
        Payload::StockLevel(level) => Some(level),
        _ => None,
    }
}
