//! Where connectors are found, and what the check of a pipeline file asks of them.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::component::{CallLimits, Component, LoadError, NoServices, OpenError, Role, Runtime};
use crate::contract::{self, OptionFault};
use crate::pipeline::{ConnectorRef, Connectors, Described, LoadFault, ResolveFault, Roles};

/// The connectors that lie in some folders, loaded when they are first asked for.
pub struct Catalogue {
    pub runtime: Arc<Runtime>,
    folders: Vec<PathBuf>,
    loaded: RefCell<HashMap<PathBuf, Arc<Component>>>,
    described: RefCell<HashMap<PathBuf, Arc<Described>>>,
}

impl Catalogue {
    /// The connectors that lie in these folders; the first that has a name counts.
    pub fn new(runtime: Arc<Runtime>, folders: Vec<PathBuf>) -> Self {
        Self { runtime, folders, loaded: RefCell::default(), described: RefCell::default() }
    }

    /// The component of a connector.
    ///
    /// # Errors
    /// Why it cannot be loaded.
    pub fn component(&self, connector: &ConnectorRef) -> Result<Arc<Component>, LoadError> {
        if let Some(component) = self.loaded.borrow().get(&connector.path) {
            return Ok(Arc::clone(component));
        }
        let component = self.runtime.load(&connector.path)?;
        self.loaded.borrow_mut().insert(connector.path.clone(), Arc::clone(&component));
        Ok(component)
    }

    /// The names of all connectors that are there.
    #[allow(clippy::disallowed_methods, reason = "connectors are files")]
    pub fn names(&self) -> Vec<String> {
        let files = self
            .folders
            .iter()
            .filter_map(|folder| std::fs::read_dir(folder).ok())
            .flatten()
            .flatten();
        let wasm = files
            .map(|file| file.path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "wasm"));
        let mut names: Vec<String> =
            wasm.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect();
        names.sort();
        names.dedup();
        names
    }
}

impl Connectors for Catalogue {
    fn resolve(&self, name: &str, directory: &Path) -> Result<ConnectorRef, ResolveFault> {
        let found = |path: PathBuf| ConnectorRef { name: name.to_owned(), path };
        if Path::new(name).extension().is_some_and(|ending| ending == "wasm") {
            let path = directory.join(name);
            return if path.is_file() {
                Ok(found(path))
            } else {
                Err(ResolveFault::NoFile { path })
            };
        }
        let files = self.folders.iter().map(|folder| folder.join(format!("{name}.wasm")));
        match files.into_iter().find(|path| path.is_file()) {
            Some(path) => Ok(found(path)),
            None => {
                Err(ResolveFault::Unknown { known: self.names(), looked_in: self.folders.clone() })
            }
        }
    }

    fn descriptor(&self, connector: &ConnectorRef) -> Result<Arc<Described>, LoadFault> {
        if let Some(described) = self.described.borrow().get(&connector.path) {
            return Ok(Arc::clone(described));
        }
        let component = self.component(connector).map_err(|error| match error {
            LoadError::OtherVersion { found, .. } => LoadFault::Version {
                found: format!("penstock:connector@{found}"),
                supported: contract::VERSION.to_owned(),
            },
            error => LoadFault::Broken(with_notes(&error)),
        })?;
        let descriptor =
            component.describe().map_err(|error| LoadFault::Broken(error.to_string()))?;
        let has = |role| component.roles().contains(&role);
        let roles = Roles {
            source: has(Role::Source),
            directory: has(Role::Directory),
            sink: has(Role::Sink),
            transform: has(Role::Transform),
        };
        let described = Arc::new(Described::new(descriptor.clone(), component.digest(), roles));
        self.described.borrow_mut().insert(connector.path.clone(), Arc::clone(&described));
        Ok(described)
    }

    fn open(&self, connector: &ConnectorRef, options_json: &str) -> Result<(), Vec<OptionFault>> {
        let fault =
            |message: String| vec![OptionFault { pointer: String::new(), message, hint: None }];
        let component = self.component(connector).map_err(|error| fault(error.to_string()))?;
        match component.open(options_json, Box::new(NoServices), CallLimits::default()) {
            Ok(_instance) => Ok(()),
            Err(OpenError::Options { faults, .. }) => Err(faults),
            Err(OpenError::Call(error)) => Err(fault(error.to_string())),
        }
    }
}

fn with_notes(error: &LoadError) -> String {
    let mut text = error.to_string();
    for note in error.notes() {
        text.push_str("; ");
        text.push_str(&note);
    }
    text
}
