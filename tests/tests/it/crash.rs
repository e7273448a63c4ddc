//! Processes killed at every commit point and at random moments, against simulators that lose answers too.

use std::time::Duration;

use penstock::engine::driver::POINTS;
use penstock_simulators::chance::Chance;
use penstock_simulators::faults::{FaultKind, FaultPlan};
use penstock_tests::Project;

use super::{BINARY, world};

const DUPLICATES: [&str; 4] = ["refused-409", "replaced", "ignored", "duplicated"];
const RUN: [&str; 6] = ["run", "ecwid-vend.toml", "--connections", "simulators.toml", "--format", "json"];

/// A project whose simulators lose answers and do that with an id they have already.
fn faulty(seed: u64, orders: u32, duplicate: &str) -> Project {
    let mut world = world(seed, orders);
    world.set_limited(false);
    let mut knobs = penstock_simulators::knobs::Knobs::default();
    knobs.set("till.duplicate-id", duplicate).unwrap();
    world.set_knobs(knobs);
    let lost = [FaultKind::DropBefore, FaultKind::DropAfter, FaultKind::Error500After, FaultKind::HalfBody];
    world.set_faults(&FaultPlan::of(seed, &lost, 600));
    Project::new(world, BINARY).unwrap()
}

/// Runs in peace to the end, and looks at the books.
fn settle(project: &Project, told: &str) {
    project.running.with_shop(|shop, _| shop.faults.set_plan(FaultPlan::of(0, &[], 0)));
    project.running.with_till(|till, _| till.faults.set_plan(FaultPlan::of(0, &[], 0)));
    let said = project.run().unwrap();
    assert_eq!(said.code, Some(0), "{told}: {said:?}");
    assert_eq!(project.violations(), Vec::<String>::new(), "{told}");
}

#[test]
fn killed_at_each_commit_point_a_run_loses_nothing_and_doubles_nothing() {
    for (turn, duplicate) in (0..).zip(DUPLICATES) {
        let project = faulty(100 + turn, 70, duplicate);
        let mut killed = 0;
        for point in POINTS {
            for time in [1, 3] {
                let mut command = project.command(&RUN);
                command.env("PENSTOCK_CRASH", format!("{point}:{time}"));
                if command.output().unwrap().status.code().is_none() {
                    killed += 1;
                }
            }
        }
        assert!(killed > 12, "only {killed} processes came to a point at which they were to be killed");
        settle(&project, &format!("commit points, {duplicate}"));
    }
}

#[test]
fn killed_at_random_moments_a_run_loses_nothing_and_doubles_nothing() {
    let mut kills = 0;
    for (turn, duplicate) in (0..).zip(DUPLICATES) {
        let seed = 200 + turn;
        println!("seed {seed}, {duplicate}");
        let project = faulty(seed, 120, duplicate);
        let mut chance = Chance::new(&[seed]);
        for _ in 0..50 {
            let mut child = project.command(&RUN).stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
            std::thread::sleep(Duration::from_millis(20 + chance.below(250)));
            if child.try_wait().unwrap().is_none() {
                child.kill().unwrap();
                kills += 1;
            }
            child.wait().unwrap();
        }
        settle(&project, &format!("seed {seed}, {duplicate}"));
    }
    println!("{kills} processes were killed");
}

#[test]
fn an_older_copy_of_the_store_posts_nothing_twice() {
    for (turn, duplicate) in (0..).zip(DUPLICATES) {
        let project = faulty(300 + turn, 60, duplicate);
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

#[test]
fn a_store_that_is_lost_altogether_posts_nothing_twice() {
    for (turn, duplicate) in (0..).zip(DUPLICATES) {
        let project = faulty(400 + turn, 60, duplicate);
        settle(&project, &format!("before the loss, {duplicate}"));
        let closed = project.running.with_books(|books| books.till_closed_sales());
        std::fs::remove_dir_all(project.folder().join(".penstock")).unwrap();
        // By the time that somebody runs it again the till's search knows what was posted.
        project.running.advance(60_000);
        settle(&project, &format!("after the loss, {duplicate}"));
        assert_eq!(project.running.with_books(|books| books.till_closed_sales()), closed);
    }
}
