//! What is refused at the door, and in which words.

#![allow(clippy::disallowed_methods, reason = "a test reads and spoils files of its own")]

use std::path::Path;

use super::{ACTOR, RUNTIME, guests};
use crate::component::{LoadError, Role};

fn refused(error: &LoadError) -> String {
    let notes = error.notes().into_iter().map(|note| format!("\n  = {note}")).collect::<String>();
    let hint = error.hint().map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
    format!("error[{}]: {error}{notes}{hint}", error.code())
}

fn loading(bytes: &[u8]) -> String {
    match RUNTIME.load_bytes(Path::new("connectors/acme.wasm"), bytes) {
        Ok(component) => format!("loaded, with {:?}", component.roles()),
        Err(error) => refused(&error),
    }
}

fn loading_guest(name: &str) -> String {
    loading(&std::fs::read(guests::path(name)).expect("the guest is built"))
}

#[test]
fn a_good_component_tells_what_it_is() {
    assert_eq!(ACTOR.roles(), Role::ALL);
    assert_eq!(ACTOR.contract_version(), "0.1.0");
    assert_eq!(ACTOR.digest().len(), 64);
    assert!(ACTOR.bytes() > 1_000);
    assert!(ACTOR.imports().contains(&"penstock:connector/http@0.1.0".to_owned()));
    assert_eq!(ACTOR.describe().expect("it describes itself").name, "actor");

    let rule = RUNTIME.load(&guests::path("rule")).expect("the rule is a good component");
    assert_eq!(rule.roles(), [Role::Transform]);
}

#[test]
fn a_file_that_is_not_there() {
    let error = RUNTIME
        .load(Path::new("connectors/nothing.wasm"))
        .map(|_| ())
        .expect_err("there is no such file");
    assert!(matches!(&error, LoadError::Unreadable { .. }));
    let said = refused(&error);
    let expected = "error[component-unreadable]: `connectors/nothing.wasm` can't be read: ";
    assert!(said.starts_with(expected), "{said}");
}

#[test]
fn a_file_that_is_not_wasm() {
    insta::assert_snapshot!(loading(b"[package]\nname = \"acme\"\n"), @r"
    error[not-wasm]: `connectors/acme.wasm` is not WebAssembly
      = it looks like text
    hint: name the `.wasm` file that the build of the connector makes
    ");
    assert!(loading(b"").contains("looks like an empty file"));
    assert!(loading(b"\x7fELF\x02").contains("looks like a program"));
    assert!(loading(b"\0as").contains("error[not-wasm]"));
}

#[test]
fn a_core_module() {
    insta::assert_snapshot!(loading(b"\0asm\x01\0\0\0"), @r"
    error[core-module]: `connectors/acme.wasm` is a core module, not a component
    hint: build it as a component: `cargo build --release --target wasm32-wasip2`
    ");
}

#[test]
fn a_component_that_is_cut_off() {
    let whole = std::fs::read(guests::path("rule")).expect("the guest is built");
    for length in [8, 9, 100, whole.len() / 2, whole.len() - 1] {
        let told = loading(&whole[..length]);
        // The first eight bytes alone are a whole component, which exports nothing.
        let code =
            if length == 8 { "error[not-a-connector]" } else { "error[component-malformed]" };
        assert!(told.starts_with(code), "{length}: {told}");
    }
}

#[test]
fn a_component_of_another_world() {
    insta::assert_snapshot!(loading_guest("stranger"), @r"
    error[not-a-connector]: `connectors/acme.wasm` is not a connector: it exports nothing of `penstock:connector`
      = it exports `acme:stranger/greeting@1.4.0`
    ");
}

#[test]
fn a_component_for_another_version() {
    insta::assert_snapshot!(loading_guest("newer"), @r"
    error[interface-unsupported]: `connectors/acme.wasm` was built for `penstock:connector@0.2.0`, which this host does not speak
      = this host, version 0.1.0, speaks `penstock:connector@0.1.0`
    hint: build the connector against `penstock:connector@0.1.0`, or use a host that speaks 0.2.0
    ");
}

#[test]
fn a_component_that_never_says_what_it_is() {
    insta::assert_snapshot!(loading_guest("headless"), @r"
    error[connector-interface-missing]: `connectors/acme.wasm` does not export `penstock:connector/connector`
      = it exports `penstock:connector/directory@0.1.0`
      = every connector also exports `connector`, by which it says what it is
    hint: add `export connector;` to its world, with `describe`, `open` and `check`
    ");
}

#[test]
fn a_component_that_imports_what_we_have_not() {
    insta::assert_snapshot!(loading_guest("foreign"), @r"
    error[import-unknown]: `connectors/acme.wasm` imports `acme:foreign/sql`, which a connector can't have
      = a connector may import `penstock:connector` and WASI 0.2, of which files, sockets and HTTP refuse
    hint: read through `penstock:connector/http`, and take the foreign imports out
    ");
}

#[test]
fn a_component_whose_types_are_others() {
    insta::assert_snapshot!(loading_guest("misfit"), @r"error[component-unfit]: `connectors/acme.wasm` does not fit the contract: in `connector`: failed to convert function to given type: type mismatch with results: expected `record` found `string`");
}

#[test]
fn a_descriptor_that_changes() {
    let fickle = RUNTIME.load(&guests::path("fickle")).expect("it loads");
    let error = fickle.describe().map(|_| ()).expect_err("it is found out");
    insta::assert_snapshot!(super::told(&error), @r"
    error[connector-faulty]: connector `fickle` broke the contract in `describe`: asked twice, it described itself in two ways
      = nothing of its answer was used
    ");
}

/// What the fuzzer found: a name in a broken component is shown, and a terminal does what stands in it.
#[test]
fn what_a_component_calls_things_steers_no_terminal() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/component");
    let spoilt = |file: &str, name: &[u8], odd: &[u8]| {
        let mut bytes = std::fs::read(folder.join(file)).expect("it is in the corpus");
        let at = bytes.windows(name.len()).position(|window| window == name).expect("it is there");
        bytes[at..at + odd.len()].copy_from_slice(odd);
        loading(&bytes)
    };
    for said in [
        spoilt("rule.wasm", b"finds-by", b"\x1b[2J\xe2\x80\xae"),
        spoilt("stranger.wasm", b"describe", b"\x1b]0;hi\x07"),
    ] {
        assert!(said.starts_with("error["), "{said}");
        assert!(!said.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{said:?}");
    }
}
