//! A pipeline as plain data: what a file means once it has been read, checked and joined with its connectors.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::contract::{self, OrderPart};
use crate::record::destination;
use crate::report::Place;

/// A pipeline that has passed every check. Stages stand in an order in which each comes after all that feed it.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// The file's name without its ending. Cursors, state and parked entries belong to this name.
    pub name: String,
    /// The pipeline file, as the user named it.
    pub file: PathBuf,
    /// Each switch, and whether it is on.
    pub switches: BTreeMap<String, bool>,
    /// Those that stages and directories use, and what else the pipeline file declares.
    pub connections: Vec<Connection>,
    /// Each after all that feed it, otherwise in the order of the file.
    pub stages: Vec<Stage>,
}

impl Pipeline {
    /// Whether a stage is enabled and its switch is on.
    pub fn is_on(&self, stage: &Stage) -> bool {
        let switch = stage.switch.as_ref();
        let is_on = |switch| self.switches.get(switch).copied().unwrap_or(false);
        stage.enabled && switch.is_none_or(is_on)
    }

    /// What of an order a sink is not given.
    pub fn unseen_by(&self, sink: StageIndex) -> &[OrderPart] {
        match self.stages.get(sink).map(|stage| &stage.role) {
            Some(Role::Sink(sink)) => &sink.without,
            _ => &[],
        }
    }

    /// The account of a connection.
    pub fn account(&self, connection: ConnectionIndex) -> &str {
        self.connections.get(connection).map_or("", |connection| &connection.account)
    }

    /// The account and collection that a source reads; nothing where the stage is no source.
    pub fn origin(&self, stage: StageIndex) -> Option<String> {
        match &self.stages.get(stage)?.role {
            Role::Source(source) => {
                Some(destination(self.account(source.connection), &source.collection))
            }
            _ => None,
        }
    }

    /// Whether what a sink moves must have rested before it is moved again.
    pub fn rests(&self, sink: StageIndex) -> bool {
        matches!(self.stages.get(sink).map(|stage| &stage.role), Some(Role::Sink(sink)) if sink.rests)
    }
}

impl Stage {
    /// What people call that by which it is turned off and on.
    pub fn way(&self) -> String {
        match self.switch.as_ref().filter(|_| self.enabled) {
            Some(switch) => format!("the switch `{switch}`"),
            None => format!("the stage `{}`", self.id),
        }
    }
}

/// A connector with one account's options and secret.
#[derive(Debug, Clone)]
pub struct Connection {
    /// As stages name it.
    pub name: String,
    /// The component that it runs.
    pub connector: ConnectorRef,
    /// Options as JSON text, checked against the connector's schema, with its defaults left to the connector.
    pub options: String,
    /// Names the account at the vendor: `till:acme`. Budget, ledger, keys and leases belong to it.
    pub account: String,
    /// Where the secret comes from that every endpoint's `auth` uses. The secret itself never stands in a pipeline.
    pub secret: Option<SecretRef>,
    /// All endpoints that the connector declares.
    pub endpoints: Vec<GrantedEndpoint>,
}

/// Which component a connection or a rule runs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectorRef {
    /// As the file names it: `till`, or `./my-till.wasm`.
    pub name: String,
    /// Where the component lies.
    pub path: PathBuf,
}

/// A reference to a secret, resolved when the pipeline runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretRef {
    /// What keeps it.
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
    /// As the connector names it.
    pub name: String,
    /// Absolute URL without a slash at its end.
    pub base_url: String,
    /// How the host proves who it is.
    pub auth: contract::Auth,
    /// What the vendor allows.
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
    /// Unique in its pipeline.
    pub id: String,
    /// A stage that is not enabled passes nothing.
    pub enabled: bool,
    /// Name of the switch that a sink or a transform hangs on.
    pub switch: Option<String>,
    /// What it does.
    pub role: Role,
    /// The joints that lead out of this stage, in file order.
    pub joints: Vec<Joint>,
}

/// What a stage does.
#[derive(Debug, Clone)]
pub enum Role {
    /// It reads entries.
    Source(Source),
    /// It turns entries into others, or chooses among them.
    Transform(Transform),
    /// It has entries written.
    Sink(Sink),
}

/// A stage that reads a collection.
#[derive(Debug, Clone)]
pub struct Source {
    /// The connection that it reads from.
    pub connection: ConnectionIndex,
    /// The connector's name of the collection.
    pub collection: String,
    /// The collection's own options as JSON text.
    pub options: String,
    /// How long a standing run waits between two pulls, in milliseconds.
    pub every_ms: u64,
    /// Most entries in one page, as the connector's descriptor tells.
    pub page_max: u32,
}

/// A stage that runs a rule.
#[derive(Debug, Clone)]
pub struct Transform {
    /// The component that it runs.
    pub connector: ConnectorRef,
    /// Options as JSON text, checked against the connector's schema.
    pub options: String,
    /// Those that the file gives it: all that the rule requires, and maybe more.
    pub directories: Vec<Directory>,
    /// The input ports that something feeds, by name, with the sources behind each: what `ledger` and horizons mean
    /// by an input.
    pub inputs: Vec<Input>,
    /// The two inputs whose counters it joins, where it joins any.
    pub links: Option<(String, String)>,
}

/// An input port of a transform.
#[derive(Debug, Clone)]
pub struct Input {
    /// The connector's name of the port.
    pub port: String,
    /// The sources that feed this port, directly or through other stages.
    pub sources: Vec<StageIndex>,
    /// Parts of an order that the rule is not given.
    pub without: Vec<OrderPart>,
}

/// A directory that a transform may look things up in.
#[derive(Debug, Clone)]
pub struct Directory {
    /// The transform's own name for it.
    pub name: String,
    /// The connection that it searches in.
    pub connection: ConnectionIndex,
    /// The connector's name of the collection.
    pub collection: String,
    /// The collection's own options as JSON text.
    pub options: String,
}

/// A stage that has a collection written.
#[derive(Debug, Clone)]
pub struct Sink {
    /// The connection that is written to.
    pub connection: ConnectionIndex,
    /// The connector's name of the collection.
    pub collection: String,
    /// The collection's own options as JSON text.
    pub options: String,
    /// Most intakes in one `prepare`.
    pub batch_max: u32,
    /// What of an order the sink is not given.
    pub without: Vec<OrderPart>,
    /// Whether a counter must have rested before a movement of it is planned: for the settle time of its last one.
    pub rests: bool,
    /// An entry read longer ago than this, in milliseconds, is read anew before its write is sent. `None`: never.
    pub fresh_ms: Option<u64>,
    /// Whether a person is asked what becomes of what gathered while its switch was off.
    pub ask_when_on: bool,
}

/// The output of a sink that hangs on a switch: what comes to it while the switch is off. Where a stage reads it, that
/// does not wait.
pub const OFF: &str = "off";

/// A joint from an output of one stage to an input of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joint {
    /// The output port of a transform, or [`OFF`] for a sink; `None` for a source, which has one way out.
    pub from: Option<String>,
    /// The stage that it leads to.
    pub to: StageIndex,
    /// The input port of a transform; empty for a sink.
    pub input: String,
}
