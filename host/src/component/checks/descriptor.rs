//! What a connector says of itself.

use std::collections::HashSet;

use super::{Check, count, shown, text_of};
use crate::component::limits::{
    DESCRIPTOR_ITEMS_MAX, FINDINGS_MAX, KEY_BYTES_MAX, OPTION_FAULTS_MAX,
};
use crate::contract::{Descriptor, Finding, OptionFault};

/// A descriptor has a name and a version, and its lists name each thing once.
pub(in crate::component) fn descriptor(descriptor: &Descriptor) -> Check {
    text_of(&descriptor.name, KEY_BYTES_MAX, "the connector's name")?;
    text_of(&descriptor.version, KEY_BYTES_MAX, "the connector's version")?;
    distinct(descriptor.endpoints.iter().map(|endpoint| &endpoint.name), "endpoint")?;
    distinct(descriptor.collections.iter().map(|collection| &collection.name), "collection")?;
    distinct(descriptor.inputs.iter().map(|port| &port.name), "input")?;
    distinct(descriptor.outputs.iter().map(|port| &port.name), "output")?;
    distinct(descriptor.directories.iter().map(|directory| &directory.name), "directory")
}

/// The findings of `check` fit on a report.
pub(in crate::component) fn findings(findings: &[Finding]) -> Check {
    count(findings.len(), FINDINGS_MAX, "findings")
}

/// Options that are rejected have faults, and these fit on a report.
pub(in crate::component) fn option_faults(faults: &[OptionFault]) -> Check {
    match faults.is_empty() {
        true => Err("it rejected its options and named no fault".to_owned()),
        false => count(faults.len(), OPTION_FAULTS_MAX, "faults"),
    }
}

fn distinct<'a>(names: impl ExactSizeIterator<Item = &'a String>, what: &str) -> Check {
    count(names.len(), DESCRIPTOR_ITEMS_MAX, &format!("{what} names"))?;
    let mut seen = HashSet::new();
    for name in names {
        text_of(name, KEY_BYTES_MAX, &format!("the name of one {what}"))?;
        if !seen.insert(name) {
            return Err(format!("the descriptor declares the {what} `{}` twice", shown(name)));
        }
    }
    Ok(())
}
