//! Penstock keeps commerce systems in step.

pub mod contract;
pub mod pipeline;
pub mod time;
