//! Writing JSON text, field by field.

use crate::decimal::Decimal;

/// A JSON object that is being written. Its fields are in the order in which they are given, and nothing is kept but
/// the text: in a component that takes half of what it takes by way of `Serialize`. Names of fields are words that want
/// no escaping.
///
/// ```
/// use penstock_connector_sdk::json::Object;
/// use penstock_connector_sdk::types::Decimal;
///
/// let text = Object::text_of(64, |sale| {
///     sale.text("id", "QK7M2").decimal("total", Decimal::new(1250, 2));
///     sale.objects("lines", ["MUG", "CUP"], |line, sku| {
///         line.text("sku", sku);
///     });
/// });
/// assert_eq!(text, br#"{"id":"QK7M2","total":12.50,"lines":[{"sku":"MUG"},{"sku":"CUP"}]}"#);
/// ```
#[derive(Debug)]
pub struct Object<'t> {
    text: &'t mut Text,
    is_empty: bool,
}

impl Object<'_> {
    /// The text of an object with the fields that `fields` gives it. `bytes` is how long such a text usually is.
    pub fn text_of(bytes: usize, fields: impl FnOnce(&mut Object<'_>)) -> Vec<u8> {
        let mut text = Text { bytes: vec![0; bytes], length: 0 };
        text.object(fields);
        text.bytes.truncate(text.length);
        text.bytes
    }

    /// A field that holds a text.
    pub fn text(&mut self, name: &'static str, value: &str) -> &mut Self {
        self.named(name).quoted(value);
        self
    }

    /// A field that holds a text, or is not there.
    pub fn text_if_any(&mut self, name: &'static str, value: Option<&str>) -> &mut Self {
        if let Some(value) = value {
            self.text(name, value);
        }
        self
    }

    /// A field that holds a number, with every digit.
    pub fn decimal(&mut self, name: &'static str, value: Decimal) -> &mut Self {
        let text = self.named(name);
        value.written(|number| text.plain(number));
        self
    }

    /// A field that holds yes or no.
    pub fn bool(&mut self, name: &'static str, value: bool) -> &mut Self {
        self.named(name).plain(if value { "true" } else { "false" });
        self
    }

    /// A field that holds `null`.
    pub fn null(&mut self, name: &'static str) -> &mut Self {
        self.named(name).plain("null");
        self
    }

    /// A field that holds an object.
    pub fn object(
        &mut self,
        name: &'static str,
        fields: impl FnOnce(&mut Object<'_>),
    ) -> &mut Self {
        self.named(name).object(fields);
        self
    }

    /// A field that holds a list of objects, one for each of `rows`.
    pub fn objects<T>(
        &mut self,
        name: &'static str,
        rows: impl IntoIterator<Item = T>,
        mut fields: impl FnMut(&mut Object<'_>, T),
    ) -> &mut Self {
        let text = self.named(name);
        text.mark(b"[");
        for (index, row) in rows.into_iter().enumerate() {
            if index > 0 {
                text.mark(b",");
            }
            text.object(|object| fields(object, row));
        }
        text.mark(b"]");
        self
    }

    fn named(&mut self, name: &'static str) -> &mut Text {
        if self.is_empty {
            self.text.put(b"\"", name, b"\":");
        } else {
            self.text.put(b",\"", name, b"\":");
        }
        self.is_empty = false;
        self.text
    }
}

/// What is written so far. The bytes behind it are there already, so that a text is copied by loads and stores: a
/// component copies a slice by a call of the host, which costs more than most texts do.
#[derive(Debug)]
struct Text {
    bytes: Vec<u8>,
    length: usize,
}

impl Text {
    fn object(&mut self, fields: impl FnOnce(&mut Object<'_>)) {
        self.mark(b"{");
        fields(&mut Object { text: self, is_empty: true });
        self.mark(b"}");
    }

    fn mark(&mut self, mark: &[u8; 1]) {
        self.put(mark, "", b"");
    }

    /// What wants no quotes and no escapes.
    fn plain(&mut self, value: &str) {
        self.put(b"", value, b"");
    }

    fn quoted(&mut self, value: &str) {
        if !self.put(b"\"", value, b"\"") {
            self.escaped(value);
        }
    }

    /// Appends a text with what stands before and after it; nothing at all where something of the text wants escaping.
    fn put<const B: usize, const A: usize>(
        &mut self,
        before: &[u8; B],
        value: &str,
        after: &[u8; A],
    ) -> bool {
        let end = self.length + B + value.len() + A;
        if end > self.bytes.len() {
            self.grow(end);
        }
        let place = self.bytes.get_mut(self.length..end).unwrap_or_default();
        let Some((begin, place)) = place.split_first_chunk_mut::<B>() else { return false };
        let Some((inner, rest)) = place.split_last_chunk_mut::<A>() else { return false };
        (*begin, *rest) = (*before, *after);
        let is_plain = copy_plain(value.as_bytes(), inner);
        if is_plain {
            self.length = end;
        }
        is_plain
    }

    #[cold]
    fn grow(&mut self, bytes: usize) {
        self.bytes.resize(2 * bytes, 0);
    }

    #[cold]
    fn escaped(&mut self, value: &str) {
        self.bytes.truncate(self.length);
        // A text has no form that JSON can't hold, and a vector takes all that is written to it.
        let _ = serde_json::to_writer(&mut self.bytes, value);
        self.length = self.bytes.len();
    }
}

/// Copies a text to a place of its length, and tells whether nothing of it wants escaping.
#[inline]
fn copy_plain(text: &[u8], place: &mut [u8]) -> bool {
    // The last word overlaps the one before it.
    if let (Some(last), Some(end)) = (text.last_chunk::<WORD_BYTES>(), place.last_chunk_mut()) {
        *end = *last;
        if wants_escapes(*last) {
            return false;
        }
        let (words, _) = text.as_chunks::<WORD_BYTES>();
        let (places, _) = place.as_chunks_mut::<WORD_BYTES>();
        for (word, place) in words.iter().zip(places) {
            if wants_escapes(*word) {
                return false;
            }
            *place = *word;
        }
        return true;
    }
    for (byte, place) in text.iter().zip(place) {
        if *byte < b' ' || matches!(byte, b'"' | b'\\') {
            return false;
        }
        *place = *byte;
    }
    true
}

/// Bytes that are copied at once.
const WORD_BYTES: usize = 8;

/// Whether one of eight bytes wants escaping: a control character, a quote or a backslash. Subtracting one from each byte
/// borrows from the highest bit of the lowest byte that is zero, and that bit was not set.
const fn wants_escapes(word: [u8; WORD_BYTES]) -> bool {
    const EACH: u64 = u64::MAX / 0xff;
    const HIGHEST: u64 = EACH << 7;
    let word = u64::from_le_bytes(word);
    let quote = word ^ (EACH * b'"' as u64);
    let backslash = word ^ (EACH * b'\\' as u64);
    let control = word.wrapping_sub(EACH * b' ' as u64) & !word;
    let is_quote = quote.wrapping_sub(EACH) & !quote;
    let is_backslash = backslash.wrapping_sub(EACH) & !backslash;
    (control | is_quote | is_backslash) & HIGHEST != 0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::Object;
    use crate::types::Decimal;

    #[test]
    fn an_object_is_written_as_serde_json_writes_it() {
        let text = Object::text_of(0, |object| {
            object.text("text", "a \"b\"\n").text_if_any("none", None).null("null");
            object.text_if_any("some", Some("")).bool("yes", true).bool("no", false);
            object.decimal("whole", Decimal::new(-3, 0)).decimal("part", Decimal::new(1_250, 2));
            object.object("object", |object| {
                object.objects("empty", [0_u8; 0], |_, _| {});
            });
            object.objects("rows", [1, 2], |row, number| {
                row.decimal("number", Decimal::new(number, 0));
            });
        });
        let expected = concat!(
            r#"{"text":"a \"b\"\n","null":null,"some":"","yes":true,"no":false,"whole":-3,"part":12.50,"#,
            r#""object":{"empty":[]},"rows":[{"number":1},{"number":2}]}"#
        );
        assert_eq!(str::from_utf8(&text).unwrap(), expected);
    }

    proptest! {
        #[test]
        fn any_text_is_escaped_as_serde_json_escapes_it(value in "[\\PC\\x00-\\x7f\"\\\\]{0,40}") {
            let text = Object::text_of(0, |object| {
                object.text("a", &value);
            });
            prop_assert_eq!(text, serde_json::to_vec(&json!({ "a": value })).unwrap());
        }
    }
}
