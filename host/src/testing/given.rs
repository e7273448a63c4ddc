//! Sources that give what a case says, in place of what they would read.

use std::sync::Arc;

use super::entry::GivenEntry;
use crate::contract::Page;
use crate::engine::Fault;
use crate::engine::driver::{Around, Connectors};
use crate::pipeline::{Pipeline, StageIndex};
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

impl<C: Connectors> Around for Given<C> {
    type Inner = C;

    fn inner(&self) -> &C {
        &self.inner
    }

    fn inner_mut(&mut self) -> &mut C {
        &mut self.inner
    }

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
        let (own, others): (Vec<GivenEntry>, Vec<GivenEntry>) =
            std::mem::take(&mut self.entries).into_iter().partition(|given| given.source == id);
        self.entries = others;
        let entries = own.into_iter().map(|given| given.entry).collect();
        Ok(Page { entries, next: Vec::new(), more: false, complete_to: Some(self.clock.now()) })
    }
}
