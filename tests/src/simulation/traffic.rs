//! Requests on their way to a vendor and back, as egress sends them: when they leave, what meets them, and what the run is
//! told of it.

use std::time::Duration;

use penstock::contract::{Failure, Request, Response};
use penstock::egress::decisions::{Fault, Permit, Progress, Ticket, pause_before_next};
use penstock::egress::{self, Purpose};
use penstock::engine::driver::answered;
use penstock::engine::{Answer, Event};
use penstock_simulators::{http, till};

use super::exchange::{self, Outcome, Sent, Trouble, Vendor};
use super::mutation::Mutation;
use super::reached;
use super::vendors::{Happening, Vendors, WAY_MS_MAX, Written};

/// A request whose line is broken takes effect so much later, in milliseconds: before anybody looks what became of it.
const LATE_MS: (i64, i64) = (1_000, 8_000);

/// A write or a probe on its way.
pub(super) struct Asked {
    process: usize,
    run: u64,
    number: i64,
    vendor: Vendor,
    request: Request,
    purpose: Purpose,
    trouble: Option<Trouble>,
    /// When it was asked for.
    begun_ms: i64,
    /// When it left last.
    sent_ms: i64,
    /// The same by the clock of its process.
    sent_at: i64,
    attempts: u32,
    ticket: Option<Ticket>,
}

impl Asked {
    fn is_probe(&self) -> bool {
        self.purpose == Purpose::Read
    }
}

impl Vendors {
    /// Sends a write of a run on its way.
    pub(super) fn send(
        &mut self,
        (process, run): (usize, u64),
        number: i64,
        vendor: Vendor,
        request: &Request,
    ) {
        self.judge_sender(run, number, request);
        self.writes.push(Written {
            number,
            sent_ms: self.now_ms,
            vendor,
            method: request.method,
            path: request.path.clone(),
            body: String::from_utf8_lossy(request.body.as_deref().unwrap_or_default()).into_owned(),
            answered: false,
        });
        self.judge(vendor, request);
        if self.has(Mutation::ProfileOverwritten) {
            self.overwrite_profile(request);
        }
        self.chronicle.sent(self.now_ms, vendor.word(), request);
        let trouble = self.troubles.remove(&(self.writes.len() as u64));
        let trouble = trouble.or_else(|| self.spelled(vendor));
        let asked = self.asked((process, run, number), vendor, request, Purpose::Write);
        let wait_ms = milliseconds(self.options.write_wait_max);
        self.leave(Asked { trouble, ..asked }, self.now_ms + wait_ms);
    }

    /// Writes the name of a sale's customer, as nobody may.
    fn overwrite_profile(&mut self, request: &Request) {
        let body = request.body.as_deref().and_then(|body| serde_json::from_slice(body).ok());
        let body: serde_json::Value = body.unwrap_or_default();
        if let Some(id) = body.get("customer_id").and_then(serde_json::Value::as_str) {
            let path = format!("/api/2026-07/customers/{id}");
            let named = http::Request::new("PUT", &path).bearer(till::DEMO_TOKEN);
            let named = named.json(&serde_json::json!({ "first_name": "Overwritten" }));
            self.world.till.handle(&named, self.now_ms);
        }
    }

    fn spelled(&self, vendor: Vendor) -> Option<Trouble> {
        let spell = self.spell.filter(|(of, _, until_ms)| *of == vendor && self.now_ms < *until_ms);
        spell.map(|(_, trouble, _)| trouble)
    }

    /// Sends the read of a probe on its way.
    pub(super) fn probe(
        &mut self,
        (process, run): (usize, u64),
        number: i64,
        vendor: Vendor,
        request: &Request,
    ) {
        let asked = self.asked((process, run, number), vendor, request, Purpose::Read);
        let wait_ms = milliseconds(self.options.read_wait_max);
        self.leave(asked, self.now_ms + wait_ms);
    }

    fn asked(
        &self,
        (process, run, number): (usize, u64, i64),
        vendor: Vendor,
        request: &Request,
        purpose: Purpose,
    ) -> Asked {
        Asked {
            process,
            run,
            number,
            vendor,
            request: request.clone(),
            purpose,
            trouble: None,
            begun_ms: self.now_ms,
            sent_ms: self.now_ms,
            sent_at: self.shows(process),
            attempts: 0,
            ticket: None,
        }
    }

    /// A write or a probe leaves as soon as its account's budget lets it, up to an instant.
    pub(super) fn leave(&mut self, mut asked: Asked, give_up_ms: i64) {
        let now = self.shows(asked.process);
        let permit = self.ways[asked.process].ask(asked.vendor, asked.purpose, now);
        let until_ms = match permit {
            Permit::Go(ticket) => {
                (asked.ticket, asked.sent_ms, asked.sent_at) = (Some(ticket), self.now_ms, now);
                asked.attempts += 1;
                if asked.is_probe() {
                    asked.trouble = self.read_trouble(asked.vendor);
                }
                let there_ms = self.now_ms + self.way_ms();
                let late_ms = self.chance_of_late(asked.trouble);
                self.put(there_ms + late_ms, Happening::Arrives(Box::new(asked)));
                return;
            }
            Permit::WaitUntil(until) => self.when_it_shows(asked.process, until),
        };
        if until_ms <= give_up_ms {
            self.put(until_ms, Happening::Leaves(Box::new(asked), give_up_ms));
            return;
        }
        let fault = no_budget(until_ms - self.now_ms);
        self.tell(&asked, Err(fault), self.now_ms);
    }

    fn chance_of_late(&mut self, trouble: Option<Trouble>) -> i64 {
        match trouble {
            Some(Trouble::Late) => self.chance.between(LATE_MS.0, LATE_MS.1),
            _ => 0,
        }
    }

    pub(super) fn arrive(&mut self, asked: Asked) {
        let before = self.levels();
        let outcome = self.exchange(&asked);
        if !asked.is_probe() {
            self.forgive_crossing();
        }
        let moved = self.levels().since(&before);
        let trouble = asked.trouble.map(Trouble::words).unwrap_or_default();
        if !asked.is_probe() || asked.trouble.is_some() {
            self.chronicle.arrived(self.now_ms, asked.vendor.word(), &format!("{trouble}{moved}"));
        }
        // Of one that comes late the process knows long since that its line is broken.
        let back_ms = match asked.trouble {
            Some(Trouble::Late) => self.now_ms.min(asked.sent_ms + WAY_MS_MAX),
            _ => self.now_ms + self.way_ms(),
        };
        self.put(back_ms, Happening::Returns(Box::new(asked), Box::new(outcome)));
    }

    /// An answer comes back. A read that failed is made again, as egress does it.
    pub(super) fn come_back(&mut self, asked: Asked, outcome: Outcome) {
        self.settle(&asked, &outcome);
        let answer = match outcome.answer {
            Err(fault) if asked.is_probe() || self.retries(&asked, &fault) => {
                let spent_ms = self.now_ms - asked.begun_ms;
                match self.pause_ms(&fault, asked.attempts, spent_ms, &asked.request) {
                    Some(pause_ms) => {
                        let give_up_ms = self.now_ms + milliseconds(self.options.read_wait_max);
                        let again = Happening::Leaves(Box::new(asked), give_up_ms);
                        return self.put(self.now_ms + pause_ms, again);
                    }
                    None => Err(fault),
                }
            }
            answer => answer,
        };
        self.tell(&asked, answer, self.now_ms);
    }

    /// A write is sent once, if it is not this that is wrong.
    fn retries(&self, asked: &Asked, fault: &Fault) -> bool {
        let is_lost = matches!(fault, Fault::Lost { .. });
        self.has(Mutation::WriteRetried) && is_lost && asked.attempts == 1
    }

    /// The run is told what came of it.
    fn tell(&mut self, asked: &Asked, answer: Result<Response, Fault>, at_ms: i64) {
        let now = self.shows(asked.process);
        let event = if asked.is_probe() {
            let response = answer.map_err(Fault::into_failure);
            Event::Probed { number: asked.number, response, now }
        } else {
            let not_taken =
                |reason| Answer::NotTaken { reason, retry_after_ms: 1_000, reached: true };
            let failed =
                matches!(&answer, Err(Fault::Lost { reason, .. }) if reason.contains("503"));
            let answer = match egress_answer(answer) {
                Answer::Unknown { reason } if self.has(Mutation::DoubtIgnored) => not_taken(reason),
                Answer::Unknown { reason }
                    if failed && self.has(Mutation::FailureTakenForNoEffect) =>
                {
                    not_taken(reason)
                }
                answer => answer,
            };
            answered(asked.number, answer, now)
        };
        self.put(at_ms, Happening::Heard(asked.run, Box::new(event)));
    }

    /// A read that the process waits for.
    pub(super) fn read(
        &mut self,
        process: usize,
        vendor: Vendor,
        request: &Request,
    ) -> Result<Response, Failure> {
        if !exchange::is_read(request) {
            let fact = format!("`{}` is not granted for reading", request.path);
            return Err(Failure::Misconfigured(fact));
        }
        let mut asked = self.asked((process, self.run, 0), vendor, request, Purpose::Read);
        let mut waited_ms = 0;
        loop {
            asked.attempts += 1;
            self.wait_for_budget(&mut asked, &mut waited_ms).map_err(Fault::into_failure)?;
            (asked.sent_ms, asked.sent_at) = (self.now_ms, self.shows(process));
            let there_ms = self.way_ms();
            self.pass(there_ms);
            asked.trouble = self.read_trouble(vendor);
            let outcome = self.exchange(&asked);
            let back_ms = self.way_ms();
            self.pass(back_ms);
            self.settle(&asked, &outcome);
            let fault = match outcome.answer {
                Ok(response) => return Ok(response),
                Err(fault) => fault,
            };
            let spent_ms = self.now_ms - asked.begun_ms - waited_ms;
            match self.pause_ms(&fault, asked.attempts, spent_ms, request) {
                Some(pause_ms) => self.pass(pause_ms),
                None => return Err(fault.into_failure()),
            }
        }
    }

    fn wait_for_budget(&mut self, asked: &mut Asked, waited_ms: &mut i64) -> Result<(), Fault> {
        let began_ms = self.now_ms;
        let give_up_ms = began_ms + milliseconds(self.options.read_wait_max) - *waited_ms;
        loop {
            let now = self.shows(asked.process);
            match self.ways[asked.process].ask(asked.vendor, asked.purpose, now) {
                Permit::Go(ticket) => {
                    asked.ticket = Some(ticket);
                    *waited_ms += self.now_ms - began_ms;
                    return Ok(());
                }
                Permit::WaitUntil(until) => {
                    let until_ms = self.when_it_shows(asked.process, until);
                    if until_ms > give_up_ms {
                        return Err(no_budget(until_ms - self.now_ms));
                    }
                    self.pass_to(until_ms);
                }
            }
        }
    }

    fn pause_ms(
        &self,
        fault: &Fault,
        attempts: u32,
        spent_ms: i64,
        request: &Request,
    ) -> Option<i64> {
        let progress = Progress {
            attempts,
            spent: Duration::from_millis(u64::try_from(spent_ms).unwrap_or_default()),
            spent_max: self.options.read_timeout_total,
            backoff_min: self.options.backoff_min,
        };
        pause_before_next(fault, progress, &request.path).map(milliseconds)
    }

    fn settle(&mut self, asked: &Asked, outcome: &Outcome) {
        let now = self.shows(asked.process);
        if let Some(ticket) = asked.ticket {
            let way = &mut self.ways[asked.process];
            way.settle((asked.vendor, asked.purpose), ticket, now, outcome.told);
        }
    }

    fn read_trouble(&mut self, vendor: Vendor) -> Option<Trouble> {
        self.read_troubles.pop_front().or_else(|| self.spelled(vendor))
    }

    /// Has the vendor answer, now.
    fn exchange(&mut self, asked: &Asked) -> Outcome {
        let Asked { vendor, request, trouble, .. } = asked;
        if let Some(trouble) = trouble {
            reached::count(&self.tally, reached::met(asked.purpose, *trouble));
        }
        let reaches = trouble.is_none_or(Trouble::takes_effect);
        let reply = reaches.then(|| {
            let request = exchange::as_simulated(*vendor, request);
            match vendor {
                Vendor::Shop => self.world.shop.handle(&request, self.now_ms),
                Vendor::Till => self.world.till.handle(&request, self.now_ms),
            }
        });
        if let Some(reply) = &reply {
            self.judge_rate(asked.process, *vendor, reply.status);
        }
        let sent = Sent {
            vendor: *vendor,
            request,
            purpose: asked.purpose,
            at_ms: asked.sent_at,
            limit_headers: self.ways[asked.process].limit_headers(*vendor),
        };
        sent.outcome(reply, *trouble, (self.shows(asked.process), self.now_ms))
    }
}

fn milliseconds(length: Duration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX)
}

fn no_budget(wait_ms: i64) -> Fault {
    let retry_after_ms = u64::try_from(wait_ms.max(1)).unwrap_or_default();
    Fault::NoBudget { reason: "the budget is used up".to_owned(), retry_after_ms }
}

/// What egress makes of a write, as the engine is told of it.
fn egress_answer(answer: Result<Response, Fault>) -> Answer {
    match egress::Answer::from(answer) {
        egress::Answer::Answered(response) => Answer::Answered(response),
        egress::Answer::NotTaken { reason, retry_after_ms, reached } => {
            Answer::NotTaken { reason, retry_after_ms, reached }
        }
        egress::Answer::Unauthorized { reason } => Answer::Unauthorized { reason },
        egress::Answer::Refused { reason } => Answer::Refused { reason },
        egress::Answer::Unknown { reason } => Answer::Unknown { reason },
    }
}
