//! What may not leave, judged when it does: S2, S6, S11 and P8.

use std::collections::BTreeMap;

use penstock::contract::Request;
use penstock_simulators::shop::order::PaymentStatus;
use penstock_simulators::shop::public_id;
use serde_json::Value;

use super::exchange::Vendor;
use super::vendors::Vendors;
use super::world::Good;

/// No vendor's window of requests is longer, in milliseconds.
const WINDOW_MS_MAX: i64 = 300_000;

/// A write may be made from a level that was read so long ago, in milliseconds. What the merchant did since, nobody
/// knows who sends it.
const LEVEL_AGE_MS_MAX: i64 = 130_000;

/// An order is sold as it was read so long ago at the most, in milliseconds: `fresh` of the pipeline file, and how far the
/// search lags behind.
const ORDER_AGE_MS_MAX: i64 = 16 * 60_000;

/// A change of a count that is larger than this is a slip of the finger.
const CHANGE_MAX: f64 = 1_000.0;

impl Vendors {
    /// S6 and S11: nothing leaves a plan or a process whose lease was taken, and nothing is sent again before its vendor
    /// wants to hear of it.
    pub(super) fn judge_sender(&mut self, run: u64, number: i64, request: &Request) {
        let path = &request.path;
        if self.plans {
            self.misdeeds.push(format!("`{path}` left, and it was only planned"));
        }
        if run < self.run {
            self.misdeeds.push(format!("`{path}` left, and the lease was taken"));
        }
        if self.not_before.remove(&(run, number)).is_some_and(|at_ms| self.now_ms < at_ms) {
            self.misdeeds.push(format!("`{path}` left sooner than it was to be sent again"));
        }
    }

    /// S6: nothing leaves whose switch is off, and nothing for a good that the shop has not counted for a while.
    pub(super) fn judge(&mut self, vendor: Vendor, request: &Request) {
        let switch = match vendor {
            Vendor::Shop => "to_shop",
            Vendor::Till if request.path.ends_with("/sales") => "sales",
            Vendor::Till if request.path.ends_with("/customers") => "customers",
            Vendor::Till => "to_till",
        };
        if self.switches.get(switch) == Some(&false) {
            self.misdeeds.push(format!("`{}` left, and `{switch}` is off", request.path));
        }
        self.judge_order(vendor, request);
        self.judge_change(vendor, request);
        let is_of = |good: &&Good| request.path.split('/').any(|part| part == good.shop_owner());
        let good = self.goods.iter().filter(|_| vendor == Vendor::Shop).find(is_of);
        let since_ms = good.and_then(|good| self.people.unlimited.get(good.item));
        if since_ms.is_some_and(|since_ms| self.now_ms - since_ms > LEVEL_AGE_MS_MAX) {
            self.misdeeds.push(format!("`{}` left, and the shop does not count it", request.path));
        }
    }

    /// S2: no order is written to, and what is sold is an order that was paid when it was looked at last.
    fn judge_order(&mut self, vendor: Vendor, request: &Request) {
        if vendor == Vendor::Shop && !request.path.trim_start_matches('/').starts_with("products/")
        {
            self.misdeeds.push(format!("`{}` left, and is no counter's", request.path));
        }
        let orders = self.world.shop.orders();
        let Some(position) = sold(request).and_then(|id| orders.by_internal_id(id)) else { return };
        let is_paid = orders.row(position).is_some_and(|it| it.payment == PaymentStatus::Paid);
        let unpaid_ms = self.people.unpaid.get(&position);
        let was_paid = unpaid_ms.is_some_and(|at_ms| self.now_ms - at_ms < ORDER_AGE_MS_MAX);
        if !is_paid && !was_paid {
            let id = public_id(position);
            self.misdeeds.push(format!("the sale of {id} left, and the order is not paid"));
        }
    }

    /// S7 and more: no counter is moved whose first levels nobody has accepted, by what is no number at all, or by more than
    /// can be true.
    fn judge_change(&mut self, vendor: Vendor, request: &Request) {
        let found = changes(vendor, request);
        for (owner, by) in &found {
            let is_it = |good: &&Good| {
                *owner == good.shop_owner() || *owner == good.till.product.to_string()
            };
            let Some(item) = self.goods.iter().find(is_it).map(|good| good.item) else { continue };
            let path = &request.path;
            if by.abs() > CHANGE_MAX {
                self.misdeeds.push(format!("`{path}` moves {item} by {by}"));
            }
            let long_since = |since_ms: Option<&i64>, now_ms: i64| {
                since_ms.is_some_and(|since_ms| now_ms - since_ms > LEVEL_AGE_MS_MAX)
            };
            if long_since(self.people.unaccepted.get(item), self.now_ms()) {
                self.misdeeds
                    .push(format!("`{path}` moves {item}, and nobody has accepted its levels"));
            }
            let is_carried = self.switches.contains_key("sales_as_stock");
            let is_uncounted = long_since(self.people.unlimited.get(item), self.now_ms());
            if vendor == Vendor::Till && *by < 0.0 && is_uncounted && !is_carried {
                self.misdeeds
                    .push(format!("`{path}` takes {item} off, and the shop does not count it"));
            }
        }
    }

    /// A first level is an absolute number. Where the merchant has the shop count an item no more while one is on its way,
    /// it counts again: nobody can help that.
    pub(super) fn forgive_crossing(&mut self) {
        let now_ms = self.now_ms();
        for good in &self.goods {
            let counter = self.world.shop.products().level(good.shop);
            let since_ms = self.people.unlimited.get(good.item);
            if counter.is_some()
                && since_ms.is_some_and(|since_ms| now_ms - since_ms <= LEVEL_AGE_MS_MAX)
            {
                self.people.unlimited.remove(good.item);
            }
        }
    }

    /// P8: who is alone at a vendor for as long as it counts is never told that there are too many requests.
    pub(super) fn judge_rate(&mut self, process: usize, vendor: Vendor, status: u16) {
        let asking = self.asking.entry(vendor).or_insert((process, i64::MIN));
        if asking.0 != process {
            *asking = (process, self.now_ms);
        }
        // By a clock that was just set forward a window is over too soon.
        let alone_since = asking.1.max(self.skewed_ms);
        if status == 429 && self.now_ms.saturating_sub(alone_since) > WINDOW_MS_MAX {
            self.misdeeds.push(format!("the {} is asked more often than it allows", vendor.word()));
        }
    }
}

/// Which counters a write moves, as the vendor names their products, and by how much.
fn changes(vendor: Vendor, request: &Request) -> BTreeMap<String, f64> {
    let body: Option<Value> =
        request.body.as_deref().and_then(|body| serde_json::from_slice(body).ok());
    let body = body.unwrap_or_default();
    let number =
        |value: &Value| value.as_f64().or_else(|| value.as_str()?.parse().ok()).unwrap_or_default();
    match vendor {
        Vendor::Shop => {
            let owner = request.path.trim_start_matches('/').split('/').nth(1);
            let by = body.get("quantityDelta").map(number);
            owner.zip(by).map(|(owner, by)| (owner.to_owned(), by)).into_iter().collect()
        }
        Vendor::Till => {
            let rows = body.get("stock_adjustments").and_then(Value::as_array);
            let row = |row: &Value| {
                Some((row.get("product_id")?.as_str()?.to_owned(), number(row.get("quantity")?)))
            };
            rows.into_iter().flatten().filter_map(row).collect()
        }
    }
}

/// The internal id of the order that a request sells.
fn sold(request: &Request) -> Option<u64> {
    if !request.path.ends_with("/sales") {
        return None;
    }
    let body: serde_json::Value = serde_json::from_slice(request.body.as_deref()?).ok()?;
    let source_id = body.get("source")?.get("id")?.as_str()?;
    source_id.rsplit(':').next()?.parse().ok()
}
