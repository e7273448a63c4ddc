//! `penstock fmt`: pipeline files in canonical form.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::args::FmtArgs;
use super::diff::{coloured, diff};
use super::explain::codes_of;
use super::output::{Outcome, Screen};
use crate::pipeline::{self, FILE_BYTES_MAX, Process};
use crate::report::{Report, SourceFile, codes, to_json};

/// Where pipeline files lie, as a project usually has them.
const FOLDER: &str = "pipelines";

/// What stands for standard input and output.
const STREAM: &str = "-";

pub(super) fn fmt(command: &FmtArgs, screen: &Screen) -> Outcome {
    let files = match command.files.is_empty() {
        true => all_of(Path::new(FOLDER)),
        false => command.files.clone(),
    };
    if files.is_empty() {
        let fact = format!("there is no TOML file in `{FOLDER}` here");
        screen.fail(codes::NO_FILES, &fact, Some("name the files: `penstock fmt FILE…`"));
        return Outcome::File;
    }
    let mut told = Told::default();
    for file in &files {
        one(file, command, screen, &mut told);
    }
    screen.more_about(&codes_of(&told.reports));
    screen.give(&json!({ "files": told.answers }));
    told.outcome
}

/// What came of the files.
struct Told {
    outcome: Outcome,
    answers: Vec<Value>,
    reports: Vec<Report>,
}

impl Default for Told {
    fn default() -> Self {
        Self { outcome: Outcome::Done, answers: Vec::new(), reports: Vec::new() }
    }
}

impl Told {
    fn faulty(&mut self, file: &Path, reports: Vec<Report>, outcome: Outcome, screen: &Screen) {
        screen.reports(&reports);
        self.answers.push(json!({ "file": file, "reports": to_json(&reports) }));
        self.reports.extend(reports);
        self.outcome = self.outcome.max(outcome);
    }
}

/// All TOML files that lie in a folder, by name.
fn all_of(folder: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|file| file.path());
    let mut files: Vec<PathBuf> = files
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml") && path.is_file())
        .collect();
    files.sort();
    files
}

fn one(file: &Path, command: &FmtArgs, screen: &Screen, told: &mut Told) {
    let is_stream = file == Path::new(STREAM);
    let before = match if is_stream { from_stream() } else { pipeline::load(file, &Process) } {
        Ok(before) => before,
        Err(report) => return told.faulty(file, vec![*report], Outcome::Surroundings, screen),
    };
    let after = match pipeline::format(&before) {
        Ok(after) => after,
        Err(reports) => return told.faulty(file, reports, Outcome::File, screen),
    };
    let is_changed = after != before.text();
    let diff = diff(&before, &after);
    let mut answer = json!({ "file": file, "changed": is_changed, "diff": diff });
    if command.check {
        if is_changed {
            screen.say(&coloured(&diff));
            told.outcome = told.outcome.max(Outcome::Failed);
        }
    } else if is_stream {
        if !screen.is_json() {
            screen.script(after.as_bytes());
        }
        if let Some(answer) = answer.as_object_mut() {
            answer.insert("text".to_owned(), after.into());
        }
    } else if is_changed {
        if let Err(report) = pipeline::replace(file, &after) {
            return told.faulty(file, vec![*report], Outcome::Surroundings, screen);
        }
        screen.say(&format!("{}: put into canonical form", file.display()));
    }
    told.answers.push(answer);
}

/// What is handed over on standard input.
fn from_stream() -> Result<SourceFile, Box<Report>> {
    let name = Path::new("standard input");
    let mut bytes = Vec::new();
    std::io::stdin().take(FILE_BYTES_MAX.saturating_add(1)).read_to_end(&mut bytes).map_err(
        |error| {
            let fact = format!("standard input cannot be read: {error}");
            Box::new(Report::error(codes::FILE_UNREADABLE, fact))
        },
    )?;
    pipeline::source_file(name, bytes)
}
