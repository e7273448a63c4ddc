//! A request of the host as a simulator takes it, and its reply as the host hears it: what `penstock::egress` does
//! between the two, without a network.

use penstock::contract::{Failure, Method, Pair, Request, Response};
use penstock::egress::{self, limits};
use penstock::engine::Answer;
use penstock_simulators::http::{self, Delivery, Reply, decode_path};
use penstock_simulators::world::STORE_ID;
use penstock_simulators::{shop, till};

/// Where a request goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Vendor {
    Shop,
    Till,
}

impl Vendor {
    /// The vendor of a connection: the first of the pipeline file is the shop's.
    pub(super) fn of(connection: usize) -> Self {
        if connection == 0 { Self::Shop } else { Self::Till }
    }

    /// In a word.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Shop => "shop",
            Self::Till => "till",
        }
    }
}

/// What goes wrong with one exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The request never arrives, and the process is told nothing.
    LostBefore,
    /// The request takes effect, and its answer is lost.
    LostAfter,
    /// A 5xx without an effect.
    FailsBefore,
    /// A 5xx, though the request took effect.
    FailsAfter,
    /// A 429.
    TooMany,
    /// The request takes effect, and its answer breaks off in the middle and goes on with something else.
    Garbled,
}

impl Trouble {
    /// All troubles.
    pub const ALL: [Self; 6] = [
        Self::LostBefore,
        Self::LostAfter,
        Self::FailsBefore,
        Self::FailsAfter,
        Self::TooMany,
        Self::Garbled,
    ];

    /// Whether the vendor looks at the request.
    pub(super) fn takes_effect(self) -> bool {
        matches!(self, Self::LostAfter | Self::FailsAfter | Self::Garbled)
    }

    /// What happens, in words.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::LostBefore => "the request is lost",
            Self::LostAfter => "takes the request, and the answer is lost",
            Self::FailsBefore => "fails without taking the request",
            Self::FailsAfter => "takes the request, and answers that it failed",
            Self::TooMany => "answers that there are too many requests",
            Self::Garbled => "takes the request, and half of the answer is lost",
        }
    }
}

/// What the host hears of a request.
#[derive(Debug)]
pub(super) enum Heard {
    /// A whole answer that a connector may judge.
    Answer(Response),
    TooMany {
        retry_after_ms: u64,
    },
    Unauthorized,
    /// Nothing that could be trusted.
    Lost,
    /// The answer is not what it says it is.
    Malformed(String),
}

/// The pause after the first failed attempt of a read, in milliseconds; each further one doubles it.
const BACKOFF_MS: i64 = 500;

impl Heard {
    pub(super) fn of_trouble(trouble: Option<Trouble>) -> Self {
        match trouble {
            Some(Trouble::TooMany) => Self::TooMany { retry_after_ms: 1_000 },
            _ => Self::Lost,
        }
    }

    pub(super) fn of_reply(reply: Reply, request: &Request, sent_ms: i64) -> Self {
        match (reply.delivery, reply.status) {
            (Delivery::Lost | Delivery::CutAt(_), _) => Self::Lost,
            (_, 401) => Self::Unauthorized,
            (_, 429) => Self::TooMany { retry_after_ms: retry_after_ms(&reply) },
            (_, 200..=499) => whole(reply, request, sent_ms),
            _ => Self::Lost,
        }
    }

    /// How long a read pauses before its next attempt, in milliseconds; nothing where there is none.
    pub(super) fn pause_ms(&self, attempts: u32) -> Option<i64> {
        let pause_ms = match self {
            Self::Answer(_) | Self::Unauthorized => return None,
            Self::TooMany { retry_after_ms } => i64::try_from(*retry_after_ms).unwrap_or(i64::MAX),
            Self::Lost | Self::Malformed(_) => BACKOFF_MS << attempts.saturating_sub(1).min(5),
        };
        (attempts < limits::READ_ATTEMPTS_MAX).then_some(pause_ms)
    }

    /// What a connector is told of its read.
    pub(super) fn of_read(self) -> Result<Response, Failure> {
        match self {
            Self::Answer(response) => Ok(response),
            Self::TooMany { retry_after_ms } => Err(Failure::RetryAfter(retry_after_ms)),
            Self::Unauthorized => Err(Failure::Unauthorized("the answer was 401".to_owned())),
            Self::Lost => Err(Failure::RetryAfter(limits::GIVEN_UP_RETRY_MS)),
            Self::Malformed(reason) => Err(Failure::Unexpected(reason)),
        }
    }

    /// What the engine is told of its write.
    pub(super) fn of_write(self) -> Answer {
        match self {
            Self::Answer(response) => Answer::Answered(response),
            Self::TooMany { retry_after_ms } => {
                Answer::NotTaken { reason: "429".to_owned(), retry_after_ms, reached: true }
            }
            Self::Unauthorized => Answer::Unauthorized { reason: "401".to_owned() },
            Self::Lost => Answer::Unknown { reason: "the answer was lost".to_owned() },
            Self::Malformed(reason) => Answer::Unknown { reason },
        }
    }
}

/// Whether the pipeline file grants it as a read.
pub(super) fn is_read(request: &Request) -> bool {
    match request.method {
        Method::Get | Method::Query => true,
        Method::Post => request.path.trim_start_matches('/').ends_with("/inventory"),
        Method::Put | Method::Patch | Method::Delete => false,
    }
}

/// The request with its endpoint's base path and the connection's secret.
pub(super) fn as_simulated(vendor: Vendor, request: &Request) -> http::Request {
    let (base, token) = match vendor {
        Vendor::Shop => (format!("/api/v3/{STORE_ID}"), shop::DEMO_TOKEN),
        Vendor::Till => ("/api".to_owned(), till::DEMO_TOKEN),
    };
    let method = match request.method {
        Method::Get => "GET",
        Method::Query => "QUERY",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Patch => "PATCH",
        Method::Delete => "DELETE",
    };
    let path = format!("{base}/{}", decode_path(request.path.trim_start_matches('/')));
    let mut asked = http::Request::new(method, &path).bearer(token);
    asked.query =
        request.query.iter().map(|pair| (pair.name.clone(), pair.value.clone())).collect();
    let headers = request.headers.iter();
    asked.headers.extend(headers.map(|pair| (pair.name.to_lowercase(), pair.value.clone())));
    if request.body.is_some() && asked.header("content-type").is_none() {
        // As egress does.
        asked.headers.push(("content-type".to_owned(), "application/json".to_owned()));
    }
    asked.body = request.body.clone().unwrap_or_default();
    asked
}

/// An answer of which the second half is another's.
pub(super) fn garbled(mut reply: Reply) -> Reply {
    reply.body.truncate(reply.body.len() / 2);
    reply.body.extend_from_slice(b"\x00<html>");
    reply
}

fn whole(reply: Reply, request: &Request, sent_ms: i64) -> Heard {
    let is_json = reply.header_value("content-type").is_some_and(|kind| kind.contains("json"));
    let is_success = (200..300).contains(&reply.status);
    let headers = reply.headers.into_iter().map(|(name, value)| Pair { name, value }).collect();
    let body = if is_success && is_json {
        egress::kept(reply.body, &request.keep)
    } else {
        Ok(reply.body)
    };
    match body {
        Ok(body) => {
            Heard::Answer(Response { status: reply.status, headers, body, sent_at: sent_ms })
        }
        Err(reason) => Heard::Malformed(reason),
    }
}

fn retry_after_ms(reply: &Reply) -> u64 {
    let told = reply.header_value("retry-after").and_then(|secs| secs.parse::<u64>().ok());
    told.map_or(limits::RETRY_AFTER_MS_DEFAULT, |secs| secs * 1_000)
}
