//! `penstock state rewind`: has sources read again from where they stood, once a person has seen what that means.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::history::{History, Stand};
use super::value::value_json;
use super::{ENTRIES_SHOWN_MAX, between, cursor_lines, forgotten, is_a_checkpoint, name};
use crate::commands::args::{Arguments, StateRewindArgs};
use crate::commands::catalogue::Catalogue;
use crate::commands::output::{Outcome, Screen};
use crate::commands::project;
use crate::contract::Kind;
use crate::engine::limits::PAGES_WITHOUT_NEWS_MAX;
use crate::pipeline::{Connectors as _, Pipeline, Role, Source, Stage};
use crate::record::hex;
use crate::report::codes;
use crate::store::{
    Checkpoint, Lease, PIPELINE_LEASE, Rewinding, SeenRow, SqliteStore, Store as _, StoreError,
};
use crate::time::{Clock as _, SystemClock, rfc3339};

/// How long the pipeline's lease is taken for, in milliseconds: a commit takes less, and a process that dies is noticed.
const LEASE_MS: i64 = 60_000;

/// What is true of every source but one of stock.
const KNOWN: &str = "what was dealt with is known by its key and revision, and dropped: it is neither judged nor written \
                     again, also where it was filtered, refused or given up";
/// What is true of a source of stock.
const COUNTERS: &str = "its counters are read as they are now, and each reading goes to its rule, which remembers the last \
                        one and what we wrote: only what somebody moved since is carried";

pub(super) fn rewind(
    command: &StateRewindArgs,
    arguments: &Arguments,
    screen: &Screen,
) -> Result<(), Outcome> {
    let catalogue = project::catalogue(arguments, screen)?;
    let checked = project::checked(&command.file, arguments, &catalogue, screen)?;
    let pipeline = &checked.pipeline;
    let fault = |error: StoreError| project::store_fault(&error, screen);
    let mut store = project::look(arguments, screen)?;
    project::refuse_put_back(&store, pipeline, screen)?;
    project::refuse_elsewhere(&store, pipeline, screen)?;
    let Some(confirmed) = &command.confirm else {
        let moves = moves(command, pipeline, &catalogue, &store, screen)?;
        tell(command, &moves, screen);
        return Ok(());
    };
    // A run that goes on meanwhile would not notice; and while this process has the lease, no cursor moves.
    let at = SystemClock.now();
    let name = format!("{PIPELINE_LEASE}{}", pipeline.name);
    let lease = store.lease(&name, at, at.saturating_add(LEASE_MS)).map_err(fault)?;
    let done = confirm(confirmed, command, pipeline, &catalogue, (&mut store, &lease), screen);
    store.release(&lease).map_err(fault)?;
    done
}

fn confirm(
    confirmed: &str,
    command: &StateRewindArgs,
    pipeline: &Pipeline,
    catalogue: &Catalogue,
    (store, lease): (&mut SqliteStore, &Lease),
    screen: &Screen,
) -> Result<(), Outcome> {
    let moves = moves(command, pipeline, catalogue, store, screen)?;
    let found = hash(&pipeline.name, &moves);
    if found != confirmed {
        let fact = format!(
            "the world has moved since {confirmed} was shown: what would be done now is {found}"
        );
        let hint = "look at it again, without `--confirm`: nothing was changed";
        screen.fail(codes::REWIND_DIFFERS, &fact, Some(hint));
        return Err(Outcome::Failed);
    }
    let rewindings: Vec<Rewinding> = moves.iter().map(|one| one.rewinding.clone()).collect();
    store
        .rewind(&pipeline.name, lease, &rewindings, SystemClock.now())
        .map_err(|error| project::store_fault(&error, screen))?;
    let names: Vec<&str> = rewindings.iter().map(|one| one.source.as_str()).collect();
    screen.say(&format!(
        "{} went back to checkpoint {}; the next run reads on from there",
        names.join(", "),
        command.to
    ));
    screen.give(&json!({ "rewound": names, "to": command.to, "hash": found }));
    Ok(())
}

/// A source that goes back.
struct Move {
    rewinding: Rewinding,
    from: Checkpoint,
    target: Option<Checkpoint>,
    /// Entries that were new since, and the newest of them that have not changed since.
    again: u64,
    newest: Vec<SeenRow>,
    is_stock: bool,
    /// Whether a run may come to its bound on pages without anything new in them.
    is_long: bool,
}

/// The sources that go back, in the order of the pipeline.
fn moves(
    command: &StateRewindArgs,
    pipeline: &Pipeline,
    catalogue: &Catalogue,
    store: &SqliteStore,
    screen: &Screen,
) -> Result<Vec<Move>, Outcome> {
    let fault = |error: StoreError| project::store_fault(&error, screen);
    let all = store.checkpoints(&pipeline.name).map_err(fault)?;
    is_a_checkpoint(command.to, &all, screen)?;
    let mut moves = Vec::new();
    for (stage, source) in meant(command.stage.as_deref(), pipeline, screen)? {
        let history = History::of(&all, &stage.id);
        let (now, target) = (history.now(), history.at(command.to));
        if target == Stand::Forgotten {
            return Err(forgotten(&stage.id, command.to, &history, screen));
        }
        let Stand::At(from) = now else { continue };
        if now == target || from.cursor.is_none() && target == Stand::Beginning {
            continue;
        }
        if !history.is_behind(target) {
            return Err(ahead(&stage.id, command.to, screen));
        }
        let kind = kind(pipeline, source, catalogue);
        if let Some(reader) = reader_without_memory(pipeline, stage, kind) {
            return Err(unsafe_to(&stage.id, reader, screen));
        }
        let again = now.total().saturating_sub(target.total());
        let (newest, _) = store
            .read_between(&pipeline.name, &stage.id, between(target, now), ENTRIES_SHOWN_MAX)
            .map_err(fault)?;
        let pages = again / u64::from(source.page_max.max(1));
        moves.push(Move {
            rewinding: Rewinding {
                source: stage.id.clone(),
                to: target.number().unwrap_or(0),
                cursor: target.cursor().map(<[u8]>::to_vec),
            },
            from: from.clone(),
            target: match target {
                Stand::At(row) => Some(row.clone()),
                Stand::Beginning | Stand::Forgotten => None,
            },
            again,
            newest,
            is_stock: kind == Some(Kind::StockLevel),
            is_long: pages >= u64::from(PAGES_WITHOUT_NEWS_MAX),
        });
    }
    if moves.is_empty() {
        let fact = format!("no source has moved since checkpoint {}", command.to);
        let hint = "see where they stood: `penstock state log FILE`";
        screen.fail(codes::NOTHING_TO_REWIND, &fact, Some(hint));
        return Err(Outcome::File);
    }
    Ok(moves)
}

/// The sources that a person named: all, or one.
fn meant<'a>(
    named: Option<&str>,
    pipeline: &'a Pipeline,
    screen: &Screen,
) -> Result<Vec<(&'a Stage, &'a Source)>, Outcome> {
    let sources = pipeline.stages.iter().filter_map(|stage| match &stage.role {
        Role::Source(source) => Some((stage, source)),
        _ => None,
    });
    let sources: Vec<(&Stage, &Source)> = sources.collect();
    let Some(named) = named else { return Ok(sources) };
    let names: Vec<&str> = sources.iter().map(|(stage, _)| stage.id.as_str()).collect();
    let one: Vec<_> = sources.iter().copied().filter(|(stage, _)| stage.id == named).collect();
    if one.is_empty() {
        let fact = match pipeline.stages.iter().any(|stage| stage.id == named) {
            true => format!("stage `{named}` is no source: what it remembers does not go back"),
            false => format!("no stage of the pipeline file is called `{named}`"),
        };
        let hint = format!("name a source: {}", names.join(", "));
        screen.fail(codes::UNKNOWN_STAGE, &fact, Some(&hint));
        return Err(Outcome::File);
    }
    Ok(one)
}

fn kind(pipeline: &Pipeline, source: &Source, catalogue: &Catalogue) -> Option<Kind> {
    let connection = pipeline.connections.get(source.connection)?;
    let described = catalogue.descriptor(&connection.connector).ok()?;
    let collections = &described.descriptor.collections;
    collections.iter().find(|one| one.name == source.collection)?.reads
}

/// A stage that takes levels of stock and does not join counters: nothing tells it that a level was there before, for
/// a level that is read again may have a revision of its own.
fn reader_without_memory<'a>(
    pipeline: &'a Pipeline,
    stage: &Stage,
    kind: Option<Kind>,
) -> Option<&'a str> {
    let reads = |joint: &crate::pipeline::Joint| pipeline.stages.get(joint.to);
    let joins = |reader: &&Stage| match &reader.role {
        Role::Transform(transform) => transform.links.is_some(),
        _ => false,
    };
    let mut readers = stage.joints.iter().filter_map(reads);
    let reader = readers.find(|reader| kind == Some(Kind::StockLevel) && !joins(reader))?;
    Some(&reader.id)
}

fn unsafe_to(source: &str, reader: &str, screen: &Screen) -> Outcome {
    let fact = format!(
        "`{source}` tells stock levels to `{reader}`, which does not join counters: a level that is read again may be \
         written again"
    );
    let hint = "name another source with `--stage ID`; its levels are read anew when they change";
    screen.fail(codes::REWIND_UNSAFE, &fact, Some(hint));
    Outcome::Failed
}

fn ahead(source: &str, number: i64, screen: &Screen) -> Outcome {
    let fact = format!(
        "`{source}` went back since checkpoint {number}, to be read again from before it: from there it would be left out"
    );
    let hint = format!(
        "name a checkpoint from after that (`penstock state log FILE --stage {source}`), or 0 for the beginning; or other \
         sources with `--stage ID`"
    );
    screen.fail(codes::REWIND_AHEAD, &fact, Some(&hint));
    Outcome::File
}

/// One hash over what goes back where. Polls that bring nothing new in between change nothing of it.
fn hash(pipeline: &str, moves: &[Move]) -> String {
    let mut digest = Sha256::new();
    digest.update(format!("{pipeline}\n"));
    for one in moves {
        let Rewinding { source, to, cursor } = &one.rewinding;
        digest.update(format!("{source}\n{to}\n{}\n", one.from.position));
        digest.update(hex(cursor.as_deref().unwrap_or_default()));
    }
    let mut hash = hex(&digest.finalize());
    hash.truncate(16);
    hash
}

/// Shows what would be done.
fn tell(command: &StateRewindArgs, moves: &[Move], screen: &Screen) {
    for one in moves {
        let target = one.target.as_ref().map_or(Stand::Beginning, Stand::At);
        let since =
            one.target.as_ref().map_or(String::new(), |row| format!(" of {}", rfc3339(row.at)));
        screen.say(&format!(
            "{}: back from #{} to {}{since}",
            one.rewinding.source,
            one.from.number,
            target.words()
        ));
        for line in cursor_lines(Stand::At(&one.from), target) {
            screen.say(&format!("    {line}"));
        }
        let again = match one.again {
            0 => {
                "    nothing that was new is read again; what was missed there is found".to_owned()
            }
            1 => "    1 entry that was new since is read again".to_owned(),
            count => format!("    {count} entries that were new since are read again"),
        };
        screen.say(&again);
        for row in &one.newest {
            screen.say(&format!("      {}", name(row)));
        }
        if one.again > one.newest.len() as u64 {
            screen.say("      and others");
        }
        screen.say(&format!("    {}", if one.is_stock { COUNTERS } else { KNOWN }));
        if one.is_long {
            screen.say(&format!(
                "    a run stops after {PAGES_WITHOUT_NEWS_MAX} pages without anything new in them: run again until it \
                 does not"
            ));
        }
    }
    let hash = hash_of(command, moves);
    screen.say(&format!(
        "\nwhat rules remember, what waits and what was written stays as it is; nothing was changed\nrewind {hash}\n\n\
         hint: to do exactly this: `penstock state rewind {} --to {}{} --confirm {hash}`",
        command.file.display(),
        command.to,
        command.stage.as_ref().map_or(String::new(), |stage| format!(" --stage {stage}")),
    ));
    screen.give(&json!({
        "hash": hash,
        "to": command.to,
        "sources": moves.iter().map(as_json).collect::<Vec<_>>(),
    }));
}

fn hash_of(command: &StateRewindArgs, moves: &[Move]) -> String {
    let name = command.file.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    hash(&name.unwrap_or_default(), moves)
}

fn as_json(one: &Move) -> Value {
    json!({
        "stage": one.rewinding.source,
        "from": { "checkpoint": one.from.number, "cursor": one.from.cursor.as_deref().map(value_json) },
        "to": { "checkpoint": one.rewinding.to, "cursor": one.rewinding.cursor.as_deref().map(value_json) },
        "read_again": one.again,
        "newest": one.newest.iter().map(|row| json!({ "key": row.key, "label": row.label, "outcome": row.outcome })).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::acme::Table;
    use crate::pipeline::{Files, read};
    use crate::report::SourceFile;

    /// A source of levels goes back only where its readers know what was there before.
    #[test]
    fn levels_are_not_read_again_for_a_stage_that_does_not_join_counters() {
        let text = "[connections.shop]\nconnector = \"acme-shop\"\nsecret = { env = \"A\" }\n\
             options = { store_id = 1 }\n\
             [[source]]\nid = \"levels\"\nconnection = \"shop\"\ncollection = \"stock\"\n\
             [[transform]]\nid = \"judge\"\nconnector = \"delta\"\n\
             inputs = { shop = \"levels\", till = \"levels\" }\nunused = [\"to_till\"]\n\
             [[sink]]\nid = \"changes\"\nconnection = \"shop\"\ncollection = \"stock\"\ninputs = [\"judge.to_shop\"]\n";
        let files = Files::alone(SourceFile::new("pipelines/small.toml", text));
        let mut pipeline = read(&files, &Table).0.expect("a good file");
        let with_links = |pipeline: &mut Pipeline, links: Option<(String, String)>| {
            for stage in &mut pipeline.stages {
                if let Role::Transform(transform) = &mut stage.role {
                    transform.links.clone_from(&links);
                }
            }
        };
        let reader = |pipeline: &Pipeline, kind| {
            reader_without_memory(pipeline, &pipeline.stages[0], Some(kind)).map(str::to_owned)
        };
        with_links(&mut pipeline, Some(("shop".to_owned(), "till".to_owned())));
        assert_eq!(reader(&pipeline, Kind::StockLevel), None);
        with_links(&mut pipeline, None);
        assert_eq!(reader(&pipeline, Kind::StockLevel), Some("judge".to_owned()));
        assert_eq!(reader(&pipeline, Kind::Order), None);
    }
}
