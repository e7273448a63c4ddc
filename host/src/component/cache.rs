//! Compiled code, kept on disk between runs.
//!
//! Loading compiled code means running it, so a file is taken only if all of it is what this host wrote: the
//! directory is the user's own and closed to others, and each file carries the digest of its code. Anything else
//! is a miss: the component is compiled again and the file replaced.

#![allow(
    clippy::disallowed_methods,
    reason = "the code cache is one of the files that the host writes"
)]

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use super::limits::{CACHE_FILE_BYTES_MAX, CACHE_FILES_MAX};

/// First bytes of each file: what it is, and the version of this layout.
const MAGIC: &[u8; 16] = b"penstock code 1\n";
const DIGEST_BYTES: usize = 32;
const EXTENSION: &str = "code";

/// The directory of compiled code.
pub(super) struct CodeCache {
    directory: PathBuf,
}

impl CodeCache {
    /// Makes the directory if it isn't there, and closes it to everybody else.
    pub(super) fn open(directory: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&directory)?;
        own(&directory)?;
        Ok(Self { directory })
    }

    /// The code kept under this name, if it is there and whole.
    pub(super) fn get(&self, name: &str) -> Option<Vec<u8>> {
        let mut file = File::open(self.path(name)).ok()?;
        let bytes = file.metadata().ok()?.len();
        if bytes > CACHE_FILE_BYTES_MAX {
            return None;
        }
        let mut head = [0; MAGIC.len() + DIGEST_BYTES];
        file.read_exact(&mut head).ok()?;
        let (magic, digest) = head.split_at(MAGIC.len());
        if magic != MAGIC {
            return None;
        }
        let mut code = Vec::with_capacity(usize::try_from(bytes).ok()?);
        file.take(CACHE_FILE_BYTES_MAX).read_to_end(&mut code).ok()?;
        (seal(name, &code)[..] == *digest).then_some(code)
    }

    /// Keeps code under this name. What can't be kept is compiled again next time, so nothing fails for it.
    pub(super) fn put(&self, name: &str, code: &[u8]) {
        static WRITTEN: AtomicU64 = AtomicU64::new(0);
        let unique = format!(
            "{name}.{}-{}.part",
            std::process::id(),
            WRITTEN.fetch_add(1, Ordering::Relaxed)
        );
        let part = self.directory.join(unique);
        let kept = fs::write(&part, [MAGIC, &seal(name, code)[..], code].concat())
            .and_then(|()| fs::rename(&part, self.path(name)));
        if kept.is_err() {
            // It may never have been made; there is nothing else to clean up.
            fs::remove_file(&part).ok();
        }
        self.prune();
    }

    /// Lets go of the oldest files beyond the bound, and of parts that a killed process left behind.
    fn prune(&self) {
        let Ok(entries) = fs::read_dir(&self.directory) else { return };
        let mut files: Vec<(SystemTime, PathBuf)> = entries
            .filter_map(Result::ok)
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .collect();
        files.sort();
        let excess = files.len().saturating_sub(CACHE_FILES_MAX);
        for (_, path) in files.into_iter().take(excess) {
            fs::remove_file(path).ok();
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name).with_extension(EXTENSION)
    }
}

/// The digest of the code and of the name it is kept under, so that a file under another's name isn't taken for it.
fn seal(name: &str, code: &[u8]) -> [u8; DIGEST_BYTES] {
    let mut digest = Sha256::new();
    digest.update((name.len() as u64).to_le_bytes());
    digest.update(name);
    digest.update(code);
    digest.finalize().into()
}

/// Closes the directory to others, and refuses one that belongs to another user: what lies in it is run as code.
#[cfg(unix)]
fn own(directory: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    // Only its owner may change a directory's mode, so this also tells whose it is.
    fs::set_permissions(directory, fs::Permissions::from_mode(0o700))
}

/// Elsewhere a user's directories are closed to others by what they inherit.
#[cfg(not(unix))]
fn own(_directory: &Path) -> io::Result<()> {
    Ok(())
}
