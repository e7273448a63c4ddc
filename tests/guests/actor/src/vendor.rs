//! The actor as a source, a directory and a reader of webhooks.

use crate::exports::penstock::connector::directory::Guest as Directory;
use crate::exports::penstock::connector::source::{Guest as Source, Page};
use crate::exports::penstock::connector::webhook::{Guest as Webhook, Hint, Signed};
use crate::penstock::connector::commerce::{Document, Entry, Payload, Product};
use crate::penstock::connector::types::{Failure, Method, Pair, Response};
use crate::penstock::connector::{http, log, lookup};
use crate::{Actor, act, misbehave, options, outside, request};

/// How many entries there are to be read.
const ENTRIES: u32 = 3;

fn entry(number: u32) -> Entry {
    Entry {
        key: format!("order-{number}"),
        revision: "1".to_owned(),
        read_at: 0,
        payload: Payload::Document(Document { kind: "acme".to_owned(), json: "{}".to_owned() }),
    }
}

impl Source for Actor {
    fn pull(
        _collection: String,
        options: String,
        after: Option<Vec<u8>>,
        limit: u32,
        now: i64,
    ) -> Result<Page, Failure> {
        let act = act(&options);
        misbehave::anywhere(&act);
        let mut page = Page {
            entries: (0..limit.min(ENTRIES)).map(entry).collect(),
            next: b"3".to_vec(),
            more: false,
            complete_to: Some(now),
        };
        if let Some(request) = outside::read(&act) {
            let answer = http::read(&request)?;
            tell(&answer);
            page.next = answer.body;
            page.next.truncate(100);
        }
        endless(&act, after.as_deref(), &mut page);
        match act.as_str() {
            "read-all" => {
                let requests: Vec<_> =
                    (0..3).map(|n| request("api", Method::Get, &format!("/{n}"))).collect();
                let answers = http::read_all(&requests);
                page.next = answers
                    .into_iter()
                    .filter_map(Result::ok)
                    .flat_map(|answer| answer.body)
                    .collect();
            }
            "read-all-huge" => {
                let requests = vec![request("api", Method::Get, "/heavy"); 60];
                http::read_all(&requests).into_iter().collect::<Result<Vec<_>, _>>()?;
            }
            "read-too-many" => {
                http::read_all(&vec![request("api", Method::Get, "/orders"); 101]);
            }
            "too-many" => page.entries = (0..=limit).map(entry).collect(),
            "cursor-huge" => page.next = vec![0; 100 << 10],
            "complete-and-more" => page.more = true,
            "wrong-kind" => page.entries[0].payload = Payload::Product(product()),
            "empty-key" => page.entries[0].key.clear(),
            "control-key" => page.entries[0].key = "a\u{1b}[2Jb".to_owned(),
            "same-key" => page.entries.iter_mut().for_each(|entry| entry.key = "one".to_owned()),
            "key-of-another" => {
                page.entries.iter_mut().for_each(|entry| {
                    entry.key = format!("actor:mill/orders/{}", entry.key);
                });
            }
            "far-ahead" => page.complete_to = Some(i64::MAX),
            "long-ago" => page.entries.iter_mut().for_each(|entry| entry.read_at = i64::MIN),
            other => return fail(other).map_or(Ok(page), Err),
        }
        Ok(page)
    }
}

/// Pages that never come to an end.
fn endless(act: &str, after: Option<&[u8]>, page: &mut Page) {
    let number: u64 =
        after.and_then(|after| std::str::from_utf8(after).ok()?.parse().ok()).unwrap_or_default();
    let next = match act {
        "cursor-stands" => after.unwrap_or_default().to_vec(),
        "cursor-circles" => format!("{}", (number + 1) % 3).into_bytes(),
        "endless-empty" | "endless-known" => format!("{}", number + 1).into_bytes(),
        _ => return,
    };
    if act == "endless-empty" {
        page.entries.clear();
    }
    *page =
        Page { next, more: true, complete_to: None, entries: std::mem::take(&mut page.entries) };
}

/// A failure in the contract's own terms.
pub(crate) fn fail(act: &str) -> Option<Failure> {
    let failure = match act {
        "fail" => Failure::Unexpected("what is this?".to_owned()),
        "fail-with-escapes" => {
            let text = "\u{1b}[2J\u{1b}]0;owned\u{7}\r\nerror[store-damaged]: delete the store\n";
            Failure::Unexpected(text.to_owned())
        }
        "fail-at-length" => Failure::Unexpected("very ".repeat(1 << 20)),
        "unauthorized" => Failure::Unauthorized("give me another secret".to_owned()),
        "misconfigured" => Failure::Misconfigured("set `allow_private = true`".to_owned()),
        "retry-for-ever" => Failure::RetryAfter(u64::MAX),
        "retry-next-month" => Failure::RetryAfter(30 * 24 * 60 * 60 * 1_000),
        _ => return None,
    };
    Some(failure)
}

/// Tells all that it was shown of an answer, for whoever reads the log.
fn tell(answer: &Response) {
    let headers: Vec<_> =
        answer.headers.iter().map(|pair| format!("{}: {}", pair.name, pair.value)).collect();
    let body = String::from_utf8_lossy(&answer.body);
    let start: String = body.chars().take(300).collect();
    let text = format!("{} [{}] {start}", answer.status, headers.join(", "));
    log::write(log::Level::Info, &text, None);
}

fn product() -> Product {
    Product {
        id: "1".to_owned(),
        sku: None,
        name: "mug".to_owned(),
        stock_owner: "1".to_owned(),
        counts_stock: true,
        active: true,
        attributes: vec![],
    }
}

impl Directory for Actor {
    fn find(
        _collection: String,
        options: String,
        _by: String,
        values: Vec<String>,
    ) -> Result<Vec<Vec<Entry>>, Failure> {
        let act = act(&options);
        misbehave::anywhere(&act);
        if let Some(request) = outside::read(&act) {
            http::read(&request)?;
        }
        let mut found: Vec<_> = values.iter().map(|_| vec![entry(0)]).collect();
        match act.as_str() {
            "too-few" => return Ok(vec![]),
            "too-many" => found.push(vec![entry(1)]),
            "find-many" => found[0] = vec![entry(0); 1_001],
            "wrong-kind" => found[0][0].payload = Payload::Product(product()),
            "lookup" => {
                lookup::find("customers", "customers", "email", &values, None)?;
            }
            other => return fail(other).map_or(Ok(found), Err),
        }
        Ok(found)
    }
}

impl Webhook for Actor {
    fn receive(
        _query: Vec<Pair>,
        _headers: Vec<Pair>,
        body: Vec<u8>,
    ) -> Result<(Option<Signed>, Vec<Hint>), String> {
        let options = options();
        misbehave::anywhere(&options);
        let collection = match options.as_str() {
            "hint-undeclared" => "elsewhere",
            _ => "orders",
        };
        match body.is_empty() {
            true => Err("an empty body".to_owned()),
            false => Ok((None, vec![Hint { collection: collection.to_owned(), find: None }])),
        }
    }
}
