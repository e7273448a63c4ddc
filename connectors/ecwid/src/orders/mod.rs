//! The collection `orders`: the source that polls it, and the searches.

mod find;
mod owners;

use penstock_connector_sdk::commerce::Entry;
use penstock_connector_sdk::host::VendorHost;
use penstock_connector_sdk::request::{self, Builder};
use penstock_connector_sdk::source::{Page, Pull};
use penstock_connector_sdk::types::{Failure, Response};

pub(crate) use find::find;
pub(crate) use owners::Owners;
use owners::Unnamed;

use crate::api::profile::Money;
use crate::api::{self, ENDPOINT, order::Order};
use crate::walk::{Listing, Poll, Rows};
use crate::{Ecwid, map, options};

/// The collection's name.
pub(crate) const NAME: &str = "orders";

/// Most entries of one page: one of the vendor's. Five at once cost a tenth more time an order, measured, for they leave the
/// processor's cache; and of a page above 200 the host may have to store a part until it has room for it.
pub(crate) const PAGE_MAX: u32 = 100;

/// The permission to read orders.
pub(crate) const SCOPE: &str = "read_orders";

/// Gives the next page.
pub(crate) fn pull(
    ecwid: &Ecwid,
    call: &Pull<'_>,
    host: &impl VendorHost,
) -> Result<Page, Failure> {
    let options::Orders { polling, counters } = options::orders(call.options)?;
    let mut page = Poll::start(Walked { ecwid, money: None }, call, polling)?.run(host)?;
    if counters {
        let unnamed = owners::name(ecwid, page.entries.iter_mut().collect(), host)?;
        hold_back(&mut page, &unnamed)?;
    }
    Ok(page)
}

/// Orders that changed a moment ago, of which the counters cannot be told yet, are left to the next poll, which reads the
/// last minutes again; up to them all are known. Within a longer walk the page is not given.
fn hold_back(page: &mut Page, unnamed: &[Unnamed]) -> Result<(), Failure> {
    let Some(wait_ms) = unnamed.iter().map(|order| order.wait_ms).max() else {
        return Ok(());
    };
    let first = unnamed.iter().map(|order| order.updated_at).min();
    let Some((complete_to, first)) = page.complete_to.zip(first) else {
        return Err(Failure::RetryAfter(wait_ms));
    };
    page.complete_to = Some(complete_to.min(first.saturating_sub(1_000)));
    for order in unnamed.iter().rev() {
        page.entries.remove(order.position);
    }
    Ok(())
}

/// The search of orders as it is walked.
struct Walked<'a> {
    ecwid: &'a Ecwid,
    /// The currency, read only once there is an order to map.
    money: Option<Money>,
}

impl Listing for Walked<'_> {
    type Row<'r> = Order<'r>;
    const NAME: &'static str = NAME;
    const PAGE_MAX: u32 = PAGE_MAX;

    fn search(&self) -> Builder {
        search(self.ecwid)
    }

    fn rows<'r>(&self, response: &'r Response) -> Result<Rows<Order<'r>>, Failure> {
        let api::order::Orders { total, items } = read_page(response)?;
        Ok(Rows { total, items })
    }

    fn id<'a>(order: &'a Order<'_>) -> &'a str {
        order.internal_id.or(order.order_number).map_or("", |id| id.0)
    }

    fn updated_secs(order: &Order<'_>) -> Option<i64> {
        map::updated_secs(order)
    }

    fn map(
        &mut self,
        order: &Order<'_>,
        response: &Response,
        host: &impl VendorHost,
        entries: &mut Vec<Entry>,
    ) -> Result<(), Failure> {
        let money = match self.money.take() {
            Some(money) => money,
            None => self.ecwid.money(host, response.sent_at)?,
        };
        entries.push(map::order(order, self.money.insert(money), response.sent_at)?);
        Ok(())
    }
}

/// A search of orders, without its conditions yet.
pub(crate) fn search(ecwid: &Ecwid) -> Builder {
    let fields = &ecwid.fields.order_search;
    request::get(ENDPOINT)
        .segment("orders")
        .query("responseFields", &fields.asked)
        .keep(&fields.kept)
}

/// Reads a page of a search.
pub(crate) fn read_page(response: &Response) -> Result<api::order::Orders<'_>, Failure> {
    api::refusal::check(response, SCOPE)?;
    api::order::read_page(response)
}

/// Maps the orders of one answer. The currency is read only once there is an order to map.
pub(crate) fn map_all<'a>(
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
