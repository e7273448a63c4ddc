//! Money in minor units, and the numbers of JSON that it becomes. No binary float touches it.

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

/// A currency with the number of its decimals: 0 for yen, 2 for euros, 3 for dinars.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Currency {
    /// ISO 4217.
    pub code: String,
    /// How many decimals an amount has, 0 to 4.
    pub decimals: u32,
}

impl Currency {
    /// The euro.
    pub fn euro() -> Self {
        Self { code: "EUR".to_owned(), decimals: 2 }
    }

    /// Minor units as a decimal: 4613 is 46.13.
    pub fn decimal(&self, minor: i64) -> Decimal {
        Decimal::new(minor, self.decimals)
    }

    /// A decimal rounded to this currency, half away from zero.
    pub fn round(&self, amount: Decimal) -> Decimal {
        amount.round_dp_with_strategy(self.decimals, RoundingStrategy::MidpointAwayFromZero)
    }
}

/// A tax rate in thousandths of a percent: 12.5 % is 12 500.
pub type MilliPercent = i64;

/// Hundred percent.
pub const WHOLE: MilliPercent = 100_000;

/// `amount × numerator ÷ denominator`, rounded half away from zero.
pub fn share(amount_minor: i64, numerator: i64, denominator: i64) -> i64 {
    if denominator == 0 {
        return 0;
    }
    let (product, denominator) =
        (i128::from(amount_minor) * i128::from(numerator), i128::from(denominator));
    let doubled = 2 * product;
    let rounded = (doubled.abs() + denominator.abs()) / (2 * denominator.abs());
    let sign = product.signum() * denominator.signum();
    i64::try_from(rounded * sign).unwrap_or(i64::MAX)
}

/// Splits `amount` in proportion to the weights. The parts add up to the amount exactly; the rest goes to the largest.
pub fn split(amount_minor: i64, weights: &[i64]) -> Vec<i64> {
    let whole: i64 = weights.iter().sum();
    if weights.is_empty() {
        return Vec::new();
    }
    let mut parts: Vec<i64> =
        weights.iter().map(|weight| share(amount_minor, *weight, whole)).collect();
    let largest = (0..weights.len()).max_by_key(|index| weights[*index]).unwrap_or(0);
    parts[largest] += amount_minor - parts.iter().sum::<i64>();
    parts
}

/// Writes minor units as a JSON number without idle zeros: 4610 is `46.1`.
pub fn write_minor(out: &mut String, minor: i64, decimals: u32) {
    write_decimal(out, Decimal::new(minor, decimals));
}

/// Writes a decimal as a JSON number without idle zeros.
pub fn write_decimal(out: &mut String, amount: Decimal) {
    use std::fmt::Write;
    // Writing to a string can't fail.
    let _ = write!(out, "{}", amount.normalize());
}

/// A decimal as a JSON number, exactly.
pub fn number(amount: Decimal) -> Value {
    Value::Number(Number::from_string_unchecked(amount.normalize().to_string()))
}

/// Reads a JSON number exactly. Text is read only where `text_too` says that the vendor takes it.
pub fn read(value: &Value, text_too: bool) -> Option<Decimal> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) if text_too => text.trim().to_owned(),
        _ => return None,
    };
    text.parse().ok().or_else(|| Decimal::from_scientific(&text).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_round_half_away_from_zero_and_splits_lose_nothing() {
        assert_eq!(share(500, 12_500, WHOLE), 63);
        assert_eq!(share(-500, 12_500, WHOLE), -63);
        assert_eq!(share(1000, 1, 3), 333);
        assert_eq!(split(1000, &[1, 1, 1]), [333, 333, 334]);
        assert_eq!(split(7, &[0, 0]), [0, 7]);
        assert!(split(5, &[]).is_empty());
    }

    #[test]
    fn numbers_stay_exact() {
        let text = "2.60870123456789";
        let value: Value = serde_json::from_str(text).unwrap();
        assert_eq!(number(read(&value, false).unwrap()).to_string(), text);
        assert_eq!(read(&Value::String("-3".into()), true), Some(Decimal::from(-3)));
        assert_eq!(read(&Value::String("-3".into()), false), None);
        assert_eq!(read(&serde_json::from_str("1e2").unwrap(), false), Some(Decimal::from(100)));
    }
}
