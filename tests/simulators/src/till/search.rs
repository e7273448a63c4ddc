//! `GET /search`: index-backed, so it sees what its index sees; offset paging and no version.

use serde_json::{Value, json};
use uuid::Uuid;

use super::refusal::Refusal;
use super::table::Stored;
use super::{Customer, Sale, Till, TillProduct, render};
use crate::clock;
use crate::http::{Reply, Request};
use crate::knobs::EmailSearch;
use crate::money;

/// A field of a customer that can be searched.
type CustomerField = fn(&Customer) -> Option<&str>;

/// Rows of one page where nothing is asked, and at most; more is cut without a word.
const SIZE_DEFAULT: u64 = 50;
const SIZE_MAX: u64 = 1000;

impl Till {
    pub(super) fn search(&self, request: &Request) -> Result<Reply, Refusal> {
        let size = super::listing::number(request, "page_size")?.unwrap_or(SIZE_DEFAULT);
        let size = size.clamp(1, SIZE_MAX) as usize;
        let offset = super::listing::number(request, "offset")?.unwrap_or(0) as usize;
        let rows: Vec<Value> = match request.param("type") {
            Some("customers") => self.search_customers(request, offset, size),
            Some("products") => self.search_products(request, offset, size),
            Some("sales") => self.search_sales(request, offset, size)?,
            _ => return Err(Refusal::malformed("type is sales, products or customers")),
        };
        Ok(Reply::json(200, &json!({ "data": rows })))
    }

    /// Customers of an address, as the index knows them.
    pub(super) fn customers_by_email_search<'t>(
        &'t self,
        email: &str,
    ) -> Box<dyn Iterator<Item = &'t Stored<Customer>> + 't> {
        let lower = email.to_lowercase();
        let exact = email.to_owned();
        let alive = |row: &&Stored<Customer>| row.deleted_ms.is_none();
        let bears = |row: &Stored<Customer>, test: &dyn Fn(&str) -> bool| {
            row.value.email.as_deref().is_some_and(test)
        };
        if self.knobs.email_search == EmailSearch::Substring {
            let part = move |known: &str| known.to_lowercase().contains(&lower);
            return Box::new(
                self.customers.seen().filter(alive).filter(move |row| bears(row, &part)),
            );
        }
        let positions = self.customers_by_email.get(&lower).map_or(&[][..], Vec::as_slice);
        let folds = self.knobs.email_search == EmailSearch::CaseFolding;
        let same = move |known: &str| {
            if folds { known.to_lowercase() == lower } else { known == exact }
        };
        let rows = positions.iter().filter_map(|position| self.customers.seen_at(*position));
        Box::new(rows.filter(alive).filter(move |row| bears(row, &same)))
    }

    fn search_customers(&self, request: &Request, offset: usize, size: usize) -> Vec<Value> {
        let rows: Box<dyn Iterator<Item = &Stored<Customer>>> = match request.param("email") {
            Some(email) => self.customers_by_email_search(email),
            None => Box::new(self.customers.seen().filter(|row| row.deleted_ms.is_none())),
        };
        let filters: [(&str, CustomerField); 5] = [
            ("customer_code", |it| Some(&it.customer_code)),
            ("first_name", |it| it.first_name.as_deref()),
            ("last_name", |it| it.last_name.as_deref()),
            ("company_name", |it| it.company_name.as_deref()),
            ("phone", |it| it.phone.as_deref()),
        ];
        let admits = |row: &&Stored<Customer>| {
            filters.iter().all(|(name, field)| {
                request.param(name).is_none_or(|wanted| {
                    field(&row.value).is_some_and(|it| it.to_lowercase() == wanted.to_lowercase())
                })
            })
        };
        rows.filter(admits).skip(offset).take(size).map(render::customer).collect()
    }

    /// The SKU must come in lower case: the index holds it so, and compares to the letter.
    fn search_products(&self, request: &Request, offset: usize, size: usize) -> Vec<Value> {
        let rows: Box<dyn Iterator<Item = &Stored<TillProduct>>> = match request.param("sku") {
            None => Box::new(self.products.seen()),
            Some(sku) => {
                let bears = move |row: &&Stored<TillProduct>| row.value.sku.to_lowercase() == sku;
                let positions = self.products_of_sku(sku).iter();
                Box::new(positions.filter_map(|at| self.products.seen_at(*at)).filter(bears))
            }
        };
        rows.filter(|row| row.deleted_ms.is_none())
            .skip(offset)
            .take(size)
            .map(render::product)
            .collect()
    }

    fn search_sales(
        &self,
        request: &Request,
        offset: usize,
        size: usize,
    ) -> Result<Vec<Value>, Refusal> {
        let filter = SaleFilter::read(request)?;
        let rows: Box<dyn Iterator<Item = &Stored<Sale>>> = match request.param("invoice_number") {
            None => Box::new(self.sales.seen()),
            Some(number) => {
                let bears = move |row: &&Stored<Sale>| row.value.invoice_number == number;
                let positions = self.sales_by_invoice.get(number).map_or(&[][..], Vec::as_slice);
                let seen = positions.iter().filter_map(|position| self.sales.seen_at(*position));
                Box::new(seen.filter(bears))
            }
        };
        Ok(rows
            .filter(|row| row.deleted_ms.is_none() && filter.admits(&row.value))
            .skip(offset)
            .take(size)
            .map(|row| render::sale(self, row))
            .collect())
    }
}

/// What a search of sales asks for. There is no filter by source id.
struct SaleFilter {
    from_ms: Option<i64>,
    to_ms: Option<i64>,
    states: Vec<String>,
    customer: Option<Uuid>,
    user: Option<Uuid>,
    register: Option<Uuid>,
    product: Option<Uuid>,
    total: Option<rust_decimal::Decimal>,
}

impl SaleFilter {
    fn read(request: &Request) -> Result<Self, Refusal> {
        let date = |name: &str| match request.param(name) {
            None => Ok(None),
            Some(text) => clock::parse(text)
                .map(Some)
                .ok_or_else(|| Refusal::malformed(format!("{name} is no date"))),
        };
        let id = |name: &str| match request.param(name) {
            None => Ok(None),
            Some(text) => Uuid::try_parse(text)
                .map(Some)
                .map_err(|_| Refusal::malformed(format!("{name} is no UUID"))),
        };
        let total = request.param("sale_total").map(|text| Value::String(text.to_owned()));
        Ok(Self {
            from_ms: date("date_from")?,
            to_ms: date("date_to")?,
            states: ["state", "status"]
                .into_iter()
                .flat_map(|name| request.params(name).map(str::to_lowercase))
                .collect(),
            customer: id("customer_id")?,
            user: id("user_id")?,
            register: id("register_id")?,
            product: id("product_id")?,
            total: total.and_then(|text| money::read(&text, true)),
        })
    }

    fn admits(&self, sale: &Sale) -> bool {
        self.from_ms.is_none_or(|from_ms| sale.date_ms >= from_ms)
            && self.to_ms.is_none_or(|to_ms| sale.date_ms <= to_ms)
            && (self.states.is_empty()
                || self
                    .states
                    .iter()
                    .any(|it| it == render::state(sale) || *it == sale.status.to_lowercase()))
            && self.customer.is_none_or(|id| sale.customer == Some(id))
            && self.user.is_none_or(|id| sale.user == id)
            && self.register.is_none_or(|id| sale.register == Some(id))
            && self.product.is_none_or(|id| sale.lines.iter().any(|line| line.product == id))
            && self.total.is_none_or(|total| sale.total().round_dp(2) == total)
    }
}
