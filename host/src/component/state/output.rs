//! What a guest writes to its standard output or error.

use std::collections::VecDeque;

use crate::component::limits::OUTPUT_BYTES_MAX;

/// The latest [`OUTPUT_BYTES_MAX`] bytes that were written.
#[derive(Default)]
pub(in crate::component) struct Output {
    bytes: VecDeque<u8>,
}

impl Output {
    /// Appends, and lets go of the oldest bytes beyond the bound.
    pub(in crate::component) fn write(&mut self, written: &[u8]) {
        let latest = &written[written.len().saturating_sub(OUTPUT_BYTES_MAX)..];
        let excess = (self.bytes.len() + latest.len()).saturating_sub(OUTPUT_BYTES_MAX);
        self.bytes.drain(..excess);
        self.bytes.extend(latest);
    }

    /// Takes everything as text; what isn't UTF-8 is replaced.
    pub(in crate::component) fn take(&mut self) -> String {
        if self.bytes.is_empty() {
            return String::new();
        }
        String::from_utf8_lossy(std::mem::take(&mut self.bytes).make_contiguous()).into_owned()
    }
}
