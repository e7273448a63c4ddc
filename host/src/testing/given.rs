//! Sources that give what a case says, in place of what they would read.

use std::sync::Arc;

use super::entry::GivenEntry;
use crate::contract::{Change, Conclusion, Entry, Horizon, Intake, Page, Plan, Response, Write};
use crate::engine::Fault;
use crate::engine::driver::{Applied, Connectors};
use crate::pipeline::{Pipeline, StageIndex};
use crate::store::NoteRow;
use crate::time::{Clock, Instant};

/// Connectors whose sources give other entries.
pub struct Given<C> {
    inner: C,
    pipeline: Arc<Pipeline>,
    clock: Arc<dyn Clock>,
    /// What is still to be given, each entry once.
    entries: Vec<GivenEntry>,
    /// Sources of which something was given. They read nothing afterwards.
    sources: Vec<String>,
    /// Whether the others read; else they give nothing.
    others_read: bool,
}

impl<C: Connectors> Given<C> {
    /// Gives these entries. `others_read` tells whether sources of which nothing is given read by themselves.
    pub fn new(
        inner: C,
        (pipeline, clock): (Arc<Pipeline>, Arc<dyn Clock>),
        entries: Vec<GivenEntry>,
        others_read: bool,
    ) -> Self {
        let sources = entries.iter().map(|given| given.source.clone()).collect();
        Self { inner, pipeline, clock, entries, sources, others_read }
    }
}

impl<C: Connectors> Connectors for Given<C> {
    fn pull(
        &mut self,
        stage: StageIndex,
        after: Option<Vec<u8>>,
        limit: u32,
        now: Instant,
    ) -> Result<Page, Fault> {
        let id = self.pipeline.stages.get(stage).map_or_else(String::new, |stage| stage.id.clone());
        if self.others_read && !self.sources.contains(&id) {
            return self.inner.pull(stage, after, limit, now);
        }
        let (own, others) =
            std::mem::take(&mut self.entries).into_iter().partition(|given| given.source == id);
        self.entries = others;
        let own: Vec<GivenEntry> = own;
        let entries = own.into_iter().map(|given| given.entry).collect();
        Ok(Page { entries, next: Vec::new(), more: false, complete_to: Some(self.clock.now()) })
    }

    fn apply(
        &mut self,
        stage: StageIndex,
        input: &str,
        entries: Vec<Entry>,
        horizons: Vec<Horizon>,
    ) -> Result<Applied, Fault> {
        self.inner.apply(stage, input, entries, horizons)
    }

    fn prepare(
        &mut self,
        stage: StageIndex,
        intakes: Vec<Intake>,
        known: Option<u64>,
    ) -> Result<Plan, Fault> {
        self.inner.prepare(stage, intakes, known)
    }

    fn explain(
        &mut self,
        stage: StageIndex,
        component: &str,
        write: &Write,
        intakes: &[Intake],
    ) -> Result<Vec<Change>, Fault> {
        self.inner.explain(stage, component, write, intakes)
    }

    fn conclude(
        &mut self,
        stage: StageIndex,
        component: &str,
        write: &Write,
        response: &Response,
    ) -> Result<Conclusion, Fault> {
        self.inner.conclude(stage, component, write, response)
    }

    fn settle(
        &mut self,
        stage: StageIndex,
        component: &str,
        write: &Write,
        response: &Response,
    ) -> Result<Conclusion, Fault> {
        self.inner.settle(stage, component, write, response)
    }

    fn find_by_key(
        &mut self,
        stage: StageIndex,
        ids: Vec<String>,
    ) -> Result<Vec<Vec<Entry>>, Fault> {
        self.inner.find_by_key(stage, ids)
    }

    fn digest(&self, stage: StageIndex) -> String {
        self.inner.digest(stage)
    }

    fn notes(&mut self) -> Vec<NoteRow> {
        self.inner.notes()
    }

    fn forget_staged(&mut self) {
        self.inner.forget_staged();
    }
}
