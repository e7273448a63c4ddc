//! `my-vendor`: a connector to a small example of a vendor's system.
//!
//! It describes; the host acts. Reads go through the host, which adds the address and the secret. Writes are requests as
//! data: the host stores each before it sends it, and asks later what an answer means. There is no clock and no chance.
//!
//! The API that it is written for:
//!
//! ```text
//! GET /orders?after=VERSION&limit=N   {"orders": [...], "more": false}   in the order of their versions, which only rise
//! GET /customers?email=ADDRESS        {"customers": [...]}
//! GET /customers/ID                   a customer, or 404
//! PUT /customers/ID                   creates or replaces one under an id that the client chooses
//! ```

use std::collections::BTreeMap;

use penstock_connector_sdk::commerce::{
    Customer, Entry, LineKind, Order, OrderLine, Payload, PaymentStatus, Tender,
};
use penstock_connector_sdk::connector::{
    Auth, Collection, Connector, Descriptor, Endpoint, Finding, Kind, OptionFault, RateLimit, Usage,
};
use penstock_connector_sdk::directory::{Directory, Find};
use penstock_connector_sdk::host::VendorHost;
use penstock_connector_sdk::sink::{
    Action, Answer, Applied, Change, Conclusion, Doubt, Existing, Explain, Intake, Plan, Prepare,
    Rejection, Settled, Sink, Write,
};
use penstock_connector_sdk::source::{Page, Pull, Source};
use penstock_connector_sdk::types::{Decimal, Failure, Method, Pair, Request, Response};
use penstock_connector_sdk::{fingerprint, instant, json, options, request};
use serde::{Deserialize, Serialize};

const API: &str = "api";
const ORDERS: &str = "orders";
const CUSTOMERS: &str = "customers";
/// Most orders that the vendor gives at once.
const PAGE_MAX: u32 = 100;
/// How long the vendor may take to show what was written.
const SETTLE_MS: u64 = 5_000;

/// What may be set under `[connections.NAME.options]`.
const SCHEMA: &str = r#"{
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {
        "shop": {
            "description": "The shop's name, as in its address `https://NAME.shop.example`.",
            "type": "string",
            "pattern": "^[a-z0-9-]+$"
        }
    },
    "required": ["shop"],
    "additionalProperties": false
}"#;

/// For collections without options.
const NO_OPTIONS: &str = r#"{
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {},
    "additionalProperties": false
}"#;

/// The connector, open for one account.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Vendor {
    /// The host puts it into the address.
    #[expect(dead_code, reason = "only read to tell what is wrong with it")]
    shop: String,
}

/// An order as the vendor writes it.
#[derive(Debug, Deserialize, Hash)]
struct TheirOrder {
    id: String,
    number: String,
    version: u64,
    placed_at: String,
    paid: bool,
    currency: String,
    total: Decimal,
    payment: String,
    email: Option<String>,
    name: Option<String>,
    items: Vec<TheirItem>,
}

#[derive(Debug, Deserialize, Hash)]
struct TheirItem {
    id: String,
    sku: Option<String>,
    name: String,
    quantity: Decimal,
    price: Decimal,
}

#[derive(Debug, Deserialize)]
struct Orders {
    orders: Vec<TheirOrder>,
    more: bool,
}

#[derive(Debug, Deserialize)]
struct Customers {
    customers: Vec<TheirCustomer>,
}

/// A customer as the vendor writes it.
#[derive(Debug, Deserialize, Hash)]
struct TheirCustomer {
    id: String,
    email: Option<String>,
    name: Option<String>,
}

/// A customer as the vendor wants it.
#[derive(Debug, Serialize)]
struct NewCustomer<'a> {
    email: &'a str,
    name: Option<&'a str>,
}

impl Connector for Vendor {
    fn describe() -> Descriptor {
        let collection = |name: &str, summary: &str| Collection {
            name: name.to_owned(),
            summary: summary.to_owned(),
            reads: None,
            writes: Vec::new(),
            finds_by: Vec::new(),
            page_max: PAGE_MAX,
            batch_max: PAGE_MAX,
            without: Vec::new(),
            options_schema: NO_OPTIONS.to_owned(),
            attributes: Vec::new(),
        };
        Descriptor {
            endpoints: vec![Endpoint {
                name: API.to_owned(),
                base_url: "https://{shop}.shop.example/api".to_owned(),
                auth: Auth::Bearer,
                rate_limit: Some(RateLimit {
                    name: "my-vendor".to_owned(),
                    requests: 120,
                    window_ms: 60_000,
                    limit_header: None,
                    remaining_header: None,
                }),
                reads_by_post: Vec::new(),
            }],
            collections: vec![
                Collection {
                    reads: Some(Kind::Order),
                    ..collection(ORDERS, "Orders, whenever they change")
                },
                Collection {
                    writes: vec![Kind::Customer],
                    finds_by: vec!["email".to_owned(), "key".to_owned()],
                    ..collection(CUSTOMERS, "Customers, by their address or id; and new ones")
                },
            ],
            options_schema: SCHEMA.to_owned(),
            // What of requests and answers names no person, so that a recording keeps it as it is.
            attributes: vec![Pair::new(
                "recorded-as-is",
                "id, number, version, placed_at, currency, payment, sku, items.name, ?after, ?limit",
            )],
            ..Descriptor::vendor(
                "my-vendor",
                env!("CARGO_PKG_VERSION"),
                "Orders and customers of an example shop",
                "my-vendor:{shop}",
            )
        }
    }

    fn open(text: &str) -> Result<Self, Vec<OptionFault>> {
        options::parse(text)
    }

    /// `penstock check --online`: one read tells whether the token is good.
    fn check(&self, _usages: &[Usage], host: &impl VendorHost) -> Result<Vec<Finding>, Failure> {
        let page: Orders = read(host, &orders_after(0, 1), "the orders")?;
        Ok(match page.orders.is_empty() {
            true => vec![Finding::warning(
                "the shop has no orders",
                "name the shop that you mean: `shop`",
            )],
            false => Vec::new(),
        })
    }
}

impl Source for Vendor {
    /// A page of what changed. The cursor is the version of the last order that was given.
    fn pull(&self, call: &Pull<'_>, host: &impl VendorHost) -> Result<Page, Failure> {
        let after = match call.after {
            None => 0,
            Some(cursor) => str::from_utf8(cursor)
                .ok()
                .and_then(|text| text.parse().ok())
                .ok_or_else(|| Failure::unexpected("the cursor is none of this connector"))?,
        };
        let answer = answered(host, &orders_after(after, call.limit.min(PAGE_MAX)))?;
        let page: Orders = json::read(&answer, "the orders")?;
        let next = page.orders.last().map_or(after, |order| order.version);
        let entries = page.orders.into_iter().map(|order| entry_of(order, answer.sent_at));
        Ok(Page {
            entries: entries.collect::<Result<_, _>>()?,
            next: next.to_string().into_bytes(),
            more: page.more,
            complete_to: (!page.more).then_some(answer.sent_at),
        })
    }
}

impl Directory for Vendor {
    fn find(&self, call: &Find<'_>, host: &impl VendorHost) -> Result<Vec<Vec<Entry>>, Failure> {
        let found = |value: &String| {
            let request = match call.by {
                "email" => request::get(API).segment(CUSTOMERS).query("email", value).build(),
                _ => customer(value),
            };
            let answer = host.read(&request)?;
            let rows = match (call.by, answer.status) {
                (_, 404) => Vec::new(),
                ("email", _) => {
                    json::read::<Customers>(&good(answer.clone())?, "the customers")?.customers
                }
                _ => vec![json::read(&good(answer.clone())?, "the customer")?],
            };
            Ok(rows.into_iter().map(|row| found_customer(row, answer.sent_at)).collect())
        };
        call.values.iter().map(found).collect()
    }
}

impl Sink for Vendor {
    /// The vendor lets its client choose the id, so the token is the id: the same write twice makes one customer.
    fn prepare(&self, call: Prepare<'_>, _host: &impl VendorHost) -> Result<Plan, Failure> {
        let mut plan = Plan::empty();
        for (at, intake) in (0_u32..).zip(&call.intakes) {
            if let Some(earlier) = &intake.prior {
                let id = earlier.id.clone();
                let (movements, memo) = (Vec::new(), Vec::new());
                plan.unchanged.push(Existing { intake: at, id, movements, memo });
                continue;
            }
            match write_of(at, intake) {
                Ok(write) => plan.writes.push(write),
                Err(message) => plan.rejections.push(Rejection {
                    intake: at,
                    message,
                    hint: None,
                    remote: None,
                }),
            }
        }
        Ok(plan)
    }

    fn explain(&self, call: &Explain<'_>) -> Vec<Change> {
        let body = call.write.request.body.as_deref().unwrap_or_default();
        let fields: BTreeMap<String, Option<String>> =
            serde_json::from_slice(body).unwrap_or_default();
        fields.into_iter().filter_map(|(field, value)| Some(Change::to(field, value?))).collect()
    }

    fn conclude(&self, call: &Answer<'_>) -> Conclusion {
        match call.response.status {
            200..=299 => match json::read::<TheirCustomer>(call.response, "the answer") {
                Ok(row) => applied(row.id),
                // It was taken, but what was said cannot be read: the probe tells.
                Err(_) => doubt(call),
            },
            status => {
                let words = String::from_utf8_lossy(&call.response.body);
                let words: String = words.trim().chars().take(200).collect();
                let message = format!("the shop refuses the customer ({status}): {words}");
                Conclusion::Decided(vec![Settled::Rejected(message)])
            }
        }
    }

    /// The answer never came. The probe reads the customer by the id that it would have.
    fn settle(&self, call: &Answer<'_>, _host: &impl VendorHost) -> Conclusion {
        match call.response.status {
            200..=299 => match json::read::<TheirCustomer>(call.response, "the customer") {
                Ok(row) => applied(row.id),
                Err(failure) => Conclusion::Failed(failure),
            },
            404 => Conclusion::NotApplied(0),
            _ => doubt(call),
        }
    }
}

penstock_connector_sdk::export!(Vendor: source, directory, sink);

fn orders_after(version: u64, limit: u32) -> Request {
    request::get(API).segment(ORDERS).query("after", version).query("limit", limit).build()
}

fn customer(id: &str) -> Request {
    request::get(API).segment(CUSTOMERS).segment(id).build()
}

/// Reads, and tells a refusal as what it means for the run.
fn answered(host: &impl VendorHost, request: &Request) -> Result<Response, Failure> {
    good(host.read(request)?)
}

fn good(answer: Response) -> Result<Response, Failure> {
    match answer.status {
        200..=299 => Ok(answer),
        401 | 403 => Err(Failure::Unauthorized("the shop refuses the token".to_owned())),
        408 | 429 | 500..=599 => Err(Failure::RetryAfter(10_000)),
        status => Err(Failure::unexpected(format!("the shop answered {status}"))),
    }
}

fn read<T: for<'a> Deserialize<'a>>(
    host: &impl VendorHost,
    request: &Request,
    what: &str,
) -> Result<T, Failure> {
    json::read(&answered(host, request)?, what)
}

/// An order in the common vocabulary. Nothing is computed that the vendor tells, and nothing is adjusted: what does not
/// add up is held by the host.
fn entry_of(order: TheirOrder, read_at: i64) -> Result<Entry, Failure> {
    let revision = format!("{:016x}", fingerprint::of(&order));
    let placed_at = instant::parse(&order.placed_at)
        .map_err(|fault| Failure::unexpected(format!("order {}: {fault}", order.number)))?;
    let lines = order.items.into_iter().map(line_of).collect::<Result<_, _>>()?;
    let payment_status =
        if order.paid { PaymentStatus::Paid } else { PaymentStatus::AwaitingPayment };
    let tender = Tender { method: order.payment, amount: order.total, attributes: Vec::new() };
    let payload = Payload::Order(Order {
        id: order.id.clone(),
        number: order.number,
        placed_at,
        paid_at: None,
        updated_at: placed_at,
        payment_status,
        currency: order.currency,
        customer: Some(Customer {
            id: None,
            email: order.email,
            name: order.name,
            phone: None,
            attributes: Vec::new(),
        }),
        matched_customer: None,
        lines,
        charges: Vec::new(),
        tenders: if order.paid { vec![tender] } else { Vec::new() },
        total: order.total,
        refunded: Decimal::ZERO,
        note: None,
        attributes: Vec::new(),
    });
    Ok(Entry { key: order.id, revision, read_at, payload })
}

fn line_of(item: TheirItem) -> Result<OrderLine, Failure> {
    Ok(OrderLine {
        kind: LineKind::Goods,
        product: item.sku.clone(),
        stock_owner: None,
        matched_product: None,
        amount: item.price.checked_mul(item.quantity)?,
        unit_price: item.price,
        unit_discount: Decimal::ZERO,
        taxes: Vec::new(),
        options: Vec::new(),
        takes_stock: true,
        attributes: Vec::new(),
        id: item.id,
        sku: item.sku,
        name: item.name,
        quantity: item.quantity,
    })
}

fn found_customer(row: TheirCustomer, read_at: i64) -> Entry {
    let revision = format!("{:016x}", fingerprint::of(&row));
    let payload = Payload::Customer(Customer {
        id: Some(row.id.clone()),
        email: row.email,
        name: row.name,
        phone: None,
        attributes: Vec::new(),
    });
    Entry { key: row.id, revision, read_at, payload }
}

/// The write of one intake, or why there is none.
fn write_of(at: u32, intake: &Intake) -> Result<Write, String> {
    let Payload::Customer(new) = &intake.entry.payload else {
        return Err("the shop takes customers here, and this is none".to_owned());
    };
    let email = new.email.as_deref().ok_or("the customer has no address")?;
    let body = NewCustomer { email, name: new.name.as_deref() };
    let body = serde_json::to_string(&body).map_err(|error| error.to_string())?;
    Ok(Write {
        action: Action::Create,
        covers: vec![at],
        summary: format!("customer {email}"),
        movements: Vec::new(),
        request: request::to(Method::Put, API)
            .segment(CUSTOMERS)
            .segment(&intake.token)
            .json_body(body)
            .build(),
        probe: Some(customer(&intake.token)),
        memo: Vec::new(),
        settle_ms: SETTLE_MS,
        send_before: None,
    })
}

fn applied(id: String) -> Conclusion {
    Conclusion::Decided(vec![Settled::Applied(Applied { id, version: None })])
}

fn doubt(call: &Answer<'_>) -> Conclusion {
    Conclusion::Undecided(Doubt { after_ms: SETTLE_MS, memo: call.write.memo.clone() })
}

#[cfg(test)]
mod tests {
    use penstock_connector_sdk::samples;
    use penstock_connector_sdk::script::{Script, json, status};

    use super::*;

    const ORDER: &str = r#"{
        "id": "7", "number": "1007", "version": 12, "placed_at": "2026-01-05T09:30:00Z", "paid": true,
        "currency": "EUR", "total": 25.50, "payment": "card", "email": "ann@example.com", "name": "Ann Example",
        "items": [{ "id": "1", "sku": "MUG-01", "name": "Mug", "quantity": 3, "price": 8.50 }]
    }"#;

    fn vendor() -> Vendor {
        Vendor::open(r#"{ "shop": "acme" }"#).unwrap()
    }

    fn intake(payload: Payload) -> Intake {
        Intake {
            entry: samples::entry("email:ann@example.com", payload),
            token: "0d87bf1f-37b6-519b-9c3b-f3be36e411a4".to_owned(),
            prior: None,
            resolved: Vec::new(),
            attempt: 0,
            memo: Vec::new(),
        }
    }

    fn ann() -> Payload {
        Payload::Customer(Customer {
            id: None,
            email: Some("ann@example.com".to_owned()),
            name: Some("Ann Example".to_owned()),
            phone: None,
            attributes: Vec::new(),
        })
    }

    fn plan(intakes: Vec<Intake>) -> Plan {
        let call = Prepare { collection: CUSTOMERS, options: "{}", intakes, known: None };
        vendor().prepare(call, &Script::new()).unwrap()
    }

    fn pull(after: Option<&[u8]>, host: &Script) -> Result<Page, Failure> {
        let call = Pull { collection: ORDERS, options: "{}", after, limit: 500, now: 0 };
        vendor().pull(&call, host)
    }

    #[test]
    fn orders_come_after_the_cursor_and_add_up() {
        let host = Script::new()
            .answers(|_| Ok(json(&format!(r#"{{"orders": [{ORDER}], "more": false}}"#))));
        let page = pull(Some(b"11"), &host).unwrap();
        let asked = &host.requests()[0];
        assert_eq!((asked.path.as_str(), asked.query_value("after")), ("/orders", Some("11")));
        assert_eq!(asked.query_value("limit"), Some("100"));
        assert_eq!(page.next, b"12");
        let Payload::Order(order) = &page.entries[0].payload else { panic!("no order") };
        assert_eq!(order.lines[0].amount, order.total);
        assert_eq!(order.payment_status, PaymentStatus::Paid);
    }

    #[test]
    fn a_refusal_of_the_token_pauses_the_connection() {
        let host = Script::new().answers(|_| Ok(status(401, "")));
        assert!(matches!(pull(None, &host), Err(Failure::Unauthorized(_))));
    }

    #[test]
    fn customers_are_found_by_address_and_by_id() {
        let ann = r#"{"id": "c1", "email": "ann@example.com", "name": "Ann Example"}"#;
        let host = Script::new().answers(move |request| match request.path.as_str() {
            "/customers" => Ok(json(&format!(r#"{{"customers": [{ann}]}}"#))),
            "/customers/c1" => Ok(json(ann)),
            _ => Ok(status(404, "")),
        });
        let find = |by: &str, value: &str| {
            let values = [value.to_owned()];
            let call = Find { collection: CUSTOMERS, options: "{}", by, values: &values };
            vendor().find(&call, &host).unwrap().remove(0)
        };
        assert_eq!(find("email", "ann@example.com")[0].key, "c1");
        assert_eq!(find("key", "c1").len(), 1);
        assert_eq!(find("key", "c2").len(), 0);
    }

    #[test]
    fn a_customer_is_written_under_its_token_and_a_lost_answer_is_probed() {
        let plan = plan(vec![intake(ann())]);
        let write = &plan.writes[0];
        assert_eq!(write.request.path, "/customers/0d87bf1f-37b6-519b-9c3b-f3be36e411a4");
        assert_eq!(write.probe.as_ref().unwrap().path, write.request.path);
        let means = |response: &Response| {
            vendor().settle(
                &Answer { collection: CUSTOMERS, options: "{}", write, response },
                &Script::new(),
            )
        };
        assert_eq!(means(&status(404, "")), Conclusion::NotApplied(0));
        assert_eq!(means(&json(r#"{"id": "c1"}"#)), applied("c1".to_owned()));
        let explain =
            Explain { collection: CUSTOMERS, options: "{}", write, intakes: &[intake(ann())] };
        assert_eq!(
            vendor().explain(&explain),
            [Change::to("email", "ann@example.com"), Change::to("name", "Ann Example")]
        );
    }

    #[test]
    fn what_is_refused_is_told_with_the_vendors_words() {
        let plan = plan(vec![intake(ann())]);
        let answer = Answer {
            collection: CUSTOMERS,
            options: "{}",
            write: &plan.writes[0],
            response: &status(422, "no such domain"),
        };
        let Conclusion::Decided(settled) = vendor().conclude(&answer) else { panic!("undecided") };
        let told = "the shop refuses the customer (422): no such domain".to_owned();
        assert_eq!(settled, [Settled::Rejected(told)]);
    }

    #[test]
    fn every_intake_is_dealt_with_once() {
        let order = Payload::Order(samples::order("1"));
        let plan = plan(vec![intake(order), intake(ann())]);
        assert_eq!((plan.rejections[0].intake, plan.writes[0].covers[0]), (0, 1));
    }
}
