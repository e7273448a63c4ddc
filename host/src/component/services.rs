//! What the host gives to an instance.

use crate::contract::{Effect, Entry, Failure, Instant, Level, Link, Request, Response};

/// What the host gives to an instance: its reads, look-ups, memory and log.
///
/// The engine's driver implements it; a test brings its own. The wall has checked each call before it arrives here:
/// the call that the guest is in may use this import, the endpoint, directory or input is one of its descriptor's,
/// the method is a read's, keys and values are bounded. What the pipeline file grants is for the implementation to
/// check.
///
/// All methods are called on the thread that called the instance, and may block: their time counts against
/// [`CallLimits::waiting`](super::CallLimits::waiting), not as computing. The default bodies refuse.
pub trait Services: Send {
    /// The time that the guest's clocks show. Asked once, at the start of each call: within a call time stands still.
    fn now(&mut self) -> Instant {
        0
    }

    /// What the guest's random numbers are drawn from. Asked once, when the instance is made: the same seed gives the
    /// same numbers.
    fn seed(&mut self) -> u64 {
        0
    }

    /// Sends a read. Called in `check`, `pull`, `find`, `prepare` and `settle`.
    fn read(&mut self, request: Request) -> Result<Response, Failure> {
        Err(Failure::Misconfigured(format!(
            "nothing is read here, so `{}` isn't either",
            request.path
        )))
    }

    /// Sends several reads, side by side if the host can. One answer for each, in order.
    fn read_all(&mut self, requests: Vec<Request>) -> Vec<Result<Response, Failure>> {
        requests.into_iter().map(|request| self.read(request)).collect()
    }

    /// Looks things up in another connection. Called in `apply`. One list of entries for each value, in order.
    fn find(&mut self, lookup: Lookup) -> Result<Vec<Vec<Entry>>, Failure> {
        Err(Failure::Misconfigured(format!("no directory `{}` is connected", lookup.directory)))
    }

    /// What the transform remembers under these keys: one answer for each, in order. Called in `apply` and
    /// `examine`.
    fn state_get(&mut self, keys: Vec<String>) -> Result<Vec<Option<Vec<u8>>>, Stop> {
        Err(Stop(format!("no state is kept here, so {} keys of it can't be read", keys.len())))
    }

    /// Stages what the transform remembers from now on; `None` forgets. Called in `apply`.
    fn state_put(&mut self, entries: Vec<(String, Option<Vec<u8>>)>) -> Result<(), Stop> {
        Err(Stop(format!(
            "no state is kept here, so {} keys of it can't be written",
            entries.len()
        )))
    }

    /// Effects on a counter that were settled after the sequence `after`, then all open ones. Called in `apply` and
    /// `examine`.
    fn effects(&mut self, input: &str, owner: &str, after: u64) -> Result<Vec<Effect>, Stop> {
        let _ = (owner, after);
        Err(Stop(format!("no ledger is kept here for input `{input}`")))
    }

    /// The link of each counter at an input, in order. Called in `apply` and `examine`.
    fn links(&mut self, input: &str, owners: Vec<String>) -> Result<Vec<Option<Link>>, Stop> {
        let _ = owners;
        Err(Stop(format!("no links are kept here for input `{input}`")))
    }

    /// A line of the connector's log, bounded in length and number. Called in any call, and once after it for what
    /// the guest wrote to its standard output and error.
    fn log(&mut self, line: LogLine) {
        let _ = line;
    }
}

/// Services that refuse everything, for `describe` and for what needs nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoServices;

impl Services for NoServices {}

/// What a rule looks up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookup {
    /// A name from the descriptor's `directories`.
    pub directory: String,
    /// The collection to look in.
    pub collection: String,
    /// The field.
    pub by: String,
    /// What the field must equal.
    pub values: Vec<String>,
    /// An answer that was read earlier than this isn't good enough.
    pub not_before: Option<Instant>,
}

/// A line for the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// How much it matters.
    pub level: Level,
    /// One line, without control characters.
    pub message: String,
    /// The key of the entry that it is about.
    pub about: Option<String>,
}

/// Why the host can't go on with a call: the store is gone, say. The guest is stopped, and the caller gets
/// [`CallError::Host`](super::CallError::Host).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Stop(pub String);
