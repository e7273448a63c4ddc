//! One item. The vendor tells a unit's price before discounts, the line's share of each discount,
//! and taxes that also carry the line's share of the tax on shipping; ours is the line before tax
//! and after discounts.

use penstock_connector_sdk::commerce::{LineKind, OrderLine, Tax};
use penstock_connector_sdk::decimal::{DecimalError, Rounding};
use penstock_connector_sdk::types::{Decimal, Failure, Pair};

use super::text;
use crate::api::Id;
use crate::api::order::{Item, ItemTax};

/// Digits of a unit price: what does not divide is rounded here, and `amount` stays exact.
const UNIT_SCALE: u8 = 5;

/// Maps an item. `takes_stock` says whether this order's goods are off the shop's counter.
pub(crate) fn map(item: &Item, gross: bool, takes_stock: bool) -> Result<OrderLine, Failure> {
    let discount = discount(item)?;
    let stated = item.price.checked_mul(item.quantity)?.checked_sub(discount)?;
    let taxes = taxes(item)?;
    let tax = Decimal::sum(taxes.iter().map(|tax| tax.amount))?;
    let amount = if gross { stated.checked_sub(tax)? } else { stated };
    let product = item.product_id.filter(|id| id.is_some());
    let combination = item.combination_id.filter(|id| id.is_some());
    Ok(OrderLine {
        id: item.id.map_or_else(String::new, |id| id.0.to_owned()),
        kind: kind(item, product.is_some()),
        product: product.map(|product| product_key(product, combination)),
        // Whether a variation has a counter of its own depends on its product, which an order does
        // not show: `orders::owners` names it where it is wanted.
        stock_owner: product.filter(|_| combination.is_none()).map(|product| product.0.to_owned()),
        matched_product: None,
        sku: text(item.sku.as_deref()),
        name: text(item.name.as_deref()).unwrap_or_default(),
        quantity: item.quantity,
        amount,
        unit_price: per_unit(amount, item.quantity)?,
        unit_discount: per_unit(share(discount, amount, stated)?, item.quantity)?,
        taxes,
        options: options(item),
        takes_stock: takes_stock && product.is_some() && item.track_quantity != Some(false),
        attributes: Vec::new(),
    })
}

/// The key of a product, or of the variation of it that was chosen.
pub(crate) fn product_key(product: Id<'_>, combination: Option<Id<'_>>) -> String {
    combination
        .map_or_else(|| product.0.to_owned(), |combination| format!("{product}-{combination}"))
}

/// A tax of an item, split into what it is charged on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Split {
    /// On the goods.
    goods: Decimal,
    /// On shipping.
    pub(crate) shipping: Decimal,
    /// On handling.
    pub(crate) handling: Decimal,
}

/// Splits a tax. Where the answer says nothing of shipping and handling, what is left beside the
/// goods is shipping's.
pub(crate) fn split(tax: &ItemTax) -> Result<Split, Failure> {
    let handling = tax.tax_on_handling_fee.unwrap_or(Decimal::ZERO);
    let shipping = tax.tax_on_shipping.unwrap_or(Decimal::ZERO);
    let untold = tax.tax_on_shipping.is_none() && tax.tax_on_handling_fee.is_none();
    match (tax.tax_on_discounted_subtotal, tax.total) {
        (Some(goods), Some(total)) if untold => {
            Ok(Split { goods, shipping: total.checked_sub(goods)?, handling })
        }
        (Some(goods), _) => Ok(Split { goods, shipping, handling }),
        (None, Some(total)) => Ok(Split {
            goods: total.checked_sub(shipping)?.checked_sub(handling)?,
            shipping,
            handling,
        }),
        (None, None) => {
            Err(Failure::unexpected("a tax has neither `taxOnDiscountedSubtotal` nor `total`"))
        }
    }
}

fn taxes(item: &Item) -> Result<Vec<Tax>, Failure> {
    let told = item.taxes.as_deref().unwrap_or_default();
    let mut taxes = Vec::with_capacity(told.len());
    for tax in told {
        let name = text(tax.name.as_deref()).unwrap_or_default();
        taxes.push(Tax { name, rate: tax.value, amount: split(tax)?.goods });
    }
    Ok(taxes)
}

fn discount(item: &Item) -> Result<Decimal, DecimalError> {
    let shares = item.discounts.iter().flatten().map(|discount| discount.total);
    Decimal::sum(shares.chain(item.coupon_amount))
}

/// The part of a discount that falls on the amount before tax: all of it where prices are net.
fn share(discount: Decimal, amount: Decimal, stated: Decimal) -> Result<Decimal, DecimalError> {
    if discount.is_zero() || stated.is_zero() || amount == stated {
        return Ok(discount);
    }
    discount.checked_mul_div(amount, stated, UNIT_SCALE, Rounding::HalfUp)
}

fn per_unit(amount: Decimal, quantity: Decimal) -> Result<Decimal, DecimalError> {
    if quantity.is_zero() {
        return Ok(Decimal::ZERO);
    }
    Ok(amount.checked_div(quantity, UNIT_SCALE, Rounding::HalfUp)?.normalized())
}

fn kind(item: &Item, has_product: bool) -> LineKind {
    if item.gift_card == Some(true) {
        return LineKind::GiftCard;
    }
    if item.composite_components.as_ref().is_some_and(|components| !components.is_empty()) {
        return LineKind::Composite;
    }
    if has_product { LineKind::Goods } else { LineKind::Other("ad-hoc".to_owned()) }
}

fn options(item: &Item) -> Vec<Pair> {
    let option = |option: &crate::api::order::SelectedOption| {
        Some(Pair::new(option.name.as_deref().unwrap_or_default(), text(option.value.as_deref())?))
    };
    item.selected_options.iter().flatten().filter_map(option).collect()
}
