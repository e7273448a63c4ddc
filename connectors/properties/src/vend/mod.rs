//! What Vend answers.

mod till;

use penstock_connector_sdk::commerce::{Entry, Payload};
use penstock_connector_sdk::directory::{Directory, Find};
use penstock_connector_sdk::script::{Script, json, status};
use penstock_connector_sdk::sink::{Answer, Conclusion, Prepare, Settled, Sink, Write};
use penstock_connector_sdk::source::{Pull, Source};
use penstock_connector_sdk::types::{Failure, Response};
use penstock_mutations::Target;
use serde_json::Value;
use vend::Vend;

use crate::given;
use crate::json::{amount, at, is_about};

pub(crate) const TARGET: Target = Target {
    name: "vend",
    check,
    words: &[
        "pull stock\n",
        "pull products\n",
        "find products\n",
        "find customers\n",
        "find stock\n",
        "conclude sales 201\n",
        "conclude sales 409\n",
        "settle sales 200\n",
        "settle sales 404\n",
        "conclude customers 201\n",
        "settle customers 200\n",
        "conclude stock 201\n",
        "settle stock 200\n",
        "null",
        "true",
        "{}",
        "[]",
        "\"\"",
        "\"7\"",
        "\"x\"",
        "0",
        "-1",
        "7.5",
        "1e400",
        "99999999999999999999",
        "\"data\":",
        "\"id\":",
        "\"version\":",
        "\"current_inventory_level\":",
        "\"product_id\":",
        "\"p-mug\"",
        "\"o-main\"",
        "\"quantity\":",
        "\"sku\":",
        "\"status\":",
        "\"state\":",
        "\"total_price\":",
        "\"error\":",
        "\"register_sale\":",
        "\"customer\":",
        "\"totals\":",
        "\"price_incl_tax\":",
        "\"deleted_at\":",
        ",",
        ":",
    ],
    mutations: 3_000,
};

fn check(bytes: &[u8]) {
    let Some((what, body)) = crate::split(bytes) else { return };
    let said: Value = serde_json::from_str(body).unwrap_or_default();
    let mut words = what.split(' ');
    let (verb, collection) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let code = words.next().and_then(|code| code.parse().ok()).unwrap_or(200);
    match (verb, collection) {
        ("pull", "stock" | "products") => {
            let path = if collection == "stock" { till::INVENTORY } else { till::PRODUCTS };
            read(&said, pull(&till::host(&[(path, json(body))]), collection));
        }
        ("find", "products" | "customers") => {
            let by = if collection == "products" { "sku" } else { "email" };
            let host = till::host(&[(till::SEARCH, json(body))]);
            read(&said, find(&host, collection, by, &["MUG", "a@example.org"]));
        }
        ("find", "stock") => {
            let host = till::host(&[("/2026-07/inventory/p-mug", json(body))]);
            read(&said, find(&host, collection, "key", &["p-mug@o-main"]));
        }
        ("conclude" | "settle", "sales" | "customers" | "stock") => {
            answered(verb, collection, status(code, body));
        }
        _ => {}
    }
}

fn pull(host: &Script, collection: &str) -> Result<Vec<Entry>, Failure> {
    let vend = till::vend();
    let mut after: Option<Vec<u8>> = None;
    let mut entries = Vec::new();
    for turn in 0..4 {
        let call = Pull {
            collection,
            options: "{}",
            after: after.as_deref(),
            limit: 100,
            now: till::NOW + turn * 60_000,
        };
        let page = vend.pull(&call, host)?;
        given::page(&page, after.as_deref(), call.limit);
        entries.extend(page.entries);
        after = Some(page.next);
    }
    Ok(entries)
}

fn find(host: &Script, collection: &str, by: &str, values: &[&str]) -> Result<Vec<Entry>, Failure> {
    let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
    let found =
        till::vend().find(&Find { collection, options: "{}", by, values: &values }, host)?;
    assert_eq!(found.len(), values.len(), "one list for each value");
    Ok(found.concat())
}

/// What was read stands in the answer, or it was refused.
fn read(said: &Value, given: Result<Vec<Entry>, Failure>) {
    let entries = match given {
        Ok(entries) => entries,
        Err(failure) => return given::failure(&failure),
    };
    given::entries(&entries);
    for entry in &entries {
        match &entry.payload {
            Payload::StockLevel(_) => level(said, entry),
            Payload::Product(product) => assert!(stands_in(said, "id", &product.id), "{entry:?}"),
            Payload::Customer(customer) => {
                let id = customer.id.as_deref().unwrap_or_default();
                assert!(stands_in(said, "id", id), "{entry:?}");
            }
            other => unreachable!("{other:?}"),
        }
    }
}

/// A level is what the vendor wrote: what is left out is no zero, and neither is null.
fn level(said: &Value, entry: &Entry) {
    let Payload::StockLevel(level) = &entry.payload else { unreachable!("{entry:?}") };
    let Some(on_hand) = level.on_hand else { return };
    let told = |row: &&Value| {
        let word = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default();
        let owner = format!("{}@{}", word("product_id"), word("outlet_id"));
        let quantity = row.get("current_inventory_level").and_then(amount);
        owner == level.owner
            && quantity.is_some_and(|quantity| is_about(quantity, given::amount(on_hand)))
    };
    let rows = at(said, "*").into_iter().chain(at(said, "data.*"));
    assert!(rows.collect::<Vec<_>>().iter().any(told), "{on_hand} is nowhere in {said}");
}

/// Whether some row has that under a name.
fn stands_in(said: &Value, name: &str, text: &str) -> bool {
    let rows = at(said, "*").into_iter().chain(at(said, "data.*")).chain(at(said, "data"));
    rows.chain([said]).any(|row| row.get(name).and_then(Value::as_str) == Some(text))
}

/// What an answer to a write, or to its probe, is taken for.
fn answered(verb: &str, collection: &str, response: Response) {
    let (vend, host) = (till::vend(), till::host(&[]));
    let write = planned(&vend, &host, collection);
    let call = Answer { collection, options: "{}", write: &write, response: &response };
    let conclusion = match verb {
        "settle" => vend.settle(&call, &host),
        _ => vend.conclude(&call),
    };
    match conclusion {
        Conclusion::Decided(settled) => {
            assert_eq!(settled.len(), write.covers.len());
            settled.iter().for_each(|one| applied(one, &response));
        }
        Conclusion::Failed(failure) => given::failure(&failure),
        Conclusion::Continued(step) => {
            assert!(!step.request.path.contains("//"), "{}", step.request.path);
        }
        Conclusion::NotApplied(ms) => assert!(ms <= 3_600_000),
        Conclusion::Undecided(doubt) => assert!(doubt.after_ms <= 3_600_000),
    }
}

/// What is taken for done has an id, and is said by an answer of success.
fn applied(settled: &Settled, response: &Response) {
    if let Settled::Applied(applied) = settled {
        assert!(response.is_success(), "{}: {applied:?}", response.status);
        assert!(!applied.id.is_empty(), "it has no id: {response:?}");
        let body = String::from_utf8_lossy(&response.body).to_lowercase();
        let plain = applied.id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let escaped = body.contains('\\');
        assert!(escaped || !plain || body.contains(&applied.id.to_lowercase()), "{applied:?}");
    }
}

/// The one write that comes of one intake.
fn planned(vend: &Vend, host: &Script, collection: &str) -> Write {
    let (options, intake) = match collection {
        "sales" => (till::SALES_OPTIONS, till::order()),
        "customers" => ("{}", till::customer()),
        _ => (till::STOCK_OPTIONS, till::change()),
    };
    let call = Prepare { collection, options, intakes: vec![intake], known: None };
    let mut plan = vend.prepare(call, host).expect("the till is sound");
    plan.writes.pop().unwrap_or_else(|| unreachable!("nothing is to be written: {plan:?}"))
}
