//! What both sides truly count.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use penstock_simulators::world::World;
use rust_decimal::Decimal;

use super::Chronicle;

/// Every counter that is counted: by its name, the shop's and the till's level.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::simulation) struct Levels(BTreeMap<String, [Option<Decimal>; 2]>);

/// The sides, as they stand in [`Levels`].
const SIDES: [&str; 2] = ["shop", "till"];

impl Levels {
    /// As they are now.
    pub(in crate::simulation) fn of(world: &World, chronicle: &Chronicle) -> Self {
        let mut levels = Self::default();
        for level in world.books().levels() {
            let name = chronicle.counter(&level.owner.replace('/', "-"));
            let side = usize::from(level.side == SIDES[1]);
            levels.0.entry(name).or_default()[side] = Some(level.level.normalize());
        }
        levels
    }

    /// What has changed since, in words that follow those of its cause.
    pub(in crate::simulation) fn since(&self, before: &Self) -> String {
        let mut text = String::new();
        let names: BTreeSet<&String> = self.0.keys().chain(before.0.keys()).collect();
        for name in names {
            let of = |levels: &Self| levels.0.get(name).copied().unwrap_or_default();
            let (before, now) = (of(before), of(self));
            for side in 0..SIDES.len() {
                if before[side] != now[side] {
                    let [before, now] = [word(before[side]), word(now[side])];
                    let _ = write!(text, " [{} {name} {before} -> {now}]", SIDES[side]);
                }
            }
        }
        text
    }

    /// All of them, a line each.
    pub(in crate::simulation) fn table(&self) -> String {
        let mut text = String::new();
        for (name, [shop, till]) in &self.0 {
            let _ =
                writeln!(text, "  {name:<10} shop {:>4}   till {:>4}", word(*shop), word(*till));
        }
        text
    }
}

fn word(level: Option<Decimal>) -> String {
    level.map_or_else(|| "none".to_owned(), |level| level.to_string())
}
