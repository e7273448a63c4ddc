//! Records under one version counter, as the till keeps them.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;

use uuid::Uuid;

use crate::late::LateIndex;

/// One write: its version and when which reader sees it. All times in Unix milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Stamp {
    /// Drawn from the counter of the whole retailer.
    pub version: u64,
    /// When it happened.
    pub now_ms: i64,
    /// From when on a list shows it.
    pub listed_at_ms: i64,
    /// From when on a search finds it.
    pub known_at_ms: i64,
}

/// A record with what the till keeps beside it.
#[derive(Clone, Debug)]
pub struct Stored<T> {
    /// Its id.
    pub id: Uuid,
    /// Redrawn with every change.
    pub version: u64,
    /// Creation, in Unix milliseconds.
    pub created_ms: i64,
    /// Last change, in Unix milliseconds.
    pub updated_ms: i64,
    /// Deletion, in Unix milliseconds.
    pub deleted_ms: Option<i64>,
    listed_at_ms: i64,
    /// The record.
    pub value: T,
}

/// What a list asks for.
#[derive(Clone, Copy, Debug)]
pub struct ListQuery {
    /// Only versions from here on.
    pub after: Bound<u64>,
    /// Only versions below.
    pub before: Option<u64>,
    /// Most rows.
    pub size: usize,
    /// Deleted rows too.
    pub deleted: bool,
    /// When it is asked, in Unix milliseconds.
    pub now_ms: i64,
}

/// All records of one kind.
#[derive(Clone, Debug)]
pub struct Table<T> {
    rows: Vec<Stored<T>>,
    by_id: HashMap<Uuid, u32>,
    by_version: BTreeMap<u64, u32>,
    /// What the search sees.
    pub index: LateIndex<Stored<T>>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            by_id: HashMap::new(),
            by_version: BTreeMap::new(),
            index: LateIndex::default(),
        }
    }
}

impl<T: Clone> Table<T> {
    /// Adds a record under an id that no other bears.
    pub fn insert(&mut self, id: Uuid, value: T, stamp: Stamp) -> u32 {
        let position = self.rows.len() as u32;
        let row = Stored {
            id,
            version: stamp.version,
            created_ms: stamp.now_ms,
            updated_ms: stamp.now_ms,
            deleted_ms: None,
            listed_at_ms: stamp.listed_at_ms,
            value,
        };
        if stamp.known_at_ms > stamp.now_ms {
            self.index.changed(position, None, row.clone(), stamp.known_at_ms);
        }
        self.rows.push(row);
        self.by_id.insert(id, position);
        self.by_version.insert(stamp.version, position);
        position
    }

    /// Changes a record.
    pub fn change(&mut self, position: u32, stamp: Stamp, edit: impl FnOnce(&mut T)) {
        self.touch(position, stamp, |row| edit(&mut row.value));
    }

    /// Deletes a record; it stays readable by id and in lists that ask for deleted rows.
    pub fn delete(&mut self, position: u32, stamp: Stamp) {
        self.touch(position, stamp, |row| row.deleted_ms = Some(stamp.now_ms));
    }

    fn touch(&mut self, position: u32, stamp: Stamp, edit: impl FnOnce(&mut Stored<T>)) {
        let Some(row) = self.rows.get_mut(position as usize) else {
            return;
        };
        let late = stamp.known_at_ms > stamp.now_ms || self.index.stale(position).is_some();
        let before = late.then(|| row.clone());
        self.by_version.remove(&row.version);
        edit(row);
        row.version = stamp.version;
        row.updated_ms = stamp.now_ms;
        row.listed_at_ms = stamp.listed_at_ms;
        self.by_version.insert(stamp.version, position);
        if let Some(before) = before {
            self.index.changed(position, Some(before), row.clone(), stamp.known_at_ms);
        }
    }

    /// A record by id, deleted ones too.
    pub fn find(&self, id: Uuid) -> Option<(u32, &Stored<T>)> {
        let position = *self.by_id.get(&id)?;
        Some((position, &self.rows[position as usize]))
    }

    /// A record by id that is not deleted.
    pub fn get(&self, id: Uuid) -> Option<&Stored<T>> {
        self.find(id).map(|(_, row)| row).filter(|row| row.deleted_ms.is_none())
    }

    /// The position that the next record will have.
    pub fn next_position(&self) -> u32 {
        self.rows.len() as u32
    }

    /// A record by position.
    pub fn at(&self, position: u32) -> Option<&Stored<T>> {
        self.rows.get(position as usize)
    }

    /// All records, deleted ones too, oldest first.
    pub fn rows(&self) -> &[Stored<T>] {
        &self.rows
    }

    /// Records by version.
    pub fn list(&self, query: ListQuery) -> impl DoubleEndedIterator<Item = &Stored<T>> {
        let upper = query.before.map_or(Bound::Unbounded, Bound::Excluded);
        let empty = match (query.after, query.before) {
            (Bound::Included(after) | Bound::Excluded(after), Some(before)) => after >= before,
            _ => false,
        };
        let range =
            if empty { (Bound::Included(0), Bound::Excluded(0)) } else { (query.after, upper) };
        self.by_version
            .range(range)
            .map(|(_, position)| &self.rows[*position as usize])
            .filter(move |row| query.deleted || row.deleted_ms.is_none())
            .filter(move |row| row.listed_at_ms <= query.now_ms)
    }

    /// What the search sees of every record.
    pub fn seen(&self) -> impl Iterator<Item = &Stored<T>> {
        (0..self.rows.len() as u32).filter_map(|position| self.seen_at(position))
    }

    /// What the search sees of one record.
    pub fn seen_at(&self, position: u32) -> Option<&Stored<T>> {
        self.index.seen(position, self.rows.get(position as usize)?)
    }
}
