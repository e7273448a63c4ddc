//! Which headers a connector may set, and which of an answer it is shown.

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use super::credential::Credential;
use super::limits;
use crate::contract::{Pair, Request};

/// Headers by which a connector could take another's name, leave the connection in disorder, or have the host's own
/// work undone.
const NOT_FOR_CONNECTORS: &[&str] = &[
    "accept-encoding", // The host unpacks answers, and only what it asked for.
    "authorization",
    "connection",
    "content-length",
    "cookie",
    "cookie2",
    "expect",
    "forwarded",
    "host",
    "http2-settings",
    "keep-alive",
    "range", // A part of an answer is never taken for the whole.
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
    // Frameworks take these for the true method: they would make a write of a read.
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-original-url",
    "x-rewrite-url",
];

const NOT_FOR_CONNECTORS_PREFIXES: &[&str] = &["proxy-", "sec-", "x-forwarded-"];

/// What of an answer concerns the connection and the host only.
const NOT_SHOWN: &[&str] = &[
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "set-cookie",
    "set-cookie2",
    "transfer-encoding",
    "upgrade",
];

/// The ordinary headers, which a connector need not set: what it wants in answers, and what its bodies are.
const ORDINARY: HeaderValue = HeaderValue::from_static("application/json");

/// The headers of a request, checked, and the ordinary ones where the connector has set no others.
///
/// # Errors
/// What is wrong, to stand behind the request's name. Never a header's value.
pub(super) fn outgoing(request: &Request, credential: &Credential) -> Result<HeaderMap, String> {
    let mut headers = given(&request.headers, credential)?;
    headers.entry(ACCEPT).or_insert(ORDINARY);
    if request.body.is_some() {
        headers.entry(CONTENT_TYPE).or_insert(ORDINARY);
    }
    Ok(headers)
}

fn given(pairs: &[Pair], credential: &Credential) -> Result<HeaderMap, String> {
    let bytes: usize = pairs.iter().map(|pair| pair.name.len() + pair.value.len()).sum();
    if pairs.len() > limits::HEADERS_MAX || bytes > limits::HEADER_BYTES_MAX {
        return Err(format!(
            "it has {} headers of {bytes} bytes together; {} of {} bytes are allowed",
            pairs.len(),
            limits::HEADERS_MAX,
            limits::HEADER_BYTES_MAX
        ));
    }
    // The ordinary ones and the credential come on top.
    let mut headers = HeaderMap::with_capacity(pairs.len() + 3);
    for pair in pairs {
        let shown = shown(&pair.name);
        let Ok(name) = HeaderName::from_bytes(pair.name.as_bytes()) else {
            return Err(format!("`{shown}` is no name for a header"));
        };
        if is_kept_from_connectors(&name) || credential.is_header(&name) {
            return Err(format!("the header `{name}` is the host's to set, not a connector's"));
        }
        let Ok(value) = HeaderValue::from_str(&pair.value) else {
            return Err(format!(
                "the value of the header `{name}` has a character that no header may hold"
            ));
        };
        headers.append(name, value);
    }
    Ok(headers)
}

/// The header that a descriptor names for its credential.
pub(super) fn credential_name(name: &str) -> Result<HeaderName, String> {
    match HeaderName::from_bytes(name.as_bytes()) {
        Ok(name) if name == "authorization" || !is_kept_from_connectors(&name) => Ok(name),
        _ => Err(format!(
            "its connector names `{}` as the header for the secret, which it cannot be",
            shown(name)
        )),
    }
}

/// The headers of an answer that a connector is shown.
pub(super) fn shown_to_connector(headers: &HeaderMap) -> impl Iterator<Item = Pair> {
    let shown = headers.iter().filter(|(name, _)| !NOT_SHOWN.contains(&name.as_str()));
    shown.map(|(name, value)| Pair {
        name: name.as_str().to_owned(),
        value: String::from_utf8_lossy(value.as_bytes()).into_owned(),
    })
}

/// One header as text; `None` if it is absent or no plain text.
pub(super) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn is_kept_from_connectors(name: &HeaderName) -> bool {
    let name = name.as_str();
    NOT_FOR_CONNECTORS.contains(&name)
        || NOT_FOR_CONNECTORS_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

fn shown(name: &str) -> String {
    name.chars().take(60).flat_map(char::escape_default).collect()
}
