//! When a read is made again. Pure: it is told what happened, and says what next.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use super::fault::Fault;
use super::limits;

/// How far a read has come.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// Attempts made so far.
    pub attempts: u32,
    /// Time since the call began, without the time that it waited for the budget.
    pub spent: Duration,
    /// Time that the whole call may take, counted in the same way.
    pub spent_max: Duration,
    /// Pause after the first attempt; each further one doubles it.
    pub backoff_min: Duration,
}

/// After which pause the read is made again; `None` if it is given up.
///
/// `seed` spreads the pauses of different requests, and is the same for the same request, so that a run can be
/// repeated exactly.
#[must_use]
pub fn pause_before_next(fault: &Fault, progress: Progress, seed: &str) -> Option<Duration> {
    let asked = match fault {
        Fault::Refused(_)
        | Fault::Unauthorized(_)
        | Fault::TooLarge(_)
        | Fault::NoBudget { .. } => return None,
        // The whole budget stands still after a 429, so the waiting is done there.
        Fault::TooMany { .. } => {
            return (progress.attempts < limits::READ_ATTEMPTS_MAX).then_some(Duration::ZERO);
        }
        Fault::Lost { retry_after_ms, .. } => Duration::from_millis(retry_after_ms.unwrap_or(0)),
        Fault::NotSent(_) | Fault::Malformed(_) => Duration::ZERO,
    };
    let pause = asked.max(backoff(progress, seed));
    let is_in_time = progress.spent.saturating_add(pause) < progress.spent_max;
    (progress.attempts < limits::READ_ATTEMPTS_MAX && is_in_time).then_some(pause)
}

fn backoff(progress: Progress, seed: &str) -> Duration {
    let doubled =
        progress.backoff_min.saturating_mul(1 << progress.attempts.saturating_sub(1).min(16));
    let pause = doubled.min(limits::BACKOFF_MAX);
    let mut hasher = DefaultHasher::new();
    (seed, progress.attempts).hash(&mut hasher);
    let percent = u32::try_from(hasher.finish() % 50).unwrap_or(0);
    pause * (75 + percent) / 100
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(attempts: u32) -> Progress {
        Progress {
            attempts,
            spent: Duration::ZERO,
            spent_max: Duration::from_secs(120),
            backoff_min: Duration::from_millis(500),
        }
    }

    fn lost(retry_after_ms: Option<u64>) -> Fault {
        Fault::Lost { reason: String::new(), retry_after_ms }
    }

    #[test]
    fn pauses_grow_and_are_spread_by_a_quarter_either_way() {
        for (attempts, middle_ms) in [(1, 500), (2, 1000), (3, 2000), (4, 4000)] {
            for seed in ["a", "b", "c"] {
                let pause =
                    pause_before_next(&lost(None), progress(attempts), seed).expect("tried again");
                let middle = Duration::from_millis(middle_ms);
                assert!(
                    pause >= middle * 3 / 4 && pause < middle * 5 / 4,
                    "{attempts} {seed}: {pause:?}"
                );
                assert_eq!(Some(pause), pause_before_next(&lost(None), progress(attempts), seed));
            }
        }
        let pauses = ["a", "b", "c"].map(|seed| pause_before_next(&lost(None), progress(1), seed));
        assert!(pauses[0] != pauses[1] || pauses[1] != pauses[2], "all alike: {pauses:?}");
    }

    #[test]
    fn what_the_vendor_asks_for_is_waited() {
        let pause = pause_before_next(&lost(Some(9_000)), progress(1), "a");
        assert_eq!(pause, Some(Duration::from_secs(9)));
    }

    #[test]
    fn attempts_and_time_are_bounded() {
        assert_eq!(pause_before_next(&lost(None), progress(limits::READ_ATTEMPTS_MAX), "a"), None);
        assert_eq!(pause_before_next(&lost(Some(120_000)), progress(1), "a"), None);
        let late = Progress { spent: Duration::from_millis(119_900), ..progress(1) };
        assert_eq!(pause_before_next(&lost(None), late, "a"), None);
    }

    #[test]
    fn what_cannot_get_better_is_not_tried_again() {
        for fault in [
            Fault::Refused(String::new()),
            Fault::Unauthorized(String::new()),
            Fault::TooLarge(String::new()),
        ] {
            assert_eq!(pause_before_next(&fault, progress(1), "a"), None, "{fault:?}");
        }
        assert!(pause_before_next(&Fault::Malformed(String::new()), progress(1), "a").is_some());
    }
}
