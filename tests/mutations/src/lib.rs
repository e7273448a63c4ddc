//! Corpora of inputs, and mutations of them by a seed: what a fuzzer does, for a plain test that any machine can run.
//!
//! A [`Target`] is a property of bytes. The same targets are fuzzed with libFuzzer from `fuzz/`, which finds its way by
//! coverage; [`check_corpus`] feeds each file of the corpus and a number of mutations of it, the same ones for ever.
#![allow(clippy::disallowed_methods, reason = "a corpus is files, and a test may be told how many")]

mod mutate;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};

pub use mutate::Mutations;

/// A property that holds for all bytes.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name, which is that of its corpus and of its fuzz target.
    pub name: &'static str,
    /// Panics where the property does not hold.
    pub check: fn(&[u8]),
    /// Pieces of text that its inputs are made of.
    pub words: &'static [&'static str],
    /// How many mutations a plain test looks at, over the whole corpus.
    pub mutations: u32,
}

/// Looks at each file of a target's corpus, and at mutations of them. `PENSTOCK_MUTATIONS=100000` looks at so many.
///
/// # Panics
/// Where the property does not hold. The input is then written to a file, whose name is printed.
#[allow(clippy::print_stderr, reason = "the input at fault is what a reader of the log looks for")]
pub fn check_corpus(target: &Target) {
    let corpus = read_corpus(target.name);
    assert!(!corpus.is_empty(), "`{}` has no corpus", target.name);
    let told = std::env::var("PENSTOCK_MUTATIONS").ok().and_then(|count| count.parse().ok());
    let count: u32 = told.unwrap_or(target.mutations);
    let inputs: Vec<&[u8]> = corpus.iter().map(|(_, bytes)| bytes.as_slice()).collect();
    let mutations = Mutations::new(1, &inputs, target.words).take(count as usize);
    for bytes in corpus.iter().map(|(_, bytes)| bytes.clone()).chain(mutations) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| (target.check)(&bytes))) {
            let file = std::env::temp_dir().join(format!("penstock-{}-at-fault", target.name));
            let kept = std::fs::write(&file, &bytes);
            eprintln!("the input is in {} ({kept:?})", file.display());
            resume_unwind(panic);
        }
    }
}

/// The corpus of a target: the names and bytes of its files, by name.
fn read_corpus(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new("."));
    let folder = root.join("fuzz/corpus").join(target);
    let files = std::fs::read_dir(&folder).into_iter().flatten().flatten();
    let read = |path: PathBuf| Some((path.clone(), std::fs::read(path).ok()?));
    let mut corpus: Vec<_> = files.filter_map(|file| read(file.path())).collect();
    corpus.sort();
    corpus
}
