//! What the last runs did.

use rusqlite::{OptionalExtension, Result, Row, params};

use super::SqliteStore;
use super::commit::run;
use crate::store::{RunRow, StoreError};

/// Runs that are kept of each pipeline. One that follows begins several a minute, of most of which nothing comes.
const RUNS_MAX: i64 = 100;

impl SqliteStore {
    /// Keeps what a run did. Where nothing came of it and of the one before it, it takes that one's place.
    ///
    /// # Errors
    /// As the store's own. What the run did is in the store all the same; only its numbers are not.
    pub fn keep_run(
        &mut self,
        pipeline: &str,
        row: &RunRow,
    ) -> std::result::Result<(), StoreError> {
        self.decide(|tx| {
            let last: Option<(i64, bool)> = tx
                .prepare_cached(
                    "SELECT number, idle FROM run WHERE pipeline = ?1 ORDER BY number DESC LIMIT 1",
                )?
                .query_row([pipeline], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            let number = match last {
                None => 1,
                Some((number, true)) if row.idle => number,
                Some((number, _)) => number + 1,
            };
            let (code, reason) = row.stop.as_ref().map(|(code, reason)| (code, reason)).unzip();
            run(
                tx,
                "INSERT OR REPLACE INTO run (pipeline, number, began_at, ended_at, idle, code, reason, stages)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                params![
                    pipeline, number, row.began_at, row.ended_at, row.idle, code, reason, row.stages
                ],
            )?;
            run(
                tx,
                "DELETE FROM run WHERE pipeline = ?1 AND number <= ?2",
                params![pipeline, number - RUNS_MAX],
            )
        })
    }

    /// The last run of a pipeline of which something came; where there is none, the last.
    ///
    /// # Errors
    /// As the store's own.
    pub fn last_run(&self, pipeline: &str) -> std::result::Result<Option<RunRow>, StoreError> {
        self.reading(|db| {
            db.prepare_cached(
                "SELECT * FROM run WHERE pipeline = ?1 ORDER BY idle, number DESC LIMIT 1",
            )?
            .query_row([pipeline], run_row)
            .optional()
        })
    }
}

fn run_row(row: &Row<'_>) -> Result<RunRow> {
    let code: Option<String> = row.get("code")?;
    let reason: Option<String> = row.get("reason")?;
    Ok(RunRow {
        began_at: row.get("began_at")?,
        ended_at: row.get("ended_at")?,
        idle: row.get("idle")?,
        stop: code.zip(reason),
        stages: row.get("stages")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(at: i64, idle: bool) -> RunRow {
        RunRow { began_at: at - 1, ended_at: at, idle, stop: None, stages: "{}".to_owned() }
    }

    fn count(store: &SqliteStore) -> i64 {
        store.connection.query_row("SELECT count(*) FROM run", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn the_last_runs_are_kept_and_those_of_which_nothing_came_are_one() {
        let mut store = SqliteStore::in_memory().unwrap();
        assert_eq!(store.last_run("p").unwrap(), None);
        store.keep_run("p", &ended(1, true)).unwrap();
        store.keep_run("p", &ended(2, true)).unwrap();
        assert_eq!(count(&store), 1);
        assert_eq!(store.last_run("p").unwrap(), Some(ended(2, true)));
        let failed = RunRow { stop: Some(("a".to_owned(), "b".to_owned())), ..ended(3, false) };
        store.keep_run("p", &failed).unwrap();
        store.keep_run("p", &ended(4, true)).unwrap();
        store.keep_run("p", &ended(5, true)).unwrap();
        assert_eq!((count(&store), store.last_run("p").unwrap()), (3, Some(failed)));
        for at in 6..300 {
            store.keep_run("p", &ended(at, false)).unwrap();
        }
        assert_eq!(count(&store), RUNS_MAX);
        assert_eq!(store.last_run("q").unwrap(), None);
    }
}
