//! How much of what is owed the shop is told: whole units, and never more than it has to give.

use penstock_connector_sdk::decimal::DecimalError;
use penstock_connector_sdk::types::Decimal;

/// What to hand over to the shop now, out of what is owed. `expected` is the shop's level once all
/// that was handed over before is applied.
pub(crate) fn due(
    owed: Decimal,
    expected: Decimal,
    allow_negative: bool,
) -> Result<Decimal, DecimalError> {
    let whole = floor(owed);
    if allow_negative || !whole.is_negative() {
        return Ok(whole);
    }
    let to_give = floor(expected).max(Decimal::ZERO);
    Ok(whole.max(to_give.checked_neg()?))
}

/// The level that the shop is to show for an exact one.
pub(crate) fn level(exact: Decimal, allow_negative: bool) -> Decimal {
    let whole = floor(exact);
    if allow_negative { whole } else { whole.max(Decimal::ZERO) }
}

/// The largest whole number that is not above the value.
pub(crate) fn floor(value: Decimal) -> Decimal {
    let Decimal { units, scale } = value.normalized();
    // Nineteen digits after the point leave none before it.
    let whole = match 10_i64.checked_pow(scale.into()) {
        Some(power) => units.div_euclid(power),
        None => units.signum().min(0),
    };
    Decimal::new(whole, 0)
}

#[cfg(test)]
mod tests {
    use super::{due, floor};
    use penstock_connector_sdk::types::Decimal;

    fn number(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[test]
    fn whole_units_are_published_downwards() {
        for (value, whole) in [("2.5", 2), ("-0.5", -1), ("-2", -2), ("0", 0), ("1.000", 1)] {
            assert_eq!(floor(number(value)), Decimal::new(whole, 0), "{value}");
        }
        assert_eq!(floor(Decimal::new(-1, 30)), Decimal::new(-1, 0));
        assert_eq!(floor(Decimal::new(i64::MAX, 19)), Decimal::ZERO);
    }

    #[test]
    fn the_shop_gives_no_more_than_it_has() {
        for (owed, expected, published) in
            [("-3", "1", -1), ("-3", "-1", 0), ("-3", "0.5", 0), ("-1.5", "5", -2), ("3.9", "0", 3)]
        {
            let due = due(number(owed), number(expected), false).unwrap();
            assert_eq!(due, Decimal::new(published, 0), "{owed} of {expected}");
        }
        assert_eq!(due(number("-3"), number("1"), true).unwrap(), number("-3"));
    }
}
