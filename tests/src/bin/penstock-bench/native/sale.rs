//! A sale as the till takes it.

use anyhow::Context as _;
use jiff::Timestamp;
use penstock_simulators::world::STORE_ID;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::Serialize;
use uuid::Uuid;

use super::money::Money;
use super::order::{Item, Order};
use super::{Till, comparable};

/// Root of the sales' ids, so that an order has the same one each time.
const SALES: Uuid = Uuid::from_u128(0x3c1b_7a54_09b7_4f0e_8d11_5bd2_a6c4_1f38);

/// Decimals that the till keeps of a unit price or a unit tax.
const UNIT_DECIMALS: u32 = 5;

#[derive(Serialize)]
struct Sale<'a> {
    id: Uuid,
    source: Source<'a>,
    state: &'static str,
    date: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_id: Option<&'a str>,
    invoice_number: String,
    note: String,
    line_items: Vec<Line<'a>>,
    payments: [Payment<'a>; 1],
}

#[derive(Serialize)]
struct Source<'a> {
    r#type: &'static str,
    id: String,
    author_id: &'a str,
    register_id: &'a str,
}

#[derive(Serialize)]
struct Line<'a> {
    id: Uuid,
    product: Id<'a>,
    quantity: Money,
    pricing: Pricing,
    tax: LineTax<'a>,
    _metadata: Metadata,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attributes: Vec<Attribute>,
}

#[derive(Serialize)]
struct Id<'a> {
    id: &'a str,
}

#[derive(Serialize)]
struct Pricing {
    price: Money,
}

#[derive(Serialize)]
struct LineTax<'a> {
    id: &'a str,
    amount: Money,
}

#[derive(Serialize)]
struct Metadata {
    is_price_override: bool,
    sequence: usize,
}

#[derive(Serialize)]
struct Attribute {
    name: &'static str,
    value: String,
}

#[derive(Serialize)]
struct Payment<'a> {
    id: Uuid,
    r#type: PaymentType<'a>,
    amount: Money,
    date: &'a str,
    source: PaymentSource<'a>,
}

#[derive(Serialize)]
struct PaymentType<'a> {
    config_id: &'a str,
}

#[derive(Serialize)]
struct PaymentSource<'a> {
    register_id: &'a str,
}

/// The body of an order's sale.
pub(super) fn body(order: &Order<'_>, till: &Till) -> anyhow::Result<Vec<u8>> {
    let id = Uuid::new_v5(&SALES, order.internal_id.to_string().as_bytes());
    let date = Timestamp::from_second(order.create_timestamp)?.to_string();
    let customer = order.email.as_deref().and_then(|email| till.customers.get(&comparable(email)));
    let method = payment_type(&order.payment_method);
    let config_id =
        till.payment_types.get(method).with_context(|| format!("no payment type `{method}`"))?;
    let lines = order
        .items
        .iter()
        .enumerate()
        .map(|(sequence, item)| line(order, item, sequence, id, till));
    let sale = Sale {
        id,
        source: Source {
            r#type: "ecwid",
            id: format!("{STORE_ID}:{}", order.internal_id),
            author_id: &till.user_id,
            register_id: &till.register_id,
        },
        state: "closed",
        date: &date,
        customer_id: customer.map(String::as_str),
        invoice_number: format!("EC-{}", order.id),
        note: note(order),
        line_items: lines.collect::<anyhow::Result<_>>()?,
        payments: [Payment {
            id: Uuid::new_v5(&id, b"payment"),
            r#type: PaymentType { config_id },
            amount: order.total,
            date: &date,
            source: PaymentSource { register_id: &till.register_id },
        }],
    };
    Ok(serde_json::to_vec(&sale)?)
}

/// The till's name of the shop's payment method, as in the bundled pipeline.
fn payment_type(method: &str) -> &str {
    match method {
        "Credit card" => "Online",
        "Cash on delivery" => "Cash",
        other => other,
    }
}

fn note(order: &Order<'_>) -> String {
    let comments = order.order_comments.as_deref().unwrap_or_default();
    format!("Order {} {comments}", order.id).trim_end().to_owned()
}

fn line<'a>(
    order: &Order<'_>,
    item: &Item<'_>,
    sequence: usize,
    sale: Uuid,
    till: &'a Till,
) -> anyhow::Result<Line<'a>> {
    let product =
        till.products.get(item.sku.trim()).with_context(|| format!("no product `{}`", item.sku))?;
    let tax: Decimal = item.taxes.iter().map(|tax| tax.tax_on_discounted_subtotal.0).sum();
    let rate: Decimal = item.taxes.iter().map(|tax| tax.value.0).sum();
    let discount: Decimal = item.discounts.iter().map(|discount| discount.total.0).sum();
    let stated = item.price.0 * item.quantity.0 - discount - item.coupon_amount.0;
    let net = if order.prices_include_tax { stated - tax } else { stated };
    let tax_id = match rate.is_zero() {
        true => &till.no_tax_id,
        false => till
            .taxes
            .get(&rate.normalize().to_string())
            .with_context(|| format!("no tax of {rate} %"))?,
    };
    let notes: Vec<String> = item
        .selected_options
        .iter()
        .map(|chosen| format!("{}: {}", chosen.name, chosen.value))
        .collect();
    let attributes = match notes.is_empty() {
        true => Vec::new(),
        false => vec![Attribute { name: "line_note", value: notes.join(", ") }],
    };
    Ok(Line {
        id: Uuid::new_v5(&sale, item.id.to_string().as_bytes()),
        product: Id { id: product },
        quantity: item.quantity,
        pricing: Pricing { price: per_unit(net, item)? },
        tax: LineTax { id: tax_id, amount: per_unit(tax, item)? },
        _metadata: Metadata { is_price_override: true, sequence },
        attributes,
    })
}

fn per_unit(amount: Decimal, item: &Item<'_>) -> anyhow::Result<Money> {
    let unit = amount
        .checked_div(item.quantity.0)
        .with_context(|| format!("no unit of `{}`", item.sku))?;
    Ok(Money(unit.round_dp_with_strategy(UNIT_DECIMALS, RoundingStrategy::MidpointAwayFromZero)))
}
