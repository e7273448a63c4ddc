//! What a sale has taken at the till and the shop has put back since: it goes back to the till too,
//! once, and never more than was sold.
//!
//! A cancelled order puts its units back in the shop by itself. If its sale was posted before, the
//! till has given them out too, and nobody else tells it that they are there again.

use penstock_connector_sdk::decimal::DecimalError;
use penstock_connector_sdk::host::{Effect, EffectStatus};
use penstock_connector_sdk::types::Decimal;

use crate::cell::{Cell, Side};
use crate::delta::{Move, hand_over};
use crate::orders::{Changed, Tally};

/// Hands over to the till what is to go back. `effects` are all own effects on the till's counter.
pub(crate) fn give_back(
    cell: &mut Cell,
    tally: &Tally,
    effects: &[Effect],
) -> Result<Vec<Move>, DecimalError> {
    let mut moves = Vec::new();
    for (cause, line) in &tally.reduced {
        let Some(due) = due(cause, line, effects)? else { continue };
        let given = cell.given_back.get(cause).copied().unwrap_or_default();
        let delta = due.checked_sub(given)?;
        if !delta.is_zero() {
            cell.given_back.insert(cause.clone(), due);
            let reason = format!("the shop put back what `{cause}` had sold");
            moves.push(hand_over(cell, Side::Till, delta, reason));
        }
    }
    Ok(moves)
}

/// Takes the till's count as one in which all of it went back already.
pub(crate) fn settle(
    cell: &mut Cell,
    tally: &Tally,
    effects: &[Effect],
) -> Result<(), DecimalError> {
    for (cause, line) in &tally.reduced {
        if let Some(due) = due(cause, line, effects)? {
            cell.given_back.insert(cause.clone(), due);
        }
    }
    Ok(())
}

/// Units of a line that the till is to have back in all; nothing can be said while its sale is open.
fn due(cause: &str, line: &Changed, effects: &[Effect]) -> Result<Option<Decimal>, DecimalError> {
    let mut of_line = effects.iter().filter(|effect| effect.cause == cause);
    let settled =
        |effect: &Effect| matches!(effect.status, EffectStatus::Applied | EffectStatus::Void);
    if !of_line.clone().all(settled) {
        return Ok(None);
    }
    let sold = sold(of_line.by_ref())?;
    Ok(Some(sold.checked_sub(line.taken)?.max(Decimal::ZERO)))
}

/// Units that effects have taken.
pub(crate) fn sold<'a>(effects: impl Iterator<Item = &'a Effect>) -> Result<Decimal, DecimalError> {
    let applied = effects.filter(|effect| effect.status == EffectStatus::Applied);
    Decimal::sum(applied.map(|effect| effect.delta))?.checked_neg()
}
