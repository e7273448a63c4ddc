//! Named points at which a test may have the process killed.
//!
//! Without the feature `crash-points` there is nothing here but names.

use crate::store::Change;

/// All points, so that a test can visit each and a new one cannot be forgotten.
pub const POINTS: [&str; 18] = [
    "before-send",
    "before-probe",
    "before-commit-page",
    "after-commit-page",
    "before-commit-plan",
    "after-commit-plan",
    "before-commit-sent",
    "after-commit-sent",
    "before-commit-concluded",
    "after-commit-concluded",
    "before-commit-replanned",
    "after-commit-replanned",
    "before-commit-doubted",
    "after-commit-doubted",
    "before-commit-withdrawn",
    "after-commit-withdrawn",
    "before-commit-waiting",
    "after-commit-waiting",
];

/// The points before and after a commit: a pair for each kind of change in it. Nothing without the feature.
pub fn commit_points(changes: &[Change]) -> Vec<(&'static str, &'static str)> {
    if cfg!(not(feature = "crash-points")) {
        return Vec::new();
    }
    let mut points: Vec<_> = changes.iter().map(around).collect();
    points.sort_unstable();
    points.dedup();
    points
}

fn around(change: &Change) -> (&'static str, &'static str) {
    match change {
        Change::Withdrawn { .. } => ("before-commit-withdrawn", "after-commit-withdrawn"),
        Change::Doubted { .. } | Change::HeldWrite { .. } => {
            ("before-commit-doubted", "after-commit-doubted")
        }
        Change::Replanned { .. } | Change::Continued { .. } => {
            ("before-commit-replanned", "after-commit-replanned")
        }
        Change::Plan(_) => ("before-commit-plan", "after-commit-plan"),
        Change::Concluded { .. } => ("before-commit-concluded", "after-commit-concluded"),
        Change::Sent { .. } => ("before-commit-sent", "after-commit-sent"),
        Change::Cursor { .. } => ("before-commit-page", "after-commit-page"),
        Change::Seen(_)
        | Change::State { .. }
        | Change::Park(_)
        | Change::Unpark { .. }
        | Change::Supersede { .. }
        | Change::Existing(_)
        | Change::Divert { .. }
        | Change::Note(_) => ("before-commit-waiting", "after-commit-waiting"),
    }
}

/// The process reaches a point.
#[cfg(not(feature = "crash-points"))]
pub(super) fn reach(_point: &str) {}

/// The process reaches a point, and ends there if `PENSTOCK_CRASH` says `POINT:N` and this is the Nth time: killed, or by
/// a panic if it says `POINT:N:panic`.
#[cfg(feature = "crash-points")]
#[allow(clippy::disallowed_methods, clippy::panic, reason = "only in builds for crash tests")]
pub(super) fn reach(point: &str) {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    static WANTED: OnceLock<Option<(String, u64, bool)>> = OnceLock::new();
    static REACHED: AtomicU64 = AtomicU64::new(0);
    debug_assert!(POINTS.contains(&point), "`{point}` is not among POINTS");
    let wanted = WANTED.get_or_init(|| {
        let text = std::env::var("PENSTOCK_CRASH").ok()?;
        let (point, times) = text.split_once(':')?;
        let (times, panics) = match times.split_once(':') {
            Some((times, how)) => (times, how == "panic"),
            None => (times, false),
        };
        Some((point.to_owned(), times.parse().ok()?, panics))
    });
    if let Some((wanted, times, panics)) = wanted
        && wanted == point
        && REACHED.fetch_add(1, Ordering::SeqCst) + 1 == *times
    {
        assert!(!panics, "this process panics at `{point}`");
        // Nothing is unwound, flushed or dropped.
        let _killed =
            rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        std::process::abort();
    }
}
