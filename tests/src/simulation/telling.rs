//! A story that is told: for snapshots that a person can review.

use std::fmt::Write as _;

use penstock::engine::Ended;
use penstock::engine::driver::lock;
use penstock_simulators::world::World;

use super::{ITEMS, Simulation, minutes};

/// All that an entry can wait for, as the store calls it.
const WAITING_KINDS: [&str; 8] =
    ["due", "horizon", "reread", "keys", "busy", "switch", "held", "dead"];

impl Simulation<'static> {
    /// As [`Simulation::new`], with all that happens told by [`Simulation::tell`].
    ///
    /// # Errors
    /// As [`Simulation::new`].
    pub fn told(seed: u64) -> anyhow::Result<Self> {
        let story = Self::new(seed)?;
        story.be_told();
        Ok(story)
    }

    /// As [`Simulation::in_step`], with all that happens afterwards told by [`Simulation::tell`].
    ///
    /// # Errors
    /// As [`Simulation::in_step`].
    pub fn told_in_step(seed: u64) -> anyhow::Result<Self> {
        let mut story = Self::told(seed)?;
        story.link(&ITEMS)?;
        story.run_for(minutes(3))?;
        story.begin();
        Ok(story)
    }
}

impl Simulation<'_> {
    /// From now on all that happens is told.
    pub(super) fn be_told(&self) {
        {
            let vendors = &mut *lock(&self.vendors);
            vendors.chronicle.turn_on();
            vendors.chronicle.learn(&vendors.world, &vendors.goods);
        }
        self.begin();
    }

    /// The chronicle begins here.
    pub fn begin(&self) {
        let mut vendors = lock(&self.vendors);
        let (now_ms, levels) = (vendors.now_ms(), vendors.levels());
        vendors.chronicle.begin(now_ms, levels);
    }

    /// Has something happen at the vendors now that is no [`Act`](super::Act). `said` tells it.
    pub fn happen<T>(&mut self, said: &str, happen: impl FnOnce(&mut World) -> T) -> T {
        lock(&self.vendors).happen(said, happen)
    }

    /// Tells something that is not the vendors' doing.
    pub(super) fn say(&self, text: &str) {
        let mut vendors = lock(&self.vendors);
        let now_ms = vendors.now_ms();
        vendors.chronicle.outside(now_ms, text);
    }

    /// A run is over; without an end it was killed.
    pub(super) fn tell_end(&self, ended: Option<&Ended>) {
        let stop = match ended {
            Some(ended) => ended.stop.as_ref().map(|stop| format!("the run stops: {stop:?}")),
            None => Some("the process is killed".to_owned()),
        };
        let mut vendors = lock(&self.vendors);
        let now_ms = vendors.now_ms();
        vendors.chronicle.end_run(now_ms, stop.as_deref());
    }

    /// The chronicle, what waits when it ends, and what the simulators' books say of it.
    ///
    /// # Errors
    /// Those of the store.
    pub fn tell(&self) -> anyhow::Result<String> {
        let rows =
            self.with_store(|store| store.waiting(&WAITING_KINDS, Some(&self.pipeline.name)))?;
        let rows: Vec<_> = rows.into_iter().map(|(_, row)| row).collect();
        let vendors = lock(&self.vendors);
        let chronicle = &vendors.chronicle;
        let mut text = chronicle.text();
        write!(text, "\nafter\n{}", vendors.levels().table())?;
        write!(text, "\nwaiting\n{}", chronicle.waiting(&rows))?;
        writeln!(text, "\nbooks")?;
        let books = vendors.world.books();
        for movement in books.movements() {
            if let Some(line) = chronicle.movement(&movement) {
                writeln!(text, "  {line}")?;
            }
        }
        for fault in books.verify() {
            writeln!(text, "  wrong: {}", chronicle.named(&fault))?;
        }
        Ok(text)
    }
}
