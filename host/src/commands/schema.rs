//! `penstock schema`: the form of a pipeline file, for editors.

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::args::Arguments;
use super::catalogue::Catalogue;
use super::output::{Outcome, Screen};
use super::project;
use crate::pipeline::{Connectors as _, Described, file_schema};

/// Prints the schema. A connector that cannot be used is told, and left out.
pub(super) fn schema(arguments: &Arguments, screen: &Screen) -> Outcome {
    let catalogue = match project::catalogue(arguments, screen) {
        Ok(catalogue) => catalogue,
        Err(outcome) => return outcome,
    };
    screen.document(&file_schema(&connectors(&catalogue, screen)));
    Outcome::Done
}

/// The schema; nothing where there is no connector.
pub(super) fn of(catalogue: &Catalogue, screen: &Screen) -> Option<Value> {
    let connectors = connectors(catalogue, screen);
    (!connectors.is_empty()).then(|| file_schema(&connectors))
}

fn connectors(catalogue: &Catalogue, screen: &Screen) -> Vec<(String, Arc<Described>)> {
    let mut connectors = Vec::new();
    for name in catalogue.names() {
        let Ok(connector) = catalogue.resolve(&name, Path::new("")) else { continue };
        match catalogue.descriptor(&connector) {
            Ok(described) => connectors.push((name, described)),
            Err(fault) => screen.tell(&format!("connector `{name}` is left out: {fault}")),
        }
    }
    connectors
}
