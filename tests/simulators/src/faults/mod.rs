//! Faults, injected by a plan that is the same for the same seed and the same sequence of requests.

mod drift;

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::chance::mix;
use crate::clock;
use crate::http::{Delivery, Reply};

/// What can go wrong with one exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// The connection closes before the request is looked at.
    DropBefore,
    /// The request takes effect, and the connection closes without an answer.
    DropAfter,
    /// 429 with `Retry-After` in seconds.
    TooManySeconds,
    /// 429 with `Retry-After` as an HTTP date.
    TooManyDate,
    /// 500 without an effect.
    #[serde(rename = "error-500-before")]
    Error500Before,
    /// 502 without an effect.
    #[serde(rename = "error-502-before")]
    Error502Before,
    /// 503 without an effect.
    #[serde(rename = "error-503-before")]
    Error503Before,
    /// 500, though the request took effect.
    #[serde(rename = "error-500-after")]
    Error500After,
    /// 502, though the request took effect.
    #[serde(rename = "error-502-after")]
    Error502After,
    /// 503, though the request took effect.
    #[serde(rename = "error-503-after")]
    Error503After,
    /// The connection closes after half of the body.
    HalfBody,
    /// The body is whole by its length, and no JSON.
    Malformed,
    /// A field of the answer bears another name.
    FieldRenamed,
    /// A field of the answer is of another type.
    FieldRetyped,
    /// A field of the answer is missing.
    FieldMissing,
    /// What the request changes is known to the search much later than usual.
    LateIndex,
}

impl FaultKind {
    /// All kinds.
    pub const ALL: [FaultKind; 16] = [
        Self::DropBefore,
        Self::DropAfter,
        Self::TooManySeconds,
        Self::TooManyDate,
        Self::Error500Before,
        Self::Error502Before,
        Self::Error503Before,
        Self::Error500After,
        Self::Error502After,
        Self::Error503After,
        Self::HalfBody,
        Self::Malformed,
        Self::FieldRenamed,
        Self::FieldRetyped,
        Self::FieldMissing,
        Self::LateIndex,
    ];

    /// Whether the request still takes effect.
    pub fn takes_effect(self) -> bool {
        !matches!(
            self,
            Self::DropBefore
                | Self::TooManySeconds
                | Self::TooManyDate
                | Self::Error500Before
                | Self::Error502Before
                | Self::Error503Before
        )
    }
}

/// Which faults come how often.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultPlan {
    /// The same seed gives the same faults to the same sequence of requests.
    pub seed: u64,
    /// For each kind, in how many of 10 000 requests it comes.
    pub per_ten_thousand: BTreeMap<FaultKind, u32>,
}

impl FaultPlan {
    /// Every kind equally often, so that `rate` of all requests meet some fault: 0.2 is one in five.
    pub fn uniform(seed: u64, rate: f64) -> Self {
        let each = (rate.clamp(0.0, 1.0) * 10_000.0 / FaultKind::ALL.len() as f64).round() as u32;
        Self::of(seed, &FaultKind::ALL, each)
    }

    /// These kinds only, each in so many of 10 000 requests.
    pub fn of(seed: u64, kinds: &[FaultKind], per_ten_thousand: u32) -> Self {
        let rates = kinds.iter().map(|kind| (*kind, per_ten_thousand));
        Self { seed, per_ten_thousand: rates.collect() }
    }

    fn draw(&self, vendor: Vendor, sequence: u64) -> Option<FaultKind> {
        let mut left = (mix(&[self.seed, vendor as u64, sequence]) % 10_000) as u32;
        for (kind, rate) in &self.per_ten_thousand {
            if left < *rate {
                return Some(*kind);
            }
            left -= rate;
        }
        None
    }
}

/// Whose answers are spoilt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vendor {
    /// Ecwid.
    Shop,
    /// Vend.
    Till,
}

/// One fault that came about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Injected {
    /// The number of the request at this vendor, from 1.
    pub sequence: u64,
    /// `GET /orders`.
    pub endpoint: String,
    /// What went wrong.
    pub kind: FaultKind,
}

/// A fault for a certain request to come.
#[derive(Clone, Debug)]
struct Appointment {
    endpoint_prefix: String,
    skip: u32,
    kind: FaultKind,
}

/// How many injected faults are kept; older ones are counted only.
const INJECTED_KEPT_MAX: usize = 10_000;

/// How much later than usual the search learns of a change under [`FaultKind::LateIndex`].
pub const LATE_INDEX_MS: i64 = 60_000;

/// The plan of one vendor, and what came of it.
#[derive(Clone, Debug)]
pub struct Faults {
    vendor: Vendor,
    plan: FaultPlan,
    appointments: Vec<Appointment>,
    injected: VecDeque<Injected>,
    counts: BTreeMap<FaultKind, u64>,
}

impl Faults {
    pub(crate) fn new(vendor: Vendor) -> Self {
        Self {
            vendor,
            plan: FaultPlan::default(),
            appointments: Vec::new(),
            injected: VecDeque::new(),
            counts: BTreeMap::new(),
        }
    }

    /// Puts another plan in place of the present one. The default plan injects nothing.
    pub fn set_plan(&mut self, plan: FaultPlan) {
        self.plan = plan;
    }

    /// Spoils one request to come: the one after `skip` others to endpoints whose name begins so, as in
    /// `POST /sales`.
    pub fn spoil(&mut self, endpoint_prefix: &str, skip: u32, kind: FaultKind) {
        let endpoint_prefix = endpoint_prefix.to_owned();
        self.appointments.push(Appointment { endpoint_prefix, skip, kind });
    }

    /// The last faults that came about, oldest first.
    pub fn injected(&self) -> impl Iterator<Item = &Injected> {
        self.injected.iter()
    }

    /// How often each kind came about.
    pub fn counts(&self) -> &BTreeMap<FaultKind, u64> {
        &self.counts
    }

    /// Decides on a request before it is looked at.
    pub(crate) fn draw(&mut self, endpoint: &str, sequence: u64) -> Option<FaultKind> {
        let kind = self.appointed(endpoint).or_else(|| self.plan.draw(self.vendor, sequence))?;
        if self.injected.len() == INJECTED_KEPT_MAX {
            self.injected.pop_front();
        }
        self.injected.push_back(Injected { sequence, endpoint: endpoint.to_owned(), kind });
        *self.counts.entry(kind).or_default() += 1;
        Some(kind)
    }

    fn appointed(&mut self, endpoint: &str) -> Option<FaultKind> {
        let mut due = None;
        for (index, appointment) in self.appointments.iter_mut().enumerate() {
            if !endpoint.starts_with(&appointment.endpoint_prefix) {
                continue;
            }
            if appointment.skip > 0 {
                appointment.skip -= 1;
            } else if due.is_none() {
                due = Some(index);
            }
        }
        due.map(|index| self.appointments.remove(index).kind)
    }

    /// The answer that takes the place of looking at the request.
    pub(crate) fn instead(&self, kind: FaultKind, now_ms: i64) -> Option<Reply> {
        let reply = match kind {
            FaultKind::DropBefore => lost(),
            FaultKind::TooManySeconds => self.too_many().header("retry-after", 1),
            FaultKind::TooManyDate => {
                self.too_many().header("retry-after", clock::http_date(now_ms + 1000))
            }
            FaultKind::Error500Before => server_error(500),
            FaultKind::Error502Before => server_error(502),
            FaultKind::Error503Before => server_error(503),
            _ => return None,
        };
        Some(reply)
    }

    /// Spoils the answer to a request that was looked at.
    pub(crate) fn spoilt(&self, kind: FaultKind, sequence: u64, mut reply: Reply) -> Reply {
        match kind {
            FaultKind::DropAfter => lost(),
            FaultKind::Error500After => server_error(500),
            FaultKind::Error502After => server_error(502),
            FaultKind::Error503After => server_error(503),
            FaultKind::HalfBody => {
                reply.delivery = Delivery::CutAt(reply.body.len() / 2);
                reply
            }
            FaultKind::Malformed => {
                let keep = reply.body.len() / 2;
                reply.body.truncate(keep);
                reply.body.extend_from_slice(b"\x00<html>");
                reply
            }
            FaultKind::FieldRenamed | FaultKind::FieldRetyped | FaultKind::FieldMissing => {
                let words = [self.plan.seed, self.vendor as u64, sequence, 7];
                drift::drift(self.vendor, kind, mix(&words), reply)
            }
            _ => reply,
        }
    }

    fn too_many(&self) -> Reply {
        match self.vendor {
            Vendor::Shop => Reply::text(
                429,
                r#"{"errorMessage":"Too many requests","errorCode":"RATE_LIMITED"}"#,
            ),
            Vendor::Till => Reply::text(
                429,
                r#"{"error":"Too Many Requests","message":"Rate limiting enforced"}"#,
            ),
        }
    }
}

fn lost() -> Reply {
    Reply { delivery: Delivery::Lost, ..Reply::default() }
}

/// A proxy answers a server error, and not in JSON.
fn server_error(status: u16) -> Reply {
    Reply {
        status,
        headers: vec![("content-type".to_owned(), "text/html".to_owned())],
        body: format!("<html><body><h1>{status}</h1></body></html>").into_bytes(),
        delivery: Delivery::Whole,
    }
}
