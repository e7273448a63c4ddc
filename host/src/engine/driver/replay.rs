//! A run without a network and without a clock: its answers come out of a recording, each when the run that was recorded took
//! note of it, and time comes with them.

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
/// Time begins where the recording did, goes on with each answer to when that was taken note of, and jumps over whatever a run
/// waits for in vain. So what a run decides between two answers it decides as the recorded one did.
#[derive(Clone)]
pub struct Replay {
    shared: Arc<Mutex<Shared>>,
    /// The pipeline's names of its connections.
    names: Arc<[String]>,
}

struct Shared {
    answers: Answers,
    now: Instant,
    commits: u64,
    /// What is on its way, by its place in the recording and by when it left, and when the run that was recorded took note of it.
    /// One exchange may answer several: a probe that is made more often than it was.
    coming: BTreeMap<(usize, usize), (Noted, Coming)>,
    /// How many writes and probes have left.
    left: usize,
    calls: Vec<Call>,
    unmatched: Vec<Unmatched>,
}

/// When the recorded run took note of something.
#[derive(Clone, Copy)]
struct Noted {
    at: Instant,
    /// How often it had committed by then.
    commits: u64,
}

/// The longest wait that is for answers which are about to come, in milliseconds: a commit gathers them.
const GATHERS_MS_MAX: i64 = 100;

/// The answer to a write or a probe, by its number.
enum Coming {
    Answer(i64, Answer),
    Probe(i64, Result<Response, Failure>),
}

impl Coming {
    fn event(self, now: Instant) -> Event {
        match self {
            Self::Answer(number, answer) => Event::Answered { number, answer, now },
            Self::Probe(number, response) => Event::Probed { number, response, now },
        }
    }
}

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
        let (coming, calls, unmatched) = (BTreeMap::new(), Vec::new(), Vec::new());
        let (commits, left) = (0, 0);
        let shared = Shared { answers, now: began_at, commits, coming, left, calls, unmatched };
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

    /// What a read came to.
    fn read(
        &self,
        connection: ConnectionIndex,
        request: &Request,
    ) -> (Result<Response, Failure>, Option<Found>) {
        let found = match self.ask(connection, Purpose::Read, request) {
            Ok(found) => found,
            Err(unmatched) => return (Err(Failure::Unexpected(unmatched.to_string())), None),
        };
        let response = match &found.outcome {
            Outcome::Answered(response) => Ok(response.clone()),
            Outcome::RetryAfter(ms) => Err(Failure::RetryAfter(*ms)),
            Outcome::Unauthorized => Err(Failure::Unauthorized(as_recorded("a 401"))),
            Outcome::Refused => Err(Failure::Misconfigured(as_recorded("the host refused it"))),
            Outcome::Unexpected | Outcome::Unknown => {
                Err(Failure::Unexpected(as_recorded("no answer that could be used")))
            }
        };
        (response, Some(found))
    }

    /// Something is on its way. What was not recorded comes at once, after all that was.
    fn comes(&self, found: Option<&Found>, coming: Coming) {
        let mut shared = lock(&self.shared);
        let (place, noted) = match found {
            Some(found) => (found.at, Noted { at: found.noted_at, commits: found.commits }),
            None => (UNRECORDED, Noted { at: shared.now, commits: 0 }),
        };
        shared.left += 1;
        let place = (place, shared.left);
        shared.coming.insert(place, (noted, coming));
    }
}

/// The place of what was not recorded: after all that was.
const UNRECORDED: usize = usize::MAX;

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
        let (response, found) = self.replay.read(self.connection, request);
        if let Some(found) = found {
            let mut shared = lock(&self.replay.shared);
            shared.now = shared.now.max(found.noted_at);
        }
        response
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
        let answer = match found.as_ref().map(|found| found.outcome.clone()) {
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
        self.comes(found.as_ref().ok(), Coming::Answer(number, answer));
    }

    fn probe(&mut self, number: i64, connection: ConnectionIndex, request: &Request) {
        let (response, found) = self.read(connection, request);
        self.comes(found.as_ref(), Coming::Probe(number, response));
    }

    fn next(&mut self, until: Option<Instant>) -> Option<Event> {
        let mut shared = lock(&self.shared);
        let now = shared.now;
        // A short wait only gathers what is about to come, and a look takes what is there: what the recorded run heard after
        // its next read or its next commit is not there yet.
        let waits = until.is_none_or(|until| until > now.saturating_add(GATHERS_MS_MAX));
        let is_in_time = |((place, _), noted): &((usize, usize), Noted)| match waits {
            true => until.is_none_or(|until| noted.at <= until),
            false => noted.commits <= shared.commits && shared.answers.is_due(*place),
        };
        let first = shared.coming.first_key_value();
        let first = first.map(|(place, (noted, _))| (*place, *noted));
        if let Some((place, noted)) = first.filter(is_in_time) {
            shared.now = now.max(noted.at);
            let now = shared.now;
            return shared.coming.remove(&place).map(|(_, coming)| coming.event(now));
        }
        shared.now = until.map_or(now, |until| now.max(until));
        None
    }

    fn committed(&mut self) {
        lock(&self.shared).commits += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Method;
    use crate::recording::Exchange;

    fn get(path: &str) -> Request {
        Request {
            endpoint: "api".to_owned(),
            method: Method::Get,
            path: path.to_owned(),
            query: Vec::new(),
            headers: Vec::new(),
            body: None,
            keep: Vec::new(),
        }
    }

    #[test]
    fn each_of_several_that_one_exchange_answers_or_none_is_told() {
        let exchange = Exchange {
            connection: "till".to_owned(),
            purpose: Purpose::Read,
            request: get("sales/1"),
            outcome: Outcome::RetryAfter(1),
            noted_at: 7,
            commits: 0,
        };
        let mut replay = Replay::new(Answers::strict(vec![exchange]), 0, vec!["till".to_owned()]);
        for (number, path) in (1..).zip(["sales/1", "sales/1", "sales/2", "sales/2"]) {
            replay.probe(number, 0, &get(path));
        }
        let mut heard = Vec::new();
        for _ in 0..2 {
            heard.extend(replay.next(None));
        }
        replay.probe(5, 0, &get("sales/3"));
        while let Some(event) = replay.next(None) {
            heard.push(event);
        }
        let number = |event: &Event| match event {
            Event::Probed { number, now, .. } => (*number, *now),
            other => panic!("{other:?}"),
        };
        let heard: Vec<(i64, Instant)> = heard.iter().map(number).collect();
        assert_eq!(heard, [(1, 7), (2, 7), (3, 7), (4, 7), (5, 7)]);
    }
}
