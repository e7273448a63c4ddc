//! Whether linked counters are in step, by the real components.

use std::collections::BTreeMap;

use penstock_simulators::knobs::Knobs;
use penstock_simulators::shop::ShopCounter;
use penstock_simulators::shop::order::{Content, PaymentStatus};
use penstock_tests::{Project, Said};
use serde_json::{Value, json};

/// A project whose counters are linked, with first levels that were written and seen.
pub(super) fn in_step() -> Project {
    let mut world = super::world(1, 5);
    let mut knobs = Knobs::default();
    knobs.shop.product_search_lag_ms = 0;
    knobs.shop.order_search_lag_ms = 0;
    world.set_knobs(knobs);
    let project = Project::whole(world, super::BINARY).unwrap();
    // A walk that does not look back shows only what changed since the last one.
    project
        .edit(|text| {
            text.replace(
                "options = { index_lag_secs = 0 }",
                "options = { index_lag_secs = 0, overlap_secs = 0 }",
            )
        })
        .unwrap();
    command(&project, &["links", "--accept"]);
    command(&project, &["links", "--accept-levels"]);
    for _ in 0..3 {
        let ran = command(&project, &["run"]);
        assert_eq!(ran.json()["stop"], Value::Null, "{ran:?}");
    }
    project
}

fn command_of(project: &Project, command: &str, key: &str) -> String {
    let words = [command, key, "ecwid-vend.toml", "--connections", "simulators.toml"];
    project.penstock(&words).unwrap().out
}

pub(super) fn command(project: &Project, words: &[&str]) -> Said {
    let mut arguments = vec![words[0], "ecwid-vend.toml", "--connections", "simulators.toml"];
    arguments.extend(&words[1..]);
    arguments.extend(["--format", "json"]);
    project.penstock(&arguments).unwrap()
}

/// An audit, which writes nothing: neither at the vendors nor in the store.
pub(super) fn audit(project: &Project) -> Said {
    let before = (vendors_writes(project), store(project));
    let said = command(project, &["audit", "--patience", "20"]);
    assert_eq!((vendors_writes(project), store(project)), before, "an audit writes nothing");
    said
}

fn store(project: &Project) -> Vec<Option<Vec<u8>>> {
    let files = ["store.db", "store.db-wal"];
    files.map(|file| std::fs::read(project.folder().join(".penstock").join(file)).ok()).to_vec()
}

/// Movements that an API has made: what no audit adds to.
pub(super) fn vendors_writes(project: &Project) -> Vec<String> {
    project.running.with_books(|books| {
        let movements = books.movements().map(|movement| format!("{movement:?}"));
        movements.filter(|movement| movement.contains("Api")).collect()
    })
}

pub(super) fn counts(said: &Said) -> BTreeMap<String, u64> {
    serde_json::from_value(said.json()["counts"].clone()).unwrap()
}

fn pair_of(said: &Said, sku: &str) -> Value {
    let pairs = said.json()["pairs"].as_array().cloned().unwrap();
    pairs.into_iter().find(|pair| pair["sku"] == sku).unwrap()
}

pub(super) fn counter(project: &Project, sku: &str) -> ShopCounter {
    project.running.with_shop(|shop, _| {
        let (product, variation) = shop.products().by_sku(sku).unwrap();
        ShopCounter { product_id: product.id, combination_id: variation.map(|it| it.id) }
    })
}

pub(super) fn level(project: &Project, sku: &str) -> i64 {
    let counter = counter(project, sku);
    project.running.with_shop(|shop, _| shop.products().level(counter).unwrap())
}

#[test]
fn an_audit_names_the_pair_that_differs_and_the_one_that_is_quarantined() {
    let project = in_step();
    let rest = audit(&project);
    assert_eq!((rest.code, counts(&rest)["in-step"]), (Some(0), 47), "{rest:?}");

    // Pattern 45: a count that moves, and the shop's list of what changed is silent of it.
    let shown = level(&project, "MUG-BLU");
    let mug = counter(&project, "MUG-BLU");
    project.running.with_shop(|shop, now_ms| shop.drift_stock(mug, -2, now_ms));
    let found = audit(&project);
    assert_eq!((found.code, counts(&found)["differing"]), (Some(1), 1), "{found:?}");
    let pair = pair_of(&found, "MUG-BLU");
    let expected =
        json!({ "input": "shop", "expected": shown.to_string(), "shown": (shown - 2).to_string() });
    assert_eq!(pair["difference"], expected, "{pair}");
    assert!(pair["reason"].as_str().unwrap().contains("says nothing of it"), "{pair}");

    let text = ["audit", "ecwid-vend.toml", "--connections", "simulators.toml"];
    let text = project.penstock(&text).unwrap().out;
    for line in [
        "1 pair differing, and nothing that is under way mends it\n",
        &format!("  MUG-BLU: shop {} (", shown - 2),
        &format!("      the shop shows {} and should show {shown}\n", shown - 2),
        "      hint: save the product once in the shop",
        "46 pairs in step\n",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }

    // The hint is good: saved once more, the product counts as changed, and the change is carried.
    project.running.with_shop(|shop, now_ms| shop.edit_product(mug.product_id, now_ms, |_| {}));
    let settling = audit(&project);
    assert_eq!(settling.code, Some(0), "{settling:?}");
    let pair = pair_of(&settling, "MUG-BLU");
    assert!(pair["reason"].as_str().unwrap().starts_with("to be made: -2 in the till"), "{pair}");
    for _ in 0..2 {
        command(&project, &["run"]);
    }
    let mended = audit(&project);
    assert_eq!((mended.code, counts(&mended)["in-step"]), (Some(0), 47), "{mended:?}");

    let story = project.penstock(&["why", "MUG-BLU"]).unwrap().out;
    let told = "went -2: the shop's count went -2 beside orders (mirror:";
    assert!(story.contains(told) && story.contains("POST /2026-07/stock_adjustments"), "{story}");
    let now = command_of(&project, "why", "MUG-BLU");
    assert!(now.contains("went -2: the shop's count went -2 beside orders (mirror:"), "{now}");
    for told in ["shop_stock, ecwid ", "till_stock, vend ", "stock, stock-delta "] {
        assert!(now.contains(&format!("\n{told}")), "`{told}` is not in {now}");
    }

    // More at once than is carried.
    project.running.with_shop(|shop, now_ms| shop.set_stock(mug, Some(5_000), now_ms));
    command(&project, &["run"]);
    let held = audit(&project);
    assert_eq!((held.code, counts(&held)["quarantined"]), (Some(1), 1), "{held:?}");
    let pair = pair_of(&held, "MUG-BLU");
    assert!(pair["hint"].as_str().unwrap().contains("`jump_max`"), "{pair}");
}

#[test]
fn a_counter_tells_which_order_took_from_it_and_by_which_call() {
    let project = in_step();
    let pairs = audit(&project).json()["pairs"].as_array().cloned().unwrap();
    let skus = pairs.iter().filter_map(|pair| pair["sku"].as_str());
    let stories = skus.map(|sku| project.penstock(&["why", sku]).unwrap().out);
    let sold: Vec<String> = stories.filter(|story| story.contains("sold by order `")).collect();
    assert!(!sold.is_empty(), "an order of the world was posted");
    assert!(sold.iter().all(|story| story.contains("; POST /2026-07/sales, write ")), "{sold:?}");
}

/// What a plan shows of an order's sale is not yet in the till's count, and nobody's change is made of it.
#[test]
fn a_plan_takes_no_sale_that_it_only_shows_for_one_that_was_made() {
    let project = in_step();
    project.running.with_shop(|shop, now_ms| {
        let draft = shop.draft("mina@example.org", "MUG-BLU", 2);
        shop.place(draft, PaymentStatus::Paid, Content::Sound, now_ms);
    });
    project.running.with_till(|till, _| {
        let mug = till.products().rows().iter().find(|row| row.value.sku == "MUG-BLU").unwrap().id;
        let web = till.registers().rows().iter().find(|row| row.value.name == "Web").unwrap().id;
        till.cash_sale(web, mug, 1.into()).unwrap();
    });
    let writes = command(&project, &["plan"]).json()["writes"].as_array().cloned().unwrap();
    let stock: Vec<&Value> = writes
        .iter()
        .filter(|write| write["destination"].as_str().unwrap().ends_with("/stock"))
        .map(|write| &write["body"])
        .collect();
    assert_eq!(stock, [&json!({ "quantityDelta": -1 })], "{writes:?}");
}

#[test]
fn without_links_there_is_nothing_to_audit_and_it_says_what_to_do() {
    let project = Project::whole(super::world(1, 1), super::BINARY).unwrap();
    command(&project, &["run"]);
    let text = ["audit", "ecwid-vend.toml", "--connections", "simulators.toml"];
    let said = project.penstock(&text).unwrap();
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("hint: `penstock links ecwid-vend.toml` shows"), "{said:?}");
}

/// What waits behind a switch is not under way: only who turned it off can tell when it is on again.
#[test]
fn a_change_that_waits_for_its_switch_is_named_with_it() {
    let project = in_step();
    let switch = |is_on: bool| {
        project
            .edit(|text| {
                let (on, off) = ("update_till_stock = true", "update_till_stock = false");
                if is_on { text.replace(off, on) } else { text.replace(on, off) }
            })
            .unwrap();
    };
    switch(false);
    let mug = counter(&project, "MUG-BLU");
    let shown = level(&project, "MUG-BLU");
    project.running.with_shop(|shop, now_ms| shop.set_stock(mug, Some(shown - 2), now_ms));
    command(&project, &["run"]);
    let found = audit(&project);
    assert_eq!((found.code, counts(&found)["differing"]), (Some(1), 1), "{found:?}");
    let pair = pair_of(&found, "MUG-BLU");
    assert!(
        pair["reason"].as_str().unwrap().contains("the switch `update_till_stock` is off"),
        "{pair}"
    );
    // On again, the change is asked for, and then made.
    switch(true);
    command(&project, &["run"]);
    let held = project.penstock(&["held", "list", "--format", "json"]).unwrap().json();
    let number = held["held"][0]["number"].to_string();
    let case = ["case", "ecwid-vend.toml", "change", "--format", "json", "--entry", &number];
    let refused = project.penstock(&case).unwrap();
    assert_eq!(refused.json()["error"]["code"], "case-impossible", "a rule made it: {refused:?}");
    project.penstock(&["held", "retry", "--all"]).unwrap();
    for _ in 0..2 {
        command(&project, &["run"]);
    }
    let mended = audit(&project);
    assert_eq!(counts(&mended)["in-step"], 47, "{}", pair_of(&mended, "MUG-BLU"));
}

/// Pattern 21: an older copy of the store would take its own movements for those of others, so it is refused until the
/// newer one is back, or new first levels are taken.
#[test]
fn an_older_copy_of_the_store_is_refused_until_new_levels_are_taken() {
    check_put_back(|project| {
        command(project, &["run"]);
        assert_eq!(counts(&audit(project))["in-step"], 47);
    });
}

/// Pattern 21: the same where the process that moved stock was killed before it could hear of it.
#[test]
fn an_older_copy_is_refused_also_after_a_process_that_was_killed() {
    check_put_back(|project| {
        let words = ["run", "ecwid-vend.toml", "--connections", "simulators.toml"];
        let before = vendors_writes(project);
        let killed =
            project.command(&words).env("PENSTOCK_CRASH", "before-commit-concluded:1").output();
        assert_eq!(killed.unwrap().status.code(), None);
        assert_ne!(vendors_writes(project), before, "stock was moved");
    });
}

/// A process moves the till's stock by 2, and then an older copy of the store is put back.
fn check_put_back(run: impl FnOnce(&Project)) {
    let project = in_step();
    let folder = project.folder().join(".penstock");
    let files = ["store.db", "store.db-wal", "store.db-shm"].map(|file| folder.join(file));
    let older = files.clone().map(|file| std::fs::read(file).ok());
    let mug = counter(&project, "MUG-BLU");
    let shown = level(&project, "MUG-BLU");
    project.running.with_shop(|shop, now_ms| shop.set_stock(mug, Some(shown - 2), now_ms));
    run(&project);
    for (file, bytes) in files.iter().zip(&older) {
        match bytes {
            Some(bytes) => std::fs::write(file, bytes).unwrap(),
            None => {
                let _absent = std::fs::remove_file(file);
            }
        }
    }
    let before = vendors_writes(&project);
    for what in ["run", "plan"] {
        let refused = command(&project, &[what]);
        assert_eq!(refused.code, Some(3), "{refused:?}");
        assert!(refused.err.contains("store-put-back"), "{refused:?}");
        assert!(refused.err.contains("--new-levels"), "{refused:?}");
    }
    assert_eq!(vendors_writes(&project), before);
    command(&project, &["links", "--new-levels"]);
    command(&project, &["links", "--accept-levels"]);
    for _ in 0..3 {
        assert_eq!(command(&project, &["run"]).json()["stop"], Value::Null);
    }
    assert_eq!(level(&project, "MUG-BLU"), shown - 2);
    assert_eq!(counts(&audit(&project))["in-step"], 47);
}
