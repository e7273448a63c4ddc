//! A request of the host as a simulator takes it, and its reply as the host hears it. What an answer means, and when a read
//! is made again, is decided by the code of `penstock::egress`; there is only no network between.

use penstock::contract::{Method, Pair, Request, Response};
use penstock::egress::Purpose;
use penstock::egress::decisions::{Fault, Heard, Keep, Told};
use penstock_simulators::clock::http_date;
use penstock_simulators::http::{self, Delivery, Reply, decode_path};
use penstock_simulators::world::STORE_ID;
use penstock_simulators::{shop, till};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// The request never arrives, and the process is told nothing.
    LostBefore,
    /// The request takes effect, and its answer is lost.
    LostAfter,
    /// The line breaks, and the request takes effect some seconds later.
    Late,
    /// There is no connection: nothing was sent.
    Unreached,
    /// A 5xx without an effect.
    FailsBefore,
    /// A 5xx, though the request took effect.
    FailsAfter,
    /// A 429.
    TooMany,
    /// A 401.
    Expired,
    /// The request takes effect, and its answer breaks off in the middle and goes on with something else.
    Garbled,
}

impl Trouble {
    /// All troubles that a run goes on after by itself: all but the 401, which stops it.
    pub const ALL: [Self; 8] = [
        Self::LostBefore,
        Self::LostAfter,
        Self::Late,
        Self::Unreached,
        Self::FailsBefore,
        Self::FailsAfter,
        Self::TooMany,
        Self::Garbled,
    ];

    /// Whether the vendor looks at the request.
    pub(super) fn takes_effect(self) -> bool {
        matches!(self, Self::LostAfter | Self::Late | Self::FailsAfter | Self::Garbled)
    }

    /// What happens, in words.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::LostBefore => "the request is lost",
            Self::LostAfter => "takes the request, and the answer is lost",
            Self::Late => "takes the request late, when the line is broken long since",
            Self::Unreached => "is not reached",
            Self::FailsBefore => "fails without taking the request",
            Self::FailsAfter => "takes the request, and answers that it failed",
            Self::TooMany => "answers that there are too many requests",
            Self::Expired => "answers that the token has expired",
            Self::Garbled => "takes the request, and half of the answer is lost",
        }
    }

    /// What comes in place of the vendor's answer, if there is one.
    fn reply(self, answered: Option<Reply>) -> Result<Reply, Fault> {
        match self {
            Self::LostBefore | Self::LostAfter | Self::Late => Err(lost()),
            Self::Unreached => Err(Fault::NotSent("there is no connection".to_owned())),
            Self::FailsBefore | Self::FailsAfter => Ok(Reply::text(503, "{}")),
            Self::TooMany => Ok(Reply::text(429, "{}").header("retry-after", 1)),
            Self::Expired => Ok(Reply::text(401, "{}")),
            Self::Garbled => answered.map(garbled).ok_or_else(lost),
        }
    }
}

/// A request on its way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sent<'a> {
    pub(super) vendor: Vendor,
    pub(super) request: &'a Request,
    pub(super) purpose: Purpose,
    /// By the host's clock.
    pub(super) at_ms: i64,
    /// The headers in which the descriptor says that the vendor tells its rate limit, and what is left of it.
    pub(super) limit_headers: (Option<&'a str>, Option<&'a str>),
}

/// What egress makes of what came back.
#[derive(Debug)]
pub(super) struct Outcome {
    /// Of the budget.
    pub(super) told: Told,
    pub(super) answer: Result<Response, Fault>,
}

impl Sent<'_> {
    /// What comes of it. `answered` is the vendor's answer, if the request has reached it; `now_ms` is by the host's clock,
    /// `theirs_ms` by the vendor's.
    pub(super) fn outcome(
        &self,
        answered: Option<Reply>,
        trouble: Option<Trouble>,
        (now_ms, theirs_ms): (i64, i64),
    ) -> Outcome {
        let reply = match trouble {
            Some(trouble) => trouble.reply(answered),
            None => answered.filter(|it| it.delivery == Delivery::Whole).ok_or_else(lost),
        };
        let reply = match reply {
            Ok(reply) => reply.header("date", http_date(theirs_ms)),
            Err(fault) => return Outcome { told: Told::Nothing, answer: Err(fault) },
        };
        let headers = header_map(&reply);
        let word = self.vendor.word();
        let heard = Heard {
            status: reply.status,
            headers: &headers,
            now: now_ms,
            purpose: self.purpose,
            label: &self.request.path,
            connection: word,
            gate: word,
            host: word,
        };
        let (limit, remaining) = self.limit_headers;
        let told = heard.told(limit, remaining);
        Outcome { told, answer: self.judged(&heard, reply) }
    }

    fn judged(&self, heard: &Heard<'_>, reply: Reply) -> Result<Response, Fault> {
        heard.check_status()?;
        heard.check_clock()?;
        let keep = Keep::compile(&self.request.keep).map_err(Fault::Refused)?;
        let body = heard.kept(reply.body, &keep)?;
        let pairs = reply.headers.into_iter().map(|(name, value)| Pair { name, value });
        Ok(Response { status: reply.status, headers: pairs.collect(), body, sent_at: self.at_ms })
    }
}

fn lost() -> Fault {
    Fault::Lost { reason: "the answer was lost".to_owned(), retry_after_ms: None }
}

fn header_map(reply: &Reply) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in &reply.headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
            headers.append(name, value);
        }
    }
    headers
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
fn garbled(mut reply: Reply) -> Reply {
    reply.body.truncate(reply.body.len() / 2);
    reply.body.extend_from_slice(b"\x00<html>");
    reply
}
