//! Loading and calling WebAssembly components: the wall between the host and code that it doesn't trust.
//!
//! A [`Runtime`] loads a [`Component`], which makes an [`Instance`] for given options, which is called with the
//! contract's own types. What the guest may ask of the host while it is called is in [`Services`].
//!
//! Whatever a component does, it costs the call it does it in and nothing else: each call is bounded
//! ([`CallLimits`]), each answer is held to the contract's rules before anyone sees it, and an instance that stopped
//! is thrown away. [`CallError`] tells which of these it was, in the connector's own words where it left any.

mod cache;
mod call;
mod checks;
mod code;
mod error;
mod exports;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod imports;
mod instance;
pub mod limits;
mod load;
mod random;
mod runtime;
mod services;
mod state;
mod ticks;
mod trap;
mod wasi;

#[cfg(test)]
mod tests;

pub use call::{Call, Role};
pub use code::Component;
pub use error::{CallError, Limit, LoadError, OpenError, TrapReport};
pub use instance::{Instance, Webhook};
pub use limits::CallLimits;
pub use runtime::{Runtime, RuntimeOptions};
pub use services::{LogLine, Lookup, NoServices, Services, Stop};
