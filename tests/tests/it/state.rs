//! Where sources stand, and that they can be read again without anything being written twice.

use penstock::store::{SqliteStore, Store as _};
use penstock_simulators::knobs::Knobs;
use penstock_simulators::shop::order::{Content, PaymentStatus};
use penstock_tests::{Project, Said};
use serde_json::Value;

use super::audit::{audit, command, counter, counts, in_step, level, vendors_writes};

fn state(project: &Project, words: &[&str]) -> Said {
    let mut arguments = vec!["state", words[0], "ecwid-vend.toml"];
    arguments.extend(&words[1..]);
    arguments.extend(["--connections", "simulators.toml", "--format", "json"]);
    project.penstock(&arguments).unwrap()
}

/// A project of orders alone, whose shop shows each at once.
fn project() -> Project {
    let mut world = super::world(3, 12);
    let mut knobs = Knobs::default();
    knobs.shop.order_search_lag_ms = 0;
    world.set_knobs(knobs);
    Project::new(world, super::BINARY).unwrap()
}

fn rewind(project: &Project, to: i64, more: &[&str]) -> Said {
    let to = to.to_string();
    let mut words = vec!["rewind", "--to", &to];
    words.extend(more);
    state(project, &words)
}

fn run(project: &Project) {
    let ran = command(project, &["run"]);
    assert_eq!(ran.json()["stop"], Value::Null, "{ran:?}");
}

/// Requests that wrote something: the till tells its inventory by POST.
fn writes(project: &Project) -> u64 {
    let requests = project.running.with_books(|books| books.requests());
    let wrote = requests.iter().filter(|request| {
        !request.endpoint.starts_with("GET ") && !request.endpoint.contains("inventory")
    });
    wrote.map(|request| request.count).sum()
}

fn numbers(project: &Project) -> Vec<i64> {
    let log = state(project, &["log", "--last", "1000"]).json();
    let rows = log["checkpoints"].as_array().cloned().unwrap();
    rows.iter().map(|row| row["number"].as_i64().unwrap()).collect()
}

fn order(project: &Project) {
    project.running.with_shop(|shop, now_ms| {
        let draft = shop.draft("mina@example.org", "MUG-BLU", 1);
        shop.place(draft, PaymentStatus::Paid, Content::Sound, now_ms);
    });
}

#[test]
fn sources_that_go_back_are_read_again_and_nothing_is_written_twice() {
    let project = in_step();
    let mug = counter(&project, "MUG-BLU");
    let shown = level(&project, "MUG-BLU");
    project.running.with_shop(|shop, now_ms| shop.set_stock(mug, Some(shown - 2), now_ms));
    order(&project);
    run(&project);
    run(&project);
    let there = |project: &Project| {
        let sales = project.running.with_books(|books| books.till_closed_sales());
        (writes(project), vendors_writes(project), sales, level(project, "MUG-BLU"))
    };
    let before = there(&project);
    let numbers = numbers(&project);
    assert!(numbers.len() > 6, "{numbers:?}");
    let middle = numbers[numbers.len() / 2];
    for to in [middle, numbers[numbers.len() - 1], 0] {
        let told = rewind(&project, to, &[]);
        assert_eq!(told.code, Some(0), "{to}: {told:?}");
        let hash = told.json()["hash"].as_str().unwrap().to_owned();
        assert_eq!(rewind(&project, to, &[]).json(), told.json(), "looking changes nothing");
        let done = rewind(&project, to, &["--confirm", &hash]);
        assert_eq!(done.code, Some(0), "{to}: {done:?}");
        let again = rewind(&project, to, &["--confirm", &hash]);
        assert!(again.out.contains("rewind-differs") || again.out.contains("nothing-to-rewind"));
        let read = command(&project, &["run"]).json();
        assert_eq!(read["stop"], Value::Null, "{read}");
        let known = &read["stages"]["orders"]["known"];
        if to == 0 {
            assert!(known.as_u64() >= Some(6), "the orders were read again: {read}");
            assert!(read["stages"]["till_stock"]["read"].as_u64() > Some(40), "{read}");
        }
        run(&project);
        assert_eq!(there(&project), before, "back to {to}");
    }
    assert_eq!(project.violations(), Vec::<String>::new());
    assert_eq!(counts(&audit(&project))["in-step"], 47);
}

#[test]
fn a_source_goes_back_only_as_it_was_shown_and_while_nobody_runs_its_pipeline() {
    let project = project();
    assert_eq!(project.run().unwrap().code, Some(0));
    let first = numbers(&project)[0];
    order(&project);
    assert_eq!(project.run().unwrap().code, Some(0));

    let told = rewind(&project, first, &["--stage", "orders"]).json();
    assert_eq!(
        (&told["sources"][0]["read_again"], &told["sources"][0]["stage"]),
        (&1.into(), &"orders".into())
    );
    let hash = told["hash"].as_str().unwrap();
    order(&project);
    assert_eq!(project.run().unwrap().code, Some(0));
    let moved = rewind(&project, first, &["--stage", "orders", "--confirm", hash]);
    assert_eq!(moved.code, Some(1), "{moved:?}");
    assert!(moved.out.contains("rewind-differs"), "{moved:?}");

    let hash = rewind(&project, first, &[]).json()["hash"].as_str().unwrap().to_owned();
    let mut other = SqliteStore::open(&project.store()).unwrap();
    let lease = other.lease("pipeline ecwid-vend", 0, i64::MAX).unwrap();
    let leased = rewind(&project, first, &["--confirm", &hash]);
    assert_eq!(leased.code, Some(3), "{leased:?}");
    assert!(leased.out.contains("store-leased"), "{leased:?}");
    other.release(&lease).unwrap();
    let last = numbers(&project)[0];
    assert_eq!(rewind(&project, first, &["--confirm", &hash]).code, Some(0));

    for (words, code) in [
        (vec!["rewind", "--to", &last.to_string()], "rewind-ahead"),
        (vec!["rewind", "--to", "99999"], "unknown-checkpoint"),
        (vec!["rewind", "--to", "0", "--stage", "sales"], "unknown-stage"),
        (vec!["rewind", "--to", "0", "--stage", "seles"], "unknown-stage"),
        (vec!["rewind", "--to", &(last + 1).to_string()], "nothing-to-rewind"),
        (vec!["show", "--stage", "seles"], "unknown-stage"),
        (vec!["diff", "1", "99999"], "unknown-checkpoint"),
    ] {
        let refused = state(&project, &words);
        assert_eq!(refused.code, Some(2), "{words:?}: {refused:?}");
        assert_eq!(refused.json()["error"]["code"], code, "{words:?}");
    }
}

#[test]
fn what_the_store_keeps_of_sources_and_rules_is_shown() {
    let project = in_step();
    let list = state(&project, &["list"]).json();
    let listed = &list["pipelines"][0];
    assert_eq!(listed["pipeline"], "ecwid-vend");
    assert_eq!(listed["sources"].as_array().map(Vec::len), Some(3), "{list}");
    assert_eq!(listed["transforms"][0]["stage"], "stock");

    let show = state(&project, &["show"]).json();
    assert_eq!(show["sources"][0]["stage"], "orders");
    assert!(show["sources"][0]["cursor"]["json"].is_object(), "{show}");
    let keys = show["transforms"][0]["keys"].as_u64().unwrap();
    assert!(keys >= 47, "{show}");
    assert_eq!(show["transforms"][0]["entries"].as_array().map(Vec::len), Some(50));
    let key = show["transforms"][0]["entries"][7]["key"].as_str().unwrap();
    let one = state(&project, &["show", "--stage", "stock", "--key", key]).json();
    assert_eq!(one["sources"], serde_json::json!([]));
    assert_eq!(one["transforms"][0]["entries"].as_array().map(Vec::len), Some(1), "{one}");

    order(&project);
    let newest = numbers(&project)[0].to_string();
    run(&project);
    let diff = state(&project, &["diff", &newest]).json();
    let orders = diff["changed"].as_array().unwrap().iter().find(|it| it["stage"] == "orders");
    assert_eq!(orders.map(|it| &it["entries"]), Some(&1.into()), "{diff}");
    let log = state(&project, &["log", "--stage", "orders", "--last", "2"]).json();
    assert_eq!(log["checkpoints"].as_array().map(Vec::len), Some(2));
    assert_eq!(log["checkpoints"][0]["from"], log["checkpoints"][1]["to"]);

    let unknown = project.penstock(&["state", "log", "other.toml"]).unwrap();
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.err.contains("pipelines that it knows: ecwid-vend"), "{unknown:?}");
}
