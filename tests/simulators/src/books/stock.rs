//! What the books say of a pair of counters: whether both sides are in step.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use super::{Books, source_id};
use crate::shop::ShopCounter;
use crate::shop::order::PaymentStatus;
use crate::till::TillCounter;

/// A counter of the shop and the one of the till that is its pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InStep {
    /// What the shop shows; nothing where it does not count.
    pub shop: Option<i64>,
    /// What the till shows; nothing where it does not count.
    pub till: Option<Decimal>,
    /// What orders have taken in the shop and no sale of theirs in the till. Those that are refunded count for nothing:
    /// it is for a pair whose first levels came after them.
    pub reserved: Decimal,
}

impl InStep {
    /// What the shop has to show: whole pieces, and never less than none.
    pub fn due(&self) -> Option<i64> {
        let free = (self.till? - self.reserved).floor();
        free.max(Decimal::ZERO).to_i64()
    }

    /// Whether it does.
    pub fn holds(&self) -> bool {
        self.shop.is_some() && self.shop == self.due()
    }
}

impl Books<'_> {
    /// How a pair of counters stands.
    pub fn pair(&self, shop: ShopCounter, till: TillCounter) -> InStep {
        let orders = self.shop.orders();
        let open = orders.rows().filter(|(position, row)| {
            let sales = self.till.sales_of_source(&source_id(self.shop, *position));
            let refunded = row.payment == PaymentStatus::Refunded;
            row.takes_stock && !row.deleted && !refunded && sales.is_empty()
        });
        let mut reserved = Decimal::ZERO;
        for (position, _) in open {
            for line in &orders.detail(position).lines {
                let Some(product_id) = line.product_id else { continue };
                let named = ShopCounter { product_id, combination_id: line.combination_id };
                if self.shop.products().counter(named) == Some(shop) {
                    reserved += Decimal::from(line.quantity);
                }
            }
        }
        InStep { shop: self.shop.products().level(shop), till: self.till.level(till), reserved }
    }
}
