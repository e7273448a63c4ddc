//! Stages that are off, and what waits for them.

use std::sync::{Arc, Mutex};

use super::harness::{Breaking, pipeline, run, run_of, store};
use super::review::{nothing, planned_and_never_sent, waiting};
use super::world::{Loss, Repeated, World, violations};
use super::{lock, shared};
use crate::engine::Mode;
use crate::store::WaitingKind;

#[test]
fn a_switch_that_is_off_parks_and_what_it_parked_goes_on_when_it_is_on() {
    let world = shared(World::new(9, 12, Repeated::Refused, 0));
    let store = store();
    let mut off = pipeline();
    off.switches.insert("post".to_owned(), false);
    run_of(off, &world, &store, Mode::Run).0.unwrap();
    assert_eq!(lock(&world).sales.len(), 0);
    run(&world, &store, Mode::Run).0.unwrap();
    assert_eq!(violations(&lock(&world)), Vec::<String>::new());
}

#[test]
fn entries_that_came_through_a_stage_that_is_off_wait_for_it_and_the_run_ends() {
    let world = shared(World::calm(3));
    let store = store();
    planned_and_never_sent(3, &world, &store);
    let mut off = pipeline();
    off.stages[1].enabled = false;
    // A plan says the same as the run.
    let copy = Breaking::around(lock(&store).inner.copy_in_memory().unwrap());
    assert!(
        run_of(off.clone(), &world, &Arc::new(Mutex::new(copy)), Mode::Plan).1.planned.is_empty()
    );
    run_of(off, &world, &store, Mode::Run).0.unwrap();
    assert_eq!(lock(&world).sent, []);
    assert!(
        waiting(&store)
            .iter()
            .all(|row| row.kind == WaitingKind::Switch { name: "matched".to_owned() })
    );
    run(&world, &store, Mode::Run).0.unwrap();
    assert_eq!(violations(&lock(&world)), nothing());
}

/// Its request was lost on the way, and by the time that is known its switch is off.
#[test]
fn a_write_that_took_no_effect_is_not_sent_again_with_its_switch_off() {
    let mut sent_and_lost = 0;
    for commit in 1..12 {
        let mut world = World::calm(1);
        world.losses.push_back(Loss::Before);
        let world = shared(world);
        let store = store();
        lock(&store).breaks_at = Some((commit, true));
        let _broken = run(&world, &store, Mode::Run);
        lock(&store).breaks_at = None;
        let mut world_now = lock(&world);
        if world_now.sent.len() != 1 || !world_now.posted.is_empty() {
            continue;
        }
        sent_and_lost += 1;
        world_now.now += 600_000;
        drop(world_now);
        let mut off = pipeline();
        off.switches.insert("post".to_owned(), false);
        run_of(off, &world, &store, Mode::Run).0.unwrap();
        assert_eq!(lock(&world).sent.len(), 1, "broken at commit {commit}");
        run(&world, &store, Mode::Run).0.unwrap();
        assert_eq!(violations(&lock(&world)), nothing());
    }
    assert!(sent_and_lost > 0);
}
