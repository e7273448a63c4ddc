//! What Ecwid answers.

use ecwid::Ecwid;
use penstock_connector_sdk::commerce::{Entry, Order, Payload};
use penstock_connector_sdk::connector::Connector;
use penstock_connector_sdk::directory::{Directory, Find};
use penstock_connector_sdk::script::{Script, json};
use penstock_connector_sdk::source::{Pull, Source};
use penstock_connector_sdk::types::{Failure, Request, Response};
use penstock_mutations::Target;
use serde_json::Value;

use crate::given;
use crate::json::{amount, at, is_about};

pub(crate) const TARGET: Target = Target {
    name: "ecwid",
    check,
    words: &[
        "pull orders\n",
        "pull stock\n",
        "pull products\n",
        "find orders\n",
        "find products\n",
        "profile\n",
        "null",
        "true",
        "{}",
        "[]",
        "\"\"",
        "\"12.50\"",
        "\"x\"",
        "0",
        "-1",
        "1e2",
        "1e400",
        "0.000000000000000000001",
        "99999999999999999999",
        "\"internalId\":",
        "\"orderNumber\":",
        "\"total\":",
        "\"price\":",
        "\"quantity\":",
        "\"items\":",
        "\"taxes\":",
        "\"combinations\":",
        "\"unlimited\":",
        "\"updateTimestamp\":",
        "\"paymentStatus\":",
        "\"PAID\"",
        "\"refundedAmount\":",
        "\"giftCardRedemption\":",
        "\"pricesIncludeTax\":",
        "\\u0000",
        ",",
        ":",
    ],
    mutations: 3_000,
};

/// 2026-01-05T09:31:00Z.
const NOW: i64 = 1_767_605_460_000;
const PROFILE: &str = r#"{"formatsAndUnits":{"currency":"EUR","currencyPrecision":2}}"#;

/// Where an order has amounts.
const AMOUNTS: [&str; 29] = [
    "total",
    "tax",
    "discount",
    "couponDiscount",
    "customDiscount.*",
    "refundedAmount",
    "giftCardRedemption",
    "totalBeforeGiftCardRedemption",
    "loyalty.redemption.amount",
    "storeCredit.redemption.amount",
    "shippingOption.shippingRate",
    "shippingOption.discountedShippingRate",
    "handlingFee.value",
    "customSurcharges.*.total",
    "customSurcharges.*.totalWithoutTax",
    "customSurcharges.*.taxes.*.value",
    "customSurcharges.*.taxes.*.total",
    "taxesOnShipping.*.value",
    "taxesOnShipping.*.total",
    "items.*.price",
    "items.*.quantity",
    "items.*.couponAmount",
    "items.*.discounts.*.total",
    "items.*.taxes.*.value",
    "items.*.taxes.*.total",
    "items.*.taxes.*.taxOnDiscountedSubtotal",
    "items.*.taxes.*.taxOnShipping",
    "items.*.taxes.*.taxOnHandlingFee",
    "refundedAmount",
];

fn check(bytes: &[u8]) {
    let Some((what, body)) = crate::split(bytes) else { return };
    let path = match what {
        "profile" => "/profile",
        "find orders" | "pull orders" => "/orders",
        _ => "/products",
    };
    let host = host(path, body);
    let ecwid = Ecwid::open(r#"{"store_id": 1003}"#).expect("the options are good");
    let given = match what {
        "profile" | "pull orders" => pull(&ecwid, &host, "orders", r#"{"start": "2026-01-01"}"#),
        "pull stock" => pull(&ecwid, &host, "stock", "{}"),
        "pull products" => pull(&ecwid, &host, "products", "{}"),
        "find orders" => find(&ecwid, &host, "orders", "key", &["733100201", "1"]),
        "find products" => find(&ecwid, &host, "products", "sku", &["MUG", "MUG-BLU", "CUP"]),
        _ => return,
    };
    let entries = match given {
        Ok(entries) => entries,
        Err(failure) => return given::failure(&failure),
    };
    given::entries(&entries);
    let said: Value = match serde_json::from_str(body) {
        Ok(said) => said,
        Err(fault) => {
            assert!(entries.is_empty() || what == "profile", "{fault}, and entries came of it");
            return;
        }
    };
    match what {
        "profile" => told_currency(&said, &entries),
        "pull orders" | "find orders" => entries.iter().for_each(|entry| order(&said, entry)),
        "pull stock" => entries.iter().for_each(|entry| level(&said, entry)),
        _ => {}
    }
}

/// A store in which one path answers that body; what else is asked for is plain.
fn host(path: &str, body: &str) -> Script {
    let (path, body) = (path.to_owned(), body.to_owned());
    let answer = move |request: &Request| -> Response {
        if request.path == path || request.path.starts_with(&format!("{path}/")) {
            return json(&body);
        }
        match request.path.as_str() {
            "/profile" => json(PROFILE),
            "/orders" => json(
                r#"{"total":1,"items":[{"internalId":1,"paymentStatus":"PAID","createTimestamp":1767605000,
                "updateTimestamp":1767605000,"total":5,"items":[{"price":5,"quantity":1}]}]}"#,
            ),
            _ => json(r#"{"total":0,"items":[]}"#),
        }
    };
    Script::new().answers(move |request| Ok(answer(request)))
}

/// Some pages, for one answer serves them all.
fn pull(ecwid: &Ecwid, host: &Script, name: &str, options: &str) -> Result<Vec<Entry>, Failure> {
    let mut after: Option<Vec<u8>> = None;
    let mut entries = Vec::new();
    for turn in 0..4 {
        let call = Pull {
            collection: name,
            options,
            after: after.as_deref(),
            limit: 100,
            now: NOW + turn * 60_000,
        };
        let page = ecwid.pull(&call, host)?;
        given::page(&page, after.as_deref(), call.limit);
        entries.extend(page.entries);
        after = Some(page.next);
    }
    Ok(entries)
}

fn find(
    ecwid: &Ecwid,
    host: &Script,
    collection: &str,
    by: &str,
    values: &[&str],
) -> Result<Vec<Entry>, Failure> {
    let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
    let found = ecwid.find(&Find { collection, options: "{}", by, values: &values }, host)?;
    assert_eq!(found.len(), values.len(), "one list for each value");
    Ok(found.concat())
}

/// Orders bear the currency that the store's profile tells.
fn told_currency(said: &Value, entries: &[Entry]) {
    let told = at(said, "formatsAndUnits.currency");
    for entry in entries {
        if let Payload::Order(order) = &entry.payload {
            assert_eq!(told.first().and_then(|told| told.as_str()), Some(order.currency.as_str()));
        }
    }
}

/// The rows of an answer that have this key: a list of orders, or one order.
fn rows<'a>(said: &'a Value, key: &str) -> Vec<&'a Value> {
    let all = at(said, "items.*").into_iter().chain([said]);
    let id = |row: &Value, name: &str| {
        row.get(name).filter(|id| !id.is_null()).map(|id| id.to_string().replace('"', ""))
    };
    all.filter(|row| {
        id(row, "internalId").or_else(|| id(row, "orderNumber")).as_deref() == Some(key)
    })
    .collect()
}

/// Every amount of the order is one, and the lines bear what the vendor wrote.
fn order(said: &Value, entry: &Entry) {
    let Payload::Order(order) = &entry.payload else { unreachable!("{entry:?}") };
    // Of several rows under one key it cannot be told which was meant.
    let [row] = rows(said, &entry.key)[..] else { return };
    for path in AMOUNTS {
        for value in at(row, path) {
            assert!(value.is_null() || amount(value).is_some(), "`{path}` is {value}: {order:?}");
        }
    }
    assert!(row.get("total").is_some_and(|total| amount(total).is_some()), "{row}");
    let refunded = row.get("refundedAmount").and_then(amount).unwrap_or(0.0);
    assert!(is_about(given::amount(order.refunded), refunded));
    let items = at(row, "items.*");
    assert_eq!(items.len(), order.lines.len());
    items.iter().zip(&order.lines).for_each(|(item, line)| {
        let number = |name: &str| item.get(name).and_then(amount).expect("it is an amount");
        let (price, quantity) = (number("price"), number("quantity"));
        assert!(is_about(given::amount(line.quantity), quantity), "{item}: {line:?}");
        if price != 0.0 && quantity != 0.0 && is_plain(item) {
            assert!(is_about(given::amount(line.amount), price * quantity), "{item}: {line:?}");
        }
    });
    adds_up(order, row);
}

/// Whether the item has neither taxes nor discounts.
fn is_plain(item: &Value) -> bool {
    let nothing = |name: &str| {
        item.get(name)
            .is_none_or(|found| found.is_null() || found.as_array().is_some_and(Vec::is_empty))
    };
    nothing("taxes") && nothing("discounts") && nothing("couponAmount")
}

/// A total is none where the vendor wrote one only if something else paid it.
fn adds_up(order: &Order, row: &Value) {
    let told = row.get("total").and_then(amount).unwrap_or(0.0);
    assert!(told == 0.0 || !order.total.is_zero() || told < 0.0, "{row}: {order:?}");
}

/// A level is what the vendor wrote, and absent where nothing is counted.
fn level(said: &Value, entry: &Entry) {
    let Payload::StockLevel(level) = &entry.payload else { unreachable!("{entry:?}") };
    let Some(on_hand) = level.on_hand else { return };
    let (product, variation) = match level.owner.split_once('-') {
        Some((product, variation)) => (product, Some(variation)),
        None => (level.owner.as_str(), None),
    };
    let is = |row: &Value, id: &str| {
        row.get("id").is_some_and(|it| it.to_string().replace('"', "") == id)
    };
    let products = at(said, "items.*").into_iter().filter(|row| is(row, product));
    let counters: Vec<&Value> = match variation {
        None => products.collect(),
        Some(variation) => products
            .flat_map(|row| at(row, "combinations.*"))
            .filter(|row| is(row, variation))
            .collect(),
    };
    let told = |row: &&Value| {
        let quantity = row.get("quantity").and_then(amount);
        quantity.is_some_and(|quantity| is_about(quantity, given::amount(on_hand)))
            && row.get("unlimited") != Some(&Value::Bool(true))
    };
    assert!(counters.iter().any(told), "{on_hand} is nowhere in {counters:?}");
}
