//! The engine's bounds, each with its reason.

/// Most writes that are open in memory at once. A source is not read further before some are concluded, so that
/// memory does not grow with the number of orders.
pub const OPEN_WRITES_MAX: usize = 1_000;

/// Most writes that are planned and wait to leave. No more are planned before some have left: what a sink reads before
/// a write is worth its request only while it is new, and where a vendor's rate limit slows both down, reads ahead of
/// the writes would take what the writes need.
pub const UNSENT_WRITES_MAX: usize = 200;

/// Where so many are planned, what is left of a large batch waits. A page of no more than 200 entries, each of which
/// becomes one write, never comes to it, so that they need not be stored once more.
pub const PLANNED_AHEAD_MAX: usize = 400;

/// Most writes on their way at once, where an account answers at once. A crash leaves that many in doubt at most.
pub const IN_FLIGHT_MAX: usize = 32;

/// Most writes on their way at once where it does not. A vendor's rate limit is met with that many; more would only
/// wait for its budget.
pub const IN_FLIGHT_MIN: usize = 8;

/// An answer that comes within this, in milliseconds, did not wait for a budget.
pub const ANSWER_QUICK_MS: i64 = 1_000;

/// What is decided waits this long, in milliseconds, for more of its kind before it is committed, while answers are
/// about to come: a commit costs the same for one as for twenty. A crash in between leaves a few writes more in doubt.
pub const GATHER_MS: i64 = 10;

/// Most entries in one call of a transform: what crosses the wall at once stays small.
pub const APPLY_ENTRIES_MAX: usize = 200;

/// Most waiting entries that are taken up at once.
pub const DUE_ENTRIES_MAX: usize = 200;

/// A write is not sent when its lease ends earlier than this, in milliseconds: the longest that a request may wait for
/// its account's budget and then take.
pub const SEND_MS_MAX: i64 = 90_000;

/// After so many probes that decided nothing, a person decides.
pub const PROBES_MAX: u32 = 8;

/// After so many sendings that did not take effect, a person decides.
pub const SENDS_MAX: u32 = 8;

/// After so many requests of one write, each asked for by what came of the last, a person decides. A sale takes two.
pub const STEPS_MAX: u32 = 32;

/// After so many pages in a row that brought nothing new, while there was said to be more, a source is not read further
/// in this run: nobody reads so much again to find what is new.
pub const PAGES_WITHOUT_NEWS_MAX: u32 = 5_000;

/// After so many calls of one run that were stopped because they took too long, the run ends: one entry of a batch of 200
/// that does it is found within nine, and a connector that always does it would keep a run busy for an hour.
pub const TOO_LONG_MAX: u32 = 24;

/// Most entries that a source may list for people who link counters: they are all in memory.
pub const LISTED_ENTRIES_MAX: usize = 500_000;

/// After so many requests in a row that did not reach an account, a run gives up.
pub const UNREACHED_MAX: u32 = 2;

/// The first wait after a probe that decided nothing, in milliseconds. It doubles with each.
pub const PROBE_BACKOFF_MS: i64 = 1_000;

/// The longest wait between two probes, in milliseconds.
pub const PROBE_BACKOFF_MS_MAX: i64 = 60_000;

/// A run waits this long, in milliseconds, for what is not due yet; then it ends and leaves it waiting.
pub const PATIENCE_MS: i64 = 330_000;

/// A run ends after so long without a request of a write and without news of a source, in milliseconds.
pub const QUIET_MS: i64 = 1_200_000;

/// The same two of a plan, which a person waits for. First levels are in it: the vendors' counts are as old by then as they
/// have to be (45 s in the bundled pipeline, and 30 s for the shop's search).
pub const PLAN_PATIENCE_MS: i64 = 90_000;

/// What asks to come again waits at least this long, in milliseconds, and twice as long with each time: a rule or a
/// sink that never decides keeps no run busy.
pub const AGAIN_MS: u64 = 250;

/// So often is that wait doubled at most: it is longer than `PATIENCE_MS` then, so a run ends and leaves it waiting.
pub const AGAIN_DOUBLINGS_MAX: u32 = 11;

/// Most different reasons that are counted apart, of one stage in one run: some name the order that they are about.
pub const REASONS_MAX: usize = 100;
