//! Which counter a line moves where a variation was chosen. Whether a variation has a counter of its
//! own depends on its product, which an order does not show; so the products are read, each once,
//! and what they told is remembered for a while.
//!
//! Such a line stays without a counter where the shop has deleted the product or the variation since:
//! there is no counter any more that it could be off.

use std::collections::{BTreeMap, BTreeSet};

use penstock_connector_sdk::commerce::{Entry, Order, OrderLine, Payload};
use penstock_connector_sdk::host::VendorHost;
use penstock_connector_sdk::types::{Failure, Instant, Request, Response};

use crate::api::ROWS_MAX;
use crate::api::product::{self, Product};
use crate::counters::{self, Owner};
use crate::{Ecwid, map, products};

/// How long the counter of a variation is believed without asking again, in milliseconds: five
/// minutes. It changes when a merchant gives the variation an SKU, or takes it away.
const BELIEVED_MS_MAX: Instant = 300_000;

/// How far the clocks of host and vendor may be apart, in milliseconds, where an order's last change
/// is compared with a request of ours.
const APART_MS: Instant = 10_000;

/// How late a product may be shown at its own address, in milliseconds. That a variation is not there says nothing to an
/// order that changed since: it may have been made with it, and an order whose counter is not known would leave what it
/// took for somebody's correction of the count.
const SHOWN_LATE_MS: Instant = 45_000;

/// Most variations that are remembered, at some hundred bytes each. With more all are forgotten: to
/// read them again takes a request for a hundred products.
const REMEMBERED_MAX: usize = 10_000;

/// The counters of variations as they were read last, by the key that a line names
/// (`order-line.product`).
#[derive(Debug, Default)]
pub(crate) struct Owners(BTreeMap<String, Told>);

#[derive(Clone, Debug)]
struct Told {
    /// Nothing where the shop does not have the variation.
    owner: Option<String>,
    read_at: Instant,
}

impl Owners {
    /// Whether what is remembered of a variation answers for an order. That it is gone answers only
    /// for orders that were there already when it was asked for: it may have come with a later one.
    fn answer_for(&self, key: &str, order: &Order, read_at: Instant) -> bool {
        self.0.get(key).is_some_and(|told| {
            let fresh = read_at.saturating_sub(told.read_at) < BELIEVED_MS_MAX;
            fresh && (told.owner.is_some() || told.read_at > shown_by(order))
        })
    }

    /// How long until the shop surely shows the variations of an order that it does not show yet, in milliseconds.
    fn not_yet_shown(&self, order: &Order) -> Option<u64> {
        let told = order.lines.iter().filter_map(nameless).filter_map(|key| self.0.get(key));
        let absent = told.filter(|told| told.owner.is_none() && told.read_at <= shown_by(order));
        let last_read = absent.map(|told| told.read_at).min()?;
        Some((shown_by(order) - last_read).max(1).unsigned_abs())
    }

    fn forget(&mut self, now: Instant) {
        self.0.retain(|_, told| now.saturating_sub(told.read_at) < BELIEVED_MS_MAX);
        if self.0.len() > REMEMBERED_MAX {
            self.0.clear();
        }
    }
}

/// An order with a line of a variation that the shop does not show yet.
pub(super) struct Unnamed {
    /// Among the entries.
    pub(super) position: usize,
    pub(super) updated_at: Instant,
    /// Until it shows the variation, or it is sure that there is none, in milliseconds.
    pub(super) wait_ms: u64,
}

/// Names the counter of each line that does not name it yet, also where the line takes nothing now:
/// it may have taken something a moment ago. Answers the orders of which that cannot be told yet.
pub(super) fn name(
    ecwid: &Ecwid,
    entries: Vec<&mut Entry>,
    host: &impl VendorHost,
) -> Result<Vec<Unnamed>, Failure> {
    let asked = unanswered(&ecwid.owners.borrow(), &entries);
    let told = read(ecwid, &asked, host)?;
    let mut owners = ecwid.owners.borrow_mut();
    owners.0.extend(told);
    let orders = entries.iter().enumerate().filter_map(|(position, entry)| match &entry.payload {
        Payload::Order(order) => {
            let wait_ms = owners.not_yet_shown(order)?;
            Some(Unnamed { position, updated_at: order.updated_at, wait_ms })
        }
        _ => None,
    });
    let unnamed: Vec<Unnamed> = orders.collect();
    let mut now = Instant::MIN;
    for entry in entries {
        now = now.max(entry.read_at);
        if let Payload::Order(order) = &mut entry.payload
            && name_lines(order, &owners)
        {
            entry.revision = map::revision(order);
        }
    }
    owners.forget(now);
    Ok(unnamed)
}

/// When the shop shows all that an order may have been made with.
fn shown_by(order: &Order) -> Instant {
    order.updated_at.saturating_add(SHOWN_LATE_MS + APART_MS)
}

/// Tells whether a line has got a counter.
fn name_lines(order: &mut Order, owners: &Owners) -> bool {
    let mut named = false;
    for line in &mut order.lines {
        let told = nameless(line).and_then(|key| owners.0.get(key));
        if let Some(owner) = told.and_then(|told| told.owner.clone()) {
            line.stock_owner = Some(owner);
            named = true;
        }
    }
    named
}

/// The variation of a line whose counter it does not name.
fn nameless(line: &OrderLine) -> Option<&str> {
    line.product.as_deref().filter(|_| line.stock_owner.is_none())
}

/// The variations that have to be asked for.
fn unanswered(owners: &Owners, entries: &[&mut Entry]) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for entry in entries {
        let Payload::Order(order) = &entry.payload else { continue };
        let nameless = order.lines.iter().filter_map(nameless);
        let asked = nameless.filter(|key| !owners.answer_for(key, order, entry.read_at));
        keys.extend(asked.map(ToOwned::to_owned));
    }
    keys
}

/// Reads the products of variations: a hundred in one search, and each by its own address that the
/// search leaves out, or shows without the variation, for the search lags behind.
fn read(
    ecwid: &Ecwid,
    keys: &BTreeSet<String>,
    host: &impl VendorHost,
) -> Result<BTreeMap<String, Told>, Failure> {
    let mut told = BTreeMap::new();
    for (_, response) in read_each(searches(ecwid, keys), host)? {
        for found in &products::read(&response)?.items {
            told.extend(
                of_product(found, keys, response.sent_at).filter(|(_, told)| told.owner.is_some()),
            );
        }
    }
    let left = products_of(keys.iter().filter(|key| !told.contains_key(*key)));
    let requests = left.iter().map(|id| (*id, product::request(id, &ecwid.fields.variations)));
    for (id, response) in read_each(requests.collect(), host)? {
        match product::read(&response, id)? {
            Some(found) => told.extend(of_product(&found, keys, response.sent_at)),
            None => told.extend(gone(id, keys, response.sent_at)),
        }
    }
    Ok(told)
}

fn searches(ecwid: &Ecwid, keys: &BTreeSet<String>) -> Vec<((), Request)> {
    let ids = products_of(keys);
    let search = |ids: &[&str]| {
        let search = products::search(&ecwid.fields.variation_search);
        ((), search.query("productId", ids.join(",")).query("limit", ROWS_MAX).build())
    };
    ids.chunks(ROWS_MAX).map(search).collect()
}

/// Answers to reads side by side, each with what it was asked for; none at all where one fails.
fn read_each<T>(
    requests: Vec<(T, Request)>,
    host: &impl VendorHost,
) -> Result<Vec<(T, Response)>, Failure> {
    let (names, requests): (Vec<T>, Vec<Request>) = requests.into_iter().unzip();
    let answers = host.read_all(&requests);
    names.into_iter().zip(answers).map(|(name, answer)| Ok((name, answer?))).collect()
}

/// The products of variations, each once.
fn products_of<'a>(keys: impl IntoIterator<Item = &'a String>) -> Vec<&'a str> {
    let owners = keys.into_iter().filter_map(|key| Owner::parse(key));
    let ids: BTreeSet<&str> = owners.map(|owner| owner.product).collect();
    ids.into_iter().collect()
}

/// What a product tells of those of its variations that were asked for.
fn of_product<'a>(
    product: &Product<'a>,
    keys: &'a BTreeSet<String>,
    read_at: Instant,
) -> impl Iterator<Item = (String, Told)> {
    let of_it = of(product.id.0, keys);
    of_it.map(move |(key, owner)| {
        let owner = counters::moved_by(product, owner.combination);
        (key.clone(), Told { owner, read_at })
    })
}

fn gone<'a>(
    id: &'a str,
    keys: &'a BTreeSet<String>,
    read_at: Instant,
) -> impl Iterator<Item = (String, Told)> {
    of(id, keys).map(move |(key, _)| (key.clone(), Told { owner: None, read_at }))
}

/// Those variations that are a product's.
fn of<'a>(
    product: &'a str,
    keys: &'a BTreeSet<String>,
) -> impl Iterator<Item = (&'a String, Owner<'a>)> {
    let parsed = keys.iter().filter_map(|key| Some((key, Owner::parse(key)?)));
    parsed.filter(move |(_, owner)| owner.product == product)
}
