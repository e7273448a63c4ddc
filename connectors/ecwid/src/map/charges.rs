//! Shipping, handling and surcharges, with the tax that the items carry for them.

use penstock_connector_sdk::commerce::{Charge, ChargeKind, OrderLine, Tax};
use penstock_connector_sdk::decimal::DecimalError;
use penstock_connector_sdk::types::{Decimal, Failure};

use super::{line, text};
use crate::api::order::{Order, PlainTax, Surcharge};

/// Maps all charges but the discounts of the whole order.
pub(crate) fn map(order: &Order, gross: bool, lines: &[OrderLine]) -> Result<Vec<Charge>, Failure> {
    let mut carried = carried(order)?;
    if carried.shipping.is_empty() && carried.handling.is_empty() {
        carried.shipping = beside_items(order, lines)?;
    }
    let mut charges = Vec::new();
    let handling = order.handling_fee.as_ref();
    let fee = handling.and_then(|handling| handling.value).unwrap_or(Decimal::ZERO);
    let rate = shipping_rate(order);
    if rate.is_zero() && !fee.is_zero() {
        // Nothing was charged for shipping, so its tax is the fee's.
        carried.shipping.drain(..).for_each(|tax| collect(&mut carried.handling, tax));
    }
    if !rate.is_zero() || !carried.shipping.is_empty() {
        let name = order
            .shipping_option
            .as_ref()
            .and_then(|option| text(option.shipping_method_name.as_deref()));
        let name = name.unwrap_or_else(|| "Shipping".to_owned());
        charges.push(charge(ChargeKind::Shipping, name, rate, carried.shipping, gross)?);
    }
    if !fee.is_zero() || !carried.handling.is_empty() {
        let name = handling.and_then(|handling| text(handling.name.as_deref()));
        let name = name.unwrap_or_else(|| "Handling".to_owned());
        charges.push(charge(ChargeKind::Handling, name, fee, carried.handling, gross)?);
    }
    for surcharge in order.custom_surcharges.iter().flatten() {
        charges.push(surcharge_charge(surcharge, gross)?);
    }
    Ok(charges)
}

/// What shipping costs after its own discount.
pub(crate) fn shipping_rate(order: &Order) -> Decimal {
    let option = order.shipping_option.as_ref();
    option
        .and_then(|option| option.discounted_shipping_rate.or(option.shipping_rate))
        .unwrap_or(Decimal::ZERO)
}

#[derive(Default)]
struct Carried {
    shipping: Vec<Tax>,
    handling: Vec<Tax>,
}

/// The items carry the taxes on shipping and handling; their sum over the items is what was
/// charged.
fn carried(order: &Order) -> Result<Carried, Failure> {
    let mut carried = Carried::default();
    let items = order.items.iter().flatten();
    for tax in items.flat_map(|item| item.taxes.iter().flatten()) {
        let split = line::split(tax)?;
        for (taxes, amount) in
            [(&mut carried.shipping, split.shipping), (&mut carried.handling, split.handling)]
        {
            if !amount.is_zero() {
                let name = text(tax.name.as_deref()).unwrap_or_default();
                collect(taxes, Tax { name, rate: tax.value, amount });
            }
        }
    }
    Ok(carried)
}

/// Adds a tax to those of its name and rate. One that does not fit into a sum stays by itself:
/// nothing is lost.
fn collect(taxes: &mut Vec<Tax>, tax: Tax) {
    let same = taxes.iter_mut().find(|other| other.name == tax.name && other.rate == tax.rate);
    match same.map(|same| (same.amount.checked_add(tax.amount), same)) {
        Some((Ok(sum), same)) => same.amount = sum,
        _ => taxes.push(tax),
    }
}

/// Old answers tell the tax on shipping beside the items only. It is taken where the order's tax
/// says that the items do not contain it already.
fn beside_items(order: &Order, lines: &[OrderLine]) -> Result<Vec<Tax>, Failure> {
    let beside = order.taxes_on_shipping.iter().flatten();
    let taxes: Vec<Tax> = beside.map(plain).filter(|tax| !tax.amount.is_zero()).collect();
    let in_lines = lines.iter().flat_map(|line| &line.taxes);
    let all = Decimal::sum(in_lines.chain(&taxes).map(|tax| tax.amount))?;
    Ok(if order.tax == Some(all) { taxes } else { Vec::new() })
}

fn plain(tax: &PlainTax) -> Tax {
    Tax { name: text(tax.name.as_deref()).unwrap_or_default(), rate: tax.value, amount: tax.total }
}

fn charge(
    kind: ChargeKind,
    name: String,
    stated: Decimal,
    taxes: Vec<Tax>,
    gross: bool,
) -> Result<Charge, DecimalError> {
    let tax = Decimal::sum(taxes.iter().map(|tax| tax.amount))?;
    let amount = if gross { stated.checked_sub(tax)? } else { stated };
    Ok(Charge { kind, name, amount, taxes })
}

fn surcharge_charge(surcharge: &Surcharge, gross: bool) -> Result<Charge, DecimalError> {
    let taxes: Vec<Tax> = surcharge.taxes.iter().flatten().map(plain).collect();
    let name = text(surcharge.description.as_deref()).or_else(|| text(surcharge.id.as_deref()));
    let name = name.unwrap_or_else(|| "Surcharge".to_owned());
    // The vendor has no field of its own for tips: they come as surcharges with a telling id or
    // description.
    let named_tip = |text: Option<&str>| {
        text.is_some_and(|text| matches!(text.trim().to_ascii_lowercase().as_str(), "tip" | "tips"))
    };
    let tip = named_tip(surcharge.id.as_deref()) || named_tip(surcharge.description.as_deref());
    let kind = if tip { ChargeKind::Tip } else { ChargeKind::Surcharge };
    let tax = Decimal::sum(taxes.iter().map(|tax| tax.amount))?;
    // `total` contains the tax where prices do, and also where the amount without it is told and
    // differs by just that.
    let contains_tax =
        gross || surcharge.total_without_tax == Some(surcharge.total.checked_sub(tax)?);
    charge(kind, name, surcharge.total, taxes, contains_tax)
}
