//! Looking at a component before anything of it runs: is it one, is it ours, and does it want what we have?

use std::fs::File;
use std::io::Read;
use std::path::Path;

use wasmtime::Engine;
use wasmtime::component::types::Component as ComponentType;

use super::call::Role;
use super::error::LoadError;
use super::limits::{COMPONENT_BYTES_MAX, NAME_BYTES_MAX};
use super::wasi;
use crate::contract;
use crate::record::one_line;

/// Interfaces of the contract that a connector may import. The last two have types only.
const OWN_IMPORTS: [&str; 8] =
    ["http", "lookup", "state", "ledger", "links", "log", "types", "commerce"];

/// What a component's exports and imports tell.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Interfaces {
    pub(super) version: String,
    pub(super) roles: Vec<Role>,
    pub(super) imports: Vec<String>,
}

/// Reads a component's file, up to the bound.
#[allow(
    clippy::disallowed_methods,
    reason = "a component is bytes, and megabytes of them; this is where it is read"
)]
pub(super) fn read(path: &Path) -> Result<Vec<u8>, LoadError> {
    let unreadable = |source| LoadError::Unreadable { path: path.to_owned(), source };
    let file = File::open(path).map_err(unreadable)?;
    let mut wasm = Vec::new();
    // One byte more than is allowed shows that there are too many.
    file.take(COMPONENT_BYTES_MAX + 1).read_to_end(&mut wasm).map_err(unreadable)?;
    Ok(wasm)
}

/// Tells from the first bytes whether this is a component, and else what it is.
pub(super) fn sniff(path: &Path, wasm: &[u8]) -> Result<(), LoadError> {
    let bytes = wasm.len() as u64;
    if bytes > COMPONENT_BYTES_MAX {
        return Err(LoadError::TooLarge {
            path: path.to_owned(),
            bytes,
            bytes_max: COMPONENT_BYTES_MAX,
        });
    }
    // After the magic number come a version and a layer, two bytes each: layer 0 is a core module, 1 a component.
    match wasm {
        [b'\0', b'a', b's', b'm', _, _, 1, 0, ..] => Ok(()),
        [b'\0', b'a', b's', b'm', ..] => Err(LoadError::CoreModule { path: path.to_owned() }),
        _ => Err(LoadError::NotWasm { path: path.to_owned(), looks_like: looks_like(wasm) }),
    }
}

fn looks_like(bytes: &[u8]) -> &'static str {
    match bytes {
        [] => "an empty file",
        [0x7f, b'E', b'L', b'F', ..] => "a program or library for this kind of machine (ELF)",
        [b'P', b'K', 3, 4, ..] => "a ZIP archive",
        [0x1f, 0x8b, ..] => "a gzip archive",
        [b'<', ..] => "a web page or XML",
        _ if std::str::from_utf8(bytes).is_ok() => "text",
        _ => "data of some other kind",
    }
}

/// Reads the exports and imports, and refuses what is not for this host.
pub(super) fn interfaces(
    path: &Path,
    engine: &Engine,
    component: &ComponentType,
) -> Result<Interfaces, LoadError> {
    let exports: Vec<&str> = component.exports(engine).map(|(name, _)| name).collect();
    let (version, roles) = roles(path, &exports)?;
    let imports: Vec<String> = component.imports(engine).map(|(name, _)| name.to_owned()).collect();
    if let Some(newer) = imports.iter().find_map(|import| newer_version(import)) {
        return Err(LoadError::OtherVersion { path: path.to_owned(), found: shown(newer) });
    }
    let foreign: Vec<String> =
        imports.iter().filter(|import| !is_linked(import)).map(|import| shown(import)).collect();
    match foreign.is_empty() {
        true => Ok(Interfaces { version, roles, imports }),
        false => Err(LoadError::ForeignImports { path: path.to_owned(), imports: foreign }),
    }
}

/// The roles that a component exports, and the version of the contract it exports them at.
fn roles(path: &Path, exports: &[&str]) -> Result<(String, Vec<Role>), LoadError> {
    let path = path.to_owned();
    let named = || exports.iter().map(|name| shown(name)).collect();
    let ours: Vec<Own<'_>> = exports.iter().filter_map(|name| own(name)).collect();
    let spoken: Vec<&Own<'_>> = ours.iter().filter(|export| is_spoken(export.version)).collect();
    match (spoken.first(), ours.first()) {
        (None, None) => return Err(LoadError::NotConnector { path, exports: named() }),
        (None, Some(other)) => {
            return Err(LoadError::OtherVersion { path, found: shown(other.version) });
        }
        (Some(_), _) => {}
    }
    let Some(connector) = spoken.iter().find(|export| export.interface == "connector") else {
        return Err(LoadError::NoConnector { path, exports: named() });
    };
    let has = |role: &Role| spoken.iter().any(|export| export.interface == role.interface());
    Ok((connector.version.to_owned(), Role::ALL.into_iter().filter(has).collect()))
}

/// A name out of a component as a message may show it: a component may call things what it likes.
fn shown(name: &str) -> String {
    one_line(name, NAME_BYTES_MAX)
}

/// An interface of the contract, by name and version.
struct Own<'a> {
    interface: &'a str,
    version: &'a str,
}

fn own(name: &str) -> Option<Own<'_>> {
    let (interface, version) = name.strip_prefix("penstock:connector/")?.split_once('@')?;
    Some(Own { interface, version })
}

/// Whether a version is of the track that this host speaks: all 0.1 are, as the contract's own rules have it.
fn is_spoken(version: &str) -> bool {
    track(version) == track(contract::VERSION)
}

/// What versions that go together have in common: the first number, or where that is 0 the first two.
fn track(version: &str) -> &str {
    let numbers = if version.starts_with("0.") { 2 } else { 1 };
    match version.match_indices('.').nth(numbers - 1) {
        Some((end, _)) => &version[..end],
        None => version,
    }
}

/// The version that an import of the contract was made for, where this host hasn't got it.
fn newer_version(import: &str) -> Option<&str> {
    let own = own(import)?;
    (!is_spoken(own.version) || !OWN_IMPORTS.contains(&own.interface)).then_some(own.version)
}

fn is_linked(import: &str) -> bool {
    own(import).is_some() || wasi::is_given(import) || wasi::refused::is_refused(import)
}
