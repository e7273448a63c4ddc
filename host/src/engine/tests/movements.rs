//! Movements of stock on their way: none may be lost, and none may be made twice.

use super::harness::{pipeline, run_of, store};
use super::review::{key, waiting};
use super::shared;
use super::world::{Repeated, World};
use crate::contract::{Decimal, Entry, Output, Payload, StockChange, StockMove, Verdict};
use crate::engine::Mode;
use crate::engine::driver::lock;

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
            attributes: Vec::new(),
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
}
