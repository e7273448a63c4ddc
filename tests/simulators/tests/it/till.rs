//! Vend: versions, lists, auth, rate limits, registers, products, stock.

use super::{id_of, product, till_get, till_post, till_send, till_side, world};
use penstock_simulators::clock;
use penstock_simulators::http::Request;
use penstock_simulators::knobs::{AdjustmentBatch, AfterBound, ProductsBySku, RetryAfter};
use penstock_simulators::till::TillCounter;
use penstock_simulators::world::{NOW_MS, World};
use rust_decimal::Decimal;
use serde_json::{Value, json};

fn versions(page: &Value) -> Vec<u64> {
    page["data"].as_array().unwrap().iter().map(|row| row["version"].as_u64().unwrap()).collect()
}

#[test]
fn lists_ascend_by_version_to_an_empty_page() {
    let mut world = world();
    let (mut after, mut seen) = (0, Vec::new());
    loop {
        let page =
            till_get(&mut world, &format!("/2026-07/customers?after={after}&page_size=60")).value();
        let versions = versions(&page);
        if versions.is_empty() {
            assert_eq!(page["version"], json!({ "min": null, "max": null }));
            break;
        }
        assert!(versions.len() <= 60);
        assert_eq!(page["version"]["max"].as_u64(), versions.last().copied());
        after = page["version"]["max"].as_u64().unwrap();
        seen.extend(versions);
    }
    assert!(seen.is_sorted_by(|a, b| a < b));
    assert_eq!(seen.len(), 211, "one walk-in, 200 known, five twice");
}

#[test]
fn a_page_is_never_larger_than_the_cap() {
    let mut world = world();
    let count = |world: &mut World| {
        let page = till_get(world, "/2026-07/customers?page_size=5000").value();
        page["data"].as_array().unwrap().len()
    };
    assert_eq!(count(&mut world), 200);
    world.till.knobs.page_size_cap = 17;
    assert_eq!(count(&mut world), 17);
}

#[test]
fn the_bound_of_a_list_is_a_knob() {
    let mut world = world();
    let first = versions(&till_get(&mut world, "/2026-07/users").value());
    let path = format!("/2026-07/users?after={}", first[0]);
    assert_eq!(versions(&till_get(&mut world, &path).value()), first[1..]);
    world.till.knobs.after_bound = AfterBound::Inclusive;
    assert_eq!(versions(&till_get(&mut world, &path).value()), first);
    let before = format!("/2026-07/users?before={}", first[1]);
    assert_eq!(versions(&till_get(&mut world, &before).value()), first[..1]);
    let nothing = format!("/2026-07/users?after={}&before={}", first[1], first[0]);
    assert!(versions(&till_get(&mut world, &nothing).value()).is_empty());
}

#[test]
fn a_lower_version_may_be_seen_later_than_a_higher_one() {
    let mut world = world();
    world.till.knobs.version_gap_ms = 1000;
    let newest = versions(&till_get(&mut world, "/2026-07/payment_types").value()).pop().unwrap();
    for index in 0..30 {
        world.till.add_payment_type(&format!("Kind {index}"), 3);
    }
    let path = format!("/api/2026-07/payment_types?after={newest}");
    let request = Request::get(&path).bearer(till_side::DEMO_TOKEN);
    let at_once = versions(&world.till.handle(&request, NOW_MS).value());
    let later = versions(&world.till.handle(&request, NOW_MS + 1000).value());
    assert_eq!(later.len(), 30);
    assert!(at_once.len() < 30);
    let hidden = later.iter().find(|version| !at_once.contains(version)).unwrap();
    assert!(hidden < at_once.last().unwrap(), "a cursor at the maximum loses it");
}

#[test]
fn an_unknown_token_is_401_and_a_missing_scope_403() {
    let mut world = world();
    let request = Request::get("/api/2026-07/sales");
    assert_eq!(world.till.handle(&request, NOW_MS).status, 401);
    world.till.set_token("narrow", &["sales:read"]);
    let list = request.bearer("narrow");
    assert_eq!(world.till.handle(&list, NOW_MS).status, 200);
    let write = Request::new("POST", "/api/2026-07/sales").bearer("narrow").json(&json!({}));
    let refused = world.till.handle(&write, NOW_MS);
    assert_eq!((refused.status, refused.value()["error"].clone()), (403, json!("Forbidden")));
    assert_eq!(till_get(&mut world, "/2026-07/nothing").status, 404);
    assert_eq!(till_get(&mut world, "/products").status, 410);
}

#[test]
fn the_rate_follows_the_registers_and_429_bears_a_date() {
    let mut world = world();
    let request = Request::get("/api/2026-07/users").bearer(till_side::DEMO_TOKEN);
    let first = world.till.handle(&request, NOW_MS);
    assert_eq!(first.header_value("x-ratelimit-limit"), Some("650"), "two registers");
    assert_eq!(first.header_value("x-ratelimit-remaining"), Some("649"));
    for _ in 1..650 {
        assert_eq!(world.till.handle(&request, NOW_MS).status, 200);
    }
    let refused = world.till.handle(&request, NOW_MS + 1);
    assert_eq!(refused.status, 429);
    assert_eq!(refused.header_value("x-ratelimit-remaining"), Some("0"));
    let open = clock::http_date(NOW_MS + 300_000);
    assert_eq!(refused.header_value("retry-after"), Some(open.as_str()));
    assert_eq!(refused.value()["message"], "Rate limiting enforced");
    world.till.knobs.retry_after = RetryAfter::Seconds;
    let refused = world.till.handle(&request, NOW_MS + 1000);
    assert_eq!(refused.header_value("retry-after"), Some("299"));
    world.till.knobs.retry_after = RetryAfter::Absent;
    assert_eq!(world.till.handle(&request, NOW_MS + 1000).header_value("retry-after"), None);
    assert_eq!(world.till.handle(&request, NOW_MS + 300_000).status, 200);
}

#[test]
fn reference_data_is_there() {
    let mut world = world();
    let retailer = till_get(&mut world, "/2026-07/retailer").value()["data"].clone();
    let no_tax = id_of(&mut world, "/2026-07/taxes", "name", "No Tax");
    assert_eq!(retailer["no_tax_group_id"], no_tax.as_str());
    let taxes = till_get(&mut world, "/2026-07/taxes").value();
    assert!(taxes.get("version").is_none());
    let half =
        taxes["data"].as_array().unwrap().iter().find(|it| it["name"] == "GST 12.5%").unwrap();
    assert_eq!(half["rates"][0]["rate"].to_string(), "0.125");
    let old = till_get(&mut world, "/taxes").value();
    assert!(old["taxes"].as_array().unwrap().iter().any(|it| it["rate"] == super::number("0.085")));
    let register = id_of(&mut world, "/2026-07/registers", "name", "Web");
    let read = till_get(&mut world, &format!("/2026-07/registers/{register}")).value();
    assert_eq!(read["data"]["is_open"], true);
    assert_eq!(read["data"]["outlet_id"], world.outlet.to_string());
    let path = format!("/2026-07/registers/{register}/actions/close");
    assert_eq!(till_send(&mut world, "PUT", &path, json!({})).value()["data"]["is_open"], false);
}

#[test]
fn a_read_by_sku_answers_an_object_or_a_list() {
    let mut world = world();
    let read = |world: &mut World, sku: &str| {
        till_get(world, &format!("/2026-07/products?sku={sku}")).value()["data"].clone()
    };
    assert!(read(&mut world, "MUG-BLU").is_object());
    assert_eq!(read(&mut world, "mug-blu"), json!([]), "to the letter");
    assert_eq!(read(&mut world, "DUP-1").as_array().unwrap().len(), 2);
    assert_eq!(read(&mut world, "NOPE"), json!([]));
    world.till.knobs.products_by_sku = ProductsBySku::FirstObject;
    assert!(read(&mut world, "DUP-1").is_object());
    world.till.knobs.products_by_sku = ProductsBySku::List;
    assert_eq!(read(&mut world, "MUG-BLU").as_array().unwrap().len(), 1);
}

#[test]
fn the_product_search_wants_lower_case() {
    let mut world = world();
    let hits = |world: &mut World, sku: &str| {
        let page = till_get(world, &format!("/2026-07/search?type=products&sku={sku}")).value();
        page["data"].as_array().unwrap().len()
    };
    assert_eq!(hits(&mut world, "mug-blu"), 1);
    assert_eq!(hits(&mut world, "MUG-BLU"), 0);
    assert_eq!(hits(&mut world, "dup-1"), 2);
    let mug = product(&mut world, "MUG-BLU").parse().unwrap();
    world.till.delete_product(mug);
    assert_eq!(hits(&mut world, "mug-blu"), 0);
    assert_eq!(till_get(&mut world, &format!("/2026-07/products/{mug}")).status, 404);
    let all = till_get(&mut world, "/2026-07/products?deleted=true").value();
    let deleted = |row: &&Value| row["id"] == mug.to_string() && !row["deleted_at"].is_null();
    assert_eq!(all["data"].as_array().unwrap().iter().filter(deleted).count(), 1);
}

#[test]
fn inventory_is_a_bare_list_newest_first() {
    let mut world = world();
    let mug = product(&mut world, "MUG-BLU");
    let counter = TillCounter { product: mug.parse().unwrap(), outlet: world.outlet };
    world.till.count_stock(counter, Decimal::from(7));
    let newest = till_post(&mut world, "/2026-07/inventory", json!({ "size": 1 })).value();
    assert_eq!(newest[0]["product_id"], mug.as_str());
    assert_eq!(newest[0]["current_inventory_level"], 7);
    let version = newest[0]["version"].as_u64().unwrap();
    let body = json!({ "after": version - 1, "sort_direction": "asc" });
    assert_eq!(
        till_post(&mut world, "/2026-07/inventory", body).value().as_array().unwrap().len(),
        1
    );
    let of_product = till_get(&mut world, &format!("/2026-07/inventory/{mug}")).value();
    assert_eq!(of_product.as_array().unwrap().len(), 2, "one row for each outlet");
}

#[test]
fn adjustments_are_text_have_a_sign_and_come_all_or_none() {
    let mut world = world();
    let (mug, outlet) = (product(&mut world, "MUG-BLU"), world.outlet);
    let row = |quantity: Value, reason: &str| json!({ "product_id": mug, "outlet_id": outlet, "quantity": quantity, "reason": reason });
    let post = |world: &mut World, rows: Vec<Value>| {
        till_post(world, "/2026-07/stock_adjustments", json!({ "stock_adjustments": rows }))
    };
    let counter = TillCounter { product: mug.parse().unwrap(), outlet };
    let good = || row(json!("-3"), "DAMAGE");
    assert_eq!(post(&mut world, vec![good(), row(json!("3"), "DAMAGE")]).status, 422);
    assert_eq!(post(&mut world, vec![good(), row(json!(-3), "DAMAGE")]).status, 400);
    let mut named = good();
    named["reference"] = json!("x");
    assert_eq!(post(&mut world, vec![named]).status, 400, "unknown fields are refused");
    assert_eq!(world.till.level(counter), Some(Decimal::from(1000)));
    let reply = post(&mut world, vec![good(), row(json!("1"), "STOCK_FOUND")]);
    assert_eq!(reply.status, 201);
    assert_eq!(reply.value()["data"][0]["quantity"], "-3");
    assert_eq!(world.till.level(counter), Some(Decimal::from(998)));
    world.till.knobs.adjustment_batch = AdjustmentBatch::GoodRows;
    let some = post(&mut world, vec![good(), row(json!("3"), "DAMAGE")]).value();
    assert_eq!(some["data"].as_array().unwrap().len(), 1);

    let reason = json!({ "name": "Online stock -", "type": "NEGATIVE" });
    let path = "/2026-07/custom_inventory_adjustment_reasons";
    let made = till_post(&mut world, path, reason.clone());
    assert_eq!(made.status, 201);
    assert_eq!(till_post(&mut world, path, reason).status, 409);
    let mut custom = row(json!("-2"), "CUSTOM");
    custom["custom_inventory_adjustment_reason_id"] = made.value()["data"]["id"].clone();
    assert_eq!(post(&mut world, vec![custom]).status, 201);
    let list = till_get(&mut world, "/2026-07/stock_adjustments").value();
    assert_eq!(list["data"].as_array().unwrap().len(), 4);
}

#[test]
fn input_of_any_form_is_refused_without_harm() {
    let mut world = world();
    let bodies = [
        json!(null),
        json!([]),
        json!({ "state": 3 }),
        json!({ "state": "closed" }),
        json!({ "state": "closed", "source": { "author_id": "x" } }),
        json!({ "stock_adjustments": {} }),
        json!({ "first_name": 1, "last_name": [] }),
    ];
    for path in
        ["/2026-07/sales", "/register_sales", "/2026-07/customers", "/2026-07/stock_adjustments"]
    {
        for body in &bodies {
            let status = till_post(&mut world, path, body.clone()).status;
            assert!((400..500).contains(&status), "{path} {body} {status}");
        }
        let mut broken = Request::new("POST", &format!("/api{path}")).bearer(till_side::DEMO_TOKEN);
        broken.body = vec![0xFF, b'{'];
        assert_eq!(world.till.handle(&broken, NOW_MS).status, 400);
    }
    for path in [
        "/2026-07/sales?after=x",
        "/2026-07/search",
        "/2026-07/search?type=x",
        "/register_sales?page=-1",
    ] {
        assert_eq!(till_get(&mut world, path).status, 400, "{path}");
    }
    assert_eq!(till_get(&mut world, "/2026-07/sales/not-a-uuid").status, 404);
    assert_eq!(till_get(&mut world, "/register_sales?page=18446744073709551615").status, 200);
}
