//! A JSON writer that leaves out what a sparse read did not ask for, without building it first.

use rust_decimal::Decimal;
use std::collections::BTreeMap;

use crate::money;

/// The fields that `responseFields=total,items(id,email)` names. Everything, where it names none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fields(Option<BTreeMap<String, Fields>>);

impl Fields {
    /// Everything.
    pub(crate) const ALL: &'static Fields = {
        static ALL: Fields = Fields(None);
        &ALL
    };

    /// Reads the vendor's nested form. Blanks and unbalanced parentheses are forgiven, as text in a URL is.
    pub(crate) fn parse(text: &str) -> Self {
        let mut rest = text;
        Self::level(&mut rest)
    }

    fn level(rest: &mut &str) -> Self {
        let mut names = BTreeMap::new();
        loop {
            let end = rest.find([',', '(', ')']).unwrap_or(rest.len());
            let name = rest[..end].trim().to_owned();
            let stop = rest[end..].chars().next();
            *rest = rest.get(end + 1..).unwrap_or("");
            let below = if stop == Some('(') { Self::level(rest) } else { Self::default() };
            if !name.is_empty() {
                names.insert(name, below);
            }
            if stop.is_none() || stop == Some(')') || rest.is_empty() {
                return Self(Some(names));
            }
        }
    }

    fn below(&self, name: &str) -> Option<&Fields> {
        match &self.0 {
            None => Some(Self::ALL),
            Some(names) => names.get(name),
        }
    }
}

/// An object that is being written.
pub(crate) struct Object<'w> {
    out: &'w mut String,
    fields: &'w Fields,
    first: bool,
}

/// Writes one object.
pub(crate) fn object(out: &mut String, fields: &Fields, write: impl FnOnce(&mut Object<'_>)) {
    out.push('{');
    write(&mut Object { out, fields, first: true });
    out.push('}');
}

impl<'w> Object<'w> {
    /// Writes the name, and gives the filter for what is below, unless the field was not asked for.
    fn begin(&mut self, name: &str) -> Option<&'w Fields> {
        let below = self.fields.below(name)?;
        if !self.first {
            self.out.push(',');
        }
        self.first = false;
        self.out.push('"');
        self.out.push_str(name);
        self.out.push_str("\":");
        Some(below)
    }

    /// A text field.
    pub(crate) fn text(&mut self, name: &str, value: &str) {
        if self.begin(name).is_some() {
            quote(self.out, value);
        }
    }

    /// A text field that is left out where there is none.
    pub(crate) fn text_if(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    /// A text field whose text costs something to make.
    pub(crate) fn text_by(&mut self, name: &str, value: impl FnOnce() -> String) {
        if self.begin(name).is_some() {
            quote(self.out, &value());
        }
    }

    /// A whole number.
    pub(crate) fn int(&mut self, name: &str, value: i64) {
        if self.begin(name).is_some() {
            self.out.push_str(&value.to_string());
        }
    }

    /// An exact decimal number.
    pub(crate) fn decimal(&mut self, name: &str, value: Decimal) {
        if self.begin(name).is_some() {
            money::write_decimal(self.out, value);
        }
    }

    /// A truth.
    pub(crate) fn flag(&mut self, name: &str, value: bool) {
        if self.begin(name).is_some() {
            self.out.push_str(if value { "true" } else { "false" });
        }
    }

    /// A `null`.
    pub(crate) fn null(&mut self, name: &str) {
        if self.begin(name).is_some() {
            self.out.push_str("null");
        }
    }

    /// An object below.
    pub(crate) fn object(&mut self, name: &str, write: impl FnOnce(&mut Object<'_>)) {
        if let Some(fields) = self.begin(name) {
            object(self.out, fields, write);
        }
    }

    /// A list of objects.
    pub(crate) fn objects<T>(
        &mut self,
        name: &str,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Object<'_>, T),
    ) {
        if let Some(fields) = self.begin(name) {
            objects(self.out, fields, items, &mut write);
        }
    }

    /// A list of texts.
    pub(crate) fn texts<'a>(&mut self, name: &str, items: impl IntoIterator<Item = &'a str>) {
        if self.begin(name).is_none() {
            return;
        }
        self.out.push('[');
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            quote(self.out, item);
        }
        self.out.push(']');
    }

    /// A list of whole numbers.
    pub(crate) fn ints(&mut self, name: &str, items: impl IntoIterator<Item = i64>) {
        if self.begin(name).is_some() {
            let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
            self.out.push_str(&format!("[{}]", items.join(",")));
        }
    }
}

/// Writes a bare list of objects.
pub(crate) fn objects<T>(
    out: &mut String,
    fields: &Fields,
    items: impl IntoIterator<Item = T>,
    write: &mut impl FnMut(&mut Object<'_>, T),
) {
    out.push('[');
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        object(out, fields, |object| write(object, item));
    }
    out.push(']');
}

/// Writes text as a JSON string.
fn quote(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            control if control < ' ' => {
                out.push_str(&format!("\\u{:04x}", u32::from(control)));
            }
            plain => out.push(plain),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(fields: &str) -> String {
        let (mut out, fields) = (String::new(), Fields::parse(fields));
        object(&mut out, &fields, |page| {
            page.int("total", 2);
            page.objects("items", [1, 2], |item, id| {
                item.int("id", id);
                item.text("email", "a\"\n\\@b\u{1}");
                item.object("person", |person| person.text("name", "Mina"));
            });
        });
        out
    }

    #[test]
    fn a_sparse_read_gives_what_it_names() {
        assert_eq!(write("total,items(id)"), r#"{"total":2,"items":[{"id":1},{"id":2}]}"#);
        assert_eq!(
            write("items(person(name),id)"),
            r#"{"items":[{"id":1,"person":{"name":"Mina"}},{"id":2,"person":{"name":"Mina"}}]}"#
        );
        assert_eq!(write("nothing"), "{}");
    }

    #[test]
    fn text_is_escaped() {
        let value: serde_json::Value = serde_json::from_str(&write("items(email)")).unwrap();
        assert_eq!(value["items"][0]["email"], "a\"\n\\@b\u{1}");
    }
}
