//! The pipeline of these tests, a store that breaks when it is told to, and runs of the real driver.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use super::world::{Guests, Shared, Wire};
use crate::contract::OrderPart;
use crate::engine::driver::{Driver, Observer, lock};
use crate::engine::{Ended, Engine, Mode, Options, Unwritten};
use crate::pipeline::{self, ConnectorRef, Joint, Pipeline, Role, Stage};
use crate::store::{Change, Known, Lease, LinkRow, Side, SqliteStore, Store, StoreError, WriteRow};

/// A store that ends the run at its Nth commit, before or after it is on the disk.
pub struct Breaking {
    pub inner: SqliteStore,
    pub commits: u64,
    pub breaks_at: Option<(u64, bool)>,
    /// Leases are given for so many milliseconds, whatever is asked for.
    pub lease_ms: Option<i64>,
}

impl Breaking {
    pub fn around(inner: SqliteStore) -> Self {
        Self { inner, commits: 0, breaks_at: None, lease_ms: None }
    }
}

impl Store for Breaking {
    fn lease(&mut self, name: &str, now: i64, until: i64) -> Result<Lease, StoreError> {
        let until = self.lease_ms.map_or(until, |ms| now + ms);
        self.inner.lease(name, now, until)
    }
    fn release(&mut self, lease: &Lease) -> Result<(), StoreError> {
        self.inner.release(lease)
    }
    fn commit(
        &mut self,
        pipeline: &str,
        leases: &[Lease],
        changes: &[Change],
    ) -> Result<(), StoreError> {
        self.commits += 1;
        let broken =
            || StoreError::Unusable { file: "test".to_owned(), reason: "killed".to_owned() };
        match self.breaks_at {
            Some((at, false)) if at == self.commits => Err(broken()),
            Some((at, true)) if at == self.commits => {
                self.inner.commit(pipeline, leases, changes)?;
                Err(broken())
            }
            _ => self.inner.commit(pipeline, leases, changes),
        }
    }
    fn cursors(&self, pipeline: &str) -> Result<Vec<crate::store::CursorRow>, StoreError> {
        self.inner.cursors(pipeline)
    }
    fn open_writes(&self, pipeline: &str) -> Result<Vec<WriteRow>, StoreError> {
        self.inner.open_writes(pipeline)
    }
    fn last_number(&self, pipeline: &str) -> Result<i64, StoreError> {
        self.inner.last_number(pipeline)
    }
    fn seen(
        &self,
        pipeline: &str,
        source: &str,
        entries: &[(&str, &str)],
    ) -> Result<Vec<bool>, StoreError> {
        self.inner.seen(pipeline, source, entries)
    }
    fn recall(
        &self,
        destination: &str,
        keys: &[&str],
    ) -> Result<Vec<crate::store::Recall>, StoreError> {
        self.inner.recall(destination, keys)
    }
    fn movers(
        &self,
        account: &str,
        owners: &[&str],
    ) -> Result<Vec<Vec<crate::store::Mover>>, StoreError> {
        self.inner.movers(account, owners)
    }
    fn rested(
        &self,
        account: &str,
        owners: &[&str],
    ) -> Result<Vec<Option<crate::time::Instant>>, StoreError> {
        self.inner.rested(account, owners)
    }
    fn fates(
        &self,
        pipeline: &str,
        destinations: &[String],
        keys: &[&str],
    ) -> Result<Vec<crate::store::KeyFate>, StoreError> {
        self.inner.fates(pipeline, destinations, keys)
    }
    fn known_version(&self, destination: &str) -> Result<Option<u64>, StoreError> {
        self.inner.known_version(destination)
    }
    fn causes_taken(
        &self,
        account: &str,
        causes: &[(&str, &str)],
    ) -> Result<Vec<bool>, StoreError> {
        self.inner.causes_taken(account, causes)
    }
    fn due(
        &self,
        pipeline: &str,
        known: &Known,
        limit: usize,
    ) -> Result<crate::store::Due, StoreError> {
        self.inner.due(pipeline, known, limit)
    }
    fn state(
        &self,
        pipeline: &str,
        stage: &str,
        keys: &[String],
    ) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        self.inner.state(pipeline, stage, keys)
    }
    fn effects(
        &self,
        account: &str,
        owner: &str,
        after: u64,
    ) -> Result<Vec<crate::store::EffectRow>, StoreError> {
        self.inner.effects(account, owner, after)
    }

    fn links(
        &self,
        pipeline: &str,
        stage: &str,
        side: Side,
        owners: &[String],
    ) -> Result<Vec<Option<LinkRow>>, StoreError> {
        self.inner.links(pipeline, stage, side, owners)
    }
}

/// Keeps what a plan shows.
#[derive(Default)]
pub struct Watcher {
    pub planned: Vec<WriteRow>,
    pub unwritten: Vec<Unwritten>,
}

impl Observer for Watcher {
    fn planned(
        &mut self,
        write: &WriteRow,
        _: Result<Vec<crate::contract::Change>, crate::engine::Fault>,
    ) {
        self.planned.push(write.clone());
    }

    fn unwritten(&mut self, entries: Vec<Unwritten>) {
        self.unwritten.extend(entries);
    }
}

/// Orders through one rule into customers and sales.
pub fn pipeline() -> Pipeline {
    let connector =
        |name: &str| ConnectorRef { name: name.to_owned(), path: format!("{name}.wasm").into() };
    let connection = |name: &str| pipeline::Connection {
        name: name.to_owned(),
        connector: connector(name),
        options: "{}".to_owned(),
        account: format!("{name}:1"),
        secret: None,
        endpoints: Vec::new(),
    };
    let stage = |id: &str, role, joints| Stage {
        id: id.to_owned(),
        enabled: true,
        switch: None,
        role,
        joints,
    };
    let joint = |from: Option<&str>, to, input: &str| Joint {
        from: from.map(str::to_owned),
        to,
        input: input.to_owned(),
    };
    let sink = |collection: &str| {
        Role::Sink(pipeline::Sink {
            connection: 1,
            collection: collection.to_owned(),
            options: "{}".to_owned(),
            batch_max: 3,
            without: Vec::new(),
            rests: true,
            fresh_ms: Some(60_000),
            ask_when_on: false,
        })
    };
    let source = Role::Source(pipeline::Source {
        connection: 0,
        collection: "orders".to_owned(),
        options: "{}".to_owned(),
        every_ms: 60_000,
        page_max: 4,
    });
    let transform = Role::Transform(pipeline::Transform {
        connector: connector("match"),
        options: "{}".to_owned(),
        directories: Vec::new(),
        inputs: vec![pipeline::Input {
            port: "orders".to_owned(),
            sources: vec![0],
            without: vec![OrderPart::Lines, OrderPart::Tenders],
        }],
        links: None,
    });
    Pipeline {
        name: "test".to_owned(),
        file: "test.toml".into(),
        switches: BTreeMap::from([("post".to_owned(), true)]),
        connections: vec![connection("shop"), connection("till")],
        stages: vec![
            stage("orders", source, vec![joint(None, 1, "orders")]),
            stage(
                "matched",
                transform,
                vec![joint(Some("customers"), 2, ""), joint(Some("orders"), 3, "")],
            ),
            stage("customers", sink("customers"), Vec::new()),
            Stage { switch: Some("post".to_owned()), ..stage("sales", sink("sales"), Vec::new()) },
        ],
    }
}

/// One run to its end, or to where it breaks.
pub fn run(
    world: &Shared,
    store: &Arc<Mutex<Breaking>>,
    mode: Mode,
) -> (Result<Ended, StoreError>, Watcher) {
    run_of(pipeline(), world, store, mode)
}

/// One run of a pipeline.
pub fn run_of(
    pipeline: Pipeline,
    world: &Shared,
    store: &Arc<Mutex<Breaking>>,
    mode: Mode,
) -> (Result<Ended, StoreError>, Watcher) {
    let pipeline = Arc::new(pipeline);
    let mut guests = Guests(Arc::clone(world));
    let mut wire = Wire { world: Arc::clone(world), events: VecDeque::new(), later: Vec::new() };
    let mut watcher = Watcher::default();
    lock(world).polls = 0;
    let engine = Engine::new(Arc::clone(&pipeline), Options::new(mode));
    let ended =
        Driver::new(pipeline, Arc::clone(store), &mut guests, &mut wire, &mut watcher).run(engine);
    (ended, watcher)
}

/// A store in memory that does not break.
pub fn store() -> Arc<Mutex<Breaking>> {
    Arc::new(Mutex::new(Breaking::around(SqliteStore::in_memory().unwrap())))
}
