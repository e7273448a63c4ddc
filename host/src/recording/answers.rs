//! Answers out of a recording.

use std::collections::HashMap;
use std::fmt;

use super::compare::{Comparison, Likeness, compare};
use super::{Exchange, Outcome, Purpose};
use crate::contract::{Request, Response};
use crate::egress;
use crate::time::Instant;

/// What was recorded, to be asked.
#[derive(Debug)]
pub struct Answers {
    exchanges: Vec<Exchange>,
    /// How often each was given.
    given: Vec<u32>,
    /// Where each request is that is the same to the letter.
    same: HashMap<String, Vec<usize>>,
    /// Whether a write is answered by that of one with another body, where there is none with the same.
    is_lenient: bool,
    /// The latest of the reads that were given.
    latest_read: Option<usize>,
}

/// An answer that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    pub outcome: Outcome,
    /// Its place among the exchanges.
    pub at: usize,
    /// When the run that was recorded took note of it.
    pub noted_at: Instant,
    /// How often it had committed by then.
    pub commits: u64,
    /// How the body of the request differs from what was recorded; only of a write, and only where that is allowed.
    pub differences: Vec<String>,
}

/// A request that was not recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmatched {
    /// The request, for people.
    pub asked: String,
    pub nearest: Option<Nearest>,
}

/// The recorded request that is nearest to one that was not recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nearest {
    /// Its line in the file, or its place in the case: the first is 1.
    pub number: usize,
    pub differences: Vec<String>,
}

impl Answers {
    /// Answers a write only where its body is the same, too.
    pub fn strict(exchanges: Vec<Exchange>) -> Self {
        let given = vec![0; exchanges.len()];
        let mut same: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, known) in exchanges.iter().enumerate() {
            let letters = letters(&known.connection, known.purpose, &known.request);
            same.entry(letters).or_default().push(at);
        }
        Self { exchanges, given, same, is_lenient: false, latest_read: None }
    }

    /// Answers a write whose body is another by the answer to the recorded one that differs least: for tests, which show
    /// what is written, and go on. Where no body was recorded, any will do.
    pub fn lenient(exchanges: Vec<Exchange>) -> Self {
        Self { is_lenient: true, ..Self::strict(exchanges) }
    }

    /// What was answered to this request. Of several that are alike, each in its turn; a read that was recorded and is made
    /// more often than it was is answered by its last answer, a write is not.
    ///
    /// # Errors
    /// Nothing like it was recorded.
    pub fn answer(
        &mut self,
        connection: &str,
        purpose: Purpose,
        request: &Request,
    ) -> Result<Found, Unmatched> {
        let same = self.same.get(&letters(connection, purpose, request));
        let free = same.and_then(|same| same.iter().find(|at| self.given.get(**at) == Some(&0)));
        if let Some(at) = free.copied() {
            return self.give(at, request, Vec::new());
        }
        let compared: Vec<(usize, Comparison)> = self
            .exchanges
            .iter()
            .enumerate()
            .filter(|(_, known)| known.connection == connection && known.purpose == purpose)
            .map(|(at, known)| (at, compare(&known.request, request)))
            .collect();
        let is_free = |at: usize| self.given.get(at) == Some(&0);
        let alike = compared.iter().filter(|(_, compared)| compared.likeness < Likeness::Other);
        let best = match purpose {
            // One that was not given yet; else the latest, which shows how it is by now.
            Purpose::Read => alike.min_by_key(|(at, compared)| {
                let turn = if is_free(*at) { *at } else { usize::MAX - *at };
                (!is_free(*at), compared.likeness, turn)
            }),
            Purpose::Write => alike
                .filter(|(at, _)| is_free(*at))
                .min_by_key(|(at, compared)| (compared.likeness, *at)),
        };
        if let Some((at, _)) = best {
            return self.give(*at, request, Vec::new());
        }
        let near = compared
            .iter()
            .filter(|(at, _)| purpose == Purpose::Read || is_free(*at))
            .min_by_key(|(at, compared)| (compared.weight, *at));
        if let Some((at, compared)) = near
            && self.is_lenient
            && purpose == Purpose::Write
            && compared.is_body_alone
        {
            let is_told = self.exchanges.get(*at).is_some_and(|known| known.request.body.is_some());
            let differences = if is_told { compared.differences.clone() } else { Vec::new() };
            return self.give(*at, request, differences);
        }
        let nearest = near.map(|(at, compared)| Nearest {
            number: at + 1,
            differences: match compared.differences.is_empty() {
                true => vec!["it was recorded, and has been answered already".to_owned()],
                false => compared.differences.clone(),
            },
        });
        Err(Unmatched { asked: asked(connection, request), nearest })
    }

    /// Whether the run that was recorded had taken note of this answer before it read what comes next: everything that it read
    /// before has been read again, or something that it read later.
    pub fn is_due(&self, at: usize) -> bool {
        let is_awaited =
            |(known, given): (&Exchange, &u32)| known.purpose == Purpose::Read && *given == 0;
        self.latest_read > Some(at)
            || !self.exchanges.iter().zip(&self.given).take(at).any(is_awaited)
    }

    /// How many were never asked for.
    pub fn left(&self) -> usize {
        self.given.iter().filter(|given| **given == 0).count()
    }

    fn give(
        &mut self,
        at: usize,
        request: &Request,
        differences: Vec<String>,
    ) -> Result<Found, Unmatched> {
        let Some(known) = self.exchanges.get(at).cloned() else {
            return Err(Unmatched { asked: asked("?", request), nearest: None });
        };
        let outcome = match &known.outcome {
            Outcome::Answered(response) => {
                let missing = missing(&known.request.keep, &request.keep);
                if (200..300).contains(&response.status) && !missing.is_empty() {
                    let differences = vec![format!(
                        "its answer was recorded without what is asked for now: {}",
                        missing.join(", ")
                    )];
                    let nearest = Some(Nearest { number: at + 1, differences });
                    return Err(Unmatched { asked: asked(&known.connection, request), nearest });
                }
                Outcome::Answered(kept(response, &request.keep))
            }
            other => other.clone(),
        };
        if let Some(given) = self.given.get_mut(at) {
            *given += 1;
        }
        if known.purpose == Purpose::Read {
            self.latest_read = self.latest_read.max(Some(at));
        }
        let (noted_at, commits) = (known.noted_at, known.commits);
        Ok(Found { outcome, at, noted_at, commits, differences })
    }
}

/// All that tells one request from another, in one text.
fn letters(connection: &str, purpose: Purpose, request: &Request) -> String {
    let mut query: Vec<(&str, &str)> =
        request.query.iter().map(|pair| (pair.name.as_str(), pair.value.as_str())).collect();
    query.sort_by_key(|(name, _)| *name);
    let body = request.body.as_deref().unwrap_or_default();
    let body = match serde_json::from_slice::<serde_json::Value>(body) {
        Ok(value) => value.to_string(),
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    };
    let path = request.path.trim_matches('/');
    let method = crate::record::method_word(request.method);
    format!("{connection:?} {purpose:?} {method} {} {path:?} {query:?} {body}", request.endpoint)
}

/// What is asked for now of an answer, and was not when it was recorded.
fn missing(recorded: &[String], now: &[String]) -> Vec<String> {
    if recorded.is_empty() {
        return Vec::new();
    }
    let is_within = |path: &str, known: &String| {
        path == known || path.strip_prefix(known.as_str()).is_some_and(|rest| rest.starts_with('.'))
    };
    if now.is_empty() {
        return vec!["all of it".to_owned()];
    }
    now.iter()
        .filter(|path| !recorded.iter().any(|known| is_within(path, known)))
        .cloned()
        .collect()
}

/// What of a recorded answer is asked for now.
fn kept(response: &Response, keep: &[String]) -> Response {
    let is_taken = (200..300).contains(&response.status) && !keep.is_empty();
    match is_taken.then(|| egress::kept(response.body.clone(), keep)) {
        Some(Ok(body)) => Response { body, ..response.clone() },
        _ => response.clone(),
    }
}

/// A request as people know it: with its query, which names nobody in a test.
pub fn asked(connection: &str, request: &Request) -> String {
    let query: Vec<String> =
        request.query.iter().map(|pair| format!("{}={}", pair.name, pair.value)).collect();
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    format!(
        "{} {connection}/{}{query}",
        crate::record::method_word(request.method),
        request.path.trim_start_matches('/')
    )
}

impl fmt::Display for Unmatched {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "`{}` was not recorded", self.asked)?;
        if let Some(Nearest { number, differences }) = &self.nearest {
            write!(to, "; nearest is exchange {number}: {}", differences.join("; "))?;
        }
        Ok(())
    }
}
