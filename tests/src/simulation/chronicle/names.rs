//! Names that people know, in place of ids that were drawn.

use std::collections::BTreeMap;

use penstock_simulators::world::World;
use uuid::Uuid;

use crate::simulation::world::Good;

/// The outlet that the story is about; a counter of it is called as its good is.
const OUTLET: &str = "@Main";

/// The characters of a UUID as text.
const UUID_CHARS: usize = 36;

/// What ids are called. A name that was given once stays, whatever becomes of the SKU.
#[derive(Debug, Default)]
pub(super) struct Names {
    by_uuid: BTreeMap<Uuid, String>,
    by_shop_owner: BTreeMap<String, String>,
}

impl Names {
    /// Learns what it has no name for yet.
    pub(super) fn learn(&mut self, world: &World, goods: &[Good]) {
        for good in goods {
            self.by_shop_owner.entry(good.shop_owner()).or_insert_with(|| good.item.to_owned());
            self.uuid(good.till.product, good.item);
        }
        let till = &world.till;
        till.products().rows().iter().for_each(|row| self.uuid(row.id, &row.value.sku));
        till.outlets().rows().iter().for_each(|row| self.uuid(row.id, &row.value.name));
        till.registers().rows().iter().for_each(|row| self.uuid(row.id, &row.value.name));
        till.payment_types().rows().iter().for_each(|row| self.uuid(row.id, &row.value.name));
        till.taxes().rows().iter().for_each(|row| self.uuid(row.id, &row.value.name));
        till.users().rows().iter().for_each(|row| self.uuid(row.id, &row.value.username));
    }

    fn uuid(&mut self, id: Uuid, name: &str) {
        self.by_uuid.entry(id).or_insert_with(|| name.to_owned());
    }

    /// A counter of either side, as the connectors or the simulators' books name it.
    pub(super) fn counter(&self, owner: &str) -> String {
        if let Some(name) = self.by_shop_owner.get(owner) {
            return name.clone();
        }
        let name = self.text(owner);
        name.strip_suffix(OUTLET).map_or(name.clone(), str::to_owned)
    }

    /// The end of a key, which names the entry at its source.
    pub(super) fn key(&self, key: &str) -> String {
        self.counter(key.rsplit('/').next().unwrap_or(key))
    }

    /// A text with a name for each UUID in it.
    pub(super) fn text(&self, text: &str) -> String {
        let mut named = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if let Some(id) = rest.get(..UUID_CHARS).and_then(|word| Uuid::try_parse(word).ok()) {
                named.push_str(self.by_uuid.get(&id).map_or("(id)", String::as_str));
                rest = &rest[UUID_CHARS..];
            } else {
                named.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
        named
    }
}
