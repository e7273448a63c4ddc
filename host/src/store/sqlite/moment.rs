//! What a run asked for, as the store had it when the run began: the part of the store that a recording takes along.

use std::cell::RefCell;
use std::collections::BTreeSet;

use rusqlite::types::{Value as Sql, ValueRef};
use rusqlite::{Connection, Params, Result, ToSql, params, params_from_iter};
use serde_json::{Map, Value, json};

use super::SqliteStore;
use crate::store::{StoreError, StoredRow};

/// The tables of which rows are taken along, each after those that it refers to.
const TABLES: [&str; 13] = [
    "cursor",
    "seen",
    "remote",
    "diverted",
    "write",
    "write_content",
    "waiting",
    "waiting_on",
    "state",
    "counter",
    "effect",
    "settled",
    "link",
];

/// What was asked for by name since it was begun to be noted.
#[derive(Debug, Default)]
pub struct Asked {
    /// Source and key.
    entries: BTreeSet<(String, String)>,
    /// Destination and key.
    remotes: BTreeSet<(String, String)>,
    /// Account and owner.
    counters: BTreeSet<(String, String)>,
    /// Stage and key.
    state: BTreeSet<(String, String)>,
    /// Destinations.
    versions: BTreeSet<String>,
}

impl Asked {
    pub(super) fn entries(&mut self, source: &str, entries: &[(&str, &str)]) {
        add(&mut self.entries, source, entries.iter().map(|(key, _)| *key));
    }

    pub(super) fn remotes(&mut self, destination: &str, keys: &[&str]) {
        add(&mut self.remotes, destination, keys.iter().copied());
    }

    pub(super) fn counters<'a>(
        &mut self,
        account: &str,
        owners: impl IntoIterator<Item = &'a str>,
    ) {
        add(&mut self.counters, account, owners);
    }

    pub(super) fn state(&mut self, stage: &str, keys: &[String]) {
        add(&mut self.state, stage, keys.iter().map(String::as_str));
    }

    pub(super) fn version(&mut self, destination: &str) {
        self.versions.insert(destination.to_owned());
    }
}

fn add<'a>(
    asked: &mut BTreeSet<(String, String)>,
    of: &str,
    names: impl IntoIterator<Item = &'a str>,
) {
    asked.extend(names.into_iter().map(|name| (of.to_owned(), name.to_owned())));
}

/// The store as it was at one moment, whatever became of it since.
#[derive(Debug)]
pub struct Moment {
    store: SqliteStore,
}

impl SqliteStore {
    /// Keeps hold of what the store has now, and notes from now on what it is asked for.
    ///
    /// # Errors
    /// As the store's own.
    pub fn moment(&mut self) -> std::result::Result<Moment, StoreError> {
        self.asked = Some(RefCell::default());
        let store =
            if self.is_in_memory() { self.copy_in_memory()? } else { Self::look(&self.file)? };
        // A transaction that only reads sees the file as it is at its first look.
        store
            .connection
            .execute_batch("BEGIN; SELECT count(*) FROM cursor;")
            .map_err(|error| store.said(&error))?;
        Ok(Moment { store })
    }

    /// What was asked for since [`Self::moment`].
    pub fn asked(&mut self) -> Asked {
        self.asked.take().map(RefCell::into_inner).unwrap_or_default()
    }

    pub(super) fn note(&self, note: impl FnOnce(&mut Asked)) {
        if let Some(asked) = &self.asked {
            note(&mut asked.borrow_mut());
        }
    }

    /// Puts rows into a new store. Those of the pipeline `of` are those of `now` in it: its file may have another name.
    ///
    /// # Errors
    /// The position of the first row that does not fit, and why.
    pub fn put_rows(
        &mut self,
        (of, now): (&str, &str),
        rows: &[StoredRow],
    ) -> std::result::Result<(), (usize, String)> {
        let transaction = self.connection.transaction().map_err(|error| (0, error.to_string()))?;
        for (position, row) in rows.iter().enumerate() {
            put(&transaction, (of, now), row).map_err(|reason| (position, reason))?;
        }
        transaction.commit().map_err(|error| (0, error.to_string()))
    }
}

impl Moment {
    /// The rows that a run needs which asks for this, and how many of its writes were open: those are not among them.
    ///
    /// # Errors
    /// As the store's own.
    pub fn rows(
        &self,
        pipeline: &str,
        asked: &Asked,
    ) -> std::result::Result<(Vec<StoredRow>, u64), StoreError> {
        let db = &self.store.connection;
        rows(db, pipeline, asked)
            .and_then(|rows| Ok((rows, open(db, pipeline)?)))
            .map_err(|error| self.store.said(&error))
    }
}

fn open(db: &Connection, pipeline: &str) -> Result<u64> {
    db.query_row(
        "SELECT count(DISTINCT number) FROM write_key WHERE pipeline = ?1 AND open = 1",
        [pipeline],
        |row| row.get::<_, i64>(0),
    )
    .map(i64::unsigned_abs)
}

fn rows(db: &Connection, pipeline: &str, asked: &Asked) -> Result<Vec<StoredRow>> {
    let mut rows = Vec::new();
    let mut take = |table: &str, of: &str, values: &[&dyn ToSql]| {
        // Of a write that is not taken along, its memo is.
        let all = match table {
            "remote" => {
                "destination, key, t.id, revision, token, version, ifnull(t.memo, c.memo) AS memo, at
                 FROM remote t LEFT JOIN write_content c ON c.id = t.content"
            }
            table => &format!("t.* FROM {table} t"),
        };
        select(db, table, &format!("SELECT {all} {of}"), values, &mut rows)
    };
    take("cursor", "WHERE pipeline = ?1 ORDER BY source", &[&pipeline])?;
    for (source, key) in &asked.entries {
        let of = "WHERE pipeline = ?1 AND source = ?2 AND key = ?3";
        take("seen", of, &[&pipeline, source, key])?;
    }
    for (destination, key) in &asked.remotes {
        take("remote", "WHERE destination = ?1 AND key = ?2", &[destination, key])?;
        take("diverted", "WHERE destination = ?1 AND key = ?2", &[destination, key])?;
    }
    for destination in &asked.versions {
        let of = "WHERE destination = ?1 AND version IS NOT NULL ORDER BY version DESC LIMIT 1";
        take("remote", of, &[destination])?;
    }
    for (account, owner) in &asked.counters {
        let of = "JOIN counter c ON t.counter = c.id WHERE c.account = ?1 AND c.owner = ?2
            AND t.sequence IS NOT NULL";
        take("counter", "WHERE account = ?1 AND owner = ?2", &[account, owner])?;
        take("effect", &format!("{of} ORDER BY t.id"), &[account, owner])?;
        take("settled", "", &[])?;
    }
    for (stage, key) in &asked.state {
        let of = "WHERE pipeline = ?1 AND stage = ?2 AND key = ?3";
        take("state", of, &[&pipeline, stage, key])?;
    }
    take("waiting", "WHERE pipeline = ?1 ORDER BY number", &[&pipeline])?;
    take("waiting_on", "WHERE pipeline = ?1 ORDER BY number, key", &[&pipeline])?;
    take("link", "WHERE pipeline = ?1 AND ended_at IS NULL ORDER BY id", &[&pipeline])?;
    for (account, owner) in &asked.counters {
        last_write(db, account, owner, &mut rows)?;
    }
    // A destination's highest version may be that of a key that was asked for too, and one write moves several counters.
    let mut known = BTreeSet::new();
    rows.retain(|row| known.insert(serde_json::to_string(row).unwrap_or_default()));
    let place = |row: &StoredRow| TABLES.iter().position(|table| *table == row.table);
    rows.sort_by_key(place);
    Ok(rows)
}

/// Of the write that last moved a counter, what the ledger tells of it: when it left, and how long it takes to be seen.
fn last_write(
    db: &Connection,
    account: &str,
    owner: &str,
    rows: &mut Vec<StoredRow>,
) -> Result<()> {
    const LAST: &str =
        "FROM effect e JOIN write w ON w.pipeline = e.pipeline AND w.number = e.number
        JOIN write_content c ON c.id = w.content
        WHERE e.counter = (SELECT id FROM counter WHERE account = ?1 AND owner = ?2)
            AND e.sequence IS NOT NULL AND e.void = 0 AND w.sent_at IS NOT NULL
        ORDER BY e.sequence DESC LIMIT 1";
    let write = format!(
        "SELECT w.pipeline, w.number, w.stage, w.destination, w.component, w.status, w.action, w.content,
             w.planned_at, w.not_before, w.sent_at, w.sends, w.probes, '[]' AS results {LAST}"
    );
    let content = format!(
        "SELECT c.id, '' AS summary, '{{}}' AS request, x'' AS memo,
             json_object('settle_ms', json_extract(c.write, '$.settle_ms')) AS write, '[]' AS intakes {LAST}"
    );
    select(db, "write", &write, params![account, owner], rows)?;
    select(db, "write_content", &content, params![account, owner], rows)
}

fn select(
    db: &Connection,
    table: &str,
    query: &str,
    values: impl Params,
    rows: &mut Vec<StoredRow>,
) -> Result<()> {
    let mut statement = db.prepare_cached(query)?;
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut found = statement.query(values)?;
    while let Some(row) = found.next()? {
        let mut values = Map::new();
        for (at, name) in names.iter().enumerate() {
            let value = told(row.get_ref(at)?);
            if !value.is_null() {
                values.insert(name.clone(), value);
            }
        }
        rows.push(StoredRow { table: table.to_owned(), values });
    }
    Ok(())
}

/// A value as people read it: JSON within texts and bytes as JSON, bytes that are no text in hexadecimal.
fn told(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => number.into(),
        ValueRef::Real(number) => number.into(),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => match serde_json::from_str::<Value>(text) {
                Ok(value @ (Value::Array(_) | Value::Object(_))) if !is_hexadecimal(&value) => {
                    value
                }
                _ => text.into(),
            },
            Err(_) => json!({ HEXADECIMAL: crate::record::hex(bytes) }),
        },
    }
}

const HEXADECIMAL: &str = "hexadecimal";

fn is_hexadecimal(value: &Value) -> bool {
    value.get(HEXADECIMAL).is_some()
}

fn put(
    db: &Connection,
    (of, now): (&str, &str),
    row: &StoredRow,
) -> std::result::Result<(), String> {
    let StoredRow { table, values } = row;
    if !TABLES.contains(&table.as_str()) {
        return Err(format!("`{table}` is none of {}", TABLES.join(", ")));
    }
    let columns = columns(db, table).map_err(|error| error.to_string())?;
    let (mut names, mut bound) = (Vec::new(), Vec::new());
    for (name, value) in values {
        let Some((_, is_bytes)) = columns.iter().find(|(column, _)| column == name) else {
            return Err(format!("`{table}` has no `{name}`"));
        };
        let is_renamed = name == "pipeline" && value == of;
        let value = if is_renamed { &Value::from(now) } else { value };
        names.push(name.as_str());
        bound.push(sql(value, *is_bytes).ok_or_else(|| format!("`{name}` has no such value"))?);
    }
    let marks = vec!["?"; names.len()].join(", ");
    // A new store has settled nothing yet, and says so in a row of its own.
    let insert = if table == "settled" { "REPLACE" } else { "INSERT" };
    let insert = format!("{insert} INTO {table} ({}) VALUES ({marks})", names.join(", "));
    db.prepare_cached(&insert)
        .and_then(|mut statement| statement.execute(params_from_iter(bound)))
        .map(drop)
        .map_err(|error| error.to_string())
}

/// The columns of a table, and whether each holds bytes.
fn columns(db: &Connection, table: &str) -> Result<Vec<(String, bool)>> {
    db.prepare_cached("SELECT name, type = 'BLOB' FROM pragma_table_info(?1)")?
        .query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

fn sql(value: &Value, is_bytes: bool) -> Option<Sql> {
    let text = match value {
        Value::Null => return Some(Sql::Null),
        Value::Bool(_) => return None,
        Value::Number(number) => return Some(Sql::Integer(number.as_i64()?)),
        Value::String(text) => text.clone(),
        Value::Object(_) if is_bytes && is_hexadecimal(value) => {
            let text = value.get(HEXADECIMAL)?.as_str()?;
            return Some(Sql::Blob(crate::record::from_hex(text)?));
        }
        Value::Array(_) | Value::Object(_) => value.to_string(),
    };
    Some(if is_bytes { Sql::Blob(text.into_bytes()) } else { Sql::Text(text) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Change, CursorRow, PIPELINE_LEASE, SeenRow, Store as _};

    fn commit(store: &mut SqliteStore, changes: &[Change]) {
        let lease = store.lease(&format!("{PIPELINE_LEASE}p"), 0, 1).unwrap();
        store.commit("p", std::slice::from_ref(&lease), changes).unwrap();
        store.release(&lease).unwrap();
    }

    fn seen(key: &str, revision: &str) -> Change {
        Change::Seen(SeenRow {
            source: "orders".to_owned(),
            key: key.to_owned(),
            revision: revision.to_owned(),
            label: None,
            outcome: "filtered".to_owned(),
            at: 1,
        })
    }

    fn state(key: &str, value: &[u8]) -> Change {
        let (stage, key, value) = ("rule".to_owned(), key.to_owned(), Some(value.to_vec()));
        Change::State { stage, key, value }
    }

    fn cursor(bytes: &[u8]) -> Change {
        let row = CursorRow {
            source: "orders".to_owned(),
            origin: "shop:7/orders".to_owned(),
            cursor: Some(bytes.to_vec()),
            complete_to: Some(5),
            at: 1,
        };
        Change::Cursor { row, entries: 0 }
    }

    #[test]
    fn what_was_asked_for_is_told_as_it_was_before_and_makes_a_store_that_answers_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = SqliteStore::open(&folder.path().join("store.db")).unwrap();
        let odd = [0xff, 0x00, 0x7b];
        let before = [
            cursor(&odd),
            seen("a", "1"),
            seen("b", "1"),
            state("json", br#"{"level": 12.50}"#),
            state("bytes", &odd),
            state("never", b"x"),
        ];
        commit(&mut store, &before);
        let moment = store.moment().unwrap();
        let keys = ["json", "bytes", "none"].map(str::to_owned);
        let asked = |store: &SqliteStore| {
            let seen = store.seen("p", "orders", &[("a", "1"), ("c", "1")]).unwrap();
            (seen, store.state("p", "rule", &keys).unwrap(), store.cursors("p").unwrap())
        };
        let known = asked(&store);
        commit(&mut store, &[cursor(b"later"), seen("a", "2"), state("json", b"{}")]);
        assert_ne!(asked(&store), known);

        let asked_for = store.asked();
        let (rows, open) = moment.rows("p", &asked_for).unwrap();
        assert_eq!(open, 0);
        let text = serde_json::to_string(&rows).unwrap();
        assert!(!text.contains("never") && !text.contains(r#""key":"b""#), "{text}");
        assert!(text.contains(r#""value":{"level":12.50}"#), "{text}");
        let mut other = SqliteStore::in_memory().unwrap();
        let rows: Vec<StoredRow> = serde_json::from_str(&text.replace(r#""p""#, r#""q""#)).unwrap();
        other.put_rows(("q", "p"), &rows).unwrap();
        let (seen, state, cursors) = asked(&other);
        assert_eq!((seen, cursors), (known.0, known.2));
        assert_eq!(state[1..], known.1[1..]);
        assert_eq!(state[0].as_deref(), Some(&br#"{"level":12.50}"#[..]));
    }

    #[test]
    fn a_row_that_does_not_fit_is_refused_with_its_position() {
        let row = |text: &str| serde_json::from_str::<StoredRow>(text).unwrap();
        let good = row(r#"{"table":"counter","values":{"id":1,"account":"a","owner":"o"}}"#);
        for (bad, reason) in [
            (r#"{"table":"lease","values":{}}"#, "`lease` is none of"),
            (r#"{"table":"counter","values":{"id":2,"nam\u0065) --":1}}"#, "`counter` has no"),
            (r#"{"table":"counter","values":{"id":2,"account":true}}"#, "has no such value"),
            (r#"{"table":"effect","values":{"id":2}}"#, "NOT NULL"),
        ] {
            let mut store = SqliteStore::in_memory().unwrap();
            let (position, said) =
                store.put_rows(("p", "p"), &[good.clone(), row(bad)]).unwrap_err();
            assert!(position == 1 && said.contains(reason), "{said}");
            assert!(
                store.put_rows(("p", "p"), std::slice::from_ref(&good)).is_ok(),
                "something was kept"
            );
        }
    }
}
