use penstock_connector_sdk::commerce::{Customer, CustomerLink, Entry, Order, Payload};
use penstock_connector_sdk::connector::Connector;
use penstock_connector_sdk::host::Level;
use penstock_connector_sdk::samples;
use penstock_connector_sdk::script::Script;
use penstock_connector_sdk::transform::{Apply, Matching, Transform, Verdict};
use penstock_connector_sdk::types::{Failure, Pair};

use super::CustomerMatch;

fn customer(
    id: Option<&str>,
    email: &str,
    name: Option<&str>,
    created_at: Option<&str>,
) -> Customer {
    Customer {
        id: id.map(ToOwned::to_owned),
        email: Some(email.to_owned()),
        name: name.map(ToOwned::to_owned),
        phone: Some("555-0100".to_owned()),
        attributes: created_at.map(|at| Pair::new("created_at", at)).into_iter().collect(),
    }
}

fn known(id: &str, name: &str, created_at: Option<&str>) -> Entry {
    let customer = customer(Some(id), "Mina@Example.org", Some(name), created_at);
    samples::entry(id, Payload::Customer(customer))
}

fn order(key: &str, email: &str, name: Option<&str>) -> Entry {
    let customer = Some(customer(Some("55"), email, name, None));
    samples::entry(key, Payload::Order(Order { customer, ..samples::order(key) }))
}

/// A host whose directory knows these customers under Mina's address and nobody else.
fn host(minas: Vec<Entry>) -> Script {
    Script::new().finds(move |search| {
        assert_eq!((search.directory, search.collection), ("customers", "customers"));
        let found = |value: &String| {
            if value == "mina@example.org" { minas.clone() } else { Vec::new() }
        };
        Ok(search.values.iter().map(found).collect())
    })
}

fn apply(options: &str, entries: Vec<Entry>, host: &Script) -> Result<Vec<Verdict>, Failure> {
    let call = Apply { input: "orders", entries, horizons: &[] };
    CustomerMatch::open(options).unwrap().apply(call, host)
}

fn verdict(options: &str, entry: Entry, host: &Script) -> Verdict {
    apply(options, vec![entry], host).unwrap().remove(0)
}

/// The customer that an order which went on alone was linked to.
#[track_caller]
fn link(verdict: &Verdict) -> CustomerLink {
    match verdict {
        Verdict::Matched(Matching { port, customer, after, beside }) => {
            assert_eq!((port.as_str(), after.len(), beside.len()), ("orders", 0, 0));
            customer.clone()
        }
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn matching(verdict: Verdict) -> Matching {
    match verdict {
        Verdict::Matched(matching) => matching,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn check_held(verdict: &Verdict, words: &str) {
    assert!(matches!(verdict, Verdict::Reject(reason) if reason.contains(words)), "{verdict:?}");
}

fn passed() -> Verdict {
    Verdict::Pass("orders".to_owned())
}

#[test]
fn an_existing_customer_is_found_in_any_case() {
    let host = host(vec![known("c1", "Mina Doe", None)]);
    let found = verdict("{}", order("1", "  MINA@example.ORG ", Some("Someone Else")), &host);
    assert_eq!(link(&found), CustomerLink::Id("c1".to_owned()));
    assert!(host.lines().is_empty());
}

#[test]
fn of_several_the_oldest_is_taken_and_told() {
    let host = host(vec![
        known("c3", "C", Some("2024-02-01T00:00:00Z")),
        known("c0", "A", None),
        known("c2", "B", Some("2023-02-01 00:00:00")),
        known("c1", "B", Some("2023-02-01T00:00:00Z")),
    ]);
    let found = verdict("{}", order("7", "mina@example.org", None), &host);
    assert_eq!(link(&found), CustomerLink::Id("c1".to_owned()));
    let lines = host.lines();
    assert_eq!(
        (lines.len(), lines[0].level, lines[0].about.as_deref()),
        (1, Level::Info, Some("7"))
    );
    assert!(lines[0].message.starts_with("4 customers"), "{}", lines[0].message);
    check_held(
        &verdict(r#"{"when_several": "hold"}"#, order("7", "mina@example.org", None), &host),
        "4 customers",
    );
}

#[test]
fn a_customer_told_twice_is_one() {
    let host = host(vec![known("c1", "Mina", None), known("c1", "Mina", None)]);
    let held_if_several = r#"{"when_several": "hold"}"#;
    let found = verdict(held_if_several, order("7", "mina@example.org", None), &host);
    assert_eq!(link(&found), CustomerLink::Id("c1".to_owned()));
}

#[test]
fn a_like_address_is_not_the_same() {
    let mut other = known("c9", "Mina", None);
    let Payload::Customer(customer) = &mut other.payload else { panic!("no customer") };
    customer.email = Some("mina@example.org.example".to_owned());
    let host = host(vec![other]);
    assert_eq!(
        verdict(r#"{"when_unknown": "none"}"#, order("7", "mina@example.org", None), &host),
        passed()
    );
}

#[test]
fn somebody_new_is_created_before_the_order() {
    let entry = order("1", " Sam@Example.org ", Some(" Sam Roe "));
    let sale = matching(verdict("{}", entry, &host(Vec::new())));
    let [created] = sale.beside.as_slice() else { panic!("{sale:?}") };
    assert_eq!(
        (created.port.as_str(), created.entry.key.as_str()),
        ("customers", "email:sam@example.org")
    );
    let Payload::Customer(new) = &created.entry.payload else { panic!("no customer") };
    assert_eq!((new.id.as_deref(), new.email.as_deref()), (None, Some("Sam@Example.org")));
    assert_eq!((new.name.as_deref(), new.phone.as_deref()), (Some("Sam Roe"), Some("555-0100")));
    assert_eq!(
        (sale.port.as_str(), sale.after.as_slice()),
        ("orders", ["email:sam@example.org".to_owned()].as_slice())
    );
    assert_eq!(sale.customer, CustomerLink::Entry("email:sam@example.org".to_owned()));
}

#[test]
fn a_second_order_of_somebody_new_makes_the_same_entry() {
    let entries =
        vec![order("1", "sam@example.org", None), order("2", "SAM@example.org", Some("Sam Roe"))];
    let host = host(Vec::new());
    let verdicts = apply("{}", entries, &host).unwrap();
    let identities = verdicts.into_iter().map(|verdict| {
        let created = matching(verdict).beside.remove(0).entry;
        (created.key, created.revision)
    });
    let identities: Vec<_> = identities.collect();
    assert_eq!(identities[0], identities[1]);
}

#[test]
fn a_nameless_customer_is_called_by_the_address() {
    let entry = order("1", "sam@example.org ", Some("  "));
    let created = matching(verdict("{}", entry, &host(Vec::new()))).beside.remove(0).entry;
    let Payload::Customer(new) = &created.payload else { panic!("no customer") };
    assert_eq!(new.name.as_deref(), Some("sam@example.org"));
    let held = verdict(
        r#"{"when_nameless": "hold"}"#,
        order("1", "sam@example.org", None),
        &host(Vec::new()),
    );
    check_held(&held, "names nobody");
}

#[test]
fn an_unknown_customer_is_a_choice() {
    let unknown = || order("1", "sam@example.org", Some("Sam"));
    assert_eq!(verdict(r#"{"when_unknown": "none"}"#, unknown(), &host(Vec::new())), passed());
    check_held(
        &verdict(r#"{"when_unknown": "hold"}"#, unknown(), &host(Vec::new())),
        "no customer",
    );
}

#[test]
fn a_walk_in_goes_on_without_a_look_up() {
    let host = host(Vec::new());
    for email in ["", "   "] {
        assert_eq!(
            verdict(r#"{"when_unknown": "hold"}"#, order("1", email, Some("Sam")), &host),
            passed()
        );
    }
    let anonymous = samples::entry("1", Payload::Order(samples::order("1")));
    assert_eq!(verdict("{}", anonymous, &host), passed());
    assert!(host.searches().is_empty());
}

#[test]
fn names_that_differ_are_a_choice() {
    let host = host(vec![known("c1", "Mina  Doe", None)]);
    let options = r#"{"when_names_differ": "hold"}"#;
    check_held(
        &verdict(options, order("1", "mina@example.org", Some("Nina Doe")), &host),
        "`Mina  Doe`",
    );
    for name in [Some("mina doe "), None] {
        let found = verdict(options, order("1", "mina@example.org", name), &host);
        assert_eq!(link(&found), CustomerLink::Id("c1".to_owned()));
    }
}

#[test]
fn a_batch_is_one_look_up_of_distinct_addresses_as_fresh_as_its_newest_order() {
    let host = host(Vec::new());
    let mut late = order("3", "sam@example.org", None);
    late.read_at += 5_000;
    let newest = late.read_at;
    let walk_in = Entry { read_at: newest + 9_000, ..order("4", "", None) };
    let entries = vec![
        order("1", "Zoe@example.org", None),
        late,
        walk_in,
        order("2", "SAM@example.org ", None),
    ];
    assert_eq!(apply("{}", entries, &host).unwrap().len(), 4);
    let searches = host.searches();
    assert_eq!(searches.len(), 1);
    assert_eq!(searches[0].values, ["sam@example.org", "zoe@example.org"]);
    assert_eq!(searches[0].not_before, Some(newest));
}

#[test]
fn what_was_matched_before_stays() {
    let mut entry = order("1", "mina@example.org", None);
    let Payload::Order(order) = &mut entry.payload else { panic!("no order") };
    order.matched_customer = Some(CustomerLink::Id("c7".to_owned()));
    assert_eq!(verdict("{}", entry, &host(vec![known("c1", "Mina", None)])), passed());
}

#[test]
fn a_failing_directory_fails_the_batch() {
    let failing = Script::new().finds(|_| Err(Failure::RetryAfter(7)));
    assert_eq!(apply("{}", vec![order("1", "a@b.c", None)], &failing), Err(Failure::RetryAfter(7)));
    let short = Script::new().finds(|_| Ok(Vec::new()));
    assert!(matches!(
        apply("{}", vec![order("1", "a@b.c", None)], &short),
        Err(Failure::Unexpected(_))
    ));
}

#[test]
fn the_schema_is_valid_and_states_the_defaults() {
    let schema: serde_json::Value = serde_json::from_str(crate::options::SCHEMA).unwrap();
    assert!(jsonschema::draft202012::meta::is_valid(&schema));
    assert_eq!(schema["additionalProperties"], false);
    let properties = schema["properties"].as_object().unwrap();
    assert!(properties.values().all(|property| property["description"].is_string()));
    let defaults: serde_json::Map<_, _> = properties
        .iter()
        .map(|(name, property)| (name.clone(), property["default"].clone()))
        .collect();
    let stated = CustomerMatch::open(&serde_json::to_string(&defaults).unwrap()).unwrap();
    assert_eq!(format!("{stated:?}"), format!("{:?}", CustomerMatch::open("{}").unwrap()));
    // Each value that the schema allows is read, and no other.
    for (name, property) in properties {
        for value in property["enum"].as_array().unwrap() {
            let options = serde_json::json!({ name: value });
            assert!(CustomerMatch::open(&options.to_string()).is_ok(), "{options}");
        }
        let wrong = serde_json::json!({ name: "other" });
        let faults = CustomerMatch::open(&wrong.to_string()).unwrap_err();
        assert_eq!(faults[0].pointer, format!("/{name}"));
    }
}
