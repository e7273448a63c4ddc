//! One reading of one linked pair: what the host knows is gathered, the model decides, and what it
//! decides becomes a verdict.

use penstock_connector_sdk::commerce::{Entry, Payload, StockChange, StockLevel, StockMove};
use penstock_connector_sdk::decimal::DecimalError;
use penstock_connector_sdk::host::{Effect, EffectStatus, Level, Link, RuleHost};
use penstock_connector_sdk::transform::{Horizon, Output, Verdict};
use penstock_connector_sdk::types::{Decimal, Failure, Instant, Pair as Attribute};

use crate::cell::{Cell, Mode, Quantity, Reading, Side};
use crate::delta::{self, Evident, Move, Tripped};
use crate::evidence::{self, Evidence, Known, Shown};
use crate::first::{self, Levels};
use crate::memory::Memory;
use crate::options::{Guard, Options};
use crate::orders::{Tally, sold_by};
use crate::rule::{filter, too_large};
use crate::{ORDERS, TO_SHOP, TO_TILL};
use crate::{reserved, restock, returns};

/// A change that is handed over has this revision for ever, as its cause is used once.
const REVISION: &str = "1";

/// Until a write that first levels wait for is likely to be settled.
const FIRST_WAIT_MS: u64 = 15_000;

/// A linked pair, with all that is at hand to judge a reading of it.
pub(crate) struct Pair<'a, H> {
    pub(crate) host: &'a H,
    pub(crate) options: &'a Options,
    pub(crate) memory: &'a mut Memory,
    pub(crate) link: &'a Link,
    /// The counters: the shop's, then the till's.
    pub(crate) owners: [String; 2],
    /// As it was left under this link.
    pub(crate) cell: Option<Cell>,
    pub(crate) tally: Tally,
    pub(crate) orders_to: Option<Instant>,
}

/// A reading that is to be judged.
pub(crate) struct Showing<'a> {
    pub(crate) side: Side,
    pub(crate) entry: &'a Entry,
    pub(crate) level: &'a StockLevel,
    /// How many counts fell to zero in its batch.
    pub(crate) zeros: u32,
}

impl<H: RuleHost> Pair<'_, H> {
    /// Judges a reading. Of a verdict that lets it come again nothing is remembered.
    pub(crate) fn show(&mut self, showing: &Showing<'_>) -> Result<Verdict, Failure> {
        let before = self.cell.clone();
        let mut cell = before.clone().unwrap_or_else(|| Cell::new(self.link.id));
        let verdict = match self.judge(&mut cell, showing)? {
            Ok(verdict) => verdict,
            Err(error) => return Ok(too_large(error)),
        };
        let comes_again =
            matches!(verdict, Verdict::Wait(_) | Verdict::WaitFor(_) | Verdict::Reread(_));
        if !comes_again && before.as_ref() != Some(&cell) {
            debug_assert!(
                before.is_none_or(|before| before.next <= cell.next)
                    || !self.options.guards(Guard::FreshCause),
                "causes are used once"
            );
            if !self.options.guards(Guard::FreshCause) {
                cell.next = 1;
            }
            self.memory.cells.set(self.owner(Side::Shop).to_owned().as_str(), cell);
        }
        Ok(verdict)
    }

    fn judge(
        &mut self,
        cell: &mut Cell,
        showing: &Showing<'_>,
    ) -> Result<Result<Verdict, DecimalError>, Failure> {
        let Showing { side, entry, level, .. } = *showing;
        let shown = Shown { level: level.on_hand, read_at: entry.read_at, version: level.version };
        let seen = cell.side(side).seen;
        let effects = self.effects(side, seen.map_or(0, |seen| seen.sequence));
        let known = Known {
            side,
            seen: seen.as_ref(),
            effects: &effects,
            tally: &self.tally,
            orders_to: self.orders_to,
        };
        let evidence = match evidence::weigh(&shown, &known, self.options) {
            Ok(evidence) => evidence,
            Err(error) => return Ok(Err(error)),
        };
        let (mut reading, own) = match evidence {
            Evidence::Good { reading, own } => (reading, own),
            Evidence::Old => return Ok(Ok(filter("older than what was seen"))),
            Evidence::Wait(ms) => return Ok(Ok(Verdict::Wait(ms))),
            Evidence::Reread(ms) => return Ok(Ok(Verdict::Reread(ms))),
            Evidence::WaitForOrders(at) => {
                return Ok(Ok(Verdict::WaitFor(Horizon { input: ORDERS.to_owned(), at })));
            }
        };
        cell.side_mut(side).location.clone_from(&level.location);
        if !self.options.guards(Guard::Absent) {
            reading.level = reading.level.or(Some(Decimal::ZERO));
        }
        let Some(level) = reading.level else {
            return Ok(Ok(self.uncounted(cell, side, reading)));
        };
        self.let_out(cell);
        match cell.mode {
            Mode::Quarantined { .. } => Ok(Ok(filter("quarantined"))),
            Mode::Tracked => {
                let mut evident = Evident { side, reading, level, own, zeros: showing.zeros };
                if let Err(error) = self.restock(cell, &mut evident)? {
                    return Ok(Err(error));
                }
                Ok(self.tracked(cell, &evident, &effects, entry))
            }
            _ => self.first_levels(cell, side, reading, &effects, entry),
        }
    }

    /// Goods of refunded orders that came back to the shop are explained by their orders.
    fn restock(
        &mut self,
        cell: &Cell,
        evident: &mut Evident,
    ) -> Result<Result<(), DecimalError>, Failure> {
        if evident.side == Side::Till
            || self.tally.refunded.is_empty()
            || !self.options.guards(Guard::TakeBack)
        {
            return Ok(Ok(()));
        }
        let rise = match delta::outside(cell, evident) {
            Ok(rise) if rise.is_positive() => rise,
            Ok(_) => return Ok(Ok(())),
            Err(error) => return Ok(Err(error)),
        };
        let effects = self.effects(Side::Till, 0);
        // The last count may be told for an instant that it does not quite show.
        let settle_ms = i64::from(self.options.shop_settle_ms);
        let seen = cell.side(Side::Shop).seen.map_or(Instant::MIN, |seen| seen.read_at);
        let risen = (rise, seen.saturating_sub(settle_ms));
        let back = restock::take_back(self.memory, self.host, &mut self.tally, risen, &effects)?;
        Ok(back.and_then(|back| {
            if !back.is_zero() {
                let [owner, _] = &self.owners;
                self.memory.tallies.set(owner, self.tally.clone());
                evident.reading.orders = evident.reading.orders.checked_add(back)?;
            }
            Ok(())
        }))
    }

    /// A side that does not count: nothing is written, and counting again needs a new baseline.
    fn uncounted(&self, cell: &mut Cell, side: Side, reading: Reading) -> Verdict {
        cell.side_mut(side).seen = Some(reading);
        if !matches!(cell.mode, Mode::Quarantined { .. }) {
            cell.lose_baseline(cell.untracked_mode());
        }
        filter(match side {
            Side::Shop => "unlimited in the shop",
            Side::Till => "not tracked in the till",
        })
    }

    /// Lets a quarantined pair go on once the bound that it broke is wide enough.
    fn let_out(&self, cell: &mut Cell) {
        let Mode::Quarantined { trip, .. } = &cell.mode else { return };
        if !trip.is_cured(self.options) {
            return;
        }
        let counted = |reading: Option<Reading>| reading.is_some_and(|seen| seen.level.is_some());
        if trip.is_of_tracking() && counted(cell.shop.seen) && counted(cell.till.seen) {
            cell.mode = Mode::Tracked;
        } else {
            cell.lose_baseline(Mode::NeedsBaseline);
        }
    }

    fn tracked(
        &self,
        cell: &mut Cell,
        evident: &Evident,
        effects: &[Effect],
        entry: &Entry,
    ) -> Result<Verdict, DecimalError> {
        let mut advanced = cell.clone();
        let mut news = match delta::interpret(&mut advanced, evident, self.options)? {
            Ok(news) => news,
            Err(tripped) => return Ok(self.quarantine(cell, tripped, entry)),
        };
        advanced.land(evident.side, effects);
        if !self.tally.reduced.is_empty() && self.options.guards(Guard::GiveBack) {
            let all = self.effects(Side::Till, 0);
            news.extend(returns::give_back(&mut advanced, &self.tally, &all)?);
        }
        news.extend(delta::publish(&mut advanced, self.tally.sum, self.options)?);
        *cell = advanced;
        Ok(self.forward(cell, news, entry))
    }

    /// Brings a pair in step that is not tracked yet.
    fn first_levels(
        &mut self,
        cell: &mut Cell,
        side: Side,
        reading: Reading,
        effects: &[Effect],
        entry: &Entry,
    ) -> Result<Result<Verdict, DecimalError>, Failure> {
        let other = side.other();
        let there = cell.side(other).seen;
        let since = self.effects(other, there.map_or(0, |seen| seen.sequence));
        if effects.iter().chain(&since).any(is_open) {
            return Ok(Ok(Verdict::Wait(FIRST_WAIT_MS)));
        }
        let till_effects = self.effects(Side::Till, 0);
        cell.land(Side::Till, &till_effects);
        cell.land(Side::Shop, &self.effects(Side::Shop, 0));
        cell.side_mut(side).seen = Some(reading);
        cell.mode = cell.untracked_mode();
        // What was handed over must have arrived, or it would come on top of the first levels.
        if cell.is_in_flight() {
            return Ok(Ok(filter("waits for an earlier change to be made")));
        }
        let (Some(shop), Some(till)) = (cell.shop.seen, cell.till.seen) else {
            return Ok(Ok(filter("the other side's level is not known")));
        };
        let (Some(shop_level), Some(till_level)) = (shop.level, till.level) else {
            return Ok(Ok(filter("the other side does not count it")));
        };
        let moved = since.iter().any(|effect| effect.status == EffectStatus::Applied);
        if moved || shop.orders != self.tally.sum {
            return Ok(Ok(filter("the other side has moved")));
        }
        if !self.link.levels_accepted && self.options.guards(Guard::AcceptedLevels) {
            return Ok(Ok(filter("first levels not accepted")));
        }
        if let Err(error) = self.count_again(cell)? {
            return Ok(Err(error));
        }
        match restock::write_off(self.memory, self.host, &mut self.tally, &till_effects)? {
            Ok(back) if !back.is_zero() => {
                self.memory.tallies.set(&self.owners[0], self.tally.clone());
                if let Some(seen) = &mut cell.shop.seen {
                    seen.orders = self.tally.sum;
                }
            }
            Ok(_) => {}
            Err(error) => return Ok(Err(error)),
        }
        let [owner, _] = &self.owners;
        let reserved = reserved::units(self.memory, self.host, owner, &till_effects)?;
        Ok(reserved.and_then(|reserved| {
            let is_left = self.options.guards(Guard::Reserved);
            let reserved = if is_left { reserved } else { Decimal::ZERO };
            let levels = Levels { shop: shop_level, till: till_level, reserved };
            self.bring_in_step(cell, levels, &till_effects, entry)
        }))
    }

    /// What orders may have taken before the shop stopped to count the item, or would have taken meanwhile, is taken now
    /// that it counts again: the first level is set to what is left.
    fn count_again(&mut self, cell: &mut Cell) -> Result<Result<(), DecimalError>, Failure> {
        if !self.options.guards(Guard::CountAgain) {
            return Ok(Ok(()));
        }
        let before = self.tally.sum;
        for cause in std::mem::take(&mut self.tally.uncounted).into_keys() {
            let Some((order, id)) = sold_by(&cause) else { continue };
            let Some(mut noted) = self.memory.orders.get(order, self.host)? else { continue };
            let [owner, _] = &self.owners;
            let line = noted.lines.get_mut(id).filter(|line| line.owner == *owner);
            let Some(line) = line else { continue };
            match line.count().and_then(|units| self.tally.sum.checked_sub(units)) {
                Ok(sum) => self.tally.sum = sum,
                Err(error) => return Ok(Err(error)),
            }
            self.memory.orders.set(order, noted);
        }
        if self.tally.sum == before {
            return Ok(Ok(()));
        }
        self.memory.tallies.set(self.owner(Side::Shop).to_owned().as_str(), self.tally.clone());
        if let Some(seen) = &mut cell.shop.seen {
            seen.orders = self.tally.sum;
        }
        Ok(Ok(()))
    }

    fn bring_in_step(
        &self,
        cell: &mut Cell,
        levels: Levels,
        till_effects: &[Effect],
        entry: &Entry,
    ) -> Result<Verdict, DecimalError> {
        match first::step(cell, levels, self.options)? {
            first::Step::Tracked => {
                cell.tracked_at = Some(entry.read_at);
                returns::settle(cell, &self.tally, till_effects)?;
                match delta::publish(cell, self.tally.sum, self.options)? {
                    Some(write) => Ok(self.forward(cell, vec![write], entry)),
                    None => Ok(filter("first levels fit")),
                }
            }
            first::Step::Write(write) => Ok(self.forward(cell, vec![write], entry)),
            first::Step::Tripped(tripped) => Ok(self.quarantine(cell, tripped, entry)),
        }
    }

    fn quarantine(&self, cell: &mut Cell, tripped: Tripped, entry: &Entry) -> Verdict {
        let Tripped { reason, trip } = tripped;
        self.host.write(Level::Warn, &format!("quarantined: {reason}"), Some(&entry.key));
        cell.mode = Mode::Quarantined { reason: reason.clone(), trip };
        Verdict::Reject(reason)
    }

    fn forward(&self, cell: &Cell, moves: Vec<Move>, entry: &Entry) -> Verdict {
        if moves.is_empty() {
            return filter("nothing new");
        }
        Verdict::Forward(moves.into_iter().map(|one| self.output(cell, one, entry)).collect())
    }

    fn output(&self, cell: &Cell, one: Move, entry: &Entry) -> Output {
        let port = match one.to {
            Side::Shop => TO_SHOP,
            Side::Till => TO_TILL,
        };
        let change = StockChange {
            owner: self.owner(one.to).to_owned(),
            location: cell.side(one.to).location.clone(),
            quantity: match one.quantity {
                Quantity::By(delta) => StockMove::By(delta.normalized()),
                Quantity::To(level) => StockMove::To(level.normalized()),
            },
            reason: one.reason,
            attributes: self.attributes(cell, entry),
            cause: one.cause,
        };
        let entry = Entry {
            key: format!("stock:{}", change.cause),
            revision: REVISION.to_owned(),
            read_at: entry.read_at,
            payload: Payload::StockChange(change),
        };
        Output { port: port.to_owned(), entry, after: Vec::new() }
    }

    fn attributes(&self, cell: &Cell, entry: &Entry) -> Vec<Attribute> {
        let sku = match &entry.payload {
            Payload::StockLevel(level) => level.sku.as_deref(),
            _ => None,
        };
        let link = Attribute::new("link", self.link.id.to_string());
        let sku = sku.map(|sku| Attribute::new("sku", sku));
        let since = cell.tracked_at.map(|at| Attribute::new("since", at.to_string()));
        std::iter::once(link).chain(sku).chain(since).collect()
    }

    fn owner(&self, side: Side) -> &str {
        let [shop, till] = &self.owners;
        match side {
            Side::Shop => shop,
            Side::Till => till,
        }
    }

    fn effects(&self, side: Side, after: u64) -> Vec<Effect> {
        self.host.effects(side.name(), self.owner(side), after)
    }
}

fn is_open(effect: &Effect) -> bool {
    !matches!(effect.status, EffectStatus::Applied | EffectStatus::Void)
}
