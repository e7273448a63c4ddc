//! What `check` finds: one thing wrong with the account at a time, and nothing where all is well.

use penstock_connector_sdk::connector::{Connector, Finding, Severity, Usage};
use penstock_connector_sdk::script::status;
use penstock_connector_sdk::types::{Failure, Method};
use serde_json::{Value, json};

use super::shelf::Shelf;
use super::till::Till;
use crate::Vend;

fn run(till: Till, connection: &Value, sales: &Value) -> Result<Vec<Finding>, Failure> {
    let usages = [
        Usage { collection: "sales".to_owned(), options: sales.to_string() },
        Usage { collection: "customers".to_owned(), options: "{}".to_owned() },
    ];
    Vend::open(&connection.to_string()).unwrap().check(&usages, &till.host())
}

fn connection() -> Value {
    json!({"domain_prefix": "acme", "register": "Web"})
}

fn sales() -> Value {
    json!({"payments": {"Credit card": "Online"}, "shipping_sku": "SHIP"})
}

/// Exactly one finding beside the notes, with these words in fact and hint.
#[track_caller]
fn check(
    severity: Severity,
    till: Till,
    connection: &Value,
    sales: &Value,
    fact: &str,
    hint: &str,
) {
    let findings = run(till, connection, sales).unwrap();
    let graver: Vec<&Finding> = findings.iter().filter(|f| f.severity != Severity::Note).collect();
    let [finding] = graver.as_slice() else { panic!("{graver:#?}") };
    assert_eq!(finding.severity, severity, "{finding:?}");
    assert!(finding.message.contains(fact), "expected `{fact}`, got {finding:?}");
    assert!(
        finding.hint.as_deref().unwrap_or_default().contains(hint),
        "expected `{hint}`, got {finding:?}"
    );
}

#[test]
fn a_till_in_order_has_notes_only() {
    let findings = run(Till::new(), &connection(), &sales()).unwrap();
    let notes: Vec<&str> = findings.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(
        notes,
        [
            "till `acme` sells in EUR, at prices without tax",
            "sales go to register `Web` at outlet `Main Street`"
        ]
    );
}

#[test]
fn registers() {
    let of = |row: Value| Till::new().list("/2026-07/registers", json!([row]));
    let closed = of(json!({"id": "r", "name": "Web", "outlet_id": "o-main", "is_open": false}));
    check(
        Severity::Fault,
        closed,
        &connection(),
        &sales(),
        "register `Web` is closed",
        "open register `Web`",
    );
    let other = of(json!({"id": "r", "name": "Shop", "outlet_id": "o-main"}));
    check(Severity::Fault, other, &connection(), &sales(), "no register `Web`", "set `register`");
    let deleted =
        of(json!({"id": "r", "name": "Web", "outlet_id": "o-main", "deleted_at": "2026-01-01"}));
    let by_id = json!({"domain_prefix": "acme", "register": "r"});
    check(Severity::Fault, deleted, &by_id, &sales(), "register `r` was deleted", "set `register`");
    let lost = of(json!({"id": "r", "name": "Web", "outlet_id": "o-gone"}));
    check(
        Severity::Fault,
        lost,
        &connection(),
        &sales(),
        "outlet of register `Web` was deleted",
        "set `register`",
    );
}

#[test]
fn users() {
    let named = |user: &str| json!({"domain_prefix": "acme", "register": "Web", "user": user});
    check(
        Severity::Fault,
        Till::new(),
        &named("old"),
        &sales(),
        "user `old` is disabled",
        "set `user`",
    );
    check(Severity::Fault, Till::new(), &named("who"), &sales(), "no user `who`", "set `user`");
    let disabled =
        Till::new().with("/2026-07/user", json!({"data": {"id": "u", "enabled": false}}));
    check(
        Severity::Fault,
        disabled,
        &connection(),
        &sales(),
        "user of the token is disabled",
        "set `user`",
    );
    for name in ["web", "Web Shop", "u-1"] {
        let findings = run(Till::new(), &named(name), &sales()).unwrap();
        assert!(findings.iter().all(|finding| finding.severity == Severity::Note), "{name}");
    }
}

#[test]
fn each_missing_scope_is_named_and_the_rest_is_checked_all_the_same() {
    let scopes = [
        ("/2026-07/retailer", "`retailer:read`"),
        ("/2026-07/registers", "`registers:read`"),
        ("/2026-07/outlets", "`outlets:read`"),
        ("/2026-07/payment_types", "`payment_types:read`"),
        ("/2026-07/taxes", "`taxes:read`"),
        ("/2026-07/user", "`users:read`"),
        ("/2026-07/sales", "`sales:read`"),
        ("/2026-07/products", "`products:read`"),
        ("/2026-07/customers", "`customers:read`"),
    ];
    for (path, scope) in scopes {
        let till = Till::new().answering(path, status(403, r#"{"error":"Forbidden"}"#));
        check(Severity::Fault, till, &connection(), &sales(), scope, "give the token this scope");
    }
}

#[test]
fn payments() {
    let with = |payments: Value| json!({"payments": payments, "shipping_sku": "SHIP"});
    let none = with(json!({}));
    check(Severity::Fault, Till::new(), &connection(), &none, "no payment method", "payments = {");
    let unknown = with(json!({"Credit card": "Web card"}));
    check(
        Severity::Fault,
        Till::new(),
        &connection(),
        &unknown,
        "no payment type `Web card`",
        "`Online`, `Voucher`",
    );
    let other = json!({"other_payments": "Web card", "shipping_sku": "SHIP"});
    check(
        Severity::Fault,
        Till::new(),
        &connection(),
        &other,
        "named for `other_payments`",
        "create `Web card`",
    );
    let twice = Till::new().list(
        "/2026-07/payment_types",
        json!([{"id": "a", "name": "Online"}, {"id": "b", "name": "Online"}]),
    );
    check(Severity::Fault, twice, &connection(), &sales(), "several payment types", "by its id");
}

#[test]
fn taxes() {
    let with = |name: &str, value: Value| {
        let mut options = sales();
        options[name] = value;
        options
    };
    let unknown = with("taxes", json!({"12.5": "GST"}));
    check(
        Severity::Fault,
        Till::new(),
        &connection(),
        &unknown,
        "no tax `GST`, named for `12.5`",
        "create `GST`",
    );
    let none = with("no_tax", json!("Nil"));
    check(
        Severity::Fault,
        Till::new(),
        &connection(),
        &none,
        "no tax `Nil`, named for `no_tax`",
        "create `Nil`",
    );
    let same = json!({"data": [{"id": "a", "name": "A", "rates": [{"rate": 0.1}]}, {"id": "b", "name": "B", "rates": [{"rate": 0.1}]}]});
    let twice = || Till::new().with("/2026-07/taxes", same.clone());
    check(
        Severity::Warning,
        twice(),
        &connection(),
        &sales(),
        "2 taxes of 10 %",
        "taxes = { \"10\" = \"A\" }",
    );
    let chosen = with("taxes", json!({"10": "B"}));
    assert!(
        run(twice(), &connection(), &chosen).unwrap().iter().all(|f| f.severity == Severity::Note)
    );
}

#[test]
fn what_the_account_does_not_name() {
    let retailer = |data: Value| Till::new().with("/2026-07/retailer", json!({"data": data}));
    let no_discount = retailer(json!({"no_tax_group_id": "t-none", "currency": {"code": "EUR"}}));
    check(
        Severity::Warning,
        no_discount,
        &connection(),
        &sales(),
        "no product for discounts",
        "support",
    );
    let no_tax = retailer(json!({"discount_product_id": "p", "currency": {"code": "EUR"}}));
    check(
        Severity::Warning,
        no_tax,
        &connection(),
        &sales(),
        "no tax for lines without tax",
        "set `no_tax`",
    );
}

#[test]
fn service_products() {
    let with = |name: &str, sku: &str| {
        let mut options = sales();
        options[name] = json!(sku);
        options
    };
    check(
        Severity::Fault,
        Till::new(),
        &connection(),
        &with("tip_sku", "TIP"),
        "`TIP` (`tip_sku`): the till has no product",
        "create",
    );
    let stocked = Till::new().product("SHIP", "p", true);
    check(
        Severity::Fault,
        stocked,
        &connection(),
        &sales(),
        "`SHIP` (`shipping_sku`): the till tracks stock",
        "turn stock tracking off",
    );
    let no_shipping = json!({"payments": {"Credit card": "Online"}});
    check(
        Severity::Warning,
        Till::new(),
        &connection(),
        &no_shipping,
        "no product is named for shipping",
        "set `shipping_sku`",
    );
}

#[test]
fn an_account_that_can_not_be_read_is_a_failure() {
    let till = Till::new().answering("/2026-07/registers", status(404, ""));
    assert!(matches!(run(till, &connection(), &sales()), Err(Failure::Unexpected(_))));
}

/// What `check` finds where stock is used: severity and words of each finding beside those of the account.
fn of_stock(shelf: Shelf, options: &Value) -> Vec<(Severity, String)> {
    let retailer = r#"{"data":{"discount_product_id":"p","currency":{"code":"EUR"}}}"#;
    let outlets = r#"{"data":[{"id":"o-main","name":"Main"}]}"#;
    let shelf = [
        ("retailer", retailer),
        ("outlets", outlets),
        ("payment_types", r#"{"data":[]}"#),
        ("taxes", r#"{"data":[]}"#),
    ]
    .into_iter()
    .fold(shelf, |shelf, (path, body)| {
        let path = format!("/2026-07/{path}");
        shelf.answering(Method::Get, &path, penstock_connector_sdk::script::json(body))
    });
    let usages = [Usage { collection: "stock".to_owned(), options: options.to_string() }];
    let vend = Vend::open(&connection().to_string()).unwrap();
    let findings = vend.check(&usages, &shelf.host()).unwrap();
    let words = |f: &Finding| format!("{}; {}", f.message, f.hint.as_deref().unwrap_or_default());
    findings.iter().skip(2).map(|finding| (finding.severity, words(finding))).collect()
}

#[track_caller]
fn one_of_stock(shelf: Shelf, options: &Value, severity: Severity, words: &[&str]) {
    let findings = of_stock(shelf, options);
    let [(found, told)] = findings.as_slice() else { panic!("{findings:?}") };
    assert_eq!(*found, severity, "{told}");
    assert!(words.iter().all(|word| told.contains(word)), "{told}");
}

#[test]
fn stock_that_is_in_order_has_nothing_to_tell() {
    assert!(of_stock(Shelf::new(), &json!({})).is_empty());
}

#[test]
fn scopes_and_the_plan_of_the_account_are_told_where_stock_is_used() {
    let refusing = |method, path: &str, code| {
        Shelf::new().answering(method, path, status(code, r#"{"error":"no"}"#))
    };
    let feed = refusing(Method::Post, "/2026-07/inventory", 403);
    one_of_stock(feed, &json!({}), Severity::Fault, &["`inventory:read`"]);
    for code in [402, 403, 404] {
        let adjustments = refusing(Method::Get, "/2026-07/stock_adjustments", code);
        let words = ["can be read, but not adjusted", "`inventory:write`", "plan"];
        one_of_stock(adjustments, &json!({}), Severity::Warning, &words);
    }
    // Till::new() has none of these, and a pipeline of sales alone does not ask for them.
    run(Till::new(), &connection(), &sales()).unwrap();
}

#[test]
fn reasons_that_are_missing_or_can_not_be_used_are_told() {
    let disabled = Shelf::new();
    let row = json!({"id": "c-up", "name": "Web stock up", "type": "POSITIVE", "enabled": false});
    disabled.reason_row(row);
    one_of_stock(disabled, &json!({}), Severity::Fault, &["`Web stock up`", "enable it"]);
    let named = json!({"reason_up": "Online"});
    one_of_stock(Shelf::new(), &named, Severity::Note, &["no reason `Online` yet"]);
    let same = json!({"reason_up": "Web stock down"});
    one_of_stock(Shelf::new(), &same, Severity::Fault, &["are one", "set `reason_down`"]);
}
