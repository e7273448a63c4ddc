//! What the engine asks of the tables.

use rusqlite::{Connection, OptionalExtension, Result, Row, params};

use super::encode::{waiting_row, write_row};
use crate::contract::{Decimal, EffectStatus};
use crate::store::{
    CursorRow, Due, Earlier, EffectRow, KeyFate, Known, Mover, Recall, WaitingRow, WriteRow,
    WriteStatus,
};
use crate::time::Instant;

pub(super) fn cursors(db: &Connection, pipeline: &str) -> Result<Vec<CursorRow>> {
    db.prepare_cached(
        "SELECT source, origin, cursor, complete_to, at FROM cursor WHERE pipeline = ?1",
    )?
    .query_map([pipeline], |row| {
        let (source, origin, cursor) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(CursorRow { source, origin, cursor, complete_to: row.get(3)?, at: row.get(4)? })
    })?
    .collect()
}

pub(super) fn open_writes(db: &Connection, pipeline: &str) -> Result<Vec<WriteRow>> {
    db.prepare_cached(
        "SELECT * FROM journal WHERE pipeline = ?1
             AND status <> 'held' AND status <> 'concluded' AND status <> 'withdrawn' ORDER BY number",
    )?
    .query_map([pipeline], write_row)?
    .collect()
}

pub(super) fn last_number(db: &Connection, pipeline: &str) -> Result<i64> {
    db.query_row(
        "SELECT max(ifnull((SELECT max(number) FROM write WHERE pipeline = ?1), 0),
                    ifnull((SELECT max(number) FROM waiting WHERE pipeline = ?1), 0))",
        [pipeline],
        |row| row.get(0),
    )
}

pub(super) fn seen(
    db: &Connection,
    pipeline: &str,
    source: &str,
    entries: &[(&str, &str)],
) -> Result<Vec<bool>> {
    let mut statement = db.prepare_cached(
        "SELECT revision FROM seen WHERE pipeline = ?1 AND source = ?2 AND key = ?3",
    )?;
    entries
        .iter()
        .map(|(key, revision)| {
            let found: Option<String> =
                statement.query_row(params![pipeline, source, key], |row| row.get(0)).optional()?;
            Ok(found.as_deref() == Some(*revision))
        })
        .collect()
}

pub(super) fn recall(db: &Connection, destination: &str, keys: &[&str]) -> Result<Vec<Recall>> {
    let mut remote = db.prepare_cached(
        "SELECT r.id, r.revision, ifnull(r.memo, c.memo)
         FROM remote r LEFT JOIN write_content c ON c.id = r.content WHERE r.destination = ?1 AND r.key = ?2",
    )?;
    let mut open = db.prepare_cached(
        "SELECT w.number, w.status FROM write_key k JOIN write w ON w.pipeline = k.pipeline AND w.number = k.number
         WHERE k.destination = ?1 AND k.key = ?2 AND k.open = 1",
    )?;
    let mut diverted =
        db.prepare_cached("SELECT 1 FROM diverted WHERE destination = ?1 AND key = ?2")?;
    keys.iter()
        .map(|key| {
            let earlier = remote
                .query_row(params![destination, key], |row| {
                    Ok(Earlier { id: row.get(0)?, revision: row.get(1)?, memo: row.get(2)? })
                })
                .optional()?;
            let open = open
                .query_row(params![destination, key], |row| {
                    Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
                })
                .optional()?
                .and_then(|(number, word)| Some((number, WriteStatus::from_word(&word)?)));
            let is_diverted = diverted.exists(params![destination, key])?;
            Ok(Recall { earlier, open, is_diverted, movers: Vec::new(), rested_at: None })
        })
        .collect()
}

pub(super) fn movers(db: &Connection, account: &str, owners: &[&str]) -> Result<Vec<Vec<Mover>>> {
    let mut movers = db.prepare_cached(
        "SELECT e.number, w.status, k.key
         FROM effect e JOIN write w ON w.pipeline = e.pipeline AND w.number = e.number
             JOIN write_key k ON k.pipeline = e.pipeline AND k.number = e.number AND k.position = e.position
         WHERE e.counter = (SELECT id FROM counter WHERE account = ?1 AND owner = ?2)
             AND e.sequence IS NULL AND k.open = 1
         ORDER BY e.id",
    )?;
    owners
        .iter()
        .map(|owner| {
            let rows = movers.query_map(params![account, owner], |row| {
                Ok((row.get(0)?, row.get::<_, String>(1)?, row.get(2)?))
            })?;
            let mover = |row: Result<(i64, String, String)>| match row {
                Ok((number, word, key)) => {
                    WriteStatus::from_word(&word).map(|status| Ok(Mover { number, status, key }))
                }
                Err(error) => Some(Err(error)),
            };
            rows.filter_map(mover).collect()
        })
        .collect()
}

/// What a plan counts as done without having sent it is in no counter, and what was found there moved none.
pub(super) fn rested(
    db: &Connection,
    account: &str,
    owners: &[&str],
) -> Result<Vec<Option<Instant>>> {
    let mut last = db.prepare_cached(
        "SELECT e.settled_at + json_extract(c.write, '$.settle_ms')
         FROM effect e JOIN write w ON w.pipeline = e.pipeline AND w.number = e.number
             JOIN write_content c ON c.id = w.content
         WHERE e.counter = (SELECT id FROM counter WHERE account = ?1 AND owner = ?2)
             AND e.sequence IS NOT NULL AND e.void = 0 AND w.sent_at IS NOT NULL
         ORDER BY e.sequence DESC LIMIT 1",
    )?;
    owners
        .iter()
        .map(|owner| last.query_row(params![account, owner], |row| row.get(0)).optional())
        .collect()
}

pub(super) fn fates(
    db: &Connection,
    pipeline: &str,
    destinations: &[String],
    keys: &[&str],
) -> Result<Vec<KeyFate>> {
    let mut remote =
        db.prepare_cached("SELECT id FROM remote WHERE destination = ?1 AND key = ?2")?;
    let mut open = db.prepare_cached("SELECT 1 FROM write_key WHERE key = ?1 AND open = 1")?;
    // An attempt that is still on its way counts for more than one that was refused.
    let mut waiting = db.prepare_cached(
        "SELECT kind, reason FROM waiting WHERE key = ?1 AND (pipeline = ?2 OR kind <> 'dead')
         ORDER BY kind = 'dead' LIMIT 1",
    )?;
    keys.iter()
        .map(|key| {
            for destination in destinations {
                let id: Option<String> =
                    remote.query_row(params![destination, key], |row| row.get(0)).optional()?;
                if let Some(id) = id {
                    return Ok(KeyFate::Applied { id });
                }
            }
            if open.exists([key])? {
                return Ok(KeyFate::Pending);
            }
            let found: Option<(String, String)> = waiting
                .query_row(params![key, pipeline], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            Ok(match found {
                Some((kind, reason)) if kind == "dead" => KeyFate::Refused { reason },
                Some(_) => KeyFate::Pending,
                None => KeyFate::Absent,
            })
        })
        .collect()
}

pub(super) fn known_version(db: &Connection, destination: &str) -> Result<Option<u64>> {
    let version: Option<i64> = db
        .prepare_cached(
            "SELECT max(version) FROM remote WHERE destination = ?1 AND version IS NOT NULL",
        )?
        .query_row([destination], |row| row.get(0))?;
    Ok(version.and_then(|version| u64::try_from(version).ok()))
}

pub(super) fn causes_taken(
    db: &Connection,
    account: &str,
    causes: &[(&str, &str)],
) -> Result<Vec<bool>> {
    let mut statement = db.prepare_cached(
        "SELECT 1 FROM effect WHERE cause = ?3 AND void = 0
             AND counter = (SELECT id FROM counter WHERE account = ?1 AND owner = ?2)",
    )?;
    causes.iter().map(|(owner, cause)| statement.exists(params![account, owner, cause])).collect()
}

pub(super) fn due(db: &Connection, pipeline: &str, known: &Known, limit: usize) -> Result<Due> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut rows: Vec<WaitingRow> = db
        .prepare_cached(
            "SELECT * FROM waiting WHERE pipeline = ?1 AND kind IN ('due', 'reread') AND until <= ?2
             ORDER BY until, number LIMIT ?3",
        )?
        .query_map(params![pipeline, known.now, limit], waiting_row)?
        .collect::<Result<_>>()?;
    for name in gates(db, pipeline, "switch")? {
        if !known.off.contains(&name) {
            rows.extend(behind(
                db,
                pipeline,
                &Gate { kind: "switch", name: &name, until: known.now },
                limit - count(&rows),
            )?);
        }
    }
    let mut horizons = Vec::new();
    for name in gates(db, pipeline, "horizon")? {
        let sources: Vec<String> = serde_json::from_str(&name).unwrap_or_default();
        let known_up_to = known_up_to(known, &sources);
        if let Some(until) = beyond(db, pipeline, &name, known_up_to)? {
            horizons.push((sources, until));
        }
        if let Some(until) = known_up_to {
            rows.extend(behind(
                db,
                pipeline,
                &Gate { kind: "horizon", name: &name, until },
                limit - count(&rows),
            )?);
        }
    }
    let next: Option<Instant> = db
        .prepare_cached(
            "SELECT min(until) FROM waiting WHERE pipeline = ?1 AND kind IN ('due', 'reread') AND until > ?2",
        )?
        .query_row(params![pipeline, known.now], |row| row.get(0))?;
    Ok(Due { rows, next, horizons })
}

/// The first instant beyond what is known that is waited for before this gate.
fn beyond(
    db: &Connection,
    pipeline: &str,
    name: &str,
    known_up_to: Option<Instant>,
) -> Result<Option<Instant>> {
    db.prepare_cached(
        "SELECT min(until) FROM waiting WHERE pipeline = ?1 AND kind NOT IN ('due', 'reread')
             AND kind = 'horizon' AND on_name = ?2 AND until > ?3",
    )?
    .query_row(params![pipeline, name, known_up_to.unwrap_or(Instant::MIN)], |row| row.get(0))
}

/// The gate after a given one.
const NEXT_GATE: &str = "SELECT min(on_name) FROM waiting
    WHERE pipeline = ?1 AND kind NOT IN ('due', 'reread') AND kind = ?2 AND on_name > ?3";

/// Those that stand before a gate and may go on.
const BEHIND: &str = "SELECT * FROM waiting
    WHERE pipeline = ?1 AND kind NOT IN ('due', 'reread') AND kind = ?2 AND on_name = ?3 AND until <= ?4
    ORDER BY until, number LIMIT ?5";

/// What entries of one kind wait for together.
struct Gate<'a> {
    kind: &'a str,
    name: &'a str,
    /// Those may go on that wait for no later instant.
    until: Instant,
}

/// The different gates before which entries wait. However many wait, only their names are looked at.
fn gates(db: &Connection, pipeline: &str, kind: &str) -> Result<Vec<String>> {
    let mut next = db.prepare_cached(NEXT_GATE)?;
    let mut names: Vec<String> = Vec::new();
    loop {
        let last = names.last().map_or("", String::as_str);
        let found: Option<String> =
            next.query_row(params![pipeline, kind, last], |row| row.get(0))?;
        match found {
            Some(name) => names.push(name),
            None => return Ok(names),
        }
    }
}

fn behind(db: &Connection, pipeline: &str, gate: &Gate<'_>, limit: i64) -> Result<Vec<WaitingRow>> {
    db.prepare_cached(BEHIND)?
        .query_map(params![pipeline, gate.kind, gate.name, gate.until, limit.max(0)], waiting_row)?
        .collect()
}

/// Up to when all of these sources are known. Those that are no longer in the file do not count.
fn known_up_to(known: &Known, sources: &[String]) -> Option<Instant> {
    let there = known.horizons.iter().filter(|(source, _)| sources.contains(source));
    there
        .map(|(_, horizon)| *horizon)
        .try_fold(Instant::MAX, |least, horizon| Some(least.min(horizon?)))
}

fn count(rows: &[WaitingRow]) -> i64 {
    i64::try_from(rows.len()).unwrap_or(i64::MAX)
}

pub(super) fn state(
    db: &Connection,
    pipeline: &str,
    stage: &str,
    keys: &[String],
) -> Result<Vec<Option<Vec<u8>>>> {
    let mut statement = db.prepare_cached(
        "SELECT value FROM state WHERE pipeline = ?1 AND stage = ?2 AND key = ?3",
    )?;
    keys.iter()
        .map(|key| statement.query_row(params![pipeline, stage, key], |row| row.get(0)).optional())
        .collect()
}

pub(super) fn effects(
    db: &Connection,
    account: &str,
    owner: &str,
    after: u64,
) -> Result<Vec<EffectRow>> {
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let mut settled = db.prepare_cached(
        "SELECT id, sequence, units, scale, cause, void, settled_at, version, NULL AS status
         FROM effect WHERE counter = (SELECT id FROM counter WHERE account = ?1 AND owner = ?2) AND sequence > ?3
         ORDER BY sequence",
    )?;
    let mut open = db.prepare_cached(
        "SELECT e.id, 0 AS sequence, e.units, e.scale, e.cause, 0 AS void, NULL AS settled_at, NULL AS version,
             ifnull(w.status, 'unknown') AS status
         FROM effect e LEFT JOIN write w ON w.pipeline = e.pipeline AND w.number = e.number
         WHERE e.counter = (SELECT id FROM counter WHERE account = ?1 AND owner = ?2) AND e.sequence IS NULL
         ORDER BY e.id",
    )?;
    let settled = settled.query_map(params![account, owner, after], |row| effect(row, owner))?;
    let open = open.query_map(params![account, owner], |row| effect(row, owner))?;
    settled.chain(open).collect()
}

fn effect(row: &Row<'_>, owner: &str) -> Result<EffectRow> {
    let of_write: Option<String> = row.get("status")?;
    let status = match of_write.as_deref().map(WriteStatus::from_word) {
        None if row.get("void")? => EffectStatus::Void,
        None => EffectStatus::Applied,
        // A plan counts as done what it has not sent.
        Some(Some(WriteStatus::Planned | WriteStatus::Concluded)) => EffectStatus::Expected,
        Some(Some(WriteStatus::Sent)) => EffectStatus::Sent,
        Some(_) => EffectStatus::Unknown,
    };
    Ok(EffectRow {
        id: row.get::<_, i64>("id")?.unsigned_abs(),
        sequence: row.get::<_, i64>("sequence")?.unsigned_abs(),
        owner: owner.to_owned(),
        delta: Decimal { units: row.get("units")?, scale: row.get("scale")? },
        cause: row.get("cause")?,
        status,
        settled_at: row.get("settled_at")?,
        version: row.get::<_, Option<i64>>("version")?.map(i64::unsigned_abs),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_entries_before_a_switch_are_not_looked_at_one_by_one() {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch(include_str!("schema.sql")).unwrap();
        for (sql, plan) in [
            (
                NEXT_GATE,
                "SEARCH waiting USING COVERING INDEX waiting_other (pipeline=? AND kind=? AND on_name>?)",
            ),
            (
                BEHIND,
                "SEARCH waiting USING INDEX waiting_other (pipeline=? AND kind=? AND on_name=? AND until<?)",
            ),
        ] {
            let mut explain = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let values: Vec<i64> = vec![0; explain.parameter_count()];
            let steps: Vec<String> = explain
                .query_map(rusqlite::params_from_iter(values), |row| row.get("detail"))
                .unwrap()
                .collect::<Result<_>>()
                .unwrap();
            assert_eq!(steps, [plan], "{sql}");
        }
    }
}
