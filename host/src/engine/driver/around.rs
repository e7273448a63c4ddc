//! Connectors that stand around others, and do something of their own in some of the calls.

use super::{Applied, Connectors};
use crate::contract::{
    Change, Conclusion, Entry, Horizon, Intake, Page, Plan, Response, Verdict, Write,
};
use crate::engine::Fault;
use crate::pipeline::StageIndex;
use crate::store::NoteRow;
use crate::time::Instant;

/// Stands around other connectors. Whoever implements it says what it does in the calls that it cares for; the others go
/// through.
pub trait Around {
    /// What it stands around.
    type Inner: Connectors;

    /// What it stands around.
    fn inner(&self) -> &Self::Inner;

    /// What it stands around, to be called.
    fn inner_mut(&mut self) -> &mut Self::Inner;

    /// As [`Connectors::pull`].
    ///
    /// # Errors
    /// As there.
    fn pull(
        &mut self,
        stage: StageIndex,
        after: Option<Vec<u8>>,
        limit: u32,
        now: Instant,
    ) -> Result<Page, Fault> {
        self.inner_mut().pull(stage, after, limit, now)
    }

    /// Is told of a rule's verdicts.
    fn applied(
        &mut self,
        _stage: StageIndex,
        _input: &str,
        _entries: &[Entry],
        _applied: &Result<Applied, Fault>,
    ) {
    }

    /// Is told of a sink's plan for entries of these keys.
    fn prepared(&mut self, _stage: StageIndex, _keys: &[String], _plan: &Result<Plan, Fault>) {}

    /// Is told what an answer means, or a probe's.
    fn concluded(&mut self, _stage: StageIndex, _said: &Said<'_>) {}

    /// Is told of notes.
    fn noted(&mut self, _notes: &[NoteRow]) {}

    /// Whether [`Self::applied`] wants to be told; entries are copied for it.
    fn listens(&self) -> bool {
        false
    }
}

/// What an answer or a probe of a write means.
pub struct Said<'a> {
    pub is_probe: bool,
    pub write: &'a Write,
    pub response: &'a Response,
    pub conclusion: &'a Result<Conclusion, Fault>,
}

impl<T: Around> Connectors for T {
    fn pull(
        &mut self,
        stage: StageIndex,
        after: Option<Vec<u8>>,
        limit: u32,
        now: Instant,
    ) -> Result<Page, Fault> {
        Around::pull(self, stage, after, limit, now)
    }

    fn apply(
        &mut self,
        stage: StageIndex,
        input: &str,
        entries: &[Entry],
        horizons: &[Horizon],
    ) -> Result<(Vec<Verdict>, Vec<(String, Option<Vec<u8>>)>), Fault> {
        let applied = self.inner_mut().apply(stage, input, entries, horizons);
        self.applied(stage, input, entries, &applied);
        applied
    }

    fn prepare(
        &mut self,
        stage: StageIndex,
        intakes: &[Intake],
        known: Option<u64>,
    ) -> Result<Plan, Fault> {
        let keys: Vec<String> = intakes.iter().map(|intake| intake.entry.key.clone()).collect();
        let plan = self.inner_mut().prepare(stage, intakes, known);
        self.prepared(stage, &keys, &plan);
        plan
    }

    fn explain(
        &mut self,
        stage: StageIndex,
        component: &str,
        write: &Write,
        intakes: &[Intake],
    ) -> Result<Vec<Change>, Fault> {
        self.inner_mut().explain(stage, component, write, intakes)
    }

    fn conclude(
        &mut self,
        stage: StageIndex,
        component: &str,
        write: &Write,
        response: &Response,
    ) -> Result<Conclusion, Fault> {
        let conclusion = self.inner_mut().conclude(stage, component, write, response);
        self.concluded(stage, &Said { is_probe: false, write, response, conclusion: &conclusion });
        conclusion
    }

    fn settle(
        &mut self,
        stage: StageIndex,
        component: &str,
        write: &Write,
        response: &Response,
    ) -> Result<Conclusion, Fault> {
        let conclusion = self.inner_mut().settle(stage, component, write, response);
        self.concluded(stage, &Said { is_probe: true, write, response, conclusion: &conclusion });
        conclusion
    }

    fn find_by_key(
        &mut self,
        stage: StageIndex,
        ids: Vec<String>,
    ) -> Result<Vec<Vec<Entry>>, Fault> {
        self.inner_mut().find_by_key(stage, ids)
    }

    fn digest(&self, stage: StageIndex) -> String {
        self.inner().digest(stage)
    }

    fn notes(&mut self) -> Vec<NoteRow> {
        let notes = self.inner_mut().notes();
        self.noted(&notes);
        notes
    }

    fn forget_staged(&mut self) {
        self.inner_mut().forget_staged();
    }
}
