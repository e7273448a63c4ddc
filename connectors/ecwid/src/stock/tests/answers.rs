//! What the shop's answers to a change mean.

use penstock_connector_sdk::script::status;
use penstock_connector_sdk::sink::{Answer, Applied, Conclusion, Doubt, Settled, Sink, Write};
use penstock_connector_sdk::types::{Failure, Response};

use super::shop::Shop;
use super::{NOW, by, ecwid, intake, planned, prepare};

fn conclude(write: &Write, response: &Response) -> Conclusion {
    let call = Answer { collection: "stock", options: "{}", write, response };
    ecwid().conclude(&call)
}

fn write() -> Write {
    planned(&Shop::new(NOW), "8", by("-1"))
}

fn refusal(code: &str) -> String {
    format!(r#"{{"errorMessage":"no","errorCode":"{code}"}}"#)
}

#[test]
fn a_confirmed_change_is_applied_also_below_zero() {
    let applied = Settled::Applied(Applied { id: "8".to_owned(), version: None });
    for body in [r#"{"updateCount":1}"#, r#"{"updateCount":1,"warning":"it is negative now"}"#] {
        assert_eq!(
            conclude(&write(), &status(200, body)),
            Conclusion::Decided(vec![applied.clone()])
        );
    }
}

#[test]
fn a_change_that_changed_nothing_is_planned_anew_once() {
    let violation = refusal("CONSTRAINT_VIOLATION");
    for answer in [status(200, r#"{"updateCount":0}"#), status(409, &violation)] {
        assert_eq!(conclude(&write(), &answer), Conclusion::Decided(vec![Settled::Again(1_000)]));
        let again = penstock_connector_sdk::sink::Intake { attempt: 1, ..intake("8", by("-1")) };
        let second = prepare(&Shop::new(NOW), vec![again]).writes.remove(0);
        let Conclusion::Decided(settled) = conclude(&second, &answer) else { panic!("{answer:?}") };
        assert!(matches!(&settled[..], [Settled::Rejected(_)]), "{settled:?}");
    }
}

#[test]
fn a_refusal_of_this_change_rejects_it() {
    for (code, name) in [
        (404, "PRODUCT_NOT_FOUND"),
        (404, "COMBINATION_NOT_FOUND"),
        (404, ""),
        (400, "WRONG_PARAMETER"),
        (400, "DIFFERENT_COMBINATION_STOCK"),
        (409, "NOT_ALLOWED_TO_UPDATE_PARAMETER"),
        (422, "WRONG_URL"),
    ] {
        let Conclusion::Decided(settled) = conclude(&write(), &status(code, &refusal(name))) else {
            panic!("{code} {name}")
        };
        let [Settled::Rejected(reason)] = &settled[..] else { panic!("{settled:?}") };
        let told = if code == 404 { "no such counter" } else { name };
        assert!(reason.contains(told), "{reason}");
    }
}

#[test]
fn a_refusal_of_the_whole_connection_stops_it() {
    let failed = |code: u16, name: &str| match conclude(&write(), &status(code, &refusal(name))) {
        Conclusion::Failed(failure) => failure,
        other => panic!("{other:?}"),
    };
    let scope = failed(403, "INSUFFICIENT_APP_SCOPE");
    assert!(
        matches!(&scope, Failure::Unauthorized(text) if text.contains("`update_catalog`")),
        "{scope:?}"
    );
    assert!(matches!(failed(403, "INVALID_API_TOKEN"), Failure::Unauthorized(_)));
    assert!(matches!(failed(402, "STORE_IS_SUSPENDED"), Failure::Unauthorized(_)));
    assert!(matches!(failed(404, "STORE_NOT_FOUND"), Failure::Misconfigured(_)));
}

/// Pattern 20: what is not plainly told is in doubt, never counted as failed.
#[test]
fn an_answer_that_tells_nothing_is_a_doubt() {
    for answer in [
        status(200, ""),
        status(200, "{}"),
        status(200, "<html>"),
        status(200, r#"{"updateCount":null}"#),
        status(408, &refusal("TIMEOUT")),
        status(302, ""),
        status(418, ""),
    ] {
        let write = write();
        let doubt = Doubt { after_ms: 30_000, memo: write.memo.clone() };
        assert_eq!(conclude(&write, &answer), Conclusion::Undecided(doubt), "{answer:?}");
    }
    let foreign = Write { memo: b"{}".to_vec(), ..write() };
    let doubt = Doubt { after_ms: 30_000, memo: b"{}".to_vec() };
    let confirmed = status(200, r#"{"updateCount":1}"#);
    assert_eq!(conclude(&foreign, &confirmed), Conclusion::Undecided(doubt));
}

#[test]
fn a_collection_that_is_no_sink_is_refused() {
    let (write, response) = (write(), status(200, ""));
    let call = Answer { collection: "orders", options: "{}", write: &write, response: &response };
    assert!(matches!(ecwid().conclude(&call), Conclusion::Failed(Failure::Misconfigured(_))));
}
