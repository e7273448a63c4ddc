//! Lines where a variation was chosen, and the products that tell which counter they move.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use penstock_connector_sdk::commerce::{Entry, Payload};
use penstock_connector_sdk::connector::Connector;
use penstock_connector_sdk::directory::{Directory, Find};
use penstock_connector_sdk::script::{Script, json, status};
use penstock_connector_sdk::source::{Pull, Source};
use penstock_connector_sdk::types::{Failure, Request, Response};
use serde_json::{Value, json};

use crate::Ecwid;

/// Seconds since 1970.
const NOW: i64 = 1_767_605_411;
const ON: &str = r#"{"start": "beginning", "counters": true}"#;
const OFF: &str = r#"{"start": "beginning"}"#;

/// A shop with one order of this many lines, each of a variation, and its products.
struct Shop {
    now: i64,
    lines: Vec<(u64, Option<u64>)>,
    placed: i64,
    products: BTreeMap<u64, Value>,
    /// What the search does not show yet.
    unlisted: Vec<u64>,
    refuses: bool,
    asked: Vec<String>,
}

type Shared = Rc<RefCell<Shop>>;

/// A mug: the blue one (88) has an SKU and a counter of its own, the red one (89) has neither.
fn mug(id: u64) -> Value {
    json!({ "id": id, "sku": "MUG", "combinations": [
        { "id": 88, "sku": "MUG-BLU" }, { "id": 89, "sku": "MUG" },
    ] })
}

fn shop(lines: &[(u64, Option<u64>)]) -> Shared {
    let products = BTreeMap::from([(4410, mug(4410)), (4411, mug(4411))]);
    let (unlisted, asked) = (Vec::new(), Vec::new());
    let lines = lines.to_vec();
    let placed = NOW - 4_000;
    Rc::new(RefCell::new(Shop {
        now: NOW,
        lines,
        placed,
        products,
        unlisted,
        refuses: false,
        asked,
    }))
}

impl Shop {
    fn answer(&mut self, request: &Request) -> Result<Response, Failure> {
        let path = request.path.as_str();
        let answer = if path == "/profile" {
            json(r#"{"formatsAndUnits":{"currency":"EUR","currencyPrecision":2}}"#)
        } else if path == "/orders" {
            json(&json!({ "total": 1, "items": [self.order()] }).to_string())
        } else if path == "/orders/N1" {
            json(&self.order().to_string())
        } else if self.refuses {
            return Err(Failure::RetryAfter(5));
        } else if path == "/products" {
            let ids = request.query_value("productId").unwrap();
            self.asked.push(format!("search {ids}"));
            let ids = ids.split(',').map(|id| id.parse::<u64>().unwrap());
            let shown = ids.filter(|id| !self.unlisted.contains(id));
            let items: Vec<&Value> = shown.filter_map(|id| self.products.get(&id)).collect();
            json(&json!({ "total": items.len(), "items": items }).to_string())
        } else {
            let id = path.strip_prefix("/products/").unwrap();
            self.asked.push(format!("read {id}"));
            match self.products.get(&id.parse().unwrap()) {
                Some(product) => json(&product.to_string()),
                None => status(404, r#"{"errorMessage":"no","errorCode":"PRODUCT_NOT_FOUND"}"#),
            }
        };
        Ok(Response { sent_at: self.now * 1_000, ..answer })
    }

    fn order(&self) -> Value {
        let item = |(id, (product, variation)): (usize, &(u64, Option<u64>))| json!({ "id": id, "productId": product, "combinationId": variation, "quantity": 1, "price": 0 });
        let items: Vec<Value> = self.lines.iter().enumerate().map(item).collect();
        json!({ "id": "N1", "internalId": 1, "paymentStatus": "PAID", "createTimestamp": 1,
                "updateTimestamp": self.placed, "total": 0, "items": items })
    }
}

fn host(shop: &Shared) -> Script {
    let shop = Rc::clone(shop);
    Script::new().answers(move |request| shop.borrow_mut().answer(request))
}

fn ecwid() -> Ecwid {
    Ecwid::open(r#"{"store_id": 1003}"#).unwrap()
}

/// One poll from the beginning, `minutes` after the first.
fn poll(ecwid: &Ecwid, shop: &Shared, options: &str, minutes: i64) -> Result<Entry, Failure> {
    let now = NOW + minutes * 60;
    shop.borrow_mut().now = now;
    let call = Pull { collection: "orders", options, after: None, limit: 500, now: now * 1_000 };
    let mut page = ecwid.pull(&call, &host(shop))?;
    assert_eq!(page.entries.len(), 1);
    Ok(page.entries.remove(0))
}

fn owners(entry: &Entry) -> Vec<Option<&str>> {
    let Payload::Order(order) = &entry.payload else { panic!("no order") };
    order.lines.iter().map(|line| line.stock_owner.as_deref()).collect()
}

fn asked(shop: &Shared) -> Vec<String> {
    std::mem::take(&mut shop.borrow_mut().asked)
}

/// Patterns 10 and 31: a line lands on the counter of what was chosen.
#[test]
fn each_line_names_the_counter_of_the_variation_that_was_chosen() {
    let shop = shop(&[(4410, Some(88)), (4410, Some(89)), (4411, Some(88)), (7, None)]);
    let entry = poll(&ecwid(), &shop, ON, 0).unwrap();
    assert_eq!(owners(&entry), [Some("4410-88"), Some("4410"), Some("4411-88"), Some("7")]);
    assert_eq!(asked(&shop), ["search 4410,4411"]);
}

#[test]
fn without_the_option_no_product_is_read() {
    let shop = shop(&[(4410, Some(88)), (7, None)]);
    let entry = poll(&ecwid(), &shop, OFF, 0).unwrap();
    assert_eq!((owners(&entry), asked(&shop)), (vec![None, Some("7")], vec![]));
    let named = poll(&ecwid(), &shop, ON, 0).unwrap();
    assert_ne!(named.revision, entry.revision, "another content is another revision");
}

#[test]
fn a_product_is_believed_for_five_minutes() {
    let (ecwid, shop) = (ecwid(), shop(&[(4410, Some(88))]));
    let first = poll(&ecwid, &shop, ON, 0).unwrap();
    shop.borrow_mut().products.get_mut(&4410).unwrap()["combinations"][0]["sku"] = Value::Null;
    let again = poll(&ecwid, &shop, ON, 4).unwrap();
    assert_eq!((asked(&shop).len(), &again.revision), (1, &first.revision));
    let later = poll(&ecwid, &shop, ON, 5).unwrap();
    assert_eq!((owners(&later), asked(&shop).len()), (vec![Some("4410")], 1));
    assert_ne!(later.revision, first.revision);
}

/// Pattern 16: what a search leaves out is not thereby gone.
#[test]
fn what_the_search_does_not_show_yet_is_read_by_its_own_address() {
    let shop = shop(&[(4410, Some(88)), (4411, Some(90))]);
    shop.borrow_mut().unlisted.push(4410);
    let entry = poll(&ecwid(), &shop, ON, 0).unwrap();
    assert_eq!(owners(&entry), [Some("4410-88"), None]);
    assert_eq!(asked(&shop), ["search 4410,4411", "read 4410", "read 4411"]);
}

/// Pattern 12: an order of what was deleted is given all the same.
#[test]
fn a_line_of_a_deleted_product_or_variation_stays_without_a_counter() {
    let (ecwid, shop) = (ecwid(), shop(&[(4410, Some(88)), (4411, Some(1)), (9, Some(88))]));
    for minutes in [0, 1, 4] {
        let entry = poll(&ecwid, &shop, ON, minutes).unwrap();
        assert_eq!(owners(&entry), [Some("4410-88"), None, None]);
    }
    assert_eq!(
        asked(&shop),
        ["search 4410,4411,9", "read 4411", "read 9"],
        "and is asked for once"
    );
}

#[test]
fn a_variation_that_came_since_it_was_asked_for_is_asked_for_again() {
    let (ecwid, shop) = (ecwid(), shop(&[(9, Some(88))]));
    assert_eq!(owners(&poll(&ecwid, &shop, ON, 0).unwrap()), [None]);
    shop.borrow_mut().products.insert(9, mug(9));
    shop.borrow_mut().placed = NOW + 30;
    assert_eq!(owners(&poll(&ecwid, &shop, ON, 1).unwrap()), [Some("9-88")]);
}

/// Pattern 10: a variation that was made a moment before it was ordered may be shown late, also at its product's own address. The
/// order is not given without its counter: what it took would pass for somebody's correction of the count.
#[test]
fn an_order_of_a_variation_that_is_not_shown_yet_is_left_to_the_next_poll() {
    let (ecwid, shop) = (ecwid(), shop(&[(4410, Some(88)), (9, Some(88))]));
    shop.borrow_mut().placed = NOW - 50;
    let poll_at = |secs: i64| {
        let now = NOW + secs;
        shop.borrow_mut().now = now;
        let call =
            Pull { collection: "orders", options: ON, after: None, limit: 500, now: now * 1_000 };
        ecwid.pull(&call, &host(&shop)).unwrap()
    };
    let page = poll_at(0);
    assert_eq!((page.entries.len(), page.complete_to), (0, Some((NOW - 51) * 1_000)));
    let find = || {
        let call =
            Find { collection: "orders", options: ON, by: "number", values: &["N1".to_owned()] };
        ecwid.find(&call, &host(&shop))
    };
    assert_eq!(find(), Err(Failure::RetryAfter(5_000)));
    shop.borrow_mut().products.insert(9, mug(9));
    assert_eq!(owners(&poll_at(1).entries[0]), [Some("4410-88"), Some("9-88")]);
    shop.borrow_mut().products.remove(&9);
    // By now it would be shown, if it were there.
    assert_eq!(owners(&self::poll(&self::ecwid(), &shop, ON, 1).unwrap()), [Some("4410-88"), None]);
}

#[test]
fn a_product_that_can_not_be_read_now_holds_the_page_back() {
    let (ecwid, shop) = (ecwid(), shop(&[(4410, Some(88))]));
    shop.borrow_mut().refuses = true;
    assert_eq!(poll(&ecwid, &shop, ON, 0), Err(Failure::RetryAfter(5)));
    shop.borrow_mut().refuses = false;
    assert_eq!(owners(&poll(&ecwid, &shop, ON, 1).unwrap()), [Some("4410-88")]);
}

#[test]
fn an_order_that_is_read_anew_names_its_counters_too() {
    let (ecwid, shop) = (ecwid(), shop(&[(4410, Some(88))]));
    let find = |options| {
        let values = ["N1".to_owned()];
        let call = Find { collection: "orders", options, by: "number", values: &values };
        ecwid.find(&call, &host(&shop)).unwrap().remove(0).remove(0)
    };
    let polled = poll(&ecwid, &shop, ON, 0).unwrap();
    assert_eq!((owners(&find("{}")), owners(&find(ON))), (vec![None], vec![Some("4410-88")]));
    assert_eq!(find(ON).revision, polled.revision);
}

#[test]
fn hundreds_of_products_take_few_requests() {
    let lines: Vec<(u64, Option<u64>)> = (1_000..1_250).map(|id| (id, Some(89))).collect();
    let shop = shop(&lines);
    shop.borrow_mut().products = (1_000..1_250).map(|id| (id, mug(id))).collect();
    let entry = poll(&ecwid(), &shop, ON, 0).unwrap();
    assert!(
        owners(&entry).iter().zip(lines).all(|(owner, (id, _))| *owner == Some(&id.to_string()))
    );
    assert_eq!(asked(&shop).len(), 3);
    shop.borrow_mut().products.clear();
    let entry = poll(&ecwid(), &shop, ON, 0).unwrap();
    assert!(owners(&entry).iter().all(Option::is_none));
    assert_eq!(asked(&shop).len(), 3 + 250, "each by its own address, and once");
}
