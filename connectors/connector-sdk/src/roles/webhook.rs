//! Turning a vendor's webhook into hints.

pub use crate::bindings::webhook::exports::penstock::connector::webhook::{Digest, Hint, Signed};

use crate::connector::Connector;
use crate::types::Pair;

/// A webhook as it arrived.
#[derive(Clone, Copy, Debug)]
pub struct Receive<'a> {
    /// The query of its URL, decoded.
    pub query: &'a [Pair],
    /// Its headers, names in lower case.
    pub headers: &'a [Pair],
    /// Its body, bytes as they came.
    pub body: &'a [u8],
}

/// What the vendor signed, for the host to check, and the collections that have news.
pub type Received = (Option<Signed>, Vec<Hint>);

/// A connector whose vendor sends webhooks.
pub trait Webhook: Connector {
    /// Reads a webhook. Called for each that arrives, before its signature was checked: trust
    /// nothing in it. Must not block; the vendor waits for the answer.
    ///
    /// # Errors
    /// A sentence for the log. The host answers the vendor with 400 and pulls nothing.
    fn receive(&self, call: &Receive<'_>) -> Result<Received, String>;
}
