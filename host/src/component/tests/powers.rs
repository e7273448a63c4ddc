//! What a guest may ask of the host in which call.

use super::{
    ACTOR, Answering, CallError, CallLimits, actor_with, answer, apply, intakes, linked_pair,
    orders, told,
};
use crate::component::Instance;
use crate::contract::{Method, Verdict};

fn opened(behaviour: &str) -> (Instance, Answering) {
    let services = Answering::default();
    (actor_with(behaviour, &services, CallLimits::default()), services)
}

/// The rule that was broken.
fn broken<T: std::fmt::Debug>(result: Result<T, CallError>) -> String {
    match result {
        Err(CallError::Faulty { rule, .. }) => rule,
        other => panic!("the contract should have been broken: {other:?}"),
    }
}

#[test]
fn a_source_reads() {
    let (mut instance, services) = opened("");
    let page = instance.pull(&orders("read-page"), None, 10, 0).expect("it may");
    assert_eq!(page.next, b"/orders");
    let page = instance.pull(&orders("read-all"), None, 10, 0).expect("it may");
    assert_eq!(page.next, b"/0/1/2", "the answers come in the order of the requests");
    instance.pull(&orders("read-by-post"), None, 10, 0).expect("the descriptor declares this path");
    let seen = services.seen();
    assert_eq!(seen.requests.len(), 5);
    assert_eq!(seen.requests[4].method, Method::Post);
}

#[test]
fn a_read_that_the_descriptor_does_not_declare_is_not_sent() {
    for (behaviour, rule) in [
        (
            "read-undeclared",
            "a request names the endpoint `metadata`, which the descriptor does not declare",
        ),
        ("read-by-put", "a read of `/orders` is a PUT"),
        (
            "read-by-other-post",
            "a read is a POST to `/orders`, which the descriptor does not list in `reads-by-post`",
        ),
        ("read-too-many", "it asked for 101 reads at once, and 100 are allowed"),
    ] {
        let (mut instance, services) = opened("");
        assert_eq!(broken(instance.pull(&orders(behaviour), None, 10, 0)), rule);
        assert!(services.seen().requests.is_empty(), "{behaviour}");
        assert!(instance.is_dead(), "{behaviour}");
    }
}

#[test]
fn reads_belong_to_the_calls_that_may_read() {
    let (mut instance, services) = opened("read");
    assert_eq!(broken(apply(&mut instance)), "`http` is not to be used in `apply`");

    let write = instance_write();
    let (mut instance, _) = opened("");
    assert_eq!(
        broken(instance.conclude(&orders("read"), &write, &answer())),
        "`http` is not to be used in `conclude`"
    );
    let (mut instance, _) = opened("");
    instance.settle(&orders("read"), &write, &answer()).expect("`settle` may read");
    instance.prepare(&orders("read"), &intakes(4), None).expect("`prepare` may read");

    let opening = ACTOR.open("open:read", Box::new(services), CallLimits::default()).map(|_| ());
    let error = opening.expect_err("`open` may not read");
    assert!(
        error
            .to_string()
            .ends_with("broke the contract in `open`: `http` is not to be used in `open`"),
        "{error}"
    );
}

fn instance_write() -> crate::contract::Write {
    let (mut instance, _) = opened("");
    instance.prepare(&orders(""), &intakes(4), None).expect("it plans").writes.remove(0)
}

#[test]
fn lookups_do_not_nest() {
    let (mut instance, services) = opened("");
    let found = instance.find(&orders("lookup"), "key", &["a".to_owned()]);
    assert_eq!(broken(found), "`lookup` is not to be used in `find`");
    assert!(services.seen().lookups.is_empty());
}

#[test]
fn a_rule_looks_up_remembers_and_asks_the_ledger() {
    let (mut instance, services) = opened("lookup");
    assert_eq!(apply(&mut instance).expect("it may"), [Verdict::Filter("found 1".to_owned())]);
    assert_eq!(services.seen().lookups[0].directory, "customers");

    let (mut instance, services) = opened("state");
    assert_eq!(apply(&mut instance).expect("it may"), [Verdict::Filter("[None]".to_owned())]);
    assert_eq!(services.seen().put, [("a".to_owned(), Some(b"seen".to_vec()))]);

    let (mut instance, _) = opened("effects");
    assert_eq!(apply(&mut instance).expect("it may"), [Verdict::Filter("0".to_owned())]);
}

#[test]
fn an_audit_reads_the_state_and_asks_the_ledger_and_changes_nothing() {
    let examine = |behaviour: &str| {
        let (mut instance, services) = opened(behaviour);
        (instance.examine(&[linked_pair()], &[]), services)
    };
    assert_eq!(examine("audit-asks").0.expect("it may").len(), 1);
    let (answer, services) = examine("audit-stages");
    assert_eq!(broken(answer), "`state.put` is not to be used in `examine`");
    assert!(services.seen().put.is_empty());
    let (answer, services) = examine("audit-looks-up");
    assert_eq!(broken(answer), "`lookup` is not to be used in `examine`");
    assert!(services.seen().lookups.is_empty());
}

#[test]
fn a_rule_asks_only_for_what_its_descriptor_names() {
    let (mut instance, services) = opened("lookup-undeclared");
    assert_eq!(
        broken(apply(&mut instance)),
        "it names the directory `suppliers`, which the descriptor does not declare"
    );
    assert!(services.seen().lookups.is_empty());

    let (mut instance, _) = opened("effects-undeclared");
    assert_eq!(
        broken(apply(&mut instance)),
        "it names the input `elsewhere`, which the descriptor does not declare"
    );

    let (mut instance, services) = opened("state-huge");
    assert_eq!(
        broken(apply(&mut instance)),
        "the state under `a` has 307200 bytes, and 262144 are allowed"
    );
    assert!(services.seen().put.is_empty());
}

#[test]
fn a_host_that_can_not_go_on_says_so_itself() {
    let services = Answering { store_is_gone: true, ..Answering::default() };
    let mut instance = actor_with("state", &services, CallLimits::default());
    let error = apply(&mut instance).expect_err("there is no state");
    insta::assert_snapshot!(told(&error), @r"error[host-stopped]: the host could not answer connector `actor` in `apply`: the store is gone");

    let services = Answering { too_few_answers: true, ..Answering::default() };
    let mut instance = actor_with("lookup", &services, CallLimits::default());
    let error = apply(&mut instance).expect_err("a guest relies on one list for each value");
    assert!(matches!(error, CallError::Host { .. }), "{error}");
}

#[test]
fn a_role_that_a_component_has_not() {
    let rule = super::RUNTIME.load(&super::guests::path("rule")).expect("it loads");
    let mut instance =
        rule.open("", Box::new(Answering::default()), CallLimits::default()).expect("it opens");
    let error = instance.pull(&orders(""), None, 10, 0).expect_err("it is no source");
    assert_eq!(
        error.to_string(),
        "connector `rule` has no `pull`: it does not take the role `source`"
    );
    assert_eq!(
        error.hint().as_deref(),
        Some("name a connector that exports `penstock:connector/source`")
    );
}
