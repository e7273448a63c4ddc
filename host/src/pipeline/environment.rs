//! The one file of the host that reads environment variables, and files that the user names.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// What surrounds the process. Tests bring their own.
pub trait Environment {
    /// The value of an environment variable; `None` where it is not set or not text.
    fn variable(&self, name: &str) -> Option<String>;

    /// The bytes of a file, at most `bytes_max` of them and one more, by which a longer file is known.
    fn file(&self, path: &Path, bytes_max: u64) -> io::Result<Vec<u8>>;
}

/// The real surroundings.
#[derive(Debug, Clone, Copy, Default)]
pub struct Process;

impl Environment for Process {
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    #[allow(clippy::disallowed_methods, reason = "the one place that reads files the user names")]
    fn file(&self, path: &Path, bytes_max: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        File::open(path)?.take(bytes_max.saturating_add(1)).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}
