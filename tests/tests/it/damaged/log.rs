//! The log beside the store, in which the last commits are until they are written to their pages.

use super::{PAGE, RUN, drawn, ended, keep, killed};

/// A log's own head, and that of each page in it, in bytes.
const LOG_HEAD: usize = 32;
const FRAME_HEAD: usize = 24;
const FRAME: usize = FRAME_HEAD + PAGE;

/// What is lost with it are the last commits: the store is an older copy of itself, and what was posted is found.
#[test]
fn a_log_that_is_cut_or_torn_anywhere_loses_nothing_and_doubles_nothing() {
    let kept = killed(31);
    let frames = (kept.log.len() - LOG_HEAD) / FRAME;
    let cuts = (0..=frames).flat_map(|frame| {
        let start = LOG_HEAD + frame * FRAME;
        [start, start + 1 + drawn(frame, FRAME - 1)]
    });
    let cuts: Vec<usize> = [1, LOG_HEAD - 1].into_iter().chain(cuts).collect();
    let mut logs: Vec<(Vec<u8>, String)> = cuts
        .into_iter()
        .filter(|bytes| *bytes <= kept.log.len())
        .map(|bytes| (kept.log[..bytes].to_vec(), format!("the log cut to {bytes} bytes")))
        .collect();
    for frame in 0..frames {
        let mut torn = kept.log.clone();
        let start = LOG_HEAD + frame * FRAME + drawn(frame, FRAME - 64);
        torn[start..start + 64].fill(0xA5);
        logs.push((torn, format!("frame {frame} of the log torn")));
    }
    for (log, told) in &logs {
        assert!(kept.is_opened(&kept.store, log), "{told}: not opened");
    }
    for (log, told) in logs.iter().step_by(logs.len().div_ceil(12)) {
        assert!(kept.runs(Some(&kept.store), log, told), "{told}: refused");
    }
    assert!(kept.runs(Some(&kept.store), &[], "the log gone"));
    kept.settles();
}

/// SQLite would take pages out of it that never were of this store.
#[test]
fn a_log_of_another_store_is_refused_or_loses_nothing() {
    let (kept, other) = (killed(32), killed(33));
    kept.runs(Some(&kept.store), &other.log, "the log of another store");
    let clean = ended(34);
    clean.runs(Some(&clean.store), &other.log, "the log of another store beside one that ended");
    kept.settles();
    clean.settles();
}

#[test]
fn a_log_without_its_store_is_refused_and_left_as_it_is() {
    let kept = killed(35);
    assert!(!kept.runs(None, &kept.log, "the store gone"));
    assert!(!kept.runs(Some(&[]), &kept.log, "the store empty"));
    assert!(!kept.runs(Some(&kept.store[..PAGE]), &kept.log[..LOG_HEAD + FRAME], "a page of it"));
    kept.settles();
}

/// Until a process ends of its own accord, all that a first run committed may be in the log.
#[test]
fn a_first_log_that_is_gone_is_refused() {
    let project = super::project(36);
    let mut command = project.command(&RUN);
    let ended = command.env("PENSTOCK_CRASH", "after-commit-concluded:2").output().unwrap();
    assert_eq!(ended.status.code(), None, "the run was to be killed: {ended:?}");
    let kept = keep(project);
    assert_eq!(kept.store.len(), PAGE);
    assert!(!kept.runs(Some(&kept.store), &[], "the first log gone"));
    kept.settles();
}
