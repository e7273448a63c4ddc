//! Sets of kinds of payload.

use crate::contract::Kind;
use crate::pipeline::faults::listed;

/// Some of the kinds that `commerce.payload` has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Kinds(u8);

const ALL: [(Kind, &str); 6] = [
    (Kind::Order, "order"),
    (Kind::Customer, "customer"),
    (Kind::StockLevel, "stock-level"),
    (Kind::StockChange, "stock-change"),
    (Kind::Product, "product"),
    (Kind::Document, "document"),
];

impl Kinds {
    pub(super) fn of(kinds: &[Kind]) -> Self {
        Self(kinds.iter().fold(0, |bits, kind| bits | bit(*kind)))
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) fn is_one(self) -> bool {
        self.0.count_ones() == 1
    }

    pub(super) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// As people read it: `` `customer`, `order` ``.
    pub(super) fn names(self) -> String {
        listed(ALL.iter().filter(|(kind, _)| self.0 & bit(*kind) != 0).map(|(_, name)| *name))
    }
}

impl std::iter::Sum for Kinds {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| Self(sum.0 | one.0))
    }
}

/// The contract's name of a kind.
pub(super) fn name(kind: Kind) -> &'static str {
    ALL.iter().find(|(known, _)| *known == kind).map_or("document", |(_, name)| name)
}

fn bit(kind: Kind) -> u8 {
    1 << kind as u8
}
