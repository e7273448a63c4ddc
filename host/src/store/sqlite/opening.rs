//! What is refused as a store, before anything in it is changed.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::{APPLICATION_ID, BUSY_TIMEOUT_MS, LAYOUT, said};
use crate::store::StoreError;

/// A file up to this size is checked whole whenever a run opens it, a larger one where the last process did not end of
/// its own accord. A check reads the whole file: a third of a second for 50,000 orders, which are 260 MB.
const CHECKED_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// The head of the smallest page that a SQLite file may have, in bytes.
const HEAD_BYTES: u64 = 512;

/// What every SQLite file begins with.
const MARK: &[u8] = b"SQLite format 3\0";

/// How closely a file is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// Whether it is a store.
    AtItsHead,
    /// Also whether each page of it is sound, and each index has what its table has.
    AtEachPage,
}

/// The look that a run takes at a file.
pub(super) fn look_of_a_run(file: &Path) -> Look {
    let is_small = size(file).is_none_or(|bytes| bytes <= CHECKED_BYTES_MAX);
    match is_small || size(&beside(file, "-wal")).is_some_and(|bytes| bytes > 0) {
        true => Look::AtEachPage,
        false => Look::AtItsHead,
    }
}

/// Refuses a file that SQLite would take for a new one, though a store has been there: it writes its tables into one
/// that is cut within its head, and throws away the log beside an empty one, in which the last commits may be.
///
/// A file is empty for a moment when it is made. Then there is no log yet, and nobody has held a lease on it.
pub(super) fn refuse_cut(file: &Path) -> Result<(), StoreError> {
    let name = file.display().to_string();
    let log = beside(file, "-wal");
    let found = match size(file) {
        None => "it is gone",
        Some(0) => "it is empty",
        Some(bytes) if bytes < HEAD_BYTES => return Err(cut_within_its_head(file, name)),
        Some(_) => return Ok(()),
    };
    let reason = if size(&log).is_some_and(|bytes| bytes > 0) {
        format!("{found}, and its log `{}` is not", log.display())
    } else if found == "it is empty" && was_held(file) {
        format!("{found}, and has been written before")
    } else {
        return Ok(());
    };
    Err(StoreError::Damaged { file: name, reason })
}

#[allow(clippy::disallowed_methods, reason = "the store is one of the places that may touch files")]
fn cut_within_its_head(file: &Path, name: String) -> StoreError {
    let head = std::fs::read(file).unwrap_or_default();
    let marked = &head[..head.len().min(MARK.len())];
    match MARK.starts_with(marked) {
        true => StoreError::Damaged { file: name, reason: "it ends within its head".to_owned() },
        false => StoreError::Foreign { file: name, reason: "it is not a SQLite file".to_owned() },
    }
}

/// The right to make a store where there is none, until it is dropped. Whoever comes second waits here. Where nothing can
/// be locked, nobody waits.
#[allow(clippy::disallowed_methods, reason = "the store is one of the places that may touch files")]
pub(super) fn making(file: &Path) -> Option<File> {
    if size(file).is_some_and(|bytes| bytes > 0) {
        return None;
    }
    let lock = File::create(beside(file, "-making")).ok()?;
    lock.lock().ok()?;
    Some(lock)
}

/// The size of a file, if it is there.
fn size(file: &Path) -> Option<u64> {
    std::fs::metadata(file).ok().map(|meta| meta.len())
}

/// Whether a process has held a lease on the store, which it can only once the store is made.
fn was_held(file: &Path) -> bool {
    beside(file, "-holders").is_dir()
}

/// The name of a file that SQLite, or we, keep beside the store.
fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Refuses what is not ours, and what is damaged. Whatever is refused stays as it is: also the log, which SQLite would
/// otherwise write into the file when the last connection closes.
pub(super) fn identify(connection: &Connection, file: &Path, look: Look) -> Result<(), StoreError> {
    let keep_log = |keep: bool| {
        let kept = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep);
        kept.map(|_| ()).map_err(|error| said(file, &error))
    };
    keep_log(true)?;
    // Looked at first: another process may be making the store just now.
    let was_held = was_held(file);
    let timeout = Duration::from_millis(BUSY_TIMEOUT_MS);
    connection.busy_timeout(timeout).map_err(|error| said(file, &error))?;
    // In one transaction: who makes it just now is seen to have made all of it or nothing.
    let reading = connection.unchecked_transaction().map_err(|error| said(file, &error))?;
    let number = |query: &str| {
        reading.query_row(query, [], |row| row.get::<_, i64>(0)).map_err(|error| said(file, &error))
    };
    let tables = number("SELECT count(*) FROM sqlite_master")?;
    let application = number("PRAGMA application_id")?;
    let found = number("PRAGMA user_version")?;
    let is_new = tables == 0;
    drop(reading);
    let name = file.display().to_string();
    // All that a first run committed may have been in its log, and that is gone.
    if is_new && was_held {
        let reason = "there is nothing in it, and it has been written before".to_owned();
        return Err(StoreError::Damaged { file: name, reason });
    }
    if !is_new && application != APPLICATION_ID {
        let reason = "it is another program's SQLite file".to_owned();
        return Err(StoreError::Foreign { file: name, reason });
    }
    if found > LAYOUT {
        return Err(StoreError::Newer { file: name, found, known: LAYOUT });
    }
    // None was released with an earlier layout, so none is brought to this one.
    if !is_new && found < LAYOUT {
        return Err(StoreError::Older { file: name, found, known: LAYOUT });
    }
    if !is_new && look == Look::AtEachPage {
        let verdict: String = connection
            .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
            .map_err(|error| said(file, &error))?;
        if verdict != "ok" {
            // It names pages and trees in several lines.
            let reason = verdict.split_whitespace().collect::<Vec<_>>().join(" ");
            return Err(StoreError::Damaged { file: name, reason });
        }
    }
    keep_log(false)
}
