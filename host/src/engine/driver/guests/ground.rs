//! What the instances of a run stand on: the ways out, the store, the clock, and what calls leave behind.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use crate::component::LogLine;
use crate::contract::{Failure, Level, Request, Response};
use crate::engine::driver::lock;
use crate::pipeline::{Pipeline, StageIndex};
use crate::store::{LinkRow, NoteRow, Side, Store, StoreError};
use crate::time::{Clock, Instant};

/// A value that a rule staged under a key; `None` forgets it.
pub(super) type Staged = (String, Value);

/// What a rule remembers under a key; `None` where it remembers nothing.
type Value = Option<Vec<u8>>;

/// The reads of one connection. A simulation brings its own.
pub trait Reads: Send + Sync {
    /// A read for a connector, made at once.
    ///
    /// # Errors
    /// What the connector is told where no answer came that it could judge.
    fn read(&self, request: &Request) -> Result<Response, Failure>;

    /// The same for several independent reads. Answers in order.
    fn read_all(&self, requests: &[Request]) -> Vec<Result<Response, Failure>>;
}

/// Shared by all instances of a run.
pub struct Ground<S: Store> {
    pub pipeline: Arc<Pipeline>,
    pub store: Arc<Mutex<S>>,
    pub clock: Arc<dyn Clock>,
    /// The reads of each connection, in the pipeline's order.
    reads: Vec<Arc<dyn Reads>>,
    /// The stage whose call is being made.
    stage: Mutex<StageIndex>,
    /// What the rule that is being called has staged.
    staged: Mutex<Vec<Staged>>,
    /// What rules staged in earlier calls of this batch, until it is committed.
    kept: Mutex<HashMap<(StageIndex, String), Value>>,
    notes: Mutex<Vec<NoteRow>>,
}

impl<S: Store> Ground<S> {
    /// What a pipeline's instances stand on. `reads` are those of its connections, in order.
    pub fn new(
        pipeline: Arc<Pipeline>,
        store: Arc<Mutex<S>>,
        clock: Arc<dyn Clock>,
        reads: Vec<Arc<dyn Reads>>,
    ) -> Arc<Self> {
        Arc::new(Self {
            pipeline,
            store,
            clock,
            reads,
            stage: Mutex::default(),
            staged: Mutex::default(),
            kept: Mutex::default(),
            notes: Mutex::default(),
        })
    }

    pub(super) fn enter(&self, stage: StageIndex) {
        *lock(&self.stage) = stage;
    }

    pub(super) fn now(&self) -> Instant {
        self.clock.now()
    }

    pub(super) fn read(&self, connection: usize, request: &Request) -> Result<Response, Failure> {
        match self.reads.get(connection) {
            Some(reads) => reads.read(request),
            None => Err(Failure::Misconfigured("there is no such connection".to_owned())),
        }
    }

    pub(super) fn read_all(
        &self,
        connection: usize,
        requests: &[Request],
    ) -> Vec<Result<Response, Failure>> {
        match self.reads.get(connection) {
            Some(reads) => reads.read_all(requests),
            None => requests.iter().map(|request| self.read(connection, request)).collect(),
        }
    }

    /// What a rule remembers: what it staged in this call, then in this batch, then what the store has.
    pub(super) fn state_get(
        &self,
        stage: StageIndex,
        keys: &[String],
    ) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let id = self.pipeline.stages.get(stage).map_or("", |stage| &stage.id);
        let mut values = lock(&self.store).state(&self.pipeline.name, id, keys)?;
        let kept = lock(&self.kept);
        let staged = lock(&self.staged);
        for (key, value) in keys.iter().zip(&mut values) {
            if let Some(newer) = kept.get(&(stage, key.clone())) {
                value.clone_from(newer);
            }
            if let Some((_, newer)) = staged.iter().rev().find(|(name, _)| name == key) {
                value.clone_from(newer);
            }
        }
        Ok(values)
    }

    pub(super) fn links(
        &self,
        stage: StageIndex,
        side: Side,
        owners: &[String],
    ) -> Result<Vec<Option<LinkRow>>, StoreError> {
        let id = self.pipeline.stages.get(stage).map_or("", |stage| &stage.id);
        lock(&self.store).links(&self.pipeline.name, id, side, owners)
    }

    pub(super) fn state_put(&self, entries: Vec<Staged>) {
        lock(&self.staged).extend(entries);
    }

    /// What the rule staged in the call that has just ended.
    pub(super) fn take_staged(&self) -> Vec<Staged> {
        std::mem::take(&mut *lock(&self.staged))
    }

    /// What a call staged counts for the calls that follow it.
    pub(super) fn keep(&self, stage: StageIndex, staged: &[Staged]) {
        let mut kept = lock(&self.kept);
        kept.extend(staged.iter().map(|(key, value)| ((stage, key.clone()), value.clone())));
    }

    pub(super) fn forget_kept(&self) {
        lock(&self.kept).clear();
    }

    /// A line of a connector's log. Those for debugging are not kept.
    pub(super) fn log(&self, line: LogLine) {
        if matches!(line.level, Level::Debug) {
            return;
        }
        let stage = *lock(&self.stage);
        let id = self.pipeline.stages.get(stage).map_or_else(String::new, |stage| stage.id.clone());
        let key = line.about.unwrap_or_default();
        lock(&self.notes).push(NoteRow { key, stage: id, text: line.message, at: self.now() });
    }

    pub(super) fn take_notes(&self) -> Vec<NoteRow> {
        std::mem::take(&mut *lock(&self.notes))
    }
}
