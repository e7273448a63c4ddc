//! What the operator of a Penstock does.

use std::sync::Arc;

use anyhow::Context as _;
use penstock::engine::driver::lock;
use penstock::pipeline::Role;
use penstock::store::Pair;

use super::{ITEMS, Item, LEVEL_SOURCES, STOCK_STAGE, Simulation, Trouble, Vendor};

impl Simulation<'_> {
    /// Links exactly these goods, as `penstock links --accept` does. Their first levels are not accepted.
    ///
    /// # Errors
    /// Those of the store.
    pub fn link_without_levels(&mut self, items: &[Item]) -> anyhow::Result<()> {
        let pairs = self.pairs(items);
        let now_ms = self.host_ms();
        let store = &mut lock(&self.store).inner;
        store.set_links(&self.pipeline.name, STOCK_STAGE, &pairs, now_ms)?;
        Ok(())
    }

    /// Accepts the first levels of all that is linked, as `penstock links --accept-levels` does.
    ///
    /// # Errors
    /// Those of the store.
    pub fn accept_levels(&mut self) -> anyhow::Result<()> {
        let now_ms = self.host_ms();
        let store = &mut lock(&self.store).inner;
        store.accept_levels(&self.pipeline.name, STOCK_STAGE, &LEVEL_SOURCES, now_ms)?;
        lock(&self.vendors).people.unaccepted.clear();
        Ok(())
    }

    fn pairs(&self, items: &[Item]) -> Vec<Pair> {
        let vendors = lock(&self.vendors);
        let linked = vendors.goods.iter().filter(|good| items.contains(&good.item));
        linked
            .map(|good| Pair {
                left: good.shop_owner(),
                right: good.till_owner(),
                label: good.item.to_owned(),
            })
            .collect()
    }

    /// Changes an option of a connection in the pipeline file, and starts another process with it.
    ///
    /// # Errors
    /// Where there is no such connection.
    pub fn set_option(&mut self, connection: &str, name: &str, value: &str) -> anyhow::Result<()> {
        let mut pipeline = (*self.pipeline).clone();
        let mut connections = pipeline.connections.iter_mut();
        let found = connections.find(|found| found.name == connection);
        let found = found.with_context(|| format!("there is no connection `{connection}`"))?;
        let mut options: serde_json::Value = serde_json::from_str(&found.options)?;
        options[name] = value.into();
        found.options = options.to_string();
        self.say(&format!("the option `{name}` of `{connection}` is now `{value}`"));
        self.pipeline = Arc::new(pipeline);
        self.restart();
        Ok(())
    }

    /// Has what gathered at a sink while its switch was off be held when it is on again: `ask_when_on = true`.
    pub fn ask_when_on(&mut self, stage: &str) {
        let mut pipeline = (*self.pipeline).clone();
        for found in pipeline.stages.iter_mut().filter(|found| found.id == stage) {
            if let Role::Sink(sink) = &mut found.role {
                sink.ask_when_on = true;
            }
        }
        self.pipeline = Arc::new(pipeline);
        self.restart();
    }

    /// `penstock retry`: everything that is held goes on. Answers how much that is.
    ///
    /// # Errors
    /// Those of the store.
    pub fn retry_held(&mut self) -> anyhow::Result<usize> {
        let name = self.pipeline.name.clone();
        let held = {
            let store = &mut lock(&self.store).inner;
            let held = store.waiting(&["held"], Some(&name))?;
            held.iter().try_for_each(|(_, row)| store.retry(&name, row))?;
            held.len()
        };
        self.say(&format!("the operator lets {held} held go on"));
        Ok(held)
    }

    /// `penstock links --renew --accept-levels`: these goods are linked anew, and their first levels accepted.
    /// Answers how many movements that waited are dropped.
    ///
    /// # Errors
    /// Those of the store.
    pub fn take_new_levels(&mut self, items: &[Item]) -> anyhow::Result<usize> {
        let labels: Vec<String> = items.iter().map(|item| (*item).to_owned()).collect();
        let (name, now_ms) = (self.pipeline.name.clone(), self.host_ms());
        let dropped = {
            let store = &mut lock(&self.store).inner;
            let relinked = store.renew_links(&name, STOCK_STAGE, &labels, now_ms)?;
            store.accept_levels(&name, STOCK_STAGE, &LEVEL_SOURCES, now_ms)?;
            relinked.dropped
        };
        lock(&self.vendors).people.unaccepted.clear();
        self.say(&format!(
            "the operator takes new first levels of {}; {dropped} that waited are dropped",
            items.join(", ")
        ));
        Ok(dropped)
    }

    /// The same, and what the two sides did until now is told to nobody any more: what counts is what the till has.
    ///
    /// # Errors
    /// Those of the store.
    pub fn begin_anew(&mut self, items: &[Item]) -> anyhow::Result<()> {
        self.take_new_levels(items)?;
        let mut vendors = lock(&self.vendors);
        let now_ms = vendors.now_ms();
        vendors.people.disturbed.extend(items);
        vendors.people.anew.extend(items.iter().map(|item| (*item, now_ms)));
        Ok(())
    }

    /// Links an item anew, and accepts no first levels yet.
    ///
    /// # Errors
    /// Those of the store.
    pub fn renew(&mut self, item: Item) -> anyhow::Result<()> {
        let now_ms = self.host_ms();
        {
            let store = &mut lock(&self.store).inner;
            store.renew_links(&self.pipeline.name, STOCK_STAGE, &[item.to_owned()], now_ms)?;
        }
        let mut vendors = lock(&self.vendors);
        let now_ms = vendors.now_ms();
        vendors.people.disturbed.insert(item);
        vendors.people.unaccepted.insert(item, now_ms);
        Ok(())
    }

    /// Keeps a copy of the store.
    ///
    /// # Errors
    /// Those of the store.
    pub fn keep(&mut self) -> anyhow::Result<()> {
        self.kept = Some(self.copy_store()?);
        Ok(())
    }

    /// Puts the copy that was kept last in the store's place. One that knows of less stock than was moved is refused, as
    /// `penstock run` does it, until the operator has taken new first levels of everything.
    ///
    /// # Errors
    /// Those of the store.
    pub fn put_back(&mut self) -> anyhow::Result<()> {
        let Some(copy) = self.kept.take() else { return Ok(()) };
        let name = self.pipeline.name.clone();
        let is_older = copy.sendings(&name)? < self.with_store(|store| store.sendings(&name))?;
        self.restore(copy);
        if is_older {
            // What was sold already is found by the sink of sales, which must be on for that; else it passes for reserved.
            if self.pipeline.switches.get("sales") == Some(&false) {
                self.set_switch("sales", true);
            }
            {
                // It is found at the till what was sold since, before anything else: the till must answer for that.
                let mut vendors = lock(&self.vendors);
                vendors.spell = None;
                vendors.read_troubles.clear();
            }
            self.begin_anew(&ITEMS)?;
            self.run_until(None)?;
        }
        Ok(())
    }

    /// Every exchange with a vendor meets the same trouble for a while.
    pub fn spell(&mut self, vendor: Vendor, trouble: Trouble, elapsed_ms: i64) {
        let mut vendors = lock(&self.vendors);
        vendors.spell = Some((vendor, trouble, vendors.now_ms() + elapsed_ms));
    }

    /// The host's clock is so far ahead of the vendors' from now on.
    pub fn skew(&mut self, ahead_ms: i64) {
        let mut vendors = lock(&self.vendors);
        (vendors.skew_ms, vendors.skewed_ms) = (ahead_ms, vendors.now_ms());
        vendors.farthest_ms = vendors.farthest_ms.max(ahead_ms);
    }

    /// What the host takes for the time, in Unix milliseconds.
    pub(super) fn host_ms(&self) -> i64 {
        lock(&self.vendors).host_ms()
    }
}
