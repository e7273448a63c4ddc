//! Entries that end at a stage without a write, as a plan shows them.

use crate::record::{Item, shown_name};

/// An entry that ends at a stage without a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unwritten {
    /// Id of the stage.
    pub stage: String,
    pub key: String,
    /// By which people know it.
    pub name: String,
    pub why: Why,
}

/// Why nothing is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// The remote has it as it is, under this id where it was only now found there.
    Unchanged { id: Option<String> },
    /// A rule does not want it.
    Filtered { reason: String },
    /// Its sink is off, and another stage takes it.
    Diverted,
}

impl Unwritten {
    pub(super) fn new(stage: &str, item: &Item, why: Why) -> Self {
        let name = shown_name(&item.entry);
        Self { stage: stage.to_owned(), key: item.entry.key.clone(), name, why }
    }
}
