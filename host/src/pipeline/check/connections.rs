//! Connections: laid together from all files, each joined with its connector.

use std::cell::Cell;

use super::catalogue::{Catalogue, Known};
use super::endpoints;
use super::options::{self, Options};
use super::template::{Template, Unfilled};
use crate::contract::Auth;
use crate::pipeline::faults::{Fault, Faults, Slip, list_note};
use crate::pipeline::file::{
    At, Given, RawConnection, RawSecret, RawSecretFrom, Said, Section, Text, secret_example,
};
use crate::pipeline::near::nearest;
use crate::pipeline::{CONNECTIONS_MAX, Connection, SecretFrom, SecretRef};
use crate::report::codes;

/// A connection after its checks.
#[derive(Debug)]
pub(super) struct Checked {
    pub name: Text,
    /// Its connector, where that is one to a system, also if something else is at fault here.
    pub known: Option<(Text, Known)>,
    /// What it comes to, where nothing is at fault.
    pub built: Option<Connection>,
    /// Whether a stage or a directory names it.
    pub used: Cell<bool>,
}

/// All connections that a pipeline may use.
#[derive(Debug)]
pub(super) struct Connections {
    pub all: Vec<Checked>,
    /// Whether all could be read. Where not, a name that is not among them may still be one.
    whole: bool,
}

/// Lays the connections of all files together. Those of the pipeline file come first; of the other files only those
/// that `named` knows, for the rest belongs to other pipelines.
pub(super) fn lay_together(
    said: &mut Said,
    named: &[&str],
    faults: &Faults,
) -> Section<RawConnection> {
    let mut laid = std::mem::take(&mut said.document.connections);
    let all = &mut laid.items;
    let shared = std::mem::take(&mut said.shared);
    for connection in shared.items {
        match all.iter().find(|known| known.name.value == connection.name.value) {
            Some(known) => tell_twice(known, &connection, faults),
            None => all.push(connection),
        }
    }
    laid.whole &= shared.whole;
    let overrides = std::mem::take(&mut said.overrides);
    for connection in overrides.items {
        match all.iter_mut().find(|known| known.name.value == connection.name.value) {
            Some(known) => known.overlay(connection),
            None if !connection.connector.is_absent() => all.push(connection),
            None if laid.whole => tell_unfounded(&connection, all, faults),
            None => {}
        }
    }
    laid.whole &= overrides.whole;
    all.retain(|connection| {
        let name = &connection.name;
        name.at.file == PIPELINE_FILE || named.contains(&name.value.as_str())
    });
    if let Some(first) = all.get(CONNECTIONS_MAX) {
        let count = all.len();
        let fact =
            format!("a pipeline has at most {CONNECTIONS_MAX} connections, and these are {count}");
        let fault = Fault::new(codes::TOO_MANY, first.name.at, fact, "one too many");
        faults.error(fault, |report| report);
        all.truncate(CONNECTIONS_MAX);
        laid.whole = false;
    }
    laid
}

/// Position of the pipeline file in the list of files.
const PIPELINE_FILE: usize = 0;

fn tell_twice(first: &RawConnection, second: &RawConnection, faults: &Faults) {
    let name = &second.name.value;
    let fact = format!("connection `{name}` stands in two files");
    faults.error(
        Fault::new(codes::CONNECTION_TWICE, second.header, fact, "once more here"),
        |report| {
            report.also(faults.place(first.header, "first here")).hint(
                "keep one of them; single keys can be set by the file that `--connections` names",
            )
        },
    );
}

/// An override of nothing would leave the true endpoint in use, so it is never passed over.
fn tell_unfounded(connection: &RawConnection, all: &[RawConnection], faults: &Faults) {
    let name = &connection.name.value;
    let fact = format!("there is no connection `{name}` to set keys of");
    faults.error(Fault::new(codes::UNKNOWN_CONNECTION, connection.header, fact, ""), |report| {
        let report = report.note(
            "without a `connector` it adds to a connection of the pipeline or of `penstock.toml`",
        );
        let known = all.iter().map(|known| known.name.value.as_str());
        faults.meant(report, Slip::key(&connection.name), known)
    });
}

/// Checks all connections.
pub(super) fn check(
    laid: Section<RawConnection>,
    catalogue: &mut Catalogue<'_>,
    faults: &Faults,
) -> Connections {
    let check = |raw: RawConnection| {
        let known = connector(&raw, catalogue, faults);
        let built =
            known.as_ref().and_then(|(named, known)| build(&raw, named, known, catalogue, faults));
        Checked { name: raw.name, known, built, used: Cell::new(false) }
    };
    Connections { all: laid.items.into_iter().map(check).collect(), whole: laid.whole }
}

/// The connector, if there is one and it is one to a system.
fn connector(
    raw: &RawConnection,
    catalogue: &mut Catalogue<'_>,
    faults: &Faults,
) -> Option<(Text, Known)> {
    let named = match &raw.connector {
        Given::Value(named) => named,
        Given::Faulty => return None,
        Given::Absent => {
            let fact = format!("`[connections.{}]` has no `connector`", raw.name.value);
            let fault = Fault::new(codes::MISSING_KEY, raw.header, fact, "");
            faults.error(fault, |report| report.hint("add `connector = \"…\"`"));
            return None;
        }
    };
    let known = catalogue.get(named)?;
    let roles = known.described.roles;
    if roles.source || roles.directory || roles.sink {
        return Some((named.clone(), known));
    }
    let fact = format!(
        "`{}` is a rule, but connection `{}` uses it as a system",
        named.value, raw.name.value
    );
    faults.error(Fault::new(codes::WRONG_ROLE, named.at, fact, ""), |report| {
        report
            .note("it exports neither `source`, `directory` nor `sink`")
            .hint(format!("use it in a `[[transform]]`: `connector = \"{}\"`", named.value))
    });
    None
}

fn build(
    raw: &RawConnection,
    named: &Text,
    known: &Known,
    catalogue: &mut Catalogue<'_>,
    faults: &Faults,
) -> Option<Connection> {
    let of = format!("connection `{}`", raw.name.value);
    let secret = check_secret(raw, known, faults);
    let schema = catalogue.schema(named, known, None);
    let options =
        schema.and_then(|schema| options::check(&raw.options, raw.header, &of, schema, faults));
    // Each is looked at whatever became of the others, so that all faults are told at once.
    let filled = options.as_ref().zip(schema).map(|(options, schema)| {
        let fill = Fill { options, schema, known, faults, told: Cell::new(false) };
        (endpoints::check(raw, Some(&fill), known, faults), account(&fill))
    });
    let Some((endpoints, account)) = filled else {
        endpoints::check(raw, None, known, faults);
        return None;
    };
    let options = options?;
    let opened = catalogue.open(known, &options);
    let (endpoints, account, secret) = (endpoints?, account?, secret?);
    opened.then(|| Connection {
        name: raw.name.value.clone(),
        connector: known.reference.clone(),
        options: options.text(),
        account,
        secret,
        endpoints,
    })
}

/// What templates are filled with.
pub(super) struct Fill<'a> {
    options: &'a Options,
    schema: &'a super::Schema,
    known: &'a Known,
    faults: &'a Faults,
    /// One option may stand in several templates, and is told once.
    told: Cell<bool>,
}

impl Fill<'_> {
    /// The filled template; `None` where an option does not allow it, which was told.
    pub(super) fn fill(&self, template: &Template<'_>, what: &str) -> Option<String> {
        let given =
            |name: &str| self.options.json.get(name).or_else(|| self.schema.default_of(name));
        let (name, must) = match template.fill(given) {
            Ok(filled) => return Some(filled),
            Err(Unfilled::Absent { name }) => (name, None),
            Err(Unfilled::Unfit { name, must }) => (name, Some(must)),
        };
        if self.told.replace(true) {
            return None;
        }
        let entry = self.options.root.entries().iter().find(|entry| entry.key.value == name);
        let at = entry.map_or(self.options.root.at, |entry| entry.value.at);
        let connector = &self.known.described.descriptor.name;
        let (fact, label) = match must {
            Some(must) => (format!("`{name}` cannot stand in {what} of `{connector}`"), must),
            None => (format!("{what} of `{connector}` needs the option `{name}`"), String::new()),
        };
        let hint = label.is_empty().then(|| format!("add `{name} = …` to its options"));
        let fault = Fault::new(codes::OPTION_IN_URL, at, fact, label);
        self.faults.error(fault, |report| report.maybe_hint(hint));
        None
    }
}

fn account(fill: &Fill<'_>) -> Option<String> {
    // The catalogue refused a connector whose template cannot be taken apart.
    let template = Template::account(&fill.known.described.descriptor.account).ok()?;
    fill.fill(&template, "the account's name")
}

/// The outer `None` means that something is at fault, which was told.
fn check_secret(raw: &RawConnection, known: &Known, faults: &Faults) -> Option<Option<SecretRef>> {
    let descriptor = &known.described.descriptor;
    let needs = descriptor.endpoints.iter().find(|endpoint| !matches!(endpoint.auth, Auth::None));
    match (&raw.secret, needs) {
        (Given::Faulty, _) => None,
        (Given::Value(secret), Some(_)) => Some(Some(secret_ref(secret, faults))),
        (Given::Absent, None) => Some(None),
        (Given::Value(secret), None) => {
            let fact = format!(
                "connection `{}` has a secret, but `{}` needs none",
                raw.name.value, descriptor.name
            );
            let fault = Fault::new(codes::SECRET_UNNEEDED, secret.at, fact, "never used");
            faults.warning(fault, |report| report.hint("leave it out"));
            Some(None)
        }
        (Given::Absent, Some(endpoint)) => {
            let fact = format!("connection `{}` has no secret", raw.name.value);
            let note =
                format!("the endpoint `{}` of `{}` asks for one", endpoint.name, descriptor.name);
            faults.error(Fault::new(codes::SECRET_NEEDED, raw.header, fact, ""), |report| {
                let example = secret_example(&raw.name.value);
                report.note(note).hint(format!("name where it is kept: {example}"))
            });
            None
        }
    }
}

fn secret_ref(secret: &RawSecret, faults: &Faults) -> SecretRef {
    let from = match &secret.from {
        RawSecretFrom::Env(name) => SecretFrom::Env(name.clone()),
        RawSecretFrom::File(path) => SecretFrom::File(path.clone()),
    };
    SecretRef { from, place: faults.place(secret.at, "needed here") }
}

impl Connections {
    /// A connection by the name that a stage gives, with its position. `None` where there is none, which was told.
    pub(super) fn find(&self, name: &Text, faults: &Faults) -> Option<(usize, &Checked)> {
        let mut all = self.all.iter().enumerate();
        if let Some(found) = all.find(|(_, checked)| checked.name.value == name.value) {
            found.1.used.set(true);
            return Some(found);
        }
        if self.whole {
            self.tell_unknown(name, faults);
        }
        None
    }

    fn tell_unknown(&self, name: &Text, faults: &Faults) {
        let names = || self.all.iter().map(|checked| checked.name.value.as_str());
        let near = nearest(&name.value, names());
        let similar = self.all.iter().find(|checked| Some(checked.name.value.as_str()) == near);
        let fact = format!("there is no connection `{}`", name.value);
        faults.error(Fault::new(codes::UNKNOWN_CONNECTION, name.at, fact, ""), |report| {
            let report = match similar {
                Some(similar) => {
                    report.also(faults.place(similar.name.at, "a connection with a similar name"))
                }
                None => report.note(list_note("connections", names())),
            };
            faults.meant(report, Slip::text(name), names())
        });
    }

    /// Warns of connections of the pipeline file that nothing uses.
    pub(super) fn warn_of_unused(&self, faults: &Faults) {
        let is_unused =
            |checked: &&Checked| !checked.used.get() && checked.name.at.file == PIPELINE_FILE;
        for unused in self.all.iter().filter(is_unused) {
            let fact = format!("no stage uses connection `{}`", unused.name.value);
            let fault = Fault::new(codes::CONNECTION_UNUSED, unused.name.at, fact, "");
            faults.warning(fault, |report| {
                report
                    .hint("leave it out, or move it to `penstock.toml` for other pipelines to use")
            });
        }
    }
}

/// The place of a raw connection's `endpoints` entry named so.
pub(super) fn endpoint_at(raw: &RawConnection, name: &str) -> At {
    raw.endpoints
        .iter()
        .find(|endpoint| endpoint.name.value == name)
        .map_or(raw.header, |endpoint| endpoint.name.at)
}
