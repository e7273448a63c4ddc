//! The properties of the connectors on each file of their corpora and on mutations of them.

use penstock_connector_properties::{TARGETS, check_corpus};

fn check(target: &str) {
    let found = TARGETS.iter().find(|known| known.name == target);
    check_corpus(found.expect("there is such a target"));
}

#[test]
fn whatever_ecwid_answers_it_is_read_as_written_or_refused() {
    check("ecwid");
}

#[test]
fn whatever_vend_answers_it_is_read_as_written_or_refused() {
    check("vend");
}
