//! The directories that a transform looks things up in.

use super::catalogue::Known;
use super::kinds::name as kind_name;
use super::stages::{Context, Found, collection_options, find_collection};
use crate::contract::{Kind, NeededDirectory};
use crate::pipeline::Directory;
use crate::pipeline::faults::{Fault, Slip, joined, list_note};
use crate::pipeline::file::{Given, RawDirectory, RawStage};
use crate::report::codes;

/// Checks the directories of a transform against what its connector needs. `None` where something is at fault, which
/// was told.
pub(super) fn check(
    raw: &RawStage,
    given: &Given<Vec<RawDirectory>>,
    known: &Known,
    context: &mut Context<'_, '_>,
) -> Option<Vec<Directory>> {
    let given: &[RawDirectory] = match given {
        Given::Faulty => return None,
        Given::Absent => &[],
        Given::Value(given) => given,
    };
    let needed = &known.described.descriptor.directories;
    let checked: Vec<_> =
        given.iter().map(|directory| check_one(directory, given, known, context)).collect();
    let is_given = |needed: &&NeededDirectory| {
        given.iter().any(|directory| {
            directory.name.value == needed.name
                || meant(directory, known) == Some(needed.name.as_str())
        })
    };
    let missing: Vec<&NeededDirectory> =
        needed.iter().filter(|needed| needed.required).filter(|needed| !is_given(needed)).collect();
    if !missing.is_empty() {
        tell_missing(raw, &missing, known, context);
    }
    let complete = missing.is_empty();
    let all: Option<Vec<_>> = checked.into_iter().collect();
    all.filter(|_| complete)
}

/// What an unknown directory was most likely meant to be.
fn meant<'k>(directory: &RawDirectory, known: &'k Known) -> Option<&'k str> {
    let names = known.described.descriptor.directories.iter().map(|needed| needed.name.as_str());
    crate::pipeline::near::nearest(&directory.name.value, names)
}

fn check_one(
    raw: &RawDirectory,
    all: &[RawDirectory],
    known: &Known,
    context: &mut Context<'_, '_>,
) -> Option<Directory> {
    let needed = &known.described.descriptor.directories;
    let found = find_collection(
        raw.connection.as_ref(),
        raw.collection.as_ref(),
        context.connections,
        context.faults,
    );
    let Some(needed) = needed.iter().find(|needed| needed.name == raw.name.value) else {
        tell_unknown(raw, all, known, context);
        return None;
    };
    let found = found?;
    if !fits(raw, needed, &found, context) {
        return None;
    }
    let options =
        collection_options(&raw.options, raw.at, &found, context.catalogue, context.faults);
    Some(Directory {
        name: raw.name.value.clone(),
        connection: found.connection,
        collection: found.collection.name.clone(),
        options: options?,
    })
}

fn tell_unknown(
    raw: &RawDirectory,
    all: &[RawDirectory],
    known: &Known,
    context: &Context<'_, '_>,
) {
    let descriptor = &known.described.descriptor;
    let names = || descriptor.directories.iter().map(|needed| needed.name.as_str());
    let fact =
        format!("`{}` looks nothing up in a directory `{}`", descriptor.name, raw.name.value);
    context.faults.error(Fault::new(codes::UNKNOWN_DIRECTORY, raw.name.at, fact, ""), |report| {
        let report = report.note(list_note("directories that it knows", names()));
        let others = all.iter().map(|other| other.name.value.as_str());
        context.faults.meant_beside(report, Slip::key(&raw.name), names(), others)
    });
}

fn tell_missing(
    raw: &RawStage,
    missing: &[&NeededDirectory],
    known: &Known,
    context: &Context<'_, '_>,
) {
    let connector = &known.described.descriptor.name;
    let names: Vec<&str> = missing.iter().map(|needed| needed.name.as_str()).collect();
    let fact = match names[..] {
        [name] => format!("`{connector}` needs a directory `{name}`"),
        _ => format!("`{connector}` needs directories {}", joined(&names)),
    };
    let examples: Vec<String> = names
        .iter()
        .map(|name| format!("{name} = {{ connection = \"…\", collection = \"…\" }}"))
        .collect();
    context.faults.error(Fault::new(codes::DIRECTORY_MISSING, raw.header, fact, ""), |report| {
        missing
            .iter()
            .fold(report, |report, needed| report.note(wanted(needed)))
            .hint(format!("add `directories = {{ {} }}`", examples.join(", ")))
    });
}

/// What a directory must be.
fn wanted(needed: &NeededDirectory) -> String {
    let fields = needed.finds_by.iter().map(String::as_str);
    let kind = kind_name(needed.kind);
    list_note(&format!("`{}` is a collection of `{kind}` that finds by", needed.name), fields)
}

/// Whether a collection has what a directory must have.
fn fits(
    raw: &RawDirectory,
    needed: &NeededDirectory,
    found: &Found<'_>,
    context: &Context<'_, '_>,
) -> bool {
    let Some(why) = unfit(needed, found) else {
        return true;
    };
    // The key is known to be there: a collection was found by it.
    let at = raw.collection.as_ref().map_or(raw.at, |collection| collection.at);
    let fact = format!("`{}` cannot serve as the directory `{}`: {why}", found.name, needed.name);
    context.faults.error(Fault::new(codes::DIRECTORY_UNFIT, at, fact, ""), |report| {
        let finds_by = found.collection.finds_by.iter().map(String::as_str);
        report.note(list_note(&format!("`{}` finds by", found.name), finds_by))
    });
    false
}

fn unfit(needed: &NeededDirectory, found: &Found<'_>) -> Option<String> {
    if !found.known.described.roles.directory || found.collection.finds_by.is_empty() {
        return Some("nothing can be looked up in it".to_owned());
    }
    let kinds: Vec<Kind> =
        found.collection.reads.into_iter().chain(found.collection.writes.iter().copied()).collect();
    if !kinds.is_empty() && !kinds.contains(&needed.kind) {
        return Some(format!("it does not hold `{}`", kind_name(needed.kind)));
    }
    let lacking =
        needed.finds_by.iter().find(|field| !found.collection.finds_by.contains(field))?;
    Some(format!("it does not find by `{lacking}`"))
}
