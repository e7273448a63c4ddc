//! The main job, end to end, against the bundled simulators: no account, no server.

mod stock;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use penstock_simulators::serve::{Running, ServeOptions, real_now_ms};
use penstock_simulators::world::{World, WorldOptions};
use penstock_simulators::{shop, till};
use serde_json::{Value, json};

/// The newest order is this old: the shop's search shows news only after a while, and the demo does not wait for it.
const NEWEST_ORDER_MS: i64 = 300_000;

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Leave the project, the store and the simulators' books in this folder
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// What to print: with `json` the last line is one object
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Everything that is simulated is drawn from it
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many orders the shop has
    #[arg(long, default_value_t = 200)]
    orders: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// A project in a folder, and the simulators that it talks to.
struct Stage {
    folder: PathBuf,
    running: Running,
    penstock: PathBuf,
    connectors: PathBuf,
}

/// What was counted of orders by two runs, how many writes the second one sent, and what became of stock.
struct Runs {
    first: Value,
    second: Value,
    again: u64,
    orders: Orders,
    stock: stock::Outcome,
}

/// What the simulators' books say of orders.
struct Orders {
    postable: u64,
    closed: u64,
    violations: Vec<String>,
}

impl Orders {
    fn is_good(&self) -> bool {
        self.postable == self.closed && self.violations.is_empty()
    }
}

/// The stages that deal with orders.
const ORDER_STAGES: [&str; 5] =
    ["orders", "paid_orders", "matched_orders", "new_customers", "sales"];

/// Waits of the pipeline file that vendors need and the simulators do not, and what the demo puts in their place.
const WAITS: [(&str, &str); 2] = [
    ("index_lag_secs = 30", "index_lag_secs = 0"),
    ("shop_settle_ms = 45000", "shop_settle_ms = 500"),
];

/// Builds everything, runs the pipeline twice for orders, and then for stock.
pub(crate) fn demo(arguments: &DemoArgs) -> anyhow::Result<ExitCode> {
    let text = arguments.format == Format::Text;
    let connectors = xtask::connectors()?;
    let penstock = xtask::penstock()?;
    let scratch = tempfile::tempdir()?;
    let folder = match &arguments.keep {
        Some(folder) => folder.clone(),
        None => scratch.path().to_owned(),
    };
    let mut world = World::generate(&WorldOptions {
        seed: arguments.seed,
        orders: arguments.orders,
        now_ms: real_now_ms() - NEWEST_ORDER_MS,
        ..WorldOptions::default()
    });
    world.shop.knobs.order_search_lag_ms = 0;
    world.shop.knobs.product_search_lag_ms = 0;
    let running =
        Running::start(world, ServeOptions::default()).context("cannot listen on loopback")?;
    let stage = Stage { folder, running, penstock, connectors };
    stage.lay_out()?;
    if text {
        println!(
            "\nA shop of {} orders and its till are simulated, seed {}.",
            arguments.orders, arguments.seed
        );
        println!(
            "The pipeline is pipelines/ecwid-vend.toml, but for its waits for the shop, which shows changes at once here."
        );
        println!("\nFirst run: orders\n");
    }
    let first = stage.run(arguments.format)?;
    if text {
        println!("\nSecond run: nothing has changed, so nothing is written\n");
    }
    let writes = stage.writes();
    let second = stage.run(arguments.format)?;
    let again = stage.writes() - writes;
    let orders = stage.orders();
    let stock = stage.stock(arguments.format)?;
    stage.conclude(arguments, &Runs { first, second, again, orders, stock })
}

impl Stage {
    /// Puts the pipeline into the folder, and beside it where the simulators are.
    fn lay_out(&self) -> anyhow::Result<()> {
        std::fs::create_dir_all(&self.folder)?;
        let mut pipeline =
            std::fs::read_to_string(xtask::root().join("pipelines/ecwid-vend.toml"))?;
        for (wait, none) in WAITS {
            if !pipeline.contains(wait) {
                bail!("pipelines/ecwid-vend.toml no longer says `{wait}`");
            }
            pipeline = pipeline.replace(wait, none);
        }
        std::fs::write(self.folder.join("ecwid-vend.toml"), pipeline)?;
        if self.folder.join(".penstock").exists() {
            bail!(
                "{} holds the store of an earlier demo: name another folder",
                self.folder.display()
            );
        }
        let connections = self.running.connections();
        std::fs::write(self.folder.join("simulators.toml"), connections)?;
        Ok(())
    }

    /// How many writes the vendors were sent so far.
    fn writes(&self) -> u64 {
        let requests = self.running.with_books(|books| books.requests());
        requests
            .iter()
            .filter(|request| !request.endpoint.starts_with("GET ") && !is_read(&request.endpoint))
            .map(|request| request.count)
            .sum()
    }

    /// One `penstock run`; in JSON, what it counted.
    fn run(&self, format: Format) -> anyhow::Result<Value> {
        self.penstock(&["run", "ecwid-vend.toml", "--connections", "simulators.toml"], format)
    }

    /// One command; in JSON, what it gave.
    fn penstock(&self, arguments: &[&str], format: Format) -> anyhow::Result<Value> {
        let mut penstock = Command::new(&self.penstock);
        penstock
            .current_dir(&self.folder)
            .args(arguments)
            .arg("--connectors")
            .arg(&self.connectors)
            .env("ECWID_TOKEN", shop::DEMO_TOKEN)
            .env("VEND_TOKEN", till::DEMO_TOKEN);
        if format == Format::Text {
            let status = penstock.status().context("cannot start penstock")?;
            if !status.success() {
                bail!("penstock ended with {status}");
            }
            return Ok(Value::Null);
        }
        penstock.args(["--format", "json"]).stdout(Stdio::piped());
        let output = penstock.spawn().context("cannot start penstock")?.wait_with_output()?;
        let said = String::from_utf8_lossy(&output.stdout);
        let Ok(counts) = serde_json::from_str::<Value>(said.trim()) else {
            bail!("penstock ended with {} and said: {said}", output.status);
        };
        if !output.status.success() {
            bail!("penstock ended with {}", output.status);
        }
        Ok(counts)
    }

    /// What the simulators' own books say of orders.
    fn orders(&self) -> Orders {
        self.running.with_books(|books| Orders {
            postable: books.postable_paid_orders(),
            closed: books.till_closed_sales(),
            violations: books.verify(),
        })
    }

    /// Tells what came of it all, and whether it is as it should be.
    fn conclude(&self, arguments: &DemoArgs, runs: &Runs) -> anyhow::Result<ExitCode> {
        if arguments.keep.is_some() {
            let books = self.running.with_books(|books| serde_json::to_vec_pretty(books));
            std::fs::write(self.folder.join("books.json"), books?)?;
        }
        let last = self.orders();
        let good =
            runs.orders.is_good() && runs.again == 0 && runs.stock.is_good() && last.is_good();
        match arguments.format {
            Format::Json => {
                let mut object = counts(&runs.first);
                object["postable_paid_orders"] = json!(runs.orders.postable);
                object["till_closed_sales"] = json!(runs.orders.closed);
                object["violations"] = json!(last.violations);
                object["second_run"] = counts(&runs.second);
                object["stock"] = runs.stock.as_json();
                println!("{object}");
            }
            Format::Text => {
                println!("\nThe simulators' books, which know the truth:");
                let Orders { postable, closed, .. } = last;
                println!(
                    "  {postable} orders are paid and can be posted; the till has {closed} closed sales"
                );
                println!("  the second run sent {} writes", runs.again);
                runs.stock.tell();
                for violation in &last.violations {
                    println!("  wrong: {violation}");
                }
                let verdict = if good { "all of this is as it should be" } else { "this is wrong" };
                println!("  {verdict}");
                self.what_next(arguments);
            }
        }
        Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn what_next(&self, arguments: &DemoArgs) {
        let Some(folder) = &arguments.keep else {
            println!("\nTo look around: cargo xtask demo --keep DIR");
            return;
        };
        let penstock = shown(&self.penstock);
        println!(
            "\nIn {} you find the project, its store and the books. Try there:",
            folder.display()
        );
        println!("  {penstock} held list");
        println!("  {penstock} why ORDER-NUMBER");
        println!("  sqlite3 .penstock/store.db 'select * from write limit 3'");
    }
}

/// A path as it can be typed.
fn shown(path: &Path) -> String {
    path.canonicalize().unwrap_or_else(|_| path.to_owned()).display().to_string()
}

/// Whether a request that is no GET reads all the same: Vend tells levels by POST.
fn is_read(endpoint: &str) -> bool {
    endpoint.starts_with("POST ") && endpoint.contains("inventory")
}

/// Adds up a count of a run over the stages that deal with orders; counts kept by reason are added up as well.
fn count(run: &Value, name: &str) -> u64 {
    ORDER_STAGES.iter().map(|stage| number(&run["stages"][*stage][name])).sum()
}

fn number(value: &Value) -> u64 {
    match value {
        Value::Object(by_reason) => by_reason.values().map(number).sum(),
        value => value.as_u64().unwrap_or(0),
    }
}

/// The figures of a run under the names of the main job.
fn counts(run: &Value) -> Value {
    json!({
        "orders_read": count(run, "read"),
        "posted": number(&run["stages"]["sales"]["applied"]),
        "filtered": count(run, "filtered"),
        "held": count(run, "held"),
        "dead_letters": count(run, "dead"),
        "customers_matched": count(run, "linked"),
        "customers_created": number(&run["stages"]["new_customers"]["applied"]),
        "writes_sent": count(run, "sent"),
    })
}
