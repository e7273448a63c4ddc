//! A small shop: counters that move, a search that lags behind, orders, and the calls that write
//! stock.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use penstock_connector_sdk::script::{self, Script};
use penstock_connector_sdk::types::{Failure, Request, Response};
use serde_json::{Value, json};

/// What happens at the vendor before it answers its n-th request.
type Event = Box<dyn FnMut(&mut State, usize)>;

/// The shop's state.
pub(super) struct State {
    /// In milliseconds since 1970.
    pub(super) now: i64,
    products: BTreeMap<u64, Value>,
    /// Each product as it was, and from which second on the search shows it.
    index: BTreeMap<u64, Vec<(i64, Value)>>,
    pub(super) orders: Vec<Value>,
    /// Each product as it was, and from which instant on a read of it by its id shows it.
    shown: BTreeMap<u64, Vec<(i64, Value)>>,
    /// Seconds until the search shows a change.
    pub(super) lag: i64,
    /// Seconds until a read of a product by its id shows a change.
    pub(super) read_lag: i64,
    pub(super) requests: usize,
    event: Option<Event>,
}

impl State {
    /// Puts a product there, or changes it: now.
    pub(super) fn put(&mut self, mut product: Value) {
        let (id, second) = (product["id"].as_u64().unwrap(), self.now / 1_000);
        product["updateTimestamp"] = json!(second);
        self.index.entry(id).or_default().push((second + self.lag, product.clone()));
        let shown_at = self.now + self.read_lag * 1_000;
        self.shown.entry(id).or_default().push((shown_at, product.clone()));
        self.products.insert(id, product);
    }

    pub(super) fn delete(&mut self, id: u64) {
        self.products.remove(&id);
        self.shown.remove(&id);
        self.index.remove(&id);
    }

    /// The slot of a counter, as `quantity` and `unlimited` stand in it.
    fn edit(&mut self, product: u64, variation: Option<u64>, edit: impl FnOnce(&mut Value)) {
        let mut changed = self.products[&product].clone();
        match variation {
            None => edit(&mut changed),
            Some(id) => {
                let all = changed["combinations"].as_array_mut().unwrap();
                edit(all.iter_mut().find(|it| it["id"] == id).unwrap());
            }
        }
        self.put(changed);
    }

    /// Somebody moves a counter: of a variation without an SKU of its own, the product's.
    pub(super) fn move_by(&mut self, product: u64, variation: Option<u64>, delta: i64) {
        let all = self.products[&product]["combinations"].as_array();
        let has_own = |id: &u64| {
            all.is_some_and(|all| all.iter().any(|it| it["id"] == *id && it["sku"] != ""))
        };
        let variation = variation.filter(has_own);
        self.edit(product, variation, |slot| {
            slot["quantity"] = json!(slot["quantity"].as_i64().unwrap() + delta);
        });
    }

    pub(super) fn set_unlimited(&mut self, product: u64) {
        self.edit(product, None, |slot| {
            slot["unlimited"] = json!(true);
            slot.as_object_mut().unwrap().remove("quantity");
        });
    }

    /// A buyer takes units of a product, which the shop takes off its counter.
    pub(super) fn order(&mut self, id: u64, sold: (u64, Option<u64>), units: i64) {
        self.move_by(sold.0, sold.1, -units);
        let second = self.now / 1_000;
        self.orders.push(json!({
            "id": format!("N{id}"), "internalId": id, "paymentStatus": "AWAITING_PAYMENT", "total": 0,
            "createTimestamp": second, "updateTimestamp": second,
            "items": [{ "id": 1, "productId": sold.0, "combinationId": sold.1.unwrap_or(0), "price": 0,
                        "quantity": units, "trackQuantity": true }],
        }));
    }

    /// An order gets another status; a cancelled one gives its units back.
    pub(super) fn set_status(&mut self, id: u64, status: &str) {
        let second = self.now / 1_000;
        let order = self.orders.iter_mut().find(|order| order["internalId"] == id).unwrap();
        order["paymentStatus"] = json!(status);
        order["updateTimestamp"] = json!(second);
        let item = order["items"][0].clone();
        if status == "CANCELLED" {
            let variation = item["combinationId"].as_u64().filter(|id| *id > 0);
            let units = item["quantity"].as_i64().unwrap();
            self.move_by(item["productId"].as_u64().unwrap(), variation, units);
        }
    }

    fn search(&self, request: &Request, rows: Vec<Value>) -> Value {
        let number = |name: &str, default: i64| {
            request.query_value(name).map_or(default, |value| value.parse().unwrap())
        };
        let (from, to) = (number("updatedFrom", 0), number("updatedTo", i64::MAX));
        let within = |row: &Value| (from..=to).contains(&row["updateTimestamp"].as_i64().unwrap());
        let rows: Vec<Value> = rows.into_iter().filter(within).collect();
        let (offset, limit) = (number("offset", 0), number("limit", 100).min(100));
        let page: Vec<&Value> = rows
            .iter()
            .skip(usize::try_from(offset).unwrap())
            .take(usize::try_from(limit).unwrap())
            .collect();
        json!({ "total": rows.len(), "items": page })
    }

    fn answer(&mut self, request: &Request) -> Response {
        self.requests += 1;
        if let Some(mut event) = self.event.take() {
            event(self, self.requests);
            self.event = Some(event);
        }
        let gone = script::status(404, r#"{"errorMessage":"no","errorCode":"PRODUCT_NOT_FOUND"}"#);
        let body = match request.path.split('/').collect::<Vec<_>>().as_slice() {
            ["", "profile"] => json!({ "formatsAndUnits": { "currency": "EUR" } }),
            ["", "products"] => {
                let now = self.now / 1_000;
                let shown = |versions: &Vec<(i64, Value)>| {
                    versions.iter().rfind(|(visible, _)| *visible <= now).map(|it| it.1.clone())
                };
                self.search(request, self.index.values().filter_map(shown).collect())
            }
            ["", "orders"] => {
                let product: u64 = request.query_value("productId").unwrap().parse().unwrap();
                let known = self.now / 1_000 - self.lag;
                let of_product = |order: &&Value| {
                    order["items"][0]["productId"] == product
                        && order["updateTimestamp"].as_i64().unwrap() <= known
                };
                self.search(request, self.orders.iter().filter(of_product).cloned().collect())
            }
            ["", "products", id] => {
                let versions = self.shown.get(&id.parse().unwrap()).map(Vec::as_slice);
                match versions.and_then(|it| it.iter().rfind(|(visible, _)| *visible <= self.now)) {
                    Some((_, product)) => product.clone(),
                    None => return Response { sent_at: self.now, ..gone },
                }
            }
            other => panic!("{other:?}"),
        };
        Response { sent_at: self.now, ..script::json(&body.to_string()) }
    }

    /// Carries out a write.
    pub(super) fn write(&mut self, request: &Request) -> Response {
        let body: Value = serde_json::from_slice(request.body.as_deref().unwrap()).unwrap();
        let id = |text: &&str| text.parse::<u64>().unwrap();
        match request.path.split('/').collect::<Vec<_>>().as_slice() {
            ["", "products", product, "inventory"] => {
                self.move_by(id(product), None, body["quantityDelta"].as_i64().unwrap());
            }
            ["", "products", product, "combinations", variation, "inventory"] => {
                let delta = body["quantityDelta"].as_i64().unwrap();
                self.move_by(id(product), Some(id(variation)), delta);
            }
            ["", "products", product] => {
                self.edit(id(product), None, |slot| slot["quantity"] = body["quantity"].clone());
            }
            other => panic!("{other:?}"),
        }
        script::json(r#"{"updateCount":1}"#)
    }
}

/// The shop and the host that reads from it.
#[derive(Clone)]
pub(super) struct Shop(Rc<RefCell<State>>);

impl Shop {
    /// A shop that was made a while ago: a mug of which 12 are left, and 5 of the blue one, whose
    /// counter is its own; the red one shares the mug's. A card that is not counted, and a cup of
    /// which none is left.
    pub(super) fn new(now: i64) -> Self {
        let state = State {
            now: now - 5_000_000,
            products: BTreeMap::new(),
            index: BTreeMap::new(),
            orders: Vec::new(),
            shown: BTreeMap::new(),
            lag: 0,
            read_lag: 0,
            requests: 0,
            event: None,
        };
        let shop = Self(Rc::new(RefCell::new(state)));
        shop.with(|state| {
            state.put(
                json!({ "id": 4410, "sku": "MUG", "name": "Mug", "unlimited": false, "quantity": 12,
                "combinations": [
                    { "id": 88, "sku": "MUG-BLU", "unlimited": false, "quantity": 5,
                      "options": [{ "value": "Blue" }] },
                    { "id": 89, "sku": "", "unlimited": false, "quantity": 12,
                      "options": [{ "value": "Red" }] },
                ] }),
            );
            state.put(json!({ "id": 7, "sku": "CARD", "name": "Card", "unlimited": true }));
            state.put(
                json!({ "id": 8, "sku": "CUP", "name": "Cup", "unlimited": false, "quantity": 0 }),
            );
            state.now = now;
        });
        shop
    }

    pub(super) fn with<R>(&self, use_state: impl FnOnce(&mut State) -> R) -> R {
        use_state(&mut self.0.borrow_mut())
    }

    /// Has something happen before each answer, told how many requests there were.
    pub(super) fn on_request(&self, event: impl FnMut(&mut State, usize) + 'static) {
        self.0.borrow_mut().event = Some(Box::new(event));
    }

    pub(super) fn host(&self) -> Script {
        let state = Rc::clone(&self.0);
        Script::new().answers(move |request| Ok::<_, Failure>(state.borrow_mut().answer(request)))
    }
}
