//! Random histories of a small world, held against its own truth.
//!
//! Buyers, a cashier and clerks move two counters; the vendors answer late, out of order and from
//! stale copies; writes wait, are withdrawn, applied, and their replies lost. Then the faults stop.

mod sim;

use penstock_connector_sdk::connector::Connector;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::StockDelta;
use crate::options::Guard;
use sim::World;

/// How long the shop's counts lag, at most, in milliseconds: less than the rule is told.
const STALE_MS_MAX: i64 = 10_000;
/// Histories of each kind.
const CASES: u32 = 300;

/// Something that happens.
#[derive(Clone, Copy, Debug)]
enum Event {
    Place(i64),
    Cancel(usize),
    Pay(usize),
    EditShop(i64),
    EditTill(i64),
    PullOrders,
    Audit {
        stale_ms: i64,
    },
    ReadShop {
        stale_ms: i64,
        late: bool,
    },
    ReadTill {
        stale_ms: i64,
        late: bool,
    },
    /// A write takes its next step; `luck` says which.
    Write {
        which: usize,
        luck: u8,
    },
}

fn event() -> impl Strategy<Value = Event> {
    let stale = || 0..STALE_MS_MAX;
    prop_oneof![
        2 => (1_i64..4).prop_map(Event::Place),
        1 => (0_usize..4).prop_map(Event::Cancel),
        2 => (0_usize..4).prop_map(Event::Pay),
        1 => (-3_i64..4).prop_map(Event::EditShop),
        1 => (-3_i64..4).prop_map(Event::EditTill),
        3 => Just(Event::PullOrders),
        2 => stale().prop_map(|stale_ms| Event::Audit { stale_ms }),
        3 => (stale(), any::<bool>()).prop_map(|(stale_ms, late)| Event::ReadShop { stale_ms, late }),
        3 => (stale(), any::<bool>()).prop_map(|(stale_ms, late)| Event::ReadTill { stale_ms, late }),
        6 => (0_usize..4, 0_u8..8).prop_map(|(which, luck)| Event::Write { which, luck }),
    ]
}

/// Runs random histories, each with the milliseconds before its events.
fn run(options: &str, without: Option<Guard>) -> Result<(), String> {
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    let rng = proptest::test_runner::TestRng::deterministic_rng(config.rng_algorithm);
    let histories = vec((200_i64..12_000, event()), 1..60);
    let judged = |history: Vec<(i64, Event)>| {
        let mut rule = StockDelta::open(options).unwrap();
        rule.options.without = without;
        let mut world = World::new(rule);
        for (after_ms, event) in history {
            world.pass(after_ms);
            world.happen(event);
        }
        world.come_to_rest();
        world.check().map_err(TestCaseError::fail)
    };
    TestRunner::new_with_rng(config, rng).run(&histories, judged).map_err(|error| error.to_string())
}

/// S4, S5, S9, L1, L3: each cause is applied once, nothing of ours is mirrored, what is mirrored is
/// what was changed, both counters come to what truly happened, and writes stop.
#[test]
fn both_counters_come_to_what_truly_happened_and_no_echo_is_written() {
    run("{}", None).unwrap();
}

#[test]
fn so_they_do_where_the_shop_may_be_below_zero() {
    run(r#"{"allow_negative": true}"#, None).unwrap();
}

#[test]
fn so_they_do_where_some_of_it_is_kept_back() {
    run(r#"{"buffer": 3}"#, None).unwrap();
}

#[test]
fn without_the_orders_before_a_count_an_order_is_taken_for_an_edit() {
    let failure = run("{}", Some(Guard::OrderRefresh)).unwrap_err();
    assert!(failure.contains("the till was told"), "{failure}");
}

#[test]
fn without_a_stop_at_open_writes_an_own_write_is_taken_for_an_edit() {
    let failure = run("{}", Some(Guard::OpenEffectStop)).unwrap_err();
    assert!(failure.contains("was told"), "{failure}");
}

#[test]
fn without_evidence_a_stale_count_undoes_an_own_write() {
    let failure = run("{}", Some(Guard::Evidence)).unwrap_err();
    assert!(failure.contains("was told"), "{failure}");
}
