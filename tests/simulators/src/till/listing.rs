//! Lists by version, single records, and how a query is read.

use serde_json::{Value, json};
use std::ops::Bound;
use uuid::Uuid;

use super::refusal::Refusal;
use super::table::{ListQuery, Stored, Table};
use super::{Till, render};
use crate::http::{Reply, Request};
use crate::knobs::{AfterBound, ProductsBySku};

/// What stands around the rows of a list.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Envelope {
    /// `data` and `version`.
    Versioned,
    /// `data` alone.
    DataOnly,
}

impl Till {
    pub(super) fn list<T: Clone>(
        &self,
        table: &Table<T>,
        request: &Request,
        show: impl Fn(&Stored<T>) -> Value,
    ) -> Result<Reply, Refusal> {
        self.list_in(table, request, Envelope::Versioned, show)
    }

    pub(super) fn list_in<T: Clone>(
        &self,
        table: &Table<T>,
        request: &Request,
        envelope: Envelope,
        show: impl Fn(&Stored<T>) -> Value,
    ) -> Result<Reply, Refusal> {
        let query = self.list_query(request)?;
        let rows: Vec<&Stored<T>> = table.list(query).take(query.size).collect();
        let data: Vec<Value> = rows.iter().map(|row| show(row)).collect();
        let body = match envelope {
            Envelope::DataOnly => json!({ "data": data }),
            Envelope::Versioned => json!({
                "data": data,
                "version": {
                    "min": rows.first().map(|row| row.version),
                    "max": rows.last().map(|row| row.version),
                },
            }),
        };
        Ok(Reply::json(200, &body))
    }

    pub(super) fn one<T: Clone>(
        &self,
        table: &Table<T>,
        id: &str,
        what: &str,
        show: impl Fn(&Stored<T>) -> Value,
    ) -> Result<Reply, Refusal> {
        let found = Uuid::try_parse(id).ok().and_then(|id| table.get(id));
        let row = found.ok_or_else(|| Refusal::unknown(what))?;
        Ok(Reply::json(200, &json!({ "data": show(row) })))
    }

    /// The position of a record that is named in a path.
    pub(super) fn position<T: Clone>(
        &self,
        table: &Table<T>,
        id: &str,
        what: &str,
    ) -> Result<u32, Refusal> {
        Uuid::try_parse(id)
            .ok()
            .and_then(|id| table.find(id))
            .filter(|(_, row)| row.deleted_ms.is_none())
            .map(|(position, _)| position)
            .ok_or_else(|| Refusal::unknown(what))
    }

    fn list_query(&self, request: &Request) -> Result<ListQuery, Refusal> {
        let cap = usize::try_from(self.knobs.page_size_cap).unwrap_or(usize::MAX).max(1);
        let after = number(request, "after")?;
        let size = number(request, "page_size")?.map_or(cap, |size| size as usize);
        Ok(ListQuery {
            after: self.after(after),
            before: number(request, "before")?,
            size: size.clamp(1, cap),
            deleted: request.param("deleted").is_some_and(|text| text == "true" || text == "1"),
            now_ms: self.now_ms,
        })
    }

    pub(super) fn after(&self, after: Option<u64>) -> Bound<u64> {
        match (after, self.knobs.after_bound) {
            (None, _) => Bound::Unbounded,
            (Some(after), AfterBound::Exclusive) => Bound::Excluded(after),
            (Some(after), AfterBound::Inclusive) => Bound::Included(after),
        }
    }

    /// Products by version, or by an exact SKU, which overrides everything else.
    pub(super) fn list_products(&self, request: &Request) -> Result<Reply, Refusal> {
        let Some(sku) = request.param("sku") else {
            return self.list(&self.products, request, render::product);
        };
        let rows: Vec<Value> = self
            .products_of_sku(&sku.to_lowercase())
            .iter()
            .filter_map(|position| self.products.at(*position))
            .filter(|row| row.deleted_ms.is_none() && row.value.sku == sku)
            .map(render::product)
            .collect();
        let data = match (self.knobs.products_by_sku, rows.as_slice()) {
            (ProductsBySku::SingleObject, [only]) | (ProductsBySku::FirstObject, [only, ..]) => {
                only.clone()
            }
            _ => Value::Array(rows),
        };
        Ok(Reply::json(200, &json!({ "data": data })))
    }
}

/// A whole number of the query.
pub(super) fn number(request: &Request, name: &str) -> Result<Option<u64>, Refusal> {
    match request.param(name) {
        None => Ok(None),
        Some(text) => {
            let number = text
                .parse()
                .map_err(|_| Refusal::malformed(format!("{name} is no whole number")))?;
            Ok(Some(number))
        }
    }
}
