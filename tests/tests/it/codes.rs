//! Every code that a person can meet is met in a test.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use penstock::report::{Code, codes};
use penstock::store::{Change, CursorRow, SqliteStore, Store as _};
use penstock_tests::{Project, Said};
use serde_json::Value;

use super::{BINARY, project, world};

const FILE: &str = "ecwid-vend.toml";
const ON: [&str; 2] = ["--connections", "simulators.toml"];

/// Codes that no test brings about, each with the reason.
const UNMET: [(&str, &str); 5] = [
    ("engine", "a machine that cannot run WebAssembly cannot run the tests"),
    ("egress-unavailable", "a process without threads or files does not get that far"),
    (
        "rewind-unsafe",
        "no rule at hand takes levels and joins no counters; the judgement has a test of its own",
    ),
    ("links-no-catalogue", "no connector at hand tells levels and lists no products"),
    (
        "audit-unread",
        "no rule at hand joins counters and cannot audit, and what cannot be read ends the run before it",
    ),
];

/// A code is met where a test names it as it is told, or a golden file or a snapshot shows it. The host's own code
/// names codes by their constants, so what is quoted stands in tests.
#[test]
fn every_code_is_met_in_a_test() {
    let mut texts = String::new();
    for folder in ["host/src", "tests/tests/it"] {
        read(&xtask::root().join(folder), &mut texts);
    }
    let is_met = |code: &&Code| {
        let quoted = format!("\"{code}\"");
        texts.contains(&format!("error[{code}]"))
            || texts.contains(&format!("warning[{code}]"))
            || (code.name().contains('-') && texts.contains(&quoted))
    };
    let unmet: BTreeSet<&str> =
        codes::ALL.iter().filter(|code| !is_met(code)).map(Code::name).collect();
    assert_eq!(unmet, UNMET.map(|(code, _)| code).into());
}

/// All sources, golden files and snapshots, except for the table of codes and the one above.
fn read(folder: &Path, texts: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        let ending = path.extension().map(|ending| ending.to_string_lossy().into_owned());
        if path.is_dir() {
            read(&path, texts);
        } else if matches!(ending.as_deref(), Some("rs" | "err" | "snap"))
            && !path.ends_with("report/codes.rs")
        {
            let text = std::fs::read_to_string(path).unwrap();
            let (before, from) = text.split_once("const UNMET").unwrap_or((&text, "];"));
            texts.push_str(before);
            texts.extend(from.split("];").skip(1));
        }
    }
}

/// There is one place that writes an error, and it takes no text for a code.
#[test]
fn no_code_is_printed_past_the_table() {
    let mut found = Vec::new();
    super::tidy::sources(&xtask::root().join("host/src/commands"), &mut found);
    let prints = |(path, text): &(std::path::PathBuf, String)| {
        text.contains("error[{").then(|| path.file_name().unwrap().to_owned())
    };
    assert_eq!(found.iter().filter_map(prints).collect::<Vec<_>>(), ["output.rs"]);
}

/// What is said of the code, and where more is told about it.
#[track_caller]
fn assert_told(said: &Said, code: &str) {
    assert!(said.code.is_some_and(|code| code > 0), "{code}: {said:?}");
    assert!(said.err.contains(&format!("error[{code}]: ")), "{code}: {said:?}");
    let last = said.err.trim_end().lines().last();
    let more = format!("for more about this: penstock check --explain {code}");
    assert_eq!(last, Some(more.as_str()), "{code}: {said:?}");
}

#[track_caller]
fn check(project: &Project, words: &[&str], code: &str) {
    assert_told(&project.penstock(words).unwrap(), code);
}

fn ran(seed: u64, orders: u32) -> Project {
    let project = project(seed, orders);
    assert_eq!(project.run().unwrap().code, Some(0));
    project
}

#[test]
fn what_is_wrong_with_a_command_is_told_by_its_code() {
    let project = project(61, 1);
    project.write("file", "in the way").unwrap();
    for (words, code) in [
        (&["check", "--explain", "unknown-kye"][..], "unknown-code"),
        (&["fmt"], "no-files"),
        (&["held", "list"], "store-missing"),
        (&["inspect", "ghost"], "connector-unknown"),
        (&["man", "file/pages"], "file-unwritable"),
        (&["graph", FILE, "--output", "file/picture.svg"], "file-unwritable"),
        (&["run", FILE, "--store", "file/store.db"], "store-unusable"),
        (&["run", FILE, "--record", "file/recording"], "recording-unwritable"),
        (&["run", FILE, "--replay", "nowhere"], "recording-unreadable"),
        (&["links", FILE], "links-stage"),
    ] {
        check(&project, words, code);
    }
}

#[test]
fn what_is_wrong_with_a_component_is_told_by_its_code() {
    let project = project(62, 1);
    let huge = std::fs::File::create(project.folder().join("huge.wasm")).unwrap();
    huge.set_len(1 << 30).unwrap();
    check(&project, &["inspect", "huge.wasm"], "component-too-large");
    project.write("file", "in the way").unwrap();
    let mut command = project.command(&["inspect", "vend"]);
    command.env("XDG_CACHE_HOME", project.folder().join("file"));
    assert_told(&said(command), "code-cache");
}

#[test]
fn what_is_wrong_with_a_recording_or_a_case_is_told_by_its_code() {
    let project = project(63, 3);
    let record = [&["run", FILE, "--record", "rec"][..], &ON].concat();
    assert_eq!(project.penstock(&record).unwrap().code, Some(0));
    let replay = ["run", FILE, "--replay", "rec"];
    let head = project.folder().join("rec/recording.json");
    let good = std::fs::read_to_string(&head).unwrap();
    let mut other: Value = serde_json::from_str(&good).unwrap();
    other["format"] = 9.into();
    std::fs::write(&head, other.to_string()).unwrap();
    check(&project, &replay, "recording-form");
    std::fs::write(&head, "{").unwrap();
    check(&project, &replay, "recording-malformed");
    std::fs::create_dir(project.folder().join("ecwid-vend.tests")).unwrap();
    project.write("ecwid-vend.tests/odd.toml", "abuot = \"\"\n").unwrap();
    check(&project, &["test", FILE], "case-malformed");
}

#[test]
fn what_the_store_does_not_have_is_told_by_its_code() {
    let project = ran(64, 40);
    std::fs::copy(project.folder().join(FILE), project.folder().join("other.toml")).unwrap();
    let run = [&["run", "other.toml"][..], &ON].concat();
    assert_eq!(project.penstock(&run).unwrap().code, Some(0));
    let held = project.penstock(&["held", "list", "--format", "json"]).unwrap().json();
    let key = held["held"][0]["key"].as_str().unwrap();
    for (words, code) in [
        (&["why", "nobody@example.org"][..], "nothing-known"),
        (&["held", "retry", "ghost"], "unknown-entry"),
        (&["held", "retry", key], "entry-ambiguous"),
        (&["held", "settle", key, "--not-applied", "--pipeline", "other"], "not-undecided"),
        (&["case", FILE, "odd", "--entry", "ghost"], "unknown-entry"),
        (&["state", "log", "third.toml"], "unknown-pipeline"),
    ] {
        check(&project, words, code);
    }
    let run = [&["run", FILE, "--plan", "0badc0de"][..], &ON].concat();
    check(&project, &run, "plan-differs");
    std::fs::remove_dir_all(project.folder().join(".penstock/components")).unwrap();
    project.write(".penstock/components", "in the way").unwrap();
    check(&project, &[&["run", FILE][..], &ON].concat(), "components-not-kept");
}

#[test]
fn a_checkpoint_that_is_no_longer_kept_is_told_as_one() {
    let project = ran(65, 3);
    let mut store = SqliteStore::open(&project.store()).unwrap();
    let lease = store.lease("pipeline ecwid-vend", 0, i64::MAX).unwrap();
    let moves: Vec<Change> = (0..1_010_u32)
        .map(|number| Change::Cursor {
            row: CursorRow {
                source: "orders".to_owned(),
                origin: "ecwid:1003/orders".to_owned(),
                cursor: Some(number.to_be_bytes().to_vec()),
                complete_to: None,
                at: number.into(),
            },
            entries: 1,
        })
        .collect();
    store.commit("ecwid-vend", std::slice::from_ref(&lease), &moves).unwrap();
    store.release(&lease).unwrap();
    drop(store);
    let back = ["state", "rewind", FILE, "--to", "1"];
    check(&project, &[&back[..], &ON].concat(), "checkpoint-forgotten");
}

#[test]
fn what_an_account_refuses_is_told_by_its_code() {
    let project = project(66, 1);
    let check_online = [&["check", FILE, "--online"][..], &ON].concat();
    let mut command = project.command(&check_online);
    command.env("VEND_TOKEN", "wrong");
    assert_told(&said(command), "connector-unauthorized");
}

/// A run that is in the midst of its work.
struct Running(Child);

impl Running {
    fn start(project: &Project) -> Self {
        let command = [&["run", FILE][..], &ON].concat();
        let mut command = project.command(&command);
        let running = Self(command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap());
        let began = Instant::now();
        while project.running.with_books(|books| books.till_closed_sales()) == 0 {
            assert!(began.elapsed() < Duration::from_secs(120), "nothing was posted");
            std::thread::sleep(Duration::from_millis(10));
        }
        running
    }

    fn interrupt(&self) {
        let id = self.0.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    }

    fn ended(self) -> Said {
        let output = self.0.wait_with_output().unwrap();
        Said {
            code: output.status.code(),
            out: String::new(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// A shop with more orders than the till takes in some minutes.
fn long() -> Project {
    Project::new(world(67, 500), BINARY).unwrap()
}

#[test]
fn a_run_that_is_interrupted_says_so() {
    let project = long();
    let running = Running::start(&project);
    running.interrupt();
    let said = running.ended();
    assert_told(&said, "interrupted");
    assert!(said.err.contains("error[interrupted]: the run was interrupted"), "{said:?}");
}

#[test]
fn a_run_that_was_succeeded_says_so() {
    let project = long();
    let running = Running::start(&project);
    let mut store = SqliteStore::open(&project.store()).unwrap();
    store.lease("pipeline ecwid-vend", i64::MAX - 1, i64::MAX).unwrap();
    assert_told(&running.ended(), "lease-lost");
}

fn said(mut command: Command) -> Said {
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Said { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
}

/// A place in one account says nothing of another: what lies before it there would never be read.
#[test]
fn a_source_that_is_pointed_at_another_account_does_not_go_on_where_the_old_one_stood() {
    let project = ran(66, 3);
    let writes = project.writes();
    project.edit(|text| text.replace("store_id = 1003", "store_id = 2002")).unwrap();
    for command in [&["run", FILE][..], &["plan", FILE], &["state", "rewind", FILE, "--to", "1"]] {
        let said = project.penstock(&[command, &ON[..]].concat()).unwrap();
        assert_told(&said, "source-elsewhere");
        assert!(
            said.err.contains("`ecwid:1003/orders` so far, and is `ecwid:2002/orders`"),
            "{said:?}"
        );
    }
    assert_eq!(project.writes(), writes);
    // What says so names the two ways out.
    let other = ["run", FILE, "--store", "other.db"];
    let said = project.penstock(&[&other[..], &ON].concat()).unwrap();
    assert!(!said.err.contains("source-elsewhere"), "{said:?}");
}
