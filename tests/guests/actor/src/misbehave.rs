//! What no code should do, in any call.

use std::hint::black_box;

use crate::penstock::connector::http;
use crate::penstock::connector::log;
use crate::penstock::connector::types::Method;
use crate::request;

/// Does it, if the options name it.
pub(crate) fn anywhere(options: &str) {
    match options {
        "panic" => {
            black_box(parse_price("12.50 EUR"));
        }
        "abort" => std::process::abort(),
        "exit" => std::process::exit(3),
        "loop" => while black_box(true) {},
        "log-loop" => loop {
            log::write(log::Level::Debug, "and on", None);
        },
        "recurse" => {
            black_box(descend(black_box(1)));
        }
        "recurse-in-memory" => {
            black_box(descend_in_memory(black_box(1)));
        }
        "allocate" => allocate(),
        "allocate-at-once" => {
            black_box(vec![1_u8; black_box(1 << 30)]);
        }
        "wild" => reach_outside(),
        "read" => {
            let _ = http::read(&request("api", Method::Get, "/orders"));
        }
        "read-for-ever" => loop {
            let _ = http::read(&request("api", Method::Get, "/orders"));
        },
        "random-for-ever" => {
            black_box(crate::wasi::random::random::get_random_bytes(1 << 40));
        }
        "handles" => loop {
            std::mem::forget(crate::wasi::clocks::monotonic_clock::subscribe_duration(1));
        },
        "divide" => {
            black_box(1 / black_box(0_u32));
        }
        "state-flood" => flood_state(),
        "log-escapes" => log::write(
            log::Level::Warn,
            "\u{1b}[2J\u{1b}]0;owned\u{7}\r\nerror[store-damaged]: delete the store",
            Some("order-1\n"),
        ),
        "log-flood" => {
            for number in 0..10_000 {
                log::write(log::Level::Info, &format!("line {number}"), None);
            }
        }
        "web" => {
            black_box(crate::wasi::http::types::Fields::new());
        }
        _ => {}
    }
}

#[inline(never)]
fn parse_price(text: &str) -> u64 {
    text.parse().unwrap()
}

/// Takes of the stack that the host keeps. The depths where it ends are never reached; the compiler warns of what
/// has no end.
#[inline(never)]
fn descend(depth: u64) -> u64 {
    match depth {
        u64::MAX => 0,
        _ => descend(depth + 1).rotate_left(depth as u32),
    }
}

/// Takes of the stack that the guest keeps in its own memory.
#[inline(never)]
fn descend_in_memory(depth: u64) -> u64 {
    let frame = black_box([depth; 16]);
    match depth {
        u64::MAX => 0,
        _ => descend_in_memory(depth + 1) + frame[3],
    }
}

#[inline(never)]
fn allocate() {
    let mut kept = Vec::new();
    loop {
        kept.push(black_box(vec![1_u8; 1 << 20]));
    }
}

/// Stages as much as a thousand calls hold.
fn flood_state() {
    for call in 0..1_000 {
        let value = |key| (format!("{call}-{key}"), Some(vec![1; 256 << 10]));
        crate::penstock::connector::state::put(&(0..100).map(value).collect::<Vec<_>>());
    }
}

#[inline(never)]
fn reach_outside() {
    let nowhere = black_box(0xffff_fff0_usize) as *const u32;
    // SAFETY: none; that is the point. The host must survive it.
    black_box(unsafe { nowhere.read_volatile() });
}
