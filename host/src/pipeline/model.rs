//! A pipeline as plain data: what a file means once it has been read, checked and joined with its connectors.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::contract;
use crate::report::Place;

/// A pipeline that has passed every check. Stages stand in an order in which each comes after all that feed it.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// The file's name without its ending. Cursors, state and parked entries belong to this name.
    pub name: String,
    pub file: PathBuf,
    pub switches: BTreeMap<String, bool>,
    pub connections: Vec<Connection>,
    pub stages: Vec<Stage>,
}

/// A connector with one account's options and secret.
#[derive(Debug, Clone)]
pub struct Connection {
    pub name: String,
    pub connector: ConnectorRef,
    /// Options as JSON text, checked against the connector's schema, with its defaults left to the connector.
    pub options: String,
    /// Names the account at the vendor: `vend:acme`. Budget, ledger, keys and leases belong to it.
    pub account: String,
    /// Where the secret comes from that every endpoint's `auth` uses. The secret itself never stands in a pipeline.
    pub secret: Option<SecretRef>,
    pub endpoints: Vec<GrantedEndpoint>,
}

/// Which component a connection or a rule runs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectorRef {
    /// As the file names it: `vend`, or `./my-till.wasm`.
    pub name: String,
    pub path: PathBuf,
}

/// A reference to a secret, resolved when the pipeline runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretRef {
    pub from: SecretFrom,
    /// Where the file says so, for a fault that shows only when the pipeline runs.
    pub place: Place,
}

/// What keeps a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretFrom {
    /// The name of an environment variable.
    Env(String),
    /// A file. A relative path counts from where the process runs: the directory of the naming file is before it.
    File(PathBuf),
}

/// A connector's endpoint with its options filled in, as far as the pipeline file grants it.
#[derive(Debug, Clone)]
pub struct GrantedEndpoint {
    pub name: String,
    /// Absolute URL without a slash at its end.
    pub base_url: String,
    pub auth: contract::Auth,
    pub rate_limit: Option<contract::RateLimit>,
    /// Paths at which the file grants reading by POST.
    pub reads_by_post: Vec<String>,
    /// Whether the file grants this endpoint an address of a private network.
    pub allow_private: bool,
}

/// Position of a stage in [`Pipeline::stages`].
pub type StageIndex = usize;
/// Position of a connection in [`Pipeline::connections`].
pub type ConnectionIndex = usize;

/// One node of a pipeline.
#[derive(Debug, Clone)]
pub struct Stage {
    pub id: String,
    /// A stage that is not enabled passes nothing.
    pub enabled: bool,
    /// Name of the switch that a sink or a transform hangs on.
    pub switch: Option<String>,
    pub role: Role,
    /// The joints that lead out of this stage, in file order.
    pub joints: Vec<Joint>,
}

/// What a stage does.
#[derive(Debug, Clone)]
pub enum Role {
    Source(Source),
    Transform(Transform),
    Sink(Sink),
}

#[derive(Debug, Clone)]
pub struct Source {
    pub connection: ConnectionIndex,
    pub collection: String,
    /// The collection's own options as JSON text.
    pub options: String,
    /// How long a standing run waits between two pulls.
    pub every_ms: u64,
    /// Most entries in one page, as the connector's descriptor tells.
    pub batch_max: u32,
}

#[derive(Debug, Clone)]
pub struct Transform {
    pub connector: ConnectorRef,
    pub options: String,
    pub directories: Vec<Directory>,
    /// Names of the input ports with the source collections that feed each: what `ledger` and horizons mean by it.
    pub inputs: Vec<Input>,
}

#[derive(Debug, Clone)]
pub struct Input {
    pub port: String,
    /// The sources that feed this port, directly or through other stages.
    pub sources: Vec<StageIndex>,
}

/// A directory that a transform may look things up in.
#[derive(Debug, Clone)]
pub struct Directory {
    /// The transform's own name for it.
    pub name: String,
    pub connection: ConnectionIndex,
    pub collection: String,
    pub options: String,
}

#[derive(Debug, Clone)]
pub struct Sink {
    pub connection: ConnectionIndex,
    pub collection: String,
    pub options: String,
    /// Most intakes in one `prepare`.
    pub batch_max: u32,
    /// An entry read longer ago than this is read anew before its write is sent. `None`: never.
    pub fresh_ms: Option<u64>,
}

/// A joint from an output of one stage to an input of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joint {
    /// The output port of a transform; `None` for a source, which has one way out.
    pub from: Option<String>,
    pub to: StageIndex,
    /// The input port of a transform; empty for a sink.
    pub input: String,
}
