//! The main job's components in a line, called as the engine calls them, without the engine and its store.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use anyhow::{Context as _, anyhow, bail};
use penstock::component::{CallLimits, Component, Instance, Lookup, Services};
use penstock::contract::{Entry, Failure, Instant, Intake, OrderPart, Usage, Verdict, Write};
use penstock::engine::limits::APPLY_ENTRIES_MAX;
use penstock::pipeline::{Pipeline, Role, Transform};
use penstock::record::{destination, entry_key, give_back, lend, link, restore, token};

/// Makes new instances, with nothing in their memory.
pub(crate) trait Instances {
    /// Of a connection's connector.
    fn connection(&self, name: &str) -> anyhow::Result<Instance>;
    /// Of a rule.
    fn rule(&self, transform: &Transform) -> anyhow::Result<Instance>;
}

/// Source, rules and sink of the bundled pipeline.
pub(crate) struct Line {
    source: Instance,
    from: Usage,
    /// Account and collection of the source.
    origin: (String, String),
    pull_max: u32,
    /// Keys that came already: a source's windows overlap, and the host drops what it has dealt with.
    seen: HashSet<String>,
    /// In order, each with the parts of an order that it is not given. Orders come in and go out at the port of that
    /// name.
    rules: Vec<(Instance, Vec<OrderPart>)>,
    sink: Instance,
    to: Usage,
    destination: String,
    prepare_max: u32,
    /// What of an order the sink is not given.
    unseen: Vec<OrderPart>,
}

/// The port of orders, at all rules.
const ORDERS: &str = "orders";

impl Line {
    /// Opens the line.
    ///
    /// # Errors
    /// The pipeline is another, or a component does not open.
    pub(crate) fn open(pipeline: &Pipeline, instances: &impl Instances) -> anyhow::Result<Self> {
        let role = |id: &str| {
            let stage = pipeline.stages.iter().find(|stage| stage.id == id);
            stage.map(|stage| &stage.role).with_context(|| format!("no stage `{id}`"))
        };
        let (Role::Source(source), Role::Sink(sink)) = (role("orders")?, role("sales")?) else {
            bail!("`orders` or `sales` is of another role")
        };
        let mut rules = Vec::new();
        for id in ["paid_orders", "matched_orders"] {
            let Role::Transform(transform) = role(id)? else { bail!("`{id}` is no rule") };
            let without = transform.inputs.iter().flat_map(|input| input.without.clone());
            rules.push((instances.rule(transform)?, without.collect()));
        }
        let connection = |index: usize| pipeline.connections.get(index).context("a connection");
        let (shop, till) = (connection(source.connection)?, connection(sink.connection)?);
        Ok(Self {
            source: instances.connection(&shop.name)?,
            from: Usage { collection: source.collection.clone(), options: source.options.clone() },
            origin: (shop.account.clone(), source.collection.clone()),
            pull_max: source.page_max,
            seen: HashSet::new(),
            rules,
            sink: instances.connection(&till.name)?,
            to: Usage { collection: sink.collection.clone(), options: sink.options.clone() },
            destination: destination(&till.account, &sink.collection),
            prepare_max: sink.batch_max,
            unseen: sink.without.clone(),
        })
    }

    /// The writes of the page after a cursor, that page's cursor, and whether there is more.
    ///
    /// # Errors
    /// A component's; also if an order does not become a sale.
    pub(crate) fn page(
        &mut self,
        after: Option<Vec<u8>>,
        now: Instant,
    ) -> anyhow::Result<(Vec<Write>, Vec<u8>, bool)> {
        let page = self.source.pull(&self.from, after.as_ref(), self.pull_max, now)?;
        let mut entries = page.entries;
        for entry in &mut entries {
            entry.key = entry_key(&self.origin.0, &self.origin.1, &entry.key);
        }
        entries.retain(|entry| self.seen.insert(entry.key.clone()));
        for (rule, without) in &mut self.rules {
            let mut passed = Vec::with_capacity(entries.len());
            for mut batch in batches(entries, APPLY_ENTRIES_MAX) {
                let lent: Vec<Entry> = batch.iter_mut().map(|entry| lend(entry, without)).collect();
                let verdicts = rule.apply(ORDERS, &lent, &[])?;
                for ((mut entry, lent), verdict) in batch.into_iter().zip(lent).zip(verdicts) {
                    give_back(&mut entry, lent, without);
                    passed.push(order_of(entry, verdict, without)?);
                }
            }
            entries = passed;
        }
        let mut writes = Vec::with_capacity(entries.len());
        for mut batch in batches(entries, self.prepare_max as usize) {
            let intakes: Vec<Intake> = batch.iter_mut().map(|entry| self.intake(entry)).collect();
            let plan = self.sink.prepare(&self.to, &intakes, None)?;
            if let Some(rejection) = plan.rejections.first() {
                bail!("an order is refused: {}", rejection.message);
            }
            writes.extend(plan.writes);
        }
        Ok((writes, page.next, page.more))
    }

    fn intake(&self, entry: &mut Entry) -> Intake {
        let token = token(&self.destination, &entry.key);
        Intake {
            entry: lend(entry, &self.unseen),
            token,
            prior: None,
            resolved: Vec::new(),
            attempt: 0,
            memo: Vec::new(),
        }
    }
}

/// Opens an instance with the bounds that a run has.
pub(crate) fn open(
    component: &Component,
    options: &str,
    services: Box<dyn Services>,
) -> anyhow::Result<Instance> {
    component.open(options, services, CallLimits::default()).map_err(|error| anyhow!("{error}"))
}

fn batches(entries: Vec<Entry>, length: usize) -> impl Iterator<Item = Vec<Entry>> {
    let mut entries = entries.into_iter();
    std::iter::from_fn(move || {
        let batch: Vec<Entry> = entries.by_ref().take(length.max(1)).collect();
        (!batch.is_empty()).then_some(batch)
    })
}

fn order_of(mut entry: Entry, verdict: Verdict, without: &[OrderPart]) -> anyhow::Result<Entry> {
    match verdict {
        Verdict::Pass(_) => Ok(entry),
        Verdict::Matched(matching) => {
            link(&mut entry, matching.customer);
            Ok(entry)
        }
        Verdict::Forward(outputs) => {
            let order = outputs.into_iter().find(|output| output.port == ORDERS);
            let mut order = order.context("an order went nowhere")?.entry;
            restore(&mut order, &entry, without);
            Ok(order)
        }
        other => bail!("`{}` does not pass: {other:?}", entry.key),
    }
}

/// A directory in memory, as the host's services of a rule's instance.
pub(crate) struct InMemory {
    /// By the value as it is asked for.
    pub(crate) entries: Arc<HashMap<String, Vec<Entry>>>,
    pub(crate) now: Instant,
}

impl Services for InMemory {
    fn now(&mut self) -> Instant {
        self.now
    }

    fn find(&mut self, lookup: Lookup) -> Result<Vec<Vec<Entry>>, Failure> {
        let found = |value: &String| self.entries.get(value).cloned().unwrap_or_default();
        Ok(lookup.values.iter().map(found).collect())
    }
}
