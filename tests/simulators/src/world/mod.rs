//! A shop and a till, filled from a seed, with the truth about every order planted in them.

mod blueprint;
mod catalogue;
mod people;
mod plan;

use rust_decimal::Decimal;
use std::sync::Arc;
use uuid::Uuid;

use crate::books::Books;
use crate::faults::FaultPlan;
use crate::knobs::Knobs;
use crate::money::Currency;
use crate::shop::order::OrderRow;
use crate::shop::{Orders, Recipe, Shop, ShopParts};
use crate::till::{Retailer, Till};
use blueprint::Blueprint;
pub use plan::{Charged, Features, Plan};

/// The number of a generated store.
pub const STORE_ID: u64 = 1003;
/// 2026-01-15T00:00:00Z: when a generated story begins, unless told otherwise.
pub const NOW_MS: i64 = 1_768_435_200_000;
/// Orders at the beginning that cover every status, customer and reason in turn, whatever the seed.
pub const SYSTEMATIC_ORDERS: u32 = 60;

/// What kinds of orders there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mix {
    /// Everything that may come.
    #[default]
    Full,
    /// Only paid orders of known customers that become sales, of one to three lines: for benchmarks.
    Simple,
}

/// What to generate. The same options give the same world.
#[derive(Clone, Debug)]
pub struct WorldOptions {
    /// Everything is drawn from it.
    pub seed: u64,
    /// How many orders; each keeps some dozens of bytes.
    pub orders: u32,
    /// Of which kinds.
    pub mix: Mix,
    /// Ordinary products beside the special ones, at least 1.
    pub products: u32,
    /// Customers that the till knows, at least 1.
    pub customers: u32,
    /// The newest order is at most this old, in Unix milliseconds.
    pub now_ms: i64,
    /// The oldest order is about so old, in milliseconds.
    pub span_ms: i64,
    /// Of both sides.
    pub currency: Currency,
}

impl Default for WorldOptions {
    fn default() -> Self {
        Self {
            seed: 1,
            orders: 200,
            mix: Mix::Full,
            products: 40,
            customers: 200,
            now_ms: NOW_MS,
            span_ms: 30 * 24 * 3_600_000,
            currency: Currency::euro(),
        }
    }
}

/// A shop and a till, with the ids that a test asks for.
pub struct World {
    /// Ecwid.
    pub shop: Shop,
    /// Vend.
    pub till: Till,
    /// The till's outlet `Main`.
    pub outlet: Uuid,
    /// The till's outlet `Warehouse`, whose stock no online sale may touch.
    pub other_outlet: Uuid,
    /// The till's register `Web`, at `Main`.
    pub register: Uuid,
    /// The user `web`, who sells online.
    pub user: Uuid,
}

impl World {
    /// Generates a world.
    pub fn generate(options: &WorldOptions) -> Self {
        let seed = options.seed;
        let people = people::People::draw(seed, options.customers.max(1));
        let catalogue = catalogue::Catalogue::draw(seed, options.products.max(1));
        let mut till = Till::new(empty_retailer(options), seed);
        till.advance_to(options.now_ms - options.span_ms - 86_400_000);
        let outlet = till.add_outlet("Main");
        let other_outlet = till.add_outlet("Warehouse");
        let register = till.add_register("Web", outlet, "WEB-");
        till.add_register("Counter", other_outlet, "");
        for (name, type_id) in [("Cash", 1), ("Card", 3), ("Online", 3), ("PayPal", 3)] {
            till.add_payment_type(name, type_id);
        }
        let user = till.add_user("web", "Web shop", "cashier");
        till.add_user("rita", "Rita Berg", "admin");
        catalogue.stock_till(&mut till, [outlet, other_outlet], options.currency.decimals);
        people.move_in(&mut till);
        till.advance_to(options.now_ms);

        let start_s = (options.now_ms - options.span_ms).div_euclid(1000);
        let products = catalogue.products(start_s - 86_400);
        let taxes = catalogue.taxes().to_vec();
        let blueprint = Arc::new(Blueprint { seed, mix: options.mix, catalogue, people });
        let rows = order_rows(options, &blueprint);
        let mut shop = Shop::new(ShopParts {
            store_id: STORE_ID,
            currency: options.currency.clone(),
            taxes,
            products,
            orders: Orders::new(rows, Some(blueprint as Arc<dyn Recipe>)),
            seed,
        });
        shop.advance_to(options.now_ms);
        Self { shop, till, outlet, other_outlet, register, user }
    }

    /// Sets the knobs of both vendors.
    pub fn set_knobs(&mut self, knobs: Knobs) {
        self.shop.knobs = knobs.shop;
        self.till.knobs = knobs.till;
    }

    /// Sets one fault plan for both vendors.
    pub fn set_faults(&mut self, plan: &FaultPlan) {
        self.shop.faults.set_plan(plan.clone());
        self.till.faults.set_plan(plan.clone());
    }

    /// Whether the vendors' rate limits hold.
    pub fn set_limited(&mut self, limited: bool) {
        (self.shop.limited, self.till.limited) = (limited, limited);
    }

    /// The truth, as it is now.
    pub fn books(&self) -> Books<'_> {
        Books::new(&self.shop, &self.till)
    }
}

fn empty_retailer(options: &WorldOptions) -> Retailer {
    Retailer {
        domain_prefix: "acme".to_owned(),
        currency: options.currency.clone(),
        no_tax_id: Uuid::nil(),
        discount_product_id: Uuid::nil(),
    }
}

/// The compact row of every order: placed evenly over the span, changed some minutes later.
fn order_rows(options: &WorldOptions, blueprint: &Blueprint) -> Vec<OrderRow> {
    let now_s = options.now_ms.div_euclid(1000);
    let span_s = options.span_ms.div_euclid(1000).max(1);
    let step = |index: u32| i64::from(index) * span_s / i64::from(options.orders.max(1));
    let row = |index: u32| {
        let plan = blueprint.plan(index);
        let created_s = now_s - span_s + step(index);
        let later_s =
            (crate::chance::mix(&[options.seed, 31, u64::from(index)]) % 600).cast_signed();
        OrderRow {
            created_s,
            updated_s: (created_s + later_s).min(now_s - 1).max(created_s),
            payment: plan.payment,
            fulfillment: plan.fulfillment,
            content: plan.content,
            customer_case: plan.customer_case,
            ever_paid: plan.payment == crate::shop::order::PaymentStatus::Paid,
            takes_stock: plan.takes_stock(),
            deleted: false,
        }
    };
    (0..options.orders).map(row).collect()
}

/// Minor units as the decimal that the till keeps.
pub(crate) fn to_decimal(minor: i64, decimals: u32) -> Decimal {
    Decimal::new(minor, decimals)
}
