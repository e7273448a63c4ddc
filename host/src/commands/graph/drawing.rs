//! What is to be seen of a pipeline, whatever it is drawn with.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::commands::run::stage_words;
use crate::contract::{Descriptor, Kind};
use crate::engine::StageCounts;
use crate::pipeline::{
    Connection, ConnectionIndex, ConnectorRef, Connectors, Directory, OFF, Pipeline, Role, Stage,
};
use crate::store::RunRow;
use crate::time::rfc3339;

use crate::commands::inspect::kind_word;

/// A pipeline as it is drawn.
#[derive(Debug)]
pub(super) struct Drawing {
    /// The pipeline's name.
    pub(super) title: String,
    pub(super) run: Option<Ran>,
    pub(super) nodes: Vec<Node>,
    pub(super) edges: Vec<Edge>,
}

/// The run whose counts are shown.
#[derive(Debug, Serialize)]
pub(super) struct Ran {
    pub(super) began_at: String,
    pub(super) ended_at: String,
    /// Why it could not go on: code and words.
    pub(super) stop: Option<(String, String)>,
}

impl Ran {
    pub(super) fn words(&self) -> String {
        match &self.stop {
            None => format!("counts of the run that ended at {}", self.ended_at),
            Some((code, _)) => {
                format!("counts of the run that stopped at {} ({code})", self.ended_at)
            }
        }
    }
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NodeRole {
    Source,
    Transform,
    Sink,
    /// A collection that a transform looks things up in.
    Directory,
}

impl NodeRole {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Transform => "transform",
            Self::Sink => "sink",
            Self::Directory => "directory",
        }
    }
}

/// A stage, or a directory.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) id: String,
    pub(super) role: NodeRole,
    /// What it reads or writes: `shop / orders, every 1 min`.
    pub(super) about: Option<String>,
    /// The connector with its version.
    pub(super) connector: String,
    pub(super) switch: Option<(String, bool)>,
    pub(super) enabled: bool,
    /// It is enabled, and its switch is on.
    pub(super) is_on: bool,
    /// Outputs that nothing reads, with what becomes of what comes there.
    pub(super) unread: Vec<String>,
    /// What it did in the last run.
    pub(super) counts: Option<String>,
}

/// A joint between two stages, or a look-up.
#[derive(Debug)]
pub(super) struct Edge {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) output: Option<String>,
    pub(super) input: Option<String>,
    /// Kinds of payload that pass.
    pub(super) kinds: Vec<&'static str>,
    pub(super) looks_up: bool,
    /// Whether something may come this way as the switches stand.
    pub(super) flows: bool,
}

impl Edge {
    /// By which port it leaves and at which it comes in.
    pub(super) fn ports(&self) -> Option<String> {
        match (&self.output, &self.input) {
            (Some(output), Some(input)) if output != input => Some(format!("{output} → {input}")),
            (Some(name), _) | (None, Some(name)) => Some(name.clone()),
            (None, None) => None,
        }
    }
}

impl Drawing {
    /// What is to be drawn of a pipeline, with what its last run did.
    pub(super) fn of(
        pipeline: &Pipeline,
        connectors: &dyn Connectors,
        run: Option<&RunRow>,
    ) -> Self {
        let counts: BTreeMap<String, StageCounts> =
            run.and_then(|run| serde_json::from_str(&run.stages).ok()).unwrap_or_default();
        let drafter = Drafter { pipeline, connectors };
        let mut nodes: Vec<Node> = Vec::new();
        for stage in &pipeline.stages {
            let counts = counts.get(&stage.id).map(stage_words);
            nodes.push(Node { counts, ..drafter.node(stage) });
        }
        let mut edges = Vec::new();
        for (from, stage) in pipeline.stages.iter().enumerate() {
            edges.extend(drafter.edges(from, stage));
        }
        drafter.directories(&mut nodes, &mut edges);
        let ran = |run: &RunRow| Ran {
            began_at: rfc3339(run.began_at),
            ended_at: rfc3339(run.ended_at),
            stop: run.stop.clone(),
        };
        Self { title: pipeline.name.clone(), run: run.map(ran), nodes, edges }
    }
}

struct Drafter<'a> {
    pipeline: &'a Pipeline,
    connectors: &'a dyn Connectors,
}

impl Drafter<'_> {
    fn connection(&self, index: ConnectionIndex) -> Option<&Connection> {
        self.pipeline.connections.get(index)
    }

    /// What a connector says of itself. The pipeline has passed its check, so there is something.
    fn described<T: Default>(
        &self,
        connector: &ConnectorRef,
        of: impl FnOnce(&Descriptor) -> T,
    ) -> T {
        self.connectors
            .descriptor(connector)
            .map_or_else(|_| T::default(), |described| of(&described.descriptor))
    }

    fn with_version(&self, connector: &ConnectorRef) -> String {
        let version = self.described(connector, |descriptor| descriptor.version.clone());
        format!("{} {version}", connector.name).trim_end().to_owned()
    }

    fn node(&self, stage: &Stage) -> Node {
        let (role, about, connector) = match &stage.role {
            Role::Source(source) => {
                let place = self.place(source.connection, &source.collection);
                let about = format!("{place}, every {}", every(source.every_ms));
                (NodeRole::Source, Some(about), self.connection(source.connection))
            }
            Role::Sink(sink) => {
                let place = self.place(sink.connection, &sink.collection);
                (NodeRole::Sink, Some(place), self.connection(sink.connection))
            }
            Role::Transform(_) => (NodeRole::Transform, None, None),
        };
        let connector = match (&stage.role, connector) {
            (Role::Transform(transform), _) => self.with_version(&transform.connector),
            (_, Some(connection)) => self.with_version(&connection.connector),
            (_, None) => String::new(),
        };
        let on = |name: &String| {
            (name.clone(), self.pipeline.switches.get(name).copied().unwrap_or(false))
        };
        Node {
            id: stage.id.clone(),
            role,
            about,
            connector,
            switch: stage.switch.as_ref().map(on),
            enabled: stage.enabled,
            is_on: self.pipeline.is_on(stage),
            unread: self.unread(stage),
            counts: None,
        }
    }

    fn place(&self, connection: ConnectionIndex, collection: &str) -> String {
        let name = self.connection(connection).map_or("", |connection| &connection.name);
        format!("{name} / {collection}")
    }

    fn unread(&self, stage: &Stage) -> Vec<String> {
        let is_read = |port: &str| {
            stage.joints.iter().any(|joint| joint.from.as_deref().is_none_or(|from| from == port))
        };
        match &stage.role {
            Role::Source(_) if stage.joints.is_empty() => vec!["nothing reads it".to_owned()],
            Role::Source(_) => Vec::new(),
            Role::Transform(transform) => {
                let ports = self.described(&transform.connector, |descriptor| {
                    descriptor.outputs.iter().map(|port| port.name.clone()).collect::<Vec<_>>()
                });
                let unread = ports.into_iter().filter(|port| !is_read(port));
                unread.map(|port| format!("output {port}: unused")).collect()
            }
            Role::Sink(sink) if stage.switch.is_some() && !is_read(OFF) => {
                let waits = match sink.ask_when_on {
                    true => "while off, entries gather for a person",
                    false => "while off, entries wait",
                };
                vec![waits.to_owned()]
            }
            Role::Sink(_) => Vec::new(),
        }
    }

    fn edges(&self, from: usize, stage: &Stage) -> Vec<Edge> {
        let edge = |joint: &crate::pipeline::Joint| {
            let target = self.pipeline.stages.get(joint.to);
            let given = self.given(stage, joint.from.as_deref());
            let taken = target.and_then(|target| self.taken(target, &joint.input));
            let fits = |kind: &Kind| taken.as_ref().is_none_or(|taken| taken.contains(kind));
            let is_off_way = joint.from.as_deref() == Some(OFF);
            let leaves = match &stage.role {
                Role::Sink(_) => is_off_way && !self.pipeline.is_on(stage),
                _ => self.pipeline.is_on(stage),
            };
            Edge {
                from,
                to: joint.to,
                output: joint.from.clone(),
                input: Some(joint.input.clone()).filter(|input| !input.is_empty()),
                kinds: given
                    .iter()
                    .filter(|kind| fits(kind))
                    .map(|kind| kind_word(*kind))
                    .collect(),
                looks_up: false,
                flows: leaves && target.is_some_and(|target| self.pipeline.is_on(target)),
            }
        };
        stage.joints.iter().map(edge).collect()
    }

    /// The kinds that leave a stage by a port.
    fn given(&self, stage: &Stage, port: Option<&str>) -> Vec<Kind> {
        match &stage.role {
            Role::Source(source) => {
                self.of_collection(source.connection, &source.collection, |collection| {
                    collection.reads.into_iter().collect()
                })
            }
            Role::Transform(transform) => self.described(&transform.connector, |descriptor| {
                let named = |of: &&crate::contract::Port| Some(of.name.as_str()) == port;
                descriptor.outputs.iter().find(named).map_or(Vec::new(), |port| port.kinds.clone())
            }),
            // What comes to it goes on as it came.
            Role::Sink(sink) => {
                self.of_collection(sink.connection, &sink.collection, |collection| {
                    collection.writes.clone()
                })
            }
        }
    }

    /// The kinds that a stage takes at an input.
    fn taken(&self, stage: &Stage, input: &str) -> Option<Vec<Kind>> {
        match &stage.role {
            Role::Source(_) => None,
            Role::Transform(transform) => self.described(&transform.connector, |descriptor| {
                let named = |port: &&crate::contract::Port| port.name == input;
                descriptor.inputs.iter().find(named).map(|port| port.kinds.clone())
            }),
            Role::Sink(sink) => {
                Some(self.of_collection(sink.connection, &sink.collection, |collection| {
                    collection.writes.clone()
                }))
            }
        }
    }

    fn of_collection(
        &self,
        connection: ConnectionIndex,
        name: &str,
        of: impl Fn(&crate::contract::Collection) -> Vec<Kind>,
    ) -> Vec<Kind> {
        let Some(connection) = self.connection(connection) else { return Vec::new() };
        self.described(&connection.connector, |descriptor| {
            descriptor.collections.iter().find(|one| one.name == name).map_or(Vec::new(), of)
        })
    }

    /// Adds the directories, one for each collection that is looked up in, and who does.
    fn directories(&self, nodes: &mut Vec<Node>, edges: &mut Vec<Edge>) {
        let mut known: BTreeMap<String, usize> = BTreeMap::new();
        for (to, stage) in self.pipeline.stages.iter().enumerate() {
            let Role::Transform(transform) = &stage.role else { continue };
            for directory in &transform.directories {
                let place = self.place(directory.connection, &directory.collection);
                let from = *known.entry(place.clone()).or_insert_with(|| {
                    nodes.push(self.directory(place, directory));
                    nodes.len() - 1
                });
                edges.push(Edge {
                    from,
                    to,
                    output: None,
                    input: Some(directory.name.clone()),
                    kinds: Vec::new(),
                    looks_up: true,
                    flows: self.pipeline.is_on(stage),
                });
            }
        }
    }

    fn directory(&self, place: String, directory: &Directory) -> Node {
        let connection = self.connection(directory.connection);
        Node {
            id: place,
            role: NodeRole::Directory,
            about: None,
            connector: connection
                .map_or_else(String::new, |connection| self.with_version(&connection.connector)),
            switch: None,
            enabled: true,
            is_on: true,
            unread: Vec::new(),
            counts: None,
        }
    }
}

/// A length of time as a pipeline file says it.
fn every(ms: u64) -> String {
    match ms {
        ms if ms % 86_400_000 == 0 => format!("{} d", ms / 86_400_000),
        ms if ms % 3_600_000 == 0 => format!("{} h", ms / 3_600_000),
        ms if ms % 60_000 == 0 => format!("{} min", ms / 60_000),
        ms if ms % 1_000 == 0 => format!("{} s", ms / 1_000),
        ms => format!("{ms} ms"),
    }
}
