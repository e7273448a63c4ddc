//! The actor as a source, a directory, a sink and a reader of webhooks.

use crate::exports::penstock::connector::directory::Guest as Directory;
use crate::exports::penstock::connector::sink::{
    Action, Applied, Change, Conclusion, Deferral, Doubt, Existing, Guest as Sink, Intake,
    Movement, Plan, Rejection, Settled, Step, Write,
};
use crate::exports::penstock::connector::source::{Guest as Source, Page};
use crate::exports::penstock::connector::webhook::{Guest as Webhook, Hint, Signed};
use crate::penstock::connector::commerce::{Document, Entry, Payload, Product};
use crate::penstock::connector::types::{Decimal, Failure, Method, Pair, Response};
use crate::penstock::connector::{http, lookup};
use crate::{Actor, misbehave, options, request};

fn entry(number: u32) -> Entry {
    Entry {
        key: format!("order-{number}"),
        revision: "1".to_owned(),
        read_at: 0,
        payload: Payload::Document(Document { kind: "acme".to_owned(), json: "{}".to_owned() }),
    }
}

impl Source for Actor {
    fn pull(
        _collection: String,
        options: String,
        after: Option<Vec<u8>>,
        limit: u32,
        now: i64,
    ) -> Result<Page, Failure> {
        misbehave::anywhere(&options);
        let mut page = Page {
            entries: (0..limit.min(3)).map(entry).collect(),
            next: b"3".to_vec(),
            more: false,
            complete_to: Some(now),
        };
        match options.as_str() {
            "read-page" | "read-undeclared" | "read-by-put" | "read-by-post"
            | "read-by-other-post" => {
                let answer = http::read(&match options.as_str() {
                    "read-undeclared" => request("metadata", Method::Get, "/"),
                    "read-by-put" => request("api", Method::Put, "/orders"),
                    "read-by-post" => request("api", Method::Post, "/search"),
                    "read-by-other-post" => request("api", Method::Post, "/orders"),
                    _ => request("api", Method::Get, "/orders"),
                })?;
                page.next = answer.body;
            }
            "read-all" => {
                let requests: Vec<_> =
                    (0..3).map(|n| request("api", Method::Get, &format!("/{n}"))).collect();
                let answers = http::read_all(&requests);
                page.next = answers
                    .into_iter()
                    .filter_map(Result::ok)
                    .flat_map(|answer| answer.body)
                    .collect();
            }
            "read-too-many" => {
                http::read_all(&vec![request("api", Method::Get, "/orders"); 101]);
            }
            "too-many" => page.entries = (0..=limit).map(entry).collect(),
            "cursor-huge" => page.next = vec![0; 100 << 10],
            "cursor-stands" => {
                page =
                    Page { next: after.unwrap_or_default(), more: true, complete_to: None, ..page }
            }
            "complete-and-more" => page.more = true,
            "wrong-kind" => page.entries[0].payload = Payload::Product(product()),
            _ => {}
        }
        Ok(page)
    }
}

fn product() -> Product {
    Product {
        id: "1".to_owned(),
        sku: None,
        name: "mug".to_owned(),
        stock_owner: "1".to_owned(),
        counts_stock: true,
        active: true,
        attributes: vec![],
    }
}

impl Directory for Actor {
    fn find(
        _collection: String,
        options: String,
        _by: String,
        values: Vec<String>,
    ) -> Result<Vec<Vec<Entry>>, Failure> {
        misbehave::anywhere(&options);
        match options.as_str() {
            "too-few" => return Ok(vec![]),
            "lookup" => {
                lookup::find("customers", "customers", "email", &values, None)?;
            }
            _ => {}
        }
        Ok(values.iter().map(|_| vec![entry(0)]).collect())
    }
}

fn write(covers: Vec<u32>) -> Write {
    let movements = covers.iter().map(|intake| movement(*intake)).collect();
    Write {
        action: Action::Create,
        covers,
        summary: "sale".to_owned(),
        movements,
        request: request("api", Method::Post, "/sales"),
        probe: Some(request("api", Method::Get, "/sales/1")),
        memo: vec![],
        settle_ms: 1_000,
        send_before: None,
    }
}

fn movement(intake: u32) -> Movement {
    let delta = Decimal { units: -1, scale: 0 };
    Movement { intake, owner: "mug".to_owned(), delta, cause: format!("order-{intake}#1") }
}

fn existing(intake: u32) -> Existing {
    Existing { intake, id: "9".to_owned(), movements: vec![], memo: vec![] }
}

/// A plan with a write for each intake but the first three, which are unchanged, deferred and rejected.
fn plan_of_each(intakes: u32) -> Plan {
    let mut plan =
        Plan { writes: vec![], unchanged: vec![], deferrals: vec![], rejections: vec![] };
    for intake in 0..intakes {
        match intake {
            0 => plan.unchanged.push(existing(intake)),
            1 => plan.deferrals.push(Deferral { intake, after_ms: 1_000, memo: vec![1] }),
            2 => plan.rejections.push(Rejection {
                intake,
                message: "no".to_owned(),
                hint: None,
                remote: None,
            }),
            _ => plan.writes.push(write(vec![intake])),
        }
    }
    plan
}

impl Sink for Actor {
    fn prepare(
        _collection: String,
        options: String,
        intakes: Vec<Intake>,
        _known: Option<u64>,
    ) -> Result<Plan, Failure> {
        misbehave::anywhere(&options);
        let count = u32::try_from(intakes.len()).unwrap_or(u32::MAX);
        let mut plan = plan_of_each(count);
        match options.as_str() {
            "twice" => plan.writes.push(write(vec![3, 0])),
            "left-out" => plan.rejections.clear(),
            "out-of-range" => plan.writes.push(write(vec![count])),
            "covers-nothing" => plan.writes.push(write(vec![])),
            "undeclared-endpoint" => plan.writes[0].request.endpoint = "elsewhere".to_owned(),
            "write-by-get" => plan.writes[0].request.method = Method::Get,
            "probe-by-post" => plan.writes[0].probe = Some(request("api", Method::Post, "/sales")),
            "probe-by-search" => {
                plan.writes[0].probe = Some(request("api", Method::Post, "/search"))
            }
            "movement-of-another" => plan.writes[0].movements = vec![movement(0)],
            "movement-without-cause" => plan.writes[0].movements[0].cause.clear(),
            "existing-without-id" => plan.unchanged[0].id.clear(),
            "memo-huge" => plan.writes[0].memo = vec![0; 100 << 10],
            "settle-never" => plan.writes[0].settle_ms = u64::MAX,
            _ => {}
        }
        Ok(plan)
    }

    fn explain(
        _collection: String,
        options: String,
        write: Write,
        _intakes: Vec<Intake>,
    ) -> Vec<Change> {
        misbehave::anywhere(&options);
        vec![Change { field: "summary".to_owned(), before: None, after: Some(write.summary) }]
    }

    fn conclude(
        _collection: String,
        options: String,
        write: Write,
        _response: Response,
    ) -> Conclusion {
        misbehave::anywhere(&options);
        conclusion(&options, &write)
    }

    fn settle(_collection: String, options: String, write: Write, _probe: Response) -> Conclusion {
        misbehave::anywhere(&options);
        conclusion(&options, &write)
    }
}

fn conclusion(options: &str, write: &Write) -> Conclusion {
    let applied = |id: &str| Settled::Applied(Applied { id: id.to_owned(), version: Some(1) });
    match options {
        "settles-too-few" => Conclusion::Decided(vec![]),
        "applied-without-id" => {
            Conclusion::Decided(write.covers.iter().map(|_| applied("")).collect())
        }
        "step" => Conclusion::Continued(step(Method::Put)),
        "step-by-get" => Conclusion::Continued(step(Method::Get)),
        "doubt-for-ever" => Conclusion::Undecided(Doubt { after_ms: u64::MAX, memo: vec![] }),
        _ => Conclusion::Decided(write.covers.iter().map(|_| applied("77")).collect()),
    }
}

fn step(method: Method) -> Step {
    Step { request: request("api", method, "/sales/1"), probe: None, memo: vec![], after_ms: 0 }
}

impl Webhook for Actor {
    fn receive(
        _query: Vec<Pair>,
        _headers: Vec<Pair>,
        body: Vec<u8>,
    ) -> Result<(Option<Signed>, Vec<Hint>), String> {
        let options = options();
        misbehave::anywhere(&options);
        let collection = match options.as_str() {
            "hint-undeclared" => "elsewhere",
            _ => "orders",
        };
        match body.is_empty() {
            true => Err("an empty body".to_owned()),
            false => Ok((None, vec![Hint { collection: collection.to_owned(), find: None }])),
        }
    }
}
