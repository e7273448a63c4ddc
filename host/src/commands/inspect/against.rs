//! What changes where one component takes another's place, and what that means for the pipeline files that name it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::options;
use super::{auth_word, kind_word};
use crate::contract::{Collection, Descriptor, Endpoint, Kind, NeededDirectory, OrderPart, Port};
use crate::record::part_word;

/// What a change means, the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Grade {
    /// A pipeline file that was right may be at fault, or mean something else.
    Breaking,
    /// The connector can reach, see or do more than before.
    Widening,
    Harmless,
}

impl Grade {
    pub(super) const ALL: [Self; 3] = [Self::Breaking, Self::Widening, Self::Harmless];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Breaking => "breaking",
            Self::Widening => "widens its powers",
            Self::Harmless => "harmless",
        }
    }
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) grade: Grade,
    pub(super) text: String,
}

/// One of two components that are compared.
pub(super) struct Side<'a> {
    pub(super) descriptor: &'a Descriptor,
    pub(super) contract: &'a str,
    pub(super) roles: Vec<String>,
    pub(super) imports: &'a [String],
    pub(super) bytes: u64,
    pub(super) digest: &'a str,
}

/// All changes from the old one to the new one: the gravest first, and of one grade in the order of the descriptor.
pub(super) fn changes(old: &Side<'_>, new: &Side<'_>) -> Vec<Change> {
    let mut all = Changes::default();
    all.component(old, new);
    let (one, other) = (old.descriptor, new.descriptor);
    all.endpoints(&one.endpoints, &other.endpoints);
    all.collections(&one.collections, &other.collections);
    all.inputs(&one.inputs, &other.inputs);
    all.outputs(&one.outputs, &other.outputs);
    all.directories(&one.directories, &other.directories);
    all.options("option", &one.options_schema, &other.options_schema);
    all.0.sort_by_key(|change| change.grade);
    all.0
}

/// Most letters of a text of a connector that are shown of it.
const SHOWN_LETTERS: usize = 80;

/// For people, under a heading for each grade.
pub(super) fn words(changes: &[Change]) -> String {
    let mut out = String::new();
    for grade in Grade::ALL {
        let of_grade: Vec<&Change> = changes.iter().filter(|one| one.grade == grade).collect();
        if of_grade.is_empty() {
            continue;
        }
        out.push_str(&format!("\n{}\n", grade.word()));
        for change in of_grade {
            out.push_str(&format!("  {}\n", change.text));
        }
    }
    out
}

pub(super) fn as_json(changes: &[Change]) -> Value {
    let word = |grade: Grade| match grade {
        Grade::Breaking => "breaking",
        Grade::Widening => "widening",
        Grade::Harmless => "harmless",
    };
    changes.iter().map(|one| json!({ "grade": word(one.grade), "what": one.text })).collect()
}

#[derive(Default)]
struct Changes(Vec<Change>);

impl Changes {
    fn add(&mut self, grade: Grade, text: impl Into<String>) {
        self.0.push(Change { grade, text: text.into() });
    }

    /// Tells of a value that is another now.
    fn differs(&mut self, grade: Grade, what: &str, old: &str, new: &str) {
        if old != new {
            let (old, new) = (briefly(old), briefly(new));
            self.add(grade, format!("{what}: {old} -> {new}"));
        }
    }

    fn component(&mut self, old: &Side<'_>, new: &Side<'_>) {
        let (one, other) = (old.descriptor, new.descriptor);
        if one.account != other.account {
            // Keys, ledger, budget and leases belong to the account.
            self.add(
                Grade::Breaking,
                format!(
                    "account `{}` -> `{}`: what was read and written so far is another account's",
                    one.account, other.account
                ),
            );
        }
        for role in old.roles.iter().filter(|role| !new.roles.contains(role)) {
            self.add(Grade::Breaking, format!("role {role}: it has it no more"));
        }
        for role in new.roles.iter().filter(|role| !old.roles.contains(role)) {
            let grade = if role == "sink" { Grade::Widening } else { Grade::Harmless };
            self.add(grade, format!("role {role}: it has it now"));
        }
        self.imports(old.imports, new.imports);
        self.differs(Grade::Harmless, "name", &one.name, &other.name);
        self.differs(Grade::Harmless, "version", &one.version, &other.version);
        self.differs(Grade::Harmless, "contract", old.contract, new.contract);
        self.differs(Grade::Harmless, "summary", &one.summary, &other.summary);
        let bytes = |side: &Side<'_>| format!("{} bytes", side.bytes);
        self.differs(Grade::Harmless, "size", &bytes(old), &bytes(new));
        self.differs(Grade::Harmless, "sha256", old.digest, new.digest);
    }

    fn imports(&mut self, old: &[String], new: &[String]) {
        let names = |imports: &[String]| -> BTreeSet<String> {
            imports.iter().map(|import| interface(import).to_owned()).collect()
        };
        let (old, new) = (names(old), names(new));
        for import in new.difference(&old) {
            match power(import) {
                Some(power) => {
                    self.add(Grade::Widening, format!("import `{import}`: it can {power} now"));
                }
                None => self.add(Grade::Harmless, format!("import `{import}`: it gives no power")),
            }
        }
        for import in old.difference(&new) {
            self.add(Grade::Harmless, format!("import `{import}`: it is not asked for any more"));
        }
    }

    fn endpoints(&mut self, old: &[Endpoint], new: &[Endpoint]) {
        let name = |endpoint: &Endpoint| endpoint.name.clone();
        let (gone, come, both) = matched(old, new, name);
        for endpoint in gone {
            self.add(
                Grade::Breaking,
                format!("endpoint `{}`: gone; a file that names it is at fault", endpoint.name),
            );
        }
        for endpoint in come {
            self.add(
                Grade::Widening,
                format!("endpoint `{}`: new; it reaches {}", endpoint.name, endpoint.base_url),
            );
        }
        for (one, other) in both {
            let what = format!("endpoint `{}`", one.name);
            self.differs(Grade::Breaking, &format!("{what}, secret"), &auth(one), &auth(other));
            self.differs(
                Grade::Widening,
                &format!("{what}, address"),
                &one.base_url,
                &other.base_url,
            );
            self.list(
                &format!("{what}, reads by POST"),
                &one.reads_by_post,
                &other.reads_by_post,
                [Grade::Widening, Grade::Harmless],
            );
            let limit = |endpoint: &Endpoint| match &endpoint.rate_limit {
                Some(limit) => format!("{} in {} ms", limit.requests, limit.window_ms),
                None => "none".to_owned(),
            };
            self.differs(
                Grade::Harmless,
                &format!("{what}, rate limit"),
                &limit(one),
                &limit(other),
            );
        }
    }

    fn collections(&mut self, old: &[Collection], new: &[Collection]) {
        let (gone, come, both) = matched(old, new, |collection| collection.name.clone());
        for collection in gone {
            self.add(Grade::Breaking, format!("collection `{}`: gone", collection.name));
        }
        for collection in come {
            self.add(Grade::Harmless, format!("collection `{}`: new", collection.name));
        }
        for (one, other) in both {
            let what = format!("collection `{}`", one.name);
            let reads = |collection: &Collection| kinds(collection.reads.as_slice());
            self.list(
                &format!("{what}, gives"),
                &reads(one),
                &reads(other),
                [Grade::Harmless, Grade::Breaking],
            );
            let (takes, then) = (kinds(&one.writes), kinds(&other.writes));
            self.list(&format!("{what}, takes"), &takes, &then, [Grade::Harmless, Grade::Breaking]);
            self.list(
                &format!("{what}, finds by"),
                &one.finds_by,
                &other.finds_by,
                [Grade::Harmless, Grade::Breaking],
            );
            let sizes =
                [("page", one.page_max, other.page_max), ("batch", one.batch_max, other.batch_max)];
            for (name, size, then) in sizes {
                self.differs(
                    Grade::Harmless,
                    &format!("{what}, largest {name}"),
                    &size.to_string(),
                    &then.to_string(),
                );
            }
            self.unseen(&what, &one.without, &other.without);
            let rests = |collection: &Collection| {
                let mut pairs = collection.attributes.iter();
                pairs.any(|pair| pair.name == "stock-rests" && pair.value == "true")
            };
            if rests(one) && !rests(other) {
                self.add(
                    Grade::Breaking,
                    format!(
                        "{what}: movements of a counter no longer wait until the last one rests"
                    ),
                );
            }
            self.options(&format!("{what}, option"), &one.options_schema, &other.options_schema);
        }
    }

    /// Parts of an order that it is not given.
    fn unseen(&mut self, what: &str, old: &[OrderPart], new: &[OrderPart]) {
        let words = |parts: &[OrderPart]| -> Vec<String> {
            parts.iter().map(|part| part_word(*part).to_owned()).collect()
        };
        self.list(
            &format!("{what}, not given of an order"),
            &words(old),
            &words(new),
            [Grade::Harmless, Grade::Widening],
        );
    }

    fn inputs(&mut self, old: &[Port], new: &[Port]) {
        let (gone, come, both) = matched(old, new, |port| port.name.clone());
        for port in gone {
            self.add(Grade::Breaking, format!("input `{}`: gone", port.name));
        }
        for port in come {
            let (grade, must) = required(port.required);
            self.add(grade, format!("input `{}`: new{must}", port.name));
        }
        for (one, other) in both {
            let what = format!("input `{}`", one.name);
            self.necessity(&what, one.required, other.required);
            self.list(
                &format!("{what}, takes"),
                &kinds(&one.kinds),
                &kinds(&other.kinds),
                [Grade::Harmless, Grade::Breaking],
            );
            self.unseen(&what, &one.without, &other.without);
        }
    }

    fn outputs(&mut self, old: &[Port], new: &[Port]) {
        let (gone, come, both) = matched(old, new, |port| port.name.clone());
        for port in gone {
            self.add(Grade::Breaking, format!("output `{}`: gone", port.name));
        }
        for port in come {
            self.add(
                Grade::Breaking,
                format!(
                    "output `{}`: new; each file has to read it, or to name it in `unused`",
                    port.name
                ),
            );
        }
        for (one, other) in both {
            self.list(
                &format!("output `{}`, gives", one.name),
                &kinds(&one.kinds),
                &kinds(&other.kinds),
                [Grade::Breaking, Grade::Breaking],
            );
        }
    }

    fn directories(&mut self, old: &[NeededDirectory], new: &[NeededDirectory]) {
        let (gone, come, both) = matched(old, new, |directory| directory.name.clone());
        for directory in gone {
            self.add(
                Grade::Breaking,
                format!("directory `{}`: gone; a file that gives it is at fault", directory.name),
            );
        }
        for directory in come {
            match directory.required {
                true => self.add(
                    Grade::Breaking,
                    format!("directory `{}`: new, and each file has to give it", directory.name),
                ),
                false => self.add(
                    Grade::Widening,
                    format!(
                        "directory `{}`: new; it looks things up there where a file gives it",
                        directory.name
                    ),
                ),
            }
        }
        for (one, other) in both {
            let what = format!("directory `{}`", one.name);
            self.necessity(&what, one.required, other.required);
            self.differs(
                Grade::Breaking,
                &format!("{what}, kind"),
                kind_word(one.kind),
                kind_word(other.kind),
            );
            self.list(
                &format!("{what}, found by"),
                &one.finds_by,
                &other.finds_by,
                [Grade::Breaking, Grade::Harmless],
            );
        }
    }

    fn necessity(&mut self, what: &str, old: bool, new: bool) {
        match (old, new) {
            (false, true) => self.add(Grade::Breaking, format!("{what}: it is required now")),
            (true, false) => self.add(Grade::Harmless, format!("{what}: it is required no more")),
            _ => {}
        }
    }

    /// Tells what of a list has come, and what has gone.
    fn list(&mut self, what: &str, old: &[String], new: &[String], [come, gone]: [Grade; 2]) {
        for one in new.iter().filter(|one| !old.contains(one)) {
            self.add(come, format!("{what}: now also {}", briefly(one)));
        }
        for one in old.iter().filter(|one| !new.contains(one)) {
            self.add(gone, format!("{what}: no longer {}", briefly(one)));
        }
    }

    fn options(&mut self, what: &str, old: &str, new: &str) {
        for (path, grade, text) in options::changes(old, new) {
            let path =
                if path.is_empty() { "(all of them)".to_owned() } else { format!("`{path}`") };
            self.add(grade, format!("{what} {path}: {text}"));
        }
    }
}

fn required(required: bool) -> (Grade, &'static str) {
    match required {
        true => (Grade::Breaking, ", and each file has to feed it"),
        false => (Grade::Harmless, ", and may be left out"),
    }
}

fn auth(endpoint: &Endpoint) -> String {
    match &endpoint.auth {
        crate::contract::Auth::Oauth2(oauth2) => {
            format!("OAuth 2 at {} for {}", oauth2.token_url, oauth2.scopes.join(" "))
        }
        auth => auth_word(auth),
    }
}

fn kinds(kinds: &[Kind]) -> Vec<String> {
    kinds.iter().map(|kind| kind_word(*kind).to_owned()).collect()
}

/// The name of an import without its version.
fn interface(import: &str) -> &str {
    import.split_once('@').map_or(import, |(name, _)| name)
}

/// What an import lets a connector do. WASI is given with nothing behind it.
fn power(import: &str) -> Option<&'static str> {
    Some(match import.strip_prefix("penstock:connector/")? {
        "http" => "read from its endpoints",
        "lookup" => "look things up in its directories",
        "state" => "remember",
        "ledger" => "see what our own writes have moved",
        "links" => "see which counter is which",
        "log" | "types" | "commerce" => return None,
        _ => "do something that this host does not know",
    })
}

fn briefly(text: &str) -> String {
    match text.char_indices().nth(SHOWN_LETTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None if text.is_empty() => "nothing".to_owned(),
        None => text.to_owned(),
    }
}

type Matched<'a, T> = (Vec<&'a T>, Vec<&'a T>, Vec<(&'a T, &'a T)>);

/// What is in the first list alone, what is in the second alone, and what is in both by its name.
fn matched<'a, T>(old: &'a [T], new: &'a [T], name: impl Fn(&T) -> String) -> Matched<'a, T> {
    let find = |all: &'a [T], one: &T| all.iter().find(|other| name(other) == name(one));
    let gone = old.iter().filter(|one| find(new, one).is_none()).collect();
    let come = new.iter().filter(|one| find(old, one).is_none()).collect();
    let both = old.iter().filter_map(|one| Some((one, find(new, one)?))).collect();
    (gone, come, both)
}
