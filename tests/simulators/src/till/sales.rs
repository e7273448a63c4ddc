//! The endpoints of sales, of both generations.

use serde_json::{Value, json};
use uuid::Uuid;

use super::refusal::{Dialect, Refusal};
use super::sale_form::SaleForm;
use super::table::{ListQuery, Stored};
use super::{Payment, Sale, SaleLine, SaleState, Till, render};
use crate::clock;
use crate::http::{Reply, Request};
use crate::knobs::SaleAnswer;
use crate::money::number;
use crate::movement::Actor;

impl Till {
    pub(super) fn post_sale(&mut self, request: &Request) -> Result<Reply, Refusal> {
        let form = self.read_form(request, Dialect::Dated)?;
        let position = self.create_sale(form, Dialect::Dated)?;
        Ok(self.sale_answer(position))
    }

    pub(super) fn put_sale(&mut self, id: &str, request: &Request) -> Result<Reply, Refusal> {
        let position = self.position(&self.sales, id, "Sale")?;
        let mut form = self.read_form(request, Dialect::Dated)?;
        let before = self.sales.at(position).map(|row| row.value.state);
        if before == Some(SaleState::Closed) && form.state == SaleState::Closed {
            return Err(Refusal::unprocessable("a closed sale may only be voided"));
        }
        let named = form.id.is_some_and(|named| Uuid::try_parse(id) != Ok(named));
        if named {
            return Err(Refusal::malformed("id in body and path differ"));
        }
        // The dated form replaces a sale under its path; a number it does not name stays.
        let number = self.sales.at(position).map(|row| row.value.invoice_number.clone());
        form.invoice_number = form.invoice_number.or(number);
        let position = self.replace_sale(position, form)?;
        Ok(self.sale_answer(position))
    }

    /// Begins a return: a parked sale with the opposite quantities.
    pub(super) fn return_sale(&mut self, id: &str) -> Result<Reply, Refusal> {
        let position = self.position(&self.sales, id, "Sale")?;
        let Some(row) = self.sales.at(position) else {
            return Err(Refusal::unknown("Sale"));
        };
        if row.value.state != SaleState::Closed {
            return Err(Refusal::unprocessable("only a closed sale can be returned"));
        }
        let (original, mut sale) = (row.id, row.value.clone());
        for line in &mut sale.lines {
            (line.id, line.quantity) = (self.new_id(), -line.quantity);
        }
        sale.payments.clear();
        (sale.source, sale.source_id) = (None, None);
        (sale.state, sale.status) = (SaleState::Parked, "SAVED".to_owned());
        sale.return_for = Some(original);
        sale.date_ms = self.now_ms;
        sale.invoice_number = self.next_invoice(sale.register);
        let id = self.new_id();
        let position = self.store_sale(id, sale, Actor::Api);
        Ok(self.sale_answer(position))
    }

    fn sale_answer(&self, position: u32) -> Reply {
        let Some(row) = self.sales.at(position) else {
            return Reply::json(200, &json!({ "data": null }));
        };
        let data = match self.knobs.sale_answer {
            SaleAnswer::WholeSale => render::sale(self, row),
            SaleAnswer::IdOnly => json!({ "id": row.id }),
        };
        Reply::json(200, &json!({ "data": data }))
    }

    fn read_form(&self, request: &Request, dialect: Dialect) -> Result<SaleForm, Refusal> {
        let body = request.body_json().map_err(Refusal::malformed)?;
        SaleForm::read(&body, dialect, self.knobs.unknown_status)
    }

    pub(super) fn legacy_post_sale(&mut self, request: &Request) -> Result<Reply, Refusal> {
        let form = self.read_form(request, Dialect::Legacy)?;
        let position = self.create_sale(form, Dialect::Legacy)?;
        let sale = self.sales.at(position).map(|row| match self.knobs.sale_answer {
            SaleAnswer::WholeSale => self.legacy_form(row),
            SaleAnswer::IdOnly => json!({ "id": row.id }),
        });
        Ok(Reply::json(200, &json!({ "register_sale": sale })))
    }

    /// One sale, wrapped in a list. An unknown id is an empty list and no error.
    pub(super) fn legacy_sale(&self, id: &str) -> Reply {
        let found = Uuid::try_parse(id).ok().and_then(|id| self.sales.get(id));
        let sales: Vec<Value> = found.iter().map(|row| self.legacy_form(row)).collect();
        Reply::json(200, &json!({ "register_sales": sales }))
    }

    /// Pages of sales that changed since an instant.
    pub(super) fn legacy_sales(&self, request: &Request) -> Result<Reply, Refusal> {
        let since_ms = match request.param("since") {
            None => i64::MIN,
            Some(text) => {
                clock::parse(text).ok_or_else(|| Refusal::malformed("since is no date"))?
            }
        };
        let statuses: Vec<&str> =
            request.params("status[]").chain(request.params("status")).collect();
        let whole = |name: &str, absent: u64| {
            super::listing::number(request, name).map(|number| number.unwrap_or(absent))
        };
        let cap = self.knobs.page_size_cap.min(200);
        let (page, size) = (whole("page", 1)?.max(1), whole("page_size", 50)?.clamp(1, cap));
        let query = ListQuery {
            after: std::ops::Bound::Unbounded,
            before: None,
            size: usize::MAX,
            deleted: false,
            now_ms: self.now_ms,
        };
        let hits: Vec<&Stored<Sale>> = self
            .sales
            .list(query)
            .filter(|row| row.updated_ms >= since_ms)
            .filter(|row| statuses.is_empty() || statuses.contains(&row.value.status.as_str()))
            .collect();
        let skip = usize::try_from((page - 1).saturating_mul(size)).unwrap_or(usize::MAX);
        let shown = hits.iter().skip(skip).take(size as usize);
        let sales: Vec<Value> = shown.map(|row| self.legacy_form(row)).collect();
        let mut body = json!({ "register_sales": sales });
        let pages = (hits.len() as u64).div_ceil(size);
        if pages > 1 {
            body["pagination"] = json!({
                "results": hits.len(), "page": page, "page_size": size, "pages": pages,
            });
        }
        Ok(Reply::json(200, &body))
    }

    /// A sale in the words of 0.9, where some numbers are text.
    fn legacy_form(&self, row: &Stored<Sale>) -> Value {
        let sale = &row.value;
        let (total, tax, paid) = (sale.total(), sale.tax(), sale.paid());
        let lines: Vec<Value> = sale.lines.iter().map(|line| self.legacy_line(line)).collect();
        let payments: Vec<Value> =
            sale.payments.iter().map(|payment| self.legacy_payment(payment)).collect();
        json!({
            "id": row.id, "source": sale.source, "source_id": sale.source_id,
            "register_id": sale.register, "user_id": sale.user, "customer_id": sale.customer,
            "sale_date": clock::plain(sale.date_ms), "note": sale.note, "status": sale.status,
            "state": render::state(sale), "register_sale_attributes": sale.attributes,
            "invoice_number": sale.invoice_number, "return_for": sale.return_for,
            "created_at": clock::plain(row.created_ms), "updated_at": clock::plain(row.updated_ms),
            "total_price": number(total - tax), "total_tax": number(tax), "total_cost": 0,
            "totals": {
                "total_tax": number(tax), "total_price": number(total - tax),
                "total_payment": number(paid),
                "total_to_pay": number(self.retailer.currency.round(total) - paid),
            },
            "taxes": render::sale_taxes(sale), "version": row.version,
            "register_sale_products": lines, "register_sale_payments": payments,
        })
    }

    fn legacy_line(&self, line: &SaleLine) -> Value {
        let product = self.products.find(line.product).map(|(_, row)| &row.value);
        json!({
            "id": line.id, "product_id": line.product, "quantity": number(line.quantity),
            "price": number(line.price), "tax": number(line.tax), "tax_id": line.tax_id,
            "discount": number(line.discount), "price_set": i32::from(line.price_set),
            "sku": product.map(|it| &it.sku), "name": product.map(|it| &it.name),
            "handle": product.map(|it| &it.handle), "status": "CONFIRMED",
            "price_total": number(line.price * line.quantity),
            "tax_total": number(line.tax * line.quantity),
            "attributes": line.note.iter()
                .map(|note| json!({ "name": "line_note", "value": note })).collect::<Vec<_>>(),
        })
    }

    fn legacy_payment(&self, payment: &Payment) -> Value {
        let kind = self.payment_types.find(payment.payment_type).map(|(_, row)| &row.value);
        json!({
            "id": payment.id, "retailer_payment_type_id": payment.payment_type,
            "payment_type_id": kind.map(|kind| kind.type_id.to_string()),
            "name": kind.map(|kind| &kind.name), "amount": number(payment.amount),
            "payment_date": clock::plain(payment.date_ms), "register_id": payment.register,
        })
    }
}
