//! The store under real trouble: torn, cut and foreign files, another log, a disk that is full or read-only.
//!
//! Whatever was done to the files, a run either goes on, and then every paid order is one sale, or it is refused with
//! what is wrong with which file and what to do, and the files stay as they are.
#![allow(clippy::print_stdout, reason = "what could not be tried here is told")]

mod disk;
mod files;
mod log;
mod pages;

use std::path::PathBuf;

use penstock::store::SqliteStore;
use penstock_simulators::shop::order::{Content, PaymentStatus};
use penstock_tests::{Project, Said};

use super::crash::faulty;

/// Bytes of a page.
const PAGE: usize = 4096;

/// A project with a store that has something in it, and the store as it was left.
struct Kept {
    project: Project,
    store: Vec<u8>,
    /// Empty where the last process ended of its own accord.
    log: Vec<u8>,
}

/// A project whose simulators make no test wait.
fn project(seed: u64) -> Project {
    faulty(seed, 40, "refused-409", 0)
}

/// A run that came to its end.
fn ended(seed: u64) -> Kept {
    let project = project(seed);
    assert_eq!(project.run().unwrap().code, Some(0));
    keep(project)
}

/// The same, and then one that was killed: what it committed last is in the log alone.
fn killed(seed: u64) -> Kept {
    let project = ended(seed).project;
    for buyer in 0..12 {
        buy(&project, buyer);
    }
    // What was just placed is in the shop's search by then.
    project.running.advance(60_000);
    let mut command = project.command(&RUN);
    let ended = command.env("PENSTOCK_CRASH", "after-commit-concluded:1").output().unwrap();
    assert_eq!(ended.status.code(), None, "the run was to be killed: {ended:?}");
    let kept = keep(project);
    assert!(kept.log.len() > 4 * PAGE, "{} bytes of log", kept.log.len());
    kept
}

const RUN: [&str; 6] =
    ["run", "ecwid-vend.toml", "--connections", "simulators.toml", "--format", "json"];

fn keep(project: Project) -> Kept {
    let read = |name: &str| std::fs::read(beside(&project, name)).unwrap_or_default();
    let (store, log) = (read("store.db"), read("store.db-wal"));
    Kept { project, store, log }
}

fn beside(project: &Project, name: &str) -> PathBuf {
    project.folder().join(".penstock").join(name)
}

fn buy(project: &Project, buyer: u64) {
    project.running.with_shop(|shop, now_ms| {
        let sku = shop
            .products()
            .all()
            .iter()
            .find(|product| product.sku.starts_with("SKU-") && product.variations.is_empty())
            .map(|product| product.sku.clone());
        let email = format!("late{buyer}@example.org");
        let mut draft = shop.draft(&email, &sku.unwrap_or_default(), 1);
        draft.person = None;
        shop.place(draft, PaymentStatus::Paid, Content::Sound, now_ms);
    });
}

impl Kept {
    /// Puts these files in the place of the store and its log; none where there is nothing in it.
    fn put(&self, store: Option<&[u8]>, log: &[u8]) {
        for name in ["store.db", "store.db-wal", "store.db-shm"] {
            let path = beside(&self.project, name);
            let _absent = std::fs::remove_file(&path).or_else(|_| std::fs::remove_dir(&path));
        }
        if let Some(store) = store {
            std::fs::write(beside(&self.project, "store.db"), store).unwrap();
        }
        if !log.is_empty() {
            std::fs::write(beside(&self.project, "store.db-wal"), log).unwrap();
        }
    }

    /// Whether a store of these files is opened, by the code that the binary has and in a folder of its own.
    fn is_opened(&self, store: &[u8], log: &[u8]) -> bool {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("store.db");
        std::fs::write(&file, store).unwrap();
        if !log.is_empty() {
            std::fs::write(folder.path().join("store.db-wal"), log).unwrap();
        }
        match SqliteStore::open(&file) {
            Ok(_) => true,
            Err(error) => {
                assert!(error.to_string().contains("store.db"), "{error}");
                assert_eq!(std::fs::read(&file).unwrap(), store, "it was changed: {error}");
                false
            }
        }
    }

    /// Runs with these files. Answers whether the run came to its end.
    fn runs(&self, store: Option<&[u8]>, log: &[u8], told: &str) -> bool {
        self.put(store, log);
        let said = self.project.run().unwrap();
        if said.code == Some(0) {
            self.assert_books(told);
            return true;
        }
        assert_refused(&said, told);
        let found = keep_files(&self.project);
        assert_eq!(found.0.as_deref(), store, "{told}: the store was changed");
        assert_eq!(found.1, log, "{told}: the log was changed");
        false
    }

    /// Every paid order is one sale.
    fn assert_books(&self, told: &str) {
        assert_eq!(self.project.violations(), Vec::<String>::new(), "{told}");
        let (paid, sold) = self
            .project
            .running
            .with_books(|books| (books.postable_paid_orders(), books.till_closed_sales()));
        assert_eq!(paid, sold, "{told}");
    }

    /// With the store as it was left, all goes on.
    fn settles(&self) {
        assert!(self.runs(Some(&self.store), &self.log, "the store as it was left"));
    }
}

fn keep_files(project: &Project) -> (Option<Vec<u8>>, Vec<u8>) {
    let read = |name: &str| std::fs::read(beside(project, name)).ok();
    (read("store.db"), read("store.db-wal").unwrap_or_default())
}

/// It is told what is wrong with which file, and what to do.
fn assert_refused(said: &Said, told: &str) {
    assert_eq!(said.code, Some(3), "{told}: {said:?}");
    let named = said.err.contains("error[store-") && said.err.contains("store.db");
    assert!(named && said.err.contains("hint:"), "{told}: {said:?}");
    assert!(!said.err.contains("panicked"), "{told}: {said:?}");
}

/// A number below a bound that belongs to a seed.
fn drawn(seed: usize, bound: usize) -> usize {
    let word = penstock_simulators::chance::mix(&[seed as u64]);
    usize::try_from(word % bound as u64).unwrap()
}
