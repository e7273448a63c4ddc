//! One process of Penstock: the real engine, driver, store and components, against the vendors of the story.

use std::sync::{Arc, Mutex};

use penstock::contract::{Failure, Request, Response};
use penstock::engine::driver::{
    Components, Driver, Ground, Guests, Network, Observer, Reads, lock,
};
use penstock::engine::{Ended, Engine, Event, Options};
use penstock::pipeline::{ConnectionIndex, Pipeline};
use penstock::store::StoreError;
use penstock::time::{Clock, Instant};

use super::chronicle::Told;
use super::exchange::Vendor;
use super::faulty::Faulty;
use super::reached::{self, Tally};
use super::store::{Death, Mortal, killed};
use super::vendors::Vendors;

/// A process, with its instances of the components.
pub(super) struct Process {
    pipeline: Arc<Pipeline>,
    vendors: Arc<Mutex<Vendors>>,
    store: Arc<Mutex<Mortal>>,
    guests: Told<Faulty<Guests<Mortal>>>,
    /// Its number.
    number: usize,
    tally: Tally,
}

impl Process {
    /// Starts a process. Nothing is called yet.
    pub(super) fn start(
        components: Components,
        pipeline: &Arc<Pipeline>,
        vendors: &Arc<Mutex<Vendors>>,
        store: &Arc<Mutex<Mortal>>,
    ) -> Self {
        let latest = lock(store).inner.latest_instant(&pipeline.name).ok().flatten();
        let number = lock(vendors).begin_process(pipeline, latest);
        let reads = (0..pipeline.connections.len()).map(|connection| {
            let vendor = Vendor::of(connection);
            Arc::new(Line { vendors: Arc::clone(vendors), process: number, vendor })
                as Arc<dyn Reads>
        });
        let clock = Arc::new(StoryClock { vendors: Arc::clone(vendors), process: number });
        let ground = Ground::new(Arc::clone(pipeline), Arc::clone(store), clock, reads.collect());
        let mutation = lock(vendors).mutation;
        let guests = Faulty::new(Guests::new(ground, components), mutation);
        Self {
            pipeline: Arc::clone(pipeline),
            vendors: Arc::clone(vendors),
            store: Arc::clone(store),
            guests: Told::new(guests, Arc::clone(pipeline), Arc::clone(vendors)),
            number,
            tally: Arc::clone(&lock(vendors).tally),
        }
    }

    /// Runs the pipeline to its end, or to where the process dies, if it comes to that point so often.
    pub(super) fn run(
        &mut self,
        options: Options,
        dies: Option<(&'static str, u64, Death)>,
    ) -> Result<Ended, StoreError> {
        let run = lock(&self.vendors).begin_run();
        let (pipeline, store) = (Arc::clone(&self.pipeline), Arc::clone(&self.store));
        let engine = Engine::new(Arc::clone(&pipeline), options);
        let mut network = Story { vendors: Arc::clone(&self.vendors), sender: (self.number, run) };
        let mut watched = Watched { tally: Arc::clone(&self.tally), dies };
        let mut driver = Driver::new(pipeline, store, &mut self.guests, &mut network, &mut watched);
        let ended = driver.run(engine);
        lock(&self.vendors).end_run(run);
        ended
    }
}

/// Counts the points that a process comes to, and has it die at one.
struct Watched {
    tally: Tally,
    dies: Option<(&'static str, u64, Death)>,
}

impl Observer for Watched {
    #[allow(clippy::panic, reason = "that is how this process is to die")]
    fn reached(&mut self, point: &'static str) -> Result<(), StoreError> {
        reached::count(&self.tally, format!("reaches {point}"));
        let Some((_, left, death)) = self.dies.as_mut().filter(|(at, ..)| *at == point) else {
            return Ok(());
        };
        *left -= 1;
        if *left > 0 {
            return Ok(());
        }
        let death = *death;
        self.dies = None;
        match death {
            Death::Killed => {
                reached::count(&self.tally, format!("killed {point}"));
                Err(killed())
            }
            Death::Panicked => panic!("this process panics at {point}"),
            Death::DiskFull => Err(StoreError::Full { file: "memory".to_owned() }),
        }
    }
}

/// The clock of a process.
struct StoryClock {
    vendors: Arc<Mutex<Vendors>>,
    process: usize,
}

impl Clock for StoryClock {
    fn now(&self) -> Instant {
        lock(&self.vendors).shows(self.process)
    }
}

/// The reads of one connection.
struct Line {
    vendors: Arc<Mutex<Vendors>>,
    process: usize,
    vendor: Vendor,
}

impl Reads for Line {
    fn read(&self, request: &Request) -> Result<Response, Failure> {
        lock(&self.vendors).read(self.process, self.vendor, request)
    }

    fn read_all(&self, requests: &[Request]) -> Vec<Result<Response, Failure>> {
        requests.iter().map(|request| self.read(request)).collect()
    }
}

/// The network of the story, for one run.
struct Story {
    vendors: Arc<Mutex<Vendors>>,
    /// The numbers of the process and of its run.
    sender: (usize, u64),
}

impl Network for Story {
    fn now(&self) -> Instant {
        lock(&self.vendors).shows(self.sender.0)
    }

    fn send(&mut self, number: i64, connection: ConnectionIndex, request: &Request) {
        lock(&self.vendors).send(self.sender, number, Vendor::of(connection), request);
    }

    fn probe(&mut self, number: i64, connection: ConnectionIndex, request: &Request) {
        lock(&self.vendors).probe(self.sender, number, Vendor::of(connection), request);
    }

    fn next(&mut self, until: Option<Instant>) -> Option<Event> {
        lock(&self.vendors).next(self.sender, until)
    }
}
