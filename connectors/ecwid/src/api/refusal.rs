//! What a refusal of the vendor means for the host.

use penstock_connector_sdk::types::{Failure, Response};
use serde::Deserialize;

/// How long to leave the vendor alone where it says that it can't answer now, in milliseconds. The
/// host has tried again by itself before such an answer comes here.
const BUSY_MS: u64 = 30_000;

/// Newer endpoints write `errorMessage`, older ones `error_message`, some nothing at all.
#[derive(Debug, Default, Deserialize)]
struct Body {
    #[serde(default, rename = "errorMessage", alias = "error_message")]
    message: Option<String>,
    #[serde(default, rename = "errorCode")]
    code: Option<String>,
}

/// Lets an answer of success pass. `scope` is the permission that the call needs, for the message.
pub(crate) fn check(response: &Response, scope: &str) -> Result<(), Failure> {
    if response.is_success() { Ok(()) } else { Err(meaning(response, scope)) }
}

/// Whether a 404 is about the store, not about what was asked of it.
pub(crate) fn is_of_the_store(response: &Response) -> bool {
    code(response) == "STORE_NOT_FOUND"
}

/// The vendor's name of a refusal; blank where it gives none.
pub(crate) fn code(response: &Response) -> String {
    body(response).code.unwrap_or_default()
}

/// What the vendor says of a refusal, for people.
pub(crate) fn words(response: &Response) -> String {
    let (body, status) = (body(response), response.status);
    match (body.code, body.message) {
        (Some(code), Some(message)) => format!("{status} {code}: {message}"),
        (Some(text), None) | (None, Some(text)) => format!("{status}: {text}"),
        (None, None) => format!("status {status}"),
    }
}

fn body(response: &Response) -> Body {
    serde_json::from_slice(&response.body).unwrap_or_default()
}

fn meaning(response: &Response, scope: &str) -> Failure {
    let (status, code, said) = (response.status, code(response), words(response));
    match (status, code.as_str()) {
        // A bad token is 403 here, not 401, and trying it again and again leads to a block of the
        // address.
        (403, "INSUFFICIENT_APP_SCOPE") => {
            Failure::Unauthorized(format!("Ecwid says {said}; the token lacks the scope `{scope}`"))
        }
        (401 | 403, _) => Failure::Unauthorized(format!("Ecwid refuses the token: {said}")),
        (402, _) => Failure::Unauthorized(format!("Ecwid gives no access to this store: {said}")),
        (404, _) => Failure::Misconfigured(format!("Ecwid does not know this store: {said}")),
        (408 | 429 | 500..=599, _) => Failure::RetryAfter(BUSY_MS),
        _ => Failure::Unexpected(format!("Ecwid answers {said}")),
    }
}

#[cfg(test)]
mod tests {
    use penstock_connector_sdk::script::status;
    use penstock_connector_sdk::types::Failure;

    use super::check;

    #[test]
    fn each_refusal_tells_the_host_what_to_do() {
        let scope = r#"{"errorMessage":"no","errorCode":"INSUFFICIENT_APP_SCOPE"}"#;
        let failure = check(&status(403, scope), "read_orders").unwrap_err();
        assert!(
            matches!(&failure, Failure::Unauthorized(text) if text.contains("`read_orders`")),
            "{failure:?}"
        );
        assert!(matches!(check(&status(403, ""), "x"), Err(Failure::Unauthorized(_))));
        assert!(matches!(check(&status(402, "<html>"), "x"), Err(Failure::Unauthorized(_))));
        assert!(matches!(check(&status(404, "{}"), "x"), Err(Failure::Misconfigured(_))));
        assert!(matches!(check(&status(503, ""), "x"), Err(Failure::RetryAfter(30_000))));
        let old = check(&status(400, r#"{"error_message":"bad offset"}"#), "x").unwrap_err();
        assert!(
            matches!(&old, Failure::Unexpected(text) if text.contains("bad offset")),
            "{old:?}"
        );
        assert!(matches!(check(&status(302, ""), "x"), Err(Failure::Unexpected(_))));
        assert!(check(&status(200, ""), "x").is_ok());
    }
}
