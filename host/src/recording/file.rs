//! A recording as a folder.

use std::path::{Path, PathBuf};

use super::form::{exchange_from_json, exchange_to_json};
use super::{FORMAT, Head, Recording, limits};
use crate::pipeline::Environment;

const HEAD: &str = "recording.json";
const STORE: &str = "store.jsonl";
const EXCHANGES: &str = "exchanges.jsonl";

/// Why a recording cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileFault {
    #[error("`{file}` cannot be read: {reason}")]
    Unreadable { file: String, reason: String },
    #[error("`{file}` cannot be written: {reason}")]
    Unwritable { file: String, reason: String },
    #[error("the folder `{folder}` is not empty: a recording is made in one of its own")]
    NotEmpty { folder: String },
    #[error("`{file}`, line {line}: {reason}")]
    Malformed { file: String, line: usize, reason: String },
    #[error("the recording `{folder}` has the form {found}, this Penstock knows {FORMAT}")]
    OtherForm { folder: String, found: u32 },
}

/// Sees that a recording can be made in this folder, before the run that is to be recorded.
///
/// # Errors
/// Something is there, or nothing can be made there.
#[allow(clippy::disallowed_methods, reason = "recordings are files")]
pub fn must_be_new(folder: &Path) -> Result<(), FileFault> {
    let unwritable = |error: std::io::Error| FileFault::Unwritable {
        file: folder.display().to_string(),
        reason: error.to_string(),
    };
    std::fs::create_dir_all(folder).map_err(unwritable)?;
    match std::fs::read_dir(folder).map_err(unwritable)?.next() {
        Some(_) => Err(FileFault::NotEmpty { folder: folder.display().to_string() }),
        None => Ok(()),
    }
}

/// Writes a recording; the file that makes it one comes last.
///
/// # Errors
/// A file cannot be written.
#[allow(clippy::disallowed_methods, reason = "recordings are files")]
pub fn write(folder: &Path, recording: &Recording) -> Result<(), FileFault> {
    let rows = recording.stored.iter().map(|row| serde_json::to_string(row).unwrap_or_default());
    let exchanges = recording.exchanges.iter().map(exchange_to_json);
    let head = serde_json::to_string_pretty(&recording.head).unwrap_or_default() + "\n";
    let put = |name: &str, text: &str| {
        let file = folder.join(name);
        std::fs::write(&file, text).map_err(|error| FileFault::Unwritable {
            file: file.display().to_string(),
            reason: error.to_string(),
        })
    };
    put(STORE, &lines(rows))?;
    put(EXCHANGES, &lines(exchanges))?;
    put(HEAD, &head)
}

/// Tells of a row of the store that does not fit, by its position among them.
pub fn row_fault(folder: &Path, position: usize, reason: String) -> FileFault {
    let file = folder.join(STORE).display().to_string();
    FileFault::Malformed { file, line: position + 1, reason }
}

fn lines(each: impl Iterator<Item = String>) -> String {
    each.map(|line| line + "\n").collect()
}

/// Reads a recording.
///
/// # Errors
/// What is wrong with it, with the line.
pub fn read(folder: &Path, files: &dyn Environment) -> Result<Recording, FileFault> {
    let text = |name: &str| -> Result<(PathBuf, String), FileFault> {
        let file = folder.join(name);
        let unreadable =
            |reason: String| FileFault::Unreadable { file: file.display().to_string(), reason };
        let bytes = files
            .file(&file, limits::FILE_BYTES_MAX)
            .map_err(|error| unreadable(error.to_string()))?;
        if bytes.len() as u64 > limits::FILE_BYTES_MAX {
            return Err(unreadable(format!("it has more than {} bytes", limits::FILE_BYTES_MAX)));
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok((file, text)),
            Err(_) => Err(unreadable("it is no UTF-8".to_owned())),
        }
    };
    let (file, head) = text(HEAD)?;
    let malformed = |file: &Path, line: usize, reason: String| FileFault::Malformed {
        file: file.display().to_string(),
        line,
        reason,
    };
    #[derive(serde::Deserialize)]
    struct Form {
        format: u32,
    }
    let form: Form = serde_json::from_str(&head)
        .map_err(|error| malformed(&file, error.line(), error.to_string()))?;
    if form.format != FORMAT {
        let folder = folder.display().to_string();
        return Err(FileFault::OtherForm { folder, found: form.format });
    }
    let head: Head = serde_json::from_str(&head)
        .map_err(|error| malformed(&file, error.line(), error.to_string()))?;
    let (file, rows) = text(STORE)?;
    let stored = each(&rows, |line| serde_json::from_str(line).map_err(|why| why.to_string()))
        .map_err(|(line, why)| malformed(&file, line, why))?;
    let (file, exchanges) = text(EXCHANGES)?;
    let exchanges =
        each(&exchanges, exchange_from_json).map_err(|(line, why)| malformed(&file, line, why))?;
    Ok(Recording { head, stored, exchanges })
}

/// What each line says; or the number of the first that says nothing, and why.
fn each<T>(
    text: &str,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<Vec<T>, (usize, String)> {
    text.lines().zip(1..).map(|(line, at)| read(line).map_err(|why| (at, why))).collect()
}
