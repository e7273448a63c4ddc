//! What orders have taken in the shop, and no sale in the till yet.

use std::collections::BTreeMap;

use penstock_connector_sdk::decimal::DecimalError;
use penstock_connector_sdk::host::{Effect, State};
use penstock_connector_sdk::types::{Decimal, Failure};

use crate::memory::Memory;
use crate::orders::{Tally, sold_by};
use crate::returns;

/// A line of an order that was sold at the till.
struct Sold {
    /// Units that it takes in the shop now.
    taken: Decimal,
    /// What its sale has done.
    effects: Vec<Effect>,
}

/// The units that are reserved on the shop's counter `owner`. `effects` are all own effects on the
/// till's counter of its pair.
pub(crate) fn units(
    memory: &mut Memory,
    host: &impl State,
    owner: &str,
    effects: &[Effect],
) -> Result<Result<Decimal, DecimalError>, Failure> {
    let tally = memory.tallies.get(owner, host)?.unwrap_or_default();
    let sales = sales(memory, host, owner, effects)?;
    Ok(left(&tally, &sales))
}

/// What the orders have taken, less what was sold of it: never more of a line than it takes.
fn left(tally: &Tally, sales: &[Sold]) -> Result<Decimal, DecimalError> {
    let mut reserved = tally.sum.checked_neg()?;
    for sale in sales {
        let sold = returns::sold(sale.effects.iter())?;
        reserved = reserved.checked_sub(sold.min(sale.taken))?;
    }
    Ok(reserved)
}

/// What sales have taken of lines that this rule knows, each with what the line takes now.
fn sales(
    memory: &mut Memory,
    host: &impl State,
    owner: &str,
    effects: &[Effect],
) -> Result<Vec<Sold>, Failure> {
    let mut sold = BTreeMap::<&str, Vec<&Effect>>::new();
    for effect in effects.iter().filter(|effect| sold_by(&effect.cause).is_some()) {
        sold.entry(&effect.cause).or_default().push(effect);
    }
    let orders = sold.keys().filter_map(|cause| Some(sold_by(cause)?.0));
    memory.orders.load(orders, host)?;
    let mut sales = Vec::new();
    for (cause, effects) in sold {
        let Some((order, line)) = sold_by(cause) else { continue };
        let noted = memory.orders.get(order, host)?;
        let line = noted.and_then(|noted| noted.lines.get(line).cloned());
        if let Some(line) = line.filter(|line| line.owner == owner) {
            let effects = effects.into_iter().cloned().collect();
            sales.push(Sold { taken: line.taken, effects });
        }
    }
    Ok(sales)
}
