//! Ecwid: paging, bounds, lag, sparse reads, auth, rate limits, stock.

use super::{shop_get, shop_put, shop_side, world};
use penstock_simulators::http::Request;
use penstock_simulators::knobs::{
    AdHocProductId, Bound, DeltaOnParent, DeltaOnUnlimited, EscalatedBlock, InternalIdInPath,
    OrderSort,
};
use penstock_simulators::limiter::Window;
use penstock_simulators::shop::order::{Content, PaymentStatus};
use penstock_simulators::shop::{Restock, ShopCounter, internal_id, public_id};
use penstock_simulators::world::{NOW_MS, World};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn ids(page: &Value) -> Vec<u64> {
    page["items"].as_array().unwrap().iter().map(|it| it["internalId"].as_u64().unwrap()).collect()
}

fn place(world: &mut World, payment: PaymentStatus) -> u32 {
    let draft = world.shop.draft("mina@example.org", "MUG-RED", 2);
    world.shop.place(draft, payment, Content::Sound, NOW_MS)
}

#[test]
fn pages_cover_every_order_once_in_no_useful_order() {
    let mut world = world();
    let mut seen = Vec::new();
    for offset in [0, 100, 200] {
        let page = shop_get(&mut world, &format!("/orders?offset={offset}&limit=5000")).value();
        assert_eq!(page["total"], 200);
        assert_eq!(page["limit"], 100);
        assert_eq!(page["count"].as_u64().unwrap() as usize, ids(&page).len());
        seen.extend(ids(&page));
    }
    let mut sorted = seen.clone();
    sorted.sort_unstable();
    assert_ne!(seen, sorted, "a client must not find an order to depend on");
    sorted.dedup();
    assert_eq!(sorted.len(), 200);

    world.shop.knobs.order_default_sort = OrderSort::NewestFirst;
    place(&mut world, PaymentStatus::Paid);
    let newest = ids(&shop_get(&mut world, "/orders?limit=3").value());
    assert_eq!(newest[0], internal_id(200));
    assert!(newest.is_sorted_by(|a, b| a > b));
}

#[test]
fn filters_narrow_the_search() {
    let mut world = world();
    let paid =
        shop_get(&mut world, "/orders?paymentStatus=PAID&responseFields=items(paymentStatus)");
    let page = paid.value();
    assert!(page.get("total").is_none(), "a sparse read leaves out what it does not name");
    for item in page["items"].as_array().unwrap() {
        assert_eq!(item, &json!({ "paymentStatus": "PAID" }));
    }
    let both =
        shop_get(&mut world, "/orders?paymentStatus=REFUNDED,CANCELLED&fulfillmentStatus=SHIPPED")
            .value();
    for item in both["items"].as_array().unwrap() {
        assert_ne!(item["paymentStatus"], "PAID");
        assert_eq!(item["fulfillmentStatus"], "SHIPPED");
    }
    let named = format!("/orders?ids={},{},NOPE", public_id(3), internal_id(5));
    let found: BTreeSet<u64> = ids(&shop_get(&mut world, &named).value()).into_iter().collect();
    assert_eq!(found, BTreeSet::from([internal_id(3), internal_id(5)]));
    assert_eq!(shop_get(&mut world, "/orders?paymentStatus=PAYED").status, 400);
    assert_eq!(shop_get(&mut world, "/orders?updatedFrom=soon").status, 400);
}

#[test]
fn bounds_of_time_are_a_knob() {
    let mut world = world();
    let row = *world.shop.orders().row(7).unwrap();
    let at = row.updated_s;
    let exactly = |world: &mut World| {
        shop_get(world, &format!("/orders?updatedFrom={at}&updatedTo={at}")).value()["total"]
            .clone()
    };
    assert_eq!(exactly(&mut world), 1);
    world.shop.knobs.from_bound = Bound::Exclusive;
    // The bound is no part of the cached search; another order makes the shop search anew.
    place(&mut world, PaymentStatus::Paid);
    assert_eq!(exactly(&mut world), 0);
    world.shop.knobs.from_bound = Bound::Either;
    let drawn: BTreeSet<String> = (0..40).map(|_| exactly(&mut world).to_string()).collect();
    assert_eq!(drawn.len(), 2, "drawn at each request");
    let created =
        format!("/orders?createdFrom={}&createdTo={}", row.created_s - 1, row.created_s + 1);
    assert!(shop_get(&mut world, &created).value()["total"].as_u64().unwrap() >= 1);
}

#[test]
fn the_search_lags_behind_and_the_read_by_id_does_not() {
    let mut world = world();
    world.shop.knobs.order_search_lag_ms = 15_000;
    let position = place(&mut world, PaymentStatus::AwaitingPayment);
    let by_search = format!("/api/v3/1003/orders?ids={}", internal_id(position));
    let by_search = Request::get(&by_search).bearer(shop_side::DEMO_TOKEN);
    let by_id = format!("/orders/{}", public_id(position));
    let search = |world: &mut World, now_ms: i64| {
        let page = world.shop.handle(&by_search, now_ms).value();
        page["items"][0]["paymentStatus"].as_str().unwrap_or("none").to_owned()
    };
    assert_eq!(search(&mut world, NOW_MS), "none");
    assert_eq!(shop_get(&mut world, &by_id).value()["paymentStatus"], "AWAITING_PAYMENT");
    world.shop.pay(position, NOW_MS + 10_000);
    assert_eq!(search(&mut world, NOW_MS + 15_000), "AWAITING_PAYMENT");
    assert_eq!(shop_get(&mut world, &by_id).value()["paymentStatus"], "PAID");
    assert_eq!(search(&mut world, NOW_MS + 24_999), "AWAITING_PAYMENT");
    assert_eq!(search(&mut world, NOW_MS + 25_000), "PAID");
}

#[test]
fn the_path_takes_the_public_id() {
    let mut world = world();
    let internal = format!("/orders/{}", internal_id(2));
    assert_eq!(shop_get(&mut world, &internal).value()["errorCode"], "ORDER_NOT_FOUND");
    world.shop.knobs.internal_id_in_path = InternalIdInPath::Accepted;
    assert_eq!(shop_get(&mut world, &internal).value()["id"], public_id(2));
    world.shop.delete_order(2, NOW_MS);
    assert_eq!(shop_get(&mut world, &internal).status, 404);
    let deleted = shop_get(&mut world, "/orders/deleted").value();
    assert_eq!(deleted["items"][0]["id"], public_id(2));
    assert_eq!(shop_get(&mut world, "/orders").value()["total"], 199);
}

#[test]
fn an_unknown_token_is_403_and_a_missing_scope_too() {
    let mut world = world();
    let request = Request::get("/api/v3/1003/profile");
    for request in [request.clone(), request.clone().bearer("secret_wrong")] {
        let reply = world.shop.handle(&request, NOW_MS);
        assert_eq!(
            (reply.status, reply.value()["errorCode"].clone()),
            (403, json!("INVALID_API_TOKEN"))
        );
    }
    world.shop.set_token("secret_narrow", &["read_orders"]);
    let reply = world.shop.handle(&request.bearer("secret_narrow"), NOW_MS);
    assert_eq!(reply.value()["errorCode"], "INSUFFICIENT_APP_SCOPE");
    let other = Request::get("/api/v3/9/profile").bearer(shop_side::DEMO_TOKEN);
    assert_eq!(world.shop.handle(&other, NOW_MS).value()["errorCode"], "STORE_NOT_FOUND");
    assert_eq!(shop_get(&mut world, "/profile").value()["formatsAndUnits"]["currency"], "EUR");
}

#[test]
fn the_601st_request_of_a_minute_is_refused_in_seconds() {
    let mut world = world();
    let request = Request::get("/api/v3/1003/latest-stats").bearer(shop_side::DEMO_TOKEN);
    for sent in 0..600 {
        assert_eq!(world.shop.handle(&request, NOW_MS + sent).status, 200);
    }
    let refused = world.shop.handle(&request, NOW_MS + 20_000);
    assert_eq!((refused.status, refused.header_value("retry-after")), (429, Some("40")));
    assert_eq!(refused.value()["errorCode"], "RATE_LIMITED");
    assert_eq!(world.shop.handle(&request, NOW_MS + 59_999).status, 429);
    assert_eq!(world.shop.handle(&request, NOW_MS + 60_000).status, 200);
    world.set_limited(false);
    for _ in 0..700 {
        assert_eq!(world.shop.handle(&request, NOW_MS + 60_001).status, 200);
    }
}

#[test]
fn a_client_that_goes_on_is_blocked_for_longer() {
    let mut world = world();
    world.shop.knobs.escalated_block = EscalatedBlock::On;
    world.shop.knobs.rate_window = Window::Sliding;
    let request = Request::get("/api/v3/1003/latest-stats").bearer(shop_side::DEMO_TOKEN);
    for _ in 0..625 {
        world.shop.handle(&request, NOW_MS);
    }
    assert_eq!(world.shop.handle(&request, NOW_MS + 61_000).status, 429);
    assert_eq!(world.shop.handle(&request, NOW_MS + 660_001).status, 200);
}

#[test]
fn stock_moves_with_orders_whatever_their_status() {
    let mut world = world();
    let (product, variation) = world.shop.products().by_sku("MUG-RED").unwrap();
    let counter = ShopCounter { product_id: product.id, combination_id: variation.map(|it| it.id) };
    let level = |world: &World| world.shop.products().level(counter).unwrap();
    let before = level(&world);
    let position = place(&mut world, PaymentStatus::AwaitingPayment);
    assert_eq!(level(&world), before - 2);
    world.shop.cancel(position, NOW_MS);
    world.shop.cancel(position, NOW_MS);
    assert_eq!(level(&world), before, "a second cancellation gives nothing back");
    let position = place(&mut world, PaymentStatus::Paid);
    world.shop.refund(position, 100, Restock::No, NOW_MS);
    assert_eq!(level(&world), before - 2);
    assert_eq!(
        world.shop.orders().row(position).unwrap().payment,
        PaymentStatus::PartiallyRefunded
    );
    world.shop.refund(position, 1_000_000, Restock::Yes, NOW_MS);
    assert_eq!(level(&world), before);
    assert_eq!(world.shop.orders().row(position).unwrap().payment, PaymentStatus::Refunded);
    let position = place(&mut world, PaymentStatus::Incomplete);
    assert_eq!(level(&world), before, "an unfinished cart takes nothing");
    let body = json!({ "paymentStatus": "CANCELLED" });
    assert_eq!(shop_put(&mut world, &format!("/orders/{}", public_id(position)), body).status, 200);
    assert_eq!(level(&world), before);
    assert_eq!(world.books().verify().iter().filter(|it| it.contains("counts")).count(), 0);
}

#[test]
fn deltas_go_below_zero_with_a_warning_and_are_not_idempotent() {
    let mut world = world();
    let (id, path) = {
        let (product, _) = world.shop.products().by_sku("SKU-0003").unwrap();
        (product.id, format!("/products/{}/inventory", product.id))
    };
    for due in [100, -800] {
        let reply = shop_put(&mut world, &path, json!({ "quantityDelta": -900 })).value();
        assert_eq!(reply["updateCount"], 1);
        assert_eq!(reply.get("warning").is_some(), due < 0);
        let product = shop_get(&mut world, &format!("/products/{id}")).value();
        assert_eq!(product["quantity"], due);
    }
    assert_eq!(shop_put(&mut world, &path, json!({ "quantityDelta": "1" })).status, 400);
    let set = shop_put(&mut world, &format!("/products/{id}"), json!({ "unlimited": true }));
    assert_eq!(set.status, 200);
    let product = shop_get(&mut world, &format!("/products/{id}")).value();
    assert!(product.get("quantity").is_none(), "missing, not zero");
    let delta = json!({ "quantityDelta": 1 });
    assert_eq!(shop_put(&mut world, &path, delta.clone()).value()["updateCount"], 0);
    world.shop.knobs.delta_on_unlimited = DeltaOnUnlimited::CountsOne;
    assert_eq!(shop_put(&mut world, &path, delta).value()["updateCount"], 1);
    assert_eq!(shop_put(&mut world, "/products/1/inventory", json!({})).status, 404);
    let without_type =
        Request::new("PUT", &format!("/api/v3/1003{path}")).bearer(shop_side::DEMO_TOKEN);
    assert_eq!(world.shop.handle(&without_type, NOW_MS).status, 415);
}

#[test]
fn variations_are_a_bare_list_and_inherit_the_sku() {
    let mut world = world();
    let page = shop_get(&mut world, "/products?sku=MUG-BLU").value();
    assert_eq!(page["total"], 1);
    let id = page["items"][0]["id"].as_u64().unwrap();
    let list = shop_get(&mut world, &format!("/products/{id}/combinations")).value();
    let list = list.as_array().unwrap();
    assert_eq!(list[0]["sku"], "MUG-BLU");
    assert!(list[1].get("sku").is_none(), "the second bears the SKU of the product");
    let one = list[0]["id"].as_u64().unwrap();
    let path = format!("/products/{id}/combinations/{one}");
    shop_put(&mut world, &format!("{path}/inventory"), json!({ "quantityDelta": 5 }));
    assert_eq!(shop_get(&mut world, &path).value()["quantity"], 1005);
    world.shop.knobs.delta_on_parent = DeltaOnParent::Refused409;
    let parent = format!("/products/{id}/inventory");
    assert_eq!(shop_put(&mut world, &parent, json!({ "quantityDelta": 5 })).status, 409);
}

#[test]
fn a_variation_without_an_sku_of_its_own_shares_the_counter_of_its_product() {
    let mut world = world();
    let mug = shop_get(&mut world, "/products?sku=MUG-BLU").value()["items"][0].clone();
    let (id, own) = (mug["id"].as_u64().unwrap(), mug["combinations"][0]["id"].as_u64().unwrap());
    let shared = mug["combinations"][1]["id"].as_u64().unwrap();
    let levels = |world: &mut World| {
        let mug = shop_get(world, &format!("/products/{id}")).value();
        let of = |slot: &Value| slot["quantity"].as_i64().unwrap();
        (of(&mug), of(&mug["combinations"][0]), of(&mug["combinations"][1]))
    };
    assert_eq!(levels(&mut world), (1000, 1000, 1000));

    // An order of the one without an SKU of its own moves both at once, and is counted.
    let position = place(&mut world, PaymentStatus::AwaitingPayment);
    assert_eq!(levels(&mut world), (998, 1000, 998));
    let movement = world.shop.movements().last().unwrap();
    assert_eq!(movement.owner, ShopCounter { product_id: id, combination_id: None });
    let order = shop_get(&mut world, &format!("/orders/{}", public_id(position))).value();
    assert_eq!(order["items"][0]["combinationId"], shared);
    assert_eq!(order["items"][0]["trackQuantity"], true);

    // A delta on either is one on both; another number for one of them is refused.
    let path = format!("/products/{id}/combinations/{shared}");
    shop_put(&mut world, &format!("{path}/inventory"), json!({ "quantityDelta": -8 }));
    assert_eq!(levels(&mut world), (990, 1000, 990));
    let refused = shop_put(&mut world, &path, json!({ "quantity": 5 }));
    assert_eq!(refused.value()["errorCode"], "DIFFERENT_COMBINATION_STOCK");
    assert_eq!(shop_put(&mut world, &path, json!({ "unlimited": true })).status, 400);
    assert_eq!(shop_put(&mut world, &path, json!({ "quantity": 990 })).status, 200);
    shop_put(&mut world, &format!("/products/{id}"), json!({ "quantity": 7 }));
    let others = format!("/products/{id}/combinations/{own}");
    assert_eq!(shop_put(&mut world, &others, json!({ "quantity": 6 })).status, 200);
    assert_eq!(levels(&mut world), (7, 6, 7));
}

#[test]
fn products_are_walked_by_their_last_change() {
    let mut world = world();
    let id = world.shop.products().by_sku("SKU-0001").unwrap().0.id;
    let at = world.shop.products().all().iter().map(|product| product.updated_s).max().unwrap();
    world.shop.set_stock(ShopCounter { product_id: id, combination_id: None }, Some(3), NOW_MS);
    let path = format!("/products?sortBy=UPDATED_TIME_ASC&updatedFrom={}", at + 1);
    let page = shop_get(&mut world, &path).value();
    assert_eq!(page["total"], 1, "a change of stock is a change");
    assert_eq!(page["items"][0]["id"], id);
    let all = shop_get(&mut world, "/products?sortBy=UPDATED_TIME_ASC").value();
    assert_eq!(all["items"].as_array().unwrap().last().unwrap()["id"], id);
    world.shop.delete_product(id, NOW_MS);
    assert_eq!(shop_get(&mut world, &format!("/products/{id}")).status, 404);
}

#[test]
fn a_change_never_sets_the_clock_of_an_order_back() {
    let mut world = world();
    let before = world.shop.orders().row(9).unwrap().updated_s;
    world.shop.edit(9, NOW_MS, |_, detail| detail.admin_notes = Some("called".to_owned()));
    let order = shop_get(&mut world, &format!("/orders/{}", public_id(9))).value();
    assert_eq!(order["privateAdminNotes"], "called");
    assert!(order["updateTimestamp"].as_i64().unwrap() >= before);
    assert!(order["updateDate"].as_str().unwrap().ends_with(" +0000"));
}

#[test]
fn a_line_that_was_typed_in_has_no_product() {
    let mut world = world();
    let position = (0..200)
        .find(|at| {
            world.shop.orders().detail(*at).lines.iter().any(|line| line.product_id.is_none())
        })
        .unwrap();
    let path = format!("/orders/{}", public_id(position));
    let last = |order: Value| order["items"].as_array().unwrap().last().unwrap().clone();
    assert!(last(shop_get(&mut world, &path).value()).get("productId").is_none());
    world.shop.knobs.ad_hoc_product_id = AdHocProductId::Zero;
    assert_eq!(last(shop_get(&mut world, &path).value())["productId"], 0);
}
