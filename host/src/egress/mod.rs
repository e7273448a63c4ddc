//! The only way out: every request of the host goes through here, and nothing else opens a connection.
//!
//! A connector names an endpoint of its descriptor and a path below it. Egress resolves both, refuses what the file
//! does not grant, adds the credential, keeps the account's rate limit, checks the address that is really dialled,
//! and hands back no more than was asked for. Reads are retried; a write is sent once, and what cannot be told of it
//! is said to be unknown.
//!
//! On its way a request passes, in this order: `endpoint` and `outgoing` (may it leave?), `gate` and `budget` (when?),
//! `dial` and `address` (where to?), `exchange` (what came back?), `json` (what of it was asked for?), and `fault`
//! (what does it mean for a read, and what for a write?).

mod address;
mod budget;
mod connected;
mod counts;
mod credential;
mod dial;
mod endpoint;
mod exchange;
mod fault;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod gate;
mod headers;
mod json;
mod judge;
pub mod limits;
mod outgoing;
mod pace;
mod path;
mod retry;
mod retry_after;
mod scrub;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use secrecy::SecretString;
use tokio::runtime::{Builder, Handle, Runtime};

pub use connected::Connected;
pub use counts::{Count, Counts, Purpose, Tally};
pub use fault::Answer;

/// What egress decides, without a network and without a clock: for those who bring their own, as a simulation does.
pub mod decisions {
    pub use super::budget::{Allowance, Budget, Permit, Ticket, Told};
    pub use super::fault::Fault;
    pub use super::json::Keep;
    pub use super::judge::Heard;
    pub use super::retry::{Progress, pause_before_next};
}

use connected::Way;
use counts::Meters;
use dial::{Clients, Lookup};
use endpoint::Endpoint;
use gate::Gate;
use pace::Pace;
use scrub::Scrubber;

use crate::pipeline::{Connection, GrantedEndpoint};
use crate::time::Clock;

/// What an operator may set.
#[derive(Debug, Clone)]
pub struct EgressOptions {
    /// Whether `HTTPS_PROXY` and its like count. The proxy then looks up and dials the endpoints' hosts itself, so
    /// that of their addresses only those that stand in a URL can be checked here.
    pub proxy_from_environment: bool,
    /// Sent with every request.
    pub user_agent: String,
    /// From looking the name up to the end of the TLS handshake.
    pub connect_timeout: Duration,
    /// Longest silence of the remote while an answer is awaited or under way.
    pub silence_timeout: Duration,
    /// One attempt, from sending to the last byte of the answer.
    pub exchange_timeout: Duration,
    /// All attempts of one read with the pauses between them, without waiting for the budget.
    pub read_timeout_total: Duration,
    /// Longest time that a read, over all its attempts, waits for the account's budget. Above the longest window of a
    /// vendor: a read that gave up sooner would make its connector repeat the reads before it, and a call that needs
    /// more requests than are free would never come to its end.
    pub read_wait_max: Duration,
    /// Longest time that a write waits for it. Short, because what was checked just before sending (the lease, the
    /// switch, `send-before`) grows old while it waits, and a write that is given back can wait in the store.
    pub write_wait_max: Duration,
    /// Pause after the first failed attempt of a read; each further one doubles it.
    pub backoff_min: Duration,
    /// Largest body of an answer in bytes, decompressed.
    pub response_bytes_max: usize,
    /// Whether every write is refused, as in a plan.
    pub is_sealed: bool,
}

impl Default for EgressOptions {
    fn default() -> Self {
        Self {
            proxy_from_environment: false,
            user_agent: concat!("penstock/", env!("CARGO_PKG_VERSION")).to_owned(),
            connect_timeout: Duration::from_secs(10),
            silence_timeout: Duration::from_secs(30),
            exchange_timeout: Duration::from_secs(60),
            read_timeout_total: Duration::from_secs(180),
            read_wait_max: Duration::from_secs(330),
            write_wait_max: Duration::from_secs(10),
            backoff_min: Duration::from_millis(500),
            response_bytes_max: limits::RESPONSE_BYTES_MAX,
            is_sealed: false,
        }
    }
}

/// Why there is no way out at all.
#[derive(Debug, thiserror::Error)]
pub enum EgressError {
    /// The machine gives no threads, or no way to wait for connections.
    #[error("the threads for requests cannot be started")]
    Runtime(#[from] std::io::Error),
}

/// The only way out. Cheap to clone; all clones share connections, budgets and counts.
#[derive(Clone)]
pub struct Egress {
    shared: Arc<Shared>,
}

struct Shared {
    options: EgressOptions,
    pace: Pace,
    clients: Clients,
    /// By account, and by the rate limit's name or else the endpoint's.
    gates: Mutex<BTreeMap<(String, String), Arc<Gate>>>,
    meters: Meters,
    /// Taken out when the last user is gone.
    runtime: Option<Runtime>,
    handle: Handle,
}

impl Egress {
    /// Makes the way out, with threads of its own. Called once in a process, so that budgets are shared by all.
    ///
    /// # Errors
    /// The threads cannot be started.
    pub fn new(options: EgressOptions, clock: Arc<dyn Clock>) -> Result<Self, EgressError> {
        Self::with(options, Pace::new(clock), dial::system_lookup())
    }

    fn with(options: EgressOptions, pace: Pace, lookup: Lookup) -> Result<Self, EgressError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(limits::WORKER_THREADS)
            .thread_name("penstock-egress")
            .enable_all()
            .build()?;
        let shared = Shared {
            clients: Clients::new(options.clone(), lookup),
            options,
            pace,
            gates: Mutex::default(),
            meters: Meters::default(),
            handle: runtime.handle().clone(),
            runtime: Some(runtime),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Opens the way for one connection of a pipeline. Its account's budgets are shared with every other connection
    /// of the account. Nothing is sent, and an endpoint at fault says so only when it is used.
    #[must_use]
    pub fn connect(&self, connection: &Connection, secret: Option<&SecretString>) -> Connected {
        let open = |granted: &GrantedEndpoint| {
            let limit_name = granted
                .rate_limit
                .as_ref()
                .map_or(granted.name.as_str(), |limit| limit.name.as_str());
            let gate = self.shared.gate(&connection.account, limit_name);
            let meter = self.shared.meters.meter(&connection.account, &granted.name);
            let opened = Endpoint::open(&connection.name, granted, secret, (gate, meter));
            if let Ok(endpoint) = &opened {
                self.shared.clients.add_host(endpoint.base.host_str().unwrap_or_default());
            }
            (granted.name.clone(), opened)
        };
        Connected::new(Way {
            egress: Arc::clone(&self.shared),
            connection: connection.name.clone(),
            endpoints: connection.endpoints.iter().map(open).collect(),
            scrubber: Scrubber::new(secret),
        })
    }

    /// Runs what follows a request on the threads on which requests are made.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.shared.handle.spawn(work);
    }

    /// Ends all waiting, for the budget and between attempts, now and from now on: a run that is asked to stop should
    /// not take minutes for it. Requests that are under way come to their end.
    pub fn stop_waiting(&self) {
        self.shared.pace.stop();
    }

    /// The requests made so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.shared.meters.counts()
    }
}

/// What a connector gets of a JSON answer: the fields that it asked to keep. For those who bring answers of their own
/// instead of the network's: benchmarks.
///
/// # Errors
/// The answer is not one whole JSON value, save for what is within what is dropped, or a path cannot be used.
pub fn kept(answer: Vec<u8>, keep: &[String]) -> Result<Vec<u8>, String> {
    json::prune(answer, &json::Keep::compile(keep)?).map_err(|fault| fault.to_string())
}

impl Shared {
    fn handle(&self) -> Handle {
        self.handle.clone()
    }

    fn gate(&self, account: &str, limit_name: &str) -> Arc<Gate> {
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        let gate = gates.entry((account.to_owned(), limit_name.to_owned())).or_insert_with(|| {
            let name = format!("the budget `{limit_name}` of account `{account}`");
            Arc::new(Gate::new(name, self.pace.clone()))
        });
        Arc::clone(gate)
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // An ordinary drop waits for the threads, and panics where the last user is an asynchronous task.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
