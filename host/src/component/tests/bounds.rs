//! Each bound, reached on purpose.

use std::time::Duration;

use super::{
    ACTOR, Answering, CallError, CallLimits, actor, actor_with, apply, entries, guests, opened,
    orders,
};
use super::{runtime, told};
use crate::component::{Instance, Limit};
use crate::contract::Verdict;

/// What ended the call of an actor that behaves like this.
fn ended(behaviour: &str, limits: CallLimits) -> (Limit, Instance) {
    let mut instance = actor_with(behaviour, &Answering::default(), limits);
    match apply(&mut instance) {
        Err(CallError::Limit { limit, .. }) => (limit, instance),
        other => panic!("`{behaviour}` should have reached a bound: {other:?}"),
    }
}

fn brief() -> CallLimits {
    CallLimits { computing: Duration::from_millis(30), ..CallLimits::default() }
}

#[test]
fn a_loop_without_end_is_stopped() {
    let (limit, instance) = ended("loop", brief());
    assert_eq!(limit, Limit::Computing(Duration::from_millis(30)));
    assert!(instance.is_dead());
}

#[test]
fn a_loop_in_open_is_stopped() {
    let opened = ACTOR.open("loop", Box::new(Answering::default()), brief());
    let error = opened.map(|_| ()).expect_err("it never opens");
    assert_eq!(
        error.to_string(),
        "connector `actor` was stopped in `open`: it computed for more than 30 ms"
    );
}

#[test]
fn a_loop_that_only_logs_is_stopped() {
    let services = Answering::default();
    let mut instance = actor_with("log-loop", &services, brief());
    let error = apply(&mut instance).expect_err("logging is computing");
    assert!(matches!(error, CallError::Limit { limit: Limit::Computing(_), .. }), "{error}");
    assert_eq!(services.seen().lines.len(), 201, "200 lines and the notice of the dropped");
}

/// An actor whose look-ups take half a minute each.
fn waiting(behaviour: &str, limits: CallLimits) -> (Instance, Answering) {
    let runtime = runtime();
    let component = runtime.load(&guests::path("actor")).expect("the actor is a good component");
    let services = Answering { passing: Some((runtime, 3_000)), ..Answering::default() };
    (opened(&component, behaviour, &services, limits), services)
}

#[test]
fn time_in_host_calls_is_not_computing() {
    let limits = CallLimits { computing: Duration::from_secs(20), ..CallLimits::default() };
    let (mut instance, _) = waiting("lookup-then-compute", limits);
    let verdicts = instance.apply("in", &entries(5), &[]).expect("waiting is not computing");
    assert_eq!(verdicts.len(), 5);
}

#[test]
fn time_in_host_calls_has_its_own_bound() {
    let limits = CallLimits { waiting: Duration::from_secs(50), ..CallLimits::default() };
    let (mut instance, services) = waiting("lookup", limits);
    let error =
        instance.apply("in", &entries(5), &[]).expect_err("the second look-up is beyond the bound");
    assert!(matches!(error, CallError::Limit { limit: Limit::Waiting(_), .. }), "{error}");
    assert_eq!(services.seen().lookups.len(), 2);
}

#[test]
fn the_bounds_are_those_of_one_call() {
    let limits =
        CallLimits { waiting: Duration::from_secs(50), host_calls: 1, ..CallLimits::default() };
    let (mut instance, _) = waiting("lookup", limits);
    for _ in 0..4 {
        apply(&mut instance).expect("each call has its own account");
    }
}

#[test]
fn host_calls_are_counted() {
    let limits = CallLimits { host_calls: 10, ..CallLimits::default() };
    let services = Answering::default();
    let mut instance = actor_with("read-for-ever", &services, limits);
    let error = instance.pull(&orders("read-for-ever"), None, 10, 0).expect_err("it never ends");
    assert!(matches!(error, CallError::Limit { limit: Limit::HostCalls(10), .. }), "{error}");
    assert_eq!(services.seen().requests.len(), 10);
}

#[test]
fn an_allocation_bomb_is_told_from_a_panic() {
    let limits = CallLimits { memory_bytes: 16 << 20, ..CallLimits::default() };
    for behaviour in ["allocate", "allocate-at-once"] {
        let (limit, instance) = ended(behaviour, limits.clone());
        assert!(
            matches!(limit, Limit::Memory { bytes_max, bytes_wanted } if bytes_wanted > bytes_max),
            "{limit}"
        );
        assert!(instance.is_dead());
    }
}

#[test]
fn a_component_that_is_too_large_to_begin_with() {
    let limits = CallLimits { memory_bytes: 64 << 10, ..CallLimits::default() };
    let error = ACTOR
        .open("", Box::new(Answering::default()), limits)
        .map(|_| ())
        .expect_err("it needs more");
    assert!(error.to_string().contains("was stopped in `start`: it wanted "), "{error}");

    let limits = CallLimits { core_instances: 1, ..CallLimits::default() };
    let error = ACTOR
        .open("", Box::new(Answering::default()), limits)
        .map(|_| ())
        .expect_err("it has several");
    assert!(error.to_string().ends_with("it is made of more than 1 core instances"), "{error}");

    let limits = CallLimits { table_elements: 1, ..CallLimits::default() };
    let error = ACTOR
        .open("", Box::new(Answering::default()), limits)
        .map(|_| ())
        .expect_err("it has more");
    assert!(error.to_string().ends_with("its tables would have more than 1 elements"), "{error}");
}

#[test]
fn a_recursion_without_end_is_stopped() {
    let (limit, _) = ended("recurse", CallLimits::default());
    assert_eq!(limit, Limit::Stack { bytes_max: 512 << 10 });
}

#[test]
fn handles_and_random_numbers_are_bounded() {
    assert_eq!(ended("handles", CallLimits::default()).0, Limit::Handles { count_max: 1_000 });
    assert_eq!(
        ended("random-for-ever", CallLimits::default()).0,
        Limit::Random { bytes_max: 4_096 }
    );
}

#[test]
fn what_a_rule_remembers_in_one_call_is_bounded() {
    let limits = CallLimits { staged_bytes: 1 << 20, ..CallLimits::default() };
    let services = Answering::default();
    let mut instance = actor_with("state-flood", &services, limits);
    let error = apply(&mut instance).expect_err("it remembers a hundred times as much");
    assert!(
        error.to_string().ends_with("it wanted to remember more than 1 MiB in one call"),
        "{error}"
    );
    assert!(services.seen().put.is_empty(), "nothing of what is too much is kept");
}

#[test]
fn a_result_that_is_too_large() {
    let limits = CallLimits { crossing_bytes: 8 << 20, ..CallLimits::default() };
    let (limit, _) = ended("forward-huge", limits);
    assert_eq!(limit, Limit::Crossing { bytes_max: 8 << 20 });
}

#[test]
fn an_argument_that_is_too_large() {
    let limits = CallLimits { crossing_bytes: 100_000, ..CallLimits::default() };
    let (limit, _) = ended("log-long", limits);
    assert_eq!(limit, Limit::Crossing { bytes_max: 100_000 });
}

#[test]
fn a_batch_that_is_too_large_is_not_given() {
    let limits = CallLimits { entries: 10, ..CallLimits::default() };
    let mut instance = actor_with("", &Answering::default(), limits);
    let error = instance.apply("in", &entries(11), &[]).expect_err("ten are allowed");
    assert_eq!(
        error.to_string(),
        "connector `actor` was stopped in `apply`: it was given 11 entries, and takes 10"
    );
    assert!(!instance.is_dead());
    instance.apply("in", &entries(10), &[]).expect("ten are taken");
}

#[test]
fn a_flood_of_log_lines_is_cut() {
    let services = Answering::default();
    let mut instance = actor_with("log-flood", &services, CallLimits::default());
    apply(&mut instance).expect("talking much is no fault");
    let messages = services.messages();
    assert_eq!(messages.len(), 201);
    assert_eq!(messages[199], "line 199");
    assert_eq!(messages[200], "9800 more lines were dropped: a call has 200");
}

#[test]
fn a_long_log_line_is_cut_and_can_drive_no_terminal() {
    let services = Answering::default();
    let mut instance = actor_with("log-long", &services, CallLimits::default());
    apply(&mut instance).expect("talking long is no fault");
    let line = services.seen().lines[0].clone();
    assert!(line.message.len() <= 2_048 + '…'.len_utf8(), "{}", line.message.len());
    assert!(line.message.ends_with('…'));
    assert!(!line.message.contains('\u{1b}'));
    assert_eq!(line.about.as_deref(), Some("a b"));
}

#[test]
fn a_flood_of_output_is_cut() {
    let services = Answering::default();
    let mut instance = actor_with("print-flood", &services, CallLimits::default());
    apply(&mut instance).expect("talking much is no fault");
    assert_eq!(services.messages().len(), 201);
    apply(&mut instance).expect("the next call starts with nothing kept");
    assert_eq!(services.messages().len(), 402);
}

#[test]
fn an_instance_that_was_stopped_is_dead_and_others_go_on() {
    let mut other = actor("");
    let (_, mut instance) = ended("recurse", CallLimits::default());
    let error = apply(&mut instance).expect_err("it is dead");
    insta::assert_snapshot!(told(&error), @r"
    error[connector-dead]: this instance of connector `actor` takes no more calls
      = it ended before: connector `actor` was stopped in `apply`: its calls nest deeper than 512 KiB of stack
    ");
    assert!(matches!(apply(&mut other).expect("the other one lives")[0], Verdict::Pass(_)));
    assert!(matches!(apply(&mut actor("")).expect("so does a new one")[0], Verdict::Pass(_)));
}
