//! What sources, directories and webhooks give.

use super::{Check, Declared, count, entry, kind, kind_name, named, shown};
use crate::component::limits::{CURSOR_BYTES_MAX, FOUND_PER_VALUE_MAX, HINTS_MAX};
use crate::contract::{Entry, Hint, Kind, Page};

/// What a page was asked for.
pub(in crate::component) struct Pulled<'a> {
    pub(in crate::component) collection: &'a str,
    pub(in crate::component) after: Option<&'a [u8]>,
    pub(in crate::component) limit: u32,
}

/// A page has at most as many entries as were asked for, of the collection's kind, and comes forward.
pub(in crate::component) fn page(declared: &Declared, pulled: &Pulled<'_>, page: &Page) -> Check {
    count(page.entries.len(), pulled.limit as usize, "entries in a page")?;
    let kind = declared.collections.get(pulled.collection).copied().flatten();
    entries(&page.entries, kind)?;
    if page.next.len() > CURSOR_BYTES_MAX {
        return Err(format!(
            "the cursor has {} bytes, and {CURSOR_BYTES_MAX} are allowed",
            page.next.len()
        ));
    }
    if page.more && pulled.after == Some(page.next.as_slice()) {
        return Err(
            "there is more to pull, and the cursor stands where it stood: pulling would never end"
                .to_owned(),
        );
    }
    match page.more && page.complete_to.is_some() {
        true => Err("a page has `complete-to` while there is `more` to pull".to_owned()),
        false => Ok(()),
    }
}

/// A look-up has one list for each value.
pub(in crate::component) fn found(
    declared: &Declared,
    collection: &str,
    asked: &[String],
    found: &[Vec<Entry>],
) -> Check {
    if asked.len() != found.len() {
        return Err(format!(
            "{} values were asked for, and {} lists came",
            asked.len(),
            found.len()
        ));
    }
    let kind = declared.collections.get(collection).copied().flatten();
    for list in found {
        count(list.len(), FOUND_PER_VALUE_MAX, "entries for one value")?;
        entries(list, kind)?;
    }
    Ok(())
}

/// A hint names a collection of the descriptor.
pub(in crate::component) fn hints(declared: &Declared, hints: &[Hint]) -> Check {
    count(hints.len(), HINTS_MAX, "hints")?;
    match hints.iter().find(|hint| !declared.collections.contains_key(&hint.collection)) {
        Some(hint) => Err(format!(
            "a hint names the collection `{}`, which the descriptor does not declare",
            shown(&hint.collection)
        )),
        None => Ok(()),
    }
}

fn entries(entries: &[Entry], expected: Option<Kind>) -> Check {
    for one in entries {
        entry(one)?;
        let given = kind(&one.payload);
        if let Some(expected) = expected.filter(|expected| *expected != given) {
            return Err(format!(
                "`{}` is a `{}`, and the collection reads `{}`",
                named(&one.key),
                kind_name(given),
                kind_name(expected)
            ));
        }
    }
    Ok(())
}
