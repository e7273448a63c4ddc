//! Every behaviour of the vendors that nobody could confirm, as a switch with all plausible values.
//!
//! A connector that is right under each value is right whatever the vendors really do.

mod shop;
mod till;

pub use shop::*;
pub use till::*;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

/// The knobs of both vendors.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Knobs {
    /// The shop's.
    pub shop: ShopKnobs,
    /// The till's.
    pub till: TillKnobs,
}

impl Knobs {
    /// Sets one knob by its written name: `till.duplicate-id` to `replaced`.
    ///
    /// # Errors
    /// Says which names or values there are.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        match name.split_once('.') {
            Some(("shop", field)) => set(&mut self.shop, name, field, value),
            Some(("till", field)) => set(&mut self.till, name, field, value),
            _ => Err(format!("`{name}` is no knob: it begins with `shop.` or `till.`")),
        }
    }

    /// All knobs with their values, as `--knob` takes them.
    pub fn list(&self) -> Vec<String> {
        let both = [
            ("shop", serde_json::to_value(&self.shop)),
            ("till", serde_json::to_value(&self.till)),
        ];
        both.into_iter()
            .flat_map(|(vendor, knobs)| match knobs {
                Ok(Value::Object(fields)) => fields
                    .iter()
                    .map(|(name, value)| {
                        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                        format!("{vendor}.{name}={value}")
                    })
                    .collect(),
                _ => Vec::new(),
            })
            .collect()
    }
}

fn set<T: Serialize + DeserializeOwned>(
    knobs: &mut T,
    name: &str,
    field: &str,
    value: &str,
) -> Result<(), String> {
    let mut fields = serde_json::to_value(&*knobs).map_err(|error| error.to_string())?;
    let known: Vec<String> =
        fields.as_object().into_iter().flat_map(|map| map.keys().cloned()).collect();
    let Some(slot) = fields.get_mut(field) else {
        return Err(format!("`{name}` is no knob; there are: {}", known.join(", ")));
    };
    *slot = match &slot {
        Value::Number(_) => value
            .parse::<u64>()
            .map_err(|_| format!("`{name}` takes a whole number, not `{value}`"))?
            .into(),
        _ => Value::String(value.to_owned()),
    };
    *knobs = serde_json::from_value(fields).map_err(|error| format!("`{name}`: {error}"))?;
    Ok(())
}

/// Declares the values of a knob. The first is the default.
macro_rules! knob {
    ($(#[$doc:meta])* $name:ident { $(#[$first_doc:meta])* $first:ident, $($(#[$value_doc:meta])* $value:ident,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name {
            $(#[$first_doc])*
            #[default]
            $first,
            $($(#[$value_doc])* $value,)*
        }
    };
}
pub(crate) use knob;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knobs_are_set_by_their_written_names() {
        let mut knobs = Knobs::default();
        knobs.set("till.duplicate-id", "replaced").unwrap();
        knobs.set("till.page-size-cap", "17").unwrap();
        knobs.set("shop.order-default-sort", "newest-first").unwrap();
        assert_eq!(knobs.till.duplicate_id, DuplicateId::Replaced);
        assert_eq!(knobs.till.page_size_cap, 17);
        assert_eq!(knobs.shop.order_default_sort, OrderSort::NewestFirst);
        assert!(knobs.list().contains(&"till.duplicate-id=replaced".to_owned()));
    }

    #[test]
    fn a_slip_is_told_with_what_there_is() {
        let mut knobs = Knobs::default();
        assert!(knobs.set("till.duplicat", "x").unwrap_err().contains("duplicate-id"));
        let message = knobs.set("till.duplicate-id", "x").unwrap_err();
        assert!(message.contains("refused-409"), "{message}");
        assert!(knobs.set("desk.lamp", "on").is_err());
        assert!(knobs.set("till.page-size-cap", "-1").is_err());
    }
}
