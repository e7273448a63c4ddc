//! What an answer means. Pure: it is told what came and when, and says what that is.

use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};

use super::budget::Told;
use super::counts::Purpose;
use super::fault::Fault;
use super::json::{self, Keep};
use super::retry_after::{RetryAfter, http_date_ms};
use super::{headers, limits};
use crate::time::Instant;

/// The head of an answer, and who was asked.
#[derive(Debug, Clone, Copy)]
pub struct Heard<'a> {
    pub status: u16,
    pub headers: &'a HeaderMap,
    /// By our clock, when it came.
    pub now: Instant,
    pub purpose: Purpose,
    /// The request as messages name it.
    pub label: &'a str,
    pub connection: &'a str,
    /// The rate limit as messages name it.
    pub gate: &'a str,
    pub host: &'a str,
}

impl Heard<'_> {
    /// What it says about the budget: in the headers that the descriptor names, if it names any.
    #[must_use]
    pub fn told(&self, limit_header: Option<&str>, remaining_header: Option<&str>) -> Told {
        let figure =
            |name: Option<&str>| headers::text(self.headers, name?)?.trim().parse::<u32>().ok();
        if self.status == 429 {
            let wait_ms = self.retry_after().wait_ms();
            return Told::TooMany { stop_until: self.now.saturating_add_unsigned(wait_ms) };
        }
        Told::Answer { limit: figure(limit_header), remaining: figure(remaining_header) }
    }

    /// Only what a connector can judge goes on to it.
    ///
    /// # Errors
    /// What the status means, where it is the host's to judge: 401, 429, and what is no status of 2xx to 4xx.
    pub fn check_status(&self) -> Result<(), Fault> {
        let Self { label, connection, gate, .. } = self;
        match self.status {
            401 => Err(Fault::Unauthorized(format!(
                "{label}: the answer was 401: the secret is wrong, has expired or was revoked\n\
                 hint: put a new secret where connection `{connection}` has it from, and run again"
            ))),
            429 => {
                let retry_after_ms = self.retry_after().wait_ms();
                let reason = format!(
                    "{label}: the answer was 429; {gate} stands still for {retry_after_ms} ms"
                );
                Err(Fault::TooMany { reason, retry_after_ms })
            }
            200..=499 => Ok(()),
            status => {
                let retry_after = self.retry_after();
                let retry_after_ms = retry_after.told_ms().map(|_| retry_after.wait_ms());
                Err(Fault::Lost {
                    reason: format!("{label}: the answer was {status}"),
                    retry_after_ms,
                })
            }
        }
    }

    /// Sources ask for what has changed up to now. By a clock that is ahead, that is more than there is yet, and what comes
    /// then would be taken for told. By one that is behind, what was just read passes for older than what was read before.
    /// A write is judged by its answer alone.
    ///
    /// # Errors
    /// Our clock and the one that wrote the answer are too far apart.
    pub fn check_clock(&self) -> Result<(), Fault> {
        let date = headers::text(self.headers, "date").and_then(http_date_ms);
        let Some(date) = date.filter(|_| self.purpose == Purpose::Read) else {
            return Ok(());
        };
        // A cache on the way gives an answer that is so many seconds old.
        let age =
            headers::text(self.headers, "age").and_then(|secs| secs.trim().parse::<u32>().ok());
        let theirs = date.saturating_add(i64::from(age.unwrap_or(0)) * 1_000);
        let ahead_ms = self.now.saturating_sub(theirs);
        let apart_ms = ahead_ms.saturating_abs();
        if apart_ms <= limits::CLOCK_APART_MS_MAX {
            return Ok(());
        }
        let (label, host, secs) = (self.label, self.host, apart_ms / 1_000);
        let whither = if ahead_ms > 0 { "ahead of" } else { "behind" };
        Err(Fault::Refused(format!(
            "{label}: this machine's clock is {secs} s {whither} that of `{host}`, and changes there would be missed\n\
             hint: set the clock, or let it be kept by NTP, and run again"
        )))
    }

    /// What was asked for of a body that is JSON; any other as it is.
    ///
    /// # Errors
    /// It is said to be JSON, and is not whole, or what is kept of it is not JSON.
    pub fn kept(&self, body: Vec<u8>, keep: &Keep) -> Result<Vec<u8>, Fault> {
        if !self.is_json_to_check(&body, keep) {
            return Ok(body);
        }
        let Self { status, label, .. } = self;
        json::prune(body, keep).map_err(|fault| {
            let why = format!("{label}: the answer ({status}) is not whole or not JSON: {fault}");
            Fault::Malformed(why)
        })
    }

    /// A 2xx answer that says it is JSON, or says nothing where JSON was expected. No body at all is none only where
    /// the status or the length says so.
    fn is_json_to_check(&self, body: &[u8], keep: &Keep) -> bool {
        let is_meant_empty = matches!(self.status, 204 | 205)
            || self.headers.get(CONTENT_LENGTH).is_some_and(|length| length.as_bytes() == b"0");
        if !(200..300).contains(&self.status) || (body.is_empty() && is_meant_empty) {
            return false;
        }
        let Some(content_type) = self.headers.get(CONTENT_TYPE) else {
            return keep.is_given();
        };
        let content_type = content_type.to_str().unwrap_or_default().to_ascii_lowercase();
        let media_type = content_type.split(';').next().unwrap_or_default().trim();
        matches!(media_type, "application/json" | "text/json") || media_type.ends_with("+json")
    }

    fn retry_after(&self) -> RetryAfter<'_> {
        RetryAfter {
            value: headers::text(self.headers, "retry-after"),
            date: headers::text(self.headers, "date"),
            now: self.now,
        }
    }
}
