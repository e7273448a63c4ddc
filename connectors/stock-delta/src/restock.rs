//! What refunded orders gave back to the shop's counter.
//!
//! A shop may put refunded goods back, or not, and its orders don't tell: only the counter does. Of an order that was sold
//! at the till they are new there, and are carried over as any rise is. Of one that never was, the till still has them:
//! they are no longer reserved, and nothing is carried. A shop puts goods back as it refunds, so only a rise that shows with
//! the refund counts; a later one is new stock, whatever is still reserved. Of orders that were refunded before a pair's first
//! levels nothing is reserved: the till's count is the truth then.

use penstock_connector_sdk::decimal::DecimalError;
use penstock_connector_sdk::host::{Effect, EffectStatus, State};
use penstock_connector_sdk::types::{Decimal, Failure, Instant};

use crate::memory::Memory;
use crate::orders::{Line, Tally, sold_by};

/// Takes a rise of the shop's counter for goods of refunded orders that were never sold, as far as they go, those that
/// were refunded first before others, and none that was known to be refunded before `since`. Answers how much of it that is. `effects` are all own effects on the till's
/// counter of the pair.
pub(crate) fn take_back(
    memory: &mut Memory,
    host: &impl State,
    tally: &mut Tally,
    (rise, since): (Decimal, Instant),
    effects: &[Effect],
) -> Result<Result<Decimal, DecimalError>, Failure> {
    let refunded = tally.refunded.iter().filter(|(_, line)| line.changed_at >= since);
    let mut refunded: Vec<_> = refunded.collect();
    refunded.sort_by_key(|(cause, line)| (line.changed_at, *cause));
    let causes: Vec<String> = refunded.into_iter().map(|(cause, _)| cause.clone()).collect();
    memory.orders.load(causes.iter().filter_map(|cause| Some(sold_by(cause)?.0)), host)?;
    let mut left = rise;
    for cause in causes {
        if !left.is_positive() {
            break;
        }
        if effects.iter().any(|effect| effect.cause == cause && may_have_sold(effect)) {
            continue;
        }
        let Some((order, id)) = sold_by(&cause) else { continue };
        let Some(mut noted) = memory.orders.get(order, host)? else { continue };
        let Some(line) = noted.lines.get_mut(id) else { continue };
        let back = left.min(line.taken);
        left = match put_back(line, tally, &cause, back).and_then(|()| left.checked_sub(back)) {
            Ok(left) => left,
            Err(error) => return Ok(Err(error)),
        };
        memory.orders.set(order, noted);
    }
    Ok(rise.checked_sub(left))
}

/// Takes all goods of wholly refunded orders that were never sold for back: before a pair has its levels there is no difference by
/// which to tell whether they are, and none that a wrong guess would spoil.
pub(crate) fn write_off(
    memory: &mut Memory,
    host: &impl State,
    tally: &mut Tally,
    effects: &[Effect],
) -> Result<Result<Decimal, DecimalError>, Failure> {
    let causes: Vec<String> = tally.refunded.keys().cloned().collect();
    memory.orders.load(causes.iter().filter_map(|cause| Some(sold_by(cause)?.0)), host)?;
    let mut all = Decimal::ZERO;
    for cause in causes {
        if effects.iter().any(|effect| effect.cause == cause && may_have_sold(effect)) {
            continue;
        }
        let Some((order, id)) = sold_by(&cause) else { continue };
        let noted = memory.orders.get(order, host)?.filter(|noted| noted.is_refunded);
        let Some(mut noted) = noted else { continue };
        let Some(line) = noted.lines.get_mut(id) else { continue };
        let back = line.taken;
        all = match put_back(line, tally, &cause, back).and_then(|()| all.checked_add(back)) {
            Ok(all) => all,
            Err(error) => return Ok(Err(error)),
        };
        memory.orders.set(order, noted);
    }
    Ok(Ok(all))
}

/// So many units of a line are on the shop's counter again.
fn put_back(
    line: &mut Line,
    tally: &mut Tally,
    cause: &str,
    back: Decimal,
) -> Result<(), DecimalError> {
    line.restock(back)?;
    tally.restock(cause, line.taken, back)
}

/// Whether it took goods from the till, or may yet.
fn may_have_sold(effect: &Effect) -> bool {
    effect.status != EffectStatus::Void || effect.settled_at.is_none()
}
