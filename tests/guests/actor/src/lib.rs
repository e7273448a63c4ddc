//! A connector in every role that behaves as its options tell it: well, or badly in one certain way.
//!
//! The options of `open` rule `open`, `check`, `apply` and `receive`; the other calls have options of their own.

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
mod rule;
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
        match options().as_str() {
            "check:retry-for-ever" => Err(Failure::RetryAfter(u64::MAX)),
            "check:misconfigured" => Err(Failure::Misconfigured("no register".to_owned())),
            _ => Ok(vec![]),
        }
    }
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
