//! What the feed needs to know of products: a level does not tell whether its product is counted at all.
//!
//! The products of the first page are read with the whole list, once an instance; later only what has changed of it,
//! and only when there are levels to judge.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use penstock_connector_sdk::types::{Failure, Request};

use crate::api;
use crate::products::listing::{PRODUCTS, stock_untold};
use crate::products::{Nature, Wanted, nature, request_for, rows_of};
use crate::read::{List, Reader};

/// With the deleted ones: what is gone is no longer counted.
const ALL: List = PRODUCTS.with_deleted();

/// Most pages of 200 products that one call reads: 50 000 products. What is beyond is read one by one.
const PAGES_MAX: usize = 250;

/// A product, as far as its level goes.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) sku: Option<String>,
    pub(super) name: String,
    pub(super) counted: bool,
}

/// The products that this instance has read.
#[derive(Debug, Default)]
pub(crate) struct Catalogue(RefCell<Products>);

#[derive(Debug, Default)]
struct Products {
    by_id: HashMap<String, Known>,
    /// The highest version that was read.
    version: u64,
}

impl Catalogue {
    /// What is known of some products, after reading what changed. Those that the till does not have are left out.
    pub(super) fn of(
        &self,
        reader: Reader<'_>,
        product_ids: &BTreeSet<&str>,
    ) -> Result<HashMap<String, Known>, Failure> {
        let mut products = self.0.borrow_mut();
        products.refresh(reader)?;
        products.read_missing(reader, product_ids)?;
        let known = |id: &&str| Some(((*id).to_owned(), products.by_id.get(*id)?.clone()));
        Ok(product_ids.iter().filter_map(known).collect())
    }
}

impl Products {
    fn refresh(&mut self, reader: Reader<'_>) -> Result<(), Failure> {
        let walked = reader.walk::<api::Product>(ALL, self.version, PAGES_MAX)?;
        for row in walked.rows {
            self.version = self.version.max(row.version.unwrap_or_default());
            self.take(row)?;
        }
        Ok(())
    }

    /// Reads what the list did not show: deleted since, beyond the bound, or too new for it.
    fn read_missing(&mut self, reader: Reader<'_>, wanted: &BTreeSet<&str>) -> Result<(), Failure> {
        let missing: Vec<Wanted<'_>> = wanted
            .iter()
            .filter(|id| !self.by_id.contains_key(**id))
            .map(|id| Wanted::Id(id))
            .collect();
        let requests: Vec<Request> = missing.iter().copied().map(request_for).collect();
        for ((wanted, request), answer) in
            missing.into_iter().zip(&requests).zip(reader.read_each(&requests)?)
        {
            for row in rows_of(wanted, request, &answer)? {
                self.take(row)?;
            }
        }
        Ok(())
    }

    fn take(&mut self, row: api::Product) -> Result<(), Failure> {
        let counted = match nature(&row) {
            _ if row.deleted_at.is_some() => false,
            None => return Err(stock_untold(&row)),
            Some(nature) => nature == Nature::Counted,
        };
        self.by_id.insert(row.id, Known { sku: row.sku, name: row.name, counted });
        Ok(())
    }
}
