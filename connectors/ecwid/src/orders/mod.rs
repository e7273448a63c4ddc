//! The collection `orders`: the source that polls it, and the searches.
//!
//! The vendor promises little of its search: no order, no snapshot over pages, no word on whether
//! bounds of time are inclusive, and an index that lags behind. So a poll walks windows of time,
//! wide enough on both sides for either reading of a bound; the offsets within one stay small; and
//! a count that changes between two pages of one window starts that window again, in halves. A
//! window that fits one page can't be torn.

mod cursor;
mod find;
mod poll;

use penstock_connector_sdk::commerce::Entry;
use penstock_connector_sdk::host::VendorHost;
use penstock_connector_sdk::request::{self, Builder};
use penstock_connector_sdk::source::{Page, Pull};
use penstock_connector_sdk::types::{Failure, Response};

pub(crate) use find::find;

use crate::api::{self, ENDPOINT, order::Order};
use crate::{Ecwid, map};

/// The collection's name.
pub(crate) const NAME: &str = "orders";

/// Most entries of one page: as many requests as go side by side at 100 orders each.
pub(crate) const BATCH_MAX: u32 = 500;

const SCOPE: &str = "read_orders";

/// Gives the next page.
pub(crate) fn pull(
    ecwid: &Ecwid,
    call: &Pull<'_>,
    host: &impl VendorHost,
) -> Result<Page, Failure> {
    let options = crate::options::Orders::read(call.options)?;
    poll::Poll::start(ecwid, call, options)?.run(host)
}

/// A search of orders, without its conditions yet.
fn search(ecwid: &Ecwid) -> Builder {
    let fields = &ecwid.fields.order_search;
    request::get(ENDPOINT)
        .segment("orders")
        .query("responseFields", &fields.asked)
        .keep(&fields.kept)
}

/// Reads a page of a search.
fn read_page(response: &Response) -> Result<api::order::Orders<'_>, Failure> {
    api::refusal::check(response, SCOPE)?;
    api::order::read_page(response)
}

/// Maps the orders of one answer. The currency is read only once there is an order to map.
fn map_all<'a>(
    ecwid: &Ecwid,
    orders: impl IntoIterator<Item = &'a Order<'a>>,
    response: &Response,
    host: &impl VendorHost,
) -> Result<Vec<Entry>, Failure> {
    let mut orders = orders.into_iter().peekable();
    if orders.peek().is_none() {
        return Ok(Vec::new());
    }
    let money = ecwid.money(host, response.sent_at)?;
    let mut entries = Vec::with_capacity(orders.size_hint().1.unwrap_or_default());
    for order in orders {
        entries.push(map::order(order, &money, response.sent_at)?);
    }
    Ok(entries)
}

#[cfg(test)]
mod tests;
