//! What a plan shows, by stage and by the name under which a person knows an entry.

use std::collections::{HashMap, HashSet};

use super::{PlannedWrite, Shown};
use crate::contract::Action;
use crate::engine::Why;
use crate::pipeline::{Pipeline, Role, Stage};
use crate::record::{destination, shown_name};
use crate::store::{WaitingKind, WaitingRow};

/// What can become of an entry, in the order in which it is told: what a person has to look at comes last.
pub(super) const WORDS: [&str; 9] = [
    "create",
    "adjust",
    "delete",
    "unchanged",
    "diverted",
    "filtered",
    "waiting",
    "refused",
    "held",
];

/// All that ends at one stage.
pub(super) struct Group<'a> {
    pub(super) stage: &'a str,
    /// Account and collection; nothing where it is no sink.
    pub(super) destination: Option<String>,
    /// Those of one name stand together, in the order in which each name came first.
    pub(super) entries: Vec<Shows<'a>>,
}

/// An entry of a plan.
pub(super) struct Shows<'a> {
    /// By which `why` finds it.
    pub(super) name: String,
    pub(super) key: &'a str,
    pub(super) what: What<'a>,
}

/// What becomes of an entry.
#[derive(Clone, Copy)]
pub(super) enum What<'a> {
    Written {
        /// Of the write in the plan.
        position: usize,
        write: &'a PlannedWrite,
    },
    Unwritten(&'a Why),
    Waits(&'a WaitingRow),
}

impl PlannedWrite {
    /// One of [`WORDS`].
    pub(super) fn word(&self) -> &'static str {
        match self.row.write.action {
            Action::Create => "create",
            Action::Update => "adjust",
            Action::Delete => "delete",
        }
    }
}

impl<'a> What<'a> {
    /// One of [`WORDS`].
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Written { write, .. } => write.word(),
            Self::Unwritten(Why::Unchanged { .. }) => "unchanged",
            Self::Unwritten(Why::Diverted) => "diverted",
            Self::Unwritten(Why::Filtered { .. }) => "filtered",
            Self::Waits(row) => match row.kind {
                WaitingKind::Held => "held",
                WaitingKind::Dead { .. } => "refused",
                _ => "waiting",
            },
        }
    }

    /// Why nothing is written, where that needs a reason.
    pub(super) fn reason(self) -> Option<&'a str> {
        match self {
            Self::Unwritten(Why::Filtered { reason }) => Some(reason),
            Self::Waits(row) => Some(&row.reason),
            Self::Written { .. } | Self::Unwritten(Why::Unchanged { .. } | Why::Diverted) => None,
        }
    }

    /// How to mend it.
    pub(super) fn hint(self) -> Option<&'a str> {
        match self {
            Self::Waits(row) => row.hint.as_deref(),
            Self::Written { .. } | Self::Unwritten(_) => None,
        }
    }
}

impl Group<'_> {
    /// How many entries come to what; of writes, how many there are.
    pub(super) fn counts(&self) -> Vec<(&'static str, usize)> {
        let count = |word| {
            let mut writes = HashSet::new();
            let of_word = self.entries.iter().filter(|entry| entry.what.word() == word);
            of_word
                .filter(|entry| match entry.what {
                    What::Written { position, .. } => writes.insert(position),
                    What::Unwritten(_) | What::Waits(_) => true,
                })
                .count()
        };
        WORDS.into_iter().map(|word| (word, count(word))).filter(|(_, count)| *count > 0).collect()
    }
}

/// The stages at which entries end: sinks, then the rules before them, each in the order of the file.
pub(super) fn groups<'a>(pipeline: &'a Pipeline, shown: &'a Shown) -> Vec<Group<'a>> {
    let group = |stage: &'a Stage| Group {
        stage: &stage.id,
        destination: destination_of(pipeline, stage),
        entries: gathered(entries(&stage.id, shown)),
    };
    let groups = pipeline.stages.iter().map(group).filter(|group| !group.entries.is_empty());
    let (mut sinks, others): (Vec<_>, Vec<_>) =
        groups.partition(|group| group.destination.is_some());
    sinks.extend(others);
    sinks
}

fn destination_of(pipeline: &Pipeline, stage: &Stage) -> Option<String> {
    let Role::Sink(sink) = &stage.role else { return None };
    let connection = pipeline.connections.get(sink.connection)?;
    Some(destination(&connection.account, &sink.collection))
}

/// What ends at a stage. An entry that came several times counts as it came last.
fn entries<'a>(stage: &str, shown: &'a Shown) -> Vec<Shows<'a>> {
    let mut entries = written(stage, &shown.writes);
    let mut places: HashMap<&str, usize> =
        entries.iter().enumerate().map(|(place, entry)| (entry.key, place)).collect();
    let unwritten = shown.unwritten.iter().filter(|it| it.stage == stage).map(|it| Shows {
        name: it.name.clone(),
        key: &it.key,
        what: What::Unwritten(&it.why),
    });
    let waits = shown.waiting.iter().filter(|row| row.stage == stage).map(|row| Shows {
        name: shown_name(&row.item.entry),
        key: &row.item.entry.key,
        what: What::Waits(row),
    });
    for entry in unwritten.chain(waits) {
        match places.get(entry.key).and_then(|place| entries.get_mut(*place)) {
            None => {
                places.insert(entry.key, entries.len());
                entries.push(entry);
            }
            // What a plan writes is there already when its entry comes again.
            Some(Shows { what: What::Written { .. }, .. }) => {
                if matches!(entry.what, What::Waits(_)) {
                    entries.push(entry);
                }
            }
            Some(earlier) => *earlier = entry,
        }
    }
    entries
}

fn written<'a>(stage: &str, writes: &'a [PlannedWrite]) -> Vec<Shows<'a>> {
    let of_stage = writes.iter().enumerate().filter(|(_, write)| write.row.stage == stage);
    let entries = of_stage.flat_map(|(position, write)| {
        let items = write.row.intakes.iter().filter_map(|intake| intake.items.first());
        items.map(move |item| Shows {
            name: shown_name(&item.entry),
            key: &item.entry.key,
            what: What::Written { position, write },
        })
    });
    entries.collect()
}

/// Brings entries of one name together.
fn gathered(mut entries: Vec<Shows<'_>>) -> Vec<Shows<'_>> {
    let mut places: HashMap<String, usize> = HashMap::new();
    for entry in &entries {
        let next = places.len();
        places.entry(entry.name.clone()).or_insert(next);
    }
    entries.sort_by_key(|entry| places.get(&entry.name).copied());
    entries
}
