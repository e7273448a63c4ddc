//! Many histories, on several threads: what they found, and what they met.

use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use penstock::engine::driver::lock;

use super::{Failure, History, Kit, Mutation, Reached};

/// Seeds that have ever failed, with what they found.
const FOUND: &str = include_str!("found.txt");

/// After so many failures no further history is begun.
const FAILURES_MAX: usize = 5;

/// What came of many histories.
#[derive(Debug, Default)]
pub struct Campaign {
    /// How many were played.
    pub played: u64,
    /// How many of them a person was asked in.
    pub asked: u64,
    /// How many of them had a write of which nobody can tell what became of it.
    pub doubtful: u64,
    /// Writes that left.
    pub writes: u64,
    pub reached: Reached,
    /// By seed: what went wrong, as short as it could be made.
    pub failures: Vec<(u64, Failure)>,
    pub elapsed: Duration,
}

impl Campaign {
    /// Plays the seeds that have ever failed, and then these.
    ///
    /// # Errors
    /// Those of building and loading the components.
    pub fn play(seeds: Range<u64>, threads: usize) -> anyhow::Result<Self> {
        let kit = Kit::shared()?;
        let began = Instant::now();
        let found = found();
        let (next, ended) = (AtomicU64::new(0), AtomicBool::new(false));
        let campaign = Mutex::new(Self::default());
        let count = found.len() as u64 + (seeds.end - seeds.start);
        let play_on = || {
            while !ended.load(Ordering::Relaxed) {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return;
                }
                let found_before = usize::try_from(number).ok().and_then(|it| found.get(it));
                let drawn = || seeds.start + number - found.len() as u64;
                let seed = found_before.copied().unwrap_or_else(drawn);
                let failures = Self::play_one(kit, seed, &campaign);
                ended.fetch_or(failures >= FAILURES_MAX, Ordering::Relaxed);
            }
        };
        std::thread::scope(|scope| {
            (0..threads.max(1)).for_each(|_| {
                scope.spawn(play_on);
            });
        });
        let mut campaign = campaign.into_inner().unwrap_or_else(|it| it.into_inner());
        campaign.failures.sort_by_key(|(seed, _)| *seed);
        campaign.elapsed = began.elapsed();
        Ok(campaign)
    }

    /// Plays one, and answers how many have failed by then.
    fn play_one(kit: &Kit, seed: u64, campaign: &Mutex<Self>) -> usize {
        let history = History::draw(seed);
        let rest = history.play_out(kit, |_| ());
        let failure = (!rest.wrong.is_empty()).then(|| history.shrink());
        let mut campaign = lock(campaign);
        campaign.played += 1;
        campaign.asked += u64::from(!rest.asked.is_empty());
        campaign.doubtful += u64::from(!rest.doubtful.is_empty());
        campaign.writes += rest.writes;
        campaign.reached.add(&rest.reached);
        campaign.failures.extend(failure.map(|failure| (seed, failure)));
        campaign.failures.len()
    }
}

/// The first of so many histories that goes wrong where a fault is built in, or a guard of the rule of stock left out: its
/// seed, and what is wrong.
///
/// # Errors
/// Those of building and loading the components.
pub fn find_out(fault: Built, within: u64) -> anyhow::Result<Option<(u64, String)>> {
    let guardless;
    let kit = match fault {
        Built::In(_) => Kit::shared()?,
        Built::Without(guard) => {
            guardless = Kit::without(guard)?;
            &guardless
        }
    };
    for seed in 0..within {
        let rest = History::draw(seed).play_out(kit, |story| match fault {
            Built::In(mutation) => story.mutate(mutation),
            Built::Without(_) => {}
        });
        if let Some(wrong) = rest.wrong.into_iter().next() {
            return Ok(Some((seed, wrong)));
        }
    }
    Ok(None)
}

/// What is wrong with the Penstock of a history.
#[derive(Debug, Clone, Copy)]
pub enum Built {
    /// A fault is built in.
    In(Mutation),
    /// The rule of stock lacks a guard, as it calls it.
    Without(&'static str),
}

/// The seeds of the list.
fn found() -> Vec<u64> {
    let seed = |line: &str| line.split_whitespace().next()?.parse().ok();
    FOUND.lines().filter_map(seed).collect()
}
