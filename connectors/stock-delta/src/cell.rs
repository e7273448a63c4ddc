//! What is remembered of one linked pair of counters.

use std::collections::BTreeMap;

use penstock_connector_sdk::decimal::DecimalError;
use penstock_connector_sdk::host::{Effect, EffectStatus};
use penstock_connector_sdk::types::{Decimal, Instant};
use serde::{Deserialize, Serialize};

/// One of the two counters of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Shop,
    Till,
}

impl Side {
    pub(crate) const fn other(self) -> Self {
        match self {
            Self::Shop => Self::Till,
            Self::Till => Self::Shop,
        }
    }

    /// As people and the descriptor's inputs call it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Shop => "shop",
            Self::Till => "till",
        }
    }
}

/// A linked pair of counters, as far as it was interpreted.
///
/// While it is `tracked`, what the till's outside changes have moved is published or owed:
/// shop + owed = till - reserved - buffer, once all that was handed over is applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cell {
    /// The link, and so the epoch: nothing that was remembered under another one counts.
    pub(crate) link: u64,
    pub(crate) mode: Mode,
    pub(crate) shop: Counter,
    pub(crate) till: Counter,
    /// When the reading was asked for by which its first levels were seen to fit: what is carried came after it.
    #[serde(default)]
    pub(crate) tracked_at: Option<Instant>,
    /// What is not yet published to the shop: a fraction of a unit, and, below zero, what the shop
    /// did not have to give.
    pub(crate) owed: Decimal,
    /// Units of the till's that the shop is not told of, as they were when `owed` was reckoned.
    #[serde(default)]
    pub(crate) buffer: Decimal,
    /// The number of the next change that is handed over. Never used twice under one link.
    pub(crate) next: u64,
    /// Units that went back to the till because the shop took back what a sale had already taken,
    /// by the cause of that sale's effect.
    pub(crate) given_back: BTreeMap<String, Decimal>,
    /// How many writes of first levels have missed in a row.
    pub(crate) missed: u32,
}

/// What may be done with a pair.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mode {
    Tracked,
    ShopUnlimited,
    TillUntracked,
    NeedsBaseline,
    Quarantined { reason: String, trip: Trip },
}

/// Which bound a quarantined pair broke, so that it goes on once the bound is wide enough.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Trip {
    /// A change of this many units.
    Jump(Decimal),
    /// This many counts fell to zero in one batch.
    Zeros(u32),
    /// Two equal changes this far apart.
    SameEdit { apart_ms: u64 },
    /// First levels that do not fit.
    Unequal,
    /// First levels that did not come to fit, however often they were written.
    Restless,
}

/// One counter of a pair.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counter {
    /// The last reading that was interpreted, or, before first levels, the last one.
    pub(crate) seen: Option<Reading>,
    /// Where it stands: the till's outlet.
    pub(crate) location: String,
    /// Changes handed over to this side, of which it is not known yet what became, by cause.
    pub(crate) in_flight: BTreeMap<String, Quantity>,
    /// The last change that somebody else made here.
    pub(crate) outside: Option<Outside>,
}

/// How a counter is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Quantity {
    By(Decimal),
    /// First levels only.
    To(Decimal),
}

/// A count, and what was known to be in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reading {
    /// Nothing where this side does not count the item, which is not zero.
    pub(crate) level: Option<Decimal>,
    /// When it was asked for.
    pub(crate) read_at: Instant,
    /// The remote's own version of the counter.
    pub(crate) version: Option<u64>,
    /// Own effects settled up to this sequence of the ledger are in it.
    pub(crate) sequence: u64,
    /// The sum of order effects that are in it. Nothing at the till, where orders move nothing.
    pub(crate) orders: Decimal,
}

/// A change that no order and no write of ours explains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Outside {
    pub(crate) amount: Decimal,
    /// When the reading that showed it was asked for.
    pub(crate) at: Instant,
}

impl Cell {
    pub(crate) fn new(link: u64) -> Self {
        Self {
            link,
            mode: Mode::NeedsBaseline,
            shop: Counter::default(),
            till: Counter::default(),
            tracked_at: None,
            owed: Decimal::ZERO,
            buffer: Decimal::ZERO,
            next: 1,
            given_back: BTreeMap::new(),
            missed: 0,
        }
    }

    pub(crate) const fn side(&self, side: Side) -> &Counter {
        match side {
            Side::Shop => &self.shop,
            Side::Till => &self.till,
        }
    }

    pub(crate) const fn side_mut(&mut self, side: Side) -> &mut Counter {
        match side {
            Side::Shop => &mut self.shop,
            Side::Till => &mut self.till,
        }
    }

    /// A cause that was never used before and never will be again.
    pub(crate) fn next_cause(&mut self) -> String {
        let cause = format!("mirror:{}:{}", self.link, self.next);
        self.next += 1;
        cause
    }

    /// The shop's level once all that is known and handed over is in it; nothing while it does not
    /// count.
    pub(crate) fn shop_expected(&self, orders: Decimal) -> Result<Option<Decimal>, DecimalError> {
        let Some(Reading { level: Some(level), orders: seen, .. }) = self.shop.seen else {
            return Ok(None);
        };
        let flying = self.shop.in_flight.values().filter_map(|flight| match *flight {
            Quantity::By(delta) => Some(delta),
            Quantity::To(_) => None,
        });
        let flying = Decimal::sum(flying)?;
        level.checked_add(flying)?.checked_add(orders.checked_sub(seen)?).map(Some)
    }

    /// What a pair that is not tracked waits for.
    pub(crate) fn untracked_mode(&self) -> Mode {
        let counts = |counter: &Counter| counter.seen.is_none_or(|seen| seen.level.is_some());
        match (counts(&self.shop), counts(&self.till)) {
            (false, _) => Mode::ShopUnlimited,
            (true, false) => Mode::TillUntracked,
            (true, true) => Mode::NeedsBaseline,
        }
    }

    /// Forgets what was handed over to a side and was applied, or refused for good.
    pub(crate) fn land(&mut self, side: Side, effects: &[Effect]) {
        let is_final = |effect: &&Effect| match effect.status {
            EffectStatus::Applied => true,
            EffectStatus::Void => effect.settled_at.is_some(),
            _ => false,
        };
        for effect in effects.iter().filter(is_final) {
            self.side_mut(side).in_flight.remove(&effect.cause);
        }
    }

    /// The shop is told of so many units less than the till has. What that changes is owed.
    pub(crate) fn keep_back(&mut self, buffer: Decimal) -> Result<(), DecimalError> {
        self.owed = self.owed.checked_add(self.buffer)?.checked_sub(buffer)?;
        self.buffer = buffer;
        Ok(())
    }

    /// Whether it is not known yet what became of something that was handed over.
    pub(crate) fn is_in_flight(&self) -> bool {
        !self.shop.in_flight.is_empty() || !self.till.in_flight.is_empty()
    }

    /// Counting was interrupted, so what is remembered of the difference is worth nothing.
    pub(crate) fn lose_baseline(&mut self, mode: Mode) {
        self.mode = mode;
        self.owed = Decimal::ZERO;
        self.shop.outside = None;
        self.till.outside = None;
        self.given_back.clear();
        self.missed = 0;
    }
}
