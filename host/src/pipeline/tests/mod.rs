//! Faulty pipeline files beside what is said of them.
//!
//! A case is a file `golden/NAME.toml` with its `NAME.err`; it may have a `NAME.penstock.toml` and a
//! `NAME.connections.toml` beside it. `BLESS=1 cargo test -p penstock pipeline` writes what is said now, to be read
//! before it is committed. A line `# ^^^ code` in a case says that the line above has this fault just there, which
//! holds the carets by something else than the program's own output.
#![allow(clippy::disallowed_methods, reason = "tests read and bless their golden files")]

mod asked;
mod canonical;
mod file_schema;
mod fix;
mod golden;
mod model;
mod mutations;
mod pages;
mod replace;
mod secrets;

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use super::acme::Table;
use super::{Environment, Files, Pipeline, read};
use crate::report::{Report, SourceFile};

/// Where the cases lie.
fn golden_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pipeline/tests/golden")
}

/// The text of a file of a case, as if it lay in `pipelines/`.
fn load(name: &str) -> Option<SourceFile> {
    let text = std::fs::read_to_string(golden_dir().join(name)).ok()?;
    Some(SourceFile::new(Path::new("pipelines").join(name), text))
}

/// The files of a case.
fn files(case: &str) -> Files {
    Files {
        pipeline: load(&format!("{case}.toml")).expect("the case is there"),
        shared: load(&format!("{case}.penstock.toml")),
        overrides: load(&format!("{case}.connections.toml")),
    }
}

/// Reads a case with the connectors of the tests.
fn check(case: &str) -> (Option<Pipeline>, Vec<Report>) {
    read(&files(case), &Table)
}

/// Reads a text as a pipeline file.
fn check_text(text: &str) -> (Option<Pipeline>, Vec<Report>) {
    read(&Files::alone(SourceFile::new("pipelines/text.toml", text)), &Table)
}

/// Surroundings made of a few variables and files.
#[derive(Debug, Default)]
struct Surroundings {
    variables: HashMap<&'static str, String>,
    files: HashMap<PathBuf, Vec<u8>>,
}

impl Surroundings {
    fn with_variable(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.variables.insert(name, value.into());
        self
    }

    fn with_file(mut self, path: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.files.insert(PathBuf::from(path), bytes.into());
        self
    }
}

impl Environment for Surroundings {
    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }

    fn file(&self, path: &Path, bytes_max: u64) -> io::Result<Vec<u8>> {
        let bytes = self.files.get(path).ok_or(io::ErrorKind::NotFound)?;
        let most = usize::try_from(bytes_max + 1).unwrap_or(usize::MAX);
        Ok(bytes[..bytes.len().min(most)].to_vec())
    }
}
