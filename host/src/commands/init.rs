//! `penstock init`: a project to start from.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::args::{Arguments, InitArgs};
use super::output::{Outcome, Screen};
use super::{project, schema};
use crate::report::codes;

/// What the pipeline is called in the templates.
pub(super) const NAME: &str = "shop-till";

const SCHEMA: &str = "penstock.schema.json";

/// The files of a project, with what they are for. Paths and texts name the pipeline as the templates do.
const FILES: [(&str, &str, &str); 10] = [
    (
        "shop-till.toml",
        "the pipeline file: accounts, rules, switches",
        include_str!("../../../templates/project/shop-till.toml"),
    ),
    (
        "shop-till.tests/awaiting-payment.toml",
        "a case: an order that awaits payment",
        include_str!("../../../templates/project/shop-till.tests/awaiting-payment.toml"),
    ),
    (
        "shop-till.tests/awaiting-payment.snap",
        "what it comes to",
        include_str!("../../../templates/project/shop-till.tests/awaiting-payment.snap"),
    ),
    (
        "shop-till.tests/paid-order.toml",
        "a case: a paid order of a new customer",
        include_str!("../../../templates/project/shop-till.tests/paid-order.toml"),
    ),
    (
        "shop-till.tests/paid-order.snap",
        "what it comes to",
        include_str!("../../../templates/project/shop-till.tests/paid-order.snap"),
    ),
    (
        "shop-till.tests/unknown-payment.toml",
        "a case: an order paid by a method without a place in the till",
        include_str!("../../../templates/project/shop-till.tests/unknown-payment.toml"),
    ),
    (
        "shop-till.tests/unknown-payment.snap",
        "what it comes to",
        include_str!("../../../templates/project/shop-till.tests/unknown-payment.snap"),
    ),
    ("README.md", "what to do next", include_str!("../../../templates/project/README.md")),
    (
        "env.example",
        "the secrets that the pipeline file refers to",
        include_str!("../../../templates/project/env.example"),
    ),
    (
        ".gitignore",
        "what stays out of version control",
        include_str!("../../../templates/project/gitignore"),
    ),
];

/// A file that is to be made.
pub(super) struct Made {
    pub(super) path: String,
    pub(super) text: String,
    /// What it is for.
    pub(super) about: String,
}

pub(super) fn init(command: &InitArgs, arguments: &Arguments, screen: &Screen) -> Outcome {
    match init_within(command, arguments, screen) {
        Ok(outcome) | Err(outcome) => outcome,
    }
}

fn init_within(
    command: &InitArgs,
    arguments: &Arguments,
    screen: &Screen,
) -> Result<Outcome, Outcome> {
    let named = |text: &str| text.replace(NAME, &command.pipeline);
    let mut files: Vec<Made> = FILES
        .iter()
        .map(|(path, about, text)| Made {
            path: named(path),
            text: named(text),
            about: (*about).to_owned(),
        })
        .collect();
    let catalogue = project::catalogue(arguments, screen)?;
    let schema = schema::of(&catalogue, screen);
    if let Some(schema) = &schema {
        files.push(Made {
            path: SCHEMA.to_owned(),
            text: format!("{schema:#}\n"),
            about: "by which an editor completes and checks the pipeline file".to_owned(),
        });
    }
    make(&command.folder, &files, screen)?;
    told(&command.folder, &files, screen);
    if schema.is_none() {
        screen.tell(&format!(
            "\n`{SCHEMA}` is left out: no connector was found, and it tells their options\n\n\
             hint: name their folder with `--connectors DIR` or in `PENSTOCK_CONNECTORS`, then `penstock schema > {SCHEMA}`"
        ));
    }
    let enter = match command.folder == Path::new(".") {
        true => String::new(),
        false => format!("cd {} && ", command.folder.display()),
    };
    screen.say(&format!(
        "\nhint: `{enter}penstock test` plays its cases, offline; README.md tells what comes next"
    ));
    screen.give(&json!({
        "folder": command.folder,
        "made": files.iter().map(|file| &file.path).collect::<Vec<_>>(),
    }));
    Ok(Outcome::Done)
}

/// Tells which files were made.
pub(super) fn told(folder: &Path, files: &[Made], screen: &Screen) {
    screen.say(&format!("made in `{}`:\n", folder.display()));
    let width = files.iter().map(|file| file.path.len()).max().unwrap_or(0);
    for Made { path, about, .. } in files {
        screen.say(&format!("  {path:<width$}  {about}"));
    }
}

/// Writes files into a folder, which is made where it is not there. Where one of them is there already, nothing is
/// written.
pub(super) fn make(folder: &Path, files: &[Made], screen: &Screen) -> Result<(), Outcome> {
    let there: Vec<PathBuf> = files
        .iter()
        .map(|file| folder.join(&file.path))
        .filter(|path| path.symlink_metadata().is_ok())
        .collect();
    if !there.is_empty() {
        let names: Vec<String> = there.iter().map(|path| format!("`{}`", path.display())).collect();
        let (are, them) = if there.len() == 1 { ("is", "it") } else { ("are", "them") };
        let fact = format!(
            "{} {are} there already, and nothing is overwritten: nothing was made",
            names.join(", ")
        );
        let hint = format!("name a new folder, or move {them} away");
        screen.fail(codes::FILE_EXISTS, &fact, Some(&hint));
        return Err(Outcome::Surroundings);
    }
    for file in files {
        let path = folder.join(&file.path);
        write_new(&path, &file.text).map_err(|error| {
            let fact = format!("`{}` cannot be written: {error}", path.display());
            screen.fail(codes::FILE_UNWRITABLE, &fact, Some("see that this user may write there"));
            Outcome::Surroundings
        })?;
    }
    Ok(())
}

#[allow(clippy::disallowed_methods, reason = "what is made are files")]
fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::File::create_new(path)?.write_all(text.as_bytes())
}
