//! The equation that holds at rest: shop + owed = till - reserved - buffer, once what was handed over is made.

use penstock_connector_sdk::audit::Stuck;
use penstock_connector_sdk::decimal::DecimalError;
use penstock_connector_sdk::host::{Effect, EffectStatus};
use penstock_connector_sdk::types::Decimal;

use super::Case;
use crate::cell::{Cell, Quantity, Reading, Side};
use crate::returns;

/// Both sides of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Balance {
    /// What the shop shows.
    pub(super) shown: Decimal,
    /// What it should show by what the till shows.
    pub(super) expected: Decimal,
    /// Changes that are still to be made.
    pub(super) coming: Vec<Coming>,
    /// Changes that are not made, each with what it waits for where it waits. Those that the rule has
    /// already counted off are here to explain a difference, and not part of it.
    pub(super) refused: Vec<(Coming, Option<Stuck>)>,
}

/// A change that was handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Coming {
    pub(super) to: Side,
    pub(super) delta: Decimal,
    pub(super) cause: String,
}

impl Balance {
    /// Of a tracked pair whose readings tell nothing new.
    pub(super) fn of(
        case: &Case<'_>,
        cell: &Cell,
        reserved: Decimal,
    ) -> Result<Self, DecimalError> {
        let mut coming = Vec::new();
        let mut refused = Vec::new();
        for side in [Side::Shop, Side::Till] {
            for (cause, quantity) in &cell.side(side).in_flight {
                let Quantity::By(delta) = *quantity else { continue };
                let change = Coming { to: side, delta, cause: cause.clone() };
                match fate(case, side, cause) {
                    Fate::Made => {}
                    Fate::Refused(stuck) => refused.push((change, stuck)),
                    Fate::Coming => coming.push(change),
                }
            }
        }
        if refused.is_empty() {
            refused.extend(last_refused(case).map(|change| (change, None)));
        }
        coming.extend(going_back(case, cell)?);
        let [to_shop, to_till] = [Side::Shop, Side::Till]
            .map(|to| coming.iter().filter(move |change| change.to == to).map(|it| it.delta));
        let (to_shop, to_till) = (Decimal::sum(to_shop)?, Decimal::sum(to_till)?);
        let till = level(case, cell, Side::Till)?.checked_add(to_till)?;
        let shop = till.checked_sub(reserved)?.checked_sub(cell.buffer)?.checked_sub(cell.owed)?;
        let expected = shop.checked_sub(to_shop)?;
        Ok(Self { shown: level(case, cell, Side::Shop)?, expected, coming, refused })
    }
}

/// What became of a change that was handed over.
enum Fate {
    Made,
    Refused(Option<Stuck>),
    Coming,
}

fn fate(case: &Case<'_>, side: Side, cause: &str) -> Fate {
    let mut of_it = case.effects_on(side).iter().filter(|effect| effect.cause == cause);
    if of_it.clone().any(|effect| effect.status == EffectStatus::Applied) {
        return Fate::Made;
    }
    if let Some(stuck) = case.counter(side).stuck.iter().find(|stuck| stuck.cause == cause) {
        return Fate::Refused(Some(stuck.clone()));
    }
    if of_it.any(is_refused) { Fate::Refused(None) } else { Fate::Coming }
}

/// The last change of this link that was refused.
fn last_refused(case: &Case<'_>) -> Option<Coming> {
    let prefix = format!("mirror:{}:", case.pair.link);
    let refused = |effect: &&Effect| is_refused(effect) && effect.cause.starts_with(&prefix);
    let on = |to| {
        let effect = case.effects_on(to).iter().filter(refused).max_by_key(|it| it.sequence)?;
        let cause = effect.cause.clone();
        Some((effect.sequence, Coming { to, delta: effect.delta, cause }))
    };
    let both = [Side::Shop, Side::Till].into_iter().filter_map(on);
    both.max_by_key(|(sequence, _)| *sequence).map(|(_, change)| change)
}

/// Whether it is known that it was not made, and is not planned anew.
fn is_refused(effect: &Effect) -> bool {
    effect.status == EffectStatus::Void && effect.settled_at.is_some()
}

/// What the shop took back of sold units, and the till has not been told yet.
fn going_back(case: &Case<'_>, cell: &Cell) -> Result<Vec<Coming>, DecimalError> {
    let mut told = cell.clone();
    let moves = returns::give_back(&mut told, case.tally, case.effects_on(Side::Till))?;
    let coming = moves.into_iter().filter_map(|one| match one.quantity {
        Quantity::By(delta) => Some(Coming { to: one.to, delta, cause: one.cause }),
        Quantity::To(_) => None,
    });
    Ok(coming.collect())
}

/// What a counter shows by all that is known: its last interpreted reading, and what came since.
pub(super) fn level(case: &Case<'_>, cell: &Cell, side: Side) -> Result<Decimal, DecimalError> {
    let Some(seen @ Reading { level: Some(level), orders, .. }) = cell.side(side).seen else {
        return Ok(Decimal::ZERO);
    };
    let applied = case.since(side, Some(&seen)).into_iter();
    let applied = applied.filter(|effect| effect.status == EffectStatus::Applied);
    let own = Decimal::sum(applied.map(|effect| effect.delta))?;
    let since = match side {
        Side::Shop => case.tally.sum.checked_sub(orders)?,
        Side::Till => Decimal::ZERO,
    };
    level.checked_add(own)?.checked_add(since)
}
