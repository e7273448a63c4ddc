//! What a connector's answers must be, beyond their types. Each check gives the rule that was broken, in words.
//!
//! These are the rules by which the rest of the host needs not doubt an answer: counts, positions, names that the
//! descriptor declares, bounds on what is stored. Whether an answer is wise is not for this wall to say.

mod audit;
mod descriptor;
mod pages;
mod plan;
mod verdicts;
mod words;

use std::collections::HashMap;

use super::limits::{
    DELAY_MS_MAX, ID_BYTES_MAX, KEY_BYTES_MAX, MEMO_BYTES_MAX, STATE_VALUE_BYTES_MAX,
};
use crate::contract::{Descriptor, Entry, Failure, Kind, Method, Payload, Request};
use crate::record::{method_word, one_line};

pub(super) use audit::standings;
pub(super) use descriptor::{changes, descriptor, findings, option_faults};
pub(super) use pages::{Pulled, found, hints, page};
pub(super) use plan::{conclusion, plan};
pub(super) use verdicts::verdicts;
pub(super) use words::Words;

/// A rule that was broken, in words; or that none was.
pub(super) type Check = Result<(), String>;

/// What a descriptor declares, as the checks look it up.
#[derive(Debug, Default)]
pub(super) struct Declared {
    /// The connector's name; before it is known, the name of its file.
    pub(super) name: String,
    /// By name: the paths at which an endpoint reads by POST.
    endpoints: HashMap<String, Vec<String>>,
    /// By name: what a collection's entries are.
    collections: HashMap<String, Option<Kind>>,
    /// By name: the kinds that may go out by a port.
    outputs: HashMap<String, Vec<Kind>>,
    pub(super) inputs: Vec<String>,
    pub(super) directories: Vec<String>,
}

impl Declared {
    /// Before a component has been asked what it is, it may use nothing.
    pub(super) fn nothing(name: String) -> Self {
        Self { name, ..Self::default() }
    }

    pub(super) fn new(descriptor: &Descriptor) -> Self {
        let Descriptor { name, endpoints, collections, inputs, outputs, directories, .. } =
            descriptor;
        Self {
            name: name.clone(),
            endpoints: endpoints
                .iter()
                .map(|e| (e.name.clone(), e.reads_by_post.clone()))
                .collect(),
            collections: collections.iter().map(|c| (c.name.clone(), c.reads)).collect(),
            outputs: outputs.iter().map(|port| (port.name.clone(), port.kinds.clone())).collect(),
            inputs: inputs.iter().map(|port| port.name.clone()).collect(),
            directories: directories.iter().map(|directory| directory.name.clone()).collect(),
        }
    }
}

/// A request by which a guest reads, or by which the host will probe: to a declared endpoint, by a read's method.
pub(super) fn read_request(declared: &Declared, request: &Request) -> Check {
    let by_post = endpoint(declared, request)?;
    match request.method {
        Method::Get | Method::Query => Ok(()),
        Method::Post if by_post.contains(&request.path) => Ok(()),
        Method::Post => Err(format!(
            "a read is a POST to `{}`, which the descriptor does not list in `reads-by-post`",
            shown(&request.path)
        )),
        Method::Put | Method::Patch | Method::Delete => Err(format!(
            "a read of `{}` is a {}",
            shown(&request.path),
            method_word(request.method)
        )),
    }
}

/// A request that the host will carry out as a write: to a declared endpoint, by a write's method.
fn write_request(declared: &Declared, request: &Request) -> Check {
    endpoint(declared, request)?;
    match request.method {
        Method::Post | Method::Put | Method::Patch | Method::Delete => Ok(()),
        Method::Get | Method::Query => Err(format!(
            "a write to `{}` is a {}",
            shown(&request.path),
            method_word(request.method)
        )),
    }
}

/// The endpoint's paths that are read by POST.
fn endpoint<'a>(declared: &'a Declared, request: &Request) -> Result<&'a [String], String> {
    declared.endpoints.get(&request.endpoint).map(Vec::as_slice).ok_or_else(|| {
        format!(
            "a request names the endpoint `{}`, which the descriptor does not declare",
            shown(&request.endpoint)
        )
    })
}

/// A name that the descriptor must list.
pub(super) fn declared_name(names: &[String], name: &str, what: &str) -> Check {
    match names.iter().any(|known| known == name) {
        true => Ok(()),
        false => Err(format!(
            "it names the {what} `{}`, which the descriptor does not declare",
            shown(name)
        )),
    }
}

/// One key of a transform's state, and its value.
pub(super) fn state_entry(state_key: &str, value: Option<&[u8]>) -> Check {
    key(state_key, "a key of the state")?;
    match value.map_or(0, <[u8]>::len) {
        bytes if bytes > STATE_VALUE_BYTES_MAX => Err(format!(
            "the state under `{}` has {bytes} bytes, and {STATE_VALUE_BYTES_MAX} are allowed",
            named(state_key)
        )),
        _ => Ok(()),
    }
}

/// A failure's delay is a delay like any other.
pub(super) fn failure(failure: &Failure) -> Check {
    match failure {
        Failure::RetryAfter(ms) => delay(*ms, "retry-after"),
        Failure::Unauthorized(_) | Failure::Misconfigured(_) | Failure::Unexpected(_) => Ok(()),
    }
}

/// An entry that comes out of a connector: its key and its revision.
fn entry(entry: &Entry) -> Check {
    key(&entry.key, "a key")?;
    key(&entry.revision, "a revision")
}

/// Keys are stored for ever and printed to terminals.
fn key(text: &str, what: &str) -> Check {
    text_of(text, KEY_BYTES_MAX, what)
}

/// The id that the remote gave.
fn id(text: &str) -> Check {
    text_of(text, ID_BYTES_MAX, "a remote id")
}

fn text_of(text: &str, bytes_max: usize, what: &str) -> Check {
    if text.is_empty() {
        return Err(format!("{what} is empty"));
    }
    if text.len() > bytes_max {
        return Err(format!(
            "{what} has {} bytes, and {bytes_max} are allowed: `{}`",
            text.len(),
            shown(text)
        ));
    }
    match text.chars().any(char::is_control) {
        true => Err(format!("{what} has control characters: `{}`", shown(text))),
        false => Ok(()),
    }
}

fn memo(memo: &[u8]) -> Check {
    match memo.len() > MEMO_BYTES_MAX {
        true => Err(format!("a memo has {} bytes, and {MEMO_BYTES_MAX} are allowed", memo.len())),
        false => Ok(()),
    }
}

fn delay(ms: u64, what: &str) -> Check {
    match ms > DELAY_MS_MAX {
        true => Err(format!("`{what}` is {ms} ms, and {DELAY_MS_MAX} are allowed")),
        false => Ok(()),
    }
}

fn count(count: usize, count_max: usize, what: &str) -> Check {
    match count > count_max {
        true => Err(format!("it gave {count} {what}, and {count_max} are allowed")),
        false => Ok(()),
    }
}

/// A connector's text as a message may show it.
fn shown(text: &str) -> String {
    one_line(text, 80)
}

/// A key as a message may show it: whole, for people look for it.
fn named(key: &str) -> String {
    one_line(key, KEY_BYTES_MAX)
}

fn kind(payload: &Payload) -> Kind {
    match payload {
        Payload::Order(_) => Kind::Order,
        Payload::Customer(_) => Kind::Customer,
        Payload::StockLevel(_) => Kind::StockLevel,
        Payload::StockChange(_) => Kind::StockChange,
        Payload::Product(_) => Kind::Product,
        Payload::Document(_) => Kind::Document,
    }
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Order => "order",
        Kind::Customer => "customer",
        Kind::StockLevel => "stock-level",
        Kind::StockChange => "stock-change",
        Kind::Product => "product",
        Kind::Document => "document",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{Auth, Endpoint};

    /// What the fuzzer found: a path of any length and with anything in it stood in the message.
    #[test]
    fn what_a_request_names_is_shown_in_part_and_steers_no_terminal() {
        let endpoint = Endpoint {
            name: "api".to_owned(),
            base_url: String::new(),
            auth: Auth::None,
            rate_limit: None,
            reads_by_post: Vec::new(),
        };
        let endpoints = HashMap::from([(endpoint.name, endpoint.reads_by_post)]);
        let declared = Declared { endpoints, ..Declared::default() };
        for method in [Method::Post, Method::Put] {
            let request = Request {
                endpoint: "api".to_owned(),
                method,
                path: "/\u{1b}[2J\u{202e}".repeat(1_000),
                query: Vec::new(),
                headers: Vec::new(),
                body: None,
                keep: Vec::new(),
            };
            let rule = read_request(&declared, &request).unwrap_err();
            assert!(rule.len() < 300 && !rule.contains(['\u{1b}', '\u{202e}']), "{rule:?}");
        }
    }
}
