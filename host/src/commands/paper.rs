//! `penstock completions` and `penstock man`: what a shell and `man` are told of the command line.

use std::path::{Path, PathBuf};

use clap::CommandFactory as _;
use clap_complete::Shell;
use clap_mangen::Man;
use serde_json::json;

use super::args::Arguments;
use super::output::{Outcome, Screen};
use crate::report::codes;

/// Prints what completes commands and options in a shell.
pub(super) fn completions(shell: Shell, screen: &Screen) -> Outcome {
    screen.script(&script(shell));
    Outcome::Done
}

/// Writes one page for each command into a folder, which is made where it is not there.
pub(super) fn man(folder: &Path, screen: &Screen) -> Outcome {
    match write_pages(folder) {
        Ok(paths) => {
            let shown: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
            screen.say(&shown.join("\n"));
            screen.give(&json!({ "pages": paths }));
            Outcome::Done
        }
        Err(error) => {
            let fact = format!("pages cannot be written to `{}`: {error}", folder.display());
            screen.fail(codes::FILE_UNWRITABLE, &fact, Some("name a folder that you may write to"));
            Outcome::Surroundings
        }
    }
}

#[allow(clippy::disallowed_methods, reason = "pages are files")]
fn write_pages(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    std::fs::create_dir_all(folder)?;
    let mut paths = Vec::new();
    for (name, text) in pages()? {
        let path = folder.join(name);
        std::fs::write(&path, text)?;
        paths.push(path);
    }
    Ok(paths)
}

fn script(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "penstock", &mut script);
    script
}

/// The pages by the names of their files.
fn pages() -> std::io::Result<Vec<(String, Vec<u8>)>> {
    let mut command = Arguments::command().disable_help_subcommand(true);
    command.build();
    let mut pages = Vec::new();
    let mut left = vec![command];
    while let Some(command) = left.pop() {
        left.extend(command.get_subcommands().cloned());
        let page = Man::new(command);
        let mut text = Vec::new();
        page.render(&mut text)?;
        pages.push((page.get_filename(), text));
    }
    pages.sort();
    Ok(pages)
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::*;

    #[test]
    fn each_command_has_a_page() {
        let pages = pages().expect("writing into memory does not fail");
        let names: Vec<&str> = pages.iter().map(|(name, _)| name.as_str()).collect();
        let wanted = [
            "penstock-audit.1",
            "penstock-case.1",
            "penstock-check.1",
            "penstock-completions.1",
            "penstock-dead-list.1",
            "penstock-dead-retry.1",
            "penstock-dead-show.1",
            "penstock-dead-skip.1",
            "penstock-dead.1",
            "penstock-fmt.1",
            "penstock-graph.1",
            "penstock-held-list.1",
            "penstock-held-retry.1",
            "penstock-held-settle.1",
            "penstock-held-show.1",
            "penstock-held-skip.1",
            "penstock-held.1",
            "penstock-init.1",
            "penstock-inspect.1",
            "penstock-links.1",
            "penstock-man.1",
            "penstock-new.1",
            "penstock-plan.1",
            "penstock-run.1",
            "penstock-schema.1",
            "penstock-state-diff.1",
            "penstock-state-list.1",
            "penstock-state-log.1",
            "penstock-state-rewind.1",
            "penstock-state-show.1",
            "penstock-state.1",
            "penstock-test.1",
            "penstock-why.1",
            "penstock.1",
        ];
        assert_eq!(names, wanted);
        assert!(pages.iter().all(|(_, text)| !text.is_empty()));
    }

    #[test]
    fn every_shell_is_told_the_commands() {
        for shell in Shell::value_variants() {
            let script = String::from_utf8(script(*shell)).expect("a script is text");
            for command in Arguments::command().get_subcommands() {
                assert!(script.contains(command.get_name()), "{shell}: {}", command.get_name());
            }
        }
    }
}
