//! Decimals in JSON, by their text: neither way passes through a float.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use serde_json::value::RawValue;

use super::Decimal;
use super::text::Written;

impl<'de> Deserialize<'de> for Decimal {
    /// Reads a JSON number, or a string that holds one, as vendors also write amounts. Works where
    /// the deserializer reads JSON text: not inside `#[serde(flatten)]`, `#[serde(untagged)]` or a
    /// `serde_json::Value`.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <&RawValue>::deserialize(deserializer)?.get();
        let unquoted =
            text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text);
        Self::parse(unquoted).map_err(|error| {
            de::Error::custom(format_args!("expected an amount, found {text}: {error}"))
        })
    }
}

impl Serialize for Decimal {
    /// Writes a JSON number with every digit, through `serde_json`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.scale == 0 {
            return serializer.serialize_i64(self.units);
        }
        match Written::of(*self) {
            Some(written) => serialize_text(written.as_str(), serializer),
            None => serialize_text(&self.to_string(), serializer),
        }
    }
}

fn serialize_text<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let number: &RawValue = serde_json::from_str(text).map_err(ser::Error::custom)?;
    number.serialize(serializer)
}
