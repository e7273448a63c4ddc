//! The engine, the driver and the store together, against vendors in memory.

mod diverted;
mod endless;
mod guards;
mod harness;
mod movements;
mod review;
mod switches;
mod world;

use std::sync::{Arc, Mutex};

use super::driver::lock;
use super::limits::{PLANNED_AHEAD_MAX, UNSENT_WRITES_MAX};
use super::{Mode, Stop};
use crate::store::{SqliteStore, WaitingKind};
use harness::{Breaking, run, store};
use world::{Repeated, Shared, World, violations};

fn shared(world: World) -> Shared {
    Arc::new(Mutex::new(world))
}

#[test]
fn paid_orders_become_sales_and_a_second_run_writes_nothing() {
    let world = shared(World::new(1, 30, Repeated::Refused, 0));
    let store = store();
    let ended = run(&world, &store, Mode::Run).0.unwrap();
    assert_eq!(ended.stop, None);
    assert_eq!(violations(&lock(&world)), Vec::<String>::new());
    let sends = lock(&world).sends;
    assert!(sends > 10, "{sends} writes were sent");
    let ended = run(&world, &store, Mode::Run).0.unwrap();
    assert_eq!(lock(&world).sends, sends);
    assert_eq!(ended.summary.sum(|stage| stage.read), 0);
}

/// Patterns 15 and 20: what was read, decided and planned is on the disk together or not at all.
#[test]
fn lost_answers_and_crashes_at_any_commit_neither_lose_nor_double_a_sale() {
    for seed in 0..160 {
        let repeated =
            [Repeated::Refused, Repeated::Replaced, Repeated::Ignored, Repeated::Doubled]
                [seed as usize % 4];
        let world = shared(World::new(seed, 14, repeated, 25));
        let store = store();
        let mut chance = world::Chance(seed ^ 0xABCD);
        for _ in 0..6 {
            {
                let mut store = lock(&store);
                let commits = store.commits;
                store.breaks_at = Some((commits + 1 + chance.below(12), chance.percent(50)));
            }
            let _broken = run(&world, &store, Mode::Run).0;
            lock(&world).now += 1_000_000;
        }
        lock(&store).breaks_at = None;
        lock(&world).faults = 0;
        let ended = run(&world, &store, Mode::Run).0.unwrap();
        assert_eq!(ended.stop, None, "seed {seed}");
        assert_eq!(violations(&lock(&world)), Vec::<String>::new(), "seed {seed}, {repeated:?}");
    }
}

/// Pattern 21: a token is of the order, and not of a row of the store.
#[test]
fn an_older_copy_of_the_store_finds_what_it_posted() {
    for seed in 0..60 {
        let repeated =
            [Repeated::Refused, Repeated::Replaced, Repeated::Ignored, Repeated::Doubled]
                [seed as usize % 4];
        let world = shared(World::new(seed, 20, repeated, 20));
        let first = store();
        let breaks_at = world::Chance(seed).below(25) + 2;
        lock(&first).breaks_at = Some((breaks_at, true));
        let _broken = run(&world, &first, Mode::Run).0;
        let copy = lock(&first).inner.copy_in_memory().unwrap();
        lock(&first).breaks_at = None;
        run(&world, &first, Mode::Run).0.unwrap();
        lock(&world).faults = 0;
        let older = Arc::new(Mutex::new(Breaking::around(copy)));
        run(&world, &older, Mode::Run).0.unwrap();
        assert_eq!(violations(&lock(&world)), Vec::<String>::new(), "seed {seed}, {repeated:?}");
    }
}

#[test]
fn a_plan_writes_nothing_and_shows_what_the_run_then_does() {
    let world = shared(World::new(5, 20, Repeated::Refused, 0));
    let store = store();
    let copy = lock(&store).inner.copy_in_memory().unwrap();
    let plan_store = Arc::new(Mutex::new(Breaking::around(copy)));
    let (ended, planned) = run(&world, &plan_store, Mode::Plan);
    ended.unwrap();
    assert_eq!(lock(&world).sends, 0);
    run(&world, &store, Mode::Run).0.unwrap();
    let world = lock(&world);
    let mut summaries: Vec<String> =
        planned.planned.iter().map(|row| row.write.summary.clone()).collect();
    assert_eq!(summaries.len() as u64, world.sends);
    summaries.sort();
    let mut done: Vec<String> = world.sales.iter().map(|(_, key)| format!("sales {key}")).collect();
    done.extend(world.customers.iter().map(|(_, email)| format!("customers email:{email}")));
    done.sort();
    assert_eq!(summaries, done);
    // Where an order depends on a customer that is not there yet, its token stands in the place of the id.
    let order = planned.planned.iter().find(|row| row.intakes[0].resolved.len() == 1).unwrap();
    let token = crate::record::token("till:1/customers", &order.intakes[0].resolved[0].name);
    assert_eq!(order.intakes[0].resolved[0].value, token);
}

/// What a sink reads before a write is new only for a while, so writes are not planned far ahead of those that leave.
#[test]
fn no_more_is_planned_than_can_leave_soon() {
    let world = shared(World::calm(600));
    lock(&world).page = 50;
    lock(&world).limits.extend(vec![1_000; 2_000]);
    run(&world, &store(), Mode::Run).0.unwrap();
    let world = lock(&world);
    assert_eq!(world.posted.len(), 600);
    assert!(world.ahead_most >= UNSENT_WRITES_MAX, "{} were planned ahead", world.ahead_most);
    assert!(world.ahead_most <= UNSENT_WRITES_MAX + 50, "{} were planned ahead", world.ahead_most);
}

/// A page may hold more than that: what is left of it is planned when others have left.
#[test]
fn what_is_left_of_a_large_page_waits_until_others_have_left() {
    let world = shared(World::calm(1_000));
    lock(&world).page = 1_000;
    lock(&world).limits.extend(vec![1_000; 2_000]);
    run(&world, &store(), Mode::Run).0.unwrap();
    let world = lock(&world);
    assert_eq!((world.posted.len(), violations(&world)), (1_000, Vec::new()));
    assert!(world.ahead_most >= PLANNED_AHEAD_MAX, "{} were planned ahead", world.ahead_most);
    assert!(world.ahead_most < PLANNED_AHEAD_MAX + 3, "{} were planned ahead", world.ahead_most);
}

/// Pattern 13: each round the batch is smaller, so it ends.
#[test]
fn an_entry_that_traps_its_sink_is_found_by_halving_and_the_others_go_on() {
    let world = shared(World::new(3, 12, Repeated::Refused, 0));
    let poisoned = {
        let mut world = lock(&world);
        world.orders.iter_mut().for_each(|order| order.paid = true);
        world.poison = Some("shop:1/orders/5".to_owned());
        "shop:1/orders/5"
    };
    let store = store();
    let ended = run(&world, &store, Mode::Run).0.unwrap();
    assert_eq!(ended.summary.sum(|stage| stage.dead.values().sum()), 1);
    assert_eq!(violations(&lock(&world)), vec!["order 5 (paid: true) has 0 sales"]);
    let dead = lock(&store).inner.waiting(&["dead"], None).unwrap();
    assert_eq!(dead[0].1.item.entry.key, poisoned);
    // Once it is mended a retry posts it, and nothing else.
    let sends = lock(&world).sends;
    lock(&world).poison = None;
    lock(&store).inner.retry("test", &dead[0].1).unwrap();
    run(&world, &store, Mode::Run).0.unwrap();
    assert_eq!(lock(&world).sends, sends + 1);
    assert_eq!(violations(&lock(&world)), Vec::<String>::new());
}

#[test]
fn what_depends_on_a_refused_entry_falls_with_it_and_is_retried_with_it() {
    let world = shared(World::new(3, 6, Repeated::Refused, 0));
    {
        let mut world = lock(&world);
        for order in &mut world.orders {
            order.paid = true;
            order.email = Some("mina@example.org".to_owned());
        }
        world.refused = Some("email:mina@example.org".to_owned());
    }
    let store = store();
    run(&world, &store, Mode::Run).0.unwrap();
    let dead = lock(&store).inner.waiting(&["dead"], None).unwrap();
    assert_eq!(lock(&world).sales.len(), 0);
    assert_eq!(dead.iter().filter(|(_, row)| row.stage == "sales").count(), 6);
    let named = |kind: &WaitingKind| {
        *kind == WaitingKind::Dead { because_of: Some("email:mina@example.org".to_owned()) }
    };
    assert!(dead.iter().filter(|(_, row)| row.stage == "sales").all(|(_, row)| named(&row.kind)));
    lock(&world).refused = None;
    let customer = dead.iter().find(|(_, row)| row.stage == "customers").unwrap();
    lock(&store).inner.retry("test", &customer.1).unwrap();
    run(&world, &store, Mode::Run).0.unwrap();
    assert_eq!(violations(&lock(&world)), Vec::<String>::new());
}

#[test]
fn an_order_that_is_no_longer_paid_when_it_is_to_be_posted_is_held() {
    let world = shared(World::new(3, 4, Repeated::Refused, 0));
    lock(&world).orders.iter_mut().for_each(|order| order.paid = true);
    let store = store();
    // The plan stands in the store, the process ends, and the order is refunded before it goes on.
    lock(&store).breaks_at = Some((2, true));
    let _broken = run(&world, &store, Mode::Run).0;
    {
        let mut world = lock(&world);
        world.now += 3_600_000;
        world.orders[0].paid = false;
        world.orders[0].revision = 2;
        // The pages that are read next do not show it yet.
        world.page = 1;
    }
    lock(&store).breaks_at = None;
    run(&world, &store, Mode::Run).0.unwrap();
    let held = lock(&store).inner.waiting(&["held"], None).unwrap();
    assert_eq!(violations(&lock(&world)), Vec::<String>::new());
    assert!(held.iter().any(|(_, row)| row.reason.contains("not paid")), "{held:?}");
}

/// Pattern 2: of two workers one is told to stay away.
#[test]
fn a_second_process_is_told_who_writes_and_a_dead_one_is_succeeded_at_once() {
    let folder = std::env::temp_dir().join(format!("penstock-lease-{}", std::process::id()));
    let file = folder.join("store.db");
    let mut first = SqliteStore::open(&file).unwrap();
    let mut second = SqliteStore::open(&file).unwrap();
    use crate::store::{Store, StoreError};
    let lease = first.lease("till:1/sales", 0, 1_000).unwrap();
    assert!(matches!(second.lease("till:1/sales", 0, 1_000), Err(StoreError::Leased { .. })));
    drop(first);
    let next = second.lease("till:1/sales", 0, 1_000).unwrap();
    assert!(next.fence > lease.fence);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_run_without_a_till_stops_with_the_reason() {
    let world = shared(World::new(3, 4, Repeated::Refused, 0));
    lock(&world).orders.clear();
    let ended = run(&world, &store(), Mode::Run).0.unwrap();
    assert_ne!(ended.stop, Some(Stop::Interrupted));
}
