//! Time within egress: the clock that was given, and pauses, which end early when the host wants to stop.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::time::{Clock, Instant};

/// How a pause is made. A test makes its own, in which the clock moves and nobody waits.
pub(super) type Pause =
    Arc<dyn Fn(Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// The clock, and pauses that go by it.
#[derive(Clone)]
pub(super) struct Pace {
    clock: Arc<dyn Clock>,
    pause: Pause,
    stops: Arc<watch::Sender<bool>>,
}

impl Pace {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self::with_pause(clock, Arc::new(|length| Box::pin(tokio::time::sleep(length))))
    }

    pub(super) fn with_pause(clock: Arc<dyn Clock>, pause: Pause) -> Self {
        Self { clock, pause, stops: Arc::new(watch::Sender::new(false)) }
    }

    pub(super) fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Ends all pauses, those to come too.
    pub(super) fn stop(&self) {
        self.stops.send_replace(true);
    }

    pub(super) fn is_stopping(&self) -> bool {
        *self.stops.borrow()
    }

    /// Ends early if the host wants to stop.
    pub(super) async fn pause(&self, length: Duration) {
        let mut stops = self.stops.subscribe();
        tokio::select! {
            biased;
            _ = stops.wait_for(|stops| *stops) => {}
            () = (self.pause)(length) => {}
        }
    }

    pub(super) async fn pause_until(&self, until: Instant) {
        let length_ms = u64::try_from(until.saturating_sub(self.now())).unwrap_or(0);
        self.pause(Duration::from_millis(length_ms)).await;
    }
}
