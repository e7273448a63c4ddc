//! The source of levels, and reading one anew.

use std::collections::BTreeMap;

use penstock_connector_sdk::commerce::Entry;
use penstock_connector_sdk::directory::{Directory, Find};
use penstock_connector_sdk::source::{Page, Pull, Source};
use penstock_connector_sdk::types::Failure;
use serde_json::json;

use super::shop::Shop;
use super::{NOW, decimal, ecwid, level_of};

/// What a host does with a source: pulls, keeps the cursor, remembers the last level of each counter.
struct Reader {
    cursor: Option<Vec<u8>>,
    limit: u32,
    given: Vec<Entry>,
}

impl Reader {
    fn new() -> Self {
        Self { cursor: None, limit: 100, given: Vec::new() }
    }

    fn pull(&mut self, shop: &Shop) -> Page {
        let now = shop.with(|state| state.now);
        let call = Pull {
            collection: "stock",
            options: "{}",
            after: self.cursor.as_deref(),
            limit: self.limit,
            now,
        };
        let page = ecwid().pull(&call, &shop.host()).unwrap();
        assert!(page.entries.len() <= usize::try_from(self.limit).unwrap());
        self.cursor = Some(page.next.clone());
        self.given.extend(page.entries.iter().cloned());
        page
    }

    /// Pulls until there is no more; tells up to which instant the levels are complete.
    fn poll(&mut self, shop: &Shop) -> Option<i64> {
        for _ in 0..1_000 {
            let page = self.pull(shop);
            if !page.more {
                return page.complete_to;
            }
        }
        panic!("the poll does not end");
    }

    fn levels(&self) -> BTreeMap<&str, Option<String>> {
        let level = |entry| {
            let level = level_of(entry);
            (level.owner.as_str(), level.on_hand.map(|on_hand| on_hand.to_string()))
        };
        self.given.iter().map(level).collect()
    }
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// Pattern 4: no number, nothing and not counted are three things.
#[test]
fn the_first_pull_tells_every_counter_and_none_of_what_shares_another() {
    let shop = Shop::new(NOW);
    let mut reader = Reader::new();
    assert_eq!(reader.poll(&shop), Some(NOW - 30_000));
    let expected = BTreeMap::from([
        ("4410", some("12")),
        ("4410-88", some("5")),
        ("7", None),
        ("8", some("0")),
    ]);
    assert_eq!(reader.levels(), expected);
    let told = |owner: &str| {
        let entry = reader.given.iter().find(|entry| entry.key == owner).unwrap();
        let level = level_of(entry);
        let attributes = level.attributes.iter().map(|pair| pair.value.as_str());
        (level.sku.as_deref(), attributes.collect::<Vec<_>>())
    };
    assert_eq!(told("4410-88"), (Some("MUG-BLU"), vec!["Mug (Blue)", "tracked"]));
    assert_eq!(told("7"), (Some("CARD"), vec!["Card", "unlimited"]));
}

#[test]
fn only_what_stock_needs_is_asked_for() {
    let shop = Shop::new(NOW);
    let host = shop.host();
    let call = Pull { collection: "stock", options: "{}", after: None, limit: 100, now: NOW };
    ecwid().pull(&call, &host).unwrap();
    let [request] = &host.requests()[..] else { panic!("{:?}", host.requests()) };
    let fields = "total,items(id,sku,name,unlimited,quantity,updateTimestamp,combinations(id,sku,unlimited,quantity,options(value)))";
    assert_eq!(request.query_value("responseFields"), Some(fields));
    assert!(request.keep.contains(&"items.*.combinations.*.quantity".to_owned()));
}

/// Pattern 3: what the search shows is as old as its index, and must not pass for younger.
#[test]
fn a_level_of_the_search_is_as_old_as_the_search_may_lag() {
    let shop = Shop::new(NOW);
    let mut reader = Reader::new();
    reader.poll(&shop);
    assert!(reader.given.iter().all(|entry| entry.read_at == NOW - 30_000));
    let found = find(&shop, &["8"]).unwrap();
    assert_eq!(found[0][0].read_at, NOW);
}

#[test]
fn a_change_is_told_by_the_next_poll_that_the_search_shows_it_to() {
    let shop = Shop::new(NOW);
    shop.with(|state| state.lag = 20);
    let mut reader = Reader::new();
    reader.poll(&shop);
    shop.with(|state| {
        state.move_by(4410, Some(88), -2);
        state.now += 10_000;
    });
    assert_eq!(reader.poll(&shop), Some(NOW - 20_000));
    assert_eq!(reader.levels()["4410-88"], some("5"));
    shop.with(|state| state.now += 60_000);
    assert_eq!(reader.poll(&shop), Some(NOW + 40_000));
    assert_eq!(reader.levels()["4410-88"], some("3"));
}

#[test]
fn each_reading_is_a_revision_of_its_own() {
    let shop = Shop::new(NOW);
    let revision = |shop: &Shop| find(shop, &["8"]).unwrap()[0][0].revision.clone();
    let first = revision(&shop);
    shop.with(|state| state.now += 1);
    assert_ne!(revision(&shop), first);
}

/// Pattern 16: a product that a listing leaves out is not thereby gone, and never zero.
#[test]
fn a_deleted_product_is_told_by_reading_it_and_by_no_listing() {
    let shop = Shop::new(NOW);
    let mut reader = Reader::new();
    reader.poll(&shop);
    shop.with(|state| {
        state.delete(8);
        state.now += 60_000;
    });
    let given = reader.given.len();
    reader.poll(&shop);
    assert!(reader.given[given..].is_empty(), "{:?}", &reader.given[given..]);
    assert_eq!(find(&shop, &["8"]).unwrap(), [vec![]]);
}

#[test]
fn a_product_of_more_counters_than_a_page_takes_is_given_in_parts() {
    let shop = Shop::new(NOW);
    shop.with(|state| {
        state.now -= 1_000_000;
        for product in 100..103 {
            let variation = |id: u64| {
                json!({ "id": id, "sku": format!("V{product}-{id}"), "unlimited": false, "quantity": id })
            };
            let variations: Vec<_> = (1..=70).map(variation).collect();
            state.put(json!({ "id": product, "sku": "", "name": "Many", "unlimited": true, "combinations": variations }));
        }
        state.now = NOW;
    });
    for limit in [1, 7, 71, 100] {
        let mut reader = Reader { limit, ..Reader::new() };
        assert!(reader.poll(&shop).is_some());
        assert_eq!(reader.given.len(), 3 * 71 + 4, "{limit}");
        assert_eq!(reader.levels().len(), 3 * 71 + 4, "{limit}");
        assert_eq!(reader.levels()["101-70"], some("70"));
    }
}

/// Pattern 16, and the windows of the walk: counters that move while they are listed shift the rows.
#[test]
fn counters_that_move_while_they_are_listed_take_no_other_with_them() {
    let shop = Shop::new(NOW);
    shop.with(|state| {
        for id in 1_000..1_350 {
            state.now = NOW - 4_000_000 + i64::from(id) * 1_000;
            state.put(json!({ "id": id, "sku": format!("S{id}"), "name": "Any", "unlimited": false, "quantity": 9 }));
        }
        state.now = NOW;
    });
    shop.on_request(|state, request| {
        if request == 2 || request == 4 {
            let first = 1_000 + 20 * u64::try_from(request).unwrap();
            (first..first + 10).for_each(|id| state.move_by(id, None, -1));
        }
    });
    let mut reader = Reader::new();
    reader.poll(&shop);
    shop.with(|state| state.now += 60_000);
    assert!(reader.poll(&shop).is_some());
    let levels = reader.levels();
    assert_eq!(levels.len(), 354);
    for id in 1_000..1_350_u64 {
        let moved = (1_040..1_050).contains(&id) || (1_080..1_090).contains(&id);
        let expected = if moved { "8" } else { "9" };
        assert_eq!(levels[id.to_string().as_str()], some(expected), "{id}");
    }
}

fn find(shop: &Shop, keys: &[&str]) -> Result<Vec<Vec<Entry>>, Failure> {
    let values: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
    let call = Find { collection: "stock", options: "{}", by: "key", values: &values };
    ecwid().find(&call, &shop.host())
}

#[test]
fn a_counter_is_read_anew_past_a_lagging_search_each_product_once() {
    let shop = Shop::new(NOW);
    shop.with(|state| {
        state.lag = 1_000;
        state.move_by(4410, None, -1);
    });
    let found = find(&shop, &["4410-88", "4410", "4410-89", "99", "x", "4410-", "7"]).unwrap();
    let levels: Vec<_> =
        found.iter().map(|found| found.first().map(|entry| level_of(entry).on_hand)).collect();
    let (five, eleven) = (Some(Some(decimal("5"))), Some(Some(decimal("11"))));
    assert_eq!(levels, [five, eleven, None, None, None, None, Some(None)]);
    assert_eq!(shop.with(|state| state.requests), 3);
}

/// Pattern 4: what must be there and is not is an error, never a zero.
#[test]
fn a_level_that_is_missing_where_it_must_be_is_an_error() {
    for product in [
        json!({ "id": 9, "name": "Any", "unlimited": false }),
        json!({ "id": 9, "name": "Any", "unlimited": false, "quantity": null }),
        json!({ "id": 9, "name": "Any", "quantity": 4 }),
        json!({ "id": 9, "name": "Any", "unlimited": true,
                "combinations": [{ "id": 1, "sku": "A", "unlimited": false }] }),
    ] {
        let shop = Shop::new(NOW);
        shop.with(|state| {
            state.now -= 100_000;
            state.put(product);
            state.now = NOW;
        });
        let failure = find(&shop, &["9", "9-1"]).unwrap_err();
        assert!(matches!(&failure, Failure::Unexpected(text) if text.contains("counter `9")));
        let call = Pull { collection: "stock", options: "{}", after: None, limit: 100, now: NOW };
        assert_eq!(ecwid().pull(&call, &shop.host()).unwrap_err(), failure);
    }
}

#[test]
fn what_is_not_ours_is_refused() {
    let shop = Shop::new(NOW);
    let values = ["8".to_owned()];
    for (options, by) in [("{}", "sku"), (r#"{"start":"now"}"#, "key")] {
        let call = Find { collection: "stock", options, by, values: &values };
        let failure = ecwid().find(&call, &shop.host()).unwrap_err();
        assert!(matches!(failure, Failure::Misconfigured(_)), "{failure:?}");
    }
}
