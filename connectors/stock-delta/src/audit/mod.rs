//! Whether pairs are in step: what each counter should show by all that is known, and what it shows.
//!
//! Nothing is interpreted here and nothing remembered. A reading that does not prove anything yet is
//! asked for again; so what is called a difference is one.

mod balance;
mod words;

use penstock_connector_sdk::audit::{
    Accord, Counter, Difference, Examine, KnownTo, LinkedPair, Pause, Remark, Standing,
};
use penstock_connector_sdk::decimal::DecimalError;
use penstock_connector_sdk::host::{Effect, EffectStatus, RuleHost};
use penstock_connector_sdk::types::{Decimal, Failure, Instant};

use crate::ORDERS;
use crate::cell::{Cell, Mode, Reading, Side};
use crate::evidence::{self, Evidence, Known, Shown};
use crate::memory::Memory;
use crate::options::Options;
use crate::orders::Tally;
use crate::{publish, reserved};
use balance::Balance;

/// How each pair stands, in order.
pub(crate) fn examine(
    options: &Options,
    call: &Examine<'_>,
    host: &impl RuleHost,
) -> Result<Vec<Standing>, Failure> {
    let mut memory = Memory::new();
    let shops = || call.pairs.iter().map(|pair| pair.left.owner.as_str());
    memory.cells.load(shops(), host)?;
    memory.tallies.load(shops(), host)?;
    call.pairs.iter().map(|pair| standing(options, pair, call.known, &mut memory, host)).collect()
}

fn standing(
    options: &Options,
    pair: &LinkedPair,
    known: &[KnownTo],
    memory: &mut Memory,
    host: &impl RuleHost,
) -> Result<Standing, Failure> {
    let shop = pair.left.owner.as_str();
    let cell = memory.cells.get(shop, host)?.filter(|cell| cell.link == pair.link);
    let tally = memory.tallies.get(shop, host)?.unwrap_or_default();
    let effects = [
        host.effects(Side::Shop.name(), shop, 0),
        host.effects(Side::Till.name(), &pair.right.owner, 0),
    ];
    let [_, at_till] = &effects;
    let reserved = reserved::units(memory, host, shop, at_till)?;
    let owed = cell.as_ref().map_or(Decimal::ZERO, |cell| cell.owed);
    let case = Case { options, pair, known, cell: cell.as_ref(), tally: &tally, effects: &effects };
    let judged = reserved.and_then(|reserved| {
        let whole = publish::floor(owed);
        Ok(Standing {
            accord: case.accord(reserved)?,
            reserved: reserved.normalized(),
            deficit: whole.checked_neg()?.max(Decimal::ZERO),
            fraction: owed.checked_sub(whole)?.normalized(),
        })
    });
    Ok(judged.unwrap_or_else(|error| Standing {
        accord: Accord::NotFollowed(words::too_large(error)),
        reserved: Decimal::ZERO,
        deficit: Decimal::ZERO,
        fraction: Decimal::ZERO,
    }))
}

/// A pair with all that is known of it.
struct Case<'a> {
    options: &'a Options,
    pair: &'a LinkedPair,
    known: &'a [KnownTo],
    cell: Option<&'a Cell>,
    tally: &'a Tally,
    /// All own effects on the shop's counter, and on the till's.
    effects: &'a [Vec<Effect>; 2],
}

/// What a reading tells beside what was interpreted.
enum News {
    /// Nothing.
    None,
    /// Somebody moved the counter by this, and its source was silent of it.
    Missed { shown: Decimal, expected: Decimal },
    /// Not to be told yet.
    Untold(Accord),
}

impl Case<'_> {
    fn accord(&self, reserved: Decimal) -> Result<Accord, DecimalError> {
        let (Some(shop), Some(till)) = (&self.pair.left.level, &self.pair.right.level) else {
            let side = if self.pair.left.level.is_none() { Side::Shop } else { Side::Till };
            return Ok(Accord::NotFollowed(words::gone(side, &self.counter(side).owner)));
        };
        if !self.pair.levels_accepted {
            return Ok(Accord::NotFollowed(words::not_accepted(shop, till, reserved)));
        }
        let Some(cell) = self.cell else {
            return Ok(Accord::NotFollowed(words::unread()));
        };
        if let Mode::Quarantined { reason, trip } = &cell.mode {
            return Ok(Accord::Quarantined(words::quarantined(reason, trip)));
        }
        for (side, level) in [(Side::Shop, shop), (Side::Till, till)] {
            if level.on_hand.is_none() {
                return Ok(Accord::NotFollowed(words::uncounted(side)));
            }
        }
        match cell.mode {
            Mode::Tracked => self.tracked(cell, reserved),
            _ if cell.is_in_flight() => Ok(Accord::Settling(words::first_level())),
            _ => Ok(Accord::NotFollowed(words::needs_levels())),
        }
    }

    /// A pair whose changes are carried.
    fn tracked(&self, cell: &Cell, reserved: Decimal) -> Result<Accord, DecimalError> {
        if let Some((side, effect)) = self.under_way() {
            return Ok(Accord::Settling(words::under_way(side, effect)));
        }
        let mut missed = None;
        for side in [Side::Shop, Side::Till] {
            match self.news(cell, side)? {
                News::None => {}
                News::Untold(accord) => return Ok(accord),
                News::Missed { shown, expected } => {
                    let remark = words::missed(side, expected, shown, self.counter(side).told_to)?;
                    let input = side.name().to_owned();
                    missed.get_or_insert(Difference { input, expected, shown, remark });
                }
            }
        }
        if let Some(missed) = missed {
            return Ok(Accord::Differing(missed));
        }
        let balance = Balance::of(self, cell, reserved)?;
        if balance.shown == balance.expected {
            let coming = words::coming(&balance.coming);
            return Ok(coming.map_or(Accord::InStep, Accord::Settling));
        }
        let remark = words::unbalanced(self.options, cell, &balance);
        Ok(Accord::Differing(Difference {
            input: Side::Shop.name().to_owned(),
            expected: balance.expected.normalized(),
            shown: balance.shown.normalized(),
            remark,
        }))
    }

    /// A write of ours that may have moved a counter, and whose outcome is not known.
    fn under_way(&self) -> Option<(Side, &Effect)> {
        let open =
            |effect: &&Effect| matches!(effect.status, EffectStatus::Sent | EffectStatus::Unknown);
        let on = |side| Some((side, self.effects_on(side).iter().find(open)?));
        on(Side::Shop).or_else(|| on(Side::Till))
    }

    /// What the reading of a side tells that no interpreted one has told.
    fn news(&self, cell: &Cell, side: Side) -> Result<News, DecimalError> {
        let counter = self.counter(side);
        let Some(level) = &counter.level else { return Ok(News::None) };
        let seen = cell.side(side).seen;
        let expected = balance::level(self, cell, side)?;
        if level.on_hand == Some(expected) {
            return Ok(News::None);
        }
        let since = self.since(side, seen.as_ref());
        let shown =
            Shown { level: level.on_hand, read_at: counter.read_at, version: level.version };
        let orders_to = self.orders_to();
        let known =
            Known { side, seen: seen.as_ref(), effects: &since, tally: self.tally, orders_to };
        match evidence::weigh(&shown, &known, self.options)? {
            // A newer reading was interpreted: this one has nothing to add.
            Evidence::Old => return Ok(News::None),
            Evidence::Good { .. } => {}
            Evidence::Wait(ms) | Evidence::Reread(ms) => {
                return Ok(News::Untold(Accord::Reread(words::just_moved(side, ms))));
            }
            Evidence::WaitForOrders(at) => {
                let after_ms = ms_until(at, orders_to);
                return Ok(News::Untold(Accord::Wait(words::orders_unknown(after_ms))));
            }
        }
        let Some(shown) = level.on_hand else { return Ok(News::None) };
        if counter.told_to.is_some_and(|told_to| told_to > counter.read_at) {
            let (shown, expected) = (shown.normalized(), expected.normalized());
            return Ok(News::Missed { shown, expected });
        }
        let after_ms = ms_until(counter.read_at, counter.told_to);
        let moved = shown.checked_sub(expected)?;
        Ok(News::Untold(Accord::Wait(Pause { after_ms, reason: words::moved(side, moved) })))
    }

    fn counter(&self, side: Side) -> &Counter {
        match side {
            Side::Shop => &self.pair.left,
            Side::Till => &self.pair.right,
        }
    }

    fn effects_on(&self, side: Side) -> &[Effect] {
        let [shop, till] = self.effects;
        match side {
            Side::Shop => shop,
            Side::Till => till,
        }
    }

    /// Own effects that are not in a reading: settled after it, or open.
    fn since(&self, side: Side, seen: Option<&Reading>) -> Vec<Effect> {
        let after = seen.map_or(0, |seen| seen.sequence);
        let is_new = |effect: &&Effect| is_open(effect) || effect.sequence > after;
        self.effects_on(side).iter().filter(is_new).cloned().collect()
    }

    /// Up to when orders are known.
    fn orders_to(&self) -> Option<Instant> {
        self.known.iter().find(|known| known.input == ORDERS).map(|known| known.at)
    }
}

fn is_open(effect: &Effect) -> bool {
    !matches!(effect.status, EffectStatus::Applied | EffectStatus::Void)
}

/// How long until an input is likely to be known past an instant.
fn ms_until(at: Instant, known_to: Option<Instant>) -> u64 {
    const UNKNOWN_MS: u64 = 5_000;
    const MINUTE_MS: i64 = 60_000;
    known_to.map_or(UNKNOWN_MS, |to| {
        at.saturating_sub(to).saturating_add(1).clamp(1, MINUTE_MS).unsigned_abs()
    })
}

fn remark(reason: String, hint: impl Into<String>) -> Remark {
    Remark { reason, hint: Some(hint.into()) }
}
