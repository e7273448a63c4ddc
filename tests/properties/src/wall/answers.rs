//! What the host takes for granted of all other answers.

use std::collections::BTreeSet;

use penstock::contract::{Accord, Descriptor, Entry, Failure, Hint, Kind, Page, Payload, Standing};

use super::descriptor as declared;

/// It fits, is of the collection's kind, and comes forward.
pub(super) fn page(collection: &str, after: Option<&[u8]>, limit: u32, page: &Page) {
    assert!(page.entries.len() <= limit as usize);
    assert_entries(collection, &page.entries);
    assert!(page.next.len() <= 64 << 10);
    assert!(!page.more || after != Some(page.next.as_slice()), "it would never end");
    assert!(!page.more || page.complete_to.is_none());
}

/// One list for each value.
pub(super) fn found(collection: &str, asked: &[String], found: &[Vec<Entry>]) {
    assert_eq!(asked.len(), found.len());
    for list in found {
        assert!(list.len() <= 1_000);
        assert_entries(collection, list);
    }
}

pub(super) fn hints(hints: &[Hint]) {
    assert!(hints.len() <= 1_000);
    let known = declared().collections;
    assert!(hints.iter().all(|hint| known.iter().any(|known| known.name == hint.collection)));
}

/// One for each pair.
pub(super) fn standings(asked: usize, standings: &[Standing]) {
    assert_eq!(asked, standings.len());
    for standing in standings {
        match &standing.accord {
            Accord::Wait(pause) | Accord::Reread(pause) => assert_delay(pause.after_ms),
            Accord::Differing(difference) => {
                assert!(declared().inputs.iter().any(|input| input.name == difference.input));
            }
            _ => {}
        }
    }
}

/// Names are said once and can be shown.
pub(super) fn descriptor(described: &Descriptor) {
    assert_key(&described.name);
    assert_key(&described.version);
    let endpoints = described.endpoints.iter().map(|endpoint| &endpoint.name).collect();
    let collections = described.collections.iter().map(|collection| &collection.name).collect();
    let inputs = described.inputs.iter().map(|port| &port.name).collect();
    let outputs = described.outputs.iter().map(|port| &port.name).collect();
    let directories = described.directories.iter().map(|directory| &directory.name).collect();
    for names in [endpoints, collections, inputs, outputs, directories] {
        let names: Vec<&String> = names;
        assert!(names.len() <= 200);
        names.iter().for_each(|name| assert_key(name));
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    }
}

pub(super) fn failure(failure: &Failure) {
    assert_failure(failure);
}

pub(super) fn assert_failure(failure: &Failure) {
    if let Failure::RetryAfter(ms) = failure {
        assert_delay(*ms);
    }
}

/// A month at most: nobody would see that it stands still.
pub(super) fn assert_delay(ms: u64) {
    assert!(ms <= 30 * 24 * 60 * 60 * 1_000, "{ms} ms");
}

/// A key, a revision, an id: stored for ever, printed to terminals.
pub(super) fn assert_key(text: &str) {
    assert!((1..=512).contains(&text.len()), "{} bytes", text.len());
    assert!(!text.chars().any(char::is_control), "{text:?}");
}

pub(super) fn kind(payload: &Payload) -> Kind {
    match payload {
        Payload::Order(_) => Kind::Order,
        Payload::Customer(_) => Kind::Customer,
        Payload::StockLevel(_) => Kind::StockLevel,
        Payload::StockChange(_) => Kind::StockChange,
        Payload::Product(_) => Kind::Product,
        Payload::Document(_) => Kind::Document,
    }
}

fn assert_entries(collection: &str, entries: &[Entry]) {
    let reads = declared().collections.into_iter().find(|known| known.name == collection);
    let reads = reads.and_then(|known| known.reads);
    for entry in entries {
        assert_key(&entry.key);
        assert_key(&entry.revision);
        assert!(reads.is_none_or(|reads| reads == kind(&entry.payload)));
    }
}
