//! Requests by which a connector tries to come to where it has no business: each part of one as the behaviour spells it.

use crate::penstock::connector::types::{Method, Pair, Request};
use crate::request;

/// Changes a request as the words behind the colon say: `path:../admin`, `header:Host=evil.example`.
pub(crate) fn smuggle(act: &str, mut request: Request) -> Request {
    let Some((part, text)) = act.split_once(':') else { return request };
    let pair = || {
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        Pair { name: name.to_owned(), value: value.to_owned() }
    };
    match part {
        "path" => request.path = text.to_owned(),
        "header" => request.headers = vec![pair()],
        "query" => request.query = vec![pair()],
        "endpoint" => request.endpoint = text.to_owned(),
        "body" => request.body = Some(text.as_bytes().to_vec()),
        _ => {}
    }
    request
}

/// The read that a behaviour is about.
pub(crate) fn read(act: &str) -> Option<Request> {
    let method = match act {
        "read-by-put" => Method::Put,
        "read-by-post" | "read-by-other-post" => Method::Post,
        _ => Method::Get,
    };
    let (endpoint, path) = match act {
        "read-page" | "read-by-put" | "read-by-other-post" => ("api", "/orders"),
        "read-undeclared" => ("metadata", "/"),
        "read-by-post" => ("api", "/search"),
        "read-mirror" => ("api", "/mirror"),
        "read-moved" => ("api", "/moved"),
        "read-huge" => ("api", "/huge"),
        _ => {
            let part = act.split_once(':').map(|(part, _)| part);
            let is_smuggled =
                matches!(part, Some("path" | "header" | "query" | "endpoint" | "body"));
            return is_smuggled.then(|| smuggle(act, request("api", Method::Get, "/orders")));
        }
    };
    Some(request(endpoint, method, path))
}
