//! The roles that a connector may take, each with its types and the trait that the connector
//! implements.

pub mod audit;
pub mod connector;
pub mod directory;
pub mod sink;
pub mod source;
pub mod transform;
pub mod webhook;
