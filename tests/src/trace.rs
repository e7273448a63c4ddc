//! A whole run in this process, told stage by stage: for snapshots that a person can review.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use anyhow::Context as _;
use penstock::commands::Catalogue;
use penstock::component::{Runtime, RuntimeOptions};
use penstock::contract::{
    Change, Conclusion, CustomerLink, Entry, Horizon, Intake, Matching, Output, Page, Payload,
    Plan, Response, Settled, Verdict, Write,
};
use penstock::egress::{Egress, EgressOptions};
use penstock::engine::driver::{
    Applied, Components, Connectors, Driver, Ground, Guests, Observer, Wire, reads,
};
use penstock::engine::{Engine, Fault, Mode, Options};
use penstock::pipeline::{self, Files, Pipeline, Process, Role};
use penstock::record::decimal_text;
use penstock::store::{NoteRow, SqliteStore};
use penstock::time::{Clock, SystemClock};
use penstock_simulators::{shop, till};
use secrecy::SecretString;
use serde_json::Value;

use crate::Project;

/// Runs the project's pipeline once on a store in memory, and tells what came in, what each stage put out, what was
/// planned, and what came of it. What differs from run to run is left out.
///
/// # Errors
/// Whatever keeps the run from its end.
pub fn traced_run(project: &Project) -> anyhow::Result<String> {
    let runtime =
        Runtime::new(RuntimeOptions { cache_dir: Some(xtask::root().join("target/code-cache")) })?;
    let catalogue = Catalogue::new(Arc::clone(&runtime), vec![project.connectors().to_owned()]);
    let file = project.folder().join("ecwid-vend.toml");
    let connections = project.folder().join("simulators.toml");
    let files = Files::load(&file, Some(&connections), &Process)
        .map_err(|report| anyhow::anyhow!("{report:?}"))?;
    let (pipeline, reports) = pipeline::read(&files, &catalogue);
    let pipeline = Arc::new(pipeline.with_context(|| format!("{reports:?}"))?);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let egress = Egress::new(EgressOptions::default(), Arc::clone(&clock))?;
    let ways: Vec<_> = pipeline
        .connections
        .iter()
        .map(|connection| {
            let token = if connection.name == "shop" { shop::DEMO_TOKEN } else { till::DEMO_TOKEN };
            egress.connect(connection, Some(&SecretString::from(token)))
        })
        .collect();
    let components = components(&pipeline, &catalogue, project)?;
    let store = Arc::new(Mutex::new(SqliteStore::in_memory()?));
    let ground =
        Ground::new(Arc::clone(&pipeline), Arc::clone(&store), Arc::clone(&clock), reads(&ways));
    let mut traced = Traced {
        inner: Guests::new(ground, components),
        pipeline: Arc::clone(&pipeline),
        told: String::new(),
    };
    let mut wire = Wire::new(egress, ways, clock);
    let engine = Engine::new(Arc::clone(&pipeline), Options::new(Mode::Run));
    let ended = Driver::new(pipeline, store, &mut traced, &mut wire, &mut Unwatched).run(engine)?;
    let mut told = traced.told;
    writeln!(told, "\n== outcome")?;
    for (stage, counts) in &ended.summary.stages {
        let mut counts = serde_json::to_value(counts)?;
        if let Some(counts) = counts.as_object_mut() {
            counts
                .retain(|_, count| *count != 0 && *count != Value::Object(serde_json::Map::new()));
        }
        writeln!(told, "{stage}: {counts}")?;
    }
    if let Some(stop) = ended.stop {
        writeln!(told, "stopped: {stop:?}")?;
    }
    Ok(told)
}

fn components(
    pipeline: &Pipeline,
    catalogue: &Catalogue,
    project: &Project,
) -> anyhow::Result<Components> {
    let mut rules = HashMap::new();
    for (index, stage) in pipeline.stages.iter().enumerate() {
        if let Role::Transform(transform) = &stage.role {
            rules.insert(index, catalogue.component(&transform.connector)?);
        }
    }
    let connections = pipeline
        .connections
        .iter()
        .map(|connection| catalogue.component(&connection.connector))
        .collect::<Result<_, _>>()?;
    let kept = project.folder().join("components");
    Ok(Components { runtime: Arc::clone(&catalogue.runtime), connections, rules, kept })
}

struct Unwatched;
impl Observer for Unwatched {}

/// Connectors whose calls are told.
struct Traced {
    inner: Guests<SqliteStore>,
    pipeline: Arc<Pipeline>,
    told: String,
}

impl Traced {
    fn title(&mut self, stage: usize, what: &str) {
        let id = self.pipeline.stages.get(stage).map_or("?", |stage| &stage.id);
        // Writing into a `String` cannot fail.
        let _ = writeln!(self.told, "\n== {id}: {what}");
    }

    fn line(&mut self, text: &str) {
        self.told.push_str(text);
        self.told.push('\n');
    }
}

impl Connectors for Traced {
    fn pull(
        &mut self,
        stage: usize,
        after: Option<Vec<u8>>,
        limit: u32,
        now: i64,
    ) -> Result<Page, Fault> {
        let mut page = self.inner.pull(stage, after, limit, now)?;
        // The vendor's order within a page is not promised.
        page.entries.sort_by(|one, other| one.key.cmp(&other.key));
        if !page.entries.is_empty() {
            self.title(stage, "page");
        }
        for entry in &page.entries {
            let text = entry_words(entry);
            self.line(&text);
        }
        Ok(page)
    }

    fn apply(
        &mut self,
        stage: usize,
        input: &str,
        entries: Vec<Entry>,
        horizons: Vec<Horizon>,
    ) -> Result<Applied, Fault> {
        let keys: Vec<String> = entries.iter().map(|entry| short(&entry.key)).collect();
        let applied = self.inner.apply(stage, input, entries, horizons)?;
        self.title(stage, "verdicts");
        for (key, verdict) in keys.iter().zip(&applied.0) {
            let text = verdict_words(key, verdict);
            self.line(&text);
        }
        Ok(applied)
    }

    fn prepare(
        &mut self,
        stage: usize,
        intakes: Vec<Intake>,
        known: Option<u64>,
    ) -> Result<Plan, Fault> {
        let keys: Vec<String> = intakes.iter().map(|intake| short(&intake.entry.key)).collect();
        let plan = self.inner.prepare(stage, intakes.clone(), known)?;
        let component = self.inner.digest(stage);
        self.title(stage, "plan");
        let key = |position: u32| keys.get(position as usize).map_or("?", String::as_str);
        for write in &plan.writes {
            let covers: Vec<&str> = write.covers.iter().map(|position| key(*position)).collect();
            let covered: Vec<Intake> =
                write.covers.iter().map(|position| intakes[*position as usize].clone()).collect();
            let told = self.inner.explain(stage, &component, write, &covered)?;
            let text = write_words(write, &told, &covers.join(", "));
            self.line(&text);
        }
        for existing in &plan.unchanged {
            let text = format!("{}: already there", key(existing.intake));
            self.line(&text);
        }
        for rejection in &plan.rejections {
            let hint = rejection
                .hint
                .as_ref()
                .map(|hint| format!("\n    hint: {hint}"))
                .unwrap_or_default();
            let text = format!("{}: held: {}{hint}", key(rejection.intake), rejection.message);
            self.line(&text);
        }
        Ok(plan)
    }

    fn explain(
        &mut self,
        stage: usize,
        component: &str,
        write: &Write,
        intakes: &[Intake],
    ) -> Result<Vec<Change>, Fault> {
        self.inner.explain(stage, component, write, intakes)
    }

    fn conclude(
        &mut self,
        stage: usize,
        component: &str,
        write: &Write,
        response: &Response,
    ) -> Result<Conclusion, Fault> {
        let conclusion = self.inner.conclude(stage, component, write, response)?;
        let text =
            format!("{} -> {} {}", write.summary, response.status, conclusion_words(&conclusion));
        self.title(stage, "answer");
        self.line(&text);
        Ok(conclusion)
    }

    fn settle(
        &mut self,
        stage: usize,
        component: &str,
        write: &Write,
        response: &Response,
    ) -> Result<Conclusion, Fault> {
        self.inner.settle(stage, component, write, response)
    }

    fn find_by_key(&mut self, stage: usize, ids: Vec<String>) -> Result<Vec<Vec<Entry>>, Fault> {
        self.inner.find_by_key(stage, ids)
    }

    fn digest(&self, stage: usize) -> String {
        self.inner.digest(stage)
    }

    fn notes(&mut self) -> Vec<NoteRow> {
        let notes = self.inner.notes();
        for note in &notes {
            let text = format!("\n-- {} notes of {}: {}", note.stage, short(&note.key), note.text);
            self.line(&text);
        }
        notes
    }

    fn forget_staged(&mut self) {
        self.inner.forget_staged();
    }
}

/// The end of a key: what names the entry at its source.
fn short(key: &str) -> String {
    key.rsplit('/').next().unwrap_or(key).to_owned()
}

fn entry_words(entry: &Entry) -> String {
    let Payload::Order(order) = &entry.payload else {
        return format!("{}: {:?}", short(&entry.key), entry.payload);
    };
    let buyer = order.customer.as_ref().map_or_else(String::new, |customer| {
        format!(
            ", name {:?}, e-mail {:?}",
            customer.name.as_deref().unwrap_or("-"),
            customer.email.as_deref().unwrap_or("-")
        )
    });
    let mut text = format!(
        "{}: order {} {:?}, {} {}{buyer}",
        short(&entry.key),
        order.number,
        order.payment_status,
        decimal_text(order.total),
        order.currency,
    );
    for line in &order.lines {
        let taxes: Vec<String> = line
            .taxes
            .iter()
            .map(|tax| format!("{} {}", tax.name, decimal_text(tax.amount)))
            .collect();
        let _ = write!(
            text,
            "\n    {} x {} {:?} = {} [{}]",
            decimal_text(line.quantity),
            line.name,
            line.sku.as_deref().unwrap_or("-"),
            decimal_text(line.amount),
            taxes.join(", ")
        );
    }
    for charge in &order.charges {
        let _ = write!(
            text,
            "\n    {:?} {} = {}",
            charge.kind,
            charge.name,
            decimal_text(charge.amount)
        );
    }
    text
}

fn verdict_words(key: &str, verdict: &Verdict) -> String {
    match verdict {
        Verdict::Pass(port) => format!("{key}: passes by `{port}`"),
        Verdict::Matched(Matching { port, customer, after, beside }) => {
            let beside: Vec<String> = beside.iter().map(output_words).collect();
            let customer = match customer {
                CustomerLink::Id(_) => "a customer that the till has".to_owned(),
                CustomerLink::Entry(key) => format!("the customer `{key}`"),
            };
            let after = after_words(after);
            format!(
                "{key}: becomes{}\n    by `{port}`: the order, of {customer}{after}",
                beside.concat()
            )
        }
        Verdict::Forward(outputs) => {
            let outputs: Vec<String> = outputs.iter().map(output_words).collect();
            format!("{key}: becomes{}", outputs.concat())
        }
        Verdict::Filter(reason) => format!("{key}: filtered: {reason}"),
        Verdict::Reject(reason) => format!("{key}: rejected: {reason}"),
        other => format!("{key}: {other:?}"),
    }
}

fn output_words(output: &Output) -> String {
    let what = match &output.entry.payload {
        Payload::Customer(customer) => format!(
            "customer `{}`, name {:?}, e-mail {:?}",
            output.entry.key,
            customer.name.as_deref().unwrap_or("-"),
            customer.email.as_deref().unwrap_or("-")
        ),
        other => format!("{other:?}"),
    };
    format!("\n    by `{}`: {what}{}", output.port, after_words(&output.after))
}

fn after_words(after: &[String]) -> String {
    if after.is_empty() { String::new() } else { format!(", after {}", after.join(", ")) }
}

fn write_words(write: &Write, told: &[Change], covers: &str) -> String {
    let mut text = format!(
        "{covers}: {} ({:?} {})",
        write.summary,
        write.request.method,
        path_words(&write.request.path)
    );
    for change in told {
        let after = change.after.as_deref().unwrap_or("-");
        let _ = write!(text, "\n    {}: {}", change.field, without_ids(after));
    }
    for movement in &write.movements {
        let _ = write!(
            text,
            "\n    moves {} by {}",
            without_ids(&movement.owner),
            decimal_text(movement.delta)
        );
    }
    text
}

fn path_words(path: &str) -> String {
    path.split('/').map(without_ids).collect::<Vec<_>>().join("/")
}

/// A text without UUIDs: they are drawn by the simulators.
fn without_ids(text: &str) -> String {
    let is_id =
        |word: &str| word.len() == 36 && word.chars().filter(|letter| *letter == '-').count() == 4;
    text.split(' ')
        .map(|word| {
            word.split('@')
                .map(|part| if is_id(part) { "(id)" } else { part })
                .collect::<Vec<_>>()
                .join("@")
        })
        .collect::<Vec<_>>()
        .join(" ")
}

fn conclusion_words(conclusion: &Conclusion) -> String {
    match conclusion {
        Conclusion::Decided(settled) => settled
            .iter()
            .map(|settled| match settled {
                Settled::Applied(_) => "applied".to_owned(),
                Settled::Rejected(reason) => format!("rejected: {reason}"),
                Settled::Again(ms) => format!("again in {ms} ms"),
            })
            .collect::<Vec<_>>()
            .join(", "),
        other => format!("{other:?}"),
    }
}
