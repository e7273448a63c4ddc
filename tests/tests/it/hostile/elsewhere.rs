//! Components that are refused before anything of them runs, and hostile ones beside the bundled pipeline.

use penstock_tests::{Project, Said};

use super::Cost::Refused;
use super::stand::{Stand, guests};
use super::{Row, Seat, check};
use crate::project;

/// A component each, what the file's check says of it, and where it sits.
pub const COMPONENTS: &[(Seat, &[&str])] = &[
    (
        Seat::Other("fickle"),
        &["connector `fickle`", "asked twice, it described itself in two ways"],
    ),
    (Seat::Other("foreign"), &["connector `foreign`", "imports `acme:foreign/sql`"]),
    (
        Seat::Other("headless"),
        &["connector `headless`", "does not export `penstock:connector/connector`"],
    ),
    (Seat::Other("misfit"), &["connector `misfit`", "does not fit the contract"]),
    (Seat::Other("newer"), &["connector `newer`", "which this host does not know"]),
    (Seat::Other("stranger"), &["connector `stranger`", "exports nothing of `penstock:connector`"]),
    (
        Seat::OtherSource("claimant"),
        &["its account `actor:mill` is not its own", "begins with `claimant:`"],
    ),
];

#[test]
fn a_component_that_is_not_what_it_should_be_runs_nothing() {
    let told: Vec<String> = COMPONENTS
        .iter()
        .map(|(seat, says)| {
            let name = match seat {
                Seat::Other(name) | Seat::OtherSource(name) => *name,
                _ => "",
            };
            let row: Row = (name, Refused, says);
            check(*seat, &[row])
        })
        .collect();
    insta::assert_snapshot!("components", told.concat());
}

/// The bundled pipeline beside a hostile one, on one store: what people pay for comes to the same.
fn beside(seat: Seat, act: &str) -> (Project, Said) {
    let project = project(21, 40);
    let stand = Stand::new(seat, act);
    project.write("hostile.toml", &stand.hostile(act)).unwrap();
    let mut hostile = project.command(&["run", "hostile.toml", "--connectors"]);
    let hostile =
        hostile.arg(guests()).env("ACME_TOKEN", "none").env("PENSTOCK_COMPUTING_MS", "700");
    let hostile = hostile.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    let mut hostile = hostile.spawn().unwrap();
    let said = project.run().unwrap();
    let ended = hostile.wait().unwrap();
    assert!(ended.code().is_some(), "{seat:?} `{act}` was ended by a signal: {ended}");
    (project, said)
}

#[test]
fn the_bundled_pipeline_comes_to_the_same_beside_a_hostile_one() {
    let alone = project(21, 40).run().unwrap().json()["stages"].clone();
    for (seat, act) in [
        (Seat::Source, "allocate"),
        (Seat::Source, "cursor-circles"),
        (Seat::Source, "log-loop"),
        (Seat::Source, "key-of-another"),
        (Seat::Rule, "later:loop"),
        (Seat::Rule, "later:state-flood"),
        (Seat::Sink, "already-there"),
        (Seat::Sink, "conclude:step"),
    ] {
        let (project, said) = beside(seat, act);
        assert_eq!(said.code, Some(0), "{seat:?} `{act}`: {said:?}");
        assert_eq!(said.json()["stages"], alone, "{seat:?} `{act}`");
        assert_eq!(project.violations(), Vec::<String>::new(), "{seat:?} `{act}`");
    }
}
