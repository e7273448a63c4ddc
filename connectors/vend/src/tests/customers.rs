//! Customers: found by any spelling of their address, created once, never changed.

use penstock_connector_sdk::commerce::{Entry, Payload};
use penstock_connector_sdk::directory::{Directory, Find};
use penstock_connector_sdk::script::{Script, status};
use penstock_connector_sdk::sink::{
    Action, Answer, Applied, Conclusion, Earlier, Intake, Plan, Prepare, Settled, Sink, Write,
};
use penstock_connector_sdk::types::Failure;
use serde_json::{Value, json};

use super::till::{Till, body, customer_intake, intake, only_write, order, vend};

fn row(id: &str, email: &str, created_at: &str) -> Value {
    json!({"id": id, "email": email, "first_name": "Mina", "last_name": "Ray", "version": 40,
        "created_at": created_at})
}

fn knowing(email: &str, rows: Value) -> Till {
    Till::new().with(&format!("/2026-07/search?email={email}"), json!({"data": rows}))
}

fn prepare_on(host: &Script, generation: &str, intakes: Vec<Intake>, known: Option<u64>) -> Plan {
    let call = Prepare { collection: "customers", options: "{}", intakes, known };
    vend(generation).prepare(call, host).unwrap()
}

fn prepare(till: Till, intakes: Vec<Intake>) -> Plan {
    prepare_on(&till.host(), "2026-07", intakes, None)
}

fn new_customer(known: Option<u64>) -> Write {
    let intakes = vec![customer_intake("mina@example.org", "Mina Ray")];
    only_write(prepare_on(&Till::new().host(), "2026-07", intakes, known))
}

#[test]
fn a_stranger_is_created() {
    let mut stranger = customer_intake(" Mina@Example.org ", "Mina de la Ray");
    let Payload::Customer(customer) = &mut stranger.entry.payload else { unreachable!() };
    customer.phone = Some(" +64 1 ".to_owned());
    let write = only_write(prepare(Till::new(), vec![stranger]));
    assert_eq!((write.action, write.request.path.as_str()), (Action::Create, "/2026-07/customers"));
    let expected = json!({"first_name": "Mina de la", "last_name": "Ray", "email": "mina@example.org",
        "phone": "+64 1", "do_not_email": true});
    assert_eq!(body(&write), expected);
}

#[test]
fn names_that_are_short_or_none() {
    let body_of = |email: &str, name: &str, generation: &str| {
        let host = Till::new().host();
        body(&only_write(prepare_on(&host, generation, vec![customer_intake(email, name)], None)))
    };
    let one = body_of("a@example.org", "Mina", "2026-07");
    assert_eq!((&one["first_name"], &one["last_name"]), (&json!("Mina"), &Value::Null));
    let none = body_of("a@example.org", "", "2026-07");
    assert_eq!((&none["first_name"], &none["last_name"]), (&json!("a@example.org"), &Value::Null));
    let same = body_of("a@example.org", "a@example.org", "0.9");
    assert_eq!((&same["first_name"], &same["last_name"]), (&json!("a@example.org"), &json!("")));
}

#[test]
fn the_older_generation_has_its_own_path() {
    let host = Till::new().host();
    let write =
        only_write(prepare_on(&host, "0.9", vec![customer_intake("a@example.org", "A B")], None));
    assert_eq!(write.request.path, "/customers");
}

/// Pattern 41: a customer that is known is read and never written.
#[test]
fn whoever_is_there_is_left_as_they_are() {
    let till = knowing(
        "mina@example.org",
        json!([row("c-1", " MINA@example.org", "2020-01-01 00:00:00")]),
    );
    let plan = prepare(till, vec![customer_intake("Mina@Example.org", "Another Name")]);
    assert_eq!((plan.writes.len(), plan.rejections.len()), (0, 0));
    assert_eq!(plan.unchanged[0].id, "c-1");
}

#[test]
fn of_several_the_oldest_counts_and_a_person_is_told() {
    let rows = json!([
        row("c-2", "a@example.org", "2021-05-01T00:00:00Z"),
        row("c-3", "a@example.org", "2019-05-01 00:00:00"),
        row("c-1", "a@example.org", "2021-05-01T00:00:00Z"),
        row("c-0", "b@example.org", "2001-05-01 00:00:00")
    ]);
    let host = knowing("a@example.org", rows).host();
    let plan = prepare_on(&host, "2026-07", vec![customer_intake("a@example.org", "A")], None);
    assert_eq!(plan.unchanged[0].id, "c-3");
    assert!(host.lines()[0].message.starts_with("3 customers"), "{:?}", host.lines());
}

#[test]
fn deleted_ones_do_not_count() {
    let mut gone = row("c-1", "a@example.org", "2020-01-01 00:00:00");
    gone["deleted_at"] = json!("2026-01-01T00:00:00Z");
    only_write(prepare(
        knowing("a@example.org", json!([gone])),
        vec![customer_intake("a@example.org", "A")],
    ));
}

#[test]
fn one_address_twice_in_a_batch_is_one_customer() {
    let intakes = vec![
        customer_intake("a@example.org", "A"),
        customer_intake("b@example.org", "B"),
        customer_intake(" A@EXAMPLE.org", "A"),
    ];
    let plan = prepare(Till::new(), intakes);
    assert_eq!(
        plan.writes.iter().map(|w| w.covers.clone()).collect::<Vec<_>>(),
        [vec![0, 2], vec![1]]
    );
}

#[test]
fn a_customer_that_the_search_does_not_show_yet_is_found_in_the_list() {
    let till = Till::new()
        .list("/2026-07/customers", json!([row("c-7", "a@example.org", "2026-01-05 09:00:00")]));
    let host = till.host();
    let plan = prepare_on(&host, "2026-07", vec![customer_intake("a@example.org", "A")], Some(800));
    assert_eq!((plan.writes.len(), plan.unchanged[0].id.as_str()), (0, "c-7"));
    let list = host.requests().into_iter().find(|r| r.path == "/2026-07/customers").unwrap();
    assert_eq!(list.query_value("after"), Some("300"));
}

#[test]
fn what_was_written_before_and_what_is_no_customer() {
    let mut known = customer_intake("a@example.org", "New Name");
    known.prior = Some(Earlier { id: "c-1".to_owned(), revision: "1".to_owned(), memo: vec![1] });
    let host = Script::new();
    let intakes = vec![known, customer_intake(" ", "Nobody"), intake(order())];
    let plan = prepare_on(&host, "2026-07", intakes, Some(5));
    assert_eq!(host.requests().len(), 0, "there is nothing to read for any of them");
    assert_eq!((plan.unchanged[0].id.as_str(), &plan.unchanged[0].memo), ("c-1", &vec![1]));
    let messages: Vec<&str> = plan.rejections.iter().map(|r| r.message.as_str()).collect();
    assert_eq!(
        messages,
        ["the customer has no e-mail address to be known by", "it is no customer"]
    );
}

fn conclude(code: u16, body: &str) -> Conclusion {
    let mut write = new_customer(None);
    write.covers = vec![0, 2];
    let response = status(code, body);
    let call =
        Answer { collection: "customers", options: "{}", write: &write, response: &response };
    vend("2026-07").conclude(&call)
}

fn applied(id: &str, version: Option<u64>) -> Settled {
    Settled::Applied(Applied { id: id.to_owned(), version })
}

#[test]
fn answers_to_a_create() {
    let both = |settled: Settled| Conclusion::Decided(vec![settled.clone(), settled]);
    let body = r#"{"data":{"id":"c-1","email":"mina@example.org","version":41}}"#;
    assert_eq!(conclude(201, body), both(applied("c-1", Some(41))));
    assert_eq!(conclude(200, r#"{"customer":{"id":"c-2"}}"#), both(applied("c-2", None)));
    assert_eq!(conclude(200, r#"{"data":"c-3"}"#), both(applied("c-3", None)));
    let refused = both(Settled::Rejected("bad phone".to_owned()));
    assert_eq!(conclude(422, r#"{"errors":[{"message":"bad phone"}]}"#), refused);
    let classic = r#"{"status":"error","error":"bad phone"}"#;
    assert_eq!(conclude(200, classic), refused);
    assert!(matches!(conclude(403, ""), Conclusion::Failed(Failure::Unauthorized(_))));
    assert!(matches!(conclude(410, ""), Conclusion::Failed(Failure::Misconfigured(_))));
    for (code, body) in [(200, "<html>"), (200, "{}"), (302, ""), (409, r#"{"error":"exists"}"#)] {
        assert!(matches!(conclude(code, body), Conclusion::Undecided(_)), "{code} {body}");
    }
}

fn settle(write: &Write, host: &Script, code: u16, body: &Value) -> Conclusion {
    let response = status(code, &body.to_string());
    let call = Answer { collection: "customers", options: "{}", write, response: &response };
    vend("2026-07").settle(&call, host)
}

fn then(write: Write, conclusion: Conclusion) -> Write {
    let Conclusion::Undecided(doubt) = conclusion else { panic!("{conclusion:?}") };
    Write { memo: doubt.memo, ..write }
}

/// Pattern 39: who was created is looked up before anybody is created again.
#[test]
fn a_lost_answer_is_looked_up_in_the_list_where_there_is_a_version_to_start_from() {
    let write = new_customer(Some(900));
    let probe = write.probe.clone().unwrap();
    assert_eq!(
        (probe.path.as_str(), probe.query_value("after")),
        ("/2026-07/customers", Some("400"))
    );
    let host = Till::new().host();
    let rows = json!([row("c-9", "mina@example.org", "2026-01-05 09:31:00")]);
    let page = json!({"data": rows, "version": {"max": 900}});
    assert_eq!(
        settle(&write, &host, 200, &page),
        Conclusion::Decided(vec![applied("c-9", Some(40))])
    );
    let empty = json!({"data": [], "version": {"max": null}});
    assert_eq!(settle(&write, &host, 200, &empty), Conclusion::NotApplied(0));
    assert!(matches!(settle(&write, &host, 403, &empty), Conclusion::Undecided(_)));
}

#[test]
fn without_a_version_one_miss_of_the_search_proves_nothing() {
    let write = new_customer(None);
    assert_eq!(write.probe.clone().unwrap().query_value("email"), Some("mina@example.org"));
    let empty = json!({"data": []});
    let again = then(write.clone(), settle(&write, &Script::new(), 200, &empty));
    assert_eq!(settle(&again, &Script::new(), 200, &empty), Conclusion::NotApplied(0));
    let rows = json!([
        row("c-2", "Mina@Example.org", "2026-01-05 09:31:00"),
        row("c-1", "mina@example.org", "2019-01-05 09:31:00")
    ]);
    let found = settle(&again, &Script::new(), 200, &json!({"data": rows}));
    assert_eq!(found, Conclusion::Decided(vec![applied("c-1", Some(40))]));
}

#[test]
fn a_conflict_is_adopted_or_refused_with_the_vendors_words() {
    let write = new_customer(Some(900));
    let response = status(409, r#"{"error":"code exists"}"#);
    let call =
        Answer { collection: "customers", options: "{}", write: &write, response: &response };
    let write = then(write.clone(), vend("2026-07").conclude(&call));
    let empty = json!({"data": [], "version": {"max": null}});
    let refused = settle(&write, &Till::new().host(), 200, &empty);
    assert_eq!(refused, Conclusion::Decided(vec![Settled::Rejected("code exists".to_owned())]));
}

fn find(till: Till, by: &str, values: &[&str]) -> Vec<Vec<Entry>> {
    let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
    let call = Find { collection: "customers", options: "{}", by, values: &values };
    vend("2026-07").find(&call, &till.host()).unwrap()
}

#[test]
fn the_directory_compares_addresses_itself() {
    let rows = json!([
        row("c-2", "a@example.org", "2021-05-01T00:00:00Z"),
        row("c-1", "A@Example.org ", "2020-05-01T00:00:00Z"),
        row("c-9", "aa@example.org", "2001-05-01T00:00:00Z")
    ]);
    let found = find(
        knowing("a@example.org", rows),
        "email",
        &["A@EXAMPLE.ORG", "x@example.org", "", " a@example.org"],
    );
    let ids: Vec<Vec<&str>> =
        found.iter().map(|entries| entries.iter().map(|e| e.key.as_str()).collect()).collect();
    assert_eq!(ids, [vec!["c-1", "c-2"], vec![], vec![], vec!["c-1", "c-2"]]);
    let Payload::Customer(customer) = &found[0][0].payload else { panic!() };
    assert_eq!(customer.name.as_deref(), Some("Mina Ray"));
    let attributes: Vec<(&str, &str)> =
        customer.attributes.iter().map(|a| (a.name.as_str(), a.value.as_str())).collect();
    assert_eq!(attributes, [("created_at", "2020-05-01T00:00:00Z")]);
}

#[test]
fn the_directory_reads_by_key_and_hides_the_deleted() {
    let mut gone = row("c-2", "b@example.org", "2020-01-01 00:00:00");
    gone["deleted_at"] = json!("2026-01-01");
    let till = Till::new()
        .with(
            "/2026-07/customers/c-1",
            json!({"data": row("c-1", "a@example.org", "2020-01-01 00:00:00")}),
        )
        .with("/2026-07/customers/c-2", json!({"data": gone}));
    let found = find(till, "key", &["c-1", "c-2", "c-3"]);
    assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), [1, 0, 0]);
}
