//! The rows of the books.

use rust_decimal::Decimal;
use serde::Serialize;
use uuid::Uuid;

use super::{Books, fate_words, source_id, word};
use crate::clock;
use crate::movement::{Actor, Cause};
use crate::shop::order::{CustomerCase, OrderRow};
use crate::shop::{internal_id, public_id};
use crate::till::{Customer, Sale, SaleState, Stored};

/// An order with what was planted in it.
#[derive(Clone, Debug, Serialize)]
pub struct OrderEntry {
    /// As people see it.
    pub id: String,
    /// The shop's own.
    pub internal_id: u64,
    /// `postable`, `not-paid(REFUNDED)`, `held(gift-card)`.
    pub fate: String,
    /// What was planted about the buyer.
    pub customer_case: CustomerCase,
    /// Placement.
    pub created: String,
    /// The address as typed.
    pub email: String,
    /// What was to be paid.
    pub total: Decimal,
    /// The closed sales of it.
    pub sales: Vec<Uuid>,
}

/// A sale.
#[derive(Clone, Debug, Serialize)]
pub struct SaleEntry {
    /// Its id.
    pub id: Uuid,
    /// Its state.
    pub state: SaleState,
    /// The system it comes from.
    pub source: Option<String>,
    /// Its id there.
    pub source_id: Option<String>,
    /// Its number.
    pub invoice_number: String,
    /// When it was made.
    pub date: String,
    /// Whose it is.
    pub customer_id: Option<Uuid>,
    /// Lines and taxes, exactly.
    pub total: Decimal,
    /// Taxes, exactly.
    pub tax: Decimal,
    /// What was paid.
    pub paid: Decimal,
    /// Product, quantity, unit price and unit tax of each line.
    pub lines: Vec<(Uuid, Decimal, Decimal, Decimal)>,
    /// Payment type and amount of each payment.
    pub payments: Vec<(Uuid, Decimal)>,
    /// Who wrote it last.
    pub by: Actor,
}

/// A customer of the till.
#[derive(Clone, Debug, Serialize)]
pub struct CustomerEntry {
    /// Its id.
    pub id: Uuid,
    /// First and last name.
    pub name: String,
    /// Its address.
    pub email: Option<String>,
    /// Who created it.
    pub created_by: Option<Actor>,
    /// Everybody who changed it afterwards.
    pub changed_by: Vec<Actor>,
    /// Whether it was deleted.
    pub deleted: bool,
}

/// A counter.
#[derive(Clone, Debug, Serialize)]
pub struct LevelEntry {
    /// `shop` or `till`.
    pub side: &'static str,
    /// What it counts.
    pub sku: String,
    /// The counter: product and variation, or product and outlet.
    pub owner: String,
    /// When the story began.
    pub opening: Decimal,
    /// Now.
    pub level: Decimal,
}

/// A movement of a counter.
#[derive(Clone, Debug, Serialize)]
pub struct MovementEntry {
    /// `shop` or `till`.
    pub side: &'static str,
    /// When.
    pub at: String,
    /// The counter.
    pub owner: String,
    /// By how much.
    pub delta: Decimal,
    /// Why.
    pub cause: Cause,
    /// Who.
    pub by: Actor,
}

impl<'w> Books<'w> {
    /// Every order, in the order of its placement.
    pub fn orders(&self) -> impl Iterator<Item = OrderEntry> + 'w {
        let books = *self;
        self.shop.orders().rows().map(move |(position, row)| books.order(position, row))
    }

    fn order(&self, position: u32, row: &OrderRow) -> OrderEntry {
        let detail = self.shop.orders().detail(position);
        let closed = |position: &&u32| {
            self.till.sales().at(**position).is_some_and(|it| it.value.state == SaleState::Closed)
        };
        let sales = self.till.sales_of_source(&source_id(self.shop, position)).iter();
        OrderEntry {
            id: public_id(position),
            internal_id: internal_id(position),
            fate: fate_words(row.fate()),
            customer_case: row.customer_case,
            created: clock::rfc3339(row.created_s * 1000),
            email: detail.email.clone(),
            total: self.shop.currency().decimal(detail.total_minor),
            sales: sales
                .filter(closed)
                .filter_map(|position| self.till.sales().at(*position))
                .map(|row| row.id)
                .collect(),
        }
    }

    /// Every sale, in the order of its creation.
    pub fn sales(&self) -> impl Iterator<Item = SaleEntry> + 'w {
        self.till.sales().rows().iter().map(sale)
    }

    /// Every customer of the till, in the order of its creation.
    pub fn customers(&self) -> impl Iterator<Item = CustomerEntry> + 'w {
        self.till.customers().rows().iter().map(customer)
    }

    /// Every counter of both sides.
    pub fn levels(&self) -> impl Iterator<Item = LevelEntry> + 'w {
        let (shop, till) = (self.shop, self.till);
        let of_shop = shop.products().levels().map(move |(counter, _, sku, level)| LevelEntry {
            side: "shop",
            sku: sku.to_owned(),
            owner: shop_owner(counter),
            opening: shop.opening().get(&counter).copied().unwrap_or(0).into(),
            level: level.into(),
        });
        let of_till = till.levels().rows().iter().map(move |row| {
            let counter = row.value.counter;
            let product = till.products().find(counter.product).map(|(_, row)| &row.value);
            LevelEntry {
                side: "till",
                sku: product.map(|product| product.sku.clone()).unwrap_or_default(),
                owner: till_owner(till, counter),
                opening: till.opening().get(&counter).copied().unwrap_or_default(),
                level: row.value.amount,
            }
        });
        of_shop.chain(of_till)
    }

    /// Every movement of both sides, first the shop's.
    pub fn movements(&self) -> impl Iterator<Item = MovementEntry> + 'w {
        let till = self.till;
        let of_shop = self.shop.movements().iter().map(|it| MovementEntry {
            side: "shop",
            at: clock::rfc3339(it.at_ms),
            owner: shop_owner(it.owner),
            delta: it.delta,
            cause: it.cause,
            by: it.by,
        });
        let of_till = self.till.movements().iter().map(move |it| MovementEntry {
            side: "till",
            at: clock::rfc3339(it.at_ms),
            owner: till_owner(till, it.owner),
            delta: it.delta,
            cause: it.cause,
            by: it.by,
        });
        of_shop.chain(of_till)
    }
}

fn sale(row: &Stored<Sale>) -> SaleEntry {
    let sale = &row.value;
    SaleEntry {
        id: row.id,
        state: sale.state,
        source: sale.source.clone(),
        source_id: sale.source_id.clone(),
        invoice_number: sale.invoice_number.clone(),
        date: clock::rfc3339(sale.date_ms),
        customer_id: sale.customer,
        total: sale.total(),
        tax: sale.tax(),
        paid: sale.paid(),
        lines: sale
            .lines
            .iter()
            .map(|line| (line.product, line.quantity, line.price, line.tax))
            .collect(),
        payments: sale.payments.iter().map(|it| (it.payment_type, it.amount)).collect(),
        by: sale.by,
    }
}

fn customer(row: &Stored<Customer>) -> CustomerEntry {
    let customer = &row.value;
    let names = [&customer.first_name, &customer.last_name].into_iter().flatten();
    CustomerEntry {
        id: row.id,
        name: names.map(String::as_str).collect::<Vec<_>>().join(" "),
        email: customer.email.clone(),
        created_by: customer.created_by,
        changed_by: customer.changed_by.clone(),
        deleted: row.deleted_ms.is_some(),
    }
}

fn shop_owner(counter: crate::shop::ShopCounter) -> String {
    match counter.combination_id {
        Some(combination) => format!("{}/{combination}", counter.product_id),
        None => counter.product_id.to_string(),
    }
}

fn till_owner(till: &crate::till::Till, counter: crate::till::TillCounter) -> String {
    let outlet = till.outlets().find(counter.outlet).map_or("?", |(_, row)| &row.value.name);
    format!("{}@{outlet}", counter.product)
}

/// A cause in words, for people: `sale 7d0f…`.
pub(super) fn cause_words(cause: Cause) -> String {
    match cause {
        Cause::OrderPlaced(id) => format!("order {id} placed"),
        Cause::OrderRestocked(id) => format!("order {id} restocked"),
        Cause::Sale(id) => format!("sale {id}"),
        Cause::SaleVoided(id) => format!("sale {id} voided"),
        Cause::SaleRepeated(id) => format!("sale {id} written again"),
        Cause::Adjustment(id) => format!("adjustment {id}"),
        Cause::Counted => "counted by hand".to_owned(),
        Cause::ApiDelta(sequence) => format!("delta by request {sequence}"),
        Cause::ApiSet(sequence) => format!("number set by request {sequence}"),
    }
}

/// An actor in a word.
pub(super) fn actor_word(actor: Actor) -> String {
    word(&actor)
}
