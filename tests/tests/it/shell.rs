//! A small shell: what the documentation has people type, done in a folder of its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use penstock_simulators::serve::{Running, ServeOptions};
use penstock_simulators::world::World;
use penstock_simulators::{shop, till};
use tempfile::TempDir;

use super::BINARY;

pub struct Shell {
    root: TempDir,
    at: PathBuf,
    environment: BTreeMap<String, String>,
    /// Whom the commands talk to.
    pub running: Option<Running>,
}

/// What a command said, standard output first.
#[derive(Debug)]
pub struct Told {
    pub code: i32,
    pub text: String,
}

impl Shell {
    /// In an empty folder, with the connectors where they are looked for, and no account.
    pub fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let connectors = xtask::connectors().unwrap().display().to_string();
        let environment = BTreeMap::from([
            ("PENSTOCK_CONNECTORS".to_owned(), connectors),
            ("PATH".to_owned(), std::env::var("PATH").unwrap_or_default()),
            ("HOME".to_owned(), std::env::var("HOME").unwrap_or_default()),
        ]);
        let at = root.path().canonicalize().unwrap();
        Self { root, at, environment, running: None }
    }

    /// Beside simulators: `simulators.toml` tells where they are, and the environment has their tokens.
    pub fn with_simulators(world: World) -> Self {
        let mut shell = Self::new();
        let running = Running::start(world, ServeOptions::default()).unwrap();
        std::fs::write(shell.at.join("simulators.toml"), running.connections()).unwrap();
        shell.running = Some(running);
        for (name, token) in [("ECWID_TOKEN", shop::DEMO_TOKEN), ("VEND_TOKEN", till::DEMO_TOKEN)] {
            shell.environment.insert(name.to_owned(), token.to_owned());
        }
        shell
    }

    /// The folder that it is in.
    pub fn at(&self) -> &Path {
        &self.at
    }

    /// Does one line: `penstock …`, `cd DIR`, `cp FROM TO`, or `sed -i 's/OLD/NEW/' FILE` of plain texts; output may go
    /// to a file.
    pub fn run(&mut self, line: &str) -> Told {
        let (line, into) = match line.split_once(" > ") {
            Some((line, into)) => (line, Some(into.trim())),
            None => (line, None),
        };
        let words = words(line);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let done = || Told { code: 0, text: String::new() };
        match words.as_slice() {
            ["penstock", arguments @ ..] => self.penstock(arguments, into),
            ["cd", folder] => {
                self.at = self.at.join(folder).canonicalize().unwrap();
                assert!(self.at.starts_with(self.root.path().canonicalize().unwrap()));
                done()
            }
            ["cp", from, to] => {
                std::fs::copy(self.at.join(from), self.at.join(to)).unwrap();
                done()
            }
            ["sed", "-i", change, file] => {
                let parts: Vec<&str> = change.split('/').collect();
                let ["s", old, new, ""] = parts[..] else { panic!("`{change}` is no s/OLD/NEW/") };
                let file = self.at.join(file);
                let text = std::fs::read_to_string(&file).unwrap();
                assert_eq!(text.matches(old).count(), 1, "`{old}` in {}", file.display());
                std::fs::write(&file, text.replace(old, new)).unwrap();
                done()
            }
            _ => panic!("the shell of the tests does not know `{line}`"),
        }
    }

    fn penstock(&self, arguments: &[&str], into: Option<&str>) -> Told {
        let output = Command::new(BINARY)
            .current_dir(&self.at)
            .args(arguments)
            .env_clear()
            .envs(&self.environment)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let mut out = String::from_utf8(output.stdout).unwrap();
        if let Some(file) = into {
            std::fs::write(self.at.join(file), std::mem::take(&mut out)).unwrap();
        }
        let err = String::from_utf8(output.stderr).unwrap();
        Told { code: output.status.code().unwrap(), text: format!("{out}{err}") }
    }

    /// A text with the folder under the name `PROJECT`.
    pub fn plain(&self, text: &str) -> String {
        text.replace(&self.root.path().canonicalize().unwrap().display().to_string(), "PROJECT")
    }
}

/// Words with quotes around some of them.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for letter in line.trim().chars() {
        match (quote, letter) {
            (Some(open), letter) if open == letter => quote = None,
            (Some(_), letter) => word.get_or_insert_default().push(letter),
            (None, '\'' | '"') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, ' ') => words.extend(word.take()),
            (None, letter) => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}
