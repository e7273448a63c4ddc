//! One instance of a component, and the calls into it.

use wasmtime::component::InstancePre;
use wasmtime::{Store, UpdateDeadline};

use super::call::Call;
use super::checks::{self, Check, Declared, Pulled, Words};
use super::error::{CallError, Limit, OpenError};
use super::exports::{Exports, Functions};
use super::limits::HANDLES_MAX;
use super::state::{HostFault, State};
use super::trap::{self, Keys};
use crate::contract::exports::penstock::connector as exported;
use crate::contract::{
    Change, Conclusion, Descriptor, Entry, Failure, Finding, Hint, Horizon, Instant, Intake,
    KnownTo, LinkedPair, Page, Pair, Plan, Response, Signed, Standing, Usage, Verdict, Write,
};

/// One instance of a component: its own memory, its own services, its own bounds. Kept for a run, and thrown away at
/// any moment without loss, for what an instance remembers is only a cache.
///
/// A call that traps or reaches a bound ends the instance: every later call answers [`CallError::Dead`]. A failure or
/// a faulty answer doesn't.
pub struct Instance {
    store: Store<State>,
    functions: Functions,
    /// The message of the error that ended it.
    ended: Option<String>,
}

impl Instance {
    /// Makes an instance and runs its start code.
    pub(super) fn start(
        linked: &InstancePre<State>,
        exports: &Exports,
        state: State,
    ) -> Result<Self, CallError> {
        let mut store = Store::new(linked.component().engine(), state);
        store.limiter(|state| &mut state.limiter);
        store.set_hostcall_fuel(store.data().limits.crossing_bytes);
        store.set_max_component_handles(HANDLES_MAX);
        store.epoch_deadline_callback(|context| {
            Ok(UpdateDeadline::Continue(context.data().computing_left()?))
        });
        let ticks = store.data_mut().begin(Call::Start);
        store.set_epoch_deadline(ticks);
        let started = linked.instantiate(&mut store).and_then(|instance| {
            let misfit = |error: wasmtime::Error| HostFault::Faulty(format!("{error:#}"));
            Ok(exports.load(&mut store, &instance).map_err(misfit)?)
        });
        match started {
            Ok(functions) => Ok(Self { store, functions, ended: None }),
            Err(error) => Err(trap::explain(&error, store.data_mut(), Keys::default())),
        }
    }

    pub(super) fn describe(&mut self) -> Result<Descriptor, CallError> {
        self.call(Call::Describe, connector, Keys::default, |guest, store| {
            guest.call_describe(store)
        })
    }

    pub(super) fn open(&mut self, options: &str) -> Result<(), OpenError> {
        let answer = self.call(Call::Open, connector, Keys::default, |guest, store| {
            guest.call_open(store, options)
        })?;
        let Err(mut faults) = answer else { return Ok(()) };
        self.held_to(Call::Open, checks::option_faults(&faults))?;
        faults.plain();
        Err(OpenError::Options { connector: self.declared().name.clone(), faults })
    }

    /// Whether the account has what a pipeline needs of these collections. Reads.
    pub fn check(&mut self, usages: &[Usage]) -> Result<Vec<Finding>, CallError> {
        self.takes(Call::Check, usages.len())?;
        let answer = self.call(Call::Check, connector, Keys::default, |guest, store| {
            guest.call_check(store, usages)
        })?;
        let mut findings = self.answered(Call::Check, answer)?;
        self.held_to(Call::Check, checks::findings(&findings))?;
        findings.plain();
        Ok(findings)
    }

    /// The entries after a cursor, at most `limit` of them. Reads.
    pub fn pull(
        &mut self,
        from: &Usage,
        after: Option<&Vec<u8>>,
        limit: u32,
        now: Instant,
    ) -> Result<Page, CallError> {
        let Usage { collection, options } = from;
        let answer = self.call(Call::Pull, source, Keys::default, |guest, store| {
            guest.call_pull(store, collection, options, after, limit, now)
        })?;
        let page = self.answered(Call::Pull, answer)?;
        let pulled = Pulled { collection, after: after.map(Vec::as_slice), limit };
        self.held_to(Call::Pull, checks::page(self.declared(), &pulled, &page))?;
        Ok(page)
    }

    /// For each value, the entries whose field `by` equals it. Reads.
    pub fn find(
        &mut self,
        within: &Usage,
        by: &str,
        values: &[String],
    ) -> Result<Vec<Vec<Entry>>, CallError> {
        let Usage { collection, options } = within;
        self.takes(Call::Find, values.len())?;
        let keys = || Keys::of(values.iter());
        let answer = self.call(Call::Find, directory, keys, |guest, store| {
            guest.call_find(store, collection, options, by, values)
        })?;
        let found = self.answered(Call::Find, answer)?;
        self.held_to(Call::Find, checks::found(self.declared(), collection, values, &found))?;
        Ok(found)
    }

    /// What is to be written for these intakes. Reads. `known`: the highest version seen from this collection.
    pub fn prepare(
        &mut self,
        to: &Usage,
        intakes: &[Intake],
        known: Option<u64>,
    ) -> Result<Plan, CallError> {
        let Usage { collection, options } = to;
        self.takes(Call::Prepare, intakes.len())?;
        let keys = || Keys::of(intakes.iter().map(|intake| &intake.entry.key));
        let answer = self.call(Call::Prepare, sink, keys, |guest, store| {
            guest.call_prepare(store, collection, options, intakes, known)
        })?;
        let mut plan = self.answered(Call::Prepare, answer)?;
        self.held_to(Call::Prepare, checks::plan(self.declared(), intakes.len(), &plan))?;
        plan.plain();
        Ok(plan)
    }

    /// What a write changes, field by field, for people. Reads nothing.
    pub fn explain(
        &mut self,
        to: &Usage,
        write: &Write,
        intakes: &[Intake],
    ) -> Result<Vec<Change>, CallError> {
        let Usage { collection, options } = to;
        let keys = || Keys::of(intakes.iter().map(|intake| &intake.entry.key));
        let mut changes = self.call(Call::Explain, sink, keys, |guest, store| {
            guest.call_explain(store, collection, options, write, intakes)
        })?;
        self.held_to(Call::Explain, checks::changes(&changes))?;
        changes.plain();
        Ok(changes)
    }

    /// What the answer to a write means. Reads nothing.
    pub fn conclude(
        &mut self,
        to: &Usage,
        write: &Write,
        response: &Response,
    ) -> Result<Conclusion, CallError> {
        let Usage { collection, options } = to;
        let mut conclusion = self.call(Call::Conclude, sink, Keys::default, |guest, store| {
            guest.call_conclude(store, collection, options, write, response)
        })?;
        self.held_to(Call::Conclude, checks::conclusion(self.declared(), write, &conclusion))?;
        conclusion.plain();
        Ok(conclusion)
    }

    /// What the answer to a write's probe means. Reads.
    pub fn settle(
        &mut self,
        to: &Usage,
        write: &Write,
        probe: &Response,
    ) -> Result<Conclusion, CallError> {
        let Usage { collection, options } = to;
        let mut conclusion = self.call(Call::Settle, sink, Keys::default, |guest, store| {
            guest.call_settle(store, collection, options, write, probe)
        })?;
        self.held_to(Call::Settle, checks::conclusion(self.declared(), write, &conclusion))?;
        conclusion.plain();
        Ok(conclusion)
    }

    /// One verdict for each entry, in order. Looks up, remembers, and asks the ledger.
    pub fn apply(
        &mut self,
        input: &str,
        entries: &[Entry],
        horizons: &[Horizon],
    ) -> Result<Vec<Verdict>, CallError> {
        self.takes(Call::Apply, entries.len())?;
        let keys = || Keys::of(entries.iter().map(|entry| &entry.key));
        let answer = self.call(Call::Apply, transform, keys, |guest, store| {
            guest.call_apply(store, input, entries, horizons)
        })?;
        let mut verdicts = self.answered(Call::Apply, answer)?;
        let entries_max = self.store.data().limits.entries;
        self.held_to(
            Call::Apply,
            checks::verdicts(self.declared(), entries, &verdicts, entries_max),
        )?;
        verdicts.plain();
        Ok(verdicts)
    }

    /// How each pair stands, in order. Asks the ledger, and reads what the rule remembers.
    pub fn examine(
        &mut self,
        pairs: &[LinkedPair],
        known: &[KnownTo],
    ) -> Result<Vec<Standing>, CallError> {
        self.takes(Call::Examine, pairs.len())?;
        let keys = || Keys::of(pairs.iter().map(|pair| &pair.left.owner));
        let answer = self.call(Call::Examine, audit, keys, |guest, store| {
            guest.call_examine(store, pairs, known)
        })?;
        let mut standings = self.answered(Call::Examine, answer)?;
        self.held_to(Call::Examine, checks::standings(self.declared(), pairs.len(), &standings))?;
        standings.plain();
        Ok(standings)
    }

    /// What a webhook's request says: what was signed, and which collections have news. Reads nothing.
    pub fn receive(
        &mut self,
        webhook: Webhook<'_>,
    ) -> Result<(Option<Signed>, Vec<Hint>), CallError> {
        let Webhook { query, headers, body } = webhook;
        let answer = self.call(Call::Receive, self::webhook, Keys::default, |guest, store| {
            guest.call_receive(store, query, headers, body)
        })?;
        let (signed, hints) = self.answered(Call::Receive, answer.map_err(Failure::Unexpected))?;
        self.held_to(Call::Receive, checks::hints(self.declared(), &hints))?;
        Ok((signed, hints))
    }

    /// Whether it takes no more calls.
    pub fn is_dead(&self) -> bool {
        self.ended.is_some()
    }

    /// One call, with its bounds, and its end: the log is handed over, and an instance that stopped is dead.
    fn call<G, T>(
        &mut self,
        call: Call,
        role: fn(&Functions) -> Option<&G>,
        keys: impl FnOnce() -> Keys,
        run: impl FnOnce(&G, &mut Store<State>) -> wasmtime::Result<T>,
    ) -> Result<T, CallError> {
        if let Some(cause) = &self.ended {
            return Err(CallError::Dead {
                connector: self.declared().name.clone(),
                cause: cause.clone(),
            });
        }
        let Some(guest) = role(&self.functions) else {
            return Err(CallError::NoRole {
                connector: self.store.data().declared.name.clone(),
                call,
            });
        };
        let ticks = self.store.data_mut().begin(call);
        self.store.set_epoch_deadline(ticks);
        let answer = run(guest, &mut self.store)
            .map_err(|error| trap::explain(&error, self.store.data_mut(), keys()));
        self.store.data_mut().end();
        if let Err(error) = &answer {
            self.ended = Some(error.to_string());
        }
        answer
    }

    /// Refuses a batch that is larger than any batch is.
    fn takes(&self, call: Call, count: usize) -> Result<(), CallError> {
        let count_max = self.store.data().limits.entries;
        match count > count_max {
            true => Err(trap::not_called(
                &self.declared().name,
                call,
                Limit::EntriesIn { count, count_max },
            )),
            false => Ok(()),
        }
    }

    /// A connector's own failure, once it is one that the contract allows.
    fn answered<T>(&self, call: Call, answer: Result<T, Failure>) -> Result<T, CallError> {
        match answer {
            Ok(answer) => Ok(answer),
            Err(mut failure) => {
                self.held_to(call, checks::failure(&failure))?;
                failure.plain();
                Err(CallError::Failed(failure))
            }
        }
    }

    fn held_to(&self, call: Call, check: Check) -> Result<(), CallError> {
        check.map_err(|rule| CallError::Faulty {
            connector: self.declared().name.clone(),
            call,
            rule,
        })
    }

    fn declared(&self) -> &Declared {
        &self.store.data().declared
    }
}

/// A webhook's request.
#[derive(Debug, Clone, Copy)]
pub struct Webhook<'a> {
    /// The query's parameters, decoded.
    pub query: &'a [Pair],
    /// The headers, as they came.
    pub headers: &'a [Pair],
    /// The body, as it came: the signature is of these bytes.
    pub body: &'a [u8],
}

fn connector(functions: &Functions) -> Option<&exported::connector::Guest> {
    Some(&functions.connector)
}

fn source(functions: &Functions) -> Option<&exported::source::Guest> {
    functions.source.as_ref()
}

fn directory(functions: &Functions) -> Option<&exported::directory::Guest> {
    functions.directory.as_ref()
}

fn sink(functions: &Functions) -> Option<&exported::sink::Guest> {
    functions.sink.as_ref()
}

fn transform(functions: &Functions) -> Option<&exported::transform::Guest> {
    functions.transform.as_ref()
}

fn audit(functions: &Functions) -> Option<&exported::audit::Guest> {
    functions.audit.as_ref()
}

fn webhook(functions: &Functions) -> Option<&exported::webhook::Guest> {
    functions.webhook.as_ref()
}
