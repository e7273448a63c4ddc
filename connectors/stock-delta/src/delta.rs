//! From two readings of a tracked pair to what goes to the other side.

use penstock_connector_sdk::decimal::DecimalError;
use penstock_connector_sdk::types::{Decimal, Instant};

use crate::cell::{Cell, Mode, Outside, Quantity, Reading, Side, Trip};
use crate::options::{Guard, ManualEdits, Options};
use crate::publish;

/// A change to be handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Move {
    /// The side that it is made on.
    pub(crate) to: Side,
    pub(crate) quantity: Quantity,
    /// Unique for ever.
    pub(crate) cause: String,
    /// For people.
    pub(crate) reason: String,
}

/// Why a pair is carried no further.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tripped {
    pub(crate) reason: String,
    pub(crate) trip: Trip,
}

/// A reading that may be interpreted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Evident {
    pub(crate) side: Side,
    pub(crate) reading: Reading,
    pub(crate) level: Decimal,
    /// The sum of own writes that came into it.
    pub(crate) own: Decimal,
    /// How many counts fell to zero in its batch.
    pub(crate) zeros: u32,
}

/// Interprets a reading of a tracked pair: the cell is advanced, and what follows is handed over.
/// Nothing of the cell may be kept where it trips.
pub(crate) fn interpret(
    cell: &mut Cell,
    evident: &Evident,
    options: &Options,
) -> Result<Result<Vec<Move>, Tripped>, DecimalError> {
    debug_assert_eq!(cell.mode, Mode::Tracked, "only what is tracked is interpreted");
    let Evident { side, reading, .. } = *evident;
    let outside = outside(cell, evident)?;
    cell.side_mut(side).seen = Some(reading);
    if outside.is_zero() {
        return Ok(Ok(Vec::new()));
    }
    if options.guards(Guard::Bounds)
        && let Some(tripped) = trip(cell, evident, outside, options)?
    {
        return Ok(Err(tripped));
    }
    cell.side_mut(side).outside = Some(Outside { amount: outside, at: reading.read_at });
    let ignored = side == Side::Shop && options.manual_edits_from_shop == ManualEdits::Ignore;
    match side {
        _ if ignored => Ok(Ok(Vec::new())),
        Side::Shop => {
            let reason = format!("the shop's count went {} beside orders", signed(outside));
            Ok(Ok(vec![hand_over(cell, Side::Till, outside, reason)]))
        }
        Side::Till => {
            cell.owed = cell.owed.checked_add(outside)?;
            Ok(Ok(Vec::new()))
        }
    }
}

/// What others have changed between the last reading of a tracked pair and this one.
pub(crate) fn outside(cell: &Cell, evident: &Evident) -> Result<Decimal, DecimalError> {
    let Evident { side, reading, level, own, .. } = *evident;
    let Some(Reading { level: Some(seen), orders, .. }) = cell.side(side).seen else {
        debug_assert!(false, "a tracked pair has a level on both sides");
        return Ok(Decimal::ZERO);
    };
    let explained = own.checked_add(reading.orders.checked_sub(orders)?)?;
    level.checked_sub(seen)?.checked_sub(explained)
}

/// Hands over to the shop what is owed and can be given, less what is kept back. `orders` is the sum of order effects.
pub(crate) fn publish(
    cell: &mut Cell,
    orders: Decimal,
    options: &Options,
) -> Result<Option<Move>, DecimalError> {
    let Some(expected) = cell.shop_expected(orders)? else {
        return Ok(None);
    };
    let kept_back = cell.buffer;
    cell.keep_back(options.buffer)?;
    let due = publish::due(cell.owed, expected, options.allow_negative)?;
    if due.is_zero() {
        return Ok(None);
    }
    let before = cell.owed;
    cell.owed = cell.owed.checked_sub(due)?;
    debug_assert_eq!(due.checked_add(cell.owed), Ok(before), "published + owed is conserved");
    if cell.owed.is_negative() && !options.guards(Guard::Deficit) {
        cell.owed = Decimal::ZERO;
    }
    if !options.guards(Guard::Fraction) {
        cell.owed = publish::floor(cell.owed);
    }
    let reason = if kept_back == cell.buffer {
        format!("the till's count went {} beside our sales", signed(due))
    } else {
        format!("{} units are kept back, and were {kept_back}", cell.buffer)
    };
    Ok(Some(hand_over(cell, Side::Shop, due, reason)))
}

/// Hands a movement over to a side, under a new cause.
pub(crate) fn hand_over(cell: &mut Cell, to: Side, delta: Decimal, reason: String) -> Move {
    debug_assert_eq!(cell.mode, Mode::Tracked, "only what is tracked is moved");
    hand_over_any(cell, to, Quantity::By(delta), reason)
}

/// Hands a change over to a side, under a new cause.
pub(crate) fn hand_over_any(cell: &mut Cell, to: Side, quantity: Quantity, reason: String) -> Move {
    let cause = cell.next_cause();
    let earlier = cell.side_mut(to).in_flight.insert(cause.clone(), quantity);
    debug_assert_eq!(earlier, None, "a cause is used once");
    Move { to, quantity, cause, reason }
}

fn trip(
    cell: &Cell,
    evident: &Evident,
    outside: Decimal,
    options: &Options,
) -> Result<Option<Tripped>, DecimalError> {
    let side = evident.side.name();
    let size = outside.checked_abs()?;
    if size > options.jump_max {
        let reason = format!(
            "the {side}'s count went {} at once, and `jump_max` is {}",
            signed(outside),
            options.jump_max
        );
        return Ok(Some(Tripped { reason, trip: Trip::Jump(size) }));
    }
    if evident.level.is_zero() && evident.zeros > options.zeros_max {
        let reason = format!(
            "{} counts of the {side} fell to zero together, and `zeros_max` is {}",
            evident.zeros, options.zeros_max
        );
        return Ok(Some(Tripped { reason, trip: Trip::Zeros(evident.zeros) }));
    }
    let other = cell.side(evident.side.other()).outside;
    let same = other.filter(|other| other.amount == outside);
    let apart_ms = same.map(|other| apart(other.at, evident.reading.read_at));
    Ok(apart_ms.filter(|apart_ms| *apart_ms < u64::from(options.same_edit_ms)).map(|apart_ms| {
        let reason = format!(
            "both counts went {} within {apart_ms} ms: the same correction, typed twice?",
            signed(outside)
        );
        Tripped { reason, trip: Trip::SameEdit { apart_ms } }
    }))
}

const fn apart(one: Instant, other: Instant) -> u64 {
    one.abs_diff(other)
}

/// With its sign: `+5`, `-2`.
pub(crate) fn signed(delta: Decimal) -> String {
    let delta = delta.normalized();
    if delta.is_positive() { format!("+{delta}") } else { delta.to_string() }
}

impl Trip {
    /// Whether the pair was in step before, and may go on from where it was.
    pub(crate) const fn is_of_tracking(&self) -> bool {
        matches!(self, Self::Jump(_) | Self::Zeros(_) | Self::SameEdit { .. })
    }

    /// Whether the bound that was broken is wide enough by now.
    pub(crate) fn is_cured(&self, options: &Options) -> bool {
        match self {
            Self::Jump(size) => *size <= options.jump_max,
            Self::Zeros(count) => *count <= options.zeros_max,
            Self::SameEdit { apart_ms } => *apart_ms >= u64::from(options.same_edit_ms),
            Self::Unequal => options.first_levels != crate::options::FirstLevels::MustBeEqual,
            Self::Restless => false,
        }
    }
}
