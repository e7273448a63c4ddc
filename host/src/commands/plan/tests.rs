use std::collections::BTreeMap;
use std::sync::Arc;

use super::groups::{Group, groups};
use super::{PlannedWrite, Shown, json, text};
use crate::contract::{Action, Change, Decimal, Entry, Payload, StockChange, StockMove, Write};
use crate::engine::{Fault, Unwritten, Why};
use crate::pipeline::{Connection, ConnectorRef, Pipeline, Role, Sink, Stage, Transform};
use crate::record::{Item, samples};
use crate::store::{self, IntakeRow, WaitingKind, WaitingRow, WriteRow, WriteStatus};

fn pipeline() -> Pipeline {
    let connector = || ConnectorRef { name: "acme".to_owned(), path: "acme.wasm".into() };
    let sink = |collection: &str| {
        Role::Sink(Sink {
            connection: 0,
            collection: collection.to_owned(),
            options: "{}".to_owned(),
            batch_max: 10,
            without: Vec::new(),
            rests: false,
            fresh_ms: None,
            ask_when_on: false,
        })
    };
    let rule = Role::Transform(Transform {
        connector: connector(),
        options: "{}".to_owned(),
        directories: Vec::new(),
        inputs: Vec::new(),
        links: None,
    });
    let stage = |id: &str, role| Stage {
        id: id.to_owned(),
        enabled: true,
        switch: None,
        role,
        joints: Vec::new(),
    };
    Pipeline {
        name: "test".to_owned(),
        file: "test.toml".into(),
        switches: BTreeMap::new(),
        connections: vec![Connection {
            name: "till".to_owned(),
            connector: connector(),
            options: "{}".to_owned(),
            account: "till:1".to_owned(),
            secret: None,
            endpoints: Vec::new(),
        }],
        stages: vec![
            stage("paid", rule),
            stage("sales", sink("sales")),
            stage("to_till", sink("stock")),
        ],
    }
}

fn order(number: &str) -> Entry {
    let mut entry = samples::order(&format!("shop:1/orders/{number}"));
    if let Payload::Order(order) = &mut entry.payload {
        order.number = number.to_owned();
    }
    entry
}

fn movement(sku: &str, cause: &str) -> Entry {
    let change = StockChange {
        owner: sku.to_owned(),
        location: String::new(),
        quantity: StockMove::By(Decimal { units: -3, scale: 0 }),
        cause: cause.to_owned(),
        reason: "sold by hand".to_owned(),
        attributes: Vec::new(),
    };
    let payload = Payload::StockChange(change);
    Entry { key: format!("{sku}/{cause}"), revision: "1".to_owned(), read_at: 0, payload }
}

fn write(stage: &str, action: Action, entries: &[Entry], changes: &[[&str; 3]]) -> PlannedWrite {
    let sample = store::samples::write(entries[0].payload.clone(), &format!("/{stage}"));
    let summary = format!("what `{stage}` calls it");
    let write = Write { action, summary, ..Write::clone(&sample.write) };
    let intake = |entry: &Entry| IntakeRow {
        items: vec![Item::new("orders", entry.clone())],
        token: String::new(),
        resolved: Vec::new(),
    };
    let row = WriteRow {
        number: 1,
        stage: stage.to_owned(),
        status: WriteStatus::Planned,
        write: Arc::new(write),
        intakes: entries.iter().map(intake).collect(),
        ..sample
    };
    let side = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let changes = changes.iter().map(|[field, before, after]| Change {
        field: (*field).to_owned(),
        before: side(before),
        after: side(after),
    });
    PlannedWrite { row, told: Ok(changes.collect()) }
}

fn unwritten(stage: &str, entry: &Entry, why: Why) -> Unwritten {
    let name = crate::record::shown_name(entry);
    Unwritten { stage: stage.to_owned(), key: entry.key.clone(), name, why }
}

fn waits(stage: &str, entry: Entry, kind: WaitingKind, reason: &str) -> WaitingRow {
    let hint = matches!(kind, WaitingKind::Held).then(|| "mend it".to_owned());
    WaitingRow {
        number: 1,
        stage: stage.to_owned(),
        input: String::new(),
        kind,
        item: Item::new("orders", entry),
        reason: reason.to_owned(),
        hint,
        since: 0,
        write: None,
    }
}

/// Each of what can become of an entry, at two sinks and a rule before them.
fn shown() -> Shown {
    let filtered = |reason: &str| Why::Filtered { reason: reason.to_owned() };
    let fields = [["number", "", "EC-A1"], ["total", "", "5.00 EUR"]];
    let level = [["level", "9", "6"], ["note", "old", ""]];
    let trapped = write("sales", Action::Delete, &[order("A2")], &[]);
    let mut unwritten = vec![
        unwritten("sales", &order("B1"), Why::Unchanged { id: None }),
        unwritten("sales", &order("B2"), Why::Unchanged { id: Some("77".to_owned()) }),
        // It was written by this very plan, and came again.
        unwritten("sales", &order("A1"), Why::Unchanged { id: None }),
        unwritten("to_till", &movement("HAT", "1"), Why::Unchanged { id: None }),
        unwritten("to_till", &movement("CAP", "1"), Why::Diverted),
        unwritten("paid", &order("D1"), filtered("refunded")),
    ];
    let many = (0..30).map(|at| unwritten_order(at, filtered("awaiting payment")));
    unwritten.extend(many);
    Shown {
        writes: vec![
            write("sales", Action::Create, &[order("A1")], &fields),
            write("to_till", Action::Update, &[movement("MUG", "1")], &level),
            write("to_till", Action::Update, &[movement("TEE", "1")], &level[..1]),
            write("to_till", Action::Update, &[movement("MUG", "2"), movement("PEN", "1")], &[]),
            PlannedWrite { told: Err(Fault::Trapped("it trapped".to_owned())), ..trapped },
        ],
        unwritten,
        waiting: vec![
            waits("sales", order("C1"), WaitingKind::Held, "the till knows no `X`"),
            waits("sales", order("C2"), WaitingKind::Held, "the till knows no `X`"),
            waits("sales", order("C3"), WaitingKind::Due { until: 9 }, "the sink put it off"),
            waits("to_till", movement("MUG", "3"), WaitingKind::Held, "it went too far"),
            waits("paid", order("D2"), WaitingKind::Dead { because_of: None }, "the rule trapped"),
        ],
    }
}

fn unwritten_order(at: u32, why: Why) -> Unwritten {
    unwritten("paid", &order(&format!("E{at}")), why)
}

fn text_of(groups: &[Group<'_>]) -> String {
    let text: Vec<String> = groups.iter().map(text::group_text).collect();
    format!("{}{}", text.join("\n"), text::counts(groups))
}

#[test]
fn a_plan_is_told_by_sink_and_key_and_what_a_person_has_to_look_at_comes_last() {
    let (pipeline, shown) = (pipeline(), shown());
    let text = text_of(&groups(&pipeline, &shown));
    insta::assert_snapshot!(anstream::adapter::strip_str(&text));
}

#[test]
fn programs_find_each_entry_with_its_write_or_its_reason() {
    let (pipeline, shown) = (pipeline(), shown());
    let groups: Vec<_> = groups(&pipeline, &shown).iter().map(json::group_json).collect();
    insta::assert_snapshot!(serde_json::to_string_pretty(&groups[..2]).unwrap());
}

#[test]
fn an_entry_that_came_several_times_counts_as_it_came_last() {
    let why = |reason: &str| Why::Filtered { reason: reason.to_owned() };
    let shown = Shown {
        unwritten: vec![
            unwritten("paid", &order("A"), why("first")),
            unwritten("paid", &order("A"), why("then")),
        ],
        ..Shown::default()
    };
    let pipeline = pipeline();
    let groups = groups(&pipeline, &shown);
    let reasons: Vec<_> = groups[0].entries.iter().map(|entry| entry.what.reason()).collect();
    assert_eq!(reasons, [Some("then")]);
    assert_eq!(groups[0].counts(), [("filtered", 1)]);
}
