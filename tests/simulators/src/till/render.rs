//! How the records look in dated answers. The shapes of 0.9 are beside what writes them.

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    Adjustment, AdjustmentReason, Customer, Level, Outlet, PaymentType, Register, Sale, SaleState,
    Stored, Till, TillProduct, TillTax, User,
};
use crate::chance;
use crate::clock::rfc3339;
use crate::money::number;

/// The fields that most records share.
fn with_times<T>(row: &Stored<T>, mut body: Value) -> Value {
    if let Value::Object(fields) = &mut body {
        fields.insert("version".to_owned(), json!(row.version));
        fields.insert("created_at".to_owned(), json!(rfc3339(row.created_ms)));
        fields.insert("updated_at".to_owned(), json!(rfc3339(row.updated_ms)));
        fields.insert("deleted_at".to_owned(), json!(row.deleted_ms.map(rfc3339)));
    }
    body
}

pub(super) fn outlet(row: &Stored<Outlet>) -> Value {
    with_times(
        row,
        json!({
            "id": row.id, "name": row.value.name, "time_zone": "Pacific/Auckland",
            "display_prices": "inclusive",
        }),
    )
}

pub(super) fn register(row: &Stored<Register>) -> Value {
    let register = &row.value;
    let turned = rfc3339(register.turned_ms);
    with_times(
        row,
        json!({
            "id": row.id, "name": register.name, "outlet_id": register.outlet,
            "is_open": register.is_open, "invoice_prefix": register.invoice_prefix,
            "invoice_suffix": "", "invoice_sequence": register.invoice_sequence,
            "register_open_time": register.is_open.then_some(turned.clone()),
            "register_close_time": (!register.is_open).then_some(turned),
        }),
    )
}

pub(super) fn payment_type(row: &Stored<PaymentType>) -> Value {
    with_times(
        row,
        json!({
            "id": row.id, "name": row.value.name, "type_id": row.value.type_id, "config": null,
        }),
    )
}

pub(super) fn tax(row: &Stored<TillTax>) -> Value {
    let rates: Vec<Value> = row
        .value
        .rates
        .iter()
        .enumerate()
        .map(|(index, (name, rate))| {
            let (high, _) = row.id.as_u64_pair();
            let id = chance::uuid(&[high, index as u64]);
            json!({ "id": id, "name": name, "rate": number(*rate) })
        })
        .collect();
    with_times(
        row,
        json!({
            "id": row.id, "name": row.value.name, "display_name": row.value.name,
            "is_default": row.value.is_default, "rates": rates,
        }),
    )
}

pub(super) fn user(row: &Stored<User>) -> Value {
    let user = &row.value;
    with_times(
        row,
        json!({
            "id": row.id, "username": user.username, "display_name": user.display_name,
            "account_type": user.account_type, "enabled": user.enabled, "restricted_outlet_ids": [],
        }),
    )
}

pub(super) fn customer(row: &Stored<Customer>) -> Value {
    let customer = &row.value;
    let mut fields: Map<String, Value> = customer.other.clone();
    let parts: Vec<&str> = [&customer.first_name, &customer.last_name]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    let own = [
        ("id", json!(row.id)),
        ("first_name", json!(customer.first_name)),
        ("last_name", json!(customer.last_name)),
        ("name", json!(parts.join(" ").trim())),
        ("email", json!(customer.email)),
        ("phone", json!(customer.phone)),
        ("company_name", json!(customer.company_name)),
        ("customer_code", json!(customer.customer_code)),
        ("note", json!(customer.note)),
        ("do_not_email", json!(customer.do_not_email)),
        ("balance", json!(0)),
        ("year_to_date", json!(0)),
    ];
    fields.extend(own.into_iter().map(|(name, value)| (name.to_owned(), value)));
    with_times(row, Value::Object(fields))
}

pub(super) fn product(row: &Stored<TillProduct>) -> Value {
    let product = &row.value;
    let parts: Vec<Value> = product
        .composite_of
        .iter()
        .map(|(part, pieces)| json!({ "product_id": part, "quantity": number(*pieces) }))
        .collect();
    with_times(
        row,
        json!({
            "id": row.id, "sku": product.sku, "handle": product.handle, "name": product.name,
            "variant_name": product.name, "has_variants": false, "variant_parent_id": null,
            "variant_options": [],
            "product_codes": [{ "id": chance::uuid(&[row.version]), "code": product.sku, "type": "CUSTOM" }],
            "has_inventory": product.has_inventory, "is_composite": !parts.is_empty(),
            "composite_bom": parts, "active": product.active, "is_active": product.active,
            "price_excluding_tax": number(product.price_excluding_tax),
            "supply_price": 0, "source": "USER", "source_id": null,
        }),
    )
}

pub(super) fn adjustment(row: &Stored<Adjustment>) -> Value {
    let adjustment = &row.value;
    with_times(
        row,
        json!({
            "id": row.id, "user_id": adjustment.user, "product_id": adjustment.counter.product,
            "outlet_id": adjustment.counter.outlet, "quantity": adjustment.quantity.to_string(),
            "reason": adjustment.reason,
            "custom_inventory_adjustment_reason_id": adjustment.custom_reason,
        }),
    )
}

pub(super) fn reason(row: &Stored<AdjustmentReason>) -> Value {
    let kind = if row.value.is_positive { "POSITIVE" } else { "NEGATIVE" };
    with_times(
        row,
        json!({
            "id": row.id, "name": row.value.name, "type": kind, "enabled": row.value.enabled,
        }),
    )
}

pub(super) fn level(row: &Stored<Level>) -> Value {
    json!({
        "id": row.id, "product_id": row.value.counter.product,
        "outlet_id": row.value.counter.outlet,
        "current_inventory_level": number(row.value.amount), "version": row.version,
        "average_cost": 0, "reorder_point": null, "reorder_amount": null,
        "deleted_at": row.deleted_ms.map(rfc3339),
    })
}

/// The word of the dated API; an unknown one is shown as it was stored.
pub(super) fn state(sale: &Sale) -> &str {
    match sale.state {
        SaleState::Parked => "parked",
        SaleState::Pending => "pending",
        SaleState::Closed => "closed",
        SaleState::Voided => "voided",
        SaleState::Unknown => &sale.status,
    }
}

/// A sale. Its version stands in `_metadata`, not at the top.
pub(super) fn sale(till: &Till, row: &Stored<Sale>) -> Value {
    let sale = &row.value;
    let outlet =
        sale.register.and_then(|id| till.registers.find(id)).map(|(_, row)| row.value.outlet);
    let (total, tax) = (sale.total(), sale.tax());
    json!({
        "id": row.id, "state": state(sale), "attributes": sale.attributes,
        "date": rfc3339(sale.date_ms),
        "source": {
            "id": sale.source_id, "type": sale.source, "register_id": sale.register,
            "outlet_id": outlet, "author_id": sale.user, "author": { "id": sale.user },
        },
        "customer_id": sale.customer, "note": sale.note,
        "invoice_number": sale.invoice_number, "receipt_number": sale.invoice_number,
        "line_items": sale_lines(sale), "payments": sale_payments(sale),
        "taxes": sale_taxes(sale),
        "totals": {
            "price": number(total - tax), "price_incl_tax": number(total), "tax": number(tax),
            "loyalty": 0, "surcharge": 0,
        },
        "adjustments": [], "ecom_custom_charges": [],
        "return": {
            "is_return": sale.return_for.is_some(), "original_sale_id": sale.return_for,
            "return_sale_ids": [],
        },
        "created_at": rfc3339(row.created_ms), "updated_at": rfc3339(row.updated_ms),
        "deleted_at": null, "_metadata": { "version": row.version },
    })
}

fn sale_lines(sale: &Sale) -> Vec<Value> {
    let line = |(index, line): (usize, &super::SaleLine)| {
        json!({
            "id": line.id, "product": { "id": line.product }, "quantity": number(line.quantity),
            "pricing": {
                "price": number(line.price), "discount": number(line.discount),
                "total": number(line.price * line.quantity),
                "discount_total": number(line.discount * line.quantity),
            },
            "tax": {
                "id": line.tax_id, "amount": number(line.tax),
                "total": number(line.tax * line.quantity),
            },
            "attributes": line.note.iter()
                .map(|note| json!({ "name": "line_note", "value": note })).collect::<Vec<_>>(),
            "status": "CONFIRMED",
            "_metadata": { "is_price_override": line.price_set, "sequence": index },
        })
    };
    sale.lines.iter().enumerate().map(line).collect()
}

fn sale_payments(sale: &Sale) -> Vec<Value> {
    let payment = |payment: &super::Payment| {
        json!({
            "id": payment.id, "amount": number(payment.amount), "date": rfc3339(payment.date_ms),
            "type": { "config_id": payment.payment_type },
            "source": { "register_id": payment.register },
        })
    };
    sale.payments.iter().map(payment).collect()
}

/// The tax of a sale by tax id.
pub(super) fn sale_taxes(sale: &Sale) -> Vec<Value> {
    let mut sums: Vec<(Uuid, Decimal)> = Vec::new();
    for line in &sale.lines {
        let Some(id) = line.tax_id else { continue };
        let amount = line.tax * line.quantity;
        match sums.iter_mut().find(|(known, _)| *known == id) {
            Some((_, sum)) => *sum += amount,
            None => sums.push((id, amount)),
        }
    }
    sums.into_iter().map(|(id, amount)| json!({ "id": id, "tax": number(amount) })).collect()
}
