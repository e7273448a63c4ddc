//! What a connector says of itself.

use std::collections::HashSet;

use super::{Check, count, shown, text_of};
use crate::component::limits::{
    CHANGES_MAX, DESCRIPTOR_ITEMS_MAX, FINDINGS_MAX, KEY_BYTES_MAX, OPTION_FAULTS_MAX,
    TEXT_BYTES_MAX,
};
use crate::contract::{Change, Descriptor, Finding, OptionFault};

/// A descriptor has a name and a version, and its lists name each thing once.
pub(in crate::component) fn descriptor(descriptor: &Descriptor) -> Check {
    text_of(&descriptor.name, KEY_BYTES_MAX, "the connector's name")?;
    text_of(&descriptor.version, KEY_BYTES_MAX, "the connector's version")?;
    texts(descriptor)?;
    distinct(descriptor.endpoints.iter().map(|endpoint| &endpoint.name), "endpoint")?;
    distinct(descriptor.collections.iter().map(|collection| &collection.name), "collection")?;
    distinct(descriptor.inputs.iter().map(|port| &port.name), "input")?;
    distinct(descriptor.outputs.iter().map(|port| &port.name), "output")?;
    distinct(descriptor.directories.iter().map(|directory| &directory.name), "directory")
}

/// What is shown of a descriptor is text on one line each.
fn texts(descriptor: &Descriptor) -> Check {
    let Descriptor { summary, account, endpoints, collections, inputs, outputs, .. } = descriptor;
    let urls = endpoints.iter().map(|endpoint| &endpoint.base_url);
    let of_collections = collections.iter().map(|collection| &collection.summary);
    let of_ports = inputs.iter().chain(outputs).map(|port| &port.summary);
    let mut texts =
        [summary, account].into_iter().chain(urls).chain(of_collections).chain(of_ports);
    match texts.find(|text| !text.is_empty() && text_of(text, TEXT_BYTES_MAX, "").is_err()) {
        Some(text) => Err(format!(
            "the descriptor has a text of more than one line or of more than {TEXT_BYTES_MAX} bytes: `{}`",
            shown(text)
        )),
        None => Ok(()),
    }
}

/// The findings of `check` fit on a report.
pub(in crate::component) fn findings(findings: &[Finding]) -> Check {
    count(findings.len(), FINDINGS_MAX, "findings")
}

/// What a write changes fits on a report.
pub(in crate::component) fn changes(changes: &[Change]) -> Check {
    count(changes.len(), CHANGES_MAX, "changes")
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
