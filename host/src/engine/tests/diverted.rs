//! What comes to a sink that is off, while another stage takes it.

use std::collections::BTreeSet;

use super::harness::{pipeline, run_of, store};
use super::review::{Kept, held, key, killed_after_of, nothing, waiting};
use super::shared;
use super::world::{Loss, Repeated, Shared, World, violations};
use crate::engine::driver::lock;
use crate::engine::{Ended, Mode, Why};
use crate::pipeline::{Input, Joint, OFF, Pipeline, Role, Stage};
use crate::store::{Store as _, WaitingKind};

/// The usual pipeline, with a rule that takes the orders which are not sold.
fn diverting(post: bool, take: bool) -> Pipeline {
    let mut pipeline = pipeline();
    let taker = pipeline.stages.len();
    let Role::Transform(mut transform) = pipeline.stages[1].role.clone() else { panic!("a rule") };
    transform.inputs =
        vec![Input { port: "unsold".to_owned(), sources: vec![0], without: Vec::new() }];
    pipeline.stages[3].joints =
        vec![Joint { from: Some(OFF.to_owned()), to: taker, input: "unsold".to_owned() }];
    pipeline.stages.push(Stage {
        id: "unsold".to_owned(),
        enabled: true,
        switch: Some("take".to_owned()),
        role: Role::Transform(transform),
        joints: Vec::new(),
    });
    pipeline.switches.insert("post".to_owned(), post);
    pipeline.switches.insert("take".to_owned(), take);
    pipeline
}

#[track_caller]
fn ran(post: bool, take: bool, world: &Shared, store: &Kept) -> Ended {
    run_of(diverting(post, take), world, store, Mode::Run).0.unwrap()
}

/// Orders that the rule took, and those that were sold.
fn fates(world: &Shared) -> (BTreeSet<String>, BTreeSet<String>) {
    let world = lock(world);
    (
        world.taken.iter().cloned().collect(),
        world.sales.iter().map(|(_, order)| order.clone()).collect(),
    )
}

fn orders(ids: impl IntoIterator<Item = u64>) -> BTreeSet<String> {
    ids.into_iter().map(key).collect()
}

fn is_diverted(store: &Kept, key: &str) -> bool {
    lock(store).inner.recall("till:1/sales", &[key]).unwrap()[0].is_diverted
}

/// Gives an order another revision, as the shop does when it is shipped.
fn ship(world: &Shared, order: u64) {
    let mut world = lock(world);
    world.now += 3_600_000;
    let order = world.orders.iter_mut().find(|other| other.id == order).unwrap();
    order.revision += 1;
}

/// Model 1.8: what was carried another way is not sold when sales are on again, however often it changes.
#[test]
fn an_order_that_was_diverted_is_never_sold() {
    let world = shared(World::calm(3));
    let store = store();
    let ended = ran(false, true, &world, &store);
    assert_eq!(ended.summary.stages["sales"].diverted, 3);
    assert_eq!(fates(&world), (orders(1..=3), orders([])));
    ship(&world, 2);
    ran(true, true, &world, &store);
    ship(&world, 2);
    ran(true, false, &world, &store);
    assert_eq!(fates(&world), (orders(1..=3), orders([])));
    // Nobody takes it now: it waits for the rule, not for the sink.
    assert_eq!(
        waiting(&store).into_iter().map(|row| row.kind).collect::<Vec<_>>(),
        [WaitingKind::Switch { name: "unsold".to_owned() }]
    );
    assert_eq!(lock(&world).taken.len(), 4);
}

/// What has gathered goes the other way once there is one; what gathers while there is none is sold.
#[test]
fn what_waits_for_a_switch_is_diverted_once_a_stage_takes_it() {
    let world = shared(World::calm(3));
    let store = store();
    ran(false, false, &world, &store);
    assert_eq!(fates(&world), (orders([]), orders([])));
    ran(false, true, &world, &store);
    assert_eq!(fates(&world), (orders(1..=3), orders([])));

    let world = shared(World::calm(3));
    let store = super::harness::store();
    ran(false, false, &world, &store);
    ran(true, false, &world, &store);
    assert_eq!(violations(&lock(&world)), nothing());
}

/// What was sold before is not diverted when it changes: it waits for the sink, and the run ends.
#[test]
fn an_order_that_was_sold_is_not_diverted() {
    let world = shared(World::calm(3));
    let store = store();
    ran(true, true, &world, &store);
    ship(&world, 2);
    ran(false, true, &world, &store);
    assert_eq!(fates(&world), (orders([]), orders(1..=3)));
    assert_eq!(waiting(&store).len(), 1);
    ran(true, true, &world, &store);
    assert_eq!((waiting(&store), violations(&lock(&world))), (Vec::new(), nothing()));
}

/// A new store knows of no sale; the sink finds those that are there.
#[test]
fn an_order_whose_sale_the_remote_has_is_not_diverted_by_a_new_store() {
    let world = shared(World::calm(3));
    ran(true, true, &world, &store());
    lock(&world).orders.push(super::world::ShopOrder {
        id: 4,
        paid: true,
        revision: 1,
        email: None,
    });
    ran(false, true, &world, &store());
    assert_eq!(fates(&world), (orders(4..=4), orders(1..=3)));
}

/// Whether a write took effect is found out before its order goes another way.
#[test]
fn an_order_whose_sale_is_in_doubt_is_diverted_only_if_it_took_no_effect() {
    for (loss, sold) in [(Loss::After, orders(1..=1)), (Loss::Before, orders([]))] {
        let world = shared(World::calm(1));
        lock(&world).losses.push_back(loss);
        let store = store();
        killed_after_of(diverting(true, true), 2, &world, &store);
        ran(false, true, &world, &store);
        ran(false, true, &world, &store);
        let (taken, sales) = fates(&world);
        assert_eq!((&sales, taken.is_empty()), (&sold, !sold.is_empty()), "{loss:?}");
        assert_eq!(held(&store), []);
    }
}

/// An order that the sink refuses is not sold anyway.
#[test]
fn what_the_sink_would_refuse_is_diverted() {
    let world = shared(World::calm(2));
    lock(&world).unsellable = Some(key(2));
    let store = store();
    ran(false, true, &world, &store);
    assert_eq!(fates(&world).0, orders(1..=2));
    assert_eq!(held(&store), []);
}

/// Each paid order goes one of the two ways, wherever the process dies.
#[test]
fn a_crash_at_any_commit_leaves_each_order_one_way() {
    for commit in 1..12 {
        let world = shared(World::new(commit, 12, Repeated::Refused, 0));
        let store = store();
        for post in [true, false, true, false] {
            let so_far = lock(&store).commits;
            lock(&store).breaks_at = Some((so_far + commit, commit % 2 == 0));
            let _broken = run_of(diverting(post, true), &world, &store, Mode::Run);
            lock(&store).breaks_at = None;
            lock(&world).now += 600_000;
        }
        ran(true, true, &world, &store);
        let (mut taken, sold) = fates(&world);
        let paid: BTreeSet<String> = lock(&world)
            .orders
            .iter()
            .filter(|order| order.paid)
            .map(|order| key(order.id))
            .collect();
        // What the rule was told in a batch that was lost does not count.
        taken.retain(|key| is_diverted(&store, key));
        assert_eq!(taken.union(&sold).cloned().collect::<BTreeSet<_>>(), paid, "{commit}");
        assert!(taken.is_disjoint(&sold), "{commit}: {taken:?} {sold:?}");
        assert_eq!(lock(&world).sales.len(), sold.len(), "{commit}");
    }
}

#[test]
fn a_plan_tells_what_goes_another_way_and_what_is_there_already_and_a_run_does_not() {
    let world = shared(World::calm(3));
    let shown = |post, mode| {
        let (ended, watcher) = run_of(diverting(post, true), &world, &store(), mode);
        assert_eq!(ended.unwrap().stop, None);
        (watcher.planned.len(), watcher.unwritten)
    };
    let (writes, unwritten) = shown(false, Mode::Plan);
    let at_sales = |why: &Why| {
        let of_why = unwritten.iter().filter(|it| it.stage == "sales" && it.why == *why);
        of_why.map(|it| it.key.clone()).collect::<BTreeSet<_>>()
    };
    assert_eq!((writes, at_sales(&Why::Diverted)), (0, orders([1, 2, 3])));
    assert_eq!(shown(true, Mode::Run), (0, Vec::new()));
    let (writes, unwritten) = shown(true, Mode::Plan);
    let is_found = |why: &Why| matches!(why, Why::Unchanged { id: Some(_) });
    let found = unwritten.iter().filter(|it| it.stage == "sales" && is_found(&it.why));
    assert_eq!((writes, found.map(|it| it.key.clone()).collect()), (0, orders([1, 2, 3])));
}
