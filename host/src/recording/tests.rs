use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize as _;
use serde_json::json;

use super::*;
use crate::contract::{Document, Method, Pair, Payload};
use crate::record::Item;
use crate::store::WaitingKind;

fn get(path: &str, query: &[(&str, &str)]) -> Request {
    Request {
        endpoint: "api".to_owned(),
        method: Method::Get,
        path: path.to_owned(),
        query: query
            .iter()
            .map(|(name, value)| Pair { name: (*name).to_owned(), value: (*value).to_owned() })
            .collect(),
        headers: Vec::new(),
        body: None,
        keep: Vec::new(),
    }
}

fn post(path: &str, body: &str) -> Request {
    Request { method: Method::Post, body: Some(body.as_bytes().to_vec()), ..get(path, &[]) }
}

fn exchange(purpose: Purpose, request: Request, answer: &str) -> Exchange {
    let response = Response {
        status: 200,
        headers: Vec::new(),
        body: answer.as_bytes().to_vec(),
        sent_at: 1_700_000_000_123,
    };
    Exchange {
        connection: "shop".to_owned(),
        purpose,
        request,
        outcome: Outcome::Answered(response),
        noted_at: 1_700_000_000_234,
        commits: 3,
    }
}

fn body(found: Result<Found, Unmatched>) -> String {
    match found.map(|found| found.outcome) {
        Ok(Outcome::Answered(response)) => String::from_utf8(response.body).unwrap(),
        other => panic!("{other:?}"),
    }
}

fn redacted(exchanges: &mut [Exchange], places: &str) -> String {
    let places = Places::declared([(ATTRIBUTE, places)]);
    let places = BTreeMap::from([("shop".to_owned(), places)]);
    let mut redaction = Redaction::new(places, BTreeSet::from(["Online".to_owned()]));
    redaction.replace(exchanges, &mut Vec::new(), &Telling::default());
    exchanges.iter().map(|exchange| exchange_to_json(exchange) + "\n").collect()
}

#[test]
fn what_may_name_a_person_is_replaced_wherever_it_stands() {
    let order = r#"{"id":4711,"status":"PAID","email":"Mina@Harker.example","total":10.50,
        "person":{"name":"Mina Harker","phone":"+44 20 7946 0958","born":"1990-05-01","street":"Kreuzgasse 12a"},
        "ip":"203.0.113.77","account":4915112345678,"note":"Für Mina, c/o Jonathan",
        "items":[{"sku":"MUG-1","name":"Mug for Mina Harker","price":"10.50"}],
        "by":{"mina@harker.example":{"points":3}},"method":"Online"}"#;
    let mut exchanges = vec![
        exchange(Purpose::Read, get("/orders", &[("offset", "0")]), order),
        exchange(Purpose::Read, get("/customers", &[("email", "mina@harker.example")]), "{}"),
        exchange(
            Purpose::Read,
            get("/customers/mina%40harker.example", &[]),
            "Mina Harker is unknown",
        ),
        exchange(Purpose::Write, post("/people", r#"{"first":"Mina","last":"Harker"}"#), "{}"),
    ];
    if let Outcome::Answered(response) = &mut exchanges[0].outcome {
        response.headers =
            vec![Pair { name: "X-Customer".to_owned(), value: "Mina Harker".to_owned() }];
    }
    let text = redacted(&mut exchanges, "status, items.sku, items.name, id, ?offset");
    let lower = text.to_lowercase();
    for personal in [
        "mina",
        "harker",
        "7946",
        "0958",
        "1990",
        "kreuzgasse",
        "203.0",
        "113.77",
        "4915112345678",
        "jonathan",
    ] {
        assert!(!lower.contains(personal), "`{personal}` is left in\n{text}");
    }
    for kept in ["4711", "PAID", "MUG-1", "Mug for ", "10.50", "\"Online\"", "\"offset\",\"0\""] {
        assert!(text.contains(kept), "`{kept}` is not in\n{text}");
    }
    // One person is one person in all of it.
    let first = r#"{"first":""#;
    let first = &text[text.find(first).unwrap() + first.len()..];
    let first = &first[..first.find('"').unwrap()];
    assert!(text.matches(first).count() > 3, "{first} in\n{text}");
}

#[test]
fn a_line_is_read_as_it_was_written() {
    let mut failed = exchange(Purpose::Write, post("/x", "no json"), "");
    failed.outcome = Outcome::RetryAfter(7);
    let mut unknown = failed.clone();
    unknown.outcome = Outcome::Unknown;
    for exchange in [
        exchange(
            Purpose::Read,
            get("/orders", &[("a", "1"), ("a", "2")]),
            r#"{"price":10.10,"big":12345678901234567890}"#,
        ),
        exchange(Purpose::Write, post("/x", r#"{"a":[1.0]}"#), "plain"),
        failed,
        unknown,
    ] {
        let line = exchange_to_json(&exchange);
        assert_eq!(exchange_from_json(&line).as_ref(), Ok(&exchange), "{line}");
    }
    for wrong in [
        "",
        "{}",
        r#"{"connection":"a","purpose":"read","method":"GRAB","endpoint":"api","path":"/","status":200}"#,
    ] {
        assert!(exchange_from_json(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn reads_are_answered_each_in_its_turn_and_then_by_the_last() {
    let mut answers = Answers::strict(vec![
        exchange(Purpose::Read, get("/a", &[]), "1"),
        exchange(Purpose::Read, get("/b", &[]), "other"),
        exchange(Purpose::Read, get("/a", &[]), "2"),
    ]);
    let mut ask = || body(answers.answer("shop", Purpose::Read, &get("a", &[])));
    assert_eq!([ask(), ask(), ask(), ask()], ["1", "2", "2", "2"]);
    assert_eq!(answers.left(), 1);
}

#[test]
fn what_was_not_recorded_is_told_with_the_nearest_and_the_difference() {
    let recorded = get("/orders", &[("offset", "0"), ("since", "2026-11-25T10:00:00Z")]);
    let mut answers = Answers::strict(vec![
        exchange(Purpose::Read, get("/profile", &[]), "{}"),
        exchange(Purpose::Read, recorded, "[]"),
    ]);
    let asked = get("/orders", &[("since", "2026-11-25T10:00:09Z"), ("offset", "100")]);
    let unmatched = answers.answer("shop", Purpose::Read, &asked).unwrap_err();
    let nearest = unmatched.nearest.clone().unwrap();
    assert_eq!(nearest.number, 2);
    assert_eq!(nearest.differences, ["query `offset`: recorded `0`, asked `100`"]);
    assert!(
        unmatched
            .to_string()
            .starts_with("`GET shop/orders?since=2026-11-25T10:00:09Z&offset=100`")
    );
    assert!(answers.answer("till", Purpose::Read, &asked).unwrap_err().nearest.is_none());
    // Another clock makes no other request.
    let asked = get("/orders", &[("since", "2026-11-25T10:00:09Z"), ("offset", "0")]);
    assert!(answers.answer("shop", Purpose::Read, &asked).is_ok());
}

#[test]
fn a_write_is_answered_once_and_another_body_in_tests_only() {
    let recorded =
        || vec![exchange(Purpose::Write, post("/sales", r#"{"total":10,"note":"x"}"#), "ok")];
    let other = post("/sales", r#"{"total":12,"note":"x"}"#);
    let unmatched = Answers::strict(recorded()).answer("shop", Purpose::Write, &other).unwrap_err();
    let differs = "body/total: recorded `10`, asked `12`";
    assert_eq!(unmatched.nearest.unwrap().differences, [differs]);
    let mut lenient = Answers::lenient(recorded());
    assert_eq!(lenient.answer("shop", Purpose::Write, &other).unwrap().differences, [differs]);
    assert!(lenient.answer("shop", Purpose::Write, &other).is_err(), "it was sent once");
    assert!(lenient.answer("shop", Purpose::Read, &other).is_err(), "a write answers no read");
    let mut same = Answers::strict(recorded());
    let again = post("/sales/", r#"{ "total": 10, "note": "x" }"#);
    assert!(same.answer("shop", Purpose::Write, &again).is_ok());
}

#[test]
fn an_answer_gives_what_is_asked_for_and_no_field_that_was_not_recorded() {
    let keep = |paths: &[&str]| {
        let keep = paths.iter().map(|path| (*path).to_owned()).collect();
        Request { keep, ..get("/a", &[]) }
    };
    let answers = || {
        let request = keep(&["id", "items.*.sku"]);
        Answers::strict(vec![exchange(Purpose::Read, request, r#"{"id":1,"items":[{"sku":"A"}]}"#)])
    };
    let mut one = answers();
    assert_eq!(body(one.answer("shop", Purpose::Read, &keep(&["id"]))), r#"{"id":1}"#);
    let unmatched = answers().answer("shop", Purpose::Read, &keep(&["id", "total"])).unwrap_err();
    assert!(unmatched.to_string().contains("recorded without what is asked for now: total"));
}

#[test]
fn a_stand_in_in_a_recorded_request_stands_for_what_was_replaced() {
    let request = get("/search", &[("by", "customer email"), ("value", "mina@x.example")]);
    let mut exchanges = vec![
        exchange(Purpose::Read, get("/other", &[]), r#"{"email":"mina@x.example"}"#),
        exchange(Purpose::Read, request, "[]"),
    ];
    let text = redacted(&mut exchanges, "");
    assert!(!text.contains("customer email"), "nothing declares that parameter\n{text}");
    let value = exchanges[1].request.query[1].value.clone();
    let mut answers = Answers::strict(exchanges);
    let asked = get("/search", &[("by", "customer email"), ("value", &value)]);
    assert!(answers.answer("shop", Purpose::Read, &asked).is_ok());
    let other = value.replace("xa", "xe");
    let asked = get("/search", &[("by", "customer email"), ("value", &other)]);
    assert!(answers.answer("shop", Purpose::Read, &asked).is_err(), "{other} is somebody else");
}

fn stored(table: &str, values: serde_json::Value) -> StoredRow {
    StoredRow { table: table.to_owned(), values: values.as_object().unwrap().clone() }
}

#[test]
fn what_waits_and_what_was_remembered_names_nobody() {
    let mut entry = crate::record::samples::order("shop:7/orders/1");
    if let Payload::Order(order) = &mut entry.payload {
        let customer = order.customer.as_mut().unwrap();
        customer.name = Some("Until Keys".to_owned());
        order.note = Some("ring at Mina Harker's".to_owned());
    }
    let item = Item::new("orders", entry);
    let item = Item {
        memo: br#"{"until":"mina@example.org","at":"12.50"}"#.to_vec(),
        after: vec!["email:mina@example.org".to_owned()],
        ..item
    };
    let keys = vec!["email:mina@example.org".to_owned()];
    let remembered = json!({ "mina@example.org": ["shop:7/orders/1", 12], "until": "keys" });
    let mut rows = vec![
        stored(
            "waiting",
            json!({
                "pipeline": "mina", "stage": "match", "key": keys[0], "reason": "two Minas", "hint": "ask Mina",
                "item": item, "what": WaitingKind::Keys { keys: keys.clone() },
            }),
        ),
        stored("state", json!({"stage": "kept", "key": keys[0], "value": remembered})),
        stored("state", json!({"stage": "other", "key": "k", "value": "Mina"})),
        stored("seen", json!({"key": keys[0], "label": "Mina", "outcome": "held: Mina"})),
        stored("remote", json!({"destination": "till:acme/sales", "memo": {"until": keys[0]}})),
        stored("remote", json!({"destination": "other:1/sales", "memo": {"name": "Mina"}})),
    ];
    let telling = Telling {
        stages: BTreeSet::from(["kept".to_owned(), "match".to_owned()]),
        accounts: BTreeSet::from(["till:acme".to_owned()]),
    };
    let mut redaction = Redaction::new(BTreeMap::new(), BTreeSet::new());
    redaction.replace(&mut [], &mut rows, &telling);
    assert_eq!(rows.len(), 5, "what `other` remembers is there");
    for row in &rows {
        let text = serde_json::to_string(row).unwrap();
        let lower = text.to_lowercase().replace(r#""pipeline":"mina""#, "");
        assert!(!lower.contains("mina") && !lower.contains("harker"), "{text}");
    }
    // What is one text in several places is one in all of them, and what programs read stays what it is.
    let [waiting, state, seen, known, unknown] = &rows[..] else { panic!("{rows:#?}") };
    let key = &waiting.values["key"];
    let address = key.as_str().unwrap().strip_prefix("email:").unwrap();
    assert_eq!((&state.values["key"], &seen.values["key"]), (key, key));
    assert_eq!(state.values["value"], json!({ address: ["shop:7/orders/1", 12], "until": "keys" }));
    assert_eq!(known.values["memo"], json!({ "until": key }));
    assert_eq!(unknown.values["memo"], "");
    assert_eq!(waiting.values["what"], json!({ "keys": { "keys": [key] } }));
    let item = Item::deserialize(&waiting.values["item"]).unwrap();
    assert_eq!(item.after, [key.as_str().unwrap()]);
    assert_eq!(item.memo, json!({ "until": address, "at": "12.50" }).to_string().into_bytes());
    let Payload::Order(order) = item.entry.payload else { panic!("{waiting:?}") };
    assert_eq!(order.customer.unwrap().email.as_deref(), Some(address));
}

#[test]
fn a_document_names_nobody_wherever_it_says_so() {
    let json = r#"{"mina@example.org":{"phone":447700900123,"born":"1990-05-01"},"items":[3]}"#;
    let document = Document { kind: "visit".to_owned(), json: json.to_owned() };
    let mut payload = Payload::Document(document);
    Redaction::new(BTreeMap::new(), BTreeSet::new()).payload(&mut payload);
    let Payload::Document(Document { json, .. }) = payload else { panic!("{payload:?}") };
    assert!(json.ends_with(r#","items":[3]}"#) && json.contains(r#""phone":9"#), "{json}");
    for word in ["mina", "447700900123", "1990-05-01"] {
        assert!(!json.contains(word), "{json}");
    }
}

/// A recording holds rows of a store.
#[test]
fn another_layout_of_stores_is_another_form_of_recordings() {
    assert_eq!((FORMAT, crate::store::LAYOUT), (3, 6), "`FORMAT` goes up with `LAYOUT`");
}
