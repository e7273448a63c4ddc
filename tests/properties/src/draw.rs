//! Values of any type, drawn from bytes: equal bytes, equal values, and small changes of the bytes are small changes of
//! the value. Where the bytes are at an end everything is empty, zero, or the first of its kind.

use serde::de::value::Error;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer,
    SeqAccess, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

/// Most items of all lists of a value together.
const ITEMS_MAX: usize = 2_000;

/// Bytes that values are drawn from.
pub(crate) struct Draw<'a> {
    bytes: &'a [u8],
    /// What texts mostly are.
    texts: &'static [&'static str],
    items_left: usize,
}

impl<'a> Draw<'a> {
    pub(crate) fn new(bytes: &'a [u8], texts: &'static [&'static str]) -> Self {
        Self { bytes, texts, items_left: ITEMS_MAX }
    }

    pub(crate) fn value<T: DeserializeOwned>(&mut self) -> T {
        let drawn = T::deserialize(self);
        drawn.unwrap_or_else(|fault| unreachable!("no value is drawn: {fault}"))
    }

    pub(crate) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.bytes.split_first() else { return 0 };
        self.bytes = rest;
        *first
    }

    fn integer(&mut self) -> i64 {
        match self.byte() {
            small @ 0..=199 => i64::from(small % 8),
            200..=219 => i64::from(self.byte()),
            220..=239 => i64::from_le_bytes([(); 8].map(|()| self.byte())),
            // The longest wait, and one more.
            240..=243 => 30 * 24 * 60 * 60 * 1_000,
            244..=247 => 30 * 24 * 60 * 60 * 1_000 + 1,
            248..=250 => i64::MAX,
            251..=253 => i64::MIN,
            _ => -1,
        }
    }

    fn text(&mut self) -> String {
        let drawn = self.byte();
        match drawn {
            0..=199 => {
                self.texts.get(usize::from(drawn) % self.texts.len()).copied().unwrap_or("").into()
            }
            200..=239 => {
                let length = usize::from(self.byte()).min(self.bytes.len());
                let (text, rest) = self.bytes.split_at(length);
                self.bytes = rest;
                String::from_utf8_lossy(text).into_owned()
            }
            240..=244 => "k".repeat(512),
            245..=248 => "k".repeat(513),
            249..=252 => "\u{e9}".repeat(600),
            _ => "long\n".repeat(1_000),
        }
    }

    fn count(&mut self) -> usize {
        let drawn = self.byte();
        let count = match drawn {
            0..=219 => usize::from(drawn % 4),
            220..=249 => usize::from(drawn % 32),
            250..=253 => 201,
            254 | 255 => 1_001,
        };
        let count = count.min(self.items_left);
        self.items_left -= count;
        count
    }
}

impl<'de> Deserializer<'de> for &mut Draw<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Error> {
        Err(Error::custom("a type of a form that the contract does not have"))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_bool(self.byte() % 2 == 1)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_i64(self.integer())
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_u64(self.integer().cast_unsigned())
    }

    #[allow(clippy::cast_possible_truncation, reason = "any number will do")]
    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_u32(self.integer() as u32)
    }

    #[allow(clippy::cast_possible_truncation, reason = "any number will do")]
    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_u16(self.integer() as u16)
    }

    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_u8(self.byte())
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_string(self.text())
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.byte() % 3 {
            0 => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let left = self.count();
        visitor.visit_seq(Items { draw: self, left })
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        left: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_seq(Items { draw: self, left })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_seq(Items { draw: self, left: fields.len() })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let variant = usize::from(self.byte()) % variants.len();
        visitor.visit_enum(Variant { draw: self, variant })
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i128 u128 f32 f64 char str bytes byte_buf unit unit_struct newtype_struct tuple_struct map
        identifier ignored_any
    }
}

struct Items<'d, 'a> {
    draw: &'d mut Draw<'a>,
    left: usize,
}

impl<'de> SeqAccess<'de> for Items<'_, '_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        seed.deserialize(&mut *self.draw).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

struct Variant<'d, 'a> {
    draw: &'d mut Draw<'a>,
    variant: usize,
}

impl<'de> EnumAccess<'de> for Variant<'_, '_> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Self), Error> {
        let index = IntoDeserializer::<Error>::into_deserializer(self.variant as u64);
        Ok((seed.deserialize(index)?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, '_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(self.draw)
    }

    fn tuple_variant<V: Visitor<'de>>(self, left: usize, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(Items { draw: self.draw, left })
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_seq(Items { draw: self.draw, left: fields.len() })
    }
}
