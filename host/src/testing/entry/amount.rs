//! Exact amounts as people write them.

use rust_decimal::Decimal as Exact;
use serde::{Deserialize, Serialize};

use crate::contract::Decimal;
use crate::record::decimal_text;

/// An amount: `"12.50"`, or a whole number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Amount(pub(super) Decimal);

pub(super) fn contract_of(exact: Exact) -> Decimal {
    let exact = exact.normalize();
    let units = i64::try_from(exact.mantissa()).unwrap_or(0);
    Decimal { units, scale: u8::try_from(exact.scale()).unwrap_or(0) }
}

impl Serialize for Amount {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&decimal_text(self.0))
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reader;
        impl serde::de::Visitor<'_> for Reader {
            type Value = Amount;
            fn expecting(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                to.write_str("an exact amount: a text like `\"12.50\"`, or a whole number")
            }
            fn visit_i64<E>(self, units: i64) -> Result<Amount, E> {
                Ok(Amount(Decimal { units, scale: 0 }))
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Amount, E> {
                let exact: Exact = text
                    .parse()
                    .map_err(|_| E::invalid_value(serde::de::Unexpected::Str(text), &self))?;
                let units = i64::try_from(exact.mantissa())
                    .map_err(|_| E::custom(format!("`{text}` has too many digits")))?;
                let scale = u8::try_from(exact.scale()).unwrap_or(0);
                Ok(Amount(Decimal { units, scale }))
            }
        }
        from.deserialize_any(Reader)
    }
}
