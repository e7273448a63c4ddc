//! What people do in the shop and at the till.

use std::collections::{BTreeMap, BTreeSet};

use penstock_simulators::shop::order::{Content, PaymentStatus, Person};
use penstock_simulators::shop::{Draft, DraftLine, Product, Restock, Shop, Variation};
use penstock_simulators::till::Customer;
use penstock_simulators::world::World;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::world::{Good, Item};

/// Something that somebody does. What makes no sense when its time has come (an order that is not there, more pieces
/// than there are) is not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// A buyer orders, and is to pay later.
    Place { item: Item, quantity: i64 },
    /// A buyer who gives a name and an address orders, and is to pay later.
    Order { item: Item, quantity: i64, buyer: Buyer },
    /// A cashier corrects the name of everybody at the till who has this buyer's address.
    Correct { buyer: Buyer },
    /// The money of the order of this number, from 0, arrives.
    Pay { order: usize },
    /// An order is called off, and its goods are back in the shop.
    Cancel { order: usize },
    /// The merchant gives the money of an order back.
    Refund { order: usize, restocks: bool },
    /// The merchant corrects a count in the shop.
    Edit { item: Item, by: i64 },
    /// The merchant has the shop count an item no more.
    Unlimit { item: Item },
    /// The merchant has the shop count it again, from this level on.
    Limit { item: Item, level: i64 },
    /// The merchant gives an item of the shop another SKU.
    Rename { item: Item },
    /// The merchant deletes an item of the shop.
    Delete { item: Item },
    /// Somebody buys at the till.
    Sell { item: Item, quantity: i64 },
    /// The till's own sale of this number, from 0, is voided.
    Void { sale: usize },
    /// A clerk corrects a count at the till.
    Count { item: Item, by: i64 },
    /// Somebody buys tenths of a piece at the till.
    Weigh { item: Item, tenths: i64 },
    /// The merchant offers an item in two sizes that have no SKU of their own, and so share its counter.
    Vary { item: Item },
}

/// The names of all of them.
pub(super) const ACTS: [&str; 16] = [
    "Place", "Order", "Correct", "Pay", "Cancel", "Refund", "Edit", "Unlimit", "Limit", "Rename",
    "Delete", "Sell", "Void", "Count", "Weigh", "Vary",
];

impl Act {
    /// Its name, which is one of [`ACTS`].
    pub(super) fn name(self) -> String {
        first_word(&format!("{self:?}"))
    }
}

/// The name of a value whose debug form is given.
pub(super) fn first_word(text: &str) -> String {
    text.split(|it: char| !it.is_alphanumeric()).next().unwrap_or_default().to_owned()
}

/// Who buys in the shop: the address and the name as they are typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Buyer {
    pub email: &'static str,
    pub name: &'static str,
}

/// Buyers: some with one address in several spellings, with and without a name, with and without an address; the till
/// knows [`KNOWN`] of them from the beginning.
pub const BUYERS: [Buyer; 9] = [
    Buyer { email: "ann@example.org", name: "Ann Archer" },
    Buyer { email: "  Ann@Example.ORG ", name: "Annie A." },
    Buyer { email: "bob@example.org", name: "" },
    Buyer { email: "carl@example.org", name: "Carl Cook" },
    Buyer { email: "CARL@example.org", name: "" },
    Buyer { email: "dora@example.org", name: "Dora Dale" },
    Buyer { email: "eve.o'hara+shop@example.org", name: "Eve" },
    Buyer { email: "", name: "Nobody Atall" },
    CAPITAL,
];

/// Whom a search finds only if it does not regard case: the cashier has typed the address otherwise.
pub(super) const CAPITAL: Buyer = Buyer { email: "fred@example.org", name: "Fred Fox" };

/// Whom the till knows, as a cashier has typed them; of the last there are two profiles.
pub const KNOWN: [Buyer; 4] = [
    Buyer { email: "Fred@Example.org", name: "Fred Fox" },
    Buyer { email: "carl@example.org", name: "Karl Koch" },
    Buyer { email: "dora@example.org", name: "Dora Dale" },
    Buyer { email: "dora@example.org", name: "D. Dale" },
];

/// A correction of so many pieces is a slip of the finger.
const SLIP_MIN: i64 = 1_000;

/// Sizes of an item: their numbers and names.
const SIZES: [(u64, &str); 2] = [(71, "Small"), (72, "Large")];

/// Who acts, and what they have done so far.
#[derive(Debug, Default)]
pub(super) struct People {
    /// Where the cashier sells.
    register: Uuid,
    /// Orders by their position in the shop.
    pub(super) orders: Vec<u32>,
    /// The cashier's sales, and whether each still stands.
    sales: Vec<(Uuid, bool)>,
    /// Goods that the shop does not count now, and since when.
    pub(super) unlimited: BTreeMap<Item, i64>,
    /// Goods that were renamed, with their SKUs in the shop.
    pub(super) skus: BTreeMap<Item, String>,
    /// Orders by their positions, and since when they are no longer paid.
    pub(super) unpaid: BTreeMap<u32, i64>,
    /// Goods that are gone, or whose counting was interrupted: what truly is there can no longer be told.
    pub(super) disturbed: BTreeSet<Item>,
    /// Goods of which a count was mistyped: their pair waits for a person.
    pub(super) slipped: BTreeSet<Item>,
    /// Goods that the shop did not count for a while, and no run has seen it: whether what orders took by then is in the next
    /// count, nobody tells. By the orders' positions.
    pub(super) unseen: BTreeMap<Item, BTreeSet<u32>>,
    /// Goods whose first levels nobody has accepted, and since when.
    pub(super) unaccepted: BTreeMap<Item, i64>,
    /// Goods of which new first levels were taken, and when last.
    pub(super) anew: BTreeMap<Item, i64>,
}

impl People {
    /// Nobody has done anything yet; the cashier sells at this register.
    pub(super) fn at(register: Uuid) -> Self {
        Self { register, ..Self::default() }
    }

    /// Does it now. Answers whether anything was done.
    pub(super) fn act(&mut self, act: Act, world: &mut World, goods: &[Good], now_ms: i64) -> bool {
        world.shop.advance_to(now_ms);
        world.till.advance_to(now_ms);
        match act {
            Act::Place { .. }
            | Act::Order { .. }
            | Act::Pay { .. }
            | Act::Cancel { .. }
            | Act::Refund { .. } => self.order(act, world, goods, now_ms).is_some(),
            Act::Edit { .. }
            | Act::Unlimit { .. }
            | Act::Limit { .. }
            | Act::Rename { .. }
            | Act::Vary { .. }
            | Act::Delete { .. } => self.merchant(act, world, goods, now_ms).is_some(),
            Act::Sell { .. }
            | Act::Weigh { .. }
            | Act::Void { .. }
            | Act::Count { .. }
            | Act::Correct { .. } => self.till(act, world, goods).is_some(),
        }
    }

    fn order(&mut self, act: Act, world: &mut World, goods: &[Good], now_ms: i64) -> Option<()> {
        let shop = &mut world.shop;
        let nobody = Buyer { email: "", name: "" };
        let placed = match act {
            Act::Place { item, quantity } => Some((item, quantity, nobody)),
            Act::Order { item, quantity, buyer } => Some((item, quantity, buyer)),
            _ => None,
        };
        if let Some((item, quantity, buyer)) = placed {
            let product = shop.products().get(good(goods, item)?.shop.product_id)?;
            if quantity < 1 || product.stock.is_some_and(|pieces| pieces < quantity) {
                return None;
            }
            let draft = Draft {
                email: buyer.email.to_owned(),
                person: (!buyer.name.is_empty())
                    .then(|| Person { name: buyer.name.to_owned(), ..Person::default() }),
                ..draft(shop, &product.clone(), quantity)
            };
            let unpaid = PaymentStatus::AwaitingPayment;
            self.orders.push(shop.place(draft, unpaid, Content::Sound, now_ms));
            return Some(());
        }
        let (Act::Pay { order } | Act::Cancel { order } | Act::Refund { order, .. }) = act else {
            return None;
        };
        let position = *self.orders.get(order)?;
        let payment = shop.orders().row(position)?.payment;
        if payment == PaymentStatus::Paid {
            self.unpaid.insert(position, now_ms);
        }
        match (act, payment) {
            (Act::Pay { .. }, PaymentStatus::AwaitingPayment) => shop.pay(position, now_ms),
            (Act::Cancel { .. }, PaymentStatus::AwaitingPayment | PaymentStatus::Paid) => {
                shop.cancel(position, now_ms);
            }
            (Act::Refund { restocks, .. }, PaymentStatus::Paid) => {
                let total = shop.orders().detail(position).total_minor;
                let restock = if restocks { Restock::Yes } else { Restock::No };
                shop.refund(position, total, restock, now_ms);
            }
            _ => return None,
        }
        Some(())
    }

    fn merchant(&mut self, act: Act, world: &mut World, goods: &[Good], now_ms: i64) -> Option<()> {
        let shop = &mut world.shop;
        let (Act::Edit { item, .. }
        | Act::Unlimit { item }
        | Act::Limit { item, .. }
        | Act::Rename { item }
        | Act::Vary { item }
        | Act::Delete { item }) = act
        else {
            return None;
        };
        let counter = good(goods, item)?.shop;
        let product = shop.products().get(counter.product_id)?;
        let stock = product.stock;
        if matches!(act, Act::Vary { .. }) && !product.variations.is_empty() {
            return None;
        }
        match (act, stock) {
            (Act::Edit { by, .. }, Some(level)) if level + by >= 0 => {
                shop.set_stock(counter, Some(level + by), now_ms);
            }
            (Act::Unlimit { .. }, Some(_)) => {
                shop.set_stock(counter, None, now_ms);
                self.unlimited.insert(item, now_ms);
                self.disturbed.insert(item);
            }
            (Act::Limit { level, .. }, None) => {
                shop.set_stock(counter, Some(level), now_ms);
                self.unlimited.remove(item);
            }
            (Act::Rename { .. }, _) => {
                let sku = format!("{item}-{now_ms}");
                self.skus.insert(item, sku.clone());
                shop.edit_product(counter.product_id, now_ms, |product| product.sku = sku);
            }
            (Act::Vary { .. }, _) => {
                shop.edit_product(counter.product_id, now_ms, |product| {
                    for (id, size) in SIZES {
                        product.variations.push(Variation {
                            id,
                            options: vec![("Size".to_owned(), size.to_owned())],
                            price_minor: product.price_minor,
                            ..Variation::default()
                        });
                    }
                });
            }
            (Act::Delete { .. }, _) => {
                shop.delete_product(counter.product_id, now_ms);
                self.disturbed.insert(item);
            }
            _ => return None,
        }
        Some(())
    }

    fn till(&mut self, act: Act, world: &mut World, goods: &[Good]) -> Option<()> {
        let till = &mut world.till;
        match act {
            Act::Sell { item, quantity } => {
                let counter = good(goods, item)?.till;
                let quantity = Decimal::from(quantity);
                self.sales.push((till.cash_sale(self.register, counter.product, quantity)?, true));
            }
            Act::Weigh { item, tenths } => {
                let counter = good(goods, item)?.till;
                let quantity = Decimal::new(tenths, 1);
                self.sales.push((till.cash_sale(self.register, counter.product, quantity)?, true));
            }
            Act::Correct { buyer } => {
                let email = buyer.email.trim().to_lowercase();
                let rows = till.customers().rows().iter();
                let of_buyer = rows.filter(|row| {
                    let known = row.value.email.as_deref().unwrap_or_default();
                    !email.is_empty() && known.trim().to_lowercase() == email
                });
                let ids: Vec<Uuid> = of_buyer.map(|row| row.id).collect();
                let last_name = |customer: &mut Customer| {
                    customer.last_name = Some("as the cashier has it".to_owned());
                };
                ids.iter().for_each(|id| till.edit_customer(*id, last_name));
                return (!ids.is_empty()).then_some(());
            }
            Act::Void { sale } => {
                let (id, stands) = self.sales.get_mut(sale).filter(|(_, stands)| *stands)?;
                *stands = false;
                till.void_sale(*id);
            }
            Act::Count { item, by } => {
                let counter = good(goods, item)?.till;
                let level = till.level(counter)?;
                if by.abs() >= SLIP_MIN {
                    self.slipped.insert(item);
                }
                till.count_stock(counter, level + Decimal::from(by));
            }
            _ => return None,
        }
        Some(())
    }
}

/// A cart of an item. Of one that comes in sizes, one piece is of the first and the others are of the second.
fn draft(shop: &Shop, product: &Product, quantity: i64) -> Draft {
    let mut draft = shop.draft("", &product.sku, quantity);
    // A cart holds the item that was chosen, whatever its SKU.
    let line = &mut draft.lines[0];
    (line.product_id, line.price_minor) = (Some(product.id), product.price_minor);
    line.name.clone_from(&product.name);
    if let [small, large] = product.variations.as_slice() {
        let of = |size: &Variation, quantity, line: &DraftLine| DraftLine {
            combination_id: Some(size.id),
            quantity,
            ..line.clone()
        };
        let line = draft.lines.remove(0);
        draft.lines = vec![of(small, 1, &line), of(large, quantity - 1, &line)];
        draft.lines.retain(|line| line.quantity > 0);
    }
    draft
}

pub(super) fn good(goods: &[Good], item: Item) -> Option<&Good> {
    goods.iter().find(|good| good.item == item)
}
