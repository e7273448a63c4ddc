//! The real connectors: an instance for each connection and each rule, kept for the run.

mod ground;
mod services;
mod walk;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use super::{Applied, Connectors, lock};
use crate::component::{CallError, CallLimits, Component, Instance, Limit, OpenError, Runtime};
use crate::contract::{
    Change, Conclusion, Entry, Failure, Horizon, Intake, Kind, KnownTo, LinkedPair, Page, Plan,
    Response, Standing, Usage, Write,
};
use crate::engine::Fault;
use crate::pipeline::{Pipeline, Role, StageIndex};
use crate::store::{NoteRow, Store};
use crate::time::Instant;

pub use ground::{Ground, Reads};
use services::{ConnectionServices, RuleServices};
use walk::Walk;

/// The connectors of one pipeline.
pub struct Guests<S: Store + 'static> {
    ground: Arc<Ground<S>>,
    connections: Arc<Connections<S>>,
    /// The instance of each rule, by its stage.
    rules: HashMap<StageIndex, Instance>,
    /// Components that planned writes which are still open, and are no longer those of the pipeline, by digest.
    earlier: HashMap<(usize, String), Instance>,
    components: Components,
}

/// The components that a pipeline runs.
pub struct Components {
    pub runtime: Arc<Runtime>,
    /// For each connection, in the pipeline's order.
    pub connections: Vec<Arc<Component>>,
    /// For each stage that is a rule.
    pub rules: HashMap<StageIndex, Arc<Component>>,
    /// Where the code of earlier components is kept, by digest, until none of their writes is open.
    pub kept: PathBuf,
}

/// The instances of a pipeline's connections. Rules look things up through them.
pub(super) struct Connections<S: Store + 'static> {
    ground: Arc<Ground<S>>,
    components: Vec<Arc<Component>>,
    instances: Vec<Mutex<Option<Instance>>>,
}

impl<S: Store + 'static> Connections<S> {
    /// Calls the instance of a connection, making one where there is none or the last one trapped.
    pub(super) fn call<T>(
        &self,
        connection: usize,
        call: impl FnOnce(&mut Instance) -> Result<T, CallError>,
    ) -> Result<T, CallError> {
        let (Some(slot), Some(component)) =
            (self.instances.get(connection), self.components.get(connection))
        else {
            return Err(CallError::Failed(Failure::Misconfigured(
                "there is no such connection".to_owned(),
            )));
        };
        let mut slot = lock(slot);
        if slot.as_ref().is_none_or(Instance::is_dead) {
            *slot = Some(self.open(connection, component)?);
        }
        match slot.as_mut() {
            Some(instance) => call(instance),
            None => Err(CallError::Failed(Failure::Unexpected("its instance is gone".to_owned()))),
        }
    }

    fn open(&self, connection: usize, component: &Component) -> Result<Instance, CallError> {
        let options = self
            .ground
            .pipeline
            .connections
            .get(connection)
            .map_or("{}", |connection| &connection.options);
        let services = ConnectionServices { ground: Arc::clone(&self.ground), connection };
        open(component, options, Box::new(services))
    }
}

fn open(
    component: &Component,
    options: &str,
    services: Box<dyn crate::component::Services>,
) -> Result<Instance, CallError> {
    component.open(options, services, CallLimits::default()).map_err(|error| match error {
        OpenError::Call(error) => error,
        OpenError::Options { connector, faults } => {
            let faults: Vec<String> = faults
                .iter()
                .map(|fault| format!("{}: {}", fault.pointer, fault.message))
                .collect();
            let reason =
                format!("connector `{connector}` rejected its options: {}", faults.join("; "));
            CallError::Failed(Failure::Misconfigured(reason))
        }
    })
}

impl<S: Store + 'static> Guests<S> {
    /// The connectors of a pipeline. Nothing is called yet.
    pub fn new(ground: Arc<Ground<S>>, components: Components) -> Self {
        let connections = Arc::new(Connections {
            ground: Arc::clone(&ground),
            components: components.connections.clone(),
            instances: components.connections.iter().map(|_| Mutex::new(None)).collect(),
        });
        Self { ground, connections, rules: HashMap::new(), earlier: HashMap::new(), components }
    }

    /// What each connection's account lacks for the collections that the pipeline uses of it.
    ///
    /// # Errors
    /// The connector's own, for the connection of that position.
    pub fn check(
        &self,
        connection: usize,
        usages: &[Usage],
    ) -> Result<Vec<crate::contract::Finding>, CallError> {
        self.connections.call(connection, |instance| instance.check(usages))
    }

    /// Everything in the collection of a connection that gives products, each once; nothing where it has no such
    /// collection.
    ///
    /// # Errors
    /// The connector's own.
    pub fn products(&self, connection: usize) -> Result<Option<Vec<Entry>>, CallError> {
        let Some(component) = self.components.connections.get(connection) else { return Ok(None) };
        let collections = component.describe().map(|descriptor| descriptor.collections.clone())?;
        let listed = collections.into_iter().find(|known| known.reads == Some(Kind::Product));
        let Some(listed) = listed else { return Ok(None) };
        let usage = Usage { collection: listed.name, options: "{}".to_owned() };
        self.pull_whole(connection, &usage, listed.page_max).map(Some)
    }

    /// Everything that a source gives when it begins anew. Its cursor stays where it is.
    ///
    /// # Errors
    /// The connector's own.
    pub fn list(&self, source: StageIndex) -> Result<Vec<Entry>, CallError> {
        let (connection, usage) = self.used(source)?;
        let page_max = match self.pipeline().stages.get(source).map(|stage| &stage.role) {
            Some(Role::Source(source)) => source.page_max,
            _ => 1,
        };
        self.ground.enter(source);
        self.pull_whole(connection, &usage, page_max)
    }

    fn pull_whole(
        &self,
        connection: usize,
        usage: &Usage,
        page_max: u32,
    ) -> Result<Vec<Entry>, CallError> {
        let (mut walk, mut after) = (Walk::default(), None);
        loop {
            let now = self.ground.now();
            let page = self
                .connections
                .call(connection, |instance| instance.pull(usage, after.as_ref(), page_max, now))?;
            after = walk.take(page).map_err(CallError::Failed)?;
            if after.is_none() {
                return Ok(walk.into_entries());
            }
        }
    }

    /// For each key what a source's collection has under it now.
    ///
    /// # Errors
    /// The connector's own.
    pub fn read_anew(
        &self,
        source: StageIndex,
        keys: &[String],
    ) -> Result<Vec<Vec<Entry>>, CallError> {
        let (connection, usage) = self.used(source)?;
        self.ground.enter(source);
        self.connections.call(connection, |instance| instance.find(&usage, "key", keys))
    }

    /// How pairs of counters stand, by the rule that joins them. Nothing that it stages is kept.
    ///
    /// # Errors
    /// The rule's own; also where it does not take the role `audit`.
    pub fn examine(
        &mut self,
        stage: StageIndex,
        pairs: &[LinkedPair],
        known: &[KnownTo],
    ) -> Result<Vec<Standing>, CallError> {
        self.ground.enter(stage);
        self.rule(stage)?.examine(pairs, known)
    }

    fn pipeline(&self) -> Arc<Pipeline> {
        Arc::clone(&self.ground.pipeline)
    }

    /// The connection of a source or a sink, and the collection that it uses.
    fn usage(&self, stage: StageIndex) -> Option<(usize, Usage)> {
        let pipeline = self.pipeline();
        let (connection, collection, options) = match &pipeline.stages.get(stage)?.role {
            Role::Source(source) => (source.connection, &source.collection, &source.options),
            Role::Sink(sink) => (sink.connection, &sink.collection, &sink.options),
            Role::Transform(_) => return None,
        };
        Some((connection, Usage { collection: collection.clone(), options: options.clone() }))
    }

    fn used(&self, stage: StageIndex) -> Result<(usize, Usage), CallError> {
        self.usage(stage).ok_or_else(|| {
            let fault = "the stage has no connection".to_owned();
            CallError::Failed(Failure::Misconfigured(fault))
        })
    }

    fn on<T>(
        &self,
        stage: StageIndex,
        call: impl FnOnce(&mut Instance, &Usage) -> Result<T, CallError>,
    ) -> Result<T, Fault> {
        let Some((connection, usage)) = self.usage(stage) else {
            return Err(Fault::Faulty("the stage has no connection".to_owned()));
        };
        self.ground.enter(stage);
        self.connections.call(connection, |instance| call(instance, &usage)).map_err(fault)
    }

    fn rule(&mut self, stage: StageIndex) -> Result<&mut Instance, CallError> {
        if self.rules.get(&stage).is_none_or(Instance::is_dead) {
            let pipeline = self.pipeline();
            let (Some(component), Some(Role::Transform(transform))) = (
                self.components.rules.get(&stage),
                pipeline.stages.get(stage).map(|stage| &stage.role),
            ) else {
                return Err(CallError::Failed(Failure::Misconfigured(
                    "the stage is not a rule".to_owned(),
                )));
            };
            let services = RuleServices {
                ground: Arc::clone(&self.ground),
                connections: Arc::clone(&self.connections),
                stage,
            };
            let instance = open(component, &transform.options, Box::new(services))?;
            self.rules.insert(stage, instance);
        }
        match self.rules.get_mut(&stage) {
            Some(instance) => Ok(instance),
            None => Err(CallError::Failed(Failure::Unexpected("its instance is gone".to_owned()))),
        }
    }

    /// Calls the component of that digest for a sink: the pipeline's own, or the earlier one that planned a write.
    fn by_digest<T>(
        &mut self,
        stage: StageIndex,
        digest: &str,
        call: impl FnOnce(&mut Instance, &Usage) -> Result<T, CallError>,
    ) -> Result<T, Fault> {
        if self.digest(stage) == digest {
            return self.on(stage, call);
        }
        let Some((connection, usage)) = self.usage(stage) else {
            return Err(Fault::Faulty("the stage has no connection".to_owned()));
        };
        let place = (connection, digest.to_owned());
        if self.earlier.get(&place).is_none_or(Instance::is_dead) {
            let path = self.components.kept.join(format!("{digest}.wasm"));
            let component = self.components.runtime.load(&path).map_err(|error| {
                Fault::Faulty(format!("the component that planned it is no longer there: {error}"))
            })?;
            let options = self
                .ground
                .pipeline
                .connections
                .get(connection)
                .map_or("{}", |connection| &connection.options);
            let services = ConnectionServices { ground: Arc::clone(&self.ground), connection };
            self.earlier.insert(
                place.clone(),
                open(&component, options, Box::new(services)).map_err(fault)?,
            );
        }
        match self.earlier.get_mut(&place) {
            Some(instance) => call(instance, &usage).map_err(fault),
            None => Err(Fault::Faulty("its instance is gone".to_owned())),
        }
    }
}

impl<S: Store + 'static> Connectors for Guests<S> {
    fn pull(
        &mut self,
        stage: StageIndex,
        after: Option<Vec<u8>>,
        limit: u32,
        now: Instant,
    ) -> Result<Page, Fault> {
        self.on(stage, |instance, usage| instance.pull(usage, after.as_ref(), limit, now))
    }

    fn apply(
        &mut self,
        stage: StageIndex,
        input: &str,
        entries: &[Entry],
        horizons: &[Horizon],
    ) -> Result<Applied, Fault> {
        self.ground.enter(stage);
        let verdicts = self.rule(stage).and_then(|rule| rule.apply(input, entries, horizons));
        let staged = self.ground.take_staged();
        match verdicts {
            Ok(verdicts) => {
                self.ground.keep(stage, &staged);
                Ok((verdicts, staged))
            }
            Err(error) => Err(fault(error)),
        }
    }

    fn prepare(
        &mut self,
        stage: StageIndex,
        intakes: &[Intake],
        known: Option<u64>,
    ) -> Result<Plan, Fault> {
        self.on(stage, |instance, usage| instance.prepare(usage, intakes, known))
    }

    fn explain(
        &mut self,
        stage: StageIndex,
        component: &str,
        write: &Write,
        intakes: &[Intake],
    ) -> Result<Vec<Change>, Fault> {
        self.by_digest(stage, component, |instance, usage| instance.explain(usage, write, intakes))
    }

    fn conclude(
        &mut self,
        stage: StageIndex,
        component: &str,
        write: &Write,
        response: &Response,
    ) -> Result<Conclusion, Fault> {
        self.by_digest(stage, component, |instance, usage| {
            instance.conclude(usage, write, response)
        })
    }

    fn settle(
        &mut self,
        stage: StageIndex,
        component: &str,
        write: &Write,
        response: &Response,
    ) -> Result<Conclusion, Fault> {
        self.by_digest(stage, component, |instance, usage| instance.settle(usage, write, response))
    }

    fn find_by_key(
        &mut self,
        stage: StageIndex,
        ids: Vec<String>,
    ) -> Result<Vec<Vec<Entry>>, Fault> {
        self.on(stage, |instance, usage| instance.find(usage, "key", &ids))
    }

    fn digest(&self, stage: StageIndex) -> String {
        let component = match self.usage(stage) {
            Some((connection, _)) => self.components.connections.get(connection),
            None => self.components.rules.get(&stage),
        };
        component.map_or_else(String::new, |component| component.digest().to_owned())
    }

    fn notes(&mut self) -> Vec<NoteRow> {
        self.ground.take_notes()
    }

    fn forget_staged(&mut self) {
        self.ground.forget_kept();
    }
}

/// What a call's error means to the engine.
fn fault(error: CallError) -> Fault {
    let text = |error: &CallError| {
        let notes = error.facts();
        if notes.is_empty() { error.to_string() } else { format!("{error} ({})", notes.join("; ")) }
    };
    match error {
        CallError::Failed(failure) => Fault::Failed(failure),
        error @ CallError::Limit { limit: Limit::Computing(_) | Limit::Waiting(_), .. } => {
            Fault::TooLong(text(&error))
        }
        error @ (CallError::Trap(_) | CallError::Limit { .. } | CallError::Dead { .. }) => {
            Fault::Trapped(text(&error))
        }
        CallError::Host { message, .. } => Fault::Failed(Failure::Misconfigured(message)),
        error @ (CallError::NoRole { .. } | CallError::Faulty { .. }) => {
            Fault::Faulty(text(&error))
        }
    }
}
