//! The pipeline file: reading it, checking it, and what it means.
//!
//! [`read`] turns files into a [`Pipeline`] or tells everything that is wrong with them. It goes in two steps, each a
//! folder: `file` knows the form of the files and asks nobody; `check` joins what they say with what the connectors
//! say of themselves, which it learns through [`Connectors`]. [`resolve`] turns a reference to a secret into the
//! secret, when a run starts.

#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod acme;
mod canonical;
mod check;
mod connectors;
mod environment;
mod faults;
mod file;
mod file_schema;
mod fix;
mod limits;
mod model;
mod near;
mod secrets;
#[cfg(test)]
mod tests;

pub use canonical::format;
pub use connectors::{Connectors, Described, LoadFault, ResolveFault, Roles};
pub use environment::{Environment, Process};
pub use file::{Files, load, replace, showable, source_file};
pub use file_schema::file_schema;
pub use fix::{Fixed, fix};
pub use limits::*;
pub use model::*;
pub(crate) use near::nearest;
pub use secrets::resolve;

use crate::report::Report;

/// Reads and checks a pipeline. Never fails: all faults and warnings of all its files are told, in the order of the
/// files, each once and none that is only the consequence of another. There is a pipeline unless there is an error.
pub fn read(files: &Files, connectors: &dyn Connectors) -> (Option<Pipeline>, Vec<Report>) {
    let (said, faults) = file::read(files);
    // Of a file that is not TOML nothing can be concluded: not what is missing, nor what is unused.
    let pipeline = if said.whole { check::check(said, connectors, &faults) } else { None };
    let path = files.pipeline.path();
    let name =
        path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    let pipeline = pipeline.map(|pipeline| Pipeline { name, file: path.to_owned(), ..pipeline });
    (pipeline, faults.into_reports())
}
