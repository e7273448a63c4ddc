//! A search index that learns of changes late, as the indexes of both vendors do.

use std::collections::{BTreeMap, HashMap};

/// What a search still sees of records that have changed. `T` is a snapshot of a record; the key is its position.
#[derive(Clone, Debug)]
pub struct LateIndex<T> {
    /// What is shown in place of the live record, `None` where the index does not know it yet.
    shown: HashMap<u32, Option<T>>,
    pending: BTreeMap<(i64, u64), (u32, T)>,
    pending_of: HashMap<u32, u32>,
    sequence: u64,
    /// Rises whenever an answer may differ from the last one.
    pub generation: u64,
}

impl<T> Default for LateIndex<T> {
    fn default() -> Self {
        Self {
            shown: HashMap::new(),
            pending: BTreeMap::new(),
            pending_of: HashMap::new(),
            sequence: 0,
            generation: 0,
        }
    }
}

impl<T> LateIndex<T> {
    /// Notes a change that the index will know at `known_at_ms`. `before` is what the record was, `None` if it is new.
    pub fn changed(&mut self, key: u32, before: Option<T>, after: T, known_at_ms: i64) {
        self.generation += 1;
        self.sequence += 1;
        self.shown.entry(key).or_insert(before);
        self.pending.insert((known_at_ms, self.sequence), (key, after));
        *self.pending_of.entry(key).or_default() += 1;
    }

    /// Lets everything in that is due.
    pub fn refresh(&mut self, now_ms: i64) {
        while let Some(entry) = self.pending.first_entry() {
            if entry.key().0 > now_ms {
                break;
            }
            let (key, after) = entry.remove();
            self.generation += 1;
            match self.pending_of.get_mut(&key) {
                Some(left) if *left > 1 => {
                    *left -= 1;
                    self.shown.insert(key, Some(after));
                }
                // The last change is in: the live record is what the index knows.
                _ => {
                    self.pending_of.remove(&key);
                    self.shown.remove(&key);
                }
            }
        }
    }

    /// What a search sees of a record.
    pub fn seen<'a>(&'a self, key: u32, live: &'a T) -> Option<&'a T> {
        match self.shown.get(&key) {
            Some(shown) => shown.as_ref(),
            None => Some(live),
        }
    }

    /// What a search sees in place of the live record: `None` for the live record itself.
    pub fn stale(&self, key: u32) -> Option<Option<&T>> {
        self.shown.get(&key).map(Option::as_ref)
    }

    /// The records whose last change is not known yet.
    pub fn unsettled(&self) -> impl Iterator<Item = u32> {
        self.shown.keys().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_sees_each_version_when_it_is_due() {
        let mut index = LateIndex::default();
        index.changed(7, None, "new", 10);
        index.changed(7, Some("new"), "paid", 20);
        assert_eq!(index.seen(7, &"paid"), None);
        index.refresh(10);
        assert_eq!(index.seen(7, &"paid"), Some(&"new"));
        index.refresh(20);
        assert_eq!(index.seen(7, &"paid"), Some(&"paid"));
        assert_eq!(index.unsettled().count(), 0);
    }

    #[test]
    fn changes_may_become_known_out_of_order() {
        let mut index = LateIndex::default();
        index.changed(1, Some("a"), "b", 50);
        index.changed(1, Some("b"), "c", 20);
        index.refresh(20);
        assert_eq!(index.seen(1, &"c"), Some(&"c"));
        index.refresh(50);
        assert_eq!(index.seen(1, &"c"), Some(&"c"));
    }
}
