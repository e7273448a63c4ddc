//! A connector in every role that behaves as its options tell it: well, or badly in one certain way.
//!
//! It stands for a whole shelf of hostile components: one behaviour is one word, `act`, so that a test names it in the
//! row of a table, and all of them are built and compiled once. The host sees no difference: the word comes as an option
//! comes to any connector, and each test makes an instance of its own.
//!
//! The options of `open` rule `open`, `check`, `apply` and `receive`; the other calls have options of their own. They
//! are the word itself, as tests of the wall give it, or `{"act": "the word"}`, as a pipeline file does. `later:` before
//! a word keeps it from being done in `open` already.

wit_bindgen::generate!({
    path: "../../../wit",
    inline: "
        package acme:actor;

        package wasi:http@0.2.0 {
            interface types {
                resource fields {
                    constructor();
                }
            }
        }

        package wasi:io@0.2.1 {
            interface poll {
                resource pollable;
            }
        }

        package wasi:clocks@0.2.1 {
            interface monotonic-clock {
                use wasi:io/poll@0.2.1.{pollable};
                type duration = u64;
                subscribe-duration: func(when: duration) -> pollable;
            }
        }

        package wasi:random@0.2.1 {
            interface random {
                get-random-bytes: func(len: u64) -> list<u8>;
            }
        }

        world actor {
            import wasi:http/types@0.2.0;
            import wasi:clocks/monotonic-clock@0.2.1;
            import wasi:random/random@0.2.1;
            include penstock:connector/vendor@0.1.0;
            include penstock:connector/auditing-rule@0.1.0;
        }
    ",
    world: "acme:actor/actor",
    generate_all,
});

mod audit;
mod describe;
mod misbehave;
mod outside;
mod rule;
mod sink;
mod vendor;

use std::sync::Mutex;

use exports::penstock::connector::connector::{Descriptor, Finding, Guest, OptionFault, Usage};
use penstock::connector::types::{Failure, Method, Request};

struct Actor;

static OPTIONS: Mutex<String> = Mutex::new(String::new());

/// The options that this instance was opened with.
fn options() -> String {
    OPTIONS.lock().map(|options| options.clone()).unwrap_or_default()
}

impl Guest for Actor {
    fn describe() -> Descriptor {
        describe::descriptor()
    }

    fn open(options: String) -> Result<(), Vec<OptionFault>> {
        let options = act(&options);
        let fault = |pointer: &str| OptionFault {
            pointer: pointer.to_owned(),
            message: "must be from 1 to 200".to_owned(),
            hint: None,
        };
        match options.as_str() {
            "open:reject" => return Err(vec![fault("/page_entries_max")]),
            "open:reject-without-fault" => return Err(vec![]),
            "open:read" => {
                let _ = penstock::connector::http::read(&request("api", Method::Get, "/orders"));
            }
            _ => {}
        }
        misbehave::anywhere(&options);
        if let Ok(mut kept) = OPTIONS.lock() {
            // `later:` keeps what misbehaves anywhere from doing so here already.
            *kept = options.trim_start_matches("later:").to_owned();
        }
        Ok(())
    }

    fn check(_usages: Vec<Usage>) -> Result<Vec<Finding>, Failure> {
        let options = options();
        misbehave::anywhere(&options);
        match options.as_str() {
            "check:retry-for-ever" => Err(Failure::RetryAfter(u64::MAX)),
            "check:misconfigured" => Err(Failure::Misconfigured("no register".to_owned())),
            _ => Ok(vec![]),
        }
    }
}

/// The word by which it is told what to do.
pub(crate) fn act(options: &str) -> String {
    match options.split_once("\"act\":\"") {
        Some((_, text)) => unescaped(text),
        None if options.starts_with('{') => PLAIN.to_owned(),
        None => options.to_owned(),
    }
}

/// What it does in a pipeline file that does not say: as good a connector as any.
const PLAIN: &str = "plain";

/// A JSON string up to its end.
fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => break,
            '\\' => match letters.next() {
                Some('n') => out.push('\n'),
                Some('r') => out.push('\r'),
                Some('t') => out.push('\t'),
                Some('u') => {
                    let digits: String = letters.by_ref().take(4).collect();
                    let code = u32::from_str_radix(&digits, 16).ok();
                    out.extend(code.and_then(char::from_u32));
                }
                other => out.extend(other),
            },
            letter => out.push(letter),
        }
    }
    out
}

fn request(endpoint: &str, method: Method, path: &str) -> Request {
    Request {
        endpoint: endpoint.to_owned(),
        method,
        path: path.to_owned(),
        query: vec![],
        headers: vec![],
        body: None,
        keep: vec![],
    }
}

export!(Actor);
