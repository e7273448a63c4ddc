//! Links between counters: what people accept and take back, and what rules ask of them.

use rusqlite::{Connection, OptionalExtension, Result, Row, params};

use super::SqliteStore;
use crate::store::{LinkRow, Side, StoreError};
use crate::time::Instant;

/// Two counters that a person says are one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    pub left: String,
    pub right: String,
    pub label: String,
}

impl SqliteStore {
    /// All links of a transform, in the order in which they were made.
    ///
    /// # Errors
    /// As the store's own.
    pub fn all_links(
        &self,
        pipeline: &str,
        stage: &str,
    ) -> std::result::Result<Vec<LinkRow>, StoreError> {
        self.reading(|db| {
            db.prepare_cached(
                "SELECT * FROM link WHERE pipeline = ?1 AND stage = ?2 AND ended_at IS NULL ORDER BY id",
            )?
            .query_map(params![pipeline, stage], link_row)?
            .collect()
        })
    }

    /// Makes exactly these the links of a transform: what is new is made, what is not among them ends, and what is
    /// there already stays what it is. Answers how many were made, and how many ended.
    ///
    /// # Errors
    /// As the store's own; also where two pairs share a counter, and nothing is changed then.
    pub fn set_links(
        &mut self,
        pipeline: &str,
        stage: &str,
        pairs: &[Pair],
        at: Instant,
    ) -> std::result::Result<(usize, usize), StoreError> {
        let there = self.all_links(pipeline, stage)?;
        let is_same =
            |link: &LinkRow, pair: &Pair| link.left == pair.left && link.right == pair.right;
        let ended: Vec<u64> = there
            .iter()
            .filter(|link| !pairs.iter().any(|pair| is_same(link, pair)))
            .map(|link| link.id)
            .collect();
        let made: Vec<&Pair> =
            pairs.iter().filter(|pair| !there.iter().any(|link| is_same(link, pair))).collect();
        self.decide(|tx| {
            for id in &ended {
                tx.execute("UPDATE link SET ended_at = ?2 WHERE id = ?1", params![i64::try_from(*id).unwrap_or(i64::MAX), at])?;
            }
            for pair in &made {
                tx.execute(
                    "INSERT INTO link (pipeline, stage, left, right, label, made_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                    params![pipeline, stage, pair.left, pair.right, pair.label, at],
                )?;
            }
            Ok(())
        })?;
        Ok((made.len(), ended.len()))
    }

    /// Accepts the first levels of all links of a transform that have none yet. Answers how many.
    ///
    /// # Errors
    /// As the store's own.
    pub fn accept_levels(
        &mut self,
        pipeline: &str,
        stage: &str,
        at: Instant,
    ) -> std::result::Result<usize, StoreError> {
        let mut accepted = 0;
        self.decide(|tx| {
            accepted = tx.execute(
                "UPDATE link SET levels_at = ?3
                 WHERE pipeline = ?1 AND stage = ?2 AND ended_at IS NULL AND levels_at IS NULL",
                params![pipeline, stage, at],
            )?;
            Ok(())
        })?;
        Ok(accepted)
    }
}

pub(super) fn of(
    db: &Connection,
    pipeline: &str,
    stage: &str,
    side: Side,
    owners: &[String],
) -> Result<Vec<Option<LinkRow>>> {
    let mut statement = db.prepare_cached(match side {
        Side::Left => {
            "SELECT * FROM link WHERE pipeline = ?1 AND stage = ?2 AND left = ?3 AND ended_at IS NULL"
        }
        Side::Right => {
            "SELECT * FROM link WHERE pipeline = ?1 AND stage = ?2 AND right = ?3 AND ended_at IS NULL"
        }
    })?;
    owners
        .iter()
        .map(|owner| statement.query_row(params![pipeline, stage, owner], link_row).optional())
        .collect()
}

fn link_row(row: &Row<'_>) -> Result<LinkRow> {
    Ok(LinkRow {
        id: row.get::<_, i64>("id")?.unsigned_abs(),
        left: row.get("left")?,
        right: row.get("right")?,
        label: row.get("label")?,
        made_at: row.get("made_at")?,
        levels_at: row.get("levels_at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    fn pair(left: &str, right: &str) -> Pair {
        Pair { left: left.to_owned(), right: right.to_owned(), label: "MUG".to_owned() }
    }

    fn at_left(store: &SqliteStore, owner: &str) -> Option<LinkRow> {
        store.links("p", "stock", Side::Left, &[owner.to_owned()]).unwrap().remove(0)
    }

    #[test]
    fn a_pair_that_is_made_anew_is_another_one() {
        let mut store = SqliteStore::in_memory().unwrap();
        assert_eq!(
            store.set_links("p", "stock", &[pair("1", "a"), pair("2", "b")], 10).unwrap(),
            (2, 0)
        );
        let first = at_left(&store, "1").unwrap();
        assert_eq!(store.set_links("p", "stock", &[pair("2", "b")], 20).unwrap(), (0, 1));
        assert_eq!(at_left(&store, "1"), None);
        assert_eq!(
            store.set_links("p", "stock", &[pair("1", "a"), pair("2", "b")], 30).unwrap(),
            (1, 0)
        );
        assert!(at_left(&store, "1").unwrap().id > first.id);
        let right =
            store.links("p", "stock", Side::Right, &["b".to_owned(), "c".to_owned()]).unwrap();
        assert_eq!(right[0].as_ref().map(|link| link.left.as_str()), Some("2"));
        assert_eq!(right[1], None);
    }

    #[test]
    fn a_counter_is_in_one_pair_at_most() {
        let mut store = SqliteStore::in_memory().unwrap();
        store.set_links("p", "stock", &[pair("1", "a")], 10).unwrap();
        assert!(store.set_links("p", "stock", &[pair("1", "a"), pair("2", "a")], 20).is_err());
        assert_eq!(store.all_links("p", "stock").unwrap().len(), 1);
    }

    #[test]
    fn first_levels_are_accepted_once() {
        let mut store = SqliteStore::in_memory().unwrap();
        store.set_links("p", "stock", &[pair("1", "a")], 10).unwrap();
        assert_eq!(at_left(&store, "1").unwrap().levels_at, None);
        let plan = store.copy_in_memory().unwrap();
        assert!(at_left(&plan, "1").unwrap().levels_at.is_some(), "a plan shows them");
        assert_eq!(store.accept_levels("p", "stock", 20).unwrap(), 1);
        assert_eq!(store.accept_levels("p", "stock", 30).unwrap(), 0);
        assert_eq!(at_left(&store, "1").unwrap().levels_at, Some(20));
    }
}
