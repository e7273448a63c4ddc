//! Movements of stock on their way: none may be lost, and none may be made twice.

use super::harness::{pipeline, run_of, store};
use super::review::{key, waiting};
use super::shared;
use super::world::{Loss, Repeated, SETTLE_MS, World};
use crate::contract::{
    Decimal, EffectStatus, Entry, Output, Pair, Payload, StockChange, StockMove, Verdict,
};
use crate::engine::Mode;
use crate::engine::driver::lock;
use crate::store::{Pair as Linked, SqliteStore, Store as _};

/// A movement that a rule makes of a reading.
fn movement(number: u64) -> Entry {
    Entry {
        key: format!("mirror:1:{number}"),
        revision: "1".to_owned(),
        read_at: 0,
        payload: Payload::StockChange(StockChange {
            owner: "mug".to_owned(),
            location: String::new(),
            quantity: StockMove::By(Decimal { units: -1, scale: 0 }),
            cause: format!("mirror:1:{number}"),
            reason: "sold in the shop".to_owned(),
            attributes: vec![Pair { name: "link".to_owned(), value: "1".to_owned() }],
        }),
    }
}

fn put_out(number: u64) -> Verdict {
    let entry = movement(number);
    Verdict::Forward(vec![Output { port: "orders".to_owned(), entry, after: Vec::new() }])
}

#[test]
fn a_newer_reading_takes_no_movement_of_an_earlier_one_with_it() {
    let world = shared(World::new(1, 1, Repeated::Refused, 0));
    let store = store();
    let mut off = pipeline();
    off.switches.insert("post".to_owned(), false);
    for number in 1..=3 {
        let mut at_work = lock(&world);
        at_work.orders[0].paid = true;
        at_work.orders[0].revision += 1;
        let reading = key(at_work.orders[0].id);
        at_work.verdicts.insert(reading, put_out(number));
        drop(at_work);
        run_of(off.clone(), &world, &store, Mode::Run).0.unwrap();
        lock(&world).now += 3_600_000;
    }
    let mut keys: Vec<String> = waiting(&store).into_iter().map(|row| row.item.entry.key).collect();
    keys.sort();
    assert_eq!(keys, ["mirror:1:1", "mirror:1:2", "mirror:1:3"]);

    // They go with the link that they follow, and with no other.
    let mut at_work = lock(&store);
    let name = pipeline().name;
    let link = |left: &str| Linked {
        left: left.to_owned(),
        right: format!("till {left}"),
        label: left.to_owned(),
    };
    let both = [link("mug"), link("cup")];
    let links = |store: &mut SqliteStore, pairs: &[Linked]| {
        store.set_links(&name, "stock", pairs, 0).unwrap().dropped
    };
    assert_eq!(links(&mut at_work.inner, &both), 0);
    assert_eq!(links(&mut at_work.inner, &both[..1]), 0);
    assert_eq!(links(&mut at_work.inner, &[]), 3);
    drop(at_work);
    assert_eq!(waiting(&store).len(), 0);
}

/// Movements of one counter, of which the first answer is lost after it took effect. Answers when each was planned,
/// and when it was settled.
fn with_a_lost_answer(movements: u64, readings: u64) -> (Vec<i64>, Vec<i64>) {
    let world = shared(World::calm(readings));
    let store = store();
    let mut at_work = lock(&world);
    at_work.moves = Some(("mug".to_owned(), false));
    at_work.losses.push_back(Loss::After);
    for reading in 1..=readings {
        let numbers = (reading - 1) * movements + 1..=reading * movements;
        let outputs = numbers.flat_map(|number| match put_out(number) {
            Verdict::Forward(outputs) => outputs,
            _ => Vec::new(),
        });
        let id = at_work.orders[usize::try_from(reading - 1).unwrap()].id;
        at_work.verdicts.insert(key(id), Verdict::Forward(outputs.collect()));
    }
    drop(at_work);
    run_of(pipeline(), &world, &store, Mode::Run).0.unwrap();
    let effects = lock(&store).effects("till:1", "mug", 0).unwrap();
    assert!(effects.iter().all(|effect| effect.status == EffectStatus::Applied), "{effects:?}");
    let planned = lock(&world).planned.clone();
    (planned, effects.into_iter().filter_map(|effect| effect.settled_at).collect())
}

#[test]
fn movements_of_one_counter_are_planned_one_after_the_other() {
    for (movements, readings) in [(3, 1), (1, 3), (2, 2)] {
        let (planned, settled) = with_a_lost_answer(movements, readings);
        let count = usize::try_from(movements * readings).unwrap();
        assert_eq!((planned.len(), settled.len()), (count, count), "each once");
        for (settled, next) in settled.iter().zip(planned.iter().skip(1)) {
            let rested = settled + SETTLE_MS;
            assert!(rested <= *next, "planned at {planned:?}, settled at {settled:?}");
        }
    }
}
