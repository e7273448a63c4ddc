//! Decimals as text.

use std::fmt;
use std::str::FromStr;

use super::wide::multiply;
use super::{Decimal, DecimalError, SCALE_MAX};

/// Longest text that is looked at, in bytes. The longest that fits a decimal is about forty; zeros
/// may be added.
const TEXT_BYTES_MAX: usize = 128;

/// Digits that fit 63 bits, whatever they are.
const PLAIN_BYTES_MAX: usize = 18;

/// Longest text of a decimal of at most [`SCALE_MAX`] digits after the point, in bytes: a sign, a
/// point, nineteen digits.
const WRITTEN_BYTES_MAX: usize = 21;

impl Decimal {
    /// Reads a number as JSON writes it: `12.50`, `-3`, `1.2e3`. Digits after the point stay as
    /// they were written, as far as they fit.
    ///
    /// # Errors
    /// [`DecimalError::NotANumber`], or [`DecimalError::OutOfRange`] where the exact value does not
    /// fit.
    pub fn parse(text: &str) -> Result<Self, DecimalError> {
        plain(text).map_or_else(|| any(text), Ok)
    }

    /// Appends the number as `Display` writes it, without the machinery of formatting.
    pub fn push_onto(self, text: &mut String) {
        self.written(|number| text.push_str(number));
    }

    /// Hands out the number as `Display` writes it.
    pub(crate) fn written(self, to: impl FnOnce(&str)) {
        match Written::of(self) {
            Some(written) => to(written.as_str()),
            None => to(&self.to_string()),
        }
    }
}

/// Reads a number without an exponent and of so few digits that any fit, as nearly all amounts are.
/// What this does not read may still be a number.
pub(super) fn plain(text: &str) -> Option<Decimal> {
    let (sign, unsigned) = match text.as_bytes() {
        [b'-', unsigned @ ..] => (-1, unsigned),
        unsigned => (1, unsigned),
    };
    if unsigned.len() > PLAIN_BYTES_MAX {
        return None;
    }
    let (mut units, mut point) = (0, None);
    for (at, byte) in unsigned.iter().enumerate() {
        match byte {
            b'0'..=b'9' => units = units * 10 + i64::from(byte - b'0'),
            b'.' if at > 0 && point.is_none() => point = Some(at),
            _ => return None,
        }
    }
    let last = unsigned.len().checked_sub(1)?;
    let scale = match point {
        None => 0,
        Some(point) if point < last => u8::try_from(last - point).ok()?,
        Some(_) => return None,
    };
    Some(Decimal { units: sign * units, scale })
}

/// Reads a number of any form.
pub(super) fn any(text: &str) -> Result<Decimal, DecimalError> {
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

fn digits(start: i128, text: &str) -> Result<i128, DecimalError> {
    text.bytes().try_fold(start, |units, byte| {
        if !byte.is_ascii_digit() {
            return Err(DecimalError::NotANumber);
        }
        let raised = multiply(units, 10)?.checked_add(i128::from(byte - b'0'));
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
        units = multiply(units, 10)?;
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

/// The text of a decimal of at most [`SCALE_MAX`] digits after the point, without a place on the
/// heap.
pub(super) struct Written {
    bytes: [u8; WRITTEN_BYTES_MAX],
    start: usize,
}

impl Written {
    pub(super) fn of(value: Decimal) -> Option<Self> {
        if value.scale > SCALE_MAX {
            return None;
        }
        let mut written = Self { bytes: [b'0'; WRITTEN_BYTES_MAX], start: WRITTEN_BYTES_MAX };
        let mut left = value.units.unsigned_abs();
        for place in 0.. {
            if place > value.scale && left == 0 {
                break;
            }
            if place == value.scale && place > 0 {
                written.push(b'.')?;
            }
            written.push(b'0' + u8::try_from(left % 10).ok()?)?;
            left /= 10;
        }
        if value.is_negative() {
            written.push(b'-')?;
        }
        Some(written)
    }

    /// Puts a byte in front.
    fn push(&mut self, byte: u8) -> Option<()> {
        self.start = self.start.checked_sub(1)?;
        self.bytes[self.start] = byte;
        Some(())
    }

    pub(super) fn as_str(&self) -> &str {
        str::from_utf8(&self.bytes[self.start..]).unwrap_or_default()
    }
}

impl fmt::Display for Decimal {
    /// Writes every digit: 12.50 stays `12.50`. The text is a JSON number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(written) = Written::of(*self) {
            return f.write_str(written.as_str());
        }
        let sign = if self.is_negative() { "-" } else { "" };
        let digits = self.units.unsigned_abs().to_string();
        let scale = usize::from(self.scale);
        // More digits after the point than sixty-three bits have in all.
        write!(f, "{sign}0.{digits:0>scale$}")
    }
}
