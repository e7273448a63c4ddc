//! The yardstick: the same job as a plain program would do it, without components, without a store, and with nothing
//! kept safe. It lives in this binary, so that it is built by the same compiler with the same profile.

mod http;
mod money;
mod order;
mod sale;

use std::collections::HashMap;

pub(crate) use http::{Addresses, run};
pub(crate) use order::{FIELDS, Page};

/// What the till has, looked up before sales are made.
#[derive(Debug, Default)]
pub(crate) struct Till {
    pub(crate) register_id: String,
    pub(crate) user_id: String,
    /// Payment types by name.
    pub(crate) payment_types: HashMap<String, String>,
    /// Taxes by rate in percent, without zeros at the end.
    pub(crate) taxes: HashMap<String, String>,
    pub(crate) no_tax_id: String,
    /// Products by SKU.
    pub(crate) products: HashMap<String, String>,
    /// Customers by e-mail address, trimmed and in small letters.
    pub(crate) customers: HashMap<String, String>,
}

/// The bodies of the sales of a page's paid orders.
///
/// # Errors
/// An order names something that the till does not have.
pub(crate) fn sales(page: &Page<'_>, till: &Till) -> anyhow::Result<Vec<Vec<u8>>> {
    page.items.iter().filter(|order| order.is_paid()).map(|order| sale::body(order, till)).collect()
}

/// An e-mail address as it is compared.
pub(crate) fn comparable(email: &str) -> String {
    email.trim().to_lowercase()
}
