//! Whether an order's parts come to its total, in exact decimals.

use rust_decimal::Decimal;

use crate::contract::{self, Order};

/// An order whose parts do not come to its total, or whose figures are out of bounds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Imbalance {
    #[error(
        "lines, charges and taxes come to {sum} {currency}, but the order says {total} {currency}"
    )]
    Sum { sum: String, total: String, currency: String },
    #[error("a figure of the order has more digits than money has")]
    OutOfBounds,
}

/// A decimal of the contract as one to reckon with. `None` where it has more than 28 decimal places.
pub fn to_decimal(value: contract::Decimal) -> Option<Decimal> {
    Decimal::try_from_i128_with_scale(i128::from(value.units), u32::from(value.scale)).ok()
}

/// A decimal as people write it: `12.50`.
pub fn decimal_text(value: contract::Decimal) -> String {
    match to_decimal(value) {
        Some(value) => value.to_string(),
        None => format!("{}e-{}", value.units, value.scale),
    }
}

/// Adds up lines, charges and their taxes and compares with the total.
///
/// # Errors
/// [`Imbalance`], whose text is fit to be shown as the reason why the order is held.
pub fn balance(order: &Order) -> Result<(), Imbalance> {
    let line_taxes = order.lines.iter().flat_map(|line| &line.taxes);
    let charge_taxes = order.charges.iter().flat_map(|charge| &charge.taxes);
    let amounts = order
        .lines
        .iter()
        .map(|line| line.amount)
        .chain(order.charges.iter().map(|charge| charge.amount))
        .chain(line_taxes.chain(charge_taxes).map(|tax| tax.amount));
    let mut sum = Decimal::ZERO;
    for amount in amounts {
        let amount = to_decimal(amount).ok_or(Imbalance::OutOfBounds)?;
        sum = sum.checked_add(amount).ok_or(Imbalance::OutOfBounds)?;
    }
    let total = to_decimal(order.total).ok_or(Imbalance::OutOfBounds)?;
    if sum == total {
        return Ok(());
    }
    Err(Imbalance::Sum {
        sum: sum.to_string(),
        total: total.to_string(),
        currency: order.currency.clone(),
    })
}
