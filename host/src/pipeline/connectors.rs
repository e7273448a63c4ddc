//! What the reading of a pipeline file needs to know of connectors, as a trait: the check of a file stands below the
//! loading of components.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::ConnectorRef;
use super::check::Schema;
use crate::contract::{Descriptor, OptionFault};

/// Where connectors come from. Called by [`super::read`] only, in one thread.
pub trait Connectors {
    /// Finds the connector that a file names: `till`, looked up where connectors lie, or a path that ends in `.wasm`
    /// and counts from `directory`, the one of the naming file. Called once for each name and directory. It only
    /// looks for the file.
    fn resolve(&self, name: &str, directory: &Path) -> Result<ConnectorRef, ResolveFault>;

    /// What the connector says of itself. Called once for each connector that was found.
    fn descriptor(&self, connector: &ConnectorRef) -> Result<Arc<Described>, LoadFault>;

    /// Lets the connector judge its options, JSON text that its own schema accepts. Called once for each connection
    /// and each transform. A connector that cannot be run answers with one fault at the pointer ``.
    fn open(&self, connector: &ConnectorRef, options_json: &str) -> Result<(), Vec<OptionFault>>;
}

/// Which interfaces of the contract a component exports.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Roles {
    /// It gives entries.
    pub source: bool,
    /// It finds entries.
    pub directory: bool,
    /// It plans writes.
    pub sink: bool,
    /// It turns entries into others.
    pub transform: bool,
}

/// A connector's descriptor, with what the host knows of the component. The schemas in it are compiled at most once,
/// so whoever keeps it saves the most expensive part of a check.
#[derive(Debug)]
pub struct Described {
    /// What the connector says of itself.
    pub descriptor: Descriptor,
    /// SHA-256 of the component, in hexadecimal.
    pub digest: String,
    /// What it exports.
    pub roles: Roles,
    schema: OnceLock<Result<Schema, String>>,
    collection_schemas: Vec<OnceLock<Result<Schema, String>>>,
}

impl Described {
    /// A descriptor as a component gave it.
    pub fn new(descriptor: Descriptor, digest: impl Into<String>, roles: Roles) -> Self {
        let collection_schemas = descriptor.collections.iter().map(|_| OnceLock::new()).collect();
        Self {
            descriptor,
            digest: digest.into(),
            roles,
            schema: OnceLock::new(),
            collection_schemas,
        }
    }

    /// The schema of the options of a connection or, for a rule, of a stage; or why it cannot be used.
    pub(super) fn schema(&self) -> Result<&Schema, &str> {
        let compiled = self.schema.get_or_init(|| Schema::compile(&self.descriptor.options_schema));
        compiled.as_ref().map_err(String::as_str)
    }

    /// The schema of a collection's own options, by the collection's position.
    pub(super) fn collection_schema(&self, position: usize) -> Result<&Schema, &str> {
        let text = &self.descriptor.collections[position].options_schema;
        let compiled = self.collection_schemas[position].get_or_init(|| Schema::compile(text));
        compiled.as_ref().map_err(String::as_str)
    }
}

/// Why a connector's file was not found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResolveFault {
    /// Nothing of this name lies where connectors are looked for.
    #[error("no connector of that name")]
    Unknown {
        /// Names of the connectors that are there.
        known: Vec<String>,
        /// The directories that were looked through, in order.
        looked_in: Vec<PathBuf>,
    },
    /// The named file is not there.
    #[error("there is no file `{}`", path.display())]
    NoFile {
        /// The path that was tried.
        path: PathBuf,
    },
}

/// Why a connector that was found cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadFault {
    /// The file is not a component, cannot be read, or fails as it describes itself.
    #[error("{0}")]
    Broken(String),
    /// It was built for a version of the contract that this host does not speak.
    #[error("built for `{found}`; this host speaks {supported}")]
    Version {
        /// As the component names it: `penstock:connector@0.3.0`.
        found: String,
        /// As people say it: `0.1.0 to 0.1.4`.
        supported: String,
    },
}
