//! Bounds of test cases.

/// Largest file of a case, in bytes: what is larger belongs into a recording.
pub const CASE_BYTES_MAX: u64 = 4 << 20;

/// Largest snapshot, in bytes.
pub const SNAPSHOT_BYTES_MAX: u64 = 256 << 20;
