//! The wall, tried from its other side: by components that behave badly.

mod answers;
mod bounds;
mod cached;
mod guests;
mod loading;
mod powers;
mod reports;
mod surroundings;

use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use super::{
    CallError, CallLimits, Component, Instance, LogLine, Lookup, OpenError, Runtime, RuntimeOptions,
};
use super::{Services, Stop};
use crate::contract::{
    Counter, Document, Effect, Entry, Failure, Instant, Intake, Link, LinkedPair, Payload, Request,
    Response, Usage, Verdict,
};

/// One runtime for nearly all tests.
static RUNTIME: LazyLock<Arc<Runtime>> = LazyLock::new(runtime);

static ACTOR: LazyLock<Arc<Component>> =
    LazyLock::new(|| RUNTIME.load(&guests::path("actor")).expect("the actor is a good component"));

/// A runtime. Tests that let time pass have one of their own, for it passes for all of a runtime's instances.
fn runtime() -> Arc<Runtime> {
    let options = RuntimeOptions { cache_dir: Some(guests::code()) };
    Runtime::new(options).expect("this machine runs WebAssembly")
}

/// What the services were asked, and what came in the log.
#[derive(Default)]
struct Seen {
    requests: Vec<Request>,
    lookups: Vec<Lookup>,
    put: Vec<(String, Option<Vec<u8>>)>,
    lines: Vec<LogLine>,
}

/// Services that answer everything, and let time pass while they do.
#[derive(Default, Clone)]
struct Answering {
    seen: Arc<Mutex<Seen>>,
    now: Instant,
    seed: u64,
    /// Ticks that pass in each read and look-up, of this runtime.
    passing: Option<(Arc<Runtime>, u64)>,
    too_few_answers: bool,
    store_is_gone: bool,
}

impl Answering {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pass_time(&self) {
        if let Some((runtime, ticks)) = &self.passing {
            runtime.advance(*ticks);
        }
    }

    fn messages(&self) -> Vec<String> {
        self.seen().lines.iter().map(|line| line.message.clone()).collect()
    }
}

impl Services for Answering {
    fn now(&mut self) -> Instant {
        self.now
    }

    fn seed(&mut self) -> u64 {
        self.seed
    }

    fn read(&mut self, request: Request) -> Result<Response, Failure> {
        self.pass_time();
        let body = request.path.clone().into_bytes();
        self.seen().requests.push(request);
        Ok(Response { status: 200, headers: vec![], body, sent_at: 0 })
    }

    fn find(&mut self, lookup: Lookup) -> Result<Vec<Vec<Entry>>, Failure> {
        self.pass_time();
        let values = if self.too_few_answers { 0 } else { lookup.values.len() };
        self.seen().lookups.push(lookup);
        Ok(vec![vec![entry("mina")]; values])
    }

    fn state_get(&mut self, keys: Vec<String>) -> Result<Vec<Option<Vec<u8>>>, Stop> {
        match self.store_is_gone {
            true => Err(Stop("the store is gone".to_owned())),
            false => Ok(vec![None; keys.len()]),
        }
    }

    fn state_put(&mut self, entries: Vec<(String, Option<Vec<u8>>)>) -> Result<(), Stop> {
        self.seen().put.extend(entries);
        Ok(())
    }

    fn effects(&mut self, _input: &str, _owner: &str, _after: u64) -> Result<Vec<Effect>, Stop> {
        Ok(vec![])
    }

    fn links(&mut self, _input: &str, owners: Vec<String>) -> Result<Vec<Option<Link>>, Stop> {
        Ok(vec![None; owners.len()])
    }

    fn log(&mut self, line: LogLine) {
        self.seen().lines.push(line);
    }
}

/// The actor, opened to behave like this, with default bounds.
fn actor(behaviour: &str) -> Instance {
    actor_with(behaviour, &Answering::default(), CallLimits::default())
}

fn actor_with(behaviour: &str, services: &Answering, limits: CallLimits) -> Instance {
    opened(&ACTOR, behaviour, services, limits)
}

fn opened(
    component: &Component,
    behaviour: &str,
    services: &Answering,
    limits: CallLimits,
) -> Instance {
    // What misbehaves anywhere would already do so in `open`, so it is opened well and misbehaves in its call.
    component
        .open(&format!("later:{behaviour}"), Box::new(services.clone()), limits)
        .expect("it opens well")
}

/// What `apply` answers to one entry.
fn apply(instance: &mut Instance) -> Result<Vec<Verdict>, CallError> {
    instance.apply("in", &[entry("a")], &[])
}

fn linked_pair() -> LinkedPair {
    let counter = |owner: &str| Counter {
        owner: owner.to_owned(),
        level: None,
        read_at: 0,
        told_to: None,
        stuck: Vec::new(),
    };
    LinkedPair { link: 1, levels_accepted: true, left: counter("a"), right: counter("b") }
}

/// What the actor says of one entry.
fn said(behaviour: &str, services: &Answering) -> String {
    let mut instance = actor_with(behaviour, services, CallLimits::default());
    match apply(&mut instance).expect("it answers").as_slice() {
        [Verdict::Filter(text)] => text.clone(),
        other => format!("{other:?}"),
    }
}

/// An error as the operator would read it: the fact, then the notes.
fn told(error: &CallError) -> String {
    let notes = error.notes().into_iter().map(|note| format!("\n  = {note}")).collect::<String>();
    format!("error[{}]: {error}{notes}", error.code())
}

fn entry(key: &str) -> Entry {
    Entry {
        key: key.to_owned(),
        revision: "1".to_owned(),
        read_at: 0,
        payload: Payload::Document(Document { kind: "acme".to_owned(), json: "{}".to_owned() }),
    }
}

fn entries(count: usize) -> Vec<Entry> {
    (0..count).map(|number| entry(&format!("order-{number}"))).collect()
}

fn intakes(count: usize) -> Vec<Intake> {
    let intake = |entry| Intake {
        entry,
        token: String::new(),
        prior: None,
        resolved: vec![],
        attempt: 1,
        memo: vec![],
    };
    entries(count).into_iter().map(intake).collect()
}

fn orders(options: &str) -> Usage {
    Usage { collection: "orders".to_owned(), options: options.to_owned() }
}

fn answer() -> Response {
    Response { status: 200, headers: vec![], body: vec![], sent_at: 0 }
}
