//! The pipeline file: reading it, checking it, and what it means.

mod model;

pub use model::*;
