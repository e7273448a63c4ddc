//! Everything that a source gives, page by page, each entry once.

use std::collections::HashMap;

use crate::contract::{Entry, Failure, Page};
use crate::engine::limits::{LISTED_ENTRIES_MAX, PAGES_WITHOUT_NEWS_MAX};

/// What was given so far.
#[derive(Debug, Default)]
pub(super) struct Walk {
    entries: Vec<Entry>,
    /// A source may give an entry twice: where a page changed under its walk it reads that part again.
    places: HashMap<String, usize>,
    pages_without_news: u32,
}

impl Walk {
    /// Takes a page in. Answers the cursor at which to go on, or nothing at the end.
    ///
    /// # Errors
    /// It would never end, or is more than any catalogue has.
    pub(super) fn take(&mut self, page: Page) -> Result<Option<Vec<u8>>, Failure> {
        let known = self.entries.len();
        for entry in page.entries {
            match self.places.get(&entry.key).and_then(|place| self.entries.get_mut(*place)) {
                Some(there) => *there = entry,
                None => {
                    self.places.insert(entry.key.clone(), self.entries.len());
                    self.entries.push(entry);
                }
            }
        }
        if !page.more {
            return Ok(None);
        }
        self.pages_without_news =
            if self.entries.len() > known { 0 } else { self.pages_without_news + 1 };
        if self.pages_without_news >= PAGES_WITHOUT_NEWS_MAX {
            return Err(Failure::Unexpected(format!(
                "it gave {PAGES_WITHOUT_NEWS_MAX} pages in a row with nothing new in them, and says that there is more"
            )));
        }
        if self.entries.len() > LISTED_ENTRIES_MAX {
            return Err(Failure::Unexpected(format!(
                "it gave more than {LISTED_ENTRIES_MAX} entries, and says that there are more"
            )));
        }
        Ok(Some(page.next))
    }

    pub(super) fn into_entries(self) -> Vec<Entry> {
        self.entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::samples::order;

    fn page(keys: &[&str], more: bool) -> Page {
        let entries = keys.iter().map(|key| order(key)).collect();
        Page { entries, next: b"on".to_vec(), more, complete_to: None }
    }

    #[test]
    fn what_is_given_twice_is_there_once_and_the_end_is_the_end() {
        let mut walk = Walk::default();
        assert_eq!(walk.take(page(&["a", "b"], true)), Ok(Some(b"on".to_vec())));
        assert_eq!(walk.take(page(&["b", "c"], false)), Ok(None));
        let keys: Vec<String> = walk.into_entries().into_iter().map(|entry| entry.key).collect();
        assert_eq!(keys, ["a", "b", "c"]);
    }

    #[test]
    fn a_walk_that_brings_nothing_new_for_ever_is_given_up() {
        for keys in [&[][..], &["a"]] {
            let mut walk = Walk::default();
            let pages = (0_u32..).find(|_| walk.take(page(keys, true)).is_err());
            let first_with_news = u32::from(!keys.is_empty());
            assert_eq!(pages, Some(PAGES_WITHOUT_NEWS_MAX - 1 + first_with_news));
        }
    }
}
