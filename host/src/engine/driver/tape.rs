//! A run that is recorded: what its reads say and hear goes on a tape.

use std::collections::HashMap;
use std::sync::Arc;

use super::Reads;
use crate::contract::{Failure, Request, Response};
use crate::engine::{Answer, Event};
use crate::pipeline::ConnectionIndex;
use crate::recording::{Outcome, Purpose, Tape};

/// The reads of one connection, kept on a tape.
struct Taped {
    inner: Arc<dyn Reads>,
    connection: String,
    tape: Arc<Tape>,
}

/// The reads of each connection, in order, kept on a tape under the connections' names.
pub fn taped(
    reads: Vec<Arc<dyn Reads>>,
    names: &[String],
    tape: &Arc<Tape>,
) -> Vec<Arc<dyn Reads>> {
    let taped = reads.into_iter().zip(names).map(|(inner, connection)| {
        let (connection, tape) = (connection.clone(), Arc::clone(tape));
        Arc::new(Taped { inner, connection, tape }) as Arc<dyn Reads>
    });
    taped.collect()
}

impl Taped {
    fn keep(&self, request: &Request, answer: &Result<Response, Failure>) {
        self.tape.keep(&self.connection, Purpose::Read, request, read_outcome(answer));
    }
}

/// What came of a read, as it is recorded: reasons are words of vendors, and stay out.
fn read_outcome(answer: &Result<Response, Failure>) -> Outcome {
    match answer {
        Ok(response) => Outcome::Answered(response.clone()),
        Err(Failure::RetryAfter(ms)) => Outcome::RetryAfter(*ms),
        Err(Failure::Unauthorized(_)) => Outcome::Unauthorized,
        Err(Failure::Misconfigured(_)) => Outcome::Refused,
        Err(Failure::Unexpected(_)) => Outcome::Unexpected,
    }
}

fn write_outcome(answer: &Answer) -> Outcome {
    match answer {
        Answer::Answered(response) => Outcome::Answered(response.clone()),
        Answer::NotTaken { retry_after_ms, .. } => Outcome::RetryAfter(*retry_after_ms),
        Answer::Unauthorized { .. } => Outcome::Unauthorized,
        Answer::Refused { .. } => Outcome::Refused,
        Answer::Unknown { .. } => Outcome::Unknown,
    }
}

/// The writes and probes of a run that are on their way, and the tape that they go on.
pub(super) struct OnTheirWay {
    tape: Arc<Tape>,
    /// The pipeline's names of its connections.
    names: Vec<String>,
    /// By purpose and number of the write.
    requests: HashMap<(Purpose, i64), (String, Request)>,
}

impl OnTheirWay {
    pub(super) fn new(tape: Arc<Tape>, names: Vec<String>) -> Self {
        Self { tape, names, requests: HashMap::new() }
    }

    pub(super) fn left(
        &mut self,
        purpose: Purpose,
        number: i64,
        (connection, request): (ConnectionIndex, &Request),
    ) {
        let name = self.names.get(connection).cloned().unwrap_or_default();
        self.requests.insert((purpose, number), (name, request.clone()));
    }

    pub(super) fn committed(&self) {
        self.tape.committed();
    }

    /// The run takes note of an answer now.
    pub(super) fn heard(&mut self, event: &Event) {
        let (purpose, number, outcome) = match event {
            Event::Answered { number, answer, .. } => {
                (Purpose::Write, number, write_outcome(answer))
            }
            Event::Probed { number, response, .. } => {
                (Purpose::Read, number, read_outcome(response))
            }
            _ => return,
        };
        if let Some((name, request)) = self.requests.remove(&(purpose, *number)) {
            self.tape.keep(&name, purpose, &request, outcome);
        }
    }
}

impl Reads for Taped {
    fn read(&self, request: &Request) -> Result<Response, Failure> {
        let answer = self.inner.read(request);
        self.keep(request, &answer);
        answer
    }

    fn read_all(&self, requests: &[Request]) -> Vec<Result<Response, Failure>> {
        let answers = self.inner.read_all(requests);
        for (request, answer) in requests.iter().zip(&answers) {
            self.keep(request, answer);
        }
        answers
    }
}
