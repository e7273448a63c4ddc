//! Many addresses at once: the list of customers instead of a search for each, and always the same answers.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use penstock_connector_sdk::commerce::Entry;
use penstock_connector_sdk::directory::{Directory, Find};
use penstock_connector_sdk::instant::to_rfc3339;
use penstock_connector_sdk::script::{Script, json, status};
use penstock_connector_sdk::types::{Instant, Request, Response};
use proptest::prelude::*;
use serde_json::{Value, json as value};

use super::till::vend;
use crate::Vend;

/// 2026-01-05T09:31:00Z.
const START: Instant = 1_767_605_460_000;
/// Long before, as the till writes it.
const LONG_AGO: &str = "2020-05-01T00:00:00Z";

/// A till of nothing but customers.
#[derive(Clone, Debug)]
struct People {
    now: Instant,
    version: u64,
    page_rows: usize,
    /// Whether a page begins with the row that the page before ended with.
    after_is_inclusive: bool,
    has_versions: bool,
    /// How far the host's clock is ahead of the till's.
    host_ahead_ms: i64,
    rows: BTreeMap<String, Value>,
    /// Customers that the list does not show before that instant.
    unseen: BTreeMap<String, Instant>,
}

impl People {
    fn new(page_rows: usize) -> People {
        People {
            now: START,
            version: 1_000,
            page_rows,
            after_is_inclusive: false,
            has_versions: true,
            host_ahead_ms: 0,
            rows: BTreeMap::new(),
            unseen: BTreeMap::new(),
        }
    }

    /// So many customers of long ago, each under their own address.
    fn old(page_rows: usize, count: usize) -> People {
        let mut people = People::new(page_rows);
        for number in 0..count {
            people.change(&format!("c-{number}"), Some(&address(number)), LONG_AGO);
        }
        people
    }

    /// Creates or changes; without an address the customer is deleted.
    fn change(&mut self, id: &str, email: Option<&str>, updated_at: &str) {
        self.version += 1;
        let created_at =
            self.rows.get(id).map_or(value!(updated_at), |row| row["created_at"].clone());
        let row = value!({"id": id, "email": email, "first_name": "Mina", "last_name": "Ray",
            "version": self.version, "created_at": created_at, "updated_at": updated_at,
            "deleted_at": email.is_none().then_some(updated_at)});
        self.rows.insert(id.to_owned(), row);
    }

    fn answer(&mut self, request: &Request) -> Response {
        self.now += 100;
        let mut answer = match request.path.as_str() {
            "/2026-07/customers" => self.list(request),
            "/2026-07/search" => self.search(request.query_value("email").unwrap()),
            _ => status(404, ""),
        };
        answer.sent_at = self.now + self.host_ahead_ms;
        answer
    }

    fn list(&self, request: &Request) -> Response {
        let after = request.query_value("after").map_or(0, |after| after.parse().unwrap());
        let wants_deleted = request.query_value("deleted").is_some();
        let version = |row: &Value| row["version"].as_u64().unwrap();
        let mut rows: Vec<&Value> = self
            .rows
            .values()
            .filter(|row| version(row) > after || self.after_is_inclusive && version(row) == after)
            .filter(|row| wants_deleted || row["deleted_at"].is_null())
            .filter(|row| self.is_seen(row))
            .collect();
        rows.sort_by_key(|row| version(row));
        rows.truncate(self.page_rows);
        let max = rows.last().filter(|_| self.has_versions).map(|row| version(row));
        json(&value!({"data": rows, "version": {"min": max, "max": max}}).to_string())
    }

    fn is_seen(&self, row: &Value) -> bool {
        self.unseen.get(row["id"].as_str().unwrap()).is_none_or(|until| *until <= self.now)
    }

    fn search(&self, email: &str) -> Response {
        let same = |row: &&Value| row["email"].as_str().is_some_and(|row| row == email);
        let rows: Vec<&Value> = self.rows.values().filter(same).collect();
        json(&value!({"data": rows}).to_string())
    }

    /// The ids of the customers of an address, the oldest first.
    fn under(&self, email: &str) -> Vec<&str> {
        let mut rows: Vec<&Value> =
            self.rows.values().filter(|row| row["email"] == email).collect();
        rows.sort_by_key(|row| (row["created_at"].to_string(), row["id"].to_string()));
        rows.into_iter().map(|row| row["id"].as_str().unwrap()).collect()
    }
}

fn address(number: usize) -> String {
    format!("buyer{number}@example.org")
}

/// A till, the connection to it, and what was asked.
struct Desk {
    people: Rc<RefCell<People>>,
    vend: Vend,
    host: Script,
}

impl Desk {
    fn over(people: People) -> Desk {
        let people = Rc::new(RefCell::new(people));
        let till = Rc::clone(&people);
        let host = Script::new().answers(move |request| Ok(till.borrow_mut().answer(request)));
        Desk { people, vend: vend("2026-07"), host }
    }

    /// Looks up the addresses of these numbers: the ids found under each, and how many lists and searches that took.
    fn find(&self, numbers: std::ops::Range<usize>) -> (Vec<Vec<String>>, [usize; 2]) {
        let values: Vec<String> = numbers.map(address).collect();
        let call = Find { collection: "customers", options: "{}", by: "email", values: &values };
        let before = self.host.requests().len();
        let asked_at = self.people.borrow().now + self.people.borrow().host_ahead_ms;
        let found = self.vend.find(&call, &self.host).unwrap();
        let requests = self.host.requests().split_off(before);
        let searches = requests.iter().filter(|request| request.path.ends_with("/search")).count();
        for entry in found.iter().flatten() {
            assert!(entry.read_at > asked_at, "`{}` is as of an earlier look-up", entry.key);
        }
        let ids = |entries: Vec<Entry>| entries.into_iter().map(|entry| entry.key).collect();
        (found.into_iter().map(ids).collect(), [requests.len() - searches, searches])
    }
}

fn own(numbers: std::ops::Range<usize>) -> Vec<Vec<String>> {
    numbers.map(|number| vec![format!("c-{number}")]).collect()
}

#[test]
fn few_addresses_are_searched_for() {
    let desk = Desk::over(People::old(10, 30));
    assert_eq!(desk.find(0..19), (own(0..19), [0, 19]));
}

#[test]
fn many_addresses_cost_the_pages_of_the_list_once() {
    let desk = Desk::over(People::old(10, 30));
    assert_eq!(desk.find(0..20), (own(0..20), [4, 0]), "three pages, and an empty one");
    assert_eq!(desk.find(5..30), (own(5..30), [1, 0]), "nothing is new");
    let (found, _) = desk.find(30..60);
    assert!(found.iter().all(Vec::is_empty));
}

#[test]
fn a_list_too_long_for_one_look_up_is_read_on_in_the_next() {
    let desk = Desk::over(People::old(10, 80));
    assert_eq!(desk.find(0..20), (own(0..20), [5, 20]));
    assert_eq!(desk.find(40..60), (own(40..60), [4, 0]));
}

#[test]
fn who_came_moved_or_left_is_seen_in_the_next_look_up() {
    let desk = Desk::over(People::old(10, 25));
    desk.find(0..20);
    {
        let mut people = desk.people.borrow_mut();
        people.change("c-0", None, "2026-01-05T09:31:30Z");
        people.change("c-1", Some(&address(2)), "2026-01-05T09:31:30Z");
        people.change("new", Some(" BUYER3@example.org"), "2026-01-05T09:31:30Z");
    }
    let (found, asked) = desk.find(0..20);
    assert_eq!(asked, [2, 0]);
    assert_eq!(found[0], [""; 0]);
    assert_eq!(found[1], [""; 0]);
    assert_eq!(found[2], ["c-1", "c-2"]);
    assert_eq!(found[3], ["c-3", "new"]);
    assert_eq!(found[4..], own(4..20));
}

#[test]
fn a_lower_version_that_comes_into_sight_later_is_seen() {
    let mut people = People::old(10, 20);
    people.change("late", Some(&address(20)), "2026-01-05T09:30:58Z");
    people.unseen.insert("late".to_owned(), Instant::MAX);
    people.change("early", Some(&address(21)), "2026-01-05T09:30:59Z");
    let desk = Desk::over(people);
    assert_eq!(desk.find(0..22).0[20], [""; 0]);
    desk.people.borrow_mut().unseen.clear();
    assert_eq!(desk.find(0..22).0[20], ["late"]);
}

#[test]
fn an_inclusive_bound_ends_where_nothing_is_new() {
    let desk = Desk::over(People { after_is_inclusive: true, ..People::old(10, 19) });
    let (_, asked) = desk.find(0..20);
    assert_eq!(asked, [3, 0], "ten rows, nine more, the last again");
    assert_eq!(desk.find(0..20).1, [1, 0]);
}

#[test]
fn a_list_without_versions_or_without_end_is_left() {
    let desk = Desk::over(People { has_versions: false, ..People::old(10, 30) });
    assert_eq!(desk.find(0..20), (own(0..20), [1, 20]));
    assert_eq!(desk.find(0..20), (own(0..20), [0, 20]), "and not tried again");
    let desk = Desk::over(People::old(5_000, 20_001));
    assert_eq!(desk.find(0..40), (own(0..40), [5, 40]), "more customers than the book holds");
    assert_eq!(desk.find(0..40), (own(0..40), [0, 40]));
}

#[test]
fn a_list_that_is_not_understood_is_left_to_the_search() {
    let desk = Desk::over(People::old(10, 30));
    desk.people.borrow_mut().rows.get_mut("c-3").unwrap()["id"] = value!("");
    assert_eq!(desk.find(5..30), (own(5..30), [1, 25]));
}

/// What happens to a customer between two look-ups: which, their address from now on, how many milliseconds later than
/// what happened before, and how much later still the list shows it.
type Happening = (usize, Option<usize>, i64, i64);

fn happenings() -> impl Strategy<Value = Vec<Vec<Happening>>> {
    let happening = (0usize..40, prop::option::of(0usize..25), 0i64..100_000, 0i64..110_000);
    prop::collection::vec(prop::collection::vec(happening, 0..12), 1..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    /// Whatever happens in the till between look-ups, in the end each tells what is so, also where changes come into
    /// sight late and the clocks differ.
    #[test]
    fn the_book_is_the_till(
        page_rows in 2usize..12,
        after_is_inclusive: bool,
        host_ahead_ms in -290_000i64..290_000,
        rounds in happenings(),
    ) {
        let people = People { after_is_inclusive, host_ahead_ms, ..People::old(page_rows, 8) };
        let desk = Desk::over(people);
        for round in rounds {
            for (id, email, later_ms, unseen_ms) in round {
                let mut people = desk.people.borrow_mut();
                people.now += later_ms;
                let (now, id) = (people.now, format!("c-{id}"));
                people.change(&id, email.map(address).as_deref(), &to_rfc3339(now));
                people.unseen.insert(id, now + unseen_ms);
            }
            desk.find(0..25);
        }
        desk.people.borrow_mut().now += 110_000;
        let (mut found, mut asked) = (Vec::new(), [0, 1]);
        // So much may be new that one look-up does not read to the list's end.
        while asked[1] > 0 {
            (found, asked) = desk.find(0..25);
        }
        let people = desk.people.borrow();
        let addresses: Vec<String> = (0..25).map(address).collect();
        let expected: Vec<_> = addresses.iter().map(|email| people.under(email)).collect();
        prop_assert_eq!(found, expected);
    }
}
