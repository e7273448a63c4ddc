//! Links between counters: what people accept and take back, and what rules ask of them.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Result, Row, Transaction, params};

use super::SqliteStore;
use super::checkpoints;
use crate::store::{LinkRow, Rewinding, Side, StoreError};
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
    /// there already stays what it is. What still waits of a link that ends is dropped.
    ///
    /// # Errors
    /// As the store's own; also where two pairs share a counter, and nothing is changed then.
    pub fn set_links(
        &mut self,
        pipeline: &str,
        stage: &str,
        pairs: &[Pair],
        at: Instant,
    ) -> std::result::Result<Relinked, StoreError> {
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
        let mut dropped = 0;
        self.decide(|tx| {
            dropped = end(tx, pipeline, &ended, at)?;
            made.iter().try_for_each(|pair| make(tx, pipeline, stage, pair, at))
        })?;
        Ok(Relinked { made: made.len(), ended: ended.len(), dropped })
    }

    /// Ends the links of a transform that have first levels, and makes each anew without them. What still waits of them
    /// is dropped. With `labels` only those that people call so.
    ///
    /// # Errors
    /// As the store's own.
    pub fn renew_links(
        &mut self,
        pipeline: &str,
        stage: &str,
        labels: &[String],
        at: Instant,
    ) -> std::result::Result<Relinked, StoreError> {
        let there = self.all_links(pipeline, stage)?;
        let is_meant = |link: &&LinkRow| {
            link.levels_at.is_some() && (labels.is_empty() || labels.contains(&link.label))
        };
        let renewed: Vec<&LinkRow> = there.iter().filter(is_meant).collect();
        let ended: Vec<u64> = renewed.iter().map(|link| link.id).collect();
        let mut dropped = 0;
        self.decide(|tx| {
            dropped = end(tx, pipeline, &ended, at)?;
            renewed.iter().try_for_each(|link| {
                let (left, right) = (link.left.clone(), link.right.clone());
                make(tx, pipeline, stage, &Pair { left, right, label: link.label.clone() }, at)
            })
        })?;
        let relinked = Relinked { made: renewed.len(), ended: renewed.len(), dropped };
        if labels.is_empty() {
            self.holder.forget_moved(pipeline);
        }
        Ok(relinked)
    }

    /// Accepts the first levels of all links of a transform that have none yet. Answers how many. These sources, which
    /// tell its levels, begin anew: a counter that nobody moves would else not be shown again.
    ///
    /// # Errors
    /// As the store's own.
    pub fn accept_levels(
        &mut self,
        pipeline: &str,
        stage: &str,
        sources: &[&str],
        at: Instant,
    ) -> std::result::Result<usize, StoreError> {
        let mut accepted = 0;
        self.decide(|tx| {
            for source in sources {
                let source = (*source).to_owned();
                checkpoints::rewind(tx, pipeline, &Rewinding { source, to: 0, cursor: None }, at)?;
            }
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

/// What became of links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Relinked {
    pub made: usize,
    pub ended: usize,
    /// Movements that waited and are not made any more.
    pub dropped: usize,
}

fn make(tx: &Transaction<'_>, pipeline: &str, stage: &str, pair: &Pair, at: Instant) -> Result<()> {
    tx.execute(
        "INSERT INTO link (pipeline, stage, left, right, label, made_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![pipeline, stage, pair.left, pair.right, pair.label, at],
    )
    .map(|_rows| ())
}

/// Ends links, and drops what waits of them, unless it may have been sent. Answers how many movements that are.
fn end(tx: &Transaction<'_>, pipeline: &str, ids: &[u64], at: Instant) -> Result<usize> {
    for id in ids {
        let id = i64::try_from(*id).unwrap_or(i64::MAX);
        tx.execute("UPDATE link SET ended_at = ?2 WHERE id = ?1", params![id, at])?;
    }
    let waiting: Vec<(i64, String)> = tx
        .prepare(
            "SELECT w.number, json_extract(a.value, '$.value')
             FROM waiting w, json_each(w.item, '$.entry.payload.StockChange.attributes') a
             WHERE w.pipeline = ?1 AND w.write IS NULL AND json_extract(a.value, '$.name') = 'link'",
        )?
        .query_map([pipeline], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_>>()?;
    let of_ended =
        waiting.iter().filter(|(_, link)| link.parse().is_ok_and(|link| ids.contains(&link)));
    let numbers: Vec<i64> = of_ended.map(|(number, _)| *number).collect();
    for number in &numbers {
        tx.execute(
            "DELETE FROM waiting_on WHERE pipeline = ?1 AND number = ?2",
            params![pipeline, number],
        )?;
        tx.execute(
            "DELETE FROM waiting WHERE pipeline = ?1 AND number = ?2",
            params![pipeline, number],
        )?;
    }
    Ok(numbers.len() + withdraw(tx, pipeline, ids)?)
}

/// Withdraws the planned writes that serve nothing but movements of ended links. Answers how many.
fn withdraw(tx: &Transaction<'_>, pipeline: &str, ids: &[u64]) -> Result<usize> {
    let served: Vec<(i64, Option<String>)> = tx
        .prepare(
            "SELECT w.number, json_extract(a.value, '$.value')
             FROM write w JOIN write_content c ON c.id = w.content, json_each(c.intakes) i
             LEFT JOIN json_each(i.value, '$.items[0].entry.payload.StockChange.attributes') a
                 ON json_extract(a.value, '$.name') = 'link'
             WHERE w.pipeline = ?1 AND w.status = 'planned'",
        )?
        .query_map([pipeline], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_>>()?;
    let is_ended = |link: &Option<String>| {
        link.as_ref().and_then(|link| link.parse().ok()).is_some_and(|link| ids.contains(&link))
    };
    let mut of_ended = BTreeMap::<i64, bool>::new();
    for (number, link) in &served {
        let all = of_ended.entry(*number).or_insert(true);
        *all &= is_ended(link);
    }
    let numbers: Vec<i64> = of_ended.into_iter().filter(|(_, all)| *all).map(|it| it.0).collect();
    for number in &numbers {
        super::commit::withdrawn(tx, pipeline, *number, "its link was ended")?;
    }
    Ok(numbers.len())
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

    fn relinked(made: usize, ended: usize) -> Relinked {
        Relinked { made, ended, dropped: 0 }
    }

    fn at_left(store: &SqliteStore, owner: &str) -> Option<LinkRow> {
        store.links("p", "stock", Side::Left, &[owner.to_owned()]).unwrap().remove(0)
    }

    #[test]
    fn a_pair_that_is_made_anew_is_another_one() {
        let mut store = SqliteStore::in_memory().unwrap();
        assert_eq!(
            store.set_links("p", "stock", &[pair("1", "a"), pair("2", "b")], 10).unwrap(),
            relinked(2, 0)
        );
        let first = at_left(&store, "1").unwrap();
        assert_eq!(store.set_links("p", "stock", &[pair("2", "b")], 20).unwrap(), relinked(0, 1));
        assert_eq!(at_left(&store, "1"), None);
        assert_eq!(
            store.set_links("p", "stock", &[pair("1", "a"), pair("2", "b")], 30).unwrap(),
            relinked(1, 0)
        );
        assert!(at_left(&store, "1").unwrap().id > first.id);
        let right =
            store.links("p", "stock", Side::Right, &["b".to_owned(), "c".to_owned()]).unwrap();
        assert_eq!(right[0].as_ref().map(|link| link.left.as_str()), Some("2"));
        assert_eq!(right[1], None);
    }

    /// Pattern 8: the store refuses a second pair of one counter.
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
        assert_eq!(store.accept_levels("p", "stock", &[], 20).unwrap(), 1);
        assert_eq!(store.accept_levels("p", "stock", &[], 30).unwrap(), 0);
        assert_eq!(at_left(&store, "1").unwrap().levels_at, Some(20));
    }

    #[test]
    fn a_link_that_is_renewed_is_another_one_without_first_levels() {
        let mut store = SqliteStore::in_memory().unwrap();
        let other = Pair { label: "CUP".to_owned(), ..pair("2", "b") };
        store.set_links("p", "stock", &[pair("1", "a"), other], 10).unwrap();
        let first = at_left(&store, "1").unwrap();
        let renewed = |store: &mut SqliteStore, labels: &[&str]| {
            let labels: Vec<String> = labels.iter().map(|label| (*label).to_owned()).collect();
            store.renew_links("p", "stock", &labels, 30).unwrap()
        };
        assert_eq!(renewed(&mut store, &[]), relinked(0, 0), "there are no levels to be renewed");
        store.accept_levels("p", "stock", &[], 20).unwrap();
        assert_eq!(renewed(&mut store, &["CUP"]), relinked(1, 1));
        assert_eq!(at_left(&store, "1").unwrap().levels_at, Some(20));
        assert_eq!(renewed(&mut store, &[]), relinked(1, 1));
        let anew = at_left(&store, "1").unwrap();
        assert!(anew.id > first.id && anew.levels_at.is_none());
        assert_eq!((anew.right.as_str(), anew.label.as_str()), ("a", "MUG"));
    }
}
