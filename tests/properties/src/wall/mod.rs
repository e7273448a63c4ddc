//! What components return: what passes the checks is what the engine takes for granted, said here a second time.
//!
//! An input is bytes from which answers are drawn; the first says which.

mod answers;
mod engine;

use penstock::component::fuzzing::{self as wall, Check, Wall};
use penstock::contract::{Collection, Descriptor, Endpoint, Entry, Kind, Plan, Port, Write};
use penstock_mutations::Target;

use crate::draw::Draw;

pub(crate) const TARGET: Target = Target {
    name: "wall",
    check,
    words: &[
        "\0\0\0\0",
        "\x01\x01\x01\x01",
        "\u{1}\0",
        "\0\u{1}",
        "\u{2}",
        "\u{3}",
        "\u{4}",
        "\u{5}",
        "\u{6}",
        "\u{7}",
        "\u{8}",
        "\u{9}",
        "\u{1}\u{2}\u{3}\u{4}\u{5}\u{6}\u{7}",
    ],
    mutations: 20_000,
};

/// What texts of an answer mostly are: names that the descriptor has, keys, and what is odd.
const TEXTS: &[&str] = &[
    "api",
    "orders",
    "levels",
    "notes",
    "out",
    "moves",
    "in",
    "/search",
    "/sales",
    "k1",
    "k2",
    "k3",
    "",
    " ",
    "\n",
    "\u{1b}[2J",
    "\u{202e}",
    "\u{e9}\u{301}",
    "other",
];

fn check(bytes: &[u8]) {
    let mut draw = Draw::new(bytes, TEXTS);
    let descriptor = descriptor();
    let wall = Wall::new(&descriptor);
    match draw.byte() % 10 {
        0 => {
            let plan: Plan = draw.value();
            let intakes = usize::from(draw.byte() % 6);
            if passes(&wall.plan(intakes, &plan)) {
                engine::plan(&descriptor, intakes, &plan);
            }
        }
        1 => {
            let write: Write = draw.value();
            let conclusion = draw.value();
            if passes(&wall.conclusion(&write, &conclusion)) {
                engine::conclusion(&descriptor, &write, &conclusion);
            }
        }
        2 => {
            let asked: Vec<Entry> = draw.value();
            let verdicts: Vec<_> = draw.value();
            if passes(&wall.verdicts(&asked, &verdicts, 10)) {
                engine::verdicts(&descriptor, &asked, &verdicts, 10);
            }
        }
        3 => {
            let collection: String = draw.value();
            let after: Option<Vec<u8>> = draw.value();
            let limit = u32::from(draw.byte());
            let page = draw.value();
            if passes(&wall.page(&collection, after.as_deref(), limit, &page)) {
                answers::page(&collection, after.as_deref(), limit, &page);
            }
        }
        4 => {
            let (collection, asked, found): (String, Vec<String>, Vec<Vec<Entry>>) = draw.value();
            if passes(&wall.found(&collection, &asked, &found)) {
                answers::found(&collection, &asked, &found);
            }
        }
        5 => {
            let hints: Vec<_> = draw.value();
            if passes(&wall.hints(&hints)) {
                answers::hints(&hints);
            }
        }
        6 => {
            let asked = usize::from(draw.byte() % 6);
            let standings: Vec<_> = draw.value();
            if passes(&wall.standings(asked, &standings)) {
                answers::standings(asked, &standings);
            }
        }
        7 => {
            let described: Descriptor = draw.value();
            if passes(&wall::descriptor(&described)) {
                answers::descriptor(&described);
            }
        }
        8 => {
            let failure = draw.value();
            if passes(&wall::failure(&failure)) {
                answers::failure(&failure);
            }
        }
        _ => {
            let (findings, faults): (Vec<_>, Vec<_>) = draw.value();
            assert_eq!(passes(&wall::findings(&findings)), findings.len() <= 1_000);
            let fits = (1..=100).contains(&faults.len());
            assert_eq!(passes(&wall::option_faults(&faults)), fits);
        }
    }
}

/// Whether it passes; and where not, whether it is told in one line that a log can hold.
fn passes(check: &Check) -> bool {
    if let Err(rule) = check {
        assert!(!rule.is_empty() && !rule.contains('\n'), "{rule:?}");
        crate::assert_printable(rule, 2 << 10);
    }
    check.is_ok()
}

/// A connector with a bit of everything.
fn descriptor() -> Descriptor {
    let collection = |name: &str, reads| Collection {
        name: name.to_owned(),
        summary: String::new(),
        reads,
        writes: vec![Kind::Order],
        finds_by: Vec::new(),
        page_max: 100,
        batch_max: 100,
        without: Vec::new(),
        options_schema: String::new(),
        attributes: Vec::new(),
    };
    let port = |name: &str, kinds| Port {
        name: name.to_owned(),
        summary: String::new(),
        kinds,
        required: true,
        without: Vec::new(),
    };
    Descriptor {
        name: "acme".to_owned(),
        version: "0.1.0".to_owned(),
        summary: String::new(),
        account: "acme".to_owned(),
        endpoints: vec![Endpoint {
            name: "api".to_owned(),
            base_url: "https://api.acme.test".to_owned(),
            auth: penstock::contract::Auth::Bearer,
            rate_limit: None,
            reads_by_post: vec!["/search".to_owned()],
        }],
        collections: vec![
            collection("orders", Some(Kind::Order)),
            collection("levels", Some(Kind::StockLevel)),
            collection("notes", None),
        ],
        inputs: vec![port("in", vec![Kind::Order])],
        outputs: vec![port("out", vec![Kind::Order]), port("moves", vec![Kind::StockChange])],
        directories: Vec::new(),
        options_schema: String::new(),
        attributes: Vec::new(),
    }
}
