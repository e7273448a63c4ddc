//! Links as a CSV file, for a spreadsheet: what `--export` writes, `--import` takes.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::pairing::{Finding, Item};
use crate::store::Pair;

/// A line. `verdict` and the names are for people.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    #[serde(default)]
    verdict: String,
    #[serde(default)]
    sku: String,
    left: String,
    right: String,
    #[serde(default)]
    left_name: String,
    #[serde(default)]
    right_name: String,
}

/// Writes what was found.
///
/// # Errors
/// Those of the file.
pub(super) fn export(file: &Path, findings: &[Finding]) -> Result<(), csv::Error> {
    let mut writer = csv::Writer::from_path(file)?;
    for finding in findings {
        let end = |item: &Option<Item>| {
            item.as_ref()
                .map_or_else(Default::default, |item| (item.owner.clone(), item.name.clone()))
        };
        let ((left, left_name), (right, right_name)) = (end(&finding.left), end(&finding.right));
        let (verdict, sku) = (finding.verdict.word().to_owned(), finding.sku.clone());
        writer.serialize(Line { verdict, sku, left, right, left_name, right_name })?;
    }
    Ok(writer.flush()?)
}

/// Reads the pairs of a file: its lines that name both counters.
///
/// # Errors
/// The line that is not in order.
pub(super) fn import(file: &Path) -> Result<Vec<Pair>, csv::Error> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(file)?;
    let mut pairs = Vec::new();
    for line in reader.deserialize() {
        let Line { sku, left, right, left_name, .. } = line?;
        if !left.is_empty() && !right.is_empty() {
            let label = if sku.is_empty() { left_name } else { sku };
            pairs.push(Pair { left, right, label });
        }
    }
    Ok(pairs)
}
