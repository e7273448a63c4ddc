//! Telling a process that is alive from one that was killed, so that a restart need not wait for a lease to end.
//!
//! Each process that takes a lease keeps a file of its own locked beside the store. The lock ends with the process,
//! however it ends. Where the file cannot be locked (some network file systems), a lease simply lasts its time.
//!
//! In the same folder stands how often each pipeline has sent something that moves stock. A store that knows of less is an
//! older copy of itself.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use uuid::Uuid;

/// This process, as a holder of leases.
#[derive(Debug)]
pub(super) struct Holder {
    name: String,
    /// Where all holders of this store keep their files; `None` for a store in memory, which has one holder.
    folder: Option<PathBuf>,
    lock: Option<File>,
}

#[allow(clippy::disallowed_methods, reason = "the store is one of the places that may touch files")]
impl Holder {
    /// A holder of the store in this file.
    pub(super) fn beside(file: &Path) -> Self {
        let mut folder = file.as_os_str().to_owned();
        folder.push("-holders");
        Self { name: Self::new_name(), folder: Some(PathBuf::from(folder)), lock: None }
    }

    /// The only holder there can be.
    pub(super) fn alone() -> Self {
        Self { name: Self::new_name(), folder: None, lock: None }
    }

    #[allow(
        clippy::disallowed_methods,
        reason = "a holder's name only has to differ from all others"
    )]
    fn new_name() -> String {
        format!("process {} {}", std::process::id(), Uuid::now_v7().simple())
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Locks this holder's file, once.
    pub(super) fn appear(&mut self) -> std::io::Result<()> {
        let Some(folder) = self.folder.as_ref().filter(|_| self.lock.is_none()) else {
            return Ok(());
        };
        std::fs::create_dir_all(folder)?;
        let file = File::create(folder.join(&self.name))?;
        match file.try_lock() {
            Ok(()) | Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) if error.kind() == std::io::ErrorKind::Unsupported => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
        self.lock = Some(file);
        Ok(())
    }

    /// How often a pipeline has sent something that moves stock; nothing where nobody knows.
    pub(super) fn moved(&self, pipeline: &str) -> Option<i64> {
        let text = std::fs::read_to_string(self.moved_file(pipeline)?).ok()?;
        text.trim().parse().ok()
    }

    /// Notes how often it has. That this may fail costs no more than the warning.
    pub(super) fn note_moved(&self, pipeline: &str, sendings: i64) {
        if let Some(file) =
            self.moved_file(pipeline).filter(|_| self.moved(pipeline) < Some(sendings))
        {
            let _unnoted = std::fs::write(file, format!("{sendings}\n"));
        }
    }

    /// Whatever a pipeline moved, it counts no more.
    pub(super) fn forget_moved(&self, pipeline: &str) {
        if let Some(file) = self.moved_file(pipeline) {
            let _absent = std::fs::remove_file(file);
        }
    }

    fn moved_file(&self, pipeline: &str) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.join(format!("moved {pipeline}")))
    }

    /// Whether the process behind that name may still be alive.
    pub(super) fn is_alive(&self, name: &str) -> bool {
        let Some(folder) = &self.folder else { return false };
        let path = folder.join(name);
        let Ok(file) = File::open(&path) else { return path.exists() };
        match file.try_lock() {
            Ok(()) => {
                // It is gone: nobody needs its file any more. Another process may have removed it already.
                let _gone = std::fs::remove_file(&path);
                false
            }
            Err(_) => true,
        }
    }
}

#[allow(clippy::disallowed_methods, reason = "the store is one of the places that may touch files")]
impl Drop for Holder {
    fn drop(&mut self) {
        if let (Some(folder), Some(_)) = (&self.folder, &self.lock) {
            let _gone = std::fs::remove_file(folder.join(&self.name));
        }
    }
}
