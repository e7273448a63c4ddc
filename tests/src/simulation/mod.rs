//! A whole Penstock with both vendors, in this process, in virtual time, from one seed.
//!
//! The engine, the driver, the store and the components are the real ones; the vendors are the simulators. People act
//! at instants of their own, also while a run is under way, and the simulators know who moved what.
//!
//! ```
//! use penstock_tests::simulation::{Simulation, minutes};
//!
//! let mut story = Simulation::in_step(1)?;
//! story.sell("MUG", 1);
//! story.run_for(minutes(5))?;
//! assert_eq!(story.levels("MUG"), (9, 9));
//! # Ok::<(), anyhow::Error>(())
//! ```

mod act;
mod campaign;
mod chronicle;
mod draw;
mod exchange;
mod faulty;
mod history;
mod judge;
mod kit;
mod mutation;
mod operator;
mod process;
mod reached;
mod rest;
mod runs;
mod safety;
mod store;
mod telling;
mod traffic;
mod truth;
mod vendors;
mod way;
mod world;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use penstock::engine::driver::lock;
use penstock::pipeline::{Pipeline, Role};
use penstock::store::SqliteStore;
use penstock_simulators::books::Books;
use penstock_simulators::knobs::{EmailSearch, Knobs};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

pub use act::{Act, BUYERS, Buyer, KNOWN};
pub use campaign::{Built, Campaign, find_out};
pub use exchange::{Trouble, Vendor};
pub use history::{Failure, History, Step};
pub use kit::Kit;
pub use mutation::Mutation;
pub use reached::Reached;
pub use runs::Run;
pub use store::{Crash, Death};
pub use vendors::Written;
pub use world::{BEGINNING_MS, ITEMS, Item, OPENING_PIECES};

use act::good;
use process::Process;
use store::Mortal;
use vendors::Vendors;

/// The stage that joins the counters.
const STOCK_STAGE: &str = "stock";

/// The sources that tell the levels of both ends.
const LEVEL_SOURCES: [&str; 2] = ["shop_stock", "till_stock"];

/// So many seconds, in milliseconds.
#[must_use]
pub const fn seconds(count: i64) -> i64 {
    count * 1_000
}

/// So many minutes, in milliseconds.
#[must_use]
pub const fn minutes(count: i64) -> i64 {
    count * 60_000
}

/// So many hours, in milliseconds.
#[must_use]
pub const fn hours(count: i64) -> i64 {
    count * 3_600_000
}

/// A story.
pub struct Simulation<'k> {
    kit: &'k Kit,
    vendors: Arc<Mutex<Vendors>>,
    store: Arc<Mutex<Mortal>>,
    pipeline: Arc<Pipeline>,
    /// The process that lives, if one does.
    process: Option<Process>,
    /// A copy of the store that somebody has kept.
    kept: Option<SqliteStore>,
    /// Points at which the runs to come are killed, one after the other, each when a run comes there for that time.
    dooms: VecDeque<(&'static str, u64)>,
    /// Points at which the runs to come stand still until another process has taken over, likewise.
    usurpations: VecDeque<&'static str>,
}

impl Simulation<'static> {
    /// A shop and a till with ten pieces of each good, and an empty store. Nothing is linked.
    ///
    /// # Errors
    /// Those of building and loading the components.
    pub fn new(seed: u64) -> anyhow::Result<Self> {
        Self::of(Kit::shared()?, seed)
    }

    /// The same with everything linked, first levels accepted, and some runs made, so that all counters are tracked.
    ///
    /// # Errors
    /// As [`Self::new`]; also where a run does not come to its end.
    pub fn in_step(seed: u64) -> anyhow::Result<Self> {
        Self::in_step_of(Kit::shared()?, seed)
    }
}

impl<'k> Simulation<'k> {
    /// As [`Self::new`], of a kit.
    ///
    /// # Errors
    /// Those of the store.
    pub fn of(kit: &'k Kit, seed: u64) -> anyhow::Result<Self> {
        let vendors = Vendors::new(seed);
        let store = Mortal::around(SqliteStore::in_memory()?, &vendors.tally);
        Ok(Self {
            kit,
            vendors: Arc::new(Mutex::new(vendors)),
            store: Arc::new(Mutex::new(store)),
            pipeline: Arc::clone(&kit.pipeline),
            process: None,
            kept: None,
            dooms: VecDeque::new(),
            usurpations: VecDeque::new(),
        })
    }

    /// As [`Self::in_step`], of a kit.
    ///
    /// # Errors
    /// As [`Self::in_step`].
    pub fn in_step_of(kit: &'k Kit, seed: u64) -> anyhow::Result<Self> {
        let mut story = Self::of(kit, seed)?;
        story.bring_in_step()?;
        Ok(story)
    }

    /// Links everything, accepts first levels, and makes some runs, so that all counters are tracked.
    ///
    /// # Errors
    /// Where a run does not come to its end.
    pub fn bring_in_step(&mut self) -> anyhow::Result<()> {
        self.link(&ITEMS)?;
        self.run_for(minutes(3))
    }

    /// Has a vendor behave in one of the ways that nobody could confirm: `till.duplicate-id` as `replaced`.
    ///
    /// # Errors
    /// There is no such behaviour.
    pub fn set_knob(&mut self, name: &str, value: &str) -> anyhow::Result<()> {
        let (shop, till) = {
            let world = &lock(&self.vendors).world;
            (world.shop.knobs.clone(), world.till.knobs.clone())
        };
        self.meet(format!("knob {name} = {value}"));
        let world = &mut lock(&self.vendors).world;
        let mut knobs = Knobs { shop, till };
        knobs.set(name, value).map_err(|error| anyhow::anyhow!("{error}"))?;
        world.set_knobs(knobs);
        Ok(())
    }

    /// Links exactly these goods, and accepts their first levels, as `penstock links` does.
    ///
    /// # Errors
    /// Those of the store.
    pub fn link(&mut self, items: &[Item]) -> anyhow::Result<()> {
        self.link_without_levels(items)?;
        self.accept_levels()?;
        Ok(())
    }

    /// Turns a switch of the pipeline file on or off, and starts another process with it.
    pub fn set_switch(&mut self, name: &str, is_on: bool) {
        let mut pipeline = (*self.pipeline).clone();
        pipeline.switches.insert(name.to_owned(), is_on);
        lock(&self.vendors).switches.clone_from(&pipeline.switches);
        let turned = if is_on { "on" } else { "off" };
        self.say(&format!("the switch `{name}` is turned {turned}"));
        self.pipeline = Arc::new(pipeline);
        self.restart();
    }

    /// Ends the process; the next run is made by another, whose components remember nothing.
    pub fn restart(&mut self) {
        self.process = None;
    }

    /// Both vendors begin to sell another good, with ten pieces of it. It is not linked.
    pub fn add_good(&mut self, item: Item) {
        lock(&self.vendors).add_good(item);
    }

    /// Has somebody act now. Answers whether anything was done.
    pub fn act(&mut self, act: Act) -> bool {
        lock(&self.vendors).act(act)
    }

    /// Has somebody act after so many milliseconds, whatever happens meanwhile: also in the middle of a run.
    pub fn later(&mut self, after_ms: i64, act: Act) {
        lock(&self.vendors).act_later(after_ms, act);
    }

    /// A buyer orders, and is to pay later. Answers the order's number, for [`Act`]s.
    pub fn place(&mut self, item: Item, quantity: i64) -> usize {
        self.act(Act::Place { item, quantity });
        lock(&self.vendors).people.orders.len().saturating_sub(1)
    }

    /// The money of an order arrives.
    pub fn pay(&mut self, order: usize) {
        self.act(Act::Pay { order });
    }

    /// Somebody buys at the till.
    pub fn sell(&mut self, item: Item, quantity: i64) {
        self.act(Act::Sell { item, quantity });
    }

    /// The merchant corrects a count in the shop.
    pub fn edit(&mut self, item: Item, by: i64) {
        self.act(Act::Edit { item, by });
    }

    /// A clerk corrects a count at the till.
    pub fn count(&mut self, item: Item, by: i64) {
        self.act(Act::Count { item, by });
    }

    /// The write of this number, from 1 since the story began, meets this trouble.
    pub fn trouble(&mut self, write: u64, trouble: Trouble) {
        lock(&self.vendors).troubles.insert(write, trouble);
    }

    /// The next write meets this trouble.
    pub fn trouble_next(&mut self, trouble: Trouble) {
        let next = self.writes_sent() + 1;
        self.trouble(next, trouble);
    }

    /// The next so many attempts of reads meet this trouble.
    pub fn trouble_reads(&mut self, attempts: usize, trouble: Trouble) {
        lock(&self.vendors).read_troubles.extend(std::iter::repeat_n(trouble, attempts));
    }

    /// Lets time pass without a run.
    pub fn wait(&mut self, elapsed_ms: i64) {
        lock(&self.vendors).pass(elapsed_ms);
    }

    /// Builds a fault into Penstock.
    pub fn mutate(&mut self, mutation: Mutation) {
        lock(&self.store).mutation = Some(mutation);
        lock(&self.vendors).mutation = Some(mutation);
        let mut pipeline = (*self.pipeline).clone();
        let sinks = pipeline.stages.iter_mut().filter_map(|stage| match &mut stage.role {
            Role::Sink(sink) => Some(sink),
            _ => None,
        });
        if mutation == Mutation::FreshLookSkipped {
            sinks.for_each(|sink| sink.fresh_ms = None);
        }
        self.pipeline = Arc::new(pipeline);
        if mutation == Mutation::CaseSensitiveEmail {
            // What a search to the letter does not find is not found.
            lock(&self.vendors).world.till.knobs.email_search = EmailSearch::Exact;
        }
    }

    /// The pipeline as a process that begins reads it.
    fn read_pipeline(&self) -> Arc<Pipeline> {
        if !lock(&self.vendors).has(Mutation::SwitchIgnored) {
            return Arc::clone(&self.pipeline);
        }
        let mut pipeline = (*self.pipeline).clone();
        pipeline.switches.values_mut().for_each(|is_on| *is_on = true);
        Arc::new(pipeline)
    }

    /// Commits of the last run.
    #[must_use]
    pub fn commits(&self) -> u64 {
        lock(&self.store).commits
    }

    /// A copy of the store as it is now.
    ///
    /// # Errors
    /// Those of the store.
    pub fn copy_store(&self) -> anyhow::Result<SqliteStore> {
        Ok(lock(&self.store).inner.copy_in_memory()?)
    }

    /// Puts a copy in the store's place.
    pub fn restore(&mut self, copy: SqliteStore) {
        let mut store = lock(&self.store);
        let mutation = store.mutation;
        *store = Mortal { mutation, ..Mortal::around(copy, &store.tally) };
        drop(store);
        // A copy takes first levels for accepted.
        lock(&self.vendors).people.unaccepted.clear();
        self.restart();
    }

    /// The time of the story, in Unix milliseconds.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        lock(&self.vendors).now_ms()
    }

    /// What the shop and the till count of a good.
    ///
    /// # Panics
    /// Where one of them does not count it.
    #[must_use]
    #[allow(clippy::expect_used, reason = "a test that cannot go on fails")]
    pub fn levels(&self, item: Item) -> (i64, i64) {
        let vendors = lock(&self.vendors);
        let good = good(&vendors.goods, item).expect("a good of the story");
        let shop = vendors.world.shop.products().level(good.shop).expect("counted in the shop");
        let till = vendors.world.till.level(good.till).as_ref().and_then(Decimal::to_i64);
        (shop, till.expect("counted at the till"))
    }

    /// Every write that left, in order.
    #[must_use]
    pub fn writes(&self) -> Vec<Written> {
        lock(&self.vendors).writes.clone()
    }

    /// How many writes have left.
    #[must_use]
    pub fn writes_sent(&self) -> u64 {
        lock(&self.vendors).writes.len() as u64
    }

    /// What the simulators' books tell.
    pub fn with_books<T>(&self, look: impl FnOnce(&Books<'_>) -> T) -> T {
        look(&lock(&self.vendors).world.books())
    }

    /// Looks into the store.
    pub fn with_store<T>(&self, look: impl FnOnce(&SqliteStore) -> T) -> T {
        look(&lock(&self.store).inner)
    }
}
