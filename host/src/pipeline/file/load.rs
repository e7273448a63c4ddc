//! Loading the files of a check.

use std::io;
use std::path::{Path, PathBuf};

use crate::pipeline::{Environment, FILE_BYTES_MAX};
use crate::report::{Code, Report, SourceFile, codes};

/// Name of the file beside the pipelines whose connections all of them may use.
const SHARED_NAME: &str = "penstock.toml";

/// The files that a pipeline is made of.
#[derive(Debug)]
pub struct Files {
    /// The pipeline file itself.
    pub pipeline: SourceFile,
    /// `penstock.toml` beside it: connections that several pipelines share.
    pub shared: Option<SourceFile>,
    /// The file given by `--connections`: further connections, and single keys of those there are.
    pub overrides: Option<SourceFile>,
}

impl Files {
    /// A pipeline file that stands alone.
    pub fn alone(pipeline: SourceFile) -> Self {
        Self {
            pipeline,
            shared: None,
            overrides: None,
        }
    }

    /// Loads a pipeline file with what belongs to it. Fails where a file cannot be read, is no text or is larger than
    /// [`FILE_BYTES_MAX`]; that `penstock.toml` is not there is no fault.
    pub fn load(
        pipeline: &Path,
        connections: Option<&Path>,
        environment: &dyn Environment,
    ) -> Result<Self, Box<Report>> {
        let beside = pipeline.with_file_name(SHARED_NAME);
        let shared = match load(&beside, environment) {
            Err(Unloaded {
                not_found: true, ..
            }) => None,
            _ if pipeline.file_name() == beside.file_name() => None,
            loaded => Some(loaded?),
        };
        Ok(Self {
            pipeline: load(pipeline, environment)?,
            shared,
            overrides: connections
                .map(|path| load(path, environment))
                .transpose()?,
        })
    }
}

/// Why a file was not loaded.
struct Unloaded {
    not_found: bool,
    report: Report,
}

impl From<Unloaded> for Box<Report> {
    fn from(unloaded: Unloaded) -> Self {
        Box::new(unloaded.report)
    }
}

fn load(path: &Path, environment: &dyn Environment) -> Result<SourceFile, Unloaded> {
    let unloaded = |code: Code, fact: String| Unloaded {
        not_found: false,
        report: Report::error(code, fact),
    };
    let bytes = environment.file(path, FILE_BYTES_MAX).map_err(|cause| {
        let fact = format!("`{}` cannot be read: {}", path.display(), reason(&cause));
        Unloaded {
            not_found: cause.kind() == io::ErrorKind::NotFound,
            report: Report::error(codes::FILE_UNREADABLE, fact),
        }
    })?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > FILE_BYTES_MAX {
        let fact = format!(
            "`{}` is larger than {} KiB",
            path.display(),
            FILE_BYTES_MAX / 1024
        );
        return Err(unloaded(codes::FILE_TOO_LARGE, fact));
    }
    let text = String::from_utf8(bytes).map_err(|cause| {
        let at = cause.utf8_error().valid_up_to();
        unloaded(
            codes::FILE_NOT_TEXT,
            format!(
                "`{}` is not UTF-8 text: byte {at} fits no character",
                path.display()
            ),
        )
    })?;
    Ok(SourceFile::new(PathBuf::from(path), text))
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
