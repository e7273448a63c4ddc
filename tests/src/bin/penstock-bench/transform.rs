//! From recorded orders to planned sales: source, filter, match and sink components against a plain function.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, anyhow, ensure};
use penstock::commands::Catalogue;
use penstock::component::{Instance, Runtime, RuntimeOptions};
use penstock::contract::{Entry, Instant, Pair, Usage};
use penstock::pipeline::{self, Files, Pipeline, Process, Transform};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::figures::{Ratio, Report};
use crate::line::{InMemory, Instances, Line, open};
use crate::native::{self, Till, comparable};
use crate::product::Product;
use crate::recorded::{Record, Replay, Shown, Vendor};
use crate::spent;
use crate::vendors::{Size, world};

/// Orders of one recording.
const ORDERS: u32 = 100_000;

/// How often both sides are measured, in turn.
const ROUNDS: usize = 5;

/// Orders of one page, the vendor's bound.
const PAGE_ORDERS: u32 = 100;

/// Digits after the point of the simulated shop's currency.
const MINOR_DECIMALS: u32 = 2;

/// Addresses in one look-up while the directory is read into memory.
const LOOKUP_VALUES: usize = 200;

/// Measures both kinds of answers.
///
/// # Errors
/// Whatever keeps it from an end; also if the two sides do not plan the same sales.
pub(crate) fn measure(product: &Product, report: &mut Report) -> anyhow::Result<()> {
    let size = Size { orders: ORDERS, customers: ORDERS / 2 };
    for (shown, what) in
        [(Shown::Asked, "answers as asked for"), (Shown::Whole, "answers of whole orders")]
    {
        let bench = Bench::record(product, size, shown)?;
        bench.compare()?;
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS {
            let product = timed(|| bench.product(&mut |_| Ok(())))?;
            let plain = timed(|| bench.plain(&mut |_| Ok(())))?;
            rounds.push(Ratio { product, plain });
        }
        let bytes = bench.pages.iter().map(Vec::len).sum::<usize>() / ORDERS as usize;
        report.ratio(
            &format!("transform, {what}: {ORDERS} orders of {bytes} bytes"),
            &rounds,
            ORDERS,
        );
    }
    Ok(())
}

fn timed(work: impl FnOnce() -> anyhow::Result<usize>) -> anyhow::Result<Duration> {
    let before = spent::cpu()?;
    let sales = work()?;
    ensure!(sales == ORDERS as usize, "{sales} of {ORDERS} sales were planned");
    Ok(spent::cpu()? - before)
}

/// Someone who sees the body of each sale.
type Each<'a> = dyn FnMut(&[u8]) -> anyhow::Result<()> + 'a;

/// A recording, and both sides' view of it.
struct Bench {
    pipeline: Pipeline,
    catalogue: Catalogue,
    record: Arc<Mutex<Record>>,
    now: Instant,
    /// Pages of orders, for the plain program.
    pages: Vec<Vec<u8>>,
    /// The directory of customers, by address as it is asked for.
    directory: Arc<HashMap<String, Vec<Entry>>>,
    till: native::Till,
}

impl Bench {
    fn record(product: &Product, size: Size, shown: Shown) -> anyhow::Result<Self> {
        let runtime = Runtime::new(RuntimeOptions { cache_dir: Some(product.cache()) })?;
        let catalogue = Catalogue::new(runtime, vec![product.connectors.clone()]);
        let now = penstock_simulators::serve::real_now_ms();
        let mut bench = Self {
            pipeline: pipeline(product, &catalogue)?,
            catalogue,
            record: Arc::new(Mutex::new(Record::new(world(size), shown, now))),
            now,
            pages: Vec::new(),
            directory: Arc::default(),
            till: native::Till::default(),
        };
        bench.read_pages(size)?;
        bench.read_directory()?;
        bench.read_till()?;
        bench.product(&mut |_| Ok(()))?;
        bench.lock().seal();
        Ok(bench)
    }

    fn lock(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read_pages(&mut self, size: Size) -> anyhow::Result<()> {
        for offset in (0..size.orders).step_by(PAGE_ORDERS as usize) {
            let fields = pair("responseFields", native::FIELDS);
            let query = [fields, pair("offset", offset), pair("limit", PAGE_ORDERS)];
            let page =
                self.lock().answer(Vendor::Shop, "orders", &query).map_err(anyhow::Error::msg)?;
            self.pages.push(page);
        }
        Ok(())
    }

    /// Looks every buyer up once, by the till's own component.
    fn read_directory(&mut self) -> anyhow::Result<()> {
        let mut emails = BTreeSet::new();
        for page in &self.pages {
            let page: native::Page<'_> = serde_json::from_slice(page)?;
            emails.extend(
                page.items.iter().filter_map(|order| order.email.as_deref()).map(comparable),
            );
        }
        let emails: Vec<String> = emails.into_iter().collect();
        let mut instance = self.connection("till")?;
        let usage = Usage { collection: "customers".to_owned(), options: "{}".to_owned() };
        let mut directory = HashMap::new();
        for values in emails.chunks(LOOKUP_VALUES) {
            let found = instance.find(&usage, "email", values)?;
            directory.extend(values.iter().cloned().zip(found));
        }
        self.directory = Arc::new(directory);
        Ok(())
    }

    /// What the plain program knows of the till.
    fn read_till(&mut self) -> anyhow::Result<()> {
        let answer = |path: &str, query: &[Pair]| {
            self.lock()
                .answer(Vendor::Till, &format!("2026-07/{path}"), query)
                .map_err(anyhow::Error::msg)
        };
        let set_up = native::SET_UP
            .iter()
            .map(|list| answer(list, &[]))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let mut till = Till::read(&set_up)?;
        for page in &self.pages {
            let page: native::Page<'_> = serde_json::from_slice(page)?;
            for sku in page.items.iter().flat_map(|order| &order.items).map(|item| item.sku.trim())
            {
                if !till.products.contains_key(sku) {
                    let found = answer(
                        "search",
                        &[pair("type", "products"), pair("sku", sku.to_lowercase())],
                    )?;
                    till.products.extend(native::first_id(&found)?.map(|id| (sku.to_owned(), id)));
                }
            }
        }
        till.customers = customers(&self.directory);
        self.till = till;
        Ok(())
    }

    /// All orders through the components; tells how many sales were planned.
    fn product(&self, each: &mut Each<'_>) -> anyhow::Result<usize> {
        let mut line = Line::open(&self.pipeline, self)?;
        let (mut sales, mut cursor) = (0, None);
        loop {
            let (writes, next, more) = line.page(cursor, self.now)?;
            for write in &writes {
                each(write.request.body.as_deref().unwrap_or_default())?;
            }
            sales += writes.len();
            if !more {
                return Ok(sales);
            }
            cursor = Some(next);
        }
    }

    /// All orders through the plain function.
    fn plain(&self, each: &mut Each<'_>) -> anyhow::Result<usize> {
        let mut sales = 0;
        for page in &self.pages {
            // As the network gives it: bytes of one's own.
            let page = page.clone();
            let page: native::Page<'_> = serde_json::from_slice(&page)?;
            let bodies = native::sales(&page, &self.till)?;
            sales += bodies.len();
            bodies.iter().try_for_each(|body| each(body))?;
        }
        Ok(sales)
    }

    /// Both sides plan the same sales, apart from the ids that each chooses.
    fn compare(&self) -> anyhow::Result<()> {
        let mut plain = HashMap::new();
        self.plain(&mut |body| {
            let sale = Sale::read(body)?;
            plain.insert(sale.order.clone(), sale);
            Ok(())
        })?;
        self.product(&mut |body| {
            let sale = Sale::read(body)?;
            let other = plain.remove(&sale.order);
            ensure!(
                other.as_ref() == Some(&sale),
                "the two sides plan different sales:\n{other:?}\n{sale:?}"
            );
            Ok(())
        })?;
        ensure!(plain.is_empty(), "{} sales are planned by the plain program only", plain.len());
        Ok(())
    }
}

impl Instances for Bench {
    fn connection(&self, name: &str) -> anyhow::Result<Instance> {
        let connection =
            self.pipeline.connections.iter().find(|connection| connection.name == name);
        let connection = connection.with_context(|| format!("no connection `{name}`"))?;
        let component = self.catalogue.component(&connection.connector)?;
        let vendor = if name == "shop" { Vendor::Shop } else { Vendor::Till };
        let replay = Replay { record: Arc::clone(&self.record), vendor, now: self.now };
        open(&component, &connection.options, Box::new(replay))
    }

    fn rule(&self, transform: &Transform) -> anyhow::Result<Instance> {
        let component = self.catalogue.component(&transform.connector)?;
        let services = InMemory { entries: Arc::clone(&self.directory), now: self.now };
        open(&component, &transform.options, Box::new(services))
    }
}

/// What of a sale both sides have to agree on.
#[derive(Debug, PartialEq)]
struct Sale {
    /// Store and order.
    order: String,
    /// Number, customer, date, register and user.
    head: [Value; 5],
    /// By product and tax: quantity, and net and tax to the minor unit. The product may part a line that does not
    /// divide.
    lines: BTreeMap<(String, String), [Decimal; 3]>,
    /// Type and amount.
    payments: Vec<(Value, Decimal)>,
}

impl Sale {
    fn read(body: &[u8]) -> anyhow::Result<Self> {
        let sale: Value = serde_json::from_slice(body)?;
        let list = |name: &str| sale[name].as_array().into_iter().flatten();
        let mut lines: BTreeMap<(String, String), [Decimal; 3]> = BTreeMap::new();
        for line in list("line_items") {
            let quantity = number(&line["quantity"])?;
            let sums = lines
                .entry((line["product"]["id"].to_string(), line["tax"]["id"].to_string()))
                .or_default();
            sums[0] += quantity;
            sums[1] += quantity * number(&line["pricing"]["price"])?;
            sums[2] += quantity * number(&line["tax"]["amount"])?;
        }
        for sum in lines.values_mut().flatten() {
            *sum = sum.round_dp(MINOR_DECIMALS).normalize();
        }
        let payment = |payment: &Value| {
            Ok((payment["type"]["config_id"].clone(), number(&payment["amount"])?))
        };
        Ok(Self {
            order: sale["source"]["id"].to_string(),
            head: [
                "/invoice_number",
                "/customer_id",
                "/date",
                "/source/register_id",
                "/source/author_id",
            ]
            .map(|part| sale.pointer(part).cloned().unwrap_or_default()),
            lines,
            payments: list("payments").map(payment).collect::<anyhow::Result<_>>()?,
        })
    }
}

fn number(value: &Value) -> anyhow::Result<Decimal> {
    Ok(value.to_string().parse::<Decimal>()?.normalize())
}

fn pair(name: &str, value: impl ToString) -> Pair {
    Pair { name: name.to_owned(), value: value.to_string() }
}

/// The first customer of each address.
fn customers(directory: &HashMap<String, Vec<Entry>>) -> HashMap<String, String> {
    let first =
        |(email, found): (&String, &Vec<Entry>)| Some((email.clone(), found.first()?.key.clone()));
    directory.iter().filter_map(first).collect()
}

fn pipeline(product: &Product, catalogue: &Catalogue) -> anyhow::Result<Pipeline> {
    let folder = product.project("", |pipeline| pipeline)?;
    let files = Files::load(&folder.path().join("ecwid-vend.toml"), None, &Process)
        .map_err(|report| anyhow!(report.fact))?;
    let (pipeline, reports) = pipeline::read(&files, catalogue);
    let facts: Vec<String> = reports.into_iter().map(|report| report.fact).collect();
    pipeline.with_context(|| facts.join("; "))
}
