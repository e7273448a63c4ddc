//! The bounds of egress. Each is a fixed property of the host; what an operator may set stands in `EgressOptions`.

use std::time::Duration;

/// Bytes of a request's body. A write carries one record or one batch of them, far below this.
pub const REQUEST_BODY_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Bytes of a request's path. Servers commonly refuse a request line above 8 KiB.
pub const PATH_BYTES_MAX: usize = 2048;

/// Bytes of all query names and values together, for the same reason.
pub const QUERY_BYTES_MAX: usize = 6 * 1024;

/// Headers that a connector may add to one request.
pub const HEADERS_MAX: usize = 32;

/// Bytes of all header names and values that a connector adds to one request: servers refuse 8 KiB and more.
pub const HEADER_BYTES_MAX: usize = 4 * 1024;

/// Bytes of an answer's headers over HTTP/2. Over HTTP/1 the client library has a bound of the same order.
pub const ANSWER_HEADER_BYTES_MAX: u32 = 64 * 1024;

/// Default bound of an answer's body in bytes, after decompression: a page of 100 large orders takes about 1 MiB.
pub const RESPONSE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Paths in one request's `keep`. A connector keeps some dozens of fields.
pub const KEEP_PATHS_MAX: usize = 512;

/// Bytes of one path in `keep`.
pub const KEEP_PATH_BYTES_MAX: usize = 256;

/// Depth of nesting in what is kept of an answer's JSON. The scanner recurses, so this also bounds its stack.
pub const JSON_DEPTH_MAX: usize = 128;

/// Reads of one `read_all` that are open at once: enough to hide a vendor's latency, few enough to be polite.
pub const READS_IN_FLIGHT_MAX: usize = 8;

/// Largest answers of reads that a connector makes at once, together, in bytes: they are all in memory until it has
/// them. A page of a vendor's has some 100 KB.
pub const ANSWERS_TOGETHER_BYTES_MAX: usize = 2 * RESPONSE_BYTES_MAX;

/// Attempts of one read, the first included.
pub const READ_ATTEMPTS_MAX: u32 = 5;

/// Longest pause between two attempts of one read.
pub const BACKOFF_MAX: Duration = Duration::from_secs(20);

/// How long a call that was given up waits at least before it is made again, in milliseconds: the attempts have
/// already been spread over several seconds.
pub const GIVEN_UP_RETRY_MS: u64 = 30_000;

/// When a write that could not reach its host may be tried again, in milliseconds.
pub const UNREACHABLE_RETRY_MS: u64 = 5_000;

/// Longest stop that a `Retry-After` can ask for. One hour would stand still what a second look may free.
pub const RETRY_AFTER_MS_MAX: u64 = 300_000;

/// The stop after a 429 whose `Retry-After` is absent or cannot be read: what a vendor's own tool waits.
pub const RETRY_AFTER_MS_DEFAULT: u64 = 30_000;

/// Shortest stop after a 429, so that `Retry-After: 0` does not become a loop without pause.
pub const RETRY_AFTER_MS_MIN: u64 = 1_000;

/// Farthest that our clock and a remote's may be apart, in milliseconds, for its reads to be used. Sources read the last
/// minutes again, ten of them as a rule; this leaves room for what a search shows late.
pub const CLOCK_APART_MS_MAX: i64 = 300_000;

/// Most requests in a rate limit's window that are believed, be it the descriptor or a header that tells. It bounds
/// the memory of a budget, which keeps 32 bytes a request.
pub const RATE_REQUESTS_MAX: u32 = 100_000;

/// Longest window of a rate limit, one day in milliseconds.
pub const RATE_WINDOW_MS_MAX: u64 = 24 * 60 * 60 * 1000;

/// A step back of the clock above this is a correction of the clock and moves a budget's memory with it; below it is
/// two threads reading the clock in one order and arriving in the other. In milliseconds.
pub const CLOCK_STEP_MS_MIN: i64 = 5_000;

/// How long an open connection is kept without use. Servers close theirs after 5 seconds at the earliest (the default
/// of a widespread one), and a write that meets a connection just being closed is unknown.
pub const IDLE_CONNECTION_MAX: Duration = Duration::from_secs(4);

/// Threads that carry the requests. Their work is waiting, and dropping fields.
pub const WORKER_THREADS: usize = 1;

/// Shortest secret that is searched for in answers: a shorter one would be found where it is not meant.
pub const SCRUBBED_SECRET_BYTES_MIN: usize = 8;
