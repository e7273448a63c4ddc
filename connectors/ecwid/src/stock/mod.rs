//! The collection `stock`: a source of what each counter shows, a directory that reads one anew, and
//! a sink that moves it.

mod answer;
mod change;
mod memo;
mod plan;
mod settle;
mod since;

use penstock_connector_sdk::commerce::{Entry, Payload, StockLevel};
use penstock_connector_sdk::directory::Find;
use penstock_connector_sdk::fingerprint;
use penstock_connector_sdk::host::VendorHost;
use penstock_connector_sdk::request::Builder;
use penstock_connector_sdk::source::{Page, Pull};
use penstock_connector_sdk::types::{Failure, Instant, Pair, Request, Response};

pub(crate) use answer::conclude;
pub(crate) use plan::{explain, prepare};
pub(crate) use settle::settle;

use crate::api::product::{self, Product, Products};
use crate::counters::{self, Counter, Owner};
use crate::options::Stock;
use crate::walk::{Listing, Poll, Rows};
use crate::{Ecwid, products};

/// The collection's name.
pub(crate) const NAME: &str = "stock";

/// Most levels of one page, most changes planned at once, most counters read anew at once: each of
/// the latter is a request of the 600 a minute.
pub(crate) const PAGE_MAX: u32 = 100;

/// Gives the next page of levels: of every product at first, then of those that changed, for a
/// product's time of change moves with its stock (docs.ecwid.com, "Search products").
pub(crate) fn pull(
    ecwid: &Ecwid,
    call: &Pull<'_>,
    host: &impl VendorHost,
) -> Result<Page, Failure> {
    let polling = Stock::read(call.options)?.polling;
    let lag_ms = polling.index_lag_secs * 1_000;
    Poll::start(Walked { ecwid, lag_ms }, call, polling)?.run(host)
}

/// The search of products as it is walked.
struct Walked<'a> {
    ecwid: &'a Ecwid,
    lag_ms: i64,
}

impl Listing for Walked<'_> {
    type Row<'r> = Product<'r>;
    const NAME: &'static str = NAME;
    const PAGE_MAX: u32 = PAGE_MAX;

    fn search(&self) -> Builder {
        products::search(&self.ecwid.fields.stock_search)
    }

    fn rows<'r>(&self, response: &'r Response) -> Result<Rows<Product<'r>>, Failure> {
        let Products { total, items } = products::read(response)?;
        Ok(Rows { total, items })
    }

    fn id<'a>(product: &'a Product<'_>) -> &'a str {
        product.id.0
    }

    fn updated_secs(product: &Product<'_>) -> Option<i64> {
        product.update_timestamp
    }

    /// The search shows what was so long ago that the index has it, and nothing that is younger than
    /// the walk: so the levels are those of that time, not of the request's. Taken for younger, a
    /// level from before a write of ours would pass for one from after it.
    fn map(
        &mut self,
        product: &Product<'_>,
        response: &Response,
        _: &impl VendorHost,
        entries: &mut Vec<Entry>,
    ) -> Result<(), Failure> {
        let read_at = response.sent_at.saturating_sub(self.lag_ms);
        let levels = counters::of_product(product)?;
        entries.extend(levels.into_iter().map(|counter| level(counter, read_at)));
        Ok(())
    }
}

/// For each key the counter of this name, read past the search that lags behind.
pub(crate) fn find(
    ecwid: &Ecwid,
    call: &Find<'_>,
    host: &impl VendorHost,
) -> Result<Vec<Vec<Entry>>, Failure> {
    Stock::read(call.options)?;
    if call.by != "key" {
        let by = call.by;
        return Err(Failure::Misconfigured(format!(
            "stock can't be found by `{by}`, but by `key`"
        )));
    }
    let owners: Vec<Option<Owner<'_>>> = call.values.iter().map(|key| Owner::parse(key)).collect();
    let answers = Answers::read(ecwid, owners.iter().flatten().copied(), host);
    let found = |owner: &Option<Owner<'_>>| match owner {
        Some(owner) => {
            let counter = answers.counter(*owner)?;
            Ok(counter.map(|(counter, read_at)| level(counter, read_at)).into_iter().collect())
        }
        None => Ok(Vec::new()),
    };
    owners.iter().map(found).collect()
}

/// Products that were read side by side, each once.
struct Answers<'a>(Vec<(&'a str, Result<Response, Failure>)>);

impl<'a> Answers<'a> {
    fn read(
        ecwid: &Ecwid,
        owners: impl Iterator<Item = Owner<'a>>,
        host: &impl VendorHost,
    ) -> Self {
        let mut ids: Vec<&str> = owners.map(|owner| owner.product).collect();
        ids.sort_unstable();
        ids.dedup();
        let request = |id: &&str| product::request(id, &ecwid.fields.stock);
        let requests: Vec<Request> = ids.iter().map(request).collect();
        Self(ids.into_iter().zip(host.read_all(&requests)).collect())
    }

    /// A counter and when it was read; nothing where the shop has no such counter.
    fn counter(&self, owner: Owner<'_>) -> Result<Option<(Counter, Instant)>, Failure> {
        let answer = self.0.iter().find(|(id, _)| *id == owner.product);
        let (_, answer) = answer.ok_or_else(|| Failure::unexpected("a read was not answered"))?;
        let response = answer.as_ref().map_err(Clone::clone)?;
        Ok(counter_in(response, owner)?.map(|counter| (counter, response.sent_at)))
    }
}

/// The counter in the answer to a read of its product.
fn counter_in(response: &Response, owner: Owner<'_>) -> Result<Option<Counter>, Failure> {
    match product::read(response, owner.product)? {
        Some(product) => counters::find(&product, owner),
        None => Ok(None),
    }
}

/// A level as it was at `read_at`. Each reading is a revision of its own: that nothing moved is
/// news, too.
fn level(counter: Counter, read_at: Instant) -> Entry {
    let tracking = if counter.on_hand.is_some() { "tracked" } else { "unlimited" };
    let level = StockLevel {
        owner: counter.owner,
        sku: counter.sku,
        location: String::new(),
        on_hand: counter.on_hand,
        version: None,
        attributes: vec![Pair::new("name", counter.name), Pair::new("tracking", tracking)],
    };
    Entry {
        key: level.owner.clone(),
        revision: fingerprint::revision(read_at, &level),
        read_at,
        payload: Payload::StockLevel(level),
    }
}

#[cfg(test)]
mod tests;
