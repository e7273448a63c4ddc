//! The driver: does what the engine asks for, and tells it what came of it.
//!
//! It decides nothing. Components, the network and the store come in as traits, so that a simulation can bring its own.

mod around;
mod guests;
mod network;
mod point;
mod replay;
mod tape;

use std::sync::{Arc, Mutex, PoisonError};

use super::{
    Answer, Effect, Ended, Engine, Event, Fault, PulledEntry, PulledPage, Recalled, Started,
    Summary, Unwritten,
};
use crate::contract::{
    Change as Told, Conclusion, Entry, Failure, Horizon, Intake, Page, Plan, Request, Response,
    Verdict, Write,
};
use crate::pipeline::{ConnectionIndex, Pipeline, Role, Sink, StageIndex};
use crate::record::{account_of, destination, entry_key, remote_id};
use crate::store::{Change, Lease, NoteRow, PIPELINE_LEASE, Store, StoreError, WriteRow};
use crate::time::Instant;

pub use around::{Around, Said};
pub use guests::{Components, Ground, Guests, Reads};
pub use network::{Wire, reads};
pub use point::{POINTS, commit_points};
pub use replay::{Call, Replay};
pub use tape::taped;

/// How long a lease lasts, in milliseconds: longer than one call of a component may wait for a rate limit. A process
/// that dies on this machine is succeeded at once, one elsewhere after this long at most.
const LEASE_MS: i64 = 1_200_000;
/// A lease is renewed when it has less than this left, in milliseconds.
const LEASE_RENEW_MS: i64 = 1_080_000;

/// Calls of components. Each is made while nothing else is, on one thread.
pub trait Connectors {
    /// The next page of a source, with its own keys.
    fn pull(
        &mut self,
        stage: StageIndex,
        after: Option<Vec<u8>>,
        limit: u32,
        now: Instant,
    ) -> Result<Page, Fault>;
    /// A rule's verdicts, and the state that it staged.
    fn apply(
        &mut self,
        stage: StageIndex,
        input: &str,
        entries: &[Entry],
        horizons: &[Horizon],
    ) -> Result<Applied, Fault>;
    /// A sink's plan.
    fn prepare(
        &mut self,
        stage: StageIndex,
        intakes: &[Intake],
        known: Option<u64>,
    ) -> Result<Plan, Fault>;
    /// What a write changes, for people, said by the component of that digest.
    fn explain(
        &mut self,
        stage: StageIndex,
        component: &str,
        write: &Write,
        intakes: &[Intake],
    ) -> Result<Vec<Told>, Fault>;
    /// What an answer means, said by the component of that digest.
    fn conclude(
        &mut self,
        stage: StageIndex,
        component: &str,
        write: &Write,
        response: &Response,
    ) -> Result<Conclusion, Fault>;
    /// What a probe means, said by the component of that digest.
    fn settle(
        &mut self,
        stage: StageIndex,
        component: &str,
        write: &Write,
        response: &Response,
    ) -> Result<Conclusion, Fault>;
    /// Entries of a source's collection by their own keys, with their own keys.
    fn find_by_key(
        &mut self,
        stage: StageIndex,
        ids: Vec<String>,
    ) -> Result<Vec<Vec<Entry>>, Fault>;
    /// Digest of the component that a stage runs.
    fn digest(&self, stage: StageIndex) -> String;
    /// What components logged since the last call.
    fn notes(&mut self) -> Vec<NoteRow>;
    /// What rules staged is on the disk, or the run that they did it in has ended without it: it counts no more.
    fn forget_staged(&mut self);
}

/// A rule's verdicts, and the state that it staged.
pub type Applied = (Vec<Verdict>, Vec<(String, Option<Vec<u8>>)>);

/// The network and the clock.
pub trait Network {
    /// The time now.
    fn now(&self) -> Instant;
    /// Sends a write, once. Its answer comes by [`Network::next`], as [`Event::Answered`].
    fn send(&mut self, number: i64, connection: ConnectionIndex, request: &Request);
    /// Reads a probe. Its answer comes by [`Network::next`], as [`Event::Probed`].
    fn probe(&mut self, number: i64, connection: ConnectionIndex, request: &Request);
    /// The next thing that happened, waiting for it up to an instant, or for as long as it takes. `None` when the
    /// instant came first.
    fn next(&mut self, until: Option<Instant>) -> Option<Event>;
    /// Called with each commit: for those who note or repeat in what order a run goes.
    fn committed(&mut self) {}
}

/// Nobody watches.
pub struct Unwatched;
impl Observer for Unwatched {}

/// Someone who watches a run.
pub trait Observer {
    /// Called whenever something was committed.
    fn progress(&mut self, _summary: &Summary, _open: usize) {}
    /// Called before the run waits for so many milliseconds at most, for an answer or for what is due then.
    fn waits(&mut self, _ms: i64) {}
    /// Called for each write that a plan shows, with what its connector tells of it.
    fn planned(&mut self, _write: &WriteRow, _told: Result<Vec<Told>, Fault>) {}
    /// Called with entries that a plan shows without a write.
    fn unwritten(&mut self, _entries: Vec<Unwritten>) {}
    /// Called with what components logged.
    fn noted(&mut self, _note: &NoteRow) {}
    /// Called at each of [`POINTS`], where the process might die; only in builds for crash tests.
    ///
    /// # Errors
    /// The run is to end here, as if the store had failed.
    fn reached(&mut self, _point: &'static str) -> Result<(), StoreError> {
        Ok(())
    }
}

/// Drives one run to its end.
pub struct Driver<'a, S, C, N, O> {
    pub pipeline: Arc<Pipeline>,
    pub store: Arc<Mutex<S>>,
    pub connectors: &'a mut C,
    pub network: &'a mut N,
    pub observer: &'a mut O,
    leases: Vec<Lease>,
}

impl<'a, S: Store, C: Connectors, N: Network, O: Observer> Driver<'a, S, C, N, O> {
    /// A driver of this pipeline.
    pub fn new(
        pipeline: Arc<Pipeline>,
        store: Arc<Mutex<S>>,
        connectors: &'a mut C,
        network: &'a mut N,
        observer: &'a mut O,
    ) -> Self {
        Self { pipeline, store, connectors, network, observer, leases: Vec::new() }
    }

    /// Runs until there is nothing more to do, or the run has to stop.
    ///
    /// # Errors
    /// Those of the store. Nothing that was not committed has been sent.
    pub fn run(&mut self, mut engine: Engine) -> Result<Ended, StoreError> {
        // The run before, in the same process, may have ended without committing what its rules had staged.
        self.connectors.forget_staged();
        let leased_until = self.lease()?;
        let started = self.started(leased_until)?;
        let mut events = vec![Event::Started(Box::new(started))];
        loop {
            while let Some(event) = events.pop() {
                for effect in engine.step(event) {
                    match self.perform(effect)? {
                        Done::Event(event) => events.push(event),
                        Done::Nothing => {}
                        Done::Wait(until) => {
                            if let Some(until) = until {
                                self.observer.waits(until.saturating_sub(self.network.now()));
                            }
                            events.extend(self.network.next(until));
                        }
                        Done::Finished(ended) => {
                            self.give_back()?;
                            return Ok(*ended);
                        }
                    }
                }
            }
            self.observer.progress(engine.summary(), engine.open_writes());
            // What has come in the meantime is told before anything new is begun, so that one commit takes it all.
            match self.network.next(Some(Instant::MIN)) {
                Some(event) => events.push(event),
                None => {
                    let until = self.lease()?;
                    if until != leased_until {
                        let _none = engine.step(Event::Leased { until });
                    }
                    events.push(Event::Idle { now: self.network.now() });
                }
            }
        }
    }

    /// Takes the leases that the run needs, or renews them when they are about to end.
    fn lease(&mut self) -> Result<Instant, StoreError> {
        let now = self.network.now();
        let ends = self.leases.iter().map(|lease| lease.until).min();
        if let Some(ends) = ends.filter(|ends| ends.saturating_sub(now) > LEASE_RENEW_MS) {
            return Ok(ends);
        }
        let mut names = vec![format!("{PIPELINE_LEASE}{}", self.pipeline.name)];
        names.extend(self.destinations());
        let until = now.saturating_add(LEASE_MS);
        let mut store = lock(&self.store);
        let mut leases = Vec::with_capacity(names.len());
        for name in &names {
            let lease = store.lease(name, now, until)?;
            let lost =
                self.leases.iter().any(|held| held.name == *name && held.fence != lease.fence);
            if lost {
                return Err(StoreError::Fenced { name: name.clone() });
            }
            leases.push(lease);
        }
        drop(store);
        let until = leases.iter().map(|lease| lease.until).min().unwrap_or(until);
        self.leases = leases;
        Ok(until)
    }

    /// A process that stood still after its commit, for longer than its lease lasts, must not send what it committed:
    /// another may have found it unsettled, and sent it again.
    fn still_leased(&self) -> Result<(), StoreError> {
        let now = self.network.now();
        match self.leases.iter().find(|lease| lease.until <= now) {
            Some(ended) => Err(StoreError::Fenced { name: ended.name.clone() }),
            None => Ok(()),
        }
    }

    fn give_back(&mut self) -> Result<(), StoreError> {
        let mut store = lock(&self.store);
        self.leases.drain(..).try_for_each(|lease| store.release(&lease))
    }

    fn destinations(&self) -> Vec<String> {
        let sinks = self.pipeline.stages.iter().filter_map(|stage| match &stage.role {
            Role::Sink(sink) => Some(self.destination(sink)),
            _ => None,
        });
        let mut destinations: Vec<String> = sinks.collect();
        destinations.sort();
        destinations.dedup();
        destinations
    }

    fn destination(&self, sink: &Sink) -> String {
        destination(self.pipeline.account(sink.connection), &sink.collection)
    }

    fn started(&self, leased_until: Instant) -> Result<Started, StoreError> {
        let store = lock(&self.store);
        let name = &self.pipeline.name;
        Ok(Started {
            now: self.network.now(),
            cursors: store.cursors(name)?,
            open_writes: store.open_writes(name)?,
            last_number: store.last_number(name)?,
            leased_until,
        })
    }

    fn perform(&mut self, effect: Effect) -> Result<Done, StoreError> {
        Ok(match effect {
            Effect::Pull { stage, after, limit, now } => {
                let page = self.connectors.pull(stage, after, limit, now);
                Done::Event(Event::Pulled { stage, page: self.page(stage, page)? })
            }
            Effect::Apply { stage, input, entries, horizons } => {
                let verdicts = self.connectors.apply(stage, &input, &entries, &horizons);
                Done::Event(Event::Applied { entries, verdicts })
            }
            Effect::Recall { stage, keys, after } => {
                Done::Event(self.recall(stage, &keys, &after)?)
            }
            Effect::Prepare { stage, intakes } => Done::Event(self.prepare(stage, intakes)?),
            Effect::Load { known, limit } => {
                let due = lock(&self.store).due(&self.pipeline.name, &known, limit)?;
                Done::Event(Event::Loaded(due))
            }
            Effect::Reread { source, keys } => {
                let entries = self.reread(source, &keys);
                Done::Event(Event::Reread { entries, now: self.network.now() })
            }
            Effect::Commit(changes) => {
                self.commit(changes)?;
                Done::Event(Event::Committed)
            }
            Effect::Send { write, stage } => {
                self.reach("before-send")?;
                self.still_leased()?;
                let connection = self.connection_of(stage);
                self.network.send(write.number, connection, &write.write.request);
                Done::Nothing
            }
            Effect::Probe { write, stage } => {
                self.reach("before-probe")?;
                let connection = self.connection_of(stage);
                match &write.write.probe {
                    Some(probe) => self.network.probe(write.number, connection, probe),
                    None => return Ok(Done::Event(self.no_probe(write.number))),
                }
                Done::Nothing
            }
            Effect::Conclude { write, stage, response } => {
                let conclusion =
                    self.connectors.conclude(stage, &write.component, &write.write, &response);
                Done::Event(Event::Concluded {
                    number: write.number,
                    conclusion,
                    now: self.network.now(),
                })
            }
            Effect::Settle { write, stage, response } => {
                let conclusion =
                    self.connectors.settle(stage, &write.component, &write.write, &response);
                Done::Event(Event::Concluded {
                    number: write.number,
                    conclusion,
                    now: self.network.now(),
                })
            }
            Effect::Show { write, stage } => {
                let without = self.pipeline.unseen_by(stage);
                let intakes: Vec<Intake> =
                    write.intakes.iter().filter_map(|row| row.intake(without)).collect();
                let told = self.connectors.explain(stage, &write.component, &write.write, &intakes);
                self.observer.planned(&write, told);
                Done::Nothing
            }
            Effect::ShowUnwritten(entries) => {
                self.observer.unwritten(entries);
                Done::Nothing
            }
            Effect::Wait { until } => Done::Wait(until),
            Effect::Finish(ended) => Done::Finished(ended),
        })
    }

    fn no_probe(&self, number: i64) -> Event {
        let failure = Failure::Unexpected("the write has no probe".to_owned());
        Event::Probed { number, response: Err(failure), now: self.network.now() }
    }

    fn commit(&mut self, mut changes: Vec<Change>) -> Result<(), StoreError> {
        for note in self.connectors.notes() {
            self.observer.noted(&note);
            changes.push(Change::Note(note));
        }
        let points = point::commit_points(&changes);
        points.iter().try_for_each(|(before, _)| self.reach(before))?;
        lock(&self.store).commit(&self.pipeline.name, &self.leases, &changes)?;
        self.network.committed();
        points.iter().try_for_each(|(_, after)| self.reach(after))?;
        self.connectors.forget_staged();
        Ok(())
    }

    /// The process comes to a point where a test may have it die.
    fn reach(&mut self, point: &'static str) -> Result<(), StoreError> {
        if cfg!(not(feature = "crash-points")) {
            return Ok(());
        }
        point::reach(point);
        self.observer.reached(point)
    }

    /// A page with its keys made whole, and what of it was dealt with before.
    fn page(
        &mut self,
        stage: StageIndex,
        page: Result<Page, Fault>,
    ) -> Result<Result<PulledPage, Fault>, StoreError> {
        let page = match page {
            Ok(page) => page,
            Err(fault) => return Ok(Err(fault)),
        };
        let pipeline = Arc::clone(&self.pipeline);
        let Some((id, account, collection)) = source(&pipeline, stage) else {
            return Ok(Err(unknown_stage()));
        };
        let mut entries = page.entries;
        for entry in &mut entries {
            entry.key = entry_key(account, collection, &entry.key);
        }
        let names: Vec<(&str, &str)> =
            entries.iter().map(|entry| (entry.key.as_str(), entry.revision.as_str())).collect();
        let seen = lock(&self.store).seen(&self.pipeline.name, id, &names)?;
        let entries = entries
            .into_iter()
            .zip(seen)
            .map(|(entry, seen)| PulledEntry { entry, seen })
            .collect();
        Ok(Ok(PulledPage {
            entries,
            next: page.next,
            more: page.more,
            complete_to: page.complete_to,
        }))
    }

    fn recall(
        &self,
        stage: StageIndex,
        asked: &[Recalled],
        after: &[String],
    ) -> Result<Event, StoreError> {
        let destination = self.sink_destination(stage);
        let keys: Vec<&str> = asked.iter().map(|asked| asked.key.as_str()).collect();
        let after: Vec<&str> = after.iter().map(String::as_str).collect();
        let store = lock(&self.store);
        let mut recalls = store.recall(&destination, &keys)?;
        let counted = || asked.iter().filter_map(|asked| asked.counter.as_deref());
        if counted().next().is_some() {
            let owners: Vec<&str> = counted().collect();
            let movers = store.movers(account_of(&destination), &owners)?;
            let moving = recalls.iter_mut().zip(asked).filter(|(_, asked)| asked.counter.is_some());
            let rested = match self.pipeline.rests(stage) {
                true => store.rested(account_of(&destination), &owners)?,
                false => vec![None; owners.len()],
            };
            for ((recall, _), (movers, rested_at)) in moving.zip(movers.into_iter().zip(rested)) {
                (recall.movers, recall.rested_at) = (movers, rested_at);
            }
        }
        let fates = store.fates(&self.pipeline.name, &self.destinations(), &after)?;
        Ok(Event::Recalled { recalls, fates })
    }

    fn sink_destination(&self, stage: StageIndex) -> String {
        match self.pipeline.stages.get(stage).map(|stage| &stage.role) {
            Some(Role::Sink(sink)) => self.destination(sink),
            _ => String::new(),
        }
    }

    fn prepare(&mut self, stage: StageIndex, intakes: Vec<Intake>) -> Result<Event, StoreError> {
        let destination = self.sink_destination(stage);
        let known = lock(&self.store).known_version(&destination)?;
        let plan = self.connectors.prepare(stage, &intakes, known);
        let causes_taken = match &plan {
            Ok(plan) => self.causes_taken(&destination, plan)?,
            Err(_) => Vec::new(),
        };
        let component = self.connectors.digest(stage);
        Ok(Event::Prepared { intakes, plan, component, causes_taken })
    }

    /// Counters that the plan would have moved a second time by the same cause, each with the cause.
    fn causes_taken(
        &self,
        destination: &str,
        plan: &Plan,
    ) -> Result<Vec<(String, String)>, StoreError> {
        let account = account_of(destination);
        let movements: Vec<(&str, &str)> = plan
            .writes
            .iter()
            .flat_map(|write| &write.movements)
            .map(|movement| (movement.owner.as_str(), movement.cause.as_str()))
            .collect();
        let taken = lock(&self.store).causes_taken(account, &movements)?;
        let taken = movements.into_iter().zip(taken).filter(|(_, taken)| *taken);
        Ok(taken.map(|((owner, cause), _)| (owner.to_owned(), cause.to_owned())).collect())
    }

    fn reread(&mut self, stage: StageIndex, keys: &[String]) -> Result<Vec<Option<Entry>>, Fault> {
        let pipeline = Arc::clone(&self.pipeline);
        let Some((_, account, collection)) = source(&pipeline, stage) else {
            return Err(unknown_stage());
        };
        let ids: Option<Vec<String>> =
            keys.iter().map(|key| remote_id(key, account, collection).map(str::to_owned)).collect();
        let Some(ids) = ids else {
            return Err(Fault::Faulty(format!(
                "an entry to be read anew is not one of `{account}/{collection}`"
            )));
        };
        let found = self.connectors.find_by_key(stage, ids)?;
        // A search may find more than the one that was meant.
        let meant = keys.iter().zip(found).map(|(key, entries)| {
            let whole =
                |entry: Entry| Entry { key: entry_key(account, collection, &entry.key), ..entry };
            entries.into_iter().map(whole).find(|entry| entry.key == *key)
        });
        Ok(meant.collect())
    }

    fn connection_of(&self, stage: StageIndex) -> ConnectionIndex {
        match self.pipeline.stages.get(stage).map(|stage| &stage.role) {
            Some(Role::Sink(sink)) => sink.connection,
            Some(Role::Source(source)) => source.connection,
            _ => usize::MAX,
        }
    }
}

/// What came of an effect.
#[allow(clippy::large_enum_variant, reason = "there is one at a time")]
enum Done {
    Nothing,
    Event(Event),
    Wait(Option<Instant>),
    Finished(Box<Ended>),
}

/// A source's id, account and collection.
fn source(pipeline: &Pipeline, stage: StageIndex) -> Option<(&str, &str, &str)> {
    let stage = pipeline.stages.get(stage)?;
    let Role::Source(source) = &stage.role else { return None };
    let connection = pipeline.connections.get(source.connection)?;
    Some((&stage.id, &connection.account, &source.collection))
}

fn unknown_stage() -> Fault {
    Fault::Faulty("the engine asked for a stage that is not a source".to_owned())
}

/// Locks a value that only this run's thread and its component calls use, in turn.
pub fn lock<T: ?Sized>(value: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An answer as an event.
pub fn answered(number: i64, answer: Answer, now: Instant) -> Event {
    Event::Answered { number, answer, now }
}
