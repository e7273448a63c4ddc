//! Loading a component: whatever the bytes are, they are a connector or it is told why not.
//!
//! Nothing of it runs here. What it may do when it runs is bounded by what `host/src/component/tests` is about.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use penstock::component::{Runtime, RuntimeOptions};
use penstock_mutations::Target;

pub(crate) const TARGET: Target = Target {
    name: "component",
    check,
    words: &[
        "\0asm\x01\0\0\0",
        "\0asm\x0d\0\x01\0",
        "penstock:connector/connector@0.1.0",
        "penstock:connector/transform@0.1.0",
        "penstock:connector/source@0.1.0",
        "penstock:connector/connector@0.2.0",
        "wasi:cli/environment@0.2.0",
        "describe",
        "memory",
        "cabi_realloc",
    ],
    // Each is compiled.
    mutations: 150,
};

fn check(bytes: &[u8]) {
    static RUNTIME: OnceLock<Arc<Runtime>> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(|| {
        Runtime::new(RuntimeOptions::default()).expect("WebAssembly can be run on this machine")
    });
    match runtime.load_bytes(Path::new("a.wasm"), bytes) {
        Ok(component) => {
            assert!(bytes.starts_with(b"\0asm"));
            assert_eq!(component.digest().len(), 64);
        }
        Err(error) => {
            assert!(!error.code().title().is_empty());
            crate::assert_printable(&error.to_string(), 64 << 10);
            error.notes().iter().for_each(|note| crate::assert_printable(note, 64 << 10));
            error.hint().iter().for_each(|hint| crate::assert_printable(hint, 64 << 10));
        }
    }
}
