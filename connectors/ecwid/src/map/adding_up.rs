//! The order's total, the discounts that no line bears, and how it was paid.
//!
//! The vendor leaves some things open: whether `discount` contains the coupon, a discount of an app
//! or that on shipping, and whether loyalty points and store credit are taken off `total` like a
//! gift card. Each reading uses the vendor's own amounts only, and the first under which everything
//! adds up is taken. If none does, the plainest is, nothing is adjusted, and the host sees that it
//! does not add up.

use penstock_connector_sdk::commerce::{Charge, ChargeKind, OrderLine, Tender};
use penstock_connector_sdk::decimal::DecimalError;
use penstock_connector_sdk::types::Decimal;

use super::charges::shipping_rate;
use super::trimmed;
use crate::api::order::{Order, Redeemed};

/// What `settle` finds.
#[derive(Debug)]
pub(crate) struct Settled {
    /// What the goods and charges cost, before gift cards and the like paid a part.
    pub(crate) total: Decimal,
    /// Negative charges.
    pub(crate) discounts: Vec<Charge>,
    pub(crate) tenders: Vec<Tender>,
}

/// Finds the reading under which lines, charges and taxes add up to the total.
pub(crate) fn settle(
    order: &Order,
    lines: &[OrderLine],
    charges: &[Charge],
) -> Result<Settled, DecimalError> {
    let parts = sum(lines, charges)?;
    let discounts = discounts(order)?;
    let totals = totals(order)?;
    let adds_up = |total: &Total, discount: &Discounts| {
        Ok::<bool, DecimalError>(parts.checked_sub(discount.sum()?)? == total.amount)
    };
    for total in &totals {
        for discount in discounts.iter().filter(|discount| discount.is_sound()) {
            if adds_up(total, discount)? {
                return settled(order, total, discount);
            }
        }
    }
    let [total, ..] = totals;
    let plainest = discounts.into_iter().find(Discounts::is_sound);
    settled(order, &total, &plainest.unwrap_or_default())
}

fn sum(lines: &[OrderLine], charges: &[Charge]) -> Result<Decimal, DecimalError> {
    let of_lines = lines.iter().map(|line| line.amount);
    let of_charges = charges.iter().map(|charge| charge.amount);
    let taxes = lines
        .iter()
        .flat_map(|line| &line.taxes)
        .chain(charges.iter().flat_map(|charge| &charge.taxes));
    Decimal::sum(of_lines.chain(of_charges).chain(taxes.map(|tax| tax.amount)))
}

/// Discounts of the whole order, as positive amounts.
#[derive(Clone, Copy, Debug, Default)]
struct Discounts {
    promotion: Decimal,
    coupon: Decimal,
    custom: Decimal,
}

impl Discounts {
    fn sum(&self) -> Result<Decimal, DecimalError> {
        Decimal::sum([self.promotion, self.coupon, self.custom])
    }

    /// A reading that takes more off than it may is none.
    fn is_sound(&self) -> bool {
        ![self.promotion, self.coupon, self.custom].into_iter().any(Decimal::is_negative)
    }
}

/// The readings of the order's discounts, the plainest first, unsound ones among them.
fn discounts(order: &Order) -> Result<[Discounts; 5], DecimalError> {
    let items = || order.items.iter().flatten();
    let shares =
        items().flat_map(|item| item.discounts.iter().flatten()).map(|discount| discount.total);
    let in_lines = Decimal::sum(shares)?;
    let coupons_in_lines = Decimal::sum(items().filter_map(|item| item.coupon_amount))?;
    let coupon = order.coupon_discount.unwrap_or(Decimal::ZERO);
    let plain = Discounts {
        promotion: at_least_zero(order.discount.unwrap_or(Decimal::ZERO).checked_sub(in_lines)?),
        coupon: at_least_zero(coupon.checked_sub(coupons_in_lines)?),
        custom: Decimal::ZERO,
    };
    let custom = Decimal::sum(order.custom_discount.iter().flatten().copied())?;
    let rebate = shipping_rebate(order)?;
    Ok([
        plain,
        Discounts { custom, ..plain },
        Discounts { promotion: plain.promotion.checked_sub(coupon)?, ..plain },
        Discounts { promotion: plain.promotion.checked_sub(rebate)?, ..plain },
        Discounts { coupon: plain.coupon.checked_sub(rebate)?, ..plain },
    ])
}

fn at_least_zero(amount: Decimal) -> Decimal {
    amount.max(Decimal::ZERO)
}

fn shipping_rebate(order: &Order) -> Result<Decimal, DecimalError> {
    let full = order
        .shipping_option
        .as_ref()
        .and_then(|option| option.shipping_rate)
        .unwrap_or(Decimal::ZERO);
    full.checked_sub(shipping_rate(order))
}

/// A reading of the order's total, and whether points and credit paid a part of it.
#[derive(Clone, Copy, Debug)]
struct Total {
    amount: Decimal,
    by_points: bool,
}

fn totals(order: &Order) -> Result<[Total; 2], DecimalError> {
    let card = order.gift_card_redemption.unwrap_or(Decimal::ZERO);
    let before_card = order
        .total_before_gift_card_redemption
        .map_or_else(|| order.total.checked_add(card), Ok)?;
    let points =
        redeemed(order.loyalty.as_ref()).checked_add(redeemed(order.store_credit.as_ref()))?;
    Ok([
        Total { amount: before_card, by_points: false },
        Total { amount: before_card.checked_add(points)?, by_points: true },
    ])
}

fn redeemed(redeemed: Option<&Redeemed>) -> Decimal {
    redeemed.and_then(Redeemed::amount).unwrap_or(Decimal::ZERO)
}

fn settled(order: &Order, total: &Total, discounts: &Discounts) -> Result<Settled, DecimalError> {
    let named = [
        ("Discount", discounts.promotion),
        ("Coupon", discounts.coupon),
        ("Custom discount", discounts.custom),
    ];
    let charge = |(name, amount): (&str, Decimal)| {
        Ok(Charge {
            kind: ChargeKind::Discount,
            name: name.to_owned(),
            amount: amount.checked_neg()?,
            taxes: Vec::new(),
        })
    };
    let discounts = named.into_iter().filter(|(_, amount)| !amount.is_zero()).map(charge);
    let discounts = discounts.collect::<Result<Vec<_>, DecimalError>>()?;
    Ok(Settled { total: total.amount, discounts, tenders: tenders(order, total) })
}

/// By what means the order is paid, whether it is by now or not: `payment-status` tells that.
fn tenders(order: &Order, total: &Total) -> Vec<Tender> {
    let method = trimmed(order.payment_method.as_deref()).unwrap_or("unknown");
    let points = |by: Option<&Redeemed>| {
        if total.by_points { redeemed(by) } else { Decimal::ZERO }
    };
    let means = [
        (method, order.total),
        ("gift card", order.gift_card_redemption.unwrap_or(Decimal::ZERO)),
        ("loyalty", points(order.loyalty.as_ref())),
        ("store credit", points(order.store_credit.as_ref())),
    ];
    let paid = means.into_iter().filter(|(_, amount)| !amount.is_zero());
    let tender = |(method, amount): (&str, Decimal)| Tender {
        method: method.to_owned(),
        amount,
        attributes: Vec::new(),
    };
    paid.map(tender).collect()
}
