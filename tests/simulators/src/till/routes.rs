//! Which request means what.

use serde_json::json;

use super::Till;
use super::listing::Envelope;
use super::refusal::{Dialect, Refusal};
use super::render;
use crate::http::{Reply, Request};

/// A request that was understood.
pub(super) struct Route<'r> {
    pub name: &'static str,
    pub scopes: &'static [&'static str],
    pub dialect: Dialect,
    call: Call,
    id: &'r str,
}

#[derive(Clone, Copy)]
enum Call {
    Retailer,
    Outlets,
    Registers,
    Register,
    OpenRegister,
    CloseRegister,
    PaymentTypes,
    Taxes,
    Users,
    User,
    Customers,
    Customer,
    PostCustomer,
    PutCustomer,
    DeleteCustomer,
    Products,
    Product,
    PutProduct,
    Search,
    Sales,
    Sale,
    PostSale,
    PutSale,
    ReturnSale,
    Inventory,
    ProductInventory,
    Adjustments,
    PostAdjustments,
    Reasons,
    PostReason,
    PutReason,
    LegacySales,
    LegacySale,
    LegacyPostSale,
    LegacyCustomers,
    LegacyPostCustomer,
    LegacyTaxes,
    Gone,
}

/// A row of the table: the name of a call, which is its method and path, the scopes that it needs, and what it does.
type Entry = (&'static str, &'static [&'static str], Call);

#[rustfmt::skip]
const DATED: [Entry; 31] = [
    ("GET /retailer", &["retailer:read"], Call::Retailer),
    ("GET /outlets", &["outlets:read"], Call::Outlets),
    ("GET /registers", &["registers:read"], Call::Registers),
    ("GET /registers/{id}", &["registers:read"], Call::Register),
    ("PUT /registers/{id}/actions/open", &["registers:write"], Call::OpenRegister),
    ("PUT /registers/{id}/actions/close", &["registers:write"], Call::CloseRegister),
    ("GET /payment_types", &["payment_types:read"], Call::PaymentTypes),
    ("GET /taxes", &["taxes:read"], Call::Taxes),
    ("GET /users", &["users:read"], Call::Users),
    ("GET /user", &["users:read"], Call::User),
    ("GET /customers", &["customers:read"], Call::Customers),
    ("GET /customers/{id}", &["customers:read"], Call::Customer),
    ("POST /customers", &["customers:write"], Call::PostCustomer),
    ("PUT /customers/{id}", &["customers:write"], Call::PutCustomer),
    ("DELETE /customers/{id}", &["customers:write"], Call::DeleteCustomer),
    ("GET /products", &["products:read"], Call::Products),
    ("GET /products/{id}", &["products:read"], Call::Product),
    ("PUT /products/{id}", &["products:write"], Call::PutProduct),
    ("GET /search", &[], Call::Search),
    ("GET /sales", &["sales:read"], Call::Sales),
    ("GET /sales/{id}", &["sales:read"], Call::Sale),
    ("POST /sales", &["sales:write"], Call::PostSale),
    ("PUT /sales/{id}", &["sales:write"], Call::PutSale),
    ("POST /sales/{id}/actions/return", &["sales:write", "users:read"], Call::ReturnSale),
    ("POST /inventory", &["inventory:read"], Call::Inventory),
    ("GET /inventory/{id}", &["inventory:read"], Call::ProductInventory),
    ("GET /stock_adjustments", &["inventory:write"], Call::Adjustments),
    ("POST /stock_adjustments", &["inventory:write"], Call::PostAdjustments),
    ("GET /custom_inventory_adjustment_reasons", &["inventory:write"], Call::Reasons),
    ("POST /custom_inventory_adjustment_reasons", &["inventory:write"], Call::PostReason),
    ("PUT /custom_inventory_adjustment_reasons/{id}", &["inventory:write"], Call::PutReason),
];

#[rustfmt::skip]
const LEGACY: [Entry; 8] = [
    ("GET 0.9/register_sales", &["sales:read"], Call::LegacySales),
    ("GET 0.9/register_sales/{id}", &["sales:read"], Call::LegacySale),
    ("POST 0.9/register_sales", &["sales:write"], Call::LegacyPostSale),
    ("GET 0.9/customers", &["customers:read"], Call::LegacyCustomers),
    ("POST 0.9/customers", &["customers:write"], Call::LegacyPostCustomer),
    ("GET 0.9/taxes", &["taxes:read"], Call::LegacyTaxes),
    ("GET 0.9/products", &[], Call::Gone),
    ("POST 0.9/products", &[], Call::Gone),
];

impl<'r> Route<'r> {
    /// Reads method and path.
    pub(super) fn of(method: &str, segments: &[&'r str]) -> Option<Self> {
        let (entries, dialect, path): (&[Entry], _, _) = match segments {
            ["api", version, path @ ..] if is_dated(version) => (&DATED, Dialect::Dated, path),
            ["api", path @ ..] => (&LEGACY, Dialect::Legacy, path),
            _ => return None,
        };
        entries.iter().find_map(|(name, scopes, call)| {
            let id = matches(name, method, path)?;
            Some(Self { name, scopes, dialect, call: *call, id })
        })
    }
}

/// The id in a path that has the form of the name; blank where the form has none.
fn matches<'r>(name: &str, method: &str, path: &[&'r str]) -> Option<&'r str> {
    let (wanted, form) = name.split_once(' ')?;
    let (_, form) = form.split_once('/')?;
    if wanted != method || form.split('/').count() != path.len() {
        return None;
    }
    let mut id = "";
    for (part, segment) in form.split('/').zip(path) {
        if part == "{id}" {
            id = segment;
        } else if part != *segment {
            return None;
        }
    }
    Some(id)
}

/// `2026-07`: four digits, a hyphen, two digits. An expired one is served by the oldest that is supported.
fn is_dated(version: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    version.split_once('-').is_some_and(|(year, month)| {
        year.len() == 4 && month.len() == 2 && digits(year) && digits(month)
    })
}

impl Till {
    pub(super) fn answer(
        &mut self,
        route: &Route<'_>,
        request: &Request,
    ) -> Result<Reply, Refusal> {
        let id = route.id;
        match route.call {
            Call::Retailer => Ok(self.show_retailer()),
            Call::Outlets => self.list(&self.outlets, request, render::outlet),
            Call::Registers => self.list(&self.registers, request, render::register),
            Call::Register => self.one(&self.registers, id, "Register", render::register),
            Call::OpenRegister => self.turn_register(id, true),
            Call::CloseRegister => self.turn_register(id, false),
            Call::PaymentTypes => self.list(&self.payment_types, request, render::payment_type),
            Call::Taxes => self.list_in(&self.taxes, request, Envelope::DataOnly, render::tax),
            Call::Users => self.list(&self.users, request, render::user),
            Call::User => Ok(self.show_user()),
            Call::Customers => self.list(&self.customers, request, render::customer),
            Call::Customer => self.one(&self.customers, id, "Customer", render::customer),
            Call::PostCustomer => self.post_customer(request),
            Call::PutCustomer => self.put_customer(id, request),
            Call::DeleteCustomer => self.delete_customer(id),
            Call::Products => self.list_products(request),
            Call::Product => self.one(&self.products, id, "Product", render::product),
            Call::PutProduct => self.put_product(id, request),
            Call::Search => self.search(request),
            Call::Sales => {
                let show = |row: &super::Stored<super::Sale>| render::sale(self, row);
                self.list(&self.sales, request, show)
            }
            Call::Sale => {
                let show = |row: &super::Stored<super::Sale>| render::sale(self, row);
                self.one(&self.sales, id, "Sale", show)
            }
            Call::PostSale => self.post_sale(request),
            Call::PutSale => self.put_sale(id, request),
            Call::ReturnSale => self.return_sale(id),
            Call::Inventory => self.list_inventory(request),
            Call::ProductInventory => self.product_inventory(id),
            Call::Adjustments => self.list(&self.adjustments, request, render::adjustment),
            Call::PostAdjustments => self.post_adjustments(request),
            Call::Reasons => self.list(&self.reasons, request, render::reason),
            Call::PostReason => self.post_reason(request),
            Call::PutReason => self.put_reason(id, request),
            Call::LegacySales => self.legacy_sales(request),
            Call::LegacySale => Ok(self.legacy_sale(id)),
            Call::LegacyPostSale => self.legacy_post_sale(request),
            Call::LegacyCustomers => Ok(self.legacy_customers(request)),
            Call::LegacyPostCustomer => self.legacy_post_customer(request),
            Call::LegacyTaxes => Ok(self.legacy_taxes()),
            Call::Gone => Err(Refusal::new(410, "Gone", "0.9 products were removed in June 2024")),
        }
    }

    fn show_retailer(&self) -> Reply {
        let retailer = &self.retailer;
        Reply::json(
            200,
            &json!({ "data": {
                "id": crate::chance::uuid(&[self.seed, 9]),
                "name": "Acme", "domain_prefix": retailer.domain_prefix,
                "currency": { "code": retailer.currency.code }, "timezone": "Pacific/Auckland",
                "country": "NZ", "tax_exclusive": false, "no_tax_group_id": retailer.no_tax_id,
                "discount_product_id": retailer.discount_product_id,
                "loyalty": { "enabled": false, "ratio": 0 }, "gift_cards": { "enabled": true },
            }}),
        )
    }

    /// The user whose token it is: the first.
    fn show_user(&self) -> Reply {
        match self.users.rows().first() {
            Some(row) => Reply::json(200, &json!({ "data": render::user(row) })),
            None => Reply::json(200, &json!({ "data": null })),
        }
    }

    fn turn_register(&mut self, id: &str, is_open: bool) -> Result<Reply, Refusal> {
        let position = self.position(&self.registers, id, "Register")?;
        let stamp = self.stamp(0);
        self.registers.change(position, stamp, |register| {
            (register.is_open, register.turned_ms) = (is_open, stamp.now_ms);
        });
        self.one(&self.registers, id, "Register", render::register)
    }

    fn legacy_taxes(&self) -> Reply {
        let taxes: Vec<_> = self
            .taxes
            .rows()
            .iter()
            .filter(|row| row.deleted_ms.is_none())
            .map(|row| {
                let rate = row.value.rates.iter().map(|(_, rate)| *rate).sum();
                json!({
                    "id": row.id, "name": row.value.name, "rate": crate::money::number(rate),
                    "default": row.value.is_default,
                })
            })
            .collect();
        Reply::json(200, &json!({ "taxes": taxes }))
    }
}
