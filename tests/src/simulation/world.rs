//! A shop and a till that are as small as can be: three goods, ten pieces of each on either side.

use penstock_simulators::money::Currency;
use penstock_simulators::movement::Actor;
use penstock_simulators::shop::{Orders, Product, Shop, ShopCounter, ShopParts};
use penstock_simulators::till::{Customer, Retailer, Till, TillCounter, TillProduct};
use penstock_simulators::world::{NOW_MS, STORE_ID, World};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::act::KNOWN;

/// A good, by the name that it has for ever, whatever becomes of its SKU.
pub type Item = &'static str;

/// All goods.
pub const ITEMS: [Item; 3] = ["MUG", "CAP", "PEN"];

/// Pieces of each good when a story begins.
pub const OPENING_PIECES: i64 = 10;

/// When a story begins, in Unix milliseconds.
pub const BEGINNING_MS: i64 = NOW_MS;

/// The shop's number of the first good.
const FIRST_PRODUCT_ID: u64 = 4401;
/// In cents.
const PRICE_MINOR: i64 = 1_000;

/// A good's counters.
#[derive(Debug, Clone, Copy)]
pub(super) struct Good {
    pub(super) item: Item,
    pub(super) shop: ShopCounter,
    pub(super) till: TillCounter,
}

impl Good {
    /// The shop's counter as links name it.
    pub(super) fn shop_owner(&self) -> String {
        self.shop.product_id.to_string()
    }

    /// The same for the till's.
    pub(super) fn till_owner(&self) -> String {
        format!("{}@{}", self.till.product, self.till.outlet)
    }
}

/// Makes the world: with its goods, and the register at which the cashier sells.
pub(super) fn world(seed: u64) -> (World, Vec<Good>, Uuid) {
    let retailer = Retailer {
        domain_prefix: "acme".to_owned(),
        currency: Currency::euro(),
        no_tax_id: Uuid::nil(),
        discount_product_id: Uuid::nil(),
    };
    let mut till = Till::new(retailer, seed);
    till.advance_to(BEGINNING_MS - 86_400_000);
    let outlet = till.add_outlet("Main");
    let register = till.add_register("Web", outlet, "WEB-");
    let counter = till.add_register("Counter", outlet, "");
    till.add_payment_type("Online", 3);
    till.retailer.no_tax_id = till.add_tax("No Tax", &[("No Tax", Decimal::ZERO)], true);
    let user = till.add_user("web", "Web shop", "admin");
    let mut goods = Vec::new();
    let mut products = Vec::new();
    for (product_id, item) in (FIRST_PRODUCT_ID..).zip(ITEMS) {
        let (good, product) = add_good(&mut till, outlet, product_id, item);
        goods.push(good);
        products.push(product);
    }
    for known in KNOWN {
        let (first, last) = known.name.split_once(' ').unwrap_or((known.name, ""));
        let customer = Customer {
            first_name: Some(first.to_owned()),
            last_name: Some(last.to_owned()),
            email: Some(known.email.to_owned()),
            ..Customer::default()
        };
        till.add_customer(customer, Actor::Cashier);
    }
    till.advance_to(BEGINNING_MS);
    let mut shop = Shop::new(ShopParts {
        store_id: STORE_ID,
        currency: Currency::euro(),
        taxes: Vec::new(),
        products,
        orders: Orders::new(Vec::new(), None),
        seed,
    });
    shop.advance_to(BEGINNING_MS);
    let mut world = World { shop, till, outlet, other_outlet: outlet, register, user };
    world.set_limited(true);
    (world, goods, counter)
}

/// Adds a good to a shop and a till that are there, with ten pieces on either side.
pub(super) fn extend(world: &mut World, goods: &mut Vec<Good>, item: Item, now_ms: i64) {
    let product_id = FIRST_PRODUCT_ID + goods.len() as u64;
    let (good, product) = add_good(&mut world.till, world.outlet, product_id, item);
    world.shop.add_product(product, now_ms);
    goods.push(good);
}

/// Adds a good to the till, and answers what the shop is to have of it.
fn add_good(till: &mut Till, outlet: Uuid, product_id: u64, item: Item) -> (Good, Product) {
    let product = till.add_product(TillProduct {
        sku: item.to_owned(),
        name: item.to_owned(),
        handle: item.to_lowercase(),
        has_inventory: true,
        active: true,
        price_excluding_tax: Decimal::new(PRICE_MINOR, 2),
        ..TillProduct::default()
    });
    let counter = TillCounter { product, outlet };
    till.open_level(counter, Decimal::from(OPENING_PIECES));
    let shop = ShopCounter { product_id, combination_id: None };
    let product = Product {
        id: product_id,
        sku: item.to_owned(),
        name: item.to_owned(),
        price_minor: PRICE_MINOR,
        stock: Some(OPENING_PIECES),
        enabled: true,
        created_s: BEGINNING_MS.div_euclid(1000) - 86_400,
        updated_s: BEGINNING_MS.div_euclid(1000) - 86_400,
        ..Product::default()
    };
    (Good { item, shop, till: counter }, product)
}
