//! The till's stock: reasons of the account's own, and what a client knows its adjustments by.

use serde_json::{Value, json};

use super::{product, till_get, till_post, till_send, world};

const REASONS: &str = "/2026-07/custom_inventory_adjustment_reasons";
const ADJUSTMENTS: &str = "/2026-07/stock_adjustments";

#[test]
fn a_reason_is_renamed_and_turned_off_and_keeps_its_id_and_sign() {
    let mut world = world();
    let make = |name: &str| json!({ "name": name, "type": "NEGATIVE" });
    let made = till_post(&mut world, REASONS, make("Web stock down")).value()["data"].clone();
    till_post(&mut world, REASONS, make("Breakage"));
    let path = format!("{REASONS}/{}", made["id"].as_str().unwrap());
    let taken = till_send(&mut world, "PUT", &path, json!({ "name": "Breakage" }));
    assert_eq!(taken.status, 409);
    let same = till_send(&mut world, "PUT", &path, json!({ "name": "Web stock down" }));
    assert_eq!(same.status, 200, "its own name is no other's");
    let long = json!({ "name": "A name of more than thirty letters" });
    assert_eq!(till_send(&mut world, "PUT", &path, long).status, 400);
    let off = json!({ "name": "Online", "enabled": false });
    let renamed = till_send(&mut world, "PUT", &path, off).value()["data"].clone();
    assert_eq!((&renamed["id"], &renamed["type"]), (&made["id"], &made["type"]));
    assert_eq!((&renamed["name"], &renamed["enabled"]), (&json!("Online"), &json!(false)));
    assert!(renamed["version"].as_u64() > made["version"].as_u64());
    let row = json!({ "product_id": product(&mut world, "MUG-BLU"), "outlet_id": world.outlet,
        "quantity": "-1", "reason": "CUSTOM",
        "custom_inventory_adjustment_reason_id": made["id"] });
    let body = json!({ "stock_adjustments": [row] });
    assert_eq!(till_post(&mut world, ADJUSTMENTS, body.clone()).status, 422);
    till_send(&mut world, "PUT", &path, json!({ "enabled": true }));
    assert_eq!(till_post(&mut world, ADJUSTMENTS, body).status, 201);
    let unknown = format!("{REASONS}/{}", world.outlet);
    assert_eq!(till_send(&mut world, "PUT", &unknown, json!({})).status, 404);
}

#[test]
fn an_adjustment_tells_in_whose_name_it_was_made_above_the_level_it_moved() {
    let mut world = world();
    let user = till_get(&mut world, "/2026-07/user").value()["data"]["id"].clone();
    let row = json!({ "product_id": product(&mut world, "MUG-BLU"), "outlet_id": world.outlet,
        "quantity": "-1.5", "reason": "DAMAGE" });
    let made = till_post(&mut world, ADJUSTMENTS, json!({ "stock_adjustments": [row] })).value();
    let made = &made["data"][0];
    assert_eq!((&made["user_id"], &made["quantity"]), (&user, &json!("-1.5")));
    let newest =
        till_post(&mut world, "/2026-07/inventory", json!({ "size": 1, "include_deleted": true }));
    let level = &newest.value()[0];
    assert!(made["version"].as_u64() > level["version"].as_u64(), "one counter for all records");
    assert_eq!(level["deleted_at"], Value::Null);
    let after = format!("{ADJUSTMENTS}?after={}", level["version"]);
    let listed = till_get(&mut world, &after).value();
    assert_eq!(listed["data"][0]["id"], made["id"]);
}
