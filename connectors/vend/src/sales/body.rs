//! The planned sale in the words of either generation: two small writers of the same plan.
//!
//! Fields are from the vendor's OpenAPI 2026-07 (`POST /sales`) and its sales guides (`POST /register_sales`).

use penstock_connector_sdk::decimal::Decimal;
use penstock_connector_sdk::instant::{to_date_time, to_rfc3339};
use penstock_connector_sdk::types::Failure;
use serde::Serialize;

use super::plan::{Payment, Sale, SaleLine};
use crate::options::Generation;

/// The body of the write, as JSON text.
pub(crate) fn json(sale: &Sale, generation: Generation) -> Result<String, Failure> {
    let written = match generation {
        Generation::Dated => serde_json::to_string(&dated(sale)),
        Generation::Classic => serde_json::to_string(&classic(sale)),
    };
    written.map_err(|error| Failure::Unexpected(format!("a sale could not be written: {error}")))
}

#[derive(Serialize)]
struct DatedSale<'a> {
    id: &'a str,
    source: DatedSource<'a>,
    state: &'a str,
    date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_id: Option<&'a str>,
    invoice_number: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    note: &'a str,
    line_items: Vec<DatedLine<'a>>,
    payments: Vec<DatedPayment<'a>>,
}

#[derive(Serialize)]
struct DatedSource<'a> {
    r#type: &'a str,
    id: &'a str,
    author_id: &'a str,
    register_id: &'a str,
}

#[derive(Serialize)]
struct DatedLine<'a> {
    id: &'a str,
    product: Id<'a>,
    quantity: Decimal,
    pricing: DatedPricing,
    tax: DatedTax<'a>,
    _metadata: DatedLineMetadata,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attributes: Vec<Attribute<'a>>,
}

#[derive(Serialize)]
struct Id<'a> {
    id: &'a str,
}

#[derive(Serialize)]
struct DatedPricing {
    price: Decimal,
    #[serde(skip_serializing_if = "Option::is_none")]
    discount: Option<Decimal>,
}

#[derive(Serialize)]
struct DatedTax<'a> {
    id: &'a str,
    amount: Decimal,
}

#[derive(Serialize)]
struct DatedLineMetadata {
    is_price_override: bool,
    sequence: usize,
}

#[derive(Serialize)]
struct Attribute<'a> {
    name: &'a str,
    value: &'a str,
}

#[derive(Serialize)]
struct DatedPayment<'a> {
    id: &'a str,
    r#type: DatedPaymentType<'a>,
    amount: Decimal,
    date: String,
    source: DatedPaymentSource<'a>,
}

#[derive(Serialize)]
struct DatedPaymentType<'a> {
    config_id: &'a str,
}

#[derive(Serialize)]
struct DatedPaymentSource<'a> {
    register_id: &'a str,
}

fn dated(sale: &Sale) -> DatedSale<'_> {
    let line = |(sequence, line): (usize, _)| dated_line(line, sequence);
    let date = to_rfc3339(sale.date);
    let payment = |payment| dated_payment(payment, &sale.register_id, &date);
    DatedSale {
        id: &sale.id,
        source: DatedSource {
            r#type: &sale.source_type,
            id: &sale.source_id,
            author_id: &sale.user_id,
            register_id: &sale.register_id,
        },
        state: "closed",
        customer_id: sale.customer_id.as_deref(),
        invoice_number: &sale.number,
        note: &sale.note,
        line_items: sale.lines.iter().enumerate().map(line).collect(),
        payments: sale.payments.iter().map(payment).collect(),
        date,
    }
}

fn dated_line(line: &SaleLine, sequence: usize) -> DatedLine<'_> {
    DatedLine {
        id: &line.id,
        product: Id { id: &line.product_id },
        quantity: line.piece.quantity,
        pricing: DatedPricing { price: line.piece.price, discount: discount(line) },
        tax: DatedTax { id: &line.tax_id, amount: line.piece.tax },
        _metadata: DatedLineMetadata { is_price_override: true, sequence },
        attributes: attributes(line),
    }
}

fn dated_payment<'a>(payment: &'a Payment, register_id: &'a str, date: &str) -> DatedPayment<'a> {
    DatedPayment {
        id: &payment.id,
        r#type: DatedPaymentType { config_id: &payment.type_id },
        amount: payment.amount,
        date: date.to_owned(),
        source: DatedPaymentSource { register_id },
    }
}

/// Both words for closed are sent, as the vendor's current guide does: `status` is to be replaced by `state`.
#[derive(Serialize)]
struct ClassicSale<'a> {
    id: &'a str,
    source: &'a str,
    source_id: &'a str,
    register_id: &'a str,
    user_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_id: Option<&'a str>,
    sale_date: String,
    status: &'a str,
    state: &'a str,
    invoice_number: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    note: &'a str,
    register_sale_products: Vec<ClassicLine<'a>>,
    register_sale_payments: Vec<ClassicPayment<'a>>,
}

#[derive(Serialize)]
struct ClassicLine<'a> {
    id: &'a str,
    product_id: &'a str,
    register_id: &'a str,
    sequence: usize,
    status: &'a str,
    quantity: Decimal,
    price: Decimal,
    #[serde(skip_serializing_if = "Option::is_none")]
    discount: Option<Decimal>,
    tax: Decimal,
    tax_id: &'a str,
    price_set: u8,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attributes: Vec<Attribute<'a>>,
}

#[derive(Serialize)]
struct ClassicPayment<'a> {
    id: &'a str,
    retailer_payment_type_id: &'a str,
    register_id: &'a str,
    payment_date: String,
    amount: Decimal,
}

fn classic(sale: &Sale) -> ClassicSale<'_> {
    let date = to_date_time(sale.date);
    let line = |(sequence, line): (usize, _)| classic_line(line, &sale.register_id, sequence);
    let payment = |payment| classic_payment(payment, &sale.register_id, &date);
    ClassicSale {
        id: &sale.id,
        source: &sale.source_type,
        source_id: &sale.source_id,
        register_id: &sale.register_id,
        user_id: &sale.user_id,
        customer_id: sale.customer_id.as_deref(),
        status: "CLOSED",
        state: "closed",
        invoice_number: &sale.number,
        note: &sale.note,
        register_sale_products: sale.lines.iter().enumerate().map(line).collect(),
        register_sale_payments: sale.payments.iter().map(payment).collect(),
        sale_date: date,
    }
}

fn classic_line<'a>(line: &'a SaleLine, register_id: &'a str, sequence: usize) -> ClassicLine<'a> {
    ClassicLine {
        id: &line.id,
        product_id: &line.product_id,
        register_id,
        sequence,
        status: "CONFIRMED",
        quantity: line.piece.quantity,
        price: line.piece.price,
        discount: discount(line),
        tax: line.piece.tax,
        tax_id: &line.tax_id,
        price_set: 1,
        attributes: attributes(line),
    }
}

fn classic_payment<'a>(
    payment: &'a Payment,
    register_id: &'a str,
    date: &str,
) -> ClassicPayment<'a> {
    ClassicPayment {
        id: &payment.id,
        retailer_payment_type_id: &payment.type_id,
        register_id,
        payment_date: date.to_owned(),
        amount: payment.amount,
    }
}

/// What the price already bears; the till shows it in reports and does not take it off again.
fn discount(line: &SaleLine) -> Option<Decimal> {
    Some(line.unit_discount).filter(|discount| discount.is_positive())
}

fn attributes(line: &SaleLine) -> Vec<Attribute<'_>> {
    let note = line.note.as_deref();
    note.map(|value| Attribute { name: "line_note", value }).into_iter().collect()
}
