//! The whole world can be satisfied: a small honest sync, written from the references, leaves the books without a
//! violation, and a careless one does not.

use super::{id_of, number, shop_get, till_get, till_post, world_of};
use penstock_simulators::chance;
use penstock_simulators::shop::order::Fate;
use penstock_simulators::shop::{internal_id, public_id};
use penstock_simulators::world::{World, WorldOptions};
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Value, json};
use std::collections::HashMap;

/// Unit values carry five decimals.
const UNIT_DECIMALS: u32 = 5;

fn amount(value: &Value) -> Decimal {
    if value.is_null() { Decimal::ZERO } else { value.to_string().parse().unwrap() }
}

fn unit(amount: Decimal, quantity: Decimal) -> Value {
    let unit = (amount / quantity)
        .round_dp_with_strategy(UNIT_DECIMALS, RoundingStrategy::MidpointAwayFromZero);
    number(&unit.to_string())
}

/// What the sync knows of the till.
struct Sync {
    taxes: Vec<(Decimal, String)>,
    products: HashMap<String, String>,
    customers: HashMap<String, Option<String>>,
    online: String,
}

impl Sync {
    fn new(world: &mut World) -> Self {
        let taxes = till_get(world, "/2026-07/taxes").value();
        let percent = |tax: &Value| {
            let rates = tax["rates"].as_array().unwrap().iter();
            rates.map(|rate| amount(&rate["rate"]) * Decimal::ONE_HUNDRED).sum::<Decimal>()
        };
        let taxes = taxes["data"].as_array().unwrap().iter();
        Self {
            taxes: taxes
                .map(|tax| (percent(tax), tax["id"].as_str().unwrap().to_owned()))
                .collect(),
            products: HashMap::new(),
            customers: HashMap::new(),
            online: id_of(world, "/2026-07/payment_types", "name", "Online"),
        }
    }

    fn product(&mut self, world: &mut World, sku: &str) -> String {
        let found = || super::product(world, sku);
        self.products.entry(sku.to_owned()).or_insert_with(found).clone()
    }

    fn tax(&self, taxes: &Value) -> String {
        let rate: Decimal = taxes.as_array().unwrap().iter().map(|tax| amount(&tax["value"])).sum();
        self.taxes.iter().find(|(known, _)| *known == rate).unwrap().1.clone()
    }

    /// The oldest of an address, or a new one; nobody without an address.
    fn customer(&mut self, world: &mut World, order: &Value) -> Option<String> {
        let email = order["email"].as_str().unwrap().trim().to_lowercase();
        if email.is_empty() {
            return None;
        }
        if let Some(known) = self.customers.get(&email) {
            return known.clone();
        }
        let path = format!("/2026-07/search?type=customers&email={email}");
        let found = till_get(world, &path).value();
        let key = |row: &Value| (row["created_at"].to_string(), row["id"].to_string());
        let oldest = found["data"].as_array().unwrap().iter().min_by_key(|row| key(row));
        let id = match oldest {
            Some(row) => row["id"].clone(),
            None => {
                let name = order["billingPerson"]["name"].as_str().unwrap_or(&email);
                let body = json!({ "first_name": name, "last_name": null, "email": email });
                till_post(world, "/2026-07/customers", body).value()["data"]["id"].clone()
            }
        };
        let id = id.as_str().map(str::to_owned);
        self.customers.insert(email, id.clone());
        id
    }

    fn line(&self, product: String, quantity: Decimal, values: [Decimal; 2], tax: String) -> Value {
        json!({
            "product": { "id": product }, "quantity": number(&quantity.to_string()),
            "pricing": { "price": unit(values[0], quantity) },
            "tax": { "id": tax, "amount": unit(values[1], quantity) },
        })
    }

    fn sale(&mut self, world: &mut World, order: &Value) -> Value {
        let gross = order["pricesIncludeTax"] == true;
        let net = |value: Decimal, tax: Decimal| if gross { value - tax } else { value };
        let (mut lines, mut on_shipping, mut on_handling) = (vec![], Decimal::ZERO, Decimal::ZERO);
        let mut charge_taxes = json!([]);
        for item in order["items"].as_array().unwrap() {
            let taxes = item["taxes"].as_array().unwrap();
            let of = |field: &str| taxes.iter().map(|tax| amount(&tax[field])).sum::<Decimal>();
            let promotions: Decimal =
                item["discounts"].as_array().unwrap().iter().map(|it| amount(&it["total"])).sum();
            let quantity = amount(&item["quantity"]);
            let value =
                amount(&item["price"]) * quantity - amount(&item["couponAmount"]) - promotions;
            let tax = of("taxOnDiscountedSubtotal");
            let product = self.product(world, item["sku"].as_str().unwrap());
            let values = [net(value, tax), tax];
            lines.push(self.line(product, quantity, values, self.tax(&item["taxes"])));
            let carried = of("taxOnShipping") + of("taxOnHandlingFee");
            on_shipping += of("taxOnShipping");
            on_handling += of("taxOnHandlingFee");
            if !carried.is_zero() {
                charge_taxes = item["taxes"].clone();
            }
        }
        let mut charges = vec![
            ("SHIPPING", amount(&order["shippingOption"]["shippingRate"]), on_shipping),
            ("HANDLING", amount(&order["handlingFee"]["value"]), on_handling),
        ];
        for it in order["customSurcharges"].as_array().unwrap() {
            let sku = if it["id"] == "tips" { "TIP" } else { "SURCHARGE" };
            charges.push((sku, amount(&it["total"]), Decimal::ZERO));
        }
        for (sku, value, tax) in charges.into_iter().filter(|(_, value, _)| !value.is_zero()) {
            let product = self.product(world, sku);
            let taxes = if tax.is_zero() { json!([]) } else { charge_taxes.clone() };
            lines.push(self.line(product, Decimal::ONE, [net(value, tax), tax], self.tax(&taxes)));
        }
        let internal = order["internalId"].as_u64().unwrap();
        let paid = json!({ "type": { "config_id": self.online }, "amount": order["total"] });
        json!({
            "id": chance::uuid(&[internal]), "state": "closed",
            "date": order["createDate"].as_str().unwrap().replace(" +0000", "Z"),
            "source": {
                "author_id": world.user, "register_id": world.register,
                "type": "Ecwid", "id": format!("1003:{internal}"),
            },
            "customer_id": self.customer(world, order),
            "line_items": lines,
            "payments": if order["total"] == 0 { json!([]) } else { json!([paid]) },
        })
    }
}

/// Posts every order that the truth says can be posted, each as `spoil` leaves it.
fn synced(seed: u64, spoil: impl Fn(u64, &mut Value)) -> World {
    let mut world = world_of(&WorldOptions { seed, orders: 150, ..WorldOptions::default() });
    world.set_limited(false);
    let mut sync = Sync::new(&mut world);
    for position in 0..150 {
        if world.shop.orders().row(position).unwrap().fate() != Fate::Postable {
            continue;
        }
        let order = shop_get(&mut world, &format!("/orders/{}", public_id(position))).value();
        let mut sale = sync.sale(&mut world, &order);
        spoil(internal_id(position), &mut sale);
        let reply = till_post(&mut world, "/2026-07/sales", sale);
        assert_eq!(reply.status, 200, "{}", reply.value());
    }
    world
}

#[test]
fn an_honest_sync_satisfies_the_books() {
    for seed in 0..6 {
        let world = synced(seed, |_, _| {});
        let books = world.books();
        assert_eq!(books.verify(), Vec::<String>::new(), "seed {seed}");
        assert_eq!(books.postable_paid_orders(), books.till_closed_sales());
        assert!(books.summary().customers_created > 10);
    }
}

#[test]
fn a_cent_too_much_on_one_sale_is_found() {
    let world = synced(1, |internal, sale| {
        if internal == internal_id(9) {
            let price = &mut sale["line_items"][0]["pricing"]["price"];
            *price = number(&(amount(price) + Decimal::new(1, 2)).to_string());
        }
    });
    let violations = world.books().verify();
    assert!(!violations.is_empty());
    assert!(violations.iter().all(|it| it.contains(&public_id(9))), "{violations:?}");
}
