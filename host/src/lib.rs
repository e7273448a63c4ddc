//! Penstock keeps commerce systems in step.

pub mod commands;
pub mod component;
pub mod contract;
pub mod egress;
pub mod engine;
pub mod pipeline;
pub mod record;
pub mod recording;
pub mod report;
pub mod store;
pub mod testing;
pub mod time;
