//! The planned sale in the words of either generation: two small writers of the same plan.
//!
//! Fields are from the vendor's OpenAPI 2026-07 (`POST /sales`) and its sales guides (`POST /register_sales`).

use penstock_connector_sdk::decimal::Decimal;
use penstock_connector_sdk::instant::to_date_time;
use penstock_connector_sdk::types::Failure;
use serde::Serialize;

use super::plan::{PartId, Payment, Sale, SaleLine};
use crate::options::Generation;

/// Bytes that a body usually has, beside those of its lines.
const BODY_BYTES: usize = 700;

/// Bytes that a line of a body usually has.
const LINE_BYTES: usize = 280;

/// The body of the write, as JSON text.
pub(crate) fn json(sale: &Sale<'_>, generation: Generation) -> Result<Vec<u8>, Failure> {
    let mut text = Vec::with_capacity(BODY_BYTES + LINE_BYTES * sale.lines.len());
    let written = match generation {
        Generation::Dated => serde_json::to_writer(&mut text, &dated(sale)),
        Generation::Classic => {
            serde_json::to_writer(&mut text, &classic(sale, &to_date_time(sale.date)))
        }
    };
    match written {
        Ok(()) => Ok(text),
        Err(error) => Err(Failure::Unexpected(format!("a sale could not be written: {error}"))),
    }
}

#[derive(Serialize)]
struct DatedSale<'a> {
    id: &'a str,
    source: DatedSource<'a>,
    state: &'a str,
    date: &'a str,
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
    id: PartId,
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
    id: PartId,
    r#type: DatedPaymentType<'a>,
    amount: Decimal,
    date: &'a str,
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

fn dated<'a>(sale: &'a Sale<'_>) -> DatedSale<'a> {
    let line = |(sequence, line): (usize, _)| dated_line(line, sequence);
    let payment = |payment| dated_payment(payment, sale.register_id, &sale.date_text);
    DatedSale {
        id: sale.id,
        source: DatedSource {
            r#type: sale.source_type,
            id: &sale.source_id,
            author_id: sale.user_id,
            register_id: sale.register_id,
        },
        state: "closed",
        date: &sale.date_text,
        customer_id: sale.customer_id,
        invoice_number: &sale.number,
        note: &sale.note,
        line_items: sale.lines.iter().enumerate().map(line).collect(),
        payments: sale.payments.iter().map(payment).collect(),
    }
}

fn dated_line<'a>(line: &'a SaleLine<'_>, sequence: usize) -> DatedLine<'a> {
    DatedLine {
        id: line.id,
        product: Id { id: line.product_id },
        quantity: line.piece.quantity,
        pricing: DatedPricing { price: line.piece.price, discount: discount(line) },
        tax: DatedTax { id: line.tax_id, amount: line.piece.tax },
        _metadata: DatedLineMetadata { is_price_override: true, sequence },
        attributes: attributes(line),
    }
}

fn dated_payment<'a>(
    payment: &Payment<'a>,
    register_id: &'a str,
    date: &'a str,
) -> DatedPayment<'a> {
    DatedPayment {
        id: payment.id,
        r#type: DatedPaymentType { config_id: payment.type_id },
        amount: payment.amount,
        date,
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
    sale_date: &'a str,
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
    id: PartId,
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
    id: PartId,
    retailer_payment_type_id: &'a str,
    register_id: &'a str,
    payment_date: &'a str,
    amount: Decimal,
}

fn classic<'a>(sale: &'a Sale<'_>, date: &'a str) -> ClassicSale<'a> {
    let line = |(sequence, line): (usize, _)| classic_line(line, sale.register_id, sequence);
    let payment = |payment| classic_payment(payment, sale.register_id, date);
    ClassicSale {
        id: sale.id,
        source: sale.source_type,
        source_id: &sale.source_id,
        register_id: sale.register_id,
        user_id: sale.user_id,
        customer_id: sale.customer_id,
        sale_date: date,
        status: "CLOSED",
        state: "closed",
        invoice_number: &sale.number,
        note: &sale.note,
        register_sale_products: sale.lines.iter().enumerate().map(line).collect(),
        register_sale_payments: sale.payments.iter().map(payment).collect(),
    }
}

fn classic_line<'a>(
    line: &'a SaleLine<'_>,
    register_id: &'a str,
    sequence: usize,
) -> ClassicLine<'a> {
    ClassicLine {
        id: line.id,
        product_id: line.product_id,
        register_id,
        sequence,
        status: "CONFIRMED",
        quantity: line.piece.quantity,
        price: line.piece.price,
        discount: discount(line),
        tax: line.piece.tax,
        tax_id: line.tax_id,
        price_set: 1,
        attributes: attributes(line),
    }
}

fn classic_payment<'a>(
    payment: &Payment<'a>,
    register_id: &'a str,
    date: &'a str,
) -> ClassicPayment<'a> {
    ClassicPayment {
        id: payment.id,
        retailer_payment_type_id: payment.type_id,
        register_id,
        payment_date: date,
        amount: payment.amount,
    }
}

/// What the price already bears; the till shows it in reports and does not take it off again.
fn discount(line: &SaleLine<'_>) -> Option<Decimal> {
    Some(line.unit_discount).filter(|discount| discount.is_positive())
}

fn attributes<'a>(line: &'a SaleLine<'_>) -> Vec<Attribute<'a>> {
    let note = line.note.as_deref();
    note.map(|value| Attribute { name: "line_note", value }).into_iter().collect()
}
