//! Builds the components of `tests/guests`, once for all test processes.

#![allow(clippy::disallowed_methods, reason = "a test reads and spoils files of its own")]

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

static BUILT: LazyLock<PathBuf> = LazyLock::new(build);

/// The file of a guest.
pub(super) fn path(name: &str) -> PathBuf {
    BUILT.join(name).with_extension("wasm")
}

/// Where the guests' compiled code is kept between tests.
pub(super) fn code() -> PathBuf {
    target().join("code")
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/guests")
}

fn target() -> PathBuf {
    workspace().join("target")
}

fn build() -> PathBuf {
    let target = target();
    std::fs::create_dir_all(&target).expect("the workspace of the guests can be written to");
    let lock = File::create(target.join("build.lock")).expect("the lock can be made");
    lock.lock().expect("the lock can be taken");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--release"]).current_dir(workspace()).env("CARGO_TARGET_DIR", &target);
    // What the outer cargo sets for this package is not meant for another workspace and target.
    for variable in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET", "RUSTC_WRAPPER"]
    {
        cargo.env_remove(variable);
    }
    let built = cargo.output().expect("cargo starts");
    assert!(
        built.status.success(),
        "the guests do not build:\n{}",
        String::from_utf8_lossy(&built.stderr)
    );
    target.join("wasm32-wasip2/release")
}
