//! Where the orders are kept: a compact row each, the rest made anew from the seed or kept for what was changed.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::order::{OrderDetail, OrderRow, PaymentStatus};
use crate::late::LateIndex;

/// Makes the details of an order from its position. The generator is one; a shop without generated orders has none.
pub trait Recipe: Send + Sync {
    /// Always the same for the same position.
    fn detail(&self, position: u32) -> OrderDetail;
}

/// One version of an order: its row, and its details where they are not those of the recipe.
#[derive(Clone, Debug)]
pub struct Version {
    /// Status and times.
    pub row: OrderRow,
    /// Details that somebody set.
    pub own: Option<Arc<OrderDetail>>,
}

/// What an order was before a change; kept for the books.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Past {
    /// Until when it was so, in Unix milliseconds.
    pub until_ms: i64,
    /// Its status then.
    pub payment: PaymentStatus,
    /// Its total then.
    pub total_minor: i64,
}

/// All orders of a shop. An order is named by its position, which its internal id tells.
pub struct Orders {
    rows: Vec<OrderRow>,
    own: HashMap<u32, Arc<OrderDetail>>,
    recipe: Option<Arc<dyn Recipe>>,
    past: HashMap<u32, Vec<Past>>,
    by_updated: BTreeSet<(i64, u32)>,
    /// What the search sees.
    pub index: LateIndex<Version>,
}

/// The internal id of the first order.
const FIRST_INTERNAL_ID: u64 = 733_100_201;
/// The letters of a public id, without those that people mix up.
const LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
/// How many bits a public id of five letters holds.
const ID_BITS: u32 = 25;
/// An odd number, so that multiplying by it can be undone within `ID_BITS`.
const ID_FACTOR: u32 = 0x013C_6EF5;

impl Orders {
    /// Orders of a recipe. Rows are in the order of their placement.
    pub fn new(rows: Vec<OrderRow>, recipe: Option<Arc<dyn Recipe>>) -> Self {
        let by_updated = rows
            .iter()
            .enumerate()
            .map(|(position, row)| (row.updated_s, position as u32))
            .collect();
        Self {
            rows,
            own: HashMap::new(),
            recipe,
            past: HashMap::new(),
            by_updated,
            index: LateIndex::default(),
        }
    }

    /// How many there ever were.
    pub fn len(&self) -> u32 {
        self.rows.len() as u32
    }

    /// Whether there never was one.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// All rows, deleted ones too, by position.
    pub fn rows(&self) -> impl Iterator<Item = (u32, &OrderRow)> {
        self.rows.iter().enumerate().map(|(position, row)| (position as u32, row))
    }

    /// The last change of any order, in Unix seconds; 0 where there is none.
    pub fn last_updated_s(&self) -> i64 {
        self.by_updated.last().map_or(0, |(updated_s, _)| *updated_s)
    }

    /// A row.
    pub fn row(&self, position: u32) -> Option<&OrderRow> {
        self.rows.get(position as usize)
    }

    /// The details as they are now.
    pub fn detail(&self, position: u32) -> Arc<OrderDetail> {
        match (self.own.get(&position), &self.recipe) {
            (Some(own), _) => own.clone(),
            (None, Some(recipe)) => Arc::new(recipe.detail(position)),
            (None, None) => Arc::default(),
        }
    }

    /// The details of a version that the search still shows.
    pub fn detail_of(&self, position: u32, version: &Version) -> Arc<OrderDetail> {
        match (&version.own, &self.recipe) {
            (Some(own), _) => own.clone(),
            (None, Some(recipe)) => Arc::new(recipe.detail(position)),
            (None, None) => Arc::default(),
        }
    }

    /// What it was before each change, oldest first.
    pub fn past(&self, position: u32) -> &[Past] {
        self.past.get(&position).map_or(&[], Vec::as_slice)
    }

    /// Adds an order that the search knows from `known_at_ms` on.
    pub fn add(&mut self, row: OrderRow, detail: OrderDetail, known_at_ms: i64) -> u32 {
        let position = self.len();
        self.rows.push(row);
        self.by_updated.insert((row.updated_s, position));
        let own = Arc::new(detail);
        self.own.insert(position, own.clone());
        self.index.changed(position, None, Version { row, own: Some(own) }, known_at_ms);
        position
    }

    /// Changes an order at `now_ms`. The search knows it from `known_at_ms` on; `updateTimestamp` never goes back.
    pub fn change(
        &mut self,
        position: u32,
        when: Changed,
        edit: impl FnOnce(&mut OrderRow, &mut OrderDetail),
    ) {
        let Some(before) = self.row(position).copied() else {
            return;
        };
        let own_before = self.own.get(&position).cloned();
        let detail_before = self.detail(position);
        let (mut row, mut detail) = (before, OrderDetail::clone(&detail_before));
        edit(&mut row, &mut detail);
        row.updated_s = when.now_ms.div_euclid(1000).max(before.updated_s);
        row.ever_paid |= row.payment == PaymentStatus::Paid;
        if detail != *detail_before {
            self.own.insert(position, Arc::new(detail));
        }
        self.past.entry(position).or_default().push(Past {
            until_ms: when.now_ms,
            payment: before.payment,
            total_minor: detail_before.total_minor,
        });
        self.rows[position as usize] = row;
        self.by_updated.remove(&(before.updated_s, position));
        self.by_updated.insert((row.updated_s, position));
        let before = Version { row: before, own: own_before };
        let after = Version { row, own: self.own.get(&position).cloned() };
        self.index.changed(position, Some(before), after, when.known_at_ms);
    }

    /// Positions that a search from `updated_from_s` on could give: those changed since, and those of which the
    /// search sees another version than the live one. A position may come twice.
    pub fn candidates(&self, updated_from_s: i64) -> Vec<u32> {
        let changed = self.by_updated.range((updated_from_s, 0)..).map(|(_, position)| *position);
        changed.chain(self.index.unsettled()).collect()
    }

    /// Position of an internal id.
    pub fn by_internal_id(&self, internal_id: u64) -> Option<u32> {
        let position = u32::try_from(internal_id.checked_sub(FIRST_INTERNAL_ID)?).ok()?;
        (position < self.len()).then_some(position)
    }

    /// Position of a public id.
    pub fn by_id(&self, id: &str) -> Option<u32> {
        let mut code = 0_u32;
        if id.len() != (ID_BITS / 5) as usize {
            return None;
        }
        for letter in id.bytes() {
            code = code << 5 | LETTERS.iter().position(|known| *known == letter)? as u32;
        }
        let position = code.wrapping_mul(inverse(ID_FACTOR)) & ((1 << ID_BITS) - 1);
        (position < self.len()).then_some(position)
    }
}

/// When something changed, and from when on the search knows it. In Unix milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Changed {
    /// The change.
    pub now_ms: i64,
    /// The search.
    pub known_at_ms: i64,
    /// Whoever asks for the record itself.
    pub read_at_ms: i64,
}

/// The internal id of a position.
pub fn internal_id(position: u32) -> u64 {
    FIRST_INTERNAL_ID + u64::from(position)
}

/// The public id of a position: five letters that look drawn, and are one to one.
pub fn public_id(position: u32) -> String {
    let code = position.wrapping_mul(ID_FACTOR) & ((1 << ID_BITS) - 1);
    (0..5).rev().map(|place| char::from(LETTERS[(code >> (5 * place) & 31) as usize])).collect()
}

/// The number that undoes a multiplication by an odd number, modulo 2^32. Each step doubles the bits that are right.
const fn inverse(odd: u32) -> u32 {
    let mut inverse = odd;
    let mut step = 0;
    while step < 5 {
        inverse = inverse.wrapping_mul(2_u32.wrapping_sub(odd.wrapping_mul(inverse)));
        step += 1;
    }
    inverse
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shop::order::{Content, CustomerCase, FulfillmentStatus};

    #[test]
    fn ids_lead_back_to_their_order() {
        let row = OrderRow {
            created_s: 0,
            updated_s: 0,
            payment: PaymentStatus::Paid,
            fulfillment: FulfillmentStatus::Shipped,
            content: Content::Sound,
            customer_case: CustomerCase::Known,
            ever_paid: true,
            takes_stock: true,
            deleted: false,
        };
        let orders = Orders::new(vec![row; 3000], None);
        for position in 0..3000 {
            assert_eq!(orders.by_id(&public_id(position)), Some(position));
            assert_eq!(orders.by_internal_id(internal_id(position)), Some(position));
        }
        assert_eq!(orders.by_id(&public_id(3000)), None);
        assert_eq!(orders.by_id("II"), None);
        assert_eq!(orders.by_internal_id(1), None);
    }

    #[test]
    fn a_row_is_compact() {
        assert!(size_of::<OrderRow>() <= 32);
    }
}
