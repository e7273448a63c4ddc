//! A project in a folder of its own, with the bundled pipeline and simulators.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context as _;
use penstock_simulators::serve::{Running, ServeOptions};
use penstock_simulators::world::World;
use penstock_simulators::{shop, till};
use serde_json::Value;
use tempfile::TempDir;

/// The part of the bundled pipeline that deals with orders.
#[must_use]
pub fn orders_only(pipeline: &str) -> String {
    let (orders, _stock) = pipeline.split_once("# --- Stock ---").unwrap_or((pipeline, ""));
    let of_orders = |line: &&str| !line.starts_with("update_") && !line.starts_with("sales_as_");
    let lines: Vec<&str> = orders.lines().filter(of_orders).collect();
    lines.join("\n").replace("counters = true", "counters = false")
}

/// How the pipeline of a project is run.
const RUN: [&str; 6] =
    ["run", "ecwid-vend.toml", "--connections", "simulators.toml", "--format", "json"];

/// A project and the simulators that it talks to. All of it is gone when this is dropped.
pub struct Project {
    folder: TempDir,
    binary: PathBuf,
    connectors: PathBuf,
    pub running: Running,
}

/// What a command said.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Said {
    /// The JSON document that it printed.
    ///
    /// # Panics
    /// If it printed none: the test cannot go on.
    #[must_use]
    #[allow(clippy::panic, reason = "a test that cannot go on fails")]
    pub fn json(&self) -> Value {
        match serde_json::from_str(self.out.trim()) {
            Ok(value) => value,
            Err(error) => panic!("no JSON ({error}): {self:?}"),
        }
    }
}

impl Project {
    /// A project whose pipeline is that of the bundled one that deals with orders, with options that do not make a
    /// test wait.
    ///
    /// # Errors
    /// Those of the file system and of the build.
    pub fn new(world: World, binary: &str) -> anyhow::Result<Self> {
        let project = Self::whole(world, binary)?;
        project.edit(orders_only)?;
        Ok(project)
    }

    /// The same with the stock stages.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn whole(world: World, binary: &str) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let running =
            Running::start(world, ServeOptions::default()).context("cannot listen on loopback")?;
        let project = Self {
            folder,
            binary: PathBuf::from(binary),
            connectors: xtask::connectors()?,
            running,
        };
        let pipeline = std::fs::read_to_string(xtask::root().join("pipelines/ecwid-vend.toml"))?;
        project.write("ecwid-vend.toml", &pipeline)?;
        project.edit(|text| {
            text.replace("index_lag_secs = 30", "index_lag_secs = 0")
                .replace("shop_settle_ms = 45000", "shop_settle_ms = 500")
                .replace("domain_prefix = \"acme\"", "domain_prefix = \"acme\"\nsettle_ms = 50")
        })?;
        project.write("simulators.toml", &project.endpoints())?;
        Ok(project)
    }

    /// Where the simulators are, as a file for `--connections`.
    #[must_use]
    pub fn endpoints(&self) -> String {
        self.running.connections()
    }

    /// The folder of the project.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The folder of the built connectors.
    #[must_use]
    pub fn connectors(&self) -> &Path {
        &self.connectors
    }

    /// The project's store.
    #[must_use]
    pub fn store(&self) -> PathBuf {
        self.folder().join(".penstock/store.db")
    }

    /// Writes a file of the project.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn write(&self, name: &str, text: &str) -> anyhow::Result<()> {
        Ok(std::fs::write(self.folder().join(name), text)?)
    }

    /// Changes the pipeline file.
    ///
    /// # Errors
    /// Those of the file system; also if the change changed nothing.
    pub fn edit(&self, change: impl FnOnce(&str) -> String) -> anyhow::Result<()> {
        let before = std::fs::read_to_string(self.folder().join("ecwid-vend.toml"))?;
        let after = change(&before);
        anyhow::ensure!(before != after, "the edit changed nothing");
        self.write("ecwid-vend.toml", &after)
    }

    /// A command of the binary, not yet started.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .current_dir(self.folder())
            .args(arguments)
            .arg("--connectors")
            .arg(&self.connectors)
            .env("ECWID_TOKEN", shop::DEMO_TOKEN)
            .env("VEND_TOKEN", till::DEMO_TOKEN)
            .stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn penstock(&self, arguments: &[&str]) -> anyhow::Result<Said> {
        said(&mut self.command(arguments))
    }

    /// Runs a command to its end with no secret at hand: what needs an account fails.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn without_secrets(&self, arguments: &[&str]) -> anyhow::Result<Said> {
        let mut command = self.command(arguments);
        said(command.env_remove("ECWID_TOKEN").env_remove("VEND_TOKEN"))
    }

    /// Runs the pipeline, in JSON.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn run(&self) -> anyhow::Result<Said> {
        self.penstock(&RUN)
    }

    /// The same, recorded in a folder of the project.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn record(&self, folder: &str) -> anyhow::Result<Said> {
        self.penstock(&[&RUN[..], &["--record", folder]].concat())
    }

    /// What the simulators' books say is wrong.
    #[must_use]
    pub fn violations(&self) -> Vec<String> {
        self.running.with_books(|books| books.verify())
    }

    /// How many writes the vendors were sent so far.
    #[must_use]
    pub fn writes(&self) -> u64 {
        let requests = self.running.with_books(|books| books.requests());
        requests
            .iter()
            .filter(|request| !request.endpoint.starts_with("GET "))
            .map(|request| request.count)
            .sum()
    }
}

fn said(command: &mut Command) -> anyhow::Result<Said> {
    let output = command.output()?;
    Ok(Said {
        code: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}
