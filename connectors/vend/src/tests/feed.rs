//! The source `stock`, the reading of one counter anew, and the source `products`.

use penstock_connector_sdk::commerce::{Payload, StockLevel};
use penstock_connector_sdk::connector::Connector;
use penstock_connector_sdk::directory::{Directory, Find};
use penstock_connector_sdk::script::{Script, json as answer};
use penstock_connector_sdk::source::{Page, Pull, Source};
use penstock_connector_sdk::types::{Failure, Method};
use serde_json::{Value, json};

use super::shelf::{OUTLET, Shelf};
use super::till::vend;
use crate::Vend;

const MINUTE: i64 = 60_000;
/// When the script's answers were asked for.
const SENT: i64 = 1_767_605_460_000;

/// A host that pulls and keeps the cursor.
struct Puller {
    vend: Vend,
    host: Script,
    cursor: Option<Vec<u8>>,
    now: i64,
    limit: u32,
}

impl Puller {
    fn of(shelf: &Shelf) -> Puller {
        Puller { vend: vend("2026-07"), host: shelf.host(), cursor: None, now: SENT, limit: 100 }
    }

    fn page(&mut self, collection: &str) -> Result<Page, Failure> {
        let call = Pull {
            collection,
            options: "{}",
            after: self.cursor.as_deref(),
            limit: self.limit,
            now: self.now,
        };
        let page = self.vend.pull(&call, &self.host)?;
        assert!(page.entries.len() <= self.limit as usize);
        assert_ne!(page.more, page.complete_to.is_some());
        assert!(!page.more || self.cursor.as_ref() != Some(&page.next), "it does not advance");
        self.cursor = Some(page.next.clone());
        Ok(page)
    }

    /// Pulls to the end, and tells each level in a word: `p-mug@o-main=7`.
    fn levels(&mut self) -> Vec<String> {
        let mut levels = Vec::new();
        loop {
            let page = self.page("stock").unwrap();
            levels.extend(page.entries.iter().map(|entry| word(&level(&entry.payload))));
            if !page.more {
                return levels;
            }
        }
    }

    fn requests(&self) -> usize {
        self.host.requests().len()
    }
}

fn level(payload: &Payload) -> StockLevel {
    match payload {
        Payload::StockLevel(level) => level.clone(),
        other => panic!("{other:?}"),
    }
}

fn word(level: &StockLevel) -> String {
    let on_hand = level.on_hand.map_or("absent".to_owned(), |on_hand| on_hand.to_string());
    format!("{}={on_hand}", level.owner)
}

fn find(shelf: &Shelf, keys: &[&str]) -> Vec<Vec<String>> {
    let values: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
    let call = Find { collection: "stock", options: "{}", by: "key", values: &values };
    let found = vend("2026-07").find(&call, &shelf.host()).unwrap();
    let words = |list: &Vec<_>| {
        list.iter()
            .map(|e: &penstock_connector_sdk::commerce::Entry| word(&level(&e.payload)))
            .collect()
    };
    found.iter().map(words).collect()
}

#[test]
fn the_first_pull_gives_every_level_of_the_outlet_and_no_other() {
    let shelf = Shelf::new();
    shelf.level("p-mug", "o-other", json!(90));
    let mut puller = Puller::of(&shelf);
    let page = puller.page("stock").unwrap();
    let entry = &page.entries[0];
    let mug = level(&entry.payload);
    assert_eq!(page.entries.len(), 2);
    assert_eq!((entry.key.as_str(), mug.owner.as_str()), ("p-mug@o-main", "p-mug@o-main"));
    assert_eq!((mug.sku.as_deref(), mug.location.as_str()), (Some("MUG"), OUTLET));
    assert_eq!((mug.on_hand.unwrap().to_string().as_str(), mug.version), ("7", Some(121)));
    assert!(entry.revision.contains(&SENT.to_string()), "{}", entry.revision);
    let attribute = |name: &str| mug.attributes.iter().find(|pair| pair.name == name).unwrap();
    assert_eq!(
        (attribute("name").value.as_str(), attribute("tracking").value.as_str()),
        ("Mug", "tracked")
    );
    assert_eq!((page.more, page.complete_to), (false, Some(SENT)));
}

#[test]
fn a_poll_with_nothing_new_costs_one_request() {
    let mut puller = Puller::of(&Shelf::new());
    puller.levels();
    puller.now += 2 * MINUTE;
    assert!(puller.levels().is_empty());
    puller.now += 2 * MINUTE;
    let before = puller.requests();
    assert!(puller.levels().is_empty());
    // The overlap was read once more, and the register is still known.
    assert_eq!(puller.requests() - before, 1);
}

#[test]
fn only_what_changed_comes_again() {
    let shelf = Shelf::new();
    let mut puller = Puller::of(&shelf);
    puller.levels();
    shelf.level("p-pot", OUTLET, json!(2));
    shelf.level("p-pot", "o-other", json!(1));
    assert_eq!(puller.levels(), ["p-pot@o-main=2"]);
    assert!(puller.levels().is_empty());
}

/// Pattern 14: a cursor passes an item only when it was given.
#[test]
fn a_lower_version_that_shows_after_a_higher_one_is_given_once() {
    let shelf = Shelf::new();
    let mut puller = Puller::of(&shelf);
    puller.levels();
    let late = shelf.level("p-mug", OUTLET, json!(6));
    shelf.hide(late, true);
    shelf.level("p-pot", OUTLET, json!(2));
    assert_eq!(puller.levels(), ["p-pot@o-main=2"]);
    shelf.hide(late, false);
    puller.now += MINUTE / 2;
    assert_eq!(puller.levels(), ["p-mug@o-main=6"]);
    puller.now += MINUTE / 4;
    assert!(puller.levels().is_empty());
}

/// Pattern 14: who polls every hour reads below what he was given, too.
#[test]
fn a_lower_version_that_shows_later_is_given_however_late_the_next_poll_is() {
    let shelf = Shelf::new();
    let mut puller = Puller::of(&shelf);
    puller.levels();
    puller.now += 60 * MINUTE;
    let late = shelf.level("p-mug", OUTLET, json!(6));
    shelf.hide(late, true);
    shelf.level("p-pot", OUTLET, json!(2));
    assert_eq!(puller.levels(), ["p-pot@o-main=2"]);
    shelf.hide(late, false);
    puller.now += 60 * MINUTE;
    assert_eq!(puller.levels(), ["p-mug@o-main=6"]);
}

#[test]
fn pages_are_walked_to_their_end_whether_after_is_exclusive_or_not() {
    for shelf in [Shelf::new(), Shelf::new().inclusive()] {
        for number in 0..9 {
            let id = format!("p-{number}");
            shelf.product(&id, json!({}));
            shelf.level(&id, if number % 3 == 0 { OUTLET } else { "o-other" }, json!(number));
        }
        for limit in [1, 2, 3, 100] {
            let mut puller = Puller { limit, ..Puller::of(&shelf) };
            let levels = puller.levels();
            let all = [
                "p-mug@o-main=7",
                "p-pot@o-main=3",
                "p-0@o-main=0",
                "p-3@o-main=3",
                "p-6@o-main=6",
            ];
            assert_eq!(levels, all, "limit {limit}");
            assert!(puller.levels().is_empty(), "limit {limit}");
        }
    }
}

/// Pattern 4: a zero that means "no data".
#[test]
fn what_is_not_counted_is_absent_and_never_zero() {
    let shelf = Shelf::new();
    shelf.level("p-mug", OUTLET, json!(0));
    shelf.level("p-pot", OUTLET, Value::Null);
    shelf.product("p-service", json!({"has_inventory": false}));
    shelf.level("p-service", OUTLET, json!(0));
    shelf.product("p-set", json!({"is_composite": true}));
    shelf.level("p-set", OUTLET, json!(4));
    shelf.product("p-gone", json!({"deleted_at": "2026-01-01"}));
    shelf.level("p-gone", OUTLET, json!(4));
    shelf.level("p-stranger", OUTLET, json!(4));
    let given = Puller::of(&shelf).levels();
    let absent = |id: &str| format!("{id}@o-main=absent");
    let ids = ["p-pot", "p-service", "p-set", "p-gone", "p-stranger"];
    let expected: Vec<String> = ids.into_iter().map(absent).collect();
    assert_eq!(given[0], "p-mug@o-main=0");
    assert_eq!(given[1..], expected);
    let anew = find(&shelf, &["p-mug@o-main", "p-pot@o-main", "p-service@o-main", "p-set@o-main"]);
    assert_eq!(anew.concat(), given[..4]);
}

#[test]
fn a_level_that_is_left_out_is_an_error_and_not_absent() {
    let shelf = Shelf::new();
    shelf.level_row(json!({"product_id": "p-mug", "outlet_id": OUTLET}));
    assert!(matches!(Puller::of(&shelf).page("stock"), Err(Failure::Unexpected(_))));
}

#[test]
fn a_product_that_is_not_told_to_be_counted_is_an_error() {
    let shelf = Shelf::new();
    shelf.product("p-mug", json!({"has_inventory": null}));
    assert!(matches!(Puller::of(&shelf).page("stock"), Err(Failure::Unexpected(_))));
    assert!(matches!(Puller::of(&shelf).page("products"), Err(Failure::Unexpected(_))));
}

/// Pattern 16: absence from a listing proves nothing, so a level that is gone has to show as gone.
#[test]
fn a_level_that_was_deleted_comes_once_more_and_is_absent() {
    let shelf = Shelf::new();
    let mut puller = Puller::of(&shelf);
    puller.levels();
    shelf.level_row(json!({"product_id": "p-mug", "outlet_id": OUTLET,
        "current_inventory_level": 7, "deleted_at": "2026-01-05T09:31:00Z"}));
    assert_eq!(puller.levels(), ["p-mug@o-main=absent"]);
}

#[test]
fn fractions_and_negative_levels_are_exact() {
    let shelf = Shelf::new();
    shelf.level("p-mug", OUTLET, serde_json::from_str("0.1").unwrap());
    shelf.level("p-pot", OUTLET, serde_json::from_str("-2.30000").unwrap());
    assert_eq!(Puller::of(&shelf).levels(), ["p-mug@o-main=0.1", "p-pot@o-main=-2.30000"]);
}

/// Pattern 11: a SKU that is edited keeps its counter.
#[test]
fn a_product_that_was_changed_since_shows_as_it_is_now() {
    let shelf = Shelf::new();
    let mut puller = Puller::of(&shelf);
    puller.levels();
    shelf.product("p-mug", json!({"name": "Big mug", "sku": "MUG-L"}));
    shelf.product("p-pot", json!({"has_inventory": false}));
    shelf.level("p-mug", OUTLET, json!(5));
    shelf.level("p-pot", OUTLET, json!(5));
    let page = puller.page("stock").unwrap();
    let mug = level(&page.entries[0].payload);
    assert_eq!((mug.owner.as_str(), mug.sku.as_deref()), ("p-mug@o-main", Some("MUG-L")));
    assert_eq!(level(&page.entries[1].payload).on_hand, None);
}

#[test]
fn another_outlet_of_the_register_begins_the_feed_anew() {
    let shelf = Shelf::new();
    shelf.level("p-mug", "o-other", json!(90));
    let mut puller = Puller::of(&shelf);
    puller.levels();
    let moved =
        answer(r#"{"data":[{"id":"r-web","name":"Web","outlet_id":"o-other","is_open":true}]}"#);
    let shelf = shelf.answering(Method::Get, "/2026-07/registers", moved);
    let mut later = Puller { cursor: puller.cursor, ..Puller::of(&shelf) };
    assert_eq!(later.levels(), ["p-mug@o-other=90"]);
}

#[test]
fn rows_out_of_order_and_a_foreign_cursor_are_told() {
    let rows = json!([
        {"product_id": "p-mug", "outlet_id": OUTLET, "current_inventory_level": 1, "version": 9},
        {"product_id": "p-pot", "outlet_id": OUTLET, "current_inventory_level": 1, "version": 8}]);
    let shelf =
        Shelf::new().answering(Method::Post, "/2026-07/inventory", answer(&rows.to_string()));
    assert!(matches!(Puller::of(&shelf).page("stock"), Err(Failure::Unexpected(_))));
    for collection in ["stock", "products"] {
        let mut puller = Puller { cursor: Some(b"?".to_vec()), ..Puller::of(&Shelf::new()) };
        assert!(matches!(puller.page(collection), Err(Failure::Misconfigured(_))));
    }
}

#[test]
fn many_changes_do_not_make_the_cursor_grow() {
    let shelf = Shelf::new();
    for number in 0..700 {
        shelf.level("p-mug", &format!("o-{number}"), json!(1));
    }
    let mut puller = Puller::of(&shelf);
    puller.levels();
    assert!(puller.cursor.unwrap().len() < 16_000);
}

#[test]
fn one_counter_is_read_anew_by_its_key() {
    let shelf = Shelf::new();
    shelf.product("p-new", json!({}));
    shelf.product("p-gone", json!({"deleted_at": "2026-01-01"}));
    let keys = [
        "vend:acme/stock/p-pot@o-main",
        "p-mug@o-other",
        "p-unknown@o-main",
        "p-gone@o-main",
        "p-new@o-main",
        "p-mug@o-main",
        "p-mug",
    ];
    let found = find(&shelf, &keys);
    let none: Vec<String> = Vec::new();
    let one = |text: &str| vec![text.to_owned()];
    let (pot, new, mug) =
        (one("p-pot@o-main=3"), one("p-new@o-main=absent"), one("p-mug@o-main=7"));
    assert_eq!(found, [pot, none.clone(), none.clone(), none.clone(), new, mug, none]);
}

#[test]
fn the_products_are_listed_whole_with_what_they_are() {
    let shelf = Shelf::new().inclusive();
    shelf.product("p-old", json!({"active": false, "sku": ""}));
    shelf.product("p-gone", json!({"deleted_at": "2026-01-01"}));
    shelf.product("p-service", json!({"has_inventory": false}));
    shelf.product("p-set", json!({"is_composite": true}));
    shelf.product("p-parent", json!({"has_variants": true, "variant_parent_id": ""}));
    shelf.product("p-red", json!({"has_variants": true, "variant_parent_id": "p-parent"}));
    let mut puller = Puller { limit: 3, ..Puller::of(&shelf) };
    let mut listed = Vec::new();
    loop {
        let page = puller.page("products").unwrap();
        for entry in &page.entries {
            let Payload::Product(product) = &entry.payload else { panic!("{entry:?}") };
            let kind = product.attributes.iter().find(|pair| pair.name == "kind").unwrap();
            assert_eq!(product.stock_owner, format!("{}@{OUTLET}", product.id));
            listed.push((
                product.id.clone(),
                kind.value.clone(),
                product.counts_stock,
                product.active,
            ));
        }
        if !page.more {
            assert_eq!(page.complete_to, Some(SENT));
            break;
        }
    }
    let row = |id: &str, kind: &str, counts: bool, active: bool| {
        (id.to_owned(), kind.to_owned(), counts, active)
    };
    assert_eq!(
        listed,
        [
            row("p-mug", "plain", true, true),
            row("p-pot", "plain", true, true),
            row("p-old", "plain", true, false),
            row("p-service", "service", false, true),
            row("p-set", "composite", false, true),
            row("p-parent", "parent", false, true),
            row("p-red", "plain", true, true),
        ]
    );
    assert!(puller.page("products").unwrap().entries.is_empty());
}

#[test]
fn the_feed_is_declared_as_a_read_by_post() {
    let described = Vend::describe();
    assert_eq!(described.endpoints[0].reads_by_post, ["/2026-07/inventory"]);
}
