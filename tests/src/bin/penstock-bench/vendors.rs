//! Both vendors in a process of their own, so that what they spend is not counted.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;
use penstock_simulators::serve::{Running, ServeOptions, real_now_ms};
use penstock_simulators::world::{Mix, World, WorldOptions};
use penstock_simulators::{shop, till};
use serde_json::{Value, json};

use crate::native::Addresses;
use crate::spent;

/// The newest order is this old: the shop's search shows news only after a while.
const NEWEST_ORDER_MS: i64 = 300_000;

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
        mix: Mix::Simple,
        now_ms: real_now_ms() - NEWEST_ORDER_MS,
        ..WorldOptions::default()
    });
    world.set_limited(false);
    world
}

/// Vendors on loopback. They end when this is dropped.
pub(crate) struct Vendors {
    child: Child,
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
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("the vendors' standard output")?).read_line(&mut line)?;
        let told: Value = serde_json::from_str(&line).context("what the vendors say")?;
        let text = |name: &str| told[name].as_str().unwrap_or_default().to_owned();
        let addresses = Addresses {
            shop: text("shop"),
            shop_token: shop::DEMO_TOKEN.to_owned(),
            till: text("till"),
            till_token: till::DEMO_TOKEN.to_owned(),
        };
        Ok(Self { child, addresses })
    }

    /// The vendors' addresses as a file for `--connections`.
    pub(crate) fn connections(&self) -> String {
        let Addresses { shop, till, .. } = &self.addresses;
        format!(
            "[connections.shop.endpoints]\napi = {{ url = \"{shop}\", allow_private = true }}\n\n\
             [connections.till.endpoints]\napi = {{ url = \"{till}\", allow_private = true }}\n"
        )
    }

    /// Ends them, and tells how many sales they have that should be there, and are.
    ///
    /// # Errors
    /// They do not tell.
    pub(crate) fn end(mut self) -> anyhow::Result<Books> {
        drop(self.child.stdin.take());
        let mut said = String::new();
        if let Some(mut out) = self.child.stderr.take() {
            out.read_to_string(&mut said)?;
        }
        anyhow::bail!("{said}")
    }
}
