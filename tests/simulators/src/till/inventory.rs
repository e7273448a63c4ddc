//! Stock: reads, which answer bare arrays, and adjustments.

use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

use super::refusal::Refusal;
use super::table::{ListQuery, Stored};
use super::{Adjustment, AdjustmentReason, Level, Till, TillCounter, render};
use crate::http::{Reply, Request};
use crate::knobs::AdjustmentBatch;
use crate::money;
use crate::movement::{Actor, Cause};

/// Rows of one page where nothing is asked, and at most.
const SIZE_DEFAULT: u64 = 1000;
const SIZE_MAX: u64 = 5000;
/// Most adjustments of one request.
const ADJUSTMENTS_MAX: usize = 1000;
/// Longest name of a reason.
const REASON_CHARS_MAX: usize = 30;

impl Till {
    /// `POST /inventory`: a read, newest first unless told otherwise.
    pub(super) fn list_inventory(&self, request: &Request) -> Result<Reply, Refusal> {
        let body = match request.body.is_empty() {
            true => json!({}),
            false => request.body_json().map_err(Refusal::malformed)?,
        };
        let whole = |name: &str| match body.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => value
                .as_u64()
                .map(Some)
                .ok_or_else(|| Refusal::malformed(format!("{name} is no whole number"))),
        };
        let size = whole("size")?.unwrap_or(SIZE_DEFAULT).clamp(1, SIZE_MAX) as usize;
        let product = body.get("product_id").and_then(Value::as_str);
        let query = ListQuery {
            after: self.after(whole("after")?),
            before: whole("before")?,
            size,
            deleted: body.get("include_deleted").and_then(Value::as_bool).unwrap_or(false),
            now_ms: self.now_ms,
        };
        let of_product = |row: &&Stored<Level>| {
            product.is_none_or(|id| row.value.counter.product.to_string() == id)
        };
        let rows = self.levels.list(query).filter(of_product);
        let data: Vec<Value> = match body.get("sort_direction").and_then(Value::as_str) {
            Some("asc") => rows.take(size).map(render::level).collect(),
            None | Some("desc") => rows.rev().take(size).map(render::level).collect(),
            Some(_) => return Err(Refusal::malformed("sort_direction is asc or desc")),
        };
        Ok(Reply::json(200, &Value::Array(data)))
    }

    pub(super) fn product_inventory(&self, id: &str) -> Result<Reply, Refusal> {
        let position = self.position(&self.products, id, "Product")?;
        let id = self.products.at(position).map(|row| row.id);
        let of_product = |row: &&Stored<Level>| Some(row.value.counter.product) == id;
        let rows: Vec<Value> =
            self.levels.rows().iter().filter(of_product).map(render::level).collect();
        Ok(Reply::json(200, &Value::Array(rows)))
    }

    /// `PUT /products/{id}` with absolute numbers in `details.inventory`.
    pub(super) fn put_product(&mut self, id: &str, request: &Request) -> Result<Reply, Refusal> {
        let position = self.position(&self.products, id, "Product")?;
        let body = request.body_json().map_err(Refusal::malformed)?;
        let product = self.products.at(position).map(|row| row.id).unwrap_or_default();
        let rows = body.pointer("/details/inventory").and_then(Value::as_array);
        let mut changes = Vec::new();
        for row in rows.into_iter().flatten() {
            let outlet = self.outlet_named(row)?;
            let amount = row.get("current_amount").and_then(|value| money::read(value, false));
            let amount = amount.ok_or_else(|| Refusal::malformed("current_amount is no number"))?;
            changes.push((TillCounter { product, outlet }, amount));
        }
        for (counter, amount) in changes {
            let delta = amount - self.level(counter).unwrap_or_default();
            self.move_stock(counter, delta, Cause::ApiSet(self.traffic.sequence), Actor::Api);
        }
        if let Some(name) = body.pointer("/common/name").and_then(Value::as_str) {
            let (name, stamp) = (name.to_owned(), self.stamp(self.knobs.product_search_lag_ms));
            self.products.change(position, stamp, |product| product.name = name);
        }
        Ok(Reply::json(200, &json!({})))
    }

    fn outlet_named(&self, row: &Value) -> Result<Uuid, Refusal> {
        let id = row.get("outlet_id").and_then(Value::as_str);
        id.and_then(|id| Uuid::try_parse(id).ok())
            .filter(|id| self.outlets.get(*id).is_some())
            .ok_or_else(|| Refusal::unprocessable("outlet_id is unknown"))
    }

    pub(super) fn post_adjustments(&mut self, request: &Request) -> Result<Reply, Refusal> {
        let body = request.body_json().map_err(Refusal::malformed)?;
        let rows = body.get("stock_adjustments").and_then(Value::as_array);
        let rows = rows.ok_or_else(|| Refusal::malformed("stock_adjustments is required"))?;
        if rows.is_empty() || rows.len() > ADJUSTMENTS_MAX {
            return Err(Refusal::malformed("stock_adjustments holds 1 to 1000 rows"));
        }
        let mut good = Vec::new();
        for row in rows {
            match self.read_adjustment(row) {
                Ok(adjustment) => good.push(adjustment),
                Err(_) if self.knobs.adjustment_batch == AdjustmentBatch::GoodRows => {}
                Err(refusal) => return Err(refusal),
            }
        }
        let data: Vec<Value> = good.into_iter().filter_map(|it| self.adjust(it)).collect();
        Ok(Reply::json(201, &json!({ "data": data })))
    }

    fn adjust(&mut self, adjustment: Adjustment) -> Option<Value> {
        let id = self.new_id();
        let (counter, quantity) = (adjustment.counter, adjustment.quantity);
        self.move_stock(counter, quantity, Cause::Adjustment(id), Actor::Api);
        let stamp = self.stamp(0);
        let position = self.adjustments.insert(id, adjustment, stamp);
        self.adjustments.at(position).map(render::adjustment)
    }

    fn read_adjustment(&self, row: &Value) -> Result<Adjustment, Refusal> {
        const KNOWN: [&str; 5] = [
            "product_id",
            "outlet_id",
            "quantity",
            "reason",
            "custom_inventory_adjustment_reason_id",
        ];
        let fields = row.as_object().ok_or_else(|| Refusal::malformed("a row is no object"))?;
        if let Some(other) = fields.keys().find(|name| !KNOWN.contains(&name.as_str())) {
            return Err(Refusal::malformed(format!("{other} is no field of an adjustment")));
        }
        let id = |name: &str| {
            row.get(name).and_then(Value::as_str).and_then(|id| Uuid::try_parse(id).ok())
        };
        let product = id("product_id")
            .filter(|id| self.products.get(*id).is_some_and(|row| row.value.has_inventory))
            .ok_or_else(|| Refusal::unprocessable("product_id is unknown or not counted"))?;
        let outlet = self.outlet_named(row)?;
        let quantity = row
            .get("quantity")
            .filter(|value| value.is_string())
            .and_then(|value| money::read(value, true))
            .filter(|quantity| quantity.abs() <= Decimal::from(1_000_000))
            .ok_or_else(|| Refusal::malformed("quantity is no number in text"))?;
        let reason = row.get("reason").and_then(Value::as_str).unwrap_or("").to_owned();
        let custom_reason = id("custom_inventory_adjustment_reason_id");
        self.check_reason(&reason, custom_reason, quantity)?;
        let counter = TillCounter { product, outlet };
        let user = self.users.rows().first().map(|row| row.id);
        Ok(Adjustment { counter, quantity, reason, custom_reason, user })
    }

    fn check_reason(
        &self,
        reason: &str,
        custom: Option<Uuid>,
        quantity: Decimal,
    ) -> Result<(), Refusal> {
        let positive = match reason {
            "DAMAGE" | "EXPIRY" | "INTERNAL_USE" | "THEFT" | "DONATION" => false,
            "STOCK_FOUND" | "SAMPLE_FOR_SALE" => true,
            "CUSTOM" => {
                let found = custom.and_then(|id| self.reasons.get(id));
                let usable = found.filter(|row| row.value.enabled);
                usable
                    .ok_or_else(|| Refusal::unprocessable("the custom reason is unknown"))?
                    .value
                    .is_positive
            }
            _ => return Err(Refusal::malformed(format!("reason {reason} is unknown"))),
        };
        if quantity.is_zero() || quantity.is_sign_positive() != positive {
            return Err(Refusal::unprocessable("the sign of quantity does not fit the reason"));
        }
        Ok(())
    }

    pub(super) fn post_reason(&mut self, request: &Request) -> Result<Reply, Refusal> {
        let body = request.body_json().map_err(Refusal::malformed)?;
        let name = body.get("name").and_then(Value::as_str).unwrap_or("").to_owned();
        let is_positive = match body.get("type").and_then(Value::as_str) {
            Some("POSITIVE") => true,
            Some("NEGATIVE") => false,
            _ => return Err(Refusal::malformed("type is POSITIVE or NEGATIVE")),
        };
        self.check_reason_name(&name, None)?;
        let (id, stamp) = (self.new_id(), self.stamp(0));
        let reason = AdjustmentReason { name, is_positive, enabled: true };
        let position = self.reasons.insert(id, reason, stamp);
        let row = self.reasons.at(position).map(render::reason);
        Ok(Reply::json(201, &json!({ "data": row })))
    }
    /// `PUT /custom_inventory_adjustment_reasons/{id}`: another name, or on or off. Its sign stays.
    pub(super) fn put_reason(&mut self, id: &str, request: &Request) -> Result<Reply, Refusal> {
        let position = self.position(&self.reasons, id, "Reason")?;
        let body = request.body_json().map_err(Refusal::malformed)?;
        let name = body.get("name").and_then(Value::as_str).map(str::to_owned);
        if let Some(name) = &name {
            self.check_reason_name(name, Some(position))?;
        }
        let enabled = body.get("enabled").and_then(Value::as_bool);
        let stamp = self.stamp(0);
        self.reasons.change(position, stamp, |reason| {
            reason.name = name.unwrap_or_else(|| reason.name.clone());
            reason.enabled = enabled.unwrap_or(reason.enabled);
        });
        let row = self.reasons.at(position).map(render::reason);
        Ok(Reply::json(200, &json!({ "data": row })))
    }

    /// A name has its length, and no other reason has it.
    fn check_reason_name(&self, name: &str, of: Option<u32>) -> Result<(), Refusal> {
        if name.is_empty() || name.chars().count() > REASON_CHARS_MAX {
            return Err(Refusal::malformed("name has 1 to 30 characters"));
        }
        let others = (0u32..).zip(self.reasons.rows()).filter(|(at, _)| Some(*at) != of);
        if others.map(|(_, row)| row).any(|row| row.value.name == name) {
            return Err(Refusal::conflict(format!("reason {name} exists")));
        }
        Ok(())
    }
}
