//! One test for each guard that no longer story would miss.

use super::harness::{pipeline, run, run_of, store};
use super::review::{held, key, killed_after, nothing, planned_and_never_sent, waiting};
use super::shared;
use super::world::{Loss, ShopOrder, World, entry_of, violations};
use crate::contract::{Customer, Entry, Output, Payload, Verdict};
use crate::engine::Mode;
use crate::engine::driver::lock;
use crate::store::WaitingKind;

const EMAIL: &str = "mina@example.org";

/// The rule puts out the order and, if it is so told, the customer that the order depends on.
fn forward(world: &World, order: u64, with_customer: bool) -> Verdict {
    let entry = entry_of(world, order);
    let customer = Entry {
        key: format!("email:{EMAIL}"),
        revision: "new".to_owned(),
        read_at: entry.read_at,
        payload: Payload::Customer(Customer {
            id: None,
            email: Some(EMAIL.to_owned()),
            name: None,
            phone: None,
            attributes: Vec::new(),
        }),
    };
    let after = vec![customer.key.clone()];
    let mut outputs = vec![Output { port: "orders".to_owned(), entry, after }];
    if with_customer {
        outputs.push(Output { port: "customers".to_owned(), entry: customer, after: Vec::new() });
    }
    Verdict::Forward(outputs)
}

#[test]
fn a_write_that_was_never_sent_is_planned_anew_and_not_probed() {
    let world = shared(World::calm(2));
    let store = store();
    planned_and_never_sent(2, &world, &store);
    run(&world, &store, Mode::Run).0.unwrap();
    assert_eq!(violations(&lock(&world)), nothing());
    assert_eq!(lock(&world).looks, Vec::<i64>::new());
}

#[test]
fn a_write_in_doubt_is_probed_only_after_the_remote_had_time_to_show_it() {
    let world = shared(World::calm(1));
    let store = store();
    killed_after(1, &world, &store);
    let began = lock(&world).now;
    run(&world, &store, Mode::Run).0.unwrap();
    assert_eq!(lock(&world).looks, [began + 1_000]);
    assert_eq!(violations(&lock(&world)), nothing());
}

#[test]
fn an_order_goes_out_with_a_customer_that_its_sink_finds_to_be_there() {
    let world = shared(World::calm(1));
    {
        let mut world = lock(&world);
        world.customers.push(("c1".to_owned(), EMAIL.to_owned()));
        let verdict = forward(&world, 1, true);
        world.verdicts.insert(key(1), verdict);
    }
    let store = store();
    run(&world, &store, Mode::Run).0.unwrap();
    assert_eq!(violations(&lock(&world)), nothing(), "{:?}", waiting(&store));
}

#[test]
fn an_order_falls_with_a_customer_that_traps_the_sink() {
    let world = shared(World::calm(1));
    {
        let mut world = lock(&world);
        world.poison = Some(format!("email:{EMAIL}"));
        let verdict = forward(&world, 1, true);
        world.verdicts.insert(key(1), verdict);
    }
    let store = store();
    run(&world, &store, Mode::Run).0.unwrap();
    let kinds: Vec<WaitingKind> = waiting(&store)
        .into_iter()
        .filter(|row| row.stage == "sales")
        .map(|row| row.kind)
        .collect();
    assert_eq!(kinds, [WaitingKind::Dead { because_of: Some(format!("email:{EMAIL}")) }]);
}

#[test]
fn an_order_waits_for_a_customer_whose_write_is_open() {
    let mut world = World::calm(2);
    world.page = 1;
    world.orders[0].email = Some(EMAIL.to_owned());
    world.limits.push_back(30_000);
    let verdict = forward(&world, 2, false);
    world.verdicts.insert(key(2), verdict);
    let (world, store) = (shared(world), store());
    run(&world, &store, Mode::Run).0.unwrap();
    assert_eq!(held(&store), Vec::new());
    assert_eq!(violations(&lock(&world)), nothing());
}

#[test]
fn a_newer_revision_takes_the_place_of_what_waits() {
    let world = shared(World::calm(1));
    let store = store();
    let mut off = pipeline();
    off.switches.insert("post".to_owned(), false);
    run_of(off.clone(), &world, &store, Mode::Run).0.unwrap();
    lock(&world).orders[0] = ShopOrder { id: 1, paid: true, revision: 2, email: None };
    run_of(off, &world, &store, Mode::Run).0.unwrap();
    let revisions: Vec<String> =
        waiting(&store).into_iter().map(|row| row.item.entry.revision).collect();
    assert_eq!(revisions, ["2"]);
}

#[test]
fn nothing_leaves_under_a_lease_that_may_end_before_the_answer_comes() {
    let world = shared(World::calm(2));
    let store = store();
    lock(&store).lease_ms = Some(60_000);
    run(&world, &store, Mode::Run).0.unwrap();
    assert_eq!(lock(&world).sends, 0);
    lock(&store).lease_ms = None;
    lock(&world).now += 60_000;
    run(&world, &store, Mode::Run).0.unwrap();
    assert_eq!(violations(&lock(&world)), nothing());
}

#[test]
fn two_writes_that_move_one_counter_are_never_on_their_way_together() {
    let world = shared(World::calm(2));
    {
        let mut world = lock(&world);
        world.moves = Some(("counter".to_owned(), false));
        world.slow = Some((key(1), 20_000));
    }
    run(&world, &store(), Mode::Run).0.unwrap();
    let world = lock(&world);
    let at =
        |order| world.sent.iter().find(|(of, _)| *of == key(order)).map(|(_, at)| *at).unwrap();
    assert!(at(2) >= at(1) + 20_000, "{:?}", world.sent);
}

#[test]
fn a_lost_answer_is_neither_lost_nor_sent_twice_where_the_till_would_take_it_twice() {
    let world = shared(World::calm(3));
    lock(&world).losses.extend([Loss::After, Loss::Before, Loss::After]);
    let store = store();
    run(&world, &store, Mode::Run).0.unwrap();
    assert_eq!(violations(&lock(&world)), nothing());
    assert_eq!(waiting(&store), Vec::new());
}
