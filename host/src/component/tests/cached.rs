//! The cache of compiled code: what is taken from it, and what never is.

#![allow(clippy::disallowed_methods, reason = "a test reads and spoils files of its own")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;

use super::guests;
use crate::component::limits::CACHE_FILES_MAX;
use crate::component::runtime::config;
use crate::component::{CallLimits, LoadError, NoServices, Runtime, RuntimeOptions};
use crate::contract::{Document, Entry, Payload};

fn runtime(cache_dir: &Path) -> Arc<Runtime> {
    Runtime::new(RuntimeOptions { cache_dir: Some(cache_dir.to_owned()) })
        .expect("the directory can be used")
}

fn load(runtime: &Runtime) {
    let rule = runtime.load(&guests::path("rule")).expect("it loads");
    let mut instance =
        rule.open("", Box::new(NoServices), CallLimits::default()).expect("it opens");
    let entry = Entry {
        key: "a".to_owned(),
        revision: "1".to_owned(),
        read_at: 0,
        payload: Payload::Document(Document { kind: String::new(), json: String::new() }),
    };
    // The rule declares orders only, so that a document is refused shows that the code really runs.
    let refused = instance.apply("in", &[entry], &[]).expect_err("a document is no order");
    assert!(refused.to_string().contains("a `document` goes out by `out`"), "{refused}");
}

fn files(cache: &TempDir) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(cache.path())
        .expect("it is there")
        .map(|entry| entry.expect("it is read").path())
        .collect();
    files.sort();
    files
}

fn temporary() -> TempDir {
    tempfile::tempdir().expect("a directory can be made")
}

#[test]
fn code_is_kept_and_taken_again() {
    let cache = temporary();
    load(&runtime(cache.path()));
    let kept = files(&cache);
    assert_eq!(kept.len(), 1, "{kept:?}");
    let written = fs::metadata(&kept[0]).and_then(|file| file.modified()).expect("it has a time");

    load(&runtime(cache.path()));
    assert_eq!(files(&cache), kept);
    let still = fs::metadata(&kept[0]).and_then(|file| file.modified()).expect("it has a time");
    assert_eq!(written, still, "it was compiled again");
}

#[test]
fn a_file_that_is_not_whole_is_made_anew() {
    let cache = temporary();
    load(&runtime(cache.path()));
    let kept = files(&cache).remove(0);
    let good = fs::read(&kept).expect("it is read");
    let flipped = |at: usize| {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        bytes
    };
    let broken = [
        vec![],
        b"short".to_vec(),
        good[..good.len() / 2].to_vec(),
        [good.as_slice(), b"more"].concat(),
        flipped(0),
        flipped(20),
        flipped(good.len() / 2),
        flipped(good.len() - 1),
    ];
    for bytes in broken {
        fs::write(&kept, &bytes).expect("it is written");
        load(&runtime(cache.path()));
        assert_eq!(fs::read(&kept).expect("it is read").len(), good.len());
    }
}

#[test]
fn a_whole_file_of_another_component_is_not_taken() {
    let cache = temporary();
    let runtime = runtime(cache.path());
    load(&runtime);
    let kept = files(&cache).remove(0);
    runtime.load(&guests::path("fickle")).expect("it loads");
    let other = files(&cache).into_iter().find(|file| *file != kept).expect("there are two");
    fs::copy(&other, &kept).expect("it is copied");
    load(&self::runtime(cache.path()));
}

#[test]
fn whole_code_that_is_none_is_refused_by_the_engine() {
    let cache = temporary();
    load(&runtime(cache.path()));
    let kept = files(&cache).remove(0);
    let name = kept.file_stem().expect("it has a name").to_string_lossy().into_owned();
    let writer =
        crate::component::cache::CodeCache::open(cache.path().to_owned()).expect("it opens");
    writer.put(&name, b"sealed, and not code");
    load(&runtime(cache.path()));
}

#[test]
fn other_settings_have_other_code() {
    let cache = temporary();
    let options = RuntimeOptions { cache_dir: Some(cache.path().to_owned()) };
    load(&runtime(cache.path()));
    let mut other = config();
    other.cranelift_nan_canonicalization(false);
    load(&Runtime::with_config(&other, options).expect("it starts"));
    assert_eq!(files(&cache).len(), 2);
}

#[test]
fn the_oldest_files_go_first() {
    let cache = temporary();
    for number in 0..CACHE_FILES_MAX {
        fs::write(cache.path().join(format!("{number}.code")), b"old").expect("it is written");
    }
    load(&runtime(cache.path()));
    assert_eq!(files(&cache).len(), CACHE_FILES_MAX);
    load(&runtime(cache.path()));
}

#[test]
fn a_directory_that_can_not_be_used() {
    let cache = temporary();
    let file = cache.path().join("file");
    fs::write(&file, b"").expect("it is written");
    let options = RuntimeOptions { cache_dir: Some(file) };
    let error = Runtime::new(options).map(|_| ()).expect_err("it is no directory");
    assert!(matches!(error, LoadError::Cache { .. }), "{error}");
}

#[cfg(unix)]
#[test]
fn the_directory_is_closed_to_others() {
    use std::os::unix::fs::PermissionsExt;
    let cache = temporary();
    let nested = cache.path().join("a/b");
    runtime(&nested);
    let mode = fs::metadata(&nested).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}
