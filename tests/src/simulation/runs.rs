//! The runs of a story: to their end, or to where their process dies, or is succeeded.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use penstock::engine::driver::lock;
use penstock::engine::{Ended, Mode, Options};
use penstock::pipeline::Role;
use penstock::store::{SqliteStore, Store as _, StoreError, WriteStatus};

use super::process::Process;
use super::reached::{self, Reached};
use super::store::{Crash, Death, Mortal};
use super::vendors::Vendors;
use super::{Mutation, Simulation, minutes};

/// No lease lasts longer, in milliseconds.
const LEASE_ENDS_MS: i64 = minutes(21);

/// Between two runs of an operator's schedule, in milliseconds.
const BETWEEN_RUNS_MS: i64 = 60_000;

/// How a run ended.
#[derive(Debug)]
pub enum Run {
    /// By itself.
    Ended(Box<Ended>),
    /// It was killed.
    Killed,
}

impl Simulation<'_> {
    /// One run to its end, in the process that lives.
    ///
    /// # Errors
    /// Those of the store.
    pub fn run(&mut self) -> anyhow::Result<Box<Ended>> {
        match self.run_until(None)? {
            Run::Ended(ended) => Ok(ended),
            Run::Killed => anyhow::bail!("the run was killed, and nobody killed it"),
        }
    }

    /// Runs every minute for so long.
    ///
    /// # Errors
    /// As [`Self::run`]; also where a run stops before its end.
    pub fn run_for(&mut self, elapsed_ms: i64) -> anyhow::Result<()> {
        let end_ms = self.now_ms() + elapsed_ms;
        while self.now_ms() < end_ms {
            let ended = self.run()?;
            if let Some(stop) = ended.stop {
                anyhow::bail!("the run stopped: {stop:?}");
            }
            self.wait(BETWEEN_RUNS_MS);
        }
        Ok(())
    }

    /// One run that is killed at a commit, if it comes so far.
    ///
    /// # Errors
    /// Those of the store.
    pub fn run_until(&mut self, crash: Option<Crash>) -> anyhow::Result<Run> {
        self.run_with(Options::new(Mode::Run), crash)
    }

    /// One run that polls these sources alone, as one does whose other sources are not due.
    ///
    /// # Errors
    /// Those of the store.
    pub fn poll(&mut self, sources: &[&str]) -> anyhow::Result<Run> {
        let all = self.pipeline.stages.iter().filter(|it| matches!(it.role, Role::Source(_)));
        let resting = all.map(|it| it.id.clone()).filter(|id| !sources.contains(&id.as_str()));
        let resting: BTreeSet<String> = resting.collect();
        self.run_with(Options { resting, ..Options::new(Mode::Run) }, None)
    }

    fn run_with(&mut self, options: Options, crash: Option<Crash>) -> anyhow::Result<Run> {
        let doom = self.dooms.front().copied().filter(|_| crash.is_none());
        let dies = match crash {
            Some(Crash::At(point, times)) => Some((point, times)),
            _ => doom,
        };
        let dies = dies.map(|(point, times)| (point, times, Death::Killed));
        match self.run_to_death(options, crash, dies) {
            Ok(ended) => Ok(Run::Ended(ended)),
            Err(_) if crash.is_some() => {
                self.bury()?;
                Ok(Run::Killed)
            }
            Err(StoreError::Unusable { .. }) if doom.is_some() => {
                self.dooms.pop_front();
                self.bury()?;
                Ok(Run::Killed)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn run_to_death(
        &mut self,
        options: Options,
        crash: Option<Crash>,
        dies: Option<(&'static str, u64, Death)>,
    ) -> Result<Box<Ended>, StoreError> {
        {
            let mut store = lock(&self.store);
            (store.commits, store.crash) = (0, crash);
        }
        let pipeline = self.read_pipeline();
        let process = self.process.get_or_insert_with(|| {
            Process::start(self.kit.components(), &pipeline, &self.vendors, &self.store)
        });
        let ended = process.run(options, dies);
        self.tell_end(ended.as_ref().ok());
        if ended.as_ref().is_ok_and(|ended| ended.stop.is_none()) {
            let mut vendors = lock(&self.vendors);
            let begun_ms = vendors.run_begins.last().copied();
            vendors.good_runs.extend(begun_ms);
        }
        ended.map(Box::new)
    }

    /// The process is dead. What it had sent may or may not have left.
    pub(super) fn bury(&mut self) -> anyhow::Result<()> {
        self.restart();
        note_left_open(&lock(&self.store).inner, &self.vendors, &self.pipeline.name)?;
        Ok(())
    }

    /// One run that dies in some way when it comes to a point for that time, from 1. Answers whether it came there.
    ///
    /// # Errors
    /// Those of the store, but for the one that the run is to meet.
    pub fn run_dying(
        &mut self,
        point: &'static str,
        times: u64,
        death: Death,
    ) -> anyhow::Result<bool> {
        let dies = Some((point, times, death));
        let run = AssertUnwindSafe(|| self.run_to_death(Options::new(Mode::Run), None, dies));
        match catch_unwind(run) {
            Ok(Ok(_)) => return Ok(false),
            Ok(Err(StoreError::Full { .. } | StoreError::Unusable { .. })) | Err(_) => {}
            Ok(Err(error)) => return Err(error.into()),
        }
        self.bury()?;
        Ok(true)
    }

    /// A run to come is killed when it comes to a point for that time, from 1: the first that comes so far.
    pub fn doom(&mut self, point: &'static str, times: u64) {
        self.dooms.push_back((point, times));
    }

    /// A run to come stands still when it comes to a point, the first that comes so far; another takes over meanwhile.
    pub fn usurp(&mut self, point: &'static str) {
        self.usurpations.push_back(point);
    }

    /// One run, with what is to happen to it.
    ///
    /// # Errors
    /// Those of the store.
    pub fn run_on(&mut self) -> anyhow::Result<()> {
        let Some(point) = self.usurpations.front().copied() else {
            self.run_until(None)?;
            return Ok(());
        };
        if self.run_overtaken(Crash::At(point, 1))? {
            self.usurpations.pop_front();
        }
        Ok(())
    }

    /// How often points and troubles were met.
    #[must_use]
    pub fn reached(&self) -> Reached {
        lock(&lock(&self.vendors).tally).clone()
    }

    /// One more thing was met.
    pub(super) fn meet(&self, name: impl Into<String>) {
        reached::count(&lock(&self.vendors).tally, name);
    }

    /// One run that stands still at a commit for longer than its lease lasts. Another process makes a run meanwhile. Answers
    /// whether it came so far.
    ///
    /// # Errors
    /// Those of the store, but for the one that the run is to meet: its lease is another's.
    pub fn run_overtaken(&mut self, at: Crash) -> anyhow::Result<bool> {
        let (pipeline, vendors) = (Arc::clone(&self.pipeline), Arc::clone(&self.vendors));
        let components = self.kit.components();
        let mutation = lock(&self.store).mutation;
        let tally = Arc::clone(&lock(&self.vendors).tally);
        let other = move |inner: SqliteStore| {
            note_left_open(&inner, &vendors, &pipeline.name)?;
            lock(&vendors).pass(LEASE_ENDS_MS);
            // A copy is another process: it has another name. It takes first levels for accepted.
            lock(&vendors).people.unaccepted.clear();
            let store = Mortal::around(inner.copy_in_memory()?, &tally);
            let store = Arc::new(Mutex::new(Mortal { mutation, ..store }));
            let mut process = Process::start(components, &pipeline, &vendors, &store);
            process.run(Options::new(Mode::Run), None)?;
            Ok(std::mem::replace(&mut lock(&store).inner, SqliteStore::in_memory()?))
        };
        lock(&self.store).overtaken = Some((at, Box::new(other)));
        let ended = self.run_with(Options::new(Mode::Run), None);
        let overtaken = lock(&self.store).overtaken.take().is_none();
        match ended {
            Ok(_) => {}
            Err(error)
                if overtaken && matches!(error.downcast_ref(), Some(StoreError::Fenced { .. })) =>
            {
                note_left_open(&lock(&self.store).inner, &self.vendors, &self.pipeline.name)?;
            }
            Err(error) => return Err(error),
        }
        self.restart();
        Ok(overtaken)
    }

    /// `penstock plan`, on a throw-away copy of the store.
    ///
    /// # Errors
    /// Those of the store.
    pub fn plan(&self) -> anyhow::Result<()> {
        let tally = Arc::clone(&lock(&self.vendors).tally);
        let store = Arc::new(Mutex::new(Mortal::around(self.copy_store()?, &tally)));
        let mut process =
            Process::start(self.kit.components(), &self.pipeline, &self.vendors, &store);
        lock(&self.vendors).plans = true;
        let sends = lock(&self.vendors).has(Mutation::PlanSends);
        let mode = if sends { Mode::Run } else { Mode::Plan };
        let ended = process.run(Options::new(mode), None);
        lock(&self.vendors).plans = false;
        ended?;
        Ok(())
    }
}

/// What stands in a store as sent may never have left, or may be on its way.
fn note_left_open(
    store: &SqliteStore,
    vendors: &Mutex<Vendors>,
    pipeline: &str,
) -> Result<(), StoreError> {
    let open = store.open_writes(pipeline)?;
    let sent = open.into_iter().filter(|row| row.status != WriteStatus::Planned);
    let mut vendors = lock(vendors);
    let now_ms = vendors.now_ms();
    let paths = sent.map(|row| (now_ms, row.write.request.path.clone()));
    vendors.left_open.extend(paths);
    Ok(())
}
