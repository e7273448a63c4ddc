//! The rule's memory: JSON values under keys, read once a batch and staged at its end.

use std::collections::{BTreeMap, BTreeSet};

use penstock_connector_sdk::host::State;
use penstock_connector_sdk::json;
use penstock_connector_sdk::types::Failure;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::cell::Cell;
use crate::orders::{Noted, Tally};

/// Most values that are asked for in one call of the host.
const KEYS_AT_ONCE_MAX: usize = 500;

/// A key of the state, and its value.
type Row = (String, Option<Vec<u8>>);

/// All that the rule remembers.
#[derive(Debug)]
pub(crate) struct Memory {
    /// Pairs, by the shop's counter.
    pub(crate) cells: Table<Cell>,
    /// What orders did, by the shop's counter.
    pub(crate) tallies: Table<Tally>,
    /// Orders, by their keys.
    pub(crate) orders: Table<Noted>,
}

/// Values of one kind.
#[derive(Debug)]
pub(crate) struct Table<T> {
    prefix: &'static str,
    rows: BTreeMap<String, Option<T>>,
    changed: BTreeSet<String>,
}

impl Memory {
    pub(crate) const fn new() -> Self {
        Self {
            cells: Table::new("cell/"),
            tallies: Table::new("orders/"),
            orders: Table::new("order/"),
        }
    }

    /// Stages what was changed.
    pub(crate) fn store(&self, host: &impl State) -> Result<(), Failure> {
        let mut rows = self.cells.staged()?;
        rows.extend(self.tallies.staged()?);
        rows.extend(self.orders.staged()?);
        for rows in rows.chunks(KEYS_AT_ONCE_MAX) {
            host.put(rows);
        }
        Ok(())
    }
}

impl<T: Clone + Serialize + DeserializeOwned> Table<T> {
    const fn new(prefix: &'static str) -> Self {
        Self { prefix, rows: BTreeMap::new(), changed: BTreeSet::new() }
    }

    /// Reads what will be wanted, in as few calls as it takes.
    pub(crate) fn load<'a>(
        &mut self,
        names: impl IntoIterator<Item = &'a str>,
        host: &impl State,
    ) -> Result<(), Failure> {
        let names: BTreeSet<&str> =
            names.into_iter().filter(|name| !self.rows.contains_key(*name)).collect();
        let names: Vec<&str> = names.into_iter().collect();
        for names in names.chunks(KEYS_AT_ONCE_MAX) {
            let keys: Vec<String> =
                names.iter().map(|name| format!("{}{name}", self.prefix)).collect();
            let values = host.get(&keys);
            if values.len() != keys.len() {
                return Err(Failure::unexpected("the host did not answer for each key"));
            }
            for ((name, key), value) in names.iter().zip(&keys).zip(values) {
                let row = value.map(|text| json::from_slice(&text, key)).transpose()?;
                self.rows.insert((*name).to_owned(), row);
            }
        }
        Ok(())
    }

    pub(crate) fn get(&mut self, name: &str, host: &impl State) -> Result<Option<T>, Failure> {
        self.load([name], host)?;
        Ok(self.rows.get(name).cloned().flatten())
    }

    pub(crate) fn set(&mut self, name: &str, value: T) {
        self.rows.insert(name.to_owned(), Some(value));
        self.changed.insert(name.to_owned());
    }

    fn staged(&self) -> Result<Vec<Row>, Failure> {
        let changed = self.changed.iter().filter_map(|name| Some((name, self.rows.get(name)?)));
        let text = |(name, row): (&String, &Option<T>)| {
            let text = row.as_ref().map(serde_json::to_vec).transpose();
            let text = text.map_err(|error| Failure::Unexpected(error.to_string()))?;
            Ok((format!("{}{name}", self.prefix), text))
        };
        changed.map(text).collect()
    }
}
