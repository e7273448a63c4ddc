//! The main job, by its commands.

use std::collections::BTreeSet;

use penstock_simulators::knobs::Knobs;
use penstock_simulators::shop::Restock;
use penstock_tests::Project;
use serde_json::{Value, json};

use super::{BINARY, project, world};

#[test]
fn each_postable_order_becomes_one_closed_sale_and_a_second_run_writes_nothing() {
    let project = project(1, 160);
    let said = project.run().unwrap();
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(project.violations(), Vec::<String>::new());
    let (postable, closed) = project
        .running
        .with_books(|books| (books.postable_paid_orders(), books.till_closed_sales()));
    assert_eq!(postable, closed);
    assert!(postable > 40, "only {postable} orders can be posted");
    let run = said.json();
    assert_eq!(run["stages"]["sales"]["applied"]["created"], postable);
    assert_eq!(run["stages"]["orders"]["read"], 160);

    let writes = project.writes();
    let again = project.run().unwrap();
    assert_eq!(again.code, Some(0), "{again:?}");
    assert_eq!(project.writes(), writes);
    assert_eq!(again.json()["stages"]["orders"]["read"], 0);
}

#[test]
fn the_older_api_generation_posts_the_same_sales() {
    let project = project(2, 120);
    project
        .edit(|text| {
            text.replace(
                "domain_prefix = \"acme\"",
                "domain_prefix = \"acme\"\napi_version = \"0.9\"",
            )
        })
        .unwrap();
    let said = project.run().unwrap();
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(project.violations(), Vec::<String>::new());
}

#[test]
fn a_plan_shows_every_call_writes_nothing_and_the_run_does_exactly_those() {
    let project = project(3, 90);
    let plan = ["plan", "ecwid-vend.toml", "--connections", "simulators.toml", "--format", "json"];
    let said = project.penstock(&plan).unwrap();
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(project.writes(), 0);
    assert!(!project.store().exists(), "a plan leaves no store");
    let planned = said.json();
    let names: BTreeSet<String> = planned["writes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|write| write["summary"].to_string())
        .collect();
    assert!(names.len() > 20);
    for write in planned["writes"].as_array().unwrap() {
        assert!(!write["changes"].as_array().unwrap().is_empty(), "{write}");
    }
    let mut positions: Vec<u64> = Vec::new();
    for group in planned["groups"].as_array().unwrap() {
        let entries = group["entries"].as_array().unwrap();
        positions.extend(entries.iter().filter_map(|entry| entry["write"].as_u64()));
    }
    positions.sort_unstable();
    let writes = planned["writes"].as_array().unwrap().len() as u64;
    assert_eq!(positions, (0..writes).collect::<Vec<_>>(), "each write stands in one group");
    let hash = planned["hash"].as_str().unwrap().to_owned();
    let run = [
        "run",
        "ecwid-vend.toml",
        "--connections",
        "simulators.toml",
        "--format",
        "json",
        "--plan",
        &hash,
    ];
    let said = project.penstock(&run).unwrap();
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(project.writes(), planned["writes"].as_array().unwrap().len() as u64);
    assert_eq!(project.violations(), Vec::<String>::new());
}

/// How many entries a plan shows at a stage, by what becomes of them.
fn counts(plan: &Value, stage: &str) -> Value {
    let groups = plan["groups"].as_array().unwrap();
    let group = groups.iter().find(|group| group["stage"] == stage);
    group.map_or(Value::Null, |group| group["counts"].clone())
}

#[test]
fn what_is_there_already_is_unchanged_in_the_plan_of_a_store_that_is_lost() {
    let mut world = world(2, 60);
    let mut knobs = Knobs::default();
    (knobs.till.sale_search_lag_ms, knobs.till.customer_search_lag_ms) = (0, 0);
    world.set_knobs(knobs);
    let project = Project::new(world, BINARY).unwrap();
    let plan = ["plan", "ecwid-vend.toml", "--connections", "simulators.toml", "--format", "json"];
    let first = project.penstock(&plan).unwrap().json();
    let created = counts(&first, "sales")["create"].clone();
    assert!(created.as_u64() > Some(10), "{created}");
    let ran = project.run().unwrap();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    std::fs::remove_dir_all(project.folder().join(".penstock")).unwrap();
    let again = project.penstock(&plan).unwrap().json();
    assert_eq!(again["writes"].as_array().map(Vec::len), Some(0), "{}", again["stages"]);
    let expected = json!({ "unchanged": created, "held": counts(&first, "sales")["held"] });
    assert_eq!(counts(&again, "sales"), expected);
    assert_eq!(counts(&again, "paid_orders"), counts(&first, "paid_orders"));
    let filtered = &again["groups"].as_array().unwrap().last().unwrap()["entries"][0];
    assert!(filtered["reason"].is_string() && filtered["name"].is_string(), "{filtered}");
}

#[test]
fn a_plan_that_the_world_has_moved_away_from_is_refused_and_what_moved_is_named() {
    let mut world = world(3, 60);
    let mut knobs = Knobs::default();
    knobs.shop.order_search_lag_ms = 0;
    world.set_knobs(knobs);
    let project = Project::new(world, BINARY).unwrap();
    let plan = ["plan", "ecwid-vend.toml", "--connections", "simulators.toml"];
    let said = project.penstock(&plan).unwrap();
    assert!(said.out.contains(" at the vendor's limit"), "{said:?}");
    let hash = said.out.split("\nplan ").nth(1).unwrap().lines().next().unwrap().to_owned();
    let sale = said.out.split(": sale ").nth(1).unwrap().split(',').next().unwrap().to_owned();
    let number = sale.trim_start_matches("EC-").to_owned();
    project.running.with_shop(|shop, now| {
        let position = (0..shop.orders().len())
            .find(|position| penstock_simulators::shop::public_id(*position) == number)
            .unwrap();
        shop.refund(position, 1, Restock::No, now);
    });
    let run = ["run", "ecwid-vend.toml", "--connections", "simulators.toml", "--plan", &hash];
    let said = project.penstock(&run).unwrap();
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.err.contains(&format!("sale {sale}")), "{said:?}");
    assert!(said.err.contains("is not planned any more"), "{said:?}");
    assert_eq!(said.err.matches("= note").count(), 1, "only that one moved: {said:?}");
    assert_eq!(project.writes(), 0);
}

#[test]
fn a_run_by_the_hash_of_another_plan_sends_nothing() {
    let project = project(3, 40);
    let run = [
        "run",
        "ecwid-vend.toml",
        "--connections",
        "simulators.toml",
        "--plan",
        "0123456789abcdef",
    ];
    let said = project.penstock(&run).unwrap();
    assert_eq!(said.code, Some(1), "{said:?}");
    assert_eq!(project.writes(), 0);
    assert!(said.err.contains("the world has moved"), "{said:?}");
}

#[test]
fn why_and_held_tell_the_story() {
    let project = project(4, 70);
    project.run().unwrap();
    let held = project.penstock(&["held", "list", "--format", "json"]).unwrap().json();
    let first = &held["held"][0];
    assert!(first["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{first}");
    let label = first["label"].as_str().unwrap();
    let why = project.penstock(&["why", label]).unwrap();
    assert_eq!(why.code, Some(0), "{why:?}");
    assert!(why.out.contains("waits for a person"), "{why:?}");
    let number = first["number"].to_string();
    let skipped =
        project.penstock(&["held", "skip", &number, "--reason", "posted by hand"]).unwrap();
    assert_eq!(skipped.code, Some(0), "{skipped:?}");
    let why = project.penstock(&["why", label]).unwrap();
    assert!(why.out.contains("posted by hand"), "{why:?}");
    let after = project.penstock(&["held", "list", "--format", "json"]).unwrap().json();
    assert_eq!(after["held"].as_array().unwrap().len() + 1, held["held"].as_array().unwrap().len());
}

#[test]
fn held_orders_that_are_retried_are_held_again_unless_the_cause_is_mended() {
    let project = project(5, 70);
    project.run().unwrap();
    let list = || {
        project.penstock(&["held", "list", "--format", "json"]).unwrap().json()["held"]
            .as_array()
            .unwrap()
            .len()
    };
    let before = list();
    // Unmapped payment methods are mended in the file.
    project
        .edit(|text| text.replace("other_payments = \"hold\"", "other_payments = \"Cash\""))
        .unwrap();
    project.penstock(&["held", "retry", "--all"]).unwrap();
    let said = project.run().unwrap();
    assert_eq!(said.code, Some(0), "{said:?}");
    let after = list();
    assert!(after < before && after > 0, "{before} were held, then {after}");
}

/// Pattern 46: a switch is looked at when a write is about to be sent.
#[test]
fn with_the_switch_off_nothing_is_posted_and_with_it_on_again_everything_is() {
    let project = project(6, 60);
    project.edit(|text| text.replace("post_sales = true", "post_sales = false")).unwrap();
    project.run().unwrap();
    assert_eq!(project.running.with_books(|books| books.till_closed_sales()), 0);
    project.edit(|text| text.replace("post_sales = false", "post_sales = true")).unwrap();
    let said = project.run().unwrap();
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(project.violations(), Vec::<String>::new());
}

/// Pattern 36: an order whose parts do not come to its total is held, and never posted short.
#[test]
fn an_order_that_does_not_add_up_is_held_by_the_host() {
    let project = project(7, 60);
    project.run().unwrap();
    let held = project.penstock(&["held", "list", "--format", "json"]).unwrap().json();
    let reasons: Vec<&str> =
        held["held"].as_array().unwrap().iter().filter_map(|row| row["reason"].as_str()).collect();
    assert!(
        reasons
            .iter()
            .any(|reason| reason.contains("come to") && reason.contains("the order says")),
        "{reasons:?}"
    );
    assert_eq!(project.violations(), Vec::<String>::new());
}
