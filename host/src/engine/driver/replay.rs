//! A run without a network and without a clock: its answers come out of a recording, and its time with them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::{Network, Reads, lock};
use crate::contract::{Failure, Request, Response};
use crate::engine::{Answer, Event};
use crate::pipeline::ConnectionIndex;
use crate::recording::{Answers, Found, Outcome, Purpose, Unmatched};
use crate::time::{Clock, Instant};

/// The network and the clock of a run that is answered from a recording. Clones share everything.
///
/// Time begins where the recording did, goes to where an answer was recorded, and jumps over whatever a run waits for.
#[derive(Clone)]
pub struct Replay {
    shared: Arc<Mutex<Shared>>,
    /// The pipeline's names of its connections.
    names: Arc<[String]>,
}

struct Shared {
    answers: Answers,
    now: Instant,
    /// Answers that have come, each with its place in the recording.
    events: BTreeMap<usize, Event>,
    calls: Vec<Call>,
    unmatched: Vec<Unmatched>,
}

/// The longest wait that is for answers which are about to come, in milliseconds: a commit gathers them.
const GATHERS_MS_MAX: i64 = 100;

/// A request that was made, for those who tell a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub connection: String,
    pub purpose: Purpose,
    pub request: Request,
    /// What came of it; nothing where it was not recorded.
    pub found: Option<Found>,
}

impl Replay {
    /// Answers the connections of these names, from an instant on.
    pub fn new(answers: Answers, began_at: Instant, names: Vec<String>) -> Self {
        let (events, calls, unmatched) = (BTreeMap::new(), Vec::new(), Vec::new());
        let shared = Shared { answers, now: began_at, events, calls, unmatched };
        Self { shared: Arc::new(Mutex::new(shared)), names: names.into() }
    }

    /// The reads of each connection, in order.
    pub fn reads(&self) -> Vec<Arc<dyn Reads>> {
        let of = |connection| Arc::new(Line { replay: self.clone(), connection }) as Arc<dyn Reads>;
        (0..self.names.len()).map(of).collect()
    }

    /// The requests that were made since this was last asked.
    pub fn calls(&self) -> Vec<Call> {
        std::mem::take(&mut lock(&self.shared).calls)
    }

    /// The requests so far to which nothing was recorded, and how many exchanges were never asked for.
    pub fn unmatched(&self) -> (Vec<Unmatched>, usize) {
        let shared = lock(&self.shared);
        (shared.unmatched.clone(), shared.answers.left())
    }

    fn ask(
        &self,
        connection: ConnectionIndex,
        purpose: Purpose,
        request: &Request,
    ) -> Result<Found, Unmatched> {
        let name = self.names.get(connection).map_or("?", String::as_str);
        let mut shared = lock(&self.shared);
        let found = shared.answers.answer(name, purpose, request);
        if let Ok(Found { outcome: Outcome::Answered(response), .. }) = &found {
            shared.now = shared.now.max(response.sent_at);
        }
        shared.calls.push(Call {
            connection: name.to_owned(),
            purpose,
            request: request.clone(),
            found: found.clone().ok(),
        });
        if let Err(unmatched) = &found {
            shared.unmatched.push(unmatched.clone());
        }
        found
    }

    /// What a read came to, and its place in the recording.
    fn read(
        &self,
        connection: ConnectionIndex,
        request: &Request,
    ) -> (Result<Response, Failure>, Option<usize>) {
        let found = match self.ask(connection, Purpose::Read, request) {
            Ok(found) => found,
            Err(unmatched) => return (Err(Failure::Unexpected(unmatched.to_string())), None),
        };
        let response = match found.outcome {
            Outcome::Answered(response) => Ok(response),
            Outcome::RetryAfter(ms) => Err(Failure::RetryAfter(ms)),
            Outcome::Unauthorized => Err(Failure::Unauthorized(as_recorded("a 401"))),
            Outcome::Refused => Err(Failure::Misconfigured(as_recorded("the host refused it"))),
            Outcome::Unexpected | Outcome::Unknown => {
                Err(Failure::Unexpected(as_recorded("no answer that could be used")))
            }
        };
        (response, Some(found.at))
    }

    /// An answer has come, and is told when the run that was recorded took note of it.
    fn tell(&self, at: Option<usize>, event: impl FnOnce(Instant) -> Event) {
        let mut shared = lock(&self.shared);
        // What was not recorded is told after all that was.
        let unknown = shared.events.keys().next_back().map_or(usize::MAX / 2, |last| last + 1);
        let event = event(shared.now);
        shared.events.insert(at.unwrap_or(unknown.max(usize::MAX / 2)), event);
    }
}

fn as_recorded(what: &str) -> String {
    format!("as it was recorded: {what}")
}

/// The reads of one connection.
struct Line {
    replay: Replay,
    connection: ConnectionIndex,
}

impl Reads for Line {
    fn read(&self, request: &Request) -> Result<Response, Failure> {
        self.replay.read(self.connection, request).0
    }

    fn read_all(&self, requests: &[Request]) -> Vec<Result<Response, Failure>> {
        requests.iter().map(|request| self.read(request)).collect()
    }
}

impl Clock for Replay {
    fn now(&self) -> Instant {
        lock(&self.shared).now
    }
}

impl Network for Replay {
    fn now(&self) -> Instant {
        Clock::now(self)
    }

    fn send(&mut self, number: i64, connection: ConnectionIndex, request: &Request) {
        let found = self.ask(connection, Purpose::Write, request);
        let at = found.as_ref().ok().map(|found| found.at);
        let answer = match found.map(|found| found.outcome) {
            Ok(Outcome::Answered(response)) => Answer::Answered(response),
            Ok(Outcome::RetryAfter(retry_after_ms)) => {
                let reason = as_recorded("it was not taken");
                Answer::NotTaken { reason, retry_after_ms, reached: true }
            }
            Ok(Outcome::Unauthorized) => Answer::Unauthorized { reason: as_recorded("a 401") },
            Ok(Outcome::Refused) => Answer::Refused { reason: as_recorded("the host refused it") },
            Ok(Outcome::Unexpected | Outcome::Unknown) => {
                Answer::Unknown { reason: as_recorded("no answer came") }
            }
            Err(unmatched) => Answer::Refused { reason: unmatched.to_string() },
        };
        self.tell(at, |now| Event::Answered { number, answer, now });
    }

    fn probe(&mut self, number: i64, connection: ConnectionIndex, request: &Request) {
        let (response, at) = self.read(connection, request);
        self.tell(at, |now| Event::Probed { number, response, now });
    }

    fn next(&mut self, until: Option<Instant>) -> Option<Event> {
        let mut shared = lock(&self.shared);
        let (now, first) = (shared.now, shared.events.keys().next().copied());
        // A short wait only gathers what is about to come: what came later then is not told now.
        let waits = until.is_none_or(|until| until > now.saturating_add(GATHERS_MS_MAX));
        if let Some(at) = first
            && (waits || shared.answers.is_due(at))
        {
            return shared.events.remove(&at);
        }
        if let Some(until) = until {
            shared.now = shared.now.max(until);
        }
        None
    }
}
