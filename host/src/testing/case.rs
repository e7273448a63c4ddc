//! A case file.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;
use serde_spanned::Spanned;

use super::entry::{EntryForm, GivenEntry, instant};
use crate::contract::{Method, Pair, Request, Response};
use crate::recording::{Exchange, Outcome, Purpose};
use crate::time::Instant;

/// A case: what comes in, and what is expected beside the snapshot.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// What it shows, for people.
    pub about: Option<String>,
    /// The clock at its beginning; with a recording, that of the recording where it is left out.
    pub now: Option<Instant>,
    /// A folder beside the case, with where the file names it.
    pub recording: Option<Spanned<String>>,
    pub switches: BTreeMap<Spanned<String>, bool>,
    pub entries: Vec<Spanned<EntryForm>>,
    pub exchanges: Vec<Exchange>,
    pub expected: Expected,
}

/// Refusals that a case states.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// A part of the reason of each entry that is held; where it is given, no other is.
    #[serde(default)]
    pub held: Option<Vec<String>>,
    /// The same of dead letters; none at all where it is left out.
    #[serde(default)]
    pub dead: Vec<String>,
}

/// What is wrong with a case, and where in its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseFault {
    pub fact: String,
    pub span: Range<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(default)]
    about: Option<String>,
    #[serde(default)]
    now: Option<Spanned<String>>,
    #[serde(default)]
    recording: Option<Spanned<String>>,
    #[serde(default)]
    switches: BTreeMap<Spanned<String>, bool>,
    #[serde(default, rename = "entry")]
    entries: Vec<Spanned<EntryForm>>,
    #[serde(default, rename = "exchange")]
    exchanges: Vec<Spanned<ExchangeForm>>,
    #[serde(default)]
    expect: Expected,
}

/// A request that is answered, written by hand.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExchangeForm {
    /// `GET till/customers?email=a@b.example`: method, connection, path and query.
    request: String,
    /// The connector's name of the endpoint.
    #[serde(default = "api")]
    endpoint: String,
    #[serde(default)]
    body: Option<String>,
    /// Whether a `POST` only reads.
    #[serde(default)]
    reads: bool,
    #[serde(default = "ok")]
    status: u16,
    #[serde(default)]
    answer: String,
}

fn api() -> String {
    "api".to_owned()
}

fn ok() -> u16 {
    200
}

impl Case {
    /// Reads a case file.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn read(text: &str) -> Result<Self, CaseFault> {
        let form: Form = toml::from_str(text).map_err(|error| CaseFault {
            fact: error.message().to_owned(),
            span: error.span().unwrap_or(0..0),
        })?;
        let now = match &form.now {
            Some(now) => {
                Some(instant(now.get_ref()).map_err(|fact| CaseFault { fact, span: now.span() })?)
            }
            None => None,
        };
        if let (None, None) = (now, &form.recording) {
            let fact = "a case needs `now`, or a `recording`".to_owned();
            return Err(CaseFault { fact, span: 0..0 });
        }
        let exchanges = form
            .exchanges
            .iter()
            .map(|exchange| {
                let fault = |fact| CaseFault { fact, span: exchange.span() };
                exchange.get_ref().exchange(now.unwrap_or_default()).map_err(fault)
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            about: form.about,
            now,
            recording: form.recording,
            switches: form.switches,
            entries: form.entries,
            exchanges,
            expected: form.expect,
        })
    }

    /// The entries that its sources give.
    ///
    /// # Errors
    /// What is wrong with one of them, and where.
    pub fn given(&self, now: Instant) -> Result<Vec<GivenEntry>, CaseFault> {
        let entry = |form: &Spanned<EntryForm>| {
            let fault = |fact| CaseFault { fact, span: form.span() };
            form.get_ref().entry(now).map_err(fault)
        };
        self.entries.iter().map(entry).collect()
    }
}

impl ExchangeForm {
    fn exchange(&self, now: Instant) -> Result<Exchange, String> {
        let wrong = || {
            format!(
                "`{}` is no request: write it like `GET till/customers?email=a@b.example`",
                self.request
            )
        };
        let (method, place) = self.request.split_once(' ').ok_or_else(wrong)?;
        let (connection, rest) = place.split_once('/').ok_or_else(wrong)?;
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let method = match method {
            "GET" => Method::Get,
            "QUERY" => Method::Query,
            "POST" => Method::Post,
            "PUT" => Method::Put,
            "PATCH" => Method::Patch,
            "DELETE" => Method::Delete,
            _ => return Err(wrong()),
        };
        let pair = |text: &str| {
            let (name, value) = text.split_once('=').unwrap_or((text, ""));
            Pair { name: name.to_owned(), value: value.to_owned() }
        };
        let query = query.split('&').filter(|pair| !pair.is_empty()).map(pair).collect();
        let reads = self.reads || matches!(method, Method::Get | Method::Query);
        let response = Response {
            status: self.status,
            headers: Vec::new(),
            body: self.answer.trim().as_bytes().to_vec(),
            sent_at: now,
        };
        Ok(Exchange {
            connection: connection.to_owned(),
            purpose: if reads { Purpose::Read } else { Purpose::Write },
            request: Request {
                endpoint: self.endpoint.clone(),
                method,
                path: path.to_owned(),
                query,
                headers: Vec::new(),
                body: self.body.as_ref().map(|body| body.trim().as_bytes().to_vec()),
                keep: Vec::new(),
            },
            outcome: Outcome::Answered(response),
            noted_at: now,
            commits: 0,
        })
    }
}
