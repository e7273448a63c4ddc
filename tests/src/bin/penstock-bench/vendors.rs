//! Both vendors in a process of their own, so that what they spend is not counted.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::Context as _;
use penstock_simulators::serve::{Running, ServeOptions, real_now_ms};
use penstock_simulators::world::{Mix, World, WorldOptions};
use penstock_simulators::{shop, till};
use serde_json::{Value, json};

use crate::native::Addresses;
use crate::spent;

/// The newest order is this old: the shop's search shows news only after a while.
const NEWEST_ORDER_MS: i64 = 300_000;

/// Ordinary products. Sales that move one counter are posted one after the other, so that a handful would measure that.
const PRODUCTS: u32 = 500;

/// What the vendors have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) orders: u32,
    /// Customers that the till knows; the orders' buyers are drawn from them.
    pub(crate) customers: u32,
}

/// A world of paid orders of known customers, of one to three lines.
pub(crate) fn world(size: Size) -> World {
    let mut world = World::generate(&WorldOptions {
        orders: size.orders,
        customers: size.customers,
        products: PRODUCTS,
        mix: Mix::Simple,
        now_ms: real_now_ms() - NEWEST_ORDER_MS,
        ..WorldOptions::default()
    });
    world.set_limited(false);
    world
}

/// Vendors on loopback. They end when this is dropped.
pub(crate) struct Vendors {
    /// Its standard input is what keeps it alive: it ends with this process, however this one ends.
    child: Child,
    said: BufReader<ChildStdout>,
    pub(crate) addresses: Addresses,
}

impl Vendors {
    /// Starts them.
    ///
    /// # Errors
    /// They do not come up.
    pub(crate) fn start(size: Size) -> anyhow::Result<Self> {
        let mut command = Command::new(spent::me()?);
        command.args(["--vendors", &size.orders.to_string(), &size.customers.to_string()]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut said = BufReader::new(child.stdout.take().context("the vendors' standard output")?);
        let told = line(&mut said)?;
        let text = |name: &str| told[name].as_str().unwrap_or_default().to_owned();
        let addresses = Addresses {
            shop: text("shop"),
            shop_token: shop::DEMO_TOKEN.to_owned(),
            till: text("till"),
            till_token: till::DEMO_TOKEN.to_owned(),
        };
        Ok(Self { child, said, addresses })
    }

    /// The vendors' addresses as a file for `--connections`.
    pub(crate) fn connections(&self) -> String {
        connections(&self.addresses.shop, &self.addresses.till)
    }

    /// Ends them, and tells what they have seen.
    ///
    /// # Errors
    /// They do not tell.
    pub(crate) fn end(mut self) -> anyhow::Result<Books> {
        drop(self.child.stdin.take());
        let told = line(&mut self.said)?;
        self.child.wait()?;
        let number =
            |name: &str| told[name].as_u64().with_context(|| format!("the books lack `{name}`"));
        Ok(Books {
            sales_due: number("postable_paid_orders")?,
            sales: number("till_closed_sales")?,
            requests: number("shop_requests")? + number("till_requests")?,
        })
    }
}

impl Drop for Vendors {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ended = self.child.wait();
    }
}

/// What the vendors have seen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Books {
    /// Orders that have to become sales.
    pub(crate) sales_due: u64,
    /// Closed sales that there are.
    pub(crate) sales: u64,
    /// Requests to both.
    pub(crate) requests: u64,
}

/// A file for `--connections` that points a pipeline at these addresses.
pub(crate) fn connections(shop: &str, till: &str) -> String {
    format!(
        "[connections.shop.endpoints]\napi = {{ url = \"{shop}\", allow_private = true }}\n\n\
         [connections.till.endpoints]\napi = {{ url = \"{till}\", allow_private = true }}\n"
    )
}

fn line(said: &mut impl BufRead) -> anyhow::Result<Value> {
    let mut line = String::new();
    said.read_line(&mut line)?;
    serde_json::from_str(&line).context("what the vendors say")
}

/// The other side of [`Vendors`]: `ORDERS CUSTOMERS`. Prints a line of addresses, and the books when its standard
/// input has ended.
///
/// # Errors
/// Loopback cannot be listened on.
pub(crate) fn serve(arguments: &[String]) -> anyhow::Result<()> {
    let [orders, customers] = arguments else { anyhow::bail!("`--vendors` lacks arguments") };
    let size = Size { orders: orders.parse()?, customers: customers.parse()? };
    let running = Running::start(world(size), ServeOptions::default())
        .context("cannot listen on loopback")?;
    let store_id = running.with_shop(|shop, _| shop.store_id());
    let shop = format!("{}/api/v3/{store_id}", running.shop_url());
    crate::say(&json!({ "shop": shop, "till": format!("{}/api", running.till_url()) }).to_string());
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
    crate::say(&serde_json::to_string(&running.with_books(|books| books.summary()))?);
    Ok(())
}
