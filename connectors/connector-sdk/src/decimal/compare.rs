//! Comparison by value.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use super::Decimal;
use super::wide::{multiply, power_of_ten};

/// Two `i64` differ by less than this many decimal digits, so a larger difference of scales decides
/// by itself.
const DIGITS_MAX: u8 = 19;

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.scale == other.scale || self.units.signum() != other.units.signum() {
            return self.units.cmp(&other.units);
        }
        if self.scale > other.scale {
            return other.cmp(self).reverse();
        }
        // The signs are equal here and the scales are not; `self` has the smaller scale.
        if let Some(units) = self.small_at(other.scale) {
            return units.cmp(&other.units);
        }
        let digits = other.scale - self.scale;
        if digits > DIGITS_MAX {
            return self.units.cmp(&0);
        }
        let raised = power_of_ten(digits.into()).and_then(|it| multiply(self.units.into(), it));
        raised.map_or_else(|_| self.units.cmp(&0), |units| units.cmp(&i128::from(other.units)))
    }
}

impl Hash for Decimal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { units, scale } = self.normalized();
        state.write_i64(units);
        state.write_u8(scale);
    }
}
