//! The time in which computing is counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use wasmtime::Engine;

use super::limits::TICK;

/// Counts ticks, and lets the guests of an engine feel them: each tick is an epoch of the engine.
pub(super) struct Ticks {
    engine: Engine,
    count: AtomicU64,
}

impl Ticks {
    /// Ticks of an engine, counted by a thread of their own for as long as someone holds them.
    pub(super) fn start(engine: &Engine) -> std::io::Result<Arc<Self>> {
        let ticks = Arc::new(Self { engine: engine.clone(), count: AtomicU64::new(0) });
        let held = Arc::downgrade(&ticks);
        std::thread::Builder::new().name("component-ticks".to_owned()).spawn(move || {
            while let Some(ticks) = held.upgrade() {
                ticks.advance(1);
                drop(ticks);
                std::thread::sleep(TICK);
            }
        })?;
        Ok(ticks)
    }

    /// Ticks since the start.
    pub(super) fn now(&self) -> u64 {
        self.count.load(Ordering::Acquire)
    }

    /// Lets `ticks` pass at once. The count goes first, so that whoever is woken by an epoch sees its tick counted.
    pub(super) fn advance(&self, ticks: u64) {
        for _ in 0..ticks {
            self.count.fetch_add(1, Ordering::AcqRel);
            self.engine.increment_epoch();
        }
    }
}

/// A duration in whole ticks, rounded up, at least one.
pub(super) fn whole_ticks(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis().div_ceil(TICK.as_millis())).unwrap_or(u64::MAX).max(1)
}
