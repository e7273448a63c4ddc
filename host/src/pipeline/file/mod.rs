//! From the text of the files to what they say: TOML, keys, types, forms. No connector is asked here.

mod connection;
mod document;
mod duration;
mod fields;
mod hide;
pub(super) mod keys;
mod load;
mod replace;
mod syntax;
mod tree;

use std::sync::Arc;

use connection::{read_connections, read_shared};
use tree::Kind;

pub(super) use load::reason;
pub use load::{Files, load, source_file};
pub use replace::replace;

pub(super) use connection::{
    RawConnection, RawEndpoint, RawSecret, RawSecretFrom, secret_example, warn_of_tokens,
};
pub(super) use document::{Document, RawDirectory, RawInputs, RawKind, RawPort, RawStage, Switch};
pub(super) use duration::UNITS as DURATION_UNITS;
pub(super) use fields::{Given, Section};
pub(super) use hide::{is_variable_name, looks_like_token, names_secret};
pub(in crate::pipeline) use syntax::parse;
pub(super) use tree::{At, Kind as ValueKind, Text, Value};

use super::faults::Faults;
use crate::report::SourceFile;

/// What all files say together, as far as they could be read.
#[derive(Debug)]
pub(super) struct Said {
    pub document: Document,
    /// Connections of `penstock.toml`.
    pub shared: Section<RawConnection>,
    /// Connections of the file given by `--connections`.
    pub overrides: Section<RawConnection>,
    /// Whether every file is TOML. Where one is not, what it would have said is unknown, and nothing is concluded.
    pub whole: bool,
}

/// Reads all files. The faults are gathered in what is returned with it.
pub(super) fn read(files: &Files) -> (Said, Faults) {
    let all = [Some(&files.pipeline), files.shared.as_ref(), files.overrides.as_ref()];
    // A file that is not there takes a place in the list all the same, so that each has a place of its own.
    let shown = all.map(|file| Arc::new(file.map_or_else(|| SourceFile::new("", ""), showable)));
    let faults = Faults::new(shown.to_vec());
    let mut whole = true;
    let mut root = |file: usize| {
        let table = syntax::parse(shown[file].text(), file, &faults);
        whole &= table.is_some();
        let at = At { file, start: 0, end: 0 };
        Value { at, kind: Kind::Table(table.unwrap_or_default()) }
    };
    let said = Said {
        document: document::read_document(root(0), &faults),
        shared: read_shared(root(1), &faults),
        overrides: read_shared(root(2), &faults),
        whole: true,
    };
    (Said { whole, ..said }, faults)
}

/// The file with every secret in clear made unreadable.
pub fn showable(file: &SourceFile) -> SourceFile {
    file.hiding(&hide::secrets_in_clear(file.text()))
}
