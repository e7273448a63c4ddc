//! A disk that is full, or may not be written to. Each stands in a space of mounts that ends with the process.

use std::process::{Command, Stdio};

use penstock_tests::{Project, Said};

use super::{PAGE, RUN, assert_refused, buy, ended};

/// Runs the pipeline after a script has mounted something; `$1` is the folder of the store. Nothing where this machine
/// lets nobody mount anything.
fn run_in(project: &Project, mount: &str) -> Option<Said> {
    let space = ["--user", "--map-root-user", "--mount", "sh", "-c"];
    let may = |mut command: Command| {
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let mut probe = Command::new("unshare");
    probe.args(space).arg("mount -t tmpfs -o size=64k none /tmp");
    if !may(probe) {
        println!("not tried: this machine has no `unshare`, or does not let it mount");
        return None;
    }
    let plain = project.command(&RUN);
    let mut command = Command::new("unshare");
    command.args(space).arg(format!("set -e; folder=$1; shift; {mount}")).arg("sh");
    command.arg(project.folder().join(".penstock")).arg(plain.get_program()).args(plain.get_args());
    command.current_dir(project.folder()).stdin(Stdio::null());
    for (name, value) in plain.get_envs() {
        command.env(name, value.unwrap_or_default());
    }
    let output = command.output().unwrap();
    Some(Said {
        code: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

#[test]
fn a_store_that_may_not_be_written_to_is_refused_and_loses_nothing() {
    let kept = ended(51);
    let whole = "mount --bind $folder $folder; mount -o remount,bind,ro $folder; exec \"$@\"";
    let file = "mount --bind $folder/store.db $folder/store.db; \
                mount -o remount,bind,ro $folder/store.db; exec \"$@\"";
    for (mount, told) in [(whole, "a folder"), (file, "a file")] {
        let Some(said) = run_in(&kept.project, mount) else { return };
        assert_refused(&said, told);
        assert_eq!(std::fs::read(kept.project.store()).unwrap(), kept.store, "{told}");
    }
    kept.settles();
}

/// The disk has room for the store as it is and some pages more, from none on: it is full at one commit or another, or
/// not at all.
#[test]
fn a_disk_that_is_full_at_any_commit_loses_nothing_and_doubles_nothing() {
    let mut full = 0;
    for (turn, spare_pages) in (0..).zip([0, 4, 12, 40, 110, 230, 800]) {
        let kept = ended(60 + turn);
        for buyer in 0..20 {
            buy(&kept.project, buyer);
        }
        kept.project.running.advance(60_000);
        let mount = format!(
            "cp -a $folder saved; used=$(du -s --block-size={PAGE} saved | cut -f1); \
             mount -t tmpfs -o size=$(( (used + {spare_pages}) * {PAGE} )) none $folder; \
             cp -a saved/. $folder; rm -r saved; code=0; \"$@\" || code=$?; \
             cp -a $folder out; umount $folder; cp -a out/. $folder; rm -r out; exit $code"
        );
        let Some(said) = run_in(&kept.project, &mount) else { return };
        let told = format!("{spare_pages} pages to spare");
        if said.code != Some(0) {
            assert_refused(&said, &told);
            assert!(said.err.contains("error[store-full]"), "{told}: {said:?}");
            full += 1;
        }
        let again = kept.project.run().unwrap();
        assert_eq!(again.code, Some(0), "{told}: {again:?}");
        kept.assert_books(&told);
    }
    println!("the disk was full {full} times");
    assert!(full > 2, "the disk was full {full} times");
}
