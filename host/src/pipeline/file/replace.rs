//! Replacing a file that a person wrote.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::reason;
use crate::report::{Report, codes};

/// Replaces the text of a file that is there, at once: whoever reads it sees the one or the other, also where this
/// process dies. Who may read and write it stays as it is, and a link stays a link.
///
/// # Errors
/// The file or its folder cannot be written, or the file is marked as not to be. It is as it was.
pub fn replace(file: &Path, text: &str) -> Result<(), Box<Report>> {
    put_in_place(file, text).map_err(|cause| {
        let (why, hint) = match cause.kind() {
            io::ErrorKind::PermissionDenied => {
                let hint = "let this user write to the file and its folder";
                ("this user may not write it".to_owned(), Some(hint.to_owned()))
            }
            _ => (reason(&cause), None),
        };
        let fact = format!("`{}` cannot be written: {why}", file.display());
        let report = Report::error(codes::FILE_UNWRITABLE, fact)
            .note("it was left as it is: a new file is made beside it, and takes its place")
            .maybe_hint(hint);
        Box::new(report)
    })
}

fn put_in_place(file: &Path, text: &str) -> io::Result<()> {
    let file = fs::canonicalize(file)?;
    let permissions = fs::metadata(&file)?.permissions();
    if permissions.readonly() {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    let fresh = beside(&file);
    let written = write(&fresh, text, permissions).and_then(|()| fs::rename(&fresh, &file));
    if written.is_err() {
        clear_away(&fresh);
    }
    written
}

fn beside(file: &Path) -> PathBuf {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    file.with_file_name(format!(".{name} {}", std::process::id()))
}

fn write(fresh: &Path, text: &str, permissions: Permissions) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(fresh)?;
    // Before there is anything in it that others must not read.
    file.set_permissions(permissions)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[allow(clippy::disallowed_methods, reason = "it is our own, and nobody knows of it")]
fn clear_away(fresh: &Path) {
    let _gone = fs::remove_file(fresh);
}
