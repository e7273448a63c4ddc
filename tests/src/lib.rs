//! What the integration tests stand on: a project in a folder, and simulators that it talks to.
#![allow(clippy::disallowed_methods, reason = "tests work on files and processes")]

mod project;
pub mod simulation;
mod told;

pub use project::{Project, Said, orders_only};
pub use told::told_run;
