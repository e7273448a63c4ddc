//! A sound till in a few lines, and what is written to it.

use std::collections::BTreeMap;

use penstock_connector_sdk::commerce::{
    Customer, Entry, Order, OrderLine, Payload, StockChange, StockMove, Tax, Tender,
};
use penstock_connector_sdk::connector::Connector;
use penstock_connector_sdk::decimal::Decimal;
use penstock_connector_sdk::samples;
use penstock_connector_sdk::script::{Script, json, status};
use penstock_connector_sdk::sink::Intake;
use penstock_connector_sdk::types::{Request, Response};
use vend::Vend;

pub(super) const INVENTORY: &str = "/2026-07/inventory";
pub(super) const PRODUCTS: &str = "/2026-07/products";
pub(super) const SEARCH: &str = "/2026-07/search";

/// 2026-01-05T09:31:00Z.
pub(super) const NOW: i64 = 1_767_605_460_000;

pub(super) const SALES_OPTIONS: &str =
    r#"{"payments": {"Credit card": "Online"}, "shipping_sku": "SHIP"}"#;
pub(super) const STOCK_OPTIONS: &str =
    r#"{"reason_up": "Web stock up", "reason_down": "Web stock down"}"#;

/// What is asked for, and the answer. A parameter of the query makes an answer of its own.
const ANSWERS: [(&str, &str); 17] = [
    (
        "/2026-07/retailer",
        r#"{"data":{"discount_product_id":"p-discount","no_tax_group_id":"t-none","tax_exclusive":true,
        "currency":{"code":"EUR"}}}"#,
    ),
    (
        "/2026-07/registers",
        r#"{"data":[{"id":"r-web","name":"Web","outlet_id":"o-main","is_open":true}],"version":{"max":9}}"#,
    ),
    ("/2026-07/outlets", r#"{"data":[{"id":"o-main","name":"Main"}],"version":{"max":9}}"#),
    ("/2026-07/payment_types", r#"{"data":[{"id":"pt-1","name":"Online"}],"version":{"max":9}}"#),
    (
        "/2026-07/taxes",
        r#"{"data":[{"id":"t-none","name":"No Tax","rates":[{"rate":0}]},
        {"id":"t-vat","name":"VAT","rates":[{"rate":0.125}]}]}"#,
    ),
    ("/2026-07/user", r#"{"data":{"id":"u-1","enabled":true}}"#),
    (
        "/2026-07/users",
        r#"{"data":[{"id":"u-1","username":"web","enabled":true}],"version":{"max":9}}"#,
    ),
    ("/2026-07/sales", EMPTY),
    ("/2026-07/customers", EMPTY),
    (PRODUCTS, MUGS),
    (
        "/2026-07/products/p-mug",
        r#"{"data":{"id":"p-mug","sku":"MUG","name":"Mug","has_inventory":true,"version":8}}"#,
    ),
    (SEARCH, r#"{"data":[]}"#),
    ("/2026-07/search?sku", MUGS),
    (INVENTORY, LEVELS),
    ("/2026-07/inventory/p-mug", LEVELS),
    ("/2026-07/stock_adjustments", EMPTY),
    (
        "/2026-07/custom_inventory_adjustment_reasons",
        r#"{"data":[{"id":"c-up","name":"Web stock up","type":"POSITIVE","enabled":true},
        {"id":"c-down","name":"Web stock down","type":"NEGATIVE","enabled":true}],"version":{"max":9}}"#,
    ),
];
const EMPTY: &str = r#"{"data":[],"version":{"min":null,"max":null}}"#;
const MUGS: &str = r#"{"data":[{"id":"p-mug","sku":"MUG","name":"Mug","has_inventory":true,"has_variants":false,
    "is_composite":false,"active":true,"version":8}],"version":{"min":8,"max":8}}"#;
const LEVELS: &str =
    r#"[{"product_id":"p-mug","outlet_id":"o-main","current_inventory_level":7,"version":9}]"#;

pub(super) fn vend() -> Vend {
    let options = r#"{"domain_prefix": "acme", "register": "Web", "api_version": "2026-07"}"#;
    Vend::open(options).expect("the options are good")
}

/// A sound till, but for these answers. A page after another is empty.
pub(super) fn host(instead: &[(&str, Response)]) -> Script {
    let mut answers: BTreeMap<String, Response> =
        ANSWERS.iter().map(|(path, body)| ((*path).to_owned(), json(body))).collect();
    for (path, answer) in instead {
        answers.retain(|known, _| !known.starts_with(&format!("{path}?")));
        answers.insert((*path).to_owned(), answer.clone());
    }
    let fixed: Vec<String> = instead.iter().map(|(path, _)| (*path).to_owned()).collect();
    Script::new().answers(move |request: &Request| {
        let further = request.query_value("after").is_some() && !fixed.contains(&request.path);
        if further {
            return Ok(json(EMPTY));
        }
        let named = request.query.iter().map(|pair| format!("{}?{}", request.path, pair.name));
        let mut names = named.chain([request.path.clone()]);
        let found = names.find_map(|name| answers.get(&name));
        Ok(found.cloned().unwrap_or_else(|| status(404, "{}")))
    })
}

fn intake(key: &str, payload: Payload) -> Intake {
    Intake {
        entry: Entry { read_at: NOW, ..samples::entry(key, payload) },
        token: "7d0f9b1c-8a52-5c7e-9d35-0e2f5a1b4c66".to_owned(),
        prior: None,
        resolved: Vec::new(),
        attempt: 0,
        memo: Vec::new(),
    }
}

/// Two mugs and their tax.
pub(super) fn order() -> Intake {
    let amount = |units| Decimal::new(units, 2);
    let tax = Tax { name: "VAT".to_owned(), rate: Some(Decimal::new(125, 1)), amount: amount(450) };
    let order = Order {
        number: "QK7M2".to_owned(),
        lines: vec![OrderLine {
            quantity: Decimal::new(2, 0),
            amount: amount(3600),
            unit_price: amount(1800),
            taxes: vec![tax],
            ..samples::line("901", "MUG")
        }],
        tenders: vec![Tender {
            method: "Credit card".to_owned(),
            amount: amount(4050),
            attributes: Vec::new(),
        }],
        total: amount(4050),
        ..samples::order("733100201")
    };
    intake("ecwid:1003/orders/733100201", Payload::Order(order))
}

pub(super) fn customer() -> Intake {
    let customer = Customer {
        id: None,
        email: Some("a@example.org".to_owned()),
        name: Some("Anna Amundsen".to_owned()),
        phone: None,
        attributes: Vec::new(),
    };
    intake("email:a@example.org", Payload::Customer(customer))
}

pub(super) fn change() -> Intake {
    let change = StockChange {
        owner: "p-mug@o-main".to_owned(),
        location: "o-main".to_owned(),
        quantity: StockMove::By(Decimal::new(-2, 0)),
        cause: "ecwid:1003/orders/1#1".to_owned(),
        reason: "the shop sold".to_owned(),
        attributes: Vec::new(),
    };
    intake("c1", Payload::StockChange(change))
}
