//! The simulators against what the vendors' references say.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on fails")]

/// The id of the sale that faults meet.
const ID_FAULTS: &str = "7d0f9b1c-8a52-5c7e-9d35-0e2f5a1b4c66";

mod books;
mod customers;
mod faults;
mod sales;
mod served;
mod shop;
mod stock;
mod till;
mod whole;
mod world;

use penstock_simulators::http::{Reply, Request};
use penstock_simulators::knobs::Knobs;
use penstock_simulators::world::{NOW_MS, World, WorldOptions};
use penstock_simulators::{shop as shop_side, till as till_side};
use serde_json::{Value, json};

/// A small world whose indexes do not lag.
fn world() -> World {
    world_of(&WorldOptions::default())
}

fn world_of(options: &WorldOptions) -> World {
    let mut world = World::generate(options);
    let mut knobs = Knobs::default();
    knobs.shop.order_search_lag_ms = 0;
    knobs.shop.product_search_lag_ms = 0;
    knobs.till.customer_search_lag_ms = 0;
    knobs.till.sale_search_lag_ms = 0;
    knobs.till.product_search_lag_ms = 0;
    world.set_knobs(knobs);
    world
}

fn shop_get(world: &mut World, path: &str) -> Reply {
    let request = Request::get(&format!("/api/v3/1003{path}")).bearer(shop_side::DEMO_TOKEN);
    world.shop.handle(&request, NOW_MS)
}

fn shop_put(world: &mut World, path: &str, body: Value) -> Reply {
    let request = Request::new("PUT", &format!("/api/v3/1003{path}"))
        .bearer(shop_side::DEMO_TOKEN)
        .json(&body);
    world.shop.handle(&request, NOW_MS)
}

fn till_get(world: &mut World, path: &str) -> Reply {
    let request = Request::get(&format!("/api{path}")).bearer(till_side::DEMO_TOKEN);
    world.till.handle(&request, NOW_MS)
}

fn till_send(world: &mut World, method: &str, path: &str, body: Value) -> Reply {
    let request =
        Request::new(method, &format!("/api{path}")).bearer(till_side::DEMO_TOKEN).json(&body);
    world.till.handle(&request, NOW_MS)
}

fn till_post(world: &mut World, path: &str, body: Value) -> Reply {
    till_send(world, "POST", path, body)
}

/// The id of a record of the till, by a field of it.
fn id_of(world: &mut World, path: &str, field: &str, value: &str) -> String {
    let list = till_get(world, path).value();
    let rows = list["data"].as_array().unwrap().clone();
    let row = rows.iter().find(|row| row[field] == value).unwrap();
    row["id"].as_str().unwrap().to_owned()
}

/// The id of the only product of a SKU.
fn product(world: &mut World, sku: &str) -> String {
    let found = till_get(world, &format!("/2026-07/products?sku={sku}")).value();
    found["data"]["id"].as_str().unwrap().to_owned()
}

/// A closed sale of some mugs, of 20.00 net and 2.50 tax each.
fn mugs(world: &mut World, id: &str, quantity: i64) -> Value {
    let mug = product(world, "MUG-BLU");
    let tax = id_of(world, "/2026-07/taxes", "name", "GST 12.5%");
    let online = id_of(world, "/2026-07/payment_types", "name", "Online");
    let paid = format!("{}.{:02}", quantity * 2250 / 100, quantity * 2250 % 100);
    json!({
        "id": id, "state": "closed", "date": "2026-01-05T09:30:11Z",
        "source": {
            "author_id": world.user, "register_id": world.register,
            "type": "Ecwid", "id": "1003:733100201",
        },
        "line_items": [{
            "product": { "id": mug }, "quantity": quantity,
            "pricing": { "price": 20 }, "tax": { "id": tax, "amount": number("2.5") },
        }],
        "payments": [{ "type": { "config_id": online }, "amount": number(&paid) }],
    })
}

/// A number as it stands in JSON.
fn number(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}
