use penstock_connector_sdk::connector::{Connector, Finding, Severity, Usage};
use penstock_connector_sdk::script::{Script, json, status};
use penstock_connector_sdk::types::{Failure, Response};

use crate::Ecwid;

const PROFILE: &str = r#"{"formatsAndUnits":{"currency":"NZD","currencyPrecision":2}}"#;

fn check(profile: Response, orders: Response, options: &str) -> Result<Vec<Finding>, Failure> {
    let host = Script::new().answers_in_order(vec![("/profile", profile), ("/orders", orders)]);
    let usages = [Usage { collection: "orders".to_owned(), options: options.to_owned() }];
    Ecwid::open(r#"{"store_id": 1003}"#).unwrap().check(&usages, &host)
}

#[test]
fn a_store_in_order_is_noted_with_its_currency() {
    let findings = check(json(PROFILE), json(r#"{"total": 5}"#), r#"{"start": "now"}"#).unwrap();
    assert_eq!(findings, [Finding::note("store 1003 sells in NZD with 2 decimals")]);
}

#[test]
fn a_bad_token_and_a_missing_scope_are_told_at_once() {
    let scope = r#"{"errorCode":"INSUFFICIENT_APP_SCOPE","errorMessage":"no"}"#;
    let findings = check(status(403, ""), status(403, scope), r#"{"start": "soon"}"#).unwrap();
    let faults: Vec<&str> = findings.iter().map(|finding| finding.message.as_str()).collect();
    assert!(faults[0].starts_with("Ecwid refuses the token"), "{faults:?}");
    assert!(faults[1].contains("`/start` is `soon`"), "{faults:?}");
    assert!(faults[2].contains("lacks the scope `read_orders`"), "{faults:?}");
    assert!(
        findings
            .iter()
            .all(|finding| finding.severity == Severity::Fault && finding.hint.is_some())
    );
}

#[test]
fn a_suspended_or_unknown_store_is_a_fault() {
    let suspended = r#"{"errorCode":"STORE_IS_SUSPENDED","errorMessage":"unpaid"}"#;
    for profile in [status(402, suspended), status(404, "")] {
        let findings = check(profile, json(r#"{"total": 0}"#), r#"{"start": "now"}"#).unwrap();
        assert_eq!((findings.len(), findings[0].severity), (1, Severity::Fault));
    }
}

#[test]
fn what_another_try_may_cure_is_no_finding() {
    assert_eq!(check(status(500, ""), json("{}"), "{}"), Err(Failure::RetryAfter(30_000)));
    let no_currency = json(r#"{"formatsAndUnits":{"currency":""}}"#);
    assert!(matches!(check(no_currency, json("{}"), "{}"), Err(Failure::Unexpected(_))));
}

#[test]
fn the_descriptor_is_whole() {
    let descriptor = Ecwid::describe();
    assert_eq!(descriptor.endpoints[0].base_url, "https://app.ecwid.com/api/v3/{store_id}");
    let schemas = descriptor.collections.iter().map(|collection| &collection.options_schema);
    for schema in schemas.chain([&descriptor.options_schema]) {
        assert!(serde_json::from_str::<serde_json::Value>(schema).is_ok());
    }
    assert_eq!(Ecwid::open("{}").unwrap_err()[0].message, "missing field `store_id`");
}

#[test]
fn the_scopes_of_stock_are_asked_for_where_stock_is_used() {
    let scope = r#"{"errorCode":"INSUFFICIENT_APP_SCOPE","errorMessage":"no"}"#;
    let found = |collections: &[&str]| {
        let answers = vec![("/profile", json(PROFILE)), ("/products", status(403, scope))];
        let host = Script::new().answers_in_order(answers);
        let usage =
            |name: &&str| Usage { collection: (*name).to_owned(), options: "{}".to_owned() };
        let usages: Vec<Usage> = collections.iter().map(usage).collect();
        let findings = Ecwid::open(r#"{"store_id": 1003}"#).unwrap().check(&usages, &host).unwrap();
        let texts = findings.into_iter().skip(1).map(|finding| (finding.severity, finding.message));
        texts.collect::<Vec<_>>()
    };
    assert_eq!(found(&[]), []);
    let [(Severity::Fault, message)] = &found(&["products"])[..] else { panic!("no fault") };
    assert!(message.contains("lacks the scope `read_catalog`"), "{message}");
    let both = found(&["products", "stock"]);
    let [(Severity::Fault, _), (Severity::Note, note)] = &both[..] else { panic!("{both:?}") };
    assert!(note.contains("`update_catalog`"), "{note}");
}

#[test]
fn orders_that_name_their_counters_need_the_catalogue() {
    let scope = r#"{"errorCode":"INSUFFICIENT_APP_SCOPE","errorMessage":"no"}"#;
    let answers = vec![
        ("/profile", json(PROFILE)),
        ("/orders", json(r#"{"total": 5}"#)),
        ("/products", status(403, scope)),
    ];
    let host = Script::new().answers_in_order(answers);
    let options = r#"{"start": "now", "counters": true}"#.to_owned();
    let usages = [Usage { collection: "orders".to_owned(), options }];
    let findings = Ecwid::open(r#"{"store_id": 1003}"#).unwrap().check(&usages, &host).unwrap();
    assert!(findings[1].message.contains("lacks the scope `read_catalog`"), "{findings:?}");
}

#[test]
fn wrong_options_of_stock_are_told() {
    let answers = vec![("/profile", json(PROFILE)), ("/products", json(r#"{"total": 5}"#))];
    let host = Script::new().answers_in_order(answers);
    let options = r#"{"settle_secs":"soon"}"#.to_owned();
    let usages = [Usage { collection: "stock".to_owned(), options }];
    let findings = Ecwid::open(r#"{"store_id": 1003}"#).unwrap().check(&usages, &host).unwrap();
    assert!(findings[1].message.contains("settle_secs"), "{findings:?}");
}
