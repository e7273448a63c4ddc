//! What can go wrong at the wall: while loading, while opening, and in a call.

mod call;
mod load;

pub use call::{CallError, Limit, OpenError, TrapReport};
pub use load::LoadError;
