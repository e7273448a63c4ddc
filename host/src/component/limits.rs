//! Every bound on a component, with its unit and the reason for it.

use std::time::Duration;

/// Largest component file, in bytes. A Python connector carries its interpreter, some 40 MB of it.
pub const COMPONENT_BYTES_MAX: u64 = 96 << 20;

/// Most files in the cache of compiled code. A host knows tens of connectors; the rest are earlier versions of them,
/// and the oldest go first.
pub const CACHE_FILES_MAX: usize = 256;

/// Largest file of compiled code that is read back, in bytes: compiled code is five to six times the component's size.
pub const CACHE_FILE_BYTES_MAX: u64 = 8 * COMPONENT_BYTES_MAX;

/// Length of one tick, in which computing time is counted. Shorter ticks would cost more wake-ups than they would
/// tell: a call is bounded to seconds.
pub const TICK: Duration = Duration::from_millis(10);

/// Stack of a guest, in bytes. A rule and the directory it asks run on one host thread, one above the other.
pub const STACK_BYTES_MAX: usize = 512 << 10;

/// Least stack that a host thread which calls components has, in bytes: two guests, one above the other, and as much
/// again for the host's own frames between them. The default of Rust's threads and of tokio's is this.
pub const THREAD_STACK_BYTES_MIN: usize = 4 * STACK_BYTES_MAX;

/// Address space set aside for each memory of a guest, in bytes. With this much the compiled code needs no bounds
/// checks, and what isn't touched costs nothing.
pub const MEMORY_RESERVATION_BYTES: u64 = 4 << 30;

/// Frames of a guest that a report keeps. A runaway recursion has thousands, all alike.
pub const TRACE_FRAMES_MAX: usize = 64;

/// Frames of a guest that a report shows without being asked for the whole trace.
pub const FRAMES_SHOWN_MAX: usize = 8;

/// Longest function name in a report, in bytes. Generic code has names of thousands.
pub const NAME_BYTES_MAX: usize = 160;

/// Names of a component's imports or exports that a report lists; of the others it gives the number.
pub const NAMES_SHOWN_MAX: usize = 20;

/// Bytes kept of what a guest writes to its standard output and error in one call; the latest are kept, for the
/// last words of a guest that stops are the ones that count.
pub const OUTPUT_BYTES_MAX: usize = 16 << 10;

/// Longest panic text in a report, in bytes. It may quote a whole vendor's answer.
pub const PANIC_BYTES_MAX: usize = 2 << 10;

/// Keys of a batch that a report names; of the others it gives the number.
pub const KEYS_SHOWN_MAX: usize = 5;

/// Random bytes that a guest may ask for at once. A hash table wants 16, a key 32.
pub const RANDOM_BYTES_MAX: u64 = 4 << 10;

/// Component-model handles alive at once in an instance. Streams and pollables are the only ones there are.
pub const HANDLES_MAX: usize = 1_000;

/// Longest key or revision, in bytes: a URL with a query fits. Keys are stored for ever, in several tables.
pub const KEY_BYTES_MAX: usize = 512;

/// Longest remote id, in bytes. It is stored for ever beside the key.
pub const ID_BYTES_MAX: usize = 512;

/// Longest cause of a movement, in bytes: an order's key, `#`, and the id of its line.
pub const CAUSE_BYTES_MAX: usize = KEY_BYTES_MAX + 1 + ID_BYTES_MAX;

/// Longest text for people, in bytes: a reason, a hint, what a write changes. It is stored with each entry that it is
/// about.
pub const TEXT_BYTES_MAX: usize = 2 << 10;

/// Largest cursor, in bytes. It is stored once a page; a position is tens of bytes, a set of them a few thousand.
pub const CURSOR_BYTES_MAX: usize = 64 << 10;

/// Largest memo, in bytes. It is stored with each write, intake or deferral.
pub const MEMO_BYTES_MAX: usize = 64 << 10;

/// Longest wait that a connector may ask for, in milliseconds (30 days). Anything longer is a slip of units, and
/// nobody would see that the entry stands still.
pub const DELAY_MS_MAX: u64 = 30 * 24 * 60 * 60 * 1_000;

/// Most entries that a directory may find for one value. A field that more share isn't one to search by.
pub const FOUND_PER_VALUE_MAX: usize = 1_000;

/// Most findings that one `check` may have. A person reads them.
pub const FINDINGS_MAX: usize = 1_000;

/// Most fields that `explain` may tell of one write. A person reads them.
pub const CHANGES_MAX: usize = 1_000;

/// Most hints from one webhook.
pub const HINTS_MAX: usize = 1_000;

/// Most faults in one answer of `open`. A person reads them.
pub const OPTION_FAULTS_MAX: usize = 100;

/// Most endpoints, collections, ports or directories that a descriptor may list, of each.
pub const DESCRIPTOR_ITEMS_MAX: usize = 200;

/// Most reads in one `read-all`: they are all in memory at once.
pub const READS_AT_ONCE_MAX: usize = 100;

/// Most values in one look-up, and most keys in one use of the state.
pub const VALUES_AT_ONCE_MAX: usize = 10_000;

/// Largest value in a transform's state, in bytes. State is a remembered number or a small document for each key.
pub const STATE_VALUE_BYTES_MAX: usize = 256 << 10;

/// Time that a guest may compute in one call: see [`CallLimits::computing`].
const COMPUTING: Duration = Duration::from_secs(10);

/// What one instance may use. A pipeline file may ask for other figures; these are for those that don't.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallLimits {
    /// Time that a guest may compute in one call. A batch of 100 orders takes a millisecond, so ten seconds mean a
    /// loop without end, also on a loaded machine. Time inside a host call doesn't count.
    pub computing: Duration,
    /// Time that all host calls of one call may take together: a page of 100 orders whose reads wait for a till's
    /// rate limit takes minutes. It is looked at when a host call returns; a single read is bounded by the host.
    pub waiting: Duration,
    /// Host calls in one call, log lines aside. A batch of 100 entries looks up a few things for each.
    pub host_calls: u32,
    /// Linear memory of all of an instance's memories together, in bytes. A Rust connector takes 2 MB, one in Python
    /// 60 MB.
    pub memory_bytes: usize,
    /// Elements of all of an instance's tables together: each is a pointer to a function.
    pub table_elements: usize,
    /// Core instances, and as many tables and memories. A Rust connector has some five, a Python one some fifty.
    pub core_instances: usize,
    /// Bytes that a guest may hand over at once, as the host counts them: in the result of a call, or in the
    /// arguments of a host call. A page of 200 orders takes 2 MB.
    pub crossing_bytes: usize,
    /// Bytes that a transform may stage in its state in one call, keys included: they are in memory until the batch is
    /// committed. A batch of 200 entries stages some 100 KB.
    pub staged_bytes: usize,
    /// Entries or intakes that may go into a call, or come out of it where the contract has no bound of its own.
    pub entries: usize,
    /// Log lines in one call, those on standard output and error included. Further ones are counted and dropped.
    pub log_lines: u32,
    /// Bytes of one log line; a longer one is cut.
    pub log_line_bytes: usize,
}

impl Default for CallLimits {
    fn default() -> Self {
        Self {
            computing: computing(),
            waiting: Duration::from_secs(15 * 60),
            host_calls: 10_000,
            memory_bytes: 128 << 20,
            table_elements: 200_000,
            core_instances: 256,
            crossing_bytes: 32 << 20,
            staged_bytes: 8 << 20,
            entries: 10_000,
            log_lines: 200,
            log_line_bytes: 2 << 10,
        }
    }
}

/// How long a guest may compute in one call, unless somebody asks for another bound.
#[cfg(not(feature = "crash-points"))]
fn computing() -> Duration {
    COMPUTING
}

/// The same. A test of a guest that never ends has it ended earlier, by `PENSTOCK_COMPUTING_MS`.
#[cfg(feature = "crash-points")]
#[allow(clippy::disallowed_methods, reason = "only in builds for tests")]
fn computing() -> Duration {
    let wanted = std::env::var("PENSTOCK_COMPUTING_MS").ok();
    wanted.and_then(|ms| ms.parse().ok()).map_or(COMPUTING, Duration::from_millis)
}
