//! Files that are replaced.

use std::fs;
use std::path::Path;

use super::golden::compare;
use crate::pipeline::replace;
use crate::report::{Colour, render};

/// A folder with a file `a.toml`.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("there is room");
    fs::write(folder.path().join("a.toml"), "a=1").expect("it can be written");
    folder
}

fn names(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder).expect("it is there");
    let names =
        files.map(|file| file.expect("it can be read").file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

fn text(file: &Path) -> String {
    fs::read_to_string(file).expect("it is there")
}

#[test]
fn what_is_replaced_leaves_nothing_beside_it() {
    let folder = folder();
    let file = folder.path().join("a.toml");
    replace(&file, "a = 1\n").expect("it can be replaced");
    assert_eq!(text(&file), "a = 1\n");
    assert_eq!(names(folder.path()), ["a.toml"]);
}

#[test]
fn a_file_that_is_not_to_be_written_is_left_alone() {
    let folder = folder();
    let file = folder.path().join("a.toml");
    let mut permissions = fs::metadata(&file).expect("it is there").permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&file, permissions).expect("they can be set");
    let report = replace(&file, "a = 1\n").expect_err("it may not be");
    let said = render(&[*report], Colour::Never);
    compare(
        "replace-forbidden.err",
        &said.replace(&file.display().to_string(), "pipelines/a.toml"),
    );
    assert_eq!(text(&file), "a=1");
    assert_eq!(names(folder.path()), ["a.toml"]);
}

#[test]
fn a_file_that_is_not_there_is_not_made() {
    let folder = folder();
    let file = folder.path().join("b.toml");
    let report = replace(&file, "a = 1\n").expect_err("there is none");
    let said = render(&[*report], Colour::Never);
    compare("replace-absent.err", &said.replace(&file.display().to_string(), "pipelines/b.toml"));
    assert_eq!(names(folder.path()), ["a.toml"]);
}

#[cfg(unix)]
#[test]
fn permissions_and_links_stay() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = folder();
    let (file, link) = (folder.path().join("a.toml"), folder.path().join("b.toml"));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("they can be set");
    std::os::unix::fs::symlink("a.toml", &link).expect("it can be made");
    replace(&link, "a = 1\n").expect("it can be replaced");
    assert!(fs::symlink_metadata(&link).expect("it is there").is_symlink());
    assert_eq!(text(&file), "a = 1\n");
    assert_eq!(fs::metadata(&file).expect("it is there").permissions().mode() & 0o777, 0o640);
}
