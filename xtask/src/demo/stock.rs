//! Stock, both ways: counters are linked, people act on both sides, and both sides come to agree.

use anyhow::{Context as _, bail};
use penstock_simulators::shop::ShopCounter;
use penstock_simulators::shop::order::{Content, PaymentStatus};
use penstock_simulators::till::TillCounter;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Format, Stage};

/// Counters on which somebody acts: each in a way of its own.
const STIRRED: usize = 4;
/// Pieces that a counter needs on both sides, so that what is done to it can be seen.
const PIECES_MIN: i64 = 5;

/// Something that somebody does to a pair, whose levels are the shop's and the till's.
type Act = fn(&Stage, &Pair, (i64, Decimal));

/// SKUs of goods without anything odd about them begin so.
const PLAIN: &str = "SKU-";

/// A pair of counters that was linked.
struct Pair {
    sku: String,
    shop: ShopCounter,
    till: TillCounter,
}

/// What became of stock.
pub(super) struct Outcome {
    pairs: usize,
    first_levels: u64,
    stirred: Vec<Stirred>,
    /// Pairs that agree in the end, by the simulators' books.
    in_step: usize,
    /// What differs, in words.
    apart: Vec<String>,
    /// Writes that a further run sent, after all had come to rest.
    idle_writes: u64,
}

/// A pair on which somebody acted.
struct Stirred {
    sku: String,
    what: &'static str,
    /// The shop's count, then the till's.
    before: (i64, Decimal),
    acted: (i64, Decimal),
    after: (i64, Decimal),
}

impl Outcome {
    pub(super) fn is_good(&self) -> bool {
        self.apart.is_empty() && self.idle_writes == 0 && self.stirred.len() == STIRRED
    }

    pub(super) fn as_json(&self) -> Value {
        json!({
            "linked": self.pairs,
            "first_levels_written": self.first_levels,
            "in_step": self.in_step,
            "apart": self.apart,
            "idle_writes": self.idle_writes,
            "acted_on": self.stirred.iter().map(|one| json!({
                "sku": one.sku,
                "what": one.what,
                "shop": [one.before.0, one.acted.0, one.after.0],
                "till": [one.before.1.to_string(), one.acted.1.to_string(), one.after.1.to_string()],
            })).collect::<Vec<_>>(),
        })
    }

    pub(super) fn tell(&self) {
        println!("\nThe simulators' books on stock:");
        println!("  {} pairs of counters, {} of them in step", self.pairs, self.in_step);
        println!("  {:<10} {:<44} {:>16}   {:>16}", "SKU", "what somebody did", "shop", "till");
        for one in &self.stirred {
            let (before, acted, after) = (one.before, one.acted, one.after);
            let shop = way(&[before.0, acted.0, after.0].map(|level| level.to_string()));
            let till = way(&[before.1, acted.1, after.1].map(|level| level.to_string()));
            println!("  {:<10} {:<44} {shop:>16}   {till:>16}", one.sku, one.what);
        }
        for apart in &self.apart {
            println!("  wrong: {apart}");
        }
        println!("  a further run sent {} writes", self.idle_writes);
    }
}

impl Stage {
    /// Links what matches, brings both sides in step, has people act on both, and looks again.
    pub(super) fn stock(&self, format: Format) -> anyhow::Result<Outcome> {
        if format == Format::Text {
            println!("\nStock: what matches is linked, and its first levels are accepted\n");
            self.links(&["--accept", "--accept-levels"], Format::Text)?;
            println!(
                "\nThird run: the shop is set to what the till has, less what open orders reserve\n"
            );
        } else {
            self.links(&["--accept", "--accept-levels"], Format::Json)?;
        }
        let pairs = self.pairs()?;
        let before = self.writes();
        self.run(format)?;
        let first_levels = self.writes() - before;
        // Levels that were written are seen to fit before anything is carried over.
        self.run(Format::Json)?;
        let mut stirred = self.stir(&pairs)?;
        if format == Format::Text {
            println!(
                "\nSomebody buys in the shop, somebody at the till, and both sides correct a count\n"
            );
        }
        self.run(format)?;
        for one in &mut stirred {
            let pair = pairs.iter().find(|pair| pair.sku == one.sku).context("a pair is gone")?;
            one.after = self.levels(pair)?;
        }
        let before = self.writes();
        self.run(Format::Json)?;
        let idle_writes = self.writes() - before;
        let stands =
            |pair: &Pair| self.running.with_books(|books| books.pair(pair.shop, pair.till));
        let apart: Vec<String> = pairs
            .iter()
            .filter(|pair| !stands(pair).holds())
            .map(|pair| {
                let stands = stands(pair);
                format!(
                    "{}: the shop has {:?} and the till {:?}, {} are reserved",
                    pair.sku, stands.shop, stands.till, stands.reserved
                )
            })
            .collect();
        let in_step = pairs.len() - apart.len();
        Ok(Outcome { pairs: pairs.len(), first_levels, stirred, in_step, apart, idle_writes })
    }

    fn links(&self, options: &[&str], format: Format) -> anyhow::Result<Value> {
        let mut arguments = vec!["links", "ecwid-vend.toml", "--connections", "simulators.toml"];
        arguments.extend(options);
        self.penstock(&arguments, format)
    }

    /// The pairs that are linked, as `penstock links` tells them.
    fn pairs(&self) -> anyhow::Result<Vec<Pair>> {
        let told = self.links(&[], Format::Json)?;
        let findings = told["findings"].as_array().context("`penstock links` told no findings")?;
        let linked = findings.iter().filter(|finding| finding["verdict"] == "linked");
        linked.map(pair).collect()
    }

    fn levels(&self, pair: &Pair) -> anyhow::Result<(i64, Decimal)> {
        let stands = self.running.with_books(|books| books.pair(pair.shop, pair.till));
        let (Some(shop), Some(till)) = (stands.shop, stands.till) else {
            bail!("{} is counted no more", pair.sku);
        };
        Ok((shop, till))
    }

    /// Has people act, each on a pair of its own.
    fn stir(&self, pairs: &[Pair]) -> anyhow::Result<Vec<Stirred>> {
        let acts: [(&'static str, Act); STIRRED] = [
            ("a customer buys 2 at the till", Self::sell),
            ("an order of 1 is placed and paid in the shop", Self::order),
            ("the merchant adds 3 in the shop", Self::edit),
            ("a clerk counts 1 less at the till", Self::count),
        ];
        let mut stocked = Vec::new();
        for pair in pairs.iter().filter(|pair| pair.sku.starts_with(PLAIN)) {
            let levels = self.levels(pair)?;
            if levels.0 >= PIECES_MIN && levels.1 >= PIECES_MIN.into() {
                stocked.push((pair, levels));
            }
        }
        let mut stirred = Vec::with_capacity(STIRRED);
        for ((what, act), (pair, before)) in acts.into_iter().zip(stocked) {
            act(self, pair, before);
            let acted = self.levels(pair)?;
            stirred.push(Stirred { sku: pair.sku.clone(), what, before, acted, after: acted });
        }
        Ok(stirred)
    }

    fn sell(&self, pair: &Pair, _levels: (i64, Decimal)) {
        self.running.with_till(|till, _| {
            let registers = till.registers().rows().iter();
            let mut here = registers.filter(|row| row.value.outlet == pair.till.outlet);
            let register = here.next().map(|row| row.id);
            register.map(|register| till.cash_sale(register, pair.till.product, Decimal::TWO))
        });
    }

    fn order(&self, pair: &Pair, _levels: (i64, Decimal)) {
        self.running.with_shop(|shop, now_ms| {
            let draft = shop.draft("somebody@example.org", &pair.sku, 1);
            shop.place(draft, PaymentStatus::Paid, Content::Sound, now_ms)
        });
    }

    fn edit(&self, pair: &Pair, levels: (i64, Decimal)) {
        self.running
            .with_shop(|shop, now_ms| shop.set_stock(pair.shop, Some(levels.0 + 3), now_ms));
    }

    fn count(&self, pair: &Pair, levels: (i64, Decimal)) {
        self.running.with_till(|till, _| till.count_stock(pair.till, levels.1 - Decimal::ONE));
    }
}

/// Levels one after the other, each change once.
fn way(levels: &[String]) -> String {
    let mut way = levels.to_vec();
    way.dedup();
    way.join(" -> ")
}

/// A pair as `penstock links` shows it: `4410-88` in the shop, `{product}@{outlet}` in the till.
fn pair(finding: &Value) -> anyhow::Result<Pair> {
    let counter =
        |side: &str| finding[side]["counter"].as_str().context("a counter without a name");
    let (shop, till) = (counter("left")?, counter("right")?);
    let (product, combination) = match shop.split_once('-') {
        Some((product, combination)) => (product, Some(combination.parse()?)),
        None => (shop, None),
    };
    let (item, outlet) =
        till.split_once('@').context("a counter of the till without its outlet")?;
    Ok(Pair {
        sku: finding["sku"].as_str().unwrap_or_default().to_owned(),
        shop: ShopCounter { product_id: product.parse()?, combination_id: combination },
        till: TillCounter { product: item.parse()?, outlet: outlet.parse()? },
    })
}
