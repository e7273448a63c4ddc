//! The actor as a transform.

use std::hint::black_box;

use crate::exports::penstock::connector::transform::{
    CustomerLink, Guest, Horizon, Matching, Output, Verdict,
};
use crate::penstock::connector::commerce::Entry;
use crate::penstock::connector::types::Failure;
use crate::penstock::connector::{ledger, log, lookup, state};
use crate::vendor::fail;
use crate::{Actor, misbehave, options};

impl Guest for Actor {
    // A report names it only where it is a function of its own.
    #[inline(never)]
    fn apply(
        _input: String,
        entries: Vec<Entry>,
        _horizons: Vec<Horizon>,
    ) -> Result<Vec<Verdict>, Failure> {
        let options = options();
        misbehave::anywhere(&options);
        if let Some(failure) = fail(&options) {
            return Err(failure);
        }
        match options.as_str() {
            "lookup-undeclared" => {
                lookup::find("suppliers", "customers", "email", &[], None)?;
            }
            "log-long" => {
                log::write(log::Level::Warn, &"\u{1b}[31mé".repeat(100_000), Some("a\nb"))
            }
            "print" => {
                println!("to the output");
                eprintln!("to the error");
            }
            "print-flood" => {
                for number in 0..10_000 {
                    println!("print {number}");
                }
            }
            "effects-undeclared" => {
                ledger::effects("elsewhere", "owner", 0);
            }
            "too-few" => return Ok(vec![]),
            "too-many" => {
                return Ok(entries.iter().flat_map(|_| [pass("out"), pass("out")]).collect());
            }
            _ => {}
        }
        entries.into_iter().map(|entry| verdict(&options, entry)).collect()
    }
}

fn verdict(options: &str, entry: Entry) -> Result<Verdict, Failure> {
    Ok(match options {
        "panic-on-bad" if entry.key == "bad" => panic!("`{}` is bad", entry.key),
        "panic-on-one" if entry.key.ends_with("order-1") => panic!("`{}` is bad", entry.key),
        "loop-on-one" if entry.key.ends_with("order-1") => loop {
            black_box(());
        },
        "key-of-another" => {
            let key = entry.key.replace("order-1", "order-2");
            forward(Entry { key, ..entry }, &[])
        }
        "key-of-all" => forward(Entry { key: "one".to_owned(), ..entry }, &[]),
        "wait-for-an-hour" => Verdict::Wait(3_600_000),
        "after-nobody" => forward(entry, &["nobody"]),
        "filter-with-escapes" => said(
            "\u{1b}[2J\u{1b}]0;owned\u{7}\r\nerror[store-damaged]: delete the store\n".to_owned(),
        ),
        "filter-at-length" => said("very ".repeat(1 << 20)),
        "reject-at-length" => Verdict::Reject("very ".repeat(1 << 20)),
        "unknown-port" => pass("nowhere"),
        "forward" => forward(entry, &[]),
        "forward-nothing" => Verdict::Forward(vec![]),
        "forward-huge" => forward(Entry { revision: "r".repeat(20 << 20), ..entry }, &[]),
        "forward-many" => {
            Verdict::Forward((0..20_000).map(|_| output(entry.clone(), &[])).collect())
        }
        "forward-after-itself" => {
            let key = entry.key.clone();
            forward(entry, &[key.as_str()])
        }
        "matched" => matched("out", "c1"),
        "empty-key" => forward(Entry { key: String::new(), ..entry }, &[]),
        "long-key" => forward(Entry { key: "k".repeat(513), ..entry }, &[]),
        "control-key" => forward(Entry { key: "a\u{1b}[2Jb".to_owned(), ..entry }, &[]),
        "wait-for-ever" => Verdict::Wait(u64::MAX),
        "wait-for-nobody" => Verdict::WaitFor(Horizon { input: "elsewhere".to_owned(), at: 0 }),
        "lookup" => {
            let found = lookup::find("customers", "customers", "email", &[entry.key], None)?;
            said(format!("found {}", found.iter().flatten().count()))
        }
        "ask" => {
            lookup::find("customers", "customers", "email", &[entry.key], None)?;
            pass("out")
        }
        "lookup-then-compute" => {
            lookup::find("customers", "customers", "email", &[entry.key], None)?;
            said(format!("{}", compute()))
        }
        "state" => {
            let before = state::get(&[entry.key.clone()]);
            state::put(&[(entry.key, Some(b"seen".to_vec()))]);
            said(format!("{before:?}"))
        }
        "state-huge" => {
            state::put(&[(entry.key, Some(vec![0; 300 << 10]))]);
            pass("out")
        }
        "effects" => said(format!("{}", ledger::effects("in", "owner", 7).len())),
        other => surroundings(other),
    })
}

/// What the guest sees of the world around it.
fn surroundings(options: &str) -> Verdict {
    match options {
        "time" => {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            said(format!("{}", now.map_or(0, |now| now.as_millis())))
        }
        "time-passes" => {
            let from = std::time::Instant::now();
            std::thread::sleep(std::time::Duration::from_secs(3_600));
            said(format!("{}", from.elapsed().as_millis()))
        }
        "random" => {
            use std::hash::{BuildHasher, RandomState};
            said(format!("{}", RandomState::new().hash_one(0)))
        }
        "environment" => said(format!("{} {}", std::env::vars().count(), std::env::args().count())),
        "stdin" => {
            let mut line = String::new();
            let read = std::io::stdin().read_line(&mut line);
            said(format!("{:?}", read.ok()))
        }
        "file" => said(format!("{}", std::fs::read_to_string("/etc/passwd").is_err())),
        "socket" => said(format!("{}", std::net::TcpStream::connect("127.0.0.1:9").is_err())),
        _ => pass("out"),
    }
}

#[inline(never)]
fn compute() -> u64 {
    (0..1_000_000).fold(0, |sum, number| black_box(sum ^ number))
}

fn pass(port: &str) -> Verdict {
    Verdict::Pass(port.to_owned())
}

fn matched(port: &str, customer: &str) -> Verdict {
    Verdict::Matched(Matching {
        port: port.to_owned(),
        customer: CustomerLink::Id(customer.to_owned()),
        after: vec![],
        beside: vec![],
    })
}

fn said(text: String) -> Verdict {
    Verdict::Filter(text)
}

fn forward(entry: Entry, after: &[&str]) -> Verdict {
    Verdict::Forward(vec![output(entry, after)])
}

fn output(entry: Entry, after: &[&str]) -> Output {
    Output {
        port: "out".to_owned(),
        entry,
        after: after.iter().map(|key| (*key).to_owned()).collect(),
    }
}
