//! What the engine asks of the tables.

use rusqlite::{Connection, OptionalExtension, Result, params};

use super::encode::{from_json, waiting_row, write_row};
use crate::contract::EffectStatus;
use crate::store::{CursorRow, Earlier, EffectRow, KeyFate, Known, Recall, WaitingKind, WaitingRow, WriteRow, WriteStatus};
use crate::time::Instant;

pub(super) fn cursors(db: &Connection, pipeline: &str) -> Result<Vec<CursorRow>> {
    db.prepare_cached("SELECT source, cursor, complete_to FROM cursor WHERE pipeline = ?1")?
        .query_map([pipeline], |row| {
            Ok(CursorRow { source: row.get(0)?, cursor: row.get(1)?, complete_to: row.get(2)? })
        })?
        .collect()
}

pub(super) fn open_writes(db: &Connection, pipeline: &str) -> Result<Vec<WriteRow>> {
    db.prepare_cached(
        "SELECT * FROM write WHERE pipeline = ?1 AND status IN ('planned', 'sent', 'unknown') ORDER BY number",
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

pub(super) fn seen(db: &Connection, pipeline: &str, source: &str, entries: &[(&str, &str)]) -> Result<Vec<bool>> {
    let mut statement =
        db.prepare_cached("SELECT revision FROM seen WHERE pipeline = ?1 AND source = ?2 AND key = ?3")?;
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
    let mut remote = db.prepare_cached("SELECT id, revision, memo FROM remote WHERE destination = ?1 AND key = ?2")?;
    let mut open = db.prepare_cached(
        "SELECT w.number, w.status FROM write_key k JOIN write w ON w.pipeline = k.pipeline AND w.number = k.number
         WHERE k.destination = ?1 AND k.key = ?2 AND k.open = 1",
    )?;
    keys.iter()
        .map(|key| {
            let earlier = remote
                .query_row(params![destination, key], |row| {
                    Ok(Earlier { id: row.get(0)?, revision: row.get(1)?, memo: row.get(2)? })
                })
                .optional()?;
            let open = open
                .query_row(params![destination, key], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))
                .optional()?
                .and_then(|(number, word)| Some((number, WriteStatus::from_word(&word)?)));
            Ok(Recall { earlier, open })
        })
        .collect()
}

pub(super) fn fates(db: &Connection, pipeline: &str, destinations: &[String], keys: &[&str]) -> Result<Vec<KeyFate>> {
    let mut remote = db.prepare_cached("SELECT id FROM remote WHERE destination = ?1 AND key = ?2")?;
    let mut dead = db.prepare_cached(
        "SELECT reason FROM waiting WHERE key = ?1 AND pipeline = ?2 AND kind = 'dead' LIMIT 1",
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
            let reason: Option<String> = dead.query_row(params![key, pipeline], |row| row.get(0)).optional()?;
            Ok(reason.map_or(KeyFate::Pending, |reason| KeyFate::Refused { reason }))
        })
        .collect()
}

pub(super) fn known_version(db: &Connection, destination: &str) -> Result<Option<u64>> {
    let version: Option<i64> = db
        .prepare_cached("SELECT max(version) FROM remote WHERE destination = ?1 AND version IS NOT NULL")?
        .query_row([destination], |row| row.get(0))?;
    Ok(version.and_then(|version| u64::try_from(version).ok()))
}

pub(super) fn causes_taken(db: &Connection, account: &str, causes: &[(&str, &str)]) -> Result<Vec<bool>> {
    let mut statement = db.prepare_cached(
        "SELECT 1 FROM effect WHERE account = ?1 AND owner = ?2 AND cause = ?3 AND status <> 'void'",
    )?;
    causes.iter().map(|(owner, cause)| statement.exists(params![account, owner, cause])).collect()
}

pub(super) fn due(
    db: &Connection,
    pipeline: &str,
    known: &Known,
    limit: usize,
) -> Result<(Vec<WaitingRow>, Option<Instant>)> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut rows: Vec<WaitingRow> = db
        .prepare_cached(
            "SELECT * FROM waiting WHERE pipeline = ?1 AND kind IN ('due', 'reread') AND until <= ?2
             ORDER BY until, number LIMIT ?3",
        )?
        .query_map(params![pipeline, known.now, limit], waiting_row)?
        .collect::<Result<_>>()?;
    let mut others = db.prepare_cached(
        "SELECT * FROM waiting WHERE pipeline = ?1 AND kind NOT IN ('due', 'reread') AND kind = ?2 ORDER BY number",
    )?;
    for kind in ["switch", "horizon"] {
        let mut found = others.query(params![pipeline, kind])?;
        while let Some(row) = found.next()? {
            if i64::try_from(rows.len()).unwrap_or(i64::MAX) >= limit {
                break;
            }
            let row = waiting_row(row)?;
            let ready = match &row.kind {
                WaitingKind::Switch { name } => known.on.contains(name),
                WaitingKind::Horizon { sources, until } => sources.iter().all(|source| {
                    known.horizons.iter().any(|(known, horizon)| known == source && horizon >= until)
                }),
                _ => false,
            };
            if ready {
                rows.push(row);
            }
        }
    }
    let next: Option<Instant> = db
        .prepare_cached(
            "SELECT min(until) FROM waiting WHERE pipeline = ?1 AND kind IN ('due', 'reread') AND until > ?2",
        )?
        .query_row(params![pipeline, known.now], |row| row.get(0))?;
    Ok((rows, next))
}

pub(super) fn state(db: &Connection, pipeline: &str, stage: &str, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>> {
    let mut statement = db.prepare_cached("SELECT value FROM state WHERE pipeline = ?1 AND stage = ?2 AND key = ?3")?;
    keys.iter().map(|key| statement.query_row(params![pipeline, stage, key], |row| row.get(0)).optional()).collect()
}

pub(super) fn effects(db: &Connection, account: &str, owner: &str, after: u64) -> Result<Vec<EffectRow>> {
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    db.prepare_cached(
        "SELECT id, sequence, owner, delta, cause, status, settled_at, version FROM effect
         WHERE account = ?1 AND owner = ?2 AND sequence > ?3 ORDER BY sequence",
    )?
    .query_map(params![account, owner, after], |row| {
        let status: String = row.get("status")?;
        Ok(EffectRow {
            id: row.get::<_, i64>("id")?.unsigned_abs(),
            sequence: row.get::<_, i64>("sequence")?.unsigned_abs(),
            owner: row.get("owner")?,
            delta: from_json(row, "delta")?,
            cause: row.get("cause")?,
            status: match status.as_str() {
                "expected" => EffectStatus::Expected,
                "sent" => EffectStatus::Sent,
                "applied" => EffectStatus::Applied,
                "unknown" => EffectStatus::Unknown,
                _ => EffectStatus::Void,
            },
            settled_at: row.get("settled_at")?,
            version: row.get::<_, Option<i64>>("version")?.map(i64::unsigned_abs),
        })
    })?
    .collect()
}
