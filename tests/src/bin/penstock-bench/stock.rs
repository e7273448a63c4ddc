//! Stock of a large catalogue: what a poll costs where nothing has changed, and a stocktake of many lines.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use penstock_simulators::books::RequestCount;
use penstock_simulators::serve::{Running, ServeOptions, real_now_ms};
use penstock_simulators::till::TillCounter;
use penstock_simulators::world::{Mix, World, WorldOptions};
use rust_decimal::Decimal;
use serde_json::Value;
use tempfile::TempDir;
use uuid::Uuid;

use crate::end_to_end::read;
use crate::figures::Report;
use crate::product::Product;
use crate::spent::{Spent, spend};
use crate::vendors::connections;

/// How much there is.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    /// Products that are linked.
    products: u32,
    /// Lines of a stocktake. A line costs two requests of the shop, which takes 600 a minute.
    lines: usize,
}

pub(crate) const SMALL: Size = Size { products: 5_000, lines: 500 };
/// Its stocktake crosses for a quarter of an hour.
pub(crate) const LARGE: Size = Size { products: 50_000, lines: 5_000 };

/// A line costs two requests of the shop; where readings grow old before their writes leave, it costs more.
const REQUESTS_A_LINE_MAX: u64 = 3;

/// The window of the vendors' limits, and a moment.
const WINDOW: Duration = Duration::from_secs(61);

/// The catalogue is so old: one that was just imported is read again for some minutes, as the shop's index lags.
const DAY_MS: i64 = 86_400_000;

/// Waits for a shop that shows changes late: the simulated one does not.
const WAITS: [(&str, &str); 2] = [
    ("index_lag_secs = 30", "index_lag_secs = 0"),
    ("shop_settle_ms = 45000", "shop_settle_ms = 500"),
];

/// Measures. The simulators refuse what is beyond the vendors' limits.
///
/// # Errors
/// Whatever keeps it from an end; also if a stocktake does not cross as a whole, or a request is refused.
pub(crate) fn measure(product: &Product, report: &mut Report, size: Size) -> anyhow::Result<()> {
    let Size { products, lines } = size;
    let job = Job::start(product, products)?;
    // Compiles the components, which is done once.
    job.penstock(&["check", "ecwid-vend.toml"], &[])?;
    let (spent, said) =
        job.penstock(&["links", "ecwid-vend.toml"], &["--accept", "--accept-levels"])?;
    let linked = said["made"].as_u64().unwrap_or(0);
    ensure!(linked >= u64::from(products), "{linked} of {products} are linked: {}", said["counts"]);
    report.line(&format!("stock: linking {linked} products"), &told(&spent));
    std::thread::sleep(WINDOW);
    let first =
        job.run(report, "stock: the first run, which reads all levels and finds that they fit")?;
    ensure!(first.writes < 100, "levels that fit were written {} times", first.writes);
    job.run(report, "stock: the run that finds those in step that were written")?;
    job.run(report, "stock: a run when nothing has changed, in the first minutes")?;
    job.count(lines);
    // A budget is a process's own, and what the runs before have used up would count against this one.
    std::thread::sleep(WINDOW);
    let what = format!("stock: a stocktake of {lines} lines of {products} products");
    let crossed = job.run(report, &what)?;
    ensure!(
        crossed.writes == lines as u64,
        "{} of {lines} lines crossed: {}",
        crossed.writes,
        crossed.stages
    );
    let asked_for = lines as u64 * REQUESTS_A_LINE_MAX;
    ensure!(crossed.of_shop < asked_for, "{} requests for {lines} lines", crossed.of_shop);
    std::thread::sleep(WINDOW);
    ensure!(job.run(report, "stock: the run after it")?.writes == 0, "something was written back");
    Ok(())
}

/// A project, and the vendors it talks to.
struct Job<'a> {
    product: &'a Product,
    folder: TempDir,
    running: Running,
    outlet: Uuid,
}

/// What a run did.
struct Ran {
    writes: u64,
    /// Requests that it made of the shop.
    of_shop: u64,
    /// What each stage counted.
    stages: Value,
}

impl<'a> Job<'a> {
    fn start(product: &'a Product, products: u32) -> anyhow::Result<Self> {
        let mut world = World::generate(&WorldOptions {
            orders: 10,
            products,
            mix: Mix::Simple,
            now_ms: real_now_ms() - DAY_MS,
            ..WorldOptions::default()
        });
        world.shop.knobs.order_search_lag_ms = 0;
        world.shop.knobs.product_search_lag_ms = 0;
        let outlet = world.outlet;
        let running =
            Running::start(world, ServeOptions::default()).context("cannot listen on loopback")?;
        let store_id = running.with_shop(|shop, _| shop.store_id());
        let shop = format!("{}/api/v3/{store_id}", running.shop_url());
        let connections = connections(&shop, &format!("{}/api", running.till_url()));
        let folder = product.whole(&connections, |pipeline| {
            WAITS.iter().fold(pipeline, |text, (wait, none)| text.replace(wait, none))
        })?;
        Ok(Self { product, folder, running, outlet })
    }

    fn penstock(&self, command: &[&str], options: &[&str]) -> anyhow::Result<(Spent, Value)> {
        let said = self.folder.path().join("said.json");
        let mut arguments = command.to_vec();
        arguments.extend(["--connections", "simulators.toml", "--format", "json"]);
        arguments.extend(options);
        let spent = spend(&self.product.with_connectors(self.folder.path(), &arguments), 1, &said)?;
        Ok((spent, read(&said)?))
    }

    fn run(&self, report: &mut Report, what: &str) -> anyhow::Result<Ran> {
        let before = self.running.with_books(|books| books.requests());
        let (spent, said) = self.penstock(&["run", "ecwid-vend.toml"], &[])?;
        let after = self.running.with_books(|books| books.requests());
        let refused = count(&after, |one| one.status == 429);
        ensure!(refused == 0, "{refused} requests were beyond a limit");
        let of = |vendor: &str| {
            let of_vendor = |one: &RequestCount| one.vendor == vendor;
            count(&after, of_vendor) - count(&before, of_vendor)
        };
        let applied =
            |stage: &str| said["stages"][stage]["applied"]["updated"].as_u64().unwrap_or(0);
        let writes = applied("to_shop") + applied("to_till");
        report.line(
            what,
            &format!(
                "{}; {} requests of the shop, {} of the till; {writes} counters changed",
                told(&spent),
                of("shop"),
                of("till"),
            ),
        );
        Ok(Ran { writes, of_shop: of("shop"), stages: said["stages"].clone() })
    }

    /// A clerk counts one less of so many goods.
    fn count(&self, lines: usize) {
        self.running.with_till(|till, _| {
            let products: Vec<Uuid> = till
                .products()
                .rows()
                .iter()
                .filter(|row| row.value.sku.starts_with("SKU-"))
                .map(|row| row.id)
                .take(lines)
                .collect();
            for product in products {
                let counter = TillCounter { product, outlet: self.outlet };
                let level = till.level(counter).unwrap_or_default();
                till.count_stock(counter, level - Decimal::ONE);
            }
        });
    }
}

fn count(requests: &[RequestCount], is_meant: impl Fn(&RequestCount) -> bool) -> u64 {
    requests.iter().filter(|one| is_meant(one)).map(|one| one.count).sum()
}

fn told(spent: &Spent) -> String {
    format!(
        "{:.2} s of CPU in {:.1} s, at most {} MiB held",
        spent.cpu.as_secs_f64(),
        spent.wall.as_secs_f64(),
        spent.peak_bytes >> 20,
    )
}
