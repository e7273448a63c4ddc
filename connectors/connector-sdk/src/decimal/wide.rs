//! Arithmetic on 128 bits. A component has no instructions for products and quotients of that
//! width, so those whose operands fit 64 bits, which are nearly all, are taken there.

use super::DecimalError;

/// The powers of ten that fit 63 bits.
const POWERS: [i64; 19] = {
    let mut powers = [1; 19];
    let mut exponent = 1;
    while exponent < powers.len() {
        powers[exponent] = powers[exponent - 1] * 10;
        exponent += 1;
    }
    powers
};

/// Ten to the power of `exponent`.
pub(super) fn power_of_ten(exponent: u32) -> Result<i128, DecimalError> {
    match POWERS.get(exponent as usize) {
        Some(power) => Ok(i128::from(*power)),
        None => 10_i128.checked_pow(exponent).ok_or(DecimalError::OutOfRange),
    }
}

/// The product.
pub(super) fn multiply(left: i128, right: i128) -> Result<i128, DecimalError> {
    if let (Ok(left), Ok(right)) = (i32::try_from(left), i32::try_from(right)) {
        return Ok(i128::from(i64::from(left) * i64::from(right)));
    }
    if let (Ok(left), Ok(right)) = (i64::try_from(left), i64::try_from(right)) {
        return Ok(i128::from(left) * i128::from(right));
    }
    left.checked_mul(right).ok_or(DecimalError::OutOfRange)
}

/// Quotient and rest, cut towards zero. `lower` is not zero, and the quotient fits.
pub(super) fn divide(upper: i128, lower: i128) -> (i128, i128) {
    if let (Ok(upper), Ok(lower)) = (i64::try_from(upper), i64::try_from(lower))
        && let (Some(quotient), Some(rest)) = (upper.checked_div(lower), upper.checked_rem(lower))
    {
        return (i128::from(quotient), i128::from(rest));
    }
    (upper / lower, upper % lower)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{divide, multiply, power_of_ten};

    /// Numbers at the edges of each width, and of any width between.
    fn any_wide() -> impl Strategy<Value = i128> {
        let edges = [0, 1, 10, 1 << 31, 1 << 32, 1 << 62, 1 << 63, 1 << 64, 1 << 126];
        let near_edge = (prop::sample::select(edges.to_vec()), -2_i128..=2, any::<bool>())
            .prop_map(|(edge, step, negative)| if negative { -edge - step } else { edge + step });
        prop_oneof![near_edge, (any::<i128>(), 0_u32..127).prop_map(|(all, bits)| all >> bits)]
    }

    proptest! {
        #[test]
        fn every_width_gives_the_exact_product(left in any_wide(), right in any_wide()) {
            prop_assert_eq!(multiply(left, right).ok(), left.checked_mul(right));
        }

        #[test]
        fn every_width_gives_the_exact_quotient(upper in any_wide(), lower in any_wide()) {
            prop_assume!(lower != 0 && upper.checked_div(lower).is_some());
            prop_assert_eq!(divide(upper, lower), (upper / lower, upper % lower));
        }
    }

    #[test]
    fn powers_are_exact() {
        for exponent in 0..45 {
            assert_eq!(power_of_ten(exponent).ok(), 10_i128.checked_pow(exponent));
        }
    }
}
