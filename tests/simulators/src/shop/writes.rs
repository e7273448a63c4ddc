//! What the API may change in the shop.

use serde_json::{Value, json};

use super::order::{FulfillmentStatus, OrderDetail, OrderRow, PaymentStatus};
use super::{Shop, ShopCounter, error};
use crate::http::{Reply, Request};
use crate::knobs::{DeltaOnParent, DeltaOnUnlimited};
use crate::movement::{Actor, Cause};
use rust_decimal::Decimal;

/// The changes of an order that a `PUT` asks for.
struct OrderPatch {
    payment: Option<PaymentStatus>,
    fulfillment: Option<FulfillmentStatus>,
    admin_notes: Option<String>,
    email: Option<String>,
}

impl OrderPatch {
    fn read(body: &Value) -> Result<Self, Reply> {
        let word = |name: &str| body.get(name).and_then(Value::as_str);
        let wrong = |name: &str| error(400, "WRONG_PARAMETER", &format!("Field {name} is wrong"));
        let payment = match word("paymentStatus") {
            None => None,
            Some(text) => Some(PaymentStatus::parse(text).ok_or_else(|| wrong("paymentStatus"))?),
        };
        let fulfillment = match word("fulfillmentStatus") {
            None => None,
            Some(text) => {
                Some(FulfillmentStatus::parse(text).ok_or_else(|| wrong("fulfillmentStatus"))?)
            }
        };
        let text = |name: &str| word(name).map(str::to_owned);
        Ok(Self {
            payment,
            fulfillment,
            admin_notes: text("privateAdminNotes"),
            email: text("email"),
        })
    }

    fn apply(self, row: &mut OrderRow, detail: &mut OrderDetail) {
        row.fulfillment = self.fulfillment.unwrap_or(row.fulfillment);
        if let Some(notes) = self.admin_notes {
            detail.admin_notes = Some(notes);
        }
        if let Some(email) = self.email {
            detail.email = email;
        }
    }
}

impl Shop {
    pub(super) fn put_order(&mut self, id: &str, request: &Request) -> Reply {
        let Some(position) = self.order_in_path(id) else {
            return error(404, "ORDER_NOT_FOUND", &format!("Order {id} not found"));
        };
        let patch = match json_body(request).and_then(|body| OrderPatch::read(&body)) {
            Ok(patch) => patch,
            Err(reply) => return reply,
        };
        let payment = patch.payment;
        let when = self.order_changed();
        self.parts.orders.change(position, when, |row, detail| {
            row.payment = payment.unwrap_or(row.payment);
            patch.apply(row, detail);
        });
        if payment == Some(PaymentStatus::Cancelled) {
            self.restock(position, Actor::Api);
        }
        Reply::json(200, &json!({ "updateCount": 1 }))
    }

    pub(super) fn api_delete_order(&mut self, id: &str) -> Reply {
        match self.order_in_path(id) {
            Some(position) => {
                self.remove_order(position);
                Reply::json(200, &json!({ "deleteCount": 1 }))
            }
            None => error(404, "ORDER_NOT_FOUND", &format!("Order {id} not found")),
        }
    }

    /// `PUT` of a product or of one of its variations: an absolute number.
    pub(super) fn put_product(
        &mut self,
        id: &str,
        below: Option<&str>,
        request: &Request,
    ) -> Reply {
        let (counter, body) = match self.counter_in_path(id, below, request) {
            Ok(found) => found,
            Err(reply) => return reply,
        };
        if self.differs_from_its_product(counter, &body) {
            return error(
                400,
                "DIFFERENT_COMBINATION_STOCK",
                "A variation with the SKU of its product has the stock of its product",
            );
        }
        if let Some(quantity) = body.get("quantity") {
            let Some(quantity) = quantity.as_i64() else {
                return error(400, "WRONG_PARAMETER", "Field quantity is wrong");
            };
            let cause = Cause::ApiSet(self.traffic.sequence);
            self.put_level(counter, Some(quantity), cause, Actor::Api);
        }
        if let Some(unlimited) = body.get("unlimited").and_then(Value::as_bool) {
            let level = self.products.level(counter);
            let level = if unlimited { None } else { Some(level.unwrap_or(0)) };
            self.put_level(counter, level, Cause::ApiSet(self.traffic.sequence), Actor::Api);
        }
        let name = body.get("name").and_then(Value::as_str).map(str::to_owned);
        if let (Some(name), None) = (name, below) {
            let when = self.product_changed();
            self.products.change(counter.product_id, when, |product| product.name = name);
        }
        Reply::json(200, &json!({ "updateCount": 1 }))
    }

    /// The delta call. It is not idempotent, and it goes below zero with a warning.
    pub(super) fn put_inventory(
        &mut self,
        id: &str,
        below: Option<&str>,
        request: &Request,
    ) -> Reply {
        let (counter, body) = match self.counter_in_path(id, below, request) {
            Ok(found) => found,
            Err(reply) => return reply,
        };
        let Some(delta) = body.get("quantityDelta").and_then(Value::as_i64) else {
            return error(400, "WRONG_PARAMETER", "Field quantityDelta is not a whole number");
        };
        let has_variations =
            self.products.get(counter.product_id).is_some_and(|it| !it.variations.is_empty());
        let refuses = self.knobs.delta_on_parent == DeltaOnParent::Refused409;
        if below.is_none() && has_variations && refuses {
            return error(409, "NOT_ALLOWED_TO_UPDATE_PARAMETER", "The variations are counted");
        }
        let cause = Cause::ApiDelta(self.traffic.sequence);
        match self.move_stock(counter, delta, cause, Actor::Api) {
            Some(level) if level < 0 => Reply::json(
                200,
                &json!({ "updateCount": 1, "warning": "The stock quantity is negative now" }),
            ),
            Some(_) => Reply::json(200, &json!({ "updateCount": 1 })),
            None => {
                let counted = self.knobs.delta_on_unlimited == DeltaOnUnlimited::CountsOne;
                Reply::json(200, &json!({ "updateCount": i32::from(counted) }))
            }
        }
    }

    /// Whether a variation that shares its product's counter would get another number than that, or another flag.
    fn differs_from_its_product(&self, named: ShopCounter, body: &Value) -> bool {
        let shares = self.products.counter(named).is_some_and(|counter| counter != named);
        let level = self.products.level(named);
        let other_quantity = body.get("quantity").is_some_and(|it| it.as_i64() != level);
        let other_flag = body.get("unlimited").is_some_and(|it| *it != json!(level.is_none()));
        shares && (other_quantity || other_flag)
    }

    fn counter_in_path(
        &self,
        id: &str,
        below: Option<&str>,
        request: &Request,
    ) -> Result<(ShopCounter, Value), Reply> {
        let product = id.parse().ok().and_then(|id| self.products.get(id));
        let Some(product) = product else {
            return Err(error(404, "PRODUCT_NOT_FOUND", &format!("Product {id} not found")));
        };
        let combination_id: Option<u64> = below.and_then(|below| below.parse().ok());
        let known = product.variations.iter().any(|it| Some(it.id) == combination_id);
        if below.is_some() && !known {
            return Err(error(404, "COMBINATION_NOT_FOUND", "There is no such variation"));
        }
        Ok((ShopCounter { product_id: product.id, combination_id }, json_body(request)?))
    }

    /// Puts a number on a counter; `None` stops counting. The difference is a movement.
    pub(super) fn put_level(
        &mut self,
        counter: ShopCounter,
        level: Option<i64>,
        cause: Cause,
        by: Actor,
    ) {
        let counter = self.products.counter(counter).unwrap_or(counter);
        let before = self.products.level(counter);
        if let (Some(before), Some(level)) = (before, level) {
            if before != level {
                self.move_stock(counter, level - before, cause, by);
            }
            return;
        }
        let when = self.product_changed();
        self.products.change(counter.product_id, when, |product| {
            if let Some(stock) = product.stock_mut(counter.combination_id) {
                *stock = level;
            }
        });
        // A counter that begins or ends to be counted moves from or to nothing, so that sums stay true.
        let delta = Decimal::from(level.unwrap_or(0) - before.unwrap_or(0));
        if !delta.is_zero() {
            let at_ms = self.now_ms;
            self.movements.push(crate::movement::Movement {
                at_ms,
                owner: counter,
                delta,
                cause,
                by,
            });
        }
    }
}

/// The JSON object of a write, which needs its content type.
fn json_body(request: &Request) -> Result<Value, Reply> {
    let kind = request.header("content-type").unwrap_or("");
    if !["application/json", "text/json"].iter().any(|known| kind.starts_with(known)) {
        return Err(error(415, "UNSUPPORTED_CONTENT_TYPE", "Send application/json"));
    }
    match request.body_json() {
        Ok(body) if body.is_object() => Ok(body),
        Ok(_) => Err(error(400, "WRONG_PARAMETER", "The body is no JSON object")),
        Err(message) => Err(error(400, "WRONG_PARAMETER", &message)),
    }
}
