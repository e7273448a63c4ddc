//! Decimals as text.

use std::fmt;
use std::str::FromStr;

use super::{Decimal, DecimalError, SCALE_MAX};

/// Longest text that is looked at, in bytes. The longest that fits a decimal is about forty; zeros
/// may be added.
const TEXT_BYTES_MAX: usize = 128;

impl Decimal {
    /// Reads a number as JSON writes it: `12.50`, `-3`, `1.2e3`. Digits after the point stay as
    /// they were written, as far as they fit.
    ///
    /// # Errors
    /// [`DecimalError::NotANumber`], or [`DecimalError::OutOfRange`] where the exact value does not
    /// fit.
    pub fn parse(text: &str) -> Result<Self, DecimalError> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(DecimalError::OutOfRange);
        }
        let (sign, unsigned) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((_, "")) => return Err(DecimalError::NotANumber),
            Some(parts) => parts,
            None => (mantissa, ""),
        };
        if whole.is_empty() {
            return Err(DecimalError::NotANumber);
        }
        let units = digits(digits(0, whole)?, fraction)?;
        let written = i32::try_from(fraction.len()).map_err(|_| DecimalError::OutOfRange)?;
        place(sign * units, written - exponent)
    }
}

fn digits(start: i128, text: &str) -> Result<i128, DecimalError> {
    text.bytes().try_fold(start, |units, byte| {
        if !byte.is_ascii_digit() {
            return Err(DecimalError::NotANumber);
        }
        let raised =
            units.checked_mul(10).and_then(|units| units.checked_add(i128::from(byte - b'0')));
        raised.ok_or(DecimalError::OutOfRange)
    })
}

fn parse_exponent(text: &str) -> Result<i32, DecimalError> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if unsigned.is_empty() || !unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(DecimalError::NotANumber);
    }
    // Four digits of exponent are far beyond every decimal, and below every overflow.
    let size = if unsigned.len() > 4 {
        9_999
    } else {
        unsigned.parse().map_err(|_| DecimalError::NotANumber)?
    };
    Ok(if text.starts_with('-') { -size } else { size })
}

/// Brings exact units at any scale, also a negative one, to a decimal.
fn place(mut units: i128, mut scale: i32) -> Result<Decimal, DecimalError> {
    if units == 0 {
        let scale = u8::try_from(scale.clamp(0, i32::from(SCALE_MAX))).unwrap_or(0);
        return Ok(Decimal { units: 0, scale });
    }
    while scale < 0 {
        units = units.checked_mul(10).ok_or(DecimalError::OutOfRange)?;
        scale += 1;
    }
    super::fit(units, scale.unsigned_abs())
}

impl FromStr for Decimal {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Self, DecimalError> {
        Self::parse(text)
    }
}

impl fmt::Display for Decimal {
    /// Writes every digit: 12.50 stays `12.50`. The text is a JSON number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.is_negative() { "-" } else { "" };
        let digits = self.units.unsigned_abs().to_string();
        let scale = usize::from(self.scale);
        if scale == 0 {
            return write!(f, "{sign}{digits}");
        }
        match digits.len().checked_sub(scale) {
            Some(0) | None => write!(f, "{sign}0.{digits:0>scale$}"),
            Some(point) => write!(f, "{sign}{}.{}", &digits[..point], &digits[point..]),
        }
    }
}
