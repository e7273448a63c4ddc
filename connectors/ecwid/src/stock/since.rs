//! How far the shop's own orders can have moved a counter between two readings of it.
//!
//! The shop takes goods off a counter when an order is placed, and puts them back when it is
//! cancelled. An order tells what it is now and when it was placed and last changed; what a reading
//! shows of it follows from these only where they lie clearly on one side of it. A read of a product
//! may lag behind, so what came within that time before it is in it or not. So the answer is a set:
//! every movement that the orders allow, and a verdict is one only if it holds for all of them.
//!
//! This says of the reading before the write all that two equal ones would, a settle time apart: the
//! second shows everything from before the first, and what came between them is open.

use std::collections::BTreeSet;

use penstock_connector_sdk::commerce::{Order, Payload, PaymentStatus};
use penstock_connector_sdk::decimal::DecimalError;
use penstock_connector_sdk::host::VendorHost;
use penstock_connector_sdk::types::{Decimal, Failure, Instant};

use crate::Ecwid;
use crate::api::ROWS_MAX;
use crate::api::product::Product;
use crate::counters::{self, Owner};
use crate::orders;

/// How far the clocks of host and vendor, and the way of a request, may set two instants apart, in
/// milliseconds.
const APART_MS: Instant = 10_000;

/// Pages of orders that are read for one counter: 500 orders of one product since a lost answer.
const PAGES_MAX: usize = 5;

/// Movements that are told apart. Each order that can be read in two ways may double them.
const MOVEMENTS_MAX: usize = 256;

/// The instants of two readings of a counter, and how far a reading may lag behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: Instant,
    pub(super) to: Instant,
    pub(super) lag_ms: Instant,
}

impl Span {
    /// What came before this is in a reading of that instant.
    const fn shown_to(self, at: Instant) -> Instant {
        at.saturating_sub(self.lag_ms).saturating_sub(APART_MS)
    }
}

/// Every movement of the counter `owner` that the shop's orders allow for the time between two
/// readings. `product` is the counter's, as it was read last.
pub(super) fn movements(
    ecwid: &Ecwid,
    product: &Product<'_>,
    owner: &str,
    span: Span,
    host: &impl VendorHost,
) -> Result<BTreeSet<Decimal>, Failure> {
    let mut movements = BTreeSet::from([Decimal::ZERO]);
    for order in changed_since(ecwid, product, span.shown_to(span.from), host)? {
        let units = Units::of(&order, product, owner)?;
        movements = sums(&movements, &units.movements(&order, span)?)?;
        if movements.len() > MOVEMENTS_MAX {
            return Err(Failure::unexpected(format!(
                "too many orders moved counter `{owner}` to tell what became of this"
            )));
        }
    }
    Ok(movements)
}

fn sums(
    left: &BTreeSet<Decimal>,
    right: &BTreeSet<Decimal>,
) -> Result<BTreeSet<Decimal>, DecimalError> {
    let pairs = left.iter().flat_map(|left| right.iter().map(|right| left.checked_add(*right)));
    pairs.collect()
}

/// The orders of a product that changed since.
fn changed_since(
    ecwid: &Ecwid,
    product: &Product<'_>,
    since: Instant,
    host: &impl VendorHost,
) -> Result<Vec<Order>, Failure> {
    let from = since.div_euclid(1_000) - 1;
    let mut found = Vec::new();
    let mut total = None;
    let mut offset = 0;
    for _ in 0..PAGES_MAX {
        let request = orders::search(ecwid)
            .query("productId", product.id)
            .query("updatedFrom", from.max(0))
            .query("offset", offset)
            .query("limit", ROWS_MAX);
        let response = host.read(&request.build())?;
        let rows = orders::read_page(&response)?;
        if *total.get_or_insert(rows.total) != rows.total {
            return Err(Failure::unexpected("the orders changed while they were read"));
        }
        offset += rows.items.len();
        let entries = orders::map_all(ecwid, &rows.items, &response, host)?;
        found.extend(entries.into_iter().filter_map(|entry| match entry.payload {
            Payload::Order(order) => Some(order),
            _ => None,
        }));
        if u64::try_from(offset).is_ok_and(|offset| offset >= rows.total) {
            return Ok(found);
        }
        if rows.items.is_empty() {
            break;
        }
    }
    Err(Failure::unexpected(format!(
        "{} orders of product `{}` changed since, and {offset} could be read",
        total.unwrap_or_default(),
        product.id
    )))
}

/// Units of an order on one counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Units {
    /// Off the counter now.
    now: Decimal,
    /// Off the counter at some time, perhaps.
    ever: Decimal,
}

impl Units {
    fn of(order: &Order, product: &Product<'_>, owner: &str) -> Result<Self, Failure> {
        let in_stock =
            matches!(order.payment_status, PaymentStatus::Cancelled | PaymentStatus::Incomplete);
        let mut units = Self { now: Decimal::ZERO, ever: Decimal::ZERO };
        for line in &order.lines {
            let Some(sold) = line.product.as_deref().and_then(Owner::parse) else { continue };
            if sold.product != product.id.0 {
                continue;
            }
            let moved = counters::moved_by(product, sold.combination).ok_or_else(|| {
                Failure::unexpected(format!(
                    "order `{}` sold a variation that product `{}` no longer has",
                    order.number, product.id
                ))
            })?;
            if moved != owner {
                continue;
            }
            if line.takes_stock {
                units.now = units.now.checked_add(line.quantity)?;
            }
            if line.takes_stock || in_stock {
                units.ever = units.ever.checked_add(line.quantity)?;
            }
        }
        Ok(units)
    }

    /// What it moved between the readings: the units that were off in the first, less those in the
    /// second.
    fn movements(self, order: &Order, span: Span) -> Result<BTreeSet<Decimal>, DecimalError> {
        let at_first = self.off_in(order, span, span.from);
        let at_second = self.off_in(order, span, span.to);
        let pairs = at_first
            .iter()
            .flat_map(|first| at_second.iter().map(|second| first.checked_sub(*second)));
        pairs.collect()
    }

    /// The units that may have been off the counter in a reading of that instant.
    fn off_in(self, order: &Order, span: Span, at: Instant) -> Vec<Decimal> {
        if order.placed_at >= at.saturating_add(APART_MS) {
            vec![Decimal::ZERO]
        } else if order.updated_at <= span.shown_to(at) {
            vec![self.now]
        } else {
            vec![Decimal::ZERO, self.ever]
        }
    }
}
