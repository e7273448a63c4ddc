//! The yardstick: the same job as a plain program would do it, without components, without a store, and with nothing
//! kept safe. It lives in this binary, so that it is built by the same compiler with the same profile.

mod http;
mod money;
mod order;
mod sale;
mod till;

pub(crate) use http::{Addresses, run};
pub(crate) use order::{FIELDS, Page};
pub(crate) use till::{SET_UP, Till, first_id};

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
