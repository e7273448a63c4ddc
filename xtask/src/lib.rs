//! What the developer's commands and the tests share: building the connectors, once.
#![allow(clippy::disallowed_methods, reason = "a developer's tool works on files and processes")]

pub mod pages;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

/// What connectors are compiled for.
const TARGET: &str = "wasm32-wasip2";

/// The repository.
#[must_use]
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// Builds all connectors and answers the folder they are in, each under its own name: `customer-match.wasm`.
///
/// May be called by any number of processes at once; one builds, the others wait.
///
/// # Errors
/// What `cargo` or `rustup` said, with what to do.
pub fn connectors() -> anyhow::Result<PathBuf> {
    build_components(&root().join("connectors"))
}

/// Builds the host, and answers where the binary is.
///
/// # Errors
/// What `cargo` said.
pub fn penstock() -> anyhow::Result<PathBuf> {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root()).args(["build", "--package", "penstock", "--bin", "penstock"]);
    if !cargo.status().context("cannot start cargo")?.success() {
        bail!("the host does not build");
    }
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    Ok(target.join("debug").join(format!("penstock{}", std::env::consts::EXE_SUFFIX)))
}

/// Builds the components of a workspace and answers the folder they are in.
///
/// # Errors
/// As [`connectors`].
pub fn build_components(workspace: &Path) -> anyhow::Result<PathBuf> {
    let target = workspace.join("target");
    std::fs::create_dir_all(&target)?;
    let lock = File::create(target.join("components.lock"))?;
    lock.lock().context("cannot lock the connectors' target folder")?;
    add_target()?;
    let mut cargo = inner_cargo(workspace);
    cargo.args(["build", "--release", "--quiet", "--target", TARGET]);
    let status = cargo.status().context("cannot start cargo")?;
    if !status.success() {
        bail!("the components in {} do not build", workspace.display());
    }
    let built = target.join(TARGET).join("release");
    let folder = target.join("components");
    std::fs::create_dir_all(&folder)?;
    for entry in std::fs::read_dir(&built)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "wasm") {
            publish(&path, &folder)?;
        }
    }
    Ok(folder)
}

/// A cargo of its own: what the outer one was told is not meant for it.
fn inner_cargo(folder: &Path) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(folder);
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        let outer =
            name.starts_with("CARGO_") && name != "CARGO_HOME" && !name.starts_with("CARGO_NET_");
        if outer
            || name == "RUSTFLAGS"
            || name == "RUSTC_WRAPPER"
            || name == "__CARGO_DEFAULT_LIB_METADATA"
        {
            cargo.env_remove(name);
        }
    }
    cargo
}

/// Tests a connector's crate that lies elsewhere, builds it, and answers where its component is. It is built where the
/// connectors are, by the crates that they are built by, so that nothing is built or fetched anew.
///
/// # Errors
/// What `cargo` said.
pub fn try_crate(folder: &Path) -> anyhow::Result<PathBuf> {
    let workspace = root().join("connectors");
    let target = workspace.join("target");
    std::fs::create_dir_all(&target)?;
    let lock = File::create(target.join("components.lock"))?;
    lock.lock().context("cannot lock the connectors' target folder")?;
    add_target()?;
    std::fs::copy(workspace.join("Cargo.lock"), folder.join("Cargo.lock"))?;
    for arguments in [&["test"][..], &["build", "--release", "--target", TARGET]] {
        let mut cargo = inner_cargo(folder);
        cargo.args(arguments).args(["--quiet", "--offline"]).env("CARGO_TARGET_DIR", &target);
        cargo.arg("--config").arg(workspace.join(".cargo").join("config.toml"));
        let output = cargo.output().context("cannot start cargo")?;
        if !output.status.success() {
            bail!(
                "`cargo {}` in {}:\n{}{}",
                arguments.join(" "),
                folder.display(),
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            );
        }
    }
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    // It is taken away from there: it is none of the repository's connectors.
    let built =
        target.join(TARGET).join("release").join(format!("{}.wasm", name.replace('-', "_")));
    let component = folder.join(format!("{name}.wasm"));
    std::fs::copy(&built, &component)?;
    std::fs::remove_file(&built)?;
    Ok(component)
}

/// Puts a component where it is looked for, under the name of its crate. One that did not change is left alone, so
/// that nobody reads half a file.
fn publish(wasm: &Path, folder: &Path) -> anyhow::Result<()> {
    let name = wasm.file_name().unwrap_or_default().to_string_lossy().replace('_', "-");
    let place = folder.join(&name);
    let bytes = std::fs::read(wasm)?;
    if std::fs::read(&place).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    let fresh = folder.join(format!(".{name}.{}", std::process::id()));
    std::fs::write(&fresh, bytes)?;
    std::fs::rename(&fresh, &place)?;
    Ok(())
}

/// Adds the WebAssembly target where it is missing.
fn add_target() -> anyhow::Result<()> {
    let sysroot = Command::new("rustc").current_dir(root()).args(["--print", "sysroot"]).output();
    let sysroot = sysroot.context("cannot start rustc: is Rust installed (rustup.rs)?")?;
    let sysroot = String::from_utf8_lossy(&sysroot.stdout).trim().to_owned();
    if Path::new(&sysroot).join("lib/rustlib").join(TARGET).join("lib").is_dir() {
        return Ok(());
    }
    let added = Command::new("rustup").current_dir(root()).args(["target", "add", TARGET]).status();
    match added {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => bail!(
            "the connectors need the Rust target `{TARGET}`, and `rustup target add {TARGET}` failed\n\n\
             hint: is this machine online? Rust without rustup brings the target in a package of its own"
        ),
        Err(_) => bail!(
            "the connectors need the Rust target `{TARGET}`, and there is no rustup to add it\n\n\
             hint: install Rust by rustup, or add the target's standard library the way this Rust was installed"
        ),
    }
}
