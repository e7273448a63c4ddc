//! Faults: every kind comes, the same for the same seed, before or after the effect as it says.

use super::{ID_FAULTS, mugs, till_post, world};
use penstock_simulators::faults::{FaultKind, FaultPlan, LATE_INDEX_MS};
use penstock_simulators::http::{Delivery, Reply, Request};
use penstock_simulators::shop::DEMO_TOKEN;
use penstock_simulators::world::{NOW_MS, World};
use serde_json::Value;
use std::collections::BTreeSet;

fn walk(seed: u64, requests: u32) -> (World, Vec<Reply>) {
    let mut world = world();
    world.set_limited(false);
    world.set_faults(&FaultPlan::uniform(seed, 0.5));
    let request = Request::get("/api/v3/1003/orders?limit=3").bearer(DEMO_TOKEN);
    let replies = (0..requests).map(|_| world.shop.handle(&request, NOW_MS)).collect();
    (world, replies)
}

#[test]
fn a_seed_gives_the_same_faults_and_another_seed_others() {
    let (first, replies) = walk(3, 300);
    let (second, same) = walk(3, 300);
    let (_, other) = walk(4, 300);
    assert_eq!(replies, same);
    assert_ne!(replies, other);
    let injected: Vec<_> = first.shop.faults.injected().collect();
    assert_eq!(injected, second.shop.faults.injected().collect::<Vec<_>>());
    assert!((100..200).contains(&injected.len()), "half of 300: {}", injected.len());
    let kinds: BTreeSet<FaultKind> = injected.iter().map(|it| it.kind).collect();
    assert_eq!(kinds.len(), FaultKind::ALL.len(), "every kind comes");
    assert_eq!(first.shop.faults.counts().values().sum::<u64>(), injected.len() as u64);
}

#[test]
fn faults_take_effect_or_not_as_they_say() {
    for kind in FaultKind::ALL {
        let mut world = world();
        let sale = mugs(&mut world, ID_FAULTS, 1);
        world.till.faults.spoil("POST /sales", 0, kind);
        let reply = till_post(&mut world, "/2026-07/sales", sale.clone());
        let count = world.till.sales().rows().len();
        assert_eq!(count, usize::from(kind.takes_effect()), "{kind:?}");
        match kind {
            FaultKind::DropBefore | FaultKind::DropAfter => {
                assert_eq!(reply.delivery, Delivery::Lost)
            }
            FaultKind::TooManySeconds | FaultKind::TooManyDate => {
                let wait = reply.header_value("retry-after").unwrap();
                assert_eq!(
                    (reply.status, wait.ends_with("GMT")),
                    (429, kind == FaultKind::TooManyDate)
                );
            }
            FaultKind::HalfBody => {
                assert_eq!(reply.delivery, Delivery::CutAt(reply.body.len() / 2));
            }
            FaultKind::Malformed => assert_eq!((reply.status, reply.value()), (200, Value::Null)),
            FaultKind::FieldRenamed | FaultKind::FieldRetyped | FaultKind::FieldMissing => {
                assert_eq!(reply.status, 200);
                let plain = till_post(&mut super::world(), "/2026-07/sales", sale).value();
                assert!(reply.value().is_object());
                assert_ne!(reply.value(), plain, "{kind:?}");
            }
            FaultKind::LateIndex => assert_eq!(reply.status, 200),
            _ => assert!((500..504).contains(&reply.status)),
        }
    }
}

#[test]
fn a_late_index_hides_what_was_written() {
    let mut world = world();
    let mut sale = mugs(&mut world, ID_FAULTS, 1);
    sale["invoice_number"] = "EC-1".into();
    world.till.faults.spoil("POST /sales", 0, FaultKind::LateIndex);
    till_post(&mut world, "/2026-07/sales", sale);
    let path = "/2026-07/search?type=sales&invoice_number=EC-1";
    let hits =
        |world: &mut World| super::till_get(world, path).value()["data"].as_array().unwrap().len();
    assert_eq!(hits(&mut world), 0);
    world.till.pass(LATE_INDEX_MS);
    assert_eq!(hits(&mut world), 1);
}

#[test]
fn an_appointed_fault_meets_the_request_it_was_made_for() {
    let mut world = world();
    world.till.faults.spoil("GET /users", 1, FaultKind::DropBefore);
    let lost =
        |world: &mut World, path: &str| super::till_get(world, path).delivery == Delivery::Lost;
    assert!(!lost(&mut world, "/2026-07/users"));
    assert!(!lost(&mut world, "/2026-07/outlets"));
    assert!(lost(&mut world, "/2026-07/users"));
    assert!(!lost(&mut world, "/2026-07/users"));
    assert_eq!(world.till.traffic.answered("GET /users", 0), 1);
    assert_eq!(world.till.traffic.answered("GET /users", 200), 2);
    assert_eq!(world.till.traffic.asked("GET /"), 4);
}
