//! Time within egress: the clock that was given, and pauses.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::time::{Clock, Instant};

/// How a pause is made. A test makes its own, in which the clock moves and nobody waits.
pub(super) type Pause = Arc<dyn Fn(Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// The clock, and pauses that go by it.
#[derive(Clone)]
pub(super) struct Pace {
    clock: Arc<dyn Clock>,
    pause: Pause,
}

impl Pace {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self::with_pause(clock, Arc::new(|length| Box::pin(tokio::time::sleep(length))))
    }

    pub(super) fn with_pause(clock: Arc<dyn Clock>, pause: Pause) -> Self {
        Self { clock, pause }
    }

    pub(super) fn now(&self) -> Instant {
        self.clock.now()
    }

    pub(super) async fn pause(&self, length: Duration) {
        (self.pause)(length).await;
    }

    pub(super) async fn pause_until(&self, until: Instant) {
        let length_ms = u64::try_from(until.saturating_sub(self.now())).unwrap_or(0);
        self.pause(Duration::from_millis(length_ms)).await;
    }
}
