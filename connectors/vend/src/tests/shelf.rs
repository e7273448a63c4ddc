//! A till that keeps stock: products, levels, adjustments and reasons under one counter of versions. Reads go by the
//! script; [`Shelf::send`] carries out a write, as the host would.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use penstock_connector_sdk::commerce::{Payload, StockChange, StockMove};
use penstock_connector_sdk::samples;
use penstock_connector_sdk::script::{Script, json, status};
use penstock_connector_sdk::sink::{
    Answer, Change, Conclusion, Explain, Intake, Plan, Prepare, Settled, Sink, Write,
};
use penstock_connector_sdk::types::{Failure, Method, Request, Response};
use serde_json::{Value, json as value};

use super::till::{TOKEN, decimal, vend};

/// The outlet of the register `Web`.
pub(super) const OUTLET: &str = "o-main";

#[derive(Default)]
struct State {
    version: u64,
    products: Vec<Value>,
    levels: Vec<Value>,
    adjustments: Vec<Value>,
    reasons: Vec<Value>,
    /// Versions that no list shows yet.
    hidden: BTreeSet<u64>,
    /// Products of which an adjustment is a bad row.
    bad: BTreeSet<String>,
    /// What becomes of the good rows beside a bad one.
    takes_good_rows: bool,
    /// Whether `after` is the first version of a page, rather than the last before it.
    inclusive: bool,
    /// Answers in place of the till's own, by method and path.
    instead: Vec<(Method, String, Response)>,
}

/// One till, shared by the script and the test.
#[derive(Clone, Default)]
pub(super) struct Shelf(Rc<RefCell<State>>);

impl Shelf {
    /// Counts seven mugs and three pots; has both reasons.
    pub(super) fn new() -> Shelf {
        let shelf = Shelf::default();
        shelf.0.borrow_mut().version = 100;
        shelf.product("p-mug", value!({"name": "Mug", "sku": "MUG"}));
        shelf.product("p-pot", value!({"name": "Pot", "sku": "POT"}));
        shelf.level("p-mug", OUTLET, value!(7));
        shelf.level("p-pot", OUTLET, value!(3));
        shelf.reason("c-up", "Web stock up", "POSITIVE");
        shelf.reason("c-down", "Web stock down", "NEGATIVE");
        shelf
    }

    /// Adds or changes a product that is counted, unless its fields say otherwise.
    pub(super) fn product(&self, id: &str, fields: Value) {
        let mut row = value!({"id": id, "name": id, "sku": id, "has_inventory": true,
            "has_variants": false, "is_composite": false, "active": true, "deleted_at": null});
        merge(&mut row, fields);
        self.put(|state| &mut state.products, row, |old, new| old["id"] == new["id"]);
    }

    /// Sets a level, as a count in the till does; gives its version.
    pub(super) fn level(&self, product: &str, outlet: &str, on_hand: Value) -> u64 {
        self.level_row(value!({"product_id": product, "outlet_id": outlet,
            "current_inventory_level": on_hand, "deleted_at": null}))
    }

    /// The same with all fields as they are given.
    pub(super) fn level_row(&self, row: Value) -> u64 {
        let same = |old: &Value, new: &Value| {
            old["product_id"] == new["product_id"] && old["outlet_id"] == new["outlet_id"]
        };
        self.put(|state| &mut state.levels, row, same)
    }

    pub(super) fn reason(&self, id: &str, name: &str, sign: &str) {
        self.reason_row(value!({"id": id, "name": name, "type": sign, "enabled": true}));
    }

    pub(super) fn reason_row(&self, row: Value) {
        self.put(|state| &mut state.reasons, row, |old, new| old["id"] == new["id"]);
    }

    pub(super) fn without_reasons(self) -> Shelf {
        self.0.borrow_mut().reasons.clear();
        self
    }

    /// An adjustment that somebody made; its level moves along.
    pub(super) fn adjustment(&self, fields: Value) -> u64 {
        let mut row = value!({"id": "a-other", "user_id": "u-token", "product_id": "p-mug",
            "outlet_id": OUTLET, "quantity": "-2", "reason": "CUSTOM",
            "custom_inventory_adjustment_reason_id": "c-down"});
        merge(&mut row, fields);
        self.put(|state| &mut state.adjustments, row, |_, _| false)
    }

    pub(super) fn version(&self) -> u64 {
        self.0.borrow().version
    }

    /// No list shows this version until it is shown again.
    pub(super) fn hide(&self, version: u64, hidden: bool) {
        let mut state = self.0.borrow_mut();
        match hidden {
            true => state.hidden.insert(version),
            false => state.hidden.remove(&version),
        };
    }

    pub(super) fn bad(&self, product: &str, takes_good_rows: bool) {
        let mut state = self.0.borrow_mut();
        state.bad.insert(product.to_owned());
        state.takes_good_rows = takes_good_rows;
    }

    pub(super) fn inclusive(self) -> Shelf {
        self.0.borrow_mut().inclusive = true;
        self
    }

    /// Has a call answered by this instead.
    pub(super) fn answering(self, method: Method, path: &str, answer: Response) -> Shelf {
        self.0.borrow_mut().instead.push((method, path.to_owned(), answer));
        self
    }

    pub(super) fn on_hand(&self, product: &str) -> String {
        let state = self.0.borrow();
        let row = state.levels.iter().find(|row| row["product_id"] == product);
        row.map(|row| row["current_inventory_level"].to_string()).unwrap_or_default()
    }

    fn put(
        &self,
        table: impl FnOnce(&mut State) -> &mut Vec<Value>,
        mut row: Value,
        same: impl Fn(&Value, &Value) -> bool,
    ) -> u64 {
        let mut state = self.0.borrow_mut();
        state.version += 7;
        let version = state.version;
        row["version"] = value!(version);
        let rows = table(&mut state);
        rows.retain(|old| !same(old, &row));
        rows.push(row);
        version
    }

    pub(super) fn host(&self) -> Script {
        let shelf = self.clone();
        Script::new().answers(move |request| Ok(shelf.read(request)))
    }

    fn read(&self, request: &Request) -> Response {
        let state = self.0.borrow();
        let instead = state
            .instead
            .iter()
            .find(|(method, path, _)| (*method, path) == (request.method, &request.path));
        if let Some((_, _, answer)) = instead {
            return answer.clone();
        }
        let path = request.path.trim_start_matches("/2026-07/");
        match (request.method, path.split_once('/')) {
            (Method::Post, None) if path == "inventory" => state.feed(&body(request)),
            (Method::Get, Some(("inventory", id))) => {
                let rows = state.levels.iter().filter(|row| row["product_id"] == id);
                json(&Value::Array(rows.cloned().collect()).to_string())
            }
            (Method::Get, Some(("products", id))) => {
                match state.products.iter().find(|row| row["id"] == id) {
                    Some(row) => json(&value!({"data": row}).to_string()),
                    None => status(404, "{}"),
                }
            }
            (Method::Get, None) => match path {
                "products" => state.list(&state.products, request),
                "stock_adjustments" => state.list(&state.adjustments, request),
                "custom_inventory_adjustment_reasons" => state.list(&state.reasons, request),
                "user" => json(r#"{"data":{"id":"u-token","enabled":true}}"#),
                "registers" => json(
                    r#"{"data":[{"id":"r-web","name":"Web","outlet_id":"o-main","is_open":true}]}"#,
                ),
                _ => status(404, "{}"),
            },
            _ => status(404, "{}"),
        }
    }

    /// Carries out a write.
    pub(super) fn send(&self, request: &Request) -> Response {
        let body = body(request);
        let rows = body["stock_adjustments"].as_array();
        match rows {
            Some(rows) => self.adjust(rows),
            None => self.make_reason(&body),
        }
    }

    fn make_reason(&self, body: &Value) -> Response {
        let taken = |row: &Value| row["name"] == body["name"];
        if self.0.borrow().reasons.iter().any(taken) {
            return status(409, r#"{"error":"a reason of this name exists"}"#);
        }
        let id = format!("c-{}", self.0.borrow().reasons.len());
        let mut row = body.clone();
        row["id"] = value!(id);
        self.reason_row(row.clone());
        status(201, &value!({ "data": row }).to_string())
    }

    fn adjust(&self, rows: &[Value]) -> Response {
        let bad = |row: &Value| {
            let id = row["product_id"].as_str().unwrap_or_default();
            self.0.borrow().bad.contains(id)
        };
        if rows.iter().any(bad) && !self.0.borrow().takes_good_rows {
            return status(422, r#"{"error":"a row is bad"}"#);
        }
        let mut made = Vec::new();
        for row in rows.iter().filter(|row| !bad(row)) {
            let mut row = row.clone();
            row["id"] = value!(format!("a-{}", self.0.borrow().adjustments.len()));
            row["user_id"] = value!("u-token");
            self.move_level(&row);
            row["version"] =
                value!(self.put(|state| &mut state.adjustments, row.clone(), |_, _| false));
            made.push(row);
        }
        status(201, &value!({ "data": made }).to_string())
    }

    fn move_level(&self, adjustment: &Value) {
        let product = adjustment["product_id"].as_str().unwrap();
        let quantity = decimal(adjustment["quantity"].as_str().unwrap());
        let level = decimal(&self.on_hand(product)).checked_add(quantity).unwrap();
        let level: Value = serde_json::from_str(&level.to_string()).unwrap();
        self.level(product, adjustment["outlet_id"].as_str().unwrap(), level);
    }
}

impl State {
    fn is_above(&self, row: &Value, after: u64) -> bool {
        let version = row["version"].as_u64().unwrap_or_default();
        let above = if self.inclusive { version >= after } else { version > after };
        above && !self.hidden.contains(&version)
    }

    fn feed(&self, asked: &Value) -> Response {
        let mut rows: Vec<&Value> = self
            .levels
            .iter()
            .filter(|row| self.is_above(row, asked["after"].as_u64().unwrap_or_default()))
            .filter(|row| asked["include_deleted"] == true || row["deleted_at"].is_null())
            .collect();
        rows.sort_by_key(|row| row["version"].as_u64());
        if asked["sort_direction"] != "asc" {
            rows.reverse();
        }
        rows.truncate(asked["size"].as_u64().unwrap_or(1000).try_into().unwrap());
        json(&value!(rows).to_string())
    }

    fn list(&self, rows: &[Value], request: &Request) -> Response {
        let number = |name: &str| request.query_value(name).and_then(|text| text.parse().ok());
        let deleted = request.query_value("deleted") == Some("true");
        let mut rows: Vec<&Value> = rows
            .iter()
            .filter(|row| self.is_above(row, number("after").unwrap_or_default()))
            .filter(|row| deleted || row.get("deleted_at").is_none_or(Value::is_null))
            .collect();
        rows.sort_by_key(|row| row["version"].as_u64());
        rows.truncate(number("page_size").unwrap_or(200).try_into().unwrap());
        let max = rows.last().map(|row| row["version"].clone());
        json(&value!({"data": rows, "version": {"max": max}}).to_string())
    }
}

fn body(request: &Request) -> Value {
    serde_json::from_slice(request.body.as_deref().unwrap_or(b"null")).unwrap()
}

fn merge(row: &mut Value, fields: Value) {
    if let Value::Object(fields) = fields {
        fields.into_iter().for_each(|(name, field)| row[name] = field);
    }
}

pub(super) fn by(quantity: &str) -> StockMove {
    StockMove::By(decimal(quantity))
}

pub(super) fn to(level: &str) -> StockMove {
    StockMove::To(decimal(level))
}

/// A change of a product's counter at the register's outlet; its cause is its key.
pub(super) fn change(key: &str, product: &str, quantity: StockMove) -> Intake {
    let change = StockChange {
        owner: format!("{product}@{OUTLET}"),
        location: OUTLET.to_owned(),
        quantity,
        cause: key.to_owned(),
        reason: "changed in the shop".to_owned(),
        attributes: Vec::new(),
    };
    Intake {
        entry: samples::entry(key, Payload::StockChange(change)),
        token: TOKEN.to_owned(),
        prior: None,
        resolved: Vec::new(),
        attempt: 0,
        memo: Vec::new(),
    }
}

pub(super) fn plan(shelf: &Shelf, intakes: Vec<Intake>) -> Plan {
    plan_from(shelf, intakes, None).unwrap()
}

pub(super) fn plan_from(
    shelf: &Shelf,
    intakes: Vec<Intake>,
    known: Option<u64>,
) -> Result<Plan, Failure> {
    let call = Prepare { collection: "stock", options: "{}", intakes, known };
    vend("2026-07").prepare(call, &shelf.host())
}

/// What a person who looks at a plan is told of a write.
pub(super) fn explained(write: &Write, intakes: Vec<Intake>) -> Vec<Change> {
    let call = Explain { collection: "stock", options: "{}", write, intakes: &intakes };
    vend("2026-07").explain(&call)
}

/// What the answer to a write means.
pub(super) fn conclude(write: &Write, response: &Response) -> Conclusion {
    vend("2026-07").conclude(&Answer { collection: "stock", options: "{}", write, response })
}

/// Makes the write's probe, and tells what it shows.
pub(super) fn settle(shelf: &Shelf, write: &Write) -> Conclusion {
    let response = shelf.read(write.probe.as_ref().unwrap());
    let call = Answer { collection: "stock", options: "{}", write, response: &response };
    vend("2026-07").settle(&call, &shelf.host())
}

/// A write as it goes on after a conclusion that leaves it open.
#[track_caller]
pub(super) fn carried_on(mut write: Write, conclusion: Conclusion) -> Write {
    match conclusion {
        Conclusion::Continued(step) => {
            (write.request, write.probe, write.memo) = (step.request, step.probe, step.memo);
        }
        Conclusion::Undecided(doubt) => write.memo = doubt.memo,
        other => panic!("{other:?}"),
    }
    write
}

/// Each row's verdict in a word.
#[track_caller]
pub(super) fn verdicts(conclusion: Conclusion) -> Vec<String> {
    let word = |settled: Settled| match settled {
        Settled::Applied(applied) => format!("{} {}", applied.id, applied.version.unwrap()),
        Settled::Rejected(words) => format!("rejected: {words}"),
        Settled::Again(ms) => format!("again {ms}"),
    };
    match conclusion {
        Conclusion::Decided(settled) => settled.into_iter().map(word).collect(),
        other => panic!("{other:?}"),
    }
}
