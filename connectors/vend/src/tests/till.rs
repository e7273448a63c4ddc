//! A till in a few lines, an order for it, and the calls that tests make.

use std::collections::BTreeMap;

use penstock_connector_sdk::commerce::{
    Charge, ChargeKind, Customer, Entry, Order, OrderLine, Payload, Tax, Tender,
};
use penstock_connector_sdk::connector::Connector;
use penstock_connector_sdk::decimal::Decimal;
use penstock_connector_sdk::samples;
use penstock_connector_sdk::script::{Script, json, status};
use penstock_connector_sdk::sink::{Intake, Plan, Prepare, Sink, Write};
use penstock_connector_sdk::types::{Failure, Request, Response};
use serde_json::{Value, json as value};

use crate::Vend;

pub(super) const TOKEN: &str = "7d0f9b1c-8a52-5c7e-9d35-0e2f5a1b4c66";
pub(super) const KEY: &str = "ecwid:1003/orders/733100201";

/// Answers by path, or by path and one query parameter (`/2026-07/search?sku=mug-blu`); the latter counts first.
#[derive(Clone)]
pub(super) struct Till(BTreeMap<String, Response>);

impl Till {
    /// A till in EUR that prices without tax, with one open register, three taxes, two payment types and two products.
    pub(super) fn new() -> Till {
        Till(BTreeMap::new())
            .with("/2026-07/retailer", value!({"data": {"discount_product_id": "p-discount",
                "no_tax_group_id": "t-none", "tax_exclusive": true, "currency": {"code": "EUR"}}}))
            .list("/2026-07/registers", value!([
                {"id": "r-web", "name": "Web", "outlet_id": "o-main", "is_open": true}]))
            .list("/2026-07/outlets", value!([{"id": "o-main", "name": "Main Street"}]))
            .list("/2026-07/payment_types", value!([
                {"id": "pt-online", "name": "Online"}, {"id": "pt-voucher", "name": "Voucher"},
                {"id": "pt-old", "name": "Online", "deleted_at": "2020-01-01T00:00:00Z"}]))
            .with("/2026-07/taxes", value!({"data": [
                {"id": "t-none", "name": "No Tax", "rates": [{"rate": 0}]},
                {"id": "t-vat", "name": "VAT", "rates": [{"rate": 0.125}]},
                {"id": "t-low", "name": "Low", "rates": [{"rate": "0.07"}]},
                {"id": "t-ny", "name": "State and county", "rates": [{"rate": 0.04}, {"rate": 0.045}]}]}))
            .with("/2026-07/user", value!({"data": {"id": "u-token", "enabled": true}}))
            .list("/2026-07/users", value!([
                {"id": "u-1", "username": "web", "display_name": "Web Shop", "enabled": true},
                {"id": "u-2", "username": "old", "display_name": "Old Hand", "enabled": false}]))
            .product("MUG-BLU", "p-mug", true)
            .product("SHIP", "p-ship", false)
            .list("/2026-07/sales", value!([]))
            .list("/2026-07/customers", value!([]))
            .list("/2026-07/products", value!([]))
            .with("/2026-07/search?sku", value!({"data": []}))
            .with("/2026-07/search?email", value!({"data": []}))
            .with("/2026-07/search?date_from", value!({"data": []}))
    }

    pub(super) fn with(self, path: &str, body: Value) -> Till {
        self.answering(path, json(&body.to_string()))
    }

    pub(super) fn answering(mut self, path: &str, answer: Response) -> Till {
        self.0.insert(path.to_owned(), answer);
        self
    }

    /// Rows on one page of version 900, and an empty page after it.
    pub(super) fn list(self, path: &str, rows: Value) -> Till {
        let max =
            if rows.as_array().is_some_and(Vec::is_empty) { Value::Null } else { value!(900) };
        self.with(path, value!({"data": rows, "version": {"min": max, "max": max}})).with(
            &format!("{path}?after=900"),
            value!({"data": [], "version": {"min": null, "max": null}}),
        )
    }

    pub(super) fn product(self, sku: &str, id: &str, counts_stock: bool) -> Till {
        let row = value!({"id": id, "sku": sku, "name": sku, "has_inventory": counts_stock,
            "has_variants": false, "active": true, "is_composite": false, "version": 7});
        self.with(&format!("/2026-07/search?sku={}", sku.to_lowercase()), value!({"data": [row]}))
    }

    pub(super) fn host(self) -> Script {
        Script::new().answers(move |request| self.answer(request))
    }

    fn answer(&self, request: &Request) -> Result<Response, Failure> {
        let exact = request
            .query
            .iter()
            .map(|pair| format!("{}?{}={}", request.path, pair.name, pair.value));
        let named = request.query.iter().map(|pair| format!("{}?{}", request.path, pair.name));
        let names: Vec<String> = exact.chain(named).chain([request.path.clone()]).collect();
        let found = names.iter().find_map(|name| self.0.get(name));
        Ok(found.cloned().unwrap_or_else(|| status(404, r#"{"error":"Not Found"}"#)))
    }
}

pub(super) fn decimal(text: &str) -> Decimal {
    Decimal::parse(text).unwrap()
}

pub(super) fn vat(amount: &str) -> Tax {
    tax("VAT", "12.5", amount)
}

pub(super) fn tax(name: &str, rate: &str, amount: &str) -> Tax {
    Tax { name: name.to_owned(), rate: Some(decimal(rate)), amount: decimal(amount) }
}

pub(super) fn charge(kind: ChargeKind, name: &str, amount: &str, taxes: Vec<Tax>) -> Charge {
    Charge { kind, name: name.to_owned(), amount: decimal(amount), taxes }
}

pub(super) fn tender(method: &str, amount: &str) -> Tender {
    Tender { method: method.to_owned(), amount: decimal(amount), attributes: Vec::new() }
}

/// Two mugs at 18.00 after 2.00 discount each, 12.5 % tax, and postage of 5.00: 46.13 EUR by credit card.
pub(super) fn order() -> Order {
    Order {
        number: "QK7M2".to_owned(),
        lines: vec![OrderLine {
            quantity: decimal("2"),
            amount: decimal("36.00"),
            unit_price: decimal("18.00"),
            unit_discount: decimal("2.00"),
            taxes: vec![vat("4.50")],
            ..samples::line("901", "MUG-BLU")
        }],
        charges: vec![charge(ChargeKind::Shipping, "Post", "5.00", vec![vat("0.63")])],
        tenders: vec![tender("Credit card", "46.13")],
        total: decimal("46.13"),
        ..samples::order("733100201")
    }
}

pub(super) fn intake(order: Order) -> Intake {
    intake_of(samples::entry(KEY, Payload::Order(order)))
}

pub(super) fn customer_intake(email: &str, name: &str) -> Intake {
    let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    intake_of(samples::entry(
        &format!("email:{}", email.to_lowercase()),
        Payload::Customer(Customer {
            id: None,
            email: text(email),
            name: text(name),
            phone: None,
            attributes: Vec::new(),
        }),
    ))
}

fn intake_of(entry: Entry) -> Intake {
    Intake {
        entry,
        token: TOKEN.to_owned(),
        prior: None,
        resolved: Vec::new(),
        attempt: 0,
        memo: Vec::new(),
    }
}

/// The options of the demo: credit cards are `Online`, postage is `SHIP`.
pub(super) fn sales_options() -> Value {
    value!({"payments": {"Credit card": "Online"}, "shipping_sku": "SHIP"})
}

pub(super) fn vend(generation: &str) -> Vend {
    let options = value!({"domain_prefix": "acme", "register": "Web", "api_version": generation});
    Vend::open(&options.to_string()).unwrap()
}

/// Plans one batch of orders by the options of the demo.
pub(super) fn prepare(till: Till, intakes: Vec<Intake>) -> Plan {
    prepare_with(&vend("2026-07"), &till.host(), &sales_options(), intakes, None).unwrap()
}

pub(super) fn prepare_with(
    vend: &Vend,
    host: &Script,
    options: &Value,
    intakes: Vec<Intake>,
    known: Option<u64>,
) -> Result<Plan, Failure> {
    let options = options.to_string();
    vend.prepare(Prepare { collection: "sales", options: &options, intakes, known }, host)
}

/// The one write of a plan that has nothing else.
#[track_caller]
pub(super) fn only_write(plan: Plan) -> Write {
    let refused: Vec<&String> = plan.rejections.iter().map(|row| &row.message).collect();
    assert_eq!((plan.writes.len(), plan.unchanged.len()), (1, 0), "{refused:?}");
    plan.writes.into_iter().next().unwrap()
}

pub(super) fn body(write: &Write) -> Value {
    serde_json::from_slice(write.request.body.as_ref().unwrap()).unwrap()
}
