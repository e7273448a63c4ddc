//! What a connector may ask of the host, as traits: the imports behind them on wasm, a double
//! natively.
//!
//! Take `&impl VendorHost` or `&impl RuleHost` and call only what you need: an import that no code
//! calls is not in the component, and `penstock inspect` then shows that the connector can't use
//! it.

mod imports;

pub use crate::bindings::base::penstock::connector::ledger::{Effect, EffectStatus};
pub use crate::bindings::base::penstock::connector::links::Link;
pub use crate::bindings::base::penstock::connector::log::Level;
pub use imports::Imports;

use crate::commerce::Entry;
use crate::types::{Failure, Instant, Request, Response};

/// Reading from the connector's own endpoints. There is no way to write.
pub trait Http {
    /// Sends a read. The host adds host name and credential, keeps the rate limit, and retries what
    /// is safe to retry.
    ///
    /// # Errors
    /// Hand a failure on as it is: it says what the host does next with the whole call.
    fn read(&self, request: &Request) -> Result<Response, Failure>;

    /// The same for several independent reads, side by side. Answers in order, one for each
    /// request. There may be any number of them: the host takes a hundred at once, and is asked
    /// as often as it takes.
    fn read_all(&self, requests: &[Request]) -> Vec<Result<Response, Failure>>;
}

/// Looking things up in another connection of the pipeline, by the name in the descriptor's
/// `directories`.
pub trait Lookup {
    /// For each value the entries whose field equals it. One call per batch, with distinct values:
    /// the directory may need a request for each.
    ///
    /// # Errors
    /// Hand a failure on as it is.
    fn find(&self, search: &Search<'_>) -> Result<Vec<Vec<Entry>>, Failure>;
}

/// One look-up of several values.
#[derive(Clone, Copy, Debug)]
pub struct Search<'a> {
    /// The directory's name in the descriptor.
    pub directory: &'a str,
    /// The collection there.
    pub collection: &'a str,
    /// The field to compare, one of the collection's `finds-by`.
    pub by: &'a str,
    /// What to look for.
    pub values: &'a [String],
    /// An answer that was read earlier than this, and kept by the host, is not good enough.
    /// Milliseconds since 1970.
    pub not_before: Option<Instant>,
}

/// What a rule remembers. Writes are committed with the batch, or not at all.
pub trait State {
    /// The values under these keys, in order.
    fn get(&self, keys: &[String]) -> Vec<Option<Vec<u8>>>;
    /// Stages values; `None` deletes.
    fn put(&self, entries: &[(String, Option<Vec<u8>>)]);
}

/// The movements that our own writes have made or may have made.
pub trait Ledger {
    /// Effects on the counter `owner`, in the account that feeds the rule's `input`: those settled
    /// after a sequence, in the order in which they were, and behind them all that are open.
    fn effects(&self, input: &str, owner: &str, after: u64) -> Vec<Effect>;
}

/// Which counter of one input is which of another, as people have accepted it.
pub trait Links {
    /// The link of each counter at `input`, in order; nothing where there is no pair.
    fn links(&self, input: &str, owners: &[String]) -> Vec<Option<Link>>;
}

/// Lines for the operator. Bounded in length and rate by the host.
pub trait Log {
    /// Writes a line; `about` is the key of an entry, and the line is then part of its story.
    fn write(&self, level: Level, message: &str, about: Option<&str>);
}

/// What a connector to a vendor's system is given.
pub trait VendorHost: Http + Log {}
impl<T: Http + Log> VendorHost for T {}

/// What a rule is given.
pub trait RuleHost: Lookup + State + Ledger + Links + Log {}
impl<T: Lookup + State + Ledger + Links + Log> RuleHost for T {}
