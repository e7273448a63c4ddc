//! The connectors that the files name, each asked once.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Schema, descriptor, options};
use crate::contract::OptionFault;
use crate::pipeline::faults::{Fault, Faults, Slip, list_note};
use crate::pipeline::file::Text;
use crate::pipeline::{ConnectorRef, Connectors, Described, LoadFault, ResolveFault};
use crate::report::codes;

/// A connector that was found and described itself.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub reference: ConnectorRef,
    pub described: Arc<Described>,
}

/// Why one of a connector's schemas cannot be used. Looked at before anything is concluded from what it says of itself.
fn odd_schema(known: &Known) -> Option<String> {
    let described = &known.described;
    let collections = 0..described.descriptor.collections.len();
    let mut faults = described
        .schema()
        .err()
        .into_iter()
        .chain(collections.filter_map(|at| described.collection_schema(at).err()));
    faults.next().map(|why| format!("the schema of its options {why}"))
}

/// Finds connectors. Each fault of one is told where it is named first, and not again.
pub(super) struct Catalogue<'c> {
    context: &'c dyn Connectors,
    faults: &'c Faults,
    found: HashMap<(String, PathBuf), Option<Known>>,
    /// Connectors whose own fault was told.
    broken: Vec<ConnectorRef>,
}

impl<'c> Catalogue<'c> {
    pub(super) fn new(context: &'c dyn Connectors, faults: &'c Faults) -> Self {
        Self { context, faults, found: HashMap::new(), broken: Vec::new() }
    }

    /// The connector that a file names here. `None` where there is none to use, which was told.
    pub(super) fn get(&mut self, name: &Text) -> Option<Known> {
        let directory =
            self.faults.file(name.at).path().parent().unwrap_or(Path::new("")).to_owned();
        let key = (name.value.clone(), directory);
        if let Some(known) = self.found.get(&key) {
            return known.clone();
        }
        let known = self.find(name, &key.1);
        self.found.insert(key, known.clone());
        known
    }

    fn find(&mut self, name: &Text, directory: &Path) -> Option<Known> {
        let reference = match self.context.resolve(&name.value, directory) {
            Ok(reference) => reference,
            Err(fault) => {
                self.tell_unresolved(name, fault);
                return None;
            }
        };
        let described = match self.context.descriptor(&reference) {
            Ok(described) => described,
            Err(fault) => {
                self.tell_unloaded(name, fault);
                return None;
            }
        };
        let known = Known { reference, described };
        match descriptor::fault(&known.reference, &known.described).or_else(|| odd_schema(&known)) {
            Some(why) => {
                self.tell_broken(name, &known, &why);
                None
            }
            None => Some(known),
        }
    }

    /// The schema of the options of a connector that was found, or of one of its collections. Told here where it cannot be used.
    pub(super) fn schema<'k>(
        &mut self,
        name: &Text,
        known: &'k Known,
        collection: Option<usize>,
    ) -> Option<&'k Schema> {
        let schema = match collection {
            None => known.described.schema(),
            Some(position) => known.described.collection_schema(position),
        };
        match schema {
            Ok(schema) => Some(schema),
            Err(why) => {
                self.tell_broken(name, known, &format!("the schema of its options {why}"));
                None
            }
        }
    }

    /// Lets the connector itself judge options that its schema accepts.
    pub(super) fn open(&self, known: &Known, options: &options::Options) -> bool {
        match self.context.open(&known.reference, &options.text()) {
            Ok(()) => true,
            Err(said) => {
                let silent = [OptionFault {
                    pointer: String::new(),
                    message: "it gave no reason".to_owned(),
                    hint: None,
                }];
                let said = if said.is_empty() { silent.as_slice() } else { said.as_slice() };
                options::tell_rejected(said, options, known, self.faults);
                false
            }
        }
    }

    fn tell_unresolved(&self, name: &Text, fault: ResolveFault) {
        match fault {
            ResolveFault::Unknown { known, looked_in } => {
                let fact = format!("there is no connector `{}`", name.value);
                let known = || known.iter().map(String::as_str);
                let looked_in: Vec<String> =
                    looked_in.iter().map(|path| path.display().to_string()).collect();
                self.faults.error(
                    Fault::new(codes::CONNECTOR_UNKNOWN, name.at, fact, ""),
                    |report| {
                        let looked_in = looked_in.iter().map(String::as_str);
                        let report = report
                            .note(list_note("connectors found", known()))
                            .note(list_note("looked in", looked_in));
                        self.faults.meant(report, Slip::text(name), known())
                    },
                );
            }
            ResolveFault::NoFile { path } => {
                let fact = format!("there is no connector `{}`", name.value);
                let label = "no such file";
                self.faults.error(
                    Fault::new(codes::CONNECTOR_UNKNOWN, name.at, fact, label),
                    |report| {
                        report.note(format!(
                            "looked for `{}`; a path counts from the file that names it",
                            path.display()
                        ))
                    },
                );
            }
        }
    }

    fn tell_unloaded(&self, name: &Text, fault: LoadFault) {
        match fault {
            LoadFault::Broken(why) => {
                let fact = format!("connector `{}` cannot be used: {why}", name.value);
                self.faults
                    .error(Fault::new(codes::CONNECTOR_BROKEN, name.at, fact, ""), |report| report);
            }
            LoadFault::Version { found, supported } => {
                let fact = format!(
                    "connector `{}` was built for `{found}`, which this host does not know",
                    name.value
                );
                self.faults.error(
                    Fault::new(codes::INTERFACE_UNSUPPORTED, name.at, fact, ""),
                    |report| {
                        report
                            .note(format!(
                                "this host, {}, runs components built for {supported}",
                                env!("CARGO_PKG_VERSION")
                            ))
                            .hint(format!(
                                "rebuild the connector against {supported}, or update the host"
                            ))
                    },
                );
            }
        }
    }

    fn tell_broken(&mut self, name: &Text, known: &Known, why: &str) {
        if self.broken.contains(&known.reference) {
            return;
        }
        self.broken.push(known.reference.clone());
        let descriptor = &known.described.descriptor;
        let fact =
            format!("connector `{}` {} cannot be used: {why}", descriptor.name, descriptor.version);
        self.faults.error(Fault::new(codes::CONNECTOR_BROKEN, name.at, fact, ""), |report| {
            report.note("this is a fault of the connector, not of the pipeline file")
        });
    }
}
