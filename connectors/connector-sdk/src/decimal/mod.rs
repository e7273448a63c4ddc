//! Exact arithmetic on the contract's decimal, `units` times ten to the power of minus `scale`.
//!
//! Nothing here passes through a binary float, and nothing wraps: an operation whose exact result
//! has no place in 63 bits says so. Two decimals are equal if their values are: 12.5 is 12.50.

mod compare;
mod serial;
mod text;
mod wide;

use std::cmp::Ordering;
use std::fmt;

pub use crate::types::Decimal;

use wide::{divide, multiply, power_of_ten};

/// Most digits after the point that arithmetic keeps. Money and quantities need five; more than
/// eighteen would leave no digit before the point.
pub const SCALE_MAX: u8 = 18;

/// Why there is no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecimalError {
    /// The text is not a number as JSON writes it.
    NotANumber,
    /// The exact result needs more digits than a decimal has.
    OutOfRange,
    /// A division by zero, or shares of nothing.
    DivisionByZero,
}

impl fmt::Display for DecimalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotANumber => "not a number",
            Self::OutOfRange => "a number with too many digits",
            Self::DivisionByZero => "a division by zero",
        })
    }
}

impl std::error::Error for DecimalError {}

/// What happens to a value half way between two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// Away from zero, as shops and tills do: 0.125 becomes 0.13, -0.125 becomes -0.13.
    HalfUp,
    /// To the even neighbour, as banks do: 0.125 becomes 0.12, 0.135 becomes 0.14.
    HalfEven,
}

impl Default for Decimal {
    /// Nothing.
    fn default() -> Self {
        Self::ZERO
    }
}

impl Decimal {
    /// Nothing.
    pub const ZERO: Self = Self { units: 0, scale: 0 };
    /// One.
    pub const ONE: Self = Self { units: 1, scale: 0 };

    /// `units` times ten to the power of minus `scale`: 12.50 is `Decimal::new(1250, 2)`.
    #[must_use]
    pub const fn new(units: i64, scale: u8) -> Self {
        Self { units, scale }
    }

    /// Whether it is nothing.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.units == 0
    }

    /// Whether it is below nothing.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.units < 0
    }

    /// Whether it is above nothing.
    #[must_use]
    pub const fn is_positive(self) -> bool {
        self.units > 0
    }

    /// The same value with as few digits after the point as it needs: 12.50 becomes 12.5.
    #[must_use]
    pub const fn normalized(self) -> Self {
        let Self { mut units, mut scale } = self;
        if units == 0 {
            return Self::ZERO;
        }
        while scale > 0 && units % 10 == 0 {
            units /= 10;
            scale -= 1;
        }
        Self { units, scale }
    }

    /// The sum, exact, with the larger of the two scales where it fits.
    ///
    /// # Errors
    /// [`DecimalError::OutOfRange`] where the exact sum does not fit.
    pub fn checked_add(self, other: Self) -> Result<Self, DecimalError> {
        if self.scale == other.scale
            && let Some(units) = self.units.checked_add(other.units)
        {
            return Ok(Self { units, scale: self.scale });
        }
        let (left, right) = (self.bounded()?, other.bounded()?);
        let scale = left.scale.max(right.scale);
        if let (Some(left), Some(right)) = (left.small_at(scale), right.small_at(scale)) {
            return Ok(Self { units: left + right, scale });
        }
        let sum = left
            .units_at(scale)?
            .checked_add(right.units_at(scale)?)
            .ok_or(DecimalError::OutOfRange)?;
        fit(sum, u32::from(scale))
    }

    /// The difference, exact.
    ///
    /// # Errors
    /// [`DecimalError::OutOfRange`] where it does not fit.
    pub fn checked_sub(self, other: Self) -> Result<Self, DecimalError> {
        self.checked_add(other.checked_neg()?)
    }

    /// The value with the other sign.
    ///
    /// # Errors
    /// [`DecimalError::OutOfRange`] for the one value that has no opposite.
    pub fn checked_neg(self) -> Result<Self, DecimalError> {
        let units = self.units.checked_neg().ok_or(DecimalError::OutOfRange)?;
        Ok(Self { units, scale: self.scale })
    }

    /// The value without its sign.
    ///
    /// # Errors
    /// [`DecimalError::OutOfRange`] for the one value that has no opposite.
    pub fn checked_abs(self) -> Result<Self, DecimalError> {
        if self.is_negative() { self.checked_neg() } else { Ok(self) }
    }

    /// The product, exact.
    ///
    /// # Errors
    /// [`DecimalError::OutOfRange`] where it does not fit.
    pub fn checked_mul(self, other: Self) -> Result<Self, DecimalError> {
        let scale = u32::from(self.scale) + u32::from(other.scale);
        fit(multiply(self.units.into(), other.units.into())?, scale)
    }

    /// The quotient, rounded to `scale` digits after the point.
    ///
    /// # Errors
    /// [`DecimalError::DivisionByZero`], or [`DecimalError::OutOfRange`] where the rounded quotient
    /// does not fit.
    pub fn checked_div(
        self,
        other: Self,
        scale: u8,
        rounding: Rounding,
    ) -> Result<Self, DecimalError> {
        self.checked_mul_div(Self::ONE, other, scale, rounding)
    }

    /// The value times `factor` over `divisor`, rounded once, to `scale` digits after the point: a
    /// share of an amount.
    ///
    /// # Errors
    /// [`DecimalError::DivisionByZero`], or [`DecimalError::OutOfRange`] where the result or a step
    /// does not fit.
    pub fn checked_mul_div(
        self,
        factor: Self,
        divisor: Self,
        scale: u8,
        rounding: Rounding,
    ) -> Result<Self, DecimalError> {
        if divisor.is_zero() {
            return Err(DecimalError::DivisionByZero);
        }
        let (value, factor, divisor) = (self.bounded()?, factor.bounded()?, divisor.bounded()?);
        let product = multiply(value.units.into(), factor.units.into())?;
        let shift = i32::from(scale) + i32::from(divisor.scale)
            - i32::from(value.scale)
            - i32::from(factor.scale);
        shift_and_divide(product, i128::from(divisor.units), shift, scale, rounding)
    }

    /// The value with exactly `scale` digits after the point, rounded where it has more.
    ///
    /// # Errors
    /// [`DecimalError::OutOfRange`] where so many digits do not fit.
    pub fn rounded(self, scale: u8, rounding: Rounding) -> Result<Self, DecimalError> {
        if self.scale == scale {
            return Ok(self);
        }
        self.checked_div(Self::ONE, scale, rounding)
    }

    /// The sum of all, exact; nothing for none.
    ///
    /// # Errors
    /// [`DecimalError::OutOfRange`] where a partial sum does not fit.
    pub fn sum(values: impl IntoIterator<Item = Self>) -> Result<Self, DecimalError> {
        values.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }

    /// Splits the value into shares in proportion to `weights`, each with `scale` digits, that sum
    /// up to it exactly. What rounding leaves goes, one smallest unit each, to the shares that lost
    /// most, the first of equals first.
    ///
    /// # Errors
    /// [`DecimalError::DivisionByZero`] where the weights sum up to nothing,
    /// [`DecimalError::OutOfRange`] where a weight is negative, the value has more than `scale`
    /// digits, or an intermediate value does not fit.
    pub fn allocate(self, weights: &[Self], scale: u8) -> Result<Vec<Self>, DecimalError> {
        let whole = self.bounded()?.units_at_exactly(scale)?;
        let weight_scale =
            weights.iter().map(|weight| weight.normalized().scale).max().unwrap_or(0);
        let weights = weights.iter().map(|weight| weight.bounded()?.units_at(weight_scale));
        let weights = weights.collect::<Result<Vec<i128>, _>>()?;
        if weights.iter().any(|weight| *weight < 0) {
            return Err(DecimalError::OutOfRange);
        }
        let sum: i128 = weights.iter().sum();
        if sum == 0 {
            return Err(DecimalError::DivisionByZero);
        }
        let product = |weight: &i128| multiply(whole, *weight);
        let products = weights.iter().map(product).collect::<Result<Vec<i128>, _>>()?;
        let (mut shares, lost): (Vec<i128>, Vec<i128>) =
            products.iter().map(|product| divide(*product, sum)).unzip();
        let left = whole - shares.iter().sum::<i128>();
        let mut neediest: Vec<usize> = (0..shares.len()).collect();
        neediest.sort_by_key(|index| std::cmp::Reverse(lost[*index].abs()));
        for index in neediest.into_iter().take(usize::try_from(left.abs()).unwrap_or(usize::MAX)) {
            shares[index] += left.signum();
        }
        shares.into_iter().map(|units| exactly(units, scale)).collect()
    }

    /// The same value with at most [`SCALE_MAX`] digits after the point.
    const fn bounded(self) -> Result<Self, DecimalError> {
        if self.scale <= SCALE_MAX {
            return Ok(self);
        }
        let normalized = self.normalized();
        if normalized.scale <= SCALE_MAX { Ok(normalized) } else { Err(DecimalError::OutOfRange) }
    }

    /// The units at a scale that is not smaller than its own. Both are at most [`SCALE_MAX`], so
    /// this always fits.
    fn units_at(self, scale: u8) -> Result<i128, DecimalError> {
        multiply(self.units.into(), power_of_ten(scale.saturating_sub(self.scale).into())?)
    }

    /// The units at a scale that is not smaller than its own, where they stay so small that a sum
    /// of two fits 63 bits: as money does.
    const fn small_at(self, scale: u8) -> Option<i64> {
        const UNITS_MAX: u64 = 1_000_000_000_000;
        const POWERS: [i64; 7] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];
        let digits = scale.saturating_sub(self.scale) as usize;
        if digits >= POWERS.len() || self.units.unsigned_abs() > UNITS_MAX {
            return None;
        }
        Some(self.units * POWERS[digits])
    }

    fn units_at_exactly(self, scale: u8) -> Result<i128, DecimalError> {
        let normalized = self.normalized();
        if normalized.scale > scale || scale > SCALE_MAX {
            return Err(DecimalError::OutOfRange);
        }
        normalized.units_at(scale)
    }
}

fn exactly(units: i128, scale: u8) -> Result<Decimal, DecimalError> {
    Ok(Decimal { units: i64::try_from(units).map_err(|_| DecimalError::OutOfRange)?, scale })
}

/// Finds a place for an exact value, giving up trailing zeros where it must.
fn fit(mut units: i128, mut scale: u32) -> Result<Decimal, DecimalError> {
    loop {
        if scale <= u32::from(SCALE_MAX)
            && let Ok(units) = i64::try_from(units)
        {
            // The bound was just checked, so nothing is cut off.
            return Ok(Decimal { units, scale: u8::try_from(scale).unwrap_or(SCALE_MAX) });
        }
        let (tenth, digit) = divide(units, 10);
        if scale == 0 || digit != 0 {
            return Err(DecimalError::OutOfRange);
        }
        units = tenth;
        scale -= 1;
    }
}

/// `upper` times ten to the power of `shift` over `lower`, which is not zero.
fn shift_and_divide(
    mut upper: i128,
    mut lower: i128,
    shift: i32,
    scale: u8,
    rounding: Rounding,
) -> Result<Decimal, DecimalError> {
    let power = power_of_ten(shift.unsigned_abs())?;
    let target = if shift >= 0 { &mut upper } else { &mut lower };
    *target = multiply(*target, power)?;
    exactly(divide_rounded(upper, lower, rounding), scale)
}

/// `lower` is not zero.
fn divide_rounded(upper: i128, lower: i128, rounding: Rounding) -> i128 {
    let (quotient, rest) = divide(upper, lower);
    let away = if (upper < 0) == (lower < 0) { 1 } else { -1 };
    let rest = rest.unsigned_abs();
    let up = match (rest.cmp(&(lower.unsigned_abs() - rest)), rounding) {
        (Ordering::Greater, _) | (Ordering::Equal, Rounding::HalfUp) => true,
        (Ordering::Equal, Rounding::HalfEven) => quotient & 1 != 0,
        (Ordering::Less, _) => false,
    };
    if up { quotient + away } else { quotient }
}

#[cfg(test)]
mod tests;
