//! The world is audited at any time, by readings as stale as all others: no pair of it ever differs.

use penstock_connector_sdk::audit::{Accord, Audit, Counter, Examine, KnownTo, LinkedPair};
use penstock_connector_sdk::commerce::{Entry, Payload};
use penstock_connector_sdk::types::Instant;

use super::{World, index, owner};
use crate::cell::Side;

/// Both counters, read at one time.
#[derive(Clone)]
pub(super) struct Look([Entry; 2]);

/// Looks that are judged again with all that is known later.
const LOOKS_MAX: usize = 4;

impl World {
    /// Reads both counters, and judges this and earlier looks.
    pub(in crate::tests::world) fn audit(&mut self, stale_ms: i64) {
        let look = Look([Side::Shop, Side::Till].map(|side| self.read(side, stale_ms)));
        self.looks.push(look);
        if self.looks.len() > LOOKS_MAX {
            self.looks.remove(0);
        }
        for look in self.looks.clone() {
            let found = self.judged(&look, self.orders_to);
            if matches!(found, Accord::Differing(_) | Accord::Quarantined(_)) {
                self.alarms.push(format!("an audit calls it {found:?}"));
            }
        }
    }

    /// Whether it is in step now that nothing happens any more.
    pub(super) fn is_in_step(&self) -> Result<(), String> {
        let look = Look([Side::Shop, Side::Till].map(|side| self.read(side, 0)));
        match self.judged(&look, Instant::MAX) {
            Accord::InStep => Ok(()),
            other => Err(format!("at rest an audit calls it {other:?}")),
        }
    }

    fn judged(&self, look: &Look, orders_to: Instant) -> Accord {
        let counter = |side: Side| {
            let entry = &look.0[index(side)];
            let Payload::StockLevel(level) = &entry.payload else { panic!("no level") };
            let waits = self.waiting.iter().any(|waiting| waiting.side == side);
            Counter {
                owner: owner(side).to_owned(),
                level: Some(level.clone()),
                read_at: entry.read_at,
                told_to: self.told_to[index(side)].filter(|_| !waits),
                stuck: Vec::new(),
            }
        };
        let (left, right) = (counter(Side::Shop), counter(Side::Till));
        let pairs = [LinkedPair { link: 1, levels_accepted: true, left, right }];
        let known = [KnownTo { input: "orders".to_owned(), at: orders_to }];
        let call = Examine { pairs: &pairs, known: &known };
        self.rule.examine(&call, &self.host).unwrap().remove(0).accord
    }
}
