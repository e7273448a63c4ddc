//! A small shop: rows with a time of change, a search index that lags, and as little order as the
//! vendor promises.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use penstock_connector_sdk::script::{self, Script};
use penstock_connector_sdk::types::{Failure, Request, Response};
use serde_json::json;

/// What happens at the vendor before it answers its n-th request.
pub(super) type Event = Box<dyn FnMut(&mut State, usize)>;

/// The shop's state.
pub(super) struct State {
    /// The second it is now.
    pub(super) now: i64,
    /// When each order last changed.
    pub(super) truth: BTreeMap<u64, i64>,
    /// What the search shows, and from when on.
    pub(super) index: BTreeMap<u64, Vec<(i64, i64)>>,
    /// Seconds until the search shows a change.
    pub(super) lag: i64,
    pub(super) bounds_are_inclusive: bool,
    pub(super) rows_max: usize,
    pub(super) requests: usize,
    pub(super) offset_max: usize,
    event: Option<Event>,
}

impl State {
    /// Order `id` changes now.
    pub(super) fn change(&mut self, id: u64) {
        self.change_at(id, self.now);
    }

    pub(super) fn change_at(&mut self, id: u64, second: i64) {
        self.truth.insert(id, second);
        self.index.entry(id).or_default().push((second + self.lag, second));
    }

    fn shown(&self, versions: &[(i64, i64)]) -> Option<i64> {
        let visible = versions.iter().rfind(|(visible, _)| *visible <= self.now)?;
        Some(visible.1)
    }

    fn search(&self, request: &Request) -> Response {
        let number = |name: &str, default: i64| {
            request.query_value(name).map_or(default, |value| value.parse().unwrap())
        };
        let (from, to) = (number("updatedFrom", 0), number("updatedTo", i64::MAX));
        let within = |updated: i64| {
            if self.bounds_are_inclusive {
                (from..=to).contains(&updated)
            } else {
                from < updated && updated < to
            }
        };
        let ids = request
            .query_value("ids")
            .map(|ids| ids.split(',').map(|id| id.parse().unwrap()).collect::<Vec<u64>>());
        let shown =
            self.index.iter().filter_map(|(id, versions)| Some((*id, self.shown(versions)?)));
        let asked = |id: &u64| ids.as_ref().is_none_or(|ids| ids.contains(id));
        let mut rows: Vec<(u64, i64)> =
            shown.filter(|(id, updated)| within(*updated) && asked(id)).collect();
        // An order that follows from nothing, but stays while nothing changes.
        rows.sort_by_key(|(id, updated)| {
            (id ^ updated.cast_unsigned()).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        });
        let offset = usize::try_from(number("offset", 0)).unwrap();
        let limit = usize::try_from(number("limit", 100)).unwrap().min(self.rows_max);
        let page: Vec<_> = rows
            .iter()
            .skip(offset)
            .take(limit)
            .map(|(id, updated)| order(*id, *updated))
            .collect();
        script::json(&json!({ "total": rows.len(), "items": page }).to_string())
    }

    fn answer(&mut self, request: &Request) -> Response {
        self.requests += 1;
        if let Some(mut event) = self.event.take() {
            event(self, self.requests);
            self.event = Some(event);
        }
        if request.path == "/profile" {
            return script::json(r#"{"formatsAndUnits":{"currency":"EUR","currencyPrecision":2}}"#);
        }
        if let Some(number) = request.path.strip_prefix("/orders/") {
            let id = number.strip_prefix('N').and_then(|id| id.parse().ok());
            let found = id.and_then(|id: u64| Some((id, *self.truth.get(&id)?)));
            let missing =
                || script::status(404, r#"{"errorMessage":"no","errorCode":"ORDER_NOT_FOUND"}"#);
            return found.map_or_else(missing, |(id, updated)| {
                script::json(&order(id, updated).to_string())
            });
        }
        let offset = request.query_value("offset").map_or(0, |offset| offset.parse().unwrap());
        self.offset_max = self.offset_max.max(offset);
        self.search(request)
    }
}

fn order(id: u64, updated: i64) -> serde_json::Value {
    json!({ "id": format!("N{id}"), "internalId": id, "paymentStatus": "PAID", "email": format!("Buyer{}@example.org", id % 3),
            "createTimestamp": 1, "updateTimestamp": updated, "total": 0, "items": [] })
}

/// The shop and the host that reads from it.
#[derive(Clone)]
pub(super) struct Shop(Rc<RefCell<State>>);

impl Shop {
    pub(super) fn new(now: i64) -> Self {
        Self(Rc::new(RefCell::new(State {
            now,
            truth: BTreeMap::new(),
            index: BTreeMap::new(),
            lag: 0,
            bounds_are_inclusive: true,
            rows_max: 100,
            requests: 0,
            offset_max: 0,
            event: None,
        })))
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
