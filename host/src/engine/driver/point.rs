//! Named points at which a test may have the process killed.
//!
//! Without the feature `crash-points` there is nothing here but names.

use std::collections::BTreeSet;

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

/// What a commit is about: each kind of change in it, once.
pub(super) fn commit_kinds(changes: &[Change]) -> BTreeSet<&'static str> {
    let kind = |change: &Change| match change {
        Change::Withdrawn { .. } => "withdrawn",
        Change::Doubted { .. } | Change::HeldWrite { .. } => "doubted",
        Change::Replanned { .. } | Change::Continued { .. } => "replanned",
        Change::Plan(_) => "plan",
        Change::Concluded { .. } => "concluded",
        Change::Sent { .. } => "sent",
        Change::Cursor(_) => "page",
        _ => "waiting",
    };
    changes.iter().map(kind).collect()
}

/// The process reaches the point before or after a commit of these kinds.
pub(super) fn reach_commit(when: &str, kinds: &BTreeSet<&'static str>) {
    for kind in kinds {
        reach(&format!("{when}-commit-{kind}"));
    }
}

/// The process reaches a point.
#[cfg(not(feature = "crash-points"))]
pub(super) fn reach(_point: &str) {}

/// The process reaches a point, and ends there if `PENSTOCK_CRASH` says `POINT:N` and this is the Nth time.
#[cfg(feature = "crash-points")]
#[allow(clippy::disallowed_methods, reason = "only in builds for crash tests")]
pub(super) fn reach(point: &str) {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    static WANTED: OnceLock<Option<(String, u64)>> = OnceLock::new();
    static REACHED: AtomicU64 = AtomicU64::new(0);
    debug_assert!(POINTS.contains(&point), "`{point}` is not among POINTS");
    let wanted = WANTED.get_or_init(|| {
        let text = std::env::var("PENSTOCK_CRASH").ok()?;
        let (point, times) = text.split_once(':')?;
        Some((point.to_owned(), times.parse().ok()?))
    });
    if let Some((wanted, times)) = wanted
        && wanted == point
        && REACHED.fetch_add(1, Ordering::SeqCst) + 1 == *times
    {
        // Nothing is unwound, flushed or dropped.
        let _killed =
            rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        std::process::abort();
    }
}
