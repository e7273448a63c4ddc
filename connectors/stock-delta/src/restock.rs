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
use crate::orders::{Noted, Tally, sold_by};

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
    put_back(memory, host, tally, (causes, effects), |_, taken, back| {
        Ok(rise.checked_sub(back)?.max(Decimal::ZERO).min(taken))
    })
}

/// Takes all goods of wholly refunded orders that were never sold for back: before a pair has its levels there is no difference by
/// which to tell whether they are, and none that a wrong guess would spoil.
pub(crate) fn write_off(
    memory: &mut Memory,
    host: &impl State,
    tally: &mut Tally,
    effects: &[Effect],
) -> Result<Result<Decimal, DecimalError>, Failure> {
    let causes = tally.refunded.keys().cloned().collect();
    put_back(memory, host, tally, (causes, effects), |order, taken, _| {
        Ok(if order.is_refunded { taken } else { Decimal::ZERO })
    })
}

/// Notes of lines that were never sold that units of them are on the shop's counter again: of each as many as `units` answers,
/// which is told the order, what the line takes, and how many are noted so far. Answers how many that are in all.
fn put_back(
    memory: &mut Memory,
    host: &impl State,
    tally: &mut Tally,
    (causes, effects): (Vec<String>, &[Effect]),
    units: impl Fn(&Noted, Decimal, Decimal) -> Result<Decimal, DecimalError>,
) -> Result<Result<Decimal, DecimalError>, Failure> {
    memory.orders.load(causes.iter().filter_map(|cause| Some(sold_by(cause)?.0)), host)?;
    let mut all = Decimal::ZERO;
    for cause in causes {
        if effects.iter().any(|effect| effect.cause == cause && may_have_sold(effect)) {
            continue;
        }
        let Some((key, id)) = sold_by(&cause) else { continue };
        let Some(mut order) = memory.orders.get(key, host)? else { continue };
        let Some(taken) = order.lines.get(id).map(|line| line.taken) else { continue };
        let noted = units(&order, taken, all).and_then(|back| {
            if let Some(line) = order.lines.get_mut(id).filter(|_| back.is_positive()) {
                line.restock(back)?;
                tally.restock(&cause, line.taken, back)?;
            }
            all.checked_add(back)
        });
        all = match noted {
            Ok(all) => all,
            Err(error) => return Ok(Err(error)),
        };
        memory.orders.set(key, order);
    }
    Ok(Ok(all))
}

/// Whether it took goods from the till, or may yet.
fn may_have_sold(effect: &Effect) -> bool {
    effect.status != EffectStatus::Void || effect.settled_at.is_none()
}
