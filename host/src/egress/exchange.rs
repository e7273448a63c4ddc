//! One request and its answer.

use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Response as Incoming, StatusCode};

use super::connected::Way;
use super::dial::{deepest, refusal_within};
use super::endpoint::{Endpoint, allow_private_hint};
use super::fault::Fault;
use super::gate::Pass;
use super::headers;
use super::judge::Heard;
use super::outgoing::Outgoing;
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
        let heard = self.heard(incoming.status(), incoming.headers());
        let Endpoint { limit_header, remaining_header, .. } = self.endpoint;
        pass.settle(heard.told(limit_header.as_deref(), remaining_header.as_deref()));
        heard.check_status()?;
        heard.check_clock()?;
        self.whole_answer(incoming, sent_at).await
    }

    fn heard<'h>(&'h self, status: StatusCode, headers: &'h HeaderMap) -> Heard<'h> {
        Heard {
            status: status.as_u16(),
            headers,
            now: self.way.egress.pace.now(),
            purpose: self.outgoing.purpose,
            label: &self.outgoing.label,
            connection: &self.way.connection,
            gate: self.endpoint.gate.name(),
            host: self.endpoint.base.host_str().unwrap_or_default(),
        }
    }

    async fn whole_answer(&self, incoming: Incoming, sent_at: Instant) -> Result<Response, Fault> {
        let status = incoming.status();
        let headers = incoming.headers().clone();
        let body = self.body(incoming).await?;
        self.endpoint.meter.tally(self.outgoing.purpose).bytes_received += body.len() as u64;
        let body = self.heard(status, &headers).kept(body, &self.outgoing.keep)?;
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
