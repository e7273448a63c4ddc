use std::sync::Arc;

use super::{Line, story};
use crate::contract::{Action, Change, Method, Request, Write};
use crate::record::{Item, samples};
use crate::store::{Found, IntakeResult, IntakeRow, WriteFound, WriteRow, WriteStatus};

fn sale() -> WriteFound {
    let mut item = Item::new("orders", samples::order("shop:1/orders/1"));
    item.via = vec!["paid".to_owned(), "matched".to_owned()];
    let body = br#"{"number":"EC-N1","total":5,"lines":[{"sku":"MUG","quantity":1}]}"#;
    let write = Write {
        action: Action::Create,
        covers: vec![0],
        summary: "sale EC-N1".to_owned(),
        movements: Vec::new(),
        request: Request {
            endpoint: "api".to_owned(),
            method: Method::Post,
            path: "/sales".to_owned(),
            query: Vec::new(),
            headers: Vec::new(),
            body: Some(body.to_vec()),
            keep: Vec::new(),
        },
        probe: None,
        memo: Vec::new(),
        settle_ms: 0,
        send_before: None,
    };
    let row = WriteRow {
        number: 7,
        stage: "sales".to_owned(),
        destination: "till:1/sales".to_owned(),
        component: "0123456789abcdef".to_owned(),
        status: WriteStatus::Concluded,
        write: Arc::new(write),
        intakes: Arc::new([IntakeRow {
            items: vec![item],
            token: String::new(),
            resolved: Vec::new(),
        }]),
        planned_at: 1_000,
        not_before: 3_000,
        sent_at: Some(2_000),
        sends: 1,
        probes: 0,
        reason: None,
        results: vec![IntakeResult::Applied { id: "77".to_owned(), version: None }],
    };
    WriteFound { pipeline: "test".to_owned(), row }
}

fn text(changes: Option<Vec<Change>>) -> String {
    let found = Found { writes: vec![sale()], ..Found::default() };
    let lines = story(&found, &mut |_| changes.clone());
    lines.iter().map(Line::text).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_write_is_told_with_what_it_was_made_of_and_what_it_changes() {
    let change = |field: &str, before: Option<&str>, after: &str| Change {
        field: field.to_owned(),
        before: before.map(str::to_owned),
        after: Some(after.to_owned()),
    };
    let changes = vec![change("number", None, "EC-N1"), change("level", Some("9"), "6")];
    insta::assert_snapshot!(text(Some(changes)), @r"
    1970-01-01T00:00:01Z  write 7 of `test` was planned by `sales`: sale EC-N1 (connector 0123456789ab)
        made of shop:1/orders/1, revision 1, read 1970-01-01T00:00:00Z, by way of `paid`, `matched`
        POST /sales
        number: EC-N1
        level: 9 -> 6
    1970-01-01T00:00:02Z  write 7 of `test` was sent to `till:1/sales`: /sales
    1970-01-01T00:00:03Z  write 7 of `test` took effect: it is 77 at `till:1/sales`
    ");
}

#[test]
fn a_write_of_which_no_connector_tells_is_shown_as_it_was_sent() {
    insta::assert_snapshot!(text(None), @r"
    1970-01-01T00:00:01Z  write 7 of `test` was planned by `sales`: sale EC-N1 (connector 0123456789ab)
        made of shop:1/orders/1, revision 1, read 1970-01-01T00:00:00Z, by way of `paid`, `matched`
        POST /sales
        number: EC-N1
        total: 5
        lines:
          - sku: MUG
            quantity: 1
    1970-01-01T00:00:02Z  write 7 of `test` was sent to `till:1/sales`: /sales
    1970-01-01T00:00:03Z  write 7 of `test` took effect: it is 77 at `till:1/sales`
    ");
}
