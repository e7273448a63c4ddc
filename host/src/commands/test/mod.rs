//! `penstock test`: runs the cases beside pipeline files, and shows what has changed.

mod make;
mod play;
mod review;

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::args::{Arguments, TestArgs};
use super::output::{Outcome, Screen, counted};
use super::project;
use crate::pipeline::{Environment as _, Process};
use crate::report::{Place, Report, SourceFile, codes};
use crate::testing::{CaseFault, Checked, junit, limits};
use crate::time::{Clock as _, SystemClock};

pub(super) use make::case;
use play::{Played, Player};
use review::Decision;

/// What a case came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Same,
    Changed,
    /// It has no snapshot yet.
    New,
    /// What is said must not happen did, or the other way round; or it asked for what was not recorded.
    Failed,
    Accepted,
}

impl Fate {
    fn word(self) -> &'static str {
        match self {
            Self::Same => "ok",
            Self::Changed => "CHANGED",
            Self::New => "NEW",
            Self::Failed => "FAILED",
            Self::Accepted => "accepted",
        }
    }
}

/// A case with what it came to.
struct Tried {
    pipeline: String,
    name: String,
    fate: Fate,
    diff: String,
    reasons: Vec<String>,
    took_ms: u64,
}

pub(super) fn test(command: &TestArgs, arguments: &Arguments, screen: &Screen) -> Outcome {
    match test_within(command, arguments, screen) {
        Ok(outcome) | Err(outcome) => outcome,
    }
}

fn test_within(
    command: &TestArgs,
    arguments: &Arguments,
    screen: &Screen,
) -> Result<Outcome, Outcome> {
    let files = if command.files.is_empty() { found() } else { command.files.clone() };
    let catalogue = project::catalogue(arguments, screen)?;
    let mut tried = Vec::new();
    for file in &files {
        let cases = cases(file, command.case.as_deref());
        if cases.is_empty() {
            screen.tell(&format!(
                "`{}` has no {}; they are TOML files in `{}`",
                file.display(),
                if command.case.is_some() { "case of that name" } else { "cases" },
                folder(file).display()
            ));
            continue;
        }
        let checked = project::checked(file, arguments, &catalogue, screen)?;
        screen.reports(&checked.warnings);
        let player =
            Player { pipeline: checked.pipeline, arguments, catalogue: &catalogue, screen };
        for case in cases {
            tried.push(try_one(&player, &case, command, screen)?);
        }
    }
    if files.is_empty() {
        screen.tell(
            "there are no cases here\n\nhint: `penstock case FILE NAME --recording DIR` makes one",
        );
    }
    tell(&tried, screen);
    if let Some(file) = &command.junit {
        write(file, &junit(&tried.iter().map(Tried::checked).collect::<Vec<_>>()), screen)?;
    }
    let is_bad = |case: &Tried| !matches!(case.fate, Fate::Same | Fate::Accepted);
    Ok(if tried.iter().any(is_bad) || tried.is_empty() { Outcome::Failed } else { Outcome::Done })
}

fn try_one(
    player: &Player<'_>,
    case: &Path,
    command: &TestArgs,
    screen: &Screen,
) -> Result<Tried, Outcome> {
    let began_at = SystemClock.now();
    let text = text(case, limits::CASE_BYTES_MAX).map_err(|why| unreadable(case, &why, screen))?;
    let played =
        player.play(case, &text).map_err(|fault| malformed(case, &text, &fault, screen))??;
    let Played { snapshot, reasons } = played;
    let place = case.with_extension("snap");
    let before = text_or_none(&place);
    let diff = match &before {
        Some(before) if *before == snapshot => String::new(),
        before => review::diff(before.as_deref().unwrap_or_default(), &snapshot),
    };
    let mut fate = match (&before, diff.is_empty()) {
        _ if !reasons.is_empty() => Fate::Failed,
        (Some(_), true) => Fate::Same,
        (Some(_), false) => Fate::Changed,
        (None, _) => Fate::New,
    };
    let name = case.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    if matches!(fate, Fate::Changed | Fate::New) {
        let is_taken = command.accept
            || (command.review && review::asked(&name, &diff, screen) == Decision::Accept);
        if is_taken {
            write(&place, &snapshot, screen)?;
            fate = Fate::Accepted;
        }
    }
    let took_ms = u64::try_from(SystemClock.now() - began_at).unwrap_or(0);
    let pipeline = player.pipeline.name.clone();
    Ok(Tried { pipeline, name, fate, diff, reasons, took_ms })
}

impl Tried {
    fn checked(&self) -> Checked {
        let failure = match self.fate {
            Fate::Same | Fate::Accepted => None,
            Fate::Failed => Some((self.reasons.join("; "), self.diff.clone())),
            Fate::Changed => Some(("its snapshot has changed".to_owned(), self.diff.clone())),
            Fate::New => Some(("it has no snapshot yet".to_owned(), self.diff.clone())),
        };
        let (pipeline, case, took_ms) = (self.pipeline.clone(), self.name.clone(), self.took_ms);
        Checked { pipeline, case, failure, took_ms }
    }
}

/// Shows each case, and at the end how many came to what.
fn tell(tried: &[Tried], screen: &Screen) {
    for case in tried {
        screen.say(&format!("{:<9} {}/{}", case.fate.word(), case.pipeline, case.name));
        for reason in &case.reasons {
            screen.say(&format!("          {}", reason.replace('\n', "\n          ")));
        }
        if matches!(case.fate, Fate::Changed | Fate::New) {
            screen.say(&shortened(&case.diff));
        }
    }
    let count = |fate: Fate| tried.iter().filter(|case| case.fate == fate).count() as u64;
    let [same, changed, new, failed, accepted] =
        [Fate::Same, Fate::Changed, Fate::New, Fate::Failed, Fate::Accepted].map(count);
    let mut words = vec![counted(tried.len() as u64, "case", "cases"), format!("{same} ok")];
    for (count, word) in
        [(accepted, "accepted"), (changed, "changed"), (new, "new"), (failed, "failed")]
    {
        if count > 0 {
            words.push(format!("{count} {word}"));
        }
    }
    screen.say(&format!("\n{}", words.join(", ")));
    if changed + new > 0 {
        screen.say("\nhint: `penstock test --review` goes through them one by one; `--accept` takes all as they are now");
    }
    screen.give(&json!({
        "cases": tried.iter().map(as_json).collect::<Vec<_>>(),
        "ok": same, "accepted": accepted, "changed": changed, "new": new, "failed": failed,
    }));
}

/// Lines of one case's changes that are shown where nobody goes through them one by one.
const DIFF_LINES_MAX: usize = 100;

/// The first of the changes for a terminal, and how many more there are.
fn shortened(diff: &str) -> String {
    let lines: Vec<&str> = diff.lines().take(DIFF_LINES_MAX).collect();
    let more = diff.lines().count() - lines.len();
    let mut text = review::coloured(&lines.join("\n"));
    if more > 0 {
        let more = counted(more as u64, "more line", "more lines");
        text.push_str(&format!("\n    and {more}: `--review` shows them all"));
    }
    text
}

fn as_json(case: &Tried) -> Value {
    json!({
        "pipeline": case.pipeline, "case": case.name, "fate": case.fate.word().to_lowercase(),
        "diff": case.diff, "reasons": case.reasons, "took_ms": case.took_ms,
    })
}

/// Where the cases of a pipeline lie.
pub(super) fn folder(pipeline: &Path) -> PathBuf {
    pipeline.with_extension("tests")
}

#[allow(clippy::disallowed_methods, reason = "cases are files")]
fn listed(folder: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = files.map(|file| file.path()).collect();
    files.sort();
    files
}

fn is_toml(file: &Path) -> bool {
    file.is_file() && file.extension().is_some_and(|ending| ending == "toml")
}

/// Pipeline files here and in `pipelines/` that have cases.
fn found() -> Vec<PathBuf> {
    let files = [".", "pipelines"].iter().flat_map(|folder| listed(Path::new(folder)));
    let plain = |file: PathBuf| file.strip_prefix(".").map(Path::to_owned).unwrap_or(file);
    files.filter(|file| is_toml(file) && folder(file).is_dir()).map(plain).collect()
}

fn cases(pipeline: &Path, name: Option<&str>) -> Vec<PathBuf> {
    let files = listed(&folder(pipeline)).into_iter().filter(|file| is_toml(file));
    let is_meant = |file: &PathBuf| {
        name.is_none_or(|name| file.file_stem().is_some_and(|stem| stem.to_string_lossy() == name))
    };
    files.filter(is_meant).collect()
}

fn text(file: &Path, bytes_max: u64) -> Result<String, String> {
    let bytes = Process.file(file, bytes_max).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > bytes_max {
        return Err(format!("it has more than {bytes_max} bytes"));
    }
    String::from_utf8(bytes).map_err(|_| "it is no UTF-8".to_owned())
}

fn text_or_none(file: &Path) -> Option<String> {
    text(file, limits::SNAPSHOT_BYTES_MAX).ok()
}

#[allow(clippy::disallowed_methods, reason = "snapshots are files")]
pub(super) fn write(file: &Path, text: &str, screen: &Screen) -> Result<(), Outcome> {
    std::fs::write(file, text).map_err(|error| {
        let fact = format!("`{}` cannot be written: {error}", file.display());
        screen.fail(codes::FILE_UNWRITABLE, &fact, Some("see that this user may write there"));
        Outcome::Surroundings
    })
}

fn unreadable(file: &Path, why: &str, screen: &Screen) -> Outcome {
    let fact = format!("the case `{}` cannot be read: {why}", file.display());
    screen.fail(codes::FILE_UNREADABLE, &fact, None);
    Outcome::Surroundings
}

fn malformed(file: &Path, text: &str, fault: &CaseFault, screen: &Screen) -> Outcome {
    let source = std::sync::Arc::new(SourceFile::new(file, text));
    let place = Place::new(&source, fault.span.clone(), "");
    let report = Report::error(codes::CASE_MALFORMED, fault.fact.replace('\n', ", ")).at(place);
    screen.reports_and_end(&[report], Outcome::File)
}
