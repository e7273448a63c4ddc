//! Hostile connectors in the real program: each behaviour is a row of a table, in a pipeline of its own with good stages
//! beside it, and another pipeline on the same store at the same time.
//!
//! Of every row is asserted, by [`check`]: the process ends by itself, with the code that the cost of the behaviour has;
//! the report names the stage and says why; the good stages and the other pipeline come to what they come to without it;
//! nothing reached a server that no file grants; the secret is in no output and no file; the process never had more
//! memory than its bounds allow. A behaviour that stops its pipeline loses nothing: with the connector mended, the next
//! run writes what is left, once. The snapshots are what an integrator reads.
//!
//! What the wall itself does with each of these is in `host/src/component/tests`.

mod elsewhere;
mod look_ups;
mod rules;
mod sinks;
mod sources;
mod stand;
mod witness;

use stand::{Ran, Seat, Stand};

/// The most memory that a run may take, in MiB: what a good one takes, one guest at its bound of 128, and as much again
/// for what crosses the wall.
const MEMORY_MIB_MAX: u64 = 300;

const RUN: [&str; 2] = ["run", "hostile.toml"];
const RUN_GOOD: [&str; 2] = ["run", "good.toml"];

/// What a run of the pipeline without any hostile connector says.
const GOOD: &str = "parcels                  3 read\n\
                    sorted                   3 passed\n\
                    posted                   3 created\n\n\
                    actor:barn               3 writes\n";

/// What a behaviour costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cost {
    /// Nothing: the host made it harmless.
    Nothing,
    /// So many entries of its own become dead letters.
    Dead(usize),
    /// So many entries of its own wait for a person.
    Held(usize),
    /// So many entries of its own wait for a later run.
    Waits(usize),
    /// The run of its own pipeline ends early, with this code.
    Stop(i32),
    /// Its own pipeline file is refused before anything runs.
    Refused,
}

/// One behaviour: its word, what it costs, and what the run must say of it.
type Row = (&'static str, Cost, &'static [&'static str]);

/// Runs each behaviour in this seat. Answers what the runs said, for a snapshot.
#[track_caller]
fn check(seat: Seat, rows: &[Row]) -> String {
    let mut told = String::new();
    for row in rows {
        let ran = check_row(seat, row);
        told.push_str(&format!("=== {} (exit code {})\n", row.0.escape_debug(), ran.code.unwrap()));
        told.extend(ran.said.lines().map(|line| shortened(line) + "\n"));
        told.push('\n');
    }
    told
}

#[track_caller]
fn check_row(seat: Seat, (act, cost, says): &Row) -> Ran {
    let stand = Stand::new(seat, act);
    // Both at the same time, on one store.
    let (hostile, good) = (stand.start(&RUN), stand.start(&RUN_GOOD));
    let (ran, good) = (stand.end(&RUN, hostile), stand.end(&RUN_GOOD, good));
    let about = format!("{seat:?} `{act}`: {ran:#?}");
    assert_eq!(ran.code, Some(code(*cost)), "{about}");
    for words in says.iter().copied().chain(cost_words(*cost).as_deref()) {
        assert!(ran.said.contains(words), "it does not say `{words}`: {about}");
    }
    let names_it =
        ran.said.contains("bad ") || ran.said.contains("`bad`") || ran.said.contains("asks ");
    assert!(names_it || *cost == Cost::Refused || ran.said.contains("`trap`"), "{about}");
    let is_plain = |text: &str| text.chars().all(|letter| letter == '\n' || !letter.is_control());
    assert!(is_plain(&ran.said), "{about}");
    assert!(!ran.said.lines().any(|line| line.starts_with("error[store-damaged]")), "{about}");

    assert_eq!((good.code, good.said.as_str()), (Some(0), GOOD), "{about}");
    assert_eq!(stand.witness.seen("/barn"), ["POST /barn/sales"; 3], "{about}");
    check_what_is_bounded(&stand, &ran, &about);
    if !matches!(cost, Cost::Stop(_) | Cost::Refused) {
        assert_eq!(stand.witness.seen("/mill"), ["POST /mill/sales"; 3], "{about}");
        return ran;
    }
    // It stopped its own pipeline. Mended, that goes on where it was.
    stand.mend();
    let mended = stand.run(&RUN);
    assert_eq!(mended.code, Some(0), "{mended:#?}\nafter {about}");
    assert_eq!(stand.witness.seen("/mill"), ["POST /mill/sales"; 3], "{about}");
    ran
}

/// Nothing leaves for where it may not, no secret is told, and memory has an end.
#[track_caller]
fn check_what_is_bounded(stand: &Stand, ran: &Ran, about: &str) {
    assert_eq!(stand.witness.strangers(), 0, "{about}");
    assert!(!stand.tells_the_secret(&ran.said), "{about}");
    let hosts = stand.witness.headers().into_iter().filter(|line| line.starts_with("host: "));
    let own = format!("host: {}", stand.witness.url.trim_start_matches("http://"));
    assert!(hosts.clone().all(|host| host == own), "{:?}\n{about}", hosts.collect::<Vec<_>>());
    assert!(ran.peak_mib.is_none_or(|mib| mib < MEMORY_MIB_MAX), "{about}");
    assert!(ran.peak_mib.is_some() || !cfg!(target_os = "linux"), "{about}");
}

fn code(cost: Cost) -> i32 {
    match cost {
        Cost::Nothing | Cost::Held(_) | Cost::Waits(_) => 0,
        Cost::Dead(_) => 1,
        Cost::Stop(code) => code,
        Cost::Refused => 2,
    }
}

fn cost_words(cost: Cost) -> Option<String> {
    let some = |count: usize, one: &str, more: &str, rest: &str| match count {
        1 => format!("\n1 {one}{rest}"),
        count => format!("\n{count} {more}{rest}"),
    };
    Some(match cost {
        Cost::Nothing | Cost::Refused => return None,
        Cost::Dead(count) => some(count, "dead letter", "dead letters", ": `penstock dead list`"),
        Cost::Held(count) => {
            some(count, "entry waits", "entries wait", " for a person: `penstock held list`")
        }
        Cost::Waits(count) => {
            some(count, "entry waits", "entries wait", " and will go on in a later run")
        }
        Cost::Stop(_) => "nothing is lost".to_owned(),
    })
}

/// A line without numbers that differ between two runs, and not longer than a reviewer reads.
fn shortened(line: &str) -> String {
    const LETTERS_MAX: usize = 320;
    let mut out = String::new();
    let mut digits = String::new();
    for letter in line.chars().take(LETTERS_MAX).chain(['\n']) {
        if letter.is_ascii_digit() {
            digits.push(letter);
            continue;
        }
        out.push_str(if digits.len() > 5 { "(a number)" } else { &digits });
        digits.clear();
        out.push(letter);
    }
    let cut = if line.chars().count() > LETTERS_MAX { "…" } else { "" };
    format!("{}{cut}", out.trim_end())
}

/// How many rows there are: the suite is to have at least forty.
#[test]
fn there_are_at_least_forty_hostile_behaviours() {
    let tables = [
        sources::ROWS,
        sources::OUTSIDE,
        rules::TRAPS,
        rules::ANSWERS,
        rules::SURROUNDINGS,
        sinks::PLANS,
        sinks::REQUESTS,
        sinks::CONCLUSIONS,
        look_ups::ROWS,
    ];
    let count = tables.iter().map(|table| table.len()).sum::<usize>() + elsewhere::COMPONENTS.len();
    assert!(count >= 150, "{count} rows");
}
