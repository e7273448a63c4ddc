//! Connectors whose calls are told.

use std::sync::{Arc, Mutex};

use penstock::contract::{
    Change, Conclusion, Entry, Horizon, Intake, Page, Payload, Plan, Response, Verdict, Write,
};
use penstock::engine::Fault;
use penstock::engine::driver::{Applied, Connectors, lock};
use penstock::pipeline::Pipeline;
use penstock::store::NoteRow;

use crate::simulation::vendors::Vendors;

/// Connectors, and who is told of what they do.
pub(in crate::simulation) struct Told<C> {
    inner: C,
    pipeline: Arc<Pipeline>,
    vendors: Arc<Mutex<Vendors>>,
}

impl<C> Told<C> {
    /// These connectors, which run the stages of this pipeline.
    pub(in crate::simulation) fn new(
        inner: C,
        pipeline: Arc<Pipeline>,
        vendors: Arc<Mutex<Vendors>>,
    ) -> Self {
        Self { inner, pipeline, vendors }
    }

    /// A history that nobody reads is not told.
    fn is_told(&self) -> bool {
        lock(&self.vendors).chronicle.is_on()
    }

    fn tell(&self, stage: usize, tell: impl FnOnce(&mut super::Chronicle, i64, &str)) {
        let id = self.pipeline.stages.get(stage).map_or("?", |stage| stage.id.as_str());
        let mut vendors = lock(&self.vendors);
        if !vendors.chronicle.is_on() {
            return;
        }
        let now_ms = vendors.now_ms();
        tell(&mut vendors.chronicle, now_ms, id);
    }
}

impl<C: Connectors> Connectors for Told<C> {
    fn pull(
        &mut self,
        stage: usize,
        after: Option<Vec<u8>>,
        limit: u32,
        now: i64,
    ) -> Result<Page, Fault> {
        let pulled = self.inner.pull(stage, after, limit, now);
        self.tell(stage, |chronicle, now_ms, id| match &pulled {
            Ok(page) => chronicle.read(now_ms, id, &page.entries),
            Err(fault) => chronicle.fault(now_ms, id, fault),
        });
        pulled
    }

    fn apply(
        &mut self,
        stage: usize,
        input: &str,
        entries: &[Entry],
        horizons: &[Horizon],
    ) -> Result<Applied, Fault> {
        let applied = self.inner.apply(stage, input, entries, horizons);
        self.tell(stage, |chronicle, now_ms, id| match &applied {
            Ok((verdicts, _)) => {
                let judged: Vec<(&Entry, &Verdict)> = entries.iter().zip(verdicts).collect();
                chronicle.judged(now_ms, id, input, &judged);
            }
            Err(fault) => chronicle.fault(now_ms, id, fault),
        });
        applied
    }

    fn prepare(
        &mut self,
        stage: usize,
        intakes: &[Intake],
        known: Option<u64>,
    ) -> Result<Plan, Fault> {
        let told = self.is_told().then_some(intakes).into_iter().flatten();
        let given: Vec<Entry> = told.map(|intake| intake.entry.clone()).collect();
        let planned = self.inner.prepare(stage, intakes, known);
        self.tell(stage, |chronicle, now_ms, id| match &planned {
            Ok(plan) => chronicle.planned(now_ms, id, &given, plan),
            Err(fault) => chronicle.fault(now_ms, id, fault),
        });
        planned
    }

    fn explain(
        &mut self,
        stage: usize,
        component: &str,
        write: &Write,
        intakes: &[Intake],
    ) -> Result<Vec<Change>, Fault> {
        self.inner.explain(stage, component, write, intakes)
    }

    fn conclude(
        &mut self,
        stage: usize,
        component: &str,
        write: &Write,
        response: &Response,
    ) -> Result<Conclusion, Fault> {
        let concluded = self.inner.conclude(stage, component, write, response);
        self.tell(stage, |chronicle, now_ms, id| match &concluded {
            Ok(conclusion) => {
                chronicle.concluded(now_ms, id, ("answer", response.status), conclusion);
            }
            Err(fault) => chronicle.fault(now_ms, id, fault),
        });
        concluded
    }

    fn settle(
        &mut self,
        stage: usize,
        component: &str,
        write: &Write,
        response: &Response,
    ) -> Result<Conclusion, Fault> {
        let settled = self.inner.settle(stage, component, write, response);
        self.tell(stage, |chronicle, now_ms, id| match &settled {
            Ok(conclusion) => {
                chronicle.concluded(now_ms, id, ("probe", response.status), conclusion);
            }
            Err(fault) => chronicle.fault(now_ms, id, fault),
        });
        settled
    }

    fn find_by_key(&mut self, stage: usize, ids: Vec<String>) -> Result<Vec<Vec<Entry>>, Fault> {
        let found = self.inner.find_by_key(stage, ids);
        self.tell(stage, |chronicle, now_ms, id| match &found {
            // An order that is looked up before it is posted is seldom another one than was read.
            Ok(found) => {
                let is_level = |entry: &&Entry| matches!(entry.payload, Payload::StockLevel(_));
                let levels: Vec<Entry> = found.iter().flatten().filter(is_level).cloned().collect();
                chronicle.read(now_ms, id, &levels);
            }
            Err(fault) => chronicle.fault(now_ms, id, fault),
        });
        found
    }

    fn digest(&self, stage: usize) -> String {
        self.inner.digest(stage)
    }

    fn notes(&mut self) -> Vec<NoteRow> {
        let notes = self.inner.notes();
        let mut vendors = lock(&self.vendors);
        let now_ms = vendors.now_ms();
        notes.iter().for_each(|note| vendors.chronicle.noted(now_ms, note));
        notes
    }

    fn forget_staged(&mut self) {
        self.inner.forget_staged();
    }
}
