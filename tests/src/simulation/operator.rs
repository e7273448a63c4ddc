//! What the operator of a Penstock does.

use std::sync::Arc;

use penstock::engine::driver::lock;
use penstock::pipeline::Role;

use super::{Item, LEVEL_SOURCES, STOCK_STAGE, Simulation};

impl Simulation {
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
        let (name, now_ms) = (self.pipeline.name.clone(), self.now_ms());
        let dropped = {
            let store = &mut lock(&self.store).inner;
            let relinked = store.renew_links(&name, STOCK_STAGE, &labels, now_ms)?;
            store.accept_levels(&name, STOCK_STAGE, &LEVEL_SOURCES, now_ms)?;
            relinked.dropped
        };
        self.say(&format!(
            "the operator takes new first levels of {}; {dropped} that waited are dropped",
            items.join(", ")
        ));
        Ok(dropped)
    }
}
