//! The planned sale in the words of either generation: two small writers of the same plan.
//!
//! Fields are from the vendor's OpenAPI 2026-07 (`POST /sales`) and its sales guides (`POST /register_sales`).

use penstock_connector_sdk::decimal::Decimal;
use penstock_connector_sdk::instant::to_date_time;
use penstock_connector_sdk::json::Object;

use super::plan::{Payment, Sale, SaleLine};
use crate::options::Generation;

/// Bytes that a body usually has, beside those of its lines.
const BODY_BYTES: usize = 900;

/// Bytes that a line of a body usually has.
const LINE_BYTES: usize = 350;

/// The body of the write, as JSON text.
pub(crate) fn json(sale: &Sale<'_>, generation: Generation) -> Vec<u8> {
    let bytes = BODY_BYTES + LINE_BYTES * sale.lines.len();
    Object::text_of(bytes, |body| match generation {
        Generation::Dated => dated(body, sale),
        Generation::Classic => classic(body, sale, &to_date_time(sale.date)),
    })
}

fn dated(body: &mut Object<'_>, sale: &Sale<'_>) {
    body.text("id", sale.id);
    body.object("source", |source| {
        source.text("type", sale.source_type).text("id", &sale.source_id);
        source.text("author_id", sale.user_id).text("register_id", sale.register_id);
    });
    body.text("state", "closed").text("date", &sale.date_text);
    body.text_if_any("customer_id", sale.customer_id).text("invoice_number", &sale.number);
    body.text_if_any("note", note(sale));
    body.objects("line_items", sale.lines.iter().zip(0..), |body, (line, sequence)| {
        dated_line(body, line, sequence);
    });
    body.objects("payments", &sale.payments, |body, payment| dated_payment(body, payment, sale));
}

fn dated_line(body: &mut Object<'_>, line: &SaleLine<'_>, sequence: i64) {
    body.text("id", line.id.as_str());
    body.object("product", |product| {
        product.text("id", line.product_id);
    });
    body.decimal("quantity", line.piece.quantity);
    body.object("pricing", |pricing| {
        pricing.decimal("price", line.piece.price);
        discount(pricing, line);
    });
    body.object("tax", |tax| {
        tax.text("id", line.tax_id).decimal("amount", line.piece.tax);
    });
    body.object("_metadata", |metadata| {
        metadata.bool("is_price_override", true).decimal("sequence", Decimal::new(sequence, 0));
    });
    attributes(body, line);
}

fn dated_payment(body: &mut Object<'_>, payment: &Payment<'_>, sale: &Sale<'_>) {
    body.text("id", payment.id.as_str());
    body.object("type", |kind| {
        kind.text("config_id", payment.type_id);
    });
    body.decimal("amount", payment.amount).text("date", &sale.date_text);
    body.object("source", |source| {
        source.text("register_id", sale.register_id);
    });
}

/// Both words for closed are sent, as the vendor's current guide does: `status` is to be replaced by `state`.
fn classic(body: &mut Object<'_>, sale: &Sale<'_>, date: &str) {
    body.text("id", sale.id).text("source", sale.source_type).text("source_id", &sale.source_id);
    body.text("register_id", sale.register_id).text("user_id", sale.user_id);
    body.text_if_any("customer_id", sale.customer_id).text("sale_date", date);
    body.text("status", "CLOSED").text("state", "closed").text("invoice_number", &sale.number);
    body.text_if_any("note", note(sale));
    let lines = sale.lines.iter().zip(0..);
    body.objects("register_sale_products", lines, |body, (line, sequence)| {
        classic_line(body, line, sale.register_id, sequence);
    });
    body.objects("register_sale_payments", &sale.payments, |body, payment| {
        body.text("id", payment.id.as_str()).text("retailer_payment_type_id", payment.type_id);
        body.text("register_id", sale.register_id).text("payment_date", date);
        body.decimal("amount", payment.amount);
    });
}

fn classic_line(body: &mut Object<'_>, line: &SaleLine<'_>, register_id: &str, sequence: i64) {
    body.text("id", line.id.as_str()).text("product_id", line.product_id);
    body.text("register_id", register_id).decimal("sequence", Decimal::new(sequence, 0));
    body.text("status", "CONFIRMED").decimal("quantity", line.piece.quantity);
    body.decimal("price", line.piece.price);
    discount(body, line);
    body.decimal("tax", line.piece.tax).text("tax_id", line.tax_id);
    body.decimal("price_set", Decimal::ONE);
    attributes(body, line);
}

fn note<'a>(sale: &'a Sale<'_>) -> Option<&'a str> {
    Some(sale.note.as_str()).filter(|note| !note.is_empty())
}

/// What the price already bears; the till shows it in reports and does not take it off again.
fn discount(body: &mut Object<'_>, line: &SaleLine<'_>) {
    if line.unit_discount.is_positive() {
        body.decimal("discount", line.unit_discount);
    }
}

fn attributes(body: &mut Object<'_>, line: &SaleLine<'_>) {
    if let Some(note) = &line.note {
        body.objects("attributes", [note], |body, note| {
            body.text("name", "line_note").text("value", note);
        });
    }
}
