//! From the vendor's order to ours. Money has modules of its own; here is the rest.

mod adding_up;
mod charges;
mod line;

pub(crate) use line::product_key;

use penstock_connector_sdk::commerce::{Customer, Entry, Order, Payload, PaymentStatus};
use penstock_connector_sdk::fingerprint;
use penstock_connector_sdk::instant;
use penstock_connector_sdk::types::{Decimal, Failure, Instant, Pair};

use crate::api::order as api;
use crate::api::profile::Money;

/// Maps an order that an answer showed which was asked for at `read_at`.
///
/// Amounts that do not add up to the total are no error: the order moved stock all the same, and
/// the host holds it.
pub(crate) fn order(order: &api::Order, money: &Money, read_at: Instant) -> Result<Entry, Failure> {
    let key = key(order)?;
    let mapped = body(order, &key, money).map_err(|failure| named(order, &key, failure))?;
    let revision = revision(&mapped);
    Ok(Entry { key, revision, read_at, payload: Payload::Order(mapped) })
}

/// The revision of an order as it is given.
pub(crate) fn revision(order: &Order) -> String {
    fingerprint::revision(order.updated_at / 1_000, order)
}

/// The second of the last change, for windows of time.
pub(crate) fn updated_secs(order: &api::Order) -> Option<i64> {
    let text = order.update_date.as_deref();
    order.update_timestamp.or_else(|| Some(instant::parse(text?).ok()?.div_euclid(1_000)))
}

/// The internal id, which no merchant's setting changes; in answers of old stores the sequential
/// number.
fn key(order: &api::Order) -> Result<String, Failure> {
    let id = order.internal_id.or(order.order_number);
    id.map(|id| id.0.to_owned()).ok_or_else(|| {
        let number = order.id.as_deref().unwrap_or("without an id");
        Failure::unexpected(format!(
            "order `{number}`: neither `internalId` nor `orderNumber` is there"
        ))
    })
}

fn named(order: &api::Order, key: &str, failure: Failure) -> Failure {
    match failure {
        Failure::Unexpected(message) => {
            Failure::Unexpected(format!("order `{}`: {message}", number(order, key)))
        }
        other => other,
    }
}

fn number(order: &api::Order, key: &str) -> String {
    let shown = text(order.id.as_deref()).or_else(|| text(order.vendor_order_number.as_deref()));
    shown.unwrap_or_else(|| key.to_owned())
}

fn body(order: &api::Order, key: &str, money: &Money) -> Result<Order, Failure> {
    let gross = order.prices_include_tax.unwrap_or(false);
    let payment_status = payment_status(&order.payment_status);
    // The shop takes goods off its counter when an order is placed, paid or not, and puts them back
    // when it is cancelled. An incomplete one was never placed.
    let in_stock = matches!(payment_status, PaymentStatus::Cancelled | PaymentStatus::Incomplete);
    let items = order.items.as_deref().unwrap_or_default();
    let mut lines = Vec::with_capacity(items.len());
    for (position, item) in items.iter().enumerate() {
        lines.push(line::map(item, gross, !in_stock).map_err(at_item(position))?);
    }
    let mut charges = charges::map(order, gross, &lines)?;
    let settled = adding_up::settle(order, &lines, &charges)?;
    charges.extend(settled.discounts);
    Ok(Order {
        id: key.to_owned(),
        number: number(order, key),
        placed_at: placed_at(order)?,
        paid_at: None,
        updated_at: updated_secs(order)
            .ok_or_else(|| missing("updateTimestamp"))?
            .saturating_mul(1_000),
        payment_status,
        currency: money.currency.clone(),
        customer: customer(order),
        matched_customer: None,
        lines,
        charges,
        tenders: settled.tenders,
        total: settled.total,
        refunded: order.refunded_amount.unwrap_or(Decimal::ZERO),
        note: text(order.order_comments.as_deref()),
        attributes: attributes(order),
    })
}

fn at_item(position: usize) -> impl Fn(Failure) -> Failure {
    move |failure| match failure {
        Failure::Unexpected(message) => {
            Failure::Unexpected(format!("`items[{position}]`: {message}"))
        }
        other => other,
    }
}

fn missing(field: &str) -> Failure {
    Failure::unexpected(format!("`{field}` is missing or of another form"))
}

fn placed_at(order: &api::Order) -> Result<Instant, Failure> {
    if let Some(secs) = order.create_timestamp {
        return Ok(secs.saturating_mul(1_000));
    }
    let text = order.create_date.as_deref();
    text.and_then(|text| instant::parse(text).ok()).ok_or_else(|| missing("createTimestamp"))
}

fn payment_status(status: &str) -> PaymentStatus {
    match status {
        "AWAITING_PAYMENT" => PaymentStatus::AwaitingPayment,
        "PAID" => PaymentStatus::Paid,
        "PARTIALLY_REFUNDED" => PaymentStatus::PartiallyRefunded,
        "REFUNDED" => PaymentStatus::Refunded,
        "CANCELLED" => PaymentStatus::Cancelled,
        "INCOMPLETE" => PaymentStatus::Incomplete,
        other => PaymentStatus::Other(other.to_owned()),
    }
}

/// Everything the order tells of its buyer; nothing at all for an anonymous sale.
fn customer(order: &api::Order) -> Option<Customer> {
    let persons = [order.billing_person.as_ref(), order.shipping_person.as_ref()];
    let first = |field: for<'p> fn(&'p api::Person<'_>) -> Option<&'p str>| {
        persons.iter().flatten().find_map(|person| text(field(person)))
    };
    let customer = Customer {
        id: order.customer_id.filter(|id| id.is_some()).map(|id| id.0.to_owned()),
        email: order
            .email
            .as_deref()
            .filter(|email| !email.trim().is_empty())
            .map(ToOwned::to_owned),
        name: first(|person| person.name.as_deref()),
        phone: first(|person| person.phone.as_deref()),
        attributes: Vec::new(),
    };
    let known = customer.id.is_some()
        || customer.email.is_some()
        || customer.name.is_some()
        || customer.phone.is_some();
    known.then_some(customer)
}

fn attributes(order: &api::Order) -> Vec<Pair> {
    let shipping = order.shipping_option.as_ref();
    let fulfillment = shipping.and_then(|shipping| shipping.fulfillment_type.as_deref());
    let coupon = order.discount_coupon.as_ref().and_then(|coupon| coupon.code.as_deref());
    let known = [
        ("fulfillment_status", order.fulfillment_status.as_deref().map(words)),
        ("fulfillment_type", fulfillment.map(words)),
        ("coupon", text(coupon)),
    ];
    let mut attributes = Vec::with_capacity(known.len());
    attributes.extend(known.into_iter().filter_map(|(name, value)| Some(Pair::new(name, value?))));
    attributes
}

/// The vendor's `AWAITING_PROCESSING` in the form of our own words.
fn words(constant: &str) -> String {
    let mut words = String::with_capacity(constant.len());
    words.extend(constant.chars().map(|c| if c == '_' { '-' } else { c.to_ascii_lowercase() }));
    words
}

/// A text that says something, without the space around it.
fn trimmed(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

/// The same, to keep.
fn text(text: Option<&str>) -> Option<String> {
    trimmed(text).map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests;
