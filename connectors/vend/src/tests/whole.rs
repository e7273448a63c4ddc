//! Many SKUs at once: the list of products instead of a search for each, and the same answers.

use penstock_connector_sdk::script::{Script, json, status};
use penstock_connector_sdk::types::{Failure, Instant, Request, Response};
use serde_json::{Value, json as value};

use crate::products::{Match, Products, Wanted};
use crate::read::Reader;

/// Rows of a page.
const ROWS: usize = 10;
/// Just before the first request is answered.
const START: Instant = 1_767_605_460_000;

fn row(number: usize) -> Value {
    value!({"id": format!("p-{number}"), "sku": format!("Sku-{number}"), "name": "Thing",
        "has_inventory": true, "active": true, "version": 1_000 + number})
}

fn id(found: Option<&Match>) -> String {
    match found {
        Some(Match::One(item)) => item.id.clone(),
        other => format!("{other:?}"),
    }
}

/// A till that lists these products by version, and finds by SKU what else it is given.
#[derive(Clone, Default)]
struct Shop {
    listed: Vec<Value>,
    /// Found by the search, and not in the list.
    hidden: Vec<Value>,
    list_fails: Option<u16>,
}

impl Shop {
    fn of(products: usize) -> Shop {
        Shop { listed: (0..products).map(row).collect(), ..Shop::default() }
    }

    fn host(&self) -> Script {
        let shop = self.clone();
        let mut now = START;
        Script::new().answers(move |request| {
            now += 100;
            Ok(Response { sent_at: now, ..shop.answer(request) })
        })
    }

    fn answer(&self, request: &Request) -> Response {
        let version = |row: &Value| row["version"].as_u64();
        if let Some(sku) = request.query_value("sku") {
            let same = |row: &&Value| row["sku"].as_str().unwrap().trim().to_lowercase() == sku;
            let rows: Vec<&Value> = self.listed.iter().chain(&self.hidden).filter(same).collect();
            return json(&value!({ "data": rows }).to_string());
        }
        assert_eq!(request.path, "/2026-07/products");
        if let Some(code) = self.list_fails {
            return status(code, "{}");
        }
        let after: u64 = request.query_value("after").map_or(0, |after| after.parse().unwrap());
        let rows = self.listed.iter().filter(|row| version(row).is_none_or(|it| it > after));
        let rows: Vec<&Value> = rows.take(ROWS).collect();
        let max = rows.last().and_then(|row| version(row));
        json(&value!({"data": rows, "version": {"min": null, "max": max}}).to_string())
    }
}

/// What these SKUs are found to be, and how many requests went to the list and to the search.
struct Found {
    ids: Vec<String>,
    listed: usize,
    searched: usize,
}

fn find(products: &Products, shop: &Shop, skus: &[String], now: Instant) -> Result<Found, Failure> {
    let host = shop.host();
    let wanted = || skus.iter().filter_map(|sku| Wanted::sku(sku));
    let ids = {
        let matches = products.find(Reader::new(&host), wanted(), now)?;
        wanted().map(|wanted| id(matches.get(wanted))).collect()
    };
    let requests = host.requests();
    let listed = requests.iter().filter(|it| it.path == "/2026-07/products").count();
    Ok(Found { ids, listed, searched: requests.len() - listed })
}

fn skus(numbers: std::ops::Range<usize>) -> Vec<String> {
    numbers.map(|number| format!("Sku-{number}")).collect()
}

fn ids(numbers: std::ops::Range<usize>) -> Vec<String> {
    numbers.map(|number| format!("p-{number}")).collect()
}

#[test]
fn many_are_read_from_the_list_and_few_are_searched_for() {
    let shop = Shop::of(35);
    let found = find(&Products::default(), &shop, &skus(0..19), START).unwrap();
    assert_eq!((found.ids, found.listed, found.searched), (ids(0..19), 0, 19));
    // Four pages, and the empty one that is the end.
    let products = Products::default();
    let found = find(&products, &shop, &skus(0..20), START).unwrap();
    assert_eq!((found.ids, found.listed, found.searched), (ids(0..20), 5, 0));
    // The others are known with them, for a quarter of an hour.
    let found = find(&products, &shop, &skus(15..35), START).unwrap();
    assert_eq!((found.ids, found.listed, found.searched), (ids(15..35), 0, 0));
    let later = START + 16 * 60_000;
    let found = find(&products, &shop, &skus(15..35), later).unwrap();
    assert_eq!((found.ids, found.listed, found.searched), (ids(15..35), 5, 0));
}

#[test]
fn what_the_list_does_not_have_is_searched_for() {
    let shop = Shop { hidden: vec![row(77)], ..Shop::of(21) };
    let asked = [skus(0..20), vec!["Sku-77".to_owned(), "sku-20".to_owned()]].concat();
    let found = find(&Products::default(), &shop, &asked, START).unwrap();
    assert_eq!((found.listed, found.searched), (4, 2));
    assert_eq!(found.ids[20], "p-77");
    // Letters count.
    assert_eq!(found.ids[21], r#"Some(Nothing { near: Some("Sku-20") })"#);
}

#[test]
fn what_cannot_be_booked_on_is_told_as_by_the_search() {
    let mut shop = Shop::of(24);
    shop.listed[3]["active"] = value!(false);
    shop.listed[4]["is_composite"] = value!(true);
    shop.listed[5]["has_inventory"] = Value::Null;
    shop.listed[6]["sku"] = value!(" Sku-7");
    shop.listed[8]["deleted_at"] = value!("2020-01-01T00:00:00Z");
    let (many, asked) = (skus(0..24), skus(0..9));
    let listed = find(&Products::default(), &shop, &many, START).unwrap();
    let searched = find(&Products::default(), &shop, &asked, START).unwrap();
    // None of them is held on the list's word alone.
    assert_eq!((listed.listed, listed.searched, searched.listed), (4, 6, 0));
    assert_eq!(listed.ids[..9], searched.ids[..]);
    assert_eq!(listed.ids[7], "Some(Several(2))");
}

#[test]
fn a_product_that_changes_while_the_list_is_read_is_what_it_is_last() {
    let mut shop = Shop::of(24);
    let mut changed = row(2);
    (changed["sku"], changed["version"]) = (value!("Sku-99"), value!(2_000));
    shop.listed.push(changed);
    let asked = [skus(0..24), vec!["Sku-99".to_owned()]].concat();
    let found = find(&Products::default(), &shop, &asked, START).unwrap();
    assert_eq!(found.ids[24], "p-2");
    assert_eq!(found.searched, 1, "what it was called before is searched for");
}

#[test]
fn a_list_that_is_too_long_or_of_no_use_is_left_alone() {
    let long = Shop::of(60);
    let gone = Shop { list_fails: Some(404), ..Shop::of(30) };
    let busy = Shop { list_fails: Some(503), ..Shop::of(30) };
    let mut untold = Shop::of(8);
    for row in &mut untold.listed {
        row["version"] = Value::Null;
    }
    for (shop, pages) in [(long, 5), (gone, 1), (busy, 1), (untold, 1)] {
        let products = Products::default();
        let known = shop.listed.len().min(20);
        let found = find(&products, &shop, &skus(0..20), START).unwrap();
        assert_eq!((found.listed, found.searched), (pages, 20));
        assert_eq!(found.ids[..known], ids(0..known));
        let again = find(&products, &shop, &skus(20..40), START + 60_000).unwrap();
        assert_eq!(again.listed, 0);
        let later = START + 16 * 60_000;
        assert_eq!(find(&products, &shop, &skus(20..40), later).unwrap().listed, pages);
    }
}

#[test]
fn skus_that_the_till_does_not_have_do_not_have_the_list_read_each_time() {
    let (products, shop) = (Products::default(), Shop::of(5));
    let first = find(&products, &shop, &skus(50..80), START).unwrap();
    let second = find(&products, &shop, &skus(50..80), START + 60_000).unwrap();
    assert_eq!((first.listed, first.searched), (2, 30));
    assert_eq!((second.listed, second.searched), (0, 30));
}

#[test]
fn a_token_that_is_refused_is_told() {
    let shop = Shop { list_fails: Some(403), ..Shop::of(30) };
    let refused = find(&Products::default(), &shop, &skus(0..20), START);
    assert!(matches!(refused, Err(Failure::Unauthorized(_))));
}
