//! The way out of one connection.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use futures::stream;
use futures::{FutureExt as _, StreamExt as _};

use super::counts::Purpose;
use super::endpoint::Endpoint;
use super::exchange::Exchange;
use super::fault::{Answer, Fault};
use super::gate::Pass;
use super::outgoing::{Asked, Outgoing};
use super::retry::{Progress, pause_before_next};
use super::scrub::Scrubber;
use super::{Shared, limits};
use crate::contract::{Failure, Request, Response};

/// The way out of one connection of a pipeline. Cheap to clone.
#[derive(Clone)]
pub struct Connected {
    way: Arc<Way>,
}

/// What every request of a connection needs.
pub(super) struct Way {
    pub egress: Arc<Shared>,
    pub connection: String,
    /// By name. An endpoint that cannot be used has the reason in its place.
    pub endpoints: BTreeMap<String, Result<Endpoint, String>>,
    pub scrubber: Scrubber,
}

impl Connected {
    pub(super) fn new(way: Way) -> Self {
        Self { way: Arc::new(way) }
    }

    /// A read for a connector: by GET or QUERY, or by POST to a granted path. Called from a component's host call;
    /// blocks the thread, so never call it from an asynchronous task.
    ///
    /// Network faults, 5xx, and answers that are no whole JSON are tried again, within bounds of attempts and time; a
    /// 429 stops the account's whole budget for as long as it says. The time waited for the budget has a bound of its
    /// own, `EgressOptions::read_wait_max`.
    ///
    /// # Errors
    /// `retry-after` where the remote cannot be reached or the budget is used up, `unauthorized` for a 401,
    /// `misconfigured` for what the host refuses, `unexpected` for an answer above the bound or not whole. Every other
    /// answer is the connector's to judge.
    pub fn read(&self, request: &Request) -> Result<Response, Failure> {
        self.block_on(self.probe(request)).unwrap_or_else(|| Err(host_stops()))
    }

    /// The same for several independent reads, side by side. Answers in order.
    pub fn read_all(&self, requests: &[Request]) -> Vec<Result<Response, Failure>> {
        let reads: Vec<_> = requests.iter().map(|request| self.probe(request)).collect();
        let mut bytes = 0_usize;
        let side_by_side = stream::iter(reads)
            .buffered(limits::READS_IN_FLIGHT_MAX)
            .map(move |answer| bounded(&mut bytes, answer))
            .collect();
        let answers = self.block_on(side_by_side);
        answers.unwrap_or_else(|| requests.iter().map(|_| Err(host_stops())).collect())
    }

    /// Like [`Self::read`], for who polls it on egress's own threads, where the connections live. Dropping the future ends
    /// the read.
    ///
    /// # Errors
    /// As of [`Self::read`].
    pub fn probe(
        &self,
        request: &Request,
    ) -> impl Future<Output = Result<Response, Failure>> + Send + 'static {
        let (way, request) = (Arc::clone(&self.way), request.clone());
        async move {
            let read = way.read(&request);
            let read = unless_it_panics(read).await.ok_or_else(host_stops)?;
            read.map_err(Fault::into_failure)
        }
    }

    /// Sends a write, once: what became of it is the engine's business. It starts when it is first polled, waits for
    /// the budget up to `EgressOptions::write_wait_max`, and then takes up to `EgressOptions::exchange_timeout`. It is
    /// polled on egress's own threads.
    ///
    /// Dropping the future before it is done leaves a write that may or may not have been sent; one that still waits
    /// for the budget is not sent any more.
    pub fn send(&self, request: &Request) -> impl Future<Output = Answer> + Send + 'static {
        let (way, request) = (Arc::clone(&self.way), request.clone());
        async move {
            match unless_it_panics(way.write(&request)).await {
                Some(written) => Answer::from(written),
                None => Answer::Unknown {
                    reason: "the host stopped while a write was under way".to_owned(),
                },
            }
        }
    }

    /// Runs on egress's own threads and waits here. It does not enter the runtime, which would panic where the
    /// caller is in one already.
    pub(super) fn block_on<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let (told, answer) = mpsc::sync_channel(1);
        self.way.egress.handle().spawn(async move {
            // The receiver waits below until it is told, so it is there.
            let _ = told.send(future.await);
        });
        answer.recv().ok()
    }
}

impl Way {
    async fn read(&self, request: &Request) -> Result<Response, Fault> {
        let (endpoint, outgoing) = self.checked(request, Purpose::Read)?;
        let options = &self.egress.options;
        let began_at = self.egress.pace.now();
        let (mut waited, mut spent) = (Duration::ZERO, Duration::ZERO);
        let mut attempts = 0;
        loop {
            attempts += 1;
            let pass = self
                .pass(endpoint, &outgoing, options.read_wait_max.saturating_sub(waited))
                .await?;
            waited += pass.waited;
            let time_max =
                options.exchange_timeout.min(options.read_timeout_total.saturating_sub(spent));
            let exchange = Exchange { way: self, endpoint, outgoing: &outgoing, time_max };
            let fault = match exchange.run(pass).await {
                Ok(response) => return Ok(response),
                Err(fault) => fault,
            };
            let since_ms = u64::try_from(self.egress.pace.now() - began_at).unwrap_or(0);
            spent = Duration::from_millis(since_ms).saturating_sub(waited);
            let (spent_max, backoff_min) = (options.read_timeout_total, options.backoff_min);
            let progress = Progress { attempts, spent, spent_max, backoff_min };
            match pause_before_next(&fault, progress, &outgoing.label) {
                Some(pause) if !self.egress.pace.is_stopping() => {
                    self.egress.pace.pause(pause).await
                }
                _ => return Err(fault),
            }
        }
    }

    async fn write(&self, request: &Request) -> Result<Response, Fault> {
        let (endpoint, outgoing) = self.checked(request, Purpose::Write)?;
        let options = &self.egress.options;
        if options.is_sealed {
            return Err(Fault::Refused(format!("{}: this run writes nothing", outgoing.label)));
        }
        let pass = self.pass(endpoint, &outgoing, options.write_wait_max).await?;
        let time_max = options.exchange_timeout;
        Exchange { way: self, endpoint, outgoing: &outgoing, time_max }.run(pass).await
    }

    fn checked(&self, request: &Request, purpose: Purpose) -> Result<(&Endpoint, Outgoing), Fault> {
        let asked = Asked { connection: &self.connection, request, purpose };
        let endpoint = match self.endpoints.get(&request.endpoint) {
            Some(Ok(endpoint)) => endpoint,
            Some(Err(why)) => return Err(Fault::Refused(why.clone())),
            None => {
                let known: Vec<_> = self.endpoints.keys().map(|name| format!("`{name}`")).collect();
                let label = asked.label();
                return Err(Fault::Refused(format!(
                    "{label}: its connector has no such endpoint, only {}; nothing was sent",
                    known.join(", ")
                )));
            }
        };
        let outgoing = Outgoing::new(&asked, endpoint).map_err(|reason| {
            let fault = Fault::Refused(reason);
            endpoint.meter.tally(purpose).failed(&fault);
            fault
        })?;
        Ok((endpoint, outgoing))
    }

    async fn pass(
        &self,
        endpoint: &Endpoint,
        outgoing: &Outgoing,
        wait_max: Duration,
    ) -> Result<Pass, Fault> {
        let passed = endpoint.gate.pass(wait_max).await;
        let mut tally = endpoint.meter.tally(outgoing.purpose);
        match passed {
            Ok(pass) => {
                tally.waits += u64::from(!pass.waited.is_zero());
                tally.waited_ms += u64::try_from(pass.waited.as_millis()).unwrap_or(u64::MAX);
                Ok(pass)
            }
            Err(too_long) => {
                let retry_after_ms = too_long.retry_after_ms;
                let reason = format!(
                    "{}: {} is used up for {retry_after_ms} ms",
                    outgoing.label,
                    endpoint.gate.name()
                );
                let fault = Fault::NoBudget { reason, retry_after_ms };
                tally.failed(&fault);
                Err(fault)
            }
        }
    }
}

/// What comes of an exchange; nothing where the host itself fails in it, which must not keep a run waiting for ever.
async fn unless_it_panics<T>(exchange: impl Future<Output = T>) -> Option<T> {
    AssertUnwindSafe(exchange).catch_unwind().await.ok()
}

/// An answer, unless those before it have taken the room that there is.
fn bounded(bytes: &mut usize, answer: Result<Response, Failure>) -> Result<Response, Failure> {
    let response = answer?;
    *bytes = bytes.saturating_add(response.body.len());
    match *bytes > limits::ANSWERS_TOGETHER_BYTES_MAX {
        true => Err(Failure::Unexpected(format!(
            "the answers to reads made at once are above the bound of {} bytes together: ask for less, or for fewer at \
             once",
            limits::ANSWERS_TOGETHER_BYTES_MAX
        ))),
        false => Ok(response),
    }
}

fn host_stops() -> Failure {
    Failure::RetryAfter(limits::GIVEN_UP_RETRY_MS)
}
