//! What people do in the shop: buyers, and the merchant in the back office.
//!
//! Orders are named by position; [`public_id`](super::public_id) and [`internal_id`](super::internal_id) tell their
//! ids. An unknown position or counter changes nothing.

use super::order::{
    Content, CustomerCase, FulfillmentStatus, LineKind, OrderDetail, OrderRow, PaymentStatus,
};
use super::orders::Changed;
use super::{Draft, DraftLine, Product, Shop, ShopCounter, internal_id};
use crate::movement::{Actor, Cause};

/// Whether a refund puts the goods back on the shelf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restock {
    /// It does.
    Yes,
    /// It does not.
    No,
}

impl Shop {
    /// Lets time pass.
    pub fn advance_to(&mut self, now_ms: i64) {
        self.tick(now_ms);
    }

    /// A cart of one line, paid by credit card. The SKU is looked up; one that is unknown gives an ad-hoc line.
    pub fn draft(&self, email: &str, sku: &str, quantity: i64) -> Draft {
        Draft {
            email: email.to_owned(),
            payment_method: "Credit card".to_owned(),
            lines: vec![self.draft_line(sku, quantity)],
            ..Draft::default()
        }
    }

    /// A line of a cart, by SKU.
    pub fn draft_line(&self, sku: &str, quantity: i64) -> DraftLine {
        let Some((product, variation)) = self.products.by_sku(sku) else {
            let name = format!("Ad hoc {sku}");
            return DraftLine { name, quantity, price_minor: 500, ..DraftLine::default() };
        };
        DraftLine {
            product_id: Some(product.id),
            combination_id: variation.map(|it| it.id),
            sku: sku.to_owned(),
            name: product.name.clone(),
            quantity,
            price_minor: variation.map_or(product.price_minor, |it| it.price_minor),
            taxes: product.taxes.clone(),
            options: variation.map(|it| it.options.clone()).unwrap_or_default(),
            kind: product.kind,
        }
    }

    /// Somebody orders. Stock goes down at once, paid or not; a cart that was not finished takes nothing.
    pub fn place(
        &mut self,
        draft: Draft,
        payment: PaymentStatus,
        content: Content,
        now_ms: i64,
    ) -> u32 {
        let detail = draft.priced(&self.parts.taxes);
        self.place_priced(detail, payment, content, now_ms)
    }

    /// Somebody orders, at amounts that need not add up.
    pub fn place_priced(
        &mut self,
        detail: OrderDetail,
        payment: PaymentStatus,
        content: Content,
        now_ms: i64,
    ) -> u32 {
        self.tick(now_ms);
        let now_s = self.now_ms.div_euclid(1000);
        let takes_stock = !matches!(payment, PaymentStatus::Incomplete | PaymentStatus::Cancelled);
        let row = OrderRow {
            created_s: now_s,
            updated_s: now_s,
            payment,
            fulfillment: FulfillmentStatus::AwaitingProcessing,
            content,
            customer_case: CustomerCase::Unplanned,
            ever_paid: payment == PaymentStatus::Paid,
            takes_stock,
            deleted: false,
        };
        let known_at_ms = self.order_changed().known_at_ms;
        let position = self.parts.orders.add(row, detail, known_at_ms);
        if takes_stock {
            self.move_lines(position, -1, Cause::OrderPlaced(internal_id(position)), Actor::Buyer);
        }
        position
    }

    /// The merchant sets the payment status. Cancelling puts the goods back.
    pub fn set_payment(&mut self, position: u32, payment: PaymentStatus, now_ms: i64) {
        self.edit(position, now_ms, |row, _| row.payment = payment);
        if payment == PaymentStatus::Cancelled {
            self.restock(position, Actor::Merchant);
        }
    }

    /// The money arrives.
    pub fn pay(&mut self, position: u32, now_ms: i64) {
        self.set_payment(position, PaymentStatus::Paid, now_ms);
    }

    /// The order is called off, and the goods are back.
    pub fn cancel(&mut self, position: u32, now_ms: i64) {
        self.set_payment(position, PaymentStatus::Cancelled, now_ms);
    }

    /// The merchant gives money back; the whole total makes it `REFUNDED`.
    pub fn refund(&mut self, position: u32, amount_minor: i64, restock: Restock, now_ms: i64) {
        self.edit(position, now_ms, |row, detail| {
            detail.refunded_minor = (detail.refunded_minor + amount_minor).min(detail.total_minor);
            row.payment = if detail.refunded_minor == detail.total_minor {
                PaymentStatus::Refunded
            } else {
                PaymentStatus::PartiallyRefunded
            };
        });
        if restock == Restock::Yes {
            self.restock(position, Actor::Merchant);
        }
    }

    /// The goods move on.
    pub fn set_fulfillment(&mut self, position: u32, fulfillment: FulfillmentStatus, now_ms: i64) {
        self.edit(position, now_ms, |row, _| row.fulfillment = fulfillment);
    }

    /// The merchant edits an order by hand. As at the vendor, nothing is worked out anew: what `edit` leaves stays.
    pub fn edit(
        &mut self,
        position: u32,
        now_ms: i64,
        edit: impl FnOnce(&mut OrderRow, &mut OrderDetail),
    ) {
        self.tick(now_ms);
        let when = self.order_changed();
        self.parts.orders.change(position, when, edit);
    }

    /// The merchant deletes an order. Its goods stay where they are.
    pub fn delete_order(&mut self, position: u32, now_ms: i64) {
        self.tick(now_ms);
        self.remove_order(position);
    }

    pub(super) fn remove_order(&mut self, position: u32) {
        let when = self.order_changed();
        self.deleted.push((position, self.now_ms));
        self.parts.orders.change(position, when, |row, _| row.deleted = true);
    }

    /// The merchant types a number in, or `None` to stop counting.
    pub fn set_stock(&mut self, counter: ShopCounter, level: Option<i64>, now_ms: i64) {
        self.tick(now_ms);
        self.put_level(counter, level, Cause::Counted, Actor::Merchant);
    }

    /// A number changes, and its product's time of change does not, so that no search for what changed shows it.
    pub fn drift_stock(&mut self, counter: ShopCounter, delta: i64, now_ms: i64) {
        self.tick(now_ms);
        let when = Changed { now_ms: i64::MIN, known_at_ms: self.now_ms, read_at_ms: self.now_ms };
        self.move_stock_at(when, counter, delta, Cause::Counted, Actor::Merchant);
    }

    /// The merchant adds a product. Give it an id that no other has.
    pub fn add_product(&mut self, mut product: Product, now_ms: i64) {
        self.tick(now_ms);
        product.created_s = self.now_ms.div_euclid(1000);
        product.updated_s = product.created_s;
        let known_at_ms = self.product_changed().known_at_ms;
        for (combination_id, _, level) in product.levels() {
            self.opening.insert(ShopCounter { product_id: product.id, combination_id }, level);
        }
        self.products.add(product, known_at_ms);
    }

    /// The merchant deletes a product; orders that bear it stay.
    pub fn delete_product(&mut self, id: u64, now_ms: i64) {
        self.edit_product(id, now_ms, |product| product.deleted = true);
    }

    /// The merchant changes a product: its SKU, its name, its price. Stock goes by [`Shop::set_stock`].
    pub fn edit_product(&mut self, id: u64, now_ms: i64, edit: impl FnOnce(&mut Product)) {
        self.tick(now_ms);
        let when = self.product_changed();
        self.products.change(id, when, edit);
    }

    /// Puts the goods of an order back, once.
    pub(super) fn restock(&mut self, position: u32, by: Actor) {
        if !self.parts.orders.row(position).is_some_and(|row| row.takes_stock) {
            return;
        }
        let when = self.order_changed();
        self.parts.orders.change(position, when, |row, _| row.takes_stock = false);
        self.move_lines(position, 1, Cause::OrderRestocked(internal_id(position)), by);
    }

    fn move_lines(&mut self, position: u32, sign: i64, cause: Cause, by: Actor) {
        let detail = self.parts.orders.detail(position);
        for line in &detail.lines {
            let Some(product_id) = line.product_id else {
                continue;
            };
            if line.kind == LineKind::GiftCard {
                continue;
            }
            let counter = ShopCounter { product_id, combination_id: line.combination_id };
            self.move_stock(counter, sign * line.quantity, cause, by);
        }
    }
}
