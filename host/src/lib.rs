//! Penstock keeps commerce systems in step.

pub mod contract;
pub mod engine;
pub mod pipeline;
pub mod record;
pub mod store;
pub mod time;
