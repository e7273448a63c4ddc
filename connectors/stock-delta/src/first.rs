//! First levels: how a pair comes to be in step before its changes are carried.
//!
//! A write of a first level is absolute, and so wipes out what happened between the reading and the
//! write. It is therefore never believed: when it is settled both counters are looked at anew, and
//! the pair is tracked only from readings that fit.

use std::fmt::Write as _;

use penstock_connector_sdk::decimal::DecimalError;
use penstock_connector_sdk::types::Decimal;

use crate::cell::{Cell, Mode, Quantity, Side, Trip};
use crate::delta::{Move, Tripped, hand_over_any};
use crate::options::{FirstLevels, Options};
use crate::publish;

/// Writes in a row that may miss: each needs an order or an edit between its reading and itself.
const ROUNDS_MAX: u32 = 8;

/// Both counters of a pair that needs a baseline, read and quiet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Levels {
    pub(crate) shop: Decimal,
    pub(crate) till: Decimal,
    /// What orders have taken in the shop, and no sale in the till yet.
    pub(crate) reserved: Decimal,
}

/// What becomes of a pair whose levels are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// They fit: it is tracked from now on.
    Tracked,
    /// One is written; nothing is interpreted until that is settled.
    Write(Move),
    Tripped(Tripped),
}

/// Brings a pair in step, or finds that it is.
pub(crate) fn step(
    cell: &mut Cell,
    levels: Levels,
    options: &Options,
) -> Result<Step, DecimalError> {
    let whole = levels.till.checked_sub(levels.reserved)?;
    let exact = whole.checked_sub(options.buffer)?;
    let wanted = publish::level(exact, options.allow_negative);
    // Levels that fit but for the buffer are in step, and the buffer is taken off the shop like any other change.
    let but_for_buffer = levels.shop == whole && options.first_levels != FirstLevels::TillWins;
    // A count below zero that is exactly right stays as it is.
    if levels.shop == wanted || levels.shop == exact || but_for_buffer {
        cell.mode = Mode::Tracked;
        cell.owed = exact.checked_sub(levels.shop)?;
        cell.buffer = options.buffer;
        cell.missed = 0;
        return Ok(Step::Tracked);
    }
    if cell.missed >= ROUNDS_MAX {
        let reason = format!("the first levels were written {} times and do not hold", cell.missed);
        return Ok(Step::Tripped(Tripped { reason, trip: Trip::Restless }));
    }
    let (to, level, other) = match options.first_levels {
        FirstLevels::TillWins => (Side::Shop, wanted, levels.till),
        FirstLevels::ShopWins => {
            (Side::Till, levels.shop.checked_add(levels.reserved)?, levels.shop)
        }
        FirstLevels::MustBeEqual => {
            let reason = format!(
                "the shop has {} and the till {}, of which {} are reserved by orders",
                levels.shop.normalized(),
                levels.till.normalized(),
                levels.reserved.normalized()
            );
            return Ok(Step::Tripped(Tripped { reason, trip: Trip::Unequal }));
        }
    };
    let mut reason = format!(
        "first level: the {} has {}, and orders have reserved {}",
        to.other().name(),
        other.normalized(),
        levels.reserved.normalized()
    );
    if to == Side::Shop && !options.buffer.is_zero() {
        let _ = write!(reason, "; {} are kept back", options.buffer);
    }
    cell.missed += 1;
    Ok(Step::Write(hand_over_any(cell, to, Quantity::To(level), reason)))
}
