//! Compares what must be with what is. It knows the planted truth and nothing of how a connector works.

use rust_decimal::Decimal;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

use super::{fate_words, source_id};
use crate::clock;
use crate::movement::{Actor, Cause, Movement};
use crate::shop::order::{Content, Fate, OrderDetail, OrderRow};
use crate::shop::{Shop, public_id};
use crate::till::{Customer, Sale, SaleState, Stored, Till, TillCounter};

/// What `source` says of sales that come from the shop.
const SOURCE: &str = "Ecwid";
/// Most violations that are told in words.
const VIOLATIONS_MAX: usize = 1000;

/// What is wrong, in words.
pub(super) fn verify(shop: &Shop, till: &Till) -> Vec<String> {
    let mut found = Violations::default();
    let profiles = Profiles::of(till);
    for (position, row) in shop.orders().rows() {
        check_order(shop, till, &profiles, (position, row), &mut found);
    }
    check_strangers(shop, till, &mut found);
    check_customers(till, &mut found);
    check_levels(shop, till, &mut found);
    check_draws(till, &mut found);
    found.in_words()
}

#[derive(Default)]
struct Violations {
    words: Vec<String>,
    more: usize,
}

impl Violations {
    fn add(&mut self, words: impl FnOnce() -> String) {
        if self.words.len() < VIOLATIONS_MAX {
            self.words.push(words());
        } else {
            self.more += 1;
        }
    }

    fn in_words(mut self) -> Vec<String> {
        if self.more > 0 {
            self.words.push(format!("and {} more", self.more));
        }
        self.words
    }
}

/// Exactly one closed sale for a postable order, none for one that never was both paid and sound.
fn check_order(
    shop: &Shop,
    till: &Till,
    profiles: &Profiles,
    (position, row): (u32, &OrderRow),
    found: &mut Violations,
) {
    let number = || format!("order {} ({})", public_id(position), fate_words(row.fate()));
    let sales = closed_sales(till, &source_id(shop, position));
    let was_postable = row.ever_paid && row.content == Content::Sound;
    match sales.as_slice() {
        [] if row.fate() == Fate::Postable && !row.deleted => {
            found.add(|| format!("{} has no closed sale", number()));
        }
        [] => {}
        [sale] if was_postable => {
            check_sale(shop, till, position, sale, found);
            check_buyer(shop, profiles, position, sale, found);
        }
        [sale] => found.add(|| format!("{} has the sale {}", number(), sale.id)),
        several => found.add(|| format!("{} has {} closed sales", number(), several.len())),
    }
}

fn closed_sales<'t>(till: &'t Till, source_id: &str) -> Vec<&'t Stored<Sale>> {
    till.sales_of_source(source_id)
        .iter()
        .filter_map(|position| till.sales().at(*position))
        .filter(|row| row.deleted_ms.is_none() && row.value.state == SaleState::Closed)
        .filter(|row| row.value.source.as_deref() == Some(SOURCE))
        .filter(|row| row.value.source_id.as_deref() == Some(source_id))
        .collect()
}

fn check_sale(shop: &Shop, till: &Till, position: u32, row: &Stored<Sale>, found: &mut Violations) {
    let (sale, detail) = (&row.value, shop.orders().detail(position));
    let number = public_id(position);
    let currency = shop.currency();
    let total = currency.round(sale.total());
    let now = currency.decimal(detail.total_minor);
    let past = shop.orders().past(position).iter();
    let known = past.map(|past| currency.decimal(past.total_minor)).any(|past| past == total);
    if total != now && !known {
        let sum = sale.total();
        found.add(|| format!("sale of order {number} is over {sum}, the order over {now}"));
    }
    if sale.paid() != total {
        found.add(|| format!("sale of order {number} is over {total}, paid are {}", sale.paid()));
    }
    let tax = currency.decimal(detail.tax_minor);
    if total == now && currency.round(sale.tax()) != tax {
        found.add(|| format!("sale of order {number} bears a tax of {}, not {tax}", sale.tax()));
    }
    let created_s = shop.orders().row(position).map_or(0, |row| row.created_s);
    if sale.date_ms.div_euclid(1000) != created_s {
        let (is, due) = (clock::rfc3339(sale.date_ms), clock::rfc3339(created_s * 1000));
        found.add(|| format!("sale of order {number} is dated {is}, not {due}"));
    }
    if total == now {
        check_lines(till, &number, &detail, sale, found);
    }
}

/// Every line of the order by its SKU, in full, and no further goods.
fn check_lines(
    till: &Till,
    number: &str,
    detail: &OrderDetail,
    sale: &Sale,
    found: &mut Violations,
) {
    let mut due: BTreeMap<Uuid, Decimal> = BTreeMap::new();
    for line in &detail.lines {
        let bearing = till.products_of_sku(&line.sku.to_lowercase()).iter();
        let products = bearing.filter_map(|at| till.products().at(*at));
        match products.filter(|row| row.value.sku == line.sku).map(|row| row.id).next() {
            Some(product) => *due.entry(product).or_default() += Decimal::from(line.quantity),
            None => found.add(|| format!("order {number} sells `{}`, which is unknown", line.sku)),
        }
    }
    let mut sold: BTreeMap<Uuid, Decimal> = BTreeMap::new();
    for line in &sale.lines {
        let counted =
            till.products().find(line.product).is_some_and(|(_, row)| row.value.has_inventory);
        if counted || due.contains_key(&line.product) {
            *sold.entry(line.product).or_default() += line.quantity;
        }
    }
    if due != sold {
        found.add(|| format!("sale of order {number} sells other goods than the order"));
    }
}

/// The till's customers by normalised address.
struct Profiles<'t> {
    by_email: HashMap<String, Vec<&'t Stored<Customer>>>,
}

impl<'t> Profiles<'t> {
    fn of(till: &'t Till) -> Self {
        let mut by_email: HashMap<String, Vec<&Stored<Customer>>> = HashMap::new();
        for row in till.customers().rows() {
            if let Some(email) = row.value.email.as_deref().map(normalised) {
                by_email.entry(email).or_default().push(row);
            }
        }
        Self { by_email }
    }

    fn of_email(&self, email: &str) -> &[&'t Stored<Customer>] {
        self.by_email.get(email).map_or(&[], Vec::as_slice)
    }
}

fn normalised(email: &str) -> String {
    email.trim().to_lowercase()
}

/// The customer of a sale: the oldest of the order's address, none without an address.
fn check_buyer(
    shop: &Shop,
    profiles: &Profiles,
    position: u32,
    row: &Stored<Sale>,
    found: &mut Violations,
) {
    let detail = shop.orders().detail(position);
    let (number, email) = (public_id(position), normalised(&detail.email));
    let customer = row.value.customer;
    if email.is_empty() {
        if customer.is_some() {
            found
                .add(|| format!("sale of order {number} has a customer, the order has no address"));
        }
        return;
    }
    let alive = profiles.of_email(&email).iter().filter(|row| row.deleted_ms.is_none());
    // The till shows whole seconds, and of two of the same second the smaller id is the older.
    let oldest = alive.min_by_key(|row| (row.created_ms.div_euclid(1000), row.id));
    let named = |id: Option<Uuid>| id.map_or("nobody".to_owned(), |id| id.to_string());
    let due = oldest.map(|row| row.id);
    if customer != due {
        let (is, due) = (named(customer), named(due));
        found.add(|| format!("sale of order {number} is of {is}, not of {due} ({email})"));
    }
}

/// Sales by the API that belong to no order.
fn check_strangers(shop: &Shop, till: &Till, found: &mut Violations) {
    let prefix = format!("{}:", shop.store_id());
    for row in till.sales().rows() {
        let sale = &row.value;
        if sale.by != Actor::Api || sale.return_for.is_some() || row.deleted_ms.is_some() {
            continue;
        }
        let internal = sale.source_id.as_deref().and_then(|id| id.strip_prefix(&prefix));
        let internal: Option<u64> = internal.and_then(|id| id.parse().ok());
        let order = internal.and_then(|id| shop.orders().by_internal_id(id));
        if sale.source.as_deref() != Some(SOURCE) || order.is_none() {
            let (source, id) = (&sale.source, &sale.source_id);
            found.add(|| format!("sale {} bears no known source: {source:?} {id:?}", row.id));
        }
    }
}

/// Who was there before stays as he was, and nobody is created twice.
fn check_customers(till: &Till, found: &mut Violations) {
    let mut created: BTreeMap<String, u32> = BTreeMap::new();
    for row in till.customers().rows() {
        let customer = &row.value;
        let by_api = customer.created_by == Some(Actor::Api);
        if !by_api && customer.changed_by.contains(&Actor::Api) {
            found.add(|| format!("customer {} was there before, and the API changed it", row.id));
        }
        if by_api {
            let email = normalised(customer.email.as_deref().unwrap_or(""));
            *created.entry(email).or_default() += 1;
        }
    }
    for (email, count) in created.into_iter().filter(|(_, count)| *count > 1) {
        found.add(|| format!("{count} customers were created for `{email}`"));
    }
}

/// Opening and movements explain every level.
fn check_levels(shop: &Shop, till: &Till, found: &mut Violations) {
    let moved = sums(shop.movements());
    for (counter, _, sku, level) in shop.products().levels() {
        let opening = shop.opening().get(&counter).copied().unwrap_or(0);
        let due = Decimal::from(opening) + moved.get(&counter).copied().unwrap_or_default();
        if due != Decimal::from(level) {
            found.add(|| format!("the shop counts {level} of `{sku}`, its movements say {due}"));
        }
    }
    let moved = sums(till.movements());
    for row in till.levels().rows() {
        let (counter, level) = (row.value.counter, row.value.amount);
        let opening = till.opening().get(&counter).copied().unwrap_or_default();
        let due = opening + moved.get(&counter).copied().unwrap_or_default();
        if due != level {
            found
                .add(|| format!("the till counts {level} of {counter:?}, its movements say {due}"));
        }
    }
}

fn sums<Owner: Ord + Copy>(movements: &[Movement<Owner>]) -> BTreeMap<Owner, Decimal> {
    let mut sums = BTreeMap::new();
    for movement in movements {
        *sums.entry(movement.owner).or_default() += movement.delta;
    }
    sums
}

/// Each sale drew its goods once, at the outlet of its register.
fn check_draws(till: &Till, found: &mut Violations) {
    let mut drawn: HashMap<Uuid, BTreeMap<TillCounter, Decimal>> = HashMap::new();
    for movement in till.movements() {
        if let Cause::Sale(id) | Cause::SaleVoided(id) | Cause::SaleRepeated(id) = movement.cause {
            *drawn.entry(id).or_default().entry(movement.owner).or_default() += movement.delta;
        }
    }
    for row in till.sales().rows() {
        let mut is = drawn.remove(&row.id).unwrap_or_default();
        is.retain(|_, delta| !delta.is_zero());
        let due = due_draws(till, &row.value);
        if is != due {
            found.add(|| format!("sale {} moved stock by {is:?}, not by {due:?}", row.id));
        }
    }
}

fn due_draws(till: &Till, sale: &Sale) -> BTreeMap<TillCounter, Decimal> {
    let mut due: BTreeMap<TillCounter, Decimal> = BTreeMap::new();
    let Some(outlet) = sale.drawn_at else {
        return due;
    };
    for line in &sale.lines {
        let Some((_, row)) = till.products().find(line.product) else {
            continue;
        };
        if row.value.has_inventory {
            let counter = TillCounter { product: line.product, outlet };
            *due.entry(counter).or_default() -= line.quantity;
        }
        for (part, pieces) in &row.value.composite_of {
            let counter = TillCounter { product: *part, outlet };
            *due.entry(counter).or_default() -= line.quantity * pieces;
        }
    }
    due.retain(|_, delta| !delta.is_zero());
    due
}
