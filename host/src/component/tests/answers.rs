//! Answers that have the right types and break the contract all the same. None of them reaches the host.

use super::{
    ACTOR, Answering, CallError, CallLimits, OpenError, RUNTIME, actor, answer, apply, entries,
    guests, intakes, linked_pair, opened, orders,
};
use crate::component::Webhook;
use crate::component::limits::TEXT_BYTES_MAX;
use crate::contract::{Conclusion, Failure, Settled, Verdict, Write};

/// The rule that was broken, or what was answered.
fn rule<T: std::fmt::Debug>(result: Result<T, CallError>) -> String {
    match result {
        Err(CallError::Faulty { rule, .. }) => rule,
        other => format!("{other:?}"),
    }
}

fn planned() -> Write {
    actor("").prepare(&orders(""), &intakes(4), None).expect("it plans well").writes.remove(0)
}

#[test]
fn good_answers_pass() {
    let mut instance = actor("");
    assert_eq!(instance.pull(&orders(""), None, 2, 7).expect("a page").entries.len(), 2);
    assert_eq!(instance.find(&orders(""), "key", &["a".to_owned()]).expect("a list")[0].len(), 1);
    let plan = instance.prepare(&orders("probe-by-search"), &intakes(5), None).expect("a plan");
    assert_eq!(plan.writes.len(), 2);
    let conclusion = instance.conclude(&orders(""), &planned(), &answer()).expect("a conclusion");
    assert!(
        matches!(&conclusion, Conclusion::Decided(settled) if matches!(settled[..], [Settled::Applied(_)]))
    );
    instance.settle(&orders("step"), &planned(), &answer()).expect("a further request");
    assert_eq!(instance.apply("in", &entries(3), &[]).expect("verdicts").len(), 3);
    assert!(matches!(apply(&mut actor("forward")).expect("verdicts")[..], [Verdict::Forward(_)]));
    assert_eq!(instance.check(&[orders("")]).expect("findings").len(), 0);
    let webhook = Webhook { query: &[], headers: &[], body: b"{}" };
    assert_eq!(instance.receive(webhook).expect("a hint").1.len(), 1);
    let standings = actor("audit-differing").examine(&[linked_pair(), linked_pair()], &[]);
    assert_eq!(standings.expect("standings").len(), 2);
}

#[test]
fn a_standing_is_of_one_pair_and_of_inputs_that_there_are() {
    let examined = |behaviour: &str| rule(actor(behaviour).examine(&[linked_pair()], &[]));
    assert_eq!(examined("audit-too-few"), "1 pairs were given, and 0 standings came");
    assert_eq!(
        examined("audit-undeclared"),
        "it names the input `elsewhere`, which the descriptor does not declare"
    );
    assert_eq!(
        examined("audit-wait-for-ever"),
        "`wait` is 18446744073709551615 ms, and 2592000000 are allowed"
    );
}

#[test]
fn pages() {
    let after = b"0".to_vec();
    for (behaviour, expected) in [
        ("too-many", "it gave 11 entries in a page, and 10 are allowed"),
        ("cursor-huge", "the cursor has 102400 bytes, and 65536 are allowed"),
        (
            "cursor-stands",
            "there is more to pull, and the cursor stands where it stood: pulling would never end",
        ),
        ("complete-and-more", "a page has `complete-to` while there is `more` to pull"),
        ("wrong-kind", "`order-0` is a `product`, and the collection reads `document`"),
    ] {
        let mut instance = actor("");
        assert_eq!(
            rule(instance.pull(&orders(behaviour), Some(&after), 10, 0)),
            expected,
            "{behaviour}"
        );
        instance.pull(&orders(""), None, 10, 0).expect("a faulty answer does not end the instance");
    }
}

#[test]
fn found() {
    let values = ["a".to_owned(), "b".to_owned()];
    let found = actor("").find(&orders("too-few"), "key", &values);
    assert_eq!(rule(found), "2 values were asked for, and 0 lists came");
}

#[test]
fn verdicts() {
    for (behaviour, expected) in [
        ("too-few", "1 entries were given, and 0 verdicts came"),
        ("too-many", "1 entries were given, and 2 verdicts came"),
        ("unknown-port", "it names the output `nowhere`, which the descriptor does not declare"),
        ("forward-nothing", "`a` is forwarded as nothing: what is not wanted is filtered"),
        ("forward-many", "it gave 20000 entries in one call, and 10000 are allowed"),
        ("forward-after-itself", "`a` is to come after itself"),
        ("matched", "`a` is matched with a customer, and is a `document`"),
        ("empty-key", "a key is empty"),
        ("wait-for-ever", "`wait` is 18446744073709551615 ms, and 2592000000 are allowed"),
        (
            "wait-for-nobody",
            "it names the input `elsewhere`, which the descriptor does not declare",
        ),
        ("control-key", "a key has control characters: `a [2Jb`"),
    ] {
        assert_eq!(rule(apply(&mut actor(behaviour))), expected, "{behaviour}");
    }
    assert!(
        rule(apply(&mut actor("long-key")))
            .starts_with("a key has 513 bytes, and 512 are allowed: `kkk")
    );
}

#[test]
fn plans() {
    for (behaviour, expected) in [
        ("twice", "the plan deals with intake 4 twice"),
        ("left-out", "the plan leaves out intake 4"),
        ("out-of-range", "the plan names intake 5 of 5"),
        ("covers-nothing", "the write `sale` covers no intake"),
        (
            "undeclared-endpoint",
            "a request names the endpoint `elsewhere`, which the descriptor does not declare",
        ),
        ("write-by-get", "a write to `/sales` is a GET"),
        (
            "probe-by-post",
            "the probe can't be read: a read is a POST to `/sales`, which the descriptor does not list in \
             `reads-by-post`",
        ),
        ("movement-of-another", "a movement belongs to intake 5, which its write does not cover"),
        ("movement-without-cause", "a movement's cause is empty"),
        ("existing-without-id", "a remote id is empty"),
        ("memo-huge", "a memo has 102400 bytes, and 65536 are allowed"),
        ("settle-never", "`settle-ms` is 18446744073709551615 ms, and 2592000000 are allowed"),
    ] {
        let plan = actor("").prepare(&orders(behaviour), &intakes(5), None);
        assert_eq!(rule(plan), expected, "{behaviour}");
    }
}

#[test]
fn conclusions() {
    let write = planned();
    for (behaviour, expected) in [
        ("settles-too-few", "the write covers 1 intakes, and 0 are settled"),
        ("applied-without-id", "a remote id is empty"),
        ("step-by-get", "a write to `/sales/1` is a GET"),
        ("doubt-for-ever", "`after-ms` is 18446744073709551615 ms, and 2592000000 are allowed"),
    ] {
        let concluded = actor("").conclude(&orders(behaviour), &write, &answer());
        assert_eq!(rule(concluded), expected, "{behaviour}");
        let settled = actor("").settle(&orders(behaviour), &write, &answer());
        assert_eq!(rule(settled), expected, "{behaviour}");
    }
}

#[test]
fn hints() {
    let webhook = Webhook { query: &[], headers: &[], body: b"{}" };
    let hints = actor("hint-undeclared").receive(webhook);
    assert_eq!(
        rule(hints),
        "a hint names the collection `elsewhere`, which the descriptor does not declare"
    );
}

#[test]
fn failures_are_passed_on_as_they_are() {
    let failed = apply(&mut actor("fail")).expect_err("it fails");
    assert!(matches!(failed, CallError::Failed(Failure::Unexpected(_))));
    assert_eq!(failed.code().name(), "connector-unexpected");
    let later = actor("").pull(&orders("retry-next-month"), None, 1, 0).expect_err("it waits");
    assert_eq!(later.code().name(), "connector-retry-after");
    let webhook = Webhook { query: &[], headers: &[], body: b"" };
    assert!(matches!(actor("").receive(webhook), Err(CallError::Failed(Failure::Unexpected(_)))));

    let mut instance = actor("check:misconfigured");
    let error = instance.check(&[]).expect_err("it fails");
    assert_eq!(
        (error.code().name(), error.to_string().as_str()),
        ("connector-misconfigured", "misconfigured: no register")
    );
    instance.pull(&orders(""), None, 1, 0).expect("a failure does not end the instance");

    let later = actor("check:retry-for-ever").check(&[]);
    assert_eq!(rule(later), "`retry-after` is 18446744073709551615 ms, and 2592000000 are allowed");
}

#[test]
fn a_role_that_a_component_has_not_is_told_as_missing() {
    let rule = RUNTIME.load(&guests::path("rule")).expect("it is a component");
    let mut rule = opened(&rule, "", &Answering::default(), CallLimits::default());
    let error = rule.pull(&orders(""), None, 1, 0).expect_err("it is no source");
    assert_eq!(error.code().name(), "role-missing");
    let hint = "name a connector that exports `penstock:connector/source`";
    assert_eq!(error.hint().as_deref(), Some(hint));
}

#[test]
fn what_is_said_to_people_is_one_line_that_a_person_reads() {
    const TOLD: &str = "[2J ]0;owned; error[store-damaged]: delete the store";
    let reason = |error: CallError| match error {
        CallError::Failed(Failure::Unexpected(reason)) => reason,
        other => panic!("{other:?}"),
    };
    assert_eq!(reason(apply(&mut actor("fail-with-escapes")).expect_err("it fails")), TOLD);
    let pulled = actor("").pull(&orders("fail-with-escapes"), None, 10, 0);
    assert_eq!(reason(pulled.expect_err("it fails")), TOLD);
    let length = reason(apply(&mut actor("fail-at-length")).expect_err("it fails")).len();
    assert!(length <= TEXT_BYTES_MAX + '…'.len_utf8(), "{length}");
    let verdicts = apply(&mut actor("filter-with-escapes")).expect("verdicts");
    assert_eq!(verdicts, [Verdict::Filter(TOLD.to_owned())]);

    let plan = actor("").prepare(&orders("reject-with-escapes"), &intakes(5), None);
    let rejections = plan.expect("a plan").rejections;
    assert!(rejections.iter().all(|rejection| rejection.message == TOLD), "{rejections:?}");
    let plan = actor("").prepare(&orders("summary-with-escapes"), &intakes(5), None);
    assert_eq!(plan.expect("a plan").writes[1].summary, "[2Jsale; sale");
}

#[test]
fn options_that_are_rejected() {
    let opening = |options: &str| {
        ACTOR
            .open(options, Box::new(Answering::default()), CallLimits::default())
            .map(|_| ())
            .expect_err("rejected")
    };
    match opening("open:reject") {
        OpenError::Options { connector, faults } => {
            assert_eq!(
                (connector.as_str(), faults[0].pointer.as_str()),
                ("actor", "/page_entries_max")
            );
        }
        other => panic!("{other:?}"),
    }
    let error = opening("open:reject-without-fault");
    assert!(error.to_string().ends_with("it rejected its options and named no fault"), "{error}");
}
