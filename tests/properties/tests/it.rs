//! The properties of the host on each file of their corpora and on mutations of them.

use penstock_properties::{TARGETS, check_corpus};

fn check(target: &str) {
    let found = TARGETS.iter().find(|known| known.name == target);
    check_corpus(found.expect("there is such a target"));
}

#[test]
fn whatever_a_component_is_it_is_loaded_or_told_why_not() {
    check("component");
}

#[test]
fn what_is_kept_of_an_answer_is_what_serde_json_would_keep() {
    check("keep");
}

#[test]
fn whatever_a_pipeline_file_says_there_is_a_pipeline_or_why_not() {
    check("pipeline");
}

#[test]
fn whatever_retry_after_says_the_wait_is_bounded() {
    check("retry_after");
}

#[test]
fn what_passes_the_wall_is_what_the_engine_relies_on() {
    check("wall");
}

#[test]
fn whatever_was_recorded_is_read_as_it_was_and_names_nobody() {
    check("recording");
}
