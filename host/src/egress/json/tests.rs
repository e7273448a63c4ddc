//! The pruner against serde_json, on texts that a machine thinks of.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::{Keep, prune};

fn check(text: &str, keep: &[&str], expected: &str) {
    let kept = pruned(text, keep).expect("the text is JSON");
    assert_eq!(kept, expected, "{text} keeping {keep:?}");
}

fn pruned(text: &str, keep: &[&str]) -> Result<String, super::JsonFault> {
    let paths: Vec<String> = keep.iter().map(|path| (*path).to_owned()).collect();
    let keep = Keep::compile(&paths).expect("the paths are in order");
    prune(text.as_bytes().to_vec(), &keep)
        .map(|kept| String::from_utf8(kept).expect("kept text is UTF-8"))
}

#[test]
fn keeps_what_is_asked_for() {
    let order = r#"{ "id" : 7 , "email":"mina@example.org", "items": [ {"sku":"A", "name":"x"}, {"name":"y"} ],
        "total": 12.50, "customer": {"id": 3, "phone": "1"} }"#;
    check(
        order,
        &["id", "items.*.sku", "total"],
        "{ \"id\" : 7, \"items\": [ {\"sku\":\"A\"}, {} ],\n        \"total\": 12.50}",
    );
    check(order, &["customer.id"], r#"{ "customer": {"id": 3} }"#);
    check(order, &["customer"], r#"{ "customer": {"id": 3, "phone": "1"} }"#);
    check(order, &["customer.id", "customer"], r#"{ "customer": {"id": 3, "phone": "1"} }"#);
    check(order, &["nothing"], "{}");
    check(order, &[], order);
}

#[test]
fn arrays_keep_their_length() {
    check(
        r#"[{"sku":"A","x":1},{"x":2},3,null,[4]]"#,
        &["*.sku"],
        r#"[{"sku":"A"},{},3,null,[4]]"#,
    );
    check(r#"{"a":[[{"b":1,"c":2}],[]]}"#, &["a.*.*.b"], r#"{"a":[[{"b":1}],[]]}"#);
    check(r#"{"a":[{"b":1},{"b":2}]}"#, &["a.b"], r#"{"a":[{},{}]}"#);
}

#[test]
fn a_value_of_another_form_stays_visible() {
    check(
        r#"{"items":null,"customer":"none","total":{"amount":1}}"#,
        &["items.*.sku", "customer.id", "total.*.x"],
        r#"{"items":null,"customer":"none","total":{}}"#,
    );
}

#[test]
fn numbers_and_keys_stay_as_they_were_written() {
    check(
        r#"{"a":1.50,"b":-0.0e+10,"c":12345678901234567890.12345678901234567890}"#,
        &["a", "b", "c"],
        r#"{"a":1.50,"b":-0.0e+10,"c":12345678901234567890.12345678901234567890}"#,
    );
    check(
        r#"{"n\u0061me":"x","z":1,"name":"y"}"#,
        &["name", "z"],
        r#"{"n\u0061me":"x","z":1,"name":"y"}"#,
    );
    check(r#"{"b":1,"a":2}"#, &["a", "b"], r#"{"b":1,"a":2}"#);
}

#[test]
fn half_a_text_is_never_taken_for_a_whole_one() {
    let whole = r#"{"id":7,"items":[{"sku":"A\u00e9","n":1.5e3},true,null],"s":"ü"}"#;
    for keep in [&[][..], &["id"], &["items.*.sku"]] {
        let keep = Keep::compile(&keep.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>())
            .expect("in order");
        for length in 0..whole.len() {
            let half = whole.as_bytes()[..length].to_vec();
            assert!(
                prune(half, &keep).is_err(),
                "{:?}",
                String::from_utf8_lossy(&whole.as_bytes()[..length])
            );
        }
    }
}

#[test]
fn what_is_dropped_ends_at_its_own_bracket_wherever_it_lies() {
    let parts = ["", "a", "\\\\", "\\\"", "}", "]{", "\\\\\\\"}", "\",\"", "\u{20ac}\\u005c]"];
    for padding in 0..130 {
        for part in parts {
            let dropped =
                format!("[\"{}{part}\",[{{}}],{{\"{part}\":\"{part}\"}}]", "-".repeat(padding));
            let text = format!("{{\"dropped\":{dropped},\"a\":1}}");
            assert_eq!(pruned(&text, &["a"]).as_deref(), Ok("{\"a\":1}"), "{text}");
            for length in 0..text.len() {
                let half = text.as_bytes()[..length].to_vec();
                assert!(prune(half, &Keep::compile(&["a".to_owned()]).unwrap()).is_err(), "{text}");
            }
        }
    }
}

#[test]
fn what_is_no_json_is_refused() {
    for text in [
        "",
        " ",
        "{",
        "}",
        "[1,]",
        "{\"a\":1,}",
        "{\"a\" 1}",
        "{a:1}",
        "{'a':1}",
        "01",
        "1.",
        ".5",
        "+1",
        "-",
        "1e",
        "1e+",
        "NaN",
        "Infinity",
        "tru",
        "truely",
        "nul",
        "\"a",
        "\"\n\"",
        "\"\\x\"",
        "\"\\u12g4\"",
        "1 2",
        "{} {}",
        "[1 2]",
        "<html></html>",
        "\u{feff}{}",
        "[1}",
        "{\"a\":1]",
        "{\"a\":\"\u{1}\"}",
        "//x\n1",
    ] {
        assert!(pruned(text, &[]).is_err(), "{text:?} whole");
        assert!(pruned(text, &["a"]).is_err(), "{text:?} pruned");
    }
    assert!(prune(b"\"\xff\"".to_vec(), &Keep::default()).is_err(), "not UTF-8");
}

#[test]
fn depth_is_bounded() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(pruned(&nested(128), &[]).is_ok());
    assert!(pruned(&nested(129), &[]).is_err());
    assert!(pruned(&nested(128), &["*.a"]).is_ok());
    assert!(pruned(&nested(129), &["*.a"]).is_err());
    assert!(pruned(&"[".repeat(1_000_000), &["a"]).is_err());
}

#[test]
fn paths_are_checked() {
    for path in ["", ".", "a.", ".a", "a..b", &"a".repeat(257)] {
        assert!(Keep::compile(&[path.to_owned()]).is_err(), "{path:?}");
    }
    assert!(Keep::compile(&vec!["a".to_owned(); 513]).is_err());
}

/// What pruning means, said in another way.
fn reference(value: &Value, paths: &[&[&str]]) -> Value {
    if paths.iter().any(|path| path.is_empty()) {
        return value.clone();
    }
    let below = |part: &str| -> Vec<&[&str]> {
        paths.iter().filter(|path| path[0] == part).map(|path| &path[1..]).collect()
    };
    match value {
        Value::Object(members) => members
            .iter()
            .filter(|(key, _)| key.as_str() != "*" && !below(key).is_empty())
            .map(|(key, member)| (key.clone(), reference(member, &below(key))))
            .collect(),
        Value::Array(items) => items.iter().map(|item| reference(item, &below("*"))).collect(),
        scalar => scalar.clone(),
    }
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("a"),
        Just("b"),
        Just("items"),
        Just("*"),
        Just("q\"\\"),
        Just("ключ"),
        Just("a\u{7}")
    ]
    .prop_map(str::to_owned)
}

fn value() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        any::<i64>().prop_map(|number| number.to_string()),
        "-?(0|[1-9][0-9]{0,20})\\.[0-9]{1,20}",
        "[1-9]e-[1-9]",
    ];
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        number.prop_map(|text| serde_json::from_str(&text).expect("a number")),
        "[a-z\"\\\\\n\u{1}\u{20ac} {}\\[\\]]{0,20}".prop_map(Value::String),
    ];
    scalar.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::Array),
            btree_map(key(), inner, 0..5).prop_map(|members| members.into_iter().rev().collect()),
        ]
    })
}

fn path() -> impl Strategy<Value = Vec<String>> {
    vec(key(), 1..4)
}

proptest! {
    #[test]
    fn prunes_as_the_reference_does(value in value(), paths in vec(path(), 1..5)) {
        let keep: Vec<String> = paths.iter().map(|path| path.join(".")).collect();
        let parts: Vec<Vec<&str>> = paths.iter().map(|path| path.iter().map(String::as_str).collect()).collect();
        let slices: Vec<&[&str]> = parts.iter().map(Vec::as_slice).collect();
        let expected = reference(&value, &slices);
        let keep = Keep::compile(&keep).expect("in order");

        let dense = prune(serde_json::to_vec(&value).expect("writes"), &keep).expect("is JSON");
        prop_assert_eq!(String::from_utf8(dense).expect("UTF-8"), expected.to_string());

        let spread = prune(serde_json::to_vec_pretty(&value).expect("writes"), &keep).expect("is JSON");
        prop_assert_eq!(serde_json::from_slice::<Value>(&spread).expect("is JSON still"), expected);
    }

    #[test]
    fn agrees_with_serde_json_on_what_json_is(
        value in value(),
        place in any::<prop::sample::Index>(),
        instead in prop_oneof![any::<u8>(), prop::sample::select(b"{}[]\",:\\0-1.e tfn".to_vec())],
        inserts in any::<bool>(),
    ) {
        let mut text = serde_json::to_vec(&value).expect("writes");
        let at = place.index(text.len());
        if inserts { text.insert(at, instead) } else { text[at] = instead }
        let theirs = std::str::from_utf8(&text).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok());
        let whole = prune(text.clone(), &Keep::compile(&[]).expect("in order"));
        prop_assert_eq!(whole.is_ok(), theirs, "{:?} {:?}", String::from_utf8_lossy(&text), whole);
        let keep = ["a".to_owned(), "items.*.b".to_owned(), "*.a".to_owned()];
        let cut = prune(text.clone(), &Keep::compile(&keep).expect("in order"));
        prop_assert!(cut.is_ok() || !theirs, "{:?} {:?}", String::from_utf8_lossy(&text), cut);
        if let Ok(cut) = cut {
            prop_assert!(serde_json::from_slice::<IgnoredAny>(&cut).is_ok(), "{:?}", String::from_utf8_lossy(&cut));
        }
    }

    #[test]
    fn no_bytes_make_it_panic(text in vec(any::<u8>(), 0..200), paths in vec(path(), 0..3)) {
        let paths: Vec<String> = paths.iter().map(|path| path.join(".")).collect();
        let _ = prune(text, &Keep::compile(&paths).expect("in order"));
    }
}
