//! One request and its answer.

use std::time::Duration;

use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use reqwest::{Response as Incoming, StatusCode};

use super::budget::Told;
use super::connected::Way;
use super::counts::Purpose;
use super::dial::{deepest, refusal_within};
use super::endpoint::{Endpoint, allow_private_hint};
use super::fault::Fault;
use super::gate::Pass;
use super::headers;
use super::json;
use super::limits;
use super::outgoing::Outgoing;
use super::retry_after::{RetryAfter, http_date_ms};
use crate::contract::Response;
use crate::time::Instant;

/// One attempt: waits for the budget, sends, and reads the whole answer.
pub(super) struct Exchange<'a> {
    pub way: &'a Way,
    pub endpoint: &'a Endpoint,
    pub outgoing: &'a Outgoing,
    /// From sending to the last byte of the answer.
    pub time_max: Duration,
}

impl Exchange<'_> {
    /// # Errors
    /// Why there is no answer that a connector could read. The counts are told.
    pub(super) async fn run(&self, pass: Pass) -> Result<Response, Fault> {
        let outcome = self.within_time(pass).await;
        let mut tally = self.endpoint.meter.tally(self.outgoing.purpose);
        match &outcome {
            Ok(response) => tally.bytes_kept += response.body.len() as u64,
            Err(fault) => tally.failed(fault),
        }
        outcome
    }

    async fn within_time(&self, pass: Pass) -> Result<Response, Fault> {
        match tokio::time::timeout(self.time_max, self.send(pass)).await {
            Ok(outcome) => outcome,
            Err(_) => {
                Err(self.lost(format!("no whole answer within {} ms", self.time_max.as_millis())))
            }
        }
    }

    async fn send(&self, pass: Pass) -> Result<Response, Fault> {
        let client = self.way.egress.clients.client(self.endpoint.reach);
        let client =
            client.map_err(|why| self.refused(&format!("HTTPS cannot be set up: {why}")))?;
        let outgoing = self.outgoing;
        let (mut url, mut headers) = (outgoing.url.clone(), outgoing.headers.clone());
        self.endpoint.credential.add_to(&mut headers, &mut url);
        let mut request = reqwest::Request::new(outgoing.method.clone(), url);
        *request.headers_mut() = headers;
        *request.body_mut() = outgoing.body.clone().map(reqwest::Body::from);

        let sent_at = self.way.egress.pace.now();
        self.endpoint.meter.tally(outgoing.purpose).requests += 1;
        let incoming = match client.execute(request).await {
            Ok(incoming) => incoming,
            Err(error) => return Err(self.no_answer(&error)),
        };
        self.endpoint.meter.tally(outgoing.purpose).answered(incoming.status().as_u16());
        pass.settle(self.told(&incoming));
        self.check_status(&incoming)?;
        self.check_clock(incoming.headers())?;
        self.whole_answer(incoming, sent_at).await
    }

    /// What the answer says about the budget.
    fn told(&self, incoming: &Incoming) -> Told {
        let headers = incoming.headers();
        let figure = |name: &Option<String>| {
            headers::text(headers, name.as_deref()?)?.trim().parse::<u32>().ok()
        };
        if incoming.status() == StatusCode::TOO_MANY_REQUESTS {
            let wait_ms = self.retry_after(headers).wait_ms();
            return Told::TooMany {
                stop_until: self.way.egress.pace.now().saturating_add_unsigned(wait_ms),
            };
        }
        Told::Answer {
            limit: figure(&self.endpoint.limit_header),
            remaining: figure(&self.endpoint.remaining_header),
        }
    }

    fn retry_after<'h>(&self, headers: &'h HeaderMap) -> RetryAfter<'h> {
        RetryAfter {
            value: headers::text(headers, "retry-after"),
            date: headers::text(headers, "date"),
            now: self.way.egress.pace.now(),
        }
    }

    /// Only what a connector can judge goes on to it.
    fn check_status(&self, incoming: &Incoming) -> Result<(), Fault> {
        let Self { way, outgoing, .. } = self;
        let label = &outgoing.label;
        match incoming.status().as_u16() {
            401 => Err(Fault::Unauthorized(format!(
                "{label}: the answer was 401: the secret is wrong, has expired or was revoked\n\
                 hint: put a new secret where connection `{}` has it from, and run again",
                way.connection
            ))),
            429 => {
                let retry_after_ms = self.retry_after(incoming.headers()).wait_ms();
                let gate = self.endpoint.gate.name();
                let reason = format!(
                    "{label}: the answer was 429; {gate} stands still for {retry_after_ms} ms"
                );
                Err(Fault::TooMany { reason, retry_after_ms })
            }
            200..=499 => Ok(()),
            status => {
                let retry_after = self.retry_after(incoming.headers());
                let retry_after_ms = retry_after.told_ms().map(|_| retry_after.wait_ms());
                Err(Fault::Lost {
                    reason: format!("{label}: the answer was {status}"),
                    retry_after_ms,
                })
            }
        }
    }

    /// Sources ask for what has changed up to now. By a clock that is ahead, that is more than there is yet, and what comes
    /// then would be taken for told. A clock that is behind only delays. A write is judged by its answer alone.
    fn check_clock(&self, headers: &HeaderMap) -> Result<(), Fault> {
        let date = headers::text(headers, "date").and_then(http_date_ms);
        let Some(date) = date.filter(|_| self.outgoing.purpose == Purpose::Read) else {
            return Ok(());
        };
        // A cache on the way gives an answer that is so many seconds old.
        let age = headers::text(headers, "age").and_then(|secs| secs.trim().parse::<u32>().ok());
        let theirs = date.saturating_add(i64::from(age.unwrap_or(0)) * 1_000);
        let ahead_ms = self.way.egress.pace.now().saturating_sub(theirs);
        if ahead_ms <= limits::CLOCK_AHEAD_MS_MAX {
            return Ok(());
        }
        let host = self.endpoint.base.host_str().unwrap_or_default();
        Err(self.refused(&format!(
            "this machine's clock is {} s ahead of that of `{host}`, and what changes there meanwhile would be missed\n\
             hint: set the clock, or let it be kept by NTP, and run again",
            ahead_ms / 1_000
        )))
    }

    async fn whole_answer(&self, incoming: Incoming, sent_at: Instant) -> Result<Response, Fault> {
        let status = incoming.status();
        let headers = incoming.headers().clone();
        let body = self.body(incoming).await?;
        self.endpoint.meter.tally(self.outgoing.purpose).bytes_received += body.len() as u64;
        let body = if self.is_json_to_check(status, &headers, &body) {
            json::prune(body, &self.outgoing.keep).map_err(|fault| {
                let label = &self.outgoing.label;
                Fault::Malformed(format!(
                    "{label}: the answer ({status}) is not whole or not JSON: {fault}"
                ))
            })?
        } else {
            body
        };
        let scrubber = &self.way.scrubber;
        let mut shown: Vec<_> = headers::shown_to_connector(&headers).collect();
        for header in &mut shown {
            header.value = scrubber.text(std::mem::take(&mut header.value));
        }
        Ok(Response {
            status: status.as_u16(),
            headers: shown,
            body: scrubber.bytes(body),
            sent_at,
        })
    }

    /// The body, decompressed, up to the bound.
    async fn body(&self, mut incoming: Incoming) -> Result<Vec<u8>, Fault> {
        let bytes_max = self.way.egress.options.response_bytes_max;
        let told =
            incoming.content_length().and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(0);
        let mut body = Vec::with_capacity(told.min(bytes_max));
        loop {
            match incoming.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() > bytes_max => {
                    return Err(Fault::TooLarge(format!(
                        "{}: the answer is above the bound of {bytes_max} bytes\nhint: ask for fewer entries at once",
                        self.outgoing.label
                    )));
                }
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => return Ok(body),
                Err(error) => {
                    return Err(self.lost(format!("only half an answer came: {}", deepest(&error))));
                }
            }
        }
    }

    /// A 2xx answer that says it is JSON, or says nothing where JSON was expected. No body at all is none only where
    /// the status or the length says so.
    fn is_json_to_check(&self, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> bool {
        let is_meant_empty = matches!(status.as_u16(), 204 | 205)
            || headers.get(CONTENT_LENGTH).is_some_and(|length| length.as_bytes() == b"0");
        if !status.is_success() || (body.is_empty() && is_meant_empty) {
            return false;
        }
        let Some(content_type) = headers.get(CONTENT_TYPE) else {
            return self.outgoing.keep.is_given();
        };
        let content_type = content_type.to_str().unwrap_or_default().to_ascii_lowercase();
        let media_type = content_type.split(';').next().unwrap_or_default().trim();
        matches!(media_type, "application/json" | "text/json") || media_type.ends_with("+json")
    }

    fn no_answer(&self, error: &reqwest::Error) -> Fault {
        if let Some(refused) = refusal_within(error) {
            let hint = match self.endpoint.reach {
                super::dial::Reach::Public => allow_private_hint(
                    &self.way.connection,
                    &self.endpoint.name,
                    self.endpoint.base.as_str(),
                ),
                _ => "\nhint: use an `https://` URL".to_owned(),
            };
            let host = self.endpoint.base.host_str().unwrap_or_default();
            return self
                .refused(&format!("`{host}` is not dialled: {refused}; nothing was sent{hint}"));
        }
        let cause = self.way.scrubber.text(deepest(error));
        if error.is_builder() {
            return self.refused(&format!("the request cannot be built: {cause}"));
        }
        if error.is_connect() {
            let host = self.endpoint.base.host_str().unwrap_or_default();
            return Fault::NotSent(format!(
                "{}: `{host}` is not reached: {cause}",
                self.outgoing.label
            ));
        }
        self.lost(cause)
    }

    fn refused(&self, what: &str) -> Fault {
        Fault::Refused(format!("{}: {what}", self.outgoing.label))
    }

    fn lost(&self, what: String) -> Fault {
        Fault::Lost { reason: format!("{}: {what}", self.outgoing.label), retry_after_ms: None }
    }
}
