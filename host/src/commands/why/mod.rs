//! `penstock why`: the story of an order, a customer, a counter or a remote id.

mod anew;
mod movement;
mod story;

use serde_json::json;

use super::args::{Arguments, WhyArgs};
use super::output::{Outcome, Screen};
use super::project;
use crate::report::codes;
use crate::store::{Found, SqliteStore, StoreError};
use anew::Anew;
use story::{Line, story};

pub(super) fn why(command: &WhyArgs, arguments: &Arguments, screen: &Screen) -> Outcome {
    match why_within(command, arguments, screen) {
        Ok(outcome) | Err(outcome) => outcome,
    }
}

fn why_within(
    command: &WhyArgs,
    arguments: &Arguments,
    screen: &Screen,
) -> Result<Outcome, Outcome> {
    let store = project::look(arguments, screen)?;
    let found =
        found(&store, &command.key).map_err(|error| project::store_fault(&error, screen))?;
    let mut anew = match &command.file {
        Some(file) => Some(Anew::new(file, (&store, &found), arguments, screen)?),
        None => None,
    };
    let lines = story(&found, &mut |write| anew.as_mut()?.changes(write));
    if lines.is_empty() {
        let fact = format!("nothing is known of `{}`", command.key);
        screen.fail(codes::NOTHING_KNOWN, &fact, Some("name it by its key, its number, its e-mail address or its id; or it was never read"));
        return Ok(Outcome::File);
    }
    for line in &lines {
        screen.say(&line.text());
    }
    let played = anew.map(|anew| anew.play(screen)).transpose()?;
    match &played {
        Some(played) => screen.say(&played.text),
        None => screen.say(&format!(
            "\nhint: `penstock why {} FILE` also tells what comes of it now, by the rules in that file",
            command.key
        )),
    }
    let lines = lines.iter().map(Line::json);
    screen.give(&json!({
        "key": command.key,
        "story": lines.collect::<Vec<_>>(),
        "now": played.map(|played| played.json),
    }));
    Ok(Outcome::Done)
}

/// What is known under a name. What an entry depended on is part of its story.
fn found(store: &SqliteStore, name: &str) -> Result<Found, StoreError> {
    let mut found = store.find(name)?;
    let after: Vec<String> = found
        .writes
        .iter()
        .flat_map(|write| write.row.intakes.iter())
        .flat_map(|intake| &intake.items)
        .chain(found.waiting.iter().map(|(_, row)| &row.item))
        .flat_map(|item| item.after.clone())
        .collect();
    for key in after {
        if let Ok(more) = store.find(&key) {
            merge(&mut found, more);
        }
    }
    Ok(found)
}

fn merge(found: &mut Found, more: Found) {
    found.writes.extend(more.writes.into_iter().filter(|write| {
        write
            .row
            .intakes
            .iter()
            .flat_map(|intake| &intake.items)
            .all(|item| item.entry.key.starts_with("email:"))
    }));
    found.waiting.extend(
        more.waiting.into_iter().filter(|(_, row)| row.item.entry.key.starts_with("email:")),
    );
}
