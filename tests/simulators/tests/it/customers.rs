//! Customers of the till.

use super::{till_get, till_post, till_send, world};
use penstock_simulators::knobs::{CustomerPut, DuplicateCustomerCode, EmailSearch};
use penstock_simulators::world::World;
use serde_json::{Value, json};

fn search(world: &mut World, email: &str) -> Vec<Value> {
    let page = till_get(world, &format!("/2026-07/search?type=customers&email={email}")).value();
    page["data"].as_array().unwrap().clone()
}

fn mina() -> Value {
    json!({ "first_name": "Mina", "last_name": null, "email": "Mina@new.example" })
}

#[test]
fn a_customer_is_created_and_found_after_the_lag() {
    let mut world = world();
    world.till.knobs.customer_search_lag_ms = 2000;
    let made = till_post(&mut world, "/2026-07/customers", mina());
    assert_eq!(made.status, 201);
    let id = made.value()["data"]["id"].clone();
    assert!(made.value()["data"]["customer_code"].as_str().unwrap().starts_with("Mina-"));
    assert!(search(&mut world, "mina@new.example").is_empty());
    let list = till_get(&mut world, "/2026-07/customers?after=5000000&page_size=200").value();
    let newest =
        till_get(&mut world, &format!("/2026-07/customers?after={}", list["version"]["max"]));
    assert_eq!(newest.value()["data"].as_array().unwrap().last().unwrap()["id"], id);
    world.till.pass(2000);
    assert_eq!(search(&mut world, "mina@new.example")[0]["id"], id);
}

#[test]
fn the_search_compares_as_the_knob_says() {
    let mut world = world();
    till_post(&mut world, "/2026-07/customers", mina());
    let cases = [
        (EmailSearch::CaseFolding, [1, 1, 0]),
        (EmailSearch::Exact, [0, 1, 0]),
        (EmailSearch::Substring, [1, 1, 1]),
    ];
    for (knob, found) in cases {
        world.till.knobs.email_search = knob;
        let asked = ["mina@new.example", "Mina@new.example", "ina@new.example"];
        assert_eq!(asked.map(|email| search(&mut world, email).len()), found, "{knob:?}");
    }
}

#[test]
fn addresses_may_be_shared_and_codes_not() {
    let mut world = world();
    assert_eq!(search(&mut world, "buyer.0@twins.example").len(), 2);
    let mut body = mina();
    body["customer_code"] = json!("M-1");
    assert_eq!(till_post(&mut world, "/2026-07/customers", body.clone()).status, 201);
    assert_eq!(till_post(&mut world, "/2026-07/customers", body.clone()).status, 422);
    world.till.knobs.duplicate_customer_code = DuplicateCustomerCode::Refused409;
    assert_eq!(till_post(&mut world, "/2026-07/customers", body.clone()).status, 409);
    world.till.knobs.duplicate_customer_code = DuplicateCustomerCode::Accepted;
    assert_eq!(till_post(&mut world, "/2026-07/customers", body).status, 201);
    assert_eq!(
        till_post(&mut world, "/2026-07/customers", json!({ "first_name": "x" })).status,
        400
    );
}

#[test]
fn a_put_replaces_everything_and_the_books_notice() {
    let mut world = world();
    let known = search(&mut world, "buyer.0@example.org")[0].clone();
    let path = format!("/2026-07/customers/{}", known["id"].as_str().unwrap());
    let body = json!({ "first_name": "X", "last_name": null });
    world.till.knobs.customer_put = CustomerPut::Merges;
    let merged = till_send(&mut world, "PUT", &path, body.clone()).value()["data"].clone();
    assert_eq!(merged["email"], known["email"]);
    world.till.knobs.customer_put = CustomerPut::Replaces;
    let replaced = till_send(&mut world, "PUT", &path, body).value()["data"].clone();
    assert!(replaced["email"].is_null());
    assert_eq!(replaced["customer_code"], known["customer_code"]);
    assert!(replaced["version"].as_u64() > known["version"].as_u64());
    assert!(search(&mut world, "buyer.0@example.org").is_empty());
    assert!(world.books().verify().iter().any(|it| it.contains("the API changed it")));
}

#[test]
fn a_deleted_customer_is_gone_but_for_those_who_ask() {
    let mut world = world();
    let id = search(&mut world, "buyer.1@example.org")[0]["id"].clone();
    let path = format!("/2026-07/customers/{}", id.as_str().unwrap());
    assert_eq!(till_send(&mut world, "DELETE", &path, json!({})).status, 204);
    assert_eq!(till_get(&mut world, &path).status, 404);
    assert!(search(&mut world, "buyer.1@example.org").is_empty());
    let mut newest = json!(null);
    let mut after = 0;
    loop {
        let page =
            till_get(&mut world, &format!("/2026-07/customers?deleted=true&after={after}")).value();
        let Some(last) = page["data"].as_array().unwrap().last() else {
            break;
        };
        newest = last.clone();
        after = page["version"]["max"].as_u64().unwrap();
    }
    assert_eq!(newest["id"], id);
    assert!(newest["deleted_at"].is_string());
}

#[test]
fn the_old_generation_creates_and_changes() {
    let mut world = world();
    let made = till_post(&mut world, "/customers", mina()).value()["customer"].clone();
    let mut body = mina();
    body["id"] = made["id"].clone();
    body["first_name"] = json!("Wilhelmina");
    let changed = till_post(&mut world, "/customers", body).value();
    assert_eq!(changed["customer"]["first_name"], "Wilhelmina");
    let found = till_get(&mut world, "/customers?email=mina@new.example").value();
    assert_eq!(found["customers"].as_array().unwrap().len(), 1);
}

#[test]
fn an_edit_is_seen_by_the_search_after_its_lag() {
    let mut world = world();
    world.till.knobs.customer_search_lag_ms = 2000;
    let id = search(&mut world, "buyer.2@example.org")[0]["id"].as_str().unwrap().parse().unwrap();
    world.till.edit_customer(id, |customer| customer.email = Some("moved@new.example".to_owned()));
    assert_eq!(search(&mut world, "buyer.2@example.org").len(), 1);
    assert!(search(&mut world, "moved@new.example").is_empty());
    world.till.pass(2000);
    assert!(search(&mut world, "buyer.2@example.org").is_empty());
    assert_eq!(search(&mut world, "moved@new.example").len(), 1);
}
