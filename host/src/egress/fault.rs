//! What can come between a request and its answer, and what that means for a read and for a write.

use super::limits;
use crate::contract::{Failure, Response};

/// Why one attempt gave no answer for the connector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The host refuses it, and will until somebody mends it. Nothing was sent, or only a read, whose answer is not used.
    Refused(String),
    /// The account's budget is used up for longer than a request waits for it.
    NoBudget { reason: String, retry_after_ms: u64 },
    /// It never left: there was no connection.
    NotSent(String),
    /// A 429.
    TooMany { reason: String, retry_after_ms: u64 },
    /// A 401.
    Unauthorized(String),
    /// It was sent, and no answer came that can be trusted: a 5xx among others.
    Lost { reason: String, retry_after_ms: Option<u64> },
    /// The answer says that it is JSON, and is none.
    Malformed(String),
    /// The answer is above the bound.
    TooLarge(String),
}

/// What became of a write that was sent once.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// A status of 2xx, 3xx or 4xx with its whole body, for the connector to conclude; 403 too.
    Answered(Response),
    /// It surely had no effect: a 429, or it never left. It may be sent again unchanged after this many milliseconds.
    NotTaken {
        /// For people.
        reason: String,
        /// From now on.
        retry_after_ms: u64,
        /// Whether the account was reached, or would have been but for its budget.
        reached: bool,
    },
    /// A 401: it had no effect, and the account's grant must be renewed.
    Unauthorized {
        /// For people.
        reason: String,
    },
    /// The host refused it: a fault of the file or the connector. It was surely not sent.
    Refused {
        /// For people, with the line that would allow it where there is one.
        reason: String,
    },
    /// It may or may not have taken effect: no answer after sending began, half an answer, or a 5xx.
    Unknown {
        /// For people.
        reason: String,
    },
}

impl Fault {
    /// The sentence for people.
    #[must_use]
    pub fn reason(&self) -> &str {
        match self {
            Self::Refused(reason)
            | Self::NoBudget { reason, .. }
            | Self::NotSent(reason)
            | Self::TooMany { reason, .. }
            | Self::Unauthorized(reason)
            | Self::Lost { reason, .. }
            | Self::Malformed(reason)
            | Self::TooLarge(reason) => reason,
        }
    }

    /// What a connector is told when a read is given up.
    #[must_use]
    pub fn into_failure(self) -> Failure {
        match self {
            Self::Refused(reason) => Failure::Misconfigured(reason),
            Self::Unauthorized(reason) => Failure::Unauthorized(reason),
            Self::Malformed(reason) | Self::TooLarge(reason) => Failure::Unexpected(reason),
            Self::NoBudget { retry_after_ms, .. } | Self::TooMany { retry_after_ms, .. } => {
                Failure::RetryAfter(retry_after_ms)
            }
            Self::NotSent(_) => Failure::RetryAfter(limits::GIVEN_UP_RETRY_MS),
            Self::Lost { retry_after_ms, .. } => {
                Failure::RetryAfter(retry_after_ms.unwrap_or(limits::GIVEN_UP_RETRY_MS))
            }
        }
    }
}

impl From<Result<Response, Fault>> for Answer {
    fn from(outcome: Result<Response, Fault>) -> Self {
        match outcome {
            Ok(response) => Self::Answered(response),
            Err(Fault::Refused(reason)) => Self::Refused { reason },
            Err(Fault::Unauthorized(reason)) => Self::Unauthorized { reason },
            Err(
                Fault::NoBudget { reason, retry_after_ms }
                | Fault::TooMany { reason, retry_after_ms },
            ) => Self::NotTaken { reason, retry_after_ms, reached: true },
            Err(Fault::NotSent(reason)) => Self::NotTaken {
                reason,
                retry_after_ms: limits::UNREACHABLE_RETRY_MS,
                reached: false,
            },
            Err(
                Fault::Lost { reason, .. } | Fault::Malformed(reason) | Fault::TooLarge(reason),
            ) => Self::Unknown { reason },
        }
    }
}
