//! The endpoints of customers.

use serde_json::{Map, Value, json};

use super::refusal::Refusal;
use super::{Customer, Till, render};
use crate::http::{Reply, Request};
use crate::knobs::{CustomerPut, DuplicateCustomerCode};
use crate::movement::Actor;

/// Fields that a create request must bear, if only as `null`.
const REQUIRED: [&str; 2] = ["first_name", "last_name"];
/// Fields that a client can't write.
const READ_ONLY: [&str; 10] = [
    "id",
    "name",
    "balance",
    "loyalty_balance",
    "year_to_date",
    "created_at",
    "updated_at",
    "deleted_at",
    "version",
    "points",
];

impl Till {
    pub(super) fn post_customer(&mut self, request: &Request) -> Result<Reply, Refusal> {
        let fields = self.customer_fields(request)?;
        if let Some(missing) = REQUIRED.iter().find(|name| !fields.contains_key(**name)) {
            return Err(Refusal::malformed(format!("{missing} is required")));
        }
        let position = self.create_customer(fields)?;
        let row = self.customers.at(position).map(render::customer);
        Ok(Reply::json(201, &json!({ "data": row })))
    }

    fn create_customer(&mut self, fields: Map<String, Value>) -> Result<u32, Refusal> {
        let mut customer = Customer { created_by: Some(Actor::Api), ..Customer::default() };
        write(&mut customer, fields);
        if customer.customer_code.is_empty() {
            customer.customer_code = self.draw_code(&customer);
        } else {
            self.check_code(&customer.customer_code, None)?;
        }
        Ok(self.store_customer(customer))
    }

    /// Stores a new customer, who is found by the search after its lag.
    pub(super) fn store_customer(&mut self, customer: Customer) -> u32 {
        let id = self.new_id();
        let position = self.customers.next_position();
        self.note_customer(position, &customer);
        let stamp = self.stamp(self.knobs.customer_search_lag_ms);
        self.customers.insert(id, customer, stamp)
    }

    pub(super) fn put_customer(&mut self, id: &str, request: &Request) -> Result<Reply, Refusal> {
        let position = self.position(&self.customers, id, "Customer")?;
        let fields = self.customer_fields(request)?;
        self.change_customer(position, fields)?;
        let row = self.customers.at(position).map(render::customer);
        Ok(Reply::json(200, &json!({ "data": row })))
    }

    fn change_customer(
        &mut self,
        position: u32,
        fields: Map<String, Value>,
    ) -> Result<(), Refusal> {
        let Some(row) = self.customers.at(position) else {
            return Err(Refusal::unknown("Customer"));
        };
        let before = row.value.clone();
        let mut customer = match self.knobs.customer_put {
            CustomerPut::Merges => before.clone(),
            CustomerPut::Replaces => Customer {
                customer_code: before.customer_code.clone(),
                created_by: before.created_by,
                changed_by: before.changed_by.clone(),
                ..Customer::default()
            },
        };
        write(&mut customer, fields);
        self.check_code(&customer.customer_code, Some(position))?;
        customer.changed_by.push(Actor::Api);
        self.note_customer(position, &customer);
        let stamp = self.stamp(self.knobs.customer_search_lag_ms);
        self.customers.change(position, stamp, |value| *value = customer);
        Ok(())
    }

    pub(super) fn delete_customer(&mut self, id: &str) -> Result<Reply, Refusal> {
        let position = self.position(&self.customers, id, "Customer")?;
        let stamp = self.stamp(self.knobs.customer_search_lag_ms);
        self.customers.change(position, stamp, |customer| customer.changed_by.push(Actor::Api));
        let stamp = self.stamp(self.knobs.customer_search_lag_ms);
        self.customers.delete(position, stamp);
        Ok(Reply::empty(204))
    }

    /// 0.9 creates, or changes where an id is given.
    pub(super) fn legacy_post_customer(&mut self, request: &Request) -> Result<Reply, Refusal> {
        let body = request.body_json().map_err(Refusal::malformed)?;
        let named = body.get("id").and_then(Value::as_str).map(str::to_owned);
        let fields = self.customer_fields(request)?;
        let position = match named {
            Some(id) => {
                let position = self.position(&self.customers, &id, "Customer")?;
                self.change_customer(position, fields)?;
                position
            }
            None => self.create_customer(fields)?,
        };
        let row = self.customers.at(position).map(render::customer);
        Ok(Reply::json(200, &json!({ "customer": row })))
    }

    pub(super) fn legacy_customers(&self, request: &Request) -> Reply {
        let rows: Vec<Value> = match (request.param("email"), request.param("code")) {
            (Some(email), _) => {
                self.customers_by_email_search(email).map(render::customer).collect()
            }
            (None, code) => self
                .customers
                .seen()
                .filter(|row| row.deleted_ms.is_none())
                .filter(|row| code.is_none_or(|code| row.value.customer_code == code))
                .take(200)
                .map(render::customer)
                .collect(),
        };
        Reply::json(200, &json!({ "customers": rows }))
    }

    fn customer_fields(&self, request: &Request) -> Result<Map<String, Value>, Refusal> {
        match request.body_json().map_err(Refusal::malformed)? {
            Value::Object(fields) => {
                let texts = ["first_name", "last_name", "email", "phone", "customer_code", "note"];
                for name in texts {
                    let value = fields.get(name).unwrap_or(&Value::Null);
                    if !value.is_null() && !value.is_string() {
                        return Err(Refusal::malformed(format!("{name} is not text")));
                    }
                }
                Ok(fields)
            }
            _ => Err(Refusal::malformed("the body is no JSON object")),
        }
    }

    fn check_code(&self, code: &str, own: Option<u32>) -> Result<(), Refusal> {
        let taken = self.customers.rows().iter().enumerate().any(|(position, row)| {
            row.deleted_ms.is_none()
                && row.value.customer_code == code
                && own != Some(position as u32)
        });
        let message = format!("customer code {code} is taken");
        match (taken, self.knobs.duplicate_customer_code) {
            (false, _) | (_, DuplicateCustomerCode::Accepted) => Ok(()),
            (true, DuplicateCustomerCode::Refused422) => Err(Refusal::unprocessable(message)),
            (true, DuplicateCustomerCode::Refused409) => Err(Refusal::conflict(message)),
        }
    }

    /// `{Name}-XXXX`, or `UNNAMED-XXXX`.
    pub(super) fn draw_code(&mut self, customer: &Customer) -> String {
        let id = self.new_id().simple().to_string().to_uppercase();
        let name = customer.first_name.as_deref().unwrap_or("").trim();
        let name = if name.is_empty() { "UNNAMED" } else { name };
        format!("{name}-{}", &id[..4])
    }

    /// Remembers under which address a customer is found.
    pub(super) fn note_customer(&mut self, position: u32, customer: &Customer) {
        if let Some(email) = &customer.email {
            let positions = self.customers_by_email.entry(email.to_lowercase()).or_default();
            if !positions.contains(&position) {
                positions.push(position);
            }
        }
    }
}

/// Writes the fields of a request into a customer. What it does not know is kept as it came.
fn write(customer: &mut Customer, fields: Map<String, Value>) {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    for (name, value) in fields {
        match name.as_str() {
            "first_name" => customer.first_name = text(&value),
            "last_name" => customer.last_name = text(&value),
            "email" => customer.email = text(&value),
            "phone" => customer.phone = text(&value),
            "company_name" => customer.company_name = text(&value),
            "note" => customer.note = text(&value),
            "customer_code" => customer.customer_code = text(&value).unwrap_or_default(),
            "do_not_email" => customer.do_not_email = value.as_bool().unwrap_or(false),
            read_only if READ_ONLY.contains(&read_only) => {}
            _ => {
                customer.other.insert(name, value);
            }
        }
    }
}
