//! Rows for tests.

use std::sync::Arc;

use super::{IntakeRow, WriteRow, WriteStatus};
use crate::contract::{Action, Entry, Method, Payload, Request, Write};
use crate::record::Item;

/// A concluded write of one entry, which moves nothing.
pub(crate) fn write(payload: Payload, path: &str) -> WriteRow {
    let entry = Entry { key: "key".to_owned(), revision: "1".to_owned(), read_at: 0, payload };
    let intake = IntakeRow {
        items: vec![Item::new("orders", entry)],
        token: String::new(),
        resolved: Vec::new(),
    };
    let request = Request {
        endpoint: "api".to_owned(),
        method: Method::Post,
        path: path.to_owned(),
        query: Vec::new(),
        headers: Vec::new(),
        body: None,
        keep: Vec::new(),
    };
    let write = Write {
        action: Action::Create,
        covers: vec![0],
        summary: String::new(),
        movements: Vec::new(),
        request,
        probe: None,
        memo: Vec::new(),
        settle_ms: 0,
        send_before: None,
    };
    WriteRow {
        number: 12,
        stage: "sink".to_owned(),
        destination: "till:1/sales".to_owned(),
        component: String::new(),
        status: WriteStatus::Concluded,
        write: Arc::new(write),
        intakes: Arc::new([intake]),
        planned_at: 10,
        not_before: 10,
        sent_at: None,
        sends: 0,
        probes: 0,
        reason: None,
        results: Vec::new(),
    }
}
