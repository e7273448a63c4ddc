//! The real network and the real clock.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use super::tape::OnTheirWay;
use super::{Network, Reads};
use crate::contract::{Failure, Request, Response};
use crate::egress::{self, Connected, Egress};
use crate::engine::{Answer, Event};
use crate::pipeline::ConnectionIndex;
use crate::recording::{Purpose, Tape};
use crate::time::{Clock, Instant};

/// Sends by egress, and waits by the clock.
pub struct Wire {
    egress: Egress,
    /// The way out of each connection, in the pipeline's order.
    ways: Vec<Connected>,
    clock: Arc<dyn Clock>,
    tell: Sender<Event>,
    events: Receiver<Event>,
    /// What is recorded.
    taped: Option<OnTheirWay>,
}

impl Wire {
    /// The way out for the connections of a pipeline.
    pub fn new(egress: Egress, ways: Vec<Connected>, clock: Arc<dyn Clock>) -> Self {
        let (tell, events) = channel();
        Self { egress, ways, clock, tell, events, taped: None }
    }

    /// Keeps what is written and probed on a tape, under the names of the connections.
    #[must_use]
    pub fn taped(self, tape: &Arc<Tape>, names: Vec<String>) -> Self {
        Self { taped: Some(OnTheirWay::new(Arc::clone(tape), names)), ..self }
    }

    fn left(&mut self, purpose: Purpose, number: i64, what: (ConnectionIndex, &Request)) {
        if let Some(taped) = &mut self.taped {
            taped.left(purpose, number, what);
        }
    }

    fn event(&mut self, until: Option<Instant>) -> Option<Event> {
        let Some(until) = until else { return self.events.recv().ok() };
        let left = until.saturating_sub(self.clock.now());
        if left <= 0 {
            return self.events.try_recv().ok();
        }
        let left = Duration::from_millis(left.unsigned_abs());
        self.events.recv_timeout(left).ok()
    }

    /// Lets others tell the run something: that someone wants it to end.
    pub fn teller(&self) -> Sender<Event> {
        self.tell.clone()
    }
}

/// The ways out as the reads of their connections.
pub fn reads(ways: &[Connected]) -> Vec<Arc<dyn Reads>> {
    ways.iter().map(|way| Arc::new(way.clone()) as Arc<dyn Reads>).collect()
}

impl Reads for Connected {
    fn read(&self, request: &Request) -> Result<Response, Failure> {
        Connected::read(self, request)
    }

    fn read_all(&self, requests: &[Request]) -> Vec<Result<Response, Failure>> {
        Connected::read_all(self, requests)
    }
}

impl Network for Wire {
    fn now(&self) -> Instant {
        self.clock.now()
    }

    fn send(&mut self, number: i64, connection: ConnectionIndex, request: &Request) {
        let (tell, clock) = (self.tell.clone(), Arc::clone(&self.clock));
        let Some(way) = self.ways.get(connection) else {
            let answer = Answer::Refused { reason: "there is no such connection".to_owned() };
            let _ended = tell.send(Event::Answered { number, answer, now: clock.now() });
            return;
        };
        let sent = way.send(request);
        self.left(Purpose::Write, number, (connection, request));
        self.egress.spawn(async move {
            let answer = answer(sent.await);
            // A run that has ended hears nothing any more; the write is in doubt until the next one.
            let _ended = tell.send(Event::Answered { number, answer, now: clock.now() });
        });
    }

    fn probe(&mut self, number: i64, connection: ConnectionIndex, request: &Request) {
        let (tell, clock) = (self.tell.clone(), Arc::clone(&self.clock));
        let Some(way) = self.ways.get(connection) else {
            let response = Err(Failure::Misconfigured("there is no such connection".to_owned()));
            let _ended = tell.send(Event::Probed { number, response, now: clock.now() });
            return;
        };
        let read = way.probe(request);
        self.left(Purpose::Read, number, (connection, request));
        self.egress.spawn(async move {
            let response = read.await;
            let _ended = tell.send(Event::Probed { number, response, now: clock.now() });
        });
    }

    fn next(&mut self, until: Option<Instant>) -> Option<Event> {
        let event = self.event(until)?;
        if let Some(taped) = &mut self.taped {
            taped.heard(&event);
        }
        Some(event)
    }

    fn committed(&mut self) {
        if let Some(taped) = &mut self.taped {
            taped.committed();
        }
    }
}

fn answer(answer: egress::Answer) -> Answer {
    match answer {
        egress::Answer::Answered(response) => Answer::Answered(response),
        egress::Answer::NotTaken { reason, retry_after_ms, reached } => {
            Answer::NotTaken { reason, retry_after_ms, reached }
        }
        egress::Answer::Unauthorized { reason } => Answer::Unauthorized { reason },
        egress::Answer::Refused { reason } => Answer::Refused { reason },
        egress::Answer::Unknown { reason } => Answer::Unknown { reason },
    }
}
