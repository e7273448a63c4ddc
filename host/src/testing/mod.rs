//! Tests of a pipeline, as data: a case says what comes in, the real connectors run on it without a network, and a snapshot
//! says what every stage made of it.
//!
//! A case is a TOML file in the folder `NAME.tests` beside the pipeline file `NAME.toml`, its snapshot a text file beside the
//! case. `commands/test` finds them, runs them, and shows what has changed.

mod case;
mod dump;
mod entry;
mod given;
mod junit;
pub mod limits;
mod told;

pub use case::{Case, CaseFault, Expected};
pub use dump::fields;
pub use entry::{EntryForm, GivenEntry};
pub use given::Given;
pub use junit::{Checked, junit};
pub use told::{Scene, Told, entry_text, fault_text, finish, verdict_text};
