//! Why a component can't be loaded.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::component::limits::NAMES_SHOWN_MAX;
use crate::contract;
use crate::report::{Code, codes};

/// Why a component can't be loaded, or the runtime not be set up.
///
/// The message is the fact; [`code`](Self::code), [`notes`](Self::notes) and [`hint`](Self::hint) are the rest of a
/// report.
#[derive(Debug, Error)]
pub enum LoadError {
    /// The file can't be read.
    #[error("`{}` can't be read: {source}", path.display())]
    Unreadable {
        /// The component's file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is larger than any component.
    #[error("`{}` has {bytes} bytes, and a component has at most {bytes_max}", path.display())]
    TooLarge {
        /// The component's file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
        /// [`COMPONENT_BYTES_MAX`](super::super::limits::COMPONENT_BYTES_MAX).
        bytes_max: u64,
    },
    /// The file isn't WebAssembly at all.
    #[error("`{}` is not WebAssembly", path.display())]
    NotWasm {
        /// The file.
        path: PathBuf,
        /// What its first bytes look like, in words.
        looks_like: &'static str,
    },
    /// WebAssembly, but a core module.
    #[error("`{}` is a core module, not a component", path.display())]
    CoreModule {
        /// The file.
        path: PathBuf,
    },
    /// It begins like a component, and isn't a valid one.
    #[error("`{}` is not a valid component: {message}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What the compiler said.
        message: String,
    },
    /// A component of another world.
    #[error("`{}` is not a connector: it exports nothing of `penstock:connector`", path.display())]
    NotConnector {
        /// The component's file.
        path: PathBuf,
        /// What it does export.
        exports: Vec<String>,
    },
    /// Built for a version of the contract that this host doesn't speak.
    #[error("`{}` was built for `penstock:connector@{found}`, which this host does not speak", path.display())]
    OtherVersion {
        /// The component's file.
        path: PathBuf,
        /// The version it was built for.
        found: String,
    },
    /// It has roles, and doesn't say what it is.
    #[error("`{}` does not export `penstock:connector/connector`", path.display())]
    NoConnector {
        /// The component's file.
        path: PathBuf,
        /// What it exports of the contract.
        exports: Vec<String>,
    },
    /// It imports what the host doesn't give to anyone.
    #[error("`{}` imports {}, which a connector can't have", path.display(), quoted(imports))]
    ForeignImports {
        /// The component's file.
        path: PathBuf,
        /// The interfaces, with their versions.
        imports: Vec<String>,
    },
    /// The names are right and the types are not, or its start code stops.
    #[error("`{}` does not fit the contract: {message}", path.display())]
    Unfit {
        /// The component's file.
        path: PathBuf,
        /// What doesn't fit.
        message: String,
    },
    /// The directory for compiled code can't be used.
    #[error("the directory `{}` for compiled code can't be used: {source}", path.display())]
    Cache {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// This machine can't run WebAssembly as the host needs it.
    #[error("WebAssembly can't be run here: {message}")]
    Engine {
        /// What the engine said.
        message: String,
    },
}

impl LoadError {
    /// Stable name of this kind of fault.
    pub fn code(&self) -> Code {
        match self {
            Self::Unreadable { .. } => codes::COMPONENT_UNREADABLE,
            Self::TooLarge { .. } => codes::COMPONENT_TOO_LARGE,
            Self::NotWasm { .. } => codes::NOT_WASM,
            Self::CoreModule { .. } => codes::CORE_MODULE,
            Self::Malformed { .. } => codes::COMPONENT_MALFORMED,
            Self::NotConnector { .. } => codes::NOT_A_CONNECTOR,
            Self::OtherVersion { .. } => codes::INTERFACE_UNSUPPORTED,
            Self::NoConnector { .. } => codes::CONNECTOR_INTERFACE_MISSING,
            Self::ForeignImports { .. } => codes::IMPORT_UNKNOWN,
            Self::Unfit { .. } => codes::COMPONENT_UNFIT,
            Self::Cache { .. } => codes::CODE_CACHE,
            Self::Engine { .. } => codes::ENGINE,
        }
    }

    /// Facts that are needed to decide what to do.
    pub fn notes(&self) -> Vec<String> {
        match self {
            Self::NotWasm { looks_like, .. } => vec![format!("it looks like {looks_like}")],
            Self::NotConnector { exports, .. } if exports.is_empty() => vec!["it exports nothing at all".to_owned()],
            Self::NotConnector { exports, .. } => vec![format!("it exports {}", quoted(exports))],
            Self::NoConnector { exports, .. } => vec![
                format!("it exports {}", quoted(exports)),
                "every connector also exports `connector`, by which it says what it is".to_owned(),
            ],
            Self::OtherVersion { .. } => {
                let host = env!("CARGO_PKG_VERSION");
                vec![format!("this host, version {host}, speaks `penstock:connector@{}`", contract::VERSION)]
            }
            Self::ForeignImports { .. } => vec![
                "a connector may import `penstock:connector` and WASI 0.2, of which files, sockets and HTTP refuse"
                    .to_owned(),
            ],
            _ => Vec::new(),
        }
    }

    /// What to do, where there is a sure cure.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotWasm { .. } => {
                Some("name the `.wasm` file that the build of the connector makes".to_owned())
            }
            Self::CoreModule { .. } => Some(
                "build it as a component: `cargo build --release --target wasm32-wasip2`"
                    .to_owned(),
            ),
            Self::OtherVersion { found, .. } => Some(format!(
                "build the connector against `penstock:connector@{}`, or use a host that speaks {found}",
                contract::VERSION
            )),
            Self::NoConnector { .. } => Some(
                "add `export connector;` to its world, with `describe`, `open` and `check`"
                    .to_owned(),
            ),
            Self::ForeignImports { .. } => Some(
                "read through `penstock:connector/http`, and take the foreign imports out"
                    .to_owned(),
            ),
            Self::Cache { path, .. } => {
                Some(format!("make `{}` a directory of your own", path.display()))
            }
            _ => None,
        }
    }
}

fn quoted(names: &[String]) -> String {
    let shown: Vec<String> =
        names.iter().take(NAMES_SHOWN_MAX).map(|name| format!("`{name}`")).collect();
    match names.len().saturating_sub(NAMES_SHOWN_MAX) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
