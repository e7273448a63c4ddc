//! Plans that were shown, so that a run by the hash of one can say what has moved since.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::PlannedWrite;
use crate::engine::plan_digest;
use crate::pipeline::{Environment as _, Process};

/// Plans that are kept of all pipelines on a store; the oldest go first.
const PLANS_MAX: usize = 20;
/// Largest file of a plan that is read, in bytes.
const PLAN_BYTES_MAX: u64 = 64 << 20;
/// Differences that are told; the others are counted.
const DIFFERENCES_MAX: usize = 10;

/// A write of a plan that was shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Shown {
    destination: String,
    key: String,
    revision: String,
    summary: String,
    digest: String,
}

/// The writes of a plan, as they are kept.
pub(super) fn shown(writes: &[PlannedWrite]) -> Vec<Shown> {
    let shown = |write: &PlannedWrite| {
        let item = write.row.intakes.first()?.items.first()?;
        Some(Shown {
            destination: write.row.destination.clone(),
            key: item.entry.key.clone(),
            revision: item.entry.revision.clone(),
            summary: write.row.write.summary.clone(),
            digest: plan_digest(&write.row),
        })
    };
    writes.iter().filter_map(shown).collect()
}

/// Keeps a plan beside the store. It serves explanations only, so nothing fails where it cannot be kept.
#[allow(clippy::disallowed_methods, reason = "plans are files beside the store")]
pub(super) fn keep(store: &Path, hash: &str, writes: &[Shown]) {
    let folder = folder(store);
    let Ok(text) = serde_json::to_string(writes) else { return };
    if std::fs::create_dir_all(&folder).is_err() || std::fs::write(file(store, hash), text).is_err()
    {
        return;
    }
    let Ok(files) = std::fs::read_dir(&folder) else { return };
    let mut files: Vec<_> = files
        .flatten()
        .filter_map(|file| Some((file.metadata().ok()?.modified().ok()?, file.path())))
        .collect();
    files.sort();
    let older = files.len().saturating_sub(PLANS_MAX);
    for (_, file) in files.into_iter().take(older) {
        let _gone_already = std::fs::remove_file(file);
    }
}

/// What differs between the plan of that hash, where it was kept, and one that was made now: a line each.
pub(super) fn differences(store: &Path, hash: &str, now: &[Shown]) -> Vec<String> {
    let is_hash = hash.len() <= 64 && hash.bytes().all(|letter| letter.is_ascii_hexdigit());
    let text = is_hash.then(|| Process.file(&file(store, hash), PLAN_BYTES_MAX).ok()).flatten();
    let before: Option<Vec<Shown>> = text.and_then(|text| serde_json::from_slice(&text).ok());
    match before {
        Some(before) => compared(&before, now),
        None => Vec::new(),
    }
}

fn compared(before: &[Shown], now: &[Shown]) -> Vec<String> {
    let is_same =
        |one: &Shown, other: &Shown| one.destination == other.destination && one.key == other.key;
    let mut lines = Vec::new();
    for shown in before {
        let Shown { summary, key, .. } = shown;
        match now.iter().find(|write| is_same(write, shown)) {
            None => lines.push(format!("{summary} is not planned any more (`{key}`)")),
            Some(write) if write.digest != shown.digest || write.revision != shown.revision => {
                let what = match write.revision == shown.revision {
                    true => "is another write now",
                    false => "has changed at its source",
                };
                lines.push(format!("{summary} {what} (`{key}`)"));
            }
            Some(_) => {}
        }
    }
    let is_new = |write: &&Shown| !before.iter().any(|shown| is_same(write, shown));
    lines.extend(
        now.iter().filter(is_new).map(|new| format!("{} is new (`{}`)", new.summary, new.key)),
    );
    if lines.is_empty() && before != now {
        lines.push("the order of the writes, or the component that planned them".to_owned());
    }
    let more = lines.len().saturating_sub(DIFFERENCES_MAX);
    lines.truncate(DIFFERENCES_MAX);
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines
}

fn folder(store: &Path) -> PathBuf {
    store.parent().unwrap_or(Path::new(".")).join("plans")
}

fn file(store: &Path, hash: &str) -> PathBuf {
    folder(store).join(hash).with_extension("json")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(key: &str, revision: &str, digest: &str) -> Shown {
        Shown {
            destination: "till/sales".to_owned(),
            key: key.to_owned(),
            revision: revision.to_owned(),
            summary: format!("sale {key}"),
            digest: digest.to_owned(),
        }
    }

    #[test]
    fn what_has_moved_is_named() {
        let before = [write("a", "1", "x"), write("b", "1", "x"), write("c", "1", "x")];
        let now = [write("a", "1", "x"), write("b", "2", "y"), write("d", "1", "x")];
        assert_eq!(
            compared(&before, &now),
            [
                "sale b has changed at its source (`b`)",
                "sale c is not planned any more (`c`)",
                "sale d is new (`d`)"
            ]
        );
        assert_eq!(compared(&before, &before), [""; 0]);
        let many: Vec<Shown> = (0..30).map(|at| write(&at.to_string(), "1", "x")).collect();
        assert_eq!(compared(&many, &[]).last().map(String::as_str), Some("and 20 more"));
    }
}
