//! The generator: every fate is there, and every postable order adds up by a formula written anew.

use super::{shop_get, till_get, world_of};
use penstock_simulators::money::Currency;
use penstock_simulators::shop::order::{
    Content, CustomerCase, Fate, FulfillmentStatus, HoldReason, PaymentStatus,
};
use penstock_simulators::shop::public_id;
use penstock_simulators::world::{Mix, NOW_MS, World, WorldOptions};
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::Value;
use std::collections::BTreeSet;

fn amount(value: &Value) -> Decimal {
    match value {
        Value::Null => Decimal::ZERO,
        Value::Number(number) => number.to_string().parse().unwrap(),
        other => panic!("{other} is no amount"),
    }
}

fn sum<'v>(list: &'v Value, of: impl Fn(&'v Value) -> Decimal) -> Decimal {
    list.as_array().map(|rows| rows.iter().map(of).sum()).unwrap_or_default()
}

/// Checks one order as it is served, from the reference's formulas and nothing else.
fn adds_up(order: &Value, decimals: u32) -> Result<(), String> {
    let round = |amount: Decimal| {
        amount.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero)
    };
    let same = |what: &str, is: Decimal, due: Decimal| {
        if is == due { Ok(()) } else { Err(format!("{what} is {is}, not {due}: {order}")) }
    };
    let gross = order["pricesIncludeTax"].as_bool().unwrap();
    let items = &order["items"];
    let subtotal = sum(items, |it| amount(&it["price"]) * amount(&it["quantity"]));
    same("subtotal", amount(&order["subtotal"]), subtotal)?;
    let coupons = sum(items, |it| amount(&it["couponAmount"]));
    same("couponDiscount", amount(&order["couponDiscount"]), coupons)?;
    let promotions = sum(items, |it| sum(&it["discounts"], |off| amount(&off["total"])));
    same("discount", amount(&order["discount"]), promotions)?;
    let mut on_charges = Decimal::ZERO;
    for item in items.as_array().unwrap() {
        let off =
            amount(&item["couponAmount"]) + sum(&item["discounts"], |it| amount(&it["total"]));
        let value = amount(&item["price"]) * amount(&item["quantity"]) - off;
        let rates = sum(&item["taxes"], |tax| amount(&tax["value"]));
        let base = if gross { Decimal::ONE_HUNDRED + rates } else { Decimal::ONE_HUNDRED };
        for tax in item["taxes"].as_array().unwrap() {
            let goods = round(value * amount(&tax["value"]) / base);
            same("goods tax", amount(&tax["taxOnDiscountedSubtotal"]), goods)?;
            let carried = amount(&tax["taxOnShipping"]) + amount(&tax["taxOnHandlingFee"]);
            same("tax of a line", amount(&tax["total"]), goods + carried)?;
            on_charges += carried;
        }
        same("item tax", amount(&item["tax"]), sum(&item["taxes"], |tax| amount(&tax["total"])))?;
        if value < Decimal::ZERO {
            return Err(format!("a line is worth {value}: {order}"));
        }
    }
    let tax = sum(items, |item| amount(&item["tax"]));
    same("tax", amount(&order["tax"]), tax)?;
    let told = sum(&order["taxesOnShipping"], |tax| amount(&tax["total"]));
    same("tax on charges", on_charges, told)?;
    let added = if gross { Decimal::ZERO } else { tax };
    let total = subtotal - coupons - promotions
        + added
        + amount(&order["shippingOption"]["shippingRate"])
        + amount(&order["handlingFee"]["value"])
        + sum(&order["customSurcharges"], |it| amount(&it["total"]));
    same("total", amount(&order["total"]), total)?;
    same("totalWithoutTax", amount(&order["totalWithoutTax"]), total - tax)
}

#[test]
fn every_sound_order_adds_up_and_no_other_that_should_not() {
    for seed in 0..25 {
        for (currency, orders) in [(Currency::euro(), 150), (yen(), 70)] {
            let decimals = currency.decimals;
            let mut world =
                world_of(&WorldOptions { seed, orders, currency, ..WorldOptions::default() });
            world.set_limited(false);
            for position in 0..orders {
                let content = world.shop.orders().row(position).unwrap().content;
                let order =
                    shop_get(&mut world, &format!("/orders/{}", public_id(position))).value();
                let result = adds_up(&order, decimals);
                match content {
                    Content::Held(HoldReason::TotalsDoNotAdd) => assert!(result.is_err()),
                    _ => assert_eq!(result, Ok(()), "seed {seed} position {position}"),
                }
            }
        }
    }
}

fn yen() -> Currency {
    Currency { code: "JPY".to_owned(), decimals: 0 }
}

#[test]
fn the_first_orders_cover_everything_whatever_the_seed() {
    for seed in 0..10 {
        let world = World::generate(&WorldOptions { seed, orders: 60, ..WorldOptions::default() });
        let rows: Vec<_> = world.shop.orders().rows().map(|(_, row)| *row).collect();
        let fates: BTreeSet<Fate> = rows.iter().map(|row| row.fate()).collect();
        assert_eq!(fates.len(), 1 + (PaymentStatus::ALL.len() - 1) + HoldReason::ALL.len());
        let cases: BTreeSet<CustomerCase> = rows.iter().map(|row| row.customer_case).collect();
        assert_eq!(cases.len(), CustomerCase::ALL.len());
        let goods: BTreeSet<FulfillmentStatus> = rows.iter().map(|row| row.fulfillment).collect();
        assert_eq!(goods.len(), FulfillmentStatus::ALL.len());
        let postable = world.books().postable_paid_orders();
        assert_eq!(postable, 1 + 9 + 4 + 15 + 14);
    }
}

#[test]
fn every_kind_of_amount_is_there() {
    let mut world = world_of(&WorldOptions { orders: 400, ..WorldOptions::default() });
    let mut seen = BTreeSet::new();
    for position in 0..400 {
        if world.shop.orders().row(position).unwrap().fate() != Fate::Postable {
            continue;
        }
        let order = shop_get(&mut world, &format!("/orders/{}", public_id(position))).value();
        let mut note = |what: &'static str, holds: bool| {
            if holds {
                seen.insert(what);
            }
        };
        let positive = |value: &Value| amount(value) > Decimal::ZERO;
        note("gross", order["pricesIncludeTax"] == true);
        note("net", order["pricesIncludeTax"] == false);
        note("coupon", positive(&order["couponDiscount"]));
        note("promotion", positive(&order["discount"]));
        note("free", order["total"] == 0);
        let shipped = positive(&order["shippingOption"]["shippingRate"]);
        let shipping_taxed = order["taxesOnShipping"].as_array().is_some_and(|it| !it.is_empty());
        note("shipping taxed", shipped && shipping_taxed);
        note("shipping untaxed", shipped && !shipping_taxed);
        note("handling", order.get("handlingFee").is_some());
        let surcharges = order["customSurcharges"].as_array().unwrap();
        note("tip", surcharges.iter().any(|it| it["id"] == "tips"));
        note("surcharge", surcharges.iter().any(|it| it["id"] != "tips"));
        let items = order["items"].as_array().unwrap();
        note("two taxes", items.iter().any(|it| it["taxes"].as_array().unwrap().len() == 2));
        note("untaxed", items.iter().any(|it| it["taxes"].as_array().unwrap().is_empty()));
        note("variation", items.iter().any(|it| it.get("combinationId").is_some()));
        note("exempt", order["customerTaxExempt"] == true);
        note(
            "uneven",
            items.iter().any(|it| {
                let left =
                    amount(&it["price"]) * amount(&it["quantity"]) - amount(&it["couponAmount"]);
                !(left * Decimal::ONE_HUNDRED % amount(&it["quantity"])).is_zero()
            }),
        );
    }
    assert_eq!(seen.len(), 15, "{seen:?}");
}

#[test]
fn what_is_planted_is_true_of_the_till() {
    let mut world = world_of(&WorldOptions { orders: 300, ..WorldOptions::default() });
    world.set_limited(false);
    let known_rates: BTreeSet<String> = till_get(&mut world, "/2026-07/taxes").value()["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tax| sum(&tax["rates"], |rate| amount(&rate["rate"]) * Decimal::ONE_HUNDRED))
        .map(|rate| rate.normalize().to_string())
        .collect();
    for position in 0..300 {
        let content = world.shop.orders().row(position).unwrap().content;
        let order = shop_get(&mut world, &format!("/orders/{}", public_id(position))).value();
        let mut blocked = BTreeSet::new();
        for item in order["items"].as_array().unwrap() {
            if item.get("productId").is_none() {
                blocked.insert(HoldReason::AdHocLine);
                continue;
            }
            let sku = item["sku"].as_str().unwrap();
            let found = till_get(&mut world, &format!("/2026-07/products?sku={sku}")).value();
            match &found["data"] {
                _ if sku.is_empty() => blocked.insert(HoldReason::BlankSku),
                Value::Array(rows) if rows.is_empty() => blocked.insert(HoldReason::UnknownSku),
                Value::Array(_) => blocked.insert(HoldReason::DuplicateSku),
                _ => false,
            };
            if item["giftCard"] == true {
                blocked.insert(HoldReason::GiftCard);
            }
            if item.get("compositeComponents").is_some() {
                blocked.insert(HoldReason::Composite);
            }
            let rate = sum(&item["taxes"], |tax| amount(&tax["value"])).normalize().to_string();
            if !known_rates.contains(&rate) {
                blocked.insert(HoldReason::UnknownTax);
            }
        }
        if order["paymentMethod"] == "Bitcoin" {
            blocked.insert(HoldReason::UnmappedPayment);
        }
        if adds_up(&order, 2).is_err() {
            blocked.insert(HoldReason::TotalsDoNotAdd);
        }
        let due = match content {
            Content::Sound => BTreeSet::new(),
            Content::Held(reason) => BTreeSet::from([reason]),
        };
        assert_eq!(blocked, due, "position {position}: {order}");
        let text = order.to_string();
        assert!(!text.contains("fate") && !text.contains("content"), "the truth stays hidden");
    }
}

#[test]
fn customers_are_what_their_case_says() {
    let mut world = world_of(&WorldOptions { orders: 300, ..WorldOptions::default() });
    world.set_limited(false);
    for position in 0..300 {
        let case = world.shop.orders().row(position).unwrap().customer_case;
        let detail = world.shop.orders().detail(position);
        let asked = detail.email.trim().to_lowercase();
        let found =
            till_get(&mut world, &format!("/2026-07/search?type=customers&email={asked}")).value();
        let count = if asked.is_empty() { 0 } else { found["data"].as_array().unwrap().len() };
        let due = match case {
            CustomerCase::TwoProfiles => 2,
            CustomerCase::Known
            | CustomerCase::KnownOtherCase
            | CustomerCase::KnownWithBlanks
            | CustomerCase::DifferingName => 1,
            _ => 0,
        };
        assert_eq!(count, due, "{case:?} {}", detail.email);
        assert_eq!(detail.billing.is_none(), case == CustomerCase::NoName);
        assert_eq!(detail.email.is_empty(), case == CustomerCase::NoEmail);
    }
}

#[test]
fn the_same_seed_is_the_same_world() {
    let options = WorldOptions { seed: 11, orders: 80, ..WorldOptions::default() };
    let json =
        |options: &WorldOptions| serde_json::to_string(&World::generate(options).books()).unwrap();
    assert_eq!(json(&options), json(&options));
    assert_ne!(json(&options), json(&WorldOptions { seed: 12, ..options.clone() }));
}

#[test]
fn many_orders_cost_a_compact_row_each() {
    let orders = 100_000;
    let mut world = world_of(&WorldOptions { orders, mix: Mix::Simple, ..WorldOptions::default() });
    assert_eq!(world.books().postable_paid_orders(), u64::from(orders));
    let newest = world.shop.orders().row(orders - 1).unwrap().updated_s;
    let path = format!("/orders?updatedFrom={}&offset=100&limit=100", newest - 7200);
    let page = shop_get(&mut world, &path).value();
    assert!(page["total"].as_u64().unwrap() > 100);
    for item in page["items"].as_array().unwrap() {
        assert_eq!(adds_up(item, 2), Ok(()));
    }
    assert!(newest < NOW_MS / 1000);
}
