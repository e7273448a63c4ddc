//! The product as its users have it: the release binary, and a folder with the bundled pipeline.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use penstock_simulators::{shop, till};
use penstock_tests::orders_only;
use tempfile::TempDir;

use crate::spent;

/// The built product.
pub(crate) struct Product {
    binary: PathBuf,
    pub(crate) connectors: PathBuf,
    /// Compiled code, so that nobody else's is used or lost.
    cache: TempDir,
}

impl Product {
    /// Builds the release binary, without the points at which tests kill it.
    ///
    /// # Errors
    /// It does not build.
    pub(crate) fn build(connectors: &Path) -> anyhow::Result<Self> {
        let mut cargo = Command::new("cargo");
        cargo.current_dir(xtask::root()).args([
            "build",
            "--release",
            "--package",
            "penstock",
            "--bin",
            "penstock",
        ]);
        ensure!(cargo.status().context("cannot start cargo")?.success(), "the host does not build");
        let here = spent::me()?;
        let binary = here.parent().context("the folder of the benchmarks")?.join("penstock");
        Ok(Self { binary, connectors: connectors.to_owned(), cache: tempfile::tempdir()? })
    }

    /// A folder for one project, with the part of the bundled pipeline that deals with orders, changed as told, and its connections.
    ///
    /// # Errors
    /// Those of the file system.
    pub(crate) fn project(
        &self,
        connections: &str,
        edit: impl FnOnce(String) -> String,
    ) -> anyhow::Result<TempDir> {
        self.whole(connections, |pipeline| edit(orders_only(&pipeline)))
    }

    /// The same with the whole of the bundled pipeline.
    ///
    /// # Errors
    /// Those of the file system.
    #[allow(clippy::disallowed_methods, reason = "a project is files")]
    pub(crate) fn whole(
        &self,
        connections: &str,
        edit: impl FnOnce(String) -> String,
    ) -> anyhow::Result<TempDir> {
        let folder = tempfile::tempdir()?;
        let pipeline = std::fs::read_to_string(xtask::root().join("pipelines/ecwid-vend.toml"))?;
        std::fs::write(folder.path().join("ecwid-vend.toml"), edit(pipeline))?;
        std::fs::write(folder.path().join("simulators.toml"), connections)?;
        Ok(folder)
    }

    /// `penstock run` of a project, with a document about it at the end.
    pub(crate) fn run(&self, folder: &Path) -> Command {
        self.with_connectors(
            folder,
            &["run", "ecwid-vend.toml", "--connections", "simulators.toml", "--format", "json"],
        )
    }

    /// A command of the binary that needs connectors.
    pub(crate) fn with_connectors(&self, folder: &Path, arguments: &[&str]) -> Command {
        let mut command = self.command(folder, arguments);
        command.arg("--connectors").arg(&self.connectors);
        command
    }

    /// A command of the binary.
    pub(crate) fn command(&self, folder: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .current_dir(folder)
            .args(arguments)
            .env("ECWID_TOKEN", shop::DEMO_TOKEN)
            .env("VEND_TOKEN", till::DEMO_TOKEN)
            .env("XDG_CACHE_HOME", self.cache.path())
            .stdin(Stdio::null());
        command
    }

    /// Where its compiled code is kept.
    pub(crate) fn cache(&self) -> PathBuf {
        self.cache.path().join("penstock").join("code")
    }
}
