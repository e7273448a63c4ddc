//! Processes killed at every commit point and at random moments, against simulators that lose answers too.
#![allow(
    clippy::print_stdout,
    reason = "seeds and counts of kills are what a reader of the log looks for"
)]

use std::process::Stdio;
use std::time::Duration;

use penstock::engine::driver::POINTS;
use penstock_simulators::chance::Chance;
use penstock_simulators::faults::{FaultKind, FaultPlan};
use penstock_simulators::shop::order::{Content, PaymentStatus};
use penstock_tests::Project;

use super::{BINARY, world};

const DUPLICATES: [&str; 4] = ["refused-409", "replaced", "ignored", "duplicated"];
const RUN: [&str; 6] =
    ["run", "ecwid-vend.toml", "--connections", "simulators.toml", "--format", "json"];

/// A project whose simulators lose so many of ten thousand answers, and do that with an id they have already.
pub(super) fn faulty(
    seed: u64,
    orders: u32,
    duplicate: &str,
    lost_per_ten_thousand: u32,
) -> Project {
    let mut world = world(seed, orders);
    // A till of many registers allows many requests, so that no test waits for its budget.
    for register in 0..60 {
        world.till.add_register(&format!("Counter {register}"), world.other_outlet, "");
    }
    let mut knobs = penstock_simulators::knobs::Knobs::default();
    knobs.set("till.duplicate-id", duplicate).unwrap();
    // A lag of seconds would only make the test wait.
    knobs.set("till.customer-search-lag-ms", "50").unwrap();
    knobs.set("till.sale-search-lag-ms", "50").unwrap();
    knobs.set("shop.order-search-lag-ms", "50").unwrap();
    world.set_knobs(knobs);
    let lost = [
        FaultKind::DropBefore,
        FaultKind::DropAfter,
        FaultKind::Error500After,
        FaultKind::HalfBody,
    ];
    world.set_faults(&FaultPlan::of(seed, &lost, lost_per_ten_thousand));
    Project::new(world, BINARY).unwrap()
}

/// Runs in peace to the end, and looks at the books.
fn settle(project: &Project, told: &str) {
    project.running.with_shop(|shop, _| shop.faults.set_plan(FaultPlan::of(0, &[], 0)));
    project.running.with_till(|till, _| till.faults.set_plan(FaultPlan::of(0, &[], 0)));
    // What was placed last is in the shop's search by now.
    project.running.advance(20_000);
    let said = project.run().unwrap();
    assert_eq!(said.code, Some(0), "{told}: {said:?}");
    assert_eq!(project.violations(), Vec::<String>::new(), "{told}");
}

/// Kills a run at the Nth time that it comes to a point. Answers whether it came there.
fn killed_at(project: &Project, point: &str, times: u32) -> bool {
    let mut command = project.command(&RUN);
    command.env("PENSTOCK_CRASH", format!("{point}:{times}"));
    command.output().unwrap().status.code().is_none()
}

/// The same with a panic.
fn panicked_at(project: &Project, point: &str, times: u32) -> bool {
    let mut command = project.command(&RUN);
    command.env("PENSTOCK_CRASH", format!("{point}:{times}:panic"));
    let output = command.output().unwrap();
    String::from_utf8_lossy(&output.stderr).contains("this process panics at")
}

/// Visits some points, each on a till that does one thing or another with an id it has already.
fn check_points(
    seed: u64,
    dies_at: fn(&Project, &str, u32) -> bool,
    points: impl Iterator<Item = (&'static str, &'static str)>,
) {
    for (turn, (point, duplicate)) in (0..).zip(points) {
        let seed = seed + turn;
        let project = faulty(seed, 30, duplicate, 500);
        // Some writes stand in the store and were never sent, some were; then the point, and once more a bit later.
        let mut killed = u32::from(killed_at(&project, "after-commit-plan", 1));
        let mut reached = 0;
        for time in [1, 2, 1, 1, 1] {
            if reached < 2 {
                buy(&project, u64::from(time));
                reached += u32::from(dies_at(&project, point, time));
            }
        }
        killed += reached;
        settle(&project, &format!("seed {seed}, {point}, {duplicate}"));
        println!("seed {seed}, {point}, {duplicate}: killed {killed} times");
        assert!(reached > 0, "seed {seed}: no run came to `{point}`");
    }
}

/// Pattern 15: whatever the point, the cursor and what it led to are kept together or not at all.
#[test]
fn killed_at_each_commit_point_a_run_loses_nothing_and_doubles_nothing() {
    check_points(1_000, killed_at, POINTS.into_iter().zip(DUPLICATES.into_iter().cycle()));
}

#[test]
fn a_process_that_panics_at_any_commit_point_loses_nothing_and_doubles_nothing() {
    check_points(3_000, panicked_at, POINTS.into_iter().zip(DUPLICATES.into_iter().cycle()));
}

#[test]
fn killed_between_sending_and_knowing_a_run_doubles_nothing_whatever_the_till_does_with_an_id() {
    let points = ["before-send", "after-commit-sent", "before-commit-concluded"];
    check_points(
        2_000,
        killed_at,
        points.into_iter().flat_map(|point| DUPLICATES.map(|duplicate| (point, duplicate))),
    );
}

/// Somebody buys something while the run is down.
fn buy(project: &Project, seed: u64) {
    project.running.with_shop(|shop, now_ms| {
        let sku = shop
            .products()
            .all()
            .iter()
            .find(|product| product.sku.starts_with("SKU-") && product.variations.is_empty());
        let sku = sku.map(|product| product.sku.clone()).unwrap_or_default();
        let mut draft = shop.draft(&format!("buyer{}@example.org", seed % 7), &sku, 1);
        draft.person = None;
        shop.place(draft, PaymentStatus::Paid, Content::Sound, now_ms);
    });
}

/// Kills runs at random moments while people go on buying.
fn check_random_moments(seed: u64, duplicate: &str) {
    let mut kills = 0;
    let project = faulty(seed, 60, duplicate, 600);
    let mut chance = Chance::new(&[seed]);
    for time in 0..65 {
        for _ in 0..3 {
            buy(&project, time);
        }
        let mut child =
            project.command(&RUN).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // The kernel decides how far the process comes; the seed only how long it has.
        std::thread::sleep(Duration::from_millis(30 + chance.below(300)));
        if child.try_wait().unwrap().is_none() {
            child.kill().unwrap();
            kills += 1;
        }
        child.wait().unwrap();
    }
    settle(&project, &format!("seed {seed}, {duplicate}"));
    println!("seed {seed}, {duplicate}: killed {kills} times");
    assert!(kills > 30, "only {kills} processes were alive when they were to be killed");
}

#[test]
fn killed_at_random_moments_where_a_repeated_id_is_refused() {
    check_random_moments(200, "refused-409");
}

#[test]
fn killed_at_random_moments_where_a_repeated_id_replaces() {
    check_random_moments(201, "replaced");
}

#[test]
fn killed_at_random_moments_where_a_repeated_id_is_ignored() {
    check_random_moments(202, "ignored");
}

#[test]
fn killed_at_random_moments_where_a_repeated_id_makes_a_second_sale() {
    check_random_moments(203, "duplicated");
}

/// Pattern 21: a store that was put back finds what it posted since.
#[test]
fn an_older_copy_of_the_store_posts_nothing_twice() {
    for (turn, duplicate) in (0..).zip(DUPLICATES) {
        let project = faulty(300 + turn, 60, duplicate, 600);
        // A process that is killed in the middle leaves the store that is put back later.
        let mut command = project.command(&RUN);
        command.env("PENSTOCK_CRASH", "after-commit-concluded:3");
        let _killed = command.output().unwrap();
        let folder = project.folder().join(".penstock");
        let copy = project.folder().join("copy");
        std::fs::create_dir_all(&copy).unwrap();
        let files = ["store.db", "store.db-wal", "store.db-shm"];
        for file in files {
            let _absent = std::fs::copy(folder.join(file), copy.join(file));
        }
        project.run().unwrap();
        for file in files {
            let _absent = std::fs::remove_file(folder.join(file));
            let _absent = std::fs::copy(copy.join(file), folder.join(file));
        }
        settle(&project, &format!("an older copy, {duplicate}"));
    }
}

/// Pattern 21: so does an empty one.
#[test]
fn a_store_that_is_lost_altogether_posts_nothing_twice() {
    for (turn, duplicate) in (0..).zip(DUPLICATES) {
        let project = faulty(400 + turn, 60, duplicate, 600);
        settle(&project, &format!("before the loss, {duplicate}"));
        let closed = project.running.with_books(|books| books.till_closed_sales());
        std::fs::remove_dir_all(project.folder().join(".penstock")).unwrap();
        // By the time that somebody runs it again the till's search knows what was posted.
        project.running.advance(60_000);
        settle(&project, &format!("after the loss, {duplicate}"));
        assert_eq!(project.running.with_books(|books| books.till_closed_sales()), closed);
    }
}
