//! What the till's answers to a sale mean, in both generations: each status, each shape of body, each probe.

use penstock_connector_sdk::script::{Script, status};
use penstock_connector_sdk::sink::{Answer, Applied, Conclusion, Settled, Sink, Write};
use penstock_connector_sdk::types::Failure;
use serde_json::json;

use super::till::{TOKEN, Till, intake, only_write, order, prepare_with, sales_options, vend};

fn write(generation: &str) -> Write {
    let host = Till::new().host();
    only_write(
        prepare_with(&vend(generation), &host, &sales_options(), vec![intake(order())], None)
            .unwrap(),
    )
}

fn conclude(generation: &str, code: u16, body: &str) -> Conclusion {
    let write = write(generation);
    let response = status(code, body);
    let call = Answer { collection: "sales", options: "{}", write: &write, response: &response };
    vend(generation).conclude(&call)
}

fn settle(generation: &str, write: &Write, code: u16, body: &str) -> (Conclusion, Vec<String>) {
    let host = Script::new();
    let response = status(code, body);
    let call = Answer { collection: "sales", options: "{}", write, response: &response };
    let conclusion = vend(generation).settle(&call, &host);
    (conclusion, host.lines().into_iter().map(|line| line.message).collect())
}

fn applied(id: &str, version: Option<u64>) -> Conclusion {
    Conclusion::Decided(vec![Settled::Applied(Applied { id: id.to_owned(), version })])
}

#[track_caller]
fn check_undecided(conclusion: Conclusion) -> Vec<u8> {
    let Conclusion::Undecided(doubt) = conclusion else { panic!("{conclusion:?}") };
    assert_eq!(doubt.after_ms, 15_000);
    doubt.memo
}

#[track_caller]
fn check_rejected(conclusion: Conclusion, words: &str) {
    let Conclusion::Decided(settled) = &conclusion else { panic!("{conclusion:?}") };
    let [Settled::Rejected(said)] = settled.as_slice() else { panic!("{settled:?}") };
    assert!(said.contains(words), "expected `{words}`, got `{said}`");
}

#[track_caller]
fn check_misconfigured(conclusion: Conclusion, words: &str) {
    let Conclusion::Failed(Failure::Misconfigured(said)) = &conclusion else {
        panic!("{conclusion:?}")
    };
    assert!(said.contains(words), "expected `{words}`, got `{said}`");
}

#[test]
fn success_in_every_documented_shape() {
    let whole = json!({"data": {"id": TOKEN, "state": "closed",
        "totals": {"price": 41, "price_incl_tax": 46.13, "tax": 5.13}, "_metadata": {"version": 991}}});
    assert_eq!(conclude("2026-07", 200, &whole.to_string()), applied(TOKEN, Some(991)));
    assert_eq!(conclude("2026-07", 201, &whole.to_string()), applied(TOKEN, Some(991)));
    for only_id in [json!({"data": {"id": TOKEN}}), json!({"data": TOKEN}), json!({"id": TOKEN})] {
        assert_eq!(
            conclude("2026-07", 200, &only_id.to_string()),
            applied(TOKEN, None),
            "{only_id}"
        );
    }
    let classic = json!({"register_sale": {"id": TOKEN, "status": "CLOSED", "version": "992",
        "total_price": "41.00000", "total_tax": "5.13000"}});
    assert_eq!(conclude("0.9", 200, &classic.to_string()), applied(TOKEN, Some(992)));
}

#[test]
fn a_success_that_looks_different_is_read_anew() {
    for body in [
        json!({"data": {"id": TOKEN, "state": "closed", "totals": {"price_incl_tax": 46.10}}}),
        json!({"data": {"id": TOKEN, "state": "parked"}}),
        json!({"data": {"id": "another-id"}}),
        json!({"data": []}),
        json!({"ok": true}),
        json!("done"),
    ] {
        check_undecided(conclude("2026-07", 200, &body.to_string()));
    }
    check_undecided(conclude("2026-07", 200, "<html>maintenance</html>"));
    check_undecided(conclude("2026-07", 200, ""));
    check_undecided(conclude("2026-07", 204, ""));
}

#[test]
fn refusals_carry_the_vendors_words() {
    check_rejected(
        conclude("2026-07", 422, r#"{"errors":{"line_items":["tax unknown"]}}"#),
        "tax unknown",
    );
    check_rejected(
        conclude("2026-07", 400, r#"{"error":"Bad","message":"no date"}"#),
        "Bad: no date",
    );
    check_rejected(
        conclude("2026-07", 404, r#"{"error":"product not found"}"#),
        "product not found",
    );
    check_rejected(conclude("2026-07", 400, ""), "without a reason");
    let classic = r#"{"status":"error","error":"Invalid","details":"product_id"}"#;
    check_rejected(conclude("0.9", 200, classic), "Invalid: product_id");
    check_rejected(conclude("0.9", 400, classic), "Invalid: product_id");
}

#[test]
fn a_closed_register_stops_the_pipeline_and_names_itself() {
    let payment = r#"{"error":{"code":7,"message":"register closed"}}"#;
    check_misconfigured(conclude("2026-07", 409, payment), "register `Web` takes no payment");
    check_misconfigured(conclude("2026-07", 409, payment), "open it in the till");
    let other = r#"{"error":{"code":7,"message":"not now"}}"#;
    check_misconfigured(conclude("2026-07", 409, other), "it may be closed (not now)");
    let classic = r#"{"status":"error","error":"Register is closed"}"#;
    check_misconfigured(conclude("0.9", 200, classic), "register `Web`");
}

#[test]
fn scope_and_sunset_are_the_connections_fault() {
    let Conclusion::Failed(Failure::Unauthorized(said)) = conclude("2026-07", 403, "{}") else {
        panic!()
    };
    assert!(said.contains("`sales:write`"), "{said}");
    check_misconfigured(conclude("0.9", 410, ""), "api_version = \"2026-07\"");
}

#[test]
fn what_is_not_understood_is_never_a_verdict() {
    for code in [100, 301, 302, 408, 418, 425, 451] {
        check_undecided(conclude("2026-07", code, "{}"));
    }
    let mut forgotten = write("2026-07");
    forgotten.memo = b"?".to_vec();
    let response = status(200, &json!({"data": {"id": TOKEN}}).to_string());
    let call =
        Answer { collection: "sales", options: "{}", write: &forgotten, response: &response };
    check_undecided(vend("2026-07").conclude(&call));
    let (conclusion, _) = settle("2026-07", &forgotten, 404, "");
    check_undecided(conclusion);
}

#[test]
fn a_duplicate_is_adopted_if_it_is_this_sale_and_refused_if_not() {
    let memo = check_undecided(conclude("2026-07", 409, r#"{"error":"invoice number exists"}"#));
    let write = Write { memo, ..write("2026-07") };
    let there = json!({"data": {"id": TOKEN, "state": "closed", "_metadata": {"version": 5}}});
    assert_eq!(settle("2026-07", &write, 200, &there.to_string()).0, applied(TOKEN, Some(5)));
    check_rejected(settle("2026-07", &write, 404, "").0, "invoice number exists");
}

#[test]
fn a_payment_that_exists_already_may_be_this_sales_own() {
    let body = r#"{"error":{"code":9,"message":"payment already exists"}}"#;
    let memo = check_undecided(conclude("2026-07", 409, body));
    let write = Write { memo, ..write("2026-07") };
    let there = json!({"data": {"id": TOKEN, "state": "closed"}});
    let settled = settle("2026-07", &write, 200, &there.to_string()).0;
    assert_eq!(settled, applied(TOKEN, None));
}

#[test]
fn another_id_than_ours_is_never_sent_again() {
    let memo =
        check_undecided(conclude("2026-07", 200, &json!({"data": {"id": "s-9"}}).to_string()));
    let write = Write { memo, ..write("2026-07") };
    let (conclusion, warnings) = settle("2026-07", &write, 404, "");
    assert_eq!(conclusion, applied("s-9", None));
    assert!(warnings[0].contains("`s-9`"), "{warnings:?}");
}

#[test]
fn a_probe_that_finds_the_sale_adopts_it() {
    let body = json!({"data": {"id": TOKEN, "state": "closed", "totals": {"price_incl_tax": 46.130},
        "_metadata": {"version": 7}}});
    let (conclusion, warnings) = settle("2026-07", &write("2026-07"), 200, &body.to_string());
    assert_eq!((conclusion, warnings.len()), (applied(TOKEN, Some(7)), 0));
    let body = json!({"register_sales": [{"id": TOKEN, "status": "CLOSED"}]});
    assert_eq!(settle("0.9", &write("0.9"), 200, &body.to_string()).0, applied(TOKEN, None));
}

#[test]
fn a_probe_that_finds_nothing_lets_the_same_request_go_again() {
    assert_eq!(settle("2026-07", &write("2026-07"), 404, "").0, Conclusion::NotApplied(0));
    assert_eq!(settle("0.9", &write("0.9"), 404, "").0, Conclusion::NotApplied(0));
    let empty = r#"{"register_sales":[]}"#;
    assert_eq!(settle("0.9", &write("0.9"), 200, empty).0, Conclusion::NotApplied(0));
}

#[test]
fn a_probe_that_tells_no_more_leaves_the_doubt() {
    let bodies = [
        (200, json!({"data": {"id": TOKEN, "state": "voided"}})),
        (200, json!({"data": {"id": TOKEN, "state": "parked"}})),
        (200, json!({"data": {"id": TOKEN}})),
        (200, json!({"data": {"id": "another"}})),
        (200, json!({"register_sales": []})),
        (403, json!({"error": "Forbidden"})),
        (500, json!({})),
    ];
    for (code, body) in bodies {
        let (conclusion, warnings) = settle("2026-07", &write("2026-07"), code, &body.to_string());
        check_undecided(conclusion);
        assert_eq!(warnings.len(), 1, "a person is told: {body}");
    }
}

#[test]
fn another_total_is_adopted_and_told_in_figures() {
    let body =
        json!({"data": {"id": TOKEN, "state": "closed", "totals": {"price_incl_tax": 46.1}}});
    let (conclusion, warnings) = settle("2026-07", &write("2026-07"), 200, &body.to_string());
    assert_eq!(conclusion, applied(TOKEN, None));
    assert!(warnings[0].contains("46.1 EUR") && warnings[0].contains("46.13 EUR"), "{warnings:?}");
    assert!(warnings[0].starts_with("sale EC-QK7M2"), "{warnings:?}");
}
