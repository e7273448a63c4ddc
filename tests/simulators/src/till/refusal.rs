//! Errors, in the shapes that the till's two generations use.

use serde_json::json;

use crate::http::Reply;

/// Which generation of the API a request speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// `/api/2026-07/…`.
    Dated,
    /// `/api/…`.
    Legacy,
}

/// A refused request.
#[derive(Debug)]
pub(super) struct Refusal {
    status: u16,
    title: String,
    message: String,
    payment: bool,
}

impl Refusal {
    /// A refusal.
    pub(super) fn new(status: u16, title: &str, message: impl Into<String>) -> Self {
        Self { status, title: title.to_owned(), message: message.into(), payment: false }
    }

    /// 400: the request itself is wrong.
    pub(super) fn malformed(message: impl Into<String>) -> Self {
        Self::new(400, "Bad Request", message)
    }

    /// 404: an id is unknown.
    pub(super) fn unknown(what: &str) -> Self {
        Self::new(404, "Not Found", format!("{what} not found"))
    }

    /// 409: it clashes with what there is.
    pub(super) fn conflict(message: impl Into<String>) -> Self {
        Self::new(409, "Conflict", message)
    }

    /// 422: what it asks for can't be.
    pub(super) fn unprocessable(message: impl Into<String>) -> Self {
        Self::new(422, "Unprocessable Entity", message)
    }

    /// 409 with the body of a payment error.
    pub(super) fn payment(message: impl Into<String>) -> Self {
        Self { payment: true, ..Self::conflict(message) }
    }

    /// The answer.
    pub(super) fn reply(self, dialect: Dialect) -> Reply {
        let body = match dialect {
            Dialect::Legacy => {
                json!({ "status": "error", "error": self.title, "details": self.message })
            }
            Dialect::Dated if self.payment => {
                json!({ "error": { "code": self.status, "message": self.message } })
            }
            Dialect::Dated if self.status == 422 => {
                json!({ "errors": [{ "message": self.message }] })
            }
            Dialect::Dated => json!({ "error": self.title, "message": self.message }),
        };
        Reply::json(self.status, &body)
    }
}
