//! Loading the files of a check.

use std::io;
use std::path::Path;

use crate::pipeline::{Environment, FILE_BYTES_MAX};
use crate::report::{Report, SourceFile, codes};

/// Name of the file beside the pipelines whose connections all of them may use.
const SHARED_NAME: &str = "penstock.toml";

/// The files that a pipeline is made of.
#[derive(Debug, Clone)]
pub struct Files {
    /// The pipeline file itself.
    pub pipeline: SourceFile,
    /// `penstock.toml` beside it: connections that several pipelines share.
    pub shared: Option<SourceFile>,
    /// The file given by `--connections`: further connections, and single keys of those there are.
    pub overrides: Option<SourceFile>,
}

impl Files {
    /// All of them, the pipeline file first.
    pub fn all(&self) -> impl Iterator<Item = &SourceFile> {
        [Some(&self.pipeline), self.shared.as_ref(), self.overrides.as_ref()].into_iter().flatten()
    }

    /// A pipeline file that stands alone.
    pub fn alone(pipeline: SourceFile) -> Self {
        Self { pipeline, shared: None, overrides: None }
    }

    /// Loads a pipeline file with what belongs to it. Fails where a file cannot be read, is no text or is larger than
    /// [`FILE_BYTES_MAX`]; that `penstock.toml` is not there is no fault.
    pub fn load(
        pipeline: &Path,
        connections: Option<&Path>,
        environment: &dyn Environment,
    ) -> Result<Self, Box<Report>> {
        let beside = pipeline.with_file_name(SHARED_NAME);
        let shared = match pipeline.file_name() == beside.file_name() {
            true => None,
            false => find(&beside, environment)?,
        };
        Ok(Self {
            pipeline: load(pipeline, environment)?,
            shared,
            overrides: connections.map(|path| load(path, environment)).transpose()?,
        })
    }
}

/// Loads a file that must be there.
///
/// # Errors
/// It cannot be read, is no text, or is larger than [`FILE_BYTES_MAX`].
pub fn load(path: &Path, environment: &dyn Environment) -> Result<SourceFile, Box<Report>> {
    find(path, environment)?.ok_or_else(|| unreadable(path, &io::ErrorKind::NotFound.into()))
}

/// Loads a file, if it is there.
fn find(path: &Path, environment: &dyn Environment) -> Result<Option<SourceFile>, Box<Report>> {
    match environment.file(path, FILE_BYTES_MAX) {
        Ok(bytes) => source_file(path, bytes).map(Some),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(unreadable(path, &cause)),
    }
}

/// These bytes as the file of this name.
///
/// # Errors
/// They are no text, or more than [`FILE_BYTES_MAX`].
pub fn source_file(path: &Path, bytes: Vec<u8>) -> Result<SourceFile, Box<Report>> {
    let name = path.display();
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > FILE_BYTES_MAX {
        let fact = format!("`{name}` is larger than {} KiB", FILE_BYTES_MAX / 1024);
        return Err(Box::new(Report::error(codes::FILE_TOO_LARGE, fact)));
    }
    let text = String::from_utf8(bytes).map_err(|cause| {
        let at = cause.utf8_error().valid_up_to();
        let fact = format!("`{name}` is not UTF-8 text: byte {at} fits no character");
        Box::new(Report::error(codes::FILE_NOT_TEXT, fact))
    })?;
    Ok(SourceFile::new(path, text))
}

fn unreadable(path: &Path, cause: &io::Error) -> Box<Report> {
    let fact = format!("`{}` cannot be read: {}", path.display(), reason(cause));
    Box::new(Report::error(codes::FILE_UNREADABLE, fact))
}

/// The cause in our words where it is a common one: the system's words differ from machine to machine.
pub(in crate::pipeline) fn reason(cause: &io::Error) -> String {
    match cause.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "this user may not read it".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        _ => cause.to_string(),
    }
}
