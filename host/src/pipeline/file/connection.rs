//! The `[connections.X]` tables, which may stand in several files.

use std::path::{Path, PathBuf};

use super::super::faults::{Fault, Faults, Slip};
use super::fields::{Fields, Given, Section, check_name, text, wrong_type};
use super::keys;
use super::tree::{At, Entry, Kind, Text, Value};
use super::{is_variable_name, names_secret};
use crate::report::codes;

/// A connection as it is written, in one file or laid together from several.
#[derive(Debug, Clone)]
pub(in crate::pipeline) struct RawConnection {
    pub name: Text,
    pub header: At,
    /// `Absent` is a fault only once all files are laid together.
    pub connector: Given<Text>,
    pub options: Given<Value>,
    pub secret: Given<RawSecret>,
    pub endpoints: Vec<RawEndpoint>,
}

/// A reference to a secret.
#[derive(Debug, Clone)]
pub(in crate::pipeline) struct RawSecret {
    pub at: At,
    pub from: RawSecretFrom,
}

#[derive(Debug, Clone)]
pub(in crate::pipeline) enum RawSecretFrom {
    Env(String),
    /// Counted from the directory of the file that names it.
    File(PathBuf),
}

/// What the file says of one endpoint.
#[derive(Debug, Clone)]
pub(in crate::pipeline) struct RawEndpoint {
    pub name: Text,
    pub url: Given<Text>,
    pub allow_private: Given<bool>,
    pub reads_by_post: Given<Vec<Text>>,
}

/// Reads a file that holds connections only.
pub(super) fn read_shared(root: Value, faults: &Faults) -> Section<RawConnection> {
    let Some(mut fields) = Fields::of(root, "a file of connections", keys::SHARED, faults) else {
        return Section::faulty();
    };
    let mut connections = read_connections(fields.take("connections"), faults);
    connections.whole &= !fields.is_misspelt("connections");
    fields.finish();
    connections
}

/// Reads what stands under `connections`.
pub(super) fn read_connections(given: Given<Value>, faults: &Faults) -> Section<RawConnection> {
    let value = match given {
        Given::Absent => return Section::default(),
        Given::Faulty => return Section::faulty(),
        Given::Value(value) => value,
    };
    match value.kind {
        Kind::Table(entries) => Section::read(entries, |entry| read_connection(entry, faults)),
        _ => {
            wrong_type(faults, "`connections`", &value, "a table of connections");
            Section::faulty()
        }
    }
}

fn read_connection(entry: Entry, faults: &Faults) -> Option<RawConnection> {
    let name = entry.key;
    check_name(faults, "connection", &name);
    let what = format!("`[connections.{}]`", name.value);
    let mut fields = Fields::of(entry.value, what, keys::CONNECTION, faults)?;
    // A dotted key has a table without a header; its place is then the name.
    let header = if fields.header.start <= name.at.start { fields.header } else { name.at };
    let connector = fields.text("connector");
    let options = fields.table("options");
    let secret = match fields.take("secret") {
        Given::Value(value) => {
            read_secret(value, &name.value, faults).map_or(Given::Faulty, Given::Value)
        }
        Given::Faulty => Given::Faulty,
        Given::Absent => Given::Absent,
    };
    let endpoints = match fields.table("endpoints") {
        Given::Value(Value { kind: Kind::Table(entries), .. }) => {
            entries.into_iter().filter_map(|entry| read_endpoint(entry, faults)).collect()
        }
        _ => Vec::new(),
    };
    fields.finish();
    Some(RawConnection { name, header, connector, options, secret, endpoints })
}

fn read_endpoint(entry: Entry, faults: &Faults) -> Option<RawEndpoint> {
    let what = format!("endpoint `{}`", entry.key.value);
    let mut fields = Fields::of(entry.value, what, keys::ENDPOINT, faults)?;
    let url = fields.text("url");
    let allow_private = fields.flag("allow_private");
    let reads_by_post = fields.texts("reads_by_post");
    fields.finish();
    Some(RawEndpoint { name: entry.key, url, allow_private, reads_by_post })
}

/// A secret is a reference, never the secret itself. No message of this function holds any part of the value.
fn read_secret(value: Value, of: &str, faults: &Faults) -> Option<RawSecret> {
    let at = value.at;
    let entries = match value.kind {
        Kind::Table(entries) => entries,
        Kind::Text(_) => {
            in_clear(faults, at, of);
            return None;
        }
        _ => {
            wrong_type(faults, "`secret`", &value, "a reference");
            return None;
        }
    };
    let unknown = entries.iter().find(|entry| !keys::SECRET.contains(&entry.key.value.as_str()));
    if let (Some(entry), 1) = (unknown, entries.len()) {
        let fact = "a secret has one key, `env` or `file`";
        faults.error(Fault::new(codes::SECRET_FORM, entry.key.at, fact, ""), |report| {
            let slip = Slip::key(&entry.key);
            let meant = faults.meant(report, slip, keys::SECRET.iter().copied());
            if meant.hints.is_empty() {
                meant.hint(format!("write {}", secret_example(of)))
            } else {
                meant
            }
        });
        return None;
    }
    if let Some(entry) = unknown.or_else(|| entries.get(1)) {
        form(faults, entry.key.at, of, "a secret has one key, `env` or `file`");
        return None;
    }
    let Some(entry) = entries.into_iter().next() else {
        form(faults, at, of, "the reference to the secret is empty");
        return None;
    };
    let from = text(faults, &format!("`{}`", entry.key.value), entry.value)?;
    let from = match entry.key.value.as_str() {
        "env" if !is_variable_name(&from.value) => {
            form(faults, from.at, of, "`env` is not the name of an environment variable");
            return None;
        }
        "env" => RawSecretFrom::Env(from.value),
        _ if from.value.trim().is_empty() => {
            form(faults, from.at, of, "`file` names no file");
            return None;
        }
        _ => RawSecretFrom::File(beside(faults.file(at).path(), &from.value)),
    };
    Some(RawSecret { at, from })
}

/// How to name the secret of a connection.
pub(in crate::pipeline) fn secret_example(of: &str) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '_' };
    let name: String = of.chars().map(plain).collect();
    let variable = name.to_ascii_uppercase();
    let file = name.to_ascii_lowercase();
    format!(
        "`secret = {{ env = \"{variable}_TOKEN\" }}` or `secret = {{ file = \"{file}.token\" }}`"
    )
}

fn in_clear(faults: &Faults, at: At, of: &str) {
    let fact = "the secret stands in the file in clear";
    let fault = Fault::new(codes::SECRET_IN_CLEAR, at, fact, "a reference is wanted here");
    faults.error(fault, |report| {
        report
            .note("whoever reads the file has the secret: if it was ever shared, have the vendor issue a new one")
            .hint(format!("name where it is kept: {}", secret_example(of)))
    });
}

fn form(faults: &Faults, at: At, of: &str, fact: &str) {
    faults.error(Fault::new(codes::SECRET_FORM, at, fact, ""), |report| {
        report.hint(format!("write {}", secret_example(of)))
    });
}

/// A path that counts from the directory of the file that names it.
fn beside(file: &Path, path: &str) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).join(path)
}

impl RawConnection {
    /// Lays the keys of a later file over this one, key by key: above all endpoints and secret.
    pub(in crate::pipeline) fn overlay(&mut self, over: RawConnection) {
        overlay(&mut self.connector, over.connector);
        overlay(&mut self.secret, over.secret);
        match (&mut self.options, over.options) {
            (Given::Value(under), Given::Value(over)) => overlay_options(under, over),
            (under, over) => overlay(under, over),
        }
        for endpoint in over.endpoints {
            match self.endpoints.iter_mut().find(|known| known.name.value == endpoint.name.value) {
                Some(known) => {
                    overlay(&mut known.url, endpoint.url);
                    overlay(&mut known.allow_private, endpoint.allow_private);
                    overlay(&mut known.reads_by_post, endpoint.reads_by_post);
                }
                None => self.endpoints.push(endpoint),
            }
        }
    }
}

fn overlay<T>(under: &mut Given<T>, over: Given<T>) {
    if !over.is_absent() {
        *under = over;
    }
}

fn overlay_options(under: &mut Value, over: Value) {
    let (Kind::Table(under), Kind::Table(over)) = (&mut under.kind, over.kind) else {
        return;
    };
    for entry in over {
        match under.iter_mut().find(|known| known.key.value == entry.key.value) {
            Some(known) => *known = entry,
            None => under.push(entry),
        }
    }
}

/// Warns of options that look like a secret in clear. Their values are hidden wherever the line is shown.
pub(in crate::pipeline) fn warn_of_tokens(options: &Value, faults: &Faults) {
    let mut left = vec![(None, options)];
    while let Some((key, value)) = left.pop() {
        match &value.kind {
            Kind::Table(entries) => {
                left.extend(entries.iter().map(|entry| (Some(&entry.key), &entry.value)))
            }
            Kind::List(values) => left.extend(values.iter().map(|value| (key, value))),
            Kind::Text(text) => {
                let Some(key) = key else { continue };
                if super::looks_like_token(text) || (names_secret(&key.value) && !text.is_empty()) {
                    token(key, value.at, faults);
                }
            }
            _ => {}
        }
    }
}

fn token(key: &Text, at: At, faults: &Faults) {
    let fact = format!("the option `{}` looks like a secret in clear", key.value);
    let fault = Fault::new(codes::SECRET_IN_OPTIONS, at, fact, "a connector sees its options");
    faults.warning(fault, |report| {
        report
            .note("options reach the connector, logs and recordings; a secret reaches none of them")
            .hint("if it is one, take it out of the options and name it with `secret = { env = \"…\" }`")
    });
}
