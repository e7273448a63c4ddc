//! An exchange as one line of JSON that people can read.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Exchange, Outcome, Purpose};
use crate::contract::{Pair, Request, Response};
use crate::record::{method_of, method_word};
use crate::time::Instant;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    connection: String,
    purpose: Purpose,
    method: String,
    endpoint: String,
    path: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    query: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    headers: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body_text: Option<String>,
    /// What was asked for of the answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    keep: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sent_at: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    noted_at: Option<String>,
    #[serde(default)]
    commits: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    answer_headers: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answer: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answer_text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failed: Option<Failed>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Failed {
    RetryAfterMs(u64),
    Unauthorized,
    Refused,
    Unexpected,
    Unknown,
}

/// The line of an exchange, without a line break.
pub fn exchange_to_json(exchange: &Exchange) -> String {
    let Exchange { connection, purpose, request, outcome, noted_at, commits } = exchange;
    let (body, body_text) = body_form(request.body.as_deref());
    let mut line = Line {
        connection: connection.clone(),
        purpose: *purpose,
        method: method_word(request.method).to_owned(),
        endpoint: request.endpoint.clone(),
        path: request.path.clone(),
        query: pairs_form(&request.query),
        headers: pairs_form(&request.headers),
        body,
        body_text,
        keep: request.keep.clone(),
        sent_at: None,
        noted_at: instant_form(*noted_at),
        commits: *commits,
        status: None,
        answer_headers: Vec::new(),
        answer: None,
        answer_text: None,
        failed: None,
    };
    match outcome {
        Outcome::Answered(response) => {
            let (answer, answer_text) = body_form(Some(&response.body));
            line.sent_at = instant_form(response.sent_at);
            line.status = Some(response.status);
            line.answer_headers = pairs_form(&response.headers);
            (line.answer, line.answer_text) = (answer, answer_text);
        }
        Outcome::RetryAfter(ms) => line.failed = Some(Failed::RetryAfterMs(*ms)),
        Outcome::Unauthorized => line.failed = Some(Failed::Unauthorized),
        Outcome::Refused => line.failed = Some(Failed::Refused),
        Outcome::Unexpected => line.failed = Some(Failed::Unexpected),
        Outcome::Unknown => line.failed = Some(Failed::Unknown),
    }
    serde_json::to_string(&line).unwrap_or_default()
}

/// The exchange of a line.
///
/// # Errors
/// What is wrong with it, for people.
pub fn exchange_from_json(text: &str) -> Result<Exchange, String> {
    let line: Line = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let method =
        method_of(&line.method).ok_or_else(|| format!("`{}` is no method", line.method))?;
    let outcome = match (line.status, line.failed) {
        (Some(status), None) => {
            let sent_at = instant_of(line.sent_at.as_deref())?;
            let body = body_of(line.answer, line.answer_text).unwrap_or_default();
            let headers = pairs_of(line.answer_headers);
            Outcome::Answered(Response { status, headers, body, sent_at })
        }
        (None, Some(Failed::RetryAfterMs(ms))) => Outcome::RetryAfter(ms),
        (None, Some(Failed::Unauthorized)) => Outcome::Unauthorized,
        (None, Some(Failed::Refused)) => Outcome::Refused,
        (None, Some(Failed::Unexpected)) => Outcome::Unexpected,
        (None, Some(Failed::Unknown)) => Outcome::Unknown,
        _ => return Err("it needs `status` or `failed`, and not both".to_owned()),
    };
    let request = Request {
        endpoint: line.endpoint,
        method,
        path: line.path,
        query: pairs_of(line.query),
        headers: pairs_of(line.headers),
        body: body_of(line.body, line.body_text),
        keep: line.keep,
    };
    let noted_at = instant_of(line.noted_at.as_deref())?;
    let (connection, purpose, commits) = (line.connection, line.purpose, line.commits);
    Ok(Exchange { connection, purpose, request, outcome, noted_at, commits })
}

fn instant_form(at: Instant) -> Option<String> {
    Timestamp::from_millisecond(at).ok().map(|at| format!("{at:.3}"))
}

fn instant_of(text: Option<&str>) -> Result<Instant, String> {
    let Some(text) = text else { return Ok(0) };
    let instant = text.parse::<Timestamp>().map_err(|_| format!("`{text}` is no instant"))?;
    Ok(instant.as_millisecond())
}

/// A body as JSON where it is some, else as text.
fn body_form(body: Option<&[u8]>) -> (Option<Value>, Option<String>) {
    let Some(body) = body.filter(|body| !body.is_empty()) else { return (None, None) };
    match serde_json::from_slice(body) {
        Ok(value) => (Some(value), None),
        Err(_) => (None, Some(String::from_utf8_lossy(body).into_owned())),
    }
}

fn body_of(json: Option<Value>, text: Option<String>) -> Option<Vec<u8>> {
    json.map(|value| value.to_string()).or(text).map(String::into_bytes)
}

fn pairs_form(pairs: &[Pair]) -> Vec<(String, String)> {
    pairs.iter().map(|pair| (pair.name.clone(), pair.value.clone())).collect()
}

fn pairs_of(pairs: Vec<(String, String)>) -> Vec<Pair> {
    pairs.into_iter().map(|(name, value)| Pair { name, value }).collect()
}
