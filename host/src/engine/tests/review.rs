//! Orders of events that once broke a promise, each with the guard that keeps it.

use std::sync::{Arc, Mutex};

use super::harness::{Breaking, pipeline, run, run_of, store};
use super::shared;
use super::world::{Loss, Shared, ShopOrder, World, violations};
use crate::contract::{Failure, Output, Verdict};
use crate::engine::driver::lock;
use crate::engine::{Fault, Mode, Stop};
use crate::pipeline::{Joint, Pipeline, Role};
use crate::store::{Change, Store as _, StoreError, WaitingKind, WaitingRow};

pub(super) type Kept = Arc<Mutex<Breaking>>;

pub(super) fn key(order: u64) -> String {
    format!("shop:1/orders/{order}")
}

pub(super) fn nothing() -> Vec<String> {
    Vec::new()
}

/// Everything that waits, of all kinds.
pub(super) fn waiting(store: &Kept) -> Vec<WaitingRow> {
    let kinds = ["due", "horizon", "reread", "keys", "busy", "switch", "held", "dead"];
    lock(store).inner.waiting(&kinds, None).unwrap().into_iter().map(|(_, row)| row).collect()
}

pub(super) fn held(store: &Kept) -> Vec<WaitingRow> {
    waiting(store).into_iter().filter(|row| row.kind == WaitingKind::Held).collect()
}

/// A run that is killed right after its Nth commit; then an hour passes. The first commit has the page, its plan and the
/// sending of it; the second what came of that.
pub(super) fn killed_after(commits: u64, world: &Shared, store: &Kept) {
    killed_after_of(pipeline(), commits, world, store);
}

pub(super) fn killed_after_of(pipeline: Pipeline, commits: u64, world: &Shared, store: &Kept) {
    let so_far = lock(store).commits;
    lock(store).breaks_at = Some((so_far + commits, true));
    run_of(pipeline, world, store, Mode::Run).0.unwrap_err();
    lock(store).breaks_at = None;
    lock(world).now += 3_600_000;
}

/// A run that plans so many writes and is refused by the rate limit until long after its end; then an hour passes.
pub(super) fn planned_and_never_sent(writes: usize, world: &Shared, store: &Kept) {
    lock(world).limits.extend(vec![36_000_000; writes]);
    run(world, store, Mode::Run).0.unwrap();
    let mut world = lock(world);
    assert!(world.posted.is_empty() && world.limits.is_empty() && world.customers.is_empty());
    world.now += 3_600_000;
    world.sent.clear();
}

/// The order is another from now on; no page shows it, but it can be read by its key.
fn change_unseen(world: &Shared, order: u64, paid: bool) {
    let mut world = lock(world);
    world.hidden.insert(order);
    let order = world.orders.iter_mut().find(|other| other.id == order).unwrap();
    order.revision += 1;
    order.paid = paid;
}

/// A page of one order each, in which order 1 comes once more, changed, after its write was planned and refused once by
/// the rate limit.
fn changed_while_planned(paid: bool) -> Shared {
    let mut world = World::calm(2);
    world.page = 1;
    // So short that it counts as freshly read when it is sent.
    world.limits.push_back(30_000);
    world.orders.push(ShopOrder { id: 1, paid, revision: 2, email: None });
    shared(world)
}

#[test]
fn an_order_that_changes_while_its_write_waits_to_be_sent_is_posted_as_it_is_then() {
    let world = changed_while_planned(true);
    let store = store();
    assert_eq!(run(&world, &store, Mode::Run).0.unwrap().stop, None);
    let posted: Vec<String> = lock(&world)
        .posted
        .iter()
        .filter(|(of, _)| *of == key(1))
        .map(|(_, revision)| revision.clone())
        .collect();
    assert_eq!(posted, ["2"]);
    assert_eq!(waiting(&store), Vec::new());
}

#[test]
fn an_order_that_is_refunded_while_its_write_waits_to_be_sent_is_held_and_not_posted() {
    let world = changed_while_planned(false);
    let store = store();
    run(&world, &store, Mode::Run).0.unwrap();
    assert!(lock(&world).posted.iter().all(|(of, _)| *of != key(1)));
    assert!(
        held(&store).iter().any(|row| row.reason.contains("not paid")),
        "{:?}",
        waiting(&store)
    );
}

#[test]
fn an_order_that_changed_before_it_was_sent_and_is_still_paid_is_posted() {
    let world = shared(World::calm(1));
    let store = store();
    planned_and_never_sent(1, &world, &store);
    change_unseen(&world, 1, true);
    run(&world, &store, Mode::Run).0.unwrap();
    assert_eq!(lock(&world).posted, [(key(1), "2".to_owned())]);
    assert_eq!(waiting(&store), Vec::new());
}

#[test]
fn an_order_that_changed_is_not_lost_when_the_rule_cannot_be_asked() {
    let world = shared(World::calm(1));
    let store = store();
    planned_and_never_sent(1, &world, &store);
    change_unseen(&world, 1, true);
    let refused = Fault::Failed(Failure::Unauthorized("revoked".to_owned()));
    lock(&world).rule_faults.insert((key(1), "2".to_owned()), refused);
    let ended = run(&world, &store, Mode::Run).0.unwrap();
    assert!(matches!(ended.stop, Some(Stop::Surroundings { .. })));
    lock(&world).rule_faults.clear();
    run(&world, &store, Mode::Run).0.unwrap();
    assert_eq!(lock(&world).posted, [(key(1), "2".to_owned())]);
}

#[test]
fn an_order_that_changed_takes_no_other_order_of_the_same_customer_with_it() {
    let mut world = World::calm(2);
    world.orders.iter_mut().for_each(|order| order.email = Some("mina@example.org".to_owned()));
    let world = shared(world);
    let store = store();
    // The customer's: both sales wait for it.
    planned_and_never_sent(1, &world, &store);
    change_unseen(&world, 2, false);
    run(&world, &store, Mode::Run).0.unwrap();
    assert_eq!(
        lock(&world).posted.iter().filter(|(of, _)| *of == key(1)).count(),
        1,
        "{:?}",
        waiting(&store)
    );
    assert_eq!(violations(&lock(&world)), nothing());
}

/// Pattern 26: what comes late and is older changes nothing.
#[test]
fn an_older_revision_that_comes_back_from_the_till_does_not_follow_the_newer_one() {
    let mut world = World::calm(1);
    world.page = 1;
    world.again = true;
    world.losses.push_back(Loss::Before);
    world.orders.push(ShopOrder { id: 1, paid: true, revision: 2, email: None });
    let world = shared(world);
    let store = store();
    run(&world, &store, Mode::Run).0.unwrap();
    assert_eq!(lock(&world).posted, [(key(1), "2".to_owned())]);
    assert_eq!(lock(&world).prepared, [(key(1), "1".to_owned()), (key(1), "2".to_owned())]);
    assert_eq!(waiting(&store), Vec::new());
}

#[test]
fn what_waits_for_a_stage_or_a_source_that_is_gone_is_held_where_a_person_sees_it() {
    let world = shared(World::calm(4));
    {
        let mut world = lock(&world);
        world.verdicts.insert(key(1), Verdict::Reread(1));
        let horizon = crate::contract::Horizon { input: "orders".to_owned(), at: i64::MAX / 2 };
        world.verdicts.insert(key(2), Verdict::WaitFor(horizon));
    }
    let store = store();
    let mut off = pipeline();
    off.switches.insert("post".to_owned(), false);
    // It ends with its first page, while order 1 still waits to be read anew.
    let so_far = lock(&store).commits;
    lock(&store).breaks_at = Some((so_far + 1, true));
    run_of(off, &world, &store, Mode::Run).0.unwrap_err();
    lock(&store).breaks_at = None;
    lock(&world).now += 1_000;
    let mut renamed = pipeline();
    renamed.connections[0].account = "shop:2".to_owned();
    renamed.stages[0].id = "other_orders".to_owned();
    renamed.stages[3].id = "receipts".to_owned();
    lock(&world).orders.clear();
    lock(&world).verdicts.clear();
    run_of(renamed, &world, &store, Mode::Run).0.unwrap();
    let kinds: Vec<(String, String)> = waiting(&store)
        .iter()
        .map(|row| (row.item.origin.key.clone(), row.kind.word().to_owned()))
        .collect();
    assert!(kinds.contains(&(key(1), "held".to_owned())), "its source is gone: {kinds:?}");
    assert!(!kinds.contains(&(key(2), "horizon".to_owned())), "its horizon never comes: {kinds:?}");
    assert!(kinds.contains(&(key(3), "held".to_owned())), "its stage is gone: {kinds:?}");
}

#[test]
fn a_write_in_doubt_is_settled_under_the_new_name_of_its_sink() {
    for loss in [Loss::Before, Loss::After] {
        let world = shared(World::calm(1));
        lock(&world).losses.push_back(loss);
        let store = store();
        killed_after(2, &world, &store);
        let mut renamed = pipeline();
        renamed.stages[3].id = "receipts".to_owned();
        run_of(renamed, &world, &store, Mode::Run).0.unwrap();
        assert_eq!(violations(&lock(&world)), nothing(), "{loss:?}");
        assert_eq!(waiting(&store), Vec::new(), "{loss:?}");
    }
}

#[test]
fn a_write_in_doubt_whose_sink_is_gone_is_never_taken_for_unsent() {
    let world = shared(World::calm(1));
    lock(&world).losses.push_back(Loss::After);
    let store = store();
    killed_after(2, &world, &store);
    let mut without = pipeline();
    without.stages.pop();
    without.stages[1].joints.pop();
    run_of(without, &world, &store, Mode::Run).0.unwrap();
    let rows = held(&store);
    assert!(rows.len() == 1 && rows[0].write.is_some(), "{rows:?}");
    // A person has it probed again once the sink is back.
    lock(&store).inner.retry("test", &rows[0]).unwrap();
    run(&world, &store, Mode::Run).0.unwrap();
    assert_eq!(violations(&lock(&world)), nothing());
    assert_eq!(lock(&world).sends, 1);
}

/// The sales of the pipeline go to the same till by a second stage.
fn with_second_sales_stage() -> Pipeline {
    let mut pipeline = pipeline();
    let mut second = pipeline.stages[3].clone();
    second.id = "sales_again".to_owned();
    pipeline.stages.push(second);
    pipeline.stages[1].joints.push(Joint {
        from: Some("orders".to_owned()),
        to: 4,
        input: String::new(),
    });
    pipeline
}

/// Pattern 18: two ways to one order are one write.
#[test]
fn two_stages_that_write_to_one_destination_write_each_order_once() {
    let world = shared(World::calm(5));
    let store = store();
    run_of(with_second_sales_stage(), &world, &store, Mode::Run).0.unwrap();
    assert_eq!(violations(&lock(&world)), nothing());
    assert_eq!(waiting(&store), Vec::new());
}

#[test]
fn one_cause_moves_one_counter_once_also_within_a_batch() {
    let world = shared(World::calm(3));
    lock(&world).moves = Some(("counter".to_owned(), true));
    let store = store();
    run(&world, &store, Mode::Run).0.unwrap();
    assert_eq!(lock(&world).posted.len(), 1);
    assert_eq!(held(&store).len(), 2);
}

#[test]
fn writes_that_move_one_counter_wait_for_each_other_and_the_run_does_not_turn_in_a_circle() {
    let world = shared(World::calm(3));
    {
        let mut world = lock(&world);
        world.moves = Some(("counter".to_owned(), false));
        world.limits.push_back(60_000);
    }
    run(&world, &store(), Mode::Run).0.unwrap();
    assert_eq!(violations(&lock(&world)), nothing());
}

#[test]
fn an_address_that_was_refused_once_may_be_tried_by_a_later_order_and_frees_the_earlier_one() {
    let mut world = World::calm(1);
    world.orders[0].email = Some("mina@example.org".to_owned());
    world.refused = Some("email:mina@example.org".to_owned());
    let world = shared(world);
    let store = store();
    run(&world, &store, Mode::Run).0.unwrap();
    assert_eq!(lock(&world).sales.len(), 0);
    {
        let mut world = lock(&world);
        world.refused = None;
        world.orders.push(ShopOrder {
            id: 2,
            paid: true,
            revision: 1,
            email: Some("mina@example.org".to_owned()),
        });
    }
    run(&world, &store, Mode::Run).0.unwrap();
    assert_eq!(violations(&lock(&world)), nothing());
}

#[test]
fn an_order_that_a_second_source_reads_too_is_not_taken_from_the_first() {
    let mut two = pipeline();
    let mut second = two.stages[0].clone();
    second.id = "orders_too".to_owned();
    second.joints = vec![Joint { from: None, to: 5, input: "orders".to_owned() }];
    let mut other = two.stages[1].clone();
    other.id = "looked_at".to_owned();
    other.joints.clear();
    if let Role::Transform(transform) = &mut other.role {
        transform.inputs[0].sources = vec![4];
    }
    two.stages.push(second);
    two.stages.push(other);
    let mut off = two.clone();
    off.switches.insert("post".to_owned(), false);
    let world = shared(World::calm(3));
    let store = store();
    run_of(off, &world, &store, Mode::Run).0.unwrap();
    run_of(two, &world, &store, Mode::Run).0.unwrap();
    assert_eq!(violations(&lock(&world)), nothing());
}

#[test]
fn an_entry_that_depends_on_what_nothing_writes_is_held() {
    let world = shared(World::calm(2));
    let entry = super::world::entry_of(&lock(&world), 1);
    let output = Output { port: "orders".to_owned(), entry, after: vec!["ghost".to_owned()] };
    lock(&world).verdicts.insert(key(1), Verdict::Forward(vec![output]));
    let store = store();
    run(&world, &store, Mode::Run).0.unwrap();
    let rows = held(&store);
    assert!(rows.len() == 1 && rows[0].reason.contains("`ghost`"), "{:?}", waiting(&store));
    assert_eq!(lock(&world).posted.len(), 1);
}

/// One order whose write nobody can settle, and that changed meanwhile.
fn undecided() -> (Shared, Kept, WaitingRow) {
    let mut world = World::calm(1);
    world.page = 1;
    world.blind = true;
    world.losses.push_back(Loss::Before);
    world.orders.push(ShopOrder { id: 1, paid: true, revision: 2, email: None });
    let (world, store) = (shared(world), store());
    run(&world, &store, Mode::Run).0.unwrap();
    let rows = held(&store);
    assert_eq!(rows.len(), 1, "{:?}", waiting(&store));
    assert!(waiting(&store).iter().any(|row| matches!(row.kind, WaitingKind::Busy { .. })));
    lock(&world).blind = false;
    (world, store, rows[0].clone())
}

#[test]
fn what_waits_behind_an_undecided_write_goes_on_however_a_person_decides() {
    for decision in ["skip", "applied", "not applied", "retry"] {
        let (world, store, row) = undecided();
        {
            let mut store = lock(&store);
            match decision {
                "skip" => store.inner.skip("test", &row, "posted by hand", 0).unwrap(),
                "applied" => store.inner.settle("test", &row, Some("there"), 0).unwrap(),
                "not applied" => store.inner.settle("test", &row, None, 0).unwrap(),
                _ => store.inner.retry("test", &row).unwrap(),
            }
            // A second decision comes too late.
            store.inner.settle("test", &row, Some("elsewhere"), 0).unwrap();
        }
        run(&world, &store, Mode::Run).0.unwrap();
        assert_eq!(waiting(&store), Vec::new(), "{decision}");
        // The till has it already where the person says so.
        let posts = usize::from(decision != "applied");
        assert_eq!(lock(&world).posted.len(), posts, "{decision}");
    }
}

#[test]
fn a_write_that_was_sent_often_is_sent_again_when_a_person_wants_it() {
    let world = shared(World::calm(1));
    lock(&world).losses.extend([Loss::Before; 8]);
    let store = store();
    run(&world, &store, Mode::Run).0.unwrap();
    let rows = held(&store);
    assert_eq!(rows.len(), 1, "{:?}", waiting(&store));
    lock(&store).inner.retry("test", &rows[0]).unwrap();
    run(&world, &store, Mode::Run).0.unwrap();
    assert_eq!(violations(&lock(&world)), nothing());
}

#[test]
fn an_undecided_customer_keeps_all_orders_that_asked_for_it() {
    let mut world = World::calm(2);
    world.orders.iter_mut().for_each(|order| order.email = Some("mina@example.org".to_owned()));
    world.blind = true;
    world.losses.push_back(Loss::Before);
    let (world, store) = (shared(world), store());
    run(&world, &store, Mode::Run).0.unwrap();
    let row = held(&store).into_iter().find(|row| row.stage == "customers").unwrap();
    {
        let mut world = lock(&world);
        world.blind = false;
        // The order by which the customer was first asked for is cancelled.
        let first =
            world.orders.iter_mut().find(|order| key(order.id) == row.item.origin.key).unwrap();
        first.revision = 2;
        first.paid = false;
    }
    run(&world, &store, Mode::Run).0.unwrap();
    lock(&store).inner.settle("test", &row, None, 0).unwrap();
    run(&world, &store, Mode::Run).0.unwrap();
    assert_eq!(violations(&lock(&world)), nothing(), "{:?}", waiting(&store));
}

#[test]
fn a_plan_shows_what_is_in_doubt_and_would_be_sent_again() {
    for (loss, shown) in [(Loss::Before, 1), (Loss::After, 0)] {
        let world = shared(World::calm(1));
        lock(&world).losses.push_back(loss);
        let store = store();
        killed_after(2, &world, &store);
        let copy = Breaking::around(lock(&store).inner.copy_in_memory().unwrap());
        let (ended, planned) = run(&world, &Arc::new(Mutex::new(copy)), Mode::Plan);
        assert_eq!(ended.unwrap().stop, None);
        assert_eq!((planned.planned.len(), lock(&world).sends), (shown, 1), "{loss:?}");
    }
}

#[test]
fn an_answer_that_takes_minutes_delays_no_other_write() {
    let world = shared(World::calm(2));
    {
        let mut world = lock(&world);
        world.slow = Some((key(1), 300_000));
        // Order 1 leaves, order 2 is put off for a second.
        world.limits.extend([0, 1_000]);
    }
    let store = store();
    run(&world, &store, Mode::Run).0.unwrap();
    let world = lock(&world);
    let times = |order| {
        world.sent.iter().filter(|(of, _)| *of == key(order)).map(|(_, at)| *at).collect::<Vec<_>>()
    };
    let (first, second) = (times(1), times(2));
    assert!(second.last().unwrap() - second.first().unwrap() < 10_000, "{first:?} {second:?}");
    assert_eq!(violations(&world), nothing());
}

/// Pattern 25: one that is stuck delays no other.
#[test]
fn an_order_that_its_source_cannot_read_anew_delays_no_other() {
    let world = shared(World::calm(4));
    let store = store();
    planned_and_never_sent(4, &world, &store);
    lock(&world).unreadable = Some("2".to_owned());
    assert_eq!(run(&world, &store, Mode::Run).0.unwrap().stop, None);
    assert_eq!(lock(&world).posted.len(), 3);
    assert_eq!(
        held(&store).iter().map(|row| row.item.entry.key.clone()).collect::<Vec<_>>(),
        [key(2)]
    );
}

#[test]
fn what_asks_to_come_again_at_once_for_ever_keeps_no_run_busy() {
    let horizon = crate::contract::Horizon { input: "orders".to_owned(), at: 0 };
    for verdict in [Verdict::Wait(0), Verdict::Reread(0), Verdict::WaitFor(horizon)] {
        let world = shared(World::calm(3));
        lock(&world).verdicts.insert(key(2), verdict.clone());
        let store = store();
        assert_eq!(run(&world, &store, Mode::Run).0.unwrap().stop, None, "{verdict:?}");
        assert_eq!(lock(&world).posted.len(), 2);
        assert!(lock(&world).applies < 50, "{verdict:?}: {} calls", lock(&world).applies);
        assert_eq!(waiting(&store).len(), 1);
    }
}

#[test]
fn a_sink_whose_writes_are_always_too_late_keeps_no_run_busy() {
    let world = shared(World::calm(1));
    lock(&world).send_before = Some(0);
    let store = store();
    run(&world, &store, Mode::Run).0.unwrap();
    assert_eq!((lock(&world).sends, waiting(&store).len()), (0, 1));
}

#[test]
fn a_till_that_puts_off_every_probe_is_told_and_not_asked_for_ever() {
    let world = shared(World::calm(1));
    lock(&world).put_off = true;
    lock(&world).losses.push_back(Loss::Before);
    let ended = run(&world, &store(), Mode::Run).0.unwrap();
    assert!(matches!(ended.stop, Some(Stop::Surroundings { .. })), "{:?}", ended.stop);
}

#[test]
fn an_account_that_is_away_is_not_asked_again_for_each_entry_that_is_left() {
    let world = shared(World::calm(40));
    {
        let mut world = lock(&world);
        world.page = 40;
        world.away = true;
    }
    let store = store();
    let ended = run(&world, &store, Mode::Run).0.unwrap();
    assert!(matches!(ended.stop, Some(Stop::Surroundings { .. })));
    assert_eq!(lock(&world).prepares, 2);
    lock(&world).away = false;
    run(&world, &store, Mode::Run).0.unwrap();
    assert_eq!(violations(&lock(&world)), nothing());
}

/// Pattern 29: a holder that was too slow is refused by its fence.
#[test]
fn a_process_whose_lease_was_taken_commits_nothing_and_sends_nothing() {
    let world = shared(World::calm(2));
    let store = store();
    let lease = lock(&store).inner.lease("till:1/sales", 0, 1_000).unwrap();
    // A copy is another process: it has another name.
    let mut other = lock(&store).inner.copy_in_memory().unwrap();
    let next = other.lease("till:1/sales", 2_000, 3_000).unwrap();
    assert!(next.fence > lease.fence);
    let note = crate::store::NoteRow {
        key: String::new(),
        stage: String::new(),
        text: String::new(),
        at: 0,
    };
    let refused = other.commit("test", &[lease], &[Change::Note(note)]);
    assert!(matches!(refused, Err(StoreError::Fenced { .. })), "{refused:?}");
    // A run that cannot commit sends nothing.
    lock(&store).breaks_at = Some((1, false));
    run(&world, &store, Mode::Run).0.unwrap_err();
    assert_eq!(lock(&world).sends, 0);
}

/// Patterns 2 and 19: the write itself is the claim, under a unique key.
#[test]
fn the_store_itself_refuses_a_second_open_write_of_a_key() {
    let world = shared(World::calm(1));
    let store = store();
    planned_and_never_sent(1, &world, &store);
    let mut store = lock(&store);
    let mut row = store.inner.open_writes("test").unwrap().remove(0);
    row.number += 1_000;
    assert!(store.inner.commit("test", &[], &[Change::Plan(Box::new(row))]).is_err());
}

#[test]
fn what_a_sink_found_to_be_there_frees_those_that_depend_on_it() {
    let mut world = World::calm(1);
    world.orders[0].email = Some("mina@example.org".to_owned());
    let (world, store) = (shared(world), store());
    // The order waits for its customer, whose write is planned and never sent; then someone makes it by hand.
    planned_and_never_sent(1, &world, &store);
    lock(&world).customers.push(("c1".to_owned(), "mina@example.org".to_owned()));
    run(&world, &store, Mode::Run).0.unwrap();
    assert_eq!(violations(&lock(&world)), nothing(), "{:?}", waiting(&store));
}
