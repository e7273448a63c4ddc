//! Whether a reading may be interpreted yet, and what is in it that is no news.
//!
//! A reading shows a counter as it was at some instant around the request. It is taken only where
//! everything that we know to have moved the counter surely came before, and everything else
//! surely was not ours. Where that cannot be said it is read anew.

use penstock_connector_sdk::decimal::DecimalError;
use penstock_connector_sdk::host::{Effect, EffectStatus};
use penstock_connector_sdk::types::{Decimal, Instant};

use crate::cell::{Reading, Side};
use crate::options::{Guard, Options};
use crate::orders::Tally;

/// Until a write of ours is likely to be settled.
const OPEN_WAIT_MS: u64 = 5_000;

/// How long a counter that still has the version it had is not believed to bear what was written
/// to it since. Later than this the instants decide alone. The version that the answer to a write
/// told is never compared: a sale or an adjustment is another record than the counter it moves.
const VERSIONS_COUNT_MS: i64 = 120_000;

/// Longest wait for a clock that was set back, in milliseconds. By one that is farther from a vendor's nothing is read.
const SET_BACK_MS_MAX: i64 = 300_000;

/// A counter as it was just read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown {
    pub(crate) level: Option<Decimal>,
    pub(crate) read_at: Instant,
    pub(crate) version: Option<u64>,
}

/// What is known beside a reading.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<'a> {
    pub(crate) side: Side,
    /// The last reading before this one.
    pub(crate) seen: Option<&'a Reading>,
    /// Own effects on the counter: those settled after `seen`, and the open ones.
    pub(crate) effects: &'a [Effect],
    pub(crate) tally: &'a Tally,
    /// Up to when orders are known.
    pub(crate) orders_to: Option<Instant>,
}

/// Whether a reading may be interpreted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Evidence {
    /// It may, and as it is to be remembered it is this; `own` is the sum of our own writes that
    /// came into it since the last reading.
    Good { reading: Reading, own: Decimal },
    /// It shows an earlier state than what was seen, or the same reading again.
    Old,
    /// Not before orders are known up to this instant.
    WaitForOrders(Instant),
    /// Not before our own writes are settled: milliseconds.
    Wait(u64),
    /// Never: it is read anew after this many milliseconds.
    Reread(u64),
}

/// What a reading proves.
pub(crate) fn weigh(
    shown: &Shown,
    known: &Known<'_>,
    options: &Options,
) -> Result<Evidence, DecimalError> {
    if let Some(seen) = known.seen.filter(|seen| shown.read_at <= seen.read_at || fell(shown, seen))
    {
        return Ok(passed(shown, seen));
    }
    let settle = match known.side {
        Side::Shop => i64::from(options.shop_settle_ms),
        Side::Till => 0,
    };
    if known.side == Side::Shop
        && options.guards(Guard::OrderRefresh)
        && let Some(not_yet) = orders_missing(shown.read_at, known, settle)
    {
        return Ok(not_yet);
    }
    if options.guards(Guard::OpenEffectStop) && known.effects.iter().any(is_under_way) {
        return Ok(Evidence::Wait(OPEN_WAIT_MS));
    }
    let applied = known.effects.iter().filter(|effect| effect.status == EffectStatus::Applied);
    let own = Decimal::sum(applied.clone().map(|effect| effect.delta))?;
    if options.guards(Guard::Evidence) {
        let missing = applied.filter_map(|effect| lag(shown, effect, settle)).max();
        // Of two readings so close the later may show the earlier state.
        let close = known
            .seen
            .filter(|_| settle > 0)
            .and_then(|seen| ms_after(shown.read_at, seen.read_at, settle));
        let unmoved = known.seen.and_then(|seen| unmoved(shown, seen, own, known.effects));
        if let Some(lag) = missing.max(unmoved).max(close) {
            return Ok(Evidence::Reread(lag));
        }
    }
    let sequences = known.effects.iter().map(|effect| effect.sequence);
    let reading = Reading {
        level: shown.level,
        read_at: shown.read_at,
        version: shown.version,
        sequence: sequences.chain(known.seen.map(|seen| seen.sequence)).max().unwrap_or(0),
        orders: match known.side {
            Side::Shop => known.tally.sum,
            Side::Till => Decimal::ZERO,
        },
    };
    debug_assert!(known.seen.is_none_or(|seen| seen.sequence <= reading.sequence));
    Ok(Evidence::Good { reading, own })
}

/// Whether an own write may have reached the remote, and what became of it is not known. One that
/// is only planned is in no reading.
fn is_under_way(effect: &Effect) -> bool {
    matches!(effect.status, EffectStatus::Sent | EffectStatus::Unknown)
}

fn fell(shown: &Shown, seen: &Reading) -> bool {
    matches!((shown.version, seen.version), (Some(now), Some(then)) if now < then)
}

/// A reading that seems to be of before the last one. If it shows what that one showed, or a lower version, it is. If it
/// does not, it may be news: the host's clock was set back in between. A source does not tell it again by itself.
fn passed(shown: &Shown, seen: &Reading) -> Evidence {
    let shows_the_same = shown.version == seen.version
        && (shown.version.is_some() || (shown.read_at, shown.level) == (seen.read_at, seen.level));
    if shows_the_same || fell(shown, seen) {
        return Evidence::Old;
    }
    let back_ms = seen.read_at.saturating_sub(shown.read_at).saturating_add(1);
    Evidence::Reread(back_ms.clamp(OPEN_WAIT_MS.cast_signed(), SET_BACK_MS_MAX).unsigned_abs())
}

/// An order may move the counter until the remote has answered, and the answer may show it as it
/// was a while ago: within `settle` on either side of the request the reading proves nothing of it.
fn orders_missing(read_at: Instant, known: &Known<'_>, settle: i64) -> Option<Evidence> {
    let until = read_at.saturating_add(settle);
    if known.orders_to.is_none_or(|known_to| known_to < until) {
        return Some(Evidence::WaitForOrders(until));
    }
    ms_after(read_at, known.tally.changed_at?, settle).map(Evidence::Reread)
}

/// How much later a reading must be asked for to prove anything of an own write; nothing where it
/// does already.
fn lag(shown: &Shown, effect: &Effect, settle: i64) -> Option<u64> {
    // A settled effect has its instant by the contract; without one no reading is late enough.
    let settled_at = effect.settled_at.unwrap_or(Instant::MAX);
    ms_after(shown.read_at, settled_at, settle)
}

/// A counter that has the version it had cannot bear what was written to it since.
fn unmoved(shown: &Shown, seen: &Reading, own: Decimal, effects: &[Effect]) -> Option<u64> {
    let last = effects.iter().filter_map(|effect| effect.settled_at).max()?;
    let is_same = shown.version.is_some() && shown.version == seen.version;
    let counts = shown.read_at <= last.saturating_add(VERSIONS_COUNT_MS);
    (is_same && !own.is_zero() && counts).then_some(OPEN_WAIT_MS)
}

/// How long to wait before a reading is asked for that is past an instant by more than `settle`;
/// nothing where this one is. The instant has passed already, however old this reading has become,
/// so no wait is longer than `settle`.
fn ms_after(read_at: Instant, instant: Instant, settle: i64) -> Option<u64> {
    let clear = instant.saturating_add(settle);
    let missing = clear.saturating_sub(read_at).saturating_add(1);
    (read_at <= clear).then(|| missing.clamp(1, settle.saturating_add(1)).unsigned_abs())
}
