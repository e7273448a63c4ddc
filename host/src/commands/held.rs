//! `penstock held` and `penstock dead`: what waits for a person.

use serde_json::{Value, json};

use super::args::{
    Arguments, DeadCommand, HeldCommand, OneOrAll, RetryArgs, SettleArgs, SkipArgs, Which,
};
use super::output::{Outcome, Screen, counted};
use super::project;
use crate::record::{label, shown_label};
use crate::report::codes;
use crate::store::{SqliteStore, WaitingRow};
use crate::time::{Clock as _, SystemClock, rfc3339};

/// An entry that waits, with the name of its pipeline.
type Waiting = (String, WaitingRow);

pub(super) fn held(command: &HeldCommand, arguments: &Arguments, screen: &Screen) -> Outcome {
    let desk = match Desk::open("held", arguments, screen) {
        Ok(desk) => desk,
        Err(outcome) => return outcome,
    };
    match command {
        HeldCommand::List => desk.list(),
        HeldCommand::Show(which) => desk.show(which),
        HeldCommand::Retry(retry) => desk.retry(retry),
        HeldCommand::Skip(skip) => desk.skip(skip),
        HeldCommand::Settle(settle) => desk.settle(settle),
    }
}

pub(super) fn dead(command: &DeadCommand, arguments: &Arguments, screen: &Screen) -> Outcome {
    let desk = match Desk::open("dead", arguments, screen) {
        Ok(desk) => desk,
        Err(outcome) => return outcome,
    };
    match command {
        DeadCommand::List => desk.list(),
        DeadCommand::Show(which) => desk.show(which),
        DeadCommand::Retry(retry) => desk.retry(retry),
        DeadCommand::Skip(skip) => desk.skip(skip),
    }
}

/// Entries of one kind, and a person before them.
struct Desk<'a> {
    kind: &'static str,
    store: SqliteStore,
    screen: &'a Screen,
}

impl<'a> Desk<'a> {
    fn open(
        kind: &'static str,
        arguments: &Arguments,
        screen: &'a Screen,
    ) -> Result<Self, Outcome> {
        Ok(Self { kind, store: project::look(arguments, screen)?, screen })
    }

    fn failed(&self, error: &crate::store::StoreError) -> Outcome {
        project::store_fault(error, self.screen)
    }

    fn list(&self) -> Outcome {
        let rows = match self.store.waiting(&[self.kind], None) {
            Ok(rows) => rows,
            Err(error) => return self.failed(&error),
        };
        for (pipeline, row) in &rows {
            self.screen.say(&line(pipeline, row));
        }
        if rows.is_empty() {
            self.screen.say(&format!("nothing is {}", self.kind));
        }
        self.screen.give(&json!({ self.kind: rows.iter().map(as_json).collect::<Vec<_>>() }));
        Outcome::Done
    }

    fn show(&self, which: &Which) -> Outcome {
        match self.find(&which.entry, which.pipeline.as_deref()) {
            Ok((pipeline, row)) => {
                self.screen.say(&line(&pipeline, &row));
                let entry = serde_json::to_string_pretty(&row.item.entry).unwrap_or_default();
                self.screen
                    .say(&format!("\nread at {}\n{entry}", rfc3339(row.item.origin.read_at)));
                self.screen.give(&as_json(&(pipeline, row)));
                Outcome::Done
            }
            Err(outcome) => outcome,
        }
    }

    fn retry(mut self, retry: &RetryArgs) -> Outcome {
        let rows = match self.chosen(&retry.which) {
            Ok(rows) => rows,
            Err(outcome) => return outcome,
        };
        for (pipeline, row) in &rows {
            if let Err(error) = self.store.retry(pipeline, row) {
                return self.failed(&error);
            }
        }
        self.done(
            &format!(
                "{} will go on with the next run",
                counted(rows.len() as u64, "entry", "entries")
            ),
            &rows,
        )
    }

    fn skip(mut self, skip: &SkipArgs) -> Outcome {
        let found = self.find(&skip.which.entry, skip.which.pipeline.as_deref());
        let (pipeline, row) = match found {
            Ok(found) => found,
            Err(outcome) => return outcome,
        };
        match self.store.skip(&pipeline, &row, &skip.reason, SystemClock.now()) {
            Ok(()) => self.done(&format!("{} was given up", name(&row)), &[(pipeline, row)]),
            Err(error) => self.failed(&error),
        }
    }

    fn settle(mut self, settle: &SettleArgs) -> Outcome {
        let found = self.find(&settle.which.entry, settle.which.pipeline.as_deref());
        let (pipeline, row) = match found {
            Ok(found) => found,
            Err(outcome) => return outcome,
        };
        if row.write.is_none() {
            let fact = format!("{} has no undecided write", name(&row));
            self.screen.fail(
                codes::NOT_UNDECIDED,
                &fact,
                Some("plan it anew with `retry`, or give it up with `skip`"),
            );
            return Outcome::File;
        }
        match self.store.settle(
            &pipeline,
            &row,
            settle.verdict.applied.as_deref(),
            SystemClock.now(),
        ) {
            Ok(()) => self.done(&format!("{} is decided", name(&row)), &[(pipeline, row)]),
            Err(error) => self.failed(&error),
        }
    }

    fn done(&self, words: &str, rows: &[Waiting]) -> Outcome {
        self.screen.say(words);
        self.screen.give(
            &json!({ "done": words, "entries": rows.iter().map(as_json).collect::<Vec<_>>() }),
        );
        Outcome::Done
    }

    fn chosen(&self, which: &OneOrAll) -> Result<Vec<Waiting>, Outcome> {
        match &which.entry {
            Some(entry) => Ok(vec![self.find(entry, which.pipeline.as_deref())?]),
            None => {
                let rows = self
                    .store
                    .waiting(&[self.kind], which.pipeline.as_deref())
                    .map_err(|error| self.failed(&error))?;
                let is_there =
                    |row: &WaitingRow| which.stage.as_ref().is_none_or(|stage| *stage == row.stage);
                Ok(rows.into_iter().filter(|(_, row)| is_there(row)).collect())
            }
        }
    }

    /// The one entry that a person named: by its number, its key or the end of it, or what people call it.
    fn find(&self, name: &str, pipeline: Option<&str>) -> Result<Waiting, Outcome> {
        let rows =
            self.store.waiting(&[self.kind], pipeline).map_err(|error| self.failed(&error))?;
        let number: Option<i64> = name.trim_start_matches('#').parse().ok();
        let is_named = |row: &WaitingRow| {
            let key = &row.item.entry.key;
            key == name
                || key.ends_with(&format!("/{name}"))
                || label(&row.item.entry.payload) == Some(name)
        };
        // A number of the list comes before an order that happens to have the same.
        let by_number: Vec<Waiting> =
            rows.iter().filter(|(_, row)| Some(row.number) == number).cloned().collect();
        let mut found = if by_number.is_empty() {
            rows.into_iter().filter(|(_, row)| is_named(row)).collect()
        } else {
            by_number
        };
        match (found.pop(), found.len()) {
            (Some(row), 0) => Ok(row),
            (None, _) => {
                let fact = format!("nothing that is {} is called `{name}`", self.kind);
                self.screen.fail(
                    codes::UNKNOWN_ENTRY,
                    &fact,
                    Some(&format!("see them all: `penstock {} list`", self.kind)),
                );
                Err(Outcome::File)
            }
            (Some(_), more) => {
                let fact =
                    format!("{} entries that are {} are called `{name}`", more + 1, self.kind);
                self.screen.fail(
                    codes::ENTRY_AMBIGUOUS,
                    &fact,
                    Some("name one by its number, and its pipeline with `--pipeline`"),
                );
                Err(Outcome::File)
            }
        }
    }
}

/// What people call an entry.
fn name(row: &WaitingRow) -> String {
    match shown_label(&row.item.entry.payload) {
        Some(label) => format!("`{label}` ({})", row.item.entry.key),
        None => format!("`{}`", row.item.entry.key),
    }
}

fn line(pipeline: &str, row: &WaitingRow) -> String {
    let hint = row.hint.as_ref().map(|hint| format!("\n      hint: {hint}")).unwrap_or_default();
    format!(
        "#{:<5} {} at {} of {pipeline}, since {}\n      {}{hint}",
        row.number,
        name(row),
        row.stage,
        rfc3339(row.since),
        row.reason,
    )
}

fn as_json((pipeline, row): &Waiting) -> Value {
    json!({
        "number": row.number,
        "pipeline": pipeline,
        "stage": row.stage,
        "key": row.item.entry.key,
        "label": label(&row.item.entry.payload),
        "reason": row.reason,
        "hint": row.hint,
        "since": rfc3339(row.since),
        "write": row.write,
        "waits": row.kind,
        "entry": row.item.entry,
    })
}
