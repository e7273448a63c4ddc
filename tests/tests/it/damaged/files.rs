//! What is no store of ours, or not of this layout.

use std::process::Command;

use super::{RUN, assert_refused, beside, ended};

#[test]
fn what_is_no_store_is_refused_by_what_it_is_and_left_as_it_is() {
    let kept = ended(41);
    let text = b"these are somebody's notes, and by no means a database of any kind, however long they are";
    let mut foreign = kept.store.clone();
    // The application's id, in the head of every SQLite file.
    foreign[68..72].copy_from_slice(&0x1234_5678_u32.to_be_bytes());
    let layout = |number: u32| {
        let mut other = kept.store.clone();
        other[60..64].copy_from_slice(&number.to_be_bytes());
        other
    };
    for (bytes, code) in [
        (text.to_vec(), "store-foreign"),
        (b"SQLite format 3\0".to_vec(), "store-"),
        (vec![0; 9_000], "store-foreign"),
        (foreign, "store-foreign"),
        (layout(1), "store-older"),
        (layout(0), "store-older"),
        (layout(4_000), "store-newer"),
        (Vec::new(), "store-damaged"),
    ] {
        kept.put(Some(&bytes), &[]);
        for arguments in [&RUN[..], &["held", "list"], &["why", "QK7M2"]] {
            let said = kept.project.penstock(arguments).unwrap();
            assert_refused(&said, code);
            assert!(said.err.contains(code), "{code}: {said:?}");
            assert_eq!(std::fs::read(kept.project.store()).unwrap(), bytes, "{code}: changed");
        }
    }
    kept.settles();
}

#[test]
fn a_folder_in_the_place_of_the_store_is_refused() {
    let kept = ended(42);
    kept.put(None, &[]);
    std::fs::create_dir(kept.project.store()).unwrap();
    assert_refused(&kept.project.run().unwrap(), "a folder");
    std::fs::remove_dir(kept.project.store()).unwrap();
    std::fs::write(beside(&kept.project, "file"), "in the way").unwrap();
    let mut command: Command = kept.project.command(&RUN);
    let said = command.args(["--store", ".penstock/file/store.db"]).output().unwrap();
    assert_eq!(said.status.code(), Some(3), "{said:?}");
    assert!(String::from_utf8_lossy(&said.stderr).contains("file/store.db"), "{said:?}");
    kept.settles();
}
